//! `…/screening`: what became of what was held, and a policy tried on the last questions.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use tokio::sync::Semaphore;

use super::{Call, json};
use crate::http::error::No;
use crate::qa::session::{HeldByReason, Tried};
use crate::qa::{Refusal, Role, Sieve};
use crate::wire::body::{POLICY_BYTES, ScreeningBody, TriedBody, policy_to_try};

/// Bound: questions that a policy is tried on.
const SAMPLES: usize = 500;

/// Bound: policies that are tried at the same time on this machine: five hundred texts, looked at
/// twice, are some tenths of a second of one core.
static TRIES: Semaphore = Semaphore::const_new(1);

const DESK: &[Role] = &[Role::Moderator, Role::Admin];

/// How often moderators went along with each reason to hold a question.
pub(in crate::http) async fn figures(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.staff(&asker, &slug).await?;
    here.must_be(DESK)?;
    let (mut held, mut more) = (HeldByReason::default(), true);
    while more {
        // Between two parts everybody else has their turn.
        let counted = here.room.look(move |session, _| {
            let more = held.count(session);
            (held, more)
        });
        (held, more) = counted.await.ok_or_else(No::busy)?;
    }
    Ok(json(&ScreeningBody { reasons: held.rows() }))
}

/// Which of the last questions another policy would see otherwise. Recorded nowhere, and off the
/// room's task.
pub(in crate::http) async fn tries(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.writer().await?;
    let here = call.staff(&asker, &slug).await?;
    here.must_be(DESK)?;
    let change = policy_to_try(&call.body(POLICY_BYTES).await?)?;
    let sign = here.room.sign();
    let policy = sign.policy.changed(&change).map_err(Refusal::Malformed)?;
    let _turn = TRIES.acquire().await.map_err(|_| No::busy())?;
    let look =
        here.room.look(|session, _| (session.samples(SAMPLES), session.about().officials.clone()));
    let (samples, officials) = look.await.ok_or_else(No::busy)?;
    let now = Arc::clone(&sign.sieve);
    let tried = tokio::task::spawn_blocking(move || {
        let other = Sieve::of(&policy, &officials);
        let looked = samples.len();
        let tried = samples.into_iter().filter_map(|sample| sample.tried(&now, &other));
        let (stricter, milder): (Vec<Tried>, Vec<Tried>) =
            tried.partition(|tried| tried.after > tried.before);
        TriedBody { looked, stricter, milder }
    });
    Ok(json(&tried.await.map_err(|_| No::busy())?))
}
