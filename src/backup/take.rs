//! Taking a backup, beside a server that goes on.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use std::{fmt, fs};

use super::manifest::{FORMAT, Manifest, Noted, written};
use super::{BackupError, Part, Scaffold};
use crate::archive;
use crate::archive::record::hex;
use crate::journal::copy::{self, check};
use crate::journal::{Journal, Keys, NotVerified, Sqlite, Store as _, private, sync_dir, verify};
use crate::qa::SessionId;

/// A backup that counts.
#[derive(Debug)]
pub struct Taken {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The parts of which the data folder does not know that they were backed up, since it could
    /// not be written to: `/metrics` goes on telling of the backup before.
    pub untold: Vec<PathBuf>,
}

/// Copies the record of `data`, or one part of it, into the new folder `to`. The copy is read again
/// before it gets its name.
///
/// The journal is copied before the keys, so that every text in it has its key: a key is durable
/// before the first entry that uses it. What is forgotten between the two has none in the copy,
/// either.
///
/// # Errors
/// See [`BackupError`]. Nothing is left behind in `to`.
pub async fn take(data: &Path, to: &Path, only: Option<Part>) -> Result<Taken, BackupError> {
    let parts: Vec<Part> =
        Part::ALL.into_iter().filter(|part| only.is_none_or(|only| only == *part)).collect();
    for part in &parts {
        let file = format!("{}.db", part.database());
        if !data.join(&file).is_file() {
            return Err(BackupError::NoData { path: data.to_owned(), file });
        }
    }
    if fs::symlink_metadata(to).is_ok() {
        return Err(BackupError::TargetExists { path: to.to_owned() });
    }
    let name = to.file_name().ok_or_else(|| BackupError::TargetExists { path: to.to_owned() })?;
    let parent = match to.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let scaffold = Scaffold::new(parent.join(format!(".{}.part", name.to_string_lossy())))?;
    let dir = scaffold.path().to_owned();
    let made_at = now();
    let mut files = Vec::new();
    for part in &parts {
        files.extend(copy_part(*part, data, &dir)?);
    }
    let mut sessions = Vec::new();
    for part in &parts {
        check(&dir, part.database()).map_err(|error| BackupError::copying(to, error))?;
        if *part == Part::Journal {
            sessions = noted(&dir).await?;
        }
    }
    let files = files
        .into_iter()
        .map(|name| Ok((name.clone(), written(&dir.join(name))?)))
        .collect::<Result<BTreeMap<_, _>, BackupError>>()?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { filodiretto_backup: FORMAT, made_at, version, files, sessions };
    manifest.write(&dir)?;
    sync_dir(&dir).map_err(|error| BackupError::io("sync", &dir, error))?;
    fs::rename(&dir, to).map_err(|error| BackupError::io("give its name to", to, error))?;
    scaffold.keep();
    sync_dir(parent).map_err(|error| BackupError::io("sync", parent, error))?;
    let marks = parts.iter().map(|part| data.join(part.mark()));
    let untold = marks.filter(|mark| fs::write(mark, format!("{made_at}\n")).is_err()).collect();
    Ok(Taken { manifest, untold })
}

/// The files of this part, as they were copied.
fn copy_part(part: Part, data: &Path, dir: &Path) -> Result<Vec<String>, BackupError> {
    let copied = match part {
        Part::Journal => copy::journal(data, dir),
        Part::Keys => copy::keys(data, dir),
    };
    copied.map_err(|error| BackupError::copying(dir, error))?;
    let mut files = vec![format!("{}.db", part.database())];
    for name in part.files() {
        let (from, to) = (data.join(name), dir.join(name));
        let text = match fs::read(&from) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(BackupError::io("read", &from, error)),
        };
        use std::io::Write as _;
        private(&to)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .map_err(|error| BackupError::io("write", &to, error))?;
        files.push((*name).to_owned());
    }
    Ok(files)
}

/// Every session in this copy of a journal, its chain computed anew from the first entry.
pub(super) async fn noted(dir: &Path) -> Result<Vec<Noted>, BackupError> {
    let store = Arc::new(Sqlite::open_read_only(dir)?);
    // Names in addresses are sealed under no key.
    let journal = Journal::new(Arc::clone(&store) as Arc<_>, Arc::new(Keys::in_memory()));
    let house = archive::house(&journal).await?;
    let mut sessions = Vec::new();
    for id in store.sessions().await? {
        let verified = verify(&*store, id, None).await.map_err(|error| broken(id, error))?;
        let slug = house.sessions().iter().find(|(_, known)| **known == id);
        sessions.push(Noted {
            id,
            slug: slug.map(|(slug, _)| slug.clone()),
            entries: verified.head.n,
            chain: hex(&verified.head.chain),
        });
    }
    store.close().await;
    Ok(sessions)
}

pub(super) fn broken(session: SessionId, error: NotVerified) -> BackupError {
    match error {
        NotVerified::Broken(broken) => BackupError::Broken { session, why: broken.to_string() },
        NotVerified::Journal(fault) => BackupError::Journal(fault),
    }
}

#[expect(clippy::disallowed_methods, reason = "a backup says when it was made")]
fn now() -> jiff::Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

/// What is printed.
impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = &self.manifest;
        for session in &manifest.sessions {
            let slug = session.slug.as_ref().map_or("(the house)", |slug| slug.as_str());
            writeln!(f, "{slug}: {} entries, chain {}", session.entries, session.chain)?;
        }
        for mark in &self.untold {
            let mark = mark.display();
            writeln!(f, "warning: {mark} could not be written: the metrics do not know of this")?;
        }
        let parts = match (manifest.holds(Part::Journal), manifest.holds(Part::Keys)) {
            (true, true) => "journal and keys",
            (true, false) => "the journal, without keys",
            _ => "the keys, without the journal",
        };
        let (entries, bytes) = (manifest.entries(), manifest.bytes());
        write!(f, "backed up: {parts}, {entries} entries, {bytes} bytes, read again and whole")
    }
}
