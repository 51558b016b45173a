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
        verifier.entry(&stored, None)?;
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
    /// Counted from 1. One more than there are entries when the end is missing. Where only an
    /// anchor shows it, the place of the anchor: the change is there or shortly before.
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
    /// The last place that an anchor agreed on.
    agreed: u64,
}

impl Verifier {
    /// Starts before the first entry.
    pub fn new(session: SessionId) -> Self {
        let chain = Chain::new(session);
        Self { past: vec![chain.head().chain], chain, anchors: 0, agreed: 0 }
    }

    /// Takes the next entry, with the chain that its keeper noted beside it, if there is one:
    /// only with it the first bad entry is named exactly. Without, it is found by the next anchor.
    ///
    /// # Errors
    /// This entry, or an earlier one, is not what was recorded.
    pub fn entry(&mut self, stored: &Stored, noted: Option<[u8; 32]>) -> Result<(), Broken> {
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
        let chain = self.chain.head().chain;
        if noted.is_some_and(|noted| noted != chain) {
            return Err(broken("its chain is not the one it was recorded with".to_owned()));
        }
        self.past.push(chain);
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
                self.agreed = self.agreed.max(anchor.n);
                Ok(())
            }
            Some(_) => Err(Broken {
                n: anchor.n,
                why: format!(
                    "a command in entry {n} knew another chain there; all is well up to entry {}",
                    self.agreed
                ),
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use expect_test::expect;

    use super::*;
    use crate::journal::samples::{anchored, ask, cast, entry_id, session_id};
    use crate::journal::{Journal, Keys, Memory};

    /// Ten entries: an ask, votes, and from the third on anchors at the place before.
    async fn evening() -> Vec<(EntryId, Bytes)> {
        let store = std::sync::Arc::new(Memory::new());
        let journal = Journal::new(store.clone(), std::sync::Arc::new(Keys::in_memory()));
        for n in 1..=10 {
            let head = journal.head(session_id(1)).await.expect("is well").head;
            let mut entry = match n {
                1 => ask(n, 7, "Quando?", "Ugo"),
                2 => cast(n, &[(8, 1, true)]),
                _ => anchored(n, head),
            };
            journal.append(session_id(1), &mut entry).await.expect("is well");
        }
        let stored: Vec<Stored> =
            store.read(session_id(1), Seq::START).try_collect().await.expect("reads");
        stored.into_iter().map(|stored| (stored.id, stored.bytes)).collect()
    }

    /// What `verify` says of these entries, in an engine that knows of no change, when `published`
    /// is what the true evening published.
    async fn verdict(entries: &[(EntryId, Bytes)], published: Option<Head>) -> String {
        let store = Memory::new();
        for (id, bytes) in entries {
            store.append(session_id(1), *id, bytes.clone()).await.expect("is well");
        }
        match verify(&store, session_id(1), published).await {
            Ok(verified) => {
                format!("good: {} entries, {} anchors", verified.head.n, verified.anchors)
            }
            Err(error) => error.to_string(),
        }
    }

    fn head_of(entries: &[(EntryId, Bytes)]) -> Head {
        let mut chain = Chain::new(session_id(1));
        for (_, bytes) in entries {
            chain.advance(&crate::journal::sha256(bytes));
        }
        chain.head()
    }

    #[test]
    fn the_chain_is_the_one_the_design_defines() {
        let mut chain = Chain::new(SessionId::from_u128(0));
        let start = Sha256::digest([&b"filodiretto/1"[..], &[0; 16]].concat());
        assert_eq!(chain.head().chain[..], start[..]);
        let digest = Sha256::digest(b"entry");
        chain.advance(&digest.into());
        assert_eq!(chain.head().chain[..], Sha256::digest([&start[..], &digest].concat())[..]);
        assert_eq!(chain.head().n, 1);
    }

    #[tokio::test]
    async fn a_record_as_it_was_is_good() {
        let entries = evening().await;
        let published = Some(head_of(&entries));
        expect!["good: 10 entries, 8 anchors"].assert_eq(&verdict(&entries, published).await);
        expect!["good: 10 entries, 8 anchors"].assert_eq(&verdict(&entries, None).await);
        expect!["good: 0 entries, 0 anchors"].assert_eq(&verdict(&[], None).await);
    }

    /// Somebody rewrites the engine's file, with its own chain: what others know gives it away.
    #[tokio::test]
    async fn the_first_entry_that_was_changed_dropped_swapped_or_added_is_named() {
        let good = evening().await;
        let published = Some(head_of(&good));
        let mut said = String::new();
        let mut tell = |what: &str, verdict: &str| said += &format!("{what}: {verdict}\n");

        let mut changed = good.clone();
        let text = String::from_utf8_lossy(&good[1].1).replace("\"at\":1790", "\"at\":1791");
        changed[1].1 = text.into_bytes().into();
        tell("the second changed", &verdict(&changed, None).await);

        let mut changed = good.clone();
        changed[9].1 = String::from_utf8_lossy(&good[9].1).replace("1790", "1791").into();
        tell("the last changed", &verdict(&changed, published).await);

        let mut dropped = good.clone();
        dropped.remove(4);
        tell("the fifth dropped", &verdict(&dropped, None).await);
        tell("the last dropped", &verdict(&good[..9], published).await);
        tell("the last four dropped", &verdict(&good[..6], published).await);
        tell("all dropped", &verdict(&[], published).await);

        let mut swapped = good.clone();
        swapped.swap(0, 1);
        tell("the first two swapped", &verdict(&swapped, None).await);
        let mut swapped = good.clone();
        swapped.swap(5, 6);
        tell("the sixth and seventh swapped", &verdict(&swapped, None).await);

        let more = cast(11, &[(9, 1, true)]);
        let more = (more.id, Bytes::from(serde_json::to_vec(&more).expect("is an entry")));
        let mut added = good.clone();
        added.insert(3, more.clone());
        tell("one added as the fourth", &verdict(&added, None).await);
        let mut added = good.clone();
        added.push(more);
        tell("one added as the last", &verdict(&added, published).await);

        let mut refiled = good.clone();
        refiled[2].0 = entry_id(99);
        tell("the third filed under another id", &verdict(&refiled, None).await);
        expect![[r#"
            the second changed: entry 2 is not what was recorded: a command in entry 3 knew another chain there; all is well up to entry 0
            the last changed: entry 10 is not what was recorded: the published head has another chain there
            the fifth dropped: entry 5 is not what was recorded: it knows of entry 5
            the last dropped: entry 10 is not what was recorded: the published head counts 10
            the last four dropped: entry 7 is not what was recorded: the published head counts 10
            all dropped: entry 1 is not what was recorded: the published head counts 10
            the first two swapped: entry 2 is not what was recorded: a command in entry 3 knew another chain there; all is well up to entry 0
            the sixth and seventh swapped: entry 6 is not what was recorded: it knows of entry 6
            one added as the fourth: entry 4 is not what was recorded: a command in entry 6 knew another chain there; all is well up to entry 3
            one added as the last: entry 11 is not what was recorded: the published head ends before it
            the third filed under another id: entry 3 is not what was recorded: it is filed under another id
        "#]].assert_eq(&said);
    }
}
