//! One seat on a socket, as its shard holds it.
//!
//! A socket, a place in its audience's ring, at most one unfinished write. What a seat needs only
//! while something is under way (half a message, replies, private words) stands in [`Busy`], which
//! an idle seat has not. Order: the audience's frames, then what is the seat's own, so that `done`
//! comes after everything that shows its effect.

mod hear;
mod write;

use std::any::Any;
use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustix::event::epoll::{self, EventData, EventFlags};
use tokio::runtime;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, OpCode};

use super::errands::{Errand, Told, What, answered};
use super::mailbox::Address;
use super::run::Group;
use super::{Owner, Patience};
use crate::gate::budget::Budget;
use crate::hub::Reply;
use crate::hub::fanout::{Joined, SeatId};
use crate::hub::inbound::Inbound;
use crate::hub::live::{PRIVATE, Private};
use crate::hub::ring::Batch;
use crate::hub::seat::come_back;
use crate::qa::CommandId;
use crate::wire::frame::framed;
use crate::wire::{Close, Frame, message};

/// Bound: commands of one seat without a reply. Full: it is not read. Citizens have the room's own
/// bound, which is lower.
const UNDER_WAY: usize = 64;

/// Bound: bytes of private words that wait behind an unfinished write. More: the seat is closed, and
/// whoever sat there comes back.
const PRIVATE_BYTES: usize = 32 * 1024;

/// After how long without a message what a seat holds for them is let go: every allowance of a
/// budget is full again by then.
const IDLE: Duration = Duration::from_secs(90);

/// A connection, and whoever sits on it.
pub(super) struct Seated {
    pub(super) socket: OwnedFd,
    pub(super) address: Address,
    owner: Arc<Owner>,
    /// Let go with the seat.
    _held: Box<dyn Any + Send>,
    /// Its name in the room.
    pub(super) seat: SeatId,
    /// Where its audience's ring goes on.
    next: u64,
    stage: Stage,
    unfinished: Option<Box<Unfinished>>,
    busy: Option<Box<Busy>>,
    /// What its epoll tells of the socket.
    wanted: EventFlags,
    /// Of whom it is one, and where it stands there.
    pub(super) group: usize,
    pub(super) at: usize,
    slot: usize,
    /// Whether it is about to be told what it has heard.
    pub(super) waits: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Sits,
    /// It has fallen off its ring, and waits for a snapshot.
    Resyncs,
    /// Our close is written; its own is waited for until then.
    Parts(Instant),
}

/// Why a seat ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// For a reason of ours, which is told.
    Ours(Close),
    /// It has said that it goes, and is answered with this code.
    Theirs(Option<u16>),
}

/// What the socket did not take.
struct Unfinished {
    bytes: Bytes,
    /// Since when, and since when without a byte taken.
    since: Instant,
    stuck: Instant,
    /// Whether a snapshot is part of it: all of that is taken in a certain time.
    is_first: bool,
}

struct Busy {
    inbound: Inbound,
    /// Since when a message has been under way.
    begun: Option<Instant>,
    budget: Budget,
    start: Instant,
    used: Instant,
    /// Ready for the socket, behind the audience's frames.
    queue: VecDeque<Bytes>,
    private_bytes: usize,
    privates: usize,
    /// When each thing began that is under way.
    under_way: Vec<Instant>,
    /// Whether any of these is an errand: what is said then stays behind it.
    has_errands: bool,
    /// It ends when what is under way is done, or then.
    end: Option<(End, Instant)>,
    /// A private word did not reach it. What came of its commands is not told any more: that would be
    /// `done` before its effect. Whoever sat there sends them again, from a new seat.
    is_deaf: bool,
}

/// What every seat of a shard uses in turn.
pub(super) struct Tools {
    pub(super) epoll: OwnedFd,
    pub(super) runtime: runtime::Handle,
    pub(super) read: Vec<u8>,
    pub(super) write: Vec<u8>,
    pub(super) now: Instant,
    pub(super) patience: Patience,
}

/// The other side has gone, or takes nothing any more, or all is said.
pub(super) struct Gone;

type Flow = Result<(), Gone>;

impl Seated {
    pub(super) fn new(
        (socket, slot, group): (OwnedFd, usize, usize),
        address: Address,
        (owner, held): (Owner, Box<dyn Any + Send>),
        (seat, early): (SeatId, &[u8]),
        tools: &Tools,
    ) -> Result<Self, Gone> {
        let wanted = EventFlags::RDHUP;
        let name = EventData::new_u64(slot as u64);
        epoll::add(&tools.epoll, &socket, name, wanted).map_err(|_| Gone)?;
        let mut seated = Self {
            socket,
            address,
            owner: Arc::new(owner),
            _held: held,
            seat,
            next: 0,
            stage: Stage::Sits,
            unfinished: None,
            busy: None,
            wanted,
            group,
            at: 0,
            slot,
            waits: false,
        };
        if !early.is_empty() {
            seated.busy(tools.now).inbound.push(early);
        }
        Ok(seated)
    }

    /// Everything it starts with is written, and it is heard from here on.
    pub(super) fn joins(
        &mut self,
        welcome: Option<&Frame>,
        joined: &Joined,
        group: &mut Group,
        tools: &mut Tools,
    ) -> Flow {
        self.starts(welcome, joined, tools)?;
        self.hears(group, tools)?;
        // What came between its picture and this was told to those who had a seat.
        self.tell(group, tools)
    }

    /// A snapshot for who had fallen off; `None`: the room let the seat go, or is over.
    pub(super) fn resynced(
        &mut self,
        at: Instant,
        joined: Option<Joined>,
        group: &mut Group,
        tools: &mut Tools,
    ) -> Flow {
        self.is_done(at, tools.now);
        if self.stage != Stage::Resyncs {
            return Ok(());
        }
        self.stage = Stage::Sits;
        match joined {
            Some(joined) => self.starts(None, &joined, tools)?,
            None => {
                self.next = u64::MAX;
                self.ends(End::Ours(Close::TooSlow), tools);
            }
        }
        // What it has said meanwhile has waited.
        self.hears(group, tools)
    }

    fn starts(&mut self, welcome: Option<&Frame>, joined: &Joined, tools: &mut Tools) -> Flow {
        self.next = joined.next;
        let mut write = std::mem::take(&mut tools.write);
        write.clear();
        for frame in welcome.into_iter().chain(&joined.frames) {
            let deflated = if self.owner.deflates { frame.deflated_on_socket() } else { None };
            write.extend_from_slice(deflated.as_ref().unwrap_or(frame.on_socket()));
        }
        let wrote = self.write(&write, true, tools);
        tools.write = write;
        wrote
    }

    /// Something private; it goes behind what the audience was told before it.
    pub(super) fn word(&mut self, word: Private, tools: &Tools) -> Flow {
        self.address.between().waiting.fetch_sub(1, Ordering::Relaxed);
        match word {
            Private::Close(close) => self.ends(End::Ours(close), tools),
            Private::Frame(frame) => {
                let is_stuck = self.unfinished.is_some() || self.stage != Stage::Sits;
                let busy = self.busy(tools.now);
                busy.privates += 1;
                busy.private_bytes += frame.len();
                busy.queue.push_back(frame.into_socket());
                let is_much = busy.privates > PRIVATE || busy.private_bytes > PRIVATE_BYTES;
                if is_stuck && is_much {
                    busy.is_deaf = true;
                    self.is_over();
                    self.ends(End::Ours(Close::TooSlow), tools);
                }
            }
        }
        Ok(())
    }

    /// The room holds this seat no more: it is over and has said so, or could not tell it something.
    pub(super) fn let_go(&mut self, group: &mut Group, tools: &mut Tools) -> Flow {
        self.ends(End::Ours(Close::TooSlow), tools);
        let busy = self.busy(tools.now);
        busy.is_deaf = !matches!(busy.end, Some((End::Ours(Close::Drain), _)));
        self.tell(group, tools)
    }

    /// What the room answers to a command.
    pub(super) fn replied(
        &mut self,
        at: Instant,
        (id, reply): (CommandId, Reply),
        group: &mut Group,
        tools: &mut Tools,
    ) -> Flow {
        let told = answered(&self.owner, id, reply);
        self.told(at, told, group, tools)
    }

    /// What came of something that was said.
    pub(super) fn told(
        &mut self,
        at: Instant,
        told: Told,
        group: &mut Group,
        tools: &mut Tools,
    ) -> Flow {
        let was_full = self.is_full();
        let busy = self.is_done(at, tools.now);
        match told {
            Told::Nothing => {}
            Told::Frame(_) if busy.is_deaf => {}
            Told::Frame(frame) => busy.queue.push_back(frame.into_socket()),
            Told::Back(bytes) => busy.queue.push_back(bytes),
            Told::Close(close) => self.ends(End::Ours(close), tools),
        }
        if was_full { self.hears(group, tools) } else { Ok(()) }
    }

    fn errand(&mut self, what: What, group: &mut Group, tools: &Tools) {
        self.busy(tools.now).has_errands = true;
        let (seat, owner, address) = (self.seat, Arc::clone(&self.owner), self.address.clone());
        group.errand(Errand { at: tools.now, seat, owner, address, what }, tools);
    }

    /// Something more is under way.
    fn begins(&mut self, now: Instant) {
        self.busy(now).under_way.push(now);
    }

    /// What began then is not any more.
    fn is_done(&mut self, at: Instant, now: Instant) -> &mut Busy {
        let busy = self.busy(now);
        if let Some(which) = busy.under_way.iter().position(|began| *began == at) {
            busy.under_way.swap_remove(which);
        }
        if busy.under_way.is_empty() {
            busy.has_errands = false;
        }
        busy
    }

    /// Whether so much is under way that it is not read.
    fn is_full(&self) -> bool {
        self.busy.as_ref().is_some_and(|busy| busy.under_way.len() >= UNDER_WAY)
    }

    fn busy(&mut self, now: Instant) -> &mut Busy {
        let owner = &self.owner;
        self.busy.get_or_insert_with(|| {
            Box::new(Busy {
                inbound: Inbound::new(owner.most),
                begun: None,
                budget: owner.budget.clone(),
                start: now,
                used: now,
                queue: VecDeque::new(),
                private_bytes: 0,
                privates: 0,
                under_way: Vec::new(),
                has_errands: false,
                end: None,
                is_deaf: false,
            })
        })
    }

    /// It is to end: as soon as what is under way is done, or in a moment. Until then it is told what
    /// is private to it, since `done` comes after its effect.
    fn ends(&mut self, end: End, tools: &Tools) {
        if !matches!(self.stage, Stage::Parts(_)) {
            let until = tools.now + tools.patience.parting;
            self.busy(tools.now).end.get_or_insert((end, until));
        }
    }

    /// Writes everything that waits.
    pub(super) fn tell(&mut self, group: &mut Group, tools: &mut Tools) -> Flow {
        while self.unfinished.is_none() && self.stage == Stage::Sits {
            let batch = match group.batch(self.next) {
                Batch::UpToDate => None,
                Batch::Frames { bytes, next, is_all } => {
                    self.next = next;
                    Some((bytes, is_all))
                }
                Batch::FellOff => {
                    self.stage = Stage::Resyncs;
                    self.begins(tools.now);
                    self.errand(What::Resync, group, tools);
                    self.want(tools);
                    return Ok(());
                }
            };
            let waits = self.busy.as_ref().is_some_and(|busy| !busy.queue.is_empty());
            match (batch, waits) {
                (None, false) => break,
                (Some((bytes, is_all)), waits) if !(is_all && waits) => {
                    self.write_shared(&bytes, tools)?;
                }
                (batch, _) => {
                    let mut write = std::mem::take(&mut tools.write);
                    write.clear();
                    batch.iter().for_each(|(bytes, _)| write.extend_from_slice(bytes));
                    if let Some(busy) = &mut self.busy {
                        busy.queue.drain(..).for_each(|bytes| write.extend_from_slice(&bytes));
                        (busy.privates, busy.private_bytes) = (0, 0);
                    }
                    let wrote = self.write(&write, false, tools);
                    tools.write = write;
                    wrote?;
                }
            }
        }
        self.goodbye(tools)
    }

    /// Ends it, where it is to end and nothing is left to say before.
    fn goodbye(&mut self, tools: &mut Tools) -> Flow {
        let Some(busy) = &self.busy else { return Ok(()) };
        let Some((end, until)) = busy.end else { return Ok(()) };
        let is_broken = matches!(end, End::Ours(Close::Broken | Close::TooLarge));
        let is_late = until <= tools.now;
        let is_done = busy.under_way.is_empty() || busy.is_deaf || is_late;
        let can_be_told = match self.stage {
            Stage::Sits => true,
            // Its room gives it no picture.
            Stage::Resyncs => is_late,
            Stage::Parts(_) => false,
        };
        if !is_done || !can_be_told || self.unfinished.is_some() {
            return Ok(());
        }
        let close = match end {
            End::Ours(close) => close,
            End::Theirs(code) => {
                let code = code.map(u16::to_be_bytes);
                let code = code.as_ref().map_or(&[][..], |code| &code[..]);
                // Whether it takes it or not, it is gone.
                self.write(&framed(OpCode::Control(Control::Close), code), false, tools)?;
                return Err(Gone);
            }
        };
        let language = self.owner.language;
        let mut write = Vec::new();
        if !is_broken {
            let retry_after_ms = come_back(close, self.seat);
            let goodbye = message::goodbye(close, language, retry_after_ms);
            write.extend_from_slice(goodbye.on_socket());
        }
        let mut reason = close.code().to_be_bytes().to_vec();
        reason.extend_from_slice(close.reason(language).as_bytes());
        write.extend_from_slice(&framed(OpCode::Control(Control::Close), &reason));
        self.stage = Stage::Parts(tools.now + tools.patience.parting);
        self.is_over();
        // What it has sent and nobody will look at is read all the same, so that a connection with
        // unread bytes is not torn down by a reset before ours has been read.
        self.write(&write, false, tools)?;
        self.want(tools);
        Ok(())
    }

    /// What is due by time alone.
    pub(super) fn look(&mut self, group: &mut Group, tools: &mut Tools) -> Flow {
        let (now, patience) = (tools.now, tools.patience);
        if let Some(unfinished) = &self.unfinished {
            let is_stuck = now - unfinished.stuck > patience.stalled;
            let is_late = unfinished.is_first && now - unfinished.since > patience.first;
            if is_stuck || is_late {
                return Err(Gone);
            }
        }
        if let Stage::Parts(until) = self.stage
            && self.unfinished.is_none()
            && until < now
        {
            return Err(Gone);
        }
        let Some(busy) = &mut self.busy else { return Ok(()) };
        let is_late = busy.begun.is_some_and(|begun| now - begun > patience.unfinished);
        if is_late && self.sits_on() && self.wanted.contains(EventFlags::IN) {
            self.ends(End::Ours(Close::Broken), tools);
            return self.tell(group, tools);
        }
        let Some(busy) = &mut self.busy else { return Ok(()) };
        let is_unknown = busy.under_way.iter().any(|began| now - *began > patience.unknown);
        if is_unknown && busy.end.is_none() {
            self.ends(End::Ours(Close::OutcomeUnknown), tools);
        }
        let Some(busy) = &mut self.busy else { return Ok(()) };
        if busy.end.is_some() {
            return self.tell(group, tools);
        }
        let is_idle = busy.inbound.is_empty() && busy.queue.is_empty() && busy.under_way.is_empty();
        if is_idle && now - busy.used > IDLE {
            self.busy = None;
        }
        Ok(())
    }

    /// Nobody sits here any more.
    pub(super) fn is_over(&self) {
        self.address.between().is_over.store(true, Ordering::Relaxed);
    }
}
