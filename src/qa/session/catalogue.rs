//! The questions of a session, and every order in which they are read.
//!
//! An order is kept, not made when somebody asks for it: with fifty thousand questions a page, a
//! count or the next to be judged costs what it costs with fifty. All of it follows from the
//! questions, so a snapshot of the state does not hold it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Deref};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::people::PersonNumber;
use super::question::{Question, State, Voters};
use crate::qa::id::{QuestionId, Timestamp};

/// A question's place in an order, which begins with the greatest.
pub type Spot = (u64, QuestionId);

/// What questions are put in order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// How many support it.
    Votes,
    /// When it was asked.
    Asked,
    /// Its number; those that are public alone.
    Number,
    /// When it was answered; those that are answered alone.
    Answered,
}

/// All questions, by id, filed in every order.
///
/// Invariant: all else follows from the questions. Two catalogues with the same questions are equal.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    questions: BTreeMap<QuestionId, Question>,
    /// How each of them was filed last.
    cards: BTreeMap<QuestionId, Filed>,
    shelves: [Shelf; State::ALL.len()],
    /// What may wait for the clock: under which policy it was let through, and until when.
    held: BTreeSet<(u32, Timestamp, QuestionId)>,
    /// In order of arrival here: by this a ballot names them.
    arrived: Vec<QuestionId>,
    /// What each person supports, by their number.
    ballots: Vec<Ballot>,
    /// Taken out to be changed, and not yet filed again.
    out: Vec<QuestionId>,
}

/// The questions in one state, in each order.
#[derive(Debug, Clone, Default)]
struct Shelf {
    by_votes: BTreeSet<Spot>,
    by_asked: BTreeSet<Spot>,
    by_number: BTreeSet<Spot>,
    by_answered: BTreeSet<Spot>,
}

#[derive(Debug, Clone, Copy)]
struct Filed {
    /// Its index in `arrived`.
    nth: u32,
    card: Option<Card>,
}

/// What a question is filed by. Structure alone: nothing of it is personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Card {
    state: State,
    votes: u64,
    asked: u64,
    number: Option<u64>,
    answered: Option<u64>,
    held: Option<(u32, Timestamp)>,
}

impl Card {
    fn of(question: &Question) -> Self {
        let state = question.state;
        let number = question.number.filter(|_| state.is_public());
        let answered = question.answered_at.filter(|_| state == State::Answered);
        let held = question.held_until.filter(|_| state == State::Pending);
        Self {
            state,
            votes: question.voters.len().into(),
            asked: moment(question.asked_at),
            number: number.map(u64::from),
            answered: answered.map(moment),
            held: held.map(|until| (question.screened_under, until)),
        }
    }
}

/// Times as they are put in order. A clock before 1970 is none.
fn moment(at: Timestamp) -> u64 {
    u64::try_from(at.0).unwrap_or(0)
}

impl PartialEq for Catalogue {
    fn eq(&self, other: &Self) -> bool {
        self.questions == other.questions
    }
}

impl Eq for Catalogue {}

impl Deref for Catalogue {
    type Target = BTreeMap<QuestionId, Question>;

    fn deref(&self) -> &Self::Target {
        &self.questions
    }
}

impl Catalogue {
    /// How many questions are in a state.
    pub fn count(&self, state: State) -> usize {
        self.shelf(state).by_asked.len()
    }

    /// At most so many of the questions in these states, the greatest first; behind a spot.
    pub fn first(
        &self,
        by: By,
        states: impl IntoIterator<Item = State>,
        behind: Option<Spot>,
        most: usize,
    ) -> Vec<Spot> {
        let end = behind.map_or(Bound::Unbounded, Bound::Excluded);
        let mut found: Vec<Spot> = Vec::new();
        for state in states {
            let order = self.shelf(state).by(by).range((Bound::Unbounded, end));
            found.extend(order.rev().take(most));
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.truncate(most);
        found
    }

    /// Those that wait to be judged, who have waited longest first; behind the one named.
    pub fn waiting(&self, behind: Option<QuestionId>) -> impl Iterator<Item = &Question> {
        let spot = behind.and_then(|id| Some((moment(self.get(&id)?.asked_at), id)));
        let from = spot.map_or(Bound::Unbounded, Bound::Excluded);
        let waiting = self.shelf(State::Pending).by_asked.range((from, Bound::Unbounded));
        waiting.filter_map(|(_, id)| self.get(id))
    }

    /// Those that wait with a time set, whatever policy set it.
    pub fn held(&self) -> impl Iterator<Item = QuestionId> {
        self.held.iter().map(|(_, _, id)| *id)
    }

    /// Those of them that this policy let through, the soonest first.
    pub fn held_under(&self, policy: u32) -> impl Iterator<Item = &Question> {
        let first = (policy, Timestamp(i64::MIN), QuestionId::from_u128(0));
        let held = self.held.range(first..).take_while(move |(under, _, _)| *under == policy);
        held.filter_map(|(_, _, id)| self.get(id))
    }

    /// What somebody supports.
    pub fn supported_by(&self, person: PersonNumber) -> impl Iterator<Item = QuestionId> {
        let ballot = self.ballots.get(person.0 as usize).into_iter();
        let marked = ballot.flat_map(Ballot::marked);
        marked.filter_map(|nth| self.arrived.get(nth as usize)).copied()
    }

    fn shelf(&self, state: State) -> &Shelf {
        &self.shelves[state as usize]
    }

    /// Adds one. Ids are never given twice: see `Session::takes_a_name`.
    pub(super) fn insert(&mut self, question: Question) {
        self.out.push(question.id);
        self.arrive(question.id);
        self.questions.insert(question.id, question);
    }

    fn arrive(&mut self, id: QuestionId) {
        let nth = u32::try_from(self.arrived.len()).unwrap_or(u32::MAX);
        if let Entry::Vacant(slot) = self.cards.entry(id) {
            slot.insert(Filed { nth, card: None });
            self.arrived.push(id);
        }
    }

    /// One, to be changed in anything but its voters.
    pub(super) fn get_mut(&mut self, id: &QuestionId) -> Option<&mut Question> {
        let question = self.questions.get_mut(id)?;
        self.out.push(*id);
        Some(question)
    }

    /// All, for what they are not filed by: their texts.
    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut Question> {
        self.questions.values_mut()
    }

    /// Sets one person's vote; says whether that changed anything.
    pub(super) fn vote(&mut self, id: QuestionId, person: PersonNumber, on: bool) -> bool {
        let question = self.questions.get_mut(&id);
        let filed = self.cards.get(&id);
        let (Some(question), Some(filed)) = (question, filed) else { return false };
        let changed = question.voters.set(person, on);
        if changed {
            let at = person.0 as usize;
            if at >= self.ballots.len() {
                self.ballots.resize_with(at + 1, Ballot::default);
            }
            self.ballots[at].mark(filed.nth, on);
            self.out.push(id);
        }
        changed
    }

    /// Puts all that were taken out where they belong now.
    pub(super) fn file(&mut self) {
        let mut out = std::mem::take(&mut self.out);
        out.sort_unstable();
        out.dedup();
        out.iter().for_each(|id| self.put_back(*id));
        out.clear();
        self.out = out;
    }

    fn put_back(&mut self, id: QuestionId) {
        let (Some(question), Some(filed)) = (self.questions.get(&id), self.cards.get_mut(&id))
        else {
            return;
        };
        let now = Card::of(question);
        let before = filed.card.replace(now);
        if before == Some(now) {
            return;
        }
        let stays = before.filter(|before| before.state == now.state);
        if let Some(gone) = before.filter(|_| stays.is_none()) {
            self.shelves[gone.state as usize].file(id, Some(&gone), None);
        }
        self.shelves[now.state as usize].file(id, stays.as_ref(), Some(&now));
        if let Some((under, until)) = before.and_then(|before| before.held) {
            self.held.remove(&(under, until, id));
        }
        if let Some((under, until)) = now.held {
            self.held.insert((under, until, id));
        }
    }

    /// Fills the ballots from the questions' voters, thirty-two questions at a time: the votes of a
    /// big evening are millions, and looking up each of them would take a second.
    fn fill_ballots(&mut self) {
        let voters = |id: &QuestionId| self.questions.get(id).map(|question| &question.voters);
        let last = self.arrived.iter().filter_map(voters).filter_map(Voters::last).max();
        let people = last.map_or(0, |last| last.0 as usize + 1);
        let mut ballots = vec![Ballot::default(); people];
        let mut marks = vec![0_u32; people];
        for (block, ids) in (0..).zip(self.arrived.chunks(Ballot::BLOCK)) {
            for (bit, voters) in ids.iter().enumerate().map(|(bit, id)| (bit, voters(id))) {
                for person in voters.into_iter().flat_map(Voters::iter) {
                    marks[person.0 as usize] |= 1 << bit;
                }
            }
            for (ballot, marks) in ballots.iter_mut().zip(&mut marks).filter(|(_, m)| **m != 0) {
                ballot.0.push(Ballot::word(block, std::mem::take(marks)));
            }
        }
        self.ballots = ballots;
    }
}

impl Shelf {
    const fn by(&self, by: By) -> &BTreeSet<Spot> {
        match by {
            By::Votes => &self.by_votes,
            By::Asked => &self.by_asked,
            By::Number => &self.by_number,
            By::Answered => &self.by_answered,
        }
    }

    /// Moves one from where it stood here to where it stands now.
    fn file(&mut self, id: QuestionId, before: Option<&Card>, now: Option<&Card>) {
        let order = |order: &mut BTreeSet<Spot>, key: fn(&Card) -> Option<u64>| {
            let (was, is) = (before.and_then(key), now.and_then(key));
            if was != is {
                was.map(|key| order.remove(&(key, id)));
                is.map(|key| order.insert((key, id)));
            }
        };
        order(&mut self.by_votes, |card| Some(card.votes));
        order(&mut self.by_asked, |card| Some(card.asked));
        order(&mut self.by_number, |card| card.number);
        order(&mut self.by_answered, |card| card.answered);
    }
}

/// What one person supports: a word for each block of thirty-two questions that arrived one after
/// the other. The block stands in its upper half, the marks in its lower; none is empty. Whoever
/// supports few questions has a word for each, whoever supports all a bit for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Ballot(Vec<u64>);

impl Ballot {
    const BLOCK: usize = 32;

    fn word(block: u32, marks: u32) -> u64 {
        u64::from(block) << 32 | u64::from(marks)
    }

    fn mark(&mut self, nth: u32, on: bool) {
        let (block, bit) = (u64::from(nth / 32), 1_u64 << (nth % 32));
        let at = self.0.partition_point(|word| word >> 32 < block);
        match self.0.get_mut(at).filter(|word| **word >> 32 == block) {
            Some(word) if on => *word |= bit,
            Some(word) => {
                *word &= !bit;
                if *word == block << 32 {
                    self.0.remove(at);
                }
            }
            None if on => self.0.insert(at, block << 32 | bit),
            None => {}
        }
    }

    fn marked(&self) -> impl Iterator<Item = u32> {
        let block = |word: u64| (0..32).filter(move |bit| word >> bit & 1 == 1);
        let nth = move |word: &u64| {
            let first = u32::try_from(*word >> 32).unwrap_or(u32::MAX).saturating_mul(32);
            block(*word).map(move |bit| first + bit)
        };
        self.0.iter().flat_map(nth)
    }
}

impl Serialize for Catalogue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.questions.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Catalogue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let questions = BTreeMap::<QuestionId, Question>::deserialize(deserializer)?;
        let out: Vec<_> = questions.keys().copied().collect();
        let mut catalogue = Self { questions, ..Self::default() };
        out.iter().for_each(|id| catalogue.arrive(*id));
        catalogue.out = out;
        catalogue.file();
        catalogue.fill_ballots();
        Ok(catalogue)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_ballot_holds_what_was_marked_on_it() {
        let (mut ballot, mut marked) = (Ballot::default(), BTreeSet::new());
        // A walk that comes back: blocks fill, empty and are begun again.
        for step in 0..5_000_u32 {
            let nth = step.wrapping_mul(2_654_435_761) >> 24;
            let on = step % 3 != 0;
            ballot.mark(nth, on);
            if on {
                marked.insert(nth)
            } else {
                marked.remove(&nth)
            };
            assert!(ballot.marked().eq(marked.iter().copied()), "step {step}");
            assert!(ballot.0.iter().all(|word| word & 0xffff_ffff != 0), "an empty block");
        }
        assert!(marked.len() > 50 && ballot.0.len() <= 8, "{} in {}", marked.len(), ballot.0.len());
    }
}
