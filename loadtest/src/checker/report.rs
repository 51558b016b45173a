//! What the checker found, for programs and for people.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// Bound: violations of one kind that are kept whole. A run that fails a hundred thousand times
/// fails for one reason; the rest is counted.
const KEPT: usize = 1000;

/// Bound: violations of one kind that a person is shown.
const SHOWN: usize = 10;

/// What can be wrong with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A `done` whose command does not count in the journal.
    Lost,
    /// A command that counts twice.
    Twice,
    /// Refused each time it was sent, and it counts.
    RefusedButRecorded,
    /// It got `done`, was sent again, and was refused by the rules.
    DoneThenRefused,
    /// The journal holds what no client sent, or something else than what was sent.
    Invented,
    /// A question ended with more votes than persons who support it.
    VoteTwice,
    /// A count that no order of the votes sent explains.
    Tally,
    /// A byte to the public that nobody approved.
    Leak,
    /// A question shown with a text or name that is not, or no longer, the approved one.
    WrongText,
    /// A question shown in a state it did not have.
    WrongState,
    /// A text that was taken back, shown again.
    TakenBack,
    /// Places skipped, repeated, or gone backwards.
    Order,
    /// Two on air, or the stage and the questions disagree.
    OnAir,
    /// A `done` that came before what it stands for.
    DoneBeforeEffect,
    /// At the end somebody looks at another picture.
    Converged,
    /// Not exactly one reply for a command sent.
    Reply,
    /// One id for two different commands, after the first was `done`: the second is swallowed.
    DoubleId,
    /// The journal says that a command counts which rests on something that had moved.
    Void,
    /// The journal cannot be read as one: a gap, or an event that the checker was not taught.
    Journal,
    /// Nothing was checked.
    Nothing,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "lost",
            Self::Twice => "twice",
            Self::RefusedButRecorded => "refused_but_recorded",
            Self::DoneThenRefused => "done_then_refused",
            Self::Invented => "invented",
            Self::VoteTwice => "vote_twice",
            Self::Tally => "tally",
            Self::Leak => "leak",
            Self::WrongText => "wrong_text",
            Self::WrongState => "wrong_state",
            Self::TakenBack => "taken_back",
            Self::Order => "order",
            Self::OnAir => "on_air",
            Self::DoneBeforeEffect => "done_before_effect",
            Self::Converged => "converged",
            Self::Reply => "reply",
            Self::DoubleId => "double_id",
            Self::Void => "void",
            Self::Journal => "journal",
            Self::Nothing => "nothing",
        })
    }
}

/// Where in the evidence to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The history's record with this number, counted from 1 as lines are.
    Record(usize),
    /// The command with this index in the journal's entry with this number.
    Entry(u64, usize),
    /// What was shown at the end.
    End,
    /// The run as a whole.
    Run,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(number) => write!(f, "record {number}"),
            Self::Entry(n, command) => write!(f, "entry {n}, command {command}"),
            Self::End => f.write_str("at the end"),
            Self::Run => f.write_str("the run"),
        }
    }
}

/// One thing that must not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which promise is broken.
    pub kind: Kind,
    /// Whose, if it is one client's.
    pub client: Option<String>,
    /// The command or question it is about.
    pub subject: Option<String>,
    /// Where to look.
    pub place: Place,
    /// What happened, in a sentence.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.kind, self.place)?;
        if let Some(client) = &self.client {
            write!(f, ", {client}")?;
        }
        if let Some(subject) = &self.subject {
            write!(f, ", {subject}")?;
        }
        write!(f, "): {}", self.what)
    }
}

/// How much of everything was looked at. Small numbers are a reason to distrust a clean report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each field is a line of the report")]
pub struct Checked {
    pub records: usize,
    pub clients: usize,
    pub journal_commands: usize,
    pub void_commands: usize,
    pub vote_rows: usize,
    pub sent: usize,
    pub done: usize,
    pub done_without_effect: usize,
    pub refused: usize,
    pub unknown_recorded: usize,
    pub unknown_absent: usize,
    pub public_messages: usize,
    pub public_bytes: usize,
    pub secrets: usize,
    pub questions_shown: usize,
    pub places: usize,
    pub tallies: usize,
    pub final_votes: usize,
    pub converged: usize,
}

/// The checker's judgement of a run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// What was looked at.
    pub checked: Checked,
    /// What was found, at most a thousand of each kind.
    pub violations: Vec<Violation>,
    /// How many of each kind there were.
    pub found: BTreeMap<Kind, usize>,
}

impl Report {
    /// Whether nothing was found. A run in which nothing happened is not clean.
    pub fn is_clean(&self) -> bool {
        self.found.is_empty()
    }

    /// The kinds that were found.
    pub fn kinds(&self) -> Vec<Kind> {
        self.found.keys().copied().collect()
    }

    pub(crate) fn add(&mut self, violation: Violation) {
        let found = self.found.entry(violation.kind).or_default();
        *found += 1;
        if *found <= KEPT {
            self.violations.push(violation);
        }
    }

    /// Something in the history, at the record with this index.
    pub(crate) fn at(
        &mut self,
        kind: Kind,
        index: usize,
        client: &str,
        subject: Option<&str>,
        what: String,
    ) {
        self.add(Violation {
            kind,
            client: Some(client.to_owned()),
            subject: subject.map(str::to_owned),
            place: Place::Record(index + 1),
            what,
        });
    }

    /// Something about a command or question, elsewhere.
    pub(crate) fn about(&mut self, kind: Kind, place: Place, subject: &str, what: String) {
        let subject = Some(subject.to_owned()).filter(|subject| !subject.is_empty());
        self.add(Violation { kind, client: None, subject, place, what });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = &self.checked;
        for (number, what) in [
            (c.records, "records"),
            (c.clients, "clients"),
            (c.journal_commands, "commands in the journal"),
            (c.void_commands, "of them void"),
            (c.vote_rows, "rows of votes"),
            (c.sent, "commands sent"),
            (c.done, "done"),
            (c.done_without_effect, "of them rightly without effect"),
            (c.refused, "refused"),
            (c.unknown_recorded, "unknown, and recorded"),
            (c.unknown_absent, "unknown, and not recorded"),
            (c.public_messages, "public messages"),
            (c.public_bytes, "bytes in them"),
            (c.secrets, "secrets looked for"),
            (c.questions_shown, "questions shown"),
            (c.places, "places"),
            (c.tallies, "counts received"),
            (c.final_votes, "votes at the end"),
            (c.converged, "clients compared with the end"),
        ] {
            writeln!(f, "{number:>12} {what}")?;
        }
        for (kind, found) in &self.found {
            writeln!(f, "{kind}: {found}")?;
            let those = self.violations.iter().filter(|violation| violation.kind == *kind);
            for violation in those.take(SHOWN) {
                writeln!(f, "  {violation}")?;
            }
        }
        let total: usize = self.found.values().sum();
        match total {
            0 => f.write_str("clean: nothing that must not be"),
            1 => f.write_str("1 violation"),
            _ => write!(f, "{total} violations"),
        }
    }
}
