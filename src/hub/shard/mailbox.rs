//! How rooms and errands reach a shard: notes on a pile, and a bell that is rung once.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as StdInstant};

use rustix::event::{EventfdFlags, eventfd};
use tokio::time::Instant;

use super::Newcomer;
use super::errands::Told;
use crate::hub::Reply;
use crate::hub::fanout::Joined;
use crate::hub::live::{PRIVATE, Private};
use crate::qa::CommandId;

/// Something for a shard to do.
pub(super) enum Note {
    /// The room has a seat for somebody: where it is, and what it starts with.
    Sit(Address, Box<Newcomer>, Joined),
    /// The ring that this group watches has moved.
    Moved(usize),
    Word(u64, Private),
    /// The room has let the seat go.
    LetGo(u64),
    /// What the room answers to a command.
    Replied(Ticket, CommandId, Reply),
    Told(Ticket, Told),
    /// The snapshot for a seat that had fallen off its ring; `None`: it has no seat any more.
    Resynced(Ticket, Option<Joined>),
    Stop,
}

/// Something that a seat has under way: whose it is, and when it began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    pub(super) key: u64,
    pub(super) at: StdInstant,
}

/// What waits for a shard. Bound: for each seat [`PRIVATE`] words, the commands it has under way,
/// one note of each other kind, and for each group one that its ring has moved.
#[derive(Debug)]
pub(super) struct Mailbox {
    piles: Mutex<Piles>,
    wake: OwnedFd,
    /// Whether it has been rung since the shard looked last.
    rung: AtomicBool,
    /// When that was.
    since: Mutex<Option<Instant>>,
    /// Whether something was left since, and nobody has rung.
    left: AtomicBool,
    /// The key of the last seat; keys are never given out twice.
    last: AtomicU64,
}

/// Bound: notes for which there is memory while none is there.
const SPARE: usize = 4096;

/// Notes in the order in which they were left. What a room leaves in one turn is taken together, as long as
/// nobody else hands over meanwhile: a page's `mine` and the `done` behind it are one write.
#[derive(Debug, Default)]
struct Piles {
    ready: Vec<Note>,
    /// Of turns that are not over.
    left: Vec<Note>,
}

impl Mailbox {
    pub(super) fn new() -> io::Result<Self> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let (rung, left) = (AtomicBool::new(false), AtomicBool::new(false));
        let (piles, since, last) = (Mutex::default(), Mutex::default(), AtomicU64::new(0));
        Ok(Self { piles, wake, rung, since, left, last })
    }

    /// Leaves a note, and wakes the shard.
    pub(super) fn post(&self, note: Note) {
        self.piles().left.push(note);
        self.hand_over();
    }

    /// Leaves a note for when it is handed over: a room says what came of a thousand votes in one turn, and
    /// wakes the shard once, when that is over.
    pub(super) fn leave(&self, note: Note) {
        self.piles().left.push(note);
        self.left.store(true, Ordering::Release);
    }

    /// Wakes the shard, where something was left for it.
    pub(super) fn ring_if_left(&self) {
        if self.left.load(Ordering::Acquire) {
            self.hand_over();
        }
    }

    /// The ring that a group watches has moved. What is left and not ready goes behind it.
    fn moved(&self, group: usize) {
        self.piles().ready.push(Note::Moved(group));
        self.ring();
    }

    fn hand_over(&self) {
        {
            let mut piles = self.piles();
            let Piles { ready, left } = &mut *piles;
            if ready.is_empty() {
                std::mem::swap(ready, left);
            } else {
                ready.append(left);
            }
            self.left.store(false, Ordering::Release);
        }
        self.ring();
    }

    fn piles(&self) -> MutexGuard<'_, Piles> {
        self.piles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            *self.since() = Some(Instant::now());
            // It fails only where it is rung already.
            let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
        }
    }

    /// Puts everything that is ready behind `notes`. Whatever is so from here on rings again.
    pub(super) fn take(&self, notes: &mut VecDeque<Note>) {
        *self.since() = None;
        self.rung.store(false, Ordering::Release);
        if !notes.is_empty() {
            notes.extend(self.piles().ready.drain(..));
            return;
        }
        // The two change places: thousands of notes are neither copied nor laid in new memory each time.
        let mut spare = Vec::from(std::mem::take(notes));
        if spare.capacity() > SPARE {
            spare = Vec::new();
        }
        *notes = std::mem::replace(&mut self.piles().ready, spare).into();
    }

    /// For how long it has been rung and has not looked.
    pub(super) fn waits(&self) -> Duration {
        self.since().map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What becomes readable when something is posted.
    pub(super) const fn wake(&self) -> &OwnedFd {
        &self.wake
    }

    /// Lets it be rung again.
    pub(super) fn is_awake(&self) {
        let _ = rustix::io::read(&self.wake, &mut [0_u8; 8]);
    }
}

impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("note")
    }
}

/// A command of a seat that its room has not answered yet. Dropped without an answer, it is one that
/// nobody can say anything about.
#[derive(Debug)]
pub(in crate::hub) struct Pending {
    address: Address,
    at: StdInstant,
    id: CommandId,
    open: bool,
}

impl Pending {
    /// Under way since then.
    pub(super) const fn new(address: Address, at: StdInstant, id: CommandId) -> Self {
        Self { address, at, id, open: true }
    }

    /// From the room, which rings when its turn is over.
    pub(in crate::hub) fn answer(mut self, reply: Reply) {
        let note = self.replied(reply);
        self.address.mailbox.leave(note);
    }

    /// From anywhere else.
    pub(super) fn post(mut self, reply: Reply) {
        let note = self.replied(reply);
        self.address.post(note);
    }

    fn replied(&mut self, reply: Reply) -> Note {
        self.open = false;
        Note::Replied(self.address.ticket(self.at), self.id, reply)
    }

    /// It was not sent after all.
    pub(super) fn cancel(mut self) {
        self.open = false;
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.open {
            let note = self.replied(Reply::Unknown);
            self.address.post(note);
        }
    }
}

/// How a seat is reached. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::hub) struct Address {
    mailbox: Arc<Mailbox>,
    key: u64,
    between: Arc<Between>,
}

impl Address {
    pub(super) fn post(&self, note: Note) {
        self.mailbox.post(note);
    }

    /// Gives a connection to its shard, with what it starts with; what is private to it comes behind.
    /// From the room, which rings when its turn is over.
    pub(in crate::hub) fn sit(self, newcomer: Box<Newcomer>, joined: Joined) {
        let mailbox = Arc::clone(&self.mailbox);
        mailbox.leave(Note::Sit(self, newcomer, joined));
    }

    pub(super) const fn key(&self) -> u64 {
        self.key
    }

    /// For what began then.
    pub(super) const fn ticket(&self, at: StdInstant) -> Ticket {
        Ticket { key: self.key, at }
    }

    pub(super) fn between(&self) -> &Between {
        &self.between
    }
}

/// What a room and a shard both know of a seat.
#[derive(Debug, Default)]
pub(super) struct Between {
    /// Words that the shard has not taken yet.
    pub(super) waiting: AtomicUsize,
    /// It takes no more.
    pub(super) is_over: AtomicBool,
}

/// The private queue of a seat on a socket, as its room holds it. When it is dropped, the seat ends.
#[derive(Debug)]
pub struct Letterbox {
    address: Address,
}

impl Letterbox {
    pub(super) fn new(mailbox: &Arc<Mailbox>) -> Self {
        let key = mailbox.last.fetch_add(1, Ordering::Relaxed) + 1;
        let between = Arc::default();
        Self { address: Address { mailbox: Arc::clone(mailbox), key, between } }
    }

    pub(in crate::hub) fn address(&self) -> Address {
        self.address.clone()
    }

    /// Leaves a word, for when the room's turn is over. `false`: too many wait, or nobody is there any
    /// more.
    pub(in crate::hub) fn tell(&self, word: Private) -> bool {
        if self.address.between.is_over.load(Ordering::Relaxed)
            || self.address.between.waiting.fetch_add(1, Ordering::Relaxed) >= PRIVATE
        {
            return false;
        }
        self.address.mailbox.leave(Note::Word(self.address.key, word));
        true
    }
}

impl Drop for Letterbox {
    fn drop(&mut self) {
        if !self.address.between.is_over.load(Ordering::Relaxed) {
            self.address.post(Note::LetGo(self.address.key));
        }
    }
}

/// What a ring rings: once, until the shard has looked.
#[derive(Debug)]
pub(in crate::hub) struct Bell {
    mailbox: Arc<Mailbox>,
    group: usize,
    rung: AtomicBool,
    /// Whether it was rung for more than counts.
    has_news: AtomicBool,
}

impl Bell {
    pub(super) fn new(mailbox: &Arc<Mailbox>, group: usize) -> Self {
        let (rung, has_news) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { mailbox: Arc::clone(mailbox), group, rung, has_news }
    }

    /// The ring has moved; `is_news`: for more than counts.
    pub(in crate::hub) fn ring(&self, is_news: bool) {
        if is_news {
            self.has_news.store(true, Ordering::Release);
        }
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.mailbox.moved(self.group);
        }
    }

    /// Heard: whatever moves from here on rings again. Says whether it was for more than counts.
    pub(super) fn is_heard(&self) -> bool {
        // In this order: who rings for news and finds it rung already has said so before.
        self.rung.swap(false, Ordering::AcqRel);
        self.has_news.swap(false, Ordering::AcqRel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(mailbox: &Mailbox) -> Vec<u64> {
        let named = |note| match note {
            Note::LetGo(key) | Note::Told(Ticket { key, .. }, _) => key,
            Note::Moved(_) => 0,
            _ => u64::MAX,
        };
        let mut notes = VecDeque::new();
        mailbox.take(&mut notes);
        notes.into_iter().map(named).collect()
    }

    #[test]
    fn what_is_left_in_one_turn_is_taken_together_and_in_order() {
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        mailbox.leave(Note::LetGo(1));
        mailbox.leave(Note::LetGo(2));
        Bell::new(&mailbox, 7).ring(true);
        assert_eq!(taken(&mailbox), [0], "the turn is not over");
        mailbox.ring_if_left();
        assert_eq!(taken(&mailbox), [1, 2]);
        mailbox.ring_if_left();
        assert!(taken(&mailbox).is_empty());

        mailbox.leave(Note::LetGo(3));
        let at = Instant::now().into_std();
        mailbox.post(Note::Told(Ticket { key: 4, at }, Told::Nothing));
        assert_eq!(taken(&mailbox), [3, 4], "nobody overtakes");
    }
}
