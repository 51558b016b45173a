//! More people than seats, and many who come back at once.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Answer, Line, Server, Visitor, until};

/// Three citizens, and one of the staff.
const SEATS: [&str; 4] = ["--seats", "4", "--staff-seats", "1"];
const SEAT: &str = "/ws/v1/sessions/sera?as=citizen";
const BOARD: &str = "/api/v1/sessions/sera/board";

async fn full() -> (Server, Vec<Line>) {
    let server = Server::with(&SEATS).await;
    server.opens("sera", json!({"slow_s": null})).await;
    let mut seated = Vec::new();
    for _ in 0..3 {
        let mut line = server.citizen().await.sits("sera", "citizen").await;
        line.sees("snapshot").await;
        seated.push(line);
    }
    (server, seated)
}

/// What a figure of `/metrics` says.
async fn figure(server: &Server, name: &str) -> u64 {
    let body = server.operator().asks("GET", "/metrics").sent().await.must(200).body;
    let line = body.lines().find_map(|line| line.strip_prefix(&format!("filodiretto_{name} ")));
    line.and_then(|count| count.trim().parse().ok()).unwrap_or_else(|| panic!("no {name}"))
}

async fn tries(server: &Server, who: &Visitor, path: &str) -> Result<Line, u16> {
    let bearer = [("authorization", format!("Bearer {}", who.token()))];
    Line::open(server.address(), path, &bearer).await
}

/// It is full: in so many milliseconds another look is worth it.
fn told(answer: Answer) -> u64 {
    let answer = answer.refuses(503, "busy");
    let ms = answer.json()["retry_after_ms"].as_u64().expect("a time");
    let seconds: u64 = answer.header("retry-after").expect("a header").parse().expect("seconds");
    assert_eq!(seconds, ms.div_ceil(1000), "{answer:?}");
    assert!((5_000..=60_000).contains(&ms), "{ms}");
    ms
}

#[tokio::test]
async fn who_finds_no_seat_is_told_why_has_the_board_and_sits_when_one_is_free() {
    let (server, mut seated) = full().await;
    let ana = server.citizen().await;
    assert_eq!(tries(&server, &ana, SEAT).await.err(), Some(503));
    told(ana.asks("GET", "/api/v1/sessions/sera/events?as=citizen").sent().await);
    // As a page learns it.
    for _ in 0..20 {
        told(server.ask("GET", SEAT).sent().await);
    }
    assert_eq!(figure(&server, "crowd_total{became=\"turned_away\"}").await, 2);
    assert_eq!(figure(&server, "crowd_total{became=\"told_to_wait\"}").await, 20);

    // The board, the frame of the page and the plain page serve her.
    for path in [BOARD, "/s/sera", "/s/sera/plain"] {
        ana.asks("GET", path).sent().await.must(200);
    }
    // She asks and votes all the same, and follows what becomes of it.
    let ask = json!({"type": "ask", "text": "Si può chiedere anche in piedi?"});
    let receipt = ana.sends("sera", "citizen", ask).await.must(200).json()["receipt"].clone();
    let enter = json!({"type": "ask", "text": "Chi pulisce il parco?", "channel": "hall"});
    server.operator().sends("sera", "desk", enter).await.must(200);
    until("the question of the hall is on the board", async || {
        server.ask("GET", BOARD).sent().await.must(200).body.contains("il parco")
    })
    .await;
    let board = server.ask("GET", BOARD).sent().await.must(200).json();
    let vote = json!({"type": "vote", "question": board["questions"][0]["id"], "on": true});
    ana.sends("sera", "citizen", vote).await.must(200);
    let mine = ana.asks("GET", "/api/v1/sessions/sera/mine").sent().await.must(200).json();
    crate::support::schema::said(&mine);
    assert_eq!(
        (&mine["type"], mine["questions"].as_array().map(Vec::len)),
        (&json!("mine"), Some(1))
    );
    assert_eq!(mine["questions"][0]["state"], "pending");
    assert_eq!(mine["questions"][0]["receipt"], receipt);
    assert_eq!(mine["votes"].as_object().map(serde_json::Map::len), Some(1));
    let other = server.citizen().await;
    let none = other.asks("GET", "/api/v1/sessions/sera/mine").sent().await.must(200).json();
    assert_eq!(none, json!({"type": "mine", "questions": [], "votes": {}}), "nobody else's");
    let nobody = server.ask("GET", "/api/v1/sessions/sera/mine").sent().await;
    nobody.refuses(401, "unauthenticated");

    // Staff come in.
    let (maria, _) = server.invites("sera", "moderator", "Maria").await;
    maria.sits("sera", "desk").await.sees("snapshot").await;
    // Somebody leaves, and she sits.
    drop(seated.pop());
    until("a seat is free", async || server.ask("GET", SEAT).sent().await.status == 426).await;
    let mut line = tries(&server, &ana, &format!("{SEAT}&waited=1")).await.expect("a seat");
    assert_eq!(line.sees("mine").await["questions"][0]["state"], "pending");
    assert_eq!(figure(&server, "crowd_total{became=\"seated\"}").await, 1);
    told(server.ask("GET", SEAT).sent().await);
}

#[tokio::test]
async fn the_board_comes_packed_for_who_takes_it_and_is_kept_by_its_tag() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let plain = server.ask("GET", BOARD).sent().await.must(200);
    assert_eq!(plain.header("vary"), Some("accept-encoding"));
    let ask = || server.ask("GET", BOARD).header("accept-encoding", "gzip, deflate, br");
    let packed = ask().sent().await.must(200);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.header("vary"), Some("accept-encoding"));
    assert_eq!(packed.body, plain.body);
    let (tag, other) = (packed.header("etag").expect("a tag"), plain.header("etag").expect("one"));
    assert_ne!(tag, other, "other bytes, another tag");
    let same = ask().header("if-none-match", tag).sent().await.must(304);
    assert_eq!((same.header("content-encoding"), same.header("etag")), (None, Some(tag)));
    ask().header("if-none-match", other).sent().await.must(200);
}

/// It is written once for many, and nothing of one person ever reaches another by that.
#[tokio::test]
async fn the_plain_page_is_the_same_for_all_who_are_nobody_and_for_nobody_else() {
    let server = Server::start().await;
    server.opens("sera", json!({"slow_s": null})).await;
    let page = "/s/sera/plain";
    let read = async |path: &str, language: &str, host: &str| {
        let ask = server.ask("GET", path).header("accept-language", language);
        ask.header("host", host).sent().await.must(200)
    };
    let host = server.address().to_string();
    let first = read(page, "it", &host).await;
    let same = read(page, "it-IT", &host).await;
    assert_eq!((&first.body, first.header("etag")), (&same.body, same.header("etag")));
    assert_ne!(read(page, "en", &host).await.body, first.body, "in another language");
    assert_ne!(read(&format!("{page}?lang=it"), "it", &host).await.body, first.body, "chosen");
    let other = format!("localhost:{}", server.address().port());
    let elsewhere = read(page, "it", &other).await.body;
    assert!(elsewhere.contains(&other) && !first.body.contains(&other), "found elsewhere");
    // Ana's own is on hers, and on nobody's.
    let made = server.ask("POST", "/api/v1/me").sent().await.must(204);
    let cookie = made.header("set-cookie").expect("a cookie").split(';').next().expect("one");
    let ask = json!({"type": "ask", "id": crate::support::id(), "text": "canarino di Ana sola"});
    let path = "/api/v1/sessions/sera/commands?as=citizen";
    server.ask("POST", path).cookie(cookie).json(&ask).sent().await.must(200);
    let hers = server.ask("GET", page).cookie(cookie).sent().await.must(200);
    assert!(hers.body.contains("canarino"));
    assert_eq!(hers.header("cache-control"), Some("private, no-cache"));
    assert!(!read(page, "it", &host).await.body.contains("canarino"));
    // What is published is there within two seconds.
    let enter = json!({"type": "ask", "text": "Chi pulisce il parco?", "channel": "hall"});
    server.operator().sends("sera", "desk", enter).await.must(200);
    until("it is on the page", async || read(page, "it", &host).await.body.contains("il parco"))
        .await;
}

/// Everybody is told another moment, within the five seconds that a restart may take.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_sends_many_away_and_spreads_how_they_come_back() {
    const PEOPLE: usize = 200;
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let mut crowd = Vec::new();
    for _ in 0..PEOPLE {
        let mut line = server.citizen().await.sits("sera", "citizen").await;
        line.sees("tally").await;
        crowd.push(line);
    }
    server.signal("TERM");
    let mut told = Vec::new();
    for mut line in crowd {
        let goodbye: Value = line.sees("goodbye").await;
        assert_eq!(goodbye["code"], 4000);
        told.push(goodbye["retry_after_ms"].as_u64().expect("a time"));
    }
    told.sort_unstable();
    assert!(told.last() < Some(&5_000), "{told:?}");
    for second in 0..5 {
        let part = told.iter().filter(|ms| **ms / 1_000 == second).count();
        assert!((30..=50).contains(&part), "{part} of {PEOPLE} in second {second}: {told:?}");
    }
}

/// How many sockets each shard watches, as the kernel tells of its epoll: the one among whose names is
/// the bell's.
fn watched(server: &Server) -> Vec<usize> {
    let process = PathBuf::from(format!("/proc/{}", server.pid()));
    let open = fs::read_dir(process.join("fd")).expect("ours").flatten();
    let epolls = open.filter(|fd| {
        fs::read_link(fd.path()).is_ok_and(|link| link.as_os_str() == "anon_inode:[eventpoll]")
    });
    let told = epolls
        .filter_map(|fd| fs::read_to_string(process.join("fdinfo").join(fd.file_name())).ok());
    let shards = told.filter(|told| told.contains("data: ffffffffffffffff"));
    shards.map(|told| told.lines().filter(|line| line.starts_with("tfd:")).count() - 1).collect()
}

fn descriptors(server: &Server) -> usize {
    fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("ours").count()
}

/// A socket that hyper kept, with a pair beside it, would work as well; it would cost three descriptors,
/// two more copies and a task.
#[tokio::test]
async fn sockets_are_taken_out_of_hyper_and_shared_out_to_the_shards() {
    const CROWD: usize = 40;
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let mut first = server.citizen().await.sits("sera", "citizen").await;
    first.sees("snapshot").await;
    let before = descriptors(&server);
    let mut crowd = Vec::new();
    for _ in 0..CROWD {
        let mut line = server.citizen().await.sits("sera", "citizen").await;
        line.sees("snapshot").await;
        crowd.push(line);
    }
    let more = descriptors(&server) - before;
    assert!((CROWD..CROWD + CROWD / 2).contains(&more), "{more} descriptors for {CROWD} seats");
    let watched = watched(&server);
    assert_eq!(watched.iter().sum::<usize>(), CROWD + 1, "{watched:?}");
    let (least, most) = (watched.iter().min(), watched.iter().max());
    assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1), "{watched:?}");
}
