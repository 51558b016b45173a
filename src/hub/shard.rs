//! Seats on sockets: threads, each with an epoll and the seats that it owns.
//!
//! A room says something once; a shard wakes, takes everything that waits, and makes one write for
//! each of its seats with all of it. Seats are spread by connection, so that one big room uses every
//! core. A room never waits for a shard, nor a shard for a room: both leave a note and go on.

mod errands;
mod mailbox;
mod run;
mod seated;

use std::any::Any;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use std::{io, thread};

pub(super) use mailbox::Bell;
pub use mailbox::Letterbox;
pub(super) use mailbox::Pending;
use mailbox::{Mailbox, Note};

use super::Handle;
use super::handle::UNKNOWN_AFTER;
use super::seat::Allowance;
use crate::gate::budget::Budget;
use crate::qa::{Audience, Caller, Language};
use crate::wire::Frame;

/// How long a connection may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Without a byte taken.
    pub(super) stalled: Duration,
    /// For all that it starts with.
    pub(super) first: Duration,
    /// For a message that was begun.
    pub(super) unfinished: Duration,
    /// For its own close frame, after ours.
    pub(super) parting: Duration,
    /// For what becomes of what it said.
    pub(super) unknown: Duration,
    /// How often all this is looked at.
    pub(super) look: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            stalled: Duration::from_secs(10),
            first: Duration::from_secs(20),
            unfinished: Duration::from_secs(5),
            parting: Duration::from_secs(1),
            unknown: UNKNOWN_AFTER,
            look: Duration::from_secs(1),
        }
    }
}

/// All shards of a hub. Their threads begin with the first seat, and end when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Shards {
    mailboxes: OnceLock<Vec<Arc<Mailbox>>>,
    /// Held while the threads begin.
    begins: Mutex<()>,
    turn: AtomicUsize,
    patience: Patience,
}

/// A connection that is to be seated.
pub(super) struct Newcomer {
    /// Bare, and never blocking.
    pub(super) socket: OwnedFd,
    /// What it has sent already.
    pub(super) early: Vec<u8>,
    pub(super) room: Handle,
    pub(super) audience: Audience,
    pub(super) owner: Owner,
    /// Let go when the seat is free again.
    pub(super) held: Box<dyn Any + Send>,
    /// The first frame.
    pub(super) welcome: Option<Frame>,
}

/// What a shard knows of whoever sits.
pub(super) struct Owner {
    pub(super) caller: Option<Caller>,
    pub(super) deflates: bool,
    pub(super) language: Language,
    pub(super) budget: Budget,
    /// Bound: bytes of a message.
    pub(super) most: usize,
    pub(super) answers: Answers,
    pub(super) allowance: Allowance,
}

/// Who answers what is said on a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    /// Its room.
    Room,
    /// Nobody: every message goes back as it came.
    Echo,
}

impl Shards {
    /// With other patience than usual.
    #[cfg(test)]
    pub(super) fn with(patience: Patience) -> Self {
        let mut shards = Self::default();
        shards.patience = patience;
        shards
    }

    /// The letterbox of a new seat, on the shard whose turn it is.
    ///
    /// # Errors
    /// Where the machine gives no thread or no descriptor.
    pub(super) fn letterbox(&self) -> io::Result<Letterbox> {
        let mailboxes = self.mailboxes()?;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % mailboxes.len();
        Ok(Letterbox::new(&mailboxes[turn]))
    }

    /// A room's turn is over: shards are woken for what it left for their seats.
    pub(super) fn ring(&self) {
        self.mailboxes.get().into_iter().flatten().for_each(|mailbox| mailbox.ring_if_left());
    }

    fn mailboxes(&self) -> io::Result<&Vec<Arc<Mailbox>>> {
        if let Some(mailboxes) = self.mailboxes.get() {
            return Ok(mailboxes);
        }
        let _begins = self.begins.lock().unwrap_or_else(PoisonError::into_inner);
        if self.mailboxes.get().is_none() {
            let count = thread::available_parallelism().map_or(1, usize::from);
            let mut mailboxes = Vec::with_capacity(count);
            for number in 0..count {
                let mailbox = Arc::new(Mailbox::new()?);
                let shard = run::Shard::new(Arc::clone(&mailbox), self.patience)?;
                let named = thread::Builder::new().name(format!("seats-{number}"));
                named.spawn(move || shard.run())?;
                mailboxes.push(mailbox);
            }
            return Ok(self.mailboxes.get_or_init(|| mailboxes));
        }
        self.mailboxes()
    }

    /// For how long a shard has been woken and has not looked.
    pub(super) fn lag(&self) -> Duration {
        let mailboxes = self.mailboxes.get().into_iter().flatten();
        mailboxes.map(|mailbox| mailbox.waits()).max().unwrap_or_default()
    }
}

impl Drop for Shards {
    fn drop(&mut self) {
        self.mailboxes.get().into_iter().flatten().for_each(|mailbox| mailbox.post(Note::Stop));
    }
}
