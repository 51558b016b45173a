//! The words that are looked for, as sentences are made of them.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What kind of word it is. The codes of findings come from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Tier {
    Sexual,
    Vulgar,
    Insult,
    Blasphemy,
    Slur,
}

/// Where a word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// Everywhere, also in disguise.
    Anywhere,
    /// Everywhere, but only as everybody writes it.
    Plain,
    /// Where it names a person: "questo …", "i …".
    Person,
    /// Where somebody is called so: "sei un …".
    You,
}

/// One word or sequence of words.
#[derive(Debug)]
pub(super) struct Entry {
    pub tier: Tier,
    pub frame: Frame,
    /// It may also be somebody's name, or a town's.
    pub is_name: bool,
    /// Words (by their beginning) before which it means something else.
    pub not_before: Vec<&'static str>,
    /// Words after which it means something else.
    pub not_after: Vec<&'static str>,
}

/// The words of all lists.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    pub entries: Vec<Entry>,
    /// Single words: which entry.
    words: HashMap<String, u32>,
    /// Sequences, by their first word: the words that follow, and which entry.
    sequences: HashMap<String, Vec<(Vec<String>, u32)>>,
    /// Words that are also looked for in disguise, by how many letters they have.
    by_length: Vec<Vec<&'static str>>,
    /// Ways of writing such a word that are no other word: which one is meant.
    misspelt: HashMap<String, &'static str>,
    /// How such a word begins, where nothing else begins so: which one.
    begun: HashMap<String, &'static str>,
    /// The same without doubled letters, for words that were drawn out.
    squeezed: HashMap<String, &'static str>,
}

/// Shortest word that is looked for in disguise.
const SHORTEST: usize = 4;
/// The same for a word that is part of a sequence.
const SHORTEST_PART: usize = 3;

const LISTS: [&str; 2] = [include_str!("lexicon/italian.txt"), include_str!("lexicon/english.txt")];

/// Ways of misspelling a listed word that are ordinary words themselves.
const ORDINARY: &str = include_str!("lexicon/ordinary.txt");

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);

impl Lexicon {
    fn read() -> Self {
        let mut lexicon = Self::default();
        for list in LISTS {
            let mut section = (Tier::Vulgar, Frame::Anywhere);
            for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                match line.strip_prefix('[') {
                    Some(head) => section = headed(head),
                    None => lexicon.add(line, section),
                }
            }
        }
        lexicon.misspell();
        lexicon
    }

    fn add(&mut self, line: &'static str, (tier, frame): (Tier, Frame)) {
        let is_name = line.starts_with('^');
        let mut forms = Vec::new();
        let mut entry =
            Entry { tier, frame, is_name, not_before: Vec::new(), not_after: Vec::new() };
        for part in line.trim_start_matches('^').split(' ') {
            if let Some(next) = part.strip_prefix('!') {
                entry.not_before.push(next);
            } else if let Some(before) = part.strip_prefix('?') {
                entry.not_after.push(before);
            } else {
                forms.push(part);
            }
        }
        let n = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        // `stem|ending ending`; everything else with a space in it is a sequence.
        match (forms[0].split_once('|'), forms.len()) {
            (Some((stem, first)), _) if is_ending(first) => {
                for ending in std::iter::once(&first).chain(&forms[1..]) {
                    self.word(format!("{stem}{}", ending.trim_start_matches('.')), n);
                }
            }
            (_, 1) => self.word(forms[0].to_owned(), n),
            _ => self.sequence(&forms, n, tier == Tier::Blasphemy),
        }
        self.entries.push(entry);
    }

    fn word(&mut self, word: String, n: u32) {
        self.words.entry(plain(&word)).or_insert(n);
    }

    fn sequence(&mut self, words: &[&str], n: u32, is_joined: bool) {
        let mut all = vec![Vec::new()];
        for word in words {
            all = all
                .iter()
                .flat_map(|before: &Vec<String>| {
                    word.split('|').map(move |next| {
                        let mut longer = before.clone();
                        longer.push(plain(next));
                        longer
                    })
                })
                .collect();
        }
        for mut words in all {
            if is_joined {
                self.word(words.concat(), n);
            }
            let first = words.remove(0);
            self.sequences.entry(first).or_default().push((words, n));
        }
    }

    /// Which entry this word is, as it stands.
    pub(super) fn word_is(&self, word: &str) -> Option<&Entry> {
        self.words.get(word).map(|n| &self.entries[*n as usize])
    }

    /// Whether any sequence has this word.
    pub(super) fn begins(&self, word: &str) -> Option<&[(Vec<String>, u32)]> {
        self.sequences.get(word).map(Vec::as_slice)
    }

    /// Words of this length that may be in disguise.
    pub(super) fn of_length(&self, length: usize) -> &[&'static str] {
        self.by_length.get(length).map_or(&[], Vec::as_slice)
    }

    /// The word that was meant by a misspelling that is no word.
    pub(super) fn meant(&self, misspelt: &str) -> Option<&'static str> {
        self.misspelt.get(misspelt).copied()
    }

    /// The word that breaks off here.
    pub(super) fn begun(&self, begun: &str) -> Option<&'static str> {
        self.begun.get(begun).copied()
    }

    /// The word that was drawn out.
    pub(super) fn drawn_out(&self, squeezed: &str) -> Option<&'static str> {
        self.squeezed.get(squeezed).copied()
    }

    /// Whether this word may be in disguise.
    pub(super) fn hides(&self, word: &str) -> Option<&'static str> {
        self.of_length(word.len()).binary_search(&word).ok().map(|n| self.of_length(word.len())[n])
    }

    fn misspell(&mut self) {
        let ordinary: HashSet<&str> = ORDINARY.split_whitespace().collect();
        let mut hidden: Vec<&'static str> = Vec::new();
        for (word, n) in &self.words {
            let entry = &self.entries[*n as usize];
            let letters = word.is_ascii() && word.len() >= SHORTEST;
            if letters && entry.frame == Frame::Anywhere {
                hidden.push(word.clone().leak());
            }
        }
        // The words of blasphemies hide one by one.
        for (first, rest) in &self.sequences {
            for (words, n) in rest {
                if self.entries[*n as usize].tier == Tier::Blasphemy {
                    for word in
                        std::iter::once(first).chain(words).filter(|w| w.len() >= SHORTEST_PART)
                    {
                        hidden.push(word.clone().leak());
                    }
                }
            }
        }
        hidden.sort_unstable();
        hidden.dedup();
        for word in &hidden {
            let length = word.len();
            if self.by_length.len() <= length {
                self.by_length.resize_with(length + 1, Vec::new);
            }
            self.by_length[length].push(word);
            for wrong in misspellings(word) {
                if !self.words.contains_key(&wrong) && !ordinary.contains(wrong.as_str()) {
                    self.misspelt.entry(wrong).or_insert(word);
                }
            }
            // Two thirds of a word, and four letters at least.
            for cut in SHORTEST.max((length * 2).div_ceil(3))..length {
                let begun = &word[..cut];
                if !self.words.contains_key(begun) && !ordinary.contains(begun) {
                    self.begun.entry(begun.to_owned()).or_insert(word);
                }
            }
            let squeezed = squeezed(word);
            if !ordinary.contains(squeezed.as_str()) {
                self.squeezed.entry(squeezed).or_insert(word);
            }
        }
    }
}

fn is_ending(first: &str) -> bool {
    !first.contains('|')
}

fn headed(head: &str) -> (Tier, Frame) {
    let head = head.trim_end_matches(']');
    let (tier, frame) = head.split_once(", ").unwrap_or((head, ""));
    let tier = match tier {
        "sexual" => Tier::Sexual,
        "insult" => Tier::Insult,
        "blasphemy" => Tier::Blasphemy,
        "slur" => Tier::Slur,
        _ => Tier::Vulgar,
    };
    let frame = match frame {
        "plain" => Frame::Plain,
        "person" => Frame::Person,
        "you" => Frame::You,
        _ => Frame::Anywhere,
    };
    (tier, frame)
}

/// As the folded text writes it.
fn plain(word: &str) -> String {
    super::fold::Folded::of(word).flat
}

/// Every run of one letter as one.
pub(super) fn squeezed(word: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "development"]
    fn collisions() {
        let mut words = std::collections::HashSet::new();
        for f in ["/usr/share/dict/italian", "/usr/share/dict/american-english"] {
            for w in std::fs::read_to_string(f).expect("dict").lines() {
                words.insert(plain(w));
            }
        }
        let mut hit: Vec<_> = LEXICON.misspelt.iter().filter(|(w, _)| words.contains(*w)).collect();
        hit.sort();
        eprintln!("{} misspelt, {} words", LEXICON.misspelt.len(), LEXICON.words.len());
        for (w, of) in hit {
            eprintln!("C {w} {of}");
        }
        let mut sq: Vec<_> =
            LEXICON.squeezed.iter().filter(|(w, of)| words.contains(*w) && w != *of).collect();
        sq.sort();
        eprintln!("SQ {sq:?}");
        let mut b: Vec<_> = LEXICON.begun.iter().filter(|(w, _)| words.contains(*w)).collect();
        b.sort();
        eprintln!("BEGUN {b:?}");
    }
}
