//! What a seat asks of its room: the only part of a seat that waits for somebody, so it is a task.
//!
//! It is there while something is under way, and gone when nothing is: an idle seat has none. One
//! task does all errands of a seat, so that its commands reach the room in the order they came. It
//! also reads and screens what was said: that takes long enough for ten thousand others to notice.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::mailbox::{Address, Note};
use super::{Answers, Owner};
use crate::gate::budget::Verdict;
use crate::gate::limits::TooFast;
use crate::hub::fanout::{Joined, SeatId};
use crate::hub::inbound::Heard;
use crate::hub::{Handle, Reply};
use crate::qa::{As, Command, CommandId, Envelope, Kind, Refusal};
use crate::wire::frame::framed;
use crate::wire::{self, Close, Frame, Incoming, message};

/// One thing to ask.
pub(super) enum Errand {
    /// A message, and whether its seat still may send one.
    Said(SeatId, Heard, Verdict),
    /// The snapshot.
    Resync(SeatId),
}

/// What came of a message.
pub(super) enum Told {
    Nothing,
    Frame(Frame),
    /// What was said, as it goes back.
    Back(Bytes),
    Close(Close),
}

/// Does errands until nobody gives any more, and those that were begun are done.
pub(super) async fn run(
    room: Handle,
    owner: Arc<Owner>,
    address: Address,
    mut errands: mpsc::UnboundedReceiver<Errand>,
) {
    let mut under_way: FuturesUnordered<BoxFuture<'static, Note>> = FuturesUnordered::new();
    let mut open = true;
    let key = address.key();
    while open || !under_way.is_empty() {
        // Cancel-safe: both only take what is there.
        let errand = tokio::select! {
            biased;
            Some(done) = under_way.next(), if !under_way.is_empty() => {
                address.post(done);
                continue;
            }
            errand = errands.recv(), if open => errand,
        };
        let room = room.clone();
        match errand {
            None => open = false,
            Some(Errand::Resync(seat)) => {
                let deflates = owner.deflates;
                under_way.push(Box::pin(async move {
                    let joined = room.resync(seat).await;
                    joined.iter().filter(|_| deflates).for_each(Joined::deflate);
                    Note::Resynced(key, joined)
                }));
            }
            Some(Errand::Said(_, heard, _)) if owner.answers == Answers::Echo => {
                address.post(Note::Told(key, back(&heard)));
            }
            Some(Errand::Said(seat, heard, verdict)) => {
                match understood(&room, &owner, &heard, verdict) {
                    Ok(Incoming::Command { id, command }) => {
                        let owner = Arc::clone(&owner);
                        under_way.push(Box::pin(async move {
                            Note::Told(key, sent(&room, &owner, id, command).await)
                        }));
                    }
                    Ok(Incoming::Shown { on_air }) => under_way.push(Box::pin(async move {
                        room.shown(seat, on_air).await;
                        Note::Told(key, Told::Nothing)
                    })),
                    Err(told) => address.post(Note::Told(key, told)),
                }
                // A flood is read one by one, with everybody else's turn between.
                tokio::task::yield_now().await;
            }
        }
    }
}

/// What a message asks for, where its sender may; else what they are told.
fn understood(
    room: &Handle,
    owner: &Owner,
    heard: &Heard,
    verdict: Verdict,
) -> Result<Incoming, Told> {
    // Binary is no command; said so like any other that makes no sense.
    let text = if let Heard::Text(text) = heard { text } else { "" };
    let acts = owner.caller.map_or(As::Citizen, |caller| caller.acts);
    if verdict == Verdict::Fine
        && let Some((id, refusal)) = room.leaves_out(text.as_bytes(), acts)
    {
        return Err(Told::Frame(message::refused(Some(id), &refusal, owner.language, None)));
    }
    let incoming = wire::decode(text.as_bytes(), acts, &room.sign().sieve);
    let is_off_air = matches!(&incoming, Ok(Incoming::Command { command: Command::OffAir, .. }));
    let refused = |id, refusal: &Refusal| {
        Err(Told::Frame(message::refused(id, refusal, owner.language, None)))
    };
    let id = match &incoming {
        Ok(Incoming::Command { id, .. }) => Some(*id),
        Ok(Incoming::Shown { .. }) => None,
        Err(wrong) => wrong.id,
    };
    match verdict {
        Verdict::Close if !is_off_air => return Err(Told::Close(Close::TooMuch)),
        Verdict::TooFast { retry_after } if !is_off_air => {
            return refused(id, &too_fast(retry_after));
        }
        _ => {}
    }
    let incoming = match incoming {
        Ok(incoming) => incoming,
        Err(wrong) => return refused(id, &wrong.refusal),
    };
    if let Incoming::Command { command, .. } = &incoming {
        if let Err(TooFast { retry_after }) = (owner.allowance)()
            && !is_off_air
        {
            return refused(id, &too_fast(retry_after));
        }
        if owner.caller.is_none() {
            return refused(id, &Refusal::Unauthenticated);
        }
        // Joining is the gate's: an invitation is shown there, with its token.
        if command.kind() == Kind::Join {
            return refused(id, &Refusal::NotAllowed);
        }
    }
    Ok(incoming)
}

fn back(heard: &Heard) -> Told {
    match heard {
        Heard::Text(text) => Told::Back(framed(OpCode::Data(Data::Text), text.as_bytes())),
        Heard::Binary(bytes) => Told::Back(framed(OpCode::Data(Data::Binary), bytes)),
        Heard::Ping(_) | Heard::Pong | Heard::Close(_) => Told::Nothing,
    }
}

async fn sent(room: &Handle, owner: &Owner, id: CommandId, command: Command) -> Told {
    let Some(caller) = owner.caller else { return Told::Nothing };
    answered(owner, id, room.send(Envelope { id, caller, command }).await)
}

/// What whoever sent a command is told of the room's reply.
pub(super) fn answered(owner: &Owner, id: CommandId, reply: Reply) -> Told {
    match reply {
        Reply::Done { receipt } => Told::Frame(message::done(id, receipt)),
        Reply::Checked(checked) => Told::Frame(checked.frame(id, owner.language)),
        Reply::Refused(no) => {
            Told::Frame(message::refused(Some(id), &no.refusal, owner.language, no.question))
        }
        Reply::Unknown => Told::Close(Close::OutcomeUnknown),
    }
}

fn too_fast(retry_after: Duration) -> Refusal {
    let ms = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
    Refusal::TooFast { retry_after_ms: ms.max(1) }
}
