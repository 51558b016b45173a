//! A record as tables, for spreadsheets: one of the questions, and of a full record one of the
//! decisions.
//!
//! Begins with the mark by which spreadsheets know UTF-8. No cell is ever a formula. A moment is
//! written as the clock of Rome showed it, with its distance from UTC, so that it can be read and
//! still names one moment only; milliseconds stand in the JSON.

use csv::{QuoteStyle, Terminator, WriterBuilder};
use jiff::Timestamp as Instant;
use jiff::tz::{self, TimeZone};
use serde_json::{Map, Value};

use super::decisions::{Changed, Decided};
use super::record::value;
use super::{Record, Scope};
use crate::qa::Timestamp;

/// Built in, so that a bare container writes the same time as a whole system.
static ROME: TimeZone = tz::get!("Europe/Rome");

/// The columns of both scopes, by the names that the fields have everywhere.
const PUBLIC: [&str; 14] = [
    "number",
    "state",
    "text",
    "name",
    "labels",
    "votes",
    "asked_at",
    "on_air_at",
    "answered_at",
    "answer",
    "links",
    "removed_at",
    "removed_reason",
    "id",
];
/// What a full record has besides.
const FULL: [&str; 9] = [
    "answer_by",
    "person",
    "channel",
    "verdict",
    "reason",
    "reason_note",
    "reason_of",
    "original",
    "notes",
];
const DECISIONS: [&str; 12] = [
    "n", "at", "outcome", "what", "by", "role", "by_name", "number", "question", "why", "before",
    "after",
];

/// Which table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Table {
    /// A line for each question.
    #[default]
    Questions,
    /// A line for each thing that a decision changed; of a full record only.
    Decisions,
}

/// What stands between two cells: what a spreadsheet in this language (BCP 47) takes for that when a
/// file is opened by a double click. Italian ones write 1,5 and so keep the comma for numbers.
pub fn separator(language: &str) -> u8 {
    let primary = language.split('-').next().unwrap_or_default();
    if primary.eq_ignore_ascii_case("it") { b';' } else { b',' }
}

/// A table of a record. `language` decides what separates the cells; the session's, where nobody
/// says.
pub fn csv(record: &Record, table: Table, language: Option<&str>) -> String {
    let of_session = record.session["language"].as_str().unwrap_or_default();
    let mut writer = WriterBuilder::new()
        .delimiter(separator(language.unwrap_or(of_session)))
        .quote_style(QuoteStyle::Always)
        .terminator(Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    let mut line = |cells: Vec<String>| {
        let cells = cells.iter().map(|cell| harmless(cell));
        writer.write_record(cells).expect("a Vec takes all, and lines are equally long");
    };
    let names = |columns: &[&str]| columns.iter().map(|name| (*name).to_owned()).collect();
    match table {
        Table::Questions => {
            let columns = match record.scope {
                Scope::Public => PUBLIC.to_vec(),
                Scope::Full => [PUBLIC.as_slice(), &FULL].concat(),
            };
            line(names(&columns));
            for question in &record.questions {
                line(columns.iter().map(|column| of_question(question, column)).collect());
            }
        }
        Table::Decisions => {
            line(names(&DECISIONS));
            let nothing = [Changed::default()];
            for decided in &record.decisions {
                let changed = if decided.changed.is_empty() { &nothing } else { &*decided.changed };
                for changed in changed {
                    line(of_decision(decided, changed).to_vec());
                }
            }
        }
    }
    let bytes = writer.into_inner().expect("a Vec takes all");
    String::from_utf8(bytes).expect("cells are text")
}

fn of_question(question: &Value, column: &str) -> String {
    match column {
        "answer" => text(&question["answer"]["text"]),
        "answer_by" => text(&question["answer"]["by"]),
        "links" => text(&question["answer"]["links"]),
        "removed_at" => moment(&question["removed"]["at"]),
        "removed_reason" => text(&question["removed"]["reason"]),
        "reason" => text(&question["reason"]["code"]),
        "reason_note" => text(&question["reason"]["note"]),
        "reason_of" => text(&question["reason"]["of"]),
        "notes" => {
            let notes = question["notes"].as_array().into_iter().flatten();
            notes.map(|note| text(&note["text"])).collect::<Vec<_>>().join("\n")
        }
        "asked_at" | "on_air_at" | "answered_at" => moment(&question[column]),
        column => text(&question[column]),
    }
}

fn of_decision(decided: &Decided, changed: &Changed) -> [String; DECISIONS.len()] {
    let or_nothing = |text: Option<String>| text.unwrap_or_default();
    [
        decided.n.to_string(),
        local(decided.at),
        decided.outcome.clone(),
        decided.what.join(", "),
        decided.by.clone(),
        or_nothing(decided.role.map(|role| text(&value(&role)))),
        or_nothing(decided.name.clone()),
        or_nothing(changed.number.map(|number| number.to_string())),
        or_nothing(changed.question.map(|id| id.to_string())),
        or_nothing(decided.why.clone()),
        lines(&changed.before),
        lines(&changed.after),
    ]
}

/// One fact a line, in one cell.
fn lines(facts: &Map<String, Value>) -> String {
    let line = |(name, value): (&String, &Value)| format!("{name}: {}", text(value));
    facts.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn moment(value: &Value) -> String {
    value.as_i64().map(|at| local(Timestamp(at))).unwrap_or_default()
}

/// "2026-12-12T21:00:00+01:00".
fn local(at: Timestamp) -> String {
    let there = Instant::from_millisecond(at.0).unwrap_or_default().to_zoned(ROME.clone());
    there.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A cell that no spreadsheet runs: what one would take for a formula gets a mark that shows it as
/// text. Spreadsheets look past what is not seen at the beginning of a cell, and some read the signs
/// in their full width.
fn harmless(cell: &str) -> String {
    let unseen = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    let first = cell.trim_start_matches(unseen).chars().next();
    let runs = matches!(first, Some('=' | '+' | '-' | '@' | '|' | '＝' | '＋' | '－' | '＠'))
        || cell.starts_with(['\t', '\r', '\n']);
    // A NUL ends a cell early for some.
    let cell = cell.replace('\0', "");
    if runs { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::archive::samples::record;

    fn read(table: &str, separator: u8) -> Vec<Vec<String>> {
        let table = table.strip_prefix('\u{feff}').expect("the mark");
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .from_reader(table.as_bytes());
        let row = |row: Result<csv::StringRecord, _>| {
            row.expect("as many cells as the first").iter().map(str::to_owned).collect()
        };
        reader.records().map(row).collect()
    }

    #[test]
    fn a_question_is_a_line_and_never_a_formula() {
        let question = json!({
            "number": 1, "state": "answered", "text": "=HYPERLINK(\"http://x\")", "name": null,
            "labels": ["Verde", "Strade"], "votes": 3, "asked_at": 1_797_105_600_000_i64,
            "on_air_at": null, "answered_at": 1_783_281_600_123_i64,
            "answer": {"text": "Sì;\ncerto", "links": ["https://a.example"], "by": "Maria"}, "id": "01",
        });
        let italian = csv(&record(Scope::Public, vec![question]), Table::Questions, None);
        let rows = read(&italian, b';');
        assert_eq!(rows[0], PUBLIC);
        assert_eq!(
            rows[1],
            [
                "1",
                "answered",
                "'=HYPERLINK(\"http://x\")",
                "",
                "Verde, Strade",
                "3",
                "2026-12-12T21:00:00+01:00",
                "",
                "2026-07-05T22:00:00+02:00",
                "Sì;\ncerto",
                "https://a.example",
                "",
                "",
                "01"
            ]
        );
        assert!(!italian.contains("Maria"), "nobody of the staff is named");
        let english = csv(&record(Scope::Public, vec![]), Table::Questions, Some("en-GB"));
        assert_eq!(read(&english, b',')[0], PUBLIC);
    }

    #[test]
    fn no_cell_is_a_formula_however_it_begins() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "  =1+1",
            "\t=1+1",
            "\r\n=1+1",
            "\u{a0}=1+1",
            "\u{200b}=1+1",
            "\u{feff}=1+1",
            "＝1+1",
            " ＠SUM(A1)",
            "=cmd|' /C calc'!A0",
            "|calc",
            "\tx",
        ] {
            assert_eq!(harmless(formula), format!("'{formula}"), "{formula:?}");
        }
        for text in ["Quanto fa 1+1?", "a=b", "È vero?", "1-2", "", "'=1", "#1"] {
            assert_eq!(harmless(text), text);
        }
        assert_eq!(harmless("a\0=b"), "a=b");
    }
}
