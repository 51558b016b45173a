//! E-mail addresses, also spelt out; not those of public bodies.

use std::ops::Range;

use super::{Datum, Seen, all, patterns};

patterns! {
    EMAIL = r"[a-z0-9][a-z0-9._%+\-]{0,63} ?(?:@|\(at\)|\[at\]|\{at\}|\(chiocciola\)|\[chiocciola\]) ?[a-z0-9\-]+(?: ?(?:\.|\(dot\)|\[dot\]|\(punto\)|\[punto\]| punto | dot ) ?[a-z0-9\-]+)*? ?(?:\.|\(dot\)|\[dot\]|\(punto\)|\[punto\]| punto | dot ) ?[a-z]{2,12}(?: ?\. ?(?:com|it|net|org|eu|uk))?";
    EMAIL_SPELT = r"((?:[a-z0-9._\-]+ ){0,3}?)([a-z0-9._\-]+) (?:chiocciola|at|et) ([a-z0-9\-]+)(?:(?: punto | dot |\.| \. )[a-z0-9\-]+){1,3}";
}

pub(super) fn emails(flat: &str, seen: &mut Vec<Seen>) {
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
pub(in crate::screening) fn is_public_body(address: &str) -> bool {
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
