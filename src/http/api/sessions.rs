//! `/sessions`: which there are, new ones, and what they say of themselves.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse as _, Response};

use super::{Call, json};
use crate::http::error::No;
use crate::http::fresh;
use crate::http::here::Here;
use crate::hub::{Founder, Handle, NewSession, Sign};
use crate::qa::session::SessionState;
use crate::qa::{As, Audience, Caller, Envelope, Refusal, Role, SessionId};
use crate::wire::MAX_BYTES;
use crate::wire::body::{SessionsBody, new_session, session_change};

/// Those that the caller may see: drafts are for whoever holds a grant there. Each as the public
/// sees it; what the desk is told of its policy stands at its own address.
pub(in crate::http) async fn all(call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    call.counts(&asker)?;
    let front = &call.front;
    let administers = front.administrator(&asker).await?.is_some();
    let mut sessions = Vec::new();
    for id in front.hub.house().now().sessions().values() {
        // One that cannot be served has said so in the log, and keeps no other from being listed.
        let Ok(sign) = front.hub.sign(*id).await else { continue };
        let Some(view) = &sign.view else { continue };
        let draft = sign.state == Some(SessionState::Draft);
        if !draft || administers || holds_a_grant(&call, &asker, *id, &sign).await? {
            sessions.push(view.clone());
        }
    }
    Ok(json(&SessionsBody { sessions }))
}

async fn holds_a_grant(
    call: &Call,
    asker: &crate::http::caller::Asker,
    id: SessionId,
    sign: &Sign,
) -> Result<bool, No> {
    let Some(identity) = asker.known.identity() else { return Ok(false) };
    let person = call.front.hub.journal().keys(id).await?.pseudonym(identity.bytes());
    Ok(sign.staff.contains_key(&person))
}

/// Creates one.
pub(in crate::http) async fn create(call: Call) -> Result<Response, No> {
    let asker = call.writer().await?;
    call.counts(&asker)?;
    let front = call.front.clone();
    let in_house = front.house_person(&asker).await?.ok_or(Refusal::Unauthenticated)?;
    let name = front.administrator(&asker).await?.ok_or(Refusal::NotAllowed)?;
    let identity = asker.known.identity().ok_or(Refusal::Unauthenticated)?;
    let new = new_session(&call.body(MAX_BYTES).await?, front.keep_days)?;
    if front.hub.house().now().sessions().contains_key(&new.slug) {
        return Err(Refusal::IdTaken { what: "slug" }.into());
    }
    let id = fresh();
    let keys = front.hub.journal().keys(SessionId(id.0)).await?;
    let in_session = keys.pseudonym(identity.bytes());
    let location = format!("/api/v1/sessions/{}", new.slug);
    let session = NewSession {
        slug: new.slug,
        about: new.about,
        rehearsal: new.rehearsal,
        policy: new.policy,
    };
    let founder = Founder { in_house, in_session, name };
    No::reply(id, front.hub.create(Some(founder), id, session).await?)?;
    let room = front.hub.session(SessionId(id.0)).await?;
    let created = view(&room, Audience::Desk)?;
    Ok((StatusCode::CREATED, [(LOCATION, location)], created).into_response())
}

/// One.
pub(in crate::http) async fn one(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.here(&asker, &slug).await?;
    view(&here.room, here.audience())
}

/// Changes what it says of itself.
pub(in crate::http) async fn describe(
    Path(slug): Path<String>,
    call: Call,
) -> Result<Response, No> {
    let asker = call.writer().await?;
    let here = call.staff(&asker, &slug).await?;
    here.must_be(&[Role::Admin])?;
    let command = session_change(&call.body(MAX_BYTES).await?)?;
    send(&here, command).await?;
    view(&here.room, Audience::Desk)
}

/// Sends a command that only HTTP has, under an id of our own.
pub(super) async fn send(
    here: &Here,
    command: crate::qa::Command,
) -> Result<crate::qa::CommandId, No> {
    let person = here.person.ok_or(Refusal::Unauthenticated)?;
    let (id, caller) = (fresh(), Caller { person, acts: As::Staff });
    No::reply(id, here.room.send(Envelope { id, caller, command }).await)?;
    Ok(id)
}

fn view(room: &Handle, audience: Audience) -> Result<Response, No> {
    Ok(json(&room.sign().seen_by(audience).ok_or_else(|| No::not_found("session"))?))
}
