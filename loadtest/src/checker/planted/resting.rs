//! What a command rests on, and a journal that cannot be read as one.

use serde_json::json;

use super::super::Kind;
use super::super::evening::Evening;
use crate::history::Event;

#[test]
fn a_command_on_a_revision_that_had_moved_does_not_count() {
    let mut evening = Evening::honest();
    let (q2, person) = (evening.q2.clone(), evening.person("mod"));
    let id = evening.id();
    evening.sends("mod", &json!({"type": "approve", "id": id, "question": q2, "rev": 0}));
    let approved = json!({"type": "question_approved", "question": q2, "version": 0,
        "text": evening.asked(&q2).0, "with_name": false});
    let on = [json!({"question": [q2, 0]})];
    evening.journal(&json!({"staff": person}), &id, &on, &[approved]);
    evening.note("mod", Event::Unknown(id.as_str().into()));
    evening.is_found_as(Kind::Void, &id);
}

#[test]
fn a_hole_in_the_journal_and_an_event_nobody_taught_the_checker() {
    let mut evening = Evening::honest();
    let last = evening.entries.last_mut().expect("an entry");
    last["n"] = json!(last["n"].as_u64().expect("a number") + 1);
    evening.is_found_as(Kind::Journal, "follows");
    let mut evening = Evening::honest();
    let id = evening.id();
    evening.journal(&json!("clock"), &id, &[], &[json!({"type": "question_sung"})]);
    evening.is_found_as(Kind::Journal, "question_sung");
}

#[test]
fn what_a_command_rests_on_must_still_be_true() {
    let nothing = json!(null);
    for (on, by, event, names) in [
        (json!({"policy": 1}), "house", json!({"type": "overlay_shown"}), "version 2"),
        (json!({"head": "x"}), "house", json!({"type": "overlay_shown"}), "head of the queue"),
        (json!({"head": nothing}), "house", json!({"type": "overlay_shown"}), "head of the queue"),
        (json!({"grant": "GRANT"}), "house", json!({"type": "overlay_shown"}), "has ended"),
        (json!({"invitation": "INVITED"}), "house", json!({"type": "overlay_shown"}), "has ended"),
        (json!({"session": 0}), "house", json!({"type": "overlay_shown"}), "the session"),
        (json!({"stage": 0}), "house", json!({"type": "overlay_shown"}), "the stage"),
        (json!({"question": ["x", 0]}), "house", json!({"type": "overlay_shown"}), "no question"),
    ] {
        let mut evening = Evening::honest();
        let q2 = evening.q2.clone();
        let moved = [
            (json!([]), json!({"type": "policy_changed", "policy": {"version": 2}})),
            (json!([{"session": 0}]), json!({"type": "session_described", "about": {}})),
            (
                json!([{"stage": 0}]),
                json!({"type": "question_put_on_air", "question": q2,
                "displaced": "requeued"}),
            ),
            (json!([]), json!({"type": "taken_off_air"})),
            (json!([]), json!({"type": "question_dismissed", "question": q2})),
            (
                json!([]),
                json!({"type": "role_granted", "person": "P", "role": "moderator",
                "name": "M", "invitation": "INVITED"}),
            ),
            (json!([]), json!({"type": "invitation_revoked", "invitation": "INVITED"})),
        ];
        for (on, event) in moved {
            let id = if event["type"] == "role_granted" { "GRANT".into() } else { evening.id() };
            evening.journal(&json!("house"), &id, on.as_array().expect("a list"), &[event]);
        }
        evening.is_clean();
        let id = evening.id();
        evening.journal(&json!(by), &id, &[on], &[event]);
        evening.is_found_as(Kind::Void, names);
    }
}
