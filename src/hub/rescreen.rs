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
