//! The files of a recorded evening.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

/// What people decided on a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i8")]
pub enum Verdict {
    /// 1.
    Accepted,
    /// 0: nobody decided.
    Open,
    /// -1.
    Refused,
}

impl TryFrom<i8> for Verdict {
    type Error = String;

    fn try_from(number: i8) -> Result<Self, String> {
        match number {
            1 => Ok(Self::Accepted),
            0 => Ok(Self::Open),
            -1 => Ok(Self::Refused),
            other => Err(format!("a verdict is 1, 0 or -1, not {other}")),
        }
    }
}

/// What somebody said.
#[derive(Debug, Clone, Deserialize)]
pub struct Statement {
    /// Its number.
    pub id: String,
    /// When, in milliseconds since 1970.
    pub ts: u64,
    /// By whom.
    pub author: String,
    /// Words.
    pub text: String,
    /// What people decided on it.
    #[serde(rename = "moderated")]
    pub verdict: Verdict,
}

/// One vote.
#[derive(Debug, Clone)]
pub struct Vote {
    /// When, in milliseconds since 1970.
    pub ts: u64,
    /// On which statement.
    pub statement: String,
    /// By whom.
    pub voter: String,
    /// For it; not so sure and against are off.
    pub on: bool,
}

/// A recorded evening.
#[derive(Debug, Clone)]
pub struct Recording {
    /// By time.
    pub statements: Vec<Statement>,
    /// By time.
    pub votes: Vec<Vote>,
}

impl Recording {
    /// Reads both files.
    ///
    /// # Errors
    /// When one cannot be read, naming the line.
    pub fn read(statements: &Path, votes: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(statements)
            .with_context(|| format!("failed to read {}", statements.display()))?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let said = (1..).zip(lines).map(|(number, line)| {
            serde_json::from_str(line).with_context(|| format!("line {number} is no statement"))
        });
        let mut said = said.collect::<anyhow::Result<Vec<Statement>>>()?;
        said.sort_by_key(|statement| statement.ts);
        let text = std::fs::read_to_string(votes)
            .with_context(|| format!("failed to read {}", votes.display()))?;
        let cast = (1..).zip(text.lines()).skip(1).map(|(number, line)| {
            vote(line).with_context(|| format!("line {number} is no vote: {line}"))
        });
        let mut cast = cast.collect::<anyhow::Result<Vec<_>>>()?;
        cast.sort_by_key(|vote| vote.ts);
        Ok(Self { statements: said, votes: cast })
    }

    /// Everybody who said something or voted.
    pub fn people(&self) -> BTreeSet<&str> {
        let authors = self.statements.iter().map(|statement| &*statement.author);
        authors.chain(self.votes.iter().map(|vote| &*vote.voter)).collect()
    }

    /// When it began.
    pub fn origin(&self) -> u64 {
        let first = self.statements.first().map(|statement| statement.ts);
        first.into_iter().chain(self.votes.first().map(|vote| vote.ts)).min().unwrap_or_default()
    }

    /// Each person's votes on each statement, in order.
    pub fn by_pair(&self) -> BTreeMap<(&str, &str), Vec<&Vote>> {
        let mut pairs: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for vote in &self.votes {
            pairs.entry((&*vote.voter, &*vote.statement)).or_default().push(vote);
        }
        pairs
    }

    /// A statement by its number.
    pub fn statement(&self, id: &str) -> Option<&Statement> {
        self.statements.iter().find(|statement| statement.id == id)
    }
}

fn vote(line: &str) -> anyhow::Result<Vote> {
    let mut fields = line.trim().split(',');
    let mut next = || fields.next().context("four fields are expected");
    let (ts, statement, voter, vote) = (next()?, next()?, next()?, next()?);
    let on = vote.parse::<i8>()? == 1;
    Ok(Vote { ts: ts.parse()?, statement: statement.to_owned(), voter: voter.to_owned(), on })
}
