//! What people may wish for, and who may wish for what.

use serde::{Deserialize, Serialize};

use super::event::{Answer, Channel, Head, On, Reason};
use super::id::{CommandId, InvitationId, PersonId, QuestionId, Rev};
use super::policy::{Policy, PolicyChange};
use super::sieve::Sieve;
use crate::screening::{Finding, Screening};

/// What a person may do in a session, by a recorded grant. A citizen needs none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, chooses, orders.
    Moderator,
    /// Answers.
    Official,
    /// Carries the overlay.
    Producer,
    /// The press office: all of these, and what only it may do.
    Admin,
}

impl Role {
    /// Every role that is granted.
    pub const ALL: [Self; 4] = [Self::Moderator, Self::Official, Self::Producer, Self::Admin];
}

/// In which capacity somebody acts on this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum As {
    /// As one of the public, whatever else they may be.
    Citizen,
    /// By their grants.
    Staff,
}

/// Who wishes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Caller {
    /// The person, under this session's name for them.
    pub person: PersonId,
    /// In which capacity.
    pub acts: As,
}

/// A command with its author and its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Made by the client.
    pub id: CommandId,
    /// Who.
    pub caller: Caller,
    /// What.
    pub command: Command,
}

/// A wish. Texts arrive screened; see `protocol.md`, "What each command does".
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant and field is a row of the protocol's tables")]
pub enum Command {
    Ask {
        text: Asked,
        name: Option<String>,
        labels: Vec<String>,
        review: bool,
    },
    Enter {
        text: String,
        name: Option<String>,
        labels: Vec<String>,
        channel: Channel,
    },
    /// `masks`: the text is not as it was sent, since something in it is masked.
    Check {
        text: Asked,
        masks: bool,
    },
    Edit {
        question: QuestionId,
        text: Asked,
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
        name: bool,
    },
    Dismiss {
        question: QuestionId,
        rev: Rev,
        reason: Reason,
        of: Option<QuestionId>,
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
        to_stage: bool,
    },
    Assign {
        question: QuestionId,
        rev: Rev,
        to: Option<String>,
    },
    Queue {
        question: QuestionId,
        rev: Rev,
        before: Option<QuestionId>,
    },
    Unqueue {
        question: QuestionId,
        rev: Rev,
    },
    Later {
        question: QuestionId,
        rev: Rev,
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
        answer: Answer,
    },
    Seen {
        question: QuestionId,
    },
    Mute {
        person: PersonId,
        minutes: Option<u32>,
        reason: Reason,
    },
    Unmute {
        person: PersonId,
    },
    Policy {
        change: Box<PolicyChange>,
    },
    /// A part of the waiting questions, looked at again; `more`: another part follows.
    Rescreen {
        looked: Vec<Looked>,
        more: bool,
    },
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
    Describe {
        change: Box<AboutChange>,
        rev: Rev,
    },
    Invite {
        role: Role,
        name: String,
        token_hash: String,
    },
    Uninvite {
        invitation: InvitationId,
    },
    /// Uses an invitation: the only command that gives its own author a right.
    Join {
        invitation: InvitationId,
    },
}

/// A change of what a session says of itself: only what changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AboutChange {
    /// As on every page.
    pub title: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// A time publishes a draft; `Some(None)` makes it a draft again.
    pub starts_at: Option<Option<super::id::Timestamp>>,
    /// Who answers.
    pub officials: Option<Vec<super::event::Official>>,
    /// Topics that a question may carry.
    pub labels: Option<Vec<String>>,
    /// The live picture; `Some(None)` takes it away.
    pub stream: Option<Option<super::event::Stream>>,
}

/// A citizen's text, screened under a version of the policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What screening made of it.
    pub screening: Screening,
    /// What it found in the name that came with it.
    pub named: Vec<Finding>,
    /// Version of the policy it was screened under.
    pub policy: u32,
}

impl Asked {
    /// Screens one text as a policy asks. For many, a [`Sieve`] is made once.
    pub fn screened(text: &str, policy: &Policy) -> Self {
        Sieve::of(policy, &[]).look(text, None)
    }

    /// Whether the text goes on otherwise than it was sent because something in it is masked.
    pub fn masks(&self, sent: &str) -> bool {
        let found = self.screening.findings.iter().any(|finding| finding.code.starts_with("PII_"));
        found && self.screening.text != crate::screening::clean(sent)
    }

    /// All that was found, with places in the text and in the name as they are kept.
    pub fn findings(&self) -> impl Iterator<Item = Finding> {
        self.screening.kept().into_iter().chain(self.named.iter().cloned())
    }
}

/// A waiting question, looked at again.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// Which one.
    pub question: QuestionId,
    /// In which revision.
    pub rev: Rev,
    /// Its text and its name, as the present policy screens them.
    pub asked: Asked,
}

/// A command without its fields: what the tables of rights and states have rows for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the variants of `Command`")]
pub enum Kind {
    Ask,
    Enter,
    Check,
    Edit,
    Withdraw,
    Vote,
    Report,
    Claim,
    Release,
    Approve,
    Dismiss,
    Restore,
    Revise,
    Merge,
    Unmerge,
    Label,
    Note,
    Assign,
    Queue,
    Unqueue,
    Later,
    OnAir,
    Next,
    OffAir,
    Answered,
    Answer,
    Seen,
    Mute,
    Unmute,
    Policy,
    Rescreen,
    Open,
    Close,
    End,
    Reopen,
    Undo,
    Overlay,
    Delay,
    Mark,
    TakeBack,
    Forget,
    Describe,
    Invite,
    Uninvite,
    Join,
}

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    /// Acting as a citizen.
    pub citizen: bool,
    /// By one of these roles; an administrator may do whatever any of them may.
    pub roles: &'static [Role],
}

impl Kind {
    /// Whether this release knows how. The others answer `not_yet`, to those who would be allowed.
    pub const fn is_built(self) -> bool {
        match self {
            Self::Report
            | Self::Claim
            | Self::Release
            | Self::Merge
            | Self::Unmerge
            | Self::Label
            | Self::Note
            | Self::Assign
            | Self::Seen
            | Self::Mute
            | Self::Unmute
            | Self::Undo
            | Self::Delay
            | Self::Mark => false,
            Self::Ask
            | Self::Check
            | Self::Rescreen
            | Self::Enter
            | Self::Edit
            | Self::Withdraw
            | Self::Vote
            | Self::Approve
            | Self::Dismiss
            | Self::Restore
            | Self::Revise
            | Self::Queue
            | Self::Unqueue
            | Self::Later
            | Self::OnAir
            | Self::Next
            | Self::OffAir
            | Self::Answered
            | Self::Answer
            | Self::Policy
            | Self::Open
            | Self::Close
            | Self::End
            | Self::Reopen
            | Self::Overlay
            | Self::TakeBack
            | Self::Forget
            | Self::Describe
            | Self::Invite
            | Self::Uninvite
            | Self::Join => true,
        }
    }

    /// Who may, as `protocol.md` lists it. A command without a row does not compile.
    pub const fn allowed(self) -> Allowed {
        use Role::{Admin, Moderator, Official, Producer};
        let (citizen, roles): (bool, &'static [Role]) = match self {
            Self::Ask
            | Self::Check
            | Self::Edit
            | Self::Withdraw
            | Self::Vote
            | Self::Report
            | Self::Join => (true, &[]),
            Self::Enter
            | Self::Claim
            | Self::Release
            | Self::Approve
            | Self::Dismiss
            | Self::Restore
            | Self::Revise
            | Self::Merge
            | Self::Unmerge
            | Self::Label
            | Self::Note
            | Self::Assign
            | Self::Queue
            | Self::Unqueue
            | Self::Mute
            | Self::Unmute
            | Self::Policy
            | Self::Rescreen
            | Self::Open
            | Self::Close
            | Self::End
            | Self::Reopen
            | Self::Undo => (false, &[Moderator, Admin]),
            Self::Later | Self::OnAir | Self::Answered | Self::Answer => {
                (false, &[Moderator, Official, Admin])
            }
            Self::Next | Self::Seen => (false, &[Official, Admin]),
            Self::OffAir => (false, &[Moderator, Official, Producer, Admin]),
            Self::Overlay | Self::Delay | Self::Mark => (false, &[Producer, Admin]),
            Self::TakeBack | Self::Forget | Self::Describe | Self::Invite | Self::Uninvite => {
                (false, &[Admin])
            }
        };
        Allowed { citizen, roles }
    }
}

impl Command {
    /// The wish to have the queue screened again, before anything was looked at.
    pub const fn rescreen() -> Self {
        Self::Rescreen { looked: Vec::new(), more: false }
    }

    /// Which row of the tables it belongs to.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Ask { .. } => Kind::Ask,
            Self::Enter { .. } => Kind::Enter,
            Self::Check { .. } => Kind::Check,
            Self::Edit { .. } => Kind::Edit,
            Self::Withdraw { .. } => Kind::Withdraw,
            Self::Vote { .. } => Kind::Vote,
            Self::Report { .. } => Kind::Report,
            Self::Claim { .. } => Kind::Claim,
            Self::Release { .. } => Kind::Release,
            Self::Approve { .. } => Kind::Approve,
            Self::Dismiss { .. } => Kind::Dismiss,
            Self::Restore { .. } => Kind::Restore,
            Self::Revise { .. } => Kind::Revise,
            Self::Merge { .. } => Kind::Merge,
            Self::Unmerge { .. } => Kind::Unmerge,
            Self::Label { .. } => Kind::Label,
            Self::Note { .. } => Kind::Note,
            Self::Assign { .. } => Kind::Assign,
            Self::Queue { .. } => Kind::Queue,
            Self::Unqueue { .. } => Kind::Unqueue,
            Self::Later { .. } => Kind::Later,
            Self::OnAir { .. } => Kind::OnAir,
            Self::Next { .. } => Kind::Next,
            Self::OffAir => Kind::OffAir,
            Self::Answered { .. } => Kind::Answered,
            Self::Answer { .. } => Kind::Answer,
            Self::Seen { .. } => Kind::Seen,
            Self::Mute { .. } => Kind::Mute,
            Self::Unmute { .. } => Kind::Unmute,
            Self::Policy { .. } => Kind::Policy,
            Self::Rescreen { .. } => Kind::Rescreen,
            Self::Open => Kind::Open,
            Self::Close => Kind::Close,
            Self::End => Kind::End,
            Self::Reopen => Kind::Reopen,
            Self::Undo { .. } => Kind::Undo,
            Self::Overlay { .. } => Kind::Overlay,
            Self::Delay { .. } => Kind::Delay,
            Self::Mark { .. } => Kind::Mark,
            Self::TakeBack { .. } => Kind::TakeBack,
            Self::Forget { .. } => Kind::Forget,
            Self::Describe { .. } => Kind::Describe,
            Self::Invite { .. } => Kind::Invite,
            Self::Uninvite { .. } => Kind::Uninvite,
            Self::Join { .. } => Kind::Join,
        }
    }
}

/// What the rules made of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<E = super::event::Event> {
    /// To be recorded: what it rests on, and what it leads to.
    Record {
        /// What the decision rested on.
        on: Vec<On>,
        /// What happens. Never empty.
        events: Vec<E>,
    },
    /// Its effect stands already: `done`, and nothing to record.
    Done,
}

/// One text from many people, as far as it is known when another of them sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Campaign {
    /// The first question of it.
    pub first: QuestionId,
    /// From how many people it has come within the policy's minutes, this one among them.
    pub people: u32,
}

/// What screening would do to a text, as far as its author may know: never what it would hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The text as it would go on, where something in it would be masked.
    pub masked: Option<String>,
    /// What would keep it from being accepted.
    pub blocked: Vec<Finding>,
}

/// What a decision needs to know beside the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct World<'a> {
    /// The moment it is decided.
    pub now: super::id::Timestamp,
    /// The journal's head that this node has applied; staff commands carry it.
    pub head: Head,
    /// What the house still lacks before a session may open (`name`, `contact`, …).
    pub missing: &'a [&'static str],
    /// What is on air by the record and, after an unclean stop, on no screen until somebody on the
    /// staff confirms it.
    pub unconfirmed: Option<QuestionId>,
    /// That the text which is decided about is one of a campaign, and to be held.
    pub campaign: Option<Campaign>,
}
