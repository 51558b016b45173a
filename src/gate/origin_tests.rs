//! A table of origins that want to be taken for ours.

use super::*;

/// A request's header lines.
type Lines<'a> = &'a [(&'static str, &'a [u8])];

fn headers(lines: Lines<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, http::HeaderValue::from_bytes(value).expect("a header's value"));
    }
    headers
}

fn ours() -> Origins {
    Origins::new(Some("https://domande.comune.example".parse().expect("an origin")), false)
}

const OK: Result<(), Foreign> = Ok(());

/// None of these is `https://domande.comune.example`, however hard it tries.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "null",
    "NULL",
    "*",
    "https://evil.example",
    "http://domande.comune.example",
    "https://domande.comune.example:80",
    "https://domande.comune.example:8443",
    "https://domande.comune.example:4430",
    "https://domande.comune.example:0443x",
    "https://domande.comune.example:",
    "https://domande.comune.example:65979",
    "https://domande.comune.example:+443",
    "https://domande.comune.example:443:443",
    "https://domande.comune.example.evil.example",
    "https://domande.comune.example.",
    "https://domande.comune.example..",
    "https://.domande.comune.example",
    "https://evildomande.comune.example",
    "https://evil-domande.comune.example",
    "https://sub.domande.comune.example",
    "https://comune.example",
    "https://domande.comune.exampl",
    "https://domande.comune.examples",
    "https://domande.comune.example@evil.example",
    "https://evil.example@domande.comune.example",
    "https://user:password@domande.comune.example",
    "https://domande.comune.example/",
    "https://domande.comune.example/evil",
    "https://domande.comune.example?evil",
    "https://domande.comune.example#evil",
    "https://evil.example#domande.comune.example",
    "https://evil.example/domande.comune.example",
    "https://evil.example\\domande.comune.example",
    "https:domande.comune.example",
    "https:/domande.comune.example",
    "https:///domande.comune.example",
    "//domande.comune.example",
    "domande.comune.example",
    "wss://domande.comune.example",
    "ftp://domande.comune.example",
    "javascript://domande.comune.example",
    "file://",
    "chrome-extension://domande.comune.example",
    "https://domande_comune.example",
    "https://domande.comune.example https://evil.example",
    "https://evil.example https://domande.comune.example",
    "https://domande.comune.example,https://evil.example",
    "https://domande%2ecomune.example",
    "https://[domande.comune.example]",
    "https://dоmande.comune.example",
    "https://DOMANDE。comune.example",
    "https://xn--dmande-9kg.comune.example",
    "https://127.0.0.1",
    "http://localhost",
];

#[test]
fn no_hostile_origin_is_taken_for_ours() {
    let mut refused = 0;
    for origin in HOSTILE {
        let foreign =
            headers(&[("host", b"domande.comune.example"), ("origin", origin.as_bytes())]);
        for rests in [Rests::OnCookie, Rests::OnNothing] {
            assert_eq!(ours().check(&foreign, rests), Err(Foreign), "{origin} {rests:?}");
        }
        assert_eq!(ours().check(&foreign, Rests::OnBearer), OK, "{origin}");
        refused += 1;
    }
    println!("{refused} hostile origins refused, 0 taken for ours");
}

#[test]
fn our_own_origin_is_ours_however_it_is_written() {
    for origin in [
        "https://domande.comune.example",
        "https://domande.comune.example:443",
        "https://DOMANDE.Comune.Example",
    ] {
        let own = headers(&[("origin", origin.as_bytes())]);
        assert_eq!(ours().check(&own, Rests::OnCookie), OK, "{origin}");
    }
    let elsewhere = Origins::new(Some("http://10.0.0.7:8080".parse().expect("one")), false);
    let own = headers(&[("origin", b"http://10.0.0.7:8080")]);
    assert_eq!(elsewhere.check(&own, Rests::OnCookie), OK);
    let other = headers(&[("origin", b"http://10.0.0.7")]);
    assert_eq!(elsewhere.check(&other, Rests::OnCookie), Err(Foreign));
}

#[test]
fn who_must_say_where_they_come_from() {
    const OWN: &[u8] = b"https://domande.comune.example";
    let table: &[(Lines<'_>, Rests, bool)] = &[
        (&[], Rests::OnCookie, false),
        (&[], Rests::OnNothing, true),
        (&[], Rests::OnBearer, true),
        (&[("sec-fetch-site", b"same-origin")], Rests::OnCookie, false),
        (&[("sec-fetch-site", b"same-origin")], Rests::OnNothing, false),
        (&[("origin", OWN), ("sec-fetch-site", b"same-origin")], Rests::OnCookie, true),
        (&[("origin", OWN), ("sec-fetch-site", b"none")], Rests::OnCookie, true),
        (&[("origin", OWN), ("sec-fetch-site", b"same-site")], Rests::OnCookie, false),
        (&[("origin", OWN), ("sec-fetch-site", b"cross-site")], Rests::OnCookie, false),
        (&[("origin", OWN), ("sec-fetch-site", b"cross-site")], Rests::OnNothing, false),
        (&[("origin", OWN), ("sec-fetch-site", b"")], Rests::OnCookie, false),
        (&[("origin", OWN), ("sec-fetch-site", b"Same-Origin")], Rests::OnCookie, false),
        (&[("origin", OWN), ("origin", OWN)], Rests::OnCookie, false),
        (&[("origin", OWN), ("origin", b"https://evil.example")], Rests::OnNothing, false),
        (&[("origin", b"https://\xff")], Rests::OnNothing, false),
        (&[("sec-fetch-site", b"cross-site")], Rests::OnBearer, true),
    ];
    for (lines, rests, allowed) in table {
        let found = ours().check(&headers(lines), *rests).is_ok();
        assert_eq!(found, *allowed, "{lines:?} {rests:?}");
    }
}

#[test]
fn without_a_public_address_only_names_of_this_machine_are_believed() {
    let loopback = Origins::new(None, true);
    let table: &[(&str, &str, bool)] = &[
        ("127.0.0.1:8080", "http://127.0.0.1:8080", true),
        ("localhost:8080", "http://localhost:8080", true),
        ("LocalHost:8080", "http://localhost:8080", true),
        ("[::1]:8080", "http://[::1]:8080", true),
        ("127.8.9.1", "http://127.8.9.1", true),
        ("127.0.0.1:8080", "http://localhost:8080", false),
        ("127.0.0.1:8080", "http://127.0.0.1:9090", false),
        ("127.0.0.1:8080", "https://127.0.0.1:8080", false),
        // A name of the attacker's that resolves to 127.0.0.1 for the occasion.
        ("evil.example:8080", "http://evil.example:8080", false),
        ("localhost.evil.example", "http://localhost.evil.example", false),
        ("127.0.0.1.evil.example", "http://127.0.0.1.evil.example", false),
        ("192.168.1.5:8080", "http://192.168.1.5:8080", false),
        ("[2001:db8::1]:8080", "http://[2001:db8::1]:8080", false),
        ("localhost@evil.example", "http://localhost@evil.example", false),
    ];
    for (host, origin, allowed) in table {
        let lines = headers(&[("host", host.as_bytes()), ("origin", origin.as_bytes())]);
        assert_eq!(loopback.check(&lines, Rests::OnCookie).is_ok(), *allowed, "{host} {origin}");
        // Where others can reach us, and where we have a public address, `Host` says nothing.
        for strict in [Origins::new(None, false), ours()] {
            assert_eq!(strict.check(&lines, Rests::OnCookie), Err(Foreign), "{host} {origin}");
        }
    }
    let two =
        headers(&[("host", b"localhost"), ("host", b"localhost"), ("origin", b"http://localhost")]);
    assert_eq!(loopback.check(&two, Rests::OnCookie), Err(Foreign));
}

#[test]
fn links_start_with_the_public_address() {
    let asked = headers(&[("host", b"evil.example")]);
    let link = ours().ours(&asked).map(|origin| origin.to_string());
    assert_eq!(link.as_deref(), Some("https://domande.comune.example"));
    assert_eq!(Origins::new(None, true).ours(&asked), None);
    let local = headers(&[("host", b"127.0.0.1:8080")]);
    let link = Origins::new(None, true).ours(&local).map(|origin| origin.to_string());
    assert_eq!(link.as_deref(), Some("http://127.0.0.1:8080"));
}

#[test]
fn an_address_that_could_be_read_in_two_ways_has_no_origin() {
    let of = |address| Origin::of(address).map(|origin| origin.to_string());
    for (address, origin) in [
        ("https://video.example/live.m3u8", "https://video.example"),
        ("https://Video.Example:443?a=b", "https://video.example"),
        ("http://video.example:8080#a/b", "http://video.example:8080"),
        ("https://video.example/a@b:c\\d;e'f\"", "https://video.example"),
        ("http://[::1]:8080/a", "http://[::1]:8080"),
    ] {
        assert_eq!(of(address).as_deref(), Some(origin), "{address}");
    }
    for address in [
        "",
        "video.example",
        "//video.example",
        "javascript://video.example",
        "https://",
        "https:///a",
        "https://user@video.example/",
        "https://user:word@video.example/",
        "https://video.example\\@evil.example/",
        "https://video.example;script-src/",
        "https://video.example'/",
        "https://video.example\"/",
        "https://video.example,evil.example/",
        "https://*.example/",
        "https://*/",
        "https://vidéo.example/",
        "https://video.example:0/",
        "https://video.example:*/",
        "https://video.example:80:80/",
        "https://[::1/",
        "https://[::1];script-src *",
        "https://video.example\n/",
    ] {
        assert_eq!(of(address), None, "{address}");
    }
}
