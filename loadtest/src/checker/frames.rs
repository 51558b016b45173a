//! Two runs seen by the same public: what the desk refuses must not show, not even as a number.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::Value;

use super::model::text;
use crate::history::{Event, History};

/// Fields that hold moments.
const MOMENTS: [&str; 7] =
    ["at", "since", "now", "asked_at", "on_air_at", "answered_at", "starts_at"];

/// Where two runs first differ to the public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The client that is in both.
    pub client: String,
    /// The number of its frame, from 1.
    pub frame: usize,
    /// What it was in the first run, with ids, moments and cursors made equal.
    pub first: Option<String>,
    /// The same of the second run.
    pub second: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, frame, first, second } = self;
        let first = first.as_deref().unwrap_or("nothing");
        let second = second.as_deref().unwrap_or("nothing");
        write!(f, "frame {frame} of {client} differs:\n  {first}\n  {second}")
    }
}

/// Whether the public clients that are in both runs got the same snapshots, updates and hushes, in
/// the same order; if not, the first difference. Ids, moments and cursors are made equal; counts
/// (`tally`) come by the clock and are left out.
pub fn same_public_frames(a: &History, b: &History) -> Option<Difference> {
    let (first, second) = (frames(a), frames(b));
    for (client, first) in &first {
        let Some(second) = second.get(client) else {
            continue;
        };
        for index in 0..first.len().max(second.len()) {
            let (first, second) = (first.get(index), second.get(index));
            if first != second {
                return Some(Difference {
                    client: (*client).to_owned(),
                    frame: index + 1,
                    first: first.cloned(),
                    second: second.cloned(),
                });
            }
        }
    }
    None
}

fn frames(history: &History) -> BTreeMap<&str, Vec<String>> {
    let mut frames: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut names: HashMap<&str, Names> = HashMap::new();
    for record in history.records.iter().filter(|record| record.seat.is_public()) {
        let Event::Received(message) = &record.event else {
            continue;
        };
        let value = message.value();
        if matches!(text(value, "type"), Some("snapshot" | "update" | "hush")) {
            let names = names.entry(&record.client).or_default();
            let frame = names.canonical(value, "").to_string();
            frames.entry(&record.client).or_default().push(frame);
        }
    }
    frames
}

/// Ids by the order in which one client met them.
#[derive(Default)]
struct Names(HashMap<String, usize>);

impl Names {
    fn canonical(&mut self, value: &Value, field: &str) -> Value {
        match value {
            Value::Number(_) if MOMENTS.contains(&field) => "a moment".into(),
            Value::String(_) if field == "cursor" => "a cursor".into(),
            Value::String(text) if is_id(text) => self.name(text).into(),
            Value::Array(values) => {
                values.iter().map(|value| self.canonical(value, field)).collect()
            }
            Value::Object(fields) => {
                let one = |(key, value): (&String, &Value)| {
                    let value = self.canonical(value, key);
                    (if is_id(key) { self.name(key) } else { key.clone() }, value)
                };
                Value::Object(fields.iter().map(one).collect())
            }
            other => other.clone(),
        }
    }

    fn name(&mut self, id: &str) -> String {
        let next = self.0.len() + 1;
        format!("id {}", self.0.entry(id.to_owned()).or_insert(next))
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
