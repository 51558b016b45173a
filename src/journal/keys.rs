//! The keys that open free text, apart from the journal, so that they can go.
//!
//! `DIR/keys.db` holds one key for each person and each question of a session, and the session's
//! secret, from which pseudonyms and receipts come. Keys are durable before the first entry that
//! uses them. Whoever keeps journals for years keeps backups of this file for days: a key that is
//! erased here, and in them, takes with it what it sealed.
//!
//! A key is erased in place: its row stays and its bytes become zeros, so no other row moves and
//! leaves a copy behind (SQLite's `secure_delete` promises that, too; here it is not needed). The
//! file has a write-ahead log: one fsync for each commit, which an ask waits for, where a rollback
//! journal takes three and keeps old pages as well. After an erasure the log is copied back and cut
//! to nothing, so no file in DIR holds the key any more. What a file system or a disk keeps of
//! blocks that it has freed is beyond a program's reach.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hmac::Mac as _;
use rusqlite::{Connection, OptionalExtension as _};

use super::folder::{Database, Durability, OpenError, checkpoint, empty_log, fault};
use super::sealing::{BrokenSeal, Opener, hmac, of_one_value};
use super::{JournalError, sha256};
use crate::qa::id::{CommandId, PersonId, QuestionId, SessionId};

const SCHEMA: &str = "
    CREATE TABLE secrets (session BLOB PRIMARY KEY, secret BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE keys (
        session BLOB NOT NULL,
        kind    TEXT NOT NULL, -- 'person', 'question', 'text'; 'receipt': no key, see `spent`
        subject BLOB NOT NULL, -- whose
        id      BLOB NOT NULL, -- 8 random bytes; what is sealed names its key by them
        key     BLOB NOT NULL  -- 32 bytes; zeros once it is erased
    ) STRICT;
    CREATE INDEX keys_by_subject ON keys (session, subject);
    CREATE TABLE erased (session BLOB, because BLOB, PRIMARY KEY (session, because))
        STRICT, WITHOUT ROWID;
";

/// All keys of this house.
///
/// Bound: the keys of a session are in memory from its first use until
/// [`release_idle`](Self::release_idle): 11 MiB for 50,000 questions and 100,000 persons.
#[derive(Debug)]
pub struct Keys {
    disk: Option<Arc<Disk>>,
    loaded: Arc<Mutex<Loaded>>,
}

type Loaded = HashMap<SessionId, Arc<SessionKeys>>;

impl Keys {
    /// Keys that live as long as this value: for tests.
    pub fn in_memory() -> Self {
        Self { disk: None, loaded: Arc::default() }
    }

    /// Opens, or creates, `dir/keys.db` for writing. Blocks; call it before serving.
    ///
    /// # Errors
    /// Another process writes there, or the file cannot be read.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        Self::over(Database::open(dir, "keys", SCHEMA, Durability::Full)?)
    }

    /// Opens `dir/keys.db` to read what was sealed, beside a server that may be running: for
    /// exports and proofs. A session without a secret gets one that lives as long as this value.
    ///
    /// # Errors
    /// There is no such file, or it cannot be read.
    pub fn open_read_only(dir: &Path) -> Result<Self, OpenError> {
        Self::over(Database::open_read_only(dir, "keys")?)
    }

    fn over(database: Database) -> Result<Self, OpenError> {
        let open = Open::Yes { connection: database.connect()?, commits: 0 };
        let disk = Disk { open: Mutex::new(open), database };
        Ok(Self { disk: Some(Arc::new(disk)), loaded: Arc::default() })
    }

    /// The keys of one session, loaded. While somebody holds them everybody gets the same.
    pub(super) async fn session(
        &self,
        session: SessionId,
    ) -> Result<Arc<SessionKeys>, JournalError> {
        if let Some(keys) = lock(&self.loaded).get(&session) {
            return Ok(Arc::clone(keys));
        }
        let loaded = Arc::clone(&self.loaded);
        let Some(disk) = &self.disk else {
            return Ok(keep(&loaded, session, Held::new(random()?), None));
        };
        let keys_disk = Arc::clone(disk);
        // Loaded and kept while the file is ours, so that nobody adds a key in between.
        disk.run(move |file| Ok(keep(&loaded, session, file.load(session)?, Some(keys_disk)))).await
    }

    /// Takes sessions out of memory that nobody holds. Keys without a disk stay: there is nothing
    /// to load them from again.
    pub fn release_idle(&self) {
        if self.disk.is_some() {
            lock(&self.loaded).retain(|_, keys| Arc::strong_count(keys) > 1);
        }
    }

    /// Lets the file go, when what is under way is done.
    pub(super) async fn close(&self) {
        if let Some(disk) = &self.disk {
            let disk = Arc::clone(disk);
            // Fails only if it panics; then the file is let go as well.
            let _ = tokio::task::spawn_blocking(move || {
                *lock(&disk.open) = Open::Closed;
                disk.database.close();
            })
            .await;
        }
    }
}

/// The first to have loaded a session is what everybody gets.
fn keep(
    loaded: &Mutex<Loaded>,
    session: SessionId,
    held: Held,
    disk: Option<Arc<Disk>>,
) -> Arc<SessionKeys> {
    let mut loaded = lock(loaded);
    let keys = loaded
        .entry(session)
        .or_insert_with(|| Arc::new(SessionKeys { session, disk, held: RwLock::new(held) }));
    Arc::clone(keys)
}

/// The keys of one session: names its people, makes its receipts, opens its texts.
pub struct SessionKeys {
    session: SessionId,
    disk: Option<Arc<Disk>>,
    held: RwLock<Held>,
}

impl SessionKeys {
    /// What this human being is called in this session: HMAC-SHA-256 under the session's secret,
    /// its first 128 bits. Nothing leads from one session's name to another's, nor back.
    pub fn pseudonym(&self, identity: &[u8]) -> PersonId {
        let mac = self.mac(b"filodiretto/1 pseudonym", identity);
        PersonId::from_u128(mac.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte)))
    }

    /// The 80 bits by which an asker finds their question again. They cannot be guessed from the
    /// question's id, which is public.
    pub fn receipt(&self, question: QuestionId) -> [u8; 10] {
        let mac = self.mac(b"filodiretto/1 receipt", &question.to_bytes());
        std::array::from_fn(|i| mac[i])
    }

    /// What an overlay of this session shows so that what it reports is believed.
    pub fn overlay(&self) -> [u8; 32] {
        self.mac(b"filodiretto/1 overlay", &[])
    }

    /// Opens every guarded value that `walk` visits, as far as keys are left.
    ///
    /// # Errors
    /// A value whose keys are there does not open: it is not what was sealed for that place.
    pub fn open(&self, walk: impl FnOnce(&mut Opener<'_>)) -> Result<(), BrokenSeal> {
        let held = self.read();
        let find = |subject| held.get(subject).cloned();
        let mut opener = Opener::new(self.session, &find);
        walk(&mut opener);
        opener.finish()
    }

    /// The keys of these, made where they were missing, in one commit, and durable.
    pub(super) async fn ensure(
        self: &Arc<Self>,
        subjects: BTreeSet<Subject>,
    ) -> Result<BTreeMap<Subject, Key>, JournalError> {
        if let Some(known) = self.read().all(&subjects) {
            return Ok(known);
        }
        let this = Arc::clone(self);
        match &self.disk {
            None => this.make(&subjects, |_| Ok(())),
            // Made while the file is ours: two appends that miss the same key get the same one.
            Some(disk) => {
                disk.run(move |file| this.make(&subjects, |keys| file.add(this.session, keys)))
                    .await
            }
        }
    }

    fn make(
        &self,
        subjects: &BTreeSet<Subject>,
        record: impl FnOnce(&BTreeMap<Subject, Key>) -> Result<(), JournalError>,
    ) -> Result<BTreeMap<Subject, Key>, JournalError> {
        let mut made = BTreeMap::new();
        for subject in self.read().missing(subjects) {
            made.insert(subject, Key::random()?);
        }
        record(&made)?;
        let mut held = self.write();
        for (subject, key) in made {
            held.of(subject).0.entry(subject.to_bytes()).or_insert(key);
        }
        Ok(held.all(subjects).unwrap_or_default())
    }

    /// See [`Journal::erase`](super::Journal::erase).
    pub(super) async fn erase(
        self: &Arc<Self>,
        subjects: Vec<Subject>,
        because: CommandId,
    ) -> Result<(), JournalError> {
        if self.read().erased.contains(&because) {
            return Ok(());
        }
        let Some(disk) = &self.disk else {
            let mut held = self.write();
            if held.erased.insert(because) {
                subjects.into_iter().for_each(|subject| held.remove(subject));
            }
            return Ok(());
        };
        let this = Arc::clone(self);
        disk.run(move |file| {
            if file.erase(this.session, &subjects, because)? {
                let mut held = this.write();
                subjects.into_iter().for_each(|subject| held.remove(subject));
            }
            file.leave_no_trace()?;
            this.write().erased.insert(because);
            Ok(())
        })
        .await
    }

    /// See [`Journal::erase_all_but`](super::Journal::erase_all_but).
    pub(super) async fn erase_all_but(
        self: &Arc<Self>,
        texts: Vec<(QuestionId, String)>,
        asked: Vec<QuestionId>,
        because: CommandId,
    ) -> Result<(), JournalError> {
        if self.read().erased.contains(&because) {
            return Ok(());
        }
        let mut after = Held::new(random()?);
        after.spent = asked.into_iter().map(|id| spent(&self.receipt(id))).collect();
        for (id, sealed) in texts {
            let question = self.read().get(Subject::Question(id)).cloned();
            if let Some(key) = question.and_then(|question| of_one_value(&question, &sealed)) {
                after.texts.0.insert(id.to_bytes(), key);
            }
        }
        let replace = move |held: &mut Held, mut after: Held| {
            after.erased = std::mem::take(&mut held.erased);
            *held = after;
        };
        let Some(disk) = &self.disk else {
            let mut held = self.write();
            replace(&mut held, after);
            held.erased.insert(because);
            return Ok(());
        };
        let this = Arc::clone(self);
        disk.run(move |file| {
            if file.erase_all_but(this.session, &after, because)? {
                replace(&mut this.write(), after);
            }
            file.leave_no_trace()?;
            this.write().erased.insert(because);
            Ok(())
        })
        .await
    }

    /// Of the receipts that led to a question until everything personal was forgotten: their
    /// [`spent`] hashes.
    pub fn spent(&self) -> Vec<[u8; 16]> {
        self.read().spent.iter().copied().collect()
    }

    fn mac(&self, label: &[u8], what: &[u8]) -> [u8; 32] {
        let mut mac = hmac(&self.read().secret);
        mac.update(label);
        mac.update(what);
        mac.finalize().into_bytes().into()
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKeys").field("session", &self.session).finish_non_exhaustive()
    }
}

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A person's.
    Person(PersonId),
    /// A question's.
    Question(QuestionId),
    /// That of one text of a question, and of nothing else of it.
    Text(QuestionId),
}

impl Subject {
    const fn to_bytes(self) -> [u8; 16] {
        match self {
            Self::Person(person) => person.to_bytes(),
            Self::Question(question) | Self::Text(question) => question.to_bytes(),
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Question(_) => "question",
            Self::Text(_) => "text",
        }
    }
}

/// How a receipt is known again after the question that it led to was forgotten: by a hash, which
/// leads to nothing and comes from nothing that is left. Codes have 80 random bits, so nobody finds
/// one by trying.
pub fn spent(receipt: &[u8; 10]) -> [u8; 16] {
    let hash = sha256(&[b"filodiretto/1 spent receipt", &receipt[..]].concat());
    std::array::from_fn(|i| hash[i])
}

/// A key, and the id by which what it sealed names it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) id: [u8; 8],
    pub(super) bytes: [u8; 32],
}

impl Key {
    fn random() -> Result<Self, JournalError> {
        Ok(Self { id: random()?, bytes: random()? })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// What is in memory of one session. Never printed.
struct Held {
    secret: [u8; 32],
    // Two maps by plain bytes, since one by `Subject` would take twice the memory.
    persons: KeyMap,
    questions: KeyMap,
    /// Of what stays when all else of a session is forgotten.
    texts: KeyMap,
    /// The commands whose erasing is done, so that a replay does not do it again.
    erased: HashSet<CommandId>,
    /// Hashes of the receipts that lead nowhere any more, see [`spent`].
    spent: HashSet<[u8; 16]>,
}

#[derive(Default)]
struct KeyMap(HashMap<[u8; 16], Key>);

impl Held {
    fn new(secret: [u8; 32]) -> Self {
        Self {
            secret,
            persons: KeyMap::default(),
            questions: KeyMap::default(),
            texts: KeyMap::default(),
            erased: HashSet::new(),
            spent: HashSet::new(),
        }
    }

    fn get(&self, subject: Subject) -> Option<&Key> {
        let map = match subject {
            Subject::Person(_) => &self.persons,
            Subject::Question(_) => &self.questions,
            Subject::Text(_) => &self.texts,
        };
        map.0.get(&subject.to_bytes())
    }

    const fn of(&mut self, subject: Subject) -> &mut KeyMap {
        match subject {
            Subject::Person(_) => &mut self.persons,
            Subject::Question(_) => &mut self.questions,
            Subject::Text(_) => &mut self.texts,
        }
    }

    fn all(&self, subjects: &BTreeSet<Subject>) -> Option<BTreeMap<Subject, Key>> {
        subjects.iter().map(|&subject| Some((subject, self.get(subject)?.clone()))).collect()
    }

    fn missing(&self, subjects: &BTreeSet<Subject>) -> Vec<Subject> {
        subjects.iter().copied().filter(|&subject| self.get(subject).is_none()).collect()
    }

    fn remove(&mut self, subject: Subject) {
        self.of(subject).0.remove(&subject.to_bytes());
    }
}

/// The file, used by one at a time, on threads that may block.
#[derive(Debug)]
struct Disk {
    database: Database,
    open: Mutex<Open>,
}

#[derive(Debug)]
enum Open {
    Yes {
        connection: Connection,
        commits: u32,
    },
    /// Something failed. The next one opens the file again and so learns what is really in it.
    Failed,
    Closed,
}

impl Disk {
    async fn run<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut File<'_>) -> Result<R, JournalError> + Send + 'static,
    ) -> Result<R, JournalError> {
        let disk = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let mut open = lock(&disk.open);
            if let Open::Failed = *open {
                *open = Open::Yes { connection: disk.database.connect()?, commits: 0 };
            }
            let Open::Yes { connection, commits } = &mut *open else {
                return Err(JournalError::Stopped);
            };
            let writes = disk.database.writes();
            let done = work(&mut File { connection, commits, writes });
            if done.is_err() {
                *open = Open::Failed;
            }
            done
        })
        .await
        .map_err(JournalError::io)?
    }
}

/// The open file, in the hands of one.
struct File<'a> {
    connection: &'a mut Connection,
    commits: &'a mut u32,
    writes: bool,
}

impl File<'_> {
    fn load(&mut self, session: SessionId) -> Result<Held, JournalError> {
        let session = session.to_bytes();
        let secret = self
            .connection
            .query_row("SELECT secret FROM secrets WHERE session = ?1", [&session], |row| {
                row.get(0)
            })
            .optional()
            .map_err(fault)?;
        let secret = match secret {
            Some(secret) => secret,
            None => {
                let secret: [u8; 32] = random()?;
                if self.writes {
                    self.connection
                        .execute("INSERT INTO secrets VALUES (?1, ?2)", (&session, &secret))
                        .map_err(fault)?;
                }
                secret
            }
        };
        let mut held = Held::new(secret);
        let mut read = || -> rusqlite::Result<()> {
            // In the order in which they came to be: of two for one subject the last one counts.
            let mut rows = self.connection.prepare_cached(
                "SELECT kind, subject, id, key FROM keys WHERE session = ?1 ORDER BY rowid",
            )?;
            let mut rows = rows.query([&session])?;
            while let Some(row) = rows.next()? {
                let map = match row.get_ref(0)?.as_str()? {
                    "person" => &mut held.persons,
                    "question" => &mut held.questions,
                    "text" => &mut held.texts,
                    _ => {
                        held.spent.insert(row.get(1)?);
                        continue;
                    }
                };
                let (subject, key) = (row.get(1)?, Key { id: row.get(2)?, bytes: row.get(3)? });
                if key.bytes == ERASED {
                    map.0.remove(&subject);
                } else {
                    map.0.insert(subject, key);
                }
            }
            let mut rows =
                self.connection.prepare_cached("SELECT because FROM erased WHERE session = ?1")?;
            let mut rows = rows.query([&session])?;
            while let Some(row) = rows.next()? {
                held.erased.insert(CommandId::from_u128(u128::from_be_bytes(row.get(0)?)));
            }
            Ok(())
        };
        read().map_err(fault)?;
        Ok(held)
    }

    fn add(
        &mut self,
        session: SessionId,
        keys: &BTreeMap<Subject, Key>,
    ) -> Result<(), JournalError> {
        if !self.writes {
            return Err(JournalError::Stopped);
        }
        let changes = self.connection.transaction().map_err(fault)?;
        for (subject, key) in keys {
            changes
                .prepare_cached("INSERT INTO keys VALUES (?1, ?2, ?3, ?4, ?5)")
                .and_then(|mut insert| {
                    let subject = (subject.kind(), subject.to_bytes());
                    insert.execute((session.to_bytes(), subject.0, subject.1, key.id, key.bytes))
                })
                .map_err(fault)?;
        }
        changes.commit().map_err(fault)?;
        self.keep_log_short()
    }

    /// Whether it was still to be done.
    fn erase(
        &mut self,
        session: SessionId,
        subjects: &[Subject],
        because: CommandId,
    ) -> Result<bool, JournalError> {
        if !self.writes {
            return Err(JournalError::Stopped);
        }
        let session = session.to_bytes();
        let mut erase = || -> rusqlite::Result<bool> {
            let changes = self.connection.transaction()?;
            let new = changes.execute(
                "INSERT OR IGNORE INTO erased VALUES (?1, ?2)",
                (&session, because.to_bytes()),
            )?;
            for subject in subjects.iter().filter(|_| new > 0) {
                changes.execute(
                    "UPDATE keys SET key = ?1 WHERE session = ?2 AND subject = ?3 AND kind = ?4",
                    (ERASED, &session, subject.to_bytes(), subject.kind()),
                )?;
            }
            changes.commit()?;
            Ok(new > 0)
        };
        erase().map_err(fault)
    }

    /// Whether it was still to be done.
    fn erase_all_but(
        &mut self,
        session: SessionId,
        after: &Held,
        because: CommandId,
    ) -> Result<bool, JournalError> {
        if !self.writes {
            return Err(JournalError::Stopped);
        }
        let (session, because) = (session.to_bytes(), because.to_bytes());
        let mut erase = || -> rusqlite::Result<bool> {
            let done = "SELECT 1 FROM erased WHERE session = ?1 AND because = ?2";
            if self.connection.prepare(done)?.exists((&session, because))? {
                return Ok(false);
            }
            // Secrets stand in the order of their sessions, so pages have split and left copies in
            // their slack. Every page is written anew, in memory first, and before anything is
            // erased: a crash in between finds it all still to be done.
            self.connection.execute_batch("PRAGMA temp_store = MEMORY; VACUUM")?;
            let changes = self.connection.transaction()?;
            changes.execute("INSERT INTO erased VALUES (?1, ?2)", (&session, because))?;
            changes.execute("UPDATE keys SET key = ?1 WHERE session = ?2", (ERASED, &session))?;
            let mut add = changes.prepare("INSERT INTO keys VALUES (?1, ?2, ?3, ?4, ?5)")?;
            for (question, key) in &after.texts.0 {
                add.execute((&session, "text", question, key.id, key.bytes))?;
            }
            for hash in &after.spent {
                add.execute((&session, "receipt", hash, [0_u8; 8], ERASED))?;
            }
            drop(add);
            let secret = (&session, after.secret);
            changes.execute("UPDATE secrets SET secret = ?2 WHERE session = ?1", secret)?;
            changes.commit()?;
            Ok(true)
        };
        erase().map_err(fault)
    }

    /// After this no file in DIR holds a byte of what was overwritten.
    fn leave_no_trace(&self) -> Result<(), JournalError> {
        empty_log(self.connection).map_err(fault)
    }

    /// Bound: the log holds some 4 MiB, and at every start nothing.
    fn keep_log_short(&mut self) -> Result<(), JournalError> {
        // Each commit adds a handful of pages.
        const COMMITS: u32 = 256;
        *self.commits += 1;
        if *self.commits >= COMMITS {
            *self.commits = 0;
            checkpoint(self.connection, "PASSIVE").map_err(fault)?;
        }
        Ok(())
    }
}

/// What stands where a key was.
const ERASED: [u8; 32] = [0; 32];

/// Bytes from the system's generator.
pub(super) fn random<const N: usize>() -> Result<[u8; N], JournalError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(JournalError::io)?;
    Ok(bytes)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::journal::samples::{command_id, person_id, question_id, session_id};

    fn subjects(numbers: std::ops::Range<u128>) -> BTreeSet<Subject> {
        let both = |n| [Subject::Person(person_id(n)), Subject::Question(question_id(n))];
        numbers.flat_map(both).collect()
    }

    /// Every byte of every file below.
    fn bytes_of(dir: &Path) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in fs::read_dir(dir).expect("reads") {
            let path = entry.expect("reads").path();
            let more = if path.is_dir() { bytes_of(&path) } else { fs::read(path).expect("reads") };
            bytes.extend(more);
        }
        bytes
    }

    /// Which of these stand anywhere in `bytes`: half a key is a key found.
    fn found<'a>(
        bytes: &[u8],
        keys: impl IntoIterator<Item = &'a [u8; 32]>,
    ) -> HashSet<&'a [u8; 32]> {
        let halves = |key: &'a [u8; 32]| [(&key[..16], key), (&key[16..], key)];
        let wanted: HashMap<&[u8], &[u8; 32]> = keys.into_iter().flat_map(halves).collect();
        bytes.windows(16).filter_map(|window| wanted.get(window).copied()).collect()
    }

    #[tokio::test]
    async fn keys_and_names_are_the_same_after_a_restart() {
        let dir = tempfile::tempdir().expect("a folder");
        let keys = Keys::open(dir.path()).expect("opens");
        let session = keys.session(session_id(1)).await.expect("loads");
        let made = session.ensure(subjects(0..100)).await.expect("makes");
        let (name, code) = (session.pseudonym(b"ugo"), session.receipt(question_id(1)));
        assert_eq!(session.ensure(subjects(50..60)).await.expect("knows").len(), 20);
        keys.close().await;
        let stopped = session.ensure(subjects(100..101)).await;
        assert!(matches!(stopped, Err(JournalError::Stopped)), "{stopped:?}");

        for keys in [Keys::open(dir.path()), Keys::open_read_only(dir.path())] {
            let keys = keys.expect("opens");
            let session = keys.session(session_id(1)).await.expect("loads");
            assert_eq!(session.ensure(subjects(0..100)).await.expect("knows"), made);
            assert_eq!((session.pseudonym(b"ugo"), session.receipt(question_id(1))), (name, code));
            let other = keys.session(session_id(2)).await.expect("loads");
            assert_ne!(other.pseudonym(b"ugo"), name, "another session, another name");
            assert_ne!(other.receipt(question_id(1)), code);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_asks_for_the_same_key_at_the_same_time_gets_the_same_key() {
        let dir = tempfile::tempdir().expect("a folder");
        for keys in [Keys::in_memory(), Keys::open(dir.path()).expect("opens")] {
            let session = keys.session(session_id(1)).await.expect("loads");
            let asking: Vec<_> = (0..50)
                .map(|_| {
                    let session = Arc::clone(&session);
                    tokio::spawn(async move { session.ensure(subjects(0..5)).await })
                })
                .collect();
            let mut got = Vec::new();
            for asking in asking {
                got.push(asking.await.expect("does not panic").expect("makes"));
            }
            assert!(got.iter().all(|keys| *keys == got[0] && keys.len() == 10));
            keys.release_idle();
            let again = keys.session(session_id(1)).await.expect("loads");
            assert_eq!(again.ensure(subjects(0..5)).await.expect("knows"), got[0]);
        }
    }

    #[tokio::test]
    async fn an_erased_key_is_nowhere_in_the_folder_and_the_others_are() {
        let dir = tempfile::tempdir().expect("a folder");
        let keys = Keys::open(dir.path()).expect("opens");
        let session = keys.session(session_id(1)).await.expect("loads");
        let mut made = BTreeMap::new();
        // In many commits, so that pages fill, split and are copied back in between.
        for some in (0..600).step_by(20) {
            made.extend(session.ensure(subjects(some..some + 20)).await.expect("makes"));
        }
        let everywhere = bytes_of(dir.path());
        let all: HashSet<_> = made.values().map(|key| &key.bytes).collect();
        assert_eq!(found(&everywhere, all.iter().copied()), all, "the search works");

        let mut gone = Vec::new();
        // In passes, so that what is erased later has lived on pages that others were taken from.
        let numbered = || made.iter().enumerate();
        for (i, (subject, key)) in (0..5).flat_map(|pass| numbered().skip(pass).step_by(7)) {
            let because = command_id(i as u128);
            session.erase(vec![*subject], because).await.expect("erases");
            gone.push((*subject, key.bytes));
        }
        let nowhere = HashSet::new();
        let everywhere = bytes_of(dir.path());
        assert_eq!(found(&everywhere, gone.iter().map(|(_, key)| key)), nowhere);
        drop((session, keys));
        assert_eq!(found(&bytes_of(dir.path()), gone.iter().map(|(_, key)| key)), nowhere);

        let keys = Keys::open(dir.path()).expect("opens");
        let session = keys.session(session_id(1)).await.expect("loads");
        let erased: BTreeSet<_> = gone.iter().map(|(subject, _)| *subject).collect();
        for (subject, key) in &made {
            let held = session.read().get(*subject).cloned();
            assert_eq!(held.is_none(), erased.contains(subject));
            assert!(held.is_none_or(|held| held == *key));
        }
    }

    #[tokio::test]
    async fn a_forgotten_session_is_nowhere_in_the_folder_and_the_others_are() {
        let dir = tempfile::tempdir().expect("a folder");
        let keys = Keys::open(dir.path()).expect("opens");
        let mut made = Vec::new();
        for some in (0..600).step_by(20) {
            for session in 1..=3 {
                let session = keys.session(session_id(session)).await.expect("loads");
                made.push(session.ensure(subjects(some..some + 20)).await.expect("makes"));
            }
        }
        let forgotten = keys.session(session_id(2)).await.expect("loads");
        let secret = forgotten.read().secret;
        let receipt = forgotten.receipt(question_id(3));
        let asked = (0..600).map(question_id).collect();
        forgotten.erase_all_but(vec![], asked, command_id(1)).await.expect("forgets");
        let everywhere = bytes_of(dir.path());
        let of = |which: fn(usize) -> bool| {
            let some = made.iter().enumerate().filter(move |(i, _)| which(i % 3));
            some.flat_map(|(_, made)| made.values()).map(|key| &key.bytes).collect::<HashSet<_>>()
        };
        let others = of(|i| i != 1);
        assert_eq!(found(&everywhere, of(|i| i == 1)), HashSet::new());
        assert_eq!(found(&everywhere, others.iter().copied()), others);
        assert_eq!(found(&everywhere, [&secret]), HashSet::new());
        assert_eq!(forgotten.ensure(subjects(0..1)).await.expect("begins anew").len(), 2);
        drop((forgotten, keys));
        let keys = Keys::open(dir.path()).expect("opens");
        let forgotten = keys.session(session_id(2)).await.expect("loads");
        assert!(forgotten.spent().len() == 600 && forgotten.spent().contains(&spent(&receipt)));
        assert_eq!(forgotten.read().persons.0.len(), 1, "only what came later");
    }

    #[tokio::test]
    async fn an_emptied_file_is_not_taken_for_a_new_one() {
        let dir = tempfile::tempdir().expect("a folder");
        drop(Keys::open(dir.path()).expect("opens"));
        fs::write(dir.path().join("keys.db"), b"").expect("writes");
        let error = Keys::open(dir.path()).expect_err("is damaged").to_string();
        assert!(error.contains("keys.db is damaged: it is gone or empty"), "{error}");
    }

    #[test]
    fn nothing_that_is_printed_holds_a_key() {
        let key = Key { id: [7; 8], bytes: [9; 32] };
        assert_eq!(format!("{key:?}"), "Key(…)");
    }

    #[tokio::test]
    #[ignore = "long: the keys of 150,000"]
    #[expect(clippy::disallowed_methods, reason = "a stopwatch")]
    async fn a_big_evenings_keys_are_loaded_at_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let keys = Keys::open(dir.path()).expect("opens");
        let session = keys.session(session_id(1)).await.expect("loads");
        let person = |n| Subject::Person(person_id(n));
        session.ensure((0..100_000).map(person).collect()).await.expect("makes");
        let question = |n| Subject::Question(question_id(n));
        session.ensure((0..50_000).map(question).collect()).await.expect("makes");
        drop(session);
        keys.release_idle();
        let began = std::time::Instant::now();
        let session = keys.session(session_id(1)).await.expect("loads");
        let loaded = began.elapsed();
        let began = std::time::Instant::now();
        session.erase(vec![person(5)], command_id(1)).await.expect("erases");
        let erased = began.elapsed();
        let held = session.read();
        let (persons, questions) = (held.persons.0.capacity(), held.questions.0.capacity());
        let bytes = (persons + questions) * 8 / 7 * (size_of::<([u8; 16], Key)>() + 1);
        println!("150,000 keys: loaded in {loaded:?}, {bytes} bytes; one erased in {erased:?}");
        assert!(loaded.as_secs() < 5 && bytes < 20 << 20, "{loaded:?}, {bytes} bytes");
    }
}
