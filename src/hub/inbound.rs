//! What a client sends, put together from bytes: whole messages, or what is wrong with them.
//!
//! Without a socket, so that it can be tried with every way in which bytes may arrive. Holds nothing
//! between two messages: a connection that is silent costs no buffer. Heads are read by tungstenite.

use std::io::Cursor;

use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

/// Bytes of a control frame, by the standard.
const CONTROL_MOST: u64 = 125;

/// One thing that a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// A whole message of text.
    Text(String),
    /// A whole message of anything else.
    Binary(Vec<u8>),
    /// To be answered with the same bytes.
    Ping(Vec<u8>),
    /// We never ask, so it means nothing.
    Pong,
    /// It wants to go, and is answered with this code: its own, 1002 to one that may not be sent, and
    /// none to none.
    Close(Option<u16>),
}

/// Why nothing more can be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Garbled {
    /// Not the standard's way.
    #[error("broken WebSocket")]
    Broken,
    /// Longer than a message may be.
    #[error("too large")]
    TooLarge,
}

/// The half of a socket that listens.
#[derive(Debug)]
pub(super) struct Inbound {
    /// Bytes that are no whole frame yet.
    raw: Vec<u8>,
    /// How many of them are done with.
    done: usize,
    /// The message whose pieces come one by one.
    begun: Option<Pieces>,
    /// Bound: bytes of a message.
    most: usize,
    /// Why nothing that comes is understood any more; it is not kept.
    garbled: Option<Garbled>,
}

#[derive(Debug)]
struct Pieces {
    is_text: bool,
    bytes: Vec<u8>,
    /// So many of them are known to be UTF-8.
    valid: usize,
}

impl Inbound {
    /// For messages of at most so many bytes.
    pub(super) const fn new(most: usize) -> Self {
        Self { raw: Vec::new(), done: 0, begun: None, most, garbled: None }
    }

    /// Whether it holds part of something.
    pub(super) const fn is_empty(&self) -> bool {
        self.raw.len() == self.done && self.begun.is_none()
    }

    /// More bytes have come.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.garbled.is_none() {
            self.raw.extend_from_slice(bytes);
        }
    }

    /// The next thing that is whole. `None`: more has to come.
    ///
    /// # Errors
    /// When nothing that follows can be understood.
    pub(super) fn hear(&mut self) -> Result<Option<Heard>, Garbled> {
        if let Some(garbled) = self.garbled {
            return Err(garbled);
        }
        self.understand().inspect_err(|garbled| {
            let most = self.most;
            *self = Self { garbled: Some(*garbled), ..Self::new(most) };
        })
    }

    fn understand(&mut self) -> Result<Option<Heard>, Garbled> {
        loop {
            let Some((head, payload)) = self.frame()? else {
                self.raw.drain(..self.done);
                self.done = 0;
                if self.raw.is_empty() {
                    self.raw = Vec::new();
                }
                return Ok(None);
            };
            if let Some(heard) = self.put_together(&head, payload)? {
                return Ok(Some(heard));
            }
        }
    }

    /// One frame, unmasked.
    fn frame(&mut self) -> Result<Option<(FrameHeader, Vec<u8>)>, Garbled> {
        let mut cursor = Cursor::new(&self.raw[self.done..]);
        let parsed = FrameHeader::parse(&mut cursor).map_err(|_| Garbled::Broken)?;
        let Some((head, length)) = parsed else { return Ok(None) };
        let start = self.done + usize::try_from(cursor.position()).unwrap_or(usize::MAX);
        if head.rsv1 || head.rsv2 || head.rsv3 {
            return Err(Garbled::Broken);
        }
        match head.opcode {
            OpCode::Control(_) if length > CONTROL_MOST || !head.is_final => {
                return Err(Garbled::Broken);
            }
            OpCode::Control(_) => {}
            OpCode::Data(kind) => {
                if (kind == Data::Continue) != self.begun.is_some() {
                    return Err(Garbled::Broken);
                }
                let before = self.begun.as_ref().map_or(0, |pieces| pieces.bytes.len());
                if length > (self.most - before) as u64 {
                    return Err(Garbled::TooLarge);
                }
            }
        }
        // A client's frames are masked, by the standard.
        let mask = head.mask.ok_or(Garbled::Broken)?;
        let end = start + usize::try_from(length).map_err(|_| Garbled::TooLarge)?;
        let Some(payload) = self.raw.get(start..end) else { return Ok(None) };
        let payload = unmasked(payload, mask);
        self.done = end;
        Ok(Some((head, payload)))
    }

    fn put_together(
        &mut self,
        head: &FrameHeader,
        payload: Vec<u8>,
    ) -> Result<Option<Heard>, Garbled> {
        let kind = match head.opcode {
            OpCode::Control(Control::Ping) => return Ok(Some(Heard::Ping(payload))),
            OpCode::Control(Control::Pong) => return Ok(Some(Heard::Pong)),
            OpCode::Control(_) => return close(&payload).map(|code| Some(Heard::Close(code))),
            OpCode::Data(kind) => kind,
        };
        // Most messages come whole, and are looked at once.
        if head.is_final && kind == Data::Text {
            let text = String::from_utf8(payload).map_err(|_| Garbled::Broken)?;
            return Ok(Some(Heard::Text(text)));
        }
        let mut pieces = match self.begun.take() {
            Some(mut pieces) => {
                pieces.bytes.extend(payload);
                pieces
            }
            None => Pieces { is_text: kind == Data::Text, bytes: payload, valid: 0 },
        };
        pieces.check()?;
        if !head.is_final {
            self.begun = Some(pieces);
            return Ok(None);
        }
        if !pieces.is_text {
            return Ok(Some(Heard::Binary(pieces.bytes)));
        }
        String::from_utf8(pieces.bytes)
            .map(|text| Some(Heard::Text(text)))
            .map_err(|_| Garbled::Broken)
    }
}

fn unmasked(bytes: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let (fours, rest) = bytes.as_chunks_mut::<4>();
    for four in fours {
        *four = (u32::from_ne_bytes(*four) ^ u32::from_ne_bytes(mask)).to_ne_bytes();
    }
    rest.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    bytes
}

impl Pieces {
    /// Text is looked at as it comes: what can no longer become UTF-8 is not waited for.
    fn check(&mut self) -> Result<(), Garbled> {
        if !self.is_text {
            return Ok(());
        }
        match std::str::from_utf8(&self.bytes[self.valid..]) {
            Ok(_) => self.valid = self.bytes.len(),
            Err(error) if error.error_len().is_some() => return Err(Garbled::Broken),
            Err(error) => self.valid += error.valid_up_to(),
        }
        Ok(())
    }
}

fn close(payload: &[u8]) -> Result<Option<u16>, Garbled> {
    match payload {
        [] => Ok(None),
        [a, b, reason @ ..] => {
            let code = u16::from_be_bytes([*a, *b]);
            std::str::from_utf8(reason).map_err(|_| Garbled::Broken)?;
            let is_allowed = CloseCode::from(code).is_allowed();
            Ok(Some(if is_allowed { code } else { CloseCode::Protocol.into() }))
        }
        [_] => Err(Garbled::Broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 1000;

    fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [7, 99, 0, 200];
        let mut frame = vec![first];
        match payload.len() {
            short @ 0..126 => frame.push(0x80 | short as u8),
            long => {
                frame.push(0x80 | 126);
                frame.extend((long as u16).to_be_bytes());
            }
        }
        frame.extend(mask);
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        frame
    }

    fn heard(bytes: &[u8], at_once: usize) -> Result<Vec<Heard>, Garbled> {
        let mut inbound = Inbound::new(MOST);
        let mut all = Vec::new();
        for part in bytes.chunks(at_once) {
            inbound.push(part);
            while let Some(heard) = inbound.hear()? {
                all.push(heard);
            }
        }
        assert!(inbound.is_empty(), "{inbound:?}");
        assert_eq!(inbound.raw.capacity(), 0, "who is silent holds no buffer");
        Ok(all)
    }

    #[test]
    fn what_comes_behind_something_garbled_is_not_kept() {
        let mut inbound = Inbound::new(MOST);
        // A frame of two to the fortieth bytes, and then bytes.
        inbound.push(&[0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 7, 99, 0, 200]);
        for _ in 0..100 {
            assert_eq!(inbound.hear(), Err(Garbled::TooLarge));
            inbound.push(&[b'a'; 16 * 1024]);
        }
        assert_eq!(inbound.raw.capacity(), 0);
    }

    #[test]
    fn messages_are_the_same_however_their_bytes_arrive() {
        let long = "è".repeat(300);
        let parts = [
            masked(0x81, long.as_bytes()),
            masked(0x01, &"perché".as_bytes()[..6]),
            masked(0x89, b"are you there"),
            masked(0x00, b""),
            masked(0x80, &"perché".as_bytes()[6..]),
            masked(0x82, &[0, 255]),
            masked(0x8a, b""),
            masked(0x88, &[3, 232, b'c', b'i', b'a', b'o']),
            masked(0x88, &1005_u16.to_be_bytes()),
            masked(0x88, b""),
        ];
        let said = [
            Heard::Text(long),
            Heard::Ping(b"are you there".to_vec()),
            Heard::Text("perché".to_owned()),
            Heard::Binary(vec![0, 255]),
            Heard::Pong,
            Heard::Close(Some(1000)),
            Heard::Close(Some(1002)),
            Heard::Close(None),
        ];
        for at_once in [1, 2, 3, 5, 7, 64, 4096] {
            assert_eq!(heard(&parts.concat(), at_once), Ok(said.to_vec()), "{at_once} at once");
        }
    }

    #[test]
    fn what_is_not_the_standards_way_is_broken() {
        let broken: [Vec<u8>; 11] = [
            vec![0x81, 0x01, b'a'],
            masked(0xc1, b"a"),
            masked(0x83, b""),
            masked(0x8b, b""),
            masked(0x09, b"a ping in pieces"),
            masked(0x89, &[b'x'; 126]),
            masked(0x80, b"goes on with nothing"),
            [masked(0x01, b"a"), masked(0x81, b"another in between")].concat(),
            masked(0x81, &[0xff]),
            [masked(0x01, &[0xed, 0xa0]), masked(0x00, b"")].concat(),
            masked(0x88, &[3]),
        ];
        for (number, bytes) in broken.iter().enumerate() {
            assert_eq!(heard(bytes, 4096), Err(Garbled::Broken), "{number}");
        }
    }

    #[test]
    fn what_is_too_large_is_not_waited_for() {
        let head = masked(0x82, &[0; MOST + 1])[..8].to_vec();
        assert_eq!(heard(&head, 4096), Err(Garbled::TooLarge));
        let pieces = [masked(0x02, &[0; MOST]), masked(0x80, &[0])].concat();
        assert_eq!(heard(&pieces, 4096), Err(Garbled::TooLarge));
        let mut endless = vec![0x82, 0xff];
        endless.extend(u64::MAX.to_be_bytes());
        endless.extend([0; 4]);
        assert_eq!(heard(&endless, 4096), Err(Garbled::TooLarge));
    }
}
