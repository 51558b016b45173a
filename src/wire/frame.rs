//! One message, encoded once and shared by all who get it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use miniz_oxide::deflate::compress_to_vec;
use serde::Serialize;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// The bytes of one message, with the head that a socket puts before them. A clone is a reference
/// count: an update for 5,000 readers is encoded once, and goes into each socket as it is.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Head and text.
    socket: Bytes,
    /// Where the text begins, which is UTF-8.
    text: usize,
    /// Of a snapshot, its deflated form: made when the first seat asks for it, shared by all.
    deflated: Option<Arc<OnceLock<Bytes>>>,
}

/// How hard a snapshot is squeezed: zlib's own default.
const LEVEL: u8 = 6;

impl Frame {
    /// Encodes a message. Only for types whose keys are text; ours are.
    pub(crate) fn of<T: Serialize>(message: &T) -> Self {
        let json = serde_json::to_string(message).expect("our messages have text as keys");
        Self::text(&json)
    }

    fn text(text: &str) -> Self {
        let socket = framed(OpCode::Data(Data::Text), text.as_bytes());
        let text = socket.len() - text.len();
        Self { socket, text, deflated: None }
    }

    /// As it goes into a socket: one unmasked frame of text.
    pub fn on_socket(&self) -> &Bytes {
        &self.socket
    }

    /// The same, for whoever is the only one to have it: a count that starts costs memory.
    pub fn into_socket(self) -> Bytes {
        self.socket
    }

    /// The same, for those who asked for snapshots deflated.
    pub(crate) fn that_deflates(self) -> Self {
        Self { deflated: Some(Arc::default()), ..self }
    }

    /// The same deflated, where it is a snapshot: one unmasked binary frame of the raw deflate of its
    /// text. The first call of all clones does the work: some milliseconds for a desk's.
    pub fn deflated_on_socket(&self) -> Option<Bytes> {
        let deflate = || {
            let deflated = compress_to_vec(self.as_str().as_bytes(), LEVEL);
            framed(OpCode::Data(Data::Binary), &deflated)
        };
        self.deflated.as_ref().map(|shared| shared.get_or_init(deflate).clone())
    }

    /// As text, for server-sent events and tests.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.socket[self.text..]).expect("it was text")
    }

    /// How many bytes.
    pub fn len(&self) -> usize {
        self.socket.len() - self.text
    }

    /// Never: the shortest message names its type.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One unmasked frame of a socket, as a server sends it, whole.
pub fn framed(kind: OpCode, payload: &[u8]) -> Bytes {
    let head = FrameHeader { opcode: kind, ..FrameHeader::default() };
    let length = payload.len() as u64;
    let mut frame = Vec::with_capacity(head.len(length) + payload.len());
    head.format(length, &mut frame).expect("memory takes every byte");
    frame.extend_from_slice(payload);
    frame.into()
}

/// One message or another, deflated already or not.
impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.socket == other.socket
    }
}

impl Eq for Frame {}

impl From<Frame> for Bytes {
    fn from(frame: Frame) -> Self {
        frame.socket.slice(frame.text..)
    }
}

/// Rings and seats do not look inside: their tests put words in.
#[cfg(test)]
impl<T: Into<String>> From<T> for Frame {
    fn from(text: T) -> Self {
        Self::text(&text.into())
    }
}
