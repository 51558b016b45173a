//! The headers that every answer carries, errors and pages that do not exist included.
//!
//! What a handler has set itself stays; everything else is as strict as it can be.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use sha2::{Digest as _, Sha256};

use super::Reception;
use super::accept::Peer;
use super::api::board;
use super::error::{self, No};
use crate::archive::record::hex;
use crate::gate::origin::Origin;
use crate::qa::Language;
use crate::qa::event::Stream;
use crate::telemetry::METRICS;

/// For what is no page: nothing may be loaded, and nobody may frame it.
const NOTHING: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
);
/// For pages: our own scripts, styles and fonts and our own server, nothing written into the page
/// itself. (`data:` are the icons in the style sheet; the one policy is how Svelte makes elements.)
pub(super) const PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
     connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types svelte-trusted-html",
);
/// For the overlay: what a producer writes as custom CSS, OBS puts into the page as an element. A
/// style can ask nobody for anything, as long as images, fonts and the rest come from here.
pub(super) const OVERLAY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; \
     connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types svelte-trusted-html",
);
/// Of that policy: whom a page may ask.
const CONNECT: &str = "connect-src 'self'";

/// The policy of a page that shows a stream: the host of the picture besides, and nobody else. One
/// that a policy cannot name does not play.
pub(super) fn page_with(stream: &Stream) -> HeaderValue {
    let with_picture = match stream.kind.as_str() {
        "youtube" => format!("{CONNECT}; frame-src https://www.youtube-nocookie.com"),
        "facebook" => format!("{CONNECT}; frame-src https://www.facebook.com"),
        // Videos, and events.
        "vimeo" => format!("{CONNECT}; frame-src https://player.vimeo.com https://vimeo.com"),
        _ => match Origin::of(&stream.url) {
            // What hls.js feeds the player with is a `blob:` of this page. A policy knows no IPv6.
            Some(host) if !host.host().starts_with('[') => {
                format!("{CONNECT} {host}; media-src blob: {host}")
            }
            _ => return PAGE,
        },
    };
    let policy = PAGE.to_str().unwrap_or_default().replace(CONNECT, &with_picture);
    HeaderValue::from_str(&policy).unwrap_or(PAGE)
}

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
);
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
/// Two years: who has once come over https does not come otherwise any more.
const ALWAYS_HTTPS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// What of an address the next site is told. One that holds something secret tells nobody else;
/// the page of an invitation does tell ourselves, since without it a browser sends `Origin: null`
/// with the form on it.
fn referrer(path: &str) -> &'static str {
    if path.starts_with("/join/") {
        "same-origin"
    } else if path.starts_with("/r/") || path.contains("/receipts/") {
        "no-referrer"
    } else {
        "strict-origin-when-cross-origin"
    }
}

/// To whom an error is told.
#[derive(Clone, Copy)]
pub(super) enum Told<'a> {
    /// A program: as a problem.
    Program,
    /// A browser that went to a page, and not a script of it: as a page.
    Person(&'a Reception),
    /// The overlay's picture: not at all, for it may be on air.
    Picture(&'a Reception),
}

fn told<'a>(request: &Request, front: &'a Reception) -> Told<'a> {
    let path = request.uri().path();
    let accepts = request.headers().get(ACCEPT).map(HeaderValue::as_bytes).unwrap_or_default();
    let page = !path.starts_with("/api/")
        && !path.starts_with("/ws/")
        && accepts.windows(9).any(|part| part == b"text/html");
    // Also where the address was copied with something too much at its end.
    let picture = path.starts_with("/s/") && path.trim_end_matches('/').ends_with("/overlay");
    match (page, picture) {
        (false, _) => Told::Program,
        (true, false) => Told::Person(front),
        (true, true) => Told::Picture(front),
    }
}

/// What there is to be asked for.
type Routes = TowerToHyperService<Router>;

/// The last connections are kept for staff: anybody else is sent away from them, or leaves with the
/// answer.
async fn keep_for_staff(
    front: &Reception,
    peer: &Peer,
    request: Request,
    router: &Routes,
) -> Response {
    let path = request.uri().path();
    // Whoever asks for these is nobody's staff, and keeps no place.
    let health = matches!(path, "/healthz" | "/readyz");
    let staff = !health && front.is_of_staff(peer, path, request.headers()).await;
    let mut response = match health || staff {
        true => answer(router, request).await,
        false => No::busy().into_response(),
    };
    if !staff {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn answer(router: &Routes, request: Request) -> Response {
    router.call(request).await.unwrap_or_else(|never| match never {})
}

/// Headers that an answer has beside its own, at most.
const DEFAULTS: usize = 8;

/// Runs around every handler: gives errors their words, and answers their headers. Around the router and
/// not as a layer of it, which would be one more of its boxes at every request. The board is answered here,
/// before any route is looked for.
pub(super) async fn finish(
    front: &Reception,
    peer: Peer,
    request: hyper::Request<Incoming>,
    router: &Routes,
) -> Response {
    // A crowd that holds no seat asks for little else, and the way through the routes is a fifth of what
    // that costs.
    if !peer.staff_only
        && let Some(slug) = board::plainly_asked(&request)
    {
        let mut response = board::answer(front, slug, request.headers()).await.into_response();
        let (uri, headers) = (request.uri(), request.headers());
        error::speak(&mut response, || spoken(uri.query(), headers), Told::Program);
        return finished(front, response, referrer(uri.path()));
    }
    let mut request: Request = request.map(Body::new);
    request.extensions_mut().insert(peer.clone());
    // The language is looked for where there is an error to tell.
    let uri = request.uri().clone();
    let liked: Vec<_> = request.headers().get_all(ACCEPT_LANGUAGE).into_iter().cloned().collect();
    let referrer = referrer(request.uri().path());
    let told = told(&request, front);
    let mut response = match peer.staff_only {
        true => keep_for_staff(front, &peer, request, router).await,
        false => answer(router, request).await,
    };
    error::speak(&mut response, || spoken_by(uri.query(), &liked), told);
    finished(front, response, referrer)
}

/// An answer that is counted, and has the headers that it did not have yet.
fn finished(front: &Reception, mut response: Response, referrer: &'static str) -> Response {
    METRICS.http_answers_total.add(class(response.status()));
    let https = front.origins.is_always_https();
    let headers = response.headers_mut();
    headers.reserve(DEFAULTS);
    let mut default = |name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    default(CONTENT_SECURITY_POLICY, NOTHING);
    default(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    default(REFERRER_POLICY, HeaderValue::from_static(referrer));
    default(PERMISSIONS_POLICY, PERMISSIONS);
    default(OPENER_POLICY, SAME_ORIGIN);
    default(RESOURCE_POLICY, SAME_ORIGIN);
    default(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if https {
        default(STRICT_TRANSPORT_SECURITY, ALWAYS_HTTPS);
    }
    response
}

/// An answer that caches may keep, with a tag by which they ask again; without its body for who has
/// it already.
pub(super) fn kept(
    asked: &HeaderMap,
    how_long: HeaderValue,
    body: &[u8],
    answer: Response,
) -> Response {
    tagged(asked, how_long, tag(body), answer)
}

/// What bodies that say the same have in common.
pub(super) fn tag(body: &[u8]) -> HeaderValue {
    let tag = hex(Sha256::digest(body).get(..16).unwrap_or_default());
    as_header(format!("\"{tag}\"").into())
}

/// A tag of digits and letters in quotes.
pub(super) fn as_header(tag: Bytes) -> HeaderValue {
    HeaderValue::from_maybe_shared(tag).expect("digits and letters")
}

/// The same, where it is known by what tag.
pub(super) fn tagged(
    asked: &HeaderMap,
    how_long: HeaderValue,
    tag: HeaderValue,
    mut answer: Response,
) -> Response {
    let same = |known: &HeaderValue| {
        let known = known.to_str().unwrap_or_default();
        known.split(',').any(|known| tag == known.trim().trim_start_matches("W/"))
    };
    if asked.get_all(IF_NONE_MATCH).into_iter().any(same) {
        // What it says beside its body stays: a browser puts it in the place of what it has kept,
        // and with another policy the page that it has would lose its styles and its forms.
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        *answer.body_mut() = Body::empty();
        for of_the_body in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING] {
            answer.headers_mut().remove(of_the_body);
        }
    }
    answer.headers_mut().insert(CACHE_CONTROL, how_long);
    answer.headers_mut().insert(ETAG, tag);
    answer
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// In which language somebody is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) language: Language,
    /// The address asks for it (`lang`), so the addresses on its page do, too: a choice is kept
    /// without a cookie.
    pub(super) chosen: bool,
}

/// The language that an address asks for, else the one that its browser likes better.
pub(super) fn spoken(query: Option<&str>, headers: &HeaderMap) -> Spoken {
    spoken_by(query, headers.get_all(ACCEPT_LANGUAGE))
}

fn spoken_by<'a>(query: Option<&str>, liked: impl IntoIterator<Item = &'a HeaderValue>) -> Spoken {
    let fields = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let asked = fields.filter(|(name, _)| name == "lang").find_map(|(_, tag)| match &*tag {
        "it" => Some(Language::Italian),
        "en" => Some(Language::English),
        _ => None,
    });
    let (language, chosen) = asked.map_or_else(|| (likes(liked), false), |it| (it, true));
    Spoken { language, chosen }
}

/// Of the two languages of the interface the one that the browser likes better; Italian where it
/// likes neither.
pub(super) fn language(headers: &HeaderMap) -> Language {
    likes(headers.get_all(ACCEPT_LANGUAGE))
}

fn likes<'a>(liked: impl IntoIterator<Item = &'a HeaderValue>) -> Language {
    let lines = liked.into_iter().filter_map(|line| line.to_str().ok());
    let mut best = (0.0, Language::Italian);
    for item in lines.flat_map(|line| line.split(',')) {
        let (tag, weight) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
        let primary = tag.trim().split('-').next().unwrap_or_default();
        let language = match primary {
            "it" => Language::Italian,
            "en" => Language::English,
            _ => continue,
        };
        if let Ok(weight) = weight
            && weight > best.0
        {
            best = (weight, language);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn policy(kind: &str, url: &str) -> HeaderValue {
        let (kind, url, delays) = (kind.to_owned(), url.to_owned(), BTreeMap::new());
        page_with(&Stream { kind, url, delays })
    }

    #[test]
    fn a_page_may_ask_the_host_of_its_stream_for_the_picture_and_nobody_else() {
        let with =
            |instead: &str| PAGE.to_str().expect("text").replace("connect-src 'self';", instead);
        let hls = policy("hls", "https://video.example:8443/live/a;b.m3u8?'c'");
        let host = "https://video.example:8443";
        let expected = format!("connect-src 'self' {host}; media-src blob: {host};");
        assert_eq!(hls, with(&expected));
        for (kind, frames) in [
            ("youtube", "https://www.youtube-nocookie.com"),
            ("facebook", "https://www.facebook.com"),
            ("vimeo", "https://player.vimeo.com https://vimeo.com"),
        ] {
            let expected = with(&format!("connect-src 'self'; frame-src {frames};"));
            assert_eq!(policy(kind, "https://evil.example/"), expected, "{kind}");
        }
    }

    /// Also what an old journal holds, from before such addresses were refused.
    #[test]
    fn no_address_of_a_stream_writes_into_the_policy() {
        for url in [
            "https://a;script-src *",
            "https://a;script-src",
            "https://a'unsafe-inline'/",
            "https://a\r\nset-cookie: b/",
            "https://user@a/",
            "https://*/",
            "https://a,b/",
            "https://[::1]:8080/live.m3u8",
            "data:video/mp4,",
            "",
        ] {
            assert_eq!(policy("hls", url), PAGE, "{url}");
        }
    }

    #[test]
    fn the_language_is_the_one_that_is_liked_best_of_the_two_we_speak() {
        for (accepted, expected) in [
            ("", Language::Italian),
            ("de-DE,de;q=0.9", Language::Italian),
            ("en", Language::English),
            ("en-GB,en;q=0.9,it;q=0.8", Language::English),
            ("it-IT,it;q=0.9,en;q=0.8", Language::Italian),
            ("de,en;q=0.3", Language::English),
            ("en;q=0.2, it;q=0.7", Language::Italian),
            ("en;q=0", Language::Italian),
            ("en;q=x,it;q=0.1", Language::Italian),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, accepted.parse().expect("a value"));
            assert_eq!(language(&headers), expected, "{accepted}");
            for (query, asked) in [
                (None, None),
                (Some("a=b"), None),
                (Some("lang=de"), None),
                (Some("a=b&lang=en"), Some(Language::English)),
                (Some("lang=it"), Some(Language::Italian)),
            ] {
                let spoken = spoken(query, &headers);
                let language = asked.unwrap_or(expected);
                assert_eq!(spoken, Spoken { language, chosen: asked.is_some() }, "{query:?}");
            }
        }
    }
}
