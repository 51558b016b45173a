//! What must not be flagged.

use serde_json::json;

use super::super::evening::{Evening, SLUG};
use super::super::{Case, Dump, Kind, check, same_public_frames};
use crate::history::{Event, History, Seat};

#[test]
fn an_honest_evening_is_clean_and_was_looked_at() {
    let report = Evening::honest().judge();
    assert!(report.is_clean(), "{report}");
    let checked = &report.checked;
    assert_eq!(checked.done, 11, "{report}");
    assert_eq!(checked.vote_rows, 2);
    assert_eq!(checked.converged, 3);
    assert!(checked.public_messages > 10 && checked.places > 20 && checked.questions_shown > 10);
}

#[test]
fn an_empty_run_does_not_pass() {
    let history = History::default();
    let journal = Dump { session: SLUG.to_owned(), entries: Vec::new() };
    let report = check(&Case::new(&history, &journal));
    assert_eq!(report.kinds(), [Kind::Nothing]);
}

#[test]
fn refused_and_then_done_when_sent_again() {
    let mut evening = Evening::honest();
    let id = evening.id();
    let vote = json!({"type": "vote", "id": id, "question": evening.q1, "on": true});
    evening.sends("ana", &vote);
    evening.refused("ana", &id, "busy");
    evening.sends("ana", &vote);
    let q1 = evening.q1.clone();
    evening.vote_row("ana", &q1, true, &id);
    evening.done("ana", &id);
    evening.tally(&q1, 3);
    evening.is_clean();
}

#[test]
fn unknown_may_be_recorded_or_not() {
    let mut evening = Evening::honest();
    let (there, not_there) = (evening.id(), evening.id());
    let q1 = evening.q1.clone();
    for id in [&there, &not_there] {
        evening.sends("ana", &json!({"type": "vote", "id": id, "question": q1, "on": true}));
        evening.note("ana", Event::Unknown(id.as_str().into()));
    }
    evening.vote_row("ana", &q1, true, &there);
    evening.tally(&q1, 3);
    let report = evening.judge();
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.checked.unknown_recorded, report.checked.unknown_absent), (1, 1));
}

#[test]
fn a_command_sent_again_after_a_lost_connection_is_done_once_more() {
    let mut evening = Evening::honest();
    let q3 = evening.q3.clone();
    let id = evening.id();
    let vote = json!({"type": "vote", "id": id, "question": q3, "on": true});
    evening.sends("bob", &vote);
    evening.vote_row("bob", &q3, true, &id);
    evening.note("bob", Event::Closed(Some(4001)));
    evening.note("bob", Event::Connected(None));
    let board = evening.board.clone();
    evening.gets("bob", board);
    evening.sends("bob", &vote);
    evening.done("bob", &id);
    evening.tally(&q3, 1);
    evening.is_clean();
}

#[test]
fn a_row_that_stands_twice_moves_nothing() {
    let mut evening = Evening::honest();
    let q3 = evening.q3.clone();
    let id = evening.votes("bob", &q3, true);
    evening.vote_row("bob", &q3, true, &id);
    evening.tally(&q3, 1);
    evening.is_clean();
}

#[test]
fn votes_that_change_nothing_are_done_without_a_row() {
    let mut evening = Evening::honest();
    for (name, on) in [("bob", true), ("ana", false)] {
        let id = evening.id();
        let vote = json!({"type": "vote", "id": id, "question": evening.q1, "on": on});
        evening.sends(name, &vote);
        evening.done(name, &id);
    }
    let report = evening.judge();
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.checked.done_without_effect, 2);
}

#[test]
fn off_air_with_nothing_on_air_is_done() {
    let mut evening = Evening::honest();
    evening.takes_off_air();
    evening.is_clean();
}

#[test]
fn an_approved_text_that_stands_in_a_pending_one_is_no_leak() {
    let mut evening = Evening::opened();
    let long = "Quando riapre il ponte sul fiume, e quanto costa?";
    evening.asks("bob", long, None);
    let q = evening.asks("ana", "Quando riapre il ponte sul fiume", None);
    evening.approves(&q, false);
    evening.is_clean();
}

#[test]
fn a_pending_text_that_stands_in_an_approved_one_is_no_leak() {
    let mut evening = Evening::opened();
    evening.asks("bob", "Quando riapre il ponte", None);
    let q = evening.asks("ana", "Quando riapre il ponte sul fiume, e quanto costa?", None);
    evening.approves(&q, false);
    evening.is_clean();
}

#[test]
fn the_same_text_of_two_persons_may_be_shown_once_one_is_approved() {
    let mut evening = Evening::opened();
    evening.asks("bob", "Quando riapre il ponte sul fiume?", None);
    let q = evening.asks("ana", "Quando riapre il ponte sul fiume?", None);
    evening.approves(&q, false);
    evening.is_clean();
}

#[test]
fn ones_own_refused_text_may_stand_in_the_reply() {
    let mut evening = Evening::honest();
    let id = evening.id();
    let text = "Guardate www.esempio.it, per favore";
    evening.sends("bob", &json!({"type": "ask", "id": id, "text": text}));
    evening.gets(
        "bob",
        json!({"type": "refused", "id": id, "code": "link", "title": "Link",
        "detail": format!("Nel testo \"{text}\" c'è un link."), "findings": [{"code": "LINK"}]}),
    );
    evening.is_clean();
}

#[test]
fn a_restored_and_approved_question_may_come_back() {
    let mut evening = Evening::honest();
    let q3 = evening.q3.clone();
    evening.dismisses(&q3);
    let restored = json!({"type": "question_restored", "question": q3});
    evening.moderates("restore", &q3, &restored, &[]);
    evening.approves(&q3, false);
    evening.is_clean();
}

#[test]
fn a_moderator_who_was_second_is_told_and_void_in_the_journal() {
    let mut evening = Evening::honest();
    let id = evening.id();
    let (q1, person) = (evening.q1.clone(), evening.person("mod"));
    evening.sends("mod", &json!({"type": "dismiss", "id": id, "question": q1, "rev": 0}));
    let dismissed = json!({"type": "question_dismissed", "question": q1, "reason": "other"});
    let on = [json!({"question": [q1, 0]})];
    evening.journal(&json!({"staff": person}), &id, &on, &[dismissed]);
    evening.entries.last_mut().expect("an entry")["void"] = json!([0]);
    evening.refused("mod", &id, "stale");
    evening.is_clean();
}

#[test]
fn an_asker_who_is_forgotten_keeps_a_public_question_without_a_name() {
    let mut evening = Evening::honest();
    let (id, q1, ana) = (evening.id(), evening.q1.clone(), evening.person("ana"));
    evening.joins("admin", Seat::Desk);
    let admin = json!({"staff": evening.person("admin")});
    evening.sends("admin", &json!({"type": "forget", "id": id, "person": ana, "reason": "x"}));
    let forgotten = json!({"type": "person_forgotten", "person": ana, "reason": "x"});
    evening.journal(&admin, &id, &[], &[forgotten]);
    let mut shown = evening.public(&q1, "queued");
    shown["name"] = json!(null);
    evening.update(false, &[json!({"question": shown})]);
    evening.done("admin", &id);
    evening.is_clean();
}

#[test]
fn runs_with_and_without_refused_questions_look_the_same() {
    let (quiet, noisy) = (Evening::honest(), Evening::with_background());
    let history = |evening: &Evening| History { records: evening.records.clone() };
    noisy.is_clean();
    assert_eq!(same_public_frames(&history(&quiet), &history(&noisy)), None);
    let mut leaky = quiet.clone();
    let index = leaky.find("ana", |message| message["type"] == "update");
    leaky.spoil(index, |update| {
        update["changes"][0]["question"]["number"] = json!(2);
    });
    let difference = same_public_frames(&history(&quiet), &history(&leaky)).expect("a difference");
    assert_eq!(difference.client, "ana");
    assert_eq!(difference.frame, 2, "the snapshot is the first");
}

#[test]
fn what_the_desk_typed_is_public_at_once() {
    let mut evening = Evening::honest();
    let (id, person) = (evening.id(), evening.person("mod"));
    let text = "Dalla sala: quando si comincia?";
    evening.sends("mod", &json!({"type": "ask", "id": id, "text": text, "channel": "hall"}));
    let entered = json!({"type": "question_entered", "text": text, "channel": "hall"});
    evening.journal(&json!({"staff": person}), &id, &[], &[entered]);
    let shown = json!({"question": {"id": id, "number": 3, "text": text, "name": null,
        "votes": null, "state": "approved"}});
    evening.update(false, std::slice::from_ref(&shown));
    evening.update(true, &[shown]);
    evening.done("mod", &id);
    evening.is_clean();
}

#[test]
fn what_may_be_shown_unread_is_public_at_once() {
    let mut evening = Evening::opened();
    evening.moderates_afterwards(2);
    evening.asks_unread("ana", "Quando riapre il ponte sul fiume?", 2);
    evening.is_clean();
}
