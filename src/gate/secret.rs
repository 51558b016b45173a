//! What must not be seen: kept redacted, never compared byte by byte, looked up by its hash.
//!
//! [`Secret`] has no `PartialEq`, so that `==` on a secret does not compile:
//!
//! ```compile_fail,E0369
//! use filodiretto::gate::secret::Secret;
//! assert!(Secret::new("a".to_owned()) == Secret::new("a".to_owned()));
//! ```

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// A text that may be sent to its owner or written to its file, and nowhere else.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Keeps it.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself. Every use of this is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What it is looked up by.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// The SHA-256 of a token. Tokens have 128 random bits or more, so hashes may be stored and
/// compared as they like: timing tells about the hash, never about the token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Of this token.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What limits know it by: its first 8 bytes.
    pub(super) fn key(&self) -> u64 {
        self.0.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
    }
}

/// Hexadecimal, as the journal's invitations hold it.
impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(hidden)")
    }
}

/// What an invitation's token starts with. An identity's token is shorter and has no prefix.
pub const INVITATION_PREFIX: &str = "fdi_";
/// What an administrator's token made by us starts with; one set by the operator may start anyhow.
pub const ADMIN_PREFIX: &str = "fda_";

/// Bound: characters of any token that we look at.
pub const TOKEN_MAX: usize = 256;

/// A new token: the prefix and 256 random bits.
pub fn new_token(prefix: &str, random: [u8; 32]) -> Secret {
    let mut token = prefix.to_owned();
    URL_SAFE_NO_PAD.encode_string(random, &mut token);
    Secret(token)
}

/// Whether a text consists of the characters of tokens, `A-Z a-z 0-9 - _`.
pub fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= TOKEN_MAX
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Random bytes from the system: the one place where the gate draws them.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes once it has started");
    bytes
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes everything");
    }
    text
}

/// 32 bytes from 64 hexadecimal digits.
pub(crate) fn key_from_hex(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        if pair.starts_with('+') {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_shows_in_debug_output() {
        let secret = new_token(INVITATION_PREFIX, [7; 32]);
        let shown = format!("{secret:?} {:?}", secret.hash());
        assert_eq!(shown, "Secret(hidden) TokenHash(hidden)");
    }

    #[test]
    fn tokens_consist_of_the_promised_characters() {
        for byte in 0..=255 {
            let token = new_token(ADMIN_PREFIX, [byte; 32]);
            assert!(is_token(token.expose()), "byte {byte}");
            assert_eq!(token.expose().len(), 47);
        }
        for wrong in ["", "a b", "a+b", "a/b", "a=", "à", "a.b", &"a".repeat(257)] {
            assert!(!is_token(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_hash_shows_as_the_journal_holds_it() {
        let hash = TokenHash::of("abc").to_string();
        assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let bytes: [u8; 32] = std::array::from_fn(|i| i as u8 * 8);
        assert_eq!(key_from_hex(&to_hex(&bytes)), Some(bytes));
        for wrong in ["", "+1", &"g".repeat(64), &"+1".repeat(32), &"é".repeat(32)] {
            assert_eq!(key_from_hex(wrong), None, "{wrong}");
        }
    }
}
