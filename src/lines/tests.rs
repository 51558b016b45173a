//! Lines in, lines out: what stands in them, what is wrong with them, and when an answer comes.

use std::io::Read;
use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::{Value, json};

use super::screen::{policy, screen};
use super::similar::Corpus;
use super::{LINE_BYTES, Tally};
use crate::qa::Policy;

fn screened(input: &[u8]) -> (Vec<Value>, String, Tally) {
    let (mut out, mut complaints) = (Vec::new(), Vec::new());
    let tally = screen(&Policy::default(), input, &mut out, &mut complaints).expect("memory");
    (answers(&out), String::from_utf8(complaints).expect("sentences"), tally)
}

fn answers(out: &[u8]) -> Vec<Value> {
    let out = std::str::from_utf8(out).expect("JSON is text");
    out.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

#[test]
fn each_line_has_its_answer_in_bytes_of_the_text_as_it_came() {
    let text = "È possibile  avere risposta a mario.rossi@example.com?";
    let input =
        format!("{}\n{{\"text\": \"Quando riapre la biblioteca?\"}}", json!({"text": text}));
    let (answers, complaints, tally) = screened(input.as_bytes());
    assert_eq!((complaints.as_str(), tally), ("", Tally { answered: 2, wrong: 0 }));
    assert_eq!(
        answers[1],
        json!({
            "verdict": "pass", "masked": "Quando riapre la biblioteca?", "findings": [],
        })
    );
    assert_eq!(answers[0]["verdict"], "mask");
    let masked = answers[0]["masked"].as_str().expect("a text");
    assert!(!masked.contains("mario.rossi"), "{masked}");
    let finding = &answers[0]["findings"][0];
    let at = |key: &str| {
        let at = finding["spans"][0][key].as_u64().expect("a place");
        usize::try_from(at).expect("a place in memory")
    };
    assert_eq!(&text[at("start")..at("end")], "mario.rossi@example.com");
    assert_eq!(finding["code"], "PII_EMAIL");
}

#[test]
fn what_is_found_in_the_name_says_so_and_counts() {
    let asked = json!({"text": "Quando riapre la biblioteca?", "name": "www.example.com"});
    let (answers, ..) = screened(asked.to_string().as_bytes());
    assert_eq!(answers[0]["verdict"], "hold");
    assert_eq!(answers[0]["findings"][0]["in_name"], true);
    let asked = json!({"text": "Quando riapre la biblioteca?", "name": "a".repeat(41)});
    let (answers, ..) = screened(asked.to_string().as_bytes());
    assert_eq!(
        answers[0]["findings"],
        json!([
            {"code": "LEN_TOO_LONG", "verdict": "block", "count": 40, "in_name": true},
        ])
    );
    let asked = json!({"text": "Quando riapre la biblioteca?", "name": null});
    assert_eq!(screened(asked.to_string().as_bytes()).0[0]["verdict"], "pass");
}

#[test]
fn a_line_that_cannot_be_read_is_named_and_the_rest_is_done() {
    let mut input = b"\xef\xbb\xbf{\"text\": \"Quando riapre la biblioteca?\"}\r\n\n".to_vec();
    input.extend(b"{\"text\": \"Quando}\n[1]\n{\"testo\": \"x\"}\n{\"text\": 7}\n\xff\n");
    input.extend(b"{\"text\": \"Quando?\", \"name\": []}\n");
    input.extend(vec![b'x'; LINE_BYTES + 2]);
    input.extend(b"\n{\"text\": \"E quando chiude, per le feste?\", \"id\": 3}");
    let (answers, complaints, tally) = screened(&input);
    assert_eq!((answers.len(), tally), (2, Tally { answered: 2, wrong: 7 }));
    let told: Vec<&str> = complaints.lines().collect();
    assert_eq!(told[0], "line 3: it is no JSON: EOF while parsing a string, at column 17");
    assert_eq!(told[1], "line 4: an object is expected, not a list");
    assert_eq!(told[2], "line 5: `text` is missing: a text is expected");
    assert_eq!(told[3], "line 6: `text`: a text is expected, not a number");
    assert_eq!(told[4], "line 7: it is not UTF-8");
    assert_eq!(told[5], "line 8: `name`: a text is expected, not a list");
    assert_eq!(told[6], "line 9: it has more than 1048576 bytes");
}

/// Somebody who writes a line and waits for the answer.
struct Asker(Receiver<Vec<u8>>);

impl Read for Asker {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let line = self.0.recv().unwrap_or_default();
        buffer[..line.len()].copy_from_slice(&line);
        Ok(line.len())
    }
}

struct Answers(Sender<Vec<u8>>);

impl std::io::Write for Answers {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let gone = |_| std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        self.0.send(bytes.to_vec()).map_err(gone).map(|()| bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn whoever_sends_a_line_and_waits_gets_the_answer_and_may_go_away() {
    let (ask, asked) = channel();
    let (answer, answered) = channel();
    let work = std::thread::spawn(move || {
        screen(&Policy::default(), Asker(asked), Answers(answer), &mut std::io::sink())
    });
    for _ in 0..3 {
        ask.send(b"{\"text\": \"Quando riapre la biblioteca?\"}\n".to_vec()).expect("it listens");
        let wait = std::time::Duration::from_secs(20);
        let line = answered.recv_timeout(wait).expect("an answer before the next line");
        assert!(line.ends_with(b"\n"));
    }
    drop(answered);
    ask.send(b"{\"text\": \"Quando riapre la biblioteca?\"}\n".to_vec()).expect("it listens");
    let end = work.join().expect("no panic").expect_err("nobody reads");
    assert_eq!(end.kind(), std::io::ErrorKind::BrokenPipe);
}

#[test]
fn a_policy_is_whole_or_what_differs_and_what_is_wrong_with_it_is_named() {
    let whole = serde_json::to_vec(&Policy::default()).expect("a policy");
    assert_eq!(policy(&whole), Ok(Policy::default()));
    let some = policy(br#"{"max_chars": 600, "links": "block", "version": 9}"#).expect("it fits");
    assert_eq!((some.max_chars, some.min_chars, some.version), (600, 8, 1));
    let wrong = |text: &str| policy(text.as_bytes()).expect_err("it is wrong");
    assert_eq!(wrong(r#"{"min_chars": 500}"#), "`policy.min_chars` is 500; 1 to 400 is possible.");
    assert!(wrong(r#"{"links": "perhaps"}"#).starts_with("`links`: one of "), "no such word");
    assert!(wrong(r#"{"lnks": "hold"}"#).contains("`lnks`"), "no such key");
    assert!(wrong("{").contains("no JSON"), "no JSON");
    assert!(wrong("[]").contains("object"), "no object");
}

const CORPUS: &str = r#"{"id": "a", "text": "Quando riapre la biblioteca di via Verdi?"}
{"id": "b", "text": "A che ora apre il mercato coperto?"}

{"id": 7, "text": "La biblioteca di via Rossi, quando riapre?"}
"#;

fn searched(most: usize, input: &[u8]) -> (Vec<Value>, String, Tally) {
    let corpus = Corpus::read(CORPUS.as_bytes()).expect("a corpus");
    let (mut out, mut complaints) = (Vec::new(), Vec::new());
    let tally = corpus.search(most, input, &mut out, &mut complaints).expect("memory");
    (answers(&out), String::from_utf8(complaints).expect("sentences"), tally)
}

#[test]
fn the_nearest_comes_first_with_the_words_in_which_they_differ_and_never_itself() {
    let (answers, _, tally) = searched(5, b"");
    assert_eq!(tally, Tally { answered: 3, wrong: 0 });
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
    assert_eq!(ids, ["a", "b"].map(Value::from).iter().chain([&json!(7)]).collect::<Vec<_>>());
    let first = &answers[0]["similar"][0];
    assert_eq!((&first["id"], &first["same"]), (&json!(7), &json!(false)));
    let here = &first["differences"]["here"];
    assert_eq!(here[0], json!({"word": "Verdi", "start": 35, "end": 40}));
    assert_eq!(first["differences"]["there"][0]["word"], "Rossi");
    for answer in &answers {
        let others = answer["similar"].as_array().expect("a list");
        assert!(others.iter().all(|other| other["id"] != answer["id"]), "{answer}");
    }
}

#[test]
fn lines_are_asked_about_and_may_name_one_of_the_corpus_or_none() {
    let asked = b"{\"id\": \"new\", \"text\": \"Quando riapre la biblioteca di via Verdi?\"}\nx\n\
        {\"id\": \"a\", \"text\": \"Quando riapre la biblioteca di via Verdi?\"}\n";
    let (answers, complaints, tally) = searched(1, asked);
    assert_eq!(tally, Tally { answered: 2, wrong: 1 });
    assert!(complaints.starts_with("line 2: it is no JSON"), "{complaints}");
    let nearest = &answers[0]["similar"];
    assert_eq!((nearest[0]["id"].as_str(), &nearest[0]["same"]), (Some("a"), &json!(true)));
    assert_eq!(nearest.as_array().map(Vec::len), Some(1));
    assert_eq!(answers[1]["similar"][0]["id"], 7);
}

#[test]
fn a_corpus_with_a_wrong_line_is_refused_with_its_number() {
    let wrong = |corpus: &str| Corpus::read(corpus.as_bytes()).expect_err("it is wrong");
    let again = format!("{CORPUS}{}", r#"{"id": "a", "text": "x"}"#);
    assert_eq!(wrong(&again), "line 5: `id`: \"a\" stands in an earlier line, too");
    assert_eq!(
        wrong(r#"{"text": "x"}"#),
        "line 1: `id` is missing: a text or a number is expected"
    );
    assert_eq!(wrong("\n{"), "line 2: it is no JSON: EOF while parsing an object, at column 1");
}
