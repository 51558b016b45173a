//! How much one seat may send. Pure: the moment is an argument, counted from any fixed one.

use std::time::Duration;

/// What to do with what a seat has just sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Take it.
    Fine,
    /// Do not take it; answer this one with `refused`, `too_fast`.
    TooFast {
        /// After how long the next one is taken.
        retry_after: Duration,
    },
    /// It went on after being told: close with 4003.
    Close,
}

/// A bucket that fills at a steady rate. What it holds at most is the burst.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    per_second: f64,
    burst: f64,
    held: f64,
    at: Duration,
}

impl Bucket {
    const fn full(per_second: u32, burst: u32) -> Self {
        let burst = burst as f64;
        Self { per_second: per_second as f64, burst, held: burst, at: Duration::ZERO }
    }

    /// Takes `amount`, or says how long to wait for it. A clock that goes back gives nothing.
    fn take(&mut self, now: Duration, amount: f64) -> Result<(), Duration> {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.held = self.burst.min(self.held + passed * self.per_second);
        if self.held >= amount {
            self.held -= amount;
            Ok(())
        } else {
            Err(Duration::from_secs_f64((amount - self.held) / self.per_second))
        }
    }
}

/// What one seat may send.
///
/// `off_air` is never limited: whoever reads the seat lets that command pass on `TooFast`.
#[derive(Debug, Clone)]
pub struct Budget {
    frames: Bucket,
    bytes: Bucket,
    pings: Bucket,
    /// How often a seat may be told that it is too fast before we believe that it does not listen.
    patience: Bucket,
}

/// Frames a second and in a burst, as the protocol promises citizens.
const FRAMES: (u32, u32) = (20, 60);
/// A moderator on the keyboard, and whatever a Stream Deck repeats.
const STAFF_FRAMES: (u32, u32) = (60, 300);
/// Bytes a second and in a burst. A burst holds eight messages of the largest size; forty asks of
/// 400 characters in four bytes each. Counted as they arrive, so that empty fragments count too.
const BYTES: (u32, u32) = (32 * 1024, 128 * 1024);
/// As for citizens, with room for pasted answers.
const STAFF_BYTES: (u32, u32) = (128 * 1024, 512 * 1024);
/// Pings. Ours ask for none; some networks' keep-alive sends one every few seconds.
const PINGS: (u32, u32) = (1, 10);
/// Refusals a second and in a burst. A page stops at the first; sixty is one burst sent twice.
const PATIENCE: (u32, u32) = (1, 60);

impl Budget {
    /// A citizen's, or of anybody without a grant.
    pub const fn citizen() -> Self {
        Self::with(FRAMES, BYTES)
    }

    /// As much as it likes: for a seat that echoes.
    pub const fn unlimited() -> Self {
        let all = Bucket::full(u32::MAX, u32::MAX);
        Self { frames: all, bytes: all, pings: all, patience: all }
    }

    /// Of staff.
    pub const fn staff() -> Self {
        Self::with(STAFF_FRAMES, STAFF_BYTES)
    }

    const fn with(frames: (u32, u32), bytes: (u32, u32)) -> Self {
        Self {
            frames: Bucket::full(frames.0, frames.1),
            bytes: Bucket::full(bytes.0, bytes.1),
            pings: Bucket::full(PINGS.0, PINGS.1),
            patience: Bucket::full(PATIENCE.0, PATIENCE.1),
        }
    }

    /// A whole message has arrived.
    pub fn frame(&mut self, now: Duration) -> Verdict {
        match self.frames.take(now, 1.0) {
            Ok(()) => Verdict::Fine,
            Err(retry_after) => match self.patience.take(now, 1.0) {
                Ok(()) => Verdict::TooFast { retry_after },
                Err(_) => Verdict::Close,
            },
        }
    }

    /// Bytes have arrived, a whole message or not. Nobody can be told about part of a message, so
    /// there is no warning: `Fine` or `Close`.
    pub fn bytes(&mut self, now: Duration, count: usize) -> Verdict {
        Self::or_close(self.bytes.take(now, count as f64))
    }

    /// A ping has arrived: `Fine` or `Close`.
    pub fn ping(&mut self, now: Duration) -> Verdict {
        Self::or_close(self.pings.take(now, 1.0))
    }

    fn or_close(taken: Result<(), Duration>) -> Verdict {
        if taken.is_ok() { Verdict::Fine } else { Verdict::Close }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count(budget: &mut Budget, frames: u32, every: Duration) -> (u32, u32, Option<u32>) {
        let (mut fine, mut refused) = (0, 0);
        for n in 0..frames {
            match budget.frame(every * n) {
                Verdict::Fine => fine += 1,
                Verdict::TooFast { .. } => refused += 1,
                Verdict::Close => return (fine, refused, Some(n)),
            }
        }
        (fine, refused, None)
    }

    #[test]
    fn a_burst_of_sixty_passes_and_twenty_a_second_go_on_for_ever() {
        assert_eq!(count(&mut Budget::citizen(), 60, Duration::ZERO), (60, 0, None));
        let steady = count(&mut Budget::citizen(), 20 * 3600, Duration::from_millis(50));
        assert_eq!(steady, (72_000, 0, None));
    }

    #[test]
    fn who_is_a_little_too_fast_is_told_and_who_goes_on_is_shown_out() {
        let little = count(&mut Budget::citizen(), 10_000, Duration::from_millis(48));
        assert_eq!(little.2, None, "21 a second is refused now and then, never closed");
        assert!(little.1 > 0);
        let flood = count(&mut Budget::citizen(), 10_000, Duration::from_micros(100));
        assert_eq!(flood, (60, 60, Some(120)), "10,000 a second is closed after 12 ms");
    }

    #[test]
    fn whoever_waits_as_long_as_told_is_taken() {
        let mut budget = Budget::citizen();
        let now = Duration::from_secs(7);
        let told = (0..70).find_map(|_| match budget.frame(now) {
            Verdict::TooFast { retry_after } => Some(retry_after),
            Verdict::Fine | Verdict::Close => None,
        });
        let retry_after = told.expect("the 61st is too fast");
        assert_eq!(retry_after, Duration::from_millis(50));
        assert_eq!(budget.frame(now + retry_after), Verdict::Fine);
    }

    #[test]
    fn bytes_and_pings_have_their_own_measure() {
        let mut budget = Budget::citizen();
        let now = Duration::from_secs(1);
        assert!((0..8).all(|_| budget.bytes(now, 16 * 1024) == Verdict::Fine));
        assert_eq!(budget.bytes(now, 1), Verdict::Close);
        assert_eq!(budget.bytes(now + Duration::from_secs(1), 32 * 1024), Verdict::Fine);
        assert!((0..10).all(|_| budget.ping(now) == Verdict::Fine));
        assert_eq!(budget.ping(now), Verdict::Close);
        assert_eq!(budget.frame(now), Verdict::Fine, "frames are counted apart");
    }

    proptest! {
        #[test]
        fn over_any_stretch_no_more_passes_than_promised(
            steps in proptest::collection::vec(0_u64..200, 1..400),
        ) {
            let mut budget = Budget::citizen();
            let (mut now, mut fine) = (0, 0_u64);
            for step in steps {
                now += step;
                if budget.frame(Duration::from_millis(now)) == Verdict::Fine {
                    fine += 1;
                }
                prop_assert!(fine <= 60 + now * 20 / 1000 + 1);
            }
        }

        #[test]
        fn a_clock_that_jumps_gives_nothing_away(
            moments in proptest::collection::vec(0_u64..10_000, 1..400),
        ) {
            let mut budget = Budget::citizen();
            let latest = moments.iter().copied().max().unwrap_or(0);
            let fine = moments.iter().filter(|now| {
                budget.frame(Duration::from_millis(**now)) == Verdict::Fine
            });
            prop_assert!(fine.count() as u64 <= 60 + latest * 20 / 1000 + 1);
        }
    }
}
