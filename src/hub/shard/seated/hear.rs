//! What a seat hears: bytes, counted before they are put together, and the messages in them.

use std::time::Instant;

use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, OpCode};

use super::super::errands::What;
use super::super::mailbox::{Note, Pending};
use super::super::run::Group;
use super::{End, Flow, Gone, Seated, Stage, Tools};
use crate::gate::budget::Verdict;
use crate::hub::Reply;
use crate::hub::inbound::{Garbled, Heard};
use crate::qa::{As, Envelope, Kind};
use crate::wire::frame::framed;
use crate::wire::{self, Close};

impl Seated {
    /// Its socket can be read, or written to again, or has ended.
    pub(in crate::hub::shard) fn ready(
        &mut self,
        flags: EventFlags,
        group: &mut Group,
        tools: &mut Tools,
    ) -> Flow {
        if flags.intersects(EventFlags::ERR | EventFlags::HUP) {
            return Err(Gone);
        }
        if flags.contains(EventFlags::OUT) {
            self.finish(tools)?;
            self.tell(group, tools)?;
            self.want(tools);
        }
        if flags.contains(EventFlags::IN) && self.wanted.contains(EventFlags::IN) {
            return self.reads(group, tools);
        }
        if flags.contains(EventFlags::RDHUP) && !self.wanted.contains(EventFlags::IN) {
            // It will say no more; what it has said and we have not read is lost with it.
            return Err(Gone);
        }
        Ok(())
    }

    fn reads(&mut self, group: &mut Group, tools: &mut Tools) -> Flow {
        let read = match recv(&self.socket, &mut tools.read[..], RecvFlags::DONTWAIT) {
            Ok((0, _)) => return Err(Gone),
            Ok((read, _)) => read,
            Err(Errno::AGAIN | Errno::INTR) => return Ok(()),
            Err(_) => return Err(Gone),
        };
        let bytes = std::mem::take(&mut tools.read);
        let busy = self.busy(tools.now);
        busy.used = tools.now;
        busy.inbound.push(&bytes[..read]);
        let verdict = busy.budget.bytes(tools.now - busy.start, read);
        tools.read = bytes;
        if verdict == Verdict::Close && self.sits_on() {
            self.ends(End::Ours(Close::TooMuch), tools);
            return self.tell(group, tools);
        }
        self.hears(group, tools)
    }

    /// Whether what it says still counts.
    pub(super) fn sits_on(&self) -> bool {
        self.stage == Stage::Sits && self.busy.as_ref().is_none_or(|busy| busy.end.is_none())
    }

    /// Takes what has come, as long as there is room for what it leads to, and whoever said it sees what
    /// they speak of.
    pub(super) fn hears(&mut self, group: &mut Group, tools: &mut Tools) -> Flow {
        while !self.is_full()
            && self.stage != Stage::Resyncs
            && let Some(busy) = &mut self.busy
        {
            let heard = busy.inbound.hear();
            let parts = matches!(self.stage, Stage::Parts(_));
            match heard {
                Ok(None) => break,
                Ok(Some(Heard::Close(_))) if parts => return Err(Gone),
                Ok(Some(_)) if !self.sits_on() => {}
                Ok(Some(heard)) => self.heard(heard, group, tools),
                Err(_) if parts => return Err(Gone),
                Err(_) if !self.sits_on() => break,
                Err(garbled) => {
                    let close = match garbled {
                        Garbled::Broken => Close::Broken,
                        Garbled::TooLarge => Close::TooLarge,
                    };
                    self.ends(End::Ours(close), tools);
                    break;
                }
            }
        }
        let mut answers = false;
        if let Some(busy) = &mut self.busy {
            if busy.inbound.is_empty() {
                busy.begun = None;
            } else {
                busy.begun.get_or_insert(tools.now);
            }
            answers = !busy.queue.is_empty() || busy.end.is_some();
        }
        // What its audience is told it hears in turn, or with an answer.
        if answers {
            self.tell(group, tools)?;
        }
        self.want(tools);
        Ok(())
    }

    fn heard(&mut self, heard: Heard, group: &mut Group, tools: &Tools) {
        let now = tools.now;
        let busy = self.busy(now);
        let since = now - busy.start;
        match &heard {
            Heard::Ping(payload) => {
                busy.queue.push_back(framed(OpCode::Control(Control::Pong), payload));
                if busy.budget.ping(since) == Verdict::Close {
                    self.ends(End::Ours(Close::TooMuch), tools);
                }
                return;
            }
            // We never ask, so a pong is as idle as a ping.
            Heard::Pong => {
                if busy.budget.ping(since) == Verdict::Close {
                    self.ends(End::Ours(Close::TooMuch), tools);
                }
                return;
            }
            // What came of what it said before is told first.
            Heard::Close(code) => {
                self.ends(End::Theirs(*code), tools);
                return;
            }
            Heard::Text(_) | Heard::Binary(_) => {}
        }
        busy.begun = None;
        let verdict = busy.budget.frame(since);
        group.is_spoken_in();
        self.begins(now);
        if verdict == Verdict::Fine && self.votes(&heard, group, now) {
            return;
        }
        self.errand(What::Said(heard, verdict), group, tools);
    }

    /// A vote goes into its room's urn, where nothing that was said before is still being read: there is
    /// nothing in it to screen, and an evening is made of them.
    fn votes(&self, heard: &Heard, group: &Group, now: Instant) -> bool {
        let Heard::Text(text) = heard else { return false };
        let Some(caller) = self.owner.caller.filter(|caller| caller.acts == As::Citizen) else {
            return false;
        };
        if self.busy.as_ref().is_some_and(|busy| busy.has_errands) {
            return false;
        }
        let Some((id, command)) = wire::vote(text) else { return false };
        if let Some(refusal) = group.room.load().refuses(Kind::Vote, id) {
            let reply = Reply::refused(refusal);
            self.address.post(Note::Replied(self.address.ticket(now), id, reply));
            return true;
        }
        let pending = Pending::new(self.address.clone(), now, id);
        let envelope = Envelope { id, caller, command };
        let room = &group.room;
        match room.vote(envelope, pending, || (self.owner.allowance)().is_ok()) {
            Ok(()) => true,
            Err(pending) => {
                pending.cancel();
                false
            }
        }
    }
}
