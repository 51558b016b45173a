//! Hostile connections beside an evening: each is closed as it should be, costs what is printed, and
//! the evening goes on. The numbers are those of the list of faults and attacks.

use std::time::Duration;

use futures_util::StreamExt as _;
use loadtest::host::Evening;
use loadtest::http::Request;
use loadtest::visitor::{Manner, Ticket, Visitor};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::support::Server;
use crate::wire_ground::{evening, is_clean, resident};

/// An evening with somebody at the desk and somebody who asks.
struct Beside {
    evening: Evening,
    ana: Visitor,
    desk: Visitor,
}

impl Beside {
    async fn opens(server: &Server) -> Self {
        let policy = json!({"slow_s": null, "open_questions": null, "questions": null});
        let evening = evening(server, "sera", policy).await;
        let desk = evening.moderator("desk", &Manner::default()).await.expect("a desk");
        desk.must(json!({"type": "open"})).await.expect("open");
        let ana = evening.citizen("ana", &Manner::default()).await.expect("a page");
        Self { evening, ana, desk }
    }

    /// The evening goes on: a question is asked and approved; how long that took.
    async fn goes_on(&self) -> Duration {
        let start = Instant::now();
        let question = self.ana.asks("Va avanti la serata, comunque?").await.expect("asked");
        self.desk.judges("approve", &question, json!({})).await.expect("approved");
        start.elapsed()
    }

    /// A bare socket of a new person, right after the upgrade.
    async fn socket(&self) -> TcpStream {
        let Ticket::Bearer(token) = self.evening.host.person().await.expect("a person") else {
            unreachable!("a program gets a token");
        };
        let server = &self.evening.host.server;
        let mut stream = server.connect().await.expect("it listens");
        let request = format!(
            "GET /ws/v1/sessions/sera?as=citizen HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer \
             {token}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            server.authority()
        );
        stream.write_all(request.as_bytes()).await.expect("it takes a request");
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.expect("an answer");
        assert_eq!(&head, b"HTTP/1.1 101");
        stream
    }
}

/// What an attacker sends next.
type Next = Box<dyn FnMut() -> Vec<u8> + Send>;

/// A masked frame (with a mask of zeros, so that it reads as it is).
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..126 => bytes.push(0x80 | short as u8),
        long @ 126..65536 => {
            bytes.push(0x80 | 126);
            bytes.extend((long as u16).to_be_bytes());
        }
        longer => {
            bytes.push(0x80 | 127);
            bytes.extend((longer as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// Sends until it is closed; the close code, if the server still said one, and how long it took.
async fn thrown_out(mut stream: TcpStream, mut next: impl FnMut() -> Vec<u8>) -> (u16, Duration) {
    let start = Instant::now();
    let (mut reader, mut writer) = stream.split();
    let sends = async {
        loop {
            if writer.write_all(&next()).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let reads = async {
        let (mut all, mut some) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = reader.read(&mut some).await {
            all.extend(&some[..count]);
        }
        all
    };
    let all = timeout(Duration::from_secs(20), async {
        tokio::select! { () = sends => unreachable!("it never ends"), all = reads => all }
    });
    let all = all.await.expect("it is thrown out");
    // The last frame of an orderly end: 0x88, a short length, the code.
    let code = all.windows(4).rev().find(|w| w[0] == 0x88 && w[1] < 126 && w[1] >= 2);
    (code.map_or(0, |w| u16::from_be_bytes([w[2], w[3]])), start.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_and_endless_messages_are_closed_and_cost_little() {
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    beside.goes_on().await;
    let before = resident(server.pid());
    let text = |payload: &[u8]| frame(0x81, payload);
    let huge = vec![b'a'; 64 << 20];
    let mut first = true;
    let once = |one: Vec<u8>| {
        move || if std::mem::take(&mut first) { one.clone() } else { frame(0x80, b"") }
    };
    let cases: Vec<(&str, Next, &[u16])> = vec![
        ("64 MiB", Box::new(once(text(&huge))), &[1009, 4003, 0]),
        ("16 KiB + 1", Box::new(move || text(&vec![b'a'; 16 * 1024 + 1])), &[1009]),
        ("endless fragments", Box::new(|| frame(0x00, b"aa")), &[1008, 1002, 4003]),
        ("empty fragments", Box::new(fragments(b"")), &[1008, 4003, 1009]),
        ("small fragments", Box::new(fragments(b"abcd")), &[1008, 4003, 1009]),
        ("reserved bits", Box::new(|| frame(0xF1, b"x")), &[1008, 1002]),
        ("reserved opcode", Box::new(|| frame(0x83, b"x")), &[1008, 1002]),
        ("not masked", Box::new(|| vec![0x81, 0x01, b'x']), &[1008, 1002]),
        ("ping flood", Box::new(|| frame(0x89, b"ping")), &[4003, 1008]),
        ("message flood", Box::new(move || text(b"{}")), &[4003]),
        ("not UTF-8", Box::new(move || text(b"\xff\xfe\xfd")), &[1008, 1007]),
    ];
    for (what, next, codes) in cases {
        let (code, took) = thrown_out(beside.socket().await, next).await;
        let grown = resident(server.pid()).saturating_sub(before) / 1024;
        println!(
            "O1/O2 {what}: closed with {code} after {} ms, RSS +{grown} KiB",
            took.as_millis()
        );
        assert!(codes.contains(&code), "{what}: closed with {code}");
        assert!(took < Duration::from_secs(8), "{what}: {took:?}");
    }
    let grown = resident(server.pid()).saturating_sub(before) >> 20;
    assert!(grown < 24, "the server has grown by {grown} MiB");
    let took = beside.goes_on().await;
    assert!(took < Duration::from_secs(2), "the evening stood still for {took:?}");
    is_clean(&beside.evening, &server, &[]).await;
}

/// One text that begins and never ends.
fn fragments(payload: &'static [u8]) -> impl FnMut() -> Vec<u8> + Send {
    let mut begun = false;
    move || frame(if std::mem::replace(&mut begun, true) { 0x00 } else { 0x01 }, payload)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_slow_on_purpose_is_closed_and_keeps_nobody_out() {
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    let at = beside.evening.host.server.clone();
    let mut waits = Vec::new();
    for (what, opening) in [
        ("silent", ""),
        ("half a head", "GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: "),
        ("half a body", "POST /api/v1/me HTTP/1.1\r\nhost: a\r\ncontent-length: 50\r\n\r\n{"),
    ] {
        let mut stream = at.connect().await.expect("it listens");
        waits.push(tokio::spawn(async move {
            let start = Instant::now();
            stream.write_all(opening.as_bytes()).await.expect("it takes some bytes");
            let mut all = Vec::new();
            let ends = timeout(Duration::from_secs(40), stream.read_to_end(&mut all)).await;
            (what, ends.is_ok(), start.elapsed())
        }));
    }
    // Half a frame, and never the rest.
    let mut torn = beside.socket().await;
    let torn = tokio::spawn(async move {
        let start = Instant::now();
        torn.write_all(&[0x81, 0xFE, 0x10]).await.expect("it takes some bytes");
        let mut all = Vec::new();
        let ends = timeout(Duration::from_secs(40), torn.read_to_end(&mut all)).await;
        ("half a frame", ends.is_ok(), start.elapsed())
    });
    waits.push(torn);
    assert!(beside.goes_on().await < Duration::from_secs(2));
    for wait in waits {
        let (what, closed, took) = wait.await.expect("nobody panics");
        println!("O4 {what}: closed after {} ms", took.as_millis());
        assert!(closed, "{what} was never closed");
    }
    is_clean(&beside.evening, &server, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_json_comes_there_is_one_refusal_and_no_harm() {
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    let token = beside.evening.host.person().await.expect("a person");
    let at = &beside.evening.host.server;
    let deep = "[".repeat(8_000);
    let long = format!("{{\"type\":\"ask\",\"id\":\"x\",\"text\":{}}}", "9".repeat(4_000));
    let line = "{\"type\":\"vote\",\"id\":\"\u{1b}[31m\\r\\nERROR forged\",\"on\":true}";
    let mut refused = 0;
    for text in [
        "",
        "{",
        "null",
        "NaN",
        "[]",
        "{}",
        "\"x\"",
        "1e999",
        deep.as_str(),
        long.as_str(),
        line,
        "{\"type\":\"ask\"}",
        "{\"type\":\"ask\",\"type\":\"vote\"}",
        "{\"type\":\"vote\",\"id\":\"01J00000000000000000000001\",\"question\":5,\"on\":true}",
        "{\"type\":\"ask\",\"id\":\"01J00000000000000000000001\",\"text\":\"\\ud800\"}",
    ] {
        let path = beside.evening.path("/commands?as=citizen");
        let request = Request::new("POST", &path).with("content-type", "application/json");
        let request = token.on(request.with_body(text), at);
        let answer = at.ask(&request).await.expect("an answer");
        assert!((400..500).contains(&answer.status), "{text:.40}: {}", answer.status);
        assert!(answer.json()["code"].is_string(), "{text:.40}: {}", answer.body);
        refused += 1;
    }
    let log = server.log();
    assert!(!log.contains('\u{1b}') && !log.contains("forged"), "S12: the log can be forged");
    assert!(beside.goes_on().await < Duration::from_secs(2));
    println!("O9/S12: {refused} refused one by one, 0 panics, 0 lines forged");
    assert!(!log.contains("panicked"), "{log}");
    is_clean(&beside.evening, &server, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_page_and_a_vote_twice_come_to_nothing() {
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    let at = &beside.evening.host.server;
    let Ticket::Cookie(cookie) = beside.evening.host.browser().await.expect("a cookie") else {
        unreachable!("a browser gets a cookie");
    };
    let question = beside.ana.asks("Si può votare due volte?").await.expect("asked");
    beside.desk.judges("approve", &question, json!({})).await.expect("approved");
    let own = at.origin();
    let vote =
        |id: &str, on: bool| json!({"type": "vote", "id": id, "question": question, "on": on});
    let path = beside.evening.path("/commands?as=citizen");
    let post = |id: &str| Request::json("POST", &path, &vote(id, true)).with("cookie", &cookie);
    let mut wrong = 0;
    let strangers = [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("{own}.evil.example"),
        own.replace("http", "https"),
        format!("{own}1"),
        "http://evil.example".to_owned(),
    ];
    for origin in strangers {
        let answer = at.ask(&post("01J0000000000000000000000B").with("origin", &origin)).await;
        wrong += usize::from(answer.expect("an answer").status != 403);
        let socket = Request::new("GET", "/ws/v1/sessions/sera?as=citizen")
            .with("cookie", &cookie)
            .with("origin", &origin)
            .with("connection", "upgrade")
            .with("upgrade", "websocket")
            .with("sec-websocket-version", "13")
            .with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        wrong += usize::from(at.ask(&socket).await.expect("an answer").status != 403);
    }
    let bare = at.ask(&post("01J0000000000000000000000C")).await.expect("an answer");
    wrong += usize::from(bare.status != 403);
    println!("S4/S6: 13 requests of foreign pages, {wrong} let in");
    assert_eq!(wrong, 0);

    // One person, many tabs and ids at once: one voice. Their history is not on record.
    let mut tabs = futures_util::stream::FuturesUnordered::new();
    for tab in 0..40 {
        let id = format!("01J000000000000000000001{tab:02}");
        let request = post(&id).with("origin", &own);
        tabs.push(async move { at.ask(&request).await.expect("an answer").status });
    }
    let mut statuses = Vec::new();
    while let Some(status) = tabs.next().await {
        statuses.push(status);
    }
    assert!(statuses.contains(&200), "{statuses:?}");
    let desk: Value = beside.evening.desk().await.expect("the list");
    let all = desk["questions"].as_array().expect("a list");
    let held = all.iter().find(|held| held["id"] == *question).expect("it is there");
    assert_eq!(held["votes"], 1, "S7");
    println!(
        "S7: 40 votes of one person at once, {} answered 200, 1 counts",
        statuses.iter().filter(|s| **s == 200).count()
    );
}
