//! Reading, beside the writer: what is handed out is what its chain vouches for.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, Row};
use tokio::sync::Semaphore;

use crate::journal::folder::{Database, is_damage};
use crate::journal::{Chain, JournalError, Mark, OpenError, Seq, Stored};
use crate::qa::event::Head;
use crate::qa::id::{EntryId, SessionId};

/// Bound: connections that read at the same time; whoever comes later waits. When a node starts it
/// loads all its sessions at once, and more than a few would only take the disk from each other.
const READERS: usize = 4;

/// Bound: what a reading holds in memory of a session at a time.
const CHUNK_ENTRIES: usize = 512;
const CHUNK_BYTES: usize = 1 << 20;

/// Connections that read.
#[derive(Debug)]
pub(super) struct Readers {
    database: Arc<Database>,
    turns: Semaphore,
    /// `None` once the engine is closed. There is one at least while nobody reads: as long as one
    /// is open, no other connection takes itself for the first and replays what a failed commit
    /// left in the log.
    idle: Mutex<Option<Vec<Connection>>>,
}

/// How far one chunk may go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    until: Seq,
}

impl Default for Limits {
    fn default() -> Self {
        Self { until: Seq(u64::MAX) }
    }
}

impl Limits {
    pub(super) const fn up_to(until: Seq) -> Self {
        Self { until }
    }
}

/// Some entries, and the chain after the last of them.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    pub(super) entries: Vec<Stored>,
    pub(super) chain: Chain,
}

impl Chunk {
    /// None yet, of those that follow.
    pub(super) const fn after(chain: Chain) -> Self {
        Self { entries: Vec::new(), chain }
    }
}

impl Readers {
    pub(super) fn open(database: Arc<Database>) -> Result<Self, OpenError> {
        let first = database.connect_read_only()?;
        let idle = Mutex::new(Some(vec![first]));
        Ok(Self { database, turns: Semaphore::new(READERS), idle })
    }

    pub(super) fn close(&self) {
        *self.idle() = None;
    }

    /// Where the session stands.
    pub(super) async fn head(self: &Arc<Self>, session: SessionId) -> Result<Mark, JournalError> {
        self.run(move |connection| {
            // One look at the file, though it takes two statements.
            let look = connection.transaction()?;
            head(&look, session)
        })
        .await
    }

    /// Where it stood after this entry.
    pub(super) async fn mark(
        self: &Arc<Self>,
        session: SessionId,
        at: Seq,
    ) -> Result<Option<Mark>, JournalError> {
        if at == Seq::START {
            return Ok(Some(Mark::start(session)));
        }
        self.run(move |connection| mark(connection, session, at).map_err(|e| named(session, at, e)))
            .await
    }

    /// The entries that follow, each checked against its chain.
    pub(super) async fn chunk(
        self: &Arc<Self>,
        session: SessionId,
        after: Chain,
        limits: Limits,
    ) -> Result<Chunk, JournalError> {
        self.run(move |connection| {
            let look = connection.transaction()?;
            chunk(&look, session, after, limits)
        })
        .await
    }

    /// Reads on a thread that may block.
    pub(super) async fn run<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Connection) -> Result<R, Failed> + Send + 'static,
    ) -> Result<R, JournalError> {
        let _turn = self.turns.acquire().await.map_err(JournalError::io)?;
        let readers = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let idle = readers.idle().as_mut().ok_or(JournalError::Stopped)?.pop();
            let mut connection = match idle {
                Some(connection) => connection,
                None => readers.database.connect_read_only()?,
            };
            let done = work(&mut connection);
            // One that failed may be broken itself, but the last one stays: see `idle`.
            if let Some(idle) = readers.idle().as_mut()
                && (done.is_ok() || idle.is_empty())
            {
                idle.push(connection);
            }
            done.map_err(|failed| failed.0)
        })
        .await
        .map_err(JournalError::io)?
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What went wrong while reading.
#[derive(Debug)]
pub(super) struct Failed(JournalError);

impl From<JournalError> for Failed {
    fn from(error: JournalError) -> Self {
        Self(error)
    }
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self(JournalError::io(error))
    }
}

impl From<Failed> for JournalError {
    fn from(failed: Failed) -> Self {
        failed.0
    }
}

/// Where the session stands: what `heads` says, if the rows say the same.
pub(super) fn head(connection: &Connection, session: SessionId) -> Result<Mark, Failed> {
    let look = || -> rusqlite::Result<_> {
        let noted = connection
            .prepare_cached("SELECT seq, chain FROM heads WHERE session = ?1")?
            .query_row([session.to_bytes()], read_head)
            .optional()?;
        let last = connection
            .prepare_cached(
                "SELECT seq, chain FROM entries WHERE session = ?1 ORDER BY seq DESC LIMIT 1",
            )?
            .query_row([session.to_bytes()], read_head)
            .optional()?;
        let start = Chain::new(session).head();
        Ok((noted.unwrap_or(start), last.unwrap_or(start)))
    };
    let (noted, last) = look().map_err(|error| named(session, Seq::START, error))?;
    if noted == last {
        return Ok(Mark { seq: Seq(noted.n), head: noted });
    }
    let (n, why) = match noted.n.cmp(&last.n) {
        std::cmp::Ordering::Greater => (last.n + 1, "it is missing"),
        std::cmp::Ordering::Less => (noted.n + 1, "it stands beyond the journal's head"),
        std::cmp::Ordering::Equal => (noted.n, "the journal's head has another chain there"),
    };
    Err(damaged(session, n, why))
}

pub(super) fn sessions(connection: &Connection) -> Result<Vec<SessionId>, Failed> {
    let mut sessions = BTreeSet::new();
    let mut heads = connection.prepare_cached("SELECT session FROM heads")?;
    let mut heads = heads.query([])?;
    while let Some(row) = heads.next()? {
        sessions.insert(read_session(row)?);
    }
    // Also those that a damaged `heads` has lost; each step is one look into the index.
    let mut next = connection.prepare_cached(
        "SELECT session FROM entries WHERE session > ?1 ORDER BY session LIMIT 1",
    )?;
    let mut last = [].as_slice().to_vec();
    while let Some(session) = next.query_row([&last], read_session).optional()? {
        last = session.to_bytes().to_vec();
        sessions.insert(session);
    }
    Ok(sessions.into_iter().collect())
}

/// Every page.
pub(super) fn check(connection: &Connection) -> Result<(), Failed> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(JournalError::io(NotOk(found)).into()) }
}

#[derive(Debug, thiserror::Error)]
#[error("the file is damaged: {0}")]
struct NotOk(String);

fn mark(connection: &Connection, session: SessionId, at: Seq) -> rusqlite::Result<Option<Mark>> {
    let Ok(seq) = i64::try_from(at.0) else {
        return Ok(None);
    };
    connection
        .prepare_cached("SELECT seq, chain FROM entries WHERE session = ?1 AND seq = ?2")?
        .query_row((session.to_bytes(), seq), read_head)
        .optional()
        .map(|head| head.map(|head| Mark { seq: at, head }))
}

fn chunk(
    connection: &Connection,
    session: SessionId,
    after: Chain,
    limits: Limits,
) -> Result<Chunk, Failed> {
    let head = head(connection, session)?.head;
    let mut chunk = Chunk::after(after);
    let until = limits.until.0.min(head.n);
    let mut bytes = 0;
    let mut read = || -> Result<(), Failed> {
        let n = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let mut rows = connection.prepare_cached(
            "SELECT seq, chain, id, bytes FROM entries
             WHERE session = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq",
        )?;
        let mut rows = rows.query((session.to_bytes(), n(after.head().n), n(until)))?;
        while chunk.entries.len() < CHUNK_ENTRIES && bytes < CHUNK_BYTES {
            let next = chunk.chain.head().n + 1;
            let at = |error| named(session, Seq(next), error);
            let Some(row) = rows.next().map_err(at)? else {
                if next <= until {
                    return Err(damaged(session, next, "it is missing"));
                }
                break;
            };
            let (noted, stored) = read_entry(row).map_err(at)?;
            chunk.chain.advance(&stored.digest);
            if chunk.chain.head() != noted {
                return Err(damaged(
                    session,
                    next,
                    "its chain is not the one it was recorded with",
                ));
            }
            bytes += stored.bytes.len();
            chunk.entries.push(stored);
        }
        Ok(())
    };
    // What was good before the damage is not handed out either: the session must not be served.
    read()?;
    if chunk.chain.head().n == head.n && chunk.chain.head() != head {
        return Err(damaged(session, head.n, "the journal's head has another chain there"));
    }
    Ok(chunk)
}

fn read_head(row: &Row<'_>) -> rusqlite::Result<Head> {
    Ok(Head { n: row.get::<_, i64>(0)?.unsigned_abs(), chain: row.get(1)? })
}

fn read_session(row: &Row<'_>) -> rusqlite::Result<SessionId> {
    Ok(SessionId::from_u128(u128::from_be_bytes(row.get(0)?)))
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<(Head, Stored)> {
    let head = read_head(row)?;
    let id = EntryId::from_u128(u128::from_be_bytes(row.get(2)?));
    let bytes = Bytes::copy_from_slice(row.get_ref(3)?.as_blob()?);
    Ok((head, Stored::new(Seq(head.n), id, bytes)))
}

fn named(session: SessionId, seq: Seq, error: rusqlite::Error) -> Failed {
    if is_damage(&error) {
        damaged(session, seq.0, &format!("journal.db: {error}"))
    } else {
        error.into()
    }
}

fn damaged(session: SessionId, n: u64, why: &str) -> Failed {
    Failed(JournalError::Damaged { session, seq: Seq(n), why: why.to_owned() })
}
