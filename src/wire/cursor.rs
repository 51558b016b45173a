//! Where a reader was: what it sends when it comes back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

use crate::qa::Audience;
use crate::qa::session::Place;

/// An audience's place in one life of a journal. Opaque to everybody else, and no secret: it says
/// how often that audience's own view has changed, and nothing of what others see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
pub struct Cursor {
    /// Whose view it is a place in.
    pub audience: Audience,
    /// Which life of the journal.
    pub epoch: u64,
    /// How far: a count, and the hash that tells two pasts with the same count apart.
    pub place: Place,
}

/// The first byte: moves when the layout does, so that an old cursor is none.
const LAYOUT: u8 = 1;
const BYTES: usize = 2 + 3 * 8;

/// A text that is no cursor of ours: treat it as none, and send a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct NotACursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; BYTES];
        bytes[0] = LAYOUT;
        bytes[1] = self.audience as u8;
        let numbers = [self.epoch, self.place.count, self.place.hash];
        for (at, number) in bytes[2..].chunks_exact_mut(8).zip(numbers) {
            at.copy_from_slice(&number.to_be_bytes());
        }
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let mut bytes = [0; BYTES];
        // One spelling for one cursor: the engine refuses padding, other alphabets and loose bits.
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(BYTES) if bytes[0] == LAYOUT => {}
            _ => return Err(NotACursor),
        }
        let audience = Audience::ALL.get(usize::from(bytes[1])).copied().ok_or(NotACursor)?;
        let number = |at: usize| {
            bytes[2..].as_chunks::<8>().0.get(at).map_or(0, |bytes| u64::from_be_bytes(*bytes))
        };
        let place = Place { count: number(1), hash: number(2) };
        Ok(Self { audience, epoch: number(0), place })
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_was(epoch: u64, count: u64, hash: u64, a in 0..4_usize) {
            let audience = Audience::ALL[a];
            let cursor = Cursor { audience, epoch, place: Place { count, hash } };
            let text = cursor.to_string();
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
            prop_assert_eq!(text.parse(), Ok(cursor));
        }

        #[test]
        fn anything_else_is_none(text in ".{0,60}") {
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert_eq!(cursor.to_string(), text);
            }
        }
    }

    #[test]
    fn one_cursor_has_one_spelling() {
        let cursor =
            Cursor { audience: Audience::Desk, epoch: 7, place: Place { count: 3, hash: 9 } };
        let text = cursor.to_string();
        let last = text.len() - 1;
        for wrong in [
            format!("{text}="),
            format!(" {text}"),
            text[..last].to_owned(),
            format!("{text}A"),
            format!("{}B", &text[..last]),
            text.replacen('A', "+", 1),
            String::new(),
        ] {
            assert_eq!(wrong.parse::<Cursor>(), Err(NotACursor), "{wrong}");
        }
    }
}
