//! Reading fields: what is expected where, and the sentence when something else is there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use super::json::{Json, Object};
use super::words;
use crate::qa::event::{Channel, Reason};
use crate::qa::policy::{
    Duplicates, Links, Moderation, Order, OtherLanguages, PersonalData, Votes,
};
use crate::qa::{
    CommandId, Malformed, PersonId, QuestionId, Rev, Role, SessionId, Slug, Timestamp,
};
use crate::screening;

/// The latest moment that JavaScript's numbers hold exactly.
const MAX_MS: i64 = (1 << 53) - 1;

/// Something that a field can hold.
pub(crate) trait Field: Sized {
    /// For the sentence of a refusal.
    const EXPECTED: Expected;

    /// Reads it.
    fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed>;
}

/// Where in a message something stands.
#[derive(Clone, Copy)]
pub(crate) enum At<'a> {
    /// The message itself.
    Root,
    /// A field of an object there.
    Key(&'a At<'a>, &'a str),
    /// An item of a list there, from 0.
    Item(&'a At<'a>, usize),
}

impl At<'_> {
    /// This is not what is expected here.
    pub(crate) fn expects(self, expected: Expected, found: &Json) -> Malformed {
        let (italian, english) = expected.says();
        let (not, not_english) = match kind(found) {
            kind if kind == expected.kind() => (String::new(), String::new()),
            (italian, english) => (format!(", non {italian}"), format!(", not {english}")),
        };
        let (here, here_english) = match self {
            At::Root => ("Il messaggio".to_owned(), "The message".to_owned()),
            at => (format!("`{at}`"), format!("`{at}`")),
        };
        Malformed::new(
            format!("{here}: serve {italian}{not}."),
            format!("{here_english}: {english} is expected{not_english}."),
        )
    }

    fn lacks(self, expected: Expected) -> Malformed {
        let (italian, english) = expected.says();
        Malformed::new(
            format!("Manca `{self}`: serve {italian}."),
            format!("`{self}` is missing: {english} is expected."),
        )
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Root => Ok(()),
            At::Key(At::Root, key) => f.write_str(key),
            At::Key(parent, key) => write!(f, "{parent}.{key}"),
            At::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// What a field holds.
#[derive(Clone, Copy)]
pub(crate) enum Expected {
    Bool,
    Whole(i64, i64),
    Text,
    Id,
    Slug,
    OneOf(fn() -> &'static [&'static str]),
    List,
    Object,
}

/// In Italian and in English.
type Words = (&'static str, &'static str);

const BOOL: Words = ("true o false", "true or false");
const NUMBER: Words = ("un numero", "a number");
const TEXT: Words = ("un testo", "a text");
const LIST: Words = ("una lista", "a list");
const OBJECT: Words = ("un oggetto", "an object");

impl Expected {
    fn says(self) -> (String, String) {
        let (italian, english) = match self {
            Self::Id => (
                "un ULID (26 caratteri tra 0-9 e A-Z, senza I, L, O, U)",
                "a ULID (26 characters of 0-9 and A-Z without I, L, O, U)",
            ),
            Self::Slug => {
                ("un nome di 3-60 caratteri tra a-z, 0-9 e -", "a name of 3 to 60 of a-z, 0-9, -")
            }
            Self::Whole(least, most) => {
                return (
                    format!("un numero intero da {least} a {most}"),
                    format!("a whole number from {least} to {most}"),
                );
            }
            Self::OneOf(words) => {
                let words = words().join(", ");
                return (format!("una di queste parole: {words}"), format!("one of {words}"));
            }
            Self::Bool | Self::Text | Self::List | Self::Object => self.kind(),
        };
        (italian.to_owned(), english.to_owned())
    }

    /// Of which kind of JSON it is.
    const fn kind(self) -> Words {
        match self {
            Self::Bool => BOOL,
            Self::Whole(..) => NUMBER,
            Self::Text | Self::Id | Self::Slug | Self::OneOf(_) => TEXT,
            Self::List => LIST,
            Self::Object => OBJECT,
        }
    }
}

const fn kind(json: &Json) -> Words {
    match json {
        Json::Null => ("null", "null"),
        Json::Bool(_) => BOOL,
        Json::Whole(_) | Json::Number => NUMBER,
        Json::Text(_) => TEXT,
        Json::List(_) => LIST,
        Json::Object(_) => OBJECT,
    }
}

/// A client's own name for a field, where it can be shown.
pub(crate) fn printable(key: &str) -> String {
    let plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    if plain && (1..=40).contains(&key.len()) { format!("`{key}`") } else { "`…`".to_owned() }
}

/// The fields of an object, which remember what they were asked for.
pub(crate) struct Fields<'a> {
    object: &'a Object,
    at: At<'a>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    /// The fields of what must be an object.
    pub(crate) fn of(json: &'a Json, at: At<'a>) -> Result<Self, Malformed> {
        match json {
            Json::Object(object) => Ok(Self { object, at, asked: RefCell::default() }),
            other => Err(at.expects(Expected::Object, other)),
        }
    }

    /// What must be there; for an `Option` that may be null.
    pub(crate) fn get<T: Field>(&self, key: &'static str) -> Result<T, Malformed> {
        self.change(key)?.ok_or_else(|| At::Key(&self.at, key).lacks(T::EXPECTED))
    }

    /// What may be absent or null.
    pub(crate) fn maybe<T: Field>(&self, key: &'static str) -> Result<Option<T>, Malformed> {
        self.change::<Option<T>>(key).map(Option::flatten)
    }

    /// What may be absent; null is a value, which only an `Option` takes.
    pub(crate) fn change<T: Field>(&self, key: &'static str) -> Result<Option<T>, Malformed> {
        self.asked.borrow_mut().push(key);
        let value = self.object.get(key);
        value.map(|json| T::read(json, At::Key(&self.at, key))).transpose()
    }

    /// Refuses what nobody asked for, by its name: here a slip of the pen would be lost silently.
    pub(crate) fn nothing_else(&self) -> Result<(), Malformed> {
        let asked = self.asked.borrow();
        let stray = self.object.0.iter().find(|(key, _)| !asked.contains(&key.as_str()));
        let Some((key, _)) = stray else { return Ok(()) };
        let (stray, known) = (printable(key), asked.join(", "));
        let (here, here_english) = match self.at {
            At::Root => (String::new(), String::new()),
            at => (format!(" in `{at}`"), format!(" in `{at}`")),
        };
        Err(Malformed::new(
            format!("{stray} non esiste{here}; esistono: {known}."),
            format!("{stray} is not known{here_english}; known are: {known}."),
        ))
    }
}

impl Field for bool {
    const EXPECTED: Expected = Expected::Bool;

    fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed> {
        match json {
            Json::Bool(value) => Ok(*value),
            other => Err(at.expects(Self::EXPECTED, other)),
        }
    }
}

impl Field for String {
    const EXPECTED: Expected = Expected::Text;

    fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed> {
        match json {
            Json::Text(text) => Ok(text.clone()),
            other => Err(at.expects(Self::EXPECTED, other)),
        }
    }
}

impl Field for u32 {
    const EXPECTED: Expected = Expected::Whole(0, Self::MAX as i64);

    fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed> {
        let number =
            if let Json::Whole(number) = json { Self::try_from(*number).ok() } else { None };
        number.ok_or_else(|| at.expects(Self::EXPECTED, json))
    }
}

impl Field for Rev {
    const EXPECTED: Expected = u32::EXPECTED;

    fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed> {
        u32::read(json, at).map(Self)
    }
}

impl Field for Timestamp {
    const EXPECTED: Expected = Expected::Whole(0, MAX_MS);

    fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed> {
        match json {
            Json::Whole(ms) if (0..=MAX_MS).contains(ms) => Ok(Self(*ms)),
            other => Err(at.expects(Self::EXPECTED, other)),
        }
    }
}

impl<T: Field> Field for Option<T> {
    const EXPECTED: Expected = T::EXPECTED;

    fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed> {
        if *json == Json::Null { Ok(None) } else { T::read(json, at).map(Some) }
    }
}

impl<T: Field> Field for Vec<T> {
    const EXPECTED: Expected = Expected::List;

    fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed> {
        let Json::List(items) = json else { return Err(at.expects(Self::EXPECTED, json)) };
        let read = |(index, item)| T::read(item, At::Item(&at, index));
        items.iter().enumerate().map(read).collect()
    }
}

impl Field for BTreeMap<String, u32> {
    const EXPECTED: Expected = Expected::Object;

    fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed> {
        let Json::Object(object) = json else { return Err(at.expects(Self::EXPECTED, json)) };
        let entries = object.0.iter();
        // The key is the client's own word, so the sentence names the object alone.
        entries.map(|(key, value)| Ok((key.clone(), u32::read(value, at)?))).collect()
    }
}

macro_rules! fields_from_text {
    ($($name:ty: $expected:expr),+ $(,)?) => {$(
        impl Field for $name {
            const EXPECTED: Expected = $expected;

            fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed> {
                let value = if let Json::Text(text) = json { text.parse().ok() } else { None };
                value.ok_or_else(|| at.expects(Self::EXPECTED, json))
            }
        }
    )+};
}

fields_from_text! {
    QuestionId: Expected::Id,
    CommandId: Expected::Id,
    PersonId: Expected::Id,
    SessionId: Expected::Id,
    Slug: Expected::Slug,
}

macro_rules! fields_from_words {
    ($($name:ty),+ $(,)?) => {$(
        impl Field for $name {
            const EXPECTED: Expected = Expected::OneOf(words::all::<Self>);

            fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed> {
                let value = if let Json::Text(word) = json { words::of(word) } else { None };
                value.ok_or_else(|| at.expects(Self::EXPECTED, json))
            }
        }
    )+};
}

fields_from_words!(
    Reason,
    Channel,
    Role,
    Moderation,
    Votes,
    Order,
    Links,
    Duplicates,
    PersonalData,
    OtherLanguages,
    screening::Words,
);
