//! Where a request comes from.
//!
//! The peer of the connection, unless that is a proxy which the operator trusts: then what the proxy
//! says. Anybody can write `X-Forwarded-For`, so from everybody else it is ignored, counted, and
//! reported, because an operator who forgot `--trusted-proxy` would put a whole city into one network.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use ipnet::IpNet;

use super::network::Network;

/// Bound: entries of a forwarded list that we look at. Chains of proxies are short; attackers' are not.
const HOPS_MAX: usize = 32;

/// Which header a trusted proxy writes. Only this one is believed: a proxy passes the other kind on
/// as its visitor wrote it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded`, RFC 7239.
    Forwarded,
}

impl ProxyHeader {
    /// Its name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// Where a request comes from. Not the address itself: nobody needs it, so nobody can log it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Its network.
    pub network: Network,
    /// Whether the operator lifted the limits by network there (`--open-network`).
    pub open: bool,
}

/// How a request arrived, with its addresses: to be shown to who runs the house, about their own
/// request, and to nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Who connected.
    pub peer: IpAddr,
    /// From where it counts as coming.
    pub client: IpAddr,
    /// Whether the one who connected is one of our proxies.
    pub believed: bool,
    /// Whether a forwarded address came along, in either header.
    pub forwarded: bool,
    /// Whether it counts as coming from one of our proxies.
    pub client_is_proxy: bool,
}

/// Knows whom to believe about addresses.
#[derive(Debug)]
pub struct Addresses {
    proxies: Vec<IpNet>,
    header: ProxyHeader,
    open: Vec<IpNet>,
    ignored: AtomicU64,
}

impl Addresses {
    /// Believes these proxies, in this header; lifts limits for these networks.
    pub const fn new(proxies: Vec<IpNet>, header: ProxyHeader, open: Vec<IpNet>) -> Self {
        Self { proxies, header, open, ignored: AtomicU64::new(0) }
    }

    /// Where a request comes from that arrived from this peer with these headers.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let address = self.address(peer.to_canonical(), headers);
        Client {
            network: Network::of(address),
            open: self.open.iter().any(|network| network.contains(&address)),
        }
    }

    /// How this request arrived.
    pub fn seen(&self, peer: IpAddr, headers: &HeaderMap) -> Seen {
        let peer = peer.to_canonical();
        let believed = self.is_proxy(peer);
        let client = if believed { self.behind_proxies(peer, headers) } else { peer };
        let forwarded = is_forwarded(headers);
        Seen { peer, client, believed, forwarded, client_is_proxy: self.is_proxy(client) }
    }

    /// How many requests carried a forwarded address that was not believed.
    pub fn ignored(&self) -> u64 {
        self.ignored.load(Ordering::Relaxed)
    }

    /// Whether this peer is one of our proxies: its connections are many people's.
    pub fn is_proxy(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.proxies.iter().any(|network| network.contains(&peer))
    }

    /// The right-most address that is not one of our proxies. Every proxy appends whom it saw, so
    /// what stands further left was written by people we do not know.
    fn address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.is_proxy(peer) {
            self.warn_of_ignored(headers);
            return peer;
        }
        self.behind_proxies(peer, headers)
    }

    fn behind_proxies(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer;
        let lines = headers.get_all(self.header.name()).into_iter().rev();
        let entries = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        for entry in entries.take(HOPS_MAX) {
            let address = match self.header {
                ProxyHeader::XForwardedFor => forwarded_address(entry.trim()),
                ProxyHeader::Forwarded => forwarded_for(entry).and_then(forwarded_address),
            };
            // An entry that says nothing (`unknown`, a made-up name): the last known hop counts.
            let Some(address) = address else { break };
            nearest = address;
            if !self.is_proxy(address) {
                break;
            }
        }
        nearest
    }

    fn warn_of_ignored(&self, headers: &HeaderMap) {
        if !is_forwarded(headers) {
            return;
        }
        let before = self.ignored.fetch_add(1, Ordering::Relaxed);
        // At 1, 2, 4, 8 …: an attacker cannot fill the log, an operator cannot miss it.
        if (before + 1).is_power_of_two() {
            tracing::warn!(
                requests = before + 1,
                "ignored a forwarded address: it came from a peer that is no trusted proxy. \
                 If that is your proxy, name its network in `trusted_proxy`"
            );
        }
    }
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    ["x-forwarded-for", "forwarded"].iter().any(|name| headers.contains_key(*name))
}

/// `192.0.2.1`, `192.0.2.1:5`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:5`.
fn forwarded_address(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let address = match bracketed {
        Some(inside) => inside.parse().ok().filter(IpAddr::is_ipv6),
        None => text.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip())),
    };
    address.map(|address| address.to_canonical())
}

/// The value of `for` in one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<&str> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for"));
    let (_, value) = values.next()?;
    let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    values.next().is_none().then(|| unquoted.unwrap_or(value))
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
