//! What a recorded evening must come to, counted from its files and nothing else.
//!
//! A second opinion: it shares no line with the replay, reads the files with its own eyes, and knows
//! three rules only. A person's last vote on a statement counts; nobody votes on their own; nobody
//! votes on what was not accepted.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

/// The evening in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// Votes for each statement at the end.
    pub tallies: std::collections::BTreeMap<String, u64>,
    /// Rows by a statement's own author.
    pub own: usize,
    /// Rows on statements that were not accepted.
    pub on_refused: usize,
    /// Rows that are one or the other.
    pub refused: usize,
    /// All rows.
    pub rows: usize,
}

/// Counts.
///
/// # Errors
/// When a file does not hold what it should.
pub fn count(statements: &Path, votes: &Path) -> anyhow::Result<Count> {
    let mut author = HashMap::new();
    let mut accepted = HashMap::new();
    let mut counted = Count::default();
    for line in std::fs::read_to_string(statements)?.lines() {
        let statement: Value = serde_json::from_str(line)?;
        let word = |name: &str| statement[name].as_str().map(str::to_owned).context("a word");
        author.insert(word("id")?, word("author")?);
        accepted.insert(word("id")?, statement["moderated"] == 1);
        counted.tallies.insert(word("id")?, 0);
    }
    let text = std::fs::read_to_string(votes)?;
    let mut rows = text.lines();
    anyhow::ensure!(rows.next() == Some("ts,comment_id,voter,vote"), "another kind of table");
    let mut last = HashMap::new();
    let mut latest = 0;
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        let &[ts, statement, voter, vote] = cells.as_slice() else {
            anyhow::bail!("four cells are expected: {row}");
        };
        let ts: u64 = ts.parse()?;
        anyhow::ensure!(ts >= latest, "the rows are expected by time");
        latest = ts;
        counted.rows += 1;
        let own = author.get(statement).context("a statement's author")? == voter;
        let refused = !accepted.get(statement).context("a statement's verdict")?;
        counted.own += usize::from(own);
        counted.on_refused += usize::from(refused);
        counted.refused += usize::from(own || refused);
        if !own && !refused {
            last.insert((statement, voter), vote);
        }
    }
    for ((statement, _), vote) in last {
        if vote == "1" {
            *counted.tallies.entry(statement.to_owned()).or_default() += 1;
        }
    }
    Ok(counted)
}
