//! Telephone numbers, in digits and in words; not those that are published.

use std::ops::Range;

use super::{Datum, Seen, all, patterns};

patterns! {
    DIGIT_WORDS = r"(?-u:\b)(?:(?:zero|uno|due|tre|quattro|cinque|sei|sette|otto|nove|[0-9]+)[ ,.\-]+){2,}(?:zero|uno|due|tre|quattro|cinque|sei|sette|otto|nove|[0-9]+)(?-u:\b)";
}

/// What is written before a number that is nobody's telephone.
pub(super) const OFFICIAL: [&str; 40] = [
    "cig",
    "cup",
    "prot",
    "protocollo",
    "pratica",
    "pratiche",
    "delibera",
    "determina",
    "determinazione",
    "deliberazione",
    "ordinanza",
    "codice",
    "avviso",
    "iuv",
    "bollettino",
    "fattura",
    "matricola",
    "ordine",
    "bando",
    "gara",
    "lotto",
    "particella",
    "foglio",
    "mappale",
    "sub",
    "cap",
    "euro",
    "legge",
    "decreto",
    "articolo",
    "art",
    "regolamento",
    "verbale",
    "cartella",
    "conto",
    "pod",
    "pdr",
    "ticket",
    "segnalazione",
    "rif",
];
/// Who is meant by a number that is published.
const PUBLISHED: [&str; 25] = [
    "verde",
    "urp",
    "centralino",
    "sportello",
    "ufficio",
    "uffici",
    "comune",
    "municipio",
    "vigili",
    "polizia",
    "carabinieri",
    "ospedale",
    "asl",
    "ats",
    "asst",
    "farmacia",
    "emergenza",
    "emergenze",
    "unico",
    "biblioteca",
    "segreteria",
    "protezione",
    "call",
    "infoline",
    "anagrafe",
];
/// What is written before somebody's telephone number.
const CALLS: [&str; 26] = [
    "tel",
    "telefono",
    "telefonare",
    "telefonatemi",
    "cell",
    "cellulare",
    "mobile",
    "fisso",
    "numero",
    "chiamami",
    "chiamatemi",
    "chiamarmi",
    "chiamare",
    "chiamate",
    "contattatemi",
    "contattarmi",
    "contattami",
    "whatsapp",
    "wa",
    "recapito",
    "richiamatemi",
    "richiamarmi",
    "phone",
    "call",
    "t",
    "num",
];

pub(super) fn telephone(flat: &str, at: &Range<usize>, before: &[&str]) -> Option<Range<usize>> {
    let mut at = at.clone();
    // A stop, a bracket or a hyphen at the end is the sentence's.
    let text = flat[at.clone()].trim_end_matches(|c: char| !c.is_ascii_digit());
    at.end = at.start + text.len();
    let all: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_official = before.iter().take(3).any(|word| OFFICIAL.contains(word));
    let calls = before.iter().take(4).any(|word| CALLS.contains(word));
    let calls_surely = before.iter().take(3).any(|word| {
        matches!(
            *word,
            "tel"
                | "telefono"
                | "cell"
                | "cellulare"
                | "phone"
                | "whatsapp"
                | "number"
                | "chiamatemi"
                | "chiamarmi"
                | "chiamami"
        )
    });
    // Part of a code: "NL91 ABNA 0417 1643 01".
    if before.iter().take(2).any(|word| {
        word.len() > 2
            && word.bytes().any(|b| b.is_ascii_digit())
            && word.bytes().any(|b| b.is_ascii_lowercase())
    }) {
        return None;
    }
    let is_own = before.iter().any(|word| {
        matches!(*word, "mio" | "mia" | "me" | "mi")
            || word.ends_with("temi")
            || word.ends_with("armi")
            || word.ends_with("ami")
    });
    let is_published = !is_own && before.iter().any(|word| PUBLISHED.contains(word));
    if is_published || is_official && !calls {
        return None;
    }
    // A date, an hour, an amount of money: dots every three digits, or slashes.
    if !calls && (is_date(text) || is_amount(text)) {
        return None;
    }
    let (country, rest) = match () {
        () if text.starts_with(['+', '(']) && text.trim_start_matches('(').starts_with('+') => {
            (true, all.strip_prefix("39").map_or((false, all.as_str()), |rest| (true, rest)))
        }
        () if all.starts_with("0039") => (true, (true, &all[4..])),
        () if all.starts_with("00") && all.len() >= 11 && all.as_bytes()[2] != b'0' => {
            (true, (false, &all[2..]))
        }
        () if is_american(text)
            || calls_surely
                && (8..=12).contains(&all.len())
                && !all.starts_with(['0', '3', '8']) =>
        {
            (true, (false, all.as_str()))
        }
        () if all.len() == 12 && all.starts_with("393") => (true, (true, &all[2..])),
        () => (false, (true, all.as_str())),
    };
    let (is_italian, number) = rest;
    let is_phone = if !is_italian {
        country && (8..=15).contains(&number.len())
    } else if number.starts_with('3') {
        is_mobile(number) && !is_split(text)
    } else if number.starts_with('0') {
        is_landline(number, text, calls || country)
    } else {
        // "800", "199", "892" and the emergency numbers are published.
        false
    };
    is_phone.then_some(at)
}

/// "(415) 555-0132", "415-555-0132".
fn is_american(text: &str) -> bool {
    let mut groups = text.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty());
    let lengths =
        [groups.next(), groups.next(), groups.next(), groups.next()].map(|g| g.map_or(0, str::len));
    lengths == [3, 3, 4, 0]
        && !text.starts_with(['0', '1', '3', '8'])
        && (text.starts_with('(') || text.contains('-'))
}

/// Ten digits; nine in old ones.
fn is_mobile(number: &str) -> bool {
    let second = number.as_bytes().get(1);
    second.is_some_and(|d| (b'1'..=b'9').contains(d)) && matches!(number.len(), 9 | 10)
}

/// Several numbers side by side are no telephone number: "35 42 17 90 12".
fn is_split(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).count() > 6
}

fn is_landline(number: &str, text: &str, calls: bool) -> bool {
    let second = number.as_bytes().get(1);
    if !second.is_some_and(|d| (b'1'..=b'9').contains(d)) {
        return false;
    }
    let is_parted = text.contains([' ', '/', '-', '.', ')']);
    match number.len() {
        9..=11 => true,
        8 => calls || is_parted,
        6 | 7 => calls && is_parted,
        _ => false,
    }
}

fn is_date(text: &str) -> bool {
    let groups: Vec<&str> = text.split(['/', '.', '-']).collect();
    groups.len() == 3
        && groups[0].len() <= 2
        && groups[1].len() <= 2
        && matches!(groups[2].len(), 2 | 4)
        && groups[1].parse::<u32>().is_ok_and(|month| (1..=12).contains(&month))
}

fn is_amount(text: &str) -> bool {
    let mut groups = text.split('.');
    groups.next().is_some_and(|first| (1..=3).contains(&first.len()))
        && text.contains('.')
        && groups.all(|group| group.len() == 3)
        && !text.contains([' ', '-', '/'])
}

pub(super) fn spelt_out(flat: &str, seen: &mut Vec<Seen>) {
    const WORDS: [&str; 10] =
        ["zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"];
    for at in all(&DIGIT_WORDS, flat) {
        let mut digits = String::new();
        let mut spelt = 0;
        for part in flat[at.clone()].split([' ', ',', '.', '-']).filter(|part| !part.is_empty()) {
            match WORDS.iter().position(|word| *word == part) {
                Some(digit) => {
                    spelt += 1;
                    digits.push_str(&digit.to_string());
                }
                None => digits.push_str(part),
            }
        }
        let is_phone = digits.starts_with('3') && is_mobile(&digits)
            || digits.starts_with('0') && (8..=11).contains(&digits.len());
        if spelt >= 3 && is_phone {
            seen.push(Seen { datum: Datum::Phone, at });
        }
    }
}
