//! The bytes of a data folder, whoever wrote them, and what its keys open.

use std::fs;
use std::path::Path;

use filodiretto::journal::{Journal, Seq};
use filodiretto::qa::{Event, SessionId};
use futures_util::TryStreamExt as _;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

/// The files, at any depth, that hold these bytes anywhere.
pub(crate) fn holding(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let files = files(folder);
    assert!(!files.is_empty(), "there is nothing to search");
    let found = files.iter().filter(|(_, file)| file.windows(bytes.len()).any(|w| w == bytes));
    found.map(|(path, _)| path.clone()).collect()
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).expect("a file")));
        }
    }
    found
}

/// A copy, as a backup of a running server would take it.
pub(crate) fn copied(from: &Path) -> TempDir {
    let to = tempfile::tempdir().expect("a folder");
    copy(from, to.path());
    to
}

/// The same, into a folder that is there.
pub(crate) fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir(&to).expect("a folder");
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a file");
        }
    }
}

/// Every entry, as far as the keys of this folder open it; read beside the rooms, which would erase
/// what they find owed.
pub(crate) async fn opened(folder: &Path, id: SessionId) -> String {
    let journal = Journal::open_to_read(folder).expect("the folder");
    let entries: Vec<_> = journal
        .read::<Event>(id, Seq::START)
        .map_ok(|read| format!("{:?}", read.entry))
        .try_collect()
        .await
        .expect("the journal is read");
    entries.concat()
}

/// A journal to which nothing can be written: somebody else writes to its file, for less than the five
/// seconds for which its owner waits. What is sent meanwhile waits together.
pub(crate) struct HeldUp(Connection);

impl HeldUp {
    pub(crate) fn journal(folder: &Path) -> Self {
        let file = folder.join("journal.db");
        let file = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE);
        let file = file.expect("the journal");
        file.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
        Self(file)
    }

    pub(crate) fn goes_on(self) {
        self.0.execute_batch("ROLLBACK").expect("a transaction");
    }
}
