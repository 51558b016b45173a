//! Free text that must be able to go away.
//!
//! What a person wrote never stands in a journal or a snapshot in clear. A [`Personal`] value is
//! sealed under its person's key (and its question's, when it belongs to one); a [`Shown`] value,
//! what the public saw, under its question's key alone. Without the key a value reads as `None`,
//! from the first day, so the rules never depend on what a text says.
//!
//! This room knows the types only. Keys and ciphers live behind the journal's door
//! (`journal::sealing`); the door walks over every value with a [`Guard`].

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

use super::id::{PersonId, QuestionId};

/// Which key, or keys, open a value. Losing any of them loses the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyOf {
    /// What is known of a person as such.
    Person(PersonId),
    /// What a person wrote in one question: goes when the person is forgotten *and* when the
    /// question is taken back.
    PersonsQuestion(PersonId, QuestionId),
    /// What the public saw of a question.
    Question(QuestionId),
}

impl KeyOf {
    /// The key of what was asked, for the desk's eyes: the person's and the question's, or the
    /// question's alone where no citizen asked it.
    pub const fn asked(asker: Option<PersonId>, question: QuestionId) -> Self {
        match asker {
            Some(person) => Self::PersonsQuestion(person, question),
            None => Self::Question(question),
        }
    }
}

/// One value as the journal knows it: in clear, sealed, both, or neither any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarded<T> {
    /// Invariant: never written anywhere.
    clear: Option<T>,
    /// As it stands in the journal; `None` before the first append.
    sealed: Option<Box<str>>,
}

impl<T> Guarded<T> {
    /// A value that has not met the door yet.
    pub const fn clear(value: T) -> Self {
        Self { clear: Some(value), sealed: None }
    }

    /// What it says, if a key still opens it.
    pub const fn get(&self) -> Option<&T> {
        self.clear.as_ref()
    }

    /// The sealed form, once it has one.
    pub fn sealed(&self) -> Option<&str> {
        self.sealed.as_deref()
    }

    /// The door has sealed it.
    pub fn set_sealed(&mut self, sealed: String) {
        self.sealed = Some(sealed.into());
    }

    /// The door has opened it, or has no key for it.
    pub fn set_clear(&mut self, clear: Option<T>) {
        self.clear = clear;
    }

    /// Forgets what it says and keeps that there was something.
    pub fn forget(&mut self) {
        self.clear = None;
        self.sealed = Some("".into());
    }
}

impl<T> Serialize for Guarded<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.sealed {
            Some(sealed) => serializer.serialize_str(sealed),
            None => Err(ser::Error::custom("free text must be sealed before it is written")),
        }
    }
}

impl<'de, T> Deserialize<'de> for Guarded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<str>::deserialize(deserializer)
            .map(|sealed| Self { clear: None, sealed: Some(sealed) })
    }
}

macro_rules! guarded {
    ($($(#[$doc:meta])* $name:ident),+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent, bound = "")]
        pub struct $name<T>(pub Guarded<T>);

        impl<T> $name<T> {
            /// A value that has not met the door yet.
            pub const fn new(value: T) -> Self {
                Self(Guarded::clear(value))
            }

            /// What it says, if a key still opens it.
            pub const fn get(&self) -> Option<&T> {
                self.0.get()
            }

            /// Forgets what it says and keeps that there was something.
            pub fn forget(&mut self) {
                self.0.forget();
            }
        }
    )+};
}

guarded! {
    /// What only the desk may see of a person: text as asked, name, evidence, notes about them.
    Personal,
    /// What the public saw of a question.
    Shown
}

/// Walks over the guarded values of an event or a state; the door implements it twice, to seal
/// and to open.
pub trait Guard {
    /// Called once for each value, with the key it belongs to and the name of its field, which is
    /// bound into the seal so that no value can stand in another's place.
    fn visit<T: Serialize + DeserializeOwned>(
        &mut self,
        key: KeyOf,
        field: &'static str,
        value: &mut Guarded<T>,
    );
}
