//! Personal data: what is found and masked, and what only looks like it.

use filodiretto::screening::{Knobs, Screening, Verdict, screen};

use super::data::{Data, Datum, File};
use super::synthetic::{self, Made};
use super::{Bar, Counted, Row, shown};

/// Texts of each kind.
const EACH: usize = 1_000;

/// From which all made ones follow.
const SEED: u64 = 11;

/// All rows about personal data.
///
/// # Errors
/// A file is there and holds something else.
pub(super) fn rows(data: &Data, knobs: &Knobs) -> anyhow::Result<Vec<Row>> {
    let said = |text: &str| screen(text, knobs);
    let mut rows = Vec::new();
    let mut right = Counted::default();
    for (kind, code) in synthetic::KINDS {
        let mut found = Counted::default();
        for Made { text, span } in synthetic::data(kind, SEED, EACH) {
            let screened = said(&text);
            let of_code = |found: &&_| is(found, code);
            let is_found = screened.findings.iter().any(|f| of_code(&f));
            found.add(is_found, (!is_found).then(|| shown(&text, &screened)));
            if is_found {
                let has_span = |f: &&filodiretto::screening::Finding| f.spans.contains(&span);
                let is_right =
                    screened.findings.iter().filter(|f| of_code(f)).any(|f| has_span(&f));
                right.add(is_right, (!is_right).then(|| shown(&text, &screened)));
            }
        }
        let what = format!("personal data found, made: {kind}");
        rows.push(Row::share(&what, Bar::AtLeast(98.0), found));
    }
    rows.push(Row::share("of those found, with the right span", Bar::AtLeast(97.0), right));
    rows.push(none(
        "look-alikes taken for it, made",
        0.2,
        synthetic::look_alikes(SEED, EACH),
        &said,
    ));
    rows.extend(by_hand(data, &said)?);
    rows.push(none("contacts of public bodies masked", 0.0, synthetic::contacts(), &said));
    Ok(rows)
}

fn is(finding: &filodiretto::screening::Finding, code: &str) -> bool {
    finding.code == code
}

/// Whether anything is masked.
fn is_masked(said: &Screening) -> bool {
    said.findings.iter().any(|f| f.code.starts_with("PII") && f.verdict >= Verdict::Mask)
}

fn none(what: &str, most: f64, texts: Vec<String>, said: &dyn Fn(&str) -> Screening) -> Row {
    let mut counted = Counted::default();
    for text in texts {
        let screened = said(&text);
        let is_wrong = is_masked(&screened);
        counted.add(is_wrong, is_wrong.then(|| shown(&text, &screened)));
    }
    Row::share(what, Bar::AtMost(most), counted)
}

fn by_hand(data: &Data, said: &dyn Fn(&str) -> Screening) -> anyhow::Result<Vec<Row>> {
    let (found, wrong) =
        ("personal data found, written by hand", "look-alikes taken for it, by hand");
    let (least, most) = (Bar::AtLeast(98.0), Bar::AtMost(0.2));
    let all: File<Datum> = data.read("manual_it/pii.jsonl")?;
    let all = match all {
        Ok(all) => all,
        Err(missing) => {
            return Ok(vec![
                Row::missing(found, least, "%", missing.clone()),
                Row::missing(wrong, most, "%", missing),
            ]);
        }
    };
    let (mut seen, mut taken) = (Counted::default(), Counted::default());
    for Datum { text, pii } in all {
        let screened = said(&text);
        let is_any = screened.findings.iter().any(|f| f.code.starts_with("PII"));
        for stretch in &pii {
            let at = text.find(&stretch.span).map(|at| at..at + stretch.span.len());
            let is_seen = screened.findings.iter().any(|finding| {
                finding.code.starts_with("PII")
                    && at.as_ref().is_some_and(|at| finding.spans.contains(at))
            });
            seen.add(
                is_seen,
                (!is_seen).then(|| format!("{} in: {}", stretch.span, shown(&text, &screened))),
            );
        }
        if pii.is_empty() {
            taken.add(is_any, is_any.then(|| shown(&text, &screened)));
        }
    }
    Ok(vec![Row::share(found, least, seen), Row::share(wrong, most, taken)])
}
