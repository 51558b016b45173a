//! The one host besides ourselves that a page may ask: where a session's stream comes from. It is
//! allowed on that session's page alone, and the page asks nothing of it before play is pressed.

use axum::http::{HeaderValue, Uri};

use crate::http::headers::PAGE;
use crate::qa::event::Stream;

/// What the citizen's page of a session with this stream may load; `None`: no more than any page.
pub(super) fn policy(stream: &Stream) -> Option<HeaderValue> {
    // Players of others stand in a frame of theirs (`web/src/citizen/embed.ts`).
    let frames = match stream.kind.as_str() {
        "youtube" => "https://www.youtube-nocookie.com",
        "vimeo" => "https://player.vimeo.com https://vimeo.com",
        "facebook" => "https://www.facebook.com",
        _ => "",
    };
    let page = PAGE;
    let page = page.to_str().ok()?;
    let policy = if frames.is_empty() {
        let host = host(&stream.url)?;
        // The picture reaches its element through an address that the page makes (`blob:`).
        page.replace("connect-src 'self'", &format!("connect-src 'self' {host}"))
            + &format!("; media-src 'self' blob: {host}")
    } else {
        format!("{page}; frame-src {frames}")
    };
    policy.parse().ok()
}

/// Scheme, host and port of an address; nothing that would be read as a policy of its own.
fn host(url: &str) -> Option<String> {
    let url: Uri = url.parse().ok()?;
    let scheme = url.scheme_str().filter(|scheme| ["http", "https"].contains(scheme))?;
    let host = url.authority()?.as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    host.chars().all(plain).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy_of(kind: &str, url: &str) -> Option<String> {
        let (kind, url) = (kind.to_owned(), url.to_owned());
        let stream = Stream { url, kind, delays: std::collections::BTreeMap::new() };
        policy(&stream).map(|policy| policy.to_str().expect("text").to_owned())
    }

    #[test]
    fn a_stream_opens_the_page_to_its_host_and_to_nobody_else() {
        let hls = policy_of("hls", "https://tv.comune.test:8443/live/a.m3u8?k=1").expect("one");
        for part in [
            "; connect-src 'self' https://tv.comune.test:8443; ",
            "; media-src 'self' blob: https://tv.comune.test:8443",
            "default-src 'none'; script-src 'self'; ",
            "require-trusted-types-for 'script'",
        ] {
            assert!(hls.contains(part), "{part} in {hls}");
        }
        assert!(!hls.contains("frame-src"), "{hls}");
        let youtube = policy_of("youtube", "https://youtu.be/abc").expect("one");
        assert!(youtube.ends_with("; frame-src https://www.youtube-nocookie.com"), "{youtube}");
        assert!(youtube.contains("; connect-src 'self'; "), "{youtube}");
    }

    #[test]
    fn an_address_is_never_read_as_a_policy() {
        for url in [
            "https://a.test;script-src *",
            "https://a.test,b.test/x",
            "https://user:word@a.test/x",
            "https://*/x",
            "ftp://a.test/x",
            "nonsense",
        ] {
            assert_eq!(policy_of("hls", url), None, "{url}");
        }
        let kept = policy_of("hls", "https://a.test/x;script-src%20*").expect("one");
        assert!(!kept.contains("script-src%20"), "{kept}");
    }
}
