//! The organiser's lists and thresholds: told to the desk, and to nobody else.

use filodiretto::qa::{Audience, view};
use serde_json::{Value, json};

use crate::check::{EVENING, play, told};
use crate::support::{Server, Visitor};

/// What stands in the lists, and nowhere else.
const QUIET: [&str; 4] = ["bruttaparola", "parolasospesa", "parolaammessa", "contattodelcomune"];

/// Knobs that the desk alone is told.
const KNOBS: [&str; 7] = [
    "words_block",
    "words_hold",
    "words_allow",
    "contacts",
    "history",
    "campaign_people",
    "campaign_minutes",
];

fn lists() -> Value {
    let [block, hold, allow, contact] = QUIET;
    json!({"words_block": [block], "words_hold": [hold], "words_allow": [allow], "contacts": [contact]})
}

#[track_caller]
fn tells(bytes: &str, whole: bool, whom: &str) {
    for secret in QUIET.iter().copied().chain(KNOBS) {
        assert_eq!(bytes.contains(secret), whole, "{secret} to {whom}: {bytes}");
    }
}

#[test]
fn every_audience_but_the_desk_is_sent_the_rest() {
    let mut story = told(EVENING);
    let before = story.session().clone();
    let [block, hold, allow, contact] = QUIET;
    let change = format!(
        "mod policy words_block={block} words_hold={hold} words_allow={allow} contacts={contact}"
    );
    play(&mut story, &change);
    for audience in Audience::ALL {
        assert_ne!(before.place(audience), story.session().place(audience));
        let snapshot = view::snapshot(story.session(), audience);
        let snapshot = serde_json::to_string(&snapshot).expect("JSON");
        tells(&snapshot, audience == Audience::Desk, &format!("{audience:?}"));
        assert!(snapshot.contains(r#""link_hosts":["gov.it"]"#), "{audience:?}: {snapshot}");
        assert!(snapshot.contains(r#""version":2"#), "{audience:?}: {snapshot}");
    }
}

/// Who asks, in which capacity they sit down, and whether they are told.
async fn everybody(server: &Server) -> Vec<(&'static str, Visitor, &'static str, bool)> {
    vec![
        ("nobody", Visitor::nobody(server.address()), "citizen", false),
        ("a citizen", server.citizen().await, "citizen", false),
        ("an official", server.invites("sera", "official", "Dora").await.0, "stage", false),
        ("a producer", server.invites("sera", "producer", "Pia").await.0, "stage", false),
        (
            "a moderator of another",
            server.invites("altra", "moderator", "M").await.0,
            "citizen",
            false,
        ),
        ("a moderator", server.invites("sera", "moderator", "Mo").await.0, "desk", true),
        ("an administrator", server.operator(), "desk", true),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http_and_sockets_moderators_and_administrators_are_told_alone() {
    let server = Server::start().await;
    server.opens("sera", lists()).await;
    server.opens("altra", json!({})).await;
    let api = "/api/v1/sessions";
    for (name, who, capacity, whole) in everybody(&server).await {
        let one = who.asks("GET", &format!("{api}/sera")).sent().await.must(200);
        tells(&one.body, whole, name);
        let all = who.asks("GET", api).sent().await.must(200);
        tells(&all.body, false, name);
        let board = who.asks("GET", &format!("{api}/sera/board")).sent().await.must(200);
        tells(&board.body, false, name);
        let record = format!("{api}/sera/export?scope=public");
        tells(&who.asks("GET", &record).sent().await.body, false, name);
        let page = who.asks("GET", "/s/sera/plain").header("accept", "text/html").sent().await;
        tells(&page.must(200).body, false, name);
        if name == "nobody" {
            continue;
        }
        let mut line = who.sits("sera", capacity).await;
        for message in ["welcome", "snapshot"] {
            tells(&line.sees(message).await.to_string(), whole, name);
        }
        if whole {
            // As one of the public, they see what the public sees.
            let mut line = who.sits("sera", "citizen").await;
            tells(&line.sees("snapshot").await.to_string(), false, name);
            let full = who.asks("GET", &format!("{api}/sera/export?scope=full")).sent().await;
            // Who may not take the full record is told so, and no list.
            tells(&full.body, full.status == 200, name);
        }
    }
    let ana = server.citizen().await;
    let ask = json!({"type": "ask", "text": "Quando riapre la biblioteca?"});
    let asked = ana.sends("sera", "citizen", ask).await.must(200).json();
    let receipt = asked["receipt"].as_str().expect("a receipt");
    let path = format!("/api/v1/receipts/{receipt}");
    tells(&server.ask("GET", &path).sent().await.must(200).body, false, "a receipt");
}
