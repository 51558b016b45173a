//! Counts: at the end each is the number of persons who support the question, and on its way none
//! is larger than the number of persons who had said so by then.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::ground::Ground;
use super::model::text;
use super::report::{Kind, Place, Report};
use crate::history::Event;

pub(super) fn check(ground: &Ground, report: &mut Report) {
    for (shown, whose) in [(ground.case.board, "the board"), (ground.case.desk, "the desk")] {
        if let Some(shown) = shown {
            at_the_end(ground, shown, whose, report);
        }
    }
    if ground.case.rules.everyone_recorded {
        on_their_way(ground, report);
    }
}

fn at_the_end(ground: &Ground, shown: &Value, whose: &str, report: &mut Report) {
    let support = ground.model.support();
    for question in shown["questions"].as_array().into_iter().flatten() {
        let (Some(id), Some(votes)) = (text(question, "id"), counted(question)) else {
            continue;
        };
        report.checked.final_votes += 1;
        let persons = support.get(id).copied().unwrap_or_default() as u64;
        if votes != persons {
            let kind = if votes > persons { Kind::VoteTwice } else { Kind::Tally };
            let what = format!("{whose} shows {votes} votes, and {persons} persons support it");
            report.about(kind, Place::End, id, what);
        }
    }
}

/// A question's count, where it is shown and its own. A question that others were merged into
/// counts theirs, too.
fn counted(question: &Value) -> Option<u64> {
    let joined = question["merged"].as_array().is_some_and(|merged| !merged.is_empty());
    question["votes"].as_u64().filter(|_| !joined)
}

fn on_their_way(ground: &Ground, report: &mut Report) {
    let mut said: HashMap<&str, HashSet<&str>> = HashMap::new();
    // Of equal messages the first has the fewest votes behind it.
    let mut seen = HashSet::new();
    for (index, record) in ground.records() {
        match &record.event {
            Event::Sent(command) => {
                let command = command.value();
                if command["type"] == "vote"
                    && command["on"] == true
                    && let Some(question) = text(command, "question")
                {
                    said.entry(question).or_default().insert(ground.people.who(&record.client));
                }
            }
            Event::Received(message) if seen.insert(message.address()) => {
                let message = message.value();
                let mut look = |id: &str, votes: u64| {
                    report.checked.tallies += 1;
                    let most = said.get(id).map_or(0, HashSet::len) as u64;
                    if votes > most {
                        let what = format!("{votes} votes, and {most} persons had voted by then");
                        report.at(Kind::Tally, index, &record.client, Some(id), what);
                    }
                };
                each_count(message, &mut look);
            }
            _ => {}
        }
    }
}

fn each_count(message: &Value, look: &mut impl FnMut(&str, u64)) {
    if message["type"] == "tally" {
        for (id, votes) in message["votes"].as_object().into_iter().flatten() {
            look(id, votes.as_u64().unwrap_or(u64::MAX));
        }
        return;
    }
    let changes = message["changes"].as_array().into_iter().flatten();
    let changed = changes.filter_map(|change| change.get("question"));
    for question in message["questions"].as_array().into_iter().flatten().chain(changed) {
        if let (Some(id), Some(votes)) = (text(question, "id"), counted(question)) {
            look(id, votes);
        }
    }
}
