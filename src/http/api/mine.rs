//! `…/mine`: own questions and votes, for who has no seat where they would be told.

use axum::extract::Path;
use axum::response::Response;

use super::{Call, json_text};
use crate::http::error::No;
use crate::http::here::Capacity;
use crate::qa::{Refusal, view};
use crate::wire::{Receipt, message};

/// The socket's `mine`, whole.
pub(in crate::http) async fn mine(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.found(&asker, &slug, Some(Capacity::Citizen)).await?;
    let person = here.person.ok_or(Refusal::Unauthenticated)?;
    let mine = here.room.look(move |session, _| view::mine(session, person)).await;
    let receipt = |id| Some(Receipt(here.keys.receipt(id)));
    Ok(json_text(message::mine(&mine.ok_or_else(No::busy)?, receipt).into()))
}
