//! As much of JSON Schema as our two documents use, and which of their fields were ever met.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A document in YAML, with its schemas.
pub(super) struct Document {
    pub(super) root: Value,
    /// Places of properties that something valid has held.
    met: BTreeSet<String>,
}

impl Document {
    pub(super) fn read(name: &str) -> Self {
        let path = super::documents::folder().join(name);
        let text = std::fs::read_to_string(path).expect("the document");
        Self { root: serde_yaml_ng::from_str(&text).expect("YAML"), met: BTreeSet::new() }
    }

    /// The value at a JSON pointer, with or without `#` before it.
    pub(super) fn at(&self, pointer: &str) -> &Value {
        let pointer = pointer.trim_start_matches('#');
        self.root.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"))
    }

    /// Panics unless the value is what the schema says and holds nothing else.
    pub(super) fn check(&mut self, schema: &str, value: &Value, whose: &str) {
        let known = self.fits(schema, value, whose);
        if let (Some(known), Value::Object(object)) = (known, value) {
            let stray = object.keys().find(|key| !known.contains(*key));
            assert_eq!(stray, None, "{whose}: unknown to {schema}");
        }
    }

    /// Checks what the schema says; gives the fields it knows, `None` where it says nothing of
    /// fields.
    fn fits(&mut self, at: &str, value: &Value, whose: &str) -> Option<BTreeSet<String>> {
        let schema = self.at(at).clone();
        if let Some(other) = schema["$ref"].as_str() {
            return self.fits(other, value, whose);
        }
        let mut known = None;
        for index in 0..schema["allOf"].as_array().map_or(0, Vec::len) {
            let part = self.fits(&format!("{at}/allOf/{index}"), value, whose);
            known.get_or_insert_with(BTreeSet::new).extend(part.unwrap_or_default());
        }
        if let Some(constant) = schema.get("const") {
            assert_eq!(constant, value, "{whose}: {at}");
        }
        if let Some(words) = schema["enum"].as_array() {
            assert!(words.contains(value), "{whose}: {value} is no word of {at}");
        }
        if !schema["type"].is_null() {
            let fits = match &schema["type"] {
                Value::String(kind) => is(kind, value),
                kinds => kinds.as_array().is_some_and(|kinds| {
                    kinds.iter().any(|kind| is(kind.as_str().unwrap_or_default(), value))
                }),
            };
            assert!(fits, "{whose}: {value} is not of the type of {at}");
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            let whose = format!("{whose}[{index}]");
            self.check(&format!("{at}/items"), item, &whose);
        }
        if let Value::Object(object) = value {
            let own = self.object(at, &schema, object, whose);
            known = match (known, own) {
                (Some(part), Some(own)) => Some(&part | &own),
                (part, own) => part.or(own),
            };
        }
        known
    }

    fn object(
        &mut self,
        at: &str,
        schema: &Value,
        object: &Map<String, Value>,
        whose: &str,
    ) -> Option<BTreeSet<String>> {
        for needed in schema["required"].as_array().into_iter().flatten() {
            let needed = needed.as_str().expect("a name");
            assert!(object.contains_key(needed), "{whose} lacks `{needed}` of {at}");
        }
        let others = schema.get("additionalProperties");
        let mut known = BTreeSet::new();
        for (key, value) in object {
            let place = format!("{at}/properties/{key}");
            let whose = format!("{whose}.{key}");
            if schema["properties"].get(key).is_some() {
                self.met.insert(place.clone());
                known.insert(key.clone());
                self.check(&place, value, &whose);
            } else if let Some(others) = others {
                known.insert(key.clone());
                if others.is_object() {
                    self.check(&format!("{at}/additionalProperties"), value, &whose);
                }
            }
        }
        (others.is_some() || !schema["properties"].is_null()).then_some(known)
    }

    /// Properties of the document that nothing has held.
    pub(super) fn unmet(&self) -> Vec<String> {
        let mut unmet = Vec::new();
        walk(&self.root, "#", &mut |place| {
            if !self.met.contains(place) {
                unmet.push(place.to_owned());
            }
        });
        unmet
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("this check knows no type {other}"),
    }
}

/// Every property of every schema in the document, by its place.
fn walk(value: &Value, at: &str, each: &mut impl FnMut(&str)) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let at = format!("{at}/{key}");
                let schema = at.contains("/payload") || at.contains("/schemas/");
                if schema && at.rsplit('/').nth(1) == Some("properties") {
                    each(&at);
                }
                walk(value, &at, each);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                walk(value, &format!("{at}/{index}"), each);
            }
        }
        _ => {}
    }
}
