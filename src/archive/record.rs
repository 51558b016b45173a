//! The record of one session, as a file for people and programs.

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::decisions::{Decided, Replay};
use crate::journal::{Chain, Journal, JournalError, Seq};
use crate::qa::event::Event;
use crate::qa::session::{Audience, Question};
use crate::qa::{Session, SessionId, view};

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

impl Scope {
    /// Who is shown as much.
    const fn audience(self) -> Audience {
        match self {
            Self::Public => Audience::Public,
            Self::Full => Audience::Desk,
        }
    }
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
    Ok(record_at(journal, id, scope, None).await?.unwrap_or_else(|| Record::empty(id, scope)))
}

/// The same, as it was when the chain was this one; `None`: it never was. What was forgotten since
/// cannot be read any more, whenever that happened.
pub(super) async fn record_at(
    journal: &Journal,
    id: SessionId,
    scope: Scope,
    chain: Option<&str>,
) -> Result<Option<Record>, JournalError> {
    let mut replay = Replay::of(Session::new(id));
    let mut so_far = Chain::new(id);
    let (mut decisions, mut entries) = (Vec::new(), Vec::new());
    let mut stored = journal.store().read(id, Seq::START);
    let mut past = journal.read::<Event>(id, Seq::START);
    let mut found = chain.is_none_or(|chain| chain == hex(&so_far.head().chain));
    while (chain.is_none() || !found)
        && let Some(read) = past.try_next().await?
    {
        so_far.advance(&read.digest);
        let head = so_far.head();
        if scope == Scope::Full {
            decisions.extend(replay.entry(&read.entry, head));
            if let Some(kept) = stored.try_next().await? {
                let stored = String::from_utf8_lossy(&kept.bytes).into_owned();
                entries.push(Kept { n: head.n, stored, chain: hex(&head.chain) });
            }
        } else {
            replay.session.apply(&read.entry);
        }
        found = chain.is_none_or(|chain| chain == hex(&head.chain));
    }
    Ok(found.then(|| {
        let mut record = Record::empty(id, scope);
        record.session = value(&view::session(&replay.session, scope.audience()));
        record.chain = hex(&so_far.head().chain);
        record.questions = questions(&replay.session, scope);
        (record.decisions, record.entries) = (decisions, entries);
        record
    }))
}

/// The questions, as those see them whom the record is for.
fn questions(session: &Session, scope: Scope) -> Vec<Value> {
    let mut shown: Vec<_> = session
        .questions()
        .filter(|question| scope == Scope::Full || question.state.is_public())
        .collect();
    shown.sort_by_key(|question| match scope {
        Scope::Public => (question.number, question.id),
        Scope::Full => (None, question.id),
    });
    let audience = scope.audience();
    let see = |question: &Question| {
        let mut seen = value(&view::question(session, audience, question.id));
        if scope == Scope::Public
            && let Some(answer) = seen.get_mut("answer").and_then(Value::as_object_mut)
        {
            answer.remove("by");
        }
        seen
    };
    shown.into_iter().map(see).collect()
}

impl Record {
    /// Of a session in which nothing has happened.
    fn empty(id: SessionId, scope: Scope) -> Self {
        Self {
            format: FORMAT.to_owned(),
            scope,
            id,
            session: value(&view::session(&Session::new(id), scope.audience())),
            chain: hex(&Chain::new(id).head().chain),
            questions: Vec::new(),
            decisions: Vec::new(),
            entries: Vec::new(),
        }
    }
}

/// Reads a record that somebody kept.
///
/// # Errors
/// It cannot be read, or is no record.
pub fn read(file: &Path) -> Result<Record, NotReadable> {
    kept(file, "a record")
}

/// A file that should be something of ours, and is not.
#[derive(Debug, thiserror::Error)]
pub enum NotReadable {
    /// It cannot be read.
    #[error("failed to read {}", file.display())]
    Io {
        /// Which.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is something else.
    #[error("{} is not {what}", file.display())]
    Other {
        /// Which.
        file: PathBuf,
        /// What it should be.
        what: &'static str,
        /// Where it differs.
        source: serde_json::Error,
    },
}

/// Reads what was downloaded as JSON.
pub(super) fn kept<T: DeserializeOwned>(file: &Path, what: &'static str) -> Result<T, NotReadable> {
    let text =
        std::fs::read(file).map_err(|source| NotReadable::Io { file: file.to_owned(), source })?;
    serde_json::from_slice(&text).map_err(|source| NotReadable::Other {
        file: file.to_owned(),
        what,
        source,
    })
}

/// As JSON.
pub(super) fn value(thing: &impl Serialize) -> Value {
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
