//! Which page is asking. A browser sends our cookie along for any page in the world, so whatever
//! rests on the cookie must come from a page of ours.
//!
//! An origin is compared whole, as three parts, never as a text that starts or ends like ours.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

/// Over what a page came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// In clear.
    Http,
    /// Encrypted.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Scheme, host and port: what a browser means by one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    /// Invariant: lower case, ASCII, no dot at its end; IPv6 in brackets.
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of a whole address. One that browsers might read in another way, with a user or
    /// a backslash in it, has none.
    pub fn of(address: &str) -> Option<Self> {
        let (scheme, rest) = address.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        format!("{scheme}://{authority}").parse().ok()
    }

    /// Over what.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host, as in an address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether only this machine can mean it.
    pub fn is_loopback(&self) -> bool {
        let v4 = self.host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
        let v6 = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let v6 = v6.and_then(|host| host.parse::<Ipv6Addr>().ok());
        v4 || v6.is_some_and(|address| address.is_loopback()) || self.host == "localhost"
    }

    fn from_authority(scheme: Scheme, authority: &str) -> Option<Self> {
        let (host, port) = match authority.rsplit_once(':') {
            // Inside brackets a colon belongs to the address.
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let port = match port {
            None => scheme.port(),
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|port| *port != 0)?
            }
            Some(_) => return None,
        };
        is_host(host).then(|| Self { scheme, host: host.to_ascii_lowercase(), port })
    }
}

/// A name as browsers write it (punycode), an IPv4 address, or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    if let Some(inside) = host.strip_prefix('[') {
        return inside.strip_suffix(']').is_some_and(|v6| v6.parse::<Ipv6Addr>().is_ok());
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    host.len() <= 253 && host.split('.').all(label)
}

/// As browsers write it: without the port that the scheme implies.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.text(), self.host)?;
        if self.port == self.scheme.port() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// A text that is no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an address such as https://domande.comune.example is expected: \
     http or https, a host, perhaps a port, and nothing behind it"
)]
pub struct NotAnOrigin;

/// Exactly an origin, as in the `Origin` header: no path, not even a slash.
impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let (scheme, authority) = match text.split_once("://") {
            Some(("https", rest)) => (Scheme::Https, rest),
            Some(("http", rest)) => (Scheme::Http, rest),
            _ => return Err(NotAnOrigin),
        };
        Self::from_authority(scheme, authority).ok_or(NotAnOrigin)
    }
}

/// On what a request's right rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rests {
    /// On our cookie, which a browser sends for any page.
    OnCookie,
    /// On a token that the page or program itself holds.
    OnBearer,
    /// On nothing yet.
    OnNothing,
}

impl From<super::presented::Presented<'_>> for Rests {
    fn from(presented: super::presented::Presented<'_>) -> Self {
        use super::presented::Presented;
        match presented {
            Presented::Nothing => Self::OnNothing,
            Presented::Cookie(_) => Self::OnCookie,
            Presented::Bearer(_) => Self::OnBearer,
        }
    }
}

/// The page that asks is not ours: 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this may only be done from a page of this server")]
pub struct Foreign;

/// Which origins are ours.
#[derive(Debug, Clone)]
pub struct Origins {
    public: Option<Origin>,
    trusts_loopback: bool,
    /// What this server itself speaks.
    own: Scheme,
}

impl Origins {
    /// Ours is the public address alone. Without one, and listening on loopback only, whatever
    /// loopback name the browser used.
    pub const fn new(public: Option<Origin>, listens_on_loopback: bool) -> Self {
        let trusts_loopback = listens_on_loopback && public.is_none();
        Self { public, trusts_loopback, own: Scheme::Http }
    }

    /// The same, of a server that encrypts by itself.
    #[must_use]
    pub fn encrypted(self) -> Self {
        Self { own: Scheme::Https, ..self }
    }

    /// Where links start: the public address, or on loopback the one the browser used. `None`: we
    /// have no address to give, and no page of ours may write.
    pub fn ours(&self, headers: &HeaderMap) -> Option<Origin> {
        self.public.clone().or_else(|| self.trusted_host(headers))
    }

    /// Whether cookies travel encrypted.
    pub fn cookies(&self) -> super::presented::Cookies {
        match self.public.as_ref().map_or(self.own, Origin::scheme) {
            Scheme::Https => super::presented::Cookies::SECURE,
            Scheme::Http => super::presented::Cookies::PLAIN,
        }
    }

    /// Whether everybody comes over https, always: a browser may be told never to come otherwise.
    /// Of a name of this machine, which others use too, that is never said.
    pub fn is_always_https(&self) -> bool {
        self.public.as_ref().is_some_and(|public| public.scheme() == Scheme::Https)
    }

    /// Whether a socket or a write may go on.
    ///
    /// - With a bearer token: yes; no page gets a browser to send that by itself.
    /// - With the cookie: only from an `Origin` of ours, and `Sec-Fetch-Site` must agree.
    /// - With nothing, likewise, where a browser says where it comes from: a foreign page must not
    ///   make a visitor another person. A program says nothing of the kind.
    pub fn check(&self, headers: &HeaderMap, rests: Rests) -> Result<(), Foreign> {
        let origin_needed = match rests {
            Rests::OnBearer => return Ok(()),
            Rests::OnCookie => true,
            Rests::OnNothing => headers.contains_key("sec-fetch-site"),
        };
        let from_here = match only(headers, ORIGIN.as_str()) {
            Said::Nothing => !origin_needed,
            Said::Once(origin) => self.is_ours(origin, headers),
            Said::Otherwise => false,
        };
        let browser_agrees = match only(headers, "sec-fetch-site") {
            Said::Nothing => true,
            Said::Once(site) => site == "same-origin" || site == "none",
            Said::Otherwise => false,
        };
        if from_here && browser_agrees { Ok(()) } else { Err(Foreign) }
    }

    fn is_ours(&self, origin: &str, headers: &HeaderMap) -> bool {
        let ours = self.ours(headers);
        origin.parse::<Origin>().is_ok_and(|origin| ours.is_some_and(|ours| ours == origin))
    }

    /// The `Host` header's origin, if it names this machine. Any other name may be an attacker's
    /// that resolves to 127.0.0.1 for the occasion.
    fn trusted_host(&self, headers: &HeaderMap) -> Option<Origin> {
        if !self.trusts_loopback {
            return None;
        }
        match only(headers, HOST.as_str()) {
            Said::Once(host) => Origin::from_authority(self.own, host).filter(Origin::is_loopback),
            Said::Nothing | Said::Otherwise => None,
        }
    }
}

enum Said<'a> {
    Nothing,
    Once(&'a str),
    /// Twice, or unreadable.
    Otherwise,
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Said<'a> {
    let mut values = headers.get_all(name).into_iter();
    match (values.next(), values.next()) {
        (None, _) => Said::Nothing,
        (Some(value), None) => value.to_str().map_or(Said::Otherwise, Said::Once),
        (Some(_), Some(_)) => Said::Otherwise,
    }
}

#[cfg(test)]
#[path = "origin_tests.rs"]
mod tests;
