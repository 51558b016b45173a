//! One message, encoded once and shared by all who get it.

use bytes::Bytes;
use serde::Serialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// The bytes of one message. A clone is a reference count: an update for 5,000 readers is encoded
/// once. It holds `Utf8Bytes`, since that is what a socket's text message is made of: from plain
/// `Bytes` every send would have to prove again that they are UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame(Utf8Bytes);

impl Frame {
    /// Encodes a message. Only for types whose keys are text; ours are.
    pub(crate) fn of<T: Serialize>(message: &T) -> Self {
        let json = serde_json::to_string(message).expect("our messages have text as keys");
        Self(Utf8Bytes::from(json))
    }

    /// As text, for server-sent events and tests.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
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

impl From<Frame> for Utf8Bytes {
    fn from(frame: Frame) -> Self {
        frame.0
    }
}

impl From<Frame> for Bytes {
    fn from(frame: Frame) -> Self {
        frame.0.into()
    }
}

/// Rings and seats do not look inside: their tests put words in.
#[cfg(test)]
impl<T: Into<String>> From<T> for Frame {
    fn from(text: T) -> Self {
        Self(Utf8Bytes::from(text.into()))
    }
}
