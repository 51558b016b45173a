//! What is looked at, twice a second, and from where on it is too much.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use super::steps::{Steps, Strain};
use super::{Load, Shed, micros};
use crate::hub::Hub;

/// Between two looks. Rooms say five times a second how long things wait.
const LOOK: Duration = Duration::from_millis(500);

/// From where on it is too much. It is calm again at half of the two times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How late the runtime or a shard may wake.
    pub lag: Duration,
    /// How long what is sent to a room may wait there, and for the disk.
    pub wait: Duration,
    /// Bytes that this process may take.
    pub memory: u64,
}

/// What a look has seen; of two looks, what was so at both.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) lag: Duration,
    pub(super) wait: Duration,
    pub(super) memory: u64,
}

impl Seen {
    /// Without what was only a moment: one look late is a neighbour's doing, two in a row are ours.
    pub(super) fn since(self, before: Self) -> Self {
        let (lag, wait) = (self.lag.min(before.lag), self.wait.min(before.wait));
        Self { lag, wait, ..self }
    }
}

impl Bounds {
    /// Want of time may cost everything on the list. Want of memory at first only the seats of those
    /// who come now, since these are what takes it; and given back it is seldom, so with the rest of
    /// the list an evening would go on without votes until its end.
    pub(super) fn strain(&self, seen: &Seen) -> Strain {
        let late = |part| seen.lag > self.lag / part || seen.wait > self.wait / part;
        let full = |percent| seen.memory > self.memory / 100 * percent;
        let level = |part, some, all| {
            if late(part) || full(all) {
                Shed::ALL.len()
            } else if full(some) {
                Shed::Viewers as usize + 1
            } else {
                0
            }
        };
        Strain { up: level(1, 80, 95), down: level(2, 75, 90) }
    }
}

impl Hub {
    /// Looks how much there is to do, and leaves out what is too much. Never ends.
    pub async fn watch_load(&self, bounds: Bounds) {
        let (load, began) = (self.load(), Instant::now());
        let (mut steps, mut last) = (Steps::default(), Seen::default());
        loop {
            let due = Instant::now() + LOOK;
            tokio::time::sleep_until(due).await;
            let now = Instant::now();
            let look = Seen {
                lag: (now - due).max(self.shared.shards.lag()),
                wait: load.take_waits(),
                memory: resident_bytes().unwrap_or_default(),
            };
            let seen = look.since(last);
            last = look;
            load.note(&seen);
            let (before, level) = (load.level(), steps.step(now - began, bounds.strain(&seen)));
            if level != before {
                load.switch(level);
                tell(before, level, &seen, &bounds);
            }
        }
    }
}

/// One line for whoever looks after the machine.
fn tell(before: usize, level: usize, seen: &Seen, bounds: &Bounds) {
    let (lag_ms, wait_ms) = (seen.lag.as_millis(), seen.wait.as_millis());
    let memory_percent = seen.memory.saturating_mul(100) / bounds.memory.max(1);
    let state = format!("late by {lag_ms} ms, waiting {wait_ms} ms, memory {memory_percent} %");
    let what = Shed::ALL[before.min(level)];
    if level > before {
        let says = what.says();
        warn!(level, lag_ms, wait_ms, memory_percent, "too much to do ({state}): {says}");
    } else {
        let word = what.word();
        warn!(level, lag_ms, wait_ms, memory_percent, "calmer ({state}): {word} as usual again");
    }
}

impl Load {
    /// The longest that something has waited in a room since it was asked last.
    fn take_waits(&self) -> Duration {
        Duration::from_micros(self.waits.swap(0, Ordering::Relaxed))
    }

    fn note(&self, seen: &Seen) {
        self.lag_seen.store(micros(seen.lag), Ordering::Relaxed);
        self.wait_seen.store(micros(seen.wait), Ordering::Relaxed);
    }
}

/// Bytes of memory that this process holds, where the system says so.
pub fn resident_bytes() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
