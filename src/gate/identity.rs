//! The signed identity: who somebody is, and nothing about what they may do.
//!
//! A token is `base64url(identity ‖ HMAC-SHA-256(key, identity), the first 16 bytes)`: 43 characters
//! of `A-Z a-z 0-9 - _`. Nothing is stored for it. Whoever holds it is that person, so it travels in
//! a cookie that scripts cannot read, or in a header, and never in an address.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

use super::secret::{Secret, TokenHash};

/// Signed together with every identity, so that this key's signatures serve for nothing else.
const DOMAIN: &[u8] = b"filodiretto/identity/1";
/// Bytes of a signature that travel. 128 bits: a forger would need 2^127 requests.
const TAG_BYTES: usize = 16;
/// Characters of a token: 32 bytes, without padding.
const TOKEN_LENGTH: usize = 43;

/// One person's 128 random bits. Not a secret: without a signature it opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity([u8; 16]);

impl Identity {
    /// The identity with these bits.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bits: what a session's secret turns into a `PersonId`.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The person behind a token that is no identity itself: an invitation's or the
    /// administrator's, used as a bearer. The same on every node, whatever its keys.
    pub fn of_token(hash: &TokenHash) -> Self {
        let digest = Sha256::new().chain_update(b"filodiretto/bearer/1").chain_update(hash.bytes());
        let digest: [u8; 32] = digest.finalize().into();
        Self(std::array::from_fn(|i| digest[i]))
    }

    /// What limits know this person by. Identities are random, so half of the bits tell them apart.
    pub(super) fn key(self) -> u64 {
        self.0.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
    }
}

/// Says nothing: a person must not be followed through the logs.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(hidden)")
    }
}

/// Signs identities and knows its own signatures again.
#[derive(Clone)]
pub struct Identities {
    /// The first signs; all verify. Invariant: never empty.
    keys: Vec<Hmac<Sha256>>,
}

impl Identities {
    /// Signs and verifies with this key.
    pub fn new(key: [u8; 32]) -> Self {
        Self { keys: vec![keyed(&key)] }
    }

    /// Also verifies what an older key has signed.
    #[must_use]
    pub fn with_old(mut self, key: [u8; 32]) -> Self {
        self.keys.push(keyed(&key));
        self
    }

    /// A new person's token, from 128 random bits.
    pub fn issue(&self, random: [u8; 16]) -> Secret {
        self.token(Identity(random))
    }

    /// The token of somebody who is known already: a fresh signature after the keys have changed.
    pub fn token(&self, identity: Identity) -> Secret {
        let key = self.keys.first().expect("there is always a key");
        let tag = key.clone().chain_update(identity.0).finalize().into_bytes();
        let mut bytes = [0; 16 + TAG_BYTES];
        bytes[..16].copy_from_slice(&identity.0);
        bytes[16..].copy_from_slice(&tag[..TAG_BYTES]);
        Secret::new(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Who this token says it is, if one of our keys has signed it. Compares in constant time.
    pub fn verify(&self, token: &str) -> Option<Identity> {
        if token.len() != TOKEN_LENGTH {
            return None;
        }
        let bytes: [u8; 16 + TAG_BYTES] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let (identity, tag) = bytes.split_first_chunk::<16>()?;
        let signed = |key: &Hmac<Sha256>| {
            key.clone().chain_update(identity).verify_truncated_left(tag).is_ok()
        };
        self.keys.iter().any(signed).then_some(Identity(*identity))
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(DOMAIN)
}

/// What a bearer token turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
    /// A person whom we have signed.
    Person(Identity),
    /// An invitation's form; whether it exists, and what it grants, a session knows.
    Invitation(TokenHash),
    /// The operator's token.
    Administrator,
    /// Nothing of ours: a failed sign-in.
    Unknown,
}

/// Knows every kind of token apart.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Signs and verifies persons.
    pub identities: Identities,
    /// Of the administrator's token.
    pub administrator: TokenHash,
}

impl Tokens {
    /// What this bearer token is. The administrator's comes first: the operator chose its form.
    pub fn recognise(&self, token: &str) -> Bearer {
        let hash = TokenHash::of(token);
        if hash == self.administrator {
            Bearer::Administrator
        } else if token.starts_with(super::secret::INVITATION_PREFIX) {
            Bearer::Invitation(hash)
        } else {
            self.identities.verify(token).map_or(Bearer::Unknown, Bearer::Person)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::secret::{INVITATION_PREFIX, is_token, new_token};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_says_who_and_only_its_own_key_believes_it(
            key in any::<[u8; 32]>(), other in any::<[u8; 32]>(), random in any::<[u8; 16]>(),
        ) {
            prop_assume!(key != other);
            let ours = Identities::new(key);
            let token = ours.issue(random);
            prop_assert!(is_token(token.expose()));
            prop_assert_eq!(token.expose().len(), TOKEN_LENGTH);
            prop_assert_eq!(ours.verify(token.expose()), Some(Identity(random)));
            prop_assert_eq!(Identities::new(other).verify(token.expose()), None);
            let rotated = Identities::new(other).with_old(key);
            prop_assert_eq!(rotated.verify(token.expose()), Some(Identity(random)));
        }

        #[test]
        fn a_token_with_one_character_changed_is_nobodys(
            random in any::<[u8; 16]>(), at in 0..TOKEN_LENGTH, with in "[A-Za-z0-9_-]",
        ) {
            let ours = Identities::new([9; 32]);
            let token = ours.issue(random);
            let mut changed = token.expose().to_owned();
            changed.replace_range(at..=at, &with);
            prop_assume!(changed != token.expose());
            prop_assert_eq!(ours.verify(&changed), None);
        }

        #[test]
        fn no_text_makes_it_stumble(text in any::<String>()) {
            prop_assert_eq!(Identities::new([9; 32]).verify(&text), None);
        }
    }

    #[test]
    fn every_single_bit_of_a_token_counts() {
        let ours = Identities::new([3; 32]);
        let token = ours.issue([0xA5; 16]);
        let bytes = URL_SAFE_NO_PAD.decode(token.expose()).expect("base64");
        for bit in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(ours.verify(&URL_SAFE_NO_PAD.encode(forged)), None, "bit {bit}");
        }
    }

    #[test]
    fn a_signature_cut_short_or_padded_is_none() {
        let ours = Identities::new([3; 32]);
        let token = ours.issue([1; 16]);
        let text = token.expose();
        for wrong in [&text[..42], &text[..22], "", &format!("{text}A"), &format!("{text}=")] {
            assert_eq!(ours.verify(wrong), None);
        }
    }

    #[test]
    fn every_kind_of_token_is_told_apart() {
        let identities = Identities::new([3; 32]);
        // An operator's token in the form of an identity's is the administrator's all the same.
        let administrator = Secret::new("A".repeat(TOKEN_LENGTH));
        let tokens = Tokens { identities, administrator: administrator.hash() };
        let person = tokens.identities.issue([5; 16]);
        let invitation = new_token(INVITATION_PREFIX, [6; 32]);
        assert_eq!(tokens.recognise(administrator.expose()), Bearer::Administrator);
        assert_eq!(tokens.recognise(person.expose()), Bearer::Person(Identity([5; 16])));
        let found = tokens.recognise(invitation.expose());
        assert_eq!(found, Bearer::Invitation(invitation.hash()));
        assert_eq!(tokens.recognise("anything-else"), Bearer::Unknown);
    }

    #[test]
    fn the_person_behind_a_token_is_always_the_same_and_never_another() {
        let [one, two] = ["one", "two"].map(TokenHash::of);
        assert_eq!(Identity::of_token(&one), Identity::of_token(&one));
        assert_ne!(Identity::of_token(&one), Identity::of_token(&two));
    }

    #[test]
    fn neither_people_nor_keys_show_in_debug_output() {
        let identities = Identities::new([0xAB; 32]);
        let shown = format!("{identities:?} {:?}", Identity([0xAB; 16]));
        assert_eq!(shown, "Identities { keys: 1, .. } Identity(hidden)");
    }
}
