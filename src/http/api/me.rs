//! `/me`: the only way in which a citizen becomes somebody, and what somebody may do here.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};

use super::{Call, json};
use crate::gate::limits::Act;
use crate::gate::presented::Presented;
use crate::gate::secret::{Secret, random};
use crate::gate::{Identity, Who};
use crate::http::caller::{Asker, Known};
use crate::http::error::No;
use crate::http::{Front, Reception};
use crate::wire::MAX_BYTES;
use crate::wire::body::{MeBody, TokenBody, new_person};

/// Makes a person, or says to one who is known already who they are: a page may ask at every visit.
pub(in crate::http) async fn become_a_person(call: Call) -> Result<Response, No> {
    let asker = call.writer().await?;
    let front = call.front.clone();
    let by_cookie =
        matches!(front.origins.cookies().presented(&call.headers), Ok(Presented::Cookie(_)));
    let wish = new_person(&call.body(MAX_BYTES).await?)?;
    if wish.embed {
        // A cookie is kept from scripts: it is never handed out as a token.
        let known = if by_cookie { Known::Nobody } else { asker.known };
        let (token, _) = token(&front, &Asker { known, ..asker })?;
        return Ok(json(&TokenBody { token: token.expose().to_owned() }));
    }
    let (token, _) = token(&front, &asker)?;
    let cookie = front.origins.cookies().set(&token);
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response())
}

/// What the asker may do here: nothing, where they are nobody.
pub(in crate::http) async fn may(call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    call.counts(&asker)?;
    Ok(json(&rights(&call.front, &asker).await?))
}

/// The same, for who asks from within.
pub(in crate::http) async fn rights(front: &Reception, asker: &Asker) -> Result<MeBody, No> {
    let administrator = front.administrator(asker).await?.is_some();
    let mut roles = BTreeMap::new();
    for (slug, id) in front.hub.house().now().sessions() {
        let granted = front.roles(asker, *id).await?;
        if !granted.is_empty() {
            roles.insert(slug.clone(), granted);
        }
    }
    Ok(MeBody { administrator, roles })
}

/// The token of the asker, who becomes a person if they are none. Whoever uses another kind of
/// token is somebody new here: that one is for programs.
pub(in crate::http) fn token(front: &Front, asker: &Asker) -> Result<(Secret, Identity), No> {
    let reception: &Reception = front;
    let identity = match asker.known {
        Known::Person(identity) => identity,
        Known::Nobody | Known::Invited(..) | Known::Operator(_) | Known::Overlay(_) => {
            let who = Who { client: asker.client, person: None, staff: false };
            reception.may(Act::NewPerson, &who)?;
            Identity::from_bytes(random())
        }
    };
    Ok((reception.tokens.identities.token(identity), identity))
}
