//! `docs/protocol.md`, held to what the code knows.
//!
//! Its examples may leave fields out, but say nothing that the fixtures do not; its tables name what
//! the code knows, and nothing else. `UPDATE_EXPECT=1 cargo test protocol` refreshes what can be.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::expect_file;

use super::documents::folder;
use super::fixtures;
use crate::qa::event::Reason;
use crate::qa::refusal::Scope;
use crate::qa::{Code, Language, Malformed, Policy, Refusal};
use crate::screening::{Finding, Knobs, Verdict, screen};
use crate::wire::json::{self, Json};
use crate::wire::{COMMANDS, Close, Problem, words};

fn document() -> String {
    std::fs::read_to_string(folder().join("protocol.md")).expect("the document")
}

/// What stands between `<!-- name… -->` and `<!-- end -->`.
fn section<'a>(text: &'a str, name: &str) -> &'a str {
    let from = text.find(&format!("<!-- {name}")).unwrap_or_else(|| panic!("no section {name}"));
    let from = from + text[from..].find('\n').expect("a line") + 1;
    let to = from + text[from..].find("<!-- end -->").expect("its end");
    &text[from..to]
}

/// The words in `backticks`.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(|word| word.trim_end_matches('?').to_owned()).collect()
}

/// The cells of each row of a table.
fn rows(section: &str) -> Vec<Vec<&str>> {
    let lines = section.lines().filter(|line| line.starts_with("| ")).skip(2);
    lines
        .map(|line| line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect())
        .collect()
}

/// The fields of each message that travels, by its type, without `type` itself.
fn fields(from: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut fields: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (name, message) in super::documents::travels() {
        if let (true, Some(object)) = (name.starts_with(from), message.as_object()) {
            let word = message["type"].as_str().expect("a type").to_owned();
            let keys = object.keys().filter(|key| *key != "type").cloned();
            fields.entry(word).or_default().extend(keys);
        }
    }
    fields
}

#[test]
fn the_tables_name_what_the_code_knows_and_nothing_else() {
    let text = document();
    let told: BTreeMap<_, BTreeSet<_>> = rows(section(&text, "server"))
        .into_iter()
        .map(|row| (quoted(row[0]).remove(0), quoted(row[1]).into_iter().collect()))
        .collect();
    assert_eq!(told, fields("server-"));

    let mut heard = fields("client-");
    for fields in heard.values_mut() {
        fields.remove("id");
    }
    let mut named = BTreeSet::new();
    let mut told: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for row in rows(section(&text, "commands")) {
        let (words, said) = (quoted(row[0]), quoted(row[2]).into_iter());
        named.extend(words.clone());
        if let [word] = words.as_slice() {
            told.entry(word.clone()).or_default().extend(said);
        } else {
            let said: BTreeSet<_> = said.filter(|said| !words.contains(said)).collect();
            let sent = words.iter().flat_map(|word| heard[word].iter().cloned());
            assert_eq!(said, sent.collect(), "{words:?}");
        }
    }
    assert_eq!(named, heard.keys().cloned().collect());
    for (word, said) in told {
        assert_eq!(said, heard[&word], "{word}");
    }
    assert!(COMMANDS.iter().all(|(word, _)| named.contains(*word)));

    let policy = serde_json::to_value(Policy::default()).expect("JSON");
    let keys: BTreeMap<_, _> = rows(section(&text, "policy"))
        .into_iter()
        .map(|row| (quoted(row[0]).remove(0), quoted(row[1]).remove(0)))
        .collect();
    let known = policy.as_object().expect("an object").iter();
    assert_eq!(keys, known.map(|(key, value)| (key.clone(), value.to_string())).collect());

    let mut statuses = quoted(section(&text, "statuses"));
    statuses.sort_unstable();
    let mut codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    codes.sort_unstable();
    assert_eq!(statuses, codes);
}

#[test]
fn what_can_be_written_from_the_code_is() {
    let mut text = document();
    for (name, content) in
        [("codes", codes()), ("closes", closes()), ("not yet", not_yet()), ("reasons", reasons())]
    {
        let old = section(&text, name);
        let from = old.as_ptr() as usize - text.as_ptr() as usize;
        let to = from + old.len();
        text.replace_range(from..to, &content);
    }
    let text = refreshed(&text);
    let examples: BTreeSet<_> =
        text.lines().filter_map(|line| line.strip_prefix("```json ")).collect();
    for word in fields("server-").keys() {
        let named = |example: &&&str| {
            let rest = example.strip_prefix("server-").and_then(|rest| rest.strip_prefix(word));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        assert!(examples.iter().any(|example| named(&example)), "no example of {word}");
    }
    expect_file![folder().join("protocol.md")].assert_eq(&text);
}

fn codes() -> String {
    let mut table = "| code | Italiano | English |\n| --- | --- | --- |\n".to_owned();
    let samples = samples();
    for code in Code::ALL {
        let detail = |language| {
            let mut of_code = samples.iter().filter(|refusal| refusal.code() == code);
            let detail = of_code.next().map(|refusal| refusal.detail(language));
            let unknown = Problem::unknown_outcome(language, None, 503, 0).refused.detail;
            let detail = detail.or((code == Code::UnknownOutcome).then_some(unknown));
            detail.map_or_else(String::new, |detail| format!(" {detail}"))
        };
        let [italian, english] = [Language::Italian, Language::English]
            .map(|language| format!("**{}**{}", code.title(language), detail(language)));
        table += format!("| `{code}` | {italian} | {english} |\n").as_str();
    }
    table
}

/// One refusal of each code that this version can give.
fn samples() -> Vec<Refusal> {
    let screened = |text| {
        Refusal::Content(
            screen(text, &Knobs { min_chars: 8, max_chars: 10, ..Knobs::default() }).findings,
        )
    };
    let blocked = |code: &str| {
        Refusal::Content(vec![Finding {
            code: code.to_owned(),
            verdict: Verdict::Block,
            spans: Vec::new(),
            evidence: None,
            count: None,
            in_name: false,
        }])
    };
    vec![
        blocked("WORD_LIST_BLOCK"),
        blocked("LINK_URL"),
        blocked("DUP_OWN"),
        Refusal::TooFast { retry_after_ms: 12_000 },
        Refusal::TooMany { most: 3, scope: Scope::Waiting },
        screened("Perché è così?"),
        screened("Perché?"),
        screened(""),
        screened("!!!"),
        Refusal::Closed,
        Refusal::Stale { question: None },
        Refusal::WrongState { question: None },
        Refusal::Unauthenticated,
        Refusal::NotAllowed,
        Refusal::NotFound { what: "session" },
        Refusal::OwnQuestion,
        Refusal::Muted,
        Refusal::IdTaken { what: "slug" },
        Refusal::ReasonMissing { missing: "note" },
        Refusal::Malformed(Malformed::new(
            "`on`: serve true o false, non un testo.",
            "`on`: true or false is expected, not a text.",
        )),
        Refusal::NotReady { missing: vec!["contact", "legal_url"] },
        Refusal::NotYet,
        Refusal::Busy { retry_after_ms: 2_000 },
    ]
}

fn closes() -> String {
    let mut table = "| code | Italiano | English |\n| --- | --- | --- |\n".to_owned();
    for close in Close::ALL {
        let [italian, english] =
            [Language::Italian, Language::English].map(|language| close.reason(language));
        table += format!("| {} | {italian} | {english} |\n", close.code()).as_str();
    }
    table
}

fn not_yet() -> String {
    let missing = COMMANDS.iter().filter(|(_, kind)| !kind.is_built());
    let missing: Vec<_> = missing.map(|(word, _)| format!("`{word}`")).collect();
    if missing.is_empty() {
        return String::new();
    }
    format!("This version answers `not_yet` to {}.\n", missing.join(", "))
}

fn reasons() -> String {
    let words: Vec<_> = words::all::<Reason>().iter().map(|word| format!("`{word}`")).collect();
    format!("Reasons of a `dismiss`, of a `report` and of a `mute`: {}.\n", words.join(", "))
}

/// The document with each example as its fixture has it now: what an example leaves out stays out.
fn refreshed(text: &str) -> String {
    let all = fixtures::all();
    let mut fresh = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("```json ") {
        let (name, after) = after.split_once('\n').expect("a line");
        let (example, after) = after.split_once("\n```").expect("its end");
        let fixture = all.get(name).unwrap_or_else(|| panic!("{name} is no fixture"));
        let [example_json, fixture] =
            [example, fixture].map(|text| match json::read(text.as_bytes()) {
                Ok((json, None)) => json,
                other => panic!("{name}: {other:?}"),
            });
        let now = like(&example_json, &fixture, name);
        let now = if now == example_json { example.to_owned() } else { laid_out(&now, 0) };
        fresh += format!("{before}```json {name}\n{now}\n```").as_str();
        rest = after;
    }
    fresh + rest
}

/// A value with the fields of the example and the values of the fixture.
fn like(example: &Json, fixture: &Json, whose: &str) -> Json {
    match (example, fixture) {
        (Json::Object(example), Json::Object(fixture)) => {
            let field = |(key, value): &(String, Json)| {
                let now = fixture.get(key).unwrap_or_else(|| panic!("{whose} has no `{key}`"));
                (key.clone(), like(value, now, &format!("{whose}.{key}")))
            };
            Json::Object(json::Object(example.0.iter().map(field).collect()))
        }
        (Json::List(example), Json::List(fixture)) if example.len() <= fixture.len() => {
            let pairs = example.iter().zip(fixture);
            Json::List(pairs.map(|(example, fixture)| like(example, fixture, whose)).collect())
        }
        (_, fixture) => fixture.clone(),
    }
}

/// Short values on one line, long ones with what they hold on lines of their own.
fn laid_out(json: &Json, indent: usize) -> String {
    let short = on_one_line(json);
    let (inner, outer) = (" ".repeat(indent + 2), " ".repeat(indent));
    if short.chars().count() + indent <= 110 {
        return short;
    }
    let (open, close, parts): (_, _, Vec<_>) = match json {
        Json::Object(object) => {
            let field = |(key, value): &(String, Json)| {
                format!("{}: {}", text(key), laid_out(value, indent + 2))
            };
            ('{', '}', object.0.iter().map(field).collect())
        }
        Json::List(items) => {
            ('[', ']', items.iter().map(|item| laid_out(item, indent + 2)).collect())
        }
        _ => return short,
    };
    let parts: Vec<_> = parts.iter().map(|part| format!("{inner}{part}")).collect();
    format!("{open}\n{}\n{outer}{close}", parts.join(",\n"))
}

fn on_one_line(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Whole(number) => number.to_string(),
        Json::Number => panic!("no message holds a fraction"),
        Json::Text(value) => text(value),
        Json::List(items) => {
            let items: Vec<_> = items.iter().map(on_one_line).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(object) => {
            let field =
                |(key, value): &(String, Json)| format!("{}: {}", text(key), on_one_line(value));
            let fields: Vec<_> = object.0.iter().map(field).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

fn text(value: &str) -> String {
    serde_json::to_string(value).expect("text is JSON")
}
