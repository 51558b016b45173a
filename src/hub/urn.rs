//! Where votes wait for their room: a pile, and a bell that is rung once.
//!
//! A shard reads the votes of hundreds in one round and rings when the round is over, so that the room
//! is woken once for all of them. One at a time, each would wake it, and on one core each of those
//! takes the core from the shard that reads the next.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::handle::Wish;

/// Bound: votes that wait for a room this way, and that it takes for one entry. Full: they go the way of
/// all other commands, whose sender waits.
const MOST: usize = 2048;

/// The side of those who bring votes. Cheap to clone.
#[derive(Clone)]
pub(super) struct Urn(Arc<Shared>);

/// The side of the room. When it is dropped, nothing more is taken, and what was is let go.
pub(super) struct Ballots(Arc<Shared>);

#[derive(Default)]
struct Shared {
    pile: Mutex<Pile>,
    /// Whether something was put in since the bell was rung last.
    left: AtomicBool,
    bell: Notify,
}

/// In boxes, in which they stay until they are answered.
#[expect(clippy::vec_box, reason = "a wish is moved from hand to hand, and large")]
#[derive(Default)]
struct Pile {
    votes: Vec<Box<Wish>>,
    /// When the first of them was put in.
    since: Option<Instant>,
    is_closed: bool,
}

/// An empty one, from both sides.
pub(super) fn urn() -> (Urn, Ballots) {
    let shared = Arc::default();
    (Urn(Arc::clone(&shared)), Ballots(shared))
}

impl Urn {
    /// Puts in what `wish` makes, if there is room for it; `None` of `wish`: it is not to be. The bell
    /// is rung by [`ring_if_left`](Self::ring_if_left).
    pub(super) fn put(&self, wish: impl FnOnce() -> Option<Box<Wish>>) -> bool {
        let mut pile = self.0.pile();
        if pile.is_closed || pile.votes.len() >= MOST {
            return false;
        }
        let Some(wish) = wish() else { return false };
        pile.votes.push(wish);
        pile.since.get_or_insert_with(Instant::now);
        self.0.left.store(true, Ordering::Release);
        true
    }

    /// Wakes the room, where something was put in for it.
    pub(super) fn ring_if_left(&self) {
        if self.0.left.swap(false, Ordering::AcqRel) {
            self.0.bell.notify_one();
        }
    }
}

impl Ballots {
    /// Waits until the bell is rung. Cancel-safe: a ring that nobody heard is heard next time.
    pub(super) async fn rung(&self) {
        self.0.bell.notified().await;
    }

    /// Everything that was put in, in the order in which it came, and since when the first has waited.
    #[expect(clippy::vec_box, reason = "as the pile")]
    pub(super) fn take(&self) -> Option<(Vec<Box<Wish>>, Instant)> {
        let mut pile = self.0.pile();
        let since = pile.since.take()?;
        Some((std::mem::take(&mut pile.votes), since))
    }

    /// Takes no more.
    pub(super) fn close(&self) {
        self.0.pile().is_closed = true;
    }
}

impl Drop for Ballots {
    fn drop(&mut self) {
        self.close();
        // Who put them in is told that nobody knows what came of them.
        drop(self.take());
    }
}

impl Shared {
    fn pile(&self) -> MutexGuard<'_, Pile> {
        self.pile.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::hub::handle::{Asker, Reply};
    use crate::hub::room::tests::{ANA, wish};
    use crate::qa::{As, Command, QuestionId};

    fn vote(id: u128) -> (Box<Wish>, oneshot::Receiver<Reply>) {
        let (reply, outcome) = oneshot::channel();
        let command = Command::Vote { question: QuestionId::from_u128(1), on: true };
        let envelope = wish(ANA, As::Citizen, id, command);
        (Box::new(Wish { envelope, reply: Asker::Waits(reply), decided: 0, seen: None }), outcome)
    }

    #[test]
    fn a_full_urn_asks_for_nothing_and_a_closed_one_neither() {
        let (urn, ballots) = urn();
        let most = u128::try_from(MOST).expect("a number");
        for id in 0..most {
            assert!(urn.put(|| Some(vote(id).0)));
        }
        let unasked = || panic!("whoever may vote so often would have one less");
        assert!(!urn.put(unasked));
        let (votes, _) = ballots.take().expect("votes");
        assert!(votes.iter().map(|vote| vote.envelope.id).is_sorted() && votes.len() == MOST);
        assert!(ballots.take().is_none(), "each once");
        assert!(!urn.put(|| None), "it is not to be");
        assert!(urn.put(|| Some(vote(most).0)));
        ballots.close();
        assert!(!urn.put(unasked));
        assert_eq!(ballots.take().map(|(votes, _)| votes.len()), Some(1), "it was there before");
    }

    #[tokio::test]
    async fn whose_room_breaks_off_is_told_so() {
        let (urn, ballots) = urn();
        let (vote, outcome) = vote(1);
        assert!(urn.put(|| Some(vote)));
        drop(ballots);
        assert!(outcome.await.is_err());
    }
}
