//! The words that are looked for, as sentences are made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::vocabulary::Vocabulary;

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
    words: BTreeMap<String, u32>,
    /// Sequences, by their first word: the words that follow, and which entry.
    sequences: BTreeMap<String, Vec<(Vec<String>, u32)>>,
    /// Those that are also looked for in disguise.
    pub hidden: Vocabulary,
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
                    self.word(&format!("{stem}{}", ending.trim_start_matches('.')), n);
                }
            }
            (_, 1) => self.word(forms[0], n),
            _ => self.sequence(&forms, n, tier == Tier::Blasphemy),
        }
        self.entries.push(entry);
    }

    fn word(&mut self, word: &str, n: u32) {
        self.words.entry(plain(word)).or_insert(n);
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
                self.word(&words.concat(), n);
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

    fn misspell(&mut self) {
        let ordinary: BTreeSet<&str> = ORDINARY.split_whitespace().collect();
        let mut hidden = Vocabulary::default();
        for (word, n) in &self.words {
            let entry = &self.entries[*n as usize];
            let letters = word.is_ascii() && word.len() >= SHORTEST;
            if letters && entry.frame == Frame::Anywhere {
                hidden.add(word, &ordinary);
            }
        }
        for (first, rest) in &self.sequences {
            for (words, n) in rest {
                if let Some(second) = words.first() {
                    hidden.add_next(first, second);
                }
                // The words of blasphemies hide one by one.
                if self.entries[*n as usize].tier == Tier::Blasphemy {
                    for word in
                        std::iter::once(first).chain(words).filter(|w| w.len() >= SHORTEST_PART)
                    {
                        hidden.add(word, &ordinary);
                    }
                }
            }
        }
        hidden.misspell(|word| self.words.contains_key(word) || ordinary.contains(word));
        self.hidden = hidden;
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
