//! Personal data that can be recognised for certain: by a check digit, a sign, a form, or a word
//! before it. It is masked, so that nobody keeps it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::fold::Folded;

/// What was recognised, and what stands in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Datum {
    TaxCode,
    Iban,
    HealthCard,
    Card,
    Email,
    Document,
    Vat,
    Phone,
    Plate,
}

impl Datum {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::TaxCode => "PII_TAX_CODE",
            Self::Iban => "PII_IBAN",
            Self::HealthCard => "PII_HEALTH_CARD",
            Self::Card => "PII_CARD",
            Self::Email => "PII_EMAIL",
            Self::Document => "PII_DOCUMENT",
            Self::Vat => "PII_VAT",
            Self::Phone => "PII_PHONE",
            Self::Plate => "PII_PLATE",
        }
    }

    pub(super) const fn mask(self) -> &'static str {
        match self {
            Self::TaxCode => "[codice fiscale]",
            Self::Iban => "[iban]",
            Self::HealthCard => "[tessera sanitaria]",
            Self::Card => "[carta]",
            Self::Email => "[e-mail]",
            Self::Document => "[documento]",
            Self::Vat => "[partita iva]",
            Self::Phone => "[telefono]",
            Self::Plate => "[targa]",
        }
    }
}

/// What stands in a text in the place of personal data; also where somebody wrote it so.
pub fn masks(text: &str) -> impl Iterator<Item = &'static str> {
    [
        Datum::TaxCode,
        Datum::Iban,
        Datum::HealthCard,
        Datum::Card,
        Datum::Email,
        Datum::Document,
        Datum::Vat,
        Datum::Phone,
        Datum::Plate,
    ]
    .into_iter()
    .map(Datum::mask)
    .filter(move |mask| text.contains(mask))
}

/// Where it stands, in bytes of the folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub datum: Datum,
    pub at: Range<usize>,
}

/// All of them, none inside of another. `contacts`: what the city itself publishes.
pub(super) fn personal(text: &str, folded: &Folded, contacts: &[String]) -> Vec<Seen> {
    let flat = folded.flat.as_str();
    let mut seen = Vec::new();
    let has_digits = flat.bytes().filter(u8::is_ascii_digit).count() >= 3;
    if has_digits {
        tax_codes(flat, &mut seen);
        ibans(flat, &mut seen);
        numbers(flat, &mut seen);
        documents(flat, &mut seen);
        plates(text, folded, &mut seen);
    }
    emails(flat, &mut seen);
    spelt_out(flat, &mut seen);
    seen.retain(|found| !is_contact(&flat[found.at.clone()], contacts));
    // The surest first: what it covers is not looked at again.
    seen.sort_by_key(|found| (found.datum, found.at.start));
    let mut kept: Vec<Seen> = Vec::new();
    for found in seen {
        if kept.iter().all(|other| found.at.end <= other.at.start || other.at.end <= found.at.start)
        {
            kept.push(found);
        }
    }
    kept.sort_by_key(|found| found.at.start);
    kept
}

fn is_contact(found: &str, contacts: &[String]) -> bool {
    let bare = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric() || *c == '@')
            .flat_map(char::to_lowercase)
            .collect()
    };
    let found = bare(found);
    contacts.iter().any(|contact| {
        let contact = bare(contact);
        !contact.is_empty() && (found == contact || found.ends_with(&contact) && contact.len() >= 8)
    })
}

/// A pattern that is part of this program; one that does not compile finds nothing, and a test says so.
fn pattern(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

macro_rules! patterns {
    ($($name:ident = $pattern:expr;)*) => {
        $(static $name: LazyLock<Option<Regex>> = LazyLock::new(|| pattern($pattern));)*
        #[cfg(test)]
        fn all_patterns() -> Vec<(&'static str, bool)> {
            vec![$((stringify!($name), $name.is_some())),*]
        }
    };
}

patterns! {
    TAX_CODE = r"(?:[a-z][ \-./]?){6}(?:[0-9lmnpqrstuv][ \-./]?){2}[abcdehlmprst][ \-./]?(?:[0-9lmnpqrstuv][ \-./]?){2}[a-z][ \-./]?(?:[0-9lmnpqrstuv][ \-./]?){3}[a-z]";
    NUMBER = r"(?:\(\+|\+?\(?)[0-9](?:[0-9]| ?[\-./)(] ?| )*[0-9]";
    EMAIL = r"[a-z0-9][a-z0-9._%+\-]{0,63} ?(?:@|\(at\)|\[at\]|\{at\}|\(chiocciola\)|\[chiocciola\]) ?[a-z0-9\-]+(?: ?(?:\.|\(dot\)|\[dot\]|\(punto\)|\[punto\]| punto | dot ) ?[a-z0-9\-]+)*? ?(?:\.|\(dot\)|\[dot\]|\(punto\)|\[punto\]| punto | dot ) ?[a-z]{2,12}(?: ?\. ?(?:com|it|net|org|eu|uk))?";
    EMAIL_SPELT = r"((?:[a-z0-9._\-]+ ){0,3}?)([a-z0-9._\-]+) (?:chiocciola|at|et) ([a-z0-9\-]+)(?:(?: punto | dot |\.| \. )[a-z0-9\-]+){1,3}";
    DOCUMENT = r"(?-u:\b)(?:carta (?:d'?|di )?identita(?: elettronica)?|c\.? ?i\.? ?e?\.?|documento(?: di identita| d'identita)?|passaporto|patente(?: di guida)?|permesso di soggiorno)(?: (?:numero|num\.?|nr\.?|n\.?|no\.?|e|ha|con|il|la|mia|mio|di|guida|italian[ao]|n°|:))*[ :#.\-]*(?:[a-z]+ ){0,2}?((?:[a-z]{2} ?[0-9]{5} ?[a-z]{2}|[a-z]{2} ?[0-9]{7}[a-z]?|u[0-9][a-z0-9]{7}[a-z]|[a-z]{2} ?[0-9]{6,7}))(?-u:\b)";
    PLATE = r"(?-u:\b)[a-hj-npr-tv-z]{2}[ \-]?[0-9]{3}[ \-]?[a-hj-npr-tv-z]{2}(?-u:\b)";
    DIGIT_WORDS = r"(?-u:\b)(?:(?:zero|uno|due|tre|quattro|cinque|sei|sette|otto|nove|[0-9]+)[ ,.\-]+){2,}(?:zero|uno|due|tre|quattro|cinque|sei|sette|otto|nove|[0-9]+)(?-u:\b)";
}

fn all(pattern: &'static LazyLock<Option<Regex>>, flat: &str) -> Vec<Range<usize>> {
    let found = |regex: &Regex| regex.find_iter(flat).map(|hit| hit.range()).collect();
    pattern.as_ref().map_or_else(Vec::new, found)
}

/// Nothing of a word or number goes on beyond it.
fn stands_alone(flat: &str, at: &Range<usize>) -> bool {
    let before = flat[..at.start].chars().next_back();
    let after = flat[at.end..].chars().next();
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

// --- codice fiscale -------------------------------------------------------------------------------

fn tax_codes(flat: &str, seen: &mut Vec<Seen>) {
    let Some(regex) = TAX_CODE.as_ref() else { return };
    let mut from = 0;
    while let Some(hit) = regex.find_at(flat, from) {
        let at = hit.range();
        if stands_alone(flat, &at) && is_tax_code(&flat[at.clone()]) {
            from = at.end;
            seen.push(Seen { datum: Datum::TaxCode, at });
        } else {
            // What looked like one may hide the beginning of another.
            from = at.start + 1;
        }
    }
}

/// The last letter follows from the fifteen before it (decree of 23 December 1976).
fn is_tax_code(text: &str) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let code: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    if code.len() != 16 {
        return false;
    }
    let value = |c: u8| u32::from(if c.is_ascii_digit() { c - b'0' } else { c - b'a' });
    let sum: u32 = code[..15]
        .iter()
        .enumerate()
        .map(|(n, c)| if n % 2 == 0 { ODD[value(*c) as usize] } else { value(*c) })
        .sum();
    sum % 26 == value(code[15])
}

// --- IBAN -----------------------------------------------------------------------------------------

/// Letters and digits of an IBAN, by country (SWIFT's registry).
const IBAN_LENGTH: [(&[u8; 2], usize); 78] = [
    (b"ad", 24),
    (b"ae", 23),
    (b"al", 28),
    (b"at", 20),
    (b"az", 28),
    (b"ba", 20),
    (b"be", 16),
    (b"bg", 22),
    (b"bh", 22),
    (b"br", 29),
    (b"by", 28),
    (b"ch", 21),
    (b"cr", 22),
    (b"cy", 28),
    (b"cz", 24),
    (b"de", 22),
    (b"dk", 18),
    (b"do", 28),
    (b"ee", 20),
    (b"eg", 29),
    (b"es", 24),
    (b"fi", 18),
    (b"fo", 18),
    (b"fr", 27),
    (b"gb", 22),
    (b"ge", 22),
    (b"gi", 23),
    (b"gl", 18),
    (b"gr", 27),
    (b"gt", 28),
    (b"hr", 21),
    (b"hu", 28),
    (b"ie", 22),
    (b"il", 23),
    (b"iq", 23),
    (b"is", 26),
    (b"it", 27),
    (b"jo", 30),
    (b"kw", 30),
    (b"kz", 20),
    (b"lb", 28),
    (b"lc", 32),
    (b"li", 21),
    (b"lt", 20),
    (b"lu", 20),
    (b"lv", 21),
    (b"ly", 25),
    (b"mc", 27),
    (b"md", 24),
    (b"me", 22),
    (b"mk", 19),
    (b"mr", 27),
    (b"mt", 31),
    (b"mu", 30),
    (b"nl", 18),
    (b"no", 15),
    (b"pk", 24),
    (b"pl", 28),
    (b"ps", 29),
    (b"pt", 25),
    (b"qa", 29),
    (b"ro", 24),
    (b"rs", 22),
    (b"sa", 24),
    (b"sc", 31),
    (b"se", 24),
    (b"si", 19),
    (b"sk", 24),
    (b"sm", 27),
    (b"st", 25),
    (b"sv", 28),
    (b"tl", 23),
    (b"tn", 24),
    (b"tr", 26),
    (b"ua", 29),
    (b"va", 22),
    (b"vg", 24),
    (b"xk", 20),
];

fn ibans(flat: &str, seen: &mut Vec<Seen>) {
    let bytes = flat.as_bytes();
    for at in 0..bytes.len().saturating_sub(14) {
        let begins = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        if !begins || !bytes[at].is_ascii_lowercase() || !bytes[at + 1].is_ascii_lowercase() {
            continue;
        }
        let country = IBAN_LENGTH.iter().find(|(of, _)| of[..] == bytes[at..at + 2]);
        let Some((_, length)) = country else { continue };
        let (mut code, mut end, mut gap) = (Vec::with_capacity(*length), at, 0);
        while end < bytes.len() && code.len() < *length && gap < 3 {
            match bytes[end] {
                c if c.is_ascii_alphanumeric() => {
                    code.push(c);
                    gap = 0;
                }
                b' ' | b'-' | b'.' | b'/' => gap += 1,
                _ => break,
            }
            end += 1;
        }
        let range = at..end;
        if code.len() == *length
            && flat.is_char_boundary(end)
            && stands_alone(flat, &range)
            && is_iban(&code)
        {
            seen.push(Seen { datum: Datum::Iban, at: range });
        }
    }
}

/// The remainder by 97 is 1 (ISO 13616).
fn is_iban(code: &[u8]) -> bool {
    if !code[2].is_ascii_digit() || !code[3].is_ascii_digit() {
        return false;
    }
    let rest = code[4..].iter().chain(&code[..4]).fold(0_u32, |rest, c| match c {
        b'0'..=b'9' => (rest * 10 + u32::from(c - b'0')) % 97,
        c => (rest * 100 + u32::from(c - b'a') + 10) % 97,
    });
    rest == 1
}

// --- numbers --------------------------------------------------------------------------------------

/// What is written before a number that is nobody's telephone.
const OFFICIAL: [&str; 40] = [
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

fn numbers(flat: &str, seen: &mut Vec<Seen>) {
    for mut at in all(&NUMBER, flat) {
        // "(340 1234567)": the brackets are the sentence's.
        if flat[at.clone()].starts_with('(') && !flat[at.clone()].contains(')') {
            at.start += 1;
        }
        let before = flat[..at.start].chars().next_back();
        let after = flat[at.end..].chars().next();
        if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '€' | '$' | '°' | '#')) {
            continue;
        }
        if after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '€' | '%' | '$')) {
            continue;
        }
        match number(flat, &at) {
            Some((datum, at)) => seen.push(Seen { datum, at }),
            None => side_by_side(flat, &at, seen),
        }
    }
}

/// Bound: groups of digits in one row that are looked at.
const GROUPS: usize = 24;

/// Several numbers with only spaces between them.
fn side_by_side(flat: &str, at: &Range<usize>, seen: &mut Vec<Seen>) {
    let text = &flat[at.clone()];
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    for group in text.split(' ').take(GROUPS) {
        groups.push(at.start + from..at.start + from + group.len());
        from += group.len() + 1;
    }
    let mut first = 0;
    while first < groups.len() && groups.len() > 1 {
        let found = (first..groups.len().min(first + 5)).rev().find_map(|last| {
            let row = groups[first].start..groups[last].end;
            (row != *at && !row.is_empty())
                .then(|| number(flat, &row))
                .flatten()
                .map(|found| (last, found))
        });
        match found {
            Some((last, (datum, at))) => {
                seen.push(Seen { datum, at });
                first = last + 1;
            }
            None => first += 1,
        }
    }
}

/// What a run of digits is, and which part of it.
fn number(flat: &str, at: &Range<usize>) -> Option<(Datum, Range<usize>)> {
    let text = &flat[at.clone()];
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    if digits.len() == 20 && digits.starts_with(b"80380") {
        return Some((Datum::HealthCard, at.clone()));
    }
    if is_card(&digits, text) {
        return Some((Datum::Card, at.clone()));
    }
    let before = words_before(flat, at.start, 5);
    if digits.len() == 11 && is_vat(&digits) && is_vat_meant(flat, at.start, &before) {
        return Some((Datum::Vat, at.clone()));
    }
    telephone(flat, at, &before).map(|at| (Datum::Phone, at))
}

/// By the networks' prefixes and lengths, and Luhn's check digit (ISO/IEC 7812).
fn is_card(digits: &[u8], text: &str) -> bool {
    let n = |len: usize| digits[..len].iter().fold(0_u32, |n, d| n * 10 + u32::from(d - b'0'));
    if digits.len() < 13 || digits.len() > 19 || text.contains(['(', ')', '+']) {
        return false;
    }
    let known = match digits.len() {
        13 | 19 => digits[0] == b'4',
        14 => matches!(n(2), 36 | 38 | 39) || matches!(n(3), 300..=305),
        15 => matches!(n(2), 34 | 37),
        16 => {
            digits[0] == b'4'
                || matches!(n(2), 51..=55 | 65 | 35 | 62 | 50 | 67)
                || n(4) == 6011
                || matches!(n(4), 2221..=2720)
        }
        _ => false,
    };
    known && luhn(digits)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, digit)| {
            let digit = u32::from(digit - b'0');
            if n % 2 == 0 { digit } else { digit * 2 - if digit > 4 { 9 } else { 0 } }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// An Italian VAT number has Luhn's check digit, too.
fn is_vat(digits: &[u8]) -> bool {
    luhn(digits) && digits.iter().any(|digit| *digit != b'0')
}

fn is_vat_meant(flat: &str, start: usize, before: &[&str]) -> bool {
    before.iter().any(|word| matches!(*word, "iva" | "piva" | "vat"))
        || flat[..start].trim_end().ends_with("it") && before.first() == Some(&"it")
}

/// The last words before a place, the nearest first.
fn words_before(flat: &str, end: usize, most: usize) -> Vec<&str> {
    flat[..end]
        .rsplit(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(most)
        .collect()
}

fn telephone(flat: &str, at: &Range<usize>, before: &[&str]) -> Option<Range<usize>> {
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

// --- e-mail ---------------------------------------------------------------------------------------

fn emails(flat: &str, seen: &mut Vec<Seen>) {
    if flat.contains('@')
        || flat.contains("(at)")
        || flat.contains("[at]")
        || flat.contains("{at}")
        || flat.contains("chiocciola")
    {
        for at in all(&EMAIL, flat) {
            push_email(flat, at, seen);
        }
    }
    if !flat.contains("chiocciola") && !flat.contains(" at ") {
        return;
    }
    let Some(regex) = EMAIL_SPELT.as_ref() else { return };
    for hit in regex.captures_iter(flat) {
        let (Some(whole), Some(before), Some(last)) = (hit.get(0), hit.get(1), hit.get(2)) else {
            continue;
        };
        let is_sure = whole.as_str().contains("chiocciola");
        let tail = whole.as_str().rsplit([' ', '.']).next().unwrap_or_default();
        let known = matches!(
            tail,
            "it" | "com" | "net" | "org" | "eu" | "info" | "fr" | "de" | "es" | "uk"
        );
        if !known
            || !(is_sure || whole.as_str().contains(" dot ") || whole.as_str().contains(" punto "))
        {
            continue;
        }
        // The words of the sentence before it are not part of it.
        let mut start = last.start();
        for word in before.as_str().split(' ').filter(|word| !word.is_empty()).rev() {
            if !is_name_like(word) {
                break;
            }
            start -= word.len() + 1;
        }
        push_email(flat, start..whole.end(), seen);
    }
}

fn is_name_like(word: &str) -> bool {
    const SENTENCE: [&str; 34] = [
        "e",
        "mail",
        "email",
        "indirizzo",
        "a",
        "al",
        "alla",
        "mia",
        "mio",
        "la",
        "il",
        "di",
        "sono",
        "scrivetemi",
        "scrivete",
        "scrivere",
        "scrivi",
        "contattatemi",
        "posta",
        "pec",
        "su",
        "con",
        "per",
        "ho",
        "qui",
        "ecco",
        "at",
        "da",
        "in",
        "che",
        "o",
        "oppure",
        "anche",
        "elettronica",
    ];
    !SENTENCE.contains(&word)
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn push_email(flat: &str, at: Range<usize>, seen: &mut Vec<Seen>) {
    let mut at = at;
    let text = &flat[at.clone()];
    // "a@b.it. Grazie": the sentence goes on behind it.
    if let Some(cut) = text.find(". ").filter(|_| !text.contains(" . ") && !text.contains(" @")) {
        at.end = at.start + cut;
    }
    let domain = flat[at.clone()].rsplit(['@', ')', ']', '}']).next().unwrap_or_default();
    let whole = flat[at.clone()].to_owned();
    let host = whole.split_once('@').map_or(domain, |(_, host)| host);
    let is_address = host.contains('.') || whole.contains("punto") || whole.contains("dot");
    if is_address && !is_public_body(&whole) {
        seen.push(Seen { datum: Datum::Email, at });
    }
}

/// Addresses of public bodies are published so that people write to them.
pub(super) fn is_public_body(address: &str) -> bool {
    let host = address.split(['@', ')', ']']).next_back().unwrap_or_default();
    let labels: Vec<&str> =
        host.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|l| !l.is_empty()).collect();
    labels.iter().any(|label| {
        matches!(
            *label,
            "comune"
                | "comuni"
                | "regione"
                | "provincia"
                | "prov"
                | "cittametropolitana"
                | "gov"
                | "istruzione"
                | "edu"
                | "asl"
                | "ats"
                | "asst"
                | "aslroma"
                | "interno"
                | "giustizia"
                | "poliziadistato"
                | "carabinieri"
                | "prefettura"
                | "questura"
                | "inps"
                | "inail"
                | "agenziaentrate"
                | "agid"
                | "pagopa"
                | "garanteprivacy"
                | "gpdp"
                | "camera"
                | "senato"
                | "europa"
                | "arpa"
                | "legalmail-pa"
                | "vigilfuoco"
        ) || [
            "comune",
            "regione",
            "provincia",
            "unionecomuni",
            "poliziamunicipale",
            "polizialocale",
        ]
        .iter()
        .any(|body| label.starts_with(body))
    })
}

// --- documents, plates ----------------------------------------------------------------------------

fn documents(flat: &str, seen: &mut Vec<Seen>) {
    let Some(regex) = DOCUMENT.as_ref() else { return };
    for hit in regex.captures_iter(flat) {
        if let Some(number) = hit.get(1) {
            seen.push(Seen { datum: Datum::Document, at: number.range() });
        }
    }
}

fn plates(text: &str, folded: &Folded, seen: &mut Vec<Seen>) {
    let flat = folded.flat.as_str();
    for at in all(&PLATE, flat) {
        let before = words_before(flat, at.start, 6);
        let meant = before.iter().any(|word| {
            matches!(
                *word,
                "targa"
                    | "targata"
                    | "targato"
                    | "targhe"
                    | "auto"
                    | "macchina"
                    | "vettura"
                    | "veicolo"
                    | "furgone"
                    | "moto"
                    | "scooter"
                    | "camion"
                    | "suv"
                    | "automobile"
            )
        });
        let original = &text[folded.original(&at)];
        let is_upper = !original.chars().any(char::is_lowercase);
        let is_parted = original.contains([' ', '-']);
        if (meant || is_upper && !is_parted)
            && !before.iter().take(2).any(|word| OFFICIAL.contains(word))
        {
            seen.push(Seen { datum: Datum::Plate, at });
        }
    }
}

// --- digits in words ------------------------------------------------------------------------------

fn spelt_out(flat: &str, seen: &mut Vec<Seen>) {
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

#[cfg(test)]
mod made;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_one() {
        assert!(all_patterns().iter().all(|(_, compiles)| *compiles), "{:?}", all_patterns());
    }
}
