//! Writing: one thread, one connection, everything that waits in one commit.

use std::collections::hash_map::Entry as MapEntry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tracing::{error, info};

use super::reader::{self, Chunk};
use crate::journal::folder::{Database, checkpoint, commit_fault, empty_log, fault, is_damage};
use crate::journal::{Chain, JournalError, Seq, Stored};
use crate::qa::id::{EntryId, SessionId};

/// Bound: entries that wait for the thread. When it is full, `append` waits for room.
const QUEUE_ENTRIES: usize = 4096;

/// Bound: what one commit holds. A thousand rows take some 15 ms, which is what a phone's vote may
/// wait for others; more rows would not make fsync any cheaper.
const COMMIT_ENTRIES: usize = 1000;
const COMMIT_BYTES: usize = 1 << 20;

/// The log is copied back after about this much was written to it.
const LOG_BYTES: usize = 4 << 20;

/// What a commit adds to the log beside its entries: the pages of the indexes and of `heads`.
const COMMIT_OVERHEAD_BYTES: usize = 24 << 10;

/// The thread's own.
#[derive(Debug)]
pub(super) struct Writer {
    database: Arc<Database>,
    /// `None` after anything failed: the next commit opens the file again and learns what is
    /// really in it.
    connection: Option<Connection>,
    /// Invariant: what the file holds. Empty whenever `connection` is `None`.
    chains: HashMap<SessionId, Chain>,
    queue: Arc<Queue>,
    news: Arc<News>,
    logged_bytes: usize,
}

impl Writer {
    pub(super) fn new(
        database: Arc<Database>,
        connection: Connection,
        queue: Arc<Queue>,
        news: Arc<News>,
    ) -> Self {
        let (connection, chains) = (Some(connection), HashMap::new());
        Self { database, connection, chains, queue, news, logged_bytes: 0 }
    }

    /// Until the queue is closed and empty.
    pub(super) fn run(mut self) {
        while let Some(requests) = self.queue.take() {
            self.serve(requests);
        }
        if let Some(connection) = &self.connection {
            // Only a convenience for the next start; everything is durable as it is.
            let _ = empty_log(connection);
        }
    }

    fn serve(&mut self, requests: Vec<Request>) {
        match self.commit(&requests) {
            Ok(Committed { answers, added }) => {
                // Before the news: whoever appended and follows knows the entry that comes as its own.
                for (request, answer) in requests.into_iter().zip(answers) {
                    // Whoever does not wait any more has the entry all the same.
                    let _ = request.answer.send(answer);
                }
                for (session, added) in added {
                    self.news.spread(session, added);
                }
                self.copy_log_back();
            }
            Err(failure) => {
                self.fail(&failure, requests.len());
                for request in requests {
                    let _ = request.answer.send(Err(failure.clone()));
                }
            }
        }
    }

    /// One commit for all of them. An error is an answer to all; so far as the outer result is
    /// good, each has its own.
    fn commit(&mut self, requests: &[Request]) -> Result<Committed, JournalError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let connection = none.insert(self.database.connect()?);
                info!("the journal's file is open again");
                connection
            }
        };
        let commit =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        let mut answers = Vec::with_capacity(requests.len());
        let mut added = HashMap::new();
        let mut bytes = COMMIT_OVERHEAD_BYTES;
        for request in requests {
            let added = match added.entry(request.session) {
                MapEntry::Occupied(added) => added.into_mut(),
                MapEntry::Vacant(vacant) => match self.chains.get(&request.session) {
                    Some(chain) => vacant.insert(Chunk::after(*chain)),
                    None => match reader::head(&commit, request.session) {
                        Ok(mark) => vacant.insert(Chunk::after(Chain::resume(mark.head))),
                        Err(failed) => match JournalError::from(failed) {
                            // One damaged session keeps nobody else from being heard.
                            damaged @ JournalError::Damaged { .. } => {
                                answers.push(Err(damaged));
                                continue;
                            }
                            other => return Err(other),
                        },
                    },
                },
            };
            let seq = insert(&commit, added, request)
                .map_err(|error| named(request, &added.chain, error))?;
            bytes += request.bytes.len();
            answers.push(Ok(seq));
        }
        for (session, added) in &added {
            note_head(&commit, *session, &added.chain).map_err(fault)?;
        }
        commit.commit().map_err(commit_fault)?;
        self.chains.extend(added.iter().map(|(session, added)| (*session, added.chain)));
        self.logged_bytes += bytes;
        Ok(Committed { answers, added })
    }

    /// After the answers, so that nobody waits for it.
    fn copy_log_back(&mut self) {
        if self.logged_bytes < LOG_BYTES {
            return;
        }
        self.logged_bytes = 0;
        let Some(connection) = &self.connection else {
            return;
        };
        // Somebody who reads may keep part of it from being copied: then the next time.
        if let Err(error) = checkpoint(connection, "PASSIVE") {
            self.fail(&fault(error), 0);
        }
    }

    fn fail(&mut self, failure: &JournalError, entries: usize) {
        let cause = std::error::Error::source(failure).map(ToString::to_string);
        error!(
            entries,
            cause,
            "{failure}; {entries} entries were not acknowledged, and the file is opened again \
             for the next"
        );
        self.connection = None;
        self.chains.clear();
        self.logged_bytes = 0;
    }
}

/// What one commit came to.
struct Committed {
    /// To each request.
    answers: Vec<Result<Seq, JournalError>>,
    /// What stands in each session that it did not hold before.
    added: HashMap<SessionId, Chunk>,
}

/// The place of this entry: a new one, or the one it has.
fn insert(commit: &Transaction<'_>, added: &mut Chunk, request: &Request) -> rusqlite::Result<Seq> {
    let (session, id) = (request.session.to_bytes(), request.id.to_bytes());
    let mut next = added.chain;
    let seq = Seq(next.head().n + 1);
    let stored = Stored::new(seq, request.id, request.bytes.clone());
    next.advance(&stored.digest);
    let head = next.head();
    let inserted = commit
        .prepare_cached(
            "INSERT INTO entries (session, seq, id, chain, bytes) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (session, id) DO NOTHING",
        )?
        .execute((session, head.n.cast_signed(), id, head.chain, &request.bytes[..]))?;
    if inserted == 1 {
        added.chain = next;
        added.entries.push(stored);
        return Ok(seq);
    }
    let seq: i64 = commit
        .prepare_cached("SELECT seq FROM entries WHERE session = ?1 AND id = ?2")?
        .query_row((session, id), |row| row.get(0))?;
    Ok(Seq(seq.unsigned_abs()))
}

fn note_head(
    commit: &Transaction<'_>,
    session: SessionId,
    chain: &Chain,
) -> rusqlite::Result<usize> {
    let head = chain.head();
    commit
        .prepare_cached(
            "INSERT INTO heads (session, seq, chain) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET seq = excluded.seq, chain = excluded.chain",
        )?
        .execute((session.to_bytes(), head.n.cast_signed(), head.chain))
}

fn named(request: &Request, chain: &Chain, error: rusqlite::Error) -> JournalError {
    if is_damage(&error) {
        let (session, seq) = (request.session, Seq(chain.head().n + 1));
        JournalError::Damaged { session, seq, why: format!("journal.db: {error}") }
    } else {
        fault(error)
    }
}

/// One entry on its way to the thread.
#[derive(Debug)]
struct Request {
    session: SessionId,
    id: EntryId,
    bytes: Bytes,
    answer: oneshot::Sender<Result<Seq, JournalError>>,
    /// Its place in the queue, free again when it is answered.
    _room: OwnedSemaphorePermit,
}

/// What waits for the thread.
#[derive(Debug)]
pub(super) struct Queue {
    room: Arc<Semaphore>,
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    requests: VecDeque<Request>,
    /// Who asked whether the thread still comes by.
    listening: Vec<oneshot::Sender<()>>,
    closed: bool,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(QUEUE_ENTRIES)),
            waiting: Mutex::default(),
            arrived: Condvar::new(),
        }
    }
}

impl Queue {
    /// Waits for room, then for the commit.
    pub(super) async fn append(
        self: Arc<Self>,
        session: SessionId,
        id: EntryId,
        bytes: Bytes,
    ) -> Result<Seq, JournalError> {
        let room = Arc::clone(&self.room).acquire_owned().await;
        let room = room.map_err(|_| JournalError::Stopped)?;
        let (answer, answered) = oneshot::channel();
        {
            let mut waiting = self.waiting();
            if waiting.closed {
                return Err(JournalError::Stopped);
            }
            waiting.requests.push_back(Request { session, id, bytes, answer, _room: room });
        }
        self.arrived.notify_one();
        answered.await.unwrap_or_else(|lost| Err(JournalError::Unknown { source: Arc::new(lost) }))
    }

    /// Waits until the thread comes by for its next work.
    pub(super) async fn beats(self: Arc<Self>) -> Result<(), JournalError> {
        let (beat, heard) = oneshot::channel();
        {
            let mut waiting = self.waiting();
            if waiting.closed {
                return Err(JournalError::Stopped);
            }
            // Bound: those who still wait, and one watches.
            waiting.listening.retain(|asked| !asked.is_closed());
            waiting.listening.push(beat);
        }
        self.arrived.notify_one();
        heard.await.map_err(|_| JournalError::Stopped)
    }

    /// Takes no more; what waits is still served.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.room.close();
        self.arrived.notify_one();
    }

    /// The next commit's entries; `None` at the end. Blocks.
    fn take(&self) -> Option<Vec<Request>> {
        let has_none = |waiting: &mut Waiting| {
            for asked in waiting.listening.drain(..) {
                let _ = asked.send(());
            }
            waiting.requests.is_empty() && !waiting.closed
        };
        let waiting = self.arrived.wait_while(self.waiting(), has_none);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        let mut bytes = 0;
        let fits = waiting.requests.iter().take(COMMIT_ENTRIES).take_while(|request| {
            // The first one always fits, however big it is.
            let fits = bytes == 0 || bytes + request.bytes.len() <= COMMIT_BYTES;
            bytes += request.bytes.len().max(1);
            fits
        });
        let count = fits.count();
        let requests: Vec<_> = waiting.requests.drain(..count).collect();
        (!requests.is_empty()).then_some(requests)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes those who follow a session, and hands them what was added to it.
///
/// Bound: one channel for each session that somebody follows, with what the last commit added to it.
#[derive(Debug)]
pub(super) struct News(Mutex<Option<HashMap<SessionId, watch::Sender<Latest>>>>);

/// What the last commit added; nothing, if there was none since somebody follows.
type Latest = Option<Arc<Chunk>>;

impl Default for News {
    fn default() -> Self {
        Self(Mutex::new(Some(HashMap::new())))
    }
}

impl News {
    /// Hears of each commit that adds to the session; `None` when there will be no more.
    pub(super) fn follow(self: &Arc<Self>, session: SessionId) -> Option<Follower> {
        let mut followed = self.followed();
        let sender = followed.as_mut()?.entry(session).or_insert_with(|| watch::Sender::new(None));
        let latest = sender.subscribe();
        drop(followed);
        Some(Follower { news: Arc::clone(self), session, latest })
    }

    fn spread(&self, session: SessionId, added: Chunk) {
        if let Some(followed) = self.followed().as_mut()
            && let MapEntry::Occupied(sender) = followed.entry(session)
            && sender.get().send(Some(Arc::new(added))).is_err()
        {
            sender.remove(); // The last two who followed it went in the same moment.
        }
    }

    pub(super) fn close(&self) {
        *self.followed() = None;
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.followed().as_ref().map_or(0, HashMap::len)
    }

    fn followed(&self) -> MutexGuard<'_, Option<HashMap<SessionId, watch::Sender<Latest>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who follows a session.
pub(super) struct Follower {
    news: Arc<News>,
    session: SessionId,
    latest: watch::Receiver<Latest>,
}

impl Follower {
    /// What the last commit added, if that is what comes after `chain`: nothing, for who has it all.
    /// `None`: the file must be read. Marks it as seen, so that [`changed`](Self::changed) waits for
    /// what comes later.
    pub(super) fn after(&mut self, chain: Chain) -> Option<Chunk> {
        let latest = self.latest.borrow_and_update().clone()?;
        if latest.chain == chain {
            return Some(Chunk::after(chain));
        }
        let mut next = chain;
        latest.entries.iter().for_each(|added| next.advance(&added.digest));
        (next == latest.chain).then(|| (*latest).clone())
    }

    /// Waits for news; an error when there will be none. Cancel-safe.
    pub(super) async fn changed(&mut self) -> Result<(), JournalError> {
        self.latest.changed().await.map_err(|_| JournalError::Stopped)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if let Some(followed) = self.news.followed().as_mut()
            && let MapEntry::Occupied(sender) = followed.entry(self.session)
            && sender.get().receiver_count() == 1
        {
            sender.remove(); // Nobody else follows it.
        }
    }
}
