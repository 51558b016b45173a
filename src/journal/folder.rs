//! DIR, and what the SQLite files in it have in common: who may open them, how, and for what.
//!
//! One process writes to a file; a lock beside it keeps a second one out, while tools may read.
//! Files are for their owner alone, as is DIR when we make it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{Cause, JournalError, wal};

/// The version of both schemas that this release writes.
const SCHEMA_VERSION: i64 = 1;
/// "FILO": says in the file itself whose it is.
const APPLICATION_ID: i64 = 0x4649_4C4F;
/// What a file of SQLite has at least.
const HEADER_BYTES: u64 = 100;
/// A tool that reads holds a file for milliseconds; whoever holds it longer than this is stuck.
const PATIENCE: Duration = Duration::from_secs(5);

/// What an answered commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// A crash of the machine: an fsync before each answer.
    #[default]
    Full,
    /// A crash of the process only. Not a setting for people: the power-cut test must see it lose.
    Normal,
}

/// Why a file cannot be opened.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpenError {
    /// Another process writes to it.
    #[error("{} is in use: another process writes to it, and only one may", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to read.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A newer release wrote it.
    #[error("{} has format {version}, which only a newer release can read", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        version: i64,
    },
    /// It is not what we wrote.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        why: String,
    },
    /// The machine said no.
    #[error("failed to open {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What broke.
        source: Cause,
    },
}

/// One SQLite file in DIR, which this process may write to or only read.
#[derive(Debug)]
pub(super) struct Database {
    path: PathBuf,
    access: Access,
}

#[derive(Debug)]
enum Access {
    /// Invariant: the lock is held from `open` to `close`.
    Write {
        schema: &'static str,
        durability: Durability,
        lock: Mutex<Option<File>>,
    },
    Read,
}

impl Database {
    /// Takes the lock of `dir/name.db` and creates what is missing.
    pub(super) fn open(
        dir: &Path,
        name: &str,
        schema: &'static str,
        durability: Durability,
    ) -> Result<Self, OpenError> {
        let path = dir.join(name).with_extension("db");
        let io = |error| cannot_open(&path, error);
        if !dir.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io)?;
        }
        let mut lock = private(&path.with_extension("lock")).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse { path }),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        // To SQLite an empty file, or the first bytes of one, is a database with nothing in it:
        // that it once held something has to be written down elsewhere.
        let mut was_here = String::new();
        lock.read_to_string(&mut was_here).map_err(io)?;
        if !was_here.is_empty() && fs::metadata(&path).map_or(0, |file| file.len()) < HEADER_BYTES {
            let why = "it is gone or empty, and was not; restore it, or remove the .lock beside it";
            return Err(OpenError::Damaged { path, why: why.to_owned() });
        }
        let log = fs::read(path.with_extension("db-wal")).unwrap_or_default();
        // What is not synced at each commit may lose many of them, and that is what it is for.
        if let Some(why) = wal::damage(&log)
            && durability == Durability::Full
        {
            let why = format!("{why}; restore it, or remove the -wal beside it to go on without");
            return Err(OpenError::Damaged { path, why });
        }
        drop(private(&path).map_err(io)?);
        let marker = was_here.is_empty().then(|| lock.try_clone()).transpose().map_err(io)?;
        let access = Access::Write { schema, durability, lock: Mutex::new(Some(lock)) };
        let database = Self { path, access };
        drop(database.connect()?);
        if let Some(mut marker) = marker {
            let io = |error| cannot_open(&database.path, error);
            marker.write_all(b"The file beside this one has been created.\n").map_err(io)?;
            marker.sync_all().and_then(|()| sync_dir(dir)).map_err(io)?;
        }
        Ok(database)
    }

    /// For a tool beside a server: takes no lock and can change nothing.
    pub(super) fn open_read_only(dir: &Path, name: &str) -> Result<Self, OpenError> {
        let path = dir.join(name).with_extension("db");
        if path.is_file() {
            Ok(Self { path, access: Access::Read })
        } else {
            Err(OpenError::Missing { path })
        }
    }

    /// Whether [`connect`](Self::connect) gives connections that write.
    pub(super) const fn writes(&self) -> bool {
        matches!(self.access, Access::Write { .. })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The connection of this process: the one that writes, if it may.
    ///
    /// Everything that the write-ahead log holds is in the database file, and synced, when this
    /// returns. After a failed fsync that is what makes the log trustworthy again: the kernel
    /// forgets which of its pages never reached the disk, so they are written once more elsewhere.
    pub(super) fn connect(&self) -> Result<Connection, OpenError> {
        let Access::Write { schema, durability, .. } = &self.access else {
            return self.connect_read_only();
        };
        let connect = || {
            let connection = open(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            let mode: String =
                connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
            let synchronous = match durability {
                Durability::Full => "FULL",
                Durability::Normal => "NORMAL",
            };
            // Checkpoints are ours to make, after those who wait for a commit have their answer.
            connection.execute_batch(&format!(
                "PRAGMA synchronous = {synchronous};
                 PRAGMA secure_delete = ON;
                 PRAGMA wal_autocheckpoint = 0;"
            ))?;
            Ok((connection, mode))
        };
        let (connection, mode) = connect().map_err(|error| self.error(error))?;
        if mode != "wal" {
            let why = format!("a write-ahead log is not possible there (journal mode: {mode})");
            return Err(OpenError::Damaged { path: self.path.clone(), why });
        }
        if self.version(&connection)? == 0 {
            connection
                .execute_batch(&format!(
                    "BEGIN IMMEDIATE; {schema}
                     PRAGMA application_id = {APPLICATION_ID};
                     PRAGMA user_version = {SCHEMA_VERSION};
                     COMMIT"
                ))
                .map_err(|error| self.error(error))?;
        }
        empty_log(&connection).map_err(|error| self.error(error))?;
        Ok(connection)
    }

    /// A connection that only reads, beside the one that writes.
    pub(super) fn connect_read_only(&self) -> Result<Connection, OpenError> {
        let connection = open(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(|error| self.error(error))?;
        self.version(&connection)?;
        Ok(connection)
    }

    /// Lets the lock go.
    pub(super) fn close(&self) {
        if let Access::Write { lock, .. } = &self.access {
            drop(lock.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }

    /// The schema's version, 0 for an empty file; an error if the file is not ours to read.
    fn version(&self, connection: &Connection) -> Result<i64, OpenError> {
        let pragma = |name: &str| -> Result<i64, OpenError> {
            connection
                .query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
                .map_err(|error| self.error(error))
        };
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(|error| self.error(error))?;
        let (version, application) = (pragma("user_version")?, pragma("application_id")?);
        let path = self.path.clone();
        match (version, application) {
            (SCHEMA_VERSION, APPLICATION_ID) if tables > 0 => Ok(version),
            (0, 0) if tables == 0 && self.writes() => Ok(0),
            (SCHEMA_VERSION.., APPLICATION_ID) if version > SCHEMA_VERSION => {
                Err(OpenError::Newer { path, version })
            }
            _ => {
                let why = "its header is not one that we wrote".to_owned();
                Err(OpenError::Damaged { path, why })
            }
        }
    }

    fn error(&self, error: rusqlite::Error) -> OpenError {
        let path = self.path.clone();
        if is_damage(&error) {
            OpenError::Damaged { path, why: error.to_string() }
        } else {
            OpenError::Io { path, source: std::sync::Arc::new(error) }
        }
    }
}

fn open(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    // Otherwise a statement is planned anew for each new bound of a range, which costs more than reading
    // the entry that it finds: <https://sqlite.org/queryplanner-ng.html#qpstab>.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Broken pages are found where they are read, and nothing of ours is in a temporary file.
    connection.execute_batch(
        "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;",
    )?;
    Ok(connection)
}

/// Copies the write-ahead log back, syncs, and cuts it to nothing.
pub(super) fn empty_log(connection: &Connection) -> rusqlite::Result<()> {
    if checkpoint(connection, "TRUNCATE")? {
        return Ok(());
    }
    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
    let why = "somebody reads the file and does not come to an end";
    Err(rusqlite::Error::SqliteFailure(busy, Some(why.to_owned())))
}

/// Whether it could be done whole; somebody who reads may be in its way.
pub(super) fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<bool> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        let (busy, log, copied): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(busy == 0 && log == copied)
    })
}

/// Whether SQLite says that a file is not what it wrote.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        || matches!(
            error,
            rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
        )
}

/// Whether SQLite says that there is no room: for a file, or for the log's index, which it makes
/// anew whenever a file is opened.
fn is_full(error: &rusqlite::Error) -> bool {
    let no_index =
        |code: &rusqlite::ffi::Error| code.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
        || error.sqlite_error().is_some_and(no_index)
}

/// A fault while writing, before the commit.
pub(super) fn fault(error: rusqlite::Error) -> JournalError {
    if is_full(&error) {
        JournalError::Full { source: std::sync::Arc::new(error) }
    } else {
        JournalError::io(error)
    }
}

/// A fault of the commit itself: what was written may be found when the file is opened again. Not
/// where a write failed, for want of room or else: SQLite writes what makes a commit one last, and
/// asks for the disk only then.
pub(super) fn commit_fault(error: rusqlite::Error) -> JournalError {
    let write = rusqlite::ffi::SQLITE_IOERR_WRITE;
    if error.sqlite_error().is_some_and(|code| code.extended_code == write) {
        return fault(error);
    }
    match fault(error) {
        JournalError::Io { source } => JournalError::Unknown { source },
        other => other,
    }
}

impl From<OpenError> for JournalError {
    fn from(error: OpenError) -> Self {
        let full = match &error {
            OpenError::Io { source, .. } => {
                source.downcast_ref::<rusqlite::Error>().is_some_and(is_full)
            }
            _ => false,
        };
        let source: Cause = std::sync::Arc::new(error);
        if full { Self::Full { source } } else { Self::Io { source } }
    }
}

/// Opens a file for its owner alone, creating it.
pub(crate) fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// A new name in a folder is durable only after this.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn cannot_open(path: &Path, error: io::Error) -> OpenError {
    OpenError::Io { path: path.to_owned(), source: std::sync::Arc::new(error) }
}
