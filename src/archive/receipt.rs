//! Whether what a receipt says is in a record.
//!
//! A receipt, as `GET /receipts/CODE` gives it, holds a question as it stood and the chain over all
//! entries up to then. Whoever keeps it can later show that the record was not written anew behind
//! their back: a record with another past has no such chain in it.

use std::fmt;
use std::path::Path;

use futures_util::TryStreamExt as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::proof::same;
use super::record::{NotReadable, Record, Scope, hex, kept, value};
use crate::journal::{Chain, Journal, JournalError, Seq};
use crate::qa::session::Outcome;
use crate::qa::{Entry, Event, QuestionId, Session, SessionId, view};
use crate::wire::body::ReceiptBody;

/// What came of looking for a receipt's question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It was recorded, and at the receipt's chain it stood as the receipt says.
    Stood {
        /// The entry in which it was asked.
        asked: u64,
        /// The entry up to which the receipt vouches.
        until: u64,
        /// Whether its texts could be compared: in a file they are sealed, and what was forgotten
        /// opens nowhere.
        read: bool,
    },
    /// A public record shows it with the same text. Such a record holds no entries, so it says
    /// nothing of the receipt's chain.
    Shown {
        /// Its number.
        number: u64,
    },
    /// A public record does not hold it, and need not: the receipt does not say that it is public.
    NotPublic,
    /// It is not so.
    Broken {
        /// What does not fit.
        why: String,
    },
}

impl Found {
    /// Whether the record and the receipt say the same.
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Stood { .. } | Self::Shown { .. })
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stood { asked, until, read } => {
                let texts = match read {
                    true => "",
                    false => "; its texts are sealed or forgotten here and were not compared",
                };
                write!(
                    f,
                    "receipt: recorded in entry {asked}, and in entry {until} as the receipt \
                     says{texts}"
                )
            }
            Self::Shown { number } => write!(
                f,
                "receipt: question {number} of this public record has the same text; the data \
                 folder or a full record can prove more"
            ),
            Self::NotPublic => f.write_str(
                "receipt: this question was not public, so a public record does not hold it; ask \
                 the data folder (--data) or a full record",
            ),
            Self::Broken { why } => write!(f, "receipt: broken: {why}"),
        }
    }
}

/// Reads a receipt that somebody kept.
///
/// # Errors
/// It cannot be read, or is no receipt.
pub fn read(file: &Path) -> Result<ReceiptBody<'static>, NotReadable> {
    kept(file, "a receipt")
}

/// Looks in a journal, whose keys open the texts.
///
/// # Errors
/// What kept the journal from being read.
pub async fn in_journal(
    journal: &Journal,
    session: SessionId,
    receipt: &ReceiptBody<'_>,
) -> Result<Found, JournalError> {
    let mut walk = Walk::new(session, receipt);
    let mut past = journal.read::<Event>(session, Seq::START);
    while !walk.is_there()
        && let Some(read) = past.try_next().await?
    {
        walk.entry(&read.entry, &read.digest);
    }
    Ok(walk.found())
}

/// Looks in a record as a file, which should have been checked itself before.
pub fn in_file(record: &Record, receipt: &ReceiptBody<'_>) -> Found {
    match record.scope {
        Scope::Full => {
            let mut walk = Walk::new(record.id, receipt);
            for kept in &record.entries {
                let Ok(entry) = serde_json::from_str(&kept.stored) else {
                    return Found::Broken { why: format!("entry {} cannot be read", kept.n) };
                };
                walk.entry(&entry, &Sha256::digest(kept.stored.as_bytes()).into());
                if walk.is_there() {
                    break;
                }
            }
            walk.found()
        }
        Scope::Public => in_public(record, receipt),
    }
}

fn in_public(record: &Record, receipt: &ReceiptBody<'_>) -> Found {
    let asked = &*receipt.question.question;
    let id = asked.id.to_string();
    match record.questions.iter().find(|question| question["id"] == id) {
        Some(shown) if shown["text"].as_str() == asked.text.as_deref() => {
            Found::Shown { number: shown["number"].as_u64().unwrap_or_default() }
        }
        Some(_) => {
            Found::Broken { why: "the record shows this question with another text".to_owned() }
        }
        None if asked.state.is_public() => Found::Broken {
            why: "the receipt says that it is public, and this record does not hold it".to_owned(),
        },
        None => Found::NotPublic,
    }
}

/// A journal, played until the receipt's chain.
struct Walk<'a> {
    session: Session,
    chain: Chain,
    receipt: &'a ReceiptBody<'a>,
    asked: Option<u64>,
}

impl<'a> Walk<'a> {
    fn new(session: SessionId, receipt: &'a ReceiptBody<'a>) -> Self {
        let (session, chain) = (Session::new(session), Chain::new(session));
        Self { session, chain, receipt, asked: None }
    }

    fn entry(&mut self, entry: &Entry, digest: &[u8; 32]) {
        self.chain.advance(digest);
        let outcomes = self.session.apply(entry).outcomes;
        let id = self.receipt.question.question.id;
        let counted = entry.commands.iter().zip(outcomes);
        let mut counted = counted.filter(|(_, outcome)| *outcome == Outcome::Counted);
        if counted.any(|(command, _)| QuestionId::from(command.id) == id) {
            self.asked.get_or_insert(self.chain.head().n);
        }
    }

    fn is_there(&self) -> bool {
        self.receipt.chain == hex(&self.chain.head().chain)
    }

    fn found(&self) -> Found {
        let broken = |why: &str| Found::Broken { why: why.to_owned() };
        if !self.is_there() {
            return broken(
                "this record never had the receipt's chain: what stood before it was changed, \
                 dropped or swapped, or it is of another session",
            );
        }
        let said = &self.receipt.question.question;
        let question = self.session.question(said.id);
        let seen = question
            .and_then(|question| view::own_question(&self.session, question.asker?, question.id));
        let (Some(asked), Some(seen)) = (self.asked, seen) else {
            return broken("the receipt's question is not in this record");
        };
        let mut closed = false;
        if same(&lasting(value(&**said)), &lasting(value(&seen)), &mut closed) {
            Found::Stood { asked, until: self.chain.head().n, read: !closed }
        } else {
            broken("the record says something else of this question than the receipt")
        }
    }
}

/// Without what may move while the question itself does not: counts, the session's language, what
/// has become of another question.
fn lasting(mut question: Value) -> Value {
    if let Some(question) = question.as_object_mut() {
        question.retain(|field, _| !matches!(field.as_str(), "votes" | "language"));
        if let Some(reason) = question.get_mut("reason").and_then(Value::as_object_mut) {
            reason.remove("of");
        }
    }
    question
}
