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
use chacha20::cipher::consts::U10;
use chacha20::hchacha;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, Nonce, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use super::keys::{Key, Subject, random};
use super::{Cause, JournalError};
use crate::qa::guarded::{Guard, Guarded, KeyOf};
use crate::qa::id::SessionId;

const NONCE_BYTES: usize = 24;
/// How much of a nonce goes into the key of a single value.
const SUBKEY_BYTES: usize = 16;

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
        let alone = match key {
            KeyOf::Question(question) => (self.find)(Subject::Text(question)),
            KeyOf::Person(_) | KeyOf::PersonsQuestion(..) => None,
        };
        let lock = self.lock(key).filter(|lock| lock.ids == ids);
        if lock.is_none() && alone.is_none() {
            return Ok(None); // Its key is gone; there may be a successor, which does not open it.
        }
        let bytes = BASE64.decode(text).map_err(|_| broken)?;
        let (nonce, text) = bytes.split_at_checked(NONCE_BYTES).ok_or(broken)?;
        let text = Payload { msg: text, aad: &bound(session, key, field) };
        let clear = match (lock, alone) {
            (Some(lock), _) => lock.cipher.decrypt(XNonce::from_slice(nonce), text),
            (None, Some(alone)) if nonce.starts_with(&alone.id) => alone_opens(&alone, nonce, text),
            (None, _) => return Ok(None),
        };
        serde_json::from_slice(&clear.map_err(|_| broken)?).map(Some).map_err(|_| broken)
    }
}

/// The key that opens this one value of a question, and nothing else of it: what XChaCha20 itself
/// makes of the question's key and the value's nonce. Its id is the beginning of that nonce.
pub(super) fn of_one_value(question: &Key, sealed: &str) -> Option<Key> {
    let (_, text) = sealed.split_once('.')?;
    let bytes = BASE64.decode(text).ok()?;
    let nonce = bytes.first_chunk::<NONCE_BYTES>()?;
    let derived = derived(QUESTION, &question.bytes, &[]);
    let subkey = hchacha::<U10>(&derived.into(), nonce[..SUBKEY_BYTES].into());
    Some(Key { id: *nonce.first_chunk()?, bytes: subkey.into() })
}

/// Opens a value with its own key, as XChaCha20-Poly1305 goes on after having made that.
fn alone_opens(
    key: &Key,
    nonce: &[u8],
    text: Payload<'_, '_>,
) -> Result<Vec<u8>, chacha20poly1305::Error> {
    let rest = [&[0; 4], &nonce[SUBKEY_BYTES..]].concat();
    ChaCha20Poly1305::new(&key.bytes.into()).decrypt(Nonce::from_slice(&rest), text)
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
            KeyOf::Question(_) => QUESTION,
        };
        let (first, rest) = keys.split_first()?;
        let cipher = XChaCha20Poly1305::new(&derived(label, first, rest).into());
        Some(Self { ids: BASE64.encode(ids), cipher })
    }
}

/// Separates the keys of questions from all others.
const QUESTION: &[u8] = b"filodiretto/1 question";

/// What a cipher is keyed with. All keys enter, so that losing any of them loses the value.
fn derived(label: &[u8], first: &[u8; 32], rest: &[[u8; 32]]) -> [u8; 32] {
    let mut derived = hmac(first);
    derived.update(label);
    rest.iter().for_each(|key| derived.update(key));
    derived.finalize().into_bytes().into()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::samples::{person_id, question_id, session_id};

    /// Keys for everybody in these tests, each its own.
    fn keys() -> BTreeMap<Subject, Key> {
        let subjects = (1..=2)
            .flat_map(|n| [Subject::Person(person_id(n)), Subject::Question(question_id(n))]);
        subjects
            .zip(1..)
            .map(|(subject, n)| (subject, Key { id: [n; 8], bytes: [n; 32] }))
            .collect()
    }

    const FIELD: &str = "text";

    fn both(person: u128, question: u128) -> KeyOf {
        KeyOf::PersonsQuestion(person_id(person), question_id(question))
    }

    fn seal(session: u128, key: KeyOf, field: &'static str) -> String {
        let mut value = Guarded::clear("Perché?".to_owned());
        let keys = keys();
        let mut sealer = Sealer::new(session_id(session), &keys);
        sealer.visit(key, field, &mut value);
        sealer.finish().expect("seals");
        value.sealed().expect("is sealed").to_owned()
    }

    fn open(
        keys: &BTreeMap<Subject, Key>,
        session: u128,
        key: KeyOf,
        field: &'static str,
        sealed: &str,
    ) -> Result<Option<String>, BrokenSeal> {
        let mut value = Guarded::clear(String::new());
        value.set_sealed(sealed.to_owned());
        let find = |subject| keys.get(&subject).cloned();
        let mut opener = Opener::new(session_id(session), &find);
        opener.visit(key, field, &mut value);
        opener.finish().map(|()| value.get().cloned())
    }

    #[test]
    fn what_was_sealed_opens_in_its_own_place_alone() {
        let key = both(1, 1);
        let sealed = seal(1, key, FIELD);
        assert_eq!(open(&keys(), 1, key, FIELD, &sealed), Ok(Some("Perché?".to_owned())));
        let broken = |field| Err(BrokenSeal { field });
        assert_eq!(open(&keys(), 2, key, FIELD, &sealed), broken(FIELD), "another session");
        assert_eq!(open(&keys(), 1, key, "name", &sealed), broken("name"), "another field");
        // Another person's or question's place has another key, whose id does not match.
        for elsewhere in [both(2, 1), both(1, 2), KeyOf::Person(person_id(1))] {
            assert_eq!(open(&keys(), 1, elsewhere, FIELD, &sealed), Ok(None));
            // Nor does it open under that key's id.
            let (_, text) = sealed.split_once('.').expect("has two parts");
            let (ids, _) = seal(1, elsewhere, FIELD)
                .split_once('.')
                .map(|(ids, text)| (ids.to_owned(), text.to_owned()))
                .expect("has two parts");
            let moved = format!("{ids}.{text}");
            assert_eq!(open(&keys(), 1, elsewhere, FIELD, &moved), broken(FIELD));
        }
    }

    #[test]
    fn without_a_key_or_with_its_successor_nothing_is_read_and_nothing_is_broken() {
        let key = both(1, 1);
        let sealed = seal(1, key, FIELD);
        for lost in [Subject::Person(person_id(1)), Subject::Question(question_id(1))] {
            let mut left = keys();
            left.remove(&lost);
            assert_eq!(open(&left, 1, key, FIELD, &sealed), Ok(None));
            left.insert(lost, Key { id: [99; 8], bytes: [99; 32] });
            assert_eq!(open(&left, 1, key, FIELD, &sealed), Ok(None));
        }
        assert_eq!(open(&keys(), 1, key, FIELD, ""), Ok(None), "forgotten on purpose");
    }

    /// Ids are for telling gone from broken; what protects is that both keys are needed.
    #[test]
    fn either_key_alone_opens_nothing_whatever_its_id_says() {
        let key = both(1, 1);
        let sealed = seal(1, key, FIELD);
        for other in [Subject::Person(person_id(1)), Subject::Question(question_id(1))] {
            let mut guessed = keys();
            guessed.entry(other).and_modify(|key| key.bytes = [0; 32]);
            let opened = open(&guessed, 1, key, FIELD, &sealed);
            assert_eq!(opened, Err(BrokenSeal { field: FIELD }));
        }
    }

    #[test]
    fn a_seal_with_any_other_character_is_broken_or_of_another_key() {
        let key = both(1, 1);
        let sealed = seal(1, key, FIELD);
        assert!(sealed.is_ascii());
        for at in 0..sealed.len() {
            let mut other = sealed.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).expect("is ASCII");
            let opened = open(&keys(), 1, key, FIELD, &other);
            assert_ne!(opened, Ok(Some("Perché?".to_owned())), "character {at}");
            assert!(opened.is_err() || at < 22, "character {at} belongs to no key's id");
        }
        for cut in ["no point", &sealed[..30], "AAAA.", "."] {
            assert_ne!(open(&keys(), 1, key, FIELD, cut), Ok(Some("Perché?".to_owned())));
        }
    }

    #[test]
    fn the_key_of_one_value_opens_that_one_alone() {
        let (key, other) = (KeyOf::Question(question_id(1)), KeyOf::Question(question_id(2)));
        let [sealed, before, others] = [key, key, other].map(|key| seal(1, key, FIELD));
        let all = keys();
        let question = &all[&Subject::Question(question_id(1))];
        let alone = of_one_value(question, &sealed).expect("it was sealed");
        assert_eq!(of_one_value(question, "no point"), None);
        let left: BTreeMap<_, _> = [(Subject::Text(question_id(1)), alone)].into();
        assert_eq!(open(&left, 1, key, FIELD, &sealed), Ok(Some("Perché?".to_owned())));
        assert_eq!(open(&left, 1, key, FIELD, &before), Ok(None), "an earlier text");
        assert_eq!(open(&left, 1, other, FIELD, &others), Ok(None), "another question's");
        let broken = Err(BrokenSeal { field: "name" });
        assert_eq!(open(&left, 1, key, "name", &sealed), broken, "in another place");
        // What is sealed later, under a new key, opens as ever; and so does the old one.
        let later = Key { id: [99; 8], bytes: [99; 32] };
        let mut both = left;
        both.insert(Subject::Question(question_id(1)), later);
        assert_eq!(open(&both, 1, key, FIELD, &sealed), Ok(Some("Perché?".to_owned())));
    }

    #[test]
    fn the_same_words_are_never_sealed_the_same_way_twice() {
        assert_ne!(seal(1, both(1, 1), FIELD), seal(1, both(1, 1), FIELD));
    }

    #[test]
    fn what_has_no_key_is_not_written_in_clear() {
        let mut value = Guarded::clear("Perché?".to_owned());
        let none = BTreeMap::new();
        let mut sealer = Sealer::new(session_id(1), &none);
        sealer.visit(both(1, 1), FIELD, &mut value);
        assert!(sealer.finish().is_err());
        assert!(serde_json::to_string(&value).is_err());
    }
}
