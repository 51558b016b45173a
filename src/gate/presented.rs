//! What a request shows of its author: a cookie, a bearer token, a subprotocol. Never an address's
//! query: no function here takes one.

use http::header::{AUTHORIZATION, COOKIE, SEC_WEBSOCKET_PROTOCOL};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::secret::{Secret, is_token};

/// What a request shows. The texts are unverified and not yet looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presented<'a> {
    /// Nothing.
    Nothing,
    /// Our cookie, which a browser sends by itself: socket and writes need an allowed `Origin`.
    Cookie(&'a str),
    /// A token that a program put there on purpose. It wins over a cookie.
    Bearer(&'a str),
}

impl std::fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Cookie(_) => "Cookie(hidden)",
            Self::Bearer(_) => "Bearer(hidden)",
        })
    }
}

/// Why what a request shows cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A bearer token with other characters, or none.
    #[error("a bearer token consists of A-Z, a-z, 0-9, - and _")]
    NotAToken,
    /// Two tokens, and no way to know which one is meant.
    #[error("more than one bearer token was sent")]
    Several,
}

/// Which messages a socket speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Text frames.
    V1,
    /// A snapshot may be one binary frame, raw deflate of the JSON.
    V1Deflate,
}

impl Protocol {
    /// Its name in `Sec-WebSocket-Protocol`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "filodiretto.v1",
            Self::V1Deflate => "filodiretto.v1.deflate",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::V1, Self::V1Deflate].into_iter().find(|protocol| protocol.name() == name)
    }
}

/// What an upgrade asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upgrade<'a> {
    /// Who asks.
    pub presented: Presented<'a>,
    /// The first of ours that the client named: to be answered. `None`: answer none, speak v1.
    pub protocol: Option<Protocol>,
}

/// Our cookie: its name, how it is read and how it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookies {
    secure: bool,
}

/// How long a browser keeps who it is: from one council's season to the next.
const MAX_AGE_SECONDS: u32 = 180 * 24 * 60 * 60;

impl Cookies {
    /// Over https: a name that no other host of the same domain can set.
    pub const SECURE: Self = Self { secure: true };
    /// Over plain http, where `Secure` would lose it.
    pub const PLAIN: Self = Self { secure: false };

    /// The cookie's name.
    pub const fn name(self) -> &'static str {
        if self.secure { "__Host-filodiretto" } else { "filodiretto" }
    }

    /// The value of `Set-Cookie` that makes a browser this person.
    pub fn set(self, token: &Secret) -> HeaderValue {
        let secure = if self.secure { " Secure;" } else { "" };
        let text = format!(
            "{}={};{secure} HttpOnly; SameSite=Lax; Path=/; Max-Age={MAX_AGE_SECONDS}",
            self.name(),
            token.expose(),
        );
        sensitive(&text)
    }

    /// The value of `Set-Cookie` that makes a browser forget who it is.
    pub fn clear(self) -> HeaderValue {
        let secure = if self.secure { " Secure;" } else { "" };
        sensitive(&format!("{}=;{secure} HttpOnly; SameSite=Lax; Path=/; Max-Age=0", self.name()))
    }

    /// What a request shows, by `Authorization` or by our cookie.
    pub fn presented(self, headers: &HeaderMap) -> Result<Presented<'_>, Unreadable> {
        Ok(self.or_cookie(authorization(headers)?, headers))
    }

    /// What an upgrade shows and asks for: as [`Self::presented`], and in a browser, which cannot
    /// set `Authorization` on a socket, by a subprotocol `bearer.TOKEN`.
    pub fn upgrade(self, headers: &HeaderMap) -> Result<Upgrade<'_>, Unreadable> {
        let mut bearer = authorization(headers)?;
        let mut protocol = None;
        for name in listed(headers, &SEC_WEBSOCKET_PROTOCOL) {
            if let Some(token) = name.strip_prefix("bearer.") {
                one(&mut bearer, token)?;
            } else {
                protocol = protocol.or_else(|| Protocol::named(name));
            }
        }
        Ok(Upgrade { presented: self.or_cookie(bearer, headers), protocol })
    }

    fn or_cookie<'a>(self, bearer: Option<&'a str>, headers: &'a HeaderMap) -> Presented<'a> {
        match (bearer, self.read(headers)) {
            (Some(token), _) => Presented::Bearer(token),
            (None, Some(token)) => Presented::Cookie(token),
            (None, None) => Presented::Nothing,
        }
    }

    /// Our cookie's value. The first of that name counts, as browsers put the closest first; one
    /// that cannot be a token is none.
    fn read(self, headers: &HeaderMap) -> Option<&str> {
        let texts = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        texts
            .flat_map(|text| text.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.name())
            .map(|(_, value)| value)
            .filter(|value| is_token(value))
    }
}

fn sensitive(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).expect("tokens are made of visible characters");
    value.set_sensitive(true);
    value
}

/// The bearer token in `Authorization`. Another scheme is another program's: a proxy's password.
fn authorization(headers: &HeaderMap) -> Result<Option<&str>, Unreadable> {
    let mut bearer = None;
    for value in headers.get_all(AUTHORIZATION) {
        let bytes = value.as_bytes();
        let scheme = bytes.split(|b| *b == b' ').next().unwrap_or_default();
        if scheme.eq_ignore_ascii_case(b"bearer") {
            let text = value.to_str().map_err(|_| Unreadable::NotAToken)?;
            one(&mut bearer, text[scheme.len()..].trim_matches(' '))?;
        }
    }
    Ok(bearer)
}

fn one<'a>(bearer: &mut Option<&'a str>, token: &'a str) -> Result<(), Unreadable> {
    if !is_token(token) {
        return Err(Unreadable::NotAToken);
    }
    match bearer.replace(token) {
        None => Ok(()),
        Some(_) => Err(Unreadable::Several),
    }
}

/// A header's list, over all its lines.
fn listed<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let texts = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request's header lines.
    type Lines<'a> = &'a [(&'static str, &'a str)];

    fn headers(lines: Lines<'_>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().expect("a header's value"));
        }
        headers
    }

    #[test]
    fn over_https_the_cookie_belongs_to_this_host_alone() {
        let token = Secret::new("abc".to_owned());
        let set = Cookies::SECURE.set(&token);
        assert_eq!(
            set.to_str().expect("text"),
            "__Host-filodiretto=abc; Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=15552000"
        );
        assert_eq!(format!("{set:?}"), "Sensitive");
        let plain = Cookies::PLAIN.set(&token);
        assert_eq!(
            plain.to_str().expect("text"),
            "filodiretto=abc; HttpOnly; SameSite=Lax; Path=/; Max-Age=15552000"
        );
    }

    #[test]
    fn what_a_request_shows() {
        use Presented::{Bearer, Cookie, Nothing};
        let table: &[(Lines<'_>, Result<Presented<'_>, Unreadable>)] = &[
            (&[], Ok(Nothing)),
            (&[("cookie", "filodiretto=abc")], Ok(Cookie("abc"))),
            (&[("cookie", "a=1; filodiretto=abc; b=2")], Ok(Cookie("abc"))),
            (&[("cookie", "a=1"), ("cookie", "filodiretto=abc")], Ok(Cookie("abc"))),
            (&[("cookie", "filodiretto=abc; filodiretto=def")], Ok(Cookie("abc"))),
            (&[("cookie", "__Host-filodiretto=abc")], Ok(Nothing)),
            (&[("cookie", "xfilodiretto=abc")], Ok(Nothing)),
            (&[("cookie", "Filodiretto=abc")], Ok(Nothing)),
            (&[("cookie", "filodiretto=\"abc\"")], Ok(Nothing)),
            (&[("cookie", "filodiretto=")], Ok(Nothing)),
            (&[("cookie", "filodiretto")], Ok(Nothing)),
            (&[("authorization", "Bearer abc")], Ok(Bearer("abc"))),
            (&[("authorization", "bEARER  abc")], Ok(Bearer("abc"))),
            (&[("authorization", "Bearer abc"), ("cookie", "filodiretto=x")], Ok(Bearer("abc"))),
            (&[("authorization", "Basic YTpi"), ("cookie", "filodiretto=x")], Ok(Cookie("x"))),
            (&[("authorization", "Bearerabc")], Ok(Nothing)),
            (&[("authorization", "Bearer")], Err(Unreadable::NotAToken)),
            (&[("authorization", "Bearer a b")], Err(Unreadable::NotAToken)),
            (&[("authorization", "Bearer a,b")], Err(Unreadable::NotAToken)),
            (&[("authorization", "Bearer à")], Err(Unreadable::NotAToken)),
            (
                &[("authorization", "Bearer a"), ("authorization", "Bearer a")],
                Err(Unreadable::Several),
            ),
        ];
        for (lines, expected) in table {
            let headers = headers(lines);
            let found = Cookies::PLAIN.presented(&headers);
            assert!(found == *expected, "{lines:?}: {found:?}");
        }
    }

    #[test]
    fn over_https_the_plain_cookie_is_not_believed() {
        let headers = headers(&[("cookie", "filodiretto=tossed; __Host-filodiretto=abc")]);
        assert!(Cookies::SECURE.presented(&headers) == Ok(Presented::Cookie("abc")));
        let tossed = self::headers(&[("cookie", "filodiretto=tossed")]);
        assert!(Cookies::SECURE.presented(&tossed) == Ok(Presented::Nothing));
    }

    #[test]
    fn a_browser_shows_its_token_as_a_subprotocol() {
        let protocol = |text: &str| {
            let headers = headers(&[("sec-websocket-protocol", text)]);
            Cookies::PLAIN.upgrade(&headers).map(|upgrade| {
                let bearer = match upgrade.presented {
                    Presented::Bearer(token) => Some(token.to_owned()),
                    Presented::Nothing | Presented::Cookie(_) => None,
                };
                (upgrade.protocol, bearer)
            })
        };
        let abc = || Some("abc".to_owned());
        assert_eq!(protocol("filodiretto.v1, bearer.abc"), Ok((Some(Protocol::V1), abc())));
        assert_eq!(protocol("bearer.abc,filodiretto.v1"), Ok((Some(Protocol::V1), abc())));
        let both = protocol("filodiretto.v1.deflate, filodiretto.v1");
        assert_eq!(both, Ok((Some(Protocol::V1Deflate), None)));
        assert_eq!(protocol("chat"), Ok((None, None)));
        assert_eq!(protocol("filodiretto.v2"), Ok((None, None)));
        assert_eq!(protocol("bearer."), Err(Unreadable::NotAToken));
        assert_eq!(protocol("bearer.a.b"), Err(Unreadable::NotAToken));
        assert_eq!(protocol("bearer.a, bearer.b"), Err(Unreadable::Several));
        let headers =
            headers(&[("authorization", "Bearer a"), ("sec-websocket-protocol", "bearer.b")]);
        assert_eq!(Cookies::PLAIN.upgrade(&headers), Err(Unreadable::Several));
    }

    #[test]
    fn a_token_in_a_header_does_not_show_in_debug_output() {
        let headers = headers(&[("authorization", "Bearer canary")]);
        let shown = format!("{:?}", Cookies::PLAIN.upgrade(&headers));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
