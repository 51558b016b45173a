//! The code under which an asker finds their question again, also without a cookie.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// 80 bits, written as four groups of four: short enough to be read aloud on the telephone, too
/// many to be guessed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
pub struct Receipt(pub [u8; 10]);

/// Crockford's: without I, L, O and U, which sound or look like something else.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LETTERS: usize = 16;
/// Bound: characters looked at: the letters, and as many again between them.
const LONGEST: usize = 2 * LETTERS;

/// A text that is no receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt: 16 of 0-9 and A-Z without I, L, O, U are expected")]
pub struct NotAReceipt;

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        for at in 0..LETTERS {
            if at > 0 && at % 4 == 0 {
                f.write_str("-")?;
            }
            let letter = (bits >> (5 * (LETTERS - 1 - at))) & 31;
            write!(f, "{}", char::from(ALPHABET[letter as usize]))?;
        }
        Ok(())
    }
}

/// Never in a log: who has it reads what a person wrote.
impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt(…)")
    }
}

impl FromStr for Receipt {
    type Err = NotAReceipt;

    /// Forgives case, spaces and hyphens, O for 0, I and L for 1.
    fn from_str(text: &str) -> Result<Self, NotAReceipt> {
        let mut bits = 0_u128;
        let mut letters = 0;
        if text.len() > LONGEST {
            return Err(NotAReceipt);
        }
        for letter in text.bytes().filter(|b| !matches!(b, b' ' | b'-')) {
            let letter = match letter.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                letter => letter,
            };
            let value = ALPHABET.iter().position(|known| *known == letter).ok_or(NotAReceipt)?;
            bits = bits << 5 | value as u128;
            letters += 1;
        }
        let [.., a, b, c, d, e, f, g, h, i, j] = bits.to_be_bytes();
        if letters == LETTERS { Ok(Self([a, b, c, d, e, f, g, h, i, j])) } else { Err(NotAReceipt) }
    }
}

impl Serialize for Receipt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Receipt {
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
        fn a_receipt_comes_back_as_it_was(bytes: [u8; 10]) {
            let receipt = Receipt(bytes);
            prop_assert_eq!(receipt.to_string().len(), 19);
            prop_assert_eq!(receipt.to_string().parse(), Ok(receipt));
        }

        #[test]
        fn nothing_brings_the_parser_down(text in ".{0,40}") {
            let _ = text.parse::<Receipt>();
        }
    }

    #[test]
    fn what_people_write_is_understood() {
        let receipt = Receipt([0, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf]);
        assert_eq!(receipt.to_string(), "0123-4567-89AB-CDEF");
        for text in ["0123456789ABCDEF", " o l23 4567-89ab cdef", "OI23-4567-89AB-CDEF"] {
            assert_eq!(text.parse(), Ok(receipt), "{text}");
        }
        for text in ["", "0123-4567-89AB-CDE", "0123-4567-89AB-CDEFG", "U123-4567-89AB-CDEF"] {
            assert_eq!(text.parse::<Receipt>(), Err(NotAReceipt), "{text}");
        }
        assert_eq!(" ".repeat(5000).parse::<Receipt>(), Err(NotAReceipt));
    }
}
