//! Whatever a test hears or says fits the schema that `filodiretto schema` prints.

use std::sync::LazyLock;

use filodiretto::wire::SCHEMA;
use jsonschema::Validator;
use serde_json::{Value, json};

static SERVER: LazyLock<Validator> = LazyLock::new(|| validator("ServerMessage"));
static CLIENT: LazyLock<Validator> = LazyLock::new(|| validator("ClientMessage"));
static PROBLEM: LazyLock<Validator> = LazyLock::new(|| validator("Problem"));

fn validator(definition: &str) -> Validator {
    let mut schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    schema["anyOf"] = json!([{"$ref": format!("#/$defs/{definition}")}]);
    jsonschema::validator_for(&schema).expect("a schema")
}

fn must_fit(validator: &Validator, value: &Value) {
    if let Err(wrong) = validator.validate(value) {
        panic!("{wrong} at {} of {value}", wrong.instance_path());
    }
}

/// The server said it.
pub(crate) fn said(message: &Value) {
    must_fit(&SERVER, message);
}

/// It was sent, and it counted.
pub(crate) fn counted(message: &Value) {
    must_fit(&CLIENT, message);
}

/// The HTTP API refused with it.
pub(crate) fn refused(problem: &Value) {
    must_fit(&PROBLEM, problem);
}
