//! The journal, read a second time: which commands count, and what became of every question.
//!
//! Positions count commands: position `p` is the state after the first `p` commands of the
//! journal. What was public at which position is kept as a list of steps for each question, so
//! that a frame can be held against every moment it may have come from.

mod fold;
mod question;
mod void;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::dump::{Dump, Recorded};
use super::report::{Kind, Place, Report};

pub(crate) use question::{Question, Shown, State};

/// A command of the journal, with the checker's own opinion of it.
pub(crate) struct Command<'a> {
    pub(crate) place: Place,
    pub(crate) recorded: &'a Recorded,
    pub(crate) counts: bool,
}

/// One row of votes that stands in a command that counts.
pub(crate) struct Row<'a> {
    pub(crate) command: usize,
    pub(crate) person: &'a str,
    pub(crate) question: &'a str,
    pub(crate) on: bool,
    pub(crate) hash: &'a str,
}

/// Everything the journal says, as the checker understands it.
#[derive(Default)]
pub(crate) struct Model<'a> {
    pub(crate) slug: &'a str,
    pub(crate) commands: Vec<Command<'a>>,
    /// Positions in `commands` by command id.
    pub(crate) by_id: HashMap<&'a str, Vec<usize>>,
    pub(crate) questions: BTreeMap<&'a str, Question<'a>>,
    pub(crate) rows: Vec<Row<'a>>,
    /// Indices of `rows` by question and hash.
    pub(crate) rows_by_hash: HashMap<(&'a str, &'a str), Vec<usize>>,
    /// Indices of the rows that moved something, by person and question.
    pub(crate) votes: HashMap<(&'a str, &'a str), Vec<usize>>,
    /// What is on air from each position on.
    pub(crate) stage: Vec<(usize, Option<&'a str>)>,
    /// Texts that everybody may see and that belong to no question: titles, offices, answers.
    pub(crate) public_words: Vec<(usize, &'a str)>,
    /// Persons that the journal names.
    pub(crate) persons: HashSet<&'a str>,
    /// Answers and retractions travel in public questions; this is when a text was taken back.
    pub(crate) taken_back: BTreeMap<&'a str, usize>,
    state: fold::Running<'a>,
}

impl<'a> Model<'a> {
    /// Reads the whole journal. Disagreements with the server's word go to the report.
    pub(crate) fn read(dump: &'a Dump, report: &mut Report) -> Self {
        let mut model = Self { slug: &dump.session, stage: vec![(0, None)], ..Self::default() };
        let mut resting = void::Resting::default();
        let mut last = None;
        for entry in &dump.entries {
            if last.is_some_and(|last: u64| last + 1 != entry.n) {
                let what = format!("entry {} follows entry {}", entry.n, last.unwrap_or_default());
                report.about(Kind::Journal, Place::Entry(entry.n, 0), &entry.id, what);
            }
            last = Some(entry.n);
            for (index, recorded) in entry.commands.iter().enumerate() {
                let place = Place::Entry(entry.n, index);
                let ours = resting.why_void(&model, recorded);
                let theirs = entry.void.contains(&index);
                if let Some(why) = ours.as_ref().filter(|_| !theirs) {
                    let kind = if why.is_repeat() { Kind::Twice } else { Kind::Void };
                    report.about(kind, place, &recorded.id, format!("counts, although {why}"));
                }
                let counts = ours.is_none() && !theirs;
                report.checked.journal_commands += 1;
                report.checked.void_commands += usize::from(!counts);
                let position = model.commands.len();
                model.by_id.entry(&recorded.id).or_default().push(position);
                model.commands.push(Command { place, recorded, counts });
                if let Some(person) = recorded.by.person() {
                    model.persons.insert(person);
                }
                if counts {
                    resting.counted(recorded);
                    let before = void::measures(&model, recorded);
                    for event in &recorded.events {
                        model.fold(recorded, event, report);
                    }
                    resting.moved(recorded, &before, &void::measures(&model, recorded));
                }
            }
        }
        for (id, question) in model.questions.iter().filter(|(_, question)| !question.taken_back) {
            let silent = |shown: &Shown| shown.text.is_none();
            if question.steps.iter().filter_map(|step| step.shown).any(|shown| silent(&shown)) {
                let what = "public, never taken back, and the journal cannot say its text";
                report.about(Kind::WrongText, Place::End, id, what.to_owned());
            }
        }
        report.checked.vote_rows = model.rows.len();
        model
    }

    /// The command with this id of this person (of anybody, where the person is not known) that
    /// counts.
    pub(crate) fn counted(&self, id: &str, person: Option<&str>) -> Option<usize> {
        self.recorded(id, person).find(|&position| self.commands[position].counts)
    }

    /// All recordings of a command, void ones too.
    pub(crate) fn recorded(&self, id: &str, person: Option<&str>) -> impl Iterator<Item = usize> {
        let positions = self.by_id.get(id).map_or(&[][..], Vec::as_slice);
        positions.iter().copied().filter(move |&position| {
            let by = self.commands[position].recorded.by.person();
            person.is_none() || by.is_none() || by == person
        })
    }

    /// How many persons support a question at the end.
    pub(crate) fn support(&self) -> HashMap<&'a str, usize> {
        let mut support: HashMap<&str, usize> = HashMap::new();
        for (&(_, question), rows) in &self.votes {
            if rows.last().is_some_and(|&row| self.rows[row].on) {
                *support.entry(question).or_default() += 1;
            }
        }
        support
    }

    /// Whether a person supported (or did not support) a question at some position of a range.
    pub(crate) fn vote_was(&self, person: &str, question: &str, on: bool, range: Span) -> bool {
        let rows = self.votes.get(&(person, question)).map_or(&[][..], Vec::as_slice);
        let steps = rows.iter().map(|&row| (self.rows[row].command + 1, self.rows[row].on));
        ever(std::iter::once((0, false)).chain(steps), on, range)
    }

    /// Whether nothing was on air at some position of a range.
    pub(crate) fn stage_was_empty(&self, range: Span) -> bool {
        ever(self.stage.iter().map(|&(from, id)| (from, id.is_none())), true, range)
    }
}

/// Positions from the first to the second, both included.
pub(crate) type Span = (usize, usize);

/// Whether a value that is set at these positions was the wanted one anywhere in a range. Of
/// several at one position the last counts: nobody sees the inside of a command.
fn ever(steps: impl Iterator<Item = (usize, bool)>, wanted: bool, range: Span) -> bool {
    let mut steps = steps.peekable();
    let mut before = None;
    while let Some((from, value)) = steps.next() {
        if from > range.1 {
            break;
        }
        if steps.peek().is_some_and(|&(next, _)| next == from) {
            continue;
        }
        if from <= range.0 {
            before = Some(value);
        } else if value == wanted {
            return true;
        }
    }
    before == Some(wanted)
}

/// A text field, where it is one and its key is still there.
pub(crate) fn text<'v>(value: &'v Value, field: &str) -> Option<&'v str> {
    value.get(field).and_then(Value::as_str)
}

/// A message's `type`. A refusal over HTTP is a problem document, whose own `type` is an address.
pub(crate) fn kind_of(message: &Value) -> Option<&str> {
    let is_problem = message.get("code").is_some() && message.get("title").is_some();
    text(message, "type").filter(|_| !is_problem).or(is_problem.then_some("refused"))
}
