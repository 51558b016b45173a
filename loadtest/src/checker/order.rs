//! Places: each audience counts what changed for it, and each client gets one after the other.

use std::collections::HashMap;

use super::ground::Ground;
use super::model::text;
use super::report::{Kind, Report};
use crate::history::Event;

/// What a cursor says, for a build that knows its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Which life of the journal.
    pub epoch: u64,
    /// How far in it.
    pub place: u64,
}

/// Reads cursors. To clients they are opaque.
pub trait Cursors: Sync {
    /// What this cursor says, or `None` if it is none.
    fn read(&self, cursor: &str) -> Option<Position>;
}

impl<F: Fn(&str) -> Option<(u64, u64)> + Sync> Cursors for F {
    fn read(&self, cursor: &str) -> Option<Position> {
        self(cursor).map(|(epoch, place)| Position { epoch, place })
    }
}

pub(super) fn check(ground: &Ground, report: &mut Report) {
    let Some(cursors) = ground.case.rules.cursors else {
        return;
    };
    let mut held: HashMap<&str, Option<Position>> = HashMap::new();
    for (index, record) in ground.records() {
        let client = &*record.client;
        match &record.event {
            Event::Connected(after) => {
                let after = after.as_deref().and_then(|after| cursors.read(after));
                held.insert(client, after);
            }
            Event::Received(message) => {
                let message = message.value();
                let is_snapshot = match text(message, "type") {
                    Some("snapshot") => true,
                    Some("update") => false,
                    _ => continue,
                };
                let held = held.entry(client).or_default();
                let cursor = text(message, "cursor").unwrap_or_default();
                report.checked.places += 1;
                let what = match cursors.read(cursor) {
                    None => Some(format!("the cursor `{cursor}` says nothing")),
                    Some(next) => {
                        // The desk is told more of questions that it holds, at the place where it is.
                        let again = held.is_some_and(|held| held == next) && is_retold(message);
                        let what = if again { None } else { wrong(*held, next, is_snapshot) };
                        *held = Some(next);
                        what
                    }
                };
                if let Some(what) = what {
                    report.at(Kind::Order, index, client, None, what);
                }
            }
            _ => {}
        }
    }
}

/// Whether it brings questions as the desk alone sees them, and nothing else.
fn is_retold(message: &serde_json::Value) -> bool {
    let changes = message["changes"].as_array();
    changes.is_some_and(|changes| {
        changes.iter().all(|change| change["question"].get("alike").is_some())
    })
}

/// What is wrong with going from one place to the next.
fn wrong(held: Option<Position>, next: Position, is_snapshot: bool) -> Option<String> {
    let Position { epoch, place } = next;
    match held {
        None if is_snapshot => None,
        None => Some(format!("an update (place {place}) before any snapshot")),
        Some(held) if held.epoch != epoch && is_snapshot => None,
        Some(held) if held.epoch != epoch => {
            Some(format!("an update of epoch {epoch} to who holds epoch {}", held.epoch))
        }
        Some(held) if is_snapshot && place < held.place => {
            Some(format!("a snapshot of place {place} to who holds {}", held.place))
        }
        Some(_) if is_snapshot => None,
        Some(held) if place == held.place + 1 => None,
        Some(held) if place <= held.place => {
            Some(format!("place {place} again, to who holds {}", held.place))
        }
        Some(held) => Some(format!(
            "{} places skipped: {place} comes after {}",
            place - held.place - 1,
            held.place
        )),
    }
}
