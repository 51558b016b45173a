//! `/receipts/CODE`: for an asker without a cookie, what became of their question.
//!
//! A code follows from its question under the session's secret, so nothing is stored for it; the
//! other way round needs a list, which is made when somebody asks and kept up from there.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::Path;
use axum::response::Response;

use super::{Call, json_text};
use crate::http::Reception;
use crate::http::error::No;
use crate::journal::SessionKeys;
use crate::qa::{QuestionId, SessionId, view};
use crate::telemetry::METRICS;
use crate::wire::body::{ReceiptBody, receipt};
use crate::wire::{Frame, Receipt};

/// The codes of each session's questions.
///
/// Bound: 30 bytes a question, of the sessions for which somebody has shown a code.
#[derive(Debug, Default)]
pub(in crate::http) struct Codes(Mutex<HashMap<SessionId, Known>>);

#[derive(Debug, Default)]
struct Known {
    questions: usize,
    codes: HashMap<[u8; 10], QuestionId>,
}

impl Codes {
    fn find(&self, session: SessionId, code: Receipt) -> (usize, Option<QuestionId>) {
        let known = self.lock();
        known
            .get(&session)
            .map_or((0, None), |known| (known.questions, known.codes.get(&code.0).copied()))
    }

    /// Adds those that are new. Hashing them happens outside the lock.
    fn learn(&self, session: SessionId, keys: &SessionKeys, questions: &[QuestionId]) {
        let known: HashSet<QuestionId> = self
            .lock()
            .get(&session)
            .map(|known| known.codes.values().copied().collect())
            .unwrap_or_default();
        let new = questions.iter().filter(|id| !known.contains(id));
        let new: Vec<_> = new.map(|id| (keys.receipt(*id), *id)).collect();
        let mut all = self.lock();
        let known = all.entry(session).or_default();
        known.codes.extend(new);
        known.questions = known.codes.len();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The question, and all that is held of its asker in that session.
pub(in crate::http) async fn held(Path(code): Path<String>, call: Call) -> Result<Response, No> {
    Ok(json_text(tried(&code, &call).await?.into()))
}

/// The same, for the page.
pub(in crate::http) async fn shown(code: &str, call: &Call) -> Result<ReceiptBody<'static>, No> {
    let held = tried(code, call).await?;
    serde_json::from_str(held.as_str()).map_err(|_| No::not_found("receipt"))
}

/// Looks a code up, unless too many wrong ones came from there.
async fn tried(code: &str, call: &Call) -> Result<Frame, No> {
    let asker = call.reader().await?;
    call.counts(&asker)?;
    let front = &call.front;
    let too_often = |too_fast: crate::gate::limits::TooFast| {
        METRICS.too_fast_total.add("receipt");
        No::from(too_fast)
    };
    front.traffic.may_try_receipt(&asker.client).map_err(too_often)?;
    if let Ok(code) = code.parse()
        && let Some(held) = find(front, code).await?
    {
        return Ok(held);
    }
    front.traffic.failed_receipt(&asker.client).map_err(too_often)?;
    Err(No::not_found("receipt"))
}

async fn find(front: &Reception, code: Receipt) -> Result<Option<Frame>, No> {
    // By id, so by age: the newest first, since that is what people look for.
    let house = front.hub.house().now();
    let mut sessions: Vec<SessionId> = house.sessions().values().copied().collect();
    sessions.sort_unstable_by(|a, b| b.cmp(a));
    for id in sessions {
        let room = front.hub.session(id).await?;
        let keys = front.hub.journal().keys(id).await?;
        let (known, mut found) = front.codes.find(id, code);
        if found.is_none() {
            let new = room.look(move |session, _| {
                let questions = session.questions();
                let grown = questions.len() != known;
                grown.then(|| questions.map(|question| question.id).collect::<Vec<_>>())
            });
            if let Some(questions) = new.await.ok_or_else(No::busy)? {
                front.codes.learn(id, &keys, &questions);
                found = front.codes.find(id, code).1;
            }
        }
        if let Some(question) = found {
            let held = room.look(move |session, _| {
                let asker = session.question(question)?.asker?;
                let own = view::own_question(session, asker, question)?;
                let code = |id| Some(Receipt(keys.receipt(id)));
                Some(receipt(&view::session(session), &own, &view::mine(session, asker), code))
            });
            return held.await.ok_or_else(No::busy);
        }
    }
    Ok(None)
}
