//! Screening and the search for similar questions on the command line, as the program that people start.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

fn filodiretto(args: &[&str], input: &str) -> (Vec<Value>, String, Option<i32>) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_filodiretto"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut stdin = program.stdin.take().expect("its input");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    let done = program.wait_with_output().expect("it ends");
    let out = String::from_utf8(done.stdout).expect("text");
    let lines = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    (lines, String::from_utf8(done.stderr).expect("text"), done.status.code())
}

#[test]
fn the_program_screens_by_a_policy_and_says_what_is_wrong_with_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("policy.json");
    let policy = file.to_str().expect("a path");
    let asked = "{\"text\": \"Wann wird die Brücke neben der Schule wieder geöffnet?\"}\n";
    let (said, ..) = filodiretto(&["screen"], asked);
    assert_eq!(
        (&said[0]["verdict"], &said[0]["findings"][0]["evidence"]),
        (&"pass".into(), &"de".into())
    );
    std::fs::write(&file, r#"{"other_languages": "hold", "words_block": ["brücke"]}"#)
        .expect("a file");
    let (said, told, code) =
        filodiretto(&["screen", "--policy", policy], &format!("{asked}oops\n"));
    assert_eq!((&said[0]["verdict"], said.len(), code), (&"block".into(), 1, Some(1)));
    assert!(told.starts_with("line 2: it is no JSON"), "{told}");
    let held = said[0]["findings"].as_array().expect("a list").iter();
    assert!(
        held.clone().any(|found| found["code"] == "LANG_UNEXPECTED" && found["verdict"] == "hold")
    );
    std::fs::write(&file, r#"{"campaign_people": 1}"#).expect("a file");
    let (said, told, code) = filodiretto(&["screen", "--policy", policy], asked);
    assert_eq!((said.len(), code), (0, Some(1)));
    assert!(told.contains("policy.json") && told.contains("campaign_people"), "{told}");
    let (_, told, code) = filodiretto(&["screen", "--policy", "no/such/file"], asked);
    assert!(code == Some(1) && told.contains("no/such/file"), "{told}");
}

#[test]
fn the_program_finds_similar_questions_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("corpus.jsonl");
    let corpus = "{\"id\": 1, \"text\": \"Quando riapre la biblioteca di via Verdi?\"}\n\
        {\"id\": 2, \"text\": \"La biblioteca di via Rossi quando riapre?\"}\n";
    std::fs::write(&file, corpus).expect("a file");
    let file = file.to_str().expect("a path");
    let (each, _, code) = filodiretto(&["similar", "--corpus", file], "");
    assert_eq!((each.len(), code), (2, Some(0)));
    assert_eq!(
        (&each[0]["similar"][0]["id"], &each[1]["similar"][0]["id"]),
        (&2.into(), &1.into())
    );
    let asked = "{\"id\": 9, \"text\": \"La biblioteca di via Verdi, quando riapre?\"}\n";
    let (one, ..) = filodiretto(&["similar", "--corpus", file, "--most", "1"], asked);
    assert_eq!((&one[0]["id"], &one[0]["similar"][0]["id"]), (&9.into(), &1.into()));
    let (_, told, code) = filodiretto(&["similar", "--corpus", "no/such/file"], "");
    assert!(code == Some(1) && told.contains("no/such/file"), "{told}");
}
