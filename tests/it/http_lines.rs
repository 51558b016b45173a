//! Connections: slow ones, cut ones, and the day the server stops.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::support::{Ask, Line, PATIENCE, Server, Visitor, id, until};

/// Sends a request's bytes one by one, and says after how long the other side hung up.
async fn trickle(server: &Server, bytes: &[u8], every: Duration) -> Duration {
    let start = Instant::now();
    let mut stream = TcpStream::connect(server.address()).await.expect("it listens");
    let mut rest = bytes.iter();
    let mut answer = [0; 512];
    while start.elapsed() < PATIENCE {
        match timeout(every, stream.read(&mut answer)).await {
            Ok(Ok(0) | Err(_)) => return start.elapsed(),
            Ok(Ok(_)) => continue,
            Err(_) => {}
        }
        if let Some(byte) = rest.next()
            && stream.write_all(&[*byte]).await.is_err()
        {
            return start.elapsed();
        }
    }
    panic!("never closed");
}

/// O4, over HTTP. (Sockets too, beside an evening: `wire_hostile`.)
#[tokio::test]
async fn who_trickles_is_closed_after_five_seconds() {
    let server = Server::start().await;
    let request = Ask::new(server.address(), "GET", "/healthz").header("x-long", &"y".repeat(900));
    let head = request.bytes();
    let slow = Duration::from_millis(100);
    let (silent, trickled, slow_body) =
        tokio::join!(trickle(&server, b"", slow), trickle(&server, &head, slow), async {
            let start = Instant::now();
            let mut stream = TcpStream::connect(server.address()).await.expect("it listens");
            let head = "POST /api/v1/me HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n{";
            stream.write_all(head.as_bytes()).await.expect("it takes a head");
            let mut answer = Vec::new();
            let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
            read.expect("it answers").expect("it closes");
            assert!(answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
            start.elapsed()
        },);
    for (what, took) in [("silent", silent), ("head", trickled), ("body", slow_body)] {
        let seconds = took.as_secs_f64();
        assert!((4.5..8.0).contains(&seconds), "{what}: {seconds:.1} s");
    }
    server.ask("GET", "/healthz").sent().await.must(200);
}

#[tokio::test]
async fn a_head_that_is_too_long_and_a_body_that_is_too_large_are_refused() {
    let server = Server::start().await;
    let mut many = server.ask("GET", "/healthz");
    for n in 0..100 {
        many = many.header(&format!("x-{n}"), "y");
    }
    assert_eq!(many.sent().await.status, 431);
    let long = server.ask("GET", "/healthz").header("x", &"y".repeat(40_000)).sent().await;
    assert_eq!(long.status, 431);
    let large = "x".repeat(16 * 1024 + 1);
    server.opens("sera", json!({})).await;
    for path in ["/api/v1/me", "/api/v1/sessions/sera/commands"] {
        let answer = server.operator().asks("POST", path).text(&large).sent().await;
        answer.refuses(413, "malformed");
    }
}

#[tokio::test]
async fn who_comes_back_gets_what_was_missed_or_a_snapshot() {
    let server = Server::start().await;
    server.opens("sera", json!({"slow_s": null})).await;
    let (maria, _) = server.invites("sera", "moderator", "Maria").await;
    let bob = server.citizen().await;
    let mut line = bob.sits("sera", "citizen").await;
    let cursor = line.sees("snapshot").await["cursor"].as_str().expect("a cursor").to_owned();
    drop(line);
    let enter = |text: &str| json!({"type": "ask", "text": text, "channel": "hall"});
    let mut desk = maria.sits("sera", "desk").await;
    let mut ids = Vec::new();
    for text in ["Chi pulisce il parco?", "Chi apre il parco?", "Chi chiude il parco?"] {
        ids.push(desk.did(enter(text)).await["id"].clone());
    }
    let mut line = bob.sits_after("sera", "citizen", &cursor).await;
    let mut missed = Vec::new();
    loop {
        let message = line.next().await.expect("a message");
        assert_ne!(message["type"], "snapshot", "the place is still held");
        if message["type"] == "tally" {
            break;
        }
        missed.extend(message["changes"].as_array().cloned().unwrap_or_default());
    }
    let seen: Vec<_> = missed.iter().map(|change| change["question"]["id"].clone()).collect();
    assert_eq!(seen, ids);
    for other in ["nonsense", "AQAAAAAAAAAAAQAAAAAAAAAJBjEqe6J2JM4"] {
        let mut line = bob.sits_after("sera", "citizen", other).await;
        // A snapshot is shared for a second; what came since stands behind it.
        let mut held = std::collections::BTreeSet::new();
        loop {
            let message = line.next().await.expect("a message");
            let all = |field: &str| message[field].as_array().cloned().unwrap_or_default();
            let changed = all("changes").into_iter().map(|change| change["question"].clone());
            held.extend(all("questions").into_iter().chain(changed).map(|q| q["id"].to_string()));
            if message["type"] == "tally" {
                break;
            }
        }
        assert_eq!(held.len(), 3, "{other}: {held:?}");
    }
    // A cursor of the desk opens nothing for a citizen but the public snapshot.
    let desk_cursor = desk.sees("snapshot").await["cursor"].as_str().expect("a cursor").to_owned();
    let mut line = bob.sits_after("sera", "citizen", &desk_cursor).await;
    line.sees("snapshot").await;
}

#[tokio::test]
async fn a_snapshot_comes_deflated_to_who_asks_for_it_so_and_says_the_same() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let (maria, _) = server.invites("sera", "moderator", "Maria").await;
    for n in 0..20 {
        let text = format!("Domanda {n}: perché il parco è chiuso?");
        let ask = json!({"type": "ask", "text": text, "channel": "hall"});
        maria.sends("sera", "desk", ask).await.must(200);
    }
    let bearer = ("authorization", format!("Bearer {}", maria.token()));
    let path = "/ws/v1/sessions/sera?as=desk";
    let mut snapshots = Vec::new();
    for (protocol, binary) in [("filodiretto.v1.deflate", 1), ("filodiretto.v1", 0)] {
        let headers = [bearer.clone(), ("sec-websocket-protocol", protocol.to_owned())];
        let mut line = Line::open(server.address(), path, &headers).await.expect("a desk");
        snapshots.push(line.sees("snapshot").await);
        line.did(json!({"type": "ask", "text": "E il resto?", "channel": "hall"})).await;
        line.sees("tally").await;
        assert_eq!(line.binary, binary, "snapshots alone are deflated, for {protocol}");
    }
    let [deflated, plain] = &snapshots[..] else { panic!("two snapshots") };
    assert_eq!(deflated["questions"].as_array().map(Vec::len), Some(20));
    let plain = plain["questions"].as_array().expect("a list");
    for question in deflated["questions"].as_array().expect("a list") {
        assert!(plain.contains(question), "{question}");
    }
}

#[tokio::test]
async fn the_operator_says_how_far_a_seat_may_fall_behind() {
    for (ring, first) in [("16", "snapshot"), ("100", "update")] {
        let server = Server::with(&["--ring", ring]).await;
        server.opens("sera", json!({"slow_s": null})).await;
        let (maria, _) = server.invites("sera", "moderator", "Maria").await;
        let bob = server.citizen().await;
        let mut line = bob.sits("sera", "citizen").await;
        let cursor = line.sees("snapshot").await["cursor"].as_str().expect("a cursor").to_owned();
        drop(line);
        let mut desk = maria.sits("sera", "desk").await;
        for n in 0..20 {
            let text = format!("Domanda {n} sul parco?");
            desk.did(json!({"type": "ask", "text": text, "channel": "hall"})).await;
        }
        let mut line = bob.sits_after("sera", "citizen", &cursor).await;
        let past = line.sees_one("what was missed", |message| message["cursor"].is_string()).await;
        assert_eq!(past["type"], first, "with a ring of {ring}");
    }
}

/// The events of a stream so far: the id, if any, and the message.
fn events(text: &str) -> Vec<(Option<String>, Value)> {
    let parse = |event: &str| {
        let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
        let data = line("data: ").expect("data");
        (line("id: ").map(str::to_owned), serde_json::from_str(data).expect("JSON"))
    };
    let whole = text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
    whole.split("\n\n").filter(|event| !event.is_empty()).map(parse).collect()
}

/// An event stream, read until a text is in it.
async fn stream_until(server: &Server, ask: Ask, wanted: &[&str]) -> String {
    let mut stream = TcpStream::connect(server.address()).await.expect("it listens");
    stream.write_all(&ask.bytes()).await.expect("it takes a request");
    let mut text = String::new();
    let read = async {
        let mut bytes = [0; 4096];
        while wanted.iter().any(|wanted| !text.contains(wanted)) || !text.ends_with("\n\n\r\n") {
            let count = stream.read(&mut bytes).await.expect("it answers");
            assert!(count > 0, "it ended: {text}");
            text.push_str(std::str::from_utf8(&bytes[..count]).expect("text"));
        }
    };
    timeout(PATIENCE, read).await.expect("events in time");
    let (head, _) = text.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains("content-type: text/event-stream"), "{head}");
    crate::support::Answer::read(text.as_bytes(), "events").body
}

#[tokio::test]
async fn an_event_stream_says_what_a_socket_says() {
    let server = Server::start().await;
    server.opens("sera", json!({"slow_s": null})).await;
    let (maria, _) = server.invites("sera", "moderator", "Maria").await;
    let bob = server.citizen().await;
    let path = "/api/v1/sessions/sera/events?as=citizen";
    let mut socket = bob.sits("sera", "citizen").await;
    let streamed = stream_until(&server, bob.asks("GET", path), &["ultima"]);
    let acted = async {
        // Both have their first messages before anything happens.
        until("two seats", async || {
            let figures = server.operator().asks("GET", "/metrics").sent().await.body;
            figures.contains("filodiretto_seats 2\n")
        })
        .await;
        for text in ["Chi pulisce il parco?", "Chi apre il parco?", "Questa è l'ultima?"] {
            let ask = json!({"type": "ask", "text": text, "channel": "mail"});
            maria.sends("sera", "desk", ask).await.must(200);
        }
    };
    let (streamed, ()) = tokio::join!(streamed, acted);
    let moving = |messages: Vec<Value>| -> Vec<Value> {
        let moves = |message: &Value| message["cursor"].is_string();
        messages.into_iter().filter(moves).collect()
    };
    let streamed = events(&streamed);
    for (id, message) in &streamed {
        assert_eq!(id.as_deref(), message["cursor"].as_str(), "an id is the cursor");
    }
    let kinds: Vec<_> =
        streamed.iter().take(4).map(|(_, message)| message["type"].clone()).collect();
    assert_eq!(kinds, ["welcome", "mine", "snapshot", "tally"]);
    let mut heard = vec![socket.sees("snapshot").await];
    while heard.len() < 4 {
        heard.push(socket.sees("update").await);
    }
    let messages = streamed.iter().map(|(_, message)| message.clone()).collect();
    assert_eq!(moving(messages), heard);
    // Where it ended it goes on, by the header that browsers send.
    let (last, _) = streamed.iter().rev().find(|(id, _)| id.is_some()).expect("a cursor").clone();
    let again = Visitor::nobody(server.address()).asks("GET", path);
    let again = again.header("last-event-id", &last.expect("a cursor"));
    let again = stream_until(&server, again, &["tally"]).await;
    assert!(events(&again).iter().all(|(id, _)| id.is_none()), "nothing was missed: {again}");
    // The seat is free when the stream is dropped.
    drop(socket);
    until("free seats", async || {
        let figures = server.operator().asks("GET", "/metrics").sent().await.body;
        figures.contains("filodiretto_seats 0\n")
            && figures.contains("filodiretto_event_streams{as=\"citizen\"} 0")
    })
    .await;
}

#[tokio::test]
async fn on_sigterm_everybody_is_told_and_everything_is_on_disk() {
    let mut server = Server::start().await;
    server.opens("sera", json!({"slow_s": null, "open_questions": null, "questions": null})).await;
    let mut people = Vec::new();
    for _ in 0..20 {
        people.push((server.citizen().await, Vec::new()));
    }
    let mut lines: Vec<Line> = Vec::new();
    for (person, _) in &people {
        lines.push(person.sits("sera", "citizen").await);
    }
    // One of each is answered; of the others nobody knows how far they come.
    for (line, (_, asked)) in lines.iter_mut().zip(&mut people) {
        let id = id();
        line.did(json!({"type": "ask", "id": id, "text": "Quando riapre la biblioteca?"})).await;
        asked.push(id);
    }
    for _ in 0..4 {
        for (line, (_, asked)) in lines.iter_mut().zip(&mut people) {
            asked.push(
                line.wishes(json!({"type": "ask", "text": "Quando riapre la biblioteca?"})).await,
            );
        }
    }
    let events = "/api/v1/sessions/sera/events?as=citizen";
    let stream = server.ask("GET", events).sent();
    let ((), streamed) = tokio::join!(
        async {
            until("an event stream", async || {
                let figures = server.operator().asks("GET", "/metrics").sent().await.body;
                figures.contains("filodiretto_event_streams{as=\"citizen\"} 1")
            })
            .await;
            server.signal("TERM");
        },
        stream,
    );
    assert!(streamed.body.contains("\"type\":\"goodbye\",\"code\":4000"), "{}", streamed.body);
    let mut done = Vec::new();
    let mut moments = std::collections::BTreeSet::new();
    for (n, mut line) in lines.into_iter().enumerate() {
        assert_eq!(line.ends().await, 4000);
        for message in line.heard.lines().map(serde_json::from_str::<Value>) {
            let message = message.expect("JSON");
            match message["type"].as_str() {
                Some("done") => done.push((n, message["id"].as_str().expect("an id").to_owned())),
                Some("goodbye") => {
                    moments.insert(message["retry_after_ms"].as_u64().expect("a moment"));
                }
                _ => {}
            }
        }
    }
    let (status, took) = server.ends().await;
    assert!(status.success(), "{status}: {}", server.log());
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(moments.len() > 10, "they come back at different moments: {moments:?}");
    server.restart().await;
    for (n, id) in &done {
        let (person, asked) = &people[*n];
        assert!(asked.contains(id));
        let mut line = person.at(server.address()).sits("sera", "citizen").await;
        let mine = line.sees("mine").await;
        let own = mine["questions"].as_array().expect("questions");
        assert!(own.iter().any(|question| question["id"] == *id), "{id} is lost");
        // Sent again, it is done again, once.
        line.did(json!({"type": "ask", "id": id, "text": "Quando riapre la biblioteca?"})).await;
    }
    assert!(done.len() >= 20, "only {} were done before the signal", done.len());
}

#[tokio::test]
async fn while_it_stops_it_is_not_ready_and_after_a_kill_nothing_acknowledged_is_lost() {
    let mut server = Server::start().await;
    assert_eq!(server.ask("GET", "/readyz").sent().await.must(200).body, "ready\n");
    server.opens("sera", json!({"slow_s": null})).await;
    let ana = server.citizen().await;
    let ask = json!({"type": "ask", "id": id(), "text": "Quando riapre la biblioteca?"});
    let done = ana.sends("sera", "citizen", ask.clone()).await.must(200).json();
    server.kill();
    server.restart().await;
    let ana = ana.at(server.address());
    assert_eq!(ana.sends("sera", "citizen", ask).await.must(200).json(), done);
    let page = "/api/v1/sessions/sera/questions?as=desk";
    let all = Visitor::with_token(server.address(), crate::support::server::ADMIN);
    let all = all.asks("GET", page).sent().await.must(200).json();
    assert_eq!(all["questions"].as_array().map(Vec::len), Some(1));
}
