//! What a seat writes: at once as far as the socket takes it, the rest when it takes more.

use bytes::Bytes;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{SendFlags, send};

use super::{Flow, Gone, Seated, Stage, Tools, Unfinished};

impl Seated {
    pub(super) fn write_shared(&mut self, bytes: &Bytes, tools: &mut Tools) -> Flow {
        let wrote = self.send(bytes)?;
        if wrote < bytes.len() {
            self.left(bytes.slice(wrote..), false, tools);
        }
        Ok(())
    }

    pub(super) fn write(&mut self, bytes: &[u8], is_first: bool, tools: &mut Tools) -> Flow {
        let wrote = if self.unfinished.is_some() { 0 } else { self.send(bytes)? };
        if wrote < bytes.len() {
            self.left(Bytes::copy_from_slice(&bytes[wrote..]), is_first, tools);
        }
        Ok(())
    }

    fn send(&self, bytes: &[u8]) -> Result<usize, Gone> {
        loop {
            match send(&self.socket, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT) {
                Ok(wrote) => return Ok(wrote),
                Err(Errno::AGAIN) => return Ok(0),
                Err(Errno::INTR) => {}
                Err(_) => return Err(Gone),
            }
        }
    }

    fn left(&mut self, bytes: Bytes, is_first: bool, tools: &mut Tools) {
        if self.unfinished.is_some() {
            // Only a close that answers a close; nobody who takes nothing will miss it.
            return;
        }
        let now = tools.now;
        self.unfinished = Some(Box::new(Unfinished { bytes, since: now, stuck: now, is_first }));
        self.want(tools);
    }

    /// Goes on with what was not taken.
    pub(super) fn finish(&mut self, tools: &mut Tools) -> Flow {
        let Some(mut unfinished) = self.unfinished.take() else { return Ok(()) };
        let wrote = self.send(&unfinished.bytes)?;
        if wrote < unfinished.bytes.len() {
            unfinished.bytes = unfinished.bytes.slice(wrote..);
            if wrote > 0 {
                unfinished.stuck = tools.now;
            }
            self.unfinished = Some(unfinished);
        }
        Ok(())
    }

    /// Asks to be told of what matters now. Who does not take what is written is not read either.
    pub(super) fn want(&mut self, tools: &Tools) {
        let full = self.is_full();
        let mut wanted = EventFlags::RDHUP;
        match self.stage {
            Stage::Parts(_) => wanted |= EventFlags::IN,
            Stage::Resyncs => {}
            Stage::Sits if full || self.unfinished.is_some() => {}
            Stage::Sits => wanted |= EventFlags::IN,
        }
        if self.unfinished.is_some() {
            wanted |= EventFlags::OUT;
        }
        if wanted != self.wanted {
            self.wanted = wanted;
            let name = EventData::new_u64(self.slot as u64);
            // The socket is open, and stands in this epoll.
            let _ = epoll::modify(&tools.epoll, &self.socket, name, wanted);
        }
    }
}
