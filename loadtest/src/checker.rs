//! The judge of every run: what all clients sent and received, against the journal.
//!
//! It is a second opinion. It shares no code with the server: it reads the journal's written form
//! and the wire's with its own eyes, recomputes what counts, and asks of every message whether it
//! may have been sent at that moment. A run that gave it nothing to look at does not pass.
//!
//! What it promises to find is [`Kind`]; each of them is planted once in its own tests. It leaves
//! to others what one journal and its clients cannot show: the chain, the rights of each role,
//! percentiles.

mod converged;
mod dump;
mod effects;
mod frames;
mod ground;
mod leak;
mod ledger;
mod model;
mod order;
mod patterns;
mod people;
mod recorded;
mod report;
mod seen;
mod shape;
mod taken;
mod view;
mod votes;

#[cfg(test)]
mod evening;
#[cfg(test)]
mod planted;

use serde_json::Value;

pub use dump::{By, Dump, Entry, Recorded};
pub use frames::{Difference, same_public_frames};
pub use ground::Clock;
pub use order::{Cursors, Position};
pub use report::{Checked, Kind, Place, Report, Violation};

use crate::history::History;
use ground::Ground;

/// The evidence of one session.
pub struct Case<'a> {
    /// What the clients saw.
    pub history: &'a History,
    /// What the journal holds at the end.
    pub journal: &'a Dump,
    /// The public board at the end: a `snapshot`, as the public gets it.
    pub board: Option<&'a Value>,
    /// All questions at the end as the desk sees them: `{"questions": […]}`.
    pub desk: Option<&'a Value>,
    /// What the checker may assume.
    pub rules: Rules<'a>,
}

impl<'a> Case<'a> {
    /// A case with the strictest assumptions, and without what was shown at the end.
    pub fn new(history: &'a History, journal: &'a Dump) -> Self {
        Self { history, journal, board: None, desk: None, rules: Rules::default() }
    }
}

/// What the checker may assume of a run.
pub struct Rules<'a> {
    /// Every client that sent anything is in the history. Without it nothing is `invented`, and
    /// counts on their way are not bounded.
    pub everyone_recorded: bool,
    /// The run waited until everything had reached everybody: a client that is connected at the
    /// end and behind is a violation.
    pub settled: bool,
    /// How to read cursors, in a build that knows. Without it places are not checked.
    pub cursors: Option<&'a dyn Cursors>,
    /// Words that stand in texts which nobody may see before they are approved.
    pub canaries: Vec<String>,
    /// Sentences that the server says of itself and that may happen to contain what people type.
    pub public_words: Vec<String>,
    /// Whether the journal's moments mean something in the history.
    pub clock: Clock,
}

impl Default for Rules<'_> {
    fn default() -> Self {
        Self {
            everyone_recorded: true,
            settled: true,
            cursors: None,
            canaries: Vec::new(),
            public_words: Vec::new(),
            clock: Clock::Shared { slack_ms: 0 },
        }
    }
}

/// Judges a run.
#[must_use]
pub fn check(case: &Case) -> Report {
    let mut report = Report::default();
    let ground = Ground::read(case, &mut report);
    report.checked.records = case.history.records.len();
    recorded::check(&ground, &mut report);
    votes::check(&ground, &mut report);
    leak::check(&ground, &mut report);
    order::check(&ground, &mut report);
    effects::check(&ground, &mut report);
    let views = seen::check(&ground, &mut report);
    converged::check(&ground, &views, &mut report);
    for (looked_at, what) in [
        (report.checked.done, "no command got a `done`"),
        (report.checked.public_messages, "nobody of the public received anything"),
        (report.checked.journal_commands, "the journal is empty"),
    ] {
        if looked_at == 0 {
            report.about(Kind::Nothing, Place::Run, "", format!("nothing was checked: {what}"));
        }
    }
    report
}
