//! What a message to the public may say at all: fields, states and counts that only the desk may
//! see are leaks whatever they hold.

use serde_json::Value;

use super::ground::Ground;
use super::model::{kind_of, text};
use super::report::{Kind, Report};
use crate::history::{Event, Record};

/// Fields of a question that are the desk's, or the stage's.
const STAFF: [&str; 9] =
    ["rev", "notes", "original", "findings", "person", "channel", "claimed_by", "similar", "asker"];

/// What even the asker is not told of their own question. (Of one that the desk revised they see
/// both texts.)
const NOT_OWN: [&str; 7] = ["rev", "notes", "findings", "person", "claimed_by", "similar", "asker"];

/// Fields of a question that are its asker's.
const OWN: [&str; 2] = ["reason", "receipt"];

/// States that everybody may know of.
const PUBLIC: [&str; 4] = ["approved", "queued", "on_air", "answered"];

pub(super) fn check(ground: &Ground, (index, record): (usize, &Record), report: &mut Report) {
    let body;
    let message = match &record.event {
        Event::Received(message) => message.value(),
        Event::Bytes(bytes) => match serde_json::from_str::<Value>(bytes) {
            Ok(value) if value.get("next").is_some() || value.get("total").is_some() => {
                body = value;
                &body
            }
            _ => return,
        },
        _ => return,
    };
    let mut leak = |subject: Option<&str>, what: String| {
        report.at(Kind::Leak, index, &record.client, subject, what);
    };
    let person = ground.people.of(&record.client);
    let asker = |id: &str| ground.model.questions.get(id).and_then(|question| question.asker);
    match kind_of(message) {
        Some("mine") => {
            for question in message["questions"].as_array().into_iter().flatten() {
                let id = text(question, "id").unwrap_or_default();
                if person.is_some() && asker(id).is_some_and(|asker| Some(asker) != person) {
                    leak(Some(id), "`mine` holds somebody else's question".to_owned());
                }
                fields(question, &NOT_OWN, &mut leak);
            }
        }
        Some("refused") => {
            let question = &message["question"];
            let own = text(question, "id").is_some_and(|id| asker(id) == person);
            if own {
                fields(question, &NOT_OWN, &mut leak);
            } else if question.is_object() {
                public(question, &mut leak);
            }
        }
        Some("welcome" | "done" | "checked" | "hush" | "tally" | "goodbye") => {}
        Some("screens") => leak(None, "`screens` is for desk, stage and producer".to_owned()),
        _ => {
            for question in message["questions"].as_array().into_iter().flatten() {
                public(question, &mut leak);
            }
            for change in message["changes"].as_array().into_iter().flatten() {
                if change["question"].is_object() {
                    public(&change["question"], &mut leak);
                }
                queue(change, &mut leak);
            }
            queue(message, &mut leak);
            for state in message["total"].as_object().into_iter().flatten().map(|(state, _)| state)
            {
                if !PUBLIC.contains(&&**state) {
                    leak(None, format!("`total` counts `{state}` questions"));
                }
            }
        }
    }
}

fn public(question: &Value, leak: &mut impl FnMut(Option<&str>, String)) {
    fields(question, &STAFF, leak);
    fields(question, &OWN, leak);
    let state = text(question, "state").unwrap_or("none");
    if !PUBLIC.contains(&state) {
        leak(text(question, "id"), format!("a question in state `{state}`"));
    }
}

fn fields(question: &Value, hidden: &[&str], leak: &mut impl FnMut(Option<&str>, String)) {
    for field in hidden.iter().filter(|field| question.get(field).is_some()) {
        leak(text(question, "id"), format!("a question with its `{field}`"));
    }
}

/// The order in which questions will come is not for the public.
fn queue(of: &Value, leak: &mut impl FnMut(Option<&str>, String)) {
    if of["queue"].as_array().is_some_and(|queue| !queue.is_empty()) {
        leak(None, "the queue".to_owned());
    }
}
