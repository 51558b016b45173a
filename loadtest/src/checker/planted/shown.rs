//! What clients were shown, and in which order.

use serde_json::json;

use super::super::Kind;
use super::super::evening::Evening;
use crate::history::Event;

/// The n-th update that a client got.
fn update(evening: &Evening, name: &str, n: usize) -> usize {
    let updates = evening.records.iter().enumerate().filter(|(_, record)| match &record.event {
        Event::Received(message) => &*record.client == name && message.value()["type"] == "update",
        _ => false,
    });
    updates.map(|(index, _)| index).nth(n).expect("so many updates")
}

#[test]
fn a_text_that_is_not_the_approved_one() {
    let mut evening = Evening::honest();
    let index = update(&evening, "ana", 0);
    evening.spoil(index, |update| {
        update["changes"][0]["question"]["text"] = json!("Mai?");
    });
    evening.is_found_as(Kind::WrongText, &evening.q1);
}

#[test]
fn an_approval_of_another_text_than_was_read() {
    let mut evening = Evening::opened();
    let q = evening.asks("ana", "Quando riapre il ponte?", None);
    evening.approves(&q, false);
    let approval = evening.entries.last_mut().expect("an entry");
    approval["commands"][0]["events"][0]["version"] = json!(1);
    evening.is_found_as(Kind::WrongText, "version");
}

#[test]
fn a_question_shown_again_after_it_was_gone() {
    let mut evening = Evening::honest();
    let q3 = evening.q3.clone();
    let shown = evening.public(&q3, "approved");
    evening.dismisses(&q3);
    evening.update(false, &[json!({"question": shown})]);
    evening.update(false, &[json!({"gone": q3})]);
    evening.is_found_as(Kind::WrongText, &q3);
}

#[test]
fn a_state_that_it_did_not_have() {
    let mut evening = Evening::honest();
    let index = update(&evening, "cleo", 0);
    evening.spoil(index, |update| {
        update["changes"][0]["question"]["state"] = json!("answered");
    });
    evening.is_found_as(Kind::WrongState, &evening.q1);
}

#[test]
fn a_place_skipped() {
    let mut evening = Evening::honest();
    let q1 = evening.q1.clone();
    let shown = evening.public(&q1, "queued");
    evening.update(false, &[json!({"question": shown})]);
    let lost = evening.records.iter().rposition(|record| &*record.client == "bob");
    evening.records.remove(lost.expect("bob got it"));
    evening.update(false, &[json!({"question": shown})]);
    evening.is_found_as(Kind::Order, "bob");
}

#[test]
fn a_place_repeated() {
    let mut evening = Evening::honest();
    let index = update(&evening, "bob", 1);
    let again = evening.records[index].clone();
    evening.records.insert(index + 1, again);
    evening.is_found_as(Kind::Order, "again");
}

#[test]
fn a_resumed_line_goes_on_where_it_was() {
    let resumed = |after: &str| {
        let mut evening = Evening::honest();
        evening.note("bob", Event::Closed(None));
        evening.note("bob", Event::Connected(Some(after.into())));
        let q1 = evening.q1.clone();
        let shown = evening.public(&q1, "queued");
        evening.update(false, &[json!({"question": shown})]);
        evening
    };
    let held = Evening::honest().board["cursor"].as_str().expect("a cursor").to_owned();
    resumed(&held).is_clean();
    resumed("c1-0").is_found_as(Kind::Order, "bob");
    resumed("c2-0").is_found_as(Kind::Order, "epoch");
}

#[test]
fn a_snapshot_from_the_past() {
    let mut evening = Evening::honest();
    let mut old = evening.board.clone();
    old["cursor"] = json!("c1-1");
    evening.gets("ana", old);
    let held = evening.board.clone();
    evening.gets("ana", held);
    evening.is_found_as(Kind::Order, "ana");
}

#[test]
fn two_on_air() {
    let mut evening = Evening::honest();
    // The update that puts q3 on air forgets to take q1 off.
    let q1 = evening.q1.clone();
    let index = evening.find("ana", |message| {
        message["changes"].as_array().is_some_and(|changes| changes.len() == 3)
    });
    evening.spoil(index, |update| {
        let changes = update["changes"].as_array_mut().expect("changes");
        changes.retain(|change| change["question"]["id"] != json!(q1));
    });
    // Later it is told.
    let shown = evening.public(&q1, "queued");
    evening.update(false, &[json!({"question": shown})]);
    evening.is_found_as(Kind::OnAir, &q1);
}

#[test]
fn on_air_without_its_question() {
    let mut evening = Evening::honest();
    let index = evening.find("bob", |message| {
        message["changes"].as_array().is_some_and(|changes| changes.len() == 3)
    });
    evening.spoil(index, |update| {
        update["changes"][2]["on_air"]["id"] = json!(null);
    });
    evening.is_found_as(Kind::OnAir, &evening.q3);
}

#[test]
fn done_before_what_it_stands_for() {
    let mut evening = Evening::honest();
    let q = evening.asks("bob", "Dove si parcheggia la sera?", None);
    let last = evening.records.len() - 1;
    evening.records.swap(last, last - 1);
    evening.is_found_as(Kind::DoneBeforeEffect, &q);
    let mut evening = Evening::honest();
    let q = evening.asks("bob", "Dove si parcheggia la sera?", None);
    let id = evening.approves(&q, false);
    let last = evening.records.len() - 1;
    evening.records.swap(last, last - 1);
    evening.is_found_as(Kind::DoneBeforeEffect, &id);
}

#[test]
fn somebody_who_looks_at_another_picture_at_the_end() {
    let mut evening = Evening::honest();
    let q1 = evening.q1.clone();
    for question in evening.board["questions"].as_array_mut().expect("a list") {
        if question["id"] == q1 {
            question["number"] = json!(7);
        }
    }
    evening.is_found_as(Kind::Converged, &q1);
}

#[test]
fn somebody_who_is_connected_and_was_told_no_more() {
    let mut evening = Evening::honest();
    let q1 = evening.q1.clone();
    let shown = evening.public(&q1, "queued");
    evening.update(false, &[json!({"question": shown})]);
    let lost = evening.records.iter().rposition(|record| &*record.client == "bob");
    evening.records.remove(lost.expect("bob got it"));
    evening.is_found_as(Kind::Converged, "bob");
}

#[test]
fn a_board_that_the_journal_does_not_give() {
    let mut evening = Evening::honest();
    for name in ["ana", "bob", "cleo"] {
        evening.note(name, Event::Closed(None));
    }
    let q1 = evening.q1.clone();
    for question in evening.board["questions"].as_array_mut().expect("a list") {
        if question["id"] == q1 {
            question["state"] = json!("answered");
        }
    }
    evening.is_found_as(Kind::Converged, &q1);
}

#[test]
fn a_name_that_was_approved_away() {
    let mut evening = Evening::opened();
    let q = evening.asks("ana", "Quando riapre il ponte sul fiume?", Some("Ponte"));
    evening.approves(&q, false);
    let index = update(&evening, "bob", 0);
    // So short a name that no search would find it.
    evening.spoil(index, |update| {
        update["changes"][0]["question"]["name"] = json!("Il ponte");
    });
    let shown = evening.public(&q, "approved");
    evening.update(false, &[json!({"question": shown})]);
    evening.is_found_as(Kind::WrongText, &q);
}

#[test]
fn an_approval_that_does_not_say_what_was_approved() {
    let mut evening = Evening::honest();
    let q1 = evening.q1.clone();
    for entry in &mut evening.entries {
        let event = &mut entry["commands"][0]["events"][0];
        if event["type"] == "question_approved" && event["question"] == json!(q1) {
            event["text"] = json!(null);
        }
    }
    evening.is_found_as(Kind::WrongText, &q1);
}

#[test]
fn a_revised_question_shows_its_new_text_from_then_on() {
    let revised = |shown_as: &str| {
        let mut evening = Evening::honest();
        let q1 = evening.q1.clone();
        let text = "Quando riaprirà il ponte?";
        let event = json!({"type": "question_revised", "question": q1, "text": text,
            "shown": text});
        let mut shown = evening.public(&q1, "queued");
        shown["text"] = json!(text);
        evening.moderates("revise", &q1, &event, &[json!({"question": shown})]);
        shown["text"] = json!(shown_as);
        evening.update(false, &[json!({"question": shown})]);
        shown["text"] = json!(text);
        evening.update(false, &[json!({"question": shown})]);
        evening
    };
    revised("Quando riaprirà il ponte?").is_clean();
    // Approved once, and not what stands there now.
    let q1 = Evening::honest().q1;
    revised("Quando riapre il ponte sul fiume?").is_found_as(Kind::WrongText, &q1);
}

#[test]
fn a_snapshot_does_not_tell_a_citizen_what_became_of_their_question() {
    let mut evening = Evening::honest();
    let q = evening.asks("bob", "Dove si parcheggia la sera?", None);
    let mine = evening.records.len() - 2;
    let board = evening.board.clone();
    evening.spoil(mine, |message| *message = board);
    evening.is_found_as(Kind::DoneBeforeEffect, &q);
}

#[test]
fn who_is_not_connected_is_shown_nothing_before_a_done() {
    let mut evening = Evening::honest();
    let q = evening.asks("bob", "Dove si parcheggia la sera?", None);
    let mine = evening.records.len() - 2;
    evening.records[mine].event = Event::Closed(None);
    let report = evening.judge();
    assert!(report.is_clean(), "{q}: {report}");
}

#[test]
fn a_snapshot_tells_the_desk_everything() {
    let mut evening = Evening::honest();
    let q = evening.asks("bob", "Dove si parcheggia la sera?", None);
    evening.approves(&q, false);
    let shown = evening.records.len() - 2;
    let board = evening.board.clone();
    evening.spoil(shown, |update| {
        let cursor = update["cursor"].clone();
        *update = board;
        update["cursor"] = cursor;
    });
    evening.is_clean();
}
