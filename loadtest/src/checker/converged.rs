//! At the end everybody looks at the same picture, and it is the one the journal gives.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ground::Ground;
use super::model::text;
use super::report::{Kind, Place, Report};
use super::view::View;
use crate::history::Seat;

pub(super) fn check<'a>(
    ground: &Ground<'a>,
    views: &BTreeMap<&'a str, View<'a>>,
    report: &mut Report,
) {
    if let Some(desk) = ground.case.desk {
        against_the_journal(ground, desk, "the desk", false, report);
    }
    let Some(board) = ground.case.board else {
        return;
    };
    against_the_journal(ground, board, "the board", true, report);
    let mut end = View::default();
    end.replace(board);
    for (client, view) in views.iter().filter(|(_, view)| view.connected && view.cursor.is_some()) {
        let same = match view.seat {
            Some(Seat::Citizen) => {
                if !caught_up(ground, view, &end) {
                    if ground.case.rules.settled {
                        let what = "connected, and behind at the end".to_owned();
                        report.at(Kind::Converged, view.moved, client, None, what);
                    }
                    continue;
                }
                compare(ground, view, &end)
            }
            Some(Seat::Stage | Seat::Overlay) if ground.case.rules.settled => {
                (view.on_air.map(|on_air| &on_air["id"]) == end.on_air.map(|on_air| &on_air["id"]))
                    .then_some(())
                    .ok_or_else(|| (None, "holds another question on air".to_owned()))
            }
            _ => continue,
        };
        report.checked.converged += 1;
        if let Err((question, what)) = same {
            report.at(Kind::Converged, view.moved, client, question.as_deref(), what);
        }
    }
}

/// Whether a client has reached the board's place. Without a way to read cursors, or a board that
/// has none, everybody should have.
fn caught_up(ground: &Ground, view: &View, end: &View) -> bool {
    let (Some(cursors), Some(held), Some(last)) =
        (ground.case.rules.cursors, view.cursor, end.cursor)
    else {
        return true;
    };
    match (cursors.read(held), cursors.read(last)) {
        (Some(held), Some(last)) => held >= last,
        _ => held == last,
    }
}

type Differs = (Option<String>, String);

fn compare(ground: &Ground, view: &View, end: &View) -> Result<(), Differs> {
    if view.on_air != end.on_air {
        return Err((None, "holds another `on_air` than the board".to_owned()));
    }
    if let (Some(session), Some(last)) = (view.session, end.session)
        && session != last
    {
        return Err((None, "holds another `session` than the board".to_owned()));
    }
    for (&id, held) in &view.questions {
        let differs = |what: String| Err((Some(id.to_owned()), what));
        match end.questions.get(id) {
            Some(last) => {
                if let Some(field) = difference(held, last) {
                    return differs(format!("its `{field}` is another than on the board"));
                }
            }
            None if end.whole => return differs("held, and not on the board".to_owned()),
            // The board shows the first of many; of the others the journal knows.
            None => {
                let known = ground.model.questions.get(id).and_then(|question| question.shown());
                let state = known.map(|shown| shown.state.word());
                if state != text(held, "state") {
                    return differs(format!("held, and the journal has it {state:?}"));
                }
            }
        }
    }
    let missing = end.questions.keys().find(|id| !view.questions.contains_key(*id));
    match missing.filter(|_| view.whole) {
        Some(id) => Err((Some((*id).to_owned()), "on the board, and not held".to_owned())),
        None => Ok(()),
    }
}

/// The first field in which two showings of a question differ. Votes travel by `tally`.
fn difference(held: &Value, last: &Value) -> Option<String> {
    let (held, last) = (held.as_object()?, last.as_object()?);
    let fields = held.keys().chain(last.keys()).filter(|field| *field != "votes");
    let mut other = fields.filter(|field| held.get(*field) != last.get(*field));
    other.next().cloned()
}

/// Holds a final list against the journal's picture.
fn against_the_journal(
    ground: &Ground,
    shown: &Value,
    whose: &str,
    public: bool,
    report: &mut Report,
) {
    let mut wrong = |id: &str, what: String| report.about(Kind::Converged, Place::End, id, what);
    let mut number = 0;
    for question in shown["questions"].as_array().into_iter().flatten() {
        number += 1;
        let id = text(question, "id").unwrap_or_default();
        let known = ground.model.questions.get(id);
        let Some(known) = known.filter(|known| !public || known.shown().is_some()) else {
            wrong(id, format!("{whose} shows a question that the journal does not"));
            continue;
        };
        if text(question, "state") != Some(known.state.word()) {
            let (state, has) = (&question["state"], known.state.word());
            wrong(id, format!("{whose} shows it as {state}, and the journal has it {has}"));
        }
        let says = known.shown().filter(|_| public).and_then(|shown| shown.text);
        if says.is_some() && text(question, "text") != says {
            wrong(id, format!("{whose} shows another text than the journal"));
        }
    }
    let held = ground.model.questions.values();
    let public_now = held.filter(|question| question.shown().is_some()).count() as u64;
    let total = shown["total"].as_object().into_iter().flatten();
    let total: u64 = total.filter_map(|(_, number)| number.as_u64()).sum();
    if public && shown["total"].is_object() && total != public_now {
        let what = format!("{whose} counts {total} public questions, and the journal {public_now}");
        wrong("", what);
    }
    if public && number == 0 && public_now > 0 {
        wrong("", format!("{whose} is empty, and the journal has {public_now} public questions"));
    }
    let on_air = ground.model.stage.last().and_then(|&(_, id)| id);
    if public && text(&shown["on_air"], "id") != on_air {
        wrong(
            on_air.unwrap_or_default(),
            format!("{whose} and the journal differ on what is on air"),
        );
    }
}
