//! `docs/privacy.md` says of every recorded field what it is, where it is, why and until when.
//!
//! The two tables are written from the marks in `src/qa/marks.rs`:
//! `UPDATE_EXPECT=1 cargo test --test it privacy` writes them anew.

use std::fmt::Write as _;
use std::path::PathBuf;

use expect_test::expect_file;
use filodiretto::qa::marks::{MARKS, TABLES, Whose};
use filodiretto::qa::policy::KEEP_DAYS;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).expect("the document")
}

/// The text with what stands between `<!-- name… -->` and `<!-- end -->` written anew.
fn with(text: &str, name: &str, section: &str) -> String {
    let from = text.find(&format!("<!-- {name}")).unwrap_or_else(|| panic!("no section {name}"));
    let from = from + text[from..].find('\n').expect("a line") + 1;
    let to = from + text[from..].find("<!-- end -->").expect("its end");
    [&text[..from], section, &text[to..]].concat()
}

fn marks() -> String {
    let mut table =
        "| mark | whose | how it is kept | why | until when |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
    for mark in MARKS.iter().filter(|mark| mark.name != "Parts") {
        let whose = match mark.whose {
            Whose::Public => "public",
            Whose::Personal => "personal",
            Whose::Staff => "staff",
        };
        let (name, kept, why, until) = (mark.name, mark.kept, mark.why, mark.until);
        let _ = writeln!(table, "| {name} | {whose} | {kept} | {why} | {until} |");
    }
    table
}

fn fields() -> String {
    let mut table = "| where | field | what it is | mark |\n| --- | --- | --- | --- |\n".to_owned();
    for fields in TABLES.iter().copied().flatten() {
        let of = fields.of.replace(' ', "");
        if fields.fields.is_empty() {
            let _ = writeln!(table, "| `{of}` | – | nothing but that it happened | – |");
        }
        for (at, field) in fields.fields.iter().enumerate() {
            let of = if at == 0 { format!("`{of}`") } else { String::new() };
            let mark = if field.mark.name == "Parts" { "see below" } else { field.mark.name };
            let _ = writeln!(table, "| {of} | `{}` | {} | {mark} |", field.name, field.what);
        }
    }
    table
}

#[test]
fn the_document_lists_every_field_with_its_mark() {
    let text = with(&read("privacy.md"), "marks", &marks());
    expect_file![path("privacy.md")].assert_eq(&with(&text, "fields", &fields()));
}

#[test]
fn the_documents_name_the_days_that_the_code_has() {
    let days = format!("`keep_days`, {KEEP_DAYS} ");
    assert!(read("privacy.md").contains(&days), "{days}");
    let notice = read("privacy-notice.md");
    for sentence in [
        format!("{KEEP_DAYS} giorni dopo la fine della seduta"),
        format!("{KEEP_DAYS} days after the end of the session"),
    ] {
        assert!(notice.contains(&sentence), "{sentence}");
    }
}
