//! What is held of what people write, and what of what must not be held.

use std::collections::BTreeMap;
use std::fmt;

use filodiretto::screening::Screening;
use serde::Serialize;

use super::data::{Data, Disguised, File, Hate, Link, Municipal, Statement, Text};
use super::{Bar, Counted, Row, is_held, shown};

type Said<'a> = &'a dyn Fn(&str) -> Screening;

/// All rows about words, threats and links.
///
/// # Errors
/// A file is there and holds something else.
pub(super) fn rows(data: &Data, said: Said<'_>) -> anyhow::Result<Vec<Row>> {
    let municipal: File<Municipal> = data.read("unlockpa_it/dev.jsonl")?;
    let municipal = municipal.map(|all| all.into_iter().map(|row| row.text).collect::<Vec<_>>());
    let mut rows = vec![clean("held of ordinary municipal questions", 0.3, &municipal, said)];
    for (language, name) in [("en", "English"), ("de", "German")] {
        let all = data.civic(language)?.map(|all| {
            all.into_iter().filter(|one| one.moderated == 1).map(|one| one.text).collect()
        });
        let what = format!("held of accepted {name} civic statements");
        rows.push(clean(&what, 1.0, &all, said));
    }
    let innocent: File<Text> = data.read("manual_it/innocent.jsonl")?;
    let innocent = innocent.map(|all| all.into_iter().map(|row| row.text).collect());
    rows.push(clean("held of innocent traps", 5.0, &innocent, said));
    let hate: File<Hate> = data.read("mhc_it/dev.jsonl")?;
    let tests = |of: &dyn Fn(&Hate) -> bool| {
        hate.as_ref().map_err(Clone::clone).map(|all| {
            all.iter().filter(|row| of(row)).map(|row| row.text.clone()).collect::<Vec<_>>()
        })
    };
    let named = |names: &'static [&str]| {
        tests(&move |row: &Hate| names.contains(&row.functionality.as_str()))
    };
    let mentions = named(&["ident_neutral_nh", "ident_pos_nh"]);
    rows.push(clean("held where a protected group is merely mentioned", 0.0, &mentions, said));
    let swearing = named(&["profanity_h", "profanity_nh"]);
    rows.push(caught("swearing held", 99.0, &swearing, said));
    rows.push(caught("slurs held", 85.0, &named(&["slur_h"]), said));
    rows.extend(disguised(data, said)?);
    let threats = named(&["threat_dir_h"]);
    rows.push(caught("direct threats held", 50.0, &threats, said));
    rows.push(threatened(&municipal, said));
    let hateful = tests(&|row| row.label == "hateful");
    let mut all = caught("hate held, all kinds, by rules", 35.0, &hateful, said);
    // A limit that is published, not a promise: most of it cannot be met by rules.
    all.examples.clear();
    rows.push(all);
    // Swearing at nobody is meant to be held.
    let others = tests(&|row| row.label != "hateful" && row.functionality != "profanity_nh");
    rows.push(clean("held of what only looks like hate", 12.0, &others, said));
    rows.extend(links(data, &municipal, said)?);
    Ok(rows)
}

/// Texts of which at most so many percent may be held.
fn clean(what: &str, most: f64, texts: &File<String>, said: Said<'_>) -> Row {
    measured(what, Bar::AtMost(most), texts, |text| {
        let found = said(text);
        let is_held = is_held(&found);
        (is_held, is_held.then(|| shown(text, &found)))
    })
}

/// Texts of which at least so many percent must be held.
fn caught(what: &str, least: f64, texts: &File<String>, said: Said<'_>) -> Row {
    measured(what, Bar::AtLeast(least), texts, |text| {
        let found = said(text);
        let is_held = is_held(&found);
        (is_held, (!is_held).then(|| shown(text, &found)))
    })
}

fn measured(
    what: &str,
    bar: Bar,
    texts: &File<String>,
    mut judge: impl FnMut(&str) -> (bool, Option<String>),
) -> Row {
    match texts {
        Err(missing) => Row::missing(what, bar, "%", missing.clone()),
        Ok(texts) => {
            let mut counted = Counted::default();
            for text in texts {
                let (is_hit, wrong) = judge(text);
                counted.add(is_hit, wrong);
            }
            Row::share(what, bar, counted)
        }
    }
}

fn disguised(data: &Data, said: Said<'_>) -> anyhow::Result<Vec<Row>> {
    let what = "slurs and swearing held, disguised";
    let all: File<Disguised> = match data.read("manual_it/evasion.jsonl")? {
        Ok(all) => Ok(all),
        Err(missing) => return Ok(vec![Row::missing(what, Bar::AtLeast(95.0), "%", missing)]),
    };
    let mut tricks: BTreeMap<String, Counted> = BTreeMap::new();
    let mut whole = Counted::default();
    for Disguised { text, trick } in all.into_iter().flatten().filter(|row| row.trick != "plain") {
        let is_held = is_held(&said(&text));
        whole.add(is_held, (!is_held).then(|| format!("{trick}: {text}")));
        tricks.entry(trick).or_default().add(is_held, None::<String>);
    }
    let mut row = Row::share(what, Bar::AtLeast(95.0), whole);
    let least = tricks.iter().min_by_key(|(_, counted)| counted.hits * 1000 / counted.of.max(1));
    if let Some((trick, counted)) = least {
        let (hits, of) = (counted.hits, counted.of);
        row.of = format!("{}, {} tricks, the worst {trick} {hits} of {of}", row.of, tricks.len());
    }
    Ok(vec![row])
}

fn threatened(municipal: &File<String>, said: Said<'_>) -> Row {
    let what = "ordinary municipal questions held as threats";
    measured(what, Bar::AtMost(0.3), municipal, |text| {
        let found = said(text);
        let is_threat = found.findings.iter().any(|finding| finding.code == "WORD_THREAT");
        (is_threat, is_threat.then(|| shown(text, &found)))
    })
}

fn links(data: &Data, municipal: &File<String>, said: Said<'_>) -> anyhow::Result<Vec<Row>> {
    let (recall, wrong) = ("links found", "taken for a link");
    let all: File<Link> = data.read("manual_it/links.jsonl")?;
    let all = match all {
        Ok(all) => all,
        Err(missing) => {
            return Ok(vec![
                Row::missing(recall, Bar::AtLeast(95.0), "%", missing.clone()),
                Row::missing(wrong, Bar::AtMost(1.0), "%", missing),
            ]);
        }
    };
    let (mut found, mut taken) = (Counted::default(), Counted::default());
    for Link { text, link } in all {
        let screened = said(&text);
        let has = |code: &str| screened.findings.iter().any(|found| found.code.starts_with(code));
        if link == 1 {
            // An address of somebody is no link: it is masked, and nobody can follow it.
            let is_found = has("LINK") || has("PII_EMAIL");
            found.add(is_found, (!is_found).then(|| shown(&text, &screened)));
        } else {
            taken.add(has("LINK"), has("LINK").then(|| shown(&text, &screened)));
        }
    }
    let joined = municipal.as_ref().map_err(Clone::clone).map(|texts| joined(texts));
    let joined = measured(
        "sentences joined without a space taken for a link",
        Bar::AtMost(0.1),
        &joined,
        |text| {
            let screened = said(text);
            let is_link = screened.findings.iter().any(|found| found.code.starts_with("LINK"));
            (is_link, is_link.then(|| shown(text, &screened)))
        },
    );
    Ok(vec![
        Row::share(recall, Bar::AtLeast(95.0), found),
        Row::share(wrong, Bar::AtMost(1.0), taken),
        joined,
    ])
}

/// Each sentence with some others behind it, a full stop and no space between.
fn joined(texts: &[String]) -> Vec<String> {
    let ended = |text: &str| text.trim_end_matches(['?', '.', '!', ' ']).to_owned();
    let others = |n: usize| [1, 7, 61, 211].map(|step| &texts[(n + step) % texts.len()]);
    let pairs = texts
        .iter()
        .enumerate()
        .flat_map(|(n, text)| others(n).map(|other| format!("{}.{other}", ended(text))));
    pairs.collect()
}

// --- the replay -----------------------------------------------------------------------------------

/// A consultation whose moderators decided on every statement.
const REPLAYED: &str = "american-assembly.bowling-green.en";

/// How often screening and people agreed.
#[derive(Debug, Default, Serialize)]
pub(super) struct Replay {
    of: String,
    /// Held, and rejected by a person.
    both: usize,
    /// Held, and accepted by a person.
    held_only: usize,
    /// Passed, and rejected by a person.
    rejected_only: usize,
    /// Passed, and accepted.
    neither: usize,
    /// For each code how many statements it was found in: rejected by a person, accepted.
    codes: BTreeMap<String, [usize; 2]>,
}

/// Screens each statement when it comes, beside those before it.
///
/// # Errors
/// The file is there and holds something else.
pub(super) fn replay(data: &Data, said: Said<'_>) -> anyhow::Result<Option<Replay>> {
    let Ok(all) = data.read::<Statement>(&format!("polis/{REPLAYED}.comments.jsonl"))? else {
        return Ok(None);
    };
    let mut replay = Replay { of: REPLAYED.to_owned(), ..Replay::default() };
    let mut earlier = super::like::Earlier::default();
    for statement in all.iter().filter(|statement| statement.moderated != 0) {
        let is_rejected = statement.moderated < 0;
        let screened = said(&statement.text);
        match (is_held(&screened), is_rejected) {
            (true, true) => replay.both += 1,
            (true, false) => replay.held_only += 1,
            (false, true) => replay.rejected_only += 1,
            (false, false) => replay.neither += 1,
        }
        let mut codes: Vec<&str> = screened.findings.iter().map(|f| f.code.as_str()).collect();
        codes.extend(earlier.like(&statement.text, &statement.author));
        codes.sort_unstable();
        codes.dedup();
        if codes.is_empty() {
            codes.push("nothing found");
        }
        for code in codes {
            replay.codes.entry(code.to_owned()).or_default()[usize::from(!is_rejected)] += 1;
        }
    }
    Ok(Some(replay))
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, both, held_only, rejected_only, neither, codes } = self;
        let all = both + held_only + rejected_only + neither;
        let agreed = 100.0 * (both + neither) as f64 / all.max(1) as f64;
        writeln!(f, "Replay of {of}: {all} statements with a human verdict")?;
        writeln!(
            f,
            "  agreed on {agreed:.1} %: held and rejected {both}, passed and accepted {neither}"
        )?;
        writeln!(
            f,
            "  held, accepted by people {held_only}; passed, rejected by people {rejected_only}"
        )?;
        writeln!(f, "  {:<22} {:>9} {:>9} {:>9}", "found", "rejected", "accepted", "agreed")?;
        for (code, [rejected, accepted]) in codes {
            // What was found speaks for a rejection, and nothing for an acceptance.
            let agreed = if code == "nothing found" { accepted } else { rejected };
            let share = 100.0 * *agreed as f64 / (rejected + accepted).max(1) as f64;
            writeln!(f, "  {code:<22} {rejected:>9} {accepted:>9} {share:>7.0} %")?;
        }
        write!(
            f,
            "  DUP_*: like one that came before it; DUP_OWN: of the same person. Most rejections were editorial."
        )
    }
}
