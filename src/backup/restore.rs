//! The way back: a record, from one backup or from two, in an empty folder.

use std::fmt;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::manifest::{Manifest, written};
use super::take::broken;
use super::{BackupError, Part, Scaffold};
use crate::archive::record::hex;
use crate::hub::erase_what_is_owed;
use crate::journal::{Journal, private, sync_dir, verify};
use crate::qa::event::HOUSE;

/// Where it is put together, in the folder where it will be.
const SCAFFOLD: &str = ".restoring";
/// In which order the files come out of it. The locks say that a file was there: until the journal
/// has come, a server refuses to start instead of beginning a new one. `running` says that the life
/// before did not end in order, which is so: the copy ends in the middle of it.
const ORDER: &[&str] = &[
    "journal.lock",
    "keys.lock",
    "identity-key",
    "admin-token",
    "running",
    "keys.db",
    "journal.db",
];

/// What came of it.
#[derive(Debug)]
pub struct Restored {
    /// The backup of the journal.
    pub journal: Manifest,
    /// The backup of the keys, if there was one.
    pub keys: Option<Manifest>,
    /// Erasures that the journal records; all are in force.
    pub erasures: usize,
}

/// Puts the record into the empty folder `data`, which is made if it is not there: from one backup
/// of both parts, or from one of the journal and one of the keys, in any order. `without_keys`
/// says that the keys are lost, so that no text can be read any more; else they must be there.
///
/// Everything is compared with what the backup says, every chain computed anew, and every erasure
/// that the journal records is carried out again, before the first file gets its name.
///
/// # Errors
/// See [`BackupError`]. Nothing is left behind in `data`.
pub async fn restore(
    from: &[PathBuf],
    data: &Path,
    without_keys: bool,
) -> Result<Restored, BackupError> {
    let read = |dir: &PathBuf| Ok((dir.clone(), Manifest::read(dir)?));
    let backups: Vec<_> = from.iter().map(read).collect::<Result<_, BackupError>>()?;
    let journal = only(&backups, Part::Journal)?.ok_or(BackupError::Parts(
        "there is no journal in what you named; name the backup of the journal, too",
    ))?;
    let keys = only(&backups, Part::Keys)?;
    if keys.is_none() && !without_keys {
        return Err(BackupError::Parts(
            "there are no keys in what you named: no text could be read and no asker recognised. \
             Name the backup of the keys, too; or, if they are lost, say `--without-keys`",
        ));
    }
    let made = empty(data)?;
    let scaffold = Scaffold::new(data.join(SCAFFOLD))?;
    let dir = scaffold.path();
    for (part, source) in [(Part::Journal, Some(journal)), (Part::Keys, keys)] {
        let Some((source, manifest)) = source else { continue };
        for (name, noted) in manifest.files.iter().filter(|(name, _)| part.owns(name)) {
            let (from, to) = (source.join(name), dir.join(name));
            copy(&from, &to)?;
            if written(&to)? != *noted {
                let why = "its length or its SHA-256 is another".to_owned();
                return Err(BackupError::Changed { path: from, why });
            }
        }
    }
    let erasures = put_in_order(dir, &journal.1).await?;
    File::create_new(dir.join("running"))
        .and_then(|file| file.sync_all())
        .map_err(|error| BackupError::io("write", dir, error))?;
    let owner = fs::metadata(data).map_err(|error| BackupError::io("look at", data, error))?;
    for name in ORDER {
        come_out(&dir.join(name), &data.join(name), &owner)?;
    }
    drop(scaffold);
    made.keep();
    sync_dir(data).map_err(|error| BackupError::io("sync", data, error))?;
    Ok(Restored { journal: journal.1.clone(), keys: keys.map(|keys| keys.1.clone()), erasures })
}

/// The one backup that holds this part.
fn only(
    backups: &[(PathBuf, Manifest)],
    part: Part,
) -> Result<Option<&(PathBuf, Manifest)>, BackupError> {
    let mut holding = backups.iter().filter(|(_, manifest)| manifest.holds(part));
    match (holding.next(), holding.next()) {
        (found, None) => Ok(found),
        (_, Some(_)) => Err(BackupError::Parts(match part {
            Part::Journal => "two of the backups that you named hold a journal; name one",
            Part::Keys => "two of the backups that you named hold keys; name one",
        })),
    }
}

/// A folder that we have made: it goes again, if it is empty, unless it is kept.
struct Made(Option<PathBuf>);

impl Made {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            // One that is not empty, or gone, may stay as it is.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Makes the folder, or makes sure that nothing is in it.
fn empty(data: &Path) -> Result<Made, BackupError> {
    let failed = |error| BackupError::io("look at", data, error);
    match fs::read_dir(data) {
        Ok(mut inside) => match inside.next().transpose().map_err(failed)? {
            None => Ok(Made(None)),
            Some(found) => {
                let found = found.file_name().to_string_lossy().into_owned();
                Err(BackupError::NotEmpty { path: data.to_owned(), found })
            }
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
            made.map_err(|error| BackupError::io("make the folder", data, error))?;
            Ok(Made(Some(data.to_owned())))
        }
        Err(error) => Err(failed(error)),
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut source = File::open(from).map_err(|error| BackupError::io("read", from, error))?;
    let mut copied = || {
        let mut target = private(to)?;
        std::io::copy(&mut source, &mut target)?;
        target.flush()?;
        target.sync_all()
    };
    copied().map_err(|error| BackupError::io("write", to, error))
}

/// Every chain as the backup noted it, and nothing that was to be forgotten. Says how many erasures
/// there are.
async fn put_in_order(dir: &Path, manifest: &Manifest) -> Result<usize, BackupError> {
    let journal = Journal::open(dir)?;
    let mut erased = 0;
    for noted in &manifest.sessions {
        let verified = verify(journal.store(), noted.id, None).await;
        let head = verified.map_err(|error| broken(noted.id, error))?.head;
        if (head.n, hex(&head.chain)) != (noted.entries, noted.chain.clone()) {
            let why = "its chain is not the one that the backup noted".to_owned();
            return Err(BackupError::Broken { session: noted.id, why });
        }
        if noted.id != HOUSE {
            erased += erase_what_is_owed(&journal, noted.id).await?;
        }
    }
    journal.close().await;
    Ok(erased)
}

/// Gives a file its name in the data folder, and to whom that folder belongs: who restores may be
/// root, who serves is not.
fn come_out(from: &Path, to: &Path, folder: &fs::Metadata) -> Result<(), BackupError> {
    let failed = |error| BackupError::io("put into place", to, error);
    let file = match fs::metadata(from) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    if (file.uid(), file.gid()) != (folder.uid(), folder.gid()) {
        let (owner, group) = (Some(folder.uid()), Some(folder.gid()));
        std::os::unix::fs::chown(from, owner, group).map_err(failed)?;
    }
    fs::rename(from, to).map_err(failed)
}

/// What is printed.
impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { journal, keys, erasures } = self;
        let (sessions, entries) = (journal.sessions.len(), journal.entries());
        writeln!(
            f,
            "restored: {entries} entries in {sessions} journals as of {}, every chain whole; \
             {erasures} recorded erasures are in force",
            journal.made_at
        )?;
        match keys {
            Some(keys) if keys.made_at < journal.made_at => write!(
                f,
                "warning: the keys are of {}: what somebody wrote for the first time after that \
                 cannot be read",
                keys.made_at
            ),
            Some(keys) => write!(f, "the keys are of {}", keys.made_at),
            None => write!(f, "warning: there are no keys; no text can be read"),
        }
    }
}
