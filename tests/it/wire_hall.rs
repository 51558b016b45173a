//! A hall: five thousand phones behind one address, with default settings; and three moderators
//! behind the same address who notice nothing.

use std::sync::Arc;
use std::time::Duration;

use loadtest::chance::Chance;
use loadtest::host::Evening;
use loadtest::percentiles::Percentiles;
use loadtest::visitor::{Manner, Visitor};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::support::Server;
use crate::wire_ground::{evening, is_clean, many_connections, resident};

/// Who come to the door at the same moment.
const AT_THE_DOOR: usize = 100;

/// What they may vote on.
const PUBLIC: usize = 30;

/// How often each moderator does something.
const EVERY: Duration = Duration::from_secs(1);

/// Moderators notice. A second is what a person accepts; this is an order of magnitude above, since
/// the machine may be busy with others. On a quiet one: 780 ms in a debug build, 323 ms released. On one
/// that is too slow for it, so that the crowd waits as long, three times as much.
const NOTICED: Duration = Duration::from_secs(10);

/// In which time each of them asks and votes.
const BUSY: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: five thousand clients, a minute and a half"]
async fn five_thousand_phones_behind_one_address_and_nobody_notices() {
    let phones = std::env::var("PHONES").ok().and_then(|n| n.parse().ok()).unwrap_or(5_000);
    many_connections(phones as u64 * 2 + 1_000);
    let server = Server::start().await;
    let evening = evening(&server, "teatro", json!({})).await;
    let manner = Manner::default();
    let mut desk = Vec::new();
    for number in 0..3 {
        desk.push(evening.moderator(&format!("moderator-{number}"), &manner).await.expect("in"));
    }
    desk[0].must(json!({"type": "open"})).await.expect("open");
    let mut public = Vec::new();
    for number in 0..PUBLIC {
        let text = format!("Domanda {number} dalla sala?");
        let ask = json!({"type": "ask", "text": text, "channel": "hall"});
        public.push(desk[0].must(ask).await.expect("entered"));
    }
    let before = resident(server.pid());
    let over = CancellationToken::new();
    let moderators: Vec<_> =
        desk.into_iter().map(|one| tokio::spawn(works(one, over.clone()))).collect();

    let start = Instant::now();
    let crowd = come_in(&evening, phones).await;
    let joined = start.elapsed();
    assert!(joined < Duration::from_secs(300), "they took {joined:?} to come in");
    let memory = resident(server.pid()).saturating_sub(before) / phones as u64;

    let public = Arc::new(public);
    let mut acts = JoinSet::new();
    let start = Instant::now();
    for (number, phone) in crowd.into_iter().enumerate() {
        let public = Arc::clone(&public);
        acts.spawn(asks_and_votes(phone, number, public, start));
    }
    let mut took = Percentiles::default();
    let mut crowd = Vec::with_capacity(phones);
    while let Some(acted) = acts.join_next().await {
        let (phone, both) = acted.expect("nobody panics");
        both.into_iter().for_each(|one| took.add(one));
        crowd.push(phone);
    }
    let acted = start.elapsed();
    let mut staff = Percentiles::default();
    over.cancel();
    for moderator in moderators {
        let (one, all) = moderator.await.expect("no moderator is refused anything");
        all.into_iter().for_each(|took| staff.add(took));
        crowd.push(one);
    }
    let (phones_took, staff_took) = (took.figures(), staff.figures());
    println!(
        "{phones} phones came in after {:.1} s, asked and voted in {:.1} s",
        joined.as_secs_f64(),
        acted.as_secs_f64()
    );
    println!("phones  {phones_took}\nstaff   {staff_took}\n{} KiB a phone", memory / 1024);
    assert!(staff_took.count >= 30, "the moderators hardly worked");
    // Where the machine is too slow for five thousand clients beside the server, all wait; they less.
    let (late, bound) = (staff.at(0.99), NOTICED.max(2 * took.at(0.99)).min(3 * NOTICED));
    assert!(late < bound, "the moderators waited {late:?}, of {bound:?}");
    let (median, crowd_waits) = (staff.at(0.5), took.at(0.5).max(NOTICED / 10));
    assert!(median < crowd_waits, "moderators wait {median:?}, the crowd {crowd_waits:?}");
    let report = is_clean(&evening, &server, &[]).await;
    assert!(report.checked.done >= phones * 2, "{report}");
    assert_eq!(report.checked.refused, 0, "{report}");
    let ready = crowd.iter().filter(|phone| phone.look(|board| board.ready && board.lines == 1));
    assert_eq!(ready.count(), phones + 3, "somebody was sent away");
}

/// Everybody comes in, some at a time, as through a door.
async fn come_in(evening: &Evening, phones: usize) -> Vec<Visitor> {
    let door = Arc::new(Semaphore::new(AT_THE_DOOR));
    let mut coming = JoinSet::new();
    for number in 0..phones {
        let (door, evening) = (Arc::clone(&door), evening.clone());
        coming.spawn(async move {
            let _place = door.acquire().await.expect("it stays open");
            let phone = evening.citizen(&format!("phone-{number}"), &Manner::default()).await;
            phone.unwrap_or_else(|error| panic!("phone {number} is not let in: {error:#}"))
        });
    }
    let mut crowd = Vec::with_capacity(phones);
    while let Some(phone) = coming.join_next().await {
        crowd.push(phone.expect("everybody is let in"));
    }
    crowd
}

/// One phone: a question and a vote, at moments of its own; measured from those.
async fn asks_and_votes(
    phone: Visitor,
    number: usize,
    public: Arc<Vec<String>>,
    start: Instant,
) -> (Visitor, [Duration; 2]) {
    let mut chance = Chance::of(1, &phone.name);
    let ask = json!({"type": "ask", "text": format!("Una domanda dal posto {number}?")});
    let question = chance.pick(&public).expect("there are some");
    let vote = json!({"type": "vote", "question": question, "on": true});
    let moments = [chance.part_of(BUSY), chance.part_of(BUSY)];
    let does = async |command: serde_json::Value, after: Duration| {
        sleep_until(start + after).await;
        let what = command.to_string();
        let (outcome, at) = phone.sends(command).outcome().await;
        assert!(outcome.is_done(), "{what} came to {outcome:?}");
        at.saturating_duration_since(start + after)
    };
    let (asked, voted) = tokio::join!(does(ask, moments[0]), does(vote, moments[1]));
    (phone, [asked, voted])
}

/// A moderator works all the time: enters a question every second, whether the one before has its
/// reply or not. Nothing may be refused.
async fn works(who: Visitor, over: CancellationToken) -> (Visitor, Vec<Duration>) {
    let mut under_way = Vec::new();
    let start = Instant::now();
    while !over.is_cancelled() {
        let turn = under_way.len() as u32;
        let moment = start + EVERY * turn;
        sleep_until(moment).await;
        let text = format!("{} al giro {turn}", who.name);
        let enter = json!({"type": "ask", "text": text, "channel": "phone"});
        under_way.push((moment, who.sends(enter)));
    }
    let mut took = Vec::new();
    for (moment, sent) in under_way {
        let (outcome, at) = sent.outcome().await;
        assert!(outcome.is_done(), "{}: {outcome:?}", who.name);
        took.push(at.saturating_duration_since(moment));
    }
    (who, took)
}
