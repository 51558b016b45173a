//! `/join/TOKEN`: an invitation, shown; and used, when its button is pressed.
//!
//! Looking does nothing, so a mail scanner that opens every link does no harm.

use axum::extract::Path;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use maud::html;

use super::layout::{Frame, Page, Reader, Script, written};
use super::words;
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
    /// Of a session; the house has none.
    title: Option<(String, String)>,
    name: String,
    role: Option<Role>,
    page: String,
}

async fn shown(front: &Reception, opens: &Opens) -> Result<Shown, No> {
    let (session, invitation) = match opens {
        Opens::House => {
            let (name, page) = (OPERATOR.to_owned(), "/admin".to_owned());
            return Ok(Shown { title: None, name, role: None, page });
        }
        Opens::Role(session, invitation) => (*session, *invitation),
    };
    let room = front.hub.session(session).await?;
    let seen = room.look(move |session, _| {
        let invitation = session.invitations().get(&invitation)?;
        let slug = session.slug()?;
        let page = match invitation.role {
            Role::Moderator => format!("/desk/{slug}"),
            Role::Official => format!("/stage/{slug}"),
            Role::Producer => format!("/producer/{slug}"),
            Role::Admin => "/admin".to_owned(),
        };
        let (about, role) = (session.about(), Some(invitation.role));
        let title = Some((about.title.clone(), about.language.clone()));
        Some(Shown { title, name: invitation.name.clone(), role, page })
    });
    seen.await.ok_or_else(No::busy)?.ok_or_else(|| No::not_found("invitation"))
}

/// Shows role and session, and one button.
pub(super) async fn look(Path(token): Path<String>, call: Call) -> Result<Response, No> {
    let front = &call.front;
    let Some(opens) = opens(front, &token).await? else { return Err(dead(&call, &token)) };
    let Shown { title, name, role, page: _ } = shown(front, &opens).await?;
    let reader = Reader::of(&call);
    let (words, language) = (reader.words(), reader.language());
    let (role, what) =
        role.map_or_else(|| words::administrator(language), |role| words::role(role, language));
    let inside = html! {
        div.container.narrow {
            h1 {
                @match &title {
                    Some((title, language)) => { (written(title, language)) }
                    None => { (reader.name()) }
                }
            }
            p { (words.invitation) " " ((words.invited)(&name)) ": " strong { (role) } "." }
            p { (what) }
            form.act method="post" action={ "/join/" (token) } {
                p { button.btn.btn-primary type="submit" { (words.enter) } }
            }
            p.note { (words.enter_when) }
        }
    };
    let (title, script) = (words.invitation, Script::None);
    Ok(Page { title, description: None, inside, frame: Frame::Site, script }.show(&reader))
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
        Ok(()) => No::dead_invitation(),
        Err(too_fast) => too_fast.into(),
    }
}
