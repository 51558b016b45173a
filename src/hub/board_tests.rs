//! A crowd at the door of one room: how often it is encoded for, and what it must not see.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, advance, timeout};

use super::super::fanout::{Joined, SeatId};
use super::super::ring::Taken;
use super::super::room::tests::{ANA, MOD, ask, evening, is_done, journal, noon, person, wish};
use super::super::seat::{AGAIN_MS, COME_BACK_MS, come_back};
use super::super::{Ear, Handle, Hub, PRIVATE, RING_FRAMES, Visitor};
use crate::qa::event::Reason;
use crate::qa::{As, Audience, Command, QuestionId, Rev};
use crate::wire::{Close, Frame};

/// A question of somebody else each time, and published.
async fn publishes(room: &Handle, n: u128) -> QuestionId {
    assert!(is_done(&room.send(ask(10_000 + n, 20_000 + n)).await));
    let question = QuestionId::from_u128(20_000 + n);
    let approve = Command::Approve { question, rev: Rev(1), name: true };
    assert!(is_done(&room.send(wish(MOD, As::Staff, 30_000 + n, approve)).await));
    question
}

async fn joins(room: &Handle, n: u128) -> Joined {
    let (private, _) = mpsc::channel(PRIVATE);
    let visitor = Visitor {
        audience: Audience::Public,
        person: Some(person(50_000 + n)),
        grant: None,
        is_citizen: true,
        screen: None,
        after: None,
        private: Ear::Queue(private),
    };
    room.join(visitor).await.expect("a seat")
}

#[tokio::test(start_paused = true)]
async fn a_thousand_join_while_the_session_changes_and_a_second_has_one_snapshot() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let (mut snapshots, start) = (Vec::<Frame>::new(), Instant::now());
    for n in 0..1_000 {
        if n % 10 == 0 {
            publishes(&room, n).await;
        }
        let joined = joins(&room, n).await;
        let own = |kind: &str| format!("{{\"type\":\"{kind}\"");
        let snapshot = joined.frames.iter().find(|f| f.as_str().starts_with(&own("snapshot")));
        let snapshot = snapshot.expect("a newcomer gets one");
        // What lies in the same memory was encoded once.
        let at = |frame: &Frame| frame.on_socket().as_ptr();
        if !snapshots.iter().any(|known| at(known) == at(snapshot)) {
            snapshots.push(snapshot.clone());
        }
        let last = joined.frames.iter().filter(|f| f.as_str().starts_with(&own("update"))).count();
        let known = snapshot.as_str().matches("\"asked_at\"").count() + last;
        assert!(known > n as usize / 10 || known >= 40, "{n}: {known} questions: some are missing");
        advance(Duration::from_millis(5)).await;
    }
    let seconds = start.elapsed().as_secs() as usize;
    assert!((5..20).contains(&seconds), "{seconds} s");
    assert!(snapshots.len() <= seconds + 1, "{} snapshots in {seconds} s", snapshots.len());
}

#[tokio::test(start_paused = true)]
async fn a_crowd_at_the_board_asks_the_room_once_a_second() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let (mut boards, start) = (Vec::new(), Instant::now());
    for n in 0..100 {
        publishes(&room, n).await;
        let crowd = (0..20).map(|_| room.board());
        for board in futures_util::future::join_all(crowd).await {
            let board = board.expect("a board");
            if !boards.iter().any(|known| Arc::ptr_eq(known, &board)) {
                boards.push(board);
            }
        }
        advance(Duration::from_millis(50)).await;
    }
    let seconds = start.elapsed().as_secs() as usize;
    assert!((5..20).contains(&seconds), "{seconds} s");
    assert!((4..=seconds + 1).contains(&boards.len()), "{} in {seconds} s", boards.len());
    // Nothing moves: the same board, with what was made of it.
    let last = room.board().await.expect("a board");
    last.packed();
    for _ in 0..3 {
        advance(Duration::from_millis(1_500)).await;
        room.board().await.expect("a board");
    }
    let quiet = room.board().await.expect("a board");
    advance(Duration::from_secs(60)).await;
    assert!(Arc::ptr_eq(&quiet, &room.board().await.expect("a board")));
}

#[tokio::test(start_paused = true)]
async fn what_the_desk_takes_back_leaves_the_board_at_once() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let question = publishes(&room, 1).await;
    let shows = async |room: &Handle| {
        let board = room.board().await.expect("a board");
        std::str::from_utf8(board.text()).expect("text").contains(&question.to_string())
    };
    assert!(shows(&room).await);
    let dismiss =
        Command::Dismiss { question, rev: Rev(2), reason: Reason::OffTopic, of: None, note: None };
    assert!(is_done(&room.send(wish(MOD, As::Staff, 40_001, dismiss)).await));
    assert!(!shows(&room).await, "not a moment later");
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_off_air_is_off_the_board_at_once() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let question = publishes(&room, 1).await;
    let does = async |id, command| room.send(wish(MOD, As::Staff, id, command)).await;
    let on_air = Command::OnAir { question, rev: Rev(2), stage: Rev(0) };
    assert!(is_done(&does(40_003, on_air).await));
    let shows = async || {
        let board = room.board().await.expect("a board");
        let text = std::str::from_utf8(board.text()).expect("text");
        text.contains(&format!("\"on_air\":{{\"id\":\"{question}\""))
    };
    assert!(shows().await);
    assert!(is_done(&does(40_004, Command::OffAir).await));
    assert!(!shows().await, "not a moment later");
}

#[tokio::test(start_paused = true)]
async fn votes_reach_the_board_also_while_nobody_has_a_seat() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let question = publishes(&room, 1).await;
    let before = room.board().await.expect("a board");
    assert!(std::str::from_utf8(before.text()).expect("text").contains("\"votes\":0"));
    let vote = Command::Vote { question, on: true };
    assert!(is_done(&room.send(wish(ANA, As::Citizen, 40_002, vote)).await));
    advance(Duration::from_secs(1)).await;
    let after = room.board().await.expect("a board");
    assert!(std::str::from_utf8(after.text()).expect("text").contains("\"votes\":1"));
}

#[test]
fn ten_thousand_who_are_sent_away_come_back_evenly() {
    let closes = [
        (Close::Drain, COME_BACK_MS),
        (Close::OutcomeUnknown, AGAIN_MS),
        (Close::TooSlow, AGAIN_MS),
    ];
    for (close, spread) in closes {
        let mut parts = [0; 50];
        for number in 0..10_000 {
            let after = come_back(close, SeatId::of(number));
            assert!(after < spread);
            parts[(after * 50 / spread) as usize] += 1;
        }
        assert!(parts.iter().all(|part| (180..=220).contains(part)), "{close:?} {parts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_long_for_a_board_that_does_not_come() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    // Somebody else asks for it, and has no answer.
    let turn = room.live().board.turn.lock().await;
    let waited = timeout(Duration::from_secs(10), room.board()).await;
    assert!(waited.expect("nobody waits for longer").is_none());
    drop(turn);
    assert!(room.board().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn who_leaves_while_the_inbox_is_full_is_gone_all_the_same() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let joined = joins(&room, 1).await;
    // Nothing is waited for between these, so the room takes none of them.
    (0..10_000).for_each(|_| room.leave(SeatId::of(u64::MAX)));
    room.leave(joined.seat);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let next = joins(&room, 2).await;
    let tally = next.frames.last().expect("the counts come last").as_str();
    assert!(tally.contains("\"present\":1"), "{tally}");
}

#[tokio::test(start_paused = true)]
async fn counts_of_what_a_newcomer_is_shown_are_told_in_turns_while_everything_moves() {
    const ALL: u128 = 120;
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let mut questions = Vec::new();
    for n in 0..ALL {
        questions.push(publishes(&room, n).await);
    }
    let (mut next, mut told) = (joins(&room, 1).await.next, BTreeSet::new());
    for round in 0..2 {
        for (n, question) in (0..).zip(&questions) {
            // The newest have fewer votes than any other.
            for voter in [1, 2].into_iter().take(if n < ALL - 20 { 2 } else { 1 }) {
                let (voter, id) =
                    (60_000 + 10 * round + voter, 70_000 + round * 1_000 + 2 * n + voter);
                let vote = Command::Vote { question: *question, on: true };
                assert!(is_done(&room.send(wish(voter, As::Citizen, id, vote)).await));
            }
        }
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let Taken::Frames(frames, end) = room.live().after(Audience::Public, next) else {
            panic!("so little is still there")
        };
        next = end;
        told.extend(frames.iter().flat_map(counted));
    }
    let newcomer = joins(&room, 2).await;
    let shown = counted(newcomer.frames.last().expect("the counts come last"));
    assert!(shown.len() > 50, "more than one tally holds: {}", shown.len());
    assert!(shown.is_subset(&told), "{:?} stood still", shown.difference(&told));
}

/// The questions whose counts a tally tells.
fn counted(frame: &Frame) -> BTreeSet<String> {
    let frame: serde_json::Value = serde_json::from_str(frame.as_str()).expect("JSON");
    frame["votes"].as_object().into_iter().flatten().map(|(id, _)| id.clone()).collect()
}
