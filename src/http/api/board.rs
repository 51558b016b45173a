//! `…/board`: the public snapshot, for caches, crawlers, pages without JavaScript, and overflow.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::Response;

use crate::http::assets::accepts;
use crate::http::error::No;
use crate::http::headers::{as_header, tagged};
use crate::http::{Front, Reception};
use crate::qa::session::SessionState;

/// How long a cache may hand it on: with 2 s between a change and every screen.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=2");

/// Room for its headers and those of every answer: what does not grow costs less.
const HEADERS: usize = 16;

/// For who asks otherwise than [`plainly_asked`] has it: `HEAD`, a slug with escapes.
pub(super) async fn board(
    State(front): State<Front>,
    Path(slug): Path<String>,
    asked: HeaderMap,
) -> Result<Response, No> {
    answer(&front, &slug, &asked).await
}

/// The session whose board is asked for as our pages ask; `None` where somebody asks otherwise, or for
/// something else: that is left to the routes.
pub(in crate::http) fn plainly_asked<B>(request: &hyper::Request<B>) -> Option<&str> {
    let path = request.uri().path();
    let slug = path.strip_prefix("/api/v1/sessions/")?.strip_suffix("/board")?;
    (request.method() == Method::GET && !slug.contains(['/', '%'])).then_some(slug)
}

/// The same for everybody: looks at no identity, sets no cookie. Not counted by the limits, since
/// it is made at most once a second and costs less than counting a crowd out.
pub(in crate::http) async fn answer(
    front: &Reception,
    slug: &str,
    asked: &HeaderMap,
) -> Result<Response, No> {
    let (_, room) = front.room(slug).await?;
    if room.sign().state == Some(SessionState::Draft) {
        return Err(No::not_found("session"));
    }
    let board = room.board().await.ok_or_else(No::busy)?;
    let tags = board.tags();
    let is_packed = accepts(asked, "gzip");
    let (tag, body) =
        if is_packed { (&tags.packed, board.packed()) } else { (&tags.text, board.text()) };
    let mut headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if is_packed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    let mut answer = Response::new(Body::from(body.clone()));
    *answer.headers_mut() = headers;
    Ok(tagged(asked, PUBLIC, as_header(tag.clone()), answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_plainly_is_left_to_the_routes() {
        let asked = |method: Method, path: &str| {
            let request = hyper::Request::builder().method(method).uri(path).body(());
            plainly_asked(&request.expect("a request")).map(str::to_owned)
        };
        for path in ["/api/v1/sessions/sera/board", "/api/v1/sessions/sera/board?lang=en"] {
            assert_eq!(asked(Method::GET, path).as_deref(), Some("sera"), "{path}");
            for method in [Method::HEAD, Method::POST, Method::OPTIONS] {
                assert_eq!(asked(method, path), None, "{path}");
            }
        }
        for path in [
            "/api/v1/sessions/ser%61/board",
            "/api/v1/sessions/sera/board/",
            "/api/v1/sessions/sera/altra/board",
            "/api/v1/sessions/board",
            "/api/v1/sessions/sera/questions",
            "/s/sera/board",
        ] {
            assert_eq!(asked(Method::GET, path), None, "{path}");
        }
    }
}
