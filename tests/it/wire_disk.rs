//! "Take it off air" when nothing else works: the disk takes no byte more.

use std::time::Duration;

use loadtest::visitor::Manner;
use serde_json::json;
use tokio::time::Instant;

use crate::support::Server;
use crate::wire_ground::{evening, is_clean, limit};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn off_air_with_a_full_disk_clears_every_screen() {
    // Writing beyond the limit must be an error, as it is on a full disk, and no signal.
    let server = Server::under("trap '' XFSZ", &[]).await;
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

    let pid = server.pid().to_string();
    limit(&pid, "fsize", "0:unlimited");
    let start = Instant::now();
    let pressed = desk.sends(json!({"type": "off_air"}));
    let mut slowest = Duration::ZERO;
    for screen in [&mayor, &overlay, &ana] {
        screen.sees(|board| board.drawn().is_none()).await.expect("the screen is clear");
        slowest = slowest.max(start.elapsed());
    }
    assert!(slowest < Duration::from_secs(1), "the screens were clear after {slowest:?}");
    let (outcome, _) = pressed.outcome().await;
    assert_eq!(outcome.code(), Some("busy"), "{outcome:?}");
    let told = start.elapsed();
    let vote = ana.sends(json!({"type": "ask", "text": "Una domanda che non si può scrivere?"}));
    let (outcome, _) = vote.outcome().await;
    assert_eq!(outcome.code(), Some("busy"), "nobody is promised anything: {outcome:?}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    for screen in [&mayor, &overlay, &ana] {
        assert_eq!(screen.board().drawn(), None, "{}: it stays clear", screen.name);
    }
    // Who comes now does not get to see it either.
    let late = evening.overlay("late", &manner).await.expect("an overlay");
    assert_eq!(late.board().drawn(), None, "a screen that comes later");

    limit(&pid, "fsize", "unlimited:unlimited");
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
    is_clean(&evening, &server, &[]).await;
    println!(
        "full disk: screens clear after {} ms, the desk told after {} ms, healed in {} ms",
        slowest.as_millis(),
        told.as_millis(),
        healed.as_millis()
    );
}
