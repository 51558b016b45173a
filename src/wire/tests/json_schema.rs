//! `docs/schema.json`: both documents as one JSON Schema, which `filodiretto schema` prints.

use expect_test::expect_file;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::documents::{BODIES, folder, travels};
use super::fixtures::pretty;
use super::schema::Document;
use crate::wire::SCHEMA;

/// The schema as the two documents have it: what a definition is called there, it is called here.
fn written() -> Value {
    let socket = Document::read("asyncapi.yaml");
    let http = Document::read("openapi.yaml");
    let mut definitions = http.at("#/components/schemas").as_object().expect("schemas").clone();
    for (word, message) in socket.at("#/components/messages").as_object().expect("messages") {
        let mut payload = message["payload"].clone();
        if payload.get("$ref").is_none() {
            payload["description"] = message["summary"].clone();
        }
        definitions.insert(word.clone(), payload);
    }
    let one_of = |operation: &str, but: &str| {
        let listed = socket.at(&format!("#/operations/{operation}/messages"));
        let listed = listed.as_array().expect("a list").iter();
        let words = listed.map(|message| {
            let place = message["$ref"].as_str().expect("a reference");
            place.rsplit('/').next().expect("a word").to_owned()
        });
        let words = words.filter(|word| word != but);
        words.map(|word| json!({"$ref": format!("#/$defs/{word}")})).collect::<Vec<_>>()
    };
    let mut say = |name: &str, description: &str, one_of: Vec<Value>| {
        definitions.insert(name.to_owned(), json!({"description": description, "oneOf": one_of}));
    };
    say("ServerMessage", "What the server says.", one_of("tell", ""));
    say("ClientMessage", "What a client says.", one_of("hear", ""));
    say("Command", "A command, over the socket or posted.", one_of("hear", "shown"));
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:filodiretto:wire:1",
        "title": "Filo Diretto: what travels",
        "description": "A message of the socket, either way. Bodies of the HTTP API stand in `$defs`. \
            Explained in protocol.md: ignore fields and messages that you do not know.",
        "anyOf": [{"$ref": "#/$defs/ServerMessage"}, {"$ref": "#/$defs/ClientMessage"}],
    });
    schema["$defs"] = Value::Object(definitions);
    moved(&mut schema);
    schema
}

/// References lead to where definitions stand in a schema.
fn moved(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(to)) = object.get_mut("$ref") {
                *to = to.replace("#/components/schemas/", "#/$defs/");
            }
            object.values_mut().for_each(moved);
        }
        Value::Array(list) => list.iter_mut().for_each(moved),
        _ => {}
    }
}

/// What checks values against one definition.
fn validator(definition: &str) -> Validator {
    let mut schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let object: &mut Map<String, Value> = schema.as_object_mut().expect("an object");
    object.remove("anyOf");
    object.insert("$ref".to_owned(), json!(format!("#/$defs/{definition}")));
    jsonschema::draft202012::new(&schema).expect("a schema of that draft")
}

#[test]
fn the_schema_is_what_the_documents_say() {
    let written = written();
    expect_file![folder().join("schema.json")].assert_eq(&pretty(&written));
    assert!(jsonschema::draft202012::meta::is_valid(&written));
}

/// By a library that others use, too: what they make of the schema is what we mean.
#[test]
fn everything_that_travels_fits_the_schema() {
    let [server, client, command] = ["ServerMessage", "ClientMessage", "Command"].map(validator);
    for (name, value) in travels() {
        let fits = |validator: &Validator| {
            if let Err(wrong) = validator.validate(&value) {
                panic!("{name}: {wrong} at {}", wrong.instance_path());
            }
        };
        if name.starts_with("server-") {
            fits(&server);
        } else if name.starts_with("client-") {
            fits(&client);
            assert_eq!(command.is_valid(&value), name != "client-shown", "{name}");
        } else {
            let body = BODIES.iter().find(|(body, _)| *body == name).expect("a body");
            fits(&validator(body.1));
        }
    }
}

#[test]
fn the_schema_refuses_what_nobody_sends() {
    let server = validator("ServerMessage");
    for wrong in [
        json!({}),
        json!({"type": "sleep"}),
        json!({"type": "hush"}),
        json!({"type": "hush", "id": "not a ULID"}),
        json!({"type": "tally", "votes": {"a": "many"}, "present": 1}),
        json!({"type": "vote", "id": "01M803G178038JWXR000000001", "question": null, "on": true}),
    ] {
        assert!(!server.is_valid(&wrong), "{wrong}");
    }
}
