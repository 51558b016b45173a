//! The house's own journal, live: sessions and slugs, administrators, the city.
//!
//! Changes of the house are rare and stand in one order, so one lock is held from the decision to
//! the applied entry. Everybody else reads the state as it was after the last one.

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use tokio::sync::{Mutex, watch};

use super::handle::{BUSY_MS, Clock, Reply};
use super::room::fresh;
use crate::journal::{Chain, Journal, JournalError, Seq};
use crate::qa::event::{ENTRY_VERSION, HOUSE};
use crate::qa::{
    Actor, CommandId, Decision, Entry, EntryId, House, HouseCommand, HouseEvent, Outcome, PersonId,
    Recorded, Refusal,
};

/// How often a command is decided again because another came first.
const DECISIONS: u8 = 16;

/// The house, live.
pub struct HouseDesk {
    journal: Journal,
    clock: Clock,
    /// Held from decision to effect.
    chain: Mutex<Chain>,
    state: watch::Sender<Arc<House>>,
}

impl HouseDesk {
    /// Reads the house's journal.
    ///
    /// # Errors
    /// What kept it from being read.
    pub async fn open(journal: Journal, clock: Clock) -> Result<Self, JournalError> {
        let (mut house, mut chain) = (House::default(), Chain::new(HOUSE));
        let mut past = journal.read::<HouseEvent>(HOUSE, Seq::START);
        while let Some(read) = past.try_next().await? {
            chain.advance(&read.digest);
            house.apply(&read.entry);
        }
        drop(past);
        let (state, _) = watch::channel(Arc::new(house));
        Ok(Self { journal, clock, chain: Mutex::new(chain), state })
    }

    /// The house as it is.
    pub fn now(&self) -> Arc<House> {
        Arc::clone(&self.state.borrow())
    }

    /// Follows the house.
    pub fn follow(&self) -> watch::Receiver<Arc<House>> {
        self.state.subscribe()
    }

    /// Sends a command; `by` is `None` for the operator.
    pub async fn send(&self, by: Option<PersonId>, id: CommandId, command: &HouseCommand) -> Reply {
        let mut chain = self.chain.lock().await;
        for _ in 0..DECISIONS {
            let (on, events) = match self.now().decide(by, id, command) {
                Ok(Decision::Record { on, events }) => (on, events),
                Ok(Decision::Done) => return Reply::done(),
                Err(refusal) => return Reply::refused(refusal),
            };
            let at = (self.clock)().max(self.now().last_at());
            let head = by.map(|_| chain.head());
            let by = by.map_or(Actor::House, Actor::Staff);
            let command = Recorded { id, by, at, on, head, events };
            let mut entry =
                Entry { v: ENTRY_VERSION, id: EntryId(fresh()), commands: vec![command] };
            match self.journal.append(HOUSE, &mut entry).await {
                Ok(_) => {}
                Err(JournalError::Unknown { .. }) => return Reply::Unknown,
                Err(fault) => {
                    tracing::error!(error = %fault, "the house cannot record");
                    return Reply::refused(Refusal::Busy { retry_after_ms: BUSY_MS });
                }
            }
            match self.catch_up(&mut chain).await {
                Ok(outcomes) if outcomes.contains(&(entry.id, Outcome::Moved)) => {}
                Ok(_) => return Reply::done(),
                Err(_) => return Reply::Unknown,
            }
        }
        Reply::refused(Refusal::Busy { retry_after_ms: BUSY_MS })
    }

    /// Applies what the journal holds since: our entry, and what other nodes wrote before it.
    async fn catch_up(&self, chain: &mut Chain) -> Result<Vec<(EntryId, Outcome)>, JournalError> {
        let mut house = (*self.now()).clone();
        let mut outcomes = Vec::new();
        let after = Seq(chain.head().n);
        let mut past = self.journal.read::<HouseEvent>(HOUSE, after);
        while let Some(read) = past.try_next().await? {
            chain.advance(&read.digest);
            outcomes.extend(house.apply(&read.entry).into_iter().map(|o| (read.entry.id, o)));
        }
        self.state.send_replace(Arc::new(house));
        Ok(outcomes)
    }
}
