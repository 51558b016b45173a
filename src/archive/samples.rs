//! Records for the tests of this room.

use serde_json::{Value, json};

use super::{Record, Scope};
use crate::qa::SessionId;

/// A record of these questions, in Italian.
pub(super) fn record(scope: Scope, questions: Vec<Value>) -> Record {
    Record {
        format: super::record::FORMAT.to_owned(),
        scope,
        id: SessionId::from_u128(1),
        session: json!({"language": "it"}),
        chain: String::new(),
        questions,
        decisions: vec![],
        entries: vec![],
    }
}
