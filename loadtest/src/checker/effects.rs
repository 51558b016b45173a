//! `done` is sent after everything that shows its effect to who asked for it.

use std::collections::HashMap;

use super::ground::Ground;
use super::ledger::Wish;
use super::model::text;
use super::report::{Kind, Report};
use crate::history::{Event, Seat};

/// Commands of which the desk sees at once what they did to a question.
const DESK: [&str; 10] = [
    "ask", "approve", "dismiss", "restore", "revise", "unqueue", "later", "on_air", "next",
    "answered",
];

/// The stage holds what is on air and the queue alone.
const STAGE: [&str; 2] = ["on_air", "next"];

/// Commands of which a citizen sees in `mine` what they did.
const MINE: [&str; 3] = ["ask", "edit", "withdraw"];

/// What one client has seen so far.
#[derive(Default)]
struct Seen<'a> {
    /// It gets more than replies.
    live: bool,
    /// When it last was told everything.
    whole: Option<usize>,
    /// When each question was last named to it: in `mine` for citizens, else in updates.
    named: HashMap<&'a str, usize>,
}

pub(super) fn check(ground: &Ground, report: &mut Report) {
    let mut clients: HashMap<&str, Seen> = HashMap::new();
    for (index, record) in ground.records() {
        let seen = clients.entry(&record.client).or_default();
        match &record.event {
            Event::Connected(_) | Event::Closed(_) => seen.live = false,
            Event::Received(message) => {
                let message = message.value();
                let citizen = record.seat == Seat::Citizen;
                match text(message, "type") {
                    Some("welcome") => seen.live = true,
                    Some("snapshot") if !citizen => {
                        (seen.live, seen.whole) = (true, Some(index));
                    }
                    Some("update") if !citizen => {
                        for change in message["changes"].as_array().into_iter().flatten() {
                            let id = text(&change["question"], "id").or(text(change, "gone"));
                            seen.named.extend(id.map(|id| (id, index)));
                        }
                    }
                    Some("mine") if citizen => {
                        for question in message["questions"].as_array().into_iter().flatten() {
                            seen.named.extend(text(question, "id").map(|id| (id, index)));
                        }
                    }
                    Some("done") if seen.live => {
                        let id = text(message, "id").unwrap_or_default();
                        let who = ground.people.who(&record.client);
                        let mut wishes = ground.ledger.with_id(id);
                        let ours = wishes.find(|wish| ground.people.who(wish.client) == who);
                        if let Some(wish) = ours {
                            done(ground, wish, index, record.seat, &record.client, seen, report);
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

fn done(
    ground: &Ground,
    wish: &Wish,
    index: usize,
    seat: Seat,
    client: &str,
    seen: &Seen,
    report: &mut Report,
) {
    let kind = wish.kind();
    let shows: &[&str] = match seat {
        Seat::Citizen => &MINE,
        Seat::Desk => &DESK,
        Seat::Stage => &STAGE,
        Seat::Overlay => &[],
    };
    if !shows.contains(&kind) || ground.counted(wish).is_none() {
        return;
    }
    let question = if kind == "ask" { Some(wish.id) } else { wish.question() };
    let Some(question) = question else { return };
    let since = wish.first_sent();
    let named = seen.named.get(question).copied().max(seen.whole);
    if named.is_none_or(|named| named < since) {
        let what = format!("`{kind}` is done, and nothing has shown yet what it did to {question}");
        report.at(Kind::DoneBeforeEffect, index, client, Some(wish.id), what);
    }
}
