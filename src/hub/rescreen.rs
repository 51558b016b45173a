//! The queue, screened again: off the room's task, so that nobody waits for it.
//!
//! The room says what waits, a thread for long work looks at it, and what came of it goes through
//! the room as a command of the same moderator, part by part. Between two parts everybody else has
//! their turn. Whoever stops in the middle has screened a part of the queue, which is harmless;
//! sent again, the command goes through all of it again.

use super::handle::{Handle, Reply};
use super::room::fresh;
use crate::qa::{Command, CommandId, Envelope, Refusal};

/// Bound: questions of one part. One entry holds them, and they are looked at in some milliseconds.
const PART: usize = 64;

/// How often it begins again because the policy was changed meanwhile.
const BEGINNINGS: usize = 4;

/// Screens all that waits, and answers when that is done.
pub(super) async fn rescreen(room: &Handle, envelope: Envelope) -> Reply {
    for _ in 0..BEGINNINGS {
        let reply = through(room, &envelope).await;
        let stale = matches!(reply.refusal(), Some(Refusal::Stale { question: None }));
        if !stale {
            return reply;
        }
    }
    Reply::busy()
}

async fn through(room: &Handle, envelope: &Envelope) -> Reply {
    let mut after = None;
    loop {
        // Nothing is looked at for who may not: the room says why.
        let wish = envelope.clone();
        let part = room.look(move |session, _| {
            session.admits(&wish).then(|| session.waiting(after, PART)).unwrap_or_default()
        });
        let Some(waiting) = part.await else { return Reply::busy() };
        let more = waiting.len() == PART;
        after = waiting.last().map(|last| last.question()).or(after);
        let sieve = std::sync::Arc::clone(&room.sign().sieve);
        let look = move || waiting.into_iter().map(|waiting| waiting.look(&sieve)).collect();
        let Ok(looked) = tokio::task::spawn_blocking(look).await else {
            // A look that fails has changed nothing.
            return Reply::busy();
        };
        // The last part carries the name of the whole.
        let id = if more { CommandId(fresh()) } else { envelope.id };
        let command = Command::Rescreen { looked, more };
        let reply = room.pass_on(Envelope { id, caller: envelope.caller, command }).await;
        if !more || !matches!(reply, Reply::Done { .. }) {
            return reply;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::hub::room::tests::{ANA, MAX, MOD, ask, evening, is_done, journal, noon, wish};
    use crate::hub::{Hub, RING_FRAMES};
    use crate::qa::policy::PolicyChange;
    use crate::qa::refusal::Code;
    use crate::qa::{As, Policy, QuestionId, Rev};
    use crate::screening::Verdict;

    use super::*;

    fn holds(word: &str) -> Command {
        let words_hold = Some(vec![word.to_owned()]);
        Command::Policy { change: Box::new(PolicyChange { words_hold, ..PolicyChange::default() }) }
    }

    async fn verdicts(room: &Handle) -> Vec<Verdict> {
        let all = |session: &crate::qa::Session| session.questions().map(|q| q.verdict).collect();
        room.look(move |session, _| all(session)).await.expect("a room")
    }

    async fn entries(room: &Handle) -> u64 {
        room.look(|_, chain| chain.head().n).await.expect("a room")
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_long_queue_is_screened_in_parts_and_nobody_waits_for_it() {
        let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
        let room = evening(&hub).await;
        let many = 3 * PART as u128 + 5;
        let asks = (0..many).map(|n| room.send(ask(1_000 + n, 10_000 + n)));
        assert!(futures_util::future::join_all(asks).await.iter().all(is_done));
        assert!(is_done(&room.send(wish(MOD, As::Staff, 201, holds("biblioteca"))).await));
        let before = entries(&room).await;
        let first = QuestionId::from_u128(10_000);
        let approve = Command::Approve { question: first, rev: Rev(1), name: true };
        let (done, approved, asked) = tokio::join!(
            room.send(wish(MOD, As::Staff, 202, Command::rescreen())),
            room.send(wish(MAX, As::Staff, 203, approve)),
            room.send(ask(ANA, 204)),
        );
        assert!(is_done(&done) && is_done(&approved), "{done:?} {approved:?}");
        // It was screened under the policy of before, and waits; the rest is held.
        assert!(is_done(&asked), "{asked:?}");
        let held = verdicts(&room).await.iter().filter(|v| **v == Verdict::Hold).count();
        assert!(held >= 3 * PART + 4, "{held}");
        assert!(entries(&room).await >= before + 4, "a part at a time");
        // Sent again, it is done, and nothing is recorded.
        let stands = entries(&room).await;
        assert!(is_done(&room.send(wish(MOD, As::Staff, 202, Command::rescreen())).await));
        assert_eq!(entries(&room).await, stands);
        // A second one has something to say only where something differs: here that it was done.
        assert!(is_done(&room.send(wish(MAX, As::Staff, 205, Command::rescreen())).await));
        assert!(entries(&room).await <= stands + 4);
        hub.stop().await;
    }

    #[tokio::test]
    async fn only_moderators_have_the_queue_screened() {
        let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
        let room = evening(&hub).await;
        assert!(is_done(&room.send(ask(ANA, 201)).await));
        assert!(is_done(&room.send(wish(MOD, As::Staff, 202, holds("biblioteca"))).await));
        for (who, acts) in [(ANA, As::Citizen), (MOD, As::Citizen), (ANA, As::Staff)] {
            let reply = room.send(wish(who, acts, 203, Command::rescreen())).await;
            assert_eq!(
                reply.refusal().map(Refusal::code),
                Some(Code::NotAllowed),
                "{who} {acts:?}"
            );
        }
        assert_eq!(verdicts(&room).await, [Verdict::Pass]);
        hub.stop().await;
    }

    #[tokio::test]
    async fn what_was_looked_at_under_another_policy_is_looked_at_again() {
        let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
        let room = evening(&hub).await;
        assert!(is_done(&room.send(ask(ANA, 201)).await));
        let old = crate::qa::Sieve::of(&Policy { version: 7, ..Policy::default() }, &[]);
        let waiting = room.look(|session, _| session.waiting(None, PART)).await.expect("a room");
        let looked = waiting.into_iter().map(|waiting| waiting.look(&old)).collect();
        let command = Command::Rescreen { looked, more: false };
        let reply = room.pass_on(wish(MOD, As::Staff, 202, command)).await;
        assert_eq!(reply.refusal(), Some(&Refusal::Stale { question: None }));
        let (done, changed) = tokio::join!(
            room.send(wish(MOD, As::Staff, 203, Command::rescreen())),
            room.send(wish(MAX, As::Staff, 204, holds("biblioteca"))),
        );
        assert!(is_done(&done) && is_done(&changed), "{done:?} {changed:?}");
        hub.stop().await;
    }
}
