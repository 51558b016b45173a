//! One message, encoded once and shared by all who get it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use miniz_oxide::deflate::compress_to_vec;
use serde::Serialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// The bytes of one message. A clone is a reference count: an update for 5,000 readers is encoded
/// once. It holds `Utf8Bytes`, since that is what a socket's text message is made of: from plain
/// `Bytes` every send would have to prove again that they are UTF-8.
#[derive(Debug, Clone)]
pub struct Frame {
    text: Utf8Bytes,
    /// Of a snapshot, its deflated form: made when the first seat asks for it, shared by all.
    deflated: Option<Arc<OnceLock<Bytes>>>,
}

/// How hard a snapshot is squeezed: zlib's own default.
const LEVEL: u8 = 6;

impl Frame {
    /// Encodes a message. Only for types whose keys are text; ours are.
    pub(crate) fn of<T: Serialize>(message: &T) -> Self {
        let json = serde_json::to_string(message).expect("our messages have text as keys");
        Self { text: Utf8Bytes::from(json), deflated: None }
    }

    /// The same, for those who asked for snapshots deflated.
    pub(crate) fn that_deflates(self) -> Self {
        Self { deflated: Some(Arc::default()), ..self }
    }

    /// The raw deflate of its bytes, where it is a snapshot. The first call of all clones does the
    /// work: some milliseconds for a desk's.
    pub fn deflated(&self) -> Option<Bytes> {
        let deflate = || compress_to_vec(self.as_str().as_bytes(), LEVEL).into();
        self.deflated.as_ref().map(|shared| shared.get_or_init(deflate).clone())
    }

    /// As text, for server-sent events and tests.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// How many bytes.
    pub fn len(&self) -> usize {
        self.as_str().len()
    }

    /// Never: the shortest message names its type.
    pub fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }
}

/// One message or another, deflated already or not.
impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Frame {}

impl From<Frame> for Utf8Bytes {
    fn from(frame: Frame) -> Self {
        frame.text
    }
}

impl From<Frame> for Bytes {
    fn from(frame: Frame) -> Self {
        frame.text.into()
    }
}

/// Rings and seats do not look inside: their tests put words in.
#[cfg(test)]
impl<T: Into<String>> From<T> for Frame {
    fn from(text: T) -> Self {
        Self { text: Utf8Bytes::from(text.into()), deflated: None }
    }
}
