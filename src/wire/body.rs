//! Bodies of the HTTP API that are no socket messages.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::MAX_BYTES;
use super::field::{At, Expected, Field, Fields};
use super::json::{self, Json, Object};
use super::message::OwnQuestion;
use crate::qa::command::AboutChange;
use crate::qa::event::{About, Official, Stream};
use crate::qa::house::City;
use crate::qa::policy::PolicyChange;
use crate::qa::session::{Held, Tried};
use crate::qa::view::{QuestionView, SessionView};
use crate::qa::{
    Command, InvitationId, Malformed, Policy, QuestionId, Refusal, Role, Slug, Timestamp,
};
use crate::screening;

/// Bound: bytes of a body that describes the city: its coat of arms is in it.
pub const CITY_BYTES: usize = 128 * 1024;

/// Bound: bytes of a policy in a file, or one that is tried: all three lists may be in it.
pub const POLICY_BYTES: usize = 256 * 1024;

/// `POST /me`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewPerson {
    /// For a page in another site's frame, which gets a token and no cookie.
    pub embed: bool,
}

/// `POST /sessions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its name in addresses.
    pub slug: Slug,
    /// What it says of itself.
    pub about: About,
    /// The policy it starts with: the default with what was sent.
    pub policy: Policy,
    /// A rehearsal says so everywhere and needs no city to open.
    pub rehearsal: bool,
}

/// `POST …/invitations`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// What it permits.
    pub role: Role,
    /// Whom it is for.
    pub name: String,
}

/// Reads the body of `POST /me`; an empty one is one without wishes.
pub fn new_person(bytes: &[u8]) -> Result<NewPerson, Refusal> {
    if bytes.is_empty() {
        return Ok(NewPerson::default());
    }
    read(bytes, MAX_BYTES, |f| Ok(NewPerson { embed: f.maybe("embed")?.unwrap_or(false) }))
}

/// Reads the body of `POST /sessions`, and checks what the rules of a session ask of it.
/// `keep_days` holds where the body's policy does not say.
pub fn new_session(bytes: &[u8], keep_days: Option<u32>) -> Result<NewSession, Refusal> {
    read(bytes, MAX_BYTES, |f| {
        let change: PolicyChange = f.maybe("policy")?.unwrap_or_default();
        let policy = Policy { keep_days, ..Policy::default() }.changed(&change)?;
        let policy = Policy { version: 1, ..policy };
        let about = About {
            title: one_line(&f.get::<String>("title")?),
            language: f.get("language")?,
            starts_at: f.maybe("starts_at")?,
            officials: f.maybe("officials")?.unwrap_or_default(),
            labels: f.maybe("labels")?.unwrap_or_default(),
            stream: f.maybe("stream")?,
        };
        about.check()?;
        let rehearsal = f.maybe("rehearsal")?.unwrap_or(false);
        Ok(NewSession { slug: f.get("slug")?, about, policy, rehearsal })
    })
}

/// Reads a policy by itself, from a file: whole as a session shows it, or only what differs from the
/// default. Its version says nothing here.
pub fn policy(bytes: &[u8]) -> Result<Policy, Malformed> {
    if bytes.len() > POLICY_BYTES {
        return Err(super::decode::too_large(POLICY_BYTES));
    }
    let (mut json, fault) = json::read(bytes)?;
    fault.map_or(Ok(()), Err)?;
    if let Json::Object(Object(fields)) = &mut json {
        fields.retain(|(key, _)| key != "version");
    }
    let policy = Policy::default().changed(&PolicyChange::read(&json, At::Root)?)?;
    Ok(Policy { version: 1, ..policy })
}

/// A title as every page shows it: nothing in it may turn, hide or break what stands beside it.
fn one_line(text: &str) -> String {
    screening::clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads the body of `PATCH /sessions/SLUG`: what is absent stays, null takes away what may be.
pub fn session_change(bytes: &[u8]) -> Result<Command, Refusal> {
    read(bytes, MAX_BYTES, |f| {
        let change = AboutChange {
            title: f.change::<String>("title")?.map(|title| one_line(&title)),
            language: f.change("language")?,
            starts_at: f.change("starts_at")?,
            officials: f.change("officials")?,
            labels: f.change("labels")?,
            stream: f.change("stream")?,
        };
        Ok(Command::Describe { change: Box::new(change), rev: f.get("rev")? })
    })
}

/// Reads the body of `POST …/invitations`.
pub fn new_invitation(bytes: &[u8]) -> Result<NewInvitation, Refusal> {
    read(bytes, MAX_BYTES, |f| Ok(NewInvitation { role: f.get("role")?, name: f.get("name")? }))
}

/// Reads the body of `POST …/screening/try`: what would change of the policy.
pub fn policy_to_try(bytes: &[u8]) -> Result<PolicyChange, Refusal> {
    read(bytes, POLICY_BYTES, |f| f.get("policy"))
}

/// Reads the body of `PATCH /house`: what is absent stays; null or an empty text takes a field
/// away.
pub fn city_change(bytes: &[u8]) -> Result<City, Refusal> {
    read(bytes, CITY_BYTES, |f| f.get("city"))
}

/// Reads a body of at most `most` bytes that holds nothing but what `fields` asks for.
fn read<T>(
    bytes: &[u8],
    most: usize,
    fields: impl FnOnce(&Fields<'_>) -> Result<T, Malformed>,
) -> Result<T, Refusal> {
    let read = || {
        if bytes.len() > most {
            return Err(super::decode::too_large(most));
        }
        let (json, fault) = json::read(bytes)?;
        fault.map_or(Ok(()), Err)?;
        let object = Fields::of(&json, At::Root)?;
        let value = fields(&object)?;
        object.nothing_else()?;
        Ok(value)
    };
    read().map_err(Refusal::Malformed)
}

/// An object that holds nothing but what is asked for.
macro_rules! strict_object {
    ($name:ty, $fields:ident => $read:expr) => {
        impl Field for $name {
            const EXPECTED: Expected = Expected::Object;

            fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed> {
                let $fields = Fields::of(json, at)?;
                let value = $read;
                $fields.nothing_else()?;
                Ok(value)
            }
        }
    };
}

strict_object!(Official, f => Self { name: f.get("name")?, office: f.get("office")? });

strict_object!(Stream, f => Self {
    url: f.get("url")?,
    kind: f.get("kind")?,
    delays: f.maybe("delays")?.unwrap_or_default(),
});

strict_object!(PolicyChange, f => Self {
    moderation: f.change("moderation")?,
    hold_s: f.change("hold_s")?,
    min_chars: f.change("min_chars")?,
    max_chars: f.change("max_chars")?,
    open_questions: f.change("open_questions")?,
    questions: f.change("questions")?,
    slow_s: f.change("slow_s")?,
    anonymous: f.change("anonymous")?,
    votes: f.change("votes")?,
    order: f.change("order")?,
    links: f.change("links")?,
    languages: f.change("languages")?,
    duplicates: f.change("duplicates")?,
    before_start: f.change("before_start")?,
    keep_days: f.change("keep_days")?,
    link_hosts: f.change("link_hosts")?,
    personal_data: f.change("personal_data")?,
    words_noted: f.change("words_noted")?,
    words_block: f.change("words_block")?,
    words_hold: f.change("words_hold")?,
    words_allow: f.change("words_allow")?,
    contacts: f.change("contacts")?,
    other_languages: f.change("other_languages")?,
    history: f.change("history")?,
    campaign_people: f.change("campaign_people")?,
    campaign_minutes: f.change("campaign_minutes")?,
});

strict_object!(City, f => {
    // To the rules an empty text takes a field away, and so does null.
    let field = |key| f.change::<Option<String>>(key).map(|text| text.map(Option::unwrap_or_default));
    Self {
        name: field("name")?,
        contact: field("contact")?,
        privacy_url: field("privacy_url")?,
        accessibility_url: field("accessibility_url")?,
        legal_url: field("legal_url")?,
        colour: field("colour")?,
        coat_of_arms: field("coat_of_arms")?,
    }
});

/// `GET /house`: what every public page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HouseBody {
    /// What the city says of itself.
    pub city: City,
    /// What is still to be filled in before a session other than a rehearsal may open.
    pub missing: Vec<String>,
}

/// `GET …/screening`: how often moderators went along with each reason to hold a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ScreeningBody {
    /// One row for each code, and for each entry of the organiser's lists.
    pub reasons: Vec<Held>,
}

/// `POST …/screening/try`: the last questions that another policy sees otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TriedBody {
    /// On how many questions it was tried.
    pub looked: usize,
    /// Those that it would block, hold or mask, and that pass more easily today.
    pub stricter: Vec<Tried>,
    /// Those that would pass more easily.
    pub milder: Vec<Tried>,
}

/// `GET /doctor`: how it stands with the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HealthBody {
    /// The release that runs.
    pub version: String,
    /// One for each thing that was looked at, in the language of the request.
    pub lines: Vec<HealthLine>,
    /// How this request arrived.
    pub seen: SeenBody,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HealthLine {
    /// What was looked at: a word that stays.
    pub check: String,
    /// `green`, `yellow`, `red`.
    pub state: String,
    /// What was found.
    pub says: String,
    /// What to do; absent where it is green.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub todo: Option<String>,
}

/// How a request arrived: what tells an operator whether the proxy in front is set right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SeenBody {
    /// Who connected.
    pub peer: String,
    /// From where the request counts as coming.
    pub client: String,
    /// Whether the one who connected is a trusted proxy.
    pub believed: bool,
    /// Whether the request names a forwarded address.
    pub forwarded: bool,
    /// Whether it counts as coming from a proxy itself.
    pub client_is_proxy: bool,
}

/// `POST /me` with `embed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TokenBody {
    /// For `Authorization: Bearer`.
    pub token: String,
}

/// `GET /me`: what the caller may do here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MeBody {
    /// Whether they administer the house, and with it every session.
    pub administrator: bool,
    /// The roles that they were granted, by session.
    pub roles: BTreeMap<Slug, BTreeSet<Role>>,
}

/// `GET /sessions`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SessionsBody {
    /// Those the caller may see.
    pub sessions: Vec<SessionView>,
}

/// `GET …/questions`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct QuestionsBody {
    /// At most 100.
    pub questions: Vec<QuestionView>,
    /// For `after`; null at the end.
    pub next: Option<String>,
}

/// `POST …/invitations`: the only time that the token is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct InvitedBody {
    /// For `DELETE …/invitations/ID`.
    pub id: InvitationId,
    /// To be sent to whom it is for.
    pub link: String,
    /// For programs.
    pub token: String,
}

/// `GET …/invitations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct InvitationsBody {
    /// Those that were not withdrawn.
    pub invitations: Vec<InvitationBody>,
}

/// One invitation, without its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct InvitationBody {
    /// For `DELETE …/invitations/ID`.
    pub id: InvitationId,
    /// What it permits.
    pub role: Role,
    /// Whom it is for.
    pub name: String,
    /// How often it was used.
    pub used: u32,
    /// When it was used last.
    pub used_at: Option<Timestamp>,
}

/// `GET …/chain`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ChainBody {
    /// Over every entry of the session's journal, as 64 hexadecimal digits.
    pub chain: String,
}

/// `GET /receipts/CODE`: the question, and all that is held of its asker in that session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReceiptBody<'a> {
    /// The session.
    pub session: SessionView,
    /// The question the receipt is for.
    pub question: OwnQuestion<'a>,
    /// Every question of that person in that session.
    pub questions: Vec<OwnQuestion<'a>>,
    /// What they support.
    pub votes: BTreeMap<QuestionId, bool>,
    /// The chain of the record when the question last changed for its asker, as 64 hexadecimal
    /// digits: kept, it shows later that the record was not written anew. It counts nothing.
    pub chain: String,
    /// Whether they were forgotten here: name and texts that only the desk saw are erased.
    pub forgotten: bool,
    /// Everything they did, in order, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub acts: Option<Vec<Act>>,
}

/// One thing that a person did in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Deed,
    /// With which question.
    pub question: Option<QuestionId>,
}

/// What a person can have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Asked it.
    Asked,
    /// Wrote it anew.
    Edited,
    /// Took it back.
    Withdrawn,
    /// Began to support it.
    Supported,
    /// Ended that.
    SupportEnded,
    /// Came in with a role.
    Joined,
    /// Was forgotten.
    Forgotten,
}
