//! Strict JSON: a tree with no key twice and no deeper than our messages are.
//!
//! Parsing goes on behind a fault of that kind, so that the command's id can still be read and the
//! refusal names it. What is no JSON at all yields nothing.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, de};

use crate::qa::Malformed;

/// Bound: how deep objects and lists may nest. Our deepest message needs four.
const MAX_DEPTH: u8 = 8;

/// Bound: fields of one object, since each is compared with those before it. Our largest has 14.
const MAX_KEYS: usize = 64;

/// One JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// A whole number that fits.
    Whole(i64),
    /// Any other number: a fraction, or one too large for anything we count.
    Number,
    Text(String),
    List(Vec<Json>),
    Object(Object),
}

/// An object, in the order it was written. Invariant: no key twice.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Object(pub(crate) Vec<(String, Json)>);

impl Object {
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }
}

/// Reads one JSON text. What comes with it is the first thing that must not be so in ours; an
/// error is no JSON at all.
pub(crate) fn read(bytes: &[u8]) -> Result<(Json, Option<Malformed>), Malformed> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Malformed::new("Il messaggio non è UTF-8.", "The message is not UTF-8."))?;
    let fault = RefCell::new(None);
    let mut parser = serde_json::Deserializer::from_str(text);
    let json = Seed { depth: 0, fault: &fault }.deserialize(&mut parser);
    let json = json.and_then(|json| parser.end().map(|()| json));
    json.map(|json| (json, fault.take())).map_err(|error| no_json(&error))
}

fn no_json(error: &serde_json::Error) -> Malformed {
    let (line, column) = (error.line(), error.column());
    Malformed::new(
        format!("Il messaggio non è JSON: errore alla riga {line}, colonna {column}."),
        format!("The message is no JSON: line {line}, column {column}."),
    )
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    depth: u8,
    fault: &'a RefCell<Option<Malformed>>,
}

impl Seed<'_> {
    fn deeper(self) -> Self {
        Self { depth: self.depth.saturating_add(1), ..self }
    }

    /// Says what is wrong, unless something was before.
    fn note(self, fault: impl FnOnce() -> Malformed) {
        self.fault.borrow_mut().get_or_insert_with(fault);
    }

    fn too_deep(self) {
        self.note(|| {
            Malformed::new(
                format!("Il messaggio è annidato oltre {MAX_DEPTH} livelli."),
                format!("The message is nested deeper than {MAX_DEPTH} levels."),
            )
        });
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Whole(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::Number, Json::Whole))
    }

    fn visit_f64<E: de::Error>(self, _value: f64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        if self.depth >= MAX_DEPTH {
            self.too_deep();
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Json::List(list));
        }
        while let Some(item) = items.next_element_seed(self.deeper())? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object = Object::default();
        if self.depth >= MAX_DEPTH {
            self.too_deep();
            while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Json::Object(object));
        }
        while let Some(key) = entries.next_key::<String>()? {
            if object.0.len() == MAX_KEYS {
                self.note(|| {
                    Malformed::new(
                        format!("Un oggetto ha più di {MAX_KEYS} campi."),
                        format!("An object has more than {MAX_KEYS} fields."),
                    )
                });
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = entries.next_value_seed(self.deeper())?;
            match object.0.iter_mut().find(|(known, _)| *known == key) {
                None => object.0.push((key, value)),
                Some((known, first)) => {
                    // Which of the two was meant nobody can know, so neither counts.
                    *first = Json::Null;
                    let name = super::field::printable(known);
                    self.note(|| {
                        Malformed::new(
                            format!("{name} c'è due volte."),
                            format!("{name} is there twice."),
                        )
                    });
                }
            }
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qa::Language;

    fn fault(text: &str) -> String {
        let fault = match read(text.as_bytes()) {
            Ok((_, fault)) => fault.expect("a fault"),
            Err(fault) => fault,
        };
        fault.says(Language::English).to_owned()
    }

    fn object(text: &str) -> Object {
        match read(text.as_bytes()) {
            Ok((Json::Object(object), _)) => object,
            other => panic!("{other:?} is no object"),
        }
    }

    #[test]
    fn the_first_fault_is_named_and_the_rest_is_still_read() {
        let twice = object(r#"{"a": 1, "a": 2, "id": "x"}"#);
        assert_eq!(twice.get("id"), Some(&Json::Text("x".to_owned())));
        assert_eq!(twice.get("a"), Some(&Json::Null));
        assert_eq!(fault(r#"{"a": 1, "a": 2}"#), "`a` is there twice.");
        assert_eq!(fault(r#"{"a": 1, "\u0061": 2}"#), "`a` is there twice.");
    }

    #[test]
    fn a_bomb_is_one_sentence_and_no_stack() {
        assert_eq!(fault(&"[".repeat(8000)), "The message is no JSON: line 1, column 8000.");
        let bomb = format!("{}{}", "[".repeat(8000), "]".repeat(8000));
        assert_eq!(fault(&bomb), "The message is nested deeper than 8 levels.");
        assert!(object(&format!(r#"{{"x": {bomb}, "id": "x"}}"#)).get("id").is_some());
        let keys: Vec<_> = (0..3000).map(|n| format!("\"{n}\":1")).collect();
        let keys = format!("{{{}}}", keys.join(","));
        assert_eq!(fault(&keys), "An object has more than 64 fields.");
    }

    #[test]
    fn what_is_no_json_says_where() {
        for (text, place) in [("", "1, column 0"), ("{\"a\":NaN}", "1, column 6")] {
            assert_eq!(fault(text), format!("The message is no JSON: line {place}."));
        }
        for text in
            [&b"{\"a\": \"\xff\"}"[..], b"{} {}", b"1e999", b"\"\\ud800\"", b"{a: 1}", b"[1,]"]
        {
            read(text).expect_err("no JSON");
        }
        for text in ["1e5", "1.0", "99999999999999999999"] {
            assert_eq!(read(text.as_bytes()), Ok((Json::Number, None)));
        }
    }
}
