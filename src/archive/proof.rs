//! Whether a record is what happened.

use sha2::{Digest as _, Sha256};

use super::record::{FORMAT, Record, Scope, hex, record};
use crate::journal::{Chain, Journal, JournalError};

/// What came of checking a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// It holds: the chain could be computed again from the entries that the file itself carries.
    Whole {
        /// How many entries.
        entries: u64,
    },
    /// It is what this journal says, word for word.
    SameAsJournal,
    /// It is not what happened, from here on.
    Broken {
        /// The first thing that does not fit.
        why: String,
    },
    /// The file alone proves nothing: compare its chain with the published one, or name the data.
    NeedsJournal {
        /// The chain it names.
        chain: String,
    },
}

/// Checks a record, against the journal where there is one.
///
/// # Errors
/// What kept the journal from being read.
pub async fn check(file: &Record, journal: Option<&Journal>) -> Result<Checked, JournalError> {
    if file.format != FORMAT {
        let why = format!("its format is {:?}, not {FORMAT:?}", file.format);
        return Ok(Checked::Broken { why });
    }
    if let Some(why) = broken_chain(file) {
        return Ok(Checked::Broken { why });
    }
    if let Some(journal) = journal {
        let now = record(journal, file.id, file.scope).await?;
        return Ok(compared(file, &now));
    }
    Ok(match file.scope {
        Scope::Full => Checked::Whole { entries: file.entries.len() as u64 },
        Scope::Public => Checked::NeedsJournal { chain: file.chain.clone() },
    })
}

/// Computes the chain again from the entries that a full record carries; names the first bad one.
fn broken_chain(file: &Record) -> Option<String> {
    let mut chain = Chain::new(file.id);
    for (kept, n) in file.entries.iter().zip(1..) {
        chain.advance(&Sha256::digest(kept.stored.as_bytes()).into());
        if kept.n != n || kept.chain != hex(&chain.head().chain) {
            return Some(format!("entry {n} is not the one that was recorded"));
        }
    }
    let last = hex(&chain.head().chain);
    (file.scope == Scope::Full && last != file.chain)
        .then(|| format!("after entry {} entries are missing", file.entries.len()))
}

fn compared(file: &Record, now: &Record) -> Checked {
    if let Some((number, _)) =
        (1..).zip(file.questions.iter().zip(&now.questions)).find(|(_, (a, b))| a != b)
    {
        let why = format!("question {number} of the file is not what the journal says");
        return Checked::Broken { why };
    }
    if file.questions.len() != now.questions.len() {
        let (file, now) = (file.questions.len(), now.questions.len());
        return Checked::Broken { why: format!("it holds {file} questions, the journal {now}") };
    }
    if file.chain != now.chain || file != now {
        let why = "the journal has moved since, or the file was changed".to_owned();
        return Checked::Broken { why };
    }
    Checked::SameAsJournal
}
