//! How fast persons and networks may go.
//!
//! A person's limit comes first: whoever is too fast alone uses up nothing of their neighbours'
//! share. A network's limit is generous, because thousands of phones may stand behind one address,
//! and staff are outside of it. These limits guard the machine, not the evening's rules; they live
//! in memory and are forgotten at a restart.
//!
//! `off_air` and what a seat must answer are never limited: do not ask here for them.

mod ladder;
mod limiter;
mod rate;
mod table;

use std::time::Duration;

use governor::clock::{Clock, DefaultClock};

pub use rate::{NotARate, Rate, Rates};
pub use table::Size;

use super::address::Client;
use super::secret::TokenHash;
use super::{Identity, Who};
use ladder::Ladder;
use limiter::Limiter;

/// Too fast: refused with 429 and `Retry-After`, or with `too_fast` and `retry_after_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too fast; again in {} ms", retry_after.as_millis())]
pub struct TooFast {
    /// After how long the next one may pass. Whoever tells a crowd adds a random part to it.
    pub retry_after: Duration,
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Opens a socket or an event stream.
    Join,
    /// Any other HTTP request that is not answered from a cache.
    Request,
    /// A command, over whatever way it comes.
    Message,
    /// Becomes a person (`/me`, and `/join` without a cookie).
    NewPerson,
}

/// All limits of traffic. `None` where a limit is lifted.
#[derive(Debug)]
pub struct Traffic<C: Clock + Clone = DefaultClock> {
    join: Pair<C>,
    request: Pair<C>,
    message: Pair<C>,
    new_person: Pair<C>,
    failed_sign_in: Option<Ladder<C>>,
    failed_prefix: Option<Limiter<C>>,
    failed_receipt: Option<Ladder<C>>,
}

/// The limits of one act.
#[derive(Debug)]
struct Pair<C: Clock + Clone> {
    citizen: Option<Limiter<C>>,
    staff: Option<Limiter<C>>,
    network: Option<Ladder<C>>,
}

impl<C: Clock + Clone> Pair<C> {
    fn check(&self, who: &Who) -> Result<(), TooFast> {
        let by_person = if who.staff { &self.staff } else { &self.citizen };
        if let (Some(limiter), Some(person)) = (by_person, who.person.map(Identity::key))
            // A table that is full counts nobody new; the network still does.
            && limiter.has_place(person)
        {
            limiter.check(person)?;
        }
        match &self.network {
            Some(ladder) if !who.staff && !who.client.open => ladder.check(who.client.network),
            Some(_) | None => Ok(()),
        }
    }

    fn sweep(&self) {
        for limiter in [&self.citizen, &self.staff].into_iter().flatten() {
            limiter.sweep();
        }
        self.network.iter().for_each(Ladder::sweep);
    }

    fn size(&self) -> Size {
        let persons = [&self.citizen, &self.staff].into_iter().flatten().map(Limiter::size);
        persons.chain(self.network.iter().map(Ladder::size)).sum()
    }
}

impl Traffic {
    /// With the system's clock. `most_keys` bounds each table.
    pub fn new(rates: &Rates, most_keys: usize) -> Self {
        Self::with_clock(rates, most_keys, &DefaultClock::default())
    }
}

impl<C: Clock + Clone> Traffic<C> {
    /// With a clock of your own.
    pub fn with_clock(rates: &Rates, most_keys: usize, clock: &C) -> Self {
        let limiter = |rate: Option<Rate>| rate.map(|rate| Limiter::new(rate, most_keys, clock));
        let ladder = |rate: Option<Rate>| rate.map(|rate| Ladder::new(rate, most_keys, clock));
        let pair = |citizen, staff, network| Pair {
            citizen: limiter(citizen),
            staff: limiter(staff),
            network: ladder(network),
        };
        let r = rates;
        Self {
            join: pair(r.joins_per_person, r.joins_per_staff, r.joins_per_network),
            request: pair(r.requests_per_person, r.requests_per_staff, r.requests_per_network),
            message: pair(r.messages_per_person, r.messages_per_staff, r.messages_per_network),
            new_person: pair(None, None, r.new_persons_per_network),
            failed_sign_in: ladder(r.failed_sign_ins_per_network),
            failed_prefix: limiter(r.failed_sign_ins_per_prefix),
            failed_receipt: ladder(r.failed_receipts_per_network),
        }
    }

    /// Whether somebody may do this now. Asking counts.
    pub fn check(&self, act: Act, who: &Who) -> Result<(), TooFast> {
        match act {
            Act::Join => self.join.check(who),
            Act::Request => self.request.check(who),
            Act::Message => self.message.check(who),
            Act::NewPerson => self.new_person.check(who),
        }
    }

    /// A token was presented that is none of ours: whether to say so (401), or only "too fast".
    ///
    /// A good token is never refused for others' failures: tokens have 128 bits, so nobody guesses
    /// one, and behind one address a stranger must not lock the moderators out.
    pub fn failed_sign_in(&self, client: &Client, token: &str) -> Result<(), TooFast> {
        if let Some(limiter) = &self.failed_prefix {
            // Who knows a token's beginning and tries the rest comes from many networks at once.
            let prefix: String = token.chars().take(8).collect();
            let key = TokenHash::of(&prefix).key();
            if limiter.has_place(key) {
                limiter.check(key)?;
            }
        }
        match &self.failed_sign_in {
            Some(ladder) if !client.open => ladder.check(client.network),
            Some(_) | None => Ok(()),
        }
    }

    /// A receipt's code was wrong: whether to say so (404), or only "too fast".
    ///
    /// A good code is never refused for others' failures: codes have 80 bits, so nobody guesses one,
    /// and in a hall behind one address a stranger must not keep people from their own questions.
    pub fn failed_receipt(&self, client: &Client) -> Result<(), TooFast> {
        match &self.failed_receipt {
            Some(ladder) if !client.open => ladder.check(client.network),
            Some(_) | None => Ok(()),
        }
    }

    /// Forgets everybody who is back at a full allowance, and gives the memory back. To be called
    /// every half minute; it holds one shard of one table at a time.
    pub fn sweep(&self) {
        for pair in [&self.join, &self.request, &self.message, &self.new_person] {
            pair.sweep();
        }
        self.failed_prefix.iter().for_each(Limiter::sweep);
        self.failed_sign_in.iter().chain(&self.failed_receipt).for_each(Ladder::sweep);
    }

    /// How much is remembered, for the metrics.
    pub fn size(&self) -> Size {
        let pairs = [&self.join, &self.request, &self.message, &self.new_person];
        let failed = self.failed_sign_in.iter().chain(&self.failed_receipt).map(Ladder::size);
        let prefix = self.failed_prefix.iter().map(Limiter::size);
        pairs.into_iter().map(Pair::size).chain(failed).chain(prefix).sum()
    }
}

#[cfg(test)]
mod tests;
