//! One limit over networks, from fine to coarse.
//!
//! Every network counts at its own level while the table has room. When it is full, newcomers are
//! counted together with their wider network, which has a larger budget; when that is full, too,
//! with the widest, then with all others. Nobody is refused because a table is full, and an
//! attacker who fills one pays with the budget of the networks they came from.
//!
//! An IPv6 /48 counts always: one subscriber may hold it, with 65,536 networks in it.

use std::num::NonZeroU32;

use governor::clock::Clock;

use super::TooFast;
use super::limiter::Limiter;
use super::rate::Rate;
use super::table::Size;
use crate::gate::network::{Level, Network};

/// How many budgets of a single network those have together who find no place on the ladder.
const ALL_OTHERS: NonZeroU32 = NonZeroU32::new(512).expect("not zero");

#[derive(Debug)]
pub(super) struct Ladder<C: Clock> {
    rungs: [Limiter<C>; 3],
    all_others: Limiter<C>,
}

impl<C: Clock + Clone> Ladder<C> {
    pub(super) fn new(rate: Rate, most_keys: usize, clock: &C) -> Self {
        let rung = |level: Level| {
            // A wider network stands for many: its table may be smaller.
            let most = (most_keys >> (2 * level as usize)).max(1);
            let budgets = NonZeroU32::new(level.budgets()).unwrap_or(NonZeroU32::MIN);
            Limiter::of_many(rate, budgets, most, clock)
        };
        let all_others = Limiter::of_many(rate, ALL_OTHERS, 1, clock);
        Self { rungs: Level::ALL.map(rung), all_others }
    }

    /// Counts one. The finest first: a network that is too fast uses up nothing of its neighbours'.
    pub(super) fn check(&self, network: Network) -> Result<(), TooFast> {
        let mut counted = false;
        for (level, limiter) in Level::ALL.into_iter().zip(&self.rungs) {
            let wanted = !counted || (level == Level::Wider && network.is_v6());
            let key = network.key(level);
            if wanted && limiter.has_place(key) {
                limiter.check(key)?;
                counted = true;
            }
        }
        if counted { Ok(()) } else { self.all_others.check(0) }
    }

    pub(super) fn sweep(&self) {
        self.rungs.iter().for_each(Limiter::sweep);
        self.all_others.sweep();
    }

    pub(super) fn size(&self) -> Size {
        self.rungs.iter().chain([&self.all_others]).map(Limiter::size).sum()
    }
}
