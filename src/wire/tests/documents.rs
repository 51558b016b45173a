//! The documents for readers outside, held to what travels.

use std::collections::BTreeSet;
use std::path::PathBuf;

use expect_test::expect_file;
use serde_json::Value;

use super::fixtures;
use super::schema::Document;
use crate::wire::COMMANDS;

pub(super) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// What the files hold, by name.
pub(super) fn travels() -> Vec<(String, Value)> {
    let read = |text: String| serde_json::from_str(&text).expect("JSON");
    fixtures::all().into_iter().map(|(name, text)| (name, read(text))).collect()
}

#[test]
fn the_asyncapi_document_says_what_travels_over_the_socket() {
    let mut document = Document::read("asyncapi.yaml");
    let mut seen = BTreeSet::new();
    for (name, message) in travels() {
        let Some((from @ ("server" | "client"), _)) = name.split_once('-') else { continue };
        let word = message["type"].as_str().expect("a type");
        document.check(&format!("#/components/messages/{word}/payload"), &message, &name);
        let operation = if from == "server" { "tell" } else { "hear" };
        let listed = document.at(&format!("#/operations/{operation}/messages"));
        let reference = format!("#/channels/session/messages/{word}");
        let mut listed = listed.as_array().expect("a list").iter();
        assert!(listed.any(|message| message["$ref"] == reference), "{word} in {operation}");
        seen.insert(word.to_owned());
    }
    for place in ["#/components/messages", "#/channels/session/messages"] {
        let named = document.at(place).as_object().expect("messages");
        assert_eq!(named.keys().cloned().collect::<BTreeSet<_>>(), seen, "{place}");
    }
    assert_eq!(document.unmet(), [""; 0], "no fixture holds these");
    assert!(COMMANDS.iter().all(|(word, _)| seen.contains(*word)));
}

/// The bodies of the HTTP API, by the schema that each must fit.
pub(super) const BODIES: [(&str, &str); 22] = [
    ("http-new-person", "NewPerson"),
    ("http-token", "Token"),
    ("http-me", "Me"),
    ("http-health", "Health"),
    ("http-house", "House"),
    ("http-house-change", "HouseChange"),
    ("http-sessions", "Sessions"),
    ("http-session", "Session"),
    ("http-new-session", "NewSession"),
    ("http-session-change", "SessionChange"),
    ("http-new-invitation", "NewInvitation"),
    ("http-invited", "Invited"),
    ("http-invitations", "Invitations"),
    ("http-questions", "Questions"),
    ("http-receipt", "Held"),
    ("http-chain", "Chain"),
    ("http-screening", "Screening"),
    ("http-try-policy", "TryPolicy"),
    ("http-tried", "Tried"),
    ("http-problem", "Problem"),
    ("http-problem-busy", "Problem"),
    ("http-problem-unknown-outcome", "Problem"),
];

#[test]
fn the_openapi_document_says_what_travels_over_http() {
    let mut document = Document::read("openapi.yaml");
    let travels = travels();
    let http = travels.iter().filter(|(name, _)| name.starts_with("http-"));
    let named: BTreeSet<_> = BODIES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(http.map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(), named);
    for (name, value) in &travels {
        let body = BODIES.iter().find(|(body, _)| body == name).map(|(_, schema)| *schema);
        let schema = match (body, value["type"].as_str()) {
            (Some(schema), _) => schema,
            (None, Some("snapshot")) => "Snapshot",
            (None, Some("done")) => "Done",
            (None, Some("checked")) => "Checked",
            (None, Some(word)) if word != "shown" && name.starts_with("client-") => "Command",
            // Fields of questions that no body above holds come with these.
            (None, Some("refused")) => {
                let mut refusal = value.clone();
                refusal.as_object_mut().expect("an object").remove("type");
                document.check("#/components/schemas/Refusal", &refusal, name);
                continue;
            }
            (None, Some("mine" | "update")) => {
                questions(value, &mut |question| {
                    document.check("#/components/schemas/Question", question, name);
                });
                continue;
            }
            (None, _) => continue,
        };
        document.check(&format!("#/components/schemas/{schema}"), value, name);
    }
    assert_eq!(document.unmet(), [""; 0], "no fixture holds these");
}

/// Calls for everything in a message that is a question.
fn questions(value: &Value, each: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(object) if object.contains_key("asked_at") => each(value),
        Value::Object(object) => object.values().for_each(|value| questions(value, each)),
        Value::Array(list) => list.iter().for_each(|value| questions(value, each)),
        _ => {}
    }
}

#[test]
fn every_reference_in_the_documents_leads_somewhere() {
    for name in ["asyncapi.yaml", "openapi.yaml"] {
        let document = Document::read(name);
        references(&document.root, &mut |to| {
            document.at(to);
        });
    }
}

fn references(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::Object(object) => {
            if let Some(to) = object.get("$ref").and_then(Value::as_str) {
                each(to);
            }
            object.values().for_each(|value| references(value, each));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, each)),
        _ => {}
    }
}

/// The two documents stand alone, so both hold the schemas of what both carry.
#[test]
fn what_the_two_documents_share_is_the_same() {
    let read = |name: &str| std::fs::read_to_string(folder().join(name)).expect("the document");
    let shared = |text: &str| {
        let from = text.find("    # <shared>").expect("its beginning");
        let to = text.find("    # </shared>").expect("its end");
        (from, to)
    };
    let asyncapi = read("asyncapi.yaml");
    let mut openapi = read("openapi.yaml");
    let (from, to) = shared(&asyncapi);
    let (into, end) = shared(&openapi);
    openapi.replace_range(into..end, &asyncapi[from..to]);
    expect_file![folder().join("openapi.yaml")].assert_eq(&openapi);
}
