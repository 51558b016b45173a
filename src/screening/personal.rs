//! Personal data that can be recognised for certain: by a check digit, a sign, a form, or a word
//! before it. It is masked, so that nobody keeps it.

mod codes;
mod emails;
mod numbers;
mod papers;
mod phones;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::fold::Folded;
pub(super) use emails::is_public_body;

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
        codes::tax_codes(flat, &mut seen);
        codes::ibans(flat, &mut seen);
        numbers::numbers(flat, &mut seen);
        papers::documents(flat, &mut seen);
        papers::plates(text, folded, &mut seen);
    }
    emails::emails(flat, &mut seen);
    phones::spelt_out(flat, &mut seen);
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
        $(static $name: std::sync::LazyLock<Option<regex::Regex>> =
            std::sync::LazyLock::new(|| super::pattern($pattern));)*
        #[cfg(test)]
        pub(super) fn are_all_patterns() -> bool {
            [$($name.is_some()),*].into_iter().all(|compiles| compiles)
        }
    };
}
use patterns;

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

/// The last words before a place, the nearest first.
fn words_before(flat: &str, end: usize, most: usize) -> Vec<&str> {
    flat[..end]
        .rsplit(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(most)
        .collect()
}

#[cfg(test)]
mod made;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_one() {
        assert!(codes::are_all_patterns() && numbers::are_all_patterns());
        assert!(emails::are_all_patterns() && papers::are_all_patterns());
        assert!(phones::are_all_patterns());
    }
}
