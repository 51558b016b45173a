//! `…/board`: the public snapshot, for caches, crawlers, pages without JavaScript, and overflow.

use axum::extract::Path;
use axum::http::HeaderValue;
use axum::response::Response;
use bytes::Bytes;

use super::{Call, json_text};
use crate::http::error::No;
use crate::http::headers::kept;
use crate::qa::session::SessionState;

/// How long a cache may hand it on: with 2 s between a change and every screen.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=2");

/// The same for everybody: looks at no identity, sets no cookie. Not counted by the limits, since
/// it is encoded at most once a second and costs less than counting a crowd out.
pub(in crate::http) async fn board(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let (_, room) = call.front.room(&slug).await?;
    if room.sign().state == Some(SessionState::Draft) {
        return Err(No::not_found("session"));
    }
    let board: Bytes = room.board().await.ok_or_else(No::busy)?.into();
    Ok(kept(&call.headers, PUBLIC, &board, json_text(board.clone())))
}
