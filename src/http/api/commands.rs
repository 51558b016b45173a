//! `POST …/commands`: one command of the socket, for who has none.

use axum::extract::Path;
use axum::response::Response;
use tokio::time::Instant;

use super::{Call, json_text};
use crate::gate::limits::Act;
use crate::http::error::No;
use crate::http::headers::language;
use crate::http::here::{Capacity, Otherwise};
use crate::hub::Reply;
use crate::qa::{As, Command, CommandId, Envelope, Kind, Refusal, Sieve};
use crate::telemetry::METRICS;
use crate::wire::{self, Incoming, MAX_BYTES, message};

/// Sends a command and answers what became of it.
pub(in crate::http) async fn send(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let began = Instant::now();
    let asker = call.writer().await?;
    let capacity = Capacity::asked(&call.fields)?;
    let front = call.front.clone();
    let language = language(&call.headers);
    let here = front.here(&asker, &slug, capacity, Otherwise::BestOf).await;
    let body = call.body(MAX_BYTES).await?;
    // Who may not is told so about the command they sent.
    let here = here.map_err(|no| front.counted(Act::Message, &asker.who(), no).of(id_of(&body)))?;
    let caller = here.caller();
    let acts = caller.map_or(As::Citizen, |caller| caller.acts);
    if let Some((id, refusal)) = here.room.leaves_out(&body, acts) {
        return Err(front.counted(Act::Message, &here.who, No::from(refusal).of(Some(id))));
    }
    let decoded = wire::decode(&body, acts, &here.room.sign().sieve);
    let decoded = decoded.map_err(|wrong| {
        let no = No::from(wrong.refusal).of(wrong.id);
        front.counted(Act::Message, &here.who, no)
    })?;
    let Incoming::Command { id, command } = decoded else {
        return Err(No::malformed(
            "`shown` arriva solo da un collegamento aperto.",
            "`shown` comes over a socket only.",
        ));
    };
    let Some(caller) = caller else {
        let no = No::from(Refusal::Unauthenticated).of(Some(id));
        return Err(front.counted(Act::Message, &here.who, no));
    };
    // "Take it off the air" is never limited.
    if command != Command::OffAir {
        front.may(Act::Message, &here.who).map_err(|no| no.of(Some(id)))?;
    }
    // Joining is the gate's: an invitation is shown there, with its token.
    if command.kind() == Kind::Join {
        return Err(No::from(Refusal::NotAllowed).of(Some(id)));
    }
    let reply = here.room.send(Envelope { id, caller, command }).await;
    METRICS.command_seconds.observe(began.elapsed());
    if let Reply::Checked(checked) = &reply {
        return Ok(json_text(checked.frame(id, language).into()));
    }
    let receipt = No::reply(id, reply)?;
    Ok(json_text(message::done(id, receipt).into()))
}

/// The id of a command, where one can be read.
fn id_of(body: &[u8]) -> Option<CommandId> {
    match wire::decode(body, As::Citizen, &Sieve::default()) {
        Ok(Incoming::Command { id, .. }) => Some(id),
        Ok(Incoming::Shown { .. }) => None,
        Err(wrong) => wrong.id,
    }
}
