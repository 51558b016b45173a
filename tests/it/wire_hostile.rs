//! Hostile sockets and bodies beside an evening: each is closed as it should be, costs what is
//! printed, and the evening goes on. O1, O2 … are the cases of our list of faults and attacks.

use std::time::Duration;

use serde_json::json;

use crate::support::Server;
use crate::wire_beside::{Beside, frame, head, processor, thrown_out};
use crate::wire_ground::{is_clean, resident};

/// What an attacker sends next; `None`: nothing any more.
type Next = Box<dyn FnMut() -> Option<Vec<u8>> + Send>;

/// The same again and again.
fn always(bytes: Vec<u8>) -> Next {
    Box::new(move || Some(bytes.clone()))
}

/// This, and then silence.
fn once(bytes: Vec<u8>) -> Next {
    let mut bytes = Some(bytes);
    Box::new(move || bytes.take())
}

/// One text that begins and never ends.
fn fragments(payload: &'static [u8]) -> Next {
    let mut begun = false;
    Box::new(move || {
        let first = if std::mem::replace(&mut begun, true) { 0x00 } else { 0x01 };
        Some(frame(first, payload))
    })
}

/// O1 and O2: what is too large, broken or too much is closed with its code, within a second of
/// its limit, and leaves no memory behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_and_endless_messages_are_closed_and_cost_little() {
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    beside.goes_on().await;
    let before = resident(server.pid());
    let running = beside.runs();
    let text = |payload: &[u8]| frame(0x81, payload);
    let cases: Vec<(&str, Next, u16)> = vec![
        ("64 MiB at once", once(text(&vec![b'a'; 64 << 20])), 1009),
        ("64 MiB announced", once(head(0x81, 64 << 20)), 1009),
        ("16 KiB + 1", once(text(&vec![b'a'; 16 * 1024 + 1])), 1009),
        ("fragments of nothing", always(frame(0x00, b"aa")), 1008),
        ("empty fragments", fragments(b""), 4003),
        ("small fragments", fragments(b"abcd"), 1009),
        ("reserved bits", always(frame(0xF1, b"x")), 1008),
        ("reserved opcode", always(frame(0x83, b"x")), 1008),
        ("not masked", always(vec![0x81, 0x01, b'x']), 1008),
        ("not UTF-8", always(text(b"\xff\xfe\xfd")), 1008),
        ("a ping of 200 bytes", always(frame(0x89, &[b'x'; 200])), 1008),
        ("a ping in pieces", always(frame(0x09, b"x")), 1008),
        ("a close of one byte", always(frame(0x88, b"x")), 1008),
        ("ping flood", always(frame(0x89, b"ping")), 4003),
        ("pong flood", always(frame(0x8A, b"pong")), 4003),
        ("message flood", always(text(b"{}")), 4003),
        ("binary flood", always(frame(0x82, b"{}")), 4003),
    ];
    for (what, next, code) in cases {
        let socket = beside.socket().await;
        let used = processor(server.pid());
        let end = thrown_out(socket, Duration::ZERO, next).await;
        let used = processor(server.pid()).saturating_sub(used);
        let grown = resident(server.pid()).saturating_sub(before) / 1024;
        println!(
            "O1/O2 {what}: closed with {} after {} ms, RSS +{grown} KiB, {} ms of processor",
            end.code,
            end.after.as_millis(),
            used.as_millis()
        );
        assert_eq!(end.code, code, "{what}");
        assert!(end.after < Duration::from_secs(5), "{what}: {end:?}");
        assert!(grown < 8 * 1024, "{what}: the server has grown by {grown} KiB");
    }
    let figures = running.ends().await;
    println!("O1/O2 the evening beside: {figures}");
    is_clean(&beside.evening, &server, &[]).await;
}

/// O1: twenty who begin a message and never end it, as large as they may and larger.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_unfinished_messages_hold_little_and_not_for_long() {
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    beside.goes_on().await;
    let piece: &'static [u8] = &[b'a'; 1000];
    let fifteen = || {
        let mut next = fragments(piece);
        let mut left = 15;
        let some: Next = Box::new(move || {
            left -= 1;
            if left >= 0 { next() } else { None }
        });
        some
    };
    let mut sockets = Vec::new();
    for number in 0..20 {
        sockets.push((number, beside.socket().await));
    }
    let before = resident(server.pid());
    let running = beside.runs();
    let attackers = sockets.into_iter().map(|(number, socket)| {
        let next = if number % 2 == 0 { fragments(piece) } else { fifteen() };
        tokio::spawn(thrown_out(socket, Duration::ZERO, next))
    });
    let attackers: Vec<_> = attackers.collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let held = resident(server.pid()).saturating_sub(before) / 1024;
    let mut slowest = Duration::ZERO;
    for (number, attacker) in attackers.into_iter().enumerate() {
        let end = attacker.await.expect("nobody panics");
        assert_eq!(end.code, if number % 2 == 0 { 1009 } else { 1008 }, "{number}: {end:?}");
        slowest = slowest.max(end.after);
    }
    let figures = running.ends().await;
    println!(
        "O1 20 unfinished messages: RSS +{held} KiB while they stand, the last closed after {} ms; \
         the evening beside: {figures}",
        slowest.as_millis()
    );
    assert!(held < 4 * 1024, "{held} KiB");
    assert!(slowest < Duration::from_secs(12), "{slowest:?}");
    is_clean(&beside.evening, &server, &[]).await;
}

/// O4: silent, trickled or half of anything: closed after five seconds, while others are served.
/// The server speaks no TLS: half a handshake is the proxy's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_slow_on_purpose_is_closed_and_keeps_nobody_out() {
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    let at = beside.evening.host.server.clone();
    let trickle = Duration::from_millis(400);
    let mut held = Vec::new();
    for (what, opening, then) in [
        ("silent", "", ""),
        ("half a head", "GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: ", ""),
        ("a trickling head", "GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: ", "a"),
        ("half a body", "POST /api/v1/me HTTP/1.1\r\nhost: a\r\ncontent-length: 90\r\n\r\n{", ""),
        (
            "a trickling body",
            "POST /api/v1/me HTTP/1.1\r\nhost: a\r\ncontent-length: 90\r\n\r\n{",
            " ",
        ),
    ] {
        let stream = at.connect().await.expect("it listens");
        held.push((what, stream, opening.as_bytes().to_vec(), then.as_bytes().to_vec()));
    }
    let mut half = head(0x81, 4096);
    half.extend(b"{");
    let ping = frame(0x89, b"still here");
    for (what, opening, then) in [
        ("half a frame", half[..3].to_vec(), Vec::new()),
        ("a trickling frame", half, b" ".to_vec()),
        ("half a message, with pings", frame(0x01, b"{"), ping),
    ] {
        held.push((what, beside.socket().await, opening, then));
    }
    let count = held.len();
    let running = beside.runs();
    let waits = held.into_iter().map(|(what, stream, opening, then)| {
        let mut opening = Some(opening).filter(|opening| !opening.is_empty());
        // A ping twice in its allowance, a byte a little faster.
        let pace = if then.len() > 1 { Duration::from_secs(2) } else { trickle };
        let next = move || opening.take().or_else(|| Some(then.clone()).filter(|t| !t.is_empty()));
        tokio::spawn(async move { (what, thrown_out(stream, pace, next).await) })
    });
    let waits: Vec<_> = waits.collect();
    let mut slowest = Duration::ZERO;
    for wait in waits {
        let (what, end) = wait.await.expect("it is closed");
        println!("O4 {what}: closed with {} after {} ms", end.code, end.after.as_millis());
        assert!((4..10).contains(&end.after.as_secs()), "{what}: {end:?}");
        slowest = slowest.max(end.after);
    }
    let figures = running.ends().await;
    println!(
        "O4: {count} held at once, the last for {} ms; the evening beside: {figures}",
        slowest.as_millis()
    );
    is_clean(&beside.evening, &server, &[]).await;
}

/// O9: whatever text or bytes come, over a socket or over HTTP, there is one refusal for each, no
/// panic, and the connection stays. The decoder itself is fuzzed in `wire`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_json_comes_there_is_one_refusal_and_no_harm() {
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    let running = beside.runs();
    let ana = server.citizen().await;
    let mut line = ana.sits("sera", "citizen").await;
    line.sees("tally").await;
    let id = "01J00000000000000000000001";
    let nested = |open: &str, close: &str, depth: usize| {
        let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        format!("{{\"type\":\"ask\",\"id\":\"{id}\",\"text\":{text}}}")
    };
    let texts = [
        String::new(),
        " ".repeat(9_000),
        "{".to_owned(),
        "null".to_owned(),
        "NaN".to_owned(),
        "-Infinity".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        "\"x\"".to_owned(),
        "1e999".to_owned(),
        "\u{feff}{}".to_owned(),
        "[".repeat(16_000),
        nested("[", "]", 7_000),
        nested("{\"a\":", "}", 2_000),
        format!("{{\"type\":\"ask\",\"id\":\"x\",\"text\":{}}}", "9".repeat(9_000)),
        format!("{{{}}}", "\"a\":1,".repeat(2_000)),
        "{\"type\":\"ask\"}".to_owned(),
        "{\"type\":\"ask\",\"type\":\"vote\"}".to_owned(),
        format!("{{\"type\":\"ask\",\"id\":\"{id}\",\"id\":\"{id}\",\"text\":\"Due volte?\"}}"),
        format!("{{\"type\":\"vote\",\"id\":\"{id}\",\"question\":5,\"on\":true}}"),
        format!("{{\"type\":\"vote\",\"id\":\"{id}\",\"question\":\"{id}\",\"on\":1e400}}"),
        format!("{{\"type\":\"ask\",\"id\":\"{id}\",\"text\":\"\\ud800\"}}"),
        format!("{{\"type\":\"ask\",\"id\":\"{id}\",\"text\":\"\u{0}\u{1}\"}}"),
        format!("{{\"type\":\"ask\",\"id\":\"{}\",\"text\":\"Chi?\"}}", "0".repeat(9_000)),
    ];
    let mut one_refusal = 0;
    for text in &texts {
        let before = line.heard.matches("\"type\":\"refused\"").count();
        line.says(text).await;
        assert!(line.sees("refused").await["code"].is_string(), "{text:.60}");
        // A reply that comes for sure, so that a second refusal would be here by now.
        line.refused(json!({"type": "vote", "question": id, "on": true}), "not_found").await;
        let after = line.heard.matches("\"type\":\"refused\"").count();
        assert_eq!(after - before, 2, "{text:.60}: one for it, one for the vote");
        one_refusal += 1;
    }
    let path = "/api/v1/sessions/sera/commands?as=citizen";
    let bodies = texts.iter().map(|text| text.as_bytes().to_vec());
    let too_long = vec![b'['; 100_000];
    let not_text = vec![0xff, 0xfe, 0xfd];
    for body in bodies.chain([too_long, not_text]) {
        let answer = ana.asks("POST", path).body(&body).sent().await;
        assert!((400..500).contains(&answer.status), "{}: {}", answer.to, answer.status);
        let code = answer.json()["code"].clone();
        let status = answer.status;
        answer.refuses(status, code.as_str().expect("a code"));
        one_refusal += 1;
    }
    assert_eq!(line.closed, None);
    let figures = running.ends().await;
    let log = server.log();
    assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
    println!("O9: {one_refusal} texts, one refusal each, 0 panics; the evening beside: {figures}");
    is_clean(&beside.evening, &server, &[]).await;
}
