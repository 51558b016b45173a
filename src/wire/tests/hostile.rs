//! What no honest client sends.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

use super::evening::{id, question};
use super::wishes;
use crate::qa::{As, Code, Language, Sieve};
use crate::wire::client::ClientCommand;
use crate::wire::{Incoming, MAX_BYTES, Undecodable, decode};

/// Cases of each property: the same in every run.
const CASES: u32 = 10_000;

/// Holds a property against random cases. `FUZZ_SECONDS=600 cargo test --lib hostile -- --nocapture`
/// goes on with others, each time, until the clock says so.
fn holds<S: Strategy>(name: &str, cases: &S, property: impl Fn(S::Value)) {
    let seconds = std::env::var("FUZZ_SECONDS").ok();
    let seconds = seconds.map(|seconds| seconds.parse().expect("FUZZ_SECONDS is a number"));
    let rng_seed = if seconds.is_some() { RngSeed::Random } else { RngSeed::Fixed(4711) };
    let config = ProptestConfig {
        cases: CASES,
        rng_seed,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let start = now();
    let mut tried = 0_u64;
    loop {
        let run = TestRunner::new(config.clone()).run(cases, |case| {
            property(case);
            Ok(())
        });
        run.unwrap_or_else(|broken| panic!("{name}: {broken}"));
        tried += u64::from(CASES);
        if seconds.is_none_or(|seconds| start.elapsed() >= Duration::from_secs(seconds)) {
            break;
        }
    }
    println!("{name}: {tried} cases in {:.1?}", start.elapsed());
}

#[expect(clippy::disallowed_methods, reason = "the decoder is fuzzed by the clock")]
fn now() -> Instant {
    Instant::now()
}

/// Decodes; the answer is a command, or `malformed` with a sentence in each language.
fn checked(bytes: &[u8], acts: As) -> Result<Incoming, Undecodable> {
    let read = decode(bytes, acts, &Sieve::default());
    if let Err(Undecodable { refusal, .. }) = &read {
        assert_eq!(refusal.code(), Code::Malformed);
        for language in [Language::Italian, Language::English] {
            let detail = refusal.detail(language);
            assert!(detail.ends_with('.') && detail.len() < 500, "{detail}");
            assert!(!detail.chars().any(char::is_control), "{detail}");
        }
    }
    read
}

fn acts() -> impl Strategy<Value = As> {
    prop_oneof![Just(As::Citizen), Just(As::Staff)]
}

fn valid() -> impl Strategy<Value = Vec<u8>> {
    let sent: Vec<Vec<u8>> = wishes::every()
        .into_iter()
        .map(|(_, _, wish, _)| serde_json::to_vec(&ClientCommand { id: id(1), wish }))
        .collect::<Result<_, _>>()
        .expect("a wish is JSON");
    proptest::sample::select(sent)
}

/// A piece to put somewhere: bytes, or something that JSON readers have stumbled over.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "\\",
        "\\u0000",
        "\\ud800",
        "null",
        "true",
        "-0",
        "1e9",
        "1e999",
        "-1",
        "4294967296",
        "0.1",
        "NaN",
        "\"id\":",
        "\"type\":",
        "\"rev\":",
        "\u{feff}",
        "\u{202e}",
        "[[[[[[[[[[",
        "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":",
    ];
    prop_oneof![
        proptest::sample::select(known.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..12),
    ]
}

#[test]
fn any_bytes_are_a_command_or_a_refusal() {
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    holds("any bytes", &(bytes, acts()), |(bytes, acts)| drop(checked(&bytes, acts)));
}

#[test]
fn a_command_that_was_damaged_is_a_command_or_a_refusal() {
    let damage = (any::<prop::sample::Index>(), 0..6_usize, piece());
    let damage = proptest::collection::vec(damage, 1..4);
    holds("damaged commands", &(valid(), damage, acts()), |(mut bytes, damage, acts)| {
        for (at, cut, piece) in damage {
            let from = at.index(bytes.len() + 1);
            let to = (from + cut).min(bytes.len());
            bytes.splice(from..to, piece);
        }
        drop(checked(&bytes, acts));
    });
}

/// What the English sentence says of a message of a moderator.
fn says(text: &str) -> String {
    let refused = checked(text.as_bytes(), As::Staff).expect_err(text);
    refused.refusal.detail(Language::English)
}

#[test]
fn each_kind_of_mistake_is_named_where_it_is() {
    let (i, q) = (id(1), question(1));
    let ulid = "a ULID (26 characters of 0-9 and A-Z without I, L, O, U) is expected";
    let rev = "a whole number from 0 to 4294967295 is expected";
    let vote = |rest: &str| format!(r#"{{"type":"vote","id":"{i}","question":"{q}"{rest}}}"#);
    let approve = |rest: &str| format!(r#"{{"type":"approve","id":"{i}","question":"{q}"{rest}}}"#);
    let policy = |change: &str| format!(r#"{{"type":"policy","id":"{i}","policy":{change}}}"#);
    let table = [
        (String::new(), "The message is no JSON: line 1, column 0.".to_owned()),
        ("[]".to_owned(), "The message: an object is expected, not a list.".to_owned()),
        ("{}".to_owned(), "`type` is missing: a text is expected.".to_owned()),
        (r#"{"type":7}"#.to_owned(), "`type`: a text is expected, not a number.".to_owned()),
        (
            r#"{"type":"upvote"}"#.to_owned(),
            "`type`: `upvote` is no command of this version.".to_owned(),
        ),
        (r#"{"type":"<b>\n"}"#.to_owned(), "`type`: `…` is no command of this version.".to_owned()),
        (
            r#"{"type":"describe"}"#.to_owned(),
            "`type`: `describe` is no command of this version.".to_owned(),
        ),
        (r#"{"type":"off_air"}"#.to_owned(), format!("`id` is missing: {ulid}.")),
        (r#"{"type":"off_air","id":null}"#.to_owned(), format!("`id`: {ulid}, not null.")),
        (r#"{"type":"off_air","id":"x"}"#.to_owned(), format!("`id`: {ulid}.")),
        (
            format!(r#"{{"type":"off_air","id":"{}"}}"#, i.to_string().to_lowercase()),
            format!("`id`: {ulid}."),
        ),
        (
            r#"{"type":"off_air","id":"8ZZZZZZZZZZZZZZZZZZZZZZZZZ"}"#.to_owned(),
            format!("`id`: {ulid}."),
        ),
        (vote(""), "`on` is missing: true or false is expected.".to_owned()),
        (vote(r#","on":1"#), "`on`: true or false is expected, not a number.".to_owned()),
        (vote(r#","on":"true""#), "`on`: true or false is expected, not a text.".to_owned()),
        (approve(r#","rev":-1"#), format!("`rev`: {rev}.")),
        (approve(r#","rev":1.0"#), format!("`rev`: {rev}.")),
        (approve(r#","rev":4294967296"#), format!("`rev`: {rev}.")),
        (approve(r#","rev":1e400"#), "The message is no JSON: line 1, column 103.".to_owned()),
        (approve(r#","rev":"3""#), format!("`rev`: {rev}, not a text.")),
        (approve(r#","rev":3,"rev":4"#), "`rev` is there twice.".to_owned()),
        (
            format!(r#"{{"type":"dismiss","id":"{i}","question":"{q}","rev":1,"reason":"rude"}}"#),
            "`reason`: one of off_topic, duplicate, not_a_question, not_our_office, \
             personal_attack, personal_data, advertising, unverified, other is expected."
                .to_owned(),
        ),
        (
            format!(
                r#"{{"type":"ask","id":"{i}","text":"Perché?","labels":["a",1],"channel":"hall"}}"#
            ),
            "`labels[1]`: a text is expected, not a number.".to_owned(),
        ),
        (
            format!(r#"{{"type":"ask","id":"{i}","text":"Perché?"}}"#),
            "`channel` is missing: one of hall, phone, mail, social, paper is expected.".to_owned(),
        ),
        (policy(r#"{"hold_s":null}"#), format!("`policy.hold_s`: {rev}, not null.")),
        (
            policy(r#"{"order":"best"}"#),
            "`policy.order`: one of top, new, fair is expected.".to_owned(),
        ),
        (
            policy(r#"{"languages":["it",{}]}"#),
            "`policy.languages[1]`: a text is expected, not an object.".to_owned(),
        ),
        (
            policy(r#"{"moderatoin":"pre"}"#),
            "`moderatoin` is not known in `policy`; known are: moderation, hold_s, min_chars, \
             max_chars, open_questions, questions, slow_s, anonymous, votes, order, links, \
             languages, duplicates, before_start, keep_days, link_hosts, personal_data, \
             words_noted, words_block, words_hold, words_allow, contacts, other_languages, \
             history, campaign_people, campaign_minutes."
                .to_owned(),
        ),
    ];
    for (text, expected) in table {
        assert_eq!(says(&text), expected, "{text}");
    }
}

#[test]
fn the_id_is_told_wherever_it_could_be_read() {
    let i = id(1);
    let bomb = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    for (text, known) in [
        (format!(r#"{{"type":"nothing","id":"{i}"}}"#), true),
        (format!(r#"{{"x":{bomb},"id":"{i}"}}"#), true),
        (format!(r#"{{"a":1,"a":2,"id":"{i}"}}"#), true),
        (format!(r#"{{"type":"open","id":"{i}","id":"{}"}}"#, id(2)), false),
        (format!(r#"{{"type":"open","id":"{i}""#), false),
        (format!(r#"{{"id":"{i}","text":"{}"}}"#, "x".repeat(MAX_BYTES)), false),
    ] {
        let refused = checked(text.as_bytes(), As::Staff).expect_err("malformed");
        assert_eq!(refused.id.is_some(), known, "{refused:?}");
    }
}

#[test]
fn a_text_may_hold_anything_that_unicode_has() {
    // Screening decides about texts; the wire only carries them.
    for text in
        ["\\u0000\\u001b[2J", "\\ud83d\\ude80", "\u{202e}abc", "{\\\"type\\\":\\\"open\\\"}"]
    {
        let ask = format!(r#"{{"type":"ask","id":"{}","text":"{text}"}}"#, id(1));
        checked(ask.as_bytes(), As::Citizen).expect("a command");
    }
    let lone = format!(r#"{{"type":"ask","id":"{}","text":"\ud83d"}}"#, id(1));
    checked(lone.as_bytes(), As::Citizen).expect_err("half a character");
}
