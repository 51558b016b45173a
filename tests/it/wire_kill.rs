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

use crate::support::{Server, until};
use crate::wire_ground::{evening, is_clean, seeds};

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
