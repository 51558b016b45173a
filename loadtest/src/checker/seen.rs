//! Every question as every client saw it: each showing must be a moment of the journal, and for
//! one client the moments go forward only.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::ground::Ground;
use super::model::{Shown, text};
use super::report::{Kind, Report};
use super::taken::Taken;
use super::view::View;
use crate::history::{Event, Record, Seat};

/// How far in a question's steps a client is.
type Steps<'a> = HashMap<&'a str, usize>;

/// Folds what every client received and looks at each picture on the way.
pub(super) fn check<'a>(ground: &Ground<'a>, report: &mut Report) -> BTreeMap<&'a str, View<'a>> {
    let mut views: BTreeMap<&str, View> = BTreeMap::new();
    let mut steps: HashMap<&str, Steps> = HashMap::new();
    let mut taken = Taken::read(ground);
    for (index, record) in ground.records() {
        let client = &*record.client;
        let view = views.entry(client).or_default();
        view.seat = Some(record.seat);
        match &record.event {
            Event::Connected(after) => {
                view.connected = true;
                // Who comes back with nothing may be told by a node that is a little behind.
                if after.is_none() {
                    steps.remove(client);
                }
            }
            Event::Closed(_) => view.connected = false,
            Event::Received(message) => {
                let message = message.value();
                let at = (index, record);
                let seen = steps.entry(client).or_default();
                match text(message, "type") {
                    Some("snapshot") => {
                        view.connected = true;
                        view.replace(message);
                        for question in message["questions"].as_array().into_iter().flatten() {
                            shown(ground, at, question, seen, report);
                        }
                    }
                    Some("update") => {
                        view.cursor = text(message, "cursor");
                        for change in message["changes"].as_array().into_iter().flatten() {
                            view.change(change);
                            if let Some(question) = change.get("question") {
                                shown(ground, at, question, seen, report);
                            } else if let Some(gone) = text(change, "gone") {
                                hidden(ground, gone, seen);
                            }
                        }
                    }
                    _ => continue,
                }
                view.moved = index;
                if let Some((question, what)) = view.stage_is_wrong() {
                    report.at(Kind::OnAir, index, client, Some(question), what);
                }
            }
            _ => {}
        }
        taken.look(index, record, report);
    }
    report.checked.clients = views.len();
    views
}

/// Holds one showing against the question's steps.
fn shown<'a>(
    ground: &Ground<'a>,
    (index, record): (usize, &Record),
    question: &'a Value,
    seen: &mut Steps<'a>,
    report: &mut Report,
) {
    // The desk sees what it must judge; whatever it sees is its own matter.
    if record.seat == Seat::Desk {
        return;
    }
    report.checked.questions_shown += 1;
    let id = text(question, "id").unwrap_or_default();
    let mut wrong = |kind, what: String| report.at(kind, index, &record.client, Some(id), what);
    let Some((&id, known)) = ground.model.questions.get_key_value(id) else {
        return wrong(Kind::WrongText, "the journal knows no such question".to_owned());
    };
    let from = seen.get(id).copied().unwrap_or_default();
    let possible = known.steps.iter().enumerate().skip(from);
    let possible = possible.filter(|(_, step)| ground.earliest(step.command) <= index);
    let (mut state_fits, mut text_fits) = (false, false);
    for (step, shown) in possible.filter_map(|(at, step)| Some((at, step.shown?))) {
        let state = text(question, "state") == Some(shown.state.word());
        let says = says(question, &shown);
        if state && says {
            seen.insert(id, step);
            return;
        }
        state_fits |= state;
        text_fits |= says;
    }
    let state = text(question, "state").unwrap_or("none");
    if text_fits {
        wrong(Kind::WrongState, format!("shown as `{state}`, which it is not at that moment"));
    } else if state_fits || known.shown().is_some() {
        wrong(Kind::WrongText, format!("shown as `{state}` with a text or name nobody approved"));
    } else {
        wrong(Kind::WrongText, format!("shown as `{state}`, and it is not public at that moment"));
    }
}

/// Whether a showing says what a step says. A name may always be left out: its key may be gone.
fn says(question: &Value, shown: &Shown) -> bool {
    let (says, name) = (text(question, "text"), text(question, "name"));
    if shown.taken_back {
        return name.is_none();
    }
    let text_fits = shown.text.is_none() || says == shown.text;
    let name_fits = name.is_none() || shown.text.is_none() || name == shown.name;
    text_fits && name_fits
}

/// A client was told that a question is gone: what it sees next must come after.
fn hidden<'a>(ground: &Ground<'a>, gone: &str, seen: &mut Steps<'a>) {
    let Some((&id, known)) = ground.model.questions.get_key_value(gone) else {
        return;
    };
    let from = seen.entry(id).or_default();
    let later = known.steps.iter().enumerate().skip(*from);
    if let Some((step, _)) = later.into_iter().find(|(_, step)| step.shown.is_none()) {
        *from = step;
    }
}
