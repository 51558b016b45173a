//! One JSON message: the bytes that travelled, and their meaning on demand.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use serde_json::value::RawValue;

/// A message or command, cheap to clone, parsed at most once.
#[derive(Clone)]
pub struct Message(Arc<Inner>);

struct Inner {
    raw: Box<RawValue>,
    value: OnceLock<Value>,
}

impl Message {
    /// A message from its JSON.
    pub fn new(raw: Box<RawValue>) -> Self {
        Self(Arc::new(Inner { raw, value: OnceLock::new() }))
    }

    /// A message from a text, if it is JSON.
    pub fn parse(text: &str) -> Option<Self> {
        RawValue::from_string(text.to_owned()).ok().map(Self::new)
    }

    /// The bytes that travelled.
    pub fn text(&self) -> &str {
        self.0.raw.get()
    }

    /// What they say. A text that JSON's grammar lets pass and a value cannot hold reads as null.
    pub fn value(&self) -> &Value {
        self.0.value.get_or_init(|| serde_json::from_str(self.text()).unwrap_or_default())
    }

    /// One address for all equal messages that were interned together.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    pub(super) fn raw(&self) -> &RawValue {
        &self.0.raw
    }
}

impl From<Value> for Message {
    fn from(value: Value) -> Self {
        let raw = serde_json::value::to_raw_value(&value).expect("a value is always JSON");
        Self(Arc::new(Inner { raw, value: value.into() }))
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Message {}

impl Hash for Message {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text().hash(state);
    }
}

impl Borrow<str> for Message {
    fn borrow(&self) -> &str {
        self.text()
    }
}
