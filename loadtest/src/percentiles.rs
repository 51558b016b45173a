//! How long things took, counted from the moment at which they were meant to happen.
//!
//! A client that waits for its answer before it looks at the clock again forgets everybody who would
//! have come meanwhile. So everything here is counted from the intended moment, and a server that
//! stands still for a second is late for all who wanted something in that second.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// Steps within each doubling: values are kept to 1.6 %.
const STEPS: u64 = 64;

/// Counts of durations, in microseconds, from one to hours.
#[derive(Debug, Clone, Default)]
pub struct Percentiles {
    counts: Vec<u64>,
    total: u64,
    most: u64,
}

/// What is reported.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(missing_docs, reason = "each field is a column of the report")]
pub struct Figures {
    pub count: u64,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

impl Percentiles {
    /// One more.
    pub fn add(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        let slot = slot(micros);
        if self.counts.len() <= slot {
            self.counts.resize(slot + 1, 0);
        }
        self.counts[slot] += 1;
        self.total += 1;
        self.most = self.most.max(micros);
    }

    /// The time in which this part of all (0 to 1) was done.
    pub fn at(&self, part: f64) -> Duration {
        let wanted = ((self.total as f64 * part).ceil() as u64).clamp(1, self.total.max(1));
        let mut seen = 0;
        for (slot, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return Duration::from_micros(upper(slot).min(self.most));
            }
        }
        Duration::from_micros(self.most)
    }

    /// All that is reported.
    pub fn figures(&self) -> Figures {
        let ms = |time: Duration| (time.as_secs_f64() * 1e5).round() / 100.0;
        Figures {
            count: self.total,
            p50_ms: ms(self.at(0.5)),
            p90_ms: ms(self.at(0.9)),
            p99_ms: ms(self.at(0.99)),
            max_ms: ms(Duration::from_micros(self.most)),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, p50_ms, p90_ms, p99_ms, max_ms } = self;
        write!(f, "{count:>8}  p50 {p50_ms:>8.2}  p90 {p90_ms:>8.2}  p99 {p99_ms:>8.2}")?;
        write!(f, "  max {max_ms:>8.2} ms")
    }
}

fn slot(value: u64) -> usize {
    if value < STEPS {
        return value as usize;
    }
    let doubling = u64::from(value.ilog2()) - u64::from(STEPS.ilog2());
    ((doubling * STEPS) + (value >> doubling)) as usize
}

/// The largest value in a slot.
fn upper(slot: usize) -> u64 {
    let slot = slot as u64;
    if slot < 2 * STEPS {
        return slot;
    }
    let doubling = slot / STEPS - 1;
    ((slot - doubling * STEPS + 1) << doubling) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_its_slot_to_two_percent() {
        for value in (1..100_000).chain((100_000..4_000_000_000).step_by(999_983)) {
            let up = upper(slot(value));
            assert!(up >= value && up - value <= value / 32, "{value}: {up}");
        }
    }

    #[test]
    fn percentiles_are_those_of_the_values() {
        let mut all = Percentiles::default();
        (1..=1000).for_each(|ms| all.add(Duration::from_millis(ms)));
        let figures = all.figures();
        assert!((figures.p50_ms - 500.0).abs() < 10.0, "{figures}");
        assert!((figures.p99_ms - 990.0).abs() < 20.0, "{figures}");
        assert!((figures.max_ms - 1000.0).abs() < 1.0, "{figures}");
    }
}
