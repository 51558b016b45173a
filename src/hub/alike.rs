//! What a room knows of its questions beside the record: which are alike, and which one text from
//! many people.
//!
//! Made from the record alone, in the order in which things were asked: after a restart it is made
//! again, a few questions at a time while the room serves. It keeps no text, and of a question
//! whose text goes nothing at all.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::handle::Wish;
use crate::qa::command::Campaign;
use crate::qa::policy::{Duplicates, Policy};
use crate::qa::session::{Question, State};
use crate::qa::view::{self, Alike, Known, MOST_ALIKE, QuestionView};
use crate::qa::{Audience, Command, PersonId, QuestionId, Session, Timestamp};
use crate::screening::similar::{Index, Seen, Similar, WORTH};

/// Bound: questions that are made known in one turn of the room while it catches up; each takes some
/// tens of microseconds.
const SLICE: usize = 16;

/// Bound: questions among which the first copy, or a public one, is looked for.
const NEAREST: usize = 12;

/// Bound: questions of which the desk is told again in one frame.
const RETOLD: usize = 50;

/// The questions of a room as far as they can be compared.
#[derive(Default)]
pub(super) struct AlikeOnes {
    index: Index<QuestionId>,
    known: Known,
    /// Questions made of each other with small changes, under the first of them.
    groups: BTreeMap<QuestionId, Group>,
    /// In which group a question is.
    group_of: BTreeMap<QuestionId, QuestionId>,
    /// Under which others a question may stand in `known.alike`.
    named_by: BTreeMap<QuestionId, BTreeSet<QuestionId>>,
    /// What is not compared yet, in the order in which it was asked.
    behind: VecDeque<QuestionId>,
    /// What the desk does not know yet of questions that it holds.
    untold: BTreeSet<QuestionId>,
}

/// One text, as many have sent it. What is asked of it is answered without looking at all of them.
#[derive(Default)]
struct Group {
    asked: BTreeMap<QuestionId, (Timestamp, PersonId)>,
    /// When each of them sent it last, both ways round.
    last: BTreeMap<PersonId, Timestamp>,
    by_time: BTreeSet<(Timestamp, PersonId)>,
    /// How many of them sent it since a moment: from there it is not far to any moment that is asked
    /// about, however many there are.
    late: (Timestamp, usize),
    /// It was a campaign once, and stays one for the desk.
    is_campaign: bool,
}

impl Group {
    fn add(&mut self, id: QuestionId, at: Timestamp, person: PersonId) {
        self.asked.insert(id, (at, person));
        self.sent(person, self.last.get(&person).map_or(at, |before| at.max(*before)));
    }

    fn remove(&mut self, id: QuestionId) {
        let Some((_, person)) = self.asked.remove(&id) else { return };
        if let Some(at) = self.last.remove(&person) {
            self.drop(at, person);
        }
        let theirs = self.asked.values().filter(|(_, other)| *other == person);
        if let Some(at) = theirs.map(|(at, _)| *at).max() {
            self.sent(person, at);
        }
    }

    fn sent(&mut self, person: PersonId, at: Timestamp) {
        if let Some(before) = self.last.insert(person, at) {
            self.drop(before, person);
        }
        self.by_time.insert((at, person));
        self.late.1 += usize::from(at >= self.late.0);
    }

    fn drop(&mut self, at: Timestamp, person: PersonId) {
        self.by_time.remove(&(at, person));
        self.late.1 -= usize::from(at >= self.late.0);
    }

    /// How many sent it since a moment.
    fn late(&self, since: Timestamp) -> usize {
        let nobody = PersonId::from_u128(0);
        let between = |from, to| self.by_time.range((from, nobody)..(to, nobody)).count();
        let (from, late) = self.late;
        if since < from { late + between(since, from) } else { late - between(from, since) }
    }

    /// From how many people it came since a moment; the next question is about one not far from it.
    fn count_since(&mut self, since: Timestamp) -> u32 {
        self.late = (since, self.late(since));
        count(self.late.1)
    }

    /// From how many people it came since a moment, with one who is about to send it.
    fn since_with(&self, since: Timestamp, with: PersonId) -> u32 {
        let more = self.last.get(&with).is_none_or(|at| *at < since);
        count(self.late(since) + usize::from(more))
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What was found of a text that is about to be asked.
pub(super) struct Found {
    id: QuestionId,
    person: PersonId,
    /// Those worth showing side by side with it, as the desk is told.
    alike: Vec<Alike>,
    /// Those that it was made of, or that were made of it, the nearest first.
    copies: Vec<QuestionId>,
}

/// What a command would have compared, looked at by whoever sends it.
pub(super) fn seen_in(command: &Command) -> Option<Box<Seen>> {
    match command {
        Command::Ask { text, .. } | Command::Edit { text, .. } | Command::Check { text, .. } => {
            Some(Box::new(Seen::of(&text.screening.text)))
        }
        _ => None,
    }
}

impl AlikeOnes {
    /// Nothing yet of a session's questions, and all of them to be looked at.
    pub(super) fn of(session: &Session) -> Self {
        let mut asked: Vec<_> =
            session.questions().map(|question| (question.asked_at, question.id)).collect();
        asked.sort_unstable();
        let behind = asked.into_iter().map(|(_, id)| id).collect();
        Self { behind, ..Self::default() }
    }

    /// What the desk is told.
    pub(super) const fn known(&self) -> &Known {
        &self.known
    }

    /// Whether there are questions that have not been compared yet.
    pub(super) fn is_behind(&self) -> bool {
        !self.behind.is_empty()
    }

    /// Compares some of them.
    pub(super) fn catch_up(&mut self, session: &Session) {
        for _ in 0..SLICE {
            let Some(id) = self.behind.pop_front() else { break };
            self.keep_step(session, id);
            if !self.is_behind() {
                // Whoever sat down meanwhile was told what was known then.
                self.untold = view::first_ids(session, Audience::Desk);
            }
        }
    }

    /// Whether the clock may publish a question that has waited for its time: no campaign's, and
    /// none before that is known.
    pub(super) fn may_pass(&self, id: QuestionId) -> bool {
        !self.is_behind() && !self.known.campaigns.contains_key(&id)
    }

    /// Looks for others like a text that somebody wishes to ask.
    pub(super) fn find(&self, wish: &Wish) -> Option<Found> {
        let (seen, caller) = (wish.seen.as_ref()?, wish.envelope.caller);
        let id = match &wish.envelope.command {
            Command::Edit { question, .. } => *question,
            Command::Ask { .. } => wish.envelope.id.into(),
            _ => return None,
        };
        Some(self.nearest(seen, id, caller.person))
    }

    fn nearest(&self, seen: &Seen, id: QuestionId, person: PersonId) -> Found {
        let (mut alike, mut copies) = (Vec::new(), Vec::new());
        for near in self.index.like(seen, Some(&id), WORTH, NEAREST) {
            let told = (alike.len() < MOST_ALIKE).then(|| near.similar());
            if told.as_ref().map_or_else(|| near.is_copied(), |told| told.copied) {
                copies.push(near.id());
            }
            alike.extend(told.map(alike_as_told));
        }
        Found { id, person, alike, copies }
    }

    /// Whether with this text as many people have sent the same as make a campaign.
    pub(super) fn campaign(
        &self,
        found: &Found,
        policy: &Policy,
        now: Timestamp,
    ) -> Option<Campaign> {
        let least = policy.campaign_people?;
        let first = self.group(found)?;
        let people = self.groups.get(&first)?.since_with(since(policy, now), found.person);
        (people >= least).then_some(Campaign { first, people })
    }

    /// It was decided that this text is asked: it counts from here on, so that of many who ask at
    /// once none slips through. Should it not come to be, [`keep_step`](Self::keep_step) takes it
    /// out.
    pub(super) fn expect(&mut self, found: Found, seen: Seen, policy: &Policy, now: Timestamp) {
        self.forget(found.id);
        self.add(found, seen, Some(now), policy);
    }

    /// Public questions like a text, as the public sees them.
    pub(super) fn public(&self, session: &Session, wish: &Wish) -> Vec<QuestionView> {
        let seen = wish.seen.as_ref().filter(|_| session.policy().duplicates == Duplicates::Both);
        let found = seen.into_iter().flat_map(|seen| self.index.like(seen, None, WORTH, NEAREST));
        let seen = found.filter_map(|near| view::question(session, Audience::Public, near.id()));
        seen.take(MOST_ALIKE).collect()
    }

    /// Makes what is known of a question what the session says of it now.
    pub(super) fn keep_step(&mut self, session: &Session, id: QuestionId) {
        let question = session.question(id).filter(|question| is_compared(question));
        let Some((question, text)) = question.and_then(|q| Some((q, q.desk_text()?))) else {
            self.forget(id);
            return;
        };
        if self.index.get(&id).is_some_and(|seen| seen.is_of(text)) {
            return;
        }
        let seen = Seen::of(text);
        self.forget(id);
        let person = question.asker.unwrap_or_else(|| PersonId::from_u128(0));
        let found = self.nearest(&seen, id, person);
        let asked = question.versions.iter().rev().find(|version| !version.by_desk);
        let at = asked.filter(|_| question.asker.is_some()).map(|version| version.at);
        self.add(found, seen, at, session.policy());
    }

    /// Everything anew: text has gone from everywhere.
    pub(super) fn start_again(&mut self, session: &Session) {
        *self = Self::of(session);
    }

    /// Nobody is at the desk: who comes is told everything.
    pub(super) fn tells_nobody(&mut self) {
        self.untold.clear();
    }

    /// What the desk is to be told again, some at a time.
    pub(super) fn untold(&mut self, session: &Session) -> Vec<QuestionView> {
        let mut told = Vec::new();
        while let Some(id) = self.untold.pop_first() {
            let Some(mut question) = view::question(session, Audience::Desk, id) else { continue };
            self.known.tell(session, &mut question);
            told.push(question);
            if told.len() == RETOLD {
                break;
            }
        }
        told
    }

    /// `at`: when it was asked; `None` for what the desk typed, which counts for no campaign.
    fn add(&mut self, found: Found, seen: Seen, at: Option<Timestamp>, policy: &Policy) {
        if let Some(at) = at {
            self.join(&found, at, policy);
        }
        let Found { id, alike, .. } = found;
        for other in &alike {
            self.named_by.entry(other.id).or_default().insert(id);
            let back =
                Alike { id, here: other.there.clone(), there: other.here.clone(), ..other.clone() };
            if keep_best(self.known.alike.entry(other.id).or_default(), back) {
                self.named_by.entry(id).or_default().insert(other.id);
                self.untold.insert(other.id);
            }
        }
        if !alike.is_empty() {
            self.known.alike.insert(id, alike);
        }
        self.index.put(id, seen);
    }

    /// The group of the nearest one that a text was made of, or that was made of it.
    fn group(&self, found: &Found) -> Option<QuestionId> {
        found.copies.iter().find_map(|other| self.group_of.get(other)).copied()
    }

    fn join(&mut self, found: &Found, at: Timestamp, policy: &Policy) {
        let first = self.group(found).unwrap_or(found.id);
        let group = self.groups.entry(first).or_default();
        group.add(found.id, at, found.person);
        self.group_of.insert(found.id, first);
        let people = group.count_since(since(policy, at));
        let is_campaign = policy.campaign_people.is_some_and(|least| people >= least);
        if is_campaign && !std::mem::replace(&mut group.is_campaign, true) {
            for id in group.asked.keys() {
                self.known.campaigns.insert(*id, first);
                self.untold.insert(*id);
            }
        }
        if group.is_campaign {
            self.known.campaigns.insert(found.id, first);
            self.count(first);
        }
    }

    /// Makes what the desk is told of a campaign what it is now. That of its first question is told
    /// again; with all the others it would be told more often than anybody can read.
    fn count(&mut self, first: QuestionId) {
        let Some(group) = self.groups.get(&first).filter(|group| group.is_campaign) else { return };
        self.known.people.insert(first, count(group.last.len()));
        self.untold.insert(first);
    }

    fn forget(&mut self, id: QuestionId) {
        if self.index.get(&id).is_none() {
            return;
        }
        self.index.remove(&id);
        self.untold.remove(&id);
        for named in self.known.alike.remove(&id).into_iter().flatten() {
            if let Some(by) = self.named_by.get_mut(&named.id) {
                by.remove(&id);
            }
        }
        for other in self.named_by.remove(&id).unwrap_or_default() {
            let Slot::Occupied(mut alike) = self.known.alike.entry(other) else { continue };
            let before = alike.get().len();
            alike.get_mut().retain(|alike| alike.id != id);
            if alike.get().len() < before {
                self.untold.insert(other);
            }
            if alike.get().is_empty() {
                alike.remove();
            }
        }
        self.known.campaigns.remove(&id);
        if let Some(first) = self.group_of.remove(&id)
            && let Some(group) = self.groups.get_mut(&first)
        {
            group.remove(id);
            if group.asked.is_empty() {
                self.groups.remove(&first);
                self.known.people.remove(&first);
            } else {
                self.count(first);
            }
        }
    }
}

/// Whether a question is still one that others are compared with. What was dismissed is: the next of
/// the same campaign is like it, and the desk sees what became of it.
const fn is_compared(question: &Question) -> bool {
    question.taken_back.is_none() && !matches!(question.state, State::Withdrawn)
}

fn since(policy: &Policy, now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::from(policy.campaign_minutes) * 60_000))
}

fn alike_as_told(found: Similar<QuestionId>) -> Alike {
    let Similar { id, score, same, here, there, copied: _ } = found;
    Alike { id, score, same, here, there }
}

/// Adds one where it belongs, if it is among the best. Says whether it is.
fn keep_best(best: &mut Vec<Alike>, one: Alike) -> bool {
    let at = best.partition_point(|other| other.score >= one.score);
    if at >= MOST_ALIKE {
        return false;
    }
    best.insert(at, one);
    best.truncate(MOST_ALIKE);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sent_it_since_a_moment_is_counted_from_wherever_it_was_counted_before() {
        let mut group = Group::default();
        for step in 0..2_000_u32 {
            let chance = step.wrapping_mul(2_654_435_761) >> 8;
            let id = QuestionId::from_u128((chance % 300).into());
            let person = PersonId::from_u128((chance % 90).into());
            let at = Timestamp(i64::from(chance % 1_000));
            if group.asked.contains_key(&id) {
                group.remove(id);
            } else {
                group.add(id, at, person);
            }
            // Mostly on, sometimes back: the policy names another time.
            let since = Timestamp(i64::from(chance % 7 * 150));
            let late = group.last.values().filter(|at| **at >= since).count();
            assert_eq!(group.late(since), late, "step {step}");
            if step % 3 == 0 {
                assert_eq!(group.count_since(since), count(late), "step {step}");
            }
        }
    }
}
