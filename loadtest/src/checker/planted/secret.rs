//! Leaks, in every kind of byte.

use serde_json::json;

use super::super::Kind;
use super::super::evening::{CANARY, Evening};
use crate::history::{Event, Seat};

fn bytes(evening: &mut Evening, name: &str, text: &str) {
    evening.note(name, Event::Bytes(text.into()));
}

#[test]
fn a_canary_word_in_a_frame() {
    let mut evening = Evening::honest();
    let index = evening.find("ana", |message| message["type"] == "update");
    evening.spoil(index, |update| {
        update["hint"] = json!(format!("wie {CANARY}s"));
    });
    evening.is_found_as(Kind::Leak, "ana");
}

#[test]
fn a_canary_word_in_the_detail_of_an_error() {
    let mut evening = Evening::honest();
    let id = evening.id();
    evening.sends("ana", &json!({"type": "vote", "id": id, "question": evening.q2, "on": true}));
    evening.gets(
        "ana",
        json!({"type": "refused", "id": id, "code": "not_found", "title": "No",
        "detail": format!("\"Perché {CANARY} è sempre chiuso?\" is not public")}),
    );
    evening.is_found_as(Kind::Leak, &evening.q2);
}

#[test]
fn a_canary_word_in_bytes_to_an_overlay_and_in_another_session() {
    let mut evening = Evening::honest();
    bytes(&mut evening, "wall", &format!("<p>x{CANARY}</p>"));
    evening.is_found_as(Kind::Leak, "wall");
    let mut evening = Evening::honest();
    bytes(&mut evening, "wall", &format!("<p>x{CANARY}</p>"));
    evening.records.last_mut().expect("a record").session = "altrove".into();
    evening.is_found_as(Kind::Leak, "wall");
}

#[test]
fn a_pending_text_behind_escapes() {
    for escaped in [
        "<li>Perch&eacute;</li><li>Dov&#39;è il &quot;nuovo&quot; parco?</li>",
        r#"{"detail":"Dov'\u00e8 il \"nuovo\" parco?"}"#,
    ] {
        let mut evening = Evening::honest();
        let q = evening.asks("bob", "Dov'è il \"nuovo\" parco?", None);
        bytes(&mut evening, "ana", escaped);
        evening.is_found_as(Kind::Leak, &q);
    }
}

#[test]
fn a_text_before_its_approval_was_sent() {
    let mut evening = Evening::opened();
    let q = evening.asks("bob", "Dove si parcheggia la sera?", None);
    bytes(&mut evening, "ana", "<li>Dove si parcheggia la sera?</li>");
    evening.approves(&q, false);
    evening.is_found_as(Kind::Leak, "not public yet");
}

#[test]
fn ones_own_text_in_a_frame_to_everybody() {
    let mut evening = Evening::honest();
    let index = evening.find("bob", |message| message["type"] == "tally");
    evening.spoil(index, |tally| tally["hint"] = json!("Bob Neri"));
    evening.is_found_as(Kind::Leak, "a name");
}

#[test]
fn a_name_that_was_not_approved() {
    let mut evening = Evening::honest();
    bytes(&mut evening, "cleo", "<b>Bob Neri</b>");
    evening.is_found_as(Kind::Leak, &evening.q2);
}

#[test]
fn somebody_elses_pseudonym() {
    let mut evening = Evening::honest();
    let bob = evening.person("bob");
    bytes(&mut evening, "ana", &format!("<a href=\"/p/{bob}\">"));
    evening.is_found_as(Kind::Leak, &bob);
}

#[test]
fn a_note_of_the_desk() {
    let mut evening = Evening::honest();
    let (id, person, q1) = (evening.id(), evening.person("mod"), evening.q1.clone());
    evening.sends(
        "mod",
        &json!({"type": "later", "id": id, "question": q1, "rev": 2,
        "note": "meglio dopo la pausa"}),
    );
    let unqueued = json!({"type": "question_unqueued", "question": q1,
        "note": "meglio dopo la pausa"});
    evening.journal(&json!({"staff": person}), &id, &[], &[unqueued]);
    let mut shown = evening.public(&q1, "approved");
    shown["why"] = json!("meglio dopo la pausa");
    evening.update(false, &[json!({"question": shown})]);
    evening.update(true, &[json!({"question": evening.public(&q1, "approved")})]);
    evening.done("mod", &id);
    evening.is_found_as(Kind::Leak, "a note of the desk");
}

#[test]
fn fields_and_numbers_that_are_not_the_publics() {
    for (path, value, names) in [
        ("/changes/0/question", json!({"rev": 1}), "`rev`"),
        ("/changes/0/question", json!({"findings": []}), "`findings`"),
        ("", json!({"total": {"dismissed": 1}}), "`dismissed`"),
        ("", json!({"queue": ["x"]}), "the queue"),
    ] {
        let mut evening = Evening::honest();
        let index = evening.find("ana", |message| message["type"] == "update");
        evening.spoil(index, |update| {
            let place = update.pointer_mut(path).expect("a place").as_object_mut();
            place.expect("an object").extend(value.as_object().expect("fields").clone());
        });
        evening.is_found_as(Kind::Leak, names);
    }
}

#[test]
fn somebody_elses_question_in_mine() {
    let mut evening = Evening::honest();
    let q2 = evening.q2.clone();
    let question = json!({"id": q2, "state": "dismissed", "text": null});
    evening.gets("ana", json!({"type": "mine", "questions": [question], "votes": {}}));
    evening.is_found_as(Kind::Leak, &q2);
}

#[test]
fn a_text_that_was_taken_back() {
    let back = |again: bool| {
        let mut evening = Evening::honest();
        let (id, q3) = (evening.id(), evening.q3.clone());
        evening.joins("admin", Seat::Desk);
        let admin = json!({"staff": evening.person("admin")});
        let reason = "indirizzo di una persona";
        evening.sends(
            "admin",
            &json!({"type": "take_back", "id": id, "question": q3,
            "reason": reason}),
        );
        let taken = json!({"type": "text_taken_back", "question": q3, "reason": reason});
        let before = evening.public(&q3, "approved");
        // A frame that was on its way is no violation.
        let late = json!({"type": "snapshot", "cursor": evening.board["cursor"],
            "session": {"slug": "ponte"}, "on_air": evening.board["on_air"],
            "questions": evening.board["questions"], "total": evening.board["total"]});
        evening.gets("bob", late);
        let mut shown = before;
        shown["text"] = json!(null);
        evening.journal(&admin, &id, &[], &[taken]);
        evening.update(false, &[json!({"question": shown})]);
        evening.done("admin", &id);
        // With the key gone, the journal cannot say what it was.
        for entry in &mut evening.entries {
            let mine = entry["commands"][0]["id"] == json!(q3);
            let event = &mut entry["commands"][0]["events"][0];
            if mine || event["type"] == "question_approved" && event["question"] == json!(q3) {
                event["text"] = json!(null);
            }
        }
        if again {
            bytes(&mut evening, "bob", "<li>Chi paga la nuova piscina comunale?</li>");
        }
        evening
    };
    back(false).is_clean();
    back(true).is_found_as(Kind::TakenBack, "bob");
}

#[test]
fn shown_unread_although_the_policy_had_moved() {
    let mut evening = Evening::opened();
    evening.moderates_afterwards(2);
    let q = evening.asks_unread("ana", "Quando riapre il ponte sul fiume?", 1);
    let report = evening.judge();
    // The same fact breaks three promises: the bytes, the showing, and the board.
    assert_eq!(report.kinds(), [Kind::Leak, Kind::WrongText, Kind::Converged], "{report}");
    assert!(report.violations.iter().all(|violation| {
        violation.kind == Kind::Converged || violation.subject.as_deref() == Some(&*q)
    }));
}

#[test]
fn a_canary_word_under_a_name_that_stands_twice() {
    let mut evening = Evening::honest();
    let twice = format!(r#"{{"type":"tally","x":"{CANARY}","x":"","votes":{{}}}}"#);
    let message = crate::history::Message::parse(&twice).expect("JSON");
    evening.note("cleo", Event::Received(message));
    evening.is_found_as(Kind::Leak, "cleo");
}
