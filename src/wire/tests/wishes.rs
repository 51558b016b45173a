//! Every command of the protocol's table: as a client writes it, and what it is decoded to.

use std::collections::BTreeSet;

use super::evening::{ANNA, id, question, rev};
use crate::qa::command::Asked;
use crate::qa::event::{Answer, Channel, Reason};
use crate::qa::policy::{Moderation, PolicyChange};
use crate::qa::{As, Command, Policy, QuestionId, Sieve};
use crate::wire::client::{ClientCommand, NoteFor, Shown, Wish};
use crate::wire::{COMMANDS, Incoming, decode, vote};

const TEXT: &str = "Quando riapre la biblioteca?";

fn text() -> String {
    TEXT.to_owned()
}

fn labels() -> Vec<String> {
    vec!["Scuola".to_owned()]
}

fn change() -> PolicyChange {
    let moderation = Some(Moderation::Post);
    PolicyChange { moderation, hold_s: Some(5), slow_s: Some(None), ..PolicyChange::default() }
}

/// A wish, who sends it, and the command it must become. One for each word, with every optional
/// field; `ask` for both who may.
pub(super) fn every() -> Vec<(&'static str, As, Wish, Command)> {
    use As::{Citizen, Staff};
    let q = question(1);
    let r = rev(3);
    let of = |n: u32| -> QuestionId { question(n) };
    let asked = || Asked::screened(TEXT, &Policy::default());
    let ask = |channel, review| Wish::Ask {
        text: text(),
        name: Some("Anna".to_owned()),
        labels: Some(labels()),
        review,
        channel,
    };
    vec![
        (
            "ask",
            Citizen,
            ask(None, Some(true)),
            Command::Ask {
                text: asked(),
                name: Some("Anna".to_owned()),
                labels: labels(),
                review: true,
            },
        ),
        (
            "ask-desk",
            Staff,
            ask(Some(Channel::Hall), None),
            Command::Enter {
                text: text(),
                name: Some("Anna".to_owned()),
                labels: labels(),
                channel: Channel::Hall,
            },
        ),
        (
            "check",
            Citizen,
            Wish::Check { text: text(), name: Some("Anna".to_owned()) },
            Command::Check { text: asked(), masks: false },
        ),
        (
            "edit",
            Citizen,
            Wish::Edit { question: q, text: text() },
            Command::Edit { question: q, text: asked() },
        ),
        ("withdraw", Citizen, Wish::Withdraw { question: q }, Command::Withdraw { question: q }),
        (
            "vote",
            Citizen,
            Wish::Vote { question: q, on: true },
            Command::Vote { question: q, on: true },
        ),
        (
            "report",
            Citizen,
            Wish::Report { question: q, reason: Reason::PersonalAttack },
            Command::Report { question: q, reason: Reason::PersonalAttack },
        ),
        (
            "claim",
            Staff,
            Wish::Claim { question: q, rev: r },
            Command::Claim { question: q, rev: r },
        ),
        (
            "release",
            Staff,
            Wish::Release { question: q, rev: r },
            Command::Release { question: q, rev: r },
        ),
        (
            "approve",
            Staff,
            Wish::Approve { question: q, rev: r, name: Some(false) },
            Command::Approve { question: q, rev: r, name: false },
        ),
        (
            "dismiss",
            Staff,
            Wish::Dismiss {
                question: q,
                rev: r,
                reason: Reason::Duplicate,
                of: Some(of(2)),
                note: Some("La risposta è già lì.".to_owned()),
            },
            Command::Dismiss {
                question: q,
                rev: r,
                reason: Reason::Duplicate,
                of: Some(of(2)),
                note: Some("La risposta è già lì.".to_owned()),
            },
        ),
        (
            "restore",
            Staff,
            Wish::Restore { question: q, rev: r },
            Command::Restore { question: q, rev: r },
        ),
        (
            "revise",
            Staff,
            Wish::Revise { question: q, rev: r, text: text() },
            Command::Revise { question: q, rev: r, text: text() },
        ),
        (
            "merge",
            Staff,
            Wish::Merge { question: q, rev: r, into: of(2) },
            Command::Merge { question: q, rev: r, into: of(2) },
        ),
        (
            "unmerge",
            Staff,
            Wish::Unmerge { question: q, rev: r },
            Command::Unmerge { question: q, rev: r },
        ),
        (
            "label",
            Staff,
            Wish::Label { question: q, rev: r, labels: labels() },
            Command::Label { question: q, rev: r, labels: labels() },
        ),
        (
            "note",
            Staff,
            Wish::Note { question: q, rev: r, text: text(), to: Some(NoteFor::Stage) },
            Command::Note { question: q, rev: r, text: text(), to_stage: true },
        ),
        (
            "assign",
            Staff,
            Wish::Assign { question: q, rev: r, to: None },
            Command::Assign { question: q, rev: r, to: None },
        ),
        (
            "queue",
            Staff,
            Wish::Queue { question: q, rev: r, before: Some(of(2)) },
            Command::Queue { question: q, rev: r, before: Some(of(2)) },
        ),
        (
            "unqueue",
            Staff,
            Wish::Unqueue { question: q, rev: r },
            Command::Unqueue { question: q, rev: r },
        ),
        (
            "later",
            Staff,
            Wish::Later { question: q, rev: r, note: Some("Serve un dato.".to_owned()) },
            Command::Later { question: q, rev: r, note: Some("Serve un dato.".to_owned()) },
        ),
        (
            "on_air",
            Staff,
            Wish::OnAir { question: q, rev: r, stage: rev(7) },
            Command::OnAir { question: q, rev: r, stage: rev(7) },
        ),
        ("next", Staff, Wish::Next { question: q }, Command::Next { question: q }),
        ("off_air", Staff, Wish::OffAir, Command::OffAir),
        (
            "answered",
            Staff,
            Wish::Answered { question: q, rev: r },
            Command::Answered { question: q, rev: r },
        ),
        (
            "answer",
            Staff,
            Wish::Answer {
                question: q,
                rev: r,
                text: "Il 7 gennaio.".to_owned(),
                links: Some(vec!["https://comune.example.it/biblioteca".to_owned()]),
            },
            Command::Answer {
                question: q,
                rev: r,
                answer: Answer {
                    text: "Il 7 gennaio.".to_owned(),
                    links: vec!["https://comune.example.it/biblioteca".to_owned()],
                },
            },
        ),
        ("seen", Staff, Wish::Seen { question: q }, Command::Seen { question: q }),
        (
            "mute",
            Staff,
            Wish::Mute { person: ANNA, minutes: Some(10), reason: Reason::Advertising },
            Command::Mute { person: ANNA, minutes: Some(10), reason: Reason::Advertising },
        ),
        ("unmute", Staff, Wish::Unmute { person: ANNA }, Command::Unmute { person: ANNA }),
        (
            "policy",
            Staff,
            Wish::Policy { policy: change() },
            Command::Policy { change: Box::new(change()) },
        ),
        ("rescreen", Staff, Wish::Rescreen, Command::rescreen()),
        ("open", Staff, Wish::Open, Command::Open),
        ("close", Staff, Wish::Close, Command::Close),
        ("end", Staff, Wish::End, Command::End),
        ("reopen", Staff, Wish::Reopen, Command::Reopen),
        ("undo", Staff, Wish::Undo { command: id(9) }, Command::Undo { command: id(9) }),
        ("overlay", Staff, Wish::Overlay { show: false }, Command::Overlay { show: false }),
        (
            "delay",
            Staff,
            Wish::Delay { channel: "web".to_owned(), seconds: 12 },
            Command::Delay { channel: "web".to_owned(), seconds: 12 },
        ),
        (
            "mark",
            Staff,
            Wish::Mark { text: Some("Bello".to_owned()) },
            Command::Mark { text: Some("Bello".to_owned()) },
        ),
        (
            "take_back",
            Staff,
            Wish::TakeBack { question: q, reason: "Conteneva un indirizzo.".to_owned() },
            Command::TakeBack { question: q, reason: "Conteneva un indirizzo.".to_owned() },
        ),
        (
            "forget",
            Staff,
            Wish::Forget { person: ANNA, reason: "Lo ha chiesto.".to_owned() },
            Command::Forget { person: ANNA, reason: "Lo ha chiesto.".to_owned() },
        ),
    ]
}

fn sieve() -> Sieve {
    Sieve::of(&Policy::default(), &[])
}

#[test]
fn every_command_a_client_writes_is_the_one_that_is_read() {
    for (name, acts, wish, expected) in every() {
        let sent = serde_json::to_vec(&ClientCommand { id: id(1), wish }).expect("JSON");
        let read = decode(&sent, acts, &sieve());
        assert_eq!(read, Ok(Incoming::Command { id: id(1), command: expected }), "{name}");
    }
}

#[test]
fn what_is_read_the_short_way_is_what_the_long_way_reads() {
    let (id, question) = (id(1), question(1));
    let read = [
        format!(r#"{{"type":"vote","id":"{id}","question":"{question}","on":true}}"#),
        format!(r#"{{"on":false,"more":[1],"question":"{question}","id":"{id}","type":"vote"}}"#),
    ];
    for text in &read {
        let (id, command) = vote(text).expect(text);
        let long = decode(text.as_bytes(), As::Citizen, &sieve());
        assert_eq!(long, Ok(Incoming::Command { id, command }), "{text}");
    }
    let not_read = [
        format!(r#"{{"type":"vote","id":"{id}","question":"{question}","on":1}}"#),
        format!(r#"{{"type":"vote","id":"{id}","question":"{question}"}}"#),
        format!(r#"{{"type":"vote","type":"vote","id":"{id}","question":"{question}","on":true}}"#),
        format!(r#"{{"type":"claim","id":"{id}","question":"{question}","on":true}}"#),
        format!(r#"{{"type":"vote","id":"0","question":"{question}","on":true}}"#),
        format!(
            r#"{{"type":"vote","id":"{id}","question":"{question}","on":true,"x":"{}"}}"#,
            "x".repeat(256)
        ),
        "{".to_owned(),
    ];
    for text in &not_read {
        assert_eq!(vote(text), None, "{text}");
    }
    for (name, _, wish, _) in every() {
        let sent = serde_json::to_string(&ClientCommand { id, wish }).expect("JSON");
        assert_eq!(vote(&sent).is_some(), sent.contains(r#""type":"vote""#), "{name}");
    }
}

#[test]
fn every_word_of_the_table_is_written_here_and_stands_for_its_row() {
    let mut seen = BTreeSet::new();
    for (_, acts, wish, _) in every() {
        let json = serde_json::to_value(&wish).expect("JSON");
        let word = json["type"].as_str().expect("a type").to_owned();
        let sent = serde_json::to_vec(&ClientCommand { id: id(1), wish }).expect("JSON");
        let Ok(Incoming::Command { command, .. }) = decode(&sent, acts, &sieve()) else {
            panic!("{word}")
        };
        if acts == As::Citizen || word != "ask" {
            let (known, kind) = COMMANDS.iter().find(|(w, _)| *w == word).expect("in the table");
            assert_eq!(command.kind(), *kind, "{known}");
        }
        seen.insert(word);
    }
    assert_eq!(seen, COMMANDS.iter().map(|(word, _)| (*word).to_owned()).collect());
}

#[test]
fn what_may_be_left_out_may_be_left_out_or_null() {
    let policy = Policy::default();
    let q = question(1);
    let read = |text: &str, acts| match decode(text.as_bytes(), acts, &sieve()) {
        Ok(Incoming::Command { command, .. }) => command,
        other => panic!("{text}: {other:?}"),
    };
    let id = id(1);
    for optional in ["", r#","name":null,"labels":null,"review":null,"tomorrow":{"a":[1]}"#] {
        let ask = format!(r#"{{"type":"ask","id":"{id}","text":"{TEXT}"{optional}}}"#);
        let expected = Command::Ask {
            text: Asked::screened(TEXT, &policy),
            name: None,
            labels: vec![],
            review: false,
        };
        assert_eq!(read(&ask, As::Citizen), expected);
    }
    let approve = format!(r#"{{"type":"approve","id":"{id}","question":"{q}","rev":1}}"#);
    let expected = Command::Approve { question: q, rev: rev(1), name: true };
    assert_eq!(read(&approve, As::Staff), expected);
}

#[test]
fn a_screen_says_what_it_shows() {
    for on_air in [None, Some(question(1))] {
        let sent = serde_json::to_vec(&Shown { on_air }).expect("JSON");
        assert_eq!(decode(&sent, As::Citizen, &sieve()), Ok(Incoming::Shown { on_air }));
    }
    decode(br#"{"type":"shown"}"#, As::Citizen, &sieve()).expect_err("`on_air` must be there");
}
