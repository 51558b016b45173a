//! Who asks. A token says only who somebody is; what they may do, a session says (`here`).

use axum::http::HeaderMap;
use sha2::{Digest as _, Sha256};

use super::Reception;
use super::accept::Peer;
use super::error::No;
use super::token;
use crate::gate::identity::Bearer;
use crate::gate::limits::Act;
use crate::gate::presented::Presented;
use crate::gate::secret::TokenHash;
use crate::gate::{Client, Identity, Who};
use crate::hub::Reply;
use crate::qa::event::HOUSE;
use crate::qa::{CommandId, HouseCommand, InvitationId, PersonId, Refusal, SessionId};
use crate::telemetry::METRICS;

/// Who asks, before any session is asked about them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker {
    /// Where they come from.
    pub(super) client: Client,
    /// Who they are.
    pub(super) known: Known,
}

impl Asker {
    /// As far as traffic is concerned, as long as no session has said that they are of the staff.
    pub(super) fn who(&self) -> Who {
        Who { client: self.client, person: self.known.identity(), staff: false }
    }
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
        let sign = self.hub.session(id).await?.sign();
        Ok(sign.invitations.get(&hash.to_string()).map(|invitation| (id, *invitation)))
    }

    /// A token that opens nothing: 401, or 429 where there were too many of them.
    pub(super) fn unknown_token(&self, client: &Client, text: &str) -> No {
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

    /// What is refused counts, too, against where it comes from; else guessing would be free.
    pub(super) fn counted(&self, act: Act, who: &Who, no: No) -> No {
        self.may(act, who).err().unwrap_or(no)
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

/// Whether the house's own wish came to pass.
pub(super) fn done(reply: Reply) -> Result<(), No> {
    match reply {
        Reply::Done { .. } | Reply::Checked(_) => Ok(()),
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
