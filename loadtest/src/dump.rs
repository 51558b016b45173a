//! The server's folder, read beside it: the journal with its texts opened, for the checker.
//!
//! The only room here that uses the server's own code besides the measurements: a journal is sealed,
//! and who has the keys opens it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use filodiretto::journal::{Journal, Keys, Seq, Sqlite, verify};
use filodiretto::qa::event::Facts as _;
use filodiretto::qa::guarded::{Guard, Guarded, KeyOf};
use filodiretto::qa::session::Outcome;
use filodiretto::qa::{Entry, Event, Session, SessionId};
use filodiretto::wire::Cursor;
use futures_util::TryStreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::checker::Dump;

/// Stands before a text that was opened. No seal begins with it, and no text gets past screening
/// with it.
const OPENED: char = '\u{1}';

/// What a cursor says: which life of the journal, and how far in it.
pub fn cursor(text: &str) -> Option<(u64, u64)> {
    let cursor: Cursor = text.parse().ok()?;
    Some((cursor.epoch, cursor.place.count))
}

/// Reads the journal of the session with this slug, and has its chain verified.
///
/// # Errors
/// When there is none, or it does not verify.
pub async fn dump(data: &Path, slug: &str) -> anyhow::Result<Dump> {
    Ok(serde_json::from_value(written(data, slug).await?)?)
}

/// The same in the form that `loadtest check --journal` reads.
///
/// # Errors
/// As [`dump`].
pub async fn written(data: &Path, slug: &str) -> anyhow::Result<Value> {
    let keys = Keys::open_read_only(data).context("failed to open the keys")?;
    let store = Sqlite::open_read_only(data).context("failed to open the journal")?;
    let journal = Journal::new(Arc::new(store), Arc::new(keys));
    for id in journal.sessions().await? {
        // The house's own journal holds other facts.
        if id == filodiretto::qa::event::HOUSE {
            continue;
        }
        let entries = entries(&journal, id).await?;
        let created = entries.iter().flat_map(|entry| &entry.commands);
        let mut created = created.flat_map(|command| &command.events);
        let is_it = created.any(|event| {
            matches!(event, Event::SessionCreated { slug: known, .. } if known.as_str() == slug)
        });
        if is_it {
            verify(journal.store(), id, None).await.context("the chain does not verify")?;
            return opened(slug, id, &entries);
        }
    }
    anyhow::bail!("there is no session `{slug}` in {}", data.display())
}

async fn entries(journal: &Journal, id: SessionId) -> anyhow::Result<Vec<Entry>> {
    let read = journal.read::<Event>(id, Seq::START);
    Ok(read.map_ok(|read| read.entry).try_collect().await?)
}

fn opened(slug: &str, id: SessionId, entries: &[Entry]) -> anyhow::Result<Value> {
    let mut session = Session::new(id);
    let mut dumped = Vec::with_capacity(entries.len());
    for (n, entry) in (1..).zip(entries) {
        let outcomes = session.apply(entry).outcomes;
        let void: BTreeSet<usize> = (0..)
            .zip(&outcomes)
            .filter(|(_, outcome)| **outcome != Outcome::Counted)
            .map(|(index, _)| index)
            .collect();
        let mut entry = entry.clone();
        for command in &mut entry.commands {
            for event in &mut command.events {
                event.guard(command.id, command.by, &mut Opened);
            }
        }
        let mut commands = serde_json::to_value(&entry.commands)?;
        clear(&mut commands)?;
        dumped.push(json!({"n": n, "id": entry.id, "commands": commands, "void": void}));
    }
    Ok(json!({"session": slug, "entries": dumped}))
}

/// Writes what a text says where its seal would stand.
struct Opened;

impl Guard for Opened {
    fn visit<T: Serialize + DeserializeOwned>(
        &mut self,
        _: KeyOf,
        _: &'static str,
        value: &mut Guarded<T>,
    ) {
        let says = serde_json::to_string(&value.get()).expect("it came from JSON");
        value.set_sealed(format!("{OPENED}{says}"));
    }
}

fn clear(value: &mut Value) -> anyhow::Result<()> {
    match value {
        Value::String(text) => {
            if let Some(says) = text.strip_prefix(OPENED) {
                *value = serde_json::from_str(says)?;
            }
        }
        Value::Array(values) => values.iter_mut().try_for_each(clear)?,
        Value::Object(fields) => fields.values_mut().try_for_each(clear)?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}
