//! A journal that lives as long as its process: for tests, and for rehearsals without a disk.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::future::{self, BoxFuture, FutureExt as _};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::watch;

use super::{Chain, JournalError, Mark, Seq, Store, Stored, beyond, once_started};
use crate::qa::event::Head;
use crate::qa::id::{EntryId, SessionId};

/// An engine in memory. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    sessions: BTreeMap<SessionId, Rows>,
    closed: bool,
}

#[derive(Debug)]
struct Rows {
    entries: Vec<Stored>,
    places: HashMap<EntryId, Seq>,
    /// `chain(n)` at index n.
    chain: Vec<Head>,
    /// How many there are; dropped when the engine is closed.
    count: watch::Sender<u64>,
}

impl Rows {
    fn new(session: SessionId) -> Self {
        Self {
            entries: Vec::new(),
            places: HashMap::new(),
            chain: vec![Chain::new(session).head()],
            count: watch::Sender::new(0),
        }
    }

    fn mark(&self, at: Seq) -> Option<Mark> {
        let head = *self.chain.get(usize::try_from(at.0).ok()?)?;
        Some(Mark { seq: at, head })
    }

    fn append(&mut self, id: EntryId, bytes: Bytes) -> Seq {
        let next = Seq(self.entries.len() as u64 + 1);
        let seq = *self.places.entry(id).or_insert(next);
        if seq == next {
            let stored = Stored::new(seq, id, bytes);
            let mut chain = Chain::resume(self.chain[self.chain.len() - 1]);
            chain.advance(&stored.digest);
            self.chain.push(chain.head());
            self.entries.push(stored);
            self.count.send_replace(seq.0);
        }
        seq
    }
}

impl Memory {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rows<R>(
        &self,
        session: SessionId,
        work: impl FnOnce(&mut Rows) -> R,
    ) -> Result<R, JournalError> {
        let mut held = self.held();
        if held.closed {
            return Err(JournalError::Stopped);
        }
        Ok(work(held.sessions.entry(session).or_insert_with(|| Rows::new(session))))
    }

    fn entry(&self, session: SessionId, seq: u64) -> Result<Option<Stored>, JournalError> {
        self.rows(session, |rows| rows.entries.get(usize::try_from(seq).ok()? - 1).cloned())
    }
}

impl Store for Memory {
    fn append(
        &self,
        session: SessionId,
        entry: EntryId,
        bytes: Bytes,
    ) -> BoxFuture<'static, Result<Seq, JournalError>> {
        future::ready(self.rows(session, |rows| rows.append(entry, bytes))).boxed()
    }

    fn tail(
        &self,
        session: SessionId,
        after: Seq,
    ) -> BoxStream<'static, Result<Stored, JournalError>> {
        let counted = self.rows(session, |rows| rows.count.subscribe());
        let this = self.clone();
        let start = async move {
            let count = counted?;
            if after.0 > *count.borrow() {
                return Err(beyond(session, after));
            }
            Ok(stream::try_unfold(
                (this, count, after.0),
                move |(this, mut count, last)| async move {
                    if count.wait_for(|count| *count > last).await.is_err() {
                        return Err(JournalError::Stopped);
                    }
                    let next = this.entry(session, last + 1)?;
                    Ok(next.map(|stored| (stored, (this, count, last + 1))))
                },
            ))
        };
        once_started(start)
    }

    fn read(
        &self,
        session: SessionId,
        after: Seq,
    ) -> BoxStream<'static, Result<Stored, JournalError>> {
        let entries = self.rows(session, |rows| {
            let from = usize::try_from(after.0).unwrap_or(usize::MAX);
            rows.entries.get(from..).map(<[Stored]>::to_vec)
        });
        match entries {
            Ok(Some(entries)) => stream::iter(entries).map(Ok).boxed(),
            Ok(None) => stream::iter([Err(beyond(session, after))]).boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    fn head(&self, session: SessionId) -> BoxFuture<'static, Result<Mark, JournalError>> {
        let head = self.rows(session, |rows| {
            let n = rows.entries.len();
            Mark { seq: Seq(n as u64), head: rows.chain[n] }
        });
        future::ready(head).boxed()
    }

    fn mark(
        &self,
        session: SessionId,
        at: Seq,
    ) -> BoxFuture<'static, Result<Option<Mark>, JournalError>> {
        future::ready(self.rows(session, |rows| rows.mark(at))).boxed()
    }

    fn sessions(&self) -> BoxFuture<'static, Result<Vec<SessionId>, JournalError>> {
        let held = self.held();
        let some = held.sessions.iter().filter(|(_, rows)| !rows.entries.is_empty());
        future::ready(Ok(some.map(|(session, _)| *session).collect())).boxed()
    }

    fn beats(&self) -> BoxFuture<'static, Result<(), JournalError>> {
        let closed = self.held().closed;
        future::ready(if closed { Err(JournalError::Stopped) } else { Ok(()) }).boxed()
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        let mut held = self.held();
        held.closed = true;
        held.sessions.clear(); // Tails learn of it by their lost sender.
        future::ready(()).boxed()
    }
}
