//! `…/invitations`, and the key of a session's overlays: what lets others in.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::sessions::send;
use super::{Call, json};
use crate::http::error::No;
use crate::http::{Front, token};
use crate::qa::{Command, InvitationId, Role};
use crate::wire::MAX_BYTES;
use crate::wire::body::{InvitationBody, InvitationsBody, InvitedBody, new_invitation};

/// Makes one. Its token is seen this once.
pub(in crate::http) async fn invite(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.writer().await?;
    let here = call.staff(&asker, &slug).await?;
    here.must_be(&[Role::Admin])?;
    let (front, headers) = (call.front.clone(), call.headers.clone());
    let wish = new_invitation(&call.body(MAX_BYTES).await?)?;
    let token = token::invitation(here.id);
    let token_hash = token.hash().to_string();
    let command = Command::Invite { role: wish.role, name: wish.name, token_hash };
    let id = InvitationId(send(&here, command).await?.0);
    let token = token.expose().to_owned();
    let link = link(&front, &headers, &format!("/join/{token}"));
    Ok((StatusCode::CREATED, json(&InvitedBody { id, link, token })).into_response())
}

/// Those that were not withdrawn.
pub(in crate::http) async fn all(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.staff(&asker, &slug).await?;
    here.must_be(&[Role::Admin])?;
    let listed = here.room.look(|session, _| {
        let invitations = session.invitations().iter();
        let body = invitations.map(|(id, known)| InvitationBody {
            id: *id,
            role: known.role,
            name: known.name.clone(),
            used: known.used,
            used_at: known.used_at,
        });
        InvitationsBody { invitations: body.collect() }
    });
    Ok(json(&listed.await.ok_or_else(No::busy)?))
}

/// Withdraws one, with every grant it gave; their seats close.
pub(in crate::http) async fn withdraw(
    Path((slug, id)): Path<(String, String)>,
    call: Call,
) -> Result<StatusCode, No> {
    let asker = call.writer().await?;
    let here = call.staff(&asker, &slug).await?;
    here.must_be(&[Role::Admin])?;
    let invitation = id.parse().map_err(|_| No::not_found("invitation"))?;
    send(&here, Command::Uninvite { invitation }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET …/overlay`: where an overlay is found, and the key by which its reports are believed.
#[derive(Serialize)]
struct OverlayBody {
    link: String,
    key: String,
}

/// The overlay's address, for producers.
pub(in crate::http) async fn overlay(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.staff(&asker, &slug).await?;
    here.must_be(&[Role::Producer, Role::Admin])?;
    let key = token::overlay_key(&here.keys);
    let path = format!("/s/{slug}/overlay#{}", key.expose());
    let link = link(&call.front, &call.headers, &path);
    Ok(json(&OverlayBody { link, key: key.expose().to_owned() }))
}

/// A whole address, where we know ours.
fn link(front: &Front, headers: &axum::http::HeaderMap, path: &str) -> String {
    front.origins.ours(headers).map_or_else(|| path.to_owned(), |ours| format!("{ours}{path}"))
}
