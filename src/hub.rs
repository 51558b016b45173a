//! Live sessions of this process.
//!
//! [`Hub`] finds or starts the task that owns a session and hands out cheap [`Handle`]s. It holds
//! no session state itself, and never waits while the map is borrowed.

mod ring;
pub mod room;

use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry as Slot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::journal::{Journal, JournalError};
use crate::qa::SessionId;
pub use room::{Clock, Handle, Reply};

/// The sessions that are live here.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

struct Shared {
    journal: Journal,
    clock: Clock,
    live: DashMap<SessionId, Handle>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Hub {
    /// A hub over this journal. `clock` tells the time of everything that is decided here.
    pub fn new(journal: Journal, clock: Clock) -> Self {
        let (live, tasks, stop) = (DashMap::new(), TaskTracker::new(), CancellationToken::new());
        Self { shared: Arc::new(Shared { journal, clock, live, tasks, stop }) }
    }

    /// The live session, started if it is not: the task loads itself, and everybody who asks
    /// meanwhile waits for the same load.
    ///
    /// # Errors
    /// What kept its journal from being read. The next call tries again.
    pub async fn session(&self, id: SessionId) -> Result<Handle, JournalError> {
        let handle = match self.shared.live.entry(id) {
            Slot::Occupied(live) if !live.get().is_over() => live.get().clone(),
            Slot::Occupied(mut over) => {
                let handle = self.spawn(id);
                over.insert(handle.clone());
                handle
            }
            Slot::Vacant(slot) => slot.insert(self.spawn(id)).clone(),
        };
        handle.ready().await?;
        Ok(handle)
    }

    /// Ends every live session: what was taken on is finished first.
    pub async fn stop(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    fn spawn(&self, id: SessionId) -> Handle {
        let shared = &self.shared;
        let stop = shared.stop.child_token();
        let (handle, task) = room::room(id, shared.journal.clone(), shared.clock, stop);
        shared.tasks.spawn(task);
        handle
    }
}
