//! What seats ask of their room: the only part of a seat that waits for somebody, so it is a task.
//!
//! One for all seats of a group, so that an idle seat has none, and a seat's commands reach the room in
//! the order they came. It also reads and screens what was said: that takes long enough for ten
//! thousand others to notice. What the room answers to a command goes to the seat without it; who waits
//! for a picture, or for the desk's texts to be screened anew, has a task for as long as that takes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::mailbox::{Address, Note, Pending};
use super::{Answers, Owner};
use crate::gate::budget::Verdict;
use crate::gate::limits::TooFast;
use crate::hub::alike::seen_in;
use crate::hub::fanout::{Joined, SeatId};
use crate::hub::handle::{Asker, Wish};
use crate::hub::inbound::Heard;
use crate::hub::{Handle, Reply};
use crate::qa::{As, Command, CommandId, Envelope, Kind, QuestionId, Refusal};
use crate::screening::similar::Seen;
use crate::wire::frame::framed;
use crate::wire::{self, Close, Frame, Incoming, message};

/// How long messages are read until everybody else has a turn: staff, and the room itself, wait for one
/// several times for each command. With less a room that has much to record would do so in small entries,
/// each of which costs.
const TURN: Duration = Duration::from_millis(2);

/// One thing to ask, and for whom.
pub(super) struct Errand {
    /// When it was heard.
    pub(super) at: Instant,
    pub(super) seat: SeatId,
    pub(super) owner: Arc<Owner>,
    pub(super) address: Address,
    pub(super) what: What,
}

pub(super) enum What {
    /// A message, and whether its seat still may send one.
    Said(Heard, Verdict),
    /// The snapshot.
    Resync,
}

/// What came of a message.
pub(super) enum Told {
    Nothing,
    Frame(Frame),
    /// What was said, as it goes back.
    Back(Bytes),
    Close(Close),
}

/// Does errands until nobody gives any more. Bound of those that wait: what the seats of a group may have
/// under way. It waits for the room itself with commands alone, which have to stay in order.
pub(super) async fn run(room: Handle, mut errands: UnboundedReceiver<Errand>) {
    let mut turn = tokio::time::Instant::now();
    while let Some(Errand { at, seat, owner, address, what }) = errands.recv().await {
        let (ticket, since) = (address.ticket(at), tokio::time::Instant::from(at));
        room.has_waited(since.elapsed());
        match what {
            What::Resync => {
                let room = room.clone();
                tokio::spawn(async move {
                    let joined = room.resync(seat).await;
                    joined.iter().filter(|_| owner.deflates).for_each(Joined::deflate);
                    address.post(Note::Resynced(ticket, joined));
                });
            }
            What::Said(heard, _) if owner.answers == Answers::Echo => {
                address.post(Note::Told(ticket, back(&heard)));
            }
            What::Said(heard, verdict) => {
                // A defect of ours is one message's, whose sender is told that nobody knows.
                let understood = || understood(&room, &owner, &heard, verdict);
                let understood = catch_unwind(AssertUnwindSafe(understood));
                match understood.unwrap_or(Err(Told::Close(Close::OutcomeUnknown))) {
                    Ok(Asks::Command(envelope, seen)) => {
                        let pending = Pending::new(address, at, envelope.id);
                        if let Command::Rescreen { .. } = envelope.command {
                            let room = room.clone();
                            tokio::spawn(async move {
                                pending.post(room.send(envelope).await);
                            });
                        } else {
                            let reply = Asker::Seat(pending);
                            let wish = Wish { envelope, reply, decided: 0, seen };
                            room.pass(wish, since).await;
                        }
                    }
                    Ok(Asks::Shown(on_air)) => {
                        room.shown(seat, on_air).await;
                        address.post(Note::Told(ticket, Told::Nothing));
                    }
                    Err(told) => address.post(Note::Told(ticket, told)),
                }
                if turn.elapsed() >= TURN {
                    tokio::task::yield_now().await;
                    turn = tokio::time::Instant::now();
                }
            }
        }
    }
}

/// What a message asks for.
enum Asks {
    /// A command, and its text as it is compared with others.
    Command(Envelope, Option<Box<Seen>>),
    /// A screen says what it shows.
    Shown(Option<QuestionId>),
}

/// What a message asks for, where its sender may; else what they are told.
fn understood(room: &Handle, owner: &Owner, heard: &Heard, verdict: Verdict) -> Result<Asks, Told> {
    // Binary is no command; said so like any other that makes no sense.
    let text = if let Heard::Text(text) = heard { text } else { "" };
    let acts = owner.caller.map_or(As::Citizen, |caller| caller.acts);
    if verdict == Verdict::Fine
        && let Some((id, refusal)) = room.leaves_out(text.as_bytes(), acts)
    {
        return Err(Told::Frame(message::refused(Some(id), &refusal, owner.language, None)));
    }
    if acts == As::Citizen
        && let Some(told) = too_much(verdict, owner, || wire::id(text.as_bytes()))
    {
        // To look at what it says would cost more than to say so.
        return Err(told);
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
    if !is_off_air && let Some(told) = too_much(verdict, owner, || id) {
        return Err(told);
    }
    let (id, command) = match incoming {
        Ok(Incoming::Command { id, command }) => (id, command),
        Ok(Incoming::Shown { on_air }) => return Ok(Asks::Shown(on_air)),
        Err(wrong) => return refused(id, &wrong.refusal),
    };
    if let Err(TooFast { retry_after }) = (owner.allowance)()
        && !is_off_air
    {
        return refused(Some(id), &too_fast(retry_after));
    }
    let Some(caller) = owner.caller else {
        return refused(Some(id), &Refusal::Unauthenticated);
    };
    // Joining is the gate's: an invitation is shown there, with its token.
    if command.kind() == Kind::Join {
        return refused(Some(id), &Refusal::NotAllowed);
    }
    let seen = seen_in(&command);
    Ok(Asks::Command(Envelope { id, caller, command }, seen))
}

/// What a seat is told that says too much, if it does.
fn too_much(
    verdict: Verdict,
    owner: &Owner,
    id: impl FnOnce() -> Option<CommandId>,
) -> Option<Told> {
    match verdict {
        Verdict::Fine => None,
        Verdict::Close => Some(Told::Close(Close::TooMuch)),
        Verdict::TooFast { retry_after } => {
            let refusal = too_fast(retry_after);
            Some(Told::Frame(message::refused(id(), &refusal, owner.language, None)))
        }
    }
}

fn back(heard: &Heard) -> Told {
    match heard {
        Heard::Text(text) => Told::Back(framed(OpCode::Data(Data::Text), text.as_bytes())),
        Heard::Binary(bytes) => Told::Back(framed(OpCode::Data(Data::Binary), bytes)),
        Heard::Ping(_) | Heard::Pong | Heard::Close(_) => Told::Nothing,
    }
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

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use tokio::sync::mpsc::{self, unbounded_channel};

    use super::*;
    use crate::gate::budget::Budget;
    use crate::hub::load::Bounds;
    use crate::hub::room::tests::{ANA, evening, journal, noon, person};
    use crate::hub::shard::Letterbox;
    use crate::hub::shard::mailbox::Mailbox;
    use crate::hub::{Allowance, Ear, Hub, RING_FRAMES, Visitor};
    use crate::qa::{Audience, Caller, Language};

    /// What somebody says, who may say as much as this allows.
    fn said(letterbox: &Letterbox, text: &str, allowance: Allowance) -> Errand {
        let caller = Caller { person: person(ANA), acts: As::Citizen };
        let owner = Arc::new(Owner {
            caller: Some(caller),
            deflates: false,
            language: Language::English,
            budget: Budget::unlimited(),
            most: 1000,
            answers: Answers::Room,
            allowance,
        });
        let what = What::Said(Heard::Text(text.to_owned()), Verdict::Fine);
        let (at, seat, address) =
            (tokio::time::Instant::now().into_std(), SeatId::NOBODY, letterbox.address());
        Errand { at, seat, owner, address, what }
    }

    #[tokio::test]
    async fn a_message_that_breaks_something_is_answered_and_so_are_those_behind_it() {
        let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
        let room = evening(&hub).await;
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        let letterbox = Letterbox::new(&mailbox);
        let (errands, todo) = unbounded_channel();
        let ask = r#"{"type":"ask","id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","text":"Quando riapre?"}"#;
        let breaks = said(&letterbox, ask, Box::new(|| panic!("a defect")));
        for errand in [breaks, said(&letterbox, ask, Box::new(|| Ok(())))] {
            assert!(errands.send(errand).is_ok());
        }
        drop(errands);
        run(room, todo).await;
        let mut notes = VecDeque::new();
        while notes.len() < 2 {
            tokio::task::yield_now().await;
            // No house knows this mailbox.
            mailbox.ring_if_left();
            mailbox.take(&mut notes);
        }
        assert!(matches!(notes[0], Note::Told(_, Told::Close(Close::OutcomeUnknown))));
        assert!(matches!(notes[1], Note::Replied(_, _, Reply::Done { receipt: Some(_) })));
        hub.stop().await;
    }

    #[tokio::test]
    async fn who_is_too_fast_hears_of_which_message_whatever_it_says() {
        let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
        let room = evening(&hub).await;
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        let letterbox = Letterbox::new(&mailbox);
        let unread: Allowance = Box::new(|| panic!("it is not read any further"));
        let Errand { owner, .. } = said(&letterbox, "", unread);
        let too_fast = Verdict::TooFast { retry_after: Duration::from_millis(7) };
        let told = |text: &str| {
            let heard = Heard::Text(text.to_owned());
            let Err(Told::Frame(frame)) = understood(&room, &owner, &heard, too_fast) else {
                panic!("{text} is not too fast");
            };
            String::from_utf8_lossy(&frame.into_socket()).into_owned()
        };
        let id = r#""id":"01ARZ3NDEKTSV4RRFFQ69G5FAV""#;
        for text in [
            format!(r#"{{"type":"ask",{id},"text":"Quando riapre?"}}"#),
            format!(r#"{{"type":"sing",{id}}}"#),
            format!(r#"{{{id}}}"#),
        ] {
            let told = told(&text);
            assert!(told.contains(id) && told.contains(r#""retry_after_ms":7"#), "{text}: {told}");
        }
        assert!(told("{").contains(r#""code":"too_fast""#), "and without an id");
        hub.stop().await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_until_it_is_read_counts_as_waiting() {
        let hub = Hub::open(journal(), noon, None, RING_FRAMES).await.expect("a house");
        let room = evening(&hub).await;
        let (private, _told) = mpsc::channel(1);
        let (audience, private) = (Audience::Public, Ear::Queue(private));
        let (person, grant, is_citizen, screen, after) = (None, None, false, None, None);
        let watches = Visitor { audience, person, grant, is_citizen, screen, after, private };
        room.join(watches).await.expect("a seat");
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        let letterbox = Letterbox::new(&mailbox);
        let (errands, todo) = unbounded_channel();
        tokio::spawn(run(room.clone(), todo));
        let (lag, wait) = (Duration::from_secs(3_600), Duration::from_secs(1));
        let bounds = Bounds { lag, wait, memory: u64::MAX };
        let asks = async |waited: Duration| {
            for _ in 0..50 {
                let id = ulid::Ulid::generate();
                let check = format!(r#"{{"type":"check","id":"{id}","text":"Quando riapre?"}}"#);
                // Others go past it, and wait for nothing.
                room.leave(SeatId::NOBODY);
                let errand = said(&letterbox, &check, Box::new(|| Ok(())));
                assert!(errands.send(Errand { at: errand.at - waited, ..errand }).is_ok());
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            hub.load().level()
        };
        tokio::select! {
            () = hub.watch_load(bounds) => {}
            () = async {
                assert_eq!(asks(wait / 10).await, 0);
                assert!(asks(wait * 2).await > 0, "read at once, and yet late");
            } => {}
        }
        hub.stop().await;
    }
}
