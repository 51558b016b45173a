//! What one client holds: its snapshot, and every update since, folded as a page would.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::model::text;
use crate::history::Seat;

/// One client's picture. Borrows from the history, so that equal frames cost nothing twice.
#[derive(Default)]
pub(super) struct View<'a> {
    pub(super) seat: Option<Seat>,
    /// The last record that moved it.
    pub(super) moved: usize,
    pub(super) connected: bool,
    pub(super) cursor: Option<&'a str>,
    pub(super) session: Option<&'a Value>,
    pub(super) on_air: Option<&'a Value>,
    pub(super) questions: BTreeMap<&'a str, &'a Value>,
    /// Whether it holds all questions of its audience, or only the first of many.
    pub(super) whole: bool,
    /// Questions that say that they are on air.
    live: BTreeSet<&'a str>,
}

impl<'a> View<'a> {
    /// Folds a snapshot.
    pub(super) fn replace(&mut self, snapshot: &'a Value) {
        self.questions.clear();
        self.live.clear();
        let mut number = 0;
        for question in snapshot["questions"].as_array().into_iter().flatten() {
            number += 1;
            self.put(question);
        }
        let total = snapshot["total"].as_object().into_iter().flatten();
        let total: u64 = total.filter_map(|(_, number)| number.as_u64()).sum();
        self.whole = total == number;
        self.cursor = text(snapshot, "cursor");
        self.session = snapshot.get("session");
        self.on_air = snapshot.get("on_air");
    }

    /// Folds one change of an update.
    pub(super) fn change(&mut self, change: &'a Value) {
        if let Some(question) = change.get("question") {
            self.put(question);
        }
        if let Some(gone) = text(change, "gone") {
            self.questions.remove(gone);
            self.live.remove(gone);
        }
        self.on_air = change.get("on_air").or(self.on_air);
        self.session = change.get("session").or(self.session);
    }

    fn put(&mut self, question: &'a Value) {
        let Some(id) = text(question, "id") else {
            return;
        };
        self.questions.insert(id, question);
        if question["state"] == "on_air" {
            self.live.insert(id);
        } else {
            self.live.remove(id);
        }
    }

    /// What does not fit together on the stage, if anything.
    pub(super) fn stage_is_wrong(&self) -> Option<(&'a str, String)> {
        // After an unclean stop desk and stage are told what waits to be confirmed.
        let names = |on_air| text(on_air, "id").or_else(|| text(on_air, "unconfirmed"));
        let named = self.on_air.and_then(names);
        let mut live = self.live.iter().copied();
        match (live.next(), live.next(), named) {
            (Some(one), Some(other), _) => Some((other, format!("{one} is on air as well"))),
            (Some(one), None, None) => Some((one, "on air, and `on_air` names nothing".to_owned())),
            (Some(one), None, Some(named)) if one != named => {
                Some((named, format!("`on_air` names it, and on air is {one}")))
            }
            (None, _, Some(named)) => {
                let state = self.questions.get(named).and_then(|question| text(question, "state"));
                let state = state.unwrap_or("unknown to this client");
                Some((named, format!("`on_air` names it, and its state is {state}")))
            }
            _ => None,
        }
    }
}
