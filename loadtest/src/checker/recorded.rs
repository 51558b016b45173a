//! What was promised against what stands in the journal: lost, refused and there, invented.

use std::collections::HashMap;

use serde_json::Value;

use super::ground::Ground;
use super::ledger::Wish;
use super::model::text;
use super::report::{Kind, Report};

/// Refusals at the door, given before anybody looks whether the command is known: they say nothing
/// about an earlier sending.
const AT_THE_DOOR: [&str; 6] =
    ["too_fast", "too_many", "busy", "unauthenticated", "not_allowed", "unknown_outcome"];

/// Facts that come about over HTTP and not by a command of the protocol.
const BY_OTHER_DOORS: [&str; 7] = [
    "session_created",
    "session_described",
    "invitation_made",
    "invitation_revoked",
    "role_granted",
    "role_revoked",
    "full_record_taken",
];

pub(super) fn check(ground: &Ground, report: &mut Report) {
    for wish in &ground.ledger.wishes {
        promised(ground, wish, report);
    }
    if ground.case.rules.everyone_recorded {
        invented(ground, report);
        invented_votes(ground, report);
    }
}

fn promised(ground: &Ground, wish: &Wish, report: &mut Report) {
    let counted = ground.counted(wish);
    if let Some(done) = wish.done() {
        if counted.is_none() && wish.kind() != "check" {
            match without_effect(ground, wish, done.index) {
                Ok(()) => report.checked.done_without_effect += 1,
                Err(what) => report.at(Kind::Lost, done.index, done.client, Some(wish.id), what),
            }
        }
        let later = wish.replies.iter().filter(|reply| reply.index > done.index);
        for reply in later {
            if let Some(code) = reply.refused.filter(|code| !AT_THE_DOOR.contains(code)) {
                let what = format!("`{}` was done, and then refused: {code}", wish.kind());
                report.at(Kind::DoneThenRefused, reply.index, reply.client, Some(wish.id), what);
            }
        }
        return;
    }
    if wish.unknown > 0 {
        let resolved = if counted.is_some() {
            &mut report.checked.unknown_recorded
        } else {
            &mut report.checked.unknown_absent
        };
        *resolved += 1;
    }
    let Some(last) = wish.replies.last() else {
        return;
    };
    let Some(code) = last.refused else { return };
    // With an earlier sending in the dark, only a refusal by the rules speaks for both.
    let speaks = wish.unknown == 0 || !AT_THE_DOOR.contains(&code);
    let again = wish.sent.iter().any(|&sent| sent > last.index);
    if let Some(command) = counted.filter(|_| speaks && !again) {
        let place = ground.model.commands[command].place;
        let what = format!("`{}` was refused ({code}) and counts at {place}", wish.kind());
        report.at(Kind::RefusedButRecorded, last.index, last.client, Some(wish.id), what);
    }
}

/// Whether a command may be `done` although the journal holds nothing of it; if not, why.
fn without_effect(ground: &Ground, wish: &Wish, done: usize) -> Result<(), String> {
    let range = ground.decided(wish.first_sent(), done);
    match wish.kind() {
        "off_air" if ground.model.stage_was_empty(range) => Ok(()),
        "off_air" => Err("`off_air` was done while something was on air, and it stayed".to_owned()),
        "vote" => {
            let on = wish.command["on"].as_bool().unwrap_or(false);
            let question = wish.question().unwrap_or_default();
            // Of somebody nobody knows, nothing says how they had voted.
            let Some(person) = ground.people.of(wish.client) else {
                return Ok(());
            };
            if ground.model.vote_was(person, question, on, range) {
                return Ok(());
            }
            let way = if on { "for" } else { "off" };
            Err(format!("the vote {way} {question} was done and stands in no row"))
        }
        kind => {
            let void = ground.model.recorded(wish.id, ground.people.of(wish.client)).next();
            Err(match void.map(|position| ground.model.commands[position].place) {
                Some(place) => format!("`{kind}` was done and stands void at {place}"),
                None => format!("`{kind}` was done and is not in the journal"),
            })
        }
    }
}

fn invented(ground: &Ground, report: &mut Report) {
    for command in ground.model.commands.iter().filter(|command| command.counts) {
        let recorded = command.recorded;
        let Some(person) = recorded.by.person() else {
            continue;
        };
        let types = || recorded.events.iter().filter_map(|event| text(event, "type"));
        if types().all(|fact| BY_OTHER_DOORS.contains(&fact)) {
            continue;
        }
        let facts = types().collect::<Vec<_>>().join(", ");
        let mut wishes = ground.ledger.with_id(&recorded.id).peekable();
        let what = if wishes.peek().is_none() {
            format!("the journal holds a command ({facts}) of {person} that nobody sent")
        } else {
            let of = |wish: &&Wish| ground.people.of(wish.client).is_none_or(|p| p == person);
            match wishes.find(of) {
                None => format!("the command ({facts}) was sent by somebody else than {person}"),
                Some(wish) => match other_question(wish, &recorded.events) {
                    Some(what) => what,
                    None => continue,
                },
            }
        };
        report.about(Kind::Invented, command.place, &recorded.id, what);
    }
}

/// A command that names a question must lead to something about that question.
fn other_question(wish: &Wish, events: &[Value]) -> Option<String> {
    let named = wish.question()?;
    let mut about = events.iter().filter_map(|event| text(event, "question")).peekable();
    let first = *about.peek()?;
    let stays = about.any(|question| question == named);
    (!stays).then(|| format!("`{}` of {named} was recorded about {first}", wish.kind()))
}

fn invented_votes(ground: &Ground, report: &mut Report) {
    let mut sent: HashMap<(&str, &str), Vec<&Wish>> = HashMap::new();
    for wish in &ground.ledger.wishes {
        if let (Some(question), Some(hash)) = (wish.question(), &wish.hash) {
            sent.entry((question, hash)).or_default().push(wish);
        }
    }
    for row in &ground.model.rows {
        let person = row.person;
        let wishes = sent.get(&(row.question, row.hash)).map_or(&[][..], Vec::as_slice);
        let of = |wish: &&&Wish| ground.people.of(wish.client).is_none_or(|p| p == person);
        let what = match wishes.iter().find(of) {
            Some(wish) if wish.command["on"] == row.on => continue,
            Some(_) => "the other way round than it was sent",
            None if wishes.is_empty() => "and nobody sent it",
            None => "and somebody else sent it",
        };
        let place = ground.model.commands[row.command].place;
        let what = format!("a row says that {person} voted on {}, {what}", row.question);
        report.about(Kind::Invented, place, row.question, what);
    }
}
