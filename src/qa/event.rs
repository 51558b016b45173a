//! What is written down: events, the commands that made them, and entries.
//!
//! Recorded events live for ever: add variants and defaulted fields, never rename or reuse one.
//! `tests/fixtures/journals` keeps old journals to replay. A variant that a release does not know
//! stops the session on that node (reading fails), so a new one is read by release N and written
//! by N + 1.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::command::Role;
use super::guarded::{Guard, KeyOf, Personal, Shown};
use super::id::{
    CommandId, EntryId, GrantId, InvitationId, PersonId, QuestionId, Rev, SessionId, Slug,
    Timestamp,
};
use super::policy::Policy;
use crate::screening::{Finding, Verdict};

/// The version of the entry format that this release writes.
pub const ENTRY_VERSION: u8 = 1;

/// What one append made durable: one or more recorded commands, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry<E = Event> {
    /// Format, see [`ENTRY_VERSION`].
    pub v: u8,
    /// Made by the node that appends; the engine takes an id once.
    pub id: EntryId,
    /// In the order in which they count.
    pub commands: Vec<Recorded<E>>,
}

/// One command as recorded: what it rested on and what it led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded<E = Event> {
    /// Made by the client; with `by` it is known for ever (staff) or for the person's last 16.
    pub id: CommandId,
    /// Whose wish it was.
    pub by: Actor,
    /// When it was decided. Never before what the deciding node had applied.
    pub at: Timestamp,
    /// What the decision rested on. If any of it has moved, the command is void.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<On>,
    /// For commands of the staff: the journal's head that the deciding node had applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
    /// All of them count, or none.
    pub events: Vec<E>,
}

/// Where a journal stood: how many entries, and the chain over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Entries so far, 0 for an empty journal.
    pub n: u64,
    /// `chain(n)`, as 64 hexadecimal digits.
    #[serde(with = "hex32")]
    pub chain: [u8; 32],
}

/// Whose wish a recorded command was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A citizen's command.
    Citizen(PersonId),
    /// A command of somebody with a grant, as such.
    Staff(PersonId),
    /// Votes of a moment; each row names its person.
    Crowd,
    /// Time itself: a timed hold that ran out, an opening that was due.
    Clock,
    /// The operator or the house: creating the session, the first administrator.
    House,
}

/// What a decision rested on. `apply` asks one thing only: is it still true?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum On {
    /// This question, in this revision.
    Question(QuestionId, Rev),
    /// What is on air, in this revision.
    Stage(Rev),
    /// This question is first in the queue (`None`: the queue is empty).
    Head(Option<QuestionId>),
    /// Title, language, times, stream, officials, labels and state.
    Session(Rev),
    /// The policy, in this version.
    Policy(u32),
    /// This permission has not been revoked.
    Grant(GrantId),
    /// This invitation has not been revoked.
    Invitation(InvitationId),
    /// This slug is free (house).
    SlugFree(Slug),
    /// What the house says of the city, in this revision (house).
    City(Rev),
    /// The administrators, in this revision (house).
    Administrators(Rev),
}

/// A fact. Past tense, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// The first event of every session's journal.
    SessionCreated {
        /// Its name in addresses.
        slug: Slug,
        /// Everything else that may change later.
        about: About,
        /// A rehearsal says so on every page and needs no city to open.
        rehearsal: bool,
        /// The policy it starts with.
        policy: Box<Policy>,
    },
    /// Title, language, start, officials, labels or stream were set; holds all of them.
    SessionDescribed {
        /// What the session says of itself from now on.
        about: About,
        /// Whether this published the draft (`true`) or took it back to one (`false`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        published: Option<bool>,
    },
    /// Takes questions from now on.
    SessionOpened {},
    /// Takes no more questions.
    SessionClosed {},
    /// Over. What was on air counts as answered.
    SessionEnded {},
    /// Back from ended to closed.
    SessionReopened {},
    /// The policy was changed; holds all of it, with its new version.
    PolicyChanged {
        /// The policy from now on.
        policy: Box<Policy>,
    },
    /// An invitation for a role was made.
    InvitationMade {
        /// The role it gives.
        role: Role,
        /// Whom it is for, as the desk will call them. Staff names are not sealed.
        name: String,
        /// SHA-256 of its token, hexadecimal. The token itself is nowhere.
        token_hash: String,
    },
    /// An invitation was withdrawn, with every grant it gave.
    InvitationRevoked {
        /// Which one.
        invitation: InvitationId,
    },
    /// A person was given a role. The grant's id is the recorded command's.
    RoleGranted {
        /// Who.
        person: PersonId,
        /// What they may do.
        role: Role,
        /// As the desk calls them.
        name: String,
        /// The invitation they used, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invitation: Option<InvitationId>,
    },
    /// A permission ended.
    RoleRevoked {
        /// Which one.
        grant: GrantId,
    },
    /// A citizen asked. The question's id is the recorded command's.
    QuestionAsked {
        /// As asked, with what screening masks already masked.
        text: Personal<String>,
        /// As given; not every asker gives one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Personal<String>>,
        /// From the session's list.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        labels: Vec<String>,
        /// What screening said.
        screened: Screened,
        /// The text to show at once, where the policy lets it: it counts only if that policy
        /// still holds when the entry is applied; else the question is pending.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<Shown<String>>,
        /// Shown by the clock at this moment (timed hold), unless the desk acts first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held_until: Option<Timestamp>,
    },
    /// The desk entered a question from the hall, the phone, the mail. Public at once.
    QuestionEntered {
        /// As typed by the desk.
        text: Shown<String>,
        /// The asker's name, if they gave one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Shown<String>>,
        /// From the session's list.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        labels: Vec<String>,
        /// Where it came from.
        channel: Channel,
    },
    /// The asker changed a pending question.
    QuestionEdited {
        /// Which one.
        question: QuestionId,
        /// Its new text.
        text: Personal<String>,
        /// What screening said.
        screened: Screened,
        /// A timed hold that ran begins anew: shown by the clock at this moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held_until: Option<Timestamp>,
    },
    /// It waited, and the policy of today sees it otherwise than that of the moment it was asked in.
    QuestionRescreened {
        /// Which one.
        question: QuestionId,
        /// Its text, where something is masked that was not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Personal<String>>,
        /// What screening says now.
        screened: Screened,
        /// Who asked it: chooses the key of text and findings.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asker: Option<PersonId>,
    },
    /// All that waited was screened again; what was different is in the commands before.
    QueueRescreened {
        /// Under which version of the policy.
        policy: u32,
    },
    /// The asker took it back, for good.
    QuestionWithdrawn {
        /// Which one.
        question: QuestionId,
    },
    /// Public from now on, in this version of its text.
    QuestionApproved {
        /// Which one.
        question: QuestionId,
        /// Index of the version that was read; `text` is what it says.
        version: u32,
        /// What the public sees.
        text: Shown<String>,
        /// Whether the asker's name is shown, where there is one.
        with_name: bool,
    },
    /// Not published, or no more.
    QuestionDismissed {
        /// Which one.
        question: QuestionId,
        /// Why, as the asker will read it.
        reason: Reason,
        /// For `duplicate`: of which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<QuestionId>,
        /// What the desk adds for the asker (`not_our_office`: whom to ask).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Personal<String>>,
        /// Who asked it, if a citizen did: chooses the note's key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asker: Option<PersonId>,
    },
    /// Back from dismissed to pending.
    QuestionRestored {
        /// Which one.
        question: QuestionId,
    },
    /// The desk changed the text.
    QuestionRevised {
        /// Which one.
        question: QuestionId,
        /// Its new text, for the desk and the asker.
        text: Personal<String>,
        /// The same for the public, when the question is public already.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<Shown<String>>,
        /// Who asked it, if a citizen did: chooses the key of `text`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asker: Option<PersonId>,
    },
    /// Into the running order, or to another place in it.
    QuestionQueued {
        /// Which one.
        question: QuestionId,
        /// Before this one; `None`: last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<QuestionId>,
    },
    /// Out of the running order (or off the stage), still approved.
    QuestionUnqueued {
        /// Which one.
        question: QuestionId,
        /// "Not now", for the desk alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Personal<String>>,
        /// Who asked it, if a citizen did: chooses the note's key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asker: Option<PersonId>,
    },
    /// On air. The one before goes where `displaced` says.
    QuestionPutOnAir {
        /// Which one.
        question: QuestionId,
        /// What becomes of the one before.
        displaced: Displaced,
    },
    /// Off air, whatever it was.
    TakenOffAir {},
    /// Still on air: after an unclean stop the screens waited for somebody to say so.
    OnAirConfirmed {
        /// Which one.
        question: QuestionId,
    },
    /// Answered, on the stage or in writing.
    QuestionAnswered {
        /// Which one.
        question: QuestionId,
        /// The written answer; a second one replaces the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<Answer>,
    },
    /// Votes of a moment, of many persons. The only event whose command has no one author.
    VotesCast {
        /// In the order in which they count.
        rows: Vec<VoteRow>,
    },
    /// The overlay's picture was shown or hidden.
    OverlayShown {
        /// Whether the overlay draws what is on air.
        show: bool,
    },
    /// Somebody took the whole record with them: every text that is still to be read.
    FullRecordTaken {
        /// Who.
        person: PersonId,
    },
    /// A person's key is about to go: name and unpublished texts with it.
    PersonForgotten {
        /// Who.
        person: PersonId,
        /// Why.
        reason: String,
    },
    /// A question's key is about to go: what was published by mistake.
    TextTakenBack {
        /// Which question.
        question: QuestionId,
        /// Why, as the public will read it.
        reason: String,
    },
    /// The days that the policy names are over since the end: every key is about to go, and with
    /// them the secret that told people apart. What the public reads can still be opened.
    SessionForgotten {},
}

/// What a session says of itself; the part that `PATCH` changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// As on every page.
    pub title: String,
    /// BCP 47.
    pub language: String,
    /// When it starts; `None` while it is a draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// Who answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub officials: Vec<Official>,
    /// Topics that a question may carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The live picture, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<Stream>,
}

/// Somebody who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Official {
    /// Their name.
    pub name: String,
    /// Their office.
    pub office: String,
}

/// The live picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// Where it plays from.
    pub url: String,
    /// `hls`, `youtube`, `facebook`, `vimeo`.
    pub kind: String,
    /// Seconds by which each way of watching lags behind the room.
    #[serde(default)]
    pub delays: std::collections::BTreeMap<String, u32>,
}

/// What screening said of a text, and under which policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screened {
    /// The strictest of the findings.
    pub verdict: Verdict,
    /// All findings, for the desk.
    pub findings: Personal<Vec<Finding>>,
    /// Version of the policy it was screened under.
    pub policy: u32,
}

/// Where a question came from that the desk entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Said in the hall.
    Hall,
    /// By telephone.
    Phone,
    /// By e-mail.
    Mail,
    /// On a social network.
    Social,
    /// On paper.
    Paper,
}

/// Why a question was not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Not what tonight is about.
    OffTopic,
    /// Asked already; `of` says where.
    Duplicate,
    /// No question in it.
    NotAQuestion,
    /// Another office is responsible; `note` says which.
    NotOurOffice,
    /// Against a person.
    PersonalAttack,
    /// Somebody's personal data.
    PersonalData,
    /// Advertising.
    Advertising,
    /// States what nobody could verify.
    Unverified,
    /// Something else; `note` says what.
    Other,
}

/// What becomes of the question that was on air.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Displaced {
    /// `next`: it has been answered.
    Answered,
    /// `on_air`: it goes to the head of the queue.
    Requeued,
}

/// A written answer. Public, and signed by the press office, hence not sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// What the city says.
    pub text: String,
    /// Where to read more; http and https only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
}

/// One vote: who, on which question, on or off, and 8 bytes of the command's hash, by which a late
/// repeat of an older vote is known. Stored as an array, since there are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteRow(pub PersonId, pub QuestionId, #[serde(with = "bit")] pub bool, pub Hash8);

/// The first 8 bytes of a command id's hash, as a number that JSON keeps: 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash8(pub u64);

impl std::fmt::Debug for Hash8 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Hash8 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:016x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Hash8 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Facts that a journal can hold: the session's, and the house's.
pub trait Facts: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Walks over every guarded value, with the key it belongs to.
    fn guard<G: Guard>(&mut self, id: CommandId, by: Actor, guard: &mut G);

    /// The keys that this fact erases once it is recorded.
    fn erases(&self) -> Option<Erases>;
}

/// Which keys go, once that is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erases {
    /// A person's key.
    Person(PersonId),
    /// A question's key.
    Question(QuestionId),
    /// All, and the session's secret; what the public reads can still be opened.
    AllButPublic,
}

impl Facts for Event {
    fn guard<G: Guard>(&mut self, id: CommandId, by: Actor, guard: &mut G) {
        match self {
            Self::QuestionAsked { text, name, screened, shown, .. } => {
                let question = QuestionId::from(id);
                let asker = asker_key(by, question);
                guard.visit(asker, "text", &mut text.0);
                if let Some(name) = name {
                    guard.visit(asker, "name", &mut name.0);
                }
                guard.visit(asker, "findings", &mut screened.findings.0);
                if let Some(shown) = shown {
                    guard.visit(KeyOf::Question(question), "shown", &mut shown.0);
                }
            }
            Self::QuestionEntered { text, name, .. } => {
                let key = KeyOf::Question(id.into());
                guard.visit(key, "shown", &mut text.0);
                if let Some(name) = name {
                    guard.visit(key, "name", &mut name.0);
                }
            }
            Self::QuestionEdited { question, text, screened, held_until: _ } => {
                let asker = asker_key(by, *question);
                guard.visit(asker, "text", &mut text.0);
                guard.visit(asker, "findings", &mut screened.findings.0);
            }
            Self::QuestionRescreened { question, text, screened, asker } => {
                let asker = KeyOf::asked(*asker, *question);
                if let Some(text) = text {
                    guard.visit(asker, "text", &mut text.0);
                }
                guard.visit(asker, "findings", &mut screened.findings.0);
            }
            Self::QuestionApproved { question, text, .. } => {
                guard.visit(KeyOf::Question(*question), "shown", &mut text.0);
            }
            Self::QuestionDismissed { question, note, asker, .. }
            | Self::QuestionUnqueued { question, note, asker } => {
                if let Some(note) = note {
                    guard.visit(KeyOf::asked(*asker, *question), "note", &mut note.0);
                }
            }
            Self::QuestionRevised { question, text, shown, asker } => {
                guard.visit(KeyOf::asked(*asker, *question), "text", &mut text.0);
                if let Some(shown) = shown {
                    guard.visit(KeyOf::Question(*question), "shown", &mut shown.0);
                }
            }
            Self::SessionCreated { .. }
            | Self::SessionDescribed { .. }
            | Self::SessionOpened {}
            | Self::SessionClosed {}
            | Self::SessionEnded {}
            | Self::SessionReopened {}
            | Self::PolicyChanged { .. }
            | Self::InvitationMade { .. }
            | Self::InvitationRevoked { .. }
            | Self::RoleGranted { .. }
            | Self::RoleRevoked { .. }
            | Self::QueueRescreened { .. }
            | Self::QuestionWithdrawn { .. }
            | Self::QuestionRestored { .. }
            | Self::QuestionQueued { .. }
            | Self::QuestionPutOnAir { .. }
            | Self::TakenOffAir {}
            | Self::OnAirConfirmed { .. }
            | Self::QuestionAnswered { .. }
            | Self::VotesCast { .. }
            | Self::OverlayShown { .. }
            | Self::FullRecordTaken { .. }
            | Self::PersonForgotten { .. }
            | Self::TextTakenBack { .. }
            | Self::SessionForgotten {} => {}
        }
    }

    fn erases(&self) -> Option<Erases> {
        match self {
            Self::PersonForgotten { person, .. } => Some(Erases::Person(*person)),
            Self::TextTakenBack { question, .. } => Some(Erases::Question(*question)),
            Self::SessionForgotten {} => Some(Erases::AllButPublic),
            _ => None,
        }
    }
}

/// The key of what a command's author wrote in their own question.
const fn asker_key(by: Actor, question: QuestionId) -> KeyOf {
    let asker = match by {
        Actor::Citizen(person) => Some(person),
        Actor::Staff(_) | Actor::Crowd | Actor::Clock | Actor::House => None,
    };
    KeyOf::asked(asker, question)
}

/// The session an entry belongs to is bound into its seals; the house's journal has this id.
pub const HOUSE: SessionId = SessionId::from_u128(0);

mod bit {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(on: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(u8::from(*on))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<bool, D::Error> {
        match u8::deserialize(d)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(serde::de::Error::custom(format_args!("a vote is 0 or 1, not {other}"))),
        }
    }
}

mod hex32 {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(b: &[u8; 32], s: S) -> Result<S::Ok, S::Error> {
        let text: String = b.iter().map(|byte| format!("{byte:02x}")).collect();
        s.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; 32], D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        let mut bytes = [0; 32];
        let fits = text.len() == 64 && text.is_ascii();
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = std::str::from_utf8(pair)
                .ok()
                .filter(|_| fits)
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .ok_or_else(|| serde::de::Error::custom("64 hexadecimal digits are expected"))?;
        }
        Ok(bytes)
    }
}
