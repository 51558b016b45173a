//! What happened: the durable, ordered, sealed record of each session.
//!
//! A [`Journal`] takes [`Entry`]s of the rules and gives them back in one order. Underneath, a
//! [`Store`] moves bytes and knows nothing of what they say: [`memory`], or [`sqlite`], one file
//! on this machine. Between the two stands the door: free text leaves a process only sealed
//! ([`sealing`]), under keys that live apart from the journal and can be erased ([`keys`]). The
//! [`chain`] over the stored bytes lets anybody prove later that nothing was changed.
//! [`snapshots`] are caches and nothing more.
//!
//! Imports of ours: the words of [`qa`](crate::qa) alone. What an entry *means* is for the rules.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::qa::event::{ENTRY_VERSION, Entry, Facts, Head};
use crate::qa::id::{CommandId, EntryId, QuestionId, SessionId};

pub mod chain;
#[cfg(test)]
mod contract;
pub mod copy;
mod folder;
pub mod keys;
pub mod memory;
#[cfg(test)]
mod samples;
pub mod sealing;
pub mod snapshots;
pub mod sqlite;
mod wal;

pub use chain::{Broken, Chain, NotVerified, Verified, Verifier, verify};
pub use folder::{Durability, OpenError};
pub(crate) use folder::{private, sync_dir};
pub use keys::{Keys, SessionKeys, Subject};
pub use memory::Memory;
pub use sealing::{BrokenSeal, Opener};
pub use snapshots::{Snapshot, Snapshots};
pub use sqlite::Sqlite;

/// The record as the house uses it: typed, sealed on the way in, opened on the way out.
///
/// Cheap to clone; all clones are one journal.
#[derive(Clone)]
pub struct Journal {
    store: Arc<dyn Store>,
    keys: Arc<Keys>,
}

impl Journal {
    /// Opens journal and keys in a folder; the folder is made if it is not there.
    ///
    /// # Errors
    /// What kept them from being opened, such as another process that has them.
    pub fn open(data: &Path) -> Result<Self, OpenError> {
        let keys = Keys::open(data)?;
        let store = Sqlite::open(data, Durability::Full)?;
        Ok(Self::new(Arc::new(store), Arc::new(keys)))
    }

    /// The same, to look only; works beside a process that writes.
    ///
    /// # Errors
    /// What kept them from being opened.
    pub fn open_to_read(data: &Path) -> Result<Self, OpenError> {
        let keys = Keys::open_read_only(data)?;
        let store = Sqlite::open_read_only(data)?;
        Ok(Self::new(Arc::new(store), Arc::new(keys)))
    }

    /// A journal over this engine, sealed under these keys.
    pub const fn new(store: Arc<dyn Store>, keys: Arc<Keys>) -> Self {
        Self { store, keys }
    }

    /// The engine, for what needs the bytes as they stand: [`verify`], exports, snapshots.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Appends one entry, all or nothing. Returns its place once it would survive a crash of this
    /// process and of its machine.
    ///
    /// Every guarded value that is not sealed yet is sealed, in `entry` itself, under keys that are
    /// durable before the entry is. After an error that is [`retryable`](JournalError::retryable)
    /// call again with the same `entry`: it counts once, whatever came of the first call.
    ///
    /// Not cancel-safe: when this future is dropped the entry may stand or not.
    ///
    /// # Errors
    /// [`JournalError::Unknown`], [`Full`](JournalError::Full), [`Io`](JournalError::Io),
    /// [`Damaged`](JournalError::Damaged) or [`Stopped`](JournalError::Stopped).
    pub async fn append<E: Facts>(
        &self,
        session: SessionId,
        entry: &mut Entry<E>,
    ) -> Result<Seq, JournalError> {
        let keys = self.keys.session(session).await?;
        let mut wanted = sealing::Wanted::default();
        walk(entry, &mut wanted);
        let known = keys.ensure(wanted.into_subjects()).await?;
        let mut sealer = sealing::Sealer::new(session, &known);
        walk(entry, &mut sealer);
        sealer.finish()?;
        let bytes = serde_json::to_vec(entry).map_err(JournalError::io)?;
        self.store.append(session, entry.id, bytes.into()).await
    }

    /// Everything after `after`, then each new entry as it becomes durable: in order, never twice.
    /// An error is the last item.
    ///
    /// # Errors
    /// [`Damaged`](JournalError::Damaged) names the entry that cannot be read: the session must not
    /// be served. [`Io`](JournalError::Io) may pass; [`Stopped`](JournalError::Stopped) says that the
    /// engine was closed.
    pub fn tail(
        &self,
        session: SessionId,
        after: Seq,
    ) -> BoxStream<'static, Result<Unread, JournalError>> {
        self.each(session, self.store.tail(session, after), Ok)
    }

    /// Everything after `after` up to the head as it is now, opened; then the stream ends.
    ///
    /// # Errors
    /// As [`tail`](Self::tail) and [`Unread::open`].
    pub fn read<E: Facts>(
        &self,
        session: SessionId,
        after: Seq,
    ) -> BoxStream<'static, Result<Read<E>, JournalError>> {
        self.each(session, self.store.read(session, after), Unread::open)
    }

    /// What is stored, with the keys to it; ends where `then` fails.
    fn each<R: Send + 'static>(
        &self,
        session: SessionId,
        stored: BoxStream<'static, Result<Stored, JournalError>>,
        then: fn(Unread) -> Result<R, JournalError>,
    ) -> BoxStream<'static, Result<R, JournalError>> {
        let keys = Arc::clone(&self.keys);
        let start = async move {
            let keys = keys.session(session).await?;
            Ok(stream::try_unfold((keys, stored), move |(keys, mut stored)| async move {
                let Some(next) = stored.try_next().await? else {
                    return Ok(None);
                };
                let next = then(Unread { session, keys: Arc::clone(&keys), stored: next })?;
                Ok(Some((next, (keys, stored))))
            }))
        };
        once_started(start)
    }

    /// Where the journal of this session stands; [`Mark::start`] when nobody has appended to it.
    ///
    /// # Errors
    /// [`Io`](JournalError::Io), [`Damaged`](JournalError::Damaged),
    /// [`Stopped`](JournalError::Stopped).
    pub async fn head(&self, session: SessionId) -> Result<Mark, JournalError> {
        self.store.head(session).await
    }

    /// Every session that has a journal, in no particular order.
    ///
    /// # Errors
    /// [`Io`](JournalError::Io), [`Stopped`](JournalError::Stopped).
    pub async fn sessions(&self) -> Result<Vec<SessionId>, JournalError> {
        self.store.sessions().await
    }

    /// The keys of this session, loaded: for pseudonyms, receipts, and for opening what a snapshot
    /// holds.
    ///
    /// # Errors
    /// [`Io`](JournalError::Io), [`Full`](JournalError::Full): the secret of a new session must be
    /// durable before it names anybody.
    pub async fn keys(&self, session: SessionId) -> Result<Arc<SessionKeys>, JournalError> {
        self.keys.session(session).await
    }

    /// Erases keys for good, because of a recorded command that *counted*: what they sealed reads
    /// `None` from now on. The same `because` erases once only, so replays may call this again: a
    /// key that came to be later is not touched.
    ///
    /// # Errors
    /// [`Io`](JournalError::Io): call again, the bytes may still be on the disk.
    pub async fn erase(
        &self,
        session: SessionId,
        subjects: Vec<Subject>,
        because: CommandId,
    ) -> Result<(), JournalError> {
        self.keys.session(session).await?.erase(subjects, because).await
    }

    /// Erases every key of a session, and its secret: nothing of it can be read but these `texts`,
    /// sealed as they stand in the journal, and no id in it leads back to anybody. The receipts of
    /// `asked` are known from now on as ones that led somewhere once. Once for each `because`, as
    /// [`erase`](Self::erase).
    ///
    /// # Errors
    /// [`Io`](JournalError::Io): call again, the bytes may still be on the disk.
    pub async fn erase_all_but(
        &self,
        session: SessionId,
        texts: Vec<(QuestionId, String)>,
        asked: Vec<QuestionId>,
        because: CommandId,
    ) -> Result<(), JournalError> {
        self.keys.session(session).await?.erase_all_but(texts, asked, because).await
    }

    /// Answers when what writes the record is at its work, and not before: for whoever watches that
    /// this process lives. A full disk is no silence; a write that never ends is.
    ///
    /// # Errors
    /// [`Stopped`](JournalError::Stopped): nothing will be written any more.
    pub async fn beats(&self) -> Result<(), JournalError> {
        self.store.beats().await
    }

    /// Ends the journal: what was accepted becomes durable, then files are let go. Later appends
    /// and every tail get [`JournalError::Stopped`].
    pub async fn close(&self) {
        self.store.close().await;
        self.keys.close().await;
    }
}

/// One entry as it stands in the journal.
pub struct Unread {
    session: SessionId,
    keys: Arc<SessionKeys>,
    stored: Stored,
}

impl Unread {
    /// The id it was appended under.
    pub const fn id(&self) -> EntryId {
        self.stored.id
    }

    /// Reads it, opened as far as keys still open it.
    ///
    /// # Errors
    /// [`Damaged`](JournalError::Damaged) and [`NewerThanWe`](JournalError::NewerThanWe) name the
    /// entry that cannot be read: the session must not be served.
    pub fn open<E: Facts>(self) -> Result<Read<E>, JournalError> {
        decode(self.session, &self.keys, &self.stored)
    }

    /// For whoever has appended it under its id, and has erased no key since: what
    /// [`open`](Self::open) would make of its bytes is what [`Journal::append`] has left.
    pub fn appended<E: Facts + PartialEq>(self, entry: Entry<E>) -> Read<E> {
        let read = Read { seq: self.stored.seq, entry, digest: self.stored.digest };
        debug_assert!(self.open().is_ok_and(|opened| opened == read), "it reads as another");
        read
    }
}

/// One entry as read: opened as far as keys still open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<E> {
    /// Its position in its session's journal.
    pub seq: Seq,
    /// What was recorded.
    pub entry: Entry<E>,
    /// SHA-256 of the bytes as stored; what [`Chain::advance`] takes.
    pub digest: [u8; 32],
}

/// An engine that keeps bytes: durable, ordered, each entry id once. It never looks inside.
///
/// One contract test-suite (`journal/contract.rs`) runs against every engine.
pub trait Store: Send + Sync + 'static {
    /// Appends one entry, all or nothing, and answers once it is durable. An id that the session
    /// holds already is not appended again; the answer is its first place.
    ///
    /// Waits while the engine's queue is full.
    fn append(
        &self,
        session: SessionId,
        entry: EntryId,
        bytes: Bytes,
    ) -> BoxFuture<'static, Result<Seq, JournalError>>;

    /// Everything after `after`, then each new entry: in order, never twice, nothing before it is
    /// durable. An error is the last item; an `after` beyond the head is
    /// [`JournalError::Damaged`], since a place that was once given out is gone.
    fn tail(
        &self,
        session: SessionId,
        after: Seq,
    ) -> BoxStream<'static, Result<Stored, JournalError>>;

    /// As [`tail`](Self::tail), but ends at the head as it was when reading began.
    fn read(
        &self,
        session: SessionId,
        after: Seq,
    ) -> BoxStream<'static, Result<Stored, JournalError>>;

    /// Where the session's journal stands; [`Mark::start`] for one that is empty.
    fn head(&self, session: SessionId) -> BoxFuture<'static, Result<Mark, JournalError>>;

    /// The journal as it stood right after the entry `at`; `None` when there is no such entry.
    fn mark(
        &self,
        session: SessionId,
        at: Seq,
    ) -> BoxFuture<'static, Result<Option<Mark>, JournalError>>;

    /// Every session that has an entry, in no particular order.
    fn sessions(&self) -> BoxFuture<'static, Result<Vec<SessionId>, JournalError>>;

    /// Answers when the engine is at its work: what writes takes the next thing up. Touches no file,
    /// so a full or failing disk is no silence, while a write that never ends is one.
    ///
    /// # Errors
    /// [`JournalError::Stopped`].
    fn beats(&self) -> BoxFuture<'static, Result<(), JournalError>>;

    /// Ends the engine: what was accepted becomes durable, then its files are let go.
    fn close(&self) -> BoxFuture<'static, ()>;
}

/// One entry as an engine keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its position.
    pub seq: Seq,
    /// The id it was appended under.
    pub id: EntryId,
    /// What was appended.
    pub bytes: Bytes,
    /// SHA-256 of `bytes`.
    pub digest: [u8; 32],
}

/// A position in one session's journal. Grows with each entry; 0 is before the first. Dense in
/// memory and in SQLite; engines to come may leave gaps, so only the order may be relied on.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first entry.
    pub const START: Self = Self(0);
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A journal as it stood at one moment: the engine's position and the chain up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The engine's position of the last entry.
    pub seq: Seq,
    /// How many entries there were, and the chain over them.
    pub head: Head,
}

impl Mark {
    /// The mark of an empty journal.
    pub fn start(session: SessionId) -> Self {
        Self { seq: Seq::START, head: Chain::new(session).head() }
    }
}

/// What the machinery behind the record can suffer.
///
/// Nothing that was answered with an error counts as acknowledged, and nothing that was
/// acknowledged is ever lost by one.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// The acknowledgement is lost: the entry may stand or not. Append the same entry again.
    #[error("it is unknown whether the entry stands in the journal")]
    Unknown {
        /// What broke.
        source: Cause,
    },
    /// No room on the disk. Nothing was appended; the same entry again once there is room.
    #[error("the disk is full")]
    Full {
        /// What the engine said.
        source: Cause,
    },
    /// Reading or writing failed before anything was appended.
    #[error("failed to read or write the journal")]
    Io {
        /// What broke.
        source: Cause,
    },
    /// What is stored is not what was appended. The session must not be served; a person must
    /// look, with a backup at hand.
    #[error("the journal of session {session} is damaged at entry {seq}: {why}")]
    Damaged {
        /// Whose journal.
        session: SessionId,
        /// The first entry that cannot be trusted.
        seq: Seq,
        /// What is wrong with it.
        why: String,
    },
    /// An entry that only a newer release can read. The session must not be served by this one.
    #[error("entry {seq} of session {session} was written by a newer release: {why}")]
    NewerThanWe {
        /// Whose journal.
        session: SessionId,
        /// The entry.
        seq: Seq,
        /// What this release does not know.
        why: String,
    },
    /// The engine was closed, or opened for reading only.
    #[error("the journal takes no more entries")]
    Stopped,
}

/// What an engine reported, shared by all who waited for the same commit.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

impl JournalError {
    /// Whether the same call may succeed later without anybody repairing something first (for
    /// [`Full`](Self::Full): without more than making room).
    pub const fn retryable(&self) -> bool {
        match self {
            Self::Unknown { .. } | Self::Full { .. } | Self::Io { .. } => true,
            Self::Damaged { .. } | Self::NewerThanWe { .. } | Self::Stopped => false,
        }
    }

    pub(crate) fn io(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Io { source: Arc::new(source) }
    }

    fn damaged(session: SessionId, seq: Seq, why: impl fmt::Display) -> Self {
        Self::Damaged { session, seq, why: why.to_string() }
    }
}

/// A stream that needs something first.
fn once_started<T, S>(
    start: impl Future<Output = Result<S, JournalError>> + Send + 'static,
) -> BoxStream<'static, Result<T, JournalError>>
where
    S: Stream<Item = Result<T, JournalError>> + Send + 'static,
{
    stream::once(start).try_flatten().boxed()
}

fn walk<E: Facts>(entry: &mut Entry<E>, guard: &mut impl crate::qa::Guard) {
    for command in &mut entry.commands {
        for event in &mut command.events {
            event.guard(command.id, command.by, guard);
        }
    }
}

fn decode<E: Facts>(
    session: SessionId,
    keys: &SessionKeys,
    stored: &Stored,
) -> Result<Read<E>, JournalError> {
    let seq = stored.seq;
    let mut entry: Entry<E> = serde_json::from_slice(&stored.bytes)
        .map_err(|error| unreadable(session, stored, &error))?;
    if entry.v > ENTRY_VERSION {
        return Err(newer(session, seq, entry.v));
    }
    if entry.id != stored.id {
        return Err(JournalError::damaged(session, seq, "it is filed under another id"));
    }
    keys.open(|opener| walk(&mut entry, opener))
        .map_err(|broken| JournalError::damaged(session, seq, broken))?;
    Ok(Read { seq, entry, digest: stored.digest })
}

/// What is no entry to us: from a later release, when it says so or when it is good JSON whose
/// shape we do not know; else broken.
fn unreadable(session: SessionId, stored: &Stored, error: &serde_json::Error) -> JournalError {
    #[derive(Deserialize)]
    struct Version {
        v: u8,
    }
    match serde_json::from_slice::<Version>(&stored.bytes) {
        Ok(Version { v }) if v > ENTRY_VERSION => newer(session, stored.seq, v),
        Ok(_) if error.is_data() => {
            let why = error.to_string();
            JournalError::NewerThanWe { session, seq: stored.seq, why }
        }
        _ => JournalError::damaged(session, stored.seq, error),
    }
}

fn newer(session: SessionId, seq: Seq, v: u8) -> JournalError {
    let why = format!("its format is {v}, ours is {ENTRY_VERSION}");
    JournalError::NewerThanWe { session, seq, why }
}

/// A place that was given out and is gone: an older copy of the journal was put back.
fn beyond(session: SessionId, after: Seq) -> JournalError {
    JournalError::damaged(session, after, "the journal ends before it")
}

/// SHA-256, as the chain uses it.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl Stored {
    /// An entry with its digest.
    pub fn new(seq: Seq, id: EntryId, bytes: Bytes) -> Self {
        let digest = sha256(&bytes);
        Self { seq, id, bytes, digest }
    }
}
