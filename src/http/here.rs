//! What somebody is in a session, and in which capacity.
//!
//! Rights stand in the session's journal, and so does the way somebody came to them: the holder of
//! an invitation's token joins with it, and an administrator of the house is granted the role of one
//! in each session that they enter as staff.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::http::{HeaderMap, Uri};

use super::Reception;
use super::accept::Peer;
use super::caller::{Asker, Known, derived, done};
use super::error::No;
use super::token::overlay_key;
use crate::gate::Who;
use crate::hub::Handle;
use crate::journal::SessionKeys;
use crate::qa::session::SessionState;
use crate::qa::{
    As, Audience, Caller, Command, Envelope, Event, GrantId, InvitationId, PersonId, Refusal, Role,
    SessionId, Slug,
};
use crate::wire::{ScreenKind, SeatRole};

/// In which capacity somebody wants to be here (`as`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Capacity {
    Citizen,
    Desk,
    Stage,
    Overlay,
}

impl Capacity {
    /// What `as` in the query says; `None` where it is absent.
    pub(super) fn asked(query: &BTreeMap<String, String>) -> Result<Option<Self>, No> {
        Ok(Some(match query.get("as").map(String::as_str) {
            None => return Ok(None),
            Some("citizen") => Self::Citizen,
            Some("desk") => Self::Desk,
            Some("stage") => Self::Stage,
            Some("overlay") => Self::Overlay,
            Some(_) => {
                return Err(No::malformed(
                    "`as`: è possibile citizen, desk, stage, overlay.",
                    "`as`: citizen, desk, stage, overlay are possible.",
                ));
            }
        }))
    }

    /// Its word in metrics.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Desk => "desk",
            Self::Stage => "stage",
            Self::Overlay => "overlay",
        }
    }

    /// The roles by which one may be here, in the order in which they are used.
    const fn roles(self) -> &'static [Role] {
        match self {
            Self::Citizen | Self::Overlay => &[],
            Self::Desk => &[Role::Moderator, Role::Admin],
            Self::Stage => &[Role::Official, Role::Producer, Role::Moderator, Role::Admin],
        }
    }
}

/// Somebody in a session, in a capacity that they may have.
#[derive(Clone)]
pub(super) struct Here {
    /// The session's id.
    pub(super) id: SessionId,
    /// The session.
    pub(super) room: Handle,
    /// Under which name people are known in it.
    pub(super) keys: Arc<SessionKeys>,
    /// In which capacity.
    pub(super) capacity: Capacity,
    /// Who, under the session's name for them.
    pub(super) person: Option<PersonId>,
    /// The permissions they hold here, whatever the capacity.
    pub(super) grants: BTreeMap<Role, GrantId>,
    /// As far as traffic is concerned.
    pub(super) who: Who,
    /// An overlay whose reports are believed.
    has_key: bool,
}

impl Here {
    /// Which view.
    pub(super) const fn audience(&self) -> Audience {
        match self.capacity {
            Capacity::Citizen => Audience::Public,
            Capacity::Desk => Audience::Desk,
            Capacity::Stage => Audience::Stage,
            Capacity::Overlay => Audience::Overlay,
        }
    }

    /// The permission that is used, with its role.
    pub(super) fn grant(&self) -> Option<(Role, GrantId)> {
        self.capacity.roles().iter().find_map(|role| Some((*role, *self.grants.get(role)?)))
    }

    /// As whom commands count; `None`: reading only.
    pub(super) fn caller(&self) -> Option<Caller> {
        let acts = match self.capacity {
            Capacity::Citizen => As::Citizen,
            Capacity::Desk | Capacity::Stage => As::Staff,
            Capacity::Overlay => return None,
        };
        self.person.map(|person| Caller { person, acts })
    }

    /// The role that `welcome` names.
    pub(super) fn role(&self) -> Option<SeatRole> {
        match self.capacity {
            Capacity::Overlay => None,
            Capacity::Citizen => Some(SeatRole::Citizen),
            Capacity::Desk | Capacity::Stage => self.grant().map(|(role, _)| role.into()),
        }
    }

    /// What this seat's reports are believed to be about.
    pub(super) const fn screen(&self) -> Option<ScreenKind> {
        match self.capacity {
            Capacity::Stage => Some(ScreenKind::Stage),
            Capacity::Overlay if self.has_key => Some(ScreenKind::Overlay),
            Capacity::Citizen | Capacity::Desk | Capacity::Overlay => None,
        }
    }

    /// Whether they hold one of these roles here.
    pub(super) fn must_be(&self, roles: &[Role]) -> Result<PersonId, No> {
        let person = self.person.ok_or(Refusal::Unauthenticated)?;
        let may = roles.iter().any(|role| self.grants.contains_key(role));
        if may { Ok(person) } else { Err(Refusal::NotAllowed.into()) }
    }
}

/// Where a capacity comes from when none was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// Over HTTP: the first of desk, stage, citizen that they may have.
    BestOf,
    /// On a socket: a citizen.
    Citizen,
}

impl Reception {
    /// The session with this slug, whoever may see it.
    pub(super) async fn room(&self, slug: &str) -> Result<(SessionId, Handle), No> {
        let none = || No::not_found("session");
        let slug: Slug = slug.parse().map_err(|_| none())?;
        let id = *self.hub.house().now().sessions().get(&slug).ok_or_else(none)?;
        let room = self.hub.session(id).await?;
        if room.sign().state.is_some() { Ok((id, room)) } else { Err(none()) }
    }

    /// What the asker is in a session. A session that they may not see does not exist.
    pub(super) async fn here(
        &self,
        asker: &Asker,
        slug: &str,
        capacity: Option<Capacity>,
        otherwise: Otherwise,
    ) -> Result<Here, No> {
        let (id, mut room) = self.room(slug).await?;
        let keys = self.hub.journal().keys(id).await?;
        let draft = room.sign().state == Some(SessionState::Draft);
        let person = asker.known.identity().map(|identity| keys.pseudonym(identity.bytes()));
        let capacity = capacity.or((otherwise == Otherwise::Citizen).then_some(Capacity::Citizen));
        let as_public = matches!(capacity, Some(Capacity::Citizen | Capacity::Overlay));
        let mut grants = BTreeMap::new();
        if let Some(person) = person
            && (!as_public || draft)
        {
            grants = self.grants(asker, id, &room, person).await?;
        }
        let has_key = match asker.known {
            Known::Overlay(hash) if hash == overlay_key(&keys).hash() => true,
            Known::Overlay(hash) => {
                return Err(self.unknown_token(&asker.client, &hash.to_string()));
            }
            _ => false,
        };
        if draft && grants.is_empty() && !has_key {
            return Err(No::not_found("session"));
        }
        let may =
            |capacity: &Capacity| capacity.roles().iter().any(|role| grants.contains_key(role));
        let capacity = match capacity {
            Some(capacity @ (Capacity::Citizen | Capacity::Overlay)) => capacity,
            Some(capacity) if may(&capacity) => capacity,
            Some(_) if person.is_none() => return Err(Refusal::Unauthenticated.into()),
            Some(_) => return Err(Refusal::NotAllowed.into()),
            None => {
                [Capacity::Desk, Capacity::Stage].into_iter().find(may).unwrap_or(Capacity::Citizen)
            }
        };
        let staff = match capacity {
            Capacity::Desk | Capacity::Stage => true,
            Capacity::Overlay => has_key,
            Capacity::Citizen => false,
        };
        if staff {
            room = room.for_staff();
        }
        let person = person.filter(|_| capacity != Capacity::Overlay);
        let who = Who { client: asker.client, person: asker.known.identity(), staff };
        Ok(Here { id, room, keys, capacity, person, grants, who, has_key })
    }

    /// The roles that were granted to the asker in a session; none in one that cannot be served,
    /// which keeps no other from being told.
    pub(super) async fn roles(&self, asker: &Asker, id: SessionId) -> Result<BTreeSet<Role>, No> {
        let Some(identity) = asker.known.identity() else { return Ok(BTreeSet::new()) };
        let person = self.hub.journal().keys(id).await?.pseudonym(identity.bytes());
        let Ok(sign) = self.hub.sign(id).await else { return Ok(BTreeSet::new()) };
        Ok(sign.staff.get(&person).into_iter().flat_map(BTreeMap::keys).copied().collect())
    }

    /// The permissions of a person in a session, with those that their token or their place in the
    /// house gives them recorded first.
    async fn grants(
        &self,
        asker: &Asker,
        id: SessionId,
        room: &Handle,
        person: PersonId,
    ) -> Result<BTreeMap<Role, GrantId>, No> {
        let held = || room.sign().staff.get(&person).cloned().unwrap_or_default();
        let before = held();
        match asker.known {
            Known::Invited(_, session, invitation) if session == id => {
                if before.is_empty() {
                    join(room, person, invitation).await?;
                    return Ok(held());
                }
            }
            _ if before.contains_key(&Role::Admin) => {}
            _ => {
                if let Some(name) = self.administrator(asker).await? {
                    let role = Role::Admin;
                    let event = Event::RoleGranted { person, role, name, invitation: None };
                    let id = derived("filodiretto/admin", &[&person.to_bytes()]);
                    done(room.for_staff().record(id, vec![event]).await)?;
                    return Ok(held());
                }
            }
        }
        Ok(before)
    }

    /// Whether this request may use one of the last connections: it is of staff.
    pub(super) async fn is_of_staff(&self, peer: &Peer, path: &str, headers: &HeaderMap) -> bool {
        let Ok(shown) = self.origins.cookies().upgrade(headers) else { return false };
        let Ok(asker) = self.asker(peer, headers, shown.presented).await else { return false };
        match asker.known {
            Known::Nobody => false,
            Known::Invited(..) | Known::Operator(_) => true,
            Known::Person(_) | Known::Overlay(_) => {
                let Some(slug) = slug_in(path) else { return false };
                let here = self.here(&asker, slug, None, Otherwise::BestOf).await;
                here.is_ok_and(|here| here.who.staff || here.has_key)
            }
        }
    }
}

/// Uses an invitation.
pub(super) async fn join(
    room: &Handle,
    person: PersonId,
    invitation: InvitationId,
) -> Result<(), No> {
    let id = derived("filodiretto/join", &[&person.to_bytes(), &invitation.to_bytes()]);
    let caller = Caller { person, acts: As::Citizen };
    let command = Command::Join { invitation };
    // Its holder is about to be on the staff.
    done(room.for_staff().send(Envelope { id, caller, command }).await)
}

/// The session that an address is about.
fn slug_in(path: &str) -> Option<&str> {
    let mut parts = path
        .split('/')
        .skip_while(|part| !matches!(*part, "s" | "sessions" | "desk" | "stage" | "producer"));
    parts.nth(1)
}

/// The query's fields; of a name twice the last.
pub(super) fn query(uri: &Uri) -> Result<BTreeMap<String, String>, No> {
    let read = axum::extract::Query::try_from_uri(uri);
    read.map(|axum::extract::Query(fields)| fields).map_err(|_| {
        No::malformed("L'indirizzo non è comprensibile.", "The address makes no sense.")
    })
}
