//! How fast, in words: `600/min burst 120`; and the defaults with their reasons.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use governor::Quota;

/// So many a minute, and so many at once after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// In the long run.
    pub per_minute: NonZeroU32,
    /// At once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// Panics, at compile time where it is used in a constant, if one of them is zero.
    const fn new(per_minute: u32, burst: u32) -> Self {
        let per_minute = NonZeroU32::new(per_minute).expect("not zero");
        Self { per_minute, burst: NonZeroU32::new(burst).expect("not zero") }
    }

    /// The quota of `budgets` of these together.
    pub(super) fn quota(self, budgets: NonZeroU32) -> Quota {
        let per_minute = self.per_minute.saturating_mul(budgets);
        let every = Duration::from_secs(60) / per_minute.get();
        Quota::with_period(every)
            .expect("a minute has more nanoseconds than a u32 counts")
            .allow_burst(self.burst.saturating_mul(budgets))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/min burst {}", self.per_minute, self.burst)
    }
}

/// A text that is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate such as `600/min burst 120` is expected")]
pub struct NotARate;

impl FromStr for Rate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        let (per_minute, burst) = text.split_once("/min burst ").ok_or(NotARate)?;
        let number = |text: &str| text.trim().parse().map_err(|_| NotARate);
        Ok(Self { per_minute: number(per_minute)?, burst: number(burst)? })
    }
}

/// Every rate that traffic is held to. `None` lifts one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is documented as a setting, where operators read it")]
pub struct Rates {
    pub joins_per_person: Option<Rate>,
    pub joins_per_staff: Option<Rate>,
    pub joins_per_network: Option<Rate>,
    pub requests_per_person: Option<Rate>,
    pub requests_per_staff: Option<Rate>,
    pub requests_per_network: Option<Rate>,
    pub messages_per_person: Option<Rate>,
    pub messages_per_staff: Option<Rate>,
    pub messages_per_network: Option<Rate>,
    pub new_persons_per_network: Option<Rate>,
    pub failed_sign_ins_per_network: Option<Rate>,
    pub failed_sign_ins_per_prefix: Option<Rate>,
    pub failed_receipts_per_network: Option<Rate>,
}

/// For a hall of 5,000 phones behind one address, all of which come in the same minute, reload once
/// and vote within five seconds when a question goes on air. Change them with the test
/// `five_thousand_phones_behind_one_address` at hand.
impl Default for Rates {
    fn default() -> Self {
        Self {
            // A phone in a pocket reconnects at every wake; a page that loops does it each second.
            joins_per_person: Some(Rate::new(30, 30)),
            joins_per_staff: Some(Rate::new(120, 60)),
            // Twice the hall at once after a restart, then a hundred a second.
            joins_per_network: Some(Rate::new(6_000, 10_000)),
            // A page is about ten requests; a reload in anger costs as many again.
            requests_per_person: Some(Rate::new(600, 200)),
            requests_per_staff: Some(Rate::new(3_000, 1_000)),
            requests_per_network: Some(Rate::new(60_000, 120_000)),
            // What one seat may send (20 a second, burst 60), and another burst for a second tab.
            messages_per_person: Some(Rate::new(1_200, 120)),
            messages_per_staff: Some(Rate::new(3_600, 600)),
            // Fifteen at once from each phone of the hall, then a thousand a second.
            messages_per_network: Some(Rate::new(60_000, 75_000)),
            // The price of many identities behind one address: 6,000 at once, then 10 a minute for
            // each of 30 late-comers. One address can so collect 9,000 voices in ten minutes.
            new_persons_per_network: Some(Rate::new(300, 6_000)),
            // After a change of keys every embed in a hall fails once.
            failed_sign_ins_per_network: Some(Rate::new(60, 300)),
            failed_sign_ins_per_prefix: Some(Rate::new(10, 20)),
            // A code read aloud is mistyped now and then. Codes have 80 bits.
            failed_receipts_per_network: Some(Rate::new(30, 60)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_reads_as_it_is_written() {
        let rate = Rate::new(600, 120);
        assert_eq!(rate.to_string(), "600/min burst 120");
        assert_eq!(rate.to_string().parse(), Ok(rate));
        for wrong in ["", "600", "600/min", "0/min burst 1", "1/min burst 0", "-1/min burst 1"] {
            assert_eq!(wrong.parse::<Rate>(), Err(NotARate), "{wrong}");
        }
    }

    #[test]
    fn no_rate_makes_the_arithmetic_stumble() {
        let most = NonZeroU32::MAX;
        let fastest = Rate { per_minute: most, burst: most };
        assert!(fastest.quota(most).replenish_interval() > Duration::ZERO);
        let slowest = Rate::new(1, 1).quota(NonZeroU32::MIN);
        assert_eq!(slowest.replenish_interval(), Duration::from_secs(60));
    }
}
