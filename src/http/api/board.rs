//! `…/board`: the public snapshot, for caches, crawlers, pages without JavaScript, and overflow.

use axum::extract::{Path, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, VARY};
use axum::response::Response;

use super::json_text;
use crate::http::Front;
use crate::http::assets::accepts;
use crate::http::error::No;
use crate::http::headers::tagged;
use crate::qa::session::SessionState;

/// How long a cache may hand it on: with 2 s between a change and every screen.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=2");

/// The same for everybody: looks at no identity, sets no cookie. Not counted by the limits, since
/// it is made at most once a second and costs less than counting a crowd out.
pub(in crate::http) async fn board(
    State(front): State<Front>,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Response, No> {
    let (_, room) = front.room(&slug).await?;
    if room.sign().state == Some(SessionState::Draft) {
        return Err(No::not_found("session"));
    }
    let board = room.board().await.ok_or_else(No::busy)?;
    let mut answer = if accepts(request.headers(), "gzip") {
        let mut packed = json_text(board.packed().clone());
        packed.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        tagged(request.headers(), PUBLIC, &format!("{}-gzip", board.tag()), packed)
    } else {
        tagged(request.headers(), PUBLIC, board.tag(), json_text(board.text().clone()))
    };
    answer.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    Ok(answer)
}
