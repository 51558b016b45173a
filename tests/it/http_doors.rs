//! The doors: when connections run out, staff still come in; and a rehearsal has a door for each
//! role.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::support::server::ADMIN;
use crate::support::{Ask, Line, Server, until};

/// Connections that hold a request under way, so that they are not closed for saying nothing.
async fn crowd(server: &Server, count: usize) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..count {
        let Ok(mut stream) = TcpStream::connect(server.address()).await else { break };
        let ask = Ask::new(server.address(), "GET", "/api/v1/sessions/sera/events?as=citizen");
        // A connection that was turned away may be reset already.
        let _ = stream.write_all(&ask.bytes()).await;
        let mut bytes = [0; 12];
        let _ = stream.read_exact(&mut bytes).await;
        held.push(stream);
    }
    held
}

/// O11, with connections instead of descriptors.
#[tokio::test]
async fn the_last_connections_are_for_staff() {
    // Sixteen connections, the last four of them for staff.
    let server = Server::with(&["--connections", "16"]).await;
    server.opens("sera", json!({})).await;
    let (maria, _) = server.invites("sera", "moderator", "Maria").await;
    let ana = server.citizen().await;
    let held = crowd(&server, 12).await;
    let refused = server.ask("GET", "/s/sera").sent().await.refuses(503, "busy");
    assert_eq!(refused.header("connection"), Some("close"));
    ana.asks("GET", "/api/v1/sessions/sera").sent().await.refuses(503, "busy");
    // The board, which comes before all routes, does not come before staff.
    let board = "/api/v1/sessions/sera/board";
    let refused = ana.asks("GET", board).sent().await.refuses(503, "busy");
    assert_eq!(refused.header("connection"), Some("close"));
    maria.asks("GET", board).sent().await.must(200);
    let headers = [("authorization", format!("Bearer {}", ana.token()))];
    let socket = "/ws/v1/sessions/sera?as=citizen";
    assert_eq!(Line::open(server.address(), socket, &headers).await.err(), Some(503));
    server.ask("GET", "/healthz").sent().await.must(200);
    server.ask("GET", "/metrics").bearer(ADMIN).sent().await.must(200);
    let mut desk = maria.sits("sera", "desk").await;
    desk.did(json!({"type": "off_air"})).await;
    drop(held);
    until("room for all again", async || server.ask("GET", "/s/sera").sent().await.status == 200)
        .await;
}

/// O11, with connections that do say something.
#[tokio::test]
async fn with_few_descriptors_the_doors_close_before_they_run_out() {
    // 64 are its own; of the other 36 a quarter is for staff.
    let server = Server::under("ulimit -n 100", &[]).await;
    server.opens("sera", json!({})).await;
    let (maria, _) = server.invites("sera", "moderator", "Maria").await;
    let held = crowd(&server, 200).await;
    let mut desk = maria.sits("sera", "desk").await;
    desk.did(json!({"type": "off_air"})).await;
    assert_eq!(pauses(&server).await, 0);
    drop(held);
    until("room for all again", async || server.ask("GET", "/s/sera").sent().await.status == 200)
        .await;
}

/// O11: EMFILE.
#[tokio::test]
async fn when_descriptors_run_out_all_the_same_it_pauses_and_does_not_spin() {
    let server = Server::start().await;
    let limit = |soft: &str| {
        let (pid, limit) = (server.pid().to_string(), format!("--nofile={soft}:"));
        let set = Command::new("prlimit").args(["--pid", &pid, &limit]).status();
        assert!(set.expect("prlimit(1)").success());
    };
    // Fewer than it holds already: not one more.
    limit("4");
    let began = Instant::now();
    let asked = tokio::spawn(server.ask("GET", "/healthz").sent());
    tokio::time::sleep(Duration::from_secs(2)).await;
    let paused = began.elapsed();
    limit("1024");
    // Who came meanwhile has waited, and is answered.
    asked.await.expect("it waits").must(200);
    let pauses = pauses(&server).await;
    let most = paused.as_millis() / 200 + 2;
    assert!((1..=most).contains(&u128::from(pauses)), "{pauses} in {paused:?}");
    assert!(server.log().contains("no connection can be accepted right now"));
}

async fn pauses(server: &Server) -> u64 {
    let figures = server.operator().asks("GET", "/metrics").sent().await.must(200).body;
    let line =
        figures.lines().find_map(|line| line.strip_prefix("filodiretto_accept_pauses_total "));
    line.and_then(|count| count.parse().ok()).expect("a count")
}

#[tokio::test]
async fn a_rehearsal_has_a_link_for_each_role() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("links.json");
    let file = file.to_str().expect("a path");
    let server = Server::rehearsal(&["--links-file", file, "--crowd", "5"]).await;
    let links: Value = serde_json::from_slice(&std::fs::read(file).expect("a file")).expect("JSON");
    let path = |role: &str| {
        let link = links[role].as_str().expect("a link");
        let path = link.strip_prefix(&server.url()).expect("a whole address of this server");
        path.split('#').next().expect("a path").to_owned()
    };
    for role in ["citizen", "overlay", "moderator", "official", "producer", "admin"] {
        server.ask("GET", &path(role)).sent().await.must(200);
    }
    // One browser may hold them all: the roles of a person add up.
    let mut cookie = String::new();
    for (role, page) in [
        ("moderator", "/desk/prova"),
        ("official", "/stage/prova"),
        ("producer", "/producer/prova"),
        ("admin", "/admin"),
    ] {
        let enter = server.ask("POST", &path(role)).header("origin", &server.url());
        let enter = if cookie.is_empty() { enter } else { enter.header("cookie", &cookie) };
        let entered = enter.sent().await.must(303);
        assert_eq!(entered.header("location"), Some(page));
        let set = entered.header("set-cookie").and_then(|set| set.split(';').next());
        cookie = set.expect("a cookie").to_owned();
        server.ask("GET", page).cookie(&cookie).sent().await.must(200);
    }
    let session = server.ask("GET", "/api/v1/sessions/prova").sent().await.must(200).json();
    assert_eq!((&session["state"], &session["rehearsal"]), (&json!("open"), &json!(true)));
    let key = links["overlay"].as_str().and_then(|link| link.split('#').nth(1)).expect("a key");
    let protocols = format!("filodiretto.v1, bearer.{key}");
    let shown = [("sec-websocket-protocol", protocols)];
    let overlay = Line::open(server.address(), "/ws/v1/sessions/prova?as=overlay", &shown).await;
    overlay.expect("an overlay").sees("snapshot").await;
}
