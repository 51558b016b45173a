//! A record as a table, for spreadsheets: a line for each question.

use std::borrow::Cow;

use serde_json::Value;

use super::Record;

/// The columns, by the names that the questions' fields have everywhere.
const COLUMNS: [&str; 11] = [
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
];

/// The questions of a record. Times are milliseconds since 1970, as everywhere. Begins with the
/// mark by which spreadsheets know UTF-8.
pub fn csv(record: &Record) -> String {
    let mut table = String::from("\u{feff}");
    table.push_str(&COLUMNS.join(","));
    table.push_str("\r\n");
    for question in &record.questions {
        let answer = &question["answer"];
        let cells = COLUMNS.map(|column| match column {
            "answer" => text(&answer["text"]),
            "links" => text(&answer["links"]),
            column => text(&question[column]),
        });
        table.push_str(&cells.map(|cell| quoted(&cell)).join(","));
        table.push_str("\r\n");
    }
    table
}

fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(values) => Cow::Owned(values.iter().map(text).collect::<Vec<_>>().join(" ")),
        other => Cow::Owned(other.to_string()),
    }
}

/// A cell. A text that a spreadsheet would run as a formula gets a mark that it shows as text.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::archive::Scope;
    use crate::qa::SessionId;

    #[test]
    fn a_question_is_a_line_and_never_a_formula() {
        let question = json!({
            "number": 1, "state": "answered", "text": "=HYPERLINK(\"http://x\")", "name": null,
            "labels": ["Verde", "Strade"], "votes": 3, "asked_at": 5, "on_air_at": null,
            "answered_at": 7, "answer": {"text": "Sì,\ncerto", "links": ["https://a.example"]},
        });
        let record = Record {
            format: String::new(),
            scope: Scope::Public,
            id: SessionId::from_u128(1),
            session: Value::Null,
            chain: String::new(),
            questions: vec![question],
            decisions: vec![],
            entries: vec![],
        };
        let table = csv(&record);
        let line = table.split_once("\r\n").expect("a head").1;
        assert_eq!(
            line,
            "\"1\",\"answered\",\"'=HYPERLINK(\"\"http://x\"\")\",\"\",\"Verde Strade\",\"3\",\"5\",\
             \"\",\"7\",\"Sì,\ncerto\",\"https://a.example\"\r\n"
        );
    }
}
