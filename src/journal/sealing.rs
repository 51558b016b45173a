//! The door: free text goes out sealed and comes back opened.
//!
//! A value is sealed with XChaCha20-Poly1305 under a random nonce. Session, key, question and field
//! are bound into it, so no value can stand in another's place. Its sealed form is short ASCII,
//! `<key ids>.<nonce and ciphertext>`, both base64url: a person who reads a journal sees that
//! something was said, and nothing of it.
//!
//! Three outcomes when it is opened: what it says; `None`, when one of its keys is gone, even if
//! its person has got another key since; [`BrokenSeal`], when the keys are there and it still does
//! not open.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use super::keys::{Key, Subject, random};
use super::{Cause, JournalError};
use crate::qa::guarded::{Guard, Guarded, KeyOf};
use crate::qa::id::SessionId;

const NONCE_BYTES: usize = 24;

/// Opens every guarded value it visits; [`SessionKeys::open`](super::SessionKeys::open) makes one.
///
/// What is in clear only (it never met the door) is left as it is.
pub struct Opener<'a> {
    session: SessionId,
    find: &'a dyn Fn(Subject) -> Option<Key>,
    last: Option<(KeyOf, Option<Lock>)>,
    broken: Option<BrokenSeal>,
}

/// A value whose keys are there, and which does not open: it was changed, or moved here from
/// another place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the seal of its field `{field}` is broken")]
pub struct BrokenSeal {
    /// The field, as the walk named it.
    pub field: &'static str,
}

impl<'a> Opener<'a> {
    pub(super) fn new(session: SessionId, find: &'a dyn Fn(Subject) -> Option<Key>) -> Self {
        Self { session, find, last: None, broken: None }
    }

    /// What came of the walk.
    pub(super) fn finish(self) -> Result<(), BrokenSeal> {
        self.broken.map_or(Ok(()), Err)
    }

    /// The lock for this key; kept for the next value, which mostly has the same.
    fn lock(&mut self, key: KeyOf) -> Option<&Lock> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != key) {
            self.last = Some((key, Lock::new(key, self.find)));
        }
        self.last.as_ref()?.1.as_ref()
    }

    fn open<T: DeserializeOwned>(
        &mut self,
        key: KeyOf,
        field: &'static str,
        sealed: &str,
    ) -> Result<Option<T>, BrokenSeal> {
        let broken = BrokenSeal { field };
        let session = self.session;
        if sealed.is_empty() {
            return Ok(None); // Forgotten on purpose.
        }
        let (ids, text) = sealed.split_once('.').ok_or(broken)?;
        let Some(lock) = self.lock(key) else {
            return Ok(None);
        };
        if lock.ids != ids {
            return Ok(None); // Sealed under a key that is gone; this is its successor.
        }
        let bytes = BASE64.decode(text).map_err(|_| broken)?;
        let (nonce, text) = bytes.split_at_checked(NONCE_BYTES).ok_or(broken)?;
        let aad = bound(session, key, field);
        let clear = lock
            .cipher
            .decrypt(XNonce::from_slice(nonce), Payload { msg: text, aad: &aad })
            .map_err(|_| broken)?;
        serde_json::from_slice(&clear).map(Some).map_err(|_| broken)
    }
}

impl Guard for Opener<'_> {
    fn visit<T: Serialize + DeserializeOwned>(
        &mut self,
        key: KeyOf,
        field: &'static str,
        value: &mut Guarded<T>,
    ) {
        let Some(sealed) = value.sealed() else { return };
        let opened = self.open(key, field, sealed);
        value.set_clear(opened.unwrap_or_else(|broken| {
            self.broken.get_or_insert(broken);
            None
        }));
    }
}

/// Seals every guarded value that has no sealed form yet. One that has keeps it, so that an entry
/// that is appended again is the same bytes.
pub(super) struct Sealer<'a> {
    session: SessionId,
    keys: &'a BTreeMap<Subject, Key>,
    failed: Option<Cause>,
}

impl<'a> Sealer<'a> {
    pub(super) const fn new(session: SessionId, keys: &'a BTreeMap<Subject, Key>) -> Self {
        Self { session, keys, failed: None }
    }

    pub(super) fn finish(self) -> Result<(), JournalError> {
        self.failed.map_or(Ok(()), |source| Err(JournalError::Io { source }))
    }

    fn seal(
        &self,
        key: KeyOf,
        field: &'static str,
        clear: &impl Serialize,
    ) -> Result<String, JournalError> {
        let lock = Lock::new(key, &|subject| self.keys.get(&subject).cloned())
            .ok_or_else(|| JournalError::io(NotSealed))?;
        let clear = serde_json::to_vec(clear).map_err(JournalError::io)?;
        let nonce: [u8; NONCE_BYTES] = random()?;
        let aad = bound(self.session, key, field);
        let text = lock
            .cipher
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: &clear, aad: &aad })
            .map_err(|_| JournalError::io(NotSealed))?;
        let mut sealed = lock.ids;
        sealed.push('.');
        BASE64.encode_string([&nonce[..], &text].concat(), &mut sealed);
        Ok(sealed)
    }
}

/// No key was made for it, or it is longer than the cipher takes.
#[derive(Debug, thiserror::Error)]
#[error("a value could not be sealed")]
struct NotSealed;

impl Guard for Sealer<'_> {
    fn visit<T: Serialize + DeserializeOwned>(
        &mut self,
        key: KeyOf,
        field: &'static str,
        value: &mut Guarded<T>,
    ) {
        if value.sealed().is_some() {
            return;
        }
        let Some(clear) = value.get() else {
            value.forget();
            return;
        };
        match self.seal(key, field, clear) {
            Ok(sealed) => value.set_sealed(sealed),
            Err(error) => {
                self.failed.get_or_insert(std::sync::Arc::new(error));
            }
        }
    }
}

/// Collects whose keys a [`Sealer`] is going to need.
#[derive(Default)]
pub(super) struct Wanted(BTreeSet<Subject>);

impl Wanted {
    pub(super) fn into_subjects(self) -> BTreeSet<Subject> {
        self.0
    }
}

impl Guard for Wanted {
    fn visit<T: Serialize + DeserializeOwned>(
        &mut self,
        key: KeyOf,
        _: &'static str,
        value: &mut Guarded<T>,
    ) {
        if value.sealed().is_none() {
            self.0.extend(subjects(key).into_iter().flatten());
        }
    }
}

/// A cipher for one [`KeyOf`], and the ids of the keys it comes from.
struct Lock {
    ids: String,
    cipher: XChaCha20Poly1305,
}

impl Lock {
    /// `None` when a key is missing.
    fn new(key: KeyOf, find: &dyn Fn(Subject) -> Option<Key>) -> Option<Self> {
        let mut ids = Vec::with_capacity(16);
        let mut keys = Vec::with_capacity(2);
        for subject in subjects(key).into_iter().flatten() {
            let key = find(subject)?;
            ids.extend_from_slice(&key.id);
            keys.push(key.bytes);
        }
        let label: &[u8] = match key {
            KeyOf::Person(_) => b"filodiretto/1 person",
            KeyOf::PersonsQuestion(..) => b"filodiretto/1 person's question",
            KeyOf::Question(_) => b"filodiretto/1 question",
        };
        // Both keys enter, so that losing either loses the value.
        let (first, rest) = keys.split_first()?;
        let mut derived = hmac(first);
        derived.update(label);
        rest.iter().for_each(|key| derived.update(key));
        let cipher = XChaCha20Poly1305::new(&derived.finalize().into_bytes());
        Some(Self { ids: BASE64.encode(ids), cipher })
    }
}

/// HMAC-SHA-256 under this key.
pub(super) fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    <Hmac<Sha256> as hmac::Mac>::new_from_slice(key).expect("HMAC takes keys of any length")
}

const fn subjects(key: KeyOf) -> [Option<Subject>; 2] {
    match key {
        KeyOf::Person(person) => [Some(Subject::Person(person)), None],
        KeyOf::PersonsQuestion(person, question) => {
            [Some(Subject::Person(person)), Some(Subject::Question(question))]
        }
        KeyOf::Question(question) => [Some(Subject::Question(question)), None],
    }
}

/// What is bound into a seal. Only the field has a length of its own, and it comes last.
fn bound(session: SessionId, key: KeyOf, field: &str) -> Vec<u8> {
    let (kind, person, question) = match key {
        KeyOf::Person(person) => (b'p', person.to_bytes(), [0; 16]),
        KeyOf::PersonsQuestion(person, question) => (b'b', person.to_bytes(), question.to_bytes()),
        KeyOf::Question(question) => (b'q', [0; 16], question.to_bytes()),
    };
    let label: &[u8] = b"filodiretto/1 seal";
    [label, &session.to_bytes(), &[kind], &person, &question, field.as_bytes()].concat()
}
