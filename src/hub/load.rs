//! How much there is to do, and what is left out while it is too much.
//!
//! One task looks twice a second ([`watch`]) how late the runtime and the shards wake, how long what
//! a crowd sent to a room waits, and how much memory is taken. While it is too much, one thing after the
//! other is left out, always in the same order ([`Shed`]); when it is calm again they come back one
//! by one ([`steps`]). Whoever could leave something out asks here, which is the load of an atomic.
//!
//! Never left out: commands of the staff, replies to what was recorded, approvals, answers, "take it
//! off the air", a person's taking back of their own question.

mod steps;
#[cfg(test)]
mod tests;
mod waits;
mod watch;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

pub(super) use waits::Waits;
pub use watch::{Bounds, resident_bytes};

use crate::qa::{CommandId, Kind, Refusal};

/// The soonest that a citizen's command which was left out is to come again, and over how much
/// longer those of a crowd are spread: votes that came together must not come back together.
const AGAIN_MS: u64 = 3_000;
const SPREAD_MS: u64 = 5_000;

/// What is left out, the first first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shed {
    /// The number of those present: the last one that was told stays.
    Presence,
    /// Counts to the public once a second: they come every five.
    Tallies,
    /// Seats for citizens who come now: they have the public board.
    Viewers,
    /// Votes: refused with `busy`; a page keeps them and sends them again.
    Votes,
    /// Questions of citizens, and what else of theirs has to be read: the same.
    Questions,
}

impl Shed {
    /// All of them, in their order.
    pub const ALL: [Self; 5] =
        [Self::Presence, Self::Tallies, Self::Viewers, Self::Votes, Self::Questions];

    /// Its word in metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Tallies => "tallies",
            Self::Viewers => "viewers",
            Self::Votes => "votes",
            Self::Questions => "questions",
        }
    }

    /// What an operator is told of it.
    const fn says(self) -> &'static str {
        match self {
            Self::Presence => "how many are present is not counted anew",
            Self::Tallies => "the public is told counts every five seconds",
            Self::Viewers => "citizens who come now get the board and no seat",
            Self::Votes => "votes are refused; pages keep them and send them again",
            Self::Questions => {
                "questions of citizens are refused; pages keep them and send them again"
            }
        }
    }

    /// What a citizen's command counts as; `None`: it is always taken.
    const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Vote => Some(Self::Votes),
            Kind::Ask | Kind::Edit | Kind::Check | Kind::Report => Some(Self::Questions),
            _ => None,
        }
    }
}

/// What is left out now, how often that was, and what was seen last. Shared by all.
#[derive(Debug, Default)]
pub struct Load {
    /// So many of [`Shed::ALL`] are left out, from the first.
    level: AtomicUsize,
    counts: [AtomicU64; Shed::ALL.len()],
    /// Microseconds: the longest that rooms have said since the last look.
    waits: AtomicU64,
    lag_seen: AtomicU64,
    wait_seen: AtomicU64,
}

impl Load {
    /// Whether this is left out now.
    pub fn sheds(&self, what: Shed) -> bool {
        self.level.load(Ordering::Relaxed) > what as usize
    }

    /// Whether this is left out now, and counts that it was.
    pub fn leaves_out(&self, what: Shed) -> bool {
        let sheds = self.sheds(what);
        if sheds {
            self.counts[what as usize].fetch_add(1, Ordering::Relaxed);
        }
        sheds
    }

    /// Why a citizen's command is not taken now; `None`: it is.
    pub fn refuses(&self, kind: Kind, id: CommandId) -> Option<Refusal> {
        Shed::of(kind).filter(|what| self.leaves_out(*what)).map(|_| {
            // The last byte of an id is chance.
            let spread = u64::from(id.to_bytes()[15]) * SPREAD_MS / 255;
            Refusal::Busy { retry_after_ms: AGAIN_MS + spread }
        })
    }

    /// How many of [`Shed::ALL`] are left out: 0 nothing, 5 all of them.
    pub fn level(&self) -> usize {
        self.level.load(Ordering::Relaxed)
    }

    /// The words of what is left out now.
    pub fn left_out(&self) -> Vec<&'static str> {
        Shed::ALL[..self.level()].iter().map(|what| what.word()).collect()
    }

    /// How often each was left out in this process's life.
    pub fn counts(&self) -> [(&'static str, u64); Shed::ALL.len()] {
        Shed::ALL.map(|what| (what.word(), self.counts[what as usize].load(Ordering::Relaxed)))
    }

    /// What the last look saw: how late the runtime or a shard was, how long something waited in a
    /// room.
    pub fn seen(&self) -> (Duration, Duration) {
        let micros = |seen: &AtomicU64| Duration::from_micros(seen.load(Ordering::Relaxed));
        (micros(&self.lag_seen), micros(&self.wait_seen))
    }

    /// So many are left out from here on.
    pub(super) fn switch(&self, level: usize) {
        self.level.store(level, Ordering::Relaxed);
    }

    /// A room says how long what is sent to it waits.
    pub(super) fn waits(&self, long: Duration) {
        self.waits.fetch_max(micros(long), Ordering::Relaxed);
    }
}

fn micros(long: Duration) -> u64 {
    u64::try_from(long.as_micros()).unwrap_or(u64::MAX)
}
