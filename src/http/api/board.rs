//! `…/board`: the public snapshot, for caches, crawlers, pages without JavaScript, and overflow.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::{Call, json_text};
use crate::http::error::No;
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
    let digest = Sha256::digest(&board);
    let tag = crate::archive::record::hex(digest.get(..16).unwrap_or_default());
    let tag: HeaderValue = format!("\"{tag}\"").parse().expect("hexadecimal digits");
    let same = |known: &HeaderValue| {
        let known = known.to_str().unwrap_or_default();
        known.split(',').any(|known| tag == known.trim().trim_start_matches("W/"))
    };
    let headers = [(CACHE_CONTROL, PUBLIC), (ETAG, tag.clone())];
    if call.headers.get_all(IF_NONE_MATCH).into_iter().any(same) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok((headers, json_text(board)).into_response())
}
