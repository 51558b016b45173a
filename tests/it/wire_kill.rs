//! The plug, over the wire: the server is killed in the middle of five hundred questions and five
//! thousand votes of fifty clients. What had its `done` is there, once, and the clients go on by
//! themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use loadtest::chance::Chance;
use loadtest::visitor::{Manner, Outcome, Visitor, Way};
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Server, id, until};
use crate::wire_ground::{evening, is_clean, is_clean_among_strangers, seeds};

const PEOPLE: usize = 50;
const ASKS: usize = 10;
const VOTES: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: ten times fifty clients, a minute"]
async fn what_was_done_before_the_server_was_killed_is_there_once() {
    for seed in seeds(10) {
        killed(seed, Way::Socket).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: three times fifty clients, twenty seconds"]
async fn the_same_over_server_sent_events() {
    for seed in seeds(3) {
        killed(seed, Way::Events).await;
    }
}

async fn killed(seed: u64, way: Way) {
    let mut server = Server::start().await;
    let nobody = json!({"slow_s": null, "open_questions": null, "questions": null});
    let evening = evening(&server, "spina", nobody).await;
    let manner = Manner { way, ..Manner::hurried(seed) };
    let desk = evening.moderator("moderator", &Manner::hurried(seed)).await.expect("a desk");
    desk.must(json!({"type": "open"})).await.expect("open");
    let mut public = Vec::new();
    for number in 0..VOTES {
        let text = format!("Domanda numero {number} dalla sala?");
        let ask = json!({"type": "ask", "text": text, "channel": "hall"});
        public.push(desk.must(ask).await.expect("entered"));
    }
    let public = Arc::new(public);
    let (answered, mut crowd) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
    for number in 0..PEOPLE {
        let who = evening.citizen(&format!("citizen-{number}"), &manner).await.expect("let in");
        let (public, answered) = (Arc::clone(&public), Arc::clone(&answered));
        crowd.spawn(asks_and_votes(who, number, seed, public, answered));
    }
    // Twice in the middle, at moments that the seed chooses.
    let all = PEOPLE * (ASKS + VOTES);
    let mut chance = Chance::of(seed, "the plug");
    let (first, then) = (all / 10 + chance.below(all / 3), all / 2 + chance.below(all / 3));
    for moment in [first, then] {
        until("some answers", async || answered.load(Ordering::Relaxed) >= moment).await;
        server.kill();
        let unanswered = all - answered.load(Ordering::Relaxed);
        assert!(unanswered > 100, "seed {seed}: killed when all was over");
        tokio::time::sleep(chance.part_of(Duration::from_millis(300))).await;
        server.comes_back().await;
    }
    let mut people = Vec::new();
    while let Some(done) = crowd.join_next().await {
        people.push(done.expect("nobody panics"));
    }
    for person in &people {
        person.sees(|board| board.ready && board.lines >= 2).await.expect("they came back");
    }
    desk.sees(|board| board.ready).await.expect("the desk came back");
    let report = is_clean(&evening, &server, &[]).await;
    let checked = &report.checked;
    let wanted = PEOPLE * (ASKS + VOTES);
    assert!(checked.done >= wanted, "{report}");
    // The desk's own: opening, and what it entered.
    let again = checked.sent - wanted - VOTES - 1;
    assert!(again > 0, "seed {seed}: the plug hit nothing");
    let votes: u64 = {
        let desk = evening.desk().await.expect("the desk's list");
        let questions = desk["questions"].as_array().expect("a list");
        assert_eq!(questions.len(), VOTES + PEOPLE * ASKS, "seed {seed}: questions");
        questions.iter().filter_map(|question| question["votes"].as_u64()).sum()
    };
    assert_eq!(votes as usize, PEOPLE * VOTES, "seed {seed}: votes");
    #[expect(clippy::print_stdout, reason = "the figures of the run")]
    {
        println!(
            "{way:?}, seed {seed}: 2 kills, {} done, {again} sent again, 0 lost, 0 twice",
            checked.done
        );
    }
}

/// One of the fifty: everything in an order of their own, and each until it is done.
async fn asks_and_votes(
    who: Visitor,
    number: usize,
    seed: u64,
    public: Arc<Vec<String>>,
    answered: Arc<AtomicUsize>,
) -> Visitor {
    let mut chance = Chance::of(seed, &who.name);
    let mut wishes: Vec<_> = (0..ASKS)
        .map(|n| json!({"type": "ask", "text": format!("Che ne è del punto {number}/{n}?")}))
        .chain(public.iter().map(|id| json!({"type": "vote", "question": id, "on": true})))
        .collect();
    for at in (1..wishes.len()).rev() {
        wishes.swap(at, chance.below(at + 1));
    }
    let sent: Vec<_> = wishes.into_iter().map(|wish| who.sends(wish)).collect();
    for sent in sent {
        let id = sent.id.clone();
        let (outcome, _) = sent.outcome().await;
        assert!(matches!(outcome, Outcome::Done(_)), "{id} came to {outcome:?}");
        answered.fetch_add(1, Ordering::Relaxed);
    }
    who
}

/// Who knows what has happened in the room while the server was away: the wrong question on the
/// wall is worse than none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_stage_and_overlay_stay_clear_until_somebody_confirms() {
    let mut server = Server::start().await;
    let evening = evening(&server, "dubbio", json!({"slow_s": null})).await;
    let manner = Manner::hurried(7);
    let desk = evening.moderator("desk", &manner).await.expect("a desk");
    desk.must(json!({"type": "open"})).await.expect("open");
    let mayor = evening.official("mayor", &manner).await.expect("a stage");
    let overlay = evening.overlay("overlay", &manner).await.expect("an overlay");
    let ana = evening.citizen("ana", &manner).await.expect("a page");
    let all = [&desk, &mayor, &overlay, &ana];
    let asked = json!({"type": "ask", "text": "Che cosa resta sullo schermo?", "channel": "hall"});
    let question = desk.must(asked).await.expect("entered");
    let air = async |who: &Visitor| {
        let (rev, stage) = (who.board().rev(&question), who.board().stage);
        let show = json!({"type": "on_air", "question": &question, "rev": rev, "stage": stage});
        who.does(show).await
    };
    let mut lines = 1;
    let back = async |lines: u32| {
        for who in all {
            who.sees(|board| board.ready && board.lines > lines).await.expect("they come back");
        }
    };
    let drawn = async |who: &[&Visitor], what: Option<&String>| {
        for who in who {
            let sees = who.sees(|board| board.drawn() == what.map(String::as_str)).await;
            sees.unwrap_or_else(|_| panic!("{} draws {what:?}", who.name));
        }
    };
    desk.sees(|board| board.state(&question).is_some()).await.expect("entered");
    assert!(air(&desk).await.is_done());
    drawn(&all, Some(&question)).await;
    assert_eq!(air(&desk).await.code(), Some("wrong_state"), "there is nothing to confirm");

    // Stopped in order, it comes back with its picture.
    server.signal("TERM");
    assert!(server.ends().await.0.success());
    server.comes_back().await;
    back(lines).await;
    lines += 1;
    drawn(&all, Some(&question)).await;
    assert_eq!(air(&desk).await.code(), Some("wrong_state"), "there is nothing to confirm");

    for who in [&desk, &mayor] {
        server.kill();
        server.comes_back().await;
        back(lines).await;
        lines += 1;
        drawn(&[&mayor, &overlay], None).await;
        drawn(&[&desk, &ana], Some(&question)).await;
        for who in [&desk, &mayor] {
            assert_eq!(who.board().unconfirmed.as_ref(), Some(&question), "{}", who.name);
        }
        // Nor does anything else bring it back.
        for show in [false, true] {
            let show = json!({"type": "overlay", "id": id(), "show": show});
            let path = "/api/v1/sessions/dubbio/commands?as=desk";
            server.operator().asks("POST", path).json(&show).sent().await.must(200);
        }
        let late = evening.overlay("late", &manner).await.expect("an overlay");
        drawn(&[&mayor, &overlay, &late], None).await;
        assert!(!late.board().questions.contains_key(&question));
        assert!(air(who).await.is_done(), "{} confirms", who.name);
        drawn(&[&desk, &mayor, &overlay, &late, &ana], Some(&question)).await;
        for who in [&desk, &mayor] {
            who.sees(|board| board.unconfirmed.is_none()).await.expect("it is settled");
        }
        assert_eq!(air(who).await.code(), Some("wrong_state"), "once is enough");
    }

    // Whoever decides otherwise has decided.
    server.kill();
    server.comes_back().await;
    back(lines).await;
    // Nor does a restart in order settle it.
    lines += 1;
    server.signal("TERM");
    assert!(server.ends().await.0.success());
    server.comes_back().await;
    back(lines).await;
    let late = evening.official("deputy", &manner).await.expect("a stage");
    assert_eq!(late.board().unconfirmed.as_ref(), Some(&question));
    drawn(&[&mayor, &overlay, &late], None).await;
    assert!(mayor.does(json!({"type": "off_air"})).await.is_done());
    drawn(&all, None).await;
    desk.sees(|board| board.unconfirmed.is_none()).await.expect("it is settled");
    assert!(air(&desk).await.is_done());
    drawn(&all, Some(&question)).await;
    is_clean_among_strangers(&evening, &server).await;
}
