//! When things are left out and come back, with made-up times; and what each switch does in a room.

use std::collections::BTreeMap;
use std::iter;
use std::time::Duration;

use serde_json::Value;

use super::super::room::tests::{ANA, MAX, MOD, ask, evening, is_done, journal, noon, wish};
use super::super::{Handle, Hub, Listener, RING_FRAMES, Visit};
use super::steps::{Steps, Strain};
use super::watch::Seen;
use super::*;
use crate::qa::{As, Audience, Caller, Command, Language, PersonId, QuestionId, Rev};
use crate::wire::{COMMANDS, Frame, SeatRole, message};

const CALM: Strain = Strain { up: 0, down: 0 };
/// Neither too much nor calm.
const FULL: Strain = Strain { up: 0, down: 5 };
const TOO_MUCH: Strain = Strain { up: 5, down: 5 };

/// The level after each look, two of them a second.
fn levels(looks: impl IntoIterator<Item = (Strain, u32)>) -> Vec<usize> {
    let strains =
        looks.into_iter().flat_map(|(strain, many)| iter::repeat_n(strain, many as usize));
    let mut steps = Steps::default();
    let at = |n: usize| Duration::from_millis(500 * n as u64);
    strains.enumerate().map(|(n, strain)| steps.step(at(n), strain)).collect()
}

#[test]
fn one_thing_after_the_other_is_left_out_and_comes_back() {
    assert_eq!(levels([(TOO_MUCH, 15)]), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5, 5]);
    // Twice ten looks of calm are ten seconds: two come back.
    let back = levels([(TOO_MUCH, 9), (CALM, 21)]);
    assert_eq!((back[8], back[18], back[19], back[28], back[29]), (4, 4, 3, 3, 2));
    assert_eq!(levels([(TOO_MUCH, 12), (CALM, 60)]).last(), Some(&0), "all of it");
}

#[test]
fn a_moment_of_too_much_leaves_nothing_out() {
    let moments = (0..20).flat_map(|_| [(TOO_MUCH, 2), (CALM, 1)]);
    assert!(levels(moments).iter().all(|level| *level == 0));
}

#[test]
fn what_is_neither_too_much_nor_calm_changes_nothing() {
    let held = levels([(TOO_MUCH, 5), (FULL, 100)]);
    assert_eq!((held[4], held[104]), (2, 2));
    // Calm that is not lasting is none.
    let shaken = (0..20).flat_map(|_| [(CALM, 9), (FULL, 1)]);
    let shaken = levels(iter::once((TOO_MUCH, 5)).chain(shaken));
    assert_eq!(shaken.last(), Some(&2));
}

/// A runtime that stood still for long looks late, and only once.
#[test]
fn after_a_pause_it_goes_on_by_one() {
    let mut steps = Steps::default();
    assert_eq!(steps.step(Duration::from_secs(1), TOO_MUCH), 0);
    assert_eq!(steps.step(Duration::from_secs(60), TOO_MUCH), 1);
    assert_eq!(steps.step(Duration::from_secs(600), CALM), 1);
    assert_eq!(steps.step(Duration::from_secs(6_000), CALM), 0);
}

#[test]
fn want_of_time_may_cost_everything_and_want_of_memory_seats_first() {
    let ms = Duration::from_millis;
    let bounds = Bounds { lag: ms(100), wait: ms(1_000), memory: 1_000 };
    let rows = [
        ((0, 0, 0), (0, 0)),
        ((50, 500, 750), (0, 0)),
        ((51, 0, 0), (0, 5)),
        ((0, 501, 0), (0, 5)),
        ((0, 0, 751), (0, 3)),
        ((100, 1_000, 800), (0, 5)),
        ((101, 0, 0), (5, 5)),
        ((0, 1_001, 0), (5, 5)),
        ((0, 0, 801), (3, 3)),
        ((0, 0, 901), (3, 5)),
        ((0, 0, 951), (5, 5)),
    ];
    for ((lag, wait, memory), (up, down)) in rows {
        let seen = Seen { lag: ms(lag), wait: ms(wait), memory };
        assert_eq!(bounds.strain(&seen), Strain { up, down }, "{seen:?}");
    }
}

#[test]
fn one_look_that_was_late_is_none() {
    let ms = Duration::from_millis;
    let looks = [(10, 0), (900, 0), (20, 700), (300, 600)];
    let looks = looks.map(|(lag, wait)| Seen { lag: ms(lag), wait: ms(wait), memory: 7 });
    let both = |n: usize| looks[n].since(looks[n - 1]);
    let said = [1, 2, 3].map(|n| (both(n).lag, both(n).wait, both(n).memory));
    assert_eq!(said, [(ms(10), ms(0), 7), (ms(20), ms(0), 7), (ms(20), ms(600), 7)]);
}

#[test]
fn a_queue_stands_where_even_the_luckiest_waits() {
    let ms = Duration::from_millis;
    let mut waits = Waits::default();
    assert_eq!(waits.tell(None), ms(0));
    [900, 3, 700].map(ms).into_iter().for_each(|waited| waits.took(waited));
    assert_eq!(waits.tell(None), ms(3));
    [900, 700].map(ms).into_iter().for_each(|waited| waits.took(waited));
    assert_eq!(waits.tell(None), ms(700));
    assert_eq!(waits.tell(None), ms(0), "said once");
    // A slow disk, entry after entry; then nobody wants anything of it.
    assert_eq!(waits.tell(Some(ms(200))), ms(200));
    waits.landed(ms(1_400));
    assert_eq!(waits.tell(Some(ms(10))), ms(1_400));
    assert_eq!(waits.tell(Some(ms(210))), ms(1_400), "the next one is no quicker yet");
    waits.landed(ms(20));
    assert_eq!(waits.tell(None), ms(20));
    assert_eq!(waits.tell(None), ms(0));
}

/// Which commands of a citizen are refused at each level.
#[test]
fn votes_are_left_out_before_questions_and_taking_back_never() {
    let load = Load::default();
    let id = |n: u128| CommandId::from_u128(n);
    let refused = |level| {
        load.switch(level);
        let no = COMMANDS.iter().filter(|(_, kind)| load.refuses(*kind, id(1)).is_some());
        no.map(|(word, _)| *word).collect::<Vec<_>>()
    };
    for level in 0..4 {
        assert_eq!(refused(level), [""; 0], "{level}");
    }
    assert_eq!(refused(4), ["vote"]);
    assert_eq!(refused(5), ["ask", "check", "edit", "vote", "report"]);
    assert_eq!(load.left_out(), ["presence", "tallies", "viewers", "votes", "questions"]);
    let counts = BTreeMap::from(load.counts());
    assert_eq!((counts["votes"], counts["questions"], counts["viewers"]), (2, 4, 0));
    // They come back spread over five seconds, and none before three.
    let again = |n| load.refuses(Kind::Vote, id(n)).and_then(|no| no.retry_after_ms());
    assert_eq!((again(0xf00), again(0xf80), again(0xfff)), (Some(3_000), Some(5_509), Some(8_000)));
}

/// Somebody who watches a room.
struct Watches(Listener);

impl Watches {
    async fn the(room: &Handle, audience: Audience, who: u128, acts: As) -> Self {
        let caller = Some(Caller { person: PersonId::from_u128(who), acts });
        let person = Some(PersonId::from_u128(who));
        let sign = room.sign();
        let session = sign.view.as_ref().expect("a session");
        let role = Some(SeatRole::Citizen);
        let welcome = message::welcome(person, role, session, noon(), None);
        let visit = Visit {
            caller,
            audience,
            grant: None,
            after: None,
            language: Language::Italian,
            welcome,
        };
        Self(Listener::join(room.clone(), visit).await.expect("a seat"))
    }

    /// The next tally: its votes, and how many are present.
    async fn tally(&mut self) -> (u64, u64) {
        loop {
            let frames = self.0.next().await.expect("it goes on");
            let tallies = frames.iter().map(read).filter(|frame| frame["type"] == "tally");
            if let Some(last) = tallies.last() {
                let votes = last["votes"].as_object().into_iter().flatten();
                let votes = votes.filter_map(|(_, count)| count.as_u64()).sum();
                return (votes, last["present"].as_u64().expect("a number"));
            }
        }
    }
}

fn read(frame: &Frame) -> Value {
    serde_json::from_str(frame.as_str()).expect("JSON")
}

/// Votes, and says after how long the public and the desk knew.
async fn told_after(
    room: &Handle,
    (id, on): (u128, bool),
    public: &mut Watches,
    desk: &mut Watches,
) -> [Duration; 2] {
    let question = QuestionId::from_u128(500);
    let vote = Command::Vote { question, on };
    let began = tokio::time::Instant::now();
    assert!(is_done(&room.send(wish(MAX, As::Citizen, id, vote)).await));
    let knows = async |seat: &mut Watches| {
        while seat.tally().await.0 != u64::from(on) {}
        began.elapsed()
    };
    let (public, desk) = tokio::join!(knows(public), knows(desk));
    [public, desk]
}

#[tokio::test(start_paused = true)]
async fn the_number_present_stays_and_the_public_hears_counts_later_and_the_desk_as_ever() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    assert!(is_done(&room.send(ask(ANA, 500)).await));
    let question = QuestionId::from_u128(500);
    let approve = Command::Approve { question, rev: Rev(1), name: true };
    assert!(is_done(&room.send(wish(MOD, As::Staff, 501, approve)).await));
    let mut ana = Watches::the(&room, Audience::Public, ANA, As::Citizen).await;
    let mut desk = Watches::the(&room, Audience::Desk, MOD, As::Staff).await;
    assert_eq!(ana.tally().await, (0, 1));
    let second = Duration::from_millis(1_300);
    let [public, quick] = told_after(&room, (502, true), &mut ana, &mut desk).await;
    assert!(public <= second && quick <= second / 2, "{public:?} {quick:?}");

    hub.load().switch(1);
    let mut max = Watches::the(&room, Audience::Public, MAX, As::Citizen).await;
    assert_eq!(max.tally().await, (1, 1), "as it was told last");
    let [public, _] = told_after(&room, (503, false), &mut ana, &mut desk).await;
    assert!(public <= second, "{public:?}: only the number present is left out");

    hub.load().switch(2);
    tokio::time::sleep(second).await;
    let [public, quick] = told_after(&room, (504, true), &mut ana, &mut desk).await;
    assert!(public > 2 * second && public <= Duration::from_millis(5_300), "{public:?}");
    assert!(quick <= second / 2, "{quick:?}: the desk");

    hub.load().switch(0);
    let [public, _] = told_after(&room, (505, false), &mut ana, &mut desk).await;
    assert!(public <= second, "{public:?}");
    assert_eq!(max.tally().await.1, 2, "two are present, and it is told again");
    let counts = BTreeMap::from(hub.load().counts());
    assert_eq!(counts["tallies"], 1);
    assert!(counts["presence"] >= 2, "{counts:?}");
    hub.stop().await;
}

/// At the highest level staff goes on as if nothing were.
#[tokio::test(start_paused = true)]
async fn what_staff_sends_is_never_looked_at() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    hub.load().switch(Shed::ALL.len());
    for (word, _) in COMMANDS {
        let said = format!(r#"{{"type": "{word}", "id": "01J00000000000000000000000"}}"#);
        assert_eq!(room.leaves_out(said.as_bytes(), As::Staff), None, "{word}");
    }
    let vote = br#"{"type": "vote", "id": "01J00000000000000000000000"}"#;
    assert!(room.leaves_out(vote, As::Citizen).is_some());
    for odd in [&b"{"[..], b"[]", br#"{"type": "vote"}"#, br#"{"type": "dance", "id": 1}"#] {
        assert_eq!(room.leaves_out(odd, As::Citizen), None, "decoding says what is wrong with it");
    }
    hub.stop().await;
}
