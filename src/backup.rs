//! Copies of the record that are kept elsewhere, and the way back from one.
//!
//! A backup is a folder with a manifest. It holds one of two parts, or both: the **journal**, which
//! is kept for years, and the **keys** (with what signs identities, and the administrator's token),
//! which are kept for days, because an old copy of the keys opens again what was forgotten since.
//!
//! It is taken while the server runs, counts only once it was read again and found whole, and never
//! writes over anything. Going back carries out every erasure that the journal records, so that old
//! keys do not undo a forgetting that a newer journal knows of.

mod manifest;
mod restore;
mod take;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::gate::keys::{ADMIN_TOKEN, IDENTITY_KEY};
use crate::journal::copy::CopyError;
use crate::journal::{JournalError, OpenError};
use crate::qa::SessionId;

pub use manifest::{Manifest, Noted};
pub use restore::{Restored, restore};
pub use take::{Taken, take};

/// What is kept apart, since it is kept for another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// What happened: for years.
    Journal,
    /// What opens its texts, and who people are: for days.
    Keys,
}

impl Part {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Journal, Self::Keys];

    /// The SQLite file of this part, without its ending.
    const fn database(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Keys => "keys",
        }
    }

    /// What else belongs to it, where it is there: one setting or the other may have replaced it.
    const fn files(self) -> &'static [&'static str] {
        match self {
            Self::Journal => &[],
            Self::Keys => &[IDENTITY_KEY, ADMIN_TOKEN],
        }
    }

    /// The file in the data folder that says when this part was last backed up, by its own time of
    /// change: `/metrics` reads it.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Journal => "journal.backed-up",
            Self::Keys => "keys.backed-up",
        }
    }
}

/// Why there is no backup, or no way back from it.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something stands where the backup was to be made.
    #[error("{} is there already; a backup writes over nothing: name a folder that is not there yet", path.display())]
    TargetExists {
        /// Where.
        path: PathBuf,
    },
    /// One that is being made, or was never finished.
    #[error("{} is there: another backup to the same place is under way, or one was cut short; in that case remove it", path.display())]
    Unfinished {
        /// Where.
        path: PathBuf,
    },
    /// There is no record in the data folder.
    #[error("{} holds no {file}: is it the data folder of the server (`--data`)?", path.display())]
    NoData {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        file: String,
    },
    /// No room.
    #[error("there is no room on the disk of {}; nothing was left behind there. Make room, or name another disk", path.display())]
    Full {
        /// Where it was written.
        path: PathBuf,
    },
    /// The copy could not be made.
    #[error("the copy could not be made")]
    Copy(#[from] CopyError),
    /// The machine said no.
    #[error("failed to {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is something else.
    #[error("{} is no backup: {why}", path.display())]
    NotABackup {
        /// The folder.
        path: PathBuf,
        /// What is missing or wrong.
        why: String,
    },
    /// A later release made it.
    #[error("{} is a backup of format {format}, which only a newer release can read; this one reads {}", path.display(), manifest::FORMAT)]
    Newer {
        /// The folder.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// It has changed since.
    #[error("{} is not what the backup wrote: {why}. Take another backup", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// What is different.
        why: String,
    },
    /// Where the record was to be put, something is.
    #[error("{} is not empty (it holds `{found}`); a record is restored into an empty folder only", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
        /// One of the things in it.
        found: String,
    },
    /// The parts do not make a whole.
    #[error("{0}")]
    Parts(&'static str),
    /// The record is not what it was.
    #[error("session {session} is broken: {why}")]
    Broken {
        /// Whose journal.
        session: SessionId,
        /// What shows it.
        why: String,
    },
    /// The record cannot be opened.
    #[error("failed to open the record")]
    Open(#[from] OpenError),
    /// The record cannot be read, or a key of it not be erased.
    #[error("failed to read the record")]
    Journal(#[from] JournalError),
}

impl BackupError {
    fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { path },
            _ => Self::Io { what, path, source },
        }
    }

    /// What went wrong with a copy in this folder.
    fn copying(to: &Path, error: CopyError) -> Self {
        let CopyError::Write { source, .. } = &error else { return Self::Copy(error) };
        let full =
            match (source.downcast_ref::<rusqlite::Error>(), source.downcast_ref::<io::Error>()) {
                (Some(error), _) => {
                    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
                }
                (_, Some(error)) => error.kind() == ErrorKind::StorageFull,
                _ => false,
            };
        if full { Self::Full { path: to.to_owned() } } else { Self::Copy(error) }
    }
}

/// A folder that goes away unless it is kept.
struct Scaffold(Option<PathBuf>);

impl Scaffold {
    fn new(path: PathBuf) -> Result<Self, BackupError> {
        use std::os::unix::fs::DirBuilderExt as _;
        match std::fs::DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => Ok(Self(Some(path))),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(BackupError::Unfinished { path })
            }
            Err(error) => Err(BackupError::io("make the folder", &path, error)),
        }
    }

    fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or(Path::new(""))
    }

    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Scaffold {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // What cannot be removed is named by the next one that finds it.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}
