//! Server → client: one function for each message of the protocol's table.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::problem::Blocked;
use super::{Close, Cursor, Frame, Receipt, Refused};
use crate::qa::view::{Change, Mine, QuestionView, SessionView, Snapshot};
use crate::qa::{CommandId, Language, PersonId, QuestionId, Refusal, Role, Timestamp};

/// Everything a server says. Borrowed while it is written, owned when a client in Rust reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    /// Who you are here.
    Welcome {
        /// This session's name for you; null for who need not be anyone.
        person: Option<PersonId>,
        /// The role you are here by; null for an overlay.
        role: Option<SeatRole>,
        /// The session.
        session: Cow<'a, SessionView>,
        /// The server's clock.
        now: Timestamp,
        /// Which pages the server has; one that was built as another may be loaded anew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        build: Option<Cow<'a, str>>,
    },
    /// Replaces what you had.
    Snapshot {
        /// Where you are now.
        cursor: Cursor,
        /// What your audience starts with.
        #[serde(flatten)]
        snapshot: Cow<'a, Snapshot>,
    },
    /// What changed, in order.
    Update {
        /// Where you are now.
        cursor: Cursor,
        /// When it was decided.
        at: Timestamp,
        /// Applying one twice is harmless.
        changes: Cow<'a, [Change]>,
    },
    /// Clear this question from the screen now; the `update` follows when it is recorded.
    Hush {
        /// Which question.
        id: QuestionId,
    },
    /// Your own questions in every state, and what you support.
    Mine {
        /// Your own; later only those that changed.
        questions: Vec<OwnQuestion<'a>>,
        /// On or off.
        votes: Cow<'a, BTreeMap<QuestionId, bool>>,
    },
    /// Counts that changed since the one before.
    Tally {
        /// Votes by question; ignore those you do not hold.
        votes: Cow<'a, BTreeMap<QuestionId, u32>>,
        /// How many people are here.
        present: u32,
    },
    /// Your command is durable and counts.
    Done {
        /// The command's.
        id: CommandId,
        /// For an `ask`: its receipt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        receipt: Option<Receipt>,
    },
    /// The reply to `check`.
    Checked {
        /// The command's.
        id: CommandId,
        /// The text as it would go on with what must be masked; null when nothing must.
        masked: Option<Cow<'a, str>>,
        /// What would keep it from being accepted.
        blocked: Vec<Blocked>,
        /// Public questions like it.
        similar: Cow<'a, [QuestionView]>,
    },
    /// Your command was not recorded, and why.
    Refused(Cow<'a, Refused>),
    /// What each stage and each overlay with a key says it shows.
    Screens {
        /// One for each.
        screens: Cow<'a, [Screen]>,
    },
    /// A close is coming.
    Goodbye {
        /// The close code.
        code: u16,
        /// Why, in words.
        reason: Cow<'a, str>,
        /// When to come back; null: stay away.
        retry_after_ms: Option<u64>,
    },
}

/// One of your own questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "Question & { receipt: Receipt | null }"))]
pub struct OwnQuestion<'a> {
    /// With its state in full and the reason of a dismissal.
    #[serde(flatten)]
    pub question: Cow<'a, QuestionView>,
    /// Under which it is found again at `/r/CODE`.
    pub receipt: Option<Receipt>,
}

/// By which right somebody sits on this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "a citizen, or a `Role`")]
pub enum SeatRole {
    Citizen,
    Moderator,
    Official,
    Producer,
    Admin,
}

impl From<Role> for SeatRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Moderator => Self::Moderator,
            Role::Official => Self::Official,
            Role::Producer => Self::Producer,
            Role::Admin => Self::Admin,
        }
    }
}

/// What one stage or overlay shows, as it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Screen {
    /// Which kind.
    pub kind: ScreenKind,
    /// Which question, if any.
    pub on_air: Option<QuestionId>,
    /// How long ago it said so.
    pub seen_ms_ago: u64,
}

/// What a picture is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ScreenKind {
    /// The official.
    Stage,
    /// The stream.
    Overlay,
}

impl ServerMessage<'_> {
    /// Encodes it.
    pub fn frame(&self) -> Frame {
        Frame::of(self)
    }
}

impl ServerMessage<'static> {
    /// Reads one, as a client in Rust does.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// Who you are here.
pub fn welcome(
    person: Option<PersonId>,
    role: Option<SeatRole>,
    session: &SessionView,
    now: Timestamp,
    build: Option<&str>,
) -> Frame {
    let (session, build) = (Cow::Borrowed(session), build.map(Cow::Borrowed));
    ServerMessage::Welcome { person, role, session, now, build }.frame()
}

/// Everything an audience starts with.
pub fn snapshot(cursor: Cursor, snapshot: &Snapshot) -> Frame {
    let snapshot = Cow::Borrowed(snapshot);
    ServerMessage::Snapshot { cursor, snapshot }.frame().that_deflates()
}

/// What changed for an audience.
pub fn update(cursor: Cursor, at: Timestamp, changes: &[Change]) -> Frame {
    ServerMessage::Update { cursor, at, changes: Cow::Borrowed(changes) }.frame()
}

/// Clear this question from the screen now.
pub fn hush(id: QuestionId) -> Frame {
    ServerMessage::Hush { id }.frame()
}

/// A person's own, with the receipts that `receipt` knows.
pub fn mine(mine: &Mine, receipt: impl Fn(QuestionId) -> Option<Receipt>) -> Frame {
    let own = |question: &'_ QuestionView| receipt(question.id);
    let questions = mine
        .questions
        .iter()
        .map(|question| OwnQuestion { question: Cow::Borrowed(question), receipt: own(question) });
    let votes = Cow::Borrowed(&mine.votes);
    ServerMessage::Mine { questions: questions.collect(), votes }.frame()
}

/// Counts that changed.
pub fn tally(votes: &BTreeMap<QuestionId, u32>, present: u32) -> Frame {
    ServerMessage::Tally { votes: Cow::Borrowed(votes), present }.frame()
}

/// A command is durable and counts.
pub fn done(id: CommandId, receipt: Option<Receipt>) -> Frame {
    ServerMessage::Done { id, receipt }.frame()
}

/// The reply to `check`.
pub fn checked(
    id: CommandId,
    masked: Option<&str>,
    blocked: Vec<Blocked>,
    similar: &[QuestionView],
) -> Frame {
    let masked = masked.map(Cow::Borrowed);
    ServerMessage::Checked { id, masked, blocked, similar: Cow::Borrowed(similar) }.frame()
}

/// A command was not recorded; `question` is the one the refusal names, as the caller sees it.
pub fn refused(
    id: Option<CommandId>,
    refusal: &Refusal,
    language: Language,
    question: Option<QuestionView>,
) -> Frame {
    let refused = Refused::of(refusal, language, id, question);
    ServerMessage::Refused(Cow::Owned(refused)).frame()
}

/// What each screen says it shows.
pub fn screens(screens: &[Screen]) -> Frame {
    ServerMessage::Screens { screens: Cow::Borrowed(screens) }.frame()
}

/// A close is coming. `retry_after_ms` is told to those who may come back only.
pub fn goodbye(close: Close, language: Language, retry_after_ms: u64) -> Frame {
    let code = close.code();
    let comes_back = (4000..4500).contains(&code);
    let reason = Cow::Borrowed(close.reason(language));
    let retry_after_ms = comes_back.then_some(retry_after_ms);
    ServerMessage::Goodbye { code, reason, retry_after_ms }.frame()
}
