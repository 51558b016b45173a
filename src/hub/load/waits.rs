//! How long things wait in one room. Pure: it is told the times.

use std::time::Duration;

/// What a room has noticed since it told last.
#[derive(Debug, Default)]
pub(in crate::hub) struct Waits {
    /// The shortest that anything waited until the room took it; of votes, which it takes many at a time,
    /// the first. That one thing waits long says little; where even the luckiest does, a queue stands.
    least: Option<Duration>,
    /// How long the last entry took to be durable and applied.
    append: Duration,
    /// Whether that was since it told last.
    has_landed: bool,
}

impl Waits {
    /// The room has taken something that was sent so long ago.
    pub(in crate::hub) fn took(&mut self, waited: Duration) {
        self.least = Some(self.least.map_or(waited, |least| least.min(waited)));
    }

    /// An entry is durable and applied.
    pub(in crate::hub) fn landed(&mut self, took: Duration) {
        (self.append, self.has_landed) = (took, true);
    }

    /// How long things wait now; `flying`: since when an entry is on its way to the disk. Where one
    /// follows the other, the last one still says how slow the disk is.
    pub(in crate::hub) fn tell(&mut self, flying: Option<Duration>) -> Duration {
        if !std::mem::take(&mut self.has_landed) && flying.is_none() {
            self.append = Duration::ZERO;
        }
        let least = self.least.take().unwrap_or_default();
        least.max(self.append).max(flying.unwrap_or_default())
    }
}
