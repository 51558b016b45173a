//! Who asks, and what they are in a session.
//!
//! A token says only who somebody is. What they may do stands in the session's journal, and so does
//! the way they came to it: the holder of an invitation's token joins with it, and an administrator
//! of the house is granted the role of one in each session they enter as staff.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Uri};
use sha2::{Digest as _, Sha256};

use super::Reception;
use super::accept::Peer;
use super::error::No;
use super::token::{self, overlay_key};
use crate::gate::identity::Bearer;
use crate::gate::limits::Act;
use crate::gate::presented::Presented;
use crate::gate::secret::TokenHash;
use crate::gate::{Client, Identity, Who};
use crate::hub::{Handle, Reply};
use crate::journal::SessionKeys;
use crate::qa::event::HOUSE;
use crate::qa::session::SessionState;
use crate::qa::{
    As, Audience, Caller, Command, CommandId, Envelope, Event, GrantId, HouseCommand, InvitationId,
    PersonId, Refusal, Role, SessionId, Slug,
};
use crate::telemetry::METRICS;
use crate::wire::{ScreenKind, SeatRole};

/// Who asks, before any session is asked about them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker {
    /// Where they come from.
    pub(super) client: Client,
    /// Who they are.
    pub(super) known: Known,
}

/// As whom somebody is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Shows nothing, or a cookie that we have not signed.
    Nobody,
    /// A person.
    Person(Identity),
    /// The holder of the token of an invitation that stands.
    Invited(Identity, SessionId, InvitationId),
    /// The operator.
    Operator(Identity),
    /// Shows a session's key for overlays, or something else that only a session may know.
    Overlay(TokenHash),
}

impl Known {
    /// The person, where there is one.
    pub(super) fn identity(&self) -> Option<Identity> {
        match self {
            Self::Nobody | Self::Overlay(_) => None,
            Self::Person(identity) | Self::Operator(identity) | Self::Invited(identity, ..) => {
                Some(*identity)
            }
        }
    }
}

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
    pub(super) keys: std::sync::Arc<SessionKeys>,
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
    /// Who asks. Counts a token that is none of ours against where it comes from.
    pub(super) async fn asker(
        &self,
        peer: &Peer,
        headers: &HeaderMap,
        presented: Presented<'_>,
    ) -> Result<Asker, No> {
        let client = self.addresses.client(peer.address, headers);
        let known = match presented {
            Presented::Nothing => Known::Nobody,
            // A cookie of an older key is no attack: the page becomes a new person.
            Presented::Cookie(text) => {
                self.tokens.identities.verify(text).map_or(Known::Nobody, Known::Person)
            }
            Presented::Bearer(text) => match self.tokens.recognise(text) {
                Bearer::Person(identity) => Known::Person(identity),
                Bearer::Administrator => {
                    Known::Operator(Identity::of_token(&self.tokens.administrator))
                }
                Bearer::Invitation(hash) => match self.invitation(text, hash).await? {
                    Some((session, invitation)) => {
                        Known::Invited(Identity::of_token(&hash), session, invitation)
                    }
                    None => return Err(self.unknown_token(&client, text)),
                },
                Bearer::Unknown if token::is_overlay_key(text) => {
                    Known::Overlay(TokenHash::of(text))
                }
                Bearer::Unknown => return Err(self.unknown_token(&client, text)),
            },
        };
        Ok(Asker { client, known })
    }

    /// The invitation with this token, while it stands.
    pub(super) async fn invitation(
        &self,
        token: &str,
        hash: TokenHash,
    ) -> Result<Option<(SessionId, InvitationId)>, No> {
        let Some(id) = token::session_of(token) else { return Ok(None) };
        // Only sessions of this house are loaded for a token that anybody can make up.
        if self.hub.house().now().sessions().values().all(|known| *known != id) {
            return Ok(None);
        }
        let room = self.hub.session(id).await?;
        let hash = hash.to_string();
        let found = room.look(move |session, _| {
            let mut invitations = session.invitations().iter();
            invitations.find(|(_, known)| known.token_hash == hash).map(|(id, _)| *id)
        });
        Ok(found.await.ok_or_else(No::busy)?.map(|invitation| (id, invitation)))
    }

    /// A token that opens nothing: 401, or 429 where there were too many of them.
    fn unknown_token(&self, client: &Client, text: &str) -> No {
        match self.traffic.failed_sign_in(client, text) {
            Ok(()) => Refusal::Unauthenticated.into(),
            Err(too_fast) => {
                METRICS.too_fast_total.add("failed_sign_in");
                too_fast.into()
            }
        }
    }

    /// Whether this may be done now.
    pub(super) fn may(&self, act: Act, who: &Who) -> Result<(), No> {
        self.traffic.check(act, who).map_err(|too_fast| {
            METRICS.too_fast_total.add(match act {
                Act::Join => "join",
                Act::Request => "request",
                Act::Message => "message",
                Act::NewPerson => "new_person",
            });
            too_fast.into()
        })
    }

    /// Whether this request may use one of the last connections: it is of staff, or a health check.
    pub(super) async fn is_of_staff(&self, peer: &Peer, path: &str, headers: &HeaderMap) -> bool {
        if matches!(path, "/healthz" | "/readyz") {
            return true;
        }
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
        let (id, room) = self.room(slug).await?;
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
        let person = person.filter(|_| capacity != Capacity::Overlay);
        let who = Who { client: asker.client, person: asker.known.identity(), staff };
        Ok(Here { id, room, keys, capacity, person, grants, who, has_key })
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
        let held = held(room, person).await?;
        match asker.known {
            Known::Invited(_, session, invitation) if session == id => {
                if held.is_empty() {
                    join(room, person, invitation).await?;
                    return self::held(room, person).await;
                }
            }
            _ if held.contains_key(&Role::Admin) => {}
            _ => {
                if let Some(name) = self.administrator(asker).await? {
                    let role = Role::Admin;
                    let event = Event::RoleGranted { person, role, name, invitation: None };
                    let id = derived("filodiretto/admin", &[&person.to_bytes()]);
                    done(room.record(id, vec![event]).await)?;
                    return self::held(room, person).await;
                }
            }
        }
        Ok(held)
    }

    /// The name under which the asker administers the house; `None`: they do not.
    pub(super) async fn administrator(&self, asker: &Asker) -> Result<Option<String>, No> {
        Ok(self
            .house_person(asker)
            .await?
            .and_then(|person| self.hub.house().now().administrators().get(&person).cloned()))
    }

    /// The house's name for the asker; the operator's is put on record first.
    pub(super) async fn house_person(&self, asker: &Asker) -> Result<Option<PersonId>, No> {
        let Some(identity) = asker.known.identity() else { return Ok(None) };
        let keys = self.hub.journal().keys(HOUSE).await?;
        let person = keys.pseudonym(identity.bytes());
        if let Known::Operator(_) = asker.known {
            self.name_administrator(person, OPERATOR).await?;
        }
        Ok(Some(person))
    }

    /// Puts on record that somebody administers the house.
    pub(super) async fn name_administrator(&self, person: PersonId, name: &str) -> Result<(), No> {
        if self.hub.house().now().administrators().contains_key(&person) {
            return Ok(());
        }
        let name = name.to_owned();
        let command = HouseCommand::NameAdministrator { person, name };
        let id = derived("filodiretto/administrator", &[&person.to_bytes()]);
        done(self.hub.house().send(None, id, &command).await)
    }
}

/// As the record calls whoever uses the first administrator's token.
pub(super) const OPERATOR: &str = "Ufficio stampa";

/// Uses an invitation.
pub(super) async fn join(
    room: &Handle,
    person: PersonId,
    invitation: InvitationId,
) -> Result<(), No> {
    let id = derived("filodiretto/join", &[&person.to_bytes(), &invitation.to_bytes()]);
    let caller = Caller { person, acts: As::Citizen };
    let command = Command::Join { invitation };
    done(room.send(Envelope { id, caller, command }).await)
}

async fn held(room: &Handle, person: PersonId) -> Result<BTreeMap<Role, GrantId>, No> {
    let held = room.look(move |session, _| {
        let grants = Role::ALL.into_iter().filter_map(|role| session.grant(person, role));
        grants.map(|(id, grant)| (grant.role, id)).collect()
    });
    held.await.ok_or_else(No::busy)
}

fn done(reply: Reply) -> Result<(), No> {
    match reply {
        Reply::Done { .. } => Ok(()),
        Reply::Refused(refused) => Err(refused.refusal.into()),
        Reply::Unknown => Err(No::busy()),
    }
}

/// An id that follows from what it is for: sent twice, it counts once.
pub(super) fn derived(what: &str, of: &[&[u8]]) -> CommandId {
    let mut digest = Sha256::new().chain_update(what);
    for part in of {
        digest.update(part);
    }
    let digest = digest.finalize();
    CommandId::from_u128(digest.iter().take(16).fold(0, |id, byte| id << 8 | u128::from(*byte)))
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
