//! Lost, twice, refused and there, invented, counts.

use serde_json::json;

use super::super::Kind;
use super::super::evening::Evening;
use crate::history::Event;

fn entry_of(evening: &Evening, id: &str) -> usize {
    let found = evening.entries.iter().position(|entry| entry.to_string().contains(id));
    found.expect("the journal has it")
}

/// Takes an entry out as if it had never been, numbers and all.
fn forget(evening: &mut Evening, index: usize) {
    evening.entries.remove(index);
    for (n, entry) in evening.entries.iter_mut().enumerate() {
        entry["n"] = json!(n + 1);
    }
}

#[test]
fn an_acknowledged_ask_that_is_not_in_the_journal_is_lost() {
    let mut evening = Evening::honest();
    let id = evening.asks("bob", "Dove si parcheggia la sera?", None);
    let index = entry_of(&evening, &id);
    forget(&mut evening, index);
    evening.is_found_as(Kind::Lost, &id);
}

#[test]
fn an_acknowledged_vote_without_a_row_is_lost() {
    let mut evening = Evening::honest();
    let q3 = evening.q3.clone();
    let id = evening.votes("bob", &q3, true);
    forget_last(&mut evening);
    evening.is_found_as(Kind::Lost, &id);
}

fn forget_last(evening: &mut Evening) {
    let last = evening.entries.len() - 1;
    forget(evening, last);
}

#[test]
fn a_vote_taken_back_without_a_row_is_lost() {
    let mut evening = Evening::honest();
    let id = evening.id();
    let vote = json!({"type": "vote", "id": id, "question": evening.q1, "on": false});
    evening.sends("bob", &vote);
    evening.done("bob", &id);
    evening.is_found_as(Kind::Lost, &id);
}

#[test]
fn an_off_air_that_took_nothing_off_is_lost() {
    let mut evening = Evening::honest();
    let q1 = evening.q1.clone();
    evening.puts_on_air(&q1);
    let id = evening.id();
    evening.sends("mod", &json!({"type": "off_air", "id": id}));
    evening.done("mod", &id);
    evening.is_found_as(Kind::Lost, &id);
}

#[test]
fn an_acknowledged_command_that_stands_void_is_lost() {
    let mut evening = Evening::honest();
    let q3 = evening.q3.clone();
    let id = evening.id();
    evening.sends("mod", &json!({"type": "note", "id": id, "question": q3, "text": "ok"}));
    let by = json!({"staff": evening.person("mod")});
    evening.journal(&by, &id, &[], &[json!({"type": "overlay_shown", "show": true})]);
    evening.entries.last_mut().expect("an entry")["void"] = json!([0]);
    evening.done("mod", &id);
    evening.is_found_as(Kind::Lost, &id);
}

#[test]
fn one_command_that_counts_twice() {
    let mut evening = Evening::honest();
    let index = entry_of(&evening, "question_dismissed");
    let mut again = evening.entries[index].clone();
    again["n"] = json!(evening.entries.len() + 1);
    again["commands"][0]["on"] = json!([]);
    let id = again["commands"][0]["id"].as_str().expect("an id").to_owned();
    evening.entries.push(again);
    evening.is_found_as(Kind::Twice, &id);
}

#[test]
fn refused_each_time_and_recorded() {
    let mut evening = Evening::honest();
    let (id, q3) = (evening.id(), evening.q3.clone());
    evening.sends("bob", &json!({"type": "vote", "id": id, "question": q3, "on": true}));
    evening.refused("bob", &id, "busy");
    evening.vote_row("bob", &q3, true, &id);
    evening.tally(&q3, 1);
    evening.is_found_as(Kind::RefusedButRecorded, &id);
}

#[test]
fn done_and_then_refused() {
    let mut evening = Evening::honest();
    let q1 = evening.q1.clone();
    let again = evening.find("bob", |message| message["type"] == "vote");
    let vote = match &evening.records[again].event {
        Event::Sent(vote) => vote.value().clone(),
        _ => panic!("a vote is sent"),
    };
    evening.sends("bob", &vote);
    evening.refused("bob", vote["id"].as_str().expect("an id"), "wrong_state");
    evening.is_found_as(Kind::DoneThenRefused, vote["id"].as_str().expect("an id"));
    assert_eq!(vote["question"], json!(q1));
}

#[test]
fn a_question_that_nobody_asked_is_invented() {
    let mut evening = Evening::honest();
    let id = evening.id();
    let by = json!({"citizen": evening.person("bob")});
    let asked = json!({"type": "question_asked", "text": "Chi sono?",
        "screened": {"verdict": "pass", "findings": [], "policy": 1}});
    evening.journal(&by, &id, &[], &[asked]);
    evening.is_found_as(Kind::Invented, &id);
}

#[test]
fn a_vote_that_nobody_cast_is_invented() {
    let mut evening = Evening::honest();
    let (id, q3) = (evening.id(), evening.q3.clone());
    evening.vote_row("bob", &q3, false, &id);
    evening.is_found_as(Kind::Invented, &q3);
}

#[test]
fn a_vote_counted_twice_at_the_end() {
    let mut evening = Evening::honest();
    let q1 = evening.q1.clone();
    for question in evening.board["questions"].as_array_mut().expect("a list") {
        if question["id"] == q1 {
            question["votes"] = json!(3);
        }
    }
    evening.is_found_as(Kind::VoteTwice, &q1);
}

#[test]
fn a_vote_that_is_missing_at_the_end() {
    let mut evening = Evening::honest();
    let q3 = evening.q3.clone();
    evening.votes("bob", &q3, true);
    evening.is_found_as(Kind::Tally, &q3);
}

#[test]
fn a_count_on_its_way_that_nobody_can_have_voted() {
    let mut evening = Evening::honest();
    let index = evening.find("ana", |message| message["type"] == "tally");
    let q1 = evening.q1.clone();
    evening.spoil(index, |tally| tally["votes"][&q1] = json!(3));
    evening.is_found_as(Kind::Tally, &q1);
}

#[test]
fn a_command_without_a_reply() {
    let mut evening = Evening::honest();
    let id = evening.id();
    let vote = json!({"type": "vote", "id": id, "question": evening.q1, "on": true});
    evening.sends("ana", &vote);
    evening.is_found_as(Kind::Reply, &id);
}

#[test]
fn a_reply_too_many() {
    let mut evening = Evening::honest();
    let q3 = evening.q3.clone();
    evening.done("cleo", &q3);
    evening.is_found_as(Kind::Reply, "cleo");
}

#[test]
fn a_reply_to_somebody_else() {
    let mut evening = Evening::honest();
    let q3 = evening.q3.clone();
    evening.done("bob", &q3);
    evening.is_found_as(Kind::Reply, "bob");
}

#[test]
fn one_id_for_two_commands() {
    let mut evening = Evening::honest();
    let q1 = evening.q1.clone();
    let id = evening.votes("ana", &q1, true);
    evening.tally(&q1, 3);
    evening.sends("ana", &json!({"type": "vote", "id": id, "question": q1, "on": true, "x": 1}));
    evening.done("ana", &id);
    evening.is_found_as(Kind::DoubleId, &id);
}
