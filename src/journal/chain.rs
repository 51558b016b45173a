//! The chain over the stored bytes, and the proof that nothing was changed.
//!
//! `chain(0) = SHA-256("filodiretto/1" ‖ session id)`,
//! `chain(n) = SHA-256(chain(n-1) ‖ SHA-256(bytes of entry n as stored))`. It is computed by
//! readers over the journal's order, void commands included; nothing that an engine adds enters.
//! Each command of the staff carries the [`Head`] that its node had applied: an anchor. Who would
//! rewrite an entry must rewrite every anchor after it, which changes those entries, and the head
//! that was published with the record.

use futures_util::TryStreamExt as _;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{JournalError, Mark, Seq, Store, Stored};
use crate::qa::event::Head;
use crate::qa::id::{EntryId, SessionId};

/// What the chain starts from, so that no hash of ours means anything elsewhere.
const LABEL: &[u8] = b"filodiretto/1";

/// The chain of one session, up to some entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain(Head);

impl Chain {
    /// `chain(0)`: no entry yet.
    pub fn new(session: SessionId) -> Self {
        let chain = Sha256::new().chain_update(LABEL).chain_update(session.to_bytes()).finalize();
        Self(Head { n: 0, chain: chain.into() })
    }

    /// Goes on from a head that somebody vouches for, such as a snapshot that was checked.
    pub const fn resume(head: Head) -> Self {
        Self(head)
    }

    /// How many entries, and the chain over them.
    pub const fn head(&self) -> Head {
        self.0
    }

    /// Takes the SHA-256 of the next entry's bytes.
    pub fn advance(&mut self, digest: &[u8; 32]) {
        let chain = Sha256::new().chain_update(self.0.chain).chain_update(digest).finalize();
        self.0 = Head { n: self.0.n.saturating_add(1), chain: chain.into() };
    }
}

/// Walks over a session's whole journal and recomputes its chain. Compared with it are what the
/// engine noted, every anchor in the record, and the head that was `published`, if one is given:
/// without it, somebody who rewrites the engine's file from some entry to the end, consistently
/// and beyond the last anchor, is not found.
///
/// # Errors
/// [`NotVerified::Broken`] names the first entry that is not what was recorded;
/// [`NotVerified::Journal`] says that the journal could not be read.
pub async fn verify(
    store: &dyn Store,
    session: SessionId,
    published: Option<Head>,
) -> Result<Verified, NotVerified> {
    let noted = store.head(session).await.map_err(|error| of_reading(session, error))?;
    let mut verifier = Verifier::new(session);
    let mut entries = store.read(session, Seq::START);
    while let Some(stored) = entries.try_next().await.map_err(|error| of_reading(session, error))? {
        verifier.entry(&stored)?;
    }
    Ok(verifier.finish(Some(noted.head), published)?)
}

/// An engine vouches for its rows itself where it can; what it found is our finding.
fn of_reading(session: SessionId, error: JournalError) -> NotVerified {
    match error {
        JournalError::Damaged { session: of, seq, why } if of == session => {
            NotVerified::Broken(Broken { n: seq.0, why })
        }
        other => NotVerified::Journal(other),
    }
}

/// A record that is what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Its entries, and the chain over them; to be published with it.
    pub head: Head,
    /// How many anchors in it were compared.
    pub anchors: u64,
}

/// The first entry of a record that is not what was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {n} is not what was recorded: {why}")]
pub struct Broken {
    /// Counted from 1. One more than there are entries when the end is missing.
    pub n: u64,
    /// What shows it.
    pub why: String,
}

/// Why a record was not found to be what it was.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotVerified {
    /// It is not.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// Nobody can say, since it cannot be read.
    #[error(transparent)]
    Journal(JournalError),
}

/// Verifies entries one by one; [`verify`] drives it over a store, others over an export.
#[derive(Debug)]
pub struct Verifier {
    chain: Chain,
    /// `chain(n)` at index n, for the anchors to come: 32 bytes an entry.
    past: Vec<[u8; 32]>,
    anchors: u64,
}

impl Verifier {
    /// Starts before the first entry.
    pub fn new(session: SessionId) -> Self {
        let chain = Chain::new(session);
        Self { past: vec![chain.head().chain], chain, anchors: 0 }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// This entry, or an earlier one, is not what was recorded.
    pub fn entry(&mut self, stored: &Stored) -> Result<(), Broken> {
        let n = self.chain.head().n.saturating_add(1);
        let broken = |why: String| Broken { n, why };
        let entry: Anchors = serde_json::from_slice(&stored.bytes)
            .map_err(|error| broken(format!("it cannot be read: {error}")))?;
        if entry.id != stored.id {
            return Err(broken("it is filed under another id".to_owned()));
        }
        for anchor in entry.commands.into_iter().filter_map(|command| command.head) {
            self.anchor(n, anchor)?;
        }
        self.chain.advance(&stored.digest);
        self.past.push(self.chain.head().chain);
        Ok(())
    }

    /// Ends the record: `noted` is what its keeper says its head is, `published` what the world
    /// was told.
    ///
    /// # Errors
    /// The record is shorter, longer or another than one of them says.
    pub fn finish(&self, noted: Option<Head>, published: Option<Head>) -> Result<Verified, Broken> {
        let head = self.chain.head();
        for (who, said) in [("the journal's own head", noted), ("the published head", published)] {
            let Some(said) = said else { continue };
            if said == head {
                continue;
            }
            let (n, why) = match said.n.cmp(&head.n) {
                std::cmp::Ordering::Greater => (head.n + 1, format!("{who} counts {}", said.n)),
                // What came after is an addition, if what came before is the same.
                std::cmp::Ordering::Less if self.at(said.n) == Some(said.chain) => {
                    (said.n + 1, format!("{who} ends before it"))
                }
                _ => (said.n, format!("{who} has another chain there")),
            };
            return Err(Broken { n, why });
        }
        Ok(Verified { head, anchors: self.anchors })
    }

    fn anchor(&mut self, n: u64, anchor: Head) -> Result<(), Broken> {
        match self.at(anchor.n) {
            Some(chain) if chain == anchor.chain => {
                self.anchors += 1;
                Ok(())
            }
            Some(_) => Err(Broken {
                n: anchor.n,
                why: format!("a command in entry {n} knew another chain there"),
            }),
            None => Err(Broken { n, why: format!("it knows of entry {}", anchor.n) }),
        }
    }

    fn at(&self, n: u64) -> Option<[u8; 32]> {
        self.past.get(usize::try_from(n).ok()?).copied()
    }
}

/// As much of an entry as verifying needs; events of any release will do.
#[derive(Deserialize)]
struct Anchors {
    id: EntryId,
    commands: Vec<Anchor>,
}

#[derive(Deserialize)]
struct Anchor {
    #[serde(default)]
    head: Option<Head>,
}

impl From<Chain> for Mark {
    /// For engines whose positions are dense.
    fn from(chain: Chain) -> Self {
        Self { seq: Seq(chain.head().n), head: chain.head() }
    }
}
