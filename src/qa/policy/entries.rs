//! The lists of a policy: made tidy, and held to their bounds.
//!
//! An entry is named by its place, never by what it says: a refusal may be logged, a list of words
//! that a city does not want to read may not.

use std::collections::BTreeSet;

use super::Policy;
use crate::qa::malformed::Malformed;
use crate::screening;

/// Bound: entries of one list of words.
pub(super) const WORDS: usize = 300;
/// Bound: characters of one of them.
pub(super) const WORD_CHARS: usize = 60;
/// Bound: hosts, contacts.
pub(super) const FEW: usize = 100;
/// Bound: characters of a contact.
pub(super) const CONTACT_CHARS: usize = 120;
/// Bound: bytes of one list, so that a change of it fits into one message.
pub(super) const LIST_BYTES: usize = 12_000;

impl Policy {
    /// Makes the lists tidy: spaces around entries and inside of them, entries that are there twice.
    pub(super) fn tidy(&mut self) {
        for host in &mut self.link_hosts {
            *host = host.trim().trim_end_matches('.').to_lowercase();
        }
        for list in [
            &mut self.words_block,
            &mut self.words_hold,
            &mut self.words_allow,
            &mut self.contacts,
            &mut self.link_hosts,
        ] {
            let mut seen = BTreeSet::new();
            for entry in list.iter_mut() {
                let parts = screening::clean(entry);
                *entry = parts.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            // What is empty stays, to be refused by its place: a slip would be lost silently.
            list.retain(|entry| entry.is_empty() || seen.insert(entry.to_lowercase()));
        }
        self.words_noted.sort_unstable();
        self.words_noted.dedup();
    }
}

/// Whole words, phrases, `prefix*`; a sign such as an emoji.
pub(super) fn words(key: &str, entries: &[String]) -> Result<(), Malformed> {
    bounded(key, entries, WORDS, WORD_CHARS)?;
    let fits = |entry: &String| {
        let (start, prefix) = match entry.strip_suffix('*') {
            Some(start) => (start, true),
            None => (entry.as_str(), false),
        };
        // A star after a letter alone would mean half of the dictionary.
        let letters = start.chars().filter(|c| c.is_alphanumeric()).count();
        let ends_in_word = start.ends_with(char::is_alphanumeric);
        let is_sign = !prefix && start.chars().any(|c| !c.is_ascii() && !c.is_whitespace());
        let is_word = letters >= if prefix { 2 } else { 1 } && (ends_in_word || !prefix);
        !start.contains('*') && (is_word || is_sign)
    };
    each(
        key,
        entries,
        fits,
        "serve una parola, una breve frase o un inizio di parola di almeno due lettere con `*` in fondo",
        "a word, a short phrase, or the beginning of a word, two letters at least, with `*` at its end is expected",
    )
}

/// Names of hosts, such as `comune.example.it`.
pub(super) fn hosts(key: &str, entries: &[String]) -> Result<(), Malformed> {
    bounded(key, entries, FEW, 253)?;
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let fits = |host: &String| {
        let top = host.rsplit('.').next().unwrap_or_default();
        host.contains('.') && host.split('.').all(label) && top.chars().any(char::is_alphabetic)
    };
    each(
        key,
        entries,
        fits,
        "serve il nome di un sito come comune.example.it, senza https:// e senza percorso",
        "the name of a host such as comune.example.it is expected, without https:// and without a path",
    )
}

/// Addresses and telephone numbers, as they are published.
pub(super) fn contacts(key: &str, entries: &[String]) -> Result<(), Malformed> {
    bounded(key, entries, FEW, CONTACT_CHARS)?;
    each(
        key,
        entries,
        |entry| entry.chars().any(char::is_alphanumeric),
        "serve un indirizzo o un numero come lo pubblica il Comune",
        "an address or a number as the city publishes it is expected",
    )
}

fn bounded(key: &str, entries: &[String], most: usize, chars: usize) -> Result<(), Malformed> {
    if entries.len() > most {
        let found = entries.len();
        return Err(Malformed::new(
            format!("`policy.{key}` ha {found} voci; può averne al massimo {most}."),
            format!("`policy.{key}` has {found} entries; at most {most} are possible."),
        ));
    }
    if let Some(at) = entries.iter().position(|entry| screening::length(entry) > chars) {
        return Err(Malformed::new(
            format!("`policy.{key}[{at}]` è più lunga di {chars} caratteri."),
            format!("`policy.{key}[{at}]` is longer than {chars} characters."),
        ));
    }
    if entries.iter().map(String::len).sum::<usize>() > LIST_BYTES {
        return Err(Malformed::new(
            format!("`policy.{key}` supera {LIST_BYTES} byte: togliete qualche voce."),
            format!("`policy.{key}` is over {LIST_BYTES} bytes: take some entries out."),
        ));
    }
    Ok(())
}

fn each(
    key: &str,
    entries: &[String],
    fits: impl Fn(&String) -> bool,
    italian: &str,
    english: &str,
) -> Result<(), Malformed> {
    match entries.iter().position(|entry| !fits(entry)) {
        None => Ok(()),
        Some(at) => Err(Malformed::new(
            format!("`policy.{key}[{at}]`: {italian}."),
            format!("`policy.{key}[{at}]`: {english}."),
        )),
    }
}
