//! The words of our enums, as serde knows them: one list, so that what a refusal names as possible
//! is what is accepted.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// The value that a word stands for.
pub(crate) fn of<T: DeserializeOwned>(word: &str) -> Option<T> {
    T::deserialize(IntoDeserializer::<Nothing>::into_deserializer(word)).ok()
}

/// Every word that stands for a value of this enum.
pub(crate) fn all<T: DeserializeOwned>() -> &'static [&'static str] {
    let words = Cell::new(&[][..]);
    let _ = T::deserialize(Ask(&words));
    words.get()
}

/// Asks an enum for its words and gives it no value.
struct Ask<'a>(&'a Cell<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Ask<'_> {
    type Error = Nothing;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Nothing> {
        Err(Nothing)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        words: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Nothing> {
        self.0.set(words);
        Err(Nothing)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// There is no value.
#[derive(Debug)]
struct Nothing;

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no value")
    }
}

impl std::error::Error for Nothing {}

impl serde::de::Error for Nothing {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qa::Role;

    #[test]
    fn an_enum_knows_its_words() {
        assert_eq!(all::<Role>(), ["moderator", "official", "producer", "admin"]);
        assert_eq!(of::<Role>("official"), Some(Role::Official));
        assert_eq!(of::<Role>("Official"), None);
    }
}
