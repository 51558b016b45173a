//! What a backup says of itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{BackupError, Part};
use crate::archive::record::hex;
use crate::journal::private;
use crate::qa::{SessionId, Slug};

/// The format that this release writes, and the last one that it reads.
pub(super) const FORMAT: u32 = 1;
/// Its file.
const NAME: &str = "backup.json";

/// `backup.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its format; a number, so that a later release is recognised.
    pub filodiretto_backup: u32,
    /// When it was made, by the clock of the machine that made it.
    pub made_at: jiff::Timestamp,
    /// The release that made it.
    pub version: String,
    /// What it holds beside this.
    pub files: BTreeMap<String, Written>,
    /// What stands in the journal, if that is part of it.
    #[serde(default)]
    pub sessions: Vec<Noted>,
}

/// A file as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// How long.
    pub bytes: u64,
    /// SHA-256 of it, as hexadecimal digits.
    pub sha256: String,
}

/// A session's journal as it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// Which session.
    pub id: SessionId,
    /// Its name in addresses; the house's own journal has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Slug>,
    /// How many entries.
    pub entries: u64,
    /// The chain over them, as hexadecimal digits.
    pub chain: String,
}

impl Manifest {
    /// Whether this part is in it.
    pub fn holds(&self, part: Part) -> bool {
        self.files.contains_key(&format!("{}.db", part.database()))
    }

    /// Bytes of everything.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.bytes).sum()
    }

    /// Entries of all sessions.
    pub fn entries(&self) -> u64 {
        self.sessions.iter().map(|session| session.entries).sum()
    }

    /// Writes it into a folder.
    pub(super) fn write(&self, dir: &Path) -> Result<(), BackupError> {
        let path = dir.join(NAME);
        let mut text = serde_json::to_vec_pretty(self).expect("names and numbers");
        text.push(b'\n');
        private(&path)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .map_err(|error| BackupError::io("write", &path, error))
    }

    /// Reads it from a folder.
    pub(super) fn read(dir: &Path) -> Result<Self, BackupError> {
        let not = |why: String| BackupError::NotABackup { path: dir.to_owned(), why };
        let text = match std::fs::read(dir.join(NAME)) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && dir.is_dir() => {
                return Err(not(format!("it has no {NAME}")));
            }
            Err(error) => return Err(BackupError::io("read", dir, error)),
        };
        // The format first: what else a later release says need not make sense here.
        #[derive(Deserialize)]
        struct Format {
            filodiretto_backup: u32,
        }
        let unreadable = |error: serde_json::Error| not(format!("{NAME} cannot be read: {error}"));
        let Format { filodiretto_backup: format } =
            serde_json::from_slice(&text).map_err(unreadable)?;
        if format > FORMAT {
            return Err(BackupError::Newer { path: dir.to_owned(), format });
        }
        let manifest: Self = serde_json::from_slice(&text).map_err(unreadable)?;
        let ours = |name: &String| Part::ALL.iter().any(|part| part.owns(name));
        match manifest.files.keys().find(|name| !ours(name)) {
            Some(name) => Err(not(format!("`{name}` is no file of a backup"))),
            None => Ok(manifest),
        }
    }
}

impl Part {
    /// Whether a file of a backup belongs to this part.
    pub(super) fn owns(self, name: &str) -> bool {
        name.strip_suffix(".db") == Some(self.database()) || self.files().contains(&name)
    }
}

/// What was written there.
pub(super) fn written(path: &Path) -> Result<Written, BackupError> {
    let failed = |error| BackupError::io("read", path, error);
    let mut file = File::open(path).map_err(failed)?;
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => break,
            count => {
                digest.update(&buffer[..count]);
                bytes += count as u64;
            }
        }
    }
    Ok(Written { bytes, sha256: hex(&digest.finalize()) })
}
