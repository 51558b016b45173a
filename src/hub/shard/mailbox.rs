//! How rooms and errands reach a shard: notes on a pile, and a bell that is rung once.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{EventfdFlags, eventfd};
use tokio::time::Instant;

use super::Newcomer;
use super::errands::Told;
use crate::hub::Handle;
use crate::hub::fanout::Joined;
use crate::hub::live::{PRIVATE, Private};

/// Something for a shard to do.
pub(super) enum Note {
    Sit(Address, Box<Newcomer>),
    Joined(u64, Handle, Option<Joined>),
    /// The ring that this group watches has moved.
    Moved(usize),
    Word(u64, Private),
    /// The room has let the seat go.
    LetGo(u64),
    Told(u64, Told),
    /// The snapshot for a seat that had fallen off its ring; `None`: it has no seat any more.
    Resynced(u64, Option<Joined>),
    Stop,
}

/// What waits for a shard. Bound: for each seat [`PRIVATE`] words, the commands it has under way,
/// one note of each other kind, and for each group one that its ring has moved.
#[derive(Debug)]
pub(super) struct Mailbox {
    pile: Mutex<Pile>,
    wake: OwnedFd,
    /// The key of the last seat; keys are never given out twice.
    last: AtomicU64,
}

#[derive(Debug, Default)]
struct Pile {
    notes: Vec<Note>,
    /// When the first of them was left.
    since: Option<Instant>,
}

impl Mailbox {
    pub(super) fn new() -> io::Result<Self> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { pile: Mutex::default(), wake, last: AtomicU64::new(0) })
    }

    pub(super) fn post(&self, note: Note) {
        let was_empty = {
            let mut pile = self.pile.lock().unwrap_or_else(PoisonError::into_inner);
            pile.notes.push(note);
            let is_first = pile.notes.len() == 1;
            if is_first {
                pile.since = Some(Instant::now());
            }
            is_first
        };
        if was_empty {
            // It fails only where it is rung already.
            let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
        }
    }

    /// Everything that waits.
    pub(super) fn take(&self) -> Vec<Note> {
        std::mem::take(&mut *self.pile.lock().unwrap_or_else(PoisonError::into_inner)).notes
    }

    /// How long the oldest has waited.
    pub(super) fn waits(&self) -> Duration {
        let pile = self.pile.lock().unwrap_or_else(PoisonError::into_inner);
        pile.since.map_or(Duration::ZERO, |since| since.elapsed())
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

    pub(super) const fn key(&self) -> u64 {
        self.key
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

    /// Leaves a word. `false`: too many wait, or nobody is there any more.
    pub(in crate::hub) fn tell(&self, word: Private) -> bool {
        if self.address.between.is_over.load(Ordering::Relaxed)
            || self.address.between.waiting.fetch_add(1, Ordering::Relaxed) >= PRIVATE
        {
            return false;
        }
        self.address.post(Note::Word(self.address.key, word));
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
}

impl Bell {
    pub(super) fn new(mailbox: &Arc<Mailbox>, group: usize) -> Self {
        Self { mailbox: Arc::clone(mailbox), group, rung: AtomicBool::new(false) }
    }

    /// The ring has moved.
    pub(in crate::hub) fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.mailbox.post(Note::Moved(self.group));
        }
    }

    /// Heard: whatever moves from here on rings again.
    pub(super) fn is_heard(&self) {
        self.rung.store(false, Ordering::Release);
    }
}
