//! Caches of a session's state, so that a restart need not replay a whole evening.
//!
//! A snapshot is never the truth. It says which format it has, where in the journal it stands, and
//! what its bytes should hash to; when any of that is in doubt it is thrown away and the journal is
//! replayed. Its body is the caller's: a state whose free text is still sealed, so that forgetting
//! reaches into it, too.
//!
//! `DIR/snapshots/<session>` holds the newest one. It is written beside and renamed: a crash leaves
//! the old one or the new one, never half of it.

use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tracing::warn;

use super::folder::{private, sync_dir};
use super::{JournalError, Mark, Seq, Store};
use crate::qa::event::Head;
use crate::qa::id::SessionId;

const MAGIC: &[u8; 8] = b"FILOSNAP";
const HEADER_BYTES: usize = 8 + 4 + 16 + 8 + 8 + 32 + 8 + 32;

/// The folder of snapshots. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Snapshots {
    dir: PathBuf,
}

/// A state, as somebody encoded it, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last entry that had been applied, and the chain up to it.
    pub mark: Mark,
    /// The state. Its guarded values are sealed.
    pub body: Vec<u8>,
}

impl Snapshots {
    /// Those in `dir/snapshots`.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.join("snapshots") }
    }

    /// Writes the newest snapshot of a session in place of the one before. `version` is the
    /// format of `body`.
    ///
    /// # Errors
    /// The disk said no; the snapshot before is still there, and nothing is lost.
    pub async fn save(
        &self,
        session: SessionId,
        version: u32,
        snapshot: Snapshot,
    ) -> io::Result<()> {
        let this = self.clone();
        blocking(move || this.write(session, &encode(session, version, &snapshot), &snapshot.body))
            .await
    }

    /// The newest snapshot of a session, if it can be trusted: whole, in this format, and of the
    /// journal as it stands now. One that cannot is removed.
    ///
    /// # Errors
    /// The *journal* cannot be read.
    pub async fn load(
        &self,
        session: SessionId,
        version: u32,
        store: &dyn Store,
    ) -> Result<Option<Snapshot>, JournalError> {
        let path = self.path(session);
        let read = blocking(move || fs::read(path)).await;
        let bytes = match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.ok(),
        };
        if let Some(snapshot) = bytes.and_then(|bytes| decode(session, version, bytes))
            && store.mark(session, snapshot.mark.seq).await? == Some(snapshot.mark)
        {
            return Ok(Some(snapshot));
        }
        warn!(session.id = %session, "threw away a snapshot that cannot be trusted, of `{session}`");
        // One that cannot even be removed is not trusted the next time either.
        let _ = self.forget(session).await;
        Ok(None)
    }

    /// Removes what is kept of a session.
    ///
    /// # Errors
    /// The disk said no; the snapshot may still be there.
    pub async fn forget(&self, session: SessionId) -> io::Result<()> {
        let this = self.clone();
        blocking(move || {
            for path in [this.path(session), this.beside(session)] {
                match fs::remove_file(path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    other => other?,
                }
            }
            if this.dir.is_dir() { sync_dir(&this.dir) } else { Ok(()) }
        })
        .await
    }

    fn write(&self, session: SessionId, header: &[u8], body: &[u8]) -> io::Result<()> {
        if !self.dir.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        }
        let beside = self.beside(session);
        let mut file = private(&beside)?;
        file.set_len(0)?; // What a crash left there.
        file.write_all(header)?;
        file.write_all(body)?;
        file.sync_all()?;
        fs::rename(beside, self.path(session))?;
        sync_dir(&self.dir)
    }

    fn path(&self, session: SessionId) -> PathBuf {
        self.dir.join(session.to_string())
    }

    fn beside(&self, session: SessionId) -> PathBuf {
        self.path(session).with_extension("new")
    }
}

/// magic, version, session, seq, n, chain, length of the body, SHA-256 of all that and the body.
fn encode(session: SessionId, version: u32, snapshot: &Snapshot) -> Vec<u8> {
    let Mark { seq, head } = snapshot.mark;
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&version.to_be_bytes());
    header.extend_from_slice(&session.to_bytes());
    header.extend_from_slice(&seq.0.to_be_bytes());
    header.extend_from_slice(&head.n.to_be_bytes());
    header.extend_from_slice(&head.chain);
    header.extend_from_slice(&(snapshot.body.len() as u64).to_be_bytes());
    let hash = Sha256::new().chain_update(&header).chain_update(&snapshot.body).finalize();
    header.extend_from_slice(&hash);
    header
}

/// `None`: it is not a whole snapshot of that session in that format.
fn decode(session: SessionId, version: u32, mut bytes: Vec<u8>) -> Option<Snapshot> {
    let body = (bytes.len() >= HEADER_BYTES).then(|| bytes.split_off(HEADER_BYTES))?;
    let number = |at: usize| Some(u64::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    let seq = Seq(number(28)?);
    let head = Head { n: number(36)?, chain: *bytes.get(44..)?.first_chunk()? };
    let snapshot = Snapshot { mark: Mark { seq, head }, body };
    // One comparison for everything: any other byte anywhere gives another header.
    (encode(session, version, &snapshot) == bytes).then_some(snapshot)
}

async fn blocking<R: Send + 'static>(
    work: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> io::Result<R> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::journal::Memory;
    use crate::journal::samples::{entry_id, session_id};

    const VERSION: u32 = 3;

    /// A journal of three entries, a snapshot at the second, its folder.
    async fn evening() -> (Memory, Snapshots, Snapshot, tempfile::TempDir) {
        let (store, dir) = (Memory::new(), tempfile::tempdir().expect("a folder"));
        for n in 1..=3 {
            let bytes = Bytes::from(format!("entry {n}"));
            store.append(session_id(1), entry_id(n), bytes).await.expect("is well");
        }
        let mark = store.mark(session_id(1), Seq(2)).await.expect("is well").expect("is there");
        let snapshot = Snapshot { mark, body: b"the state".to_vec() };
        let snapshots = Snapshots::new(dir.path());
        snapshots.save(session_id(1), VERSION, snapshot.clone()).await.expect("saves");
        (store, snapshots, snapshot, dir)
    }

    async fn load(snapshots: &Snapshots, version: u32, store: &dyn Store) -> Option<Snapshot> {
        snapshots.load(session_id(1), version, store).await.expect("the journal is well")
    }

    #[tokio::test]
    async fn what_was_saved_last_comes_back() {
        let (store, snapshots, snapshot, dir) = evening().await;
        assert_eq!(load(&snapshots, VERSION, &store).await, Some(snapshot.clone()));
        let newer =
            Snapshot { mark: store.head(session_id(1)).await.expect("is well"), ..snapshot };
        snapshots.save(session_id(1), VERSION, newer.clone()).await.expect("saves");
        assert_eq!(load(&snapshots, VERSION, &store).await, Some(newer));
        assert_eq!(fs::read_dir(dir.path().join("snapshots")).expect("reads").count(), 1);
        snapshots.forget(session_id(1)).await.expect("forgets");
        snapshots.forget(session_id(1)).await.expect("twice is once");
        assert_eq!(load(&snapshots, VERSION, &store).await, None);
    }

    #[tokio::test]
    async fn any_byte_that_is_another_and_any_byte_that_is_missing_is_a_doubt() {
        let (store, snapshots, snapshot, _dir) = evening().await;
        let path = snapshots.path(session_id(1));
        let good = fs::read(&path).expect("reads");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            fs::write(&path, bad).expect("writes");
            assert_eq!(load(&snapshots, VERSION, &store).await, None, "byte {at}");
            assert!(!path.exists(), "what is in doubt is removed");
            fs::write(&path, &good[..at]).expect("writes");
            assert_eq!(load(&snapshots, VERSION, &store).await, None, "cut at {at}");
        }
        fs::write(&path, [&good[..], b"!"].concat()).expect("writes");
        assert_eq!(load(&snapshots, VERSION, &store).await, None, "longer than it says");
        fs::write(&path, good).expect("writes");
        assert_eq!(load(&snapshots, VERSION, &store).await, Some(snapshot));
    }

    #[tokio::test]
    async fn another_format_and_another_journal_are_a_doubt() {
        let (store, snapshots, snapshot, _dir) = evening().await;
        assert_eq!(load(&snapshots, VERSION + 1, &store).await, None);

        // A journal that was put back from an older backup, and one that went another way.
        for entries in [1, 3] {
            let other = Memory::new();
            for n in 1..=entries {
                let bytes = Bytes::from(format!("another {n}"));
                other.append(session_id(1), entry_id(n), bytes).await.expect("is well");
            }
            snapshots.save(session_id(1), VERSION, snapshot.clone()).await.expect("saves");
            assert_eq!(load(&snapshots, VERSION, &other).await, None);
        }
        assert_eq!(load(&snapshots, VERSION, &store).await, None, "it was removed");
    }

    #[tokio::test]
    async fn what_a_crash_left_half_written_is_in_nobodys_way() {
        let (store, snapshots, snapshot, _dir) = evening().await;
        fs::write(snapshots.beside(session_id(1)), [7; 4096]).expect("writes");
        assert_eq!(load(&snapshots, VERSION, &store).await, Some(snapshot.clone()));
        snapshots.save(session_id(1), VERSION, snapshot.clone()).await.expect("saves");
        assert_eq!(load(&snapshots, VERSION, &store).await, Some(snapshot));
        assert!(!snapshots.beside(session_id(1)).exists());
    }
}
