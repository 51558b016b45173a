//! One limit over many keys.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;

use super::TooFast;
use super::rate::Rate;
use super::table::{Size, Table};

/// One limit, and everybody whom it counts.
pub(super) struct Limiter<C: Clock> {
    governor: RateLimiter<u64, Table, C, NoOpMiddleware<C::Instant>>,
    table: Table,
    clock: C,
    start: C::Instant,
    interval: Duration,
}

impl<C: Clock + Clone> Limiter<C> {
    pub(super) fn new(rate: Rate, most_keys: usize, clock: &C) -> Self {
        Self::of_many(rate, NonZeroU32::MIN, most_keys, clock)
    }

    /// With the rate of `budgets` together.
    pub(super) fn of_many(rate: Rate, budgets: NonZeroU32, most_keys: usize, clock: &C) -> Self {
        let (quota, table) = (rate.quota(budgets), Table::new(most_keys));
        let interval = quota.replenish_interval();
        Self {
            start: clock.now(),
            governor: RateLimiter::new(quota, table.clone(), clock.clone()),
            table,
            clock: clock.clone(),
            interval,
        }
    }

    /// Whether this key is counted already, or there is room for one more.
    pub(super) fn has_place(&self, key: u64) -> bool {
        self.table.has_place(key)
    }

    /// Counts one.
    pub(super) fn check(&self, key: u64) -> Result<(), TooFast> {
        self.governor.check_key(&key).map_err(|until| {
            let retry_after = until.wait_time_from(self.clock.now());
            TooFast { retry_after }
        })
    }

    /// Forgets whose allowance is full again: nothing tells them from newcomers.
    pub(super) fn sweep(&self) {
        // An interval late rather than early: `governor` took its own start a moment after ours.
        let before = self.elapsed().saturating_sub(self.interval);
        self.table.forget(Nanos::from(before));
    }

    pub(super) fn size(&self) -> Size {
        self.table.size()
    }

    fn elapsed(&self) -> Duration {
        self.clock.now().duration_since(self.start).into()
    }
}

impl<C: Clock> fmt::Debug for Limiter<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("keys", &self.table.size().keys).finish_non_exhaustive()
    }
}
