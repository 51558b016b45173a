//! One entry, from what is decided for it to the journal's answer.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::{error, warn};

use super::{Room, answer, fresh};
use crate::hub::alike::{Found, seen_in};
use crate::hub::handle::{BUSY_MS, Reply, Wish};
use crate::journal::{Journal, JournalError, Read, Seq, Unread};
use crate::qa::event::ENTRY_VERSION;
use crate::qa::session::{Applied, Outcome};
use crate::qa::{
    Actor, As, CommandId, Decision, Entry, EntryId, Envelope, Event, On, PersonId, Recorded,
    Refusal, SessionId, Timestamp, VoteRow, World,
};

/// Between two attempts to append the same entry.
const RETRY: Duration = Duration::from_millis(200);

/// How often a command is decided again because what it rested on had moved. Each time somebody
/// else's command counted, so this ends; the bound is against a defect of ours.
const DECISIONS: u8 = 16;

/// The one entry that is being appended, and who waits for it.
pub(super) struct Flight {
    pub(super) id: EntryId,
    pub(super) since: Instant,
    pub(super) waiting: Vec<Waiting>,
    /// What had been applied when it was decided; `None` while a key is owed its erasure, which may come
    /// before the entry does.
    after: Option<Seq>,
    /// An acknowledgement was lost: whatever fails after that, the entry may stand.
    is_unknown: bool,
    /// `None` once the journal has said yes; the entry is applied when the tail brings it.
    append: Option<BoxFuture<'static, Appended>>,
    /// The entry, once the journal has said yes.
    appended: Option<Entry>,
}

/// The entry comes back with the answer, since after an error the same one is appended again.
pub(super) type Appended = (Entry, Result<Seq, JournalError>);

/// Somebody who waits for a recorded command.
pub(super) struct Waiting {
    /// Which command of the entry; votes share one.
    pub(super) command: usize,
    pub(super) asked: Asked,
}

impl Waiting {
    /// Whose command it is; `None`: the house's.
    fn person(&self) -> Option<PersonId> {
        match &self.asked {
            Asked::Wish(wish) => Some(wish.envelope.caller.person),
            Asked::House(_) => None,
        }
    }
}

pub(super) enum Asked {
    Wish(Box<Wish>),
    House(oneshot::Sender<Reply>),
}

impl Room {
    /// Decides what waits and sends it off as one entry, unless one is under way.
    pub(super) fn fly(&mut self) {
        if self.flight.is_some() {
            return;
        }
        let now = (self.clock)().max(self.session.last_at());
        let mut commands = Vec::new();
        let mut waiting = Vec::new();
        for (events, id, reply) in std::mem::take(&mut self.founding) {
            waiting.push(Waiting { command: commands.len(), asked: Asked::House(reply) });
            let by = Actor::House;
            commands.push(Recorded { id, by, at: now, on: vec![], head: None, events });
        }
        if commands.is_empty() {
            self.decide_all(now, &mut commands, &mut waiting);
            self.decide_due(now, &mut commands);
        }
        if commands.is_empty() {
            return;
        }
        let entry = Entry { v: ENTRY_VERSION, id: EntryId(fresh()), commands };
        let id = entry.id;
        let append = Some(append(self.journal.clone(), self.session.id(), entry));
        let (since, after) = (Instant::now(), self.owed.is_empty().then_some(self.seq));
        let (is_unknown, appended) = (false, None);
        self.flight = Some(Flight { id, since, waiting, after, is_unknown, append, appended });
    }

    fn decide_all(
        &mut self,
        now: Timestamp,
        commands: &mut Vec<Recorded>,
        waiting: &mut Vec<Waiting>,
    ) {
        let missing = self.missing();
        let mut rows = Vec::new();
        let mut voters = Vec::new();
        let mut busy = BTreeSet::new();
        let mut later = VecDeque::new();
        // Whoever voted and then sent something else is heard in that order: the urn is taken after all
        // else has come, and comes first.
        let votes = self.votes();
        let all = self.later.drain(..).chain(votes).chain(self.inbox.drain(..));
        let (desk, crowd): (Vec<_>, Vec<_>) =
            all.partition(|wish| wish.envelope.caller.acts == As::Staff);
        for mut wish in desk.into_iter().chain(crowd) {
            let person = wish.envelope.caller.person;
            // A person's next command waits for the outcome of the one before, so that nobody is
            // refused for their own haste, and no quota is outrun.
            if busy.contains(&person) {
                later.push_back(wish);
                continue;
            }
            let found = self.alike.find(&wish);
            match self.decide(&wish, (now, &missing), found.as_ref()) {
                Ok(Decision::Done) => {
                    let reply = self.done(&wish);
                    self.reply(wish, reply);
                }
                Err(refusal) => {
                    let reply = self.refused(wish.envelope.caller, refusal);
                    self.reply(wish, reply);
                }
                Ok(Decision::Record { on, events }) => match as_vote(&events) {
                    Some(row) => {
                        rows.push(row);
                        voters.push(wish);
                    }
                    None => {
                        busy.insert(person);
                        if let Some((found, seen)) = found.zip(wish.seen.take()) {
                            self.alike.expect(found, *seen, self.session.policy(), now);
                        }
                        let command = commands.len();
                        commands.push(self.recorded(&wish.envelope, now, on, events));
                        waiting.push(Waiting { command, asked: Asked::Wish(wish) });
                    }
                },
            }
        }
        self.later = later;
        if !rows.is_empty() {
            let command = commands.len();
            let votes = |wish| Waiting { command, asked: Asked::Wish(wish) };
            waiting.extend(voters.into_iter().map(votes));
            commands.push(Recorded {
                id: CommandId(fresh()),
                by: Actor::Crowd,
                at: now,
                on: vec![],
                head: None,
                events: vec![Event::VotesCast { rows }],
            });
        }
    }

    pub(super) fn decide(
        &self,
        wish: &Wish,
        (now, missing): (Timestamp, &[&'static str]),
        found: Option<&Found>,
    ) -> Result<Decision, Refusal> {
        if wish.decided >= DECISIONS {
            return Err(Refusal::Busy { retry_after_ms: BUSY_MS });
        }
        let unconfirmed = self.fanout.unconfirmed();
        let policy = self.session.policy();
        let campaign = found.and_then(|found| self.alike.campaign(found, policy, now));
        let head = self.chain.head();
        let world = World { now, head, missing, unconfirmed, campaign };
        self.session.decide(&wish.envelope, &world)
    }

    fn recorded(
        &self,
        envelope: &Envelope,
        at: Timestamp,
        on: Vec<On>,
        events: Vec<Event>,
    ) -> Recorded {
        let person = envelope.caller.person;
        let (by, head) = match envelope.caller.acts {
            As::Citizen => (Actor::Citizen(person), None),
            As::Staff => (Actor::Staff(person), Some(self.chain.head())),
        };
        Recorded { id: envelope.id, by, at, on, head, events }
    }

    fn decide_due(&mut self, now: Timestamp, commands: &mut Vec<Recorded>) {
        let may = |id| self.alike.may_pass(id);
        let mut due = self.session.due_of(now, &self.missing(), may);
        // Alone in its entry: nothing is sealed under a key in the moment in which it goes.
        if commands.is_empty() && std::mem::take(&mut self.may_forget) {
            due = due.or_else(|| self.session.forgetting(now));
        }
        if let Some(due) = due {
            let (id, on, events) = (CommandId(fresh()), due.on, due.events);
            commands.push(Recorded { id, by: Actor::Clock, at: now, on, head: None, events });
        }
    }

    /// What the tail has brought. An entry of our own is not read from its bytes again, unless a key may
    /// have been erased since: by another that came between, or because one was owed.
    pub(super) fn read(&mut self, unread: Unread) -> Result<Read<Event>, JournalError> {
        let own = self.flight.as_mut().filter(|flight| flight.id == unread.id());
        let own = own.filter(|flight| flight.after == Some(self.seq));
        match own.and_then(|flight| flight.appended.take()) {
            Some(entry) => Ok(unread.appended(entry)),
            None => unread.open(),
        }
    }

    /// The journal has answered. An entry of which it is certain that it does not stand is given up:
    /// who waits tries again, or not. One that may stand is appended until it is known.
    pub(super) fn landed(&mut self, (entry, result): Appended) -> bool {
        let Some(flight) = &mut self.flight else { return true };
        let id = self.session.id();
        let fault = match result {
            Ok(_) => {
                flight.appended = Some(entry); // It is applied when the tail brings it.
                return true;
            }
            Err(fault) => fault,
        };
        flight.is_unknown |= matches!(fault, JournalError::Unknown { .. });
        if flight.is_unknown && fault.retryable() {
            warn!(session.id = %id, error = %fault, "session `{id}` appends again");
            let journal = self.journal.clone();
            flight.append = Some(Box::pin(async move {
                tokio::time::sleep(RETRY).await;
                append(journal, id, entry).await
            }));
            return true;
        }
        error!(session.id = %id, error = %fault, "session `{id}` cannot record");
        let reply = if flight.is_unknown { Reply::Unknown } else { Reply::busy() };
        for waiting in self.flight.take().into_iter().flat_map(|flight| flight.waiting) {
            match waiting.asked {
                Asked::Wish(wish) => {
                    self.unexpect(&wish);
                    self.reply(wish, reply.clone());
                }
                Asked::House(house) => answer(house, reply.clone()),
            }
        }
        fault.retryable()
    }

    /// What somebody's commands of this entry came to. What is told to one person lies together, their
    /// own first: so a shard that is handed thousands of answers comes by each seat once.
    pub(super) fn landed_as(&mut self, applied: &Applied, waiting: Vec<Waiting>) {
        let is_moved = |waiting: &Waiting| {
            matches!(applied.outcomes.get(waiting.command), Some(Outcome::Moved))
        };
        let (moved, mut counted): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_moved);
        moved.into_iter().rev().for_each(|waiting| self.again(waiting));
        // The house has nothing of its own: it is answered when everybody has been told.
        counted.sort_by_cached_key(|waiting| (waiting.person().is_none(), waiting.person()));
        let mut counted = counted.into_iter().peekable();
        for own in applied.changes.own.chunk_by(|one, other| one.0 == other.0) {
            self.fanout.tell_own(&self.session, own);
            let told = own.first().map(|(person, _)| *person);
            let is_next =
                |waiting: &Waiting| waiting.person().is_some() && waiting.person() <= told;
            while let Some(waiting) = counted.next_if(is_next) {
                self.counted(waiting);
            }
        }
        self.fanout.tell_ended(&applied.changes);
        counted.for_each(|waiting| self.counted(waiting));
    }

    fn counted(&mut self, waiting: Waiting) {
        match waiting.asked {
            Asked::Wish(wish) => {
                self.unexpect(&wish);
                let reply = self.done(&wish);
                self.reply(wish, reply);
            }
            Asked::House(reply) => answer(reply, Reply::done()),
        }
    }

    /// What it rested on had moved: decided again on the new state, before what came later.
    pub(super) fn again(&mut self, waiting: Waiting) {
        match waiting.asked {
            Asked::Wish(mut wish) => {
                self.unexpect(&wish);
                wish.decided += 1;
                wish.seen = seen_in(&wish.envelope.command);
                self.later.push_front(wish);
            }
            Asked::House(reply) => answer(reply, Reply::refused(Refusal::Stale { question: None })),
        }
    }
}

fn append(journal: Journal, id: SessionId, mut entry: Entry) -> BoxFuture<'static, Appended> {
    Box::pin(async move {
        let result = journal.append(id, &mut entry).await;
        (entry, result)
    })
}

pub(super) async fn landing(flight: &mut Option<Flight>) -> Appended {
    let Some(append) = flight.as_mut().and_then(|flight| flight.append.as_mut()) else {
        return std::future::pending().await;
    };
    let appended = append.await;
    if let Some(flight) = flight {
        flight.append = None;
    }
    appended
}

/// A single vote, which travels with those of the same moment.
fn as_vote(events: &[Event]) -> Option<VoteRow> {
    match events {
        [Event::VotesCast { rows }] => rows.first().copied(),
        _ => None,
    }
}
