//! Sentences of our own: what must go through, and what a person must read first.

use super::*;

fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// As few knobs in the way as can be.
fn knobs() -> Knobs {
    Knobs { min_chars: 1, max_chars: 20_000, ..Knobs::default() }
}

fn found(text: &str) -> Vec<String> {
    let held = |finding: &Finding| finding.verdict >= Verdict::Hold;
    let findings = screen(text, &knobs()).findings;
    findings.into_iter().filter(held).map(|finding| finding.code).collect()
}

#[test]
fn ordinary_questions_go_through() {
    let held: Vec<_> = lines(include_str!("sentences/ordinary.txt"))
        .map(|line| (line, found(line)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert!(held.is_empty(), "held: {held:#?}");
}

#[test]
fn who_only_mentions_a_group_is_never_held() {
    // With the article, of whom, without an article, to whom.
    const GROUPS: [[&str; 4]; 24] = [
        ["gli immigrati", "degli immigrati", "immigrati", "agli immigrati"],
        ["gli stranieri", "degli stranieri", "stranieri", "agli stranieri"],
        ["gli extracomunitari", "degli extracomunitari", "extracomunitari", "agli extracomunitari"],
        ["i clandestini", "dei clandestini", "clandestini", "ai clandestini"],
        ["i profughi", "dei profughi", "profughi", "ai profughi"],
        ["i rom", "dei rom", "rom", "ai rom"],
        ["gli zingari", "degli zingari", "zingari", "agli zingari"],
        ["i neri", "dei neri", "neri", "ai neri"],
        [
            "le persone di colore",
            "delle persone di colore",
            "persone di colore",
            "alle persone di colore",
        ],
        ["i cinesi", "dei cinesi", "cinesi", "ai cinesi"],
        ["gli albanesi", "degli albanesi", "albanesi", "agli albanesi"],
        ["i marocchini", "dei marocchini", "marocchini", "ai marocchini"],
        ["i meridionali", "dei meridionali", "meridionali", "ai meridionali"],
        ["i musulmani", "dei musulmani", "musulmani", "ai musulmani"],
        ["gli ebrei", "degli ebrei", "ebrei", "agli ebrei"],
        ["i gay", "dei gay", "gay", "ai gay"],
        ["le lesbiche", "delle lesbiche", "lesbiche", "alle lesbiche"],
        ["gli omosessuali", "degli omosessuali", "omosessuali", "agli omosessuali"],
        ["le persone trans", "delle persone trans", "persone trans", "alle persone trans"],
        ["le donne", "delle donne", "donne", "alle donne"],
        ["i disabili", "dei disabili", "disabili", "ai disabili"],
        ["gli handicappati", "degli handicappati", "handicappati", "agli handicappati"],
        ["gli autistici", "degli autistici", "autistici", "agli autistici"],
        ["gli anziani", "degli anziani", "anziani", "agli anziani"],
    ];
    let mut held = Vec::new();
    for line in lines(include_str!("sentences/groups.txt")) {
        for [the, of, a, to] in GROUPS {
            let capital = format!("{}{}", the[..1].to_uppercase(), &the[1..]);
            let text = line
                .replace("{the}", the)
                .replace("{The}", &capital)
                .replace("{of}", of)
                .replace("{a}", a)
                .replace("{to}", to);
            let found = found(&text);
            if !found.is_empty() {
                held.push((text, found));
            }
        }
    }
    assert!(held.is_empty(), "held: {held:#?}");
}

#[test]
fn what_hurts_is_held_by_its_name() {
    let missed: Vec<_> = lines(include_str!("sentences/held.txt"))
        .filter_map(|line| line.split_once('\t'))
        .map(|(code, text)| (code, text, found(text)))
        .filter(|(code, _, found)| !found.iter().any(|found| found == code))
        .collect();
    assert!(missed.is_empty(), "not held: {missed:#?}");
}

/// What somebody does to a word so that no list finds it.
type Trick = fn(&str) -> String;

#[test]
fn a_disguise_comes_off() {
    let tricks: &[(&str, Trick)] = &[
        ("upper", |w| w.to_uppercase()),
        ("leet", |w| w.replace('o', "0").replace('i', "1").replace('e', "3")),
        ("signs", |w| w.replace('a', "@").replace('s', "$").replace('i', "!")),
        ("spaces", |w| between(w, " ")),
        ("stops", |w| between(w, ".")),
        ("commas", |w| between(w, ",")),
        ("slashes", |w| between(w, "/")),
        ("dashes", |w| between(w, " - ")),
        ("emoji", |w| between(w, "🔥")),
        ("lines", |w| between(w, "\n")),
        ("unseen", |w| between(w, "\u{200b}")),
        ("joiner", |w| between(w, "\u{2060}")),
        ("hyphen", |w| between(w, "\u{ad}")),
        ("struck", |w| between(w, "\u{336}")),
        ("brackets", |w| format!("{}({}){}", &w[..2], &w[2..3], &w[3..])),
        ("star", |w| format!("{}*{}", &w[..1], &w[2..])),
        ("stars", |w| format!("{}***{}", &w[..2], &w[5..])),
        ("drawn out", |w| format!("{}{}", w, w[w.len() - 1..].repeat(5))),
        ("doubled", |w| format!("{}{}", &w[..3], &w[2..])),
        ("left out", |w| format!("{}{}", &w[..3], &w[4..])),
        ("exchanged", |w| format!("{}{}{}{}", &w[..3], &w[4..5], &w[3..4], &w[5..])),
        ("backwards", |w| w.chars().rev().collect()),
        ("overridden", |w| format!("\u{202e}{}\u{202c}", w.chars().rev().collect::<String>())),
        ("cut short", |w| format!("{}...", &w[..w.len() - 2])),
        ("run together", |w| format!("uno{w}")),
        ("torn", |w| format!("{} {}", &w[..w.len() - 2], &w[w.len() - 2..])),
        ("full width", |w| {
            w.chars().map(|c| char::from_u32(c as u32 + 0xfee0).expect("wide")).collect()
        }),
        ("bold", |w| {
            w.chars().map(|c| char::from_u32(c as u32 - 0x61 + 0x1d41a).expect("bold")).collect()
        }),
        ("circled", |w| {
            w.chars().map(|c| char::from_u32(c as u32 - 0x61 + 0x24d0).expect("round")).collect()
        }),
        ("alien", |w| w.replace('o', "о").replace('a', "а").replace('e', "е").replace('i', "і")),
    ];
    let mut missed = Vec::new();
    let mut all = 0;
    for word in [
        "stronzo",
        "ricchione",
        "coglione",
        "terrone",
        "mongoloide",
        "bastardo",
        "culattone",
        "puttana",
    ] {
        for (name, trick) in tricks {
            all += 1;
            let text = format!("Buonasera, {} di assessore, quando aprite", trick(word));
            if found(&text).is_empty() {
                missed.push(format!("{name}: {text}"));
            }
        }
    }
    assert!(missed.len() * 50 <= all, "{} of {all}: {missed:#?}", missed.len());
}

fn between(word: &str, sign: &str) -> String {
    word.chars().map(String::from).collect::<Vec<_>>().join(sign)
}
