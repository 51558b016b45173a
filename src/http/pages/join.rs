//! `/join/TOKEN`: an invitation, shown; and used, when its button is pressed.
//!
//! Looking does nothing, so a mail scanner that opens every link does no harm.

use axum::extract::Path;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::html::{Escaped, page};
use crate::gate::identity::Bearer;
use crate::http::Reception;
use crate::http::api::{Call, me};
use crate::http::caller::OPERATOR;
use crate::http::error::No;
use crate::http::here::join;
use crate::qa::event::HOUSE;
use crate::qa::{InvitationId, Role, SessionId};

/// What a token opens.
enum Opens {
    /// A role in a session.
    Role(SessionId, InvitationId),
    /// The house.
    House,
}

async fn opens(front: &Reception, token: &str) -> Result<Option<Opens>, No> {
    Ok(match front.tokens.recognise(token) {
        Bearer::Administrator => Some(Opens::House),
        Bearer::Invitation(hash) => {
            let found = front.invitation(token, hash).await?;
            found.map(|(session, invitation)| Opens::Role(session, invitation))
        }
        Bearer::Person(_) | Bearer::Unknown => None,
    })
}

/// What it says of itself, and where it leads.
struct Shown {
    title: String,
    name: String,
    role: &'static str,
    page: String,
}

async fn shown(front: &Reception, opens: &Opens) -> Result<Shown, No> {
    let (session, invitation) = match opens {
        Opens::House => {
            let city = front.hub.house().now().city().name.clone();
            return Ok(Shown {
                title: city.unwrap_or_else(|| "Filo Diretto".to_owned()),
                name: OPERATOR.to_owned(),
                role: "amministrazione",
                page: "/admin".to_owned(),
            });
        }
        Opens::Role(session, invitation) => (*session, *invitation),
    };
    let room = front.hub.session(session).await?;
    let seen = room.look(move |session, _| {
        let invitation = session.invitations().get(&invitation)?;
        let slug = session.slug()?;
        let (role, page) = match invitation.role {
            Role::Moderator => ("moderazione", format!("/desk/{slug}")),
            Role::Official => ("palco", format!("/stage/{slug}")),
            Role::Producer => ("regia", format!("/producer/{slug}")),
            Role::Admin => ("ufficio stampa", "/admin".to_owned()),
        };
        let (title, name) = (session.about().title.clone(), invitation.name.clone());
        Some(Shown { title, name, role, page })
    });
    seen.await.ok_or_else(No::busy)?.ok_or_else(|| No::not_found("invitation"))
}

/// Shows role and session, and one button.
pub(super) async fn look(Path(token): Path<String>, call: Call) -> Result<Response, No> {
    let front = &call.front;
    let Some(opens) = opens(front, &token).await? else { return Err(dead(&call, &token)) };
    let Shown { title, name, role, page: _ } = shown(front, &opens).await?;
    // The token has only characters that stand for themselves in an address and in HTML.
    let inside = format!(
        "<h1>{}</h1><p>Invito per {}: {role}.</p>\
         <form method=\"post\" action=\"/join/{}\"><button>Entra</button></form>",
        Escaped(&title),
        Escaped(&name),
        Escaped(&token),
    );
    Ok(page(&title, None, &inside))
}

/// Uses it: makes a person if there is none, grants the role, and leads to its page.
pub(super) async fn enter(Path(token): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.writer().await?;
    let front = &call.front;
    let Some(opens) = opens(front, &token).await? else { return Err(dead(&call, &token)) };
    let Shown { page, .. } = shown(front, &opens).await?;
    let (cookie, identity) = me::token(front, &asker)?;
    match opens {
        Opens::House => {
            let keys = front.hub.journal().keys(HOUSE).await?;
            front.name_administrator(keys.pseudonym(identity.bytes()), OPERATOR).await?;
        }
        Opens::Role(session, invitation) => {
            let room = front.hub.session(session).await?;
            let keys = front.hub.journal().keys(session).await?;
            join(&room, keys.pseudonym(identity.bytes()), invitation).await?;
        }
    }
    let to: HeaderValue = page.parse().map_err(|_| No::not_found("page"))?;
    let cookie = front.origins.cookies().set(&cookie);
    Ok((StatusCode::SEE_OTHER, [(LOCATION, to), (SET_COOKIE, cookie)]).into_response())
}

/// A token that opens nothing is a page that is not there; too many of them, and it is only that.
fn dead(call: &Call, token: &str) -> No {
    let client = call.front.addresses.client(call.peer.address, &call.headers);
    match call.front.traffic.failed_sign_in(&client, token) {
        Ok(()) => No::not_found("invitation"),
        Err(too_fast) => too_fast.into(),
    }
}
