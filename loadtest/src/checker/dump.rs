//! The journal as the checker reads it: every entry, with the guarded texts opened.
//!
//! These are the checker's own types on purpose; it knows the written form and not the server's
//! code.

use serde::Deserialize;
use serde_json::Value;

/// A session's journal, whole. A text whose key is gone is null; one that never was is absent.
#[derive(Debug, Clone, Deserialize)]
pub struct Dump {
    /// The session's slug, or its id.
    pub session: String,
    /// In the journal's order.
    pub entries: Vec<Entry>,
}

/// What one append made durable.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// 1, 2, 3 …
    pub n: u64,
    /// Made by the node that appended.
    #[serde(default)]
    pub id: String,
    /// In the order in which they count.
    pub commands: Vec<Recorded>,
    /// Indices of the commands that the server says are void.
    #[serde(default)]
    pub void: Vec<usize>,
}

/// One command as recorded.
#[derive(Debug, Clone, Deserialize)]
pub struct Recorded {
    /// As the client made it.
    pub id: String,
    /// Whose wish it was.
    pub by: By,
    /// When it was decided, in milliseconds since 1970.
    pub at: i64,
    /// What the decision rested on, such as `{"question": ["01J…", 3]}`.
    #[serde(default)]
    pub on: Vec<Value>,
    /// What it led to, each with its `type`.
    pub events: Vec<Value>,
}

/// Whose wish a recorded command was.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A citizen, by the session's name for them.
    Citizen(String),
    /// Somebody with a grant.
    Staff(String),
    /// Votes of a moment.
    Crowd,
    /// Time itself.
    Clock,
    /// The operator or the house.
    House,
}

impl By {
    /// The person, where it is one. Persons and the others never share a name.
    pub fn person(&self) -> Option<&str> {
        match self {
            Self::Citizen(person) | Self::Staff(person) => Some(person),
            Self::Crowd | Self::Clock | Self::House => None,
        }
    }

    pub(crate) fn author(&self) -> &str {
        match self {
            Self::Citizen(person) | Self::Staff(person) => person,
            Self::Crowd => "crowd",
            Self::Clock => "clock",
            Self::House => "house",
        }
    }
}
