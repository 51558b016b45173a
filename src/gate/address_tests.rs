//! Matrices of forwarded addresses, most of them lies.

use super::*;
use proptest::prelude::*;

fn nets(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().map(|text| text.parse().expect("a network")).collect()
}

fn headers(name: &'static str, lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name, line.parse().expect("a header's value"));
    }
    headers
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn behind_proxies(header: ProxyHeader) -> Addresses {
    Addresses::new(nets(&["10.0.0.0/8", "fd00::/8", "127.0.0.1/32"]), header, vec![])
}

#[test]
fn the_right_most_stranger_is_the_client() {
    let addresses = behind_proxies(ProxyHeader::XForwardedFor);
    for (peer, lines, client) in [
        ("10.0.0.1", &["192.0.2.9"][..], "192.0.2.9"),
        ("10.0.0.1", &["203.0.113.66, 192.0.2.9"], "192.0.2.9"),
        ("10.0.0.1", &["203.0.113.66,192.0.2.9 , 10.0.0.2"], "192.0.2.9"),
        ("10.0.0.1", &["203.0.113.66", "192.0.2.9", "10.0.0.2, 10.0.0.3"], "192.0.2.9"),
        ("10.0.0.1", &["10.1.1.1, 203.0.113.66, 192.0.2.9"], "192.0.2.9"),
        ("10.0.0.1", &["10.0.0.5, 10.0.0.4"], "10.0.0.5"),
        ("10.0.0.1", &[], "10.0.0.1"),
        ("10.0.0.1", &[""], "10.0.0.1"),
        ("10.0.0.1", &["unknown"], "10.0.0.1"),
        ("10.0.0.1", &["192.0.2.9, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", &["192.0.2.9, "], "10.0.0.1"),
        ("10.0.0.1", &["192.0.2.9:4711"], "192.0.2.9"),
        ("10.0.0.1", &["2001:db8::9"], "2001:db8::9"),
        ("10.0.0.1", &["[2001:db8::9]"], "2001:db8::9"),
        ("10.0.0.1", &["[2001:db8::9]:4711"], "2001:db8::9"),
        ("10.0.0.1", &["[192.0.2.9]"], "10.0.0.1"),
        ("10.0.0.1", &["::ffff:192.0.2.9"], "192.0.2.9"),
        ("10.0.0.1", &["192.0.2.9, ::ffff:10.0.0.2"], "192.0.2.9"),
        ("::ffff:10.0.0.1", &["192.0.2.9"], "192.0.2.9"),
        ("fd00::1", &["192.0.2.9"], "192.0.2.9"),
        ("127.0.0.1", &["192.0.2.9"], "192.0.2.9"),
        ("10.0.0.1", &["192.0.2.999"], "10.0.0.1"),
        ("10.0.0.1", &["192.0.2.9/32"], "10.0.0.1"),
        ("10.0.0.1", &["0300.0.2.9"], "10.0.0.1"),
        ("10.0.0.1", &["3221225993"], "10.0.0.1"),
    ] {
        let found = addresses.address(ip(peer).to_canonical(), &headers("x-forwarded-for", lines));
        assert_eq!(found, ip(client), "{peer} {lines:?}");
    }
    assert_eq!(addresses.ignored(), 0);
}

#[test]
fn the_other_header_is_believed_where_the_operator_says_so() {
    let addresses = behind_proxies(ProxyHeader::Forwarded);
    for (line, client) in [
        ("for=192.0.2.9", "192.0.2.9"),
        ("For=\"192.0.2.9:4711\";proto=https;by=203.0.113.43", "192.0.2.9"),
        ("for=\"[2001:db8::9]:4711\"", "2001:db8::9"),
        ("for=203.0.113.66, for=192.0.2.9, for=10.0.0.2", "192.0.2.9"),
        ("for=unknown", "10.0.0.1"),
        ("for=_hidden", "10.0.0.1"),
        ("for=192.0.2.9;for=192.0.2.10", "10.0.0.1"),
        ("proto=https", "10.0.0.1"),
        ("192.0.2.9", "10.0.0.1"),
        ("for=\"192.0.2.9", "10.0.0.1"),
    ] {
        let found = addresses.address(ip("10.0.0.1"), &headers("forwarded", &[line]));
        assert_eq!(found, ip(client), "{line}");
    }
    // A proxy that writes one passes the other on as the visitor wrote it.
    for (believed, lie) in [
        (ProxyHeader::Forwarded, ("x-forwarded-for", "203.0.113.66")),
        (ProxyHeader::XForwardedFor, ("forwarded", "for=203.0.113.66")),
    ] {
        let lie = headers(lie.0, &[lie.1]);
        let found = behind_proxies(believed).address(ip("10.0.0.1"), &lie);
        assert_eq!(found, ip("10.0.0.1"));
    }
}

#[test]
fn strangers_are_not_believed_but_counted() {
    let addresses = behind_proxies(ProxyHeader::XForwardedFor);
    let peers = ["192.0.2.1", "11.0.0.1", "2001:db8::1", "::1", "127.0.0.2", "fe80::1"];
    let lies: &[(&'static str, &[&str])] = &[
        ("x-forwarded-for", &["203.0.113.66"]),
        ("x-forwarded-for", &["127.0.0.1"]),
        ("x-forwarded-for", &["10.0.0.1"]),
        ("x-forwarded-for", &["203.0.113.66, 10.0.0.1"]),
        ("x-forwarded-for", &["10.0.0.1", "10.0.0.1"]),
        ("forwarded", &["for=203.0.113.66"]),
        ("forwarded", &["for=\"[::1]\""]),
    ];
    for peer in peers {
        for (name, lines) in lies {
            let found = addresses.address(ip(peer), &headers(name, lines));
            assert_eq!(found, ip(peer), "{peer} {name} {lines:?}");
        }
        // Headers that some proxies write and we never read.
        for name in ["x-real-ip", "cf-connecting-ip", "true-client-ip", "x-client-ip"] {
            let found = addresses.address(ip(peer), &headers(name, &["203.0.113.66"]));
            assert_eq!(found, ip(peer));
        }
    }
    assert_eq!(addresses.ignored(), (peers.len() * lies.len()) as u64);
}

#[test]
fn an_open_network_is_judged_by_the_client_not_the_proxy() {
    let open = nets(&["192.0.2.0/25", "2001:db8:7::/48"]);
    let addresses = Addresses::new(nets(&["10.0.0.0/8"]), ProxyHeader::XForwardedFor, open);
    for (peer, line, expected) in [
        ("192.0.2.1", None, true),
        ("192.0.2.200", None, false),
        ("10.0.0.1", Some("192.0.2.1"), true),
        ("10.0.0.1", Some("192.0.2.1, 203.0.113.66"), false),
        ("203.0.113.66", Some("192.0.2.1"), false),
        ("2001:db8:7::1", None, true),
        ("::ffff:192.0.2.1", None, true),
    ] {
        let lines: Vec<&str> = line.into_iter().collect();
        let client = addresses.client(ip(peer), &headers("x-forwarded-for", &lines));
        assert_eq!(client.open, expected, "{peer} {line:?}");
    }
}

proptest! {
    /// Whatever a visitor writes, our proxy appends whom it saw, and that is what counts.
    #[test]
    fn nothing_a_visitor_writes_changes_who_they_are(
        lies in proptest::collection::vec("[ -~]{0,40}", 0..50),
        real in any::<[u8; 4]>().prop_filter("a stranger", |a| a[0] != 10 && a[0] != 127),
    ) {
        let real = IpAddr::from(real);
        let addresses = behind_proxies(ProxyHeader::XForwardedFor);
        let mut lines: Vec<String> = lies;
        lines.push(real.to_string());
        let separate: Vec<&str> = lines.iter().map(String::as_str).collect();
        let found = addresses.address(ip("10.0.0.1"), &headers("x-forwarded-for", &separate));
        prop_assert_eq!(found, real);
        let joined = lines.join(",");
        let found = addresses.address(ip("10.0.0.1"), &headers("x-forwarded-for", &[&joined]));
        prop_assert_eq!(found, real);
        // And a stranger who talks to us directly stays who they are.
        prop_assert_eq!(addresses.address(real, &headers("x-forwarded-for", &separate)), real);
    }
}
