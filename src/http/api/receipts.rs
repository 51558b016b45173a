//! `/receipts/CODE`: for an asker without a cookie, what became of their question.

use axum::extract::Path;
use axum::response::Response;

use super::{Call, json_text};
use crate::http::Reception;
use crate::http::error::No;
use crate::qa::view;
use crate::telemetry::METRICS;
use crate::wire::body::{ReceiptBody, receipt};
use crate::wire::{Frame, Receipt};

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
    if let Ok(code) = code.parse() {
        if let Some(held) = find(front, code).await? {
            return Ok(held);
        }
        if front.hub.is_spent(code) {
            return Err(No::spent_receipt());
        }
    }
    front.traffic.failed_receipt(&asker.client).map_err(too_often)?;
    Err(No::not_found("receipt"))
}

async fn find(front: &Reception, code: Receipt) -> Result<Option<Frame>, No> {
    let Some((session, question)) = front.hub.receipt(code) else { return Ok(None) };
    let room = front.hub.session(session).await?;
    let keys = front.hub.journal().keys(session).await?;
    let held = room.look(move |session, _| {
        let asker = session.question(question)?.asker?;
        let own = view::own_question(session, asker, question)?;
        let code = |id| Some(Receipt(keys.receipt(id)));
        Some(receipt(&view::session(session), &own, &view::mine(session, asker), code))
    });
    held.await.ok_or_else(No::busy)
}
