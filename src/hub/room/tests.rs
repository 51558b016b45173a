//! Stories of one room, on the memory journal.

use std::sync::Arc;

use super::super::ring::Taken;
use super::super::{Hub, RING_FRAMES};
use super::*;
use crate::hub::handle::Asker;
use crate::journal::{Keys, Memory};
use crate::qa::command::Asked as Text;
use crate::qa::event::{About, Reason};
use crate::qa::policy::PolicyChange;
use crate::qa::session::{SessionState, State};
use crate::qa::{Policy, Rev};
use crate::wire::Frame;

pub(in crate::hub) fn noon() -> Timestamp {
    Timestamp(1_795_300_000_000)
}

pub(in crate::hub) fn journal() -> Journal {
    Journal::new(Arc::new(Memory::new()), Arc::new(Keys::in_memory()))
}

pub(in crate::hub) fn person(n: u128) -> PersonId {
    PersonId::from_u128(n)
}

pub(in crate::hub) const MOD: u128 = 1;
pub(in crate::hub) const MAX: u128 = 2;
pub(in crate::hub) const ANA: u128 = 3;

pub(in crate::hub) fn wish(by: u128, acts: As, id: u128, command: Command) -> Envelope {
    let caller = Caller { person: person(by), acts };
    Envelope { id: CommandId::from_u128(id), caller, command }
}

/// Each asks something else.
pub(in crate::hub) fn ask(by: u128, id: u128) -> Envelope {
    let text = format!("Quando riapre la biblioteca numero {id}?");
    let text = Text::screened(&text, &Policy::default());
    let command = Command::Ask { text, name: None, labels: vec![], review: false };
    wish(by, As::Citizen, id, command)
}

pub(in crate::hub) fn is_done(reply: &Reply) -> bool {
    matches!(reply, Reply::Done { .. })
}

pub(in crate::hub) async fn evening(hub: &Hub) -> Handle {
    evening_of(hub, 9).await
}

pub(in crate::hub) async fn evening_of(hub: &Hub, number: u128) -> Handle {
    let room = hub.session(SessionId::from_u128(number)).await.expect("a room");
    let about = About {
        title: "Una sera".to_owned(),
        language: "it".to_owned(),
        starts_at: None,
        officials: vec![],
        labels: vec![],
        stream: None,
    };
    let slug = "sera".parse().expect("a slug");
    let policy = Policy::default();
    let created = Event::SessionCreated { slug, about, rehearsal: true, policy: Box::new(policy) };
    let granted = |n| Event::RoleGranted {
        person: person(n),
        role: Role::Moderator,
        name: format!("m{n}"),
        invitation: None,
    };
    for (id, event) in [(101, created), (102, granted(MOD)), (103, granted(MAX))] {
        assert_eq!(room.record(CommandId::from_u128(id), vec![event]).await, Reply::done());
    }
    assert_eq!(room.send(wish(MOD, As::Staff, 104, Command::Open)).await, Reply::done());
    room
}

#[tokio::test]
async fn of_two_moderators_who_press_at_the_same_moment_one_is_told() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    assert!(is_done(&room.send(ask(ANA, 201)).await));
    let (question, rev) = (QuestionId::from_u128(201), Rev(1));
    let approve = Command::Approve { question, rev, name: true };
    let reason = Reason::OffTopic;
    let dismiss = Command::Dismiss { question, rev, reason, of: None, note: None };
    let (one, two) = tokio::join!(
        room.send(wish(MOD, As::Staff, 202, approve)),
        room.send(wish(MAX, As::Staff, 203, dismiss)),
    );
    assert_eq!(one, Reply::done());
    let Reply::Refused(refused) = two else { panic!("both were done") };
    assert_eq!(refused.refusal, Refusal::Stale { question: Some(question) });
    assert_eq!(refused.question.map(|question| question.state), Some(State::Approved));
    let state = room.look(move |session, _| session.question(question).map(|q| q.state)).await;
    assert_eq!(state, Some(Some(State::Approved)));
    hub.stop().await;
}

#[tokio::test]
async fn a_quota_is_not_outrun_by_asking_all_at_once() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let change = PolicyChange { slow_s: Some(None), ..PolicyChange::default() };
    let lift = Command::Policy { change: Box::new(change) };
    assert_eq!(room.send(wish(MOD, As::Staff, 301, lift)).await, Reply::done());
    let asks = (0..8).map(|n| room.send(ask(ANA, 400 + n)));
    let replies = futures_util::future::join_all(asks).await;
    let done = replies.iter().filter(|reply| is_done(reply)).count();
    assert_eq!(done, 3, "the policy lets three wait: {replies:?}");
    hub.stop().await;
}

#[tokio::test]
async fn after_a_restart_everything_is_there_and_counts_once() {
    let journal = journal();
    let hub = Hub::open(journal.clone(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    assert!(is_done(&room.send(ask(ANA, 201)).await));
    let before = room.look(|session, chain| (session.clone(), chain.head())).await;
    hub.stop().await;
    let hub = Hub::open(journal, noon, None, RING_FRAMES).await.expect("a house");
    let room = hub.session(SessionId::from_u128(9)).await.expect("a room");
    let after = room.look(|session, chain| (session.clone(), chain.head())).await;
    assert_eq!(before, after);
    assert!(is_done(&room.send(ask(ANA, 201)).await), "the same command again");
    let count = room.look(|session, _| session.questions().len()).await;
    assert_eq!(count, Some(1));
    hub.stop().await;
}

/// A page that hears of the end asks for the record at once, and is not to be refused.
#[tokio::test]
async fn who_is_told_finds_the_same_at_the_door() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let steps = [
        (Command::Close, SessionState::Closed),
        (Command::Open, SessionState::Open),
        (Command::Close, SessionState::Closed),
        (Command::End, SessionState::Ended),
    ];
    for (id, (command, state)) in (201..).zip(steps) {
        let told = room.live().end(Audience::Public);
        // Looks without a pause, as no shard does: what comes first of the two is seen first.
        let looks = std::thread::spawn({
            let room = room.clone();
            move || {
                while room.live().end(Audience::Public) == told {
                    std::hint::spin_loop();
                }
                room.sign().state
            }
        });
        assert!(is_done(&room.send(wish(MOD, As::Staff, id, command)).await));
        assert_eq!(looks.join().expect("no panic"), Some(state));
    }
    hub.stop().await;
}

#[tokio::test]
async fn what_was_sent_before_the_stop_is_still_finished() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let asked = tokio::spawn({
        let room = room.clone();
        async move { room.send(ask(ANA, 201)).await }
    });
    tokio::task::yield_now().await;
    hub.stop().await;
    let reply = asked.await.expect("no panic");
    assert!(is_done(&reply) || reply == Reply::busy(), "{reply:?}");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_sleeps_is_listed_and_its_receipts_are_known() {
    let journal = journal();
    let hub = Hub::open(journal.clone(), noon, None, RING_FRAMES).await.expect("a house");
    let (id, question) = (SessionId::from_u128(9), QuestionId::from_u128(201));
    let room = evening(&hub).await;
    let Reply::Done { receipt: Some(code) } = room.send(ask(ANA, 201)).await else {
        panic!("asked")
    };
    tokio::time::sleep(2 * IDLE).await;
    let leads = |hub: &Hub| hub.receipt(code).map(|slip| (slip.session, slip.question));
    let sleeps = |hub: &Hub| hub.shared.live.get(&id).is_some_and(|room| room.is_over());
    assert!(sleeps(&hub));
    let sign = hub.sign(id).await.expect("a sign");
    assert_eq!(sign.state, Some(SessionState::Open));
    assert!(sign.staff.contains_key(&person(MOD)) && !sign.staff.contains_key(&person(ANA)));
    assert_eq!(leads(&hub), Some((id, question)));
    assert_eq!(hub.receipt(Receipt([7; 10])), None);
    assert!(sleeps(&hub), "nobody was woken for it");

    let room = hub.session(id).await.expect("a room");
    assert_eq!(room.send(wish(MOD, As::Staff, 202, Command::Close)).await, Reply::done());
    tokio::time::sleep(2 * IDLE).await;
    assert!(sleeps(&hub));
    assert_eq!(hub.sign(id).await.expect("a sign").state, Some(SessionState::Closed));
    hub.stop().await;

    let hub = Hub::open(journal, noon, None, RING_FRAMES).await.expect("a house");
    hub.session(id).await.expect("looked into, as at each start");
    assert_eq!(leads(&hub), Some((id, question)));
    hub.stop().await;
}

/// Puts a vote in the urn, without ringing.
fn put(room: &Handle, id: u128, on: bool) -> Option<oneshot::Receiver<Reply>> {
    let (reply, outcome) = oneshot::channel();
    let command = Command::Vote { question: QuestionId::from_u128(201), on };
    let envelope = wish(MAX, As::Citizen, id, command);
    let vote = Wish { envelope, reply: Asker::Waits(reply), decided: 0, seen: None };
    room.urn.put(|| Some(Box::new(vote))).then_some(outcome)
}

/// A question that can be voted for.
async fn approved(room: &Handle) {
    assert!(is_done(&room.send(ask(ANA, 201)).await));
    let (question, rev) = (QuestionId::from_u128(201), Rev(1));
    let approve = Command::Approve { question, rev, name: true };
    assert_eq!(room.send(wish(MOD, As::Staff, 202, approve)).await, Reply::done());
}

/// The overlay forgets what it may not show any more, but not that it is to be cleared.
#[tokio::test]
async fn a_screen_that_is_late_is_cleared_as_the_others_are() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    approved(&room).await;
    let (question, stage) = (QuestionId::from_u128(201), Rev(0));
    let on_air = Command::OnAir { question, rev: Rev(2), stage };
    assert!(is_done(&room.send(wish(MOD, As::Staff, 203, on_air)).await));
    let seen = room.live().end(Audience::Overlay);
    assert!(is_done(&room.send(wish(MOD, As::Staff, 204, Command::OffAir)).await));
    let Taken::Frames(frames, _) = room.live().after(Audience::Overlay, seen) else {
        panic!("it is sent for a picture")
    };
    let frames: Vec<&str> = frames.iter().map(Frame::as_str).collect();
    assert!(frames.len() == 2 && frames[0].contains("hush"), "{frames:?}");
    assert_eq!(room.live().after(Audience::Overlay, seen - 1), Taken::FellOff, "its text is gone");
    hub.stop().await;
}

async fn voters(room: &Handle) -> Option<u32> {
    let voters =
        |session: &Session| session.question(QuestionId::from_u128(201))?.voters.len().into();
    room.look(move |session, _| voters(session)).await.flatten()
}

#[tokio::test]
async fn a_vote_in_the_urn_comes_before_what_was_sent_after_it() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    approved(&room).await;
    let on = put(&room, 301, true).expect("room for it");
    // The other way, which the room hears of at once; the urn's bell rings later.
    let off = Command::Vote { question: QuestionId::from_u128(201), on: false };
    assert_eq!(room.send(wish(MAX, As::Citizen, 302, off)).await, Reply::done());
    room.ring();
    assert_eq!(on.await, Ok(Reply::done()));
    assert_eq!(voters(&room).await, Some(0), "taken back");
    hub.stop().await;
}

#[tokio::test]
async fn what_is_in_the_urn_when_the_house_closes_is_counted_and_then_it_takes_no_more() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    approved(&room).await;
    let vote = put(&room, 301, true).expect("room for it");
    hub.stop().await;
    assert_eq!(vote.await, Ok(Reply::done()));
    assert!(put(&room, 302, false).is_none());
}

#[tokio::test]
async fn the_bell_is_enough() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    approved(&room).await;
    for (id, on) in [(301, true), (302, false), (303, true)] {
        let vote = put(&room, id, on).expect("room for it");
        room.ring();
        assert_eq!(vote.await, Ok(Reply::done()));
    }
    assert_eq!(voters(&room).await, Some(1));
    hub.stop().await;
}

#[tokio::test]
async fn staff_are_heard_in_the_midst_of_a_crowd() {
    let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let looks = |name: &'static str, then: Box<dyn FnOnce() + Send>| {
        let heard = Arc::clone(&heard);
        let look = move |_: &Session, _: &Chain, _: &view::Known| {
            heard.lock().expect("no panic").push(name);
            then();
        };
        Sent::from(ToRoom::Look(Box::new(look)))
    };
    let (desk, late) = (room.for_staff(), looks("desk", Box::new(|| ())));
    // The room has no turn meanwhile: this test does not wait.
    let comes = move || assert!(desk.way(As::Citizen).try_send(late).is_ok());
    assert!(room.inbox.try_send(looks("first", Box::new(comes))).is_ok());
    while room.inbox.try_send(looks("crowd", Box::new(|| ()))).is_ok() {}
    room.look(|_, _| ()).await.expect("a room");
    let heard = heard.lock().expect("no panic").clone();
    let at = heard.iter().position(|name| *name == "desk").expect("it was heard");
    assert_eq!(heard.len(), INBOX + 1);
    assert!(at < 100, "behind {at} of the crowd");
    hub.stop().await;
}
