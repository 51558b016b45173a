//! A rehearsal's company: people who come, ask and vote, and the staff that may be simulated, too.

use serde_json::{Value, json};

use crate::support::{Line, Server};

fn is_tally(message: &Value, fits: impl Fn(&Value) -> bool) -> bool {
    message["type"] == "tally" && fits(message)
}

async fn asked(desk: &mut Line) -> String {
    let is_asked = |change: &Value| change["question"]["state"] == "pending";
    let asked = desk.told("somebody asks", is_asked).await;
    asked["question"]["text"].as_str().expect("the desk reads it").to_owned()
}

#[tokio::test]
async fn a_whole_evening_goes_on_by_itself() {
    let server = Server::rehearsal(&["--crowd", "30", "--pace", "10", "--staff"]).await;
    let (maria, _) = server.invites("prova", "moderator", "Maria").await;
    let mut desk = maria.sits("prova", "desk").await;
    let is_hall = |message: &Value| is_tally(message, |tally| tally["present"].as_u64() >= Some(5));
    desk.sees_one("people", is_hall).await;
    asked(&mut desk).await;
    let is_public = |change: &Value| change["question"]["state"] == "approved";
    desk.told("the moderator approves", is_public).await;
    let is_voted = |votes: &Value| {
        votes.as_object().is_some_and(|votes| votes.values().any(|count| count.as_u64() > Some(0)))
    };
    desk.sees_one("votes", |message| is_tally(message, |tally| is_voted(&tally["votes"]))).await;
    desk.told("the official answers", |change| change["on_air"]["id"].is_string()).await;
}

/// What was asked before a kill is not asked again.
#[tokio::test]
async fn a_crowd_goes_on_after_a_close_and_after_a_restart() {
    let mut server = Server::rehearsal(&["--crowd", "30", "--pace", "10"]).await;
    let (maria, _) = server.invites("prova", "moderator", "Maria").await;
    let mut desk = maria.sits("prova", "desk").await;
    // So that nobody is refused who would ask something a second time.
    let lifted = json!({"slow_s": null, "open_questions": null, "questions": null});
    desk.did(json!({"type": "policy", "policy": lifted})).await;
    asked(&mut desk).await;
    desk.did(json!({"type": "close"})).await;
    let before = texts(&maria.sits("prova", "desk").await.sees("snapshot").await);
    desk.did(json!({"type": "open"})).await;
    while before.contains(&asked(&mut desk).await) {}
    server.kill();
    server.restart().await;
    let mut desk = maria.at(server.address()).sits("prova", "desk").await;
    let mut all = texts(&desk.sees("snapshot").await);
    for _ in 0..5 {
        let text = asked(&mut desk).await;
        assert!(!all.contains(&text), "asked twice: {text}");
        all.push(text);
    }
}

fn texts(snapshot: &Value) -> Vec<String> {
    let all = snapshot["questions"].as_array().expect("a list").iter();
    all.map(|question| question["text"].as_str().expect("the desk reads it").to_owned()).collect()
}
