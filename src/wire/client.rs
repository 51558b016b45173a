//! What a client says, as a client writes it: for clients in Rust, and for the types of those in
//! TypeScript. The server does not read these; [`decode`](super::decode) tells it what is wrong
//! with a message, which a derived reader could not.

use serde::{Deserialize, Serialize};

use crate::qa::event::{Channel, Reason};
use crate::qa::policy::PolicyChange;
use crate::qa::{CommandId, PersonId, QuestionId, Rev};

/// A wish with its id.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "Wish & { id: CommandId }"))]
pub struct ClientCommand {
    /// A ULID, kept when the same wish is sent again.
    pub id: CommandId,
    /// What is wished.
    #[serde(flatten)]
    pub wish: Wish,
}

/// A picture has changed, or has been as it is for ten seconds. Gets no reply.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "type", rename = "shown")]
pub struct Shown {
    /// What is drawn now.
    pub on_air: Option<QuestionId>,
}

/// For whom a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum NoteFor {
    /// The desk alone.
    Desk,
    /// Stage and desk.
    Stage,
}

/// The commands of the protocol's table, without their ids.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant and field is a row of the protocol's tables")]
pub enum Wish {
    Ask {
        text: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        labels: Option<Vec<String>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        review: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        channel: Option<Channel>,
    },
    Check {
        text: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        name: Option<String>,
    },
    Edit {
        question: QuestionId,
        text: String,
    },
    Withdraw {
        question: QuestionId,
    },
    Vote {
        question: QuestionId,
        on: bool,
    },
    Report {
        question: QuestionId,
        reason: Reason,
    },
    Claim {
        question: QuestionId,
        rev: Rev,
    },
    Release {
        question: QuestionId,
        rev: Rev,
    },
    Approve {
        question: QuestionId,
        rev: Rev,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        name: Option<bool>,
    },
    Dismiss {
        question: QuestionId,
        rev: Rev,
        reason: Reason,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        of: Option<QuestionId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        note: Option<String>,
    },
    Restore {
        question: QuestionId,
        rev: Rev,
    },
    Revise {
        question: QuestionId,
        rev: Rev,
        text: String,
    },
    Merge {
        question: QuestionId,
        rev: Rev,
        into: QuestionId,
    },
    Unmerge {
        question: QuestionId,
        rev: Rev,
    },
    Label {
        question: QuestionId,
        rev: Rev,
        labels: Vec<String>,
    },
    Note {
        question: QuestionId,
        rev: Rev,
        text: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        to: Option<NoteFor>,
    },
    Assign {
        question: QuestionId,
        rev: Rev,
        to: Option<String>,
    },
    Queue {
        question: QuestionId,
        rev: Rev,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        before: Option<QuestionId>,
    },
    Unqueue {
        question: QuestionId,
        rev: Rev,
    },
    Later {
        question: QuestionId,
        rev: Rev,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        note: Option<String>,
    },
    OnAir {
        question: QuestionId,
        rev: Rev,
        stage: Rev,
    },
    Next {
        question: QuestionId,
    },
    OffAir,
    Answered {
        question: QuestionId,
        rev: Rev,
    },
    Answer {
        question: QuestionId,
        rev: Rev,
        text: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        links: Option<Vec<String>>,
    },
    Seen {
        question: QuestionId,
    },
    Mute {
        person: PersonId,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        minutes: Option<u32>,
        reason: Reason,
    },
    Unmute {
        person: PersonId,
    },
    Policy {
        policy: PolicyChange,
    },
    Rescreen,
    Open,
    Close,
    End,
    Reopen,
    Undo {
        command: CommandId,
    },
    Overlay {
        show: bool,
    },
    Delay {
        channel: String,
        seconds: u32,
    },
    Mark {
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        text: Option<String>,
    },
    TakeBack {
        question: QuestionId,
        reason: String,
    },
    Forget {
        person: PersonId,
        reason: String,
    },
}
