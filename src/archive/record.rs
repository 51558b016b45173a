//! The record of one session, as a file for people and programs.

use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::journal::{Chain, Journal, JournalError, Seq};
use crate::qa::event::{Entry, Event, Head};
use crate::qa::session::{Audience, Outcome};
use crate::qa::{Session, SessionId, Timestamp, view};

/// The format that this release writes; another is not read.
pub const FORMAT: &str = "filodiretto-record/1";

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// What the public saw. No person, no name of the staff, no count of what was refused.
    Public,
    /// Everything that is still to be read, with every entry as stored.
    Full,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`FORMAT`].
    pub format: String,
    /// How much of it.
    pub scope: Scope,
    /// The session's id: the chain begins with it.
    pub id: SessionId,
    /// The session as everybody sees it.
    pub session: Value,
    /// The chain over all entries, as 64 hexadecimal digits: what was published on the night.
    pub chain: String,
    /// The questions, in the order of their numbers (full: in the order they were asked).
    pub questions: Vec<Value>,
    /// Full scope: every decision, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decided>,
    /// Full scope: every entry as stored, from which the chain can be computed again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Kept>,
}

/// One recorded command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// The entry it stands in.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// Who: a pseudonym, and the name on the grant for staff.
    pub by: String,
    /// What happened, as recorded; sealed texts stay sealed here.
    pub events: Value,
    /// `counted`, or why it is void: `repeated`, `moved`.
    pub outcome: String,
}

/// One entry as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// 1, 2, 3 …
    pub n: u64,
    /// The bytes, which are JSON text.
    pub stored: String,
    /// `chain(n)`.
    pub chain: String,
}

/// Makes the record of a session from its journal.
///
/// # Errors
/// What kept the journal from being read.
pub async fn record(
    journal: &Journal,
    id: SessionId,
    scope: Scope,
) -> Result<Record, JournalError> {
    let mut session = Session::new(id);
    let mut chain = Chain::new(id);
    let (mut decisions, mut entries) = (Vec::new(), Vec::new());
    let mut stored = journal.store().read(id, Seq::START);
    let mut past = journal.read::<Event>(id, Seq::START);
    while let Some(read) = past.try_next().await? {
        chain.advance(&read.digest);
        let head = chain.head();
        let applied = session.apply(&read.entry);
        if scope == Scope::Full {
            decided(&session, &read.entry, head, &applied.outcomes, &mut decisions);
            if let Some(kept) = stored.try_next().await? {
                let stored = String::from_utf8_lossy(&kept.bytes).into_owned();
                entries.push(Kept { n: head.n, stored, chain: hex(&head.chain) });
            }
        }
    }
    let mut shown: Vec<_> = session
        .questions()
        .filter(|question| scope == Scope::Full || question.state.is_public())
        .collect();
    shown.sort_by_key(|question| match scope {
        Scope::Public => (question.number, question.id),
        Scope::Full => (None, question.id),
    });
    let audience = match scope {
        Scope::Public => Audience::Public,
        Scope::Full => Audience::Desk,
    };
    let mut questions = Vec::with_capacity(shown.len());
    for question in shown {
        let mut seen = value(&view::question(&session, audience, question.id));
        if scope == Scope::Public
            && let Some(answer) = seen.get_mut("answer").and_then(Value::as_object_mut)
        {
            answer.remove("by");
        }
        questions.push(seen);
    }
    Ok(Record {
        format: FORMAT.to_owned(),
        scope,
        id,
        session: value(&view::session(&session)),
        chain: hex(&chain.head().chain),
        questions,
        decisions,
        entries,
    })
}

fn decided(
    session: &Session,
    entry: &Entry,
    head: Head,
    outcomes: &[Outcome],
    decisions: &mut Vec<Decided>,
) {
    for (command, outcome) in entry.commands.iter().zip(outcomes) {
        let by = match command.by {
            crate::qa::Actor::Citizen(person) => format!("citizen {person}"),
            crate::qa::Actor::Staff(person) => {
                let mut grants = session.grants().values();
                let grant = grants.find(|grant| grant.person == person);
                format!("staff {person} {}", grant.map_or("", |grant| &grant.name))
            }
            crate::qa::Actor::Crowd => "crowd".to_owned(),
            crate::qa::Actor::Clock => "clock".to_owned(),
            crate::qa::Actor::House => "house".to_owned(),
        };
        let outcome = match outcome {
            Outcome::Counted => "counted",
            Outcome::Repeated => "repeated",
            Outcome::Moved => "moved",
        };
        let (n, at, outcome) = (head.n, command.at, outcome.to_owned());
        decisions.push(Decided { n, at, by, events: value(&command.events), outcome });
    }
}

fn value(thing: &impl Serialize) -> Value {
    serde_json::to_value(thing).expect("views and recorded events are plain JSON")
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
