//! Where a restart begins: snapshots of the state, which nobody has to trust.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::warn;

use crate::journal::{Chain, Journal, JournalError, Mark, Seq, SessionKeys, Snapshot, Snapshots};
use crate::qa::session::STATE_VERSION;
use crate::qa::{Session, SessionId};

/// Entries since the last snapshot before another is worth writing: replaying as many takes some
/// tens of milliseconds.
const ENTRIES: u64 = 1_000;

/// Between two snapshots. Encoding one stops the room for a moment (`make bench`: "snapshot of that
/// state"), so not more often than this. A copy of the state, to be encoded elsewhere, would stop it as
/// long; the disk, which takes longer, is waited for elsewhere.
const PAUSE: Duration = Duration::from_secs(60);

/// The snapshots of one session, as its room writes them.
pub(super) struct Cache {
    /// `None`: none are kept.
    pub(super) caches: Option<Snapshots>,
    /// Entries when the last one was written.
    pub(super) at: u64,
    /// When that was.
    pub(super) since: Instant,
    /// The one that is on its way to the disk.
    pub(super) writing: Option<JoinHandle<()>>,
}

impl Cache {
    /// Whether it is time for another.
    pub(super) fn is_due(&self, n: u64) -> bool {
        let paused = self.at == 0 || self.since.elapsed() >= PAUSE;
        let idle = self.writing.as_ref().is_none_or(JoinHandle::is_finished);
        self.caches.is_some() && paused && idle && n.saturating_sub(self.at) >= ENTRIES
    }

    /// Writes one, and waits until it is written. When that fails, the journal is still there.
    pub(super) async fn save(&mut self, session: &Session, mark: Mark) {
        self.written().await;
        self.write(session, mark);
        self.written().await;
    }

    /// Encodes one and has it written; does not wait for the disk.
    pub(super) fn write(&mut self, session: &Session, mark: Mark) {
        let Some(caches) = self.caches.clone() else { return };
        (self.at, self.since) = (mark.head.n, Instant::now());
        let id = session.id();
        let body = match rmp_serde::to_vec_named(session) {
            Ok(body) => body,
            Err(fault) => {
                warn!(session.id = %id, error = %fault, "session `{id}` cannot be cached");
                return;
            }
        };
        self.writing = Some(tokio::spawn(async move {
            if let Err(fault) = caches.save(id, STATE_VERSION, Snapshot { mark, body }).await {
                warn!(session.id = %id, error = %fault, "the cache of session `{id}` is not written");
            }
        }));
    }

    /// Waits for the one that is on its way, so that no older one comes after a newer or after none.
    async fn written(&mut self) {
        if let Some(writing) = self.writing.take() {
            // A defect there is told where defects are; the journal is still here.
            drop(writing.await);
        }
    }

    /// Text was forgotten: what was cached before goes. It was sealed, under a key that is gone.
    pub(super) async fn forget(&mut self, id: SessionId) {
        self.at = 0;
        self.written().await;
        if let Some(caches) = &self.caches
            && let Err(fault) = caches.forget(id).await
        {
            warn!(session.id = %id, error = %fault, "the cache of session `{id}` is not removed");
        }
    }
}

/// The state that a snapshot holds, if there is one that can be trusted and read.
pub(super) async fn cached(
    caches: &Snapshots,
    journal: &Journal,
    id: SessionId,
    keys: &SessionKeys,
) -> Result<Option<(Session, Chain, Seq)>, JournalError> {
    let Some(snapshot) = caches.load(id, STATE_VERSION, journal.store()).await? else {
        return Ok(None);
    };
    let read = rmp_serde::from_slice::<Session>(&snapshot.body).ok();
    let opened = read.and_then(|mut session| {
        let opened = keys.open(|opener| session.guard(opener));
        (opened.is_ok() && session.id() == id).then_some(session)
    });
    if opened.is_none() {
        warn!(session.id = %id, "the cache of session `{id}` cannot be read and is thrown away");
    }
    let Mark { seq, head } = snapshot.mark;
    Ok(opened.map(|session| (session, Chain::resume(head), seq)))
}
