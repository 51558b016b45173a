//! A rehearsal's company: people who come, ask and vote, and the staff that may be simulated, too.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use filodiretto::archive;
use filodiretto::journal::{Journal, Read, Seq};
use filodiretto::qa::session::{SessionState, State};
use filodiretto::qa::{Event, Session};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

use crate::support::{Ask, Line, Server, id};

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

/// Whatever address this machine has: links, cookies and origins are of that one.
#[tokio::test]
async fn a_phone_in_the_same_network_may_do_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("links.json");
    let name = file.to_str().expect("text");
    let flags = ["--phone", "--crowd", "0", "--links-file", name];
    let server = Server::rehearsal(&flags).await;
    let links: Value =
        serde_json::from_slice(&std::fs::read(&file).expect("the links")).expect("JSON");
    let link = links["citizen"].as_str().expect("an address");
    let host = link.strip_prefix("http://").and_then(|link| link.strip_suffix("/s/prova"));
    let host = host.unwrap_or_else(|| panic!("{link}"));
    let address: SocketAddr = host.parse().expect("an address with a port");
    assert!(!address.ip().is_loopback() && address.port() == server.address().port(), "{link}");
    let origin = format!("http://{host}");
    let made = Ask::new(address, "POST", "/api/v1/me").header("origin", &origin).sent().await;
    let made = made.must(204);
    let cookie = made.header("set-cookie").expect("a cookie");
    assert!(!cookie.contains("Secure"), "a browser would not send it over http: {cookie}");
    let cookie = cookie.split(';').next().expect("a value");
    let ask = json!({"type": "ask", "id": id(), "text": "Si sente da lontano?"});
    let path = "/api/v1/sessions/prova/commands?as=citizen";
    Ask::new(address, "POST", path).cookie(cookie).json(&ask).sent().await.must(200);
    // Another name for the same machine is another site.
    let foreign = server.ask("POST", path).cookie(cookie).json(&ask).sent().await;
    foreign.refuses(403, "not_allowed");
}

/// Bound: how long a played evening of eight minutes at ten times the pace may take.
const PLAYED: Duration = Duration::from_secs(180);

/// Counted in the record, entry by entry: how many questions were ever in each state, and what else
/// somebody who watches an evening should have seen once.
#[tokio::test]
#[ignore = "long: an evening of eight minutes at ten times its pace"]
async fn a_played_evening_passes_through_every_state() {
    let flags = ["--crowd", "60", "--pace", "10", "--staff", "--minutes", "8", "--seed", "1"];
    let mut server = Server::rehearsal(&flags).await;
    let deadline = tokio::time::Instant::now() + PLAYED;
    let operator = server.operator();
    while operator.asks("GET", "/api/v1/sessions/prova").sent().await.json()["state"] != "ended" {
        assert!(tokio::time::Instant::now() < deadline, "it never ends");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    server.signal("TERM");
    server.ends().await;

    let journal = Journal::open_to_read(&server.data()).expect("the record");
    let slug = "prova".parse().expect("a slug");
    let id = archive::session(&journal, &slug).await.expect("the house").expect("the session");
    let read: Vec<Read<Event>> =
        journal.read(id, Seq::START).try_collect().await.expect("everything can be read");
    let mut session = Session::new(id);
    let mut seen: BTreeSet<(&str, String)> = BTreeSet::new();
    for Read { entry, .. } in &read {
        session.apply(entry);
        let mut sees = |what, who: &dyn std::fmt::Debug| seen.insert((what, format!("{who:?}")));
        let state = match session.state() {
            SessionState::Draft => "draft",
            SessionState::Scheduled => "scheduled",
            SessionState::Open => "open",
            SessionState::Closed => "closed",
            SessionState::Ended => "ended",
        };
        sees(state, &"session");
        for question in session.questions() {
            sees(question.state.as_str(), &question.id);
            for version in question.versions.iter().skip(1) {
                sees(if version.by_desk { "revised by the desk" } else { "edited" }, &question.id);
            }
            if question.answer.is_some() {
                sees("answered in writing", &question.id);
            }
            if question.taken_off_at.is_some() {
                sees("taken off air", &question.id);
            }
            if !question.voters.is_empty() {
                sees("voted for", &question.id);
            }
            if let Some(dismissal) = &question.dismissal {
                sees("reasons of a dismissal", &dismissal.reason);
            }
        }
    }
    let mut table = BTreeMap::new();
    for (what, _) in &seen {
        *table.entry(*what).or_insert(0) += 1;
    }
    for (what, count) in &table {
        eprintln!("{count:>5}  {what}");
    }
    // `merge` is still `not_yet`, so nothing is merged.
    let questions = State::ALL.iter().filter(|state| **state != State::Merged).map(|s| s.as_str());
    let sessions = ["scheduled", "open", "closed", "ended"];
    let besides = ["revised by the desk", "edited", "answered in writing", "taken off air"];
    for what in questions.chain(sessions).chain(besides).chain(["voted for"]) {
        assert!(table.contains_key(what), "never: {what}");
    }
    assert!(table["reasons of a dismissal"] >= 3, "one dismisses for several reasons");
}
