//! Words that are also looked for in disguise, and what can be read as one of them.

use std::collections::{BTreeMap, BTreeSet};

/// Shortest word that is looked for in disguise.
const SHORTEST: usize = 4;

/// Words, as `fold` writes them, and the ways of writing them that are no other word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Vocabulary {
    /// By how many bytes they have, each row sorted.
    by_length: Vec<Vec<String>>,
    /// Beginnings: whatever begins so is one of the words.
    prefixes: Vec<String>,
    /// A way of writing a word that is no word itself: which one is meant.
    misspelt: BTreeMap<String, String>,
    /// How a word begins, where nothing else begins so: which one.
    begun: BTreeMap<String, String>,
    /// The same without doubled letters, for words that were drawn out.
    squeezed: BTreeMap<String, String>,
    /// Words that stand after a word: "dio" and what it is called.
    next: BTreeMap<String, Vec<String>>,
}

impl Vocabulary {
    /// Adds a word. `others`: words that are none of these, so that nothing is read for them.
    pub(super) fn add(&mut self, word: &str, others: &BTreeSet<&str>) {
        let length = word.len();
        if self.by_length.len() <= length {
            self.by_length.resize_with(length + 1, Vec::new);
        }
        let row = &mut self.by_length[length];
        let Err(place) = row.binary_search_by(|known| known.as_str().cmp(word)) else { return };
        row.insert(place, word.to_owned());
        let squeezed = squeezed(word);
        if !others.contains(squeezed.as_str()) {
            self.squeezed.entry(squeezed).or_insert_with(|| word.to_owned());
        }
    }

    /// Adds a beginning.
    pub(super) fn add_prefix(&mut self, prefix: &str) {
        if prefix.len() >= SHORTEST && prefix.is_ascii() {
            self.prefixes.push(prefix.to_owned());
        }
    }

    /// Adds the words' misspellings and beginnings, as far as they are no other word.
    pub(super) fn misspell(&mut self, is_other: impl Fn(&str) -> bool) {
        for word in self.by_length.iter().flatten().filter(|word| word.len() >= 3) {
            for wrong in misspellings(word).into_iter().filter(|wrong| !is_other(wrong)) {
                self.misspelt.entry(wrong).or_insert_with(|| word.clone());
            }
            // Two thirds of a word, and four letters at least.
            for cut in SHORTEST.max((word.len() * 2).div_ceil(3))..word.len() {
                let begun = &word[..cut];
                if !is_other(begun) {
                    self.begun.entry(begun.to_owned()).or_insert_with(|| word.clone());
                }
            }
        }
    }

    /// Says that one word may be followed by another.
    pub(super) fn add_next(&mut self, word: &str, next: &str) {
        self.next.entry(word.to_owned()).or_default().push(next.to_owned());
    }

    /// Words of this many bytes.
    pub(super) fn of_length(&self, length: usize) -> &[String] {
        self.by_length.get(length).map_or(&[], Vec::as_slice)
    }

    /// Whether this is one of the words.
    pub(super) fn has(&self, word: &str) -> bool {
        let row = self.of_length(word.len());
        row.binary_search_by(|known| known.as_str().cmp(word)).is_ok()
            || self.prefixes.iter().any(|prefix| word.starts_with(prefix))
    }

    /// The word, if it is one of them.
    pub(super) fn found(&self, word: &str) -> Option<String> {
        self.has(word).then(|| word.to_owned())
    }

    /// The word that was meant by a misspelling that is no word.
    pub(super) fn meant(&self, misspelt: &str) -> Option<String> {
        self.misspelt.get(misspelt).cloned()
    }

    /// The word that was drawn out.
    pub(super) fn drawn_out(&self, word: &str) -> Option<String> {
        self.squeezed.get(&squeezed(word)).cloned()
    }

    /// The word that breaks off here, behind the word before.
    pub(super) fn cut_short(&self, begun: &str, before: &str) -> Option<String> {
        self.next
            .get(before)
            .and_then(|next| next.iter().find(|word| word.starts_with(begun)))
            .filter(|word| self.has(word))
            .or_else(|| self.begun.get(begun))
            .cloned()
    }
}

/// Every run of one letter as one.
fn squeezed(word: &str) -> String {
    let mut squeezed = String::with_capacity(word.len());
    for c in word.chars() {
        if !squeezed.ends_with(c) {
            squeezed.push(c);
        }
    }
    squeezed
}

/// A vowel left out, all vowels inside left out, two neighbours exchanged.
fn misspellings(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut wrong = Vec::new();
    let is_vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
    if letters.len() >= 5 {
        for at in (1..letters.len() - 1).filter(|at| is_vowel(letters[*at])) {
            let mut short = letters.clone();
            short.remove(at);
            wrong.push(short.iter().collect());
        }
        let (first, inside) = (letters[0], &letters[1..]);
        let bare: String = std::iter::once(first)
            .chain(inside.iter().copied().filter(|c| !is_vowel(*c)))
            .collect();
        if bare.len() >= SHORTEST {
            wrong.push(bare);
        }
        for at in 1..letters.len() - 1 {
            if letters[at] != letters[at + 1] {
                let mut swapped = letters.clone();
                swapped.swap(at, at + 1);
                wrong.push(swapped.iter().collect());
            }
        }
    }
    wrong
}
