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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_is_answered_over_http_and_over_a_socket_and_leaves_nothing_behind() {
    let server = Server::start().await;
    let policy =
        json!({"words_block": ["bruttaparola"], "words_hold": ["parolasospesa"], "questions": 1});
    server.opens("sera", policy).await;
    let ana = server.citizen().await;
    let check = |text: &str| json!({"type": "check", "text": text, "name": "Anna"});
    let ask = |text: &str| json!({"type": "ask", "text": text});
    let quiet = ana.sends("sera", "citizen", check("Una parolasospesa, quando riapre?")).await;
    let quiet = quiet.must(200).json();
    assert_eq!((&quiet["masked"], &quiet["blocked"]), (&Value::Null, &json!([])), "{quiet}");
    assert_eq!(quiet["similar"], json!([]));
    let text = "Chiamatemi al 340 1234567, bruttaparola!";
    let over_http = ana.sends("sera", "citizen", check(text)).await.must(200).json();
    let mut line = ana.sits("sera", "citizen").await;
    line.sees("snapshot").await;
    let over_socket = line.does(check(text)).await;
    for told in [&over_http, &over_socket] {
        assert_eq!(told["type"], "checked", "{told}");
        assert_eq!(told["masked"], "Chiamatemi al [telefono], bruttaparola!");
        let blocked = told["blocked"].as_array().expect("a list");
        assert_eq!(blocked.len(), 1, "{told}");
        let span = &blocked[0]["spans"][0];
        let at = |key: &str| usize::try_from(span[key].as_u64().expect("a place")).expect("small");
        assert_eq!(&text[at("start")..at("end")], "bruttaparola", "in the text as it was sent");
        assert!(blocked[0].get("evidence").is_none(), "{told}");
    }
    // It was no question of hers: she has one, and it is this.
    ana.sends("sera", "citizen", ask("Quando riapre la biblioteca?")).await.must(200);
    let mo = server.invites("sera", "moderator", "Mo").await.0;
    let all = mo.asks("GET", "/api/v1/sessions/sera/questions?as=desk").sent().await.must(200);
    assert_eq!(all.json()["questions"].as_array().map(Vec::len), Some(1));
    mo.sends("sera", "desk", check("Quando?")).await.refuses(403, "not_allowed");
    let decisions = "/api/v1/sessions/sera/export?scope=full&table=decisions";
    let record = server.operator().asks("GET", decisions).sent().await.must(200).body;
    assert!(!record.contains("bruttaparola!") && !record.contains("parolasospesa,"), "{record}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_is_tried_on_the_last_questions_and_changes_nothing() {
    let server = Server::start().await;
    let open = json!({"slow_s": null, "open_questions": null, "questions": null, "words_hold": ["teatro"]});
    server.opens("sera", open).await;
    let (mo, _) = server.invites("sera", "moderator", "Mo").await;
    let dora = server.invites("sera", "official", "Dora").await.0;
    let ana = server.citizen().await;
    for text in ["Quando riapre la biblioteca?", "Quando riapre il teatro?", "Quando piove?"] {
        let ask = json!({"type": "ask", "text": text, "name": "Anna"});
        ana.sends("sera", "citizen", ask).await.must(200);
    }
    let path = "/api/v1/sessions/sera/screening/try";
    let body = json!({"policy": {"words_block": ["bibliotec*"], "words_hold": []}});
    let tried = mo.asks("POST", path).json(&body).sent().await.must(200).json();
    assert_eq!(tried["looked"], 3);
    let one = |side: &str| {
        let found = tried[side].as_array().expect("a list");
        assert_eq!(found.len(), 1, "{tried}");
        let words = |key: &str| found[0][key].as_str().expect("a word").to_owned();
        let finding = &found[0]["findings"][0];
        (words("text"), words("before"), words("after"), finding["evidence"].clone())
    };
    let text = |text: &str| text.to_owned();
    assert_eq!(
        one("stricter"),
        (text("Quando riapre la biblioteca?"), text("pass"), text("block"), json!("bibliotec*"))
    );
    assert_eq!(
        one("milder"),
        (text("Quando riapre il teatro?"), text("hold"), text("pass"), json!("teatro"))
    );
    let now = mo.asks("GET", "/api/v1/sessions/sera").sent().await.must(200).json();
    assert_eq!((&now["policy"]["version"], &now["policy"]["words_block"]), (&json!(1), &json!([])));
    // Who may not, and what makes no sense.
    for (who, status) in [(&ana, 403), (&dora, 403), (&Visitor::nobody(server.address()), 401)] {
        assert_eq!(who.asks("POST", path).json(&body).sent().await.status, status);
        let figures = who.asks("GET", "/api/v1/sessions/sera/screening").sent().await;
        assert_eq!(figures.status, status);
    }
    for wrong in [json!({}), json!({"policy": {"words_block": ["*"]}}), json!({"policies": {}})] {
        mo.asks("POST", path).json(&wrong).sent().await.refuses(400, "malformed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_often_moderators_overruled_each_reason_is_counted() {
    let server = Server::start().await;
    let open = json!({
        "slow_s": null, "open_questions": null, "questions": null,
        "words_hold": ["teatro", "bibliotec*"],
    });
    server.opens("sera", open).await;
    let (mo, _) = server.invites("sera", "moderator", "Mo").await;
    let ana = server.citizen().await;
    let mut asked = Vec::new();
    for text in ["Il teatro riapre?", "Che si fa al teatro?", "E la biblioteca?", "Quando piove?"] {
        let ask = json!({"type": "ask", "text": text});
        let done = ana.sends("sera", "citizen", ask).await.must(200).json();
        asked.push(done["id"].clone());
    }
    let judge = async |n: usize, mut command: Value| {
        (command["question"], command["rev"]) = (asked[n].clone(), json!(1));
        mo.sends("sera", "desk", command).await.must(200);
    };
    judge(0, json!({"type": "approve"})).await;
    judge(1, json!({"type": "dismiss", "reason": "off_topic"})).await;
    judge(3, json!({"type": "approve"})).await;
    let figures = async || {
        let path = "/api/v1/sessions/sera/screening";
        mo.asks("GET", path).sent().await.must(200).json()["reasons"].clone()
    };
    let row = |entry: &str, held: u32, overruled: u32, upheld: u32| json!({"code": "WORD_LIST_HOLD", "entry": entry, "held": held, "overruled": overruled, "upheld": upheld});
    assert_eq!(figures().await, json!([row("bibliotec*", 1, 0, 0), row("teatro", 2, 1, 1)]));
    let metrics = server.ask("GET", "/metrics").sent().await;
    if metrics.status == 200 {
        for line in ["{became=\"held\"} 3", "{became=\"overruled\"} 1", "{became=\"upheld\"} 1"] {
            assert!(metrics.body.contains(line), "{line}: {}", metrics.body);
        }
        assert!(!metrics.body.contains("teatro"));
    }
    // What is forgotten is in no count, and breaks none.
    let all = mo.asks("GET", "/api/v1/sessions/sera/questions?as=desk").sent().await.must(200);
    let person = all.json()["questions"][0]["person"].clone();
    let forget = json!({"type": "forget", "person": person, "reason": "su richiesta"});
    server.operator().sends("sera", "desk", forget).await.must(200);
    assert_eq!(figures().await, json!([]));
}
