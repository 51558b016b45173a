//! A rehearsal: one session that is open at once, a link for each role, and a simulated crowd.
//!
//! | file | what it does |
//! | --- | --- |
//! | `questions` | what people ask, from `questions.txt` |
//! | `plan` | who does what and when, from a seed |
//! | `crowd` | does it, as people with a phone would |
//! | `staff`, `moderator` | a moderator and an official, where they are wished for; what one makes of an evening |
//! | [`phone`] | the address under which real phones find it, and codes to scan |

mod crowd;
mod moderator;
pub mod phone;
mod plan;
mod questions;
mod staff;

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::http::HeaderMap;
use serde::Serialize;

use super::run::Server;
use super::{Reception, fresh, token};
use crate::gate::keys::{KeyError, admin_token};
use crate::hub::{Handle, NewSession, Reply};
use crate::journal::JournalError;
use crate::qa::event::{About, Official};
use crate::qa::session::SessionState;
use crate::qa::{Event, Policy, Refusal, Role, SessionId, Slug};

pub use crowd::Company;

/// Its name in addresses.
const SLUG: &str = "prova";

/// How long before its beginning a played evening is there.
const BEGINS_S: u32 = 5;

/// Whole addresses, for whoever is at this machine, or in its network.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "one for each role")]
pub struct Links {
    pub citizen: String,
    pub moderator: String,
    pub official: String,
    pub producer: String,
    pub overlay: String,
    pub admin: String,
}

impl Links {
    /// Each with the role it is for.
    pub fn all(&self) -> [(&'static str, &str); 6] {
        [
            ("citizen", &self.citizen),
            ("moderator", &self.moderator),
            ("official", &self.official),
            ("producer", &self.producer),
            ("overlay", &self.overlay),
            ("admin", &self.admin),
        ]
    }
}

/// Why there is no rehearsal.
#[derive(Debug, thiserror::Error)]
pub enum NoRehearsal {
    /// The record could not be read.
    #[error("failed to read the record")]
    Journal(#[from] JournalError),
    /// There is no token to make the administrator's link of.
    #[error("failed to read the administrator's token")]
    Keys(#[from] KeyError),
    /// The rules said no.
    #[error(transparent)]
    Refused(Refusal),
    /// The record did not say in time.
    #[error("the record does not answer")]
    Unknown,
}

impl Server {
    /// Opens the rehearsal, which may be there from before, and makes a new link for each role.
    /// Its company begins at once, and goes on where it was.
    ///
    /// # Errors
    /// See [`NoRehearsal`].
    pub async fn rehearse(&self, company: Company) -> Result<Links, NoRehearsal> {
        let front = &*self.front;
        let (id, room) = session(front, company).await?;
        if !matches!(room.sign().state, Some(SessionState::Open | SessionState::Scheduled)) {
            done(room.record(fresh(), vec![Event::SessionOpened {}]).await)?;
        }
        let start = self.start_of_links();
        let keys = front.hub.journal().keys(id).await?;
        let administrator = admin_token(self.admin_token.as_ref(), &front.data)?;
        let links = Links {
            citizen: format!("{start}/s/{SLUG}"),
            moderator: invitation(&start, id, &room, Role::Moderator, "Moderazione").await?,
            official: invitation(&start, id, &room, Role::Official, "Palco").await?,
            producer: invitation(&start, id, &room, Role::Producer, "Regia").await?,
            overlay: format!("{start}/s/{SLUG}/overlay#{}", token::overlay_key(&keys).expose()),
            admin: format!("{start}/join/{}", administrator.expose()),
        };
        if company.crowd > 0 || company.staff {
            let front = Arc::clone(&self.front);
            let evening = async move { crowd::play(front, id, &keys, company).await };
            self.front.tasks.spawn(evening);
        }
        Ok(links)
    }

    /// The address that people type, or this machine's own.
    fn start_of_links(&self) -> String {
        if let Some(public) = self.front.origins.ours(&HeaderMap::new()) {
            return public.to_string();
        }
        let mut address = self.address();
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        format!("{}://{address}", self.scheme().text())
    }
}

/// The session; one that is played from its beginning opens in a moment, by itself.
async fn session(front: &Reception, company: Company) -> Result<(SessionId, Handle), NoRehearsal> {
    let slug: Slug = SLUG.parse().map_err(|_| NoRehearsal::Unknown)?;
    if let Some(id) = front.hub.house().now().sessions().get(&slug).copied() {
        return Ok((id, front.hub.session(id).await?));
    }
    let played = company.staff;
    let about = About {
        title: "La città risponde: prova di Filo Diretto".to_owned(),
        language: "it".to_owned(),
        starts_at: played.then(|| front.hub.now().plus_seconds(BEGINS_S)),
        officials: vec![Official { name: "Giulia".to_owned(), office: "Sindaca".to_owned() }],
        labels: questions::subjects().into_iter().map(str::to_owned).collect(),
        stream: None,
    };
    let id = fresh();
    let published = Event::SessionDescribed { about: about.clone(), published: Some(true) };
    let mut policy = Policy::default();
    // People who live faster wait less.
    let wait = |seconds: u32| (f64::from(seconds) / company.pace.max(1.0)).ceil() as u32;
    policy.slow_s = policy.slow_s.map(wait);
    let new = NewSession { slug, about, rehearsal: true, policy };
    done(front.hub.create(None, id, new).await?)?;
    let id = SessionId(id.0);
    let room = front.hub.session(id).await?;
    if played {
        done(room.record(fresh(), vec![published]).await)?;
    }
    Ok((id, room))
}

async fn invitation(
    start: &str,
    session: SessionId,
    room: &Handle,
    role: Role,
    name: &str,
) -> Result<String, NoRehearsal> {
    let token = token::invitation(session);
    let (name, token_hash) = (name.to_owned(), token.hash().to_string());
    let made = Event::InvitationMade { role, name, token_hash };
    done(room.record(fresh(), vec![made]).await)?;
    Ok(format!("{start}/join/{}", token.expose()))
}

fn done(reply: Reply) -> Result<(), NoRehearsal> {
    match reply {
        Reply::Done { .. } | Reply::Checked(_) => Ok(()),
        Reply::Refused(refused) => Err(NoRehearsal::Refused(refused.refusal)),
        Reply::Unknown => Err(NoRehearsal::Unknown),
    }
}
