//! In which language a text is.

use filodiretto::screening::language::{detect, is_expected};
use filodiretto::screening::{Knobs, Verdict};

use super::data::{Data, File, Municipal};
use super::{Bar, Counted, Row};

/// Questions of ours, each after its language.
const OURS: &str = include_str!("questions.txt");

/// What is right: a text in an expected language is not said to be in another, and one in another
/// is called by its name. Wrong: it is called by another language's name, or one that is expected is
/// said not to be.
///
/// # Errors
/// A file is there and holds something else.
pub(super) fn rows(data: &Data, knobs: &Knobs) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let municipal: File<Municipal> = data.read("unlockpa_it/dev.jsonl")?;
    let mut texts: Vec<(String, String)> = Vec::new();
    if let Ok(municipal) = municipal {
        texts.extend(municipal.into_iter().map(|row| ("it".to_owned(), row.text)));
    }
    for language in ["en", "de"] {
        if let Ok(all) = data.civic(language)? {
            // What was refused is often no sentence of any language.
            let all = all.into_iter().filter(|row| row.moderated == 1);
            texts.extend(all.map(|row| (language.to_owned(), row.text)));
        }
    }
    rows.extend(measured("of the folder (it, en, de)", &texts, knobs));
    let ours = OURS.lines().filter_map(|line| line.split_once(": "));
    let ours: Vec<_> = ours.map(|(tag, text)| (tag.to_owned(), text.to_owned())).collect();
    rows.extend(measured("of our own questions (13)", &ours, knobs));
    Ok(rows)
}

fn measured(what: &str, texts: &[(String, String)], knobs: &Knobs) -> [Row; 2] {
    let (mut right, mut wrong) = (Counted::default(), Counted::default());
    let expected = &knobs.languages;
    for (tag, text) in texts {
        let found = detect(text, expected);
        let named = found.map(|found| found.tag).filter(|named| !is_expected(named, expected));
        let is_right = match named {
            None => is_expected(tag, expected),
            Some(named) => named == tag,
        };
        let told = || format!("{tag}, taken for {}: {text}", named.unwrap_or("an expected one"));
        right.add(is_right, (!is_right).then(told));
        wrong.add(named.is_some() && !is_right, None::<String>);
    }
    debug_assert_eq!(knobs.other_languages, Verdict::Pass, "the default notes it");
    [
        Row::share(&format!("language right, {what}"), Bar::AtLeast(97.0), right),
        Row::share(&format!("language confident and wrong, {what}"), Bar::AtMost(0.5), wrong),
    ]
}
