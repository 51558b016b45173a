//! What all checks stand on: the journal's picture, the wishes, and what can have caused what.

use super::Case;
use super::ledger::Ledger;
use super::model::{Model, Span};
use super::people::People;
use super::report::Report;
use crate::history::Record;

/// How the journal's moments compare with the history's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Server and recorder read the same clock, up to so many milliseconds. Used only for what no
    /// recorded client sent, such as an approval by time.
    Shared {
        /// How far they may differ.
        slack_ms: u64,
    },
    /// They have nothing to do with each other, as in a simulation.
    Unrelated,
}

/// The evidence, read and put in relation.
pub(crate) struct Ground<'a> {
    pub(crate) case: &'a Case<'a>,
    pub(crate) model: Model<'a>,
    pub(crate) people: People<'a>,
    pub(crate) ledger: Ledger<'a>,
    /// For each command of the journal: no message before the record with this index can show it.
    earliest: Vec<usize>,
    /// Index of a record that says `done`, and the position that the journal had reached by then.
    reached: Vec<(usize, usize)>,
}

impl<'a> Ground<'a> {
    pub(crate) fn read(case: &'a Case<'a>, report: &mut Report) -> Self {
        let model = Model::read(case.journal, report);
        let people = People::read(case.history, &model);
        let ledger = Ledger::read(case.history, model.slug, &people, report);
        let earliest = earliest(case, &model, &ledger);
        let mut ground = Self { case, model, people, ledger, earliest, reached: Vec::new() };
        ground.reached = ground.reached();
        ground
    }

    /// The session's records, each with its index.
    pub(crate) fn records(&self) -> impl Iterator<Item = (usize, &'a Record)> {
        let slug = self.model.slug;
        let records = self.case.history.records.iter().enumerate();
        records.filter(move |(_, record)| &*record.session == slug)
    }

    /// No message before this record can show what this command did.
    pub(crate) fn earliest(&self, command: usize) -> usize {
        self.earliest.get(command).copied().unwrap_or_default()
    }

    /// The positions at which a command that got its `done` can have been decided.
    pub(crate) fn decided(&self, sent: usize, done: usize) -> Span {
        let before = self.reached.partition_point(|&(index, _)| index < sent);
        let low = before.checked_sub(1).map_or(0, |last| self.reached[last].1);
        let high = self.earliest.partition_point(|&earliest| earliest <= done);
        (low, high.max(low))
    }

    /// Where a wish counts in the journal.
    pub(crate) fn counted(&self, wish: &super::ledger::Wish<'a>) -> Option<usize> {
        let person = self.people.of(wish.client);
        if wish.kind() != "vote" {
            return self.model.counted(wish.id, person);
        }
        let rows = self.model.rows_by_hash.get(&(wish.question()?, wish.hash.as_deref()?))?;
        let rows = rows.iter().map(|&row| &self.model.rows[row]);
        let mut ours = rows.filter(|row| person.is_none_or(|person| row.person == person));
        ours.next().map(|row| row.command)
    }

    fn reached(&self) -> Vec<(usize, usize)> {
        let mut reached = Vec::new();
        for wish in &self.ledger.wishes {
            if let (Some(done), Some(command)) = (wish.done(), self.counted(wish)) {
                reached.push((done.index, command + 1));
            }
        }
        reached.sort_unstable();
        let mut most = 0;
        for (_, position) in &mut reached {
            most = most.max(*position);
            *position = most;
        }
        reached
    }
}

/// A command can show only after it was sent, and after everything before it in the journal.
fn earliest(case: &Case, model: &Model, ledger: &Ledger) -> Vec<usize> {
    let mut latest = 0;
    let times: Vec<u64> = case
        .history
        .records
        .iter()
        .map(|record| {
            latest = record.t.max(latest);
            latest
        })
        .collect();
    let mut votes = std::collections::HashMap::new();
    for wish in &ledger.wishes {
        if let (Some(question), Some(hash)) = (wish.question(), &wish.hash) {
            votes.entry((question, &**hash)).or_insert_with(|| wish.first_sent());
        }
    }
    let mut rows = model.rows.iter().peekable();
    let mut most = 0;
    let mut earliest = Vec::with_capacity(model.commands.len());
    for (position, command) in model.commands.iter().enumerate() {
        let sent = ledger.with_id(&command.recorded.id).map(|wish| wish.first_sent()).min();
        let mut own = sent;
        while let Some(row) = rows.next_if(|row| row.command == position) {
            own = own.max(votes.get(&(row.question, row.hash)).copied());
        }
        let by_time = || match case.rules.clock {
            Clock::Unrelated => 0,
            Clock::Shared { slack_ms } => {
                let at = u64::try_from(command.recorded.at).unwrap_or_default();
                times.partition_point(|&t| t.saturating_add(slack_ms) < at)
            }
        };
        if command.counts {
            most = most.max(own.unwrap_or_else(by_time));
        }
        earliest.push(most);
    }
    earliest
}
