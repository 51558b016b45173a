//! Whether a record is what happened.

use std::fmt;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::receipt;
use super::record::{FORMAT, Record, Scope, hex, record_at};
use crate::journal::{Chain, Journal, JournalError, NotVerified, verify};
use crate::qa::SessionId;
use crate::wire::body::ReceiptBody;

/// What came of checking a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// It holds: the chain could be computed again from the entries that the file itself carries.
    Whole {
        /// How many entries.
        entries: u64,
        /// The chain after the last of them.
        chain: String,
    },
    /// It is what this journal says, or said when it had this chain.
    AsInJournal {
        /// The chain.
        chain: String,
        /// Some text of the file can no longer be opened in the journal: it was forgotten since.
        forgotten: bool,
    },
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

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { entries, chain } => write!(f, "whole: {entries} entries, chain {chain}"),
            Self::AsInJournal { chain, forgotten } => {
                write!(f, "whole: it is what the journal says, chain {chain}")?;
                if *forgotten {
                    f.write_str("; texts that were forgotten since cannot be compared")?;
                }
                Ok(())
            }
            Self::Broken { why } => write!(f, "broken: {why}"),
            Self::NeedsJournal { chain } => write!(
                f,
                "its chain is {chain}: compare it with the published one (--chain), or name the \
                 journal (--data)"
            ),
        }
    }
}

/// What `filodiretto verify` says, and whether all of it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What was found, a line for each thing.
    pub lines: Vec<String>,
    /// Whether nothing is broken and something is proven.
    pub holds: bool,
}

impl Report {
    fn of(line: impl fmt::Display, holds: bool) -> Self {
        Self { lines: vec![line.to_string()], holds }
    }

    fn and(mut self, line: impl fmt::Display, holds: bool) -> Self {
        self.lines.push(line.to_string());
        self.holds &= holds;
        self
    }
}

/// Checks the journal of a session; against the chain that was published, and a receipt, where there
/// are.
///
/// # Errors
/// What kept the journal from being read.
pub async fn journal(
    journal: &Journal,
    session: SessionId,
    published: Option<&str>,
    receipt: Option<&ReceiptBody<'_>>,
) -> Result<Report, JournalError> {
    let verified = match verify(journal.store(), session, None).await {
        Ok(verified) => verified,
        Err(NotVerified::Broken(broken)) => {
            return Ok(Report::of(format_args!("broken: {broken}"), false));
        }
        Err(NotVerified::Journal(fault)) => return Err(fault),
    };
    let chain = hex(&verified.head.chain);
    if published.is_some_and(|published| published != chain) {
        let why = format!("broken: the chain is {chain}, which is not the published one");
        return Ok(Report::of(why, false));
    }
    let (entries, anchors) = (verified.head.n, verified.anchors);
    let report =
        Report::of(format!("whole: {entries} entries, {anchors} anchors, chain {chain}"), true);
    Ok(match receipt {
        Some(receipt) => {
            let found = receipt::in_journal(journal, session, receipt).await?;
            report.and(&found, found.is_good())
        }
        None => report,
    })
}

/// The same of a record as a file, against the journal where that is at hand.
///
/// # Errors
/// What kept the journal from being read.
pub async fn file(
    record: &Record,
    journal: Option<&Journal>,
    published: Option<&str>,
    receipt: Option<&ReceiptBody<'_>>,
) -> Result<Report, JournalError> {
    if published.is_some_and(|published| published != record.chain) {
        let why = format!("broken: the record's chain is {}, not the published one", record.chain);
        return Ok(Report::of(why, false));
    }
    let checked = check(record, journal).await?;
    let holds = match &checked {
        Checked::Whole { .. } | Checked::AsInJournal { .. } => true,
        Checked::Broken { .. } => false,
        Checked::NeedsJournal { .. } => published.is_some() || receipt.is_some(),
    };
    let report = Report::of(&checked, holds);
    let (Some(receipt), true) = (receipt, holds) else { return Ok(report) };
    let found = match journal {
        Some(journal) => receipt::in_journal(journal, record.id, receipt).await?,
        None => receipt::in_file(record, receipt),
    };
    Ok(report.and(&found, found.is_good()))
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
    let chain = file.chain.clone();
    Ok(match (journal, file.scope) {
        (Some(journal), _) => match record_at(journal, file.id, file.scope, Some(&chain)).await? {
            Some(then) => compared(file, &then),
            None => Checked::Broken {
                why: format!("the journal never had the chain {chain} that the file names"),
            },
        },
        (None, Scope::Full) => Checked::Whole { entries: file.entries.len() as u64, chain },
        (None, Scope::Public) => Checked::NeedsJournal { chain },
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

/// The file beside what the journal says of the same moment.
fn compared(file: &Record, then: &Record) -> Checked {
    let broken = |why: String| Checked::Broken { why };
    let mut forgotten = false;
    for (number, (filed, said)) in (1..).zip(file.questions.iter().zip(&then.questions)) {
        if !same(filed, said, &mut forgotten) {
            return broken(format!("question {number} of the file is not what the journal says"));
        }
    }
    if file.questions.len() != then.questions.len() {
        let (file, journal) = (file.questions.len(), then.questions.len());
        return broken(format!("it holds {file} questions, the journal {journal}"));
    }
    if !same(&file.session, &then.session, &mut forgotten) {
        return broken("what it says of the session is not what the journal says".to_owned());
    }
    let as_json = |record: &Record| super::record::value(&record.decisions);
    if file.entries != then.entries || !same(&as_json(file), &as_json(then), &mut forgotten) {
        return broken("its decisions are not what the journal says".to_owned());
    }
    Checked::AsInJournal { chain: file.chain.clone(), forgotten }
}

/// The fields that hold what a key can close for good.
const SEALED: [&str; 5] = ["text", "name", "original", "note", "why"];

/// Whether both say the same, but for what the journal has forgotten: where it cannot open a text any
/// more, the file may still hold it.
pub(super) fn same(file: &Value, journal: &Value, forgotten: &mut bool) -> bool {
    alike("", file, journal, forgotten)
}

fn alike(field: &str, file: &Value, journal: &Value, forgotten: &mut bool) -> bool {
    let closed = match (file, journal) {
        (Value::Object(one), Value::Object(other)) => {
            let mut names: Vec<_> = one.keys().chain(other.keys()).collect();
            names.sort_unstable();
            names.dedup();
            return names.into_iter().all(|name| {
                let of = |map: &Map<_, _>| map.get(name).cloned().unwrap_or_default();
                alike(name, &of(one), &of(other), forgotten)
            });
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other);
            return pairs.all(|(one, other)| alike(field, one, other, forgotten));
        }
        (Value::String(_), Value::Null) => SEALED.contains(&field),
        // A reason's code is not sealed, what was written beside it is.
        (Value::String(one), Value::String(other)) => {
            field == "why" && one.starts_with(&format!("{other}: "))
        }
        // Findings hold a person's words, and are sealed as a whole.
        (Value::Array(_), Value::Array(none)) => field == "findings" && none.is_empty(),
        _ => false,
    };
    *forgotten |= closed && file != journal;
    closed || file == journal
}
