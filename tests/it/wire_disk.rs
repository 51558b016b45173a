//! "Take it off air" when nothing else works: the disk takes no byte more, or fails.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use loadtest::visitor::{DEADLINE, Manner};
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::support::Server;
use crate::wire_ground::evening;

/// A disk of four megabytes for the server alone, in a namespace of its own.
pub(crate) const SMALL_DISK: &str = "exec unshare $(test $(id -u) = 0 || echo -r) -m sh -c \
    'mount -t tmpfs -o size=4m none \"$5\" && exec \"$0\" \"$@\"' \"$0\" \"$@\"";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn off_air_with_a_full_disk_clears_every_screen() {
    let server = Server::under(SMALL_DISK, &[]).await;
    // The server's folder as it sees it: the disk is its own.
    let disk = PathBuf::from(format!("/proc/{}/root{}", server.pid(), server.data().display()));
    let evening = evening(&server, "disco", json!({"slow_s": null})).await;
    let manner = Manner::default();
    let desk = evening.moderator("desk", &manner).await.expect("a desk");
    desk.must(json!({"type": "open"})).await.expect("open");
    let mayor = evening.official("mayor", &manner).await.expect("a stage");
    let overlay = evening.overlay("overlay", &manner).await.expect("an overlay");
    let ana = evening.citizen("ana", &manner).await.expect("a page");
    let question = ana.asks("Che cosa succede se il disco è pieno?").await.expect("asked");
    desk.judges("approve", &question, json!({})).await.expect("approved");
    desk.sees(|board| board.state(&question) == Some("approved")).await.expect("approved");
    desk.judges("on_air", &question, json!({"stage": 0})).await.expect("on air");
    for screen in [&mayor, &overlay, &ana] {
        screen.sees(|board| board.drawn() == Some(&question)).await.expect("it is on air");
    }

    let fill = disk.join("fill");
    let mut file = std::fs::File::create(&fill).expect("there is room yet");
    while file.write_all(&[0; 4096]).is_ok() {}
    let start = Instant::now();
    let pressed = desk.sends(json!({"type": "off_air"}));
    let mut slowest = Duration::ZERO;
    for screen in [&mayor, &overlay, &ana] {
        screen.sees(|board| board.drawn().is_none()).await.expect("the screen is clear");
        slowest = slowest.max(start.elapsed());
    }
    println!("the screens were clear after {} ms", slowest.as_millis());
    // An order of magnitude: the cores may be busy with something else.
    assert!(slowest < Duration::from_secs(10), "the screens were clear after {slowest:?}");
    let (outcome, _) = timeout(DEADLINE, pressed.outcome()).await.expect("the desk is told");
    assert_eq!(outcome.code(), Some("busy"), "{outcome:?}");
    let told = start.elapsed();
    let ask = ana.sends(json!({"type": "ask", "text": "Una domanda che non si può scrivere?"}));
    let outcome = timeout(DEADLINE, ask.outcome()).await;
    let (outcome, _) = outcome.expect("the asker is told");
    assert_eq!(outcome.code(), Some("busy"), "nobody is promised anything: {outcome:?}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    for screen in [&mayor, &overlay, &ana] {
        assert_eq!(screen.board().drawn(), None, "{}: it stays clear", screen.name);
    }
    // Who comes now does not get to see it either.
    let late = evening.overlay("late", &manner).await.expect("an overlay");
    assert_eq!(late.board().drawn(), None, "a screen that comes later");

    drop(file);
    std::fs::remove_file(&fill).expect("room again");
    let patient = async {
        while !desk.does(json!({"type": "off_air"})).await.is_done() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let healed = Instant::now();
    tokio::time::timeout(Duration::from_secs(30), patient).await.expect("it heals by itself");
    let healed = healed.elapsed();
    overlay.sees(|board| board.on_air.is_none()).await.expect("now it is recorded");
    ana.asks("E adesso si può scrivere di nuovo?").await.expect("everything goes on");
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    // A database is not read through another namespace: its files are, once nobody writes.
    let copy = tempfile::tempdir().expect("a folder");
    for file in std::fs::read_dir(&disk).expect("its folder") {
        let file = file.expect("a file").path();
        if file.is_file() {
            let name = file.file_name().expect("a name");
            std::fs::copy(&file, copy.path().join(name)).expect("copied");
        }
    }
    let report = evening.judged(copy.path(), &[]).await.expect("the evidence");
    assert!(report.is_clean(), "{report}");
    println!(
        "full disk: screens clear after {} ms, the desk told after {} ms, healed in {} ms",
        slowest.as_millis(),
        told.as_millis(),
        healed.as_millis()
    );
}

/// No file of the server may grow: each write fails with EFBIG, which to SQLite is a failing disk
/// and no full one. The room must not try for ever what certainly does not stand.
#[tokio::test]
async fn a_write_that_fails_is_told_at_once_and_it_goes_on_when_writing_does() {
    let server = Server::under("trap '' XFSZ", &[]).await;
    server.opens("guasto", json!({"slow_s": null})).await;
    let (desk, _) = server.invites("guasto", "moderator", "Mo").await;
    let ask = |n: u8| json!({"type": "ask", "channel": "hall", "text": format!("Domanda {n}?")});
    let asked = desk.sends("guasto", "desk", ask(1)).await.must(200).json();
    let show = json!({"type": "on_air", "question": asked["id"], "rev": 1, "stage": 0});
    desk.sends("guasto", "desk", show).await.must(200);

    limit(&server, "1");
    desk.sends("guasto", "desk", ask(2)).await.refuses(503, "busy");
    let off_air = json!({"type": "off_air"});
    desk.sends("guasto", "desk", off_air.clone()).await.refuses(503, "busy");

    limit(&server, "unlimited");
    desk.sends("guasto", "desk", off_air).await.must(200);
    desk.sends("guasto", "desk", ask(3)).await.must(200);
    let path = "/api/v1/sessions/guasto/questions?as=desk";
    let questions = desk.asks("GET", path).sent().await.must(200).json();
    let texts: Vec<_> = questions["questions"].as_array().expect("a list").iter().collect();
    let texts: Vec<_> = texts.iter().filter_map(|question| question["text"].as_str()).collect();
    assert!(texts.contains(&"Domanda 1?") && texts.contains(&"Domanda 3?"), "{texts:?}");
    assert!(!texts.contains(&"Domanda 2?"), "it was refused: {texts:?}");
}

/// How long a file of the server may be, in bytes.
fn limit(server: &Server, bytes: &str) {
    let mut prlimit = Command::new("prlimit");
    prlimit.args([format!("--pid={}", server.pid()), format!("--fsize={bytes}:unlimited")]);
    assert!(prlimit.status().expect("prlimit(1), of util-linux").success());
}
