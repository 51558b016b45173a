//! What the tests of this binary share.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use filodiretto::journal::{Durability, Journal, Keys, Read, Seq, Sqlite, verify};
use filodiretto::qa::event::Event;
use filodiretto::qa::id::SessionId;
use futures_util::TryStreamExt as _;

/// The evening that `examples/journal_writer.rs` writes.
pub(crate) const SESSION: SessionId = SessionId::from_u128(1);

/// An entry of the journal writer, by its writer and number.
pub(crate) type Number = (u64, u64);

/// `examples/journal_writer.rs`, built with these tests or now.
pub(crate) fn journal_writer() -> PathBuf {
    let here = std::env::current_exe().expect("a test knows where it is");
    let profile = here.ancestors().nth(2).expect("tests are built in target/PROFILE/deps");
    let writer = profile.join("examples/journal_writer");
    if !writer.exists() {
        // Only when this binary was built alone (`cargo test --test it`).
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--example", "journal_writer"]);
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().expect("cargo runs").success(), "the journal writer is not built");
    }
    writer
}

/// What a writer said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Acknowledged, in the order in which it was said.
    pub(crate) acks: Vec<Number>,
    /// Tried again, and why.
    pub(crate) again: BTreeMap<String, u64>,
    /// How many were acknowledged after the first that was tried again.
    pub(crate) acks_after_trouble: usize,
    /// It came to its end.
    pub(crate) done: bool,
}

impl Said {
    pub(crate) fn read(stdout: &str) -> Self {
        let mut said = Self::default();
        // A line without its end was not said: the writer was killed in the middle of it.
        for line in stdout.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            let words: Vec<&str> = line.split(' ').collect();
            let number = |text: &str| text.parse().expect("a number");
            match words[..] {
                ["ready"] => {}
                ["done"] => said.done = true,
                ["ack", writer, n] => {
                    said.acks.push((number(writer), number(n)));
                    said.acks_after_trouble += usize::from(!said.again.is_empty());
                }
                ["again", _, _, why] => *said.again.entry(why.to_owned()).or_default() += 1,
                _ => panic!("the writer said `{line}`"),
            }
        }
        said
    }
}

/// What stands in a journal, in its order; its chain verified, its texts opened.
pub(crate) async fn standing(dir: &Path, durability: Durability) -> Vec<Number> {
    let store = Arc::new(Sqlite::open(dir, durability).expect("the journal opens"));
    verify(&*store, SESSION, None).await.expect("the chain holds");
    let keys = Arc::new(Keys::open(dir).expect("the keys open"));
    let journal = Journal::new(store, keys);
    let read: Vec<Read<Event>> =
        journal.read(SESSION, Seq::START).try_collect().await.expect("everything can be read");
    for Read { entry, seq, .. } in &read {
        if let [Event::QuestionAsked { text, .. }] = &entry.commands[0].events[..] {
            assert!(text.get().is_some(), "entry {seq} lost its key");
        }
    }
    read.iter()
        .map(|read| (read.entry.id.0.0 >> 64, read.entry.id.0.0 & u128::from(u64::MAX)))
        .map(|(writer, n)| (writer as u64, n as u64))
        .collect()
}

/// Acknowledged, and not in the journal. Panics when one stands there twice.
pub(crate) fn lost(said: &Said, standing: &[Number]) -> Vec<Number> {
    let once: BTreeSet<_> = standing.iter().copied().collect();
    assert_eq!(once.len(), standing.len(), "an entry stands twice");
    said.acks.iter().filter(|ack| !once.contains(ack)).copied().collect()
}
