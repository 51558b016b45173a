//! `/receipts/CODE`: for an asker without a cookie, what became of their question, and all that is
//! held of them in that session.
//!
//! The code is the right to it, and to what only they may do with it. It is no cookie that a browser
//! would send by itself, so no page but the one that shows it can use it.

use std::time::Duration;

use axum::extract::Path;
use axum::response::Response;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep_until, timeout};

use super::{Call, json};
use crate::archive::held;
use crate::archive::record::hex;
use crate::http::Reception;
use crate::http::error::No;
use crate::hub::{Handle, Slip};
use crate::qa::session::{Question, Session};
use crate::qa::view::{self, QuestionView};
use crate::qa::{Audience, PersonId, QuestionId, SessionId};
use crate::telemetry::METRICS;
use crate::wire::Receipt;
use crate::wire::body::ReceiptBody;
use crate::wire::message::OwnQuestion;

/// How long somebody waits for their turn to have a journal read.
const PATIENCE: Duration = Duration::from_secs(5);

/// After a journal was read the machine rests so many times as long as that took, so that codes in
/// many hands cost an evening a tenth of a core at most.
const REST: u32 = 9;

/// What a code leads to.
pub(in crate::http) struct Held {
    pub(in crate::http) session: SessionId,
    pub(in crate::http) room: Handle,
    /// Who asked, under the session's name for them.
    pub(in crate::http) asker: PersonId,
    pub(in crate::http) body: ReceiptBody<'static>,
    /// Whether anything is left that goes when they are forgotten.
    pub(in crate::http) is_erasable: bool,
    /// What they support, and had in hand, as the public sees it; what it does not see is missing.
    pub(in crate::http) public: Vec<QuestionView>,
}

/// The question, and all that is held of its asker in that session.
pub(in crate::http) async fn held(Path(code): Path<String>, call: Call) -> Result<Response, No> {
    Ok(json(&found(&code, &call).await?.body))
}

/// Looks a code up. A right one is found, whatever others behind the same address have typed.
pub(in crate::http) async fn found(code: &str, call: &Call) -> Result<Held, No> {
    let asker = call.reader().await?;
    call.counts(&asker)?;
    let front = &call.front;
    if let Ok(code) = code.parse() {
        if let Some(slip) = front.hub.receipt(code)
            && let Some(mut held) = look(front, slip).await?
        {
            if call.fields.contains_key("history") {
                held.history(front).await?;
            }
            return Ok(held);
        }
        if front.hub.is_spent(code) {
            return Err(No::spent_receipt());
        }
    }
    front.traffic.failed_receipt(&asker.client).map_err(|too_fast| {
        METRICS.too_fast_total.add("receipt");
        No::from(too_fast)
    })?;
    Err(No::not_found("receipt"))
}

async fn look(front: &Reception, slip: Slip) -> Result<Option<Held>, No> {
    let Slip { session, question, chain } = slip;
    let room = front.hub.session(session).await?;
    let keys = front.hub.journal().keys(session).await?;
    let held = room.look(move |state, _| {
        let asker = state.question(question)?.asker?;
        let own = |question: QuestionView| OwnQuestion {
            receipt: Some(Receipt(keys.receipt(question.id))),
            question: std::borrow::Cow::Owned(question),
        };
        let mine = view::mine(state, asker);
        let body = ReceiptBody {
            session: view::session(state, Audience::Public),
            question: own(view::own_question(state, asker, question)?),
            questions: mine.questions.into_iter().map(own).collect(),
            chain: hex(&chain),
            forgotten: is_forgotten(state, asker),
            acts: None,
            votes: mine.votes,
        };
        let voted = body.votes.keys();
        let public = voted.filter_map(|id| view::question(state, Audience::Public, *id)).collect();
        Some((asker, body, is_erasable(state, asker), public))
    });
    let held = held.await.ok_or_else(No::busy)?;
    Ok(held.map(|(asker, body, is_erasable, public)| Held {
        session,
        room,
        asker,
        body,
        is_erasable,
        public,
    }))
}

/// Whether a person's texts were erased with their key. One who has asked again since has a new one.
fn is_forgotten(session: &Session, person: PersonId) -> bool {
    of(session, person).any(|question| {
        let first = question.versions.first().map(|version| version.text.get());
        question.taken_back.is_none() && first == Some(None)
    })
}

/// Whether a key of theirs still opens something that is not public.
fn is_erasable(session: &Session, person: PersonId) -> bool {
    of(session, person).any(|question| {
        let named = question.name.as_ref().is_some_and(|name| name.get().is_some());
        named || question.versions.iter().any(|version| version.text.get().is_some())
    })
}

fn of(session: &Session, person: PersonId) -> impl Iterator<Item = &Question> {
    let asked = session.people().get(person).and_then(|person| person.asked());
    let asked = asked.into_iter().flat_map(|asked| &asked.questions);
    asked.filter_map(|id| session.question(*id))
}

impl Held {
    /// Adds everything they did, with when.
    async fn history(&mut self, front: &Reception) -> Result<(), No> {
        let acts = front.histories.next(held::acts(front.hub.journal(), self.session, self.asker));
        let acts = acts.await.ok_or_else(No::busy)??;
        let known: Vec<QuestionId> = self.public.iter().map(|question| question.id).collect();
        let other = acts.iter().filter_map(|act| act.question).filter(|id| !known.contains(id));
        let other: Vec<_> = other.collect();
        let see = move |session: &Session| {
            let see = |id: &QuestionId| view::question(session, Audience::Public, *id);
            other.iter().filter_map(see).collect::<Vec<_>>()
        };
        let seen = self.room.look(move |session, _| see(session)).await.ok_or_else(No::busy)?;
        self.public.extend(seen);
        self.body.acts = Some(acts);
        Ok(())
    }
}

/// Turns at reading a journal from its beginning, one at a time; holds when the next may begin.
pub(in crate::http) struct Histories(Mutex<Instant>);

impl Default for Histories {
    fn default() -> Self {
        Self(Mutex::new(Instant::now()))
    }
}

impl Histories {
    /// Does it when it is due. `None`: not in the time that somebody waits.
    async fn next<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let turn = timeout(PATIENCE, async {
            let turn = self.0.lock().await;
            sleep_until(*turn).await;
            turn
        });
        let _resting = Turn { next: turn.await.ok()?, began: Instant::now() };
        Some(work.await)
    }
}

/// Somebody's turn. The rest follows it however it ends: whoever hangs up in the middle has cost as
/// much.
struct Turn<'a> {
    next: MutexGuard<'a, Instant>,
    began: Instant,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.next = Instant::now() + self.began.elapsed() * REST;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_hangs_up_does_not_save_the_rest() {
        let histories = Histories::default();
        let second = Duration::from_secs(1);
        let gone = timeout(second, histories.next(sleep(10 * second))).await;
        assert!(gone.is_err(), "they waited");
        assert_eq!(histories.next(async {}).await, None, "nine seconds of rest outlast patience");
        sleep(5 * second).await;
        assert_eq!(histories.next(async {}).await, Some(()));
    }
}
