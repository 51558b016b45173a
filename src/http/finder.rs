//! Keeps the index of past evenings in step with what the public sees of them.
//!
//! Before each search, and every half minute, it asks every session's sign where its public stands;
//! a look at the room is needed only for those that have moved. So what is taken back, withdrawn or
//! reopened is found no more from then on.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::error::No;
use crate::archive::Index;
use crate::archive::search::{Fault, Hit, Pages};
use crate::hub::Hub;
use crate::qa::SessionId;

/// The index, and the one who writes to it.
pub(super) struct Finder {
    index: Arc<Index>,
    /// Held while it is brought into step, so that nobody does it twice.
    step: Mutex<()>,
}

impl Finder {
    pub(super) fn new() -> Result<Self, Fault> {
        Ok(Self { index: Arc::new(Index::new()?), step: Mutex::default() })
    }

    /// Whether there is anything to be found.
    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The hits of what somebody typed, from the `after`th on, and whether there are more.
    pub(super) async fn search(
        &self,
        hub: &Hub,
        typed: &str,
        after: usize,
    ) -> Result<(Vec<Hit>, bool), No> {
        self.keep_step(hub).await;
        let (index, typed) = (Arc::clone(&self.index), typed.to_owned());
        let found = tokio::task::spawn_blocking(move || index.search(&typed, after)).await;
        found.map_err(|_| No::busy())?.map_err(|fault| {
            tracing::error!(error = %fault, "the past evenings cannot be searched");
            No::busy()
        })
    }

    /// Brings the index into step with the sessions.
    pub(super) async fn keep_step(&self, hub: &Hub) {
        let _one = self.step.lock().await;
        let house = hub.house().now();
        let listed: Vec<_> = house.sessions().values().copied().collect();
        for id in self.index.sessions().into_iter().filter(|id| !listed.contains(id)) {
            self.put(id, None).await;
        }
        for id in listed {
            // What cannot be served is not found either; the log says why.
            let ended = hub.sign(id).await.ok().and_then(|sign| sign.ended);
            if self.index.is_current(id, ended) {
                continue;
            }
            let pages = match (ended, hub.session(id).await) {
                (Some(_), Ok(room)) => room.look(|session, _| Pages::of(session)).await.flatten(),
                _ => None,
            };
            self.put(id, pages).await;
        }
    }

    async fn put(&self, id: SessionId, pages: Option<Pages>) {
        let index = Arc::clone(&self.index);
        let put = tokio::task::spawn_blocking(move || index.put(id, pages)).await;
        if let Ok(Err(fault)) = put {
            tracing::error!(session.id = %id, error = %fault, "session `{id}` cannot be indexed");
        }
    }
}
