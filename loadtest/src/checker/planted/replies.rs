//! Replies that come late, twice, or from the door, and places at the edge.

use serde_json::json;

use super::super::Kind;
use super::super::evening::Evening;
use crate::history::Event;

/// Ana votes for q3, and her client gives up waiting.
fn a_vote_in_the_dark(recorded: bool) -> (Evening, String) {
    let mut evening = Evening::honest();
    let (id, q3) = (evening.id(), evening.q3.clone());
    evening.sends("ana", &json!({"type": "vote", "id": id, "question": q3, "on": true}));
    evening.note("ana", Event::Unknown(id.as_str().into()));
    if recorded {
        evening.vote_row("ana", &q3, true, &id);
        evening.tally(&q3, 1);
    }
    (evening, id)
}

#[test]
fn a_late_reply_is_one_and_a_second_is_too_many() {
    let (mut evening, id) = a_vote_in_the_dark(true);
    evening.done("ana", &id);
    evening.is_clean();
    evening.done("ana", &id);
    evening.is_found_as(Kind::Reply, &id);
}

#[test]
fn a_refusal_at_the_door_says_nothing_of_an_earlier_sending() {
    for (code, is_clean) in [("too_fast", true), ("wrong_state", false)] {
        let (mut evening, id) = a_vote_in_the_dark(true);
        let q3 = evening.q3.clone();
        evening.sends("ana", &json!({"type": "vote", "id": id, "question": q3, "on": true}));
        evening.refused("ana", &id, code);
        if is_clean {
            evening.is_clean();
        } else {
            evening.is_found_as(Kind::RefusedButRecorded, &id);
        }
    }
}

#[test]
fn over_http_an_unknown_outcome_is_no_refusal() {
    let mut evening = Evening::honest();
    let (id, q3) = (evening.id(), evening.q3.clone());
    evening.sends("ana", &json!({"type": "vote", "id": id, "question": q3, "on": true}));
    evening.refused("ana", &id, "unknown_outcome");
    evening.vote_row("ana", &q3, true, &id);
    evening.tally(&q3, 1);
    let report = evening.judge();
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.checked.unknown_recorded, report.checked.refused), (1, 1));
    assert_eq!(report.checked.sent, 12);
}

#[test]
fn refused_sent_again_and_then_in_the_dark() {
    let mut evening = Evening::honest();
    let (id, q3) = (evening.id(), evening.q3.clone());
    let vote = json!({"type": "vote", "id": id, "question": q3, "on": true});
    evening.sends("ana", &vote);
    evening.refused("ana", &id, "wrong_state");
    evening.sends("ana", &vote);
    evening.note("ana", Event::Unknown(id.as_str().into()));
    evening.vote_row("ana", &q3, true, &id);
    evening.tally(&q3, 1);
    evening.is_clean();
}

#[test]
fn done_and_then_turned_away_at_the_door() {
    let mut evening = Evening::honest();
    let q3 = evening.q3.clone();
    let id = evening.votes("ana", &q3, true);
    evening.tally(&q3, 1);
    evening.sends("ana", &json!({"type": "vote", "id": id, "question": q3, "on": true}));
    evening.refused("ana", &id, "too_fast");
    evening.is_clean();
}

#[test]
fn a_command_recorded_about_another_question() {
    let mut evening = Evening::honest();
    let (id, q3, person) = (evening.id(), evening.q3.clone(), evening.person("mod"));
    evening.sends("mod", &json!({"type": "queue", "id": id, "question": q3, "rev": 3}));
    // q1 is in the queue already: nobody sees a difference.
    let queued = json!({"type": "question_queued", "question": evening.q1});
    evening.journal(&json!({"staff": person}), &id, &[], &[queued]);
    evening.done("mod", &id);
    evening.is_found_as(Kind::Invented, &id);
}

#[test]
fn an_update_before_any_snapshot() {
    let mut evening = Evening::honest();
    let snapshot = evening.find("ana", |message| message["type"] == "snapshot");
    evening.records.remove(snapshot);
    let report = evening.judge();
    assert_eq!(report.found[&Kind::Order], 1, "{report}");
    assert!(report.to_string().contains("before any snapshot"), "{report}");
}

#[test]
fn a_new_epoch_begins_with_a_snapshot() {
    let mut evening = Evening::honest();
    evening.board["cursor"] = json!("c2-0");
    for name in ["ana", "bob", "cleo"] {
        let board = evening.board.clone();
        evening.gets(name, board);
    }
    evening.is_clean();
}

#[test]
fn skipped_places_are_counted() {
    let mut evening = Evening::honest();
    let q1 = evening.q1.clone();
    let shown = evening.public(&q1, "queued");
    for _ in 0..3 {
        evening.update(false, &[json!({"question": shown})]);
    }
    for _ in 0..2 {
        let middle = evening.records.len() - 5;
        let bobs = evening.records[..=middle].iter().rposition(|record| &*record.client == "bob");
        evening.records.remove(bobs.expect("bob got it"));
    }
    evening.is_found_as(Kind::Order, "2 places skipped");
}

#[test]
fn a_refusal_over_http_is_a_reply() {
    let mut evening = Evening::honest();
    let (id, q1) = (evening.id(), evening.q1.clone());
    evening.sends("ana", &json!({"type": "vote", "id": id, "question": q1, "on": true}));
    evening.gets(
        "ana",
        json!({"type": "https://example.org/problems/own", "id": id,
        "code": "own_question", "title": "Own", "detail": "Non si può.", "status": 403}),
    );
    evening.is_clean();
}
