//! A whole evening over the wire: a real process, real sockets, people who do not trust each other.

use serde_json::{Value, json};

use crate::support::{Line, Server};

/// Waits until a question is in this state, and gives it.
async fn question(line: &mut Line, id: &str, state: &str) -> Value {
    let fits =
        |change: &Value| change["question"]["id"] == id && change["question"]["state"] == state;
    line.told(&format!("question {id} {state}"), fits).await["question"].clone()
}

#[tokio::test]
async fn an_evening_from_the_first_question_to_the_last_answer() {
    let server = Server::start().await;
    server.opens("sera", json!({"slow_s": null})).await;
    let (maria, _) = server.invites("sera", "moderator", "Maria").await;
    let (luca, _) = server.invites("sera", "moderator", "Luca").await;
    let (mayor, _) = server.invites("sera", "official", "La sindaca").await;
    let (ana, bob) = (server.citizen().await, server.citizen().await);
    let mut ana = ana.sits("sera", "citizen").await;
    let mut bob = bob.sits("sera", "citizen").await;
    let mut maria = maria.sits("sera", "desk").await;
    let mut luca = luca.sits("sera", "desk").await;
    let mut mayor = mayor.sits("sera", "stage").await;

    let welcome = ana.next().await.expect("welcome");
    assert_eq!((&welcome["type"], &welcome["role"]), (&json!("welcome"), &json!("citizen")));
    let first = [ana.next().await, ana.next().await, ana.next().await];
    let first = first.map(|message| message.expect("a message"));
    assert_eq!(first.each_ref().map(|message| &message["type"]), ["mine", "snapshot", "tally"]);
    assert_ne!(first[2]["present"], 0, "a newcomer is there, too");
    assert_eq!(mayor.sees("welcome").await["role"], "official");

    // The canary is in a text that nobody ever approves.
    let canary = ana.did(json!({"type": "ask", "text": "canarino che nessuno approva"})).await;
    assert_eq!(canary["receipt"].as_str().expect("a receipt").len(), 19);
    let first = ana.did(json!({"type": "ask", "text": "Quando riapre la biblioteca?"})).await;
    let first = first["id"].as_str().expect("an id").to_owned();
    let pending = question(&mut maria, &first, "pending").await;
    question(&mut luca, &first, "pending").await;

    // Two moderators press at the same moment: one wins, the other is told, with the question.
    let approve = json!({"type": "approve", "question": first, "rev": pending["rev"]});
    let dismiss = json!({
        "type": "dismiss", "question": first, "rev": pending["rev"], "reason": "off_topic",
    });
    let (approved, dismissed) = tokio::join!(maria.does(approve), luca.does(dismiss));
    let (won, lost) = match approved["type"] == "done" {
        true => ("approved", dismissed),
        false => ("dismissed", approved),
    };
    assert_eq!(lost["code"], "stale");
    assert_eq!(lost["question"]["state"], won);
    let mut rev = lost["question"]["rev"].clone();
    if won == "dismissed" {
        maria.did(json!({"type": "restore", "question": first, "rev": rev})).await;
        rev = question(&mut maria, &first, "pending").await["rev"].clone();
        maria.did(json!({"type": "approve", "question": first, "rev": rev})).await;
        rev = question(&mut maria, &first, "approved").await["rev"].clone();
    }
    assert_eq!(question(&mut bob, &first, "approved").await["votes"], 0);
    bob.did(json!({"type": "vote", "question": first, "on": true})).await;
    ana.refused(json!({"type": "vote", "question": first, "on": true}), "own_question").await;
    let counted = |message: &Value| message["votes"][&first] == 1;
    bob.sees_one("the tally", counted).await;

    // On air, everywhere; then off again from a view that is stale, and the next shows another.
    maria.did(json!({"type": "queue", "question": first, "rev": rev})).await;
    let second =
        maria.did(json!({"type": "ask", "text": "Chi pulisce il parco?", "channel": "hall"})).await;
    let second = second["id"].as_str().expect("an id").to_owned();
    let rev = question(&mut maria, &second, "approved").await["rev"].clone();
    maria.did(json!({"type": "queue", "question": second, "rev": rev})).await;
    let on_air = |id: Value| {
        move |change: &Value| change["on_air"].is_object() && change["on_air"]["id"] == id
    };
    mayor.did(json!({"type": "next", "question": first})).await;
    for line in [&mut ana, &mut bob, &mut maria, &mut mayor] {
        line.told("the first on air", on_air(json!(first))).await;
    }
    luca.did(json!({"type": "off_air"})).await;
    for line in [&mut ana, &mut bob, &mut maria, &mut mayor] {
        line.sees_one("hush", |message| message["type"] == "hush" && message["id"] == first).await;
        line.told("nothing on air", on_air(Value::Null)).await;
    }
    mayor.refused(json!({"type": "next", "question": first}), "stale").await;
    mayor.did(json!({"type": "next", "question": second})).await;
    for line in [&mut ana, &mut bob, &mut maria] {
        line.told("the second on air", on_air(json!(second))).await;
    }
    let rev = question(&mut mayor, &second, "on_air").await["rev"].clone();
    let answer = json!({"type": "answer", "question": second, "rev": rev, "text": "Da lunedì."});
    mayor.did(answer).await;
    let answered = question(&mut bob, &second, "answered").await;
    assert_eq!(answered["answer"]["text"], "Da lunedì.");

    maria.did(json!({"type": "close"})).await;
    ana.refused(json!({"type": "ask", "text": "Troppo tardi, vero?"}), "closed").await;
    maria.did(json!({"type": "end"})).await;
    bob.told("the end", |change| change["session"]["state"] == "ended").await;
    assert!(ana.heard.contains("canarino"), "her own question comes back to her");
    for public in [&bob.heard, &mayor.heard, &server.log()] {
        assert!(!public.contains("canarino"));
    }
}
