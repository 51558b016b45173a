//! The journal in one SQLite file, `DIR/journal.db`: the default, nothing to install.
//!
//! One thread writes, on one connection, and checkpoints (`writer`); it commits all that waits at
//! once, answers after the commit's fsync, and hands what it has added to those who follow. Others
//! read on connections of their own (`reader`), and go on reading while writing fails. Each row holds
//! the chain up to it, as the writer computed it, and `heads` what each session's last one is: no row
//! is read that its chain does not vouch for, so a damaged file is an error that names the entry, never
//! another evening.
//!
//! Damage of one session's rows is found when that session is read and stops that session alone:
//! last year's evening must not keep tonight's from opening.

mod reader;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::future::{self, BoxFuture, FutureExt as _};
use futures_util::stream::{self, BoxStream};
use tokio_util::sync::CancellationToken;

use self::reader::{Limits, Readers};
use self::writer::{News, Queue, Writer};
use super::folder::Database;
use super::{
    Chain, Durability, JournalError, Mark, OpenError, Seq, Store, Stored, beyond, once_started,
};
use crate::qa::id::{EntryId, SessionId};

const SCHEMA: &str = "
    CREATE TABLE entries (
        session BLOB NOT NULL,
        seq     INTEGER NOT NULL, -- 1, 2, 3 … in each session
        id      BLOB NOT NULL,    -- as in the entry
        chain   BLOB NOT NULL,    -- SHA-256 over everything up to here
        bytes   BLOB NOT NULL     -- the entry: JSON, its free text sealed
    ) STRICT;
    CREATE UNIQUE INDEX entries_by_seq ON entries (session, seq);
    CREATE UNIQUE INDEX entries_by_id ON entries (session, id);
    CREATE TABLE heads (session BLOB PRIMARY KEY, seq INTEGER NOT NULL, chain BLOB NOT NULL)
        STRICT, WITHOUT ROWID;
";

/// An engine over one file, until it is closed or dropped.
///
/// Dropping it waits for its thread: what was accepted becomes durable first.
#[derive(Debug)]
pub struct Sqlite {
    readers: Arc<Readers>,
    news: Arc<News>,
    /// `None` when it was opened for reading only.
    writer: Option<Handle>,
}

/// The writer as seen from outside its thread.
#[derive(Debug)]
struct Handle {
    queue: Arc<Queue>,
    /// Cancelled when the thread has ended and the file is free.
    ended: CancellationToken,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Sqlite {
    /// Opens, or creates, `dir/journal.db` for writing. Blocks; call it before serving.
    ///
    /// # Errors
    /// Another process writes there; a newer release did; the file is damaged; the machine says no.
    pub fn open(dir: &Path, durability: Durability) -> Result<Self, OpenError> {
        let database = Arc::new(Database::open(dir, "journal", SCHEMA, durability)?);
        let connection = database.connect()?;
        let readers = Arc::new(Readers::open(Arc::clone(&database))?);
        let (queue, news) = (Arc::<Queue>::default(), Arc::<News>::default());
        let ended = CancellationToken::new();
        let end = End {
            ended: ended.clone(),
            queue: Arc::clone(&queue),
            readers: Arc::clone(&readers),
            news: Arc::clone(&news),
            database: Arc::clone(&database),
        };
        let writer =
            Writer::new(Arc::clone(&database), connection, Arc::clone(&queue), Arc::clone(&news));
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || {
                let _end = end;
                writer.run();
            })
            .map_err(|error| OpenError::Io {
                path: database.path().to_owned(),
                source: Arc::new(error),
            })?;
        let thread = Mutex::new(Some(thread));
        Ok(Self { readers, news, writer: Some(Handle { queue, ended, thread }) })
    }

    /// Opens `dir/journal.db` to read it, beside a server that may be running: for proofs and
    /// exports. Appends get [`JournalError::Stopped`]; a tail sees what stands when it asks, and
    /// does not wake for what another process appends.
    ///
    /// # Errors
    /// There is no such file; a newer release wrote it; it is damaged; the machine says no.
    pub fn open_read_only(dir: &Path) -> Result<Self, OpenError> {
        let database = Arc::new(Database::open_read_only(dir, "journal")?);
        let readers = Arc::new(Readers::open(database)?);
        Ok(Self { readers, news: Arc::default(), writer: None })
    }

    /// Looks at every page of the file (SQLite's `quick_check`). What the chain cannot see, since
    /// no row is involved: an index or a free page. Takes a second for some 500 MB.
    ///
    /// # Errors
    /// [`JournalError::Io`] with what was found, or when it cannot be read.
    pub async fn check(&self) -> Result<(), JournalError> {
        self.readers.run(|connection| reader::check(connection)).await
    }
}

impl Store for Sqlite {
    fn append(
        &self,
        session: SessionId,
        entry: EntryId,
        bytes: Bytes,
    ) -> BoxFuture<'static, Result<Seq, JournalError>> {
        match &self.writer {
            Some(writer) => Arc::clone(&writer.queue).append(session, entry, bytes).boxed(),
            None => future::ready(Err(JournalError::Stopped)).boxed(),
        }
    }

    fn tail(
        &self,
        session: SessionId,
        after: Seq,
    ) -> BoxStream<'static, Result<Stored, JournalError>> {
        let (readers, news) = (Arc::clone(&self.readers), Arc::clone(&self.news));
        once_started(async move {
            // Before the first look, so that nothing falls between looking and waiting.
            let news = news.follow(session).ok_or(JournalError::Stopped)?;
            let chain = start(&readers, session, after).await?;
            let ready = Vec::new().into_iter();
            let state = (readers, news, chain, ready);
            Ok(stream::try_unfold(
                state,
                move |(readers, mut news, mut chain, mut ready)| async move {
                    loop {
                        if let Some(stored) = ready.next() {
                            return Ok(Some((stored, (readers, news, chain, ready))));
                        }
                        let chunk = match news.after(chain) {
                            Some(chunk) => chunk,
                            None => readers.chunk(session, chain, Limits::default()).await?,
                        };
                        chain = chunk.chain;
                        if chunk.entries.is_empty() {
                            news.changed().await?;
                        }
                        ready = chunk.entries.into_iter();
                    }
                },
            ))
        })
    }

    fn read(
        &self,
        session: SessionId,
        after: Seq,
    ) -> BoxStream<'static, Result<Stored, JournalError>> {
        let readers = Arc::clone(&self.readers);
        once_started(async move {
            let chain = start(&readers, session, after).await?;
            let until = readers.head(session).await?.seq;
            let state = (readers, chain, Vec::new().into_iter());
            Ok(stream::try_unfold(state, move |(readers, mut chain, mut ready)| async move {
                loop {
                    if let Some(stored) = ready.next() {
                        return Ok(Some((stored, (readers, chain, ready))));
                    }
                    if chain.head().n >= until.0 {
                        return Ok(None);
                    }
                    let chunk = readers.chunk(session, chain, Limits::up_to(until)).await?;
                    (chain, ready) = (chunk.chain, chunk.entries.into_iter());
                }
            }))
        })
    }

    fn head(&self, session: SessionId) -> BoxFuture<'static, Result<Mark, JournalError>> {
        let readers = Arc::clone(&self.readers);
        async move { readers.head(session).await }.boxed()
    }

    fn mark(
        &self,
        session: SessionId,
        at: Seq,
    ) -> BoxFuture<'static, Result<Option<Mark>, JournalError>> {
        let readers = Arc::clone(&self.readers);
        async move { readers.mark(session, at).await }.boxed()
    }

    fn sessions(&self) -> BoxFuture<'static, Result<Vec<SessionId>, JournalError>> {
        let readers = Arc::clone(&self.readers);
        async move { readers.run(|connection| reader::sessions(connection)).await }.boxed()
    }

    fn beats(&self) -> BoxFuture<'static, Result<(), JournalError>> {
        match &self.writer {
            Some(writer) => Arc::clone(&writer.queue).beats().boxed(),
            None => future::ready(Err(JournalError::Stopped)).boxed(),
        }
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        let Some(writer) = &self.writer else {
            self.readers.close();
            self.news.close();
            return future::ready(()).boxed();
        };
        writer.queue.close();
        writer.ended.clone().cancelled_owned().boxed()
    }
}

/// The chain up to `after`, to go on from.
async fn start(
    readers: &Arc<Readers>,
    session: SessionId,
    after: Seq,
) -> Result<Chain, JournalError> {
    let mark = readers.mark(session, after).await?.ok_or_else(|| beyond(session, after))?;
    Ok(Chain::resume(mark.head))
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        let Some(writer) = &self.writer else { return };
        writer.queue.close();
        let thread = writer.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // If it panicked, its waiters have been told by their lost answers.
            let _ = thread.join();
        }
    }
}

/// What must happen when the writer's thread ends, however it ends.
struct End {
    ended: CancellationToken,
    queue: Arc<Queue>,
    readers: Arc<Readers>,
    news: Arc<News>,
    database: Arc<Database>,
}

impl Drop for End {
    fn drop(&mut self) {
        self.queue.close();
        self.news.close();
        self.readers.close();
        self.database.close();
        self.ended.cancel();
    }
}
