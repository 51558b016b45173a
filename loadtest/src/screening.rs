//! What screening finds and what it misses, measured on texts that are not ours and printed beside
//! what is asked of it. `make screening-report`.
//!
//! Texts are read where they are and never copied; examples of what was missed are printed, and some
//! of them are meant to hurt. These are development scores: who wrote the rules has seen the texts.

mod civic;
mod data;
mod hostile;
mod language;
mod like;
mod personal;
pub mod speed;
mod synthetic;

use std::fmt;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use filodiretto::qa::Policy;
use filodiretto::qa::policy::PolicyChange;
use filodiretto::screening::{Knobs, Screening, Verdict, screen};
use serde::Serialize;

use data::Data;

/// What is asked of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bar {
    /// So much is good enough.
    AtLeast(f64),
    /// More would be too much.
    AtMost(f64),
}

impl Bar {
    /// By how much a figure misses it; nothing where it does not.
    fn missed_by(self, figure: f64) -> Option<f64> {
        let by = match self {
            Self::AtLeast(least) => least - figure,
            Self::AtMost(most) => figure - most,
        };
        (by > 0.0).then_some(by)
    }
}

/// One line of the report.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    what: String,
    bar: Bar,
    unit: &'static str,
    /// Absent where there was nothing to measure it on.
    figure: Option<f64>,
    /// How many of how many, or on what.
    of: String,
    /// Where we miss.
    examples: Vec<String>,
}

impl Row {
    /// A share in percent of what was counted.
    fn share(what: &str, bar: Bar, counted: Counted) -> Self {
        let Counted { hits, of, examples } = counted;
        Self {
            what: what.to_owned(),
            bar,
            unit: "%",
            figure: (of > 0).then(|| 100.0 * hits as f64 / of as f64),
            of: format!("{hits} of {of}"),
            examples,
        }
    }

    /// A figure that is no share.
    fn figure(what: &str, bar: Bar, figure: f64, unit: &'static str, of: String) -> Self {
        let what = what.to_owned();
        Self { what, bar, unit, figure: Some(figure), of, examples: Vec::new() }
    }

    /// What could not be measured, and why.
    fn missing(what: &str, bar: Bar, unit: &'static str, why: String) -> Self {
        Self { what: what.to_owned(), bar, unit, figure: None, of: why, examples: Vec::new() }
    }
}

/// How many of how many; and of those that count against us the texts.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    hits: usize,
    of: usize,
    examples: Vec<String>,
}

impl Counted {
    /// One more; `wrong` is what it is shown as if it counts against us.
    fn add(&mut self, is_hit: bool, wrong: Option<impl Into<String>>) {
        self.hits += usize::from(is_hit);
        self.of += 1;
        self.examples.extend(wrong.map(Into::into));
    }
}

/// What a session with the default policy says, but for the length of a question: the texts that are
/// measured on were written under other limits.
pub(crate) fn knobs() -> anyhow::Result<Knobs> {
    let change =
        PolicyChange { min_chars: Some(1), max_chars: Some(1000), ..PolicyChange::default() };
    let policy = Policy::default().changed(&change);
    Ok(policy.map_err(|wrong| anyhow::anyhow!("{wrong}"))?.knobs())
}

/// Whether a person would have to look, or it would not be taken at all.
pub(crate) fn is_held(said: &Screening) -> bool {
    said.verdict() >= Verdict::Hold
}

/// A text with what was found in it, on one line.
pub(crate) fn shown(text: &str, said: &Screening) -> String {
    let found = said.findings.iter().map(|finding| {
        let parts = finding.spans.iter().filter_map(|span| text.get(span.clone()));
        let parts: Vec<&str> = parts.chain(finding.evidence.as_deref()).take(1).collect();
        [&[finding.code.as_str()], &parts[..]].concat().join(" ")
    });
    let found: Vec<String> = found.collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if found.is_empty() { text } else { format!("{text}   [{}]", found.join("; ")) }
}

/// What the report is made of.
#[derive(Debug)]
pub struct Wish<'a> {
    /// The folder of texts.
    pub data: &'a Path,
    /// Where the JSON lines go.
    pub out: &'a Path,
    /// Most examples of one line.
    pub examples: usize,
}

/// Measures, prints, and writes JSON lines beside it.
///
/// # Errors
/// A file of the folder is there and cannot be read.
pub fn run(wish: &Wish<'_>) -> anyhow::Result<()> {
    let knobs = knobs()?;
    let data = Data::of(wish.data);
    let said = |text: &str| screen(text, &knobs);
    let mut rows = civic::rows(&data, &said)?;
    rows.extend(personal::rows(&data, &knobs)?);
    rows.extend(like::rows(&data)?);
    rows.extend(language::rows(&data, &knobs)?);
    rows.extend(speed::rows(&knobs)?);
    rows.push(hostile::row(&knobs));
    let replay = civic::replay(&data, &said)?;
    print(wish, &rows, replay.as_ref())
}

#[expect(clippy::print_stdout, reason = "the table is the output")]
fn print(wish: &Wish<'_>, rows: &[Row], replay: Option<&civic::Replay>) -> anyhow::Result<()> {
    if !wish.data.is_dir() {
        println!(
            "There is no folder {}: only what needs none is measured. `make screening-report DATA=DIR` names one.\n",
            wish.data.display()
        );
    }
    for row in rows {
        println!("{row}");
    }
    let missed = rows.iter().filter(|row| matches!(row.judged(), Judged::Missed(_))).count();
    let measured = rows.iter().filter(|row| row.figure.is_some()).count();
    println!("\n{} of {measured} bars met, {missed} missed.", measured - missed);
    println!("\nWhere we miss (texts that may hurt):");
    for row in rows.iter().filter(|row| !row.examples.is_empty()) {
        println!("\n  {} ({})", row.what, row.of);
        for example in row.examples.iter().take(wish.examples) {
            println!("    {example}");
        }
        if let more @ 1.. = row.examples.len().saturating_sub(wish.examples) {
            println!("    … and {more} more (EXAMPLES=N shows more)");
        }
    }
    if let Some(replay) = replay {
        println!("\n{replay}");
    }
    if let Some(folder) = wish.out.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = std::fs::File::create(wish.out);
    let mut file = file.with_context(|| format!("failed to write {}", wish.out.display()))?;
    for row in rows {
        writeln!(file, "{}", serde_json::to_string(row)?)?;
    }
    if let Some(replay) = replay {
        writeln!(file, "{}", serde_json::to_string(&serde_json::json!({ "replay": replay }))?)?;
    }
    println!("the same as JSON lines: {}", wish.out.display());
    Ok(())
}

enum Judged {
    Met,
    Missed(f64),
    NotMeasured,
}

impl Row {
    fn judged(&self) -> Judged {
        match self.figure {
            None => Judged::NotMeasured,
            Some(figure) => self.bar.missed_by(figure).map_or(Judged::Met, Judged::Missed),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, bar) = match self.bar {
            Bar::AtLeast(bar) => ('≥', bar),
            Bar::AtMost(bar) => ('≤', bar),
        };
        let Self { what, unit, of, .. } = self;
        let bar = format!("{sign} {bar} {unit}");
        let figure = self.figure.map_or_else(String::new, |figure| format!("{figure:.2} {unit}"));
        write!(f, "{what:<64} {bar:>10} {figure:>12}  ")?;
        match self.judged() {
            Judged::Met => write!(f, "met        ({of})"),
            Judged::Missed(by) => write!(f, "MISSED by {by:.2} {unit} ({of})"),
            Judged::NotMeasured => write!(f, "not measured: {of}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a file of ours.
    fn folder(file: &str, lines: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().expect("its folder")).expect("a folder");
        std::fs::write(path, lines).expect("a file");
        folder
    }

    #[test]
    fn a_figure_is_held_against_its_bar_and_what_counts_against_us_is_shown() {
        let lines = concat!(
            "{\"text\": \"Quando riapre la biblioteca?\", \"cluster\": \"1\"}\n",
            "{\"text\": \"Sindaco, sei uno stronzo!\", \"cluster\": \"2\"}\n"
        );
        let folder = folder("unlockpa_it/dev.jsonl", lines);
        let knobs = knobs().expect("a policy");
        let rows = civic::rows(&Data::of(folder.path()), &|text| screen(text, &knobs));
        let rows = rows.expect("what is there can be read");
        let first = &rows[0];
        assert_eq!((first.figure, first.of.as_str()), (Some(50.0), "1 of 2"));
        assert!(first.examples[0].starts_with("Sindaco, sei uno stronzo!   [WORD_"));
        assert!(first.to_string().contains("MISSED by 49.70 %"), "{first}");
        // What is not there is said, and is no figure.
        let slurs = rows.iter().find(|row| row.what == "slurs held").expect("a row");
        assert!(
            slurs.figure.is_none() && slurs.to_string().contains("not measured: mhc_it/dev.jsonl")
        );
    }

    #[test]
    fn a_file_that_holds_something_else_is_named_with_its_line() {
        let folder = folder("manual_it/links.jsonl", "{\"text\": \"x\", \"link\": 0}\n{}\n");
        let read = Data::of(folder.path()).read::<data::Link>("manual_it/links.jsonl");
        let wrong = read.expect_err("it is wrong").to_string();
        assert!(wrong.starts_with("line 2 of ") && wrong.contains("links.jsonl"), "{wrong}");
    }

    #[test]
    fn a_replay_counts_for_each_code_what_people_decided() {
        let lines = concat!(
            "{\"text\": \"The library should open on Sundays.\", \"author\": \"a\", \"moderated\": 1}\n",
            "{\"text\": \"The library should open on Sundays.\", \"author\": \"a\", \"moderated\": -1}\n",
            "{\"text\": \"See https://example.com for more.\", \"author\": \"b\", \"moderated\": -1}\n"
        );
        let folder = folder("polis/american-assembly.bowling-green.en.comments.jsonl", lines);
        let knobs = knobs().expect("a policy");
        let replay = civic::replay(&Data::of(folder.path()), &|text| screen(text, &knobs));
        let replay = replay.expect("it can be read").expect("it is there").to_string();
        assert!(replay.contains("3 statements") && replay.contains("agreed on 66.7 %"), "{replay}");
        let line = |code: &str| {
            let line = replay.lines().find(|line| line.trim_start().starts_with(code));
            line.map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(line("LINK_URL").as_deref(), Some("1 0 100 %"));
        assert_eq!(line("DUP_OWN").as_deref(), Some("1 0 100 %"));
    }
}
