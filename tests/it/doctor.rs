//! `filodiretto doctor`, and what the press office's page shows of the same.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::Server;
use crate::support::server::ADMIN;

async fn doctor(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_filodiretto"));
    command.arg("doctor").args(arguments).env("FILODIRETTO_ADMIN_TOKEN", ADMIN);
    let run = tokio::task::spawn_blocking(move || command.output());
    run.await.expect("a thread").expect("the program runs")
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    let said: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{output:?}"));
    said["lines"].as_array().expect("a list").clone()
}

fn state(lines: &[Value], check: &str) -> String {
    let line = lines.iter().find(|line| line["check"] == check);
    let line = line.unwrap_or_else(|| panic!("no {check} in {lines:#?}"));
    line["state"].as_str().expect("a word").to_owned()
}

#[tokio::test]
async fn the_house_shows_its_administrators_how_it_stands_and_nobody_else() {
    let server = Server::start().await;
    let path = "/api/v1/doctor";
    server.ask("GET", path).sent().await.refuses(401, "unauthenticated");
    let ana = server.citizen().await;
    ana.asks("GET", path).sent().await.refuses(403, "not_allowed");
    let found = server.operator().asks("GET", path).sent().await.must(200).json();
    let list = found["lines"].as_array().expect("a list").clone();
    assert_eq!(state(&list, "record"), "green");
    for check in ["disk", "fsync", "descriptors", "clock", "memory", "permissions", "viewers"] {
        state(&list, check);
    }
    assert_eq!(found["seen"]["client"], "127.0.0.1");
    assert_eq!(found["seen"]["believed"], false);
    // In the language of who asks; and at most once a minute, or the figures would differ.
    let english = server.operator().asks("GET", path).header("accept-language", "en");
    let english = english.sent().await.must(200).json();
    let says = |found: &Value, check: &str| {
        let mut lines = found["lines"].as_array().expect("a list").iter();
        lines.find(|line| line["check"] == check).expect("there")["says"].clone()
    };
    assert_eq!(says(&found, "record"), "Verbale e chiavi ci sono.");
    assert_eq!(says(&english, "record"), "Journal and keys are there.");
    let again = server.operator().asks("GET", path).sent().await.must(200).json();
    assert_eq!(says(&again, "fsync"), says(&found, "fsync"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_a_proxy_is_seen_from_outside() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let (data, url) = (server.data(), server.url());
    let data = data.to_str().expect("text");
    let output = doctor(&["--json", "--data", data, "--url", &url]).await;
    let list = lines(&output);
    for check in ["record", "reach", "caches", "socket", "events", "address"] {
        assert_eq!(state(&list, check), "green", "{check}: {list:#?}");
    }
    for check in ["certificate", "redirect"] {
        assert_eq!(state(&list, check), "yellow", "{check}: {list:#?}");
    }
    for line in &list {
        let says = |language: &str| line[language]["says"].as_str().expect("text").to_owned();
        assert!(says("it") != says("en"), "{line}");
        assert_eq!(line["en"]["todo"].is_null(), line["state"] == "green", "{line}");
    }
    // Whose limit counts: the server's, found by its lock.
    let limit = list.iter().find(|line| line["check"] == "descriptors").expect("there");
    assert!(
        limit["en"]["says"].as_str().is_some_and(|says| says.contains("the server's")),
        "{limit}"
    );
}

#[tokio::test]
async fn what_is_red_ends_with_one_and_says_what_to_do() {
    let data = tempfile::tempdir().expect("a folder");
    std::fs::write(data.path().join("journal.db"), b"").expect("writes");
    let folder = data.path().to_str().expect("text");
    // Nobody listens there.
    let output = doctor(&["--data", folder, "--url", "http://127.0.0.1:9"]).await;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    for wanted in ["RED    record", "keys.db is missing", "RED    reach", " red\n"] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    let output = doctor(&["--data", folder, "--italian"]).await;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("manca keys.db"), "{text}");
}
