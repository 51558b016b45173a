//! The words that are looked for, as sentences are made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::vocabulary::{Gate, Vocabulary, WORDS, hash};

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
    /// Single words: which entries.
    words: BTreeMap<String, Vec<u32>>,
    /// Sequences, by their first word: the words that follow, and which entry.
    sequences: BTreeMap<String, Vec<(Vec<String>, u32)>>,
    /// Single words, and first words of sequences: asked first, because it costs little.
    all: Gate<WORDS>,
    /// Words that patterns are made of: nothing by themselves.
    telling: BTreeSet<String>,
    /// Those that are also looked for in disguise.
    pub hidden: Vocabulary,
}

/// Shortest word that is looked for in disguise.
const SHORTEST: usize = 4;
/// The same for a word that is part of a sequence.
const SHORTEST_PART: usize = 3;

const LISTS: [&str; 3] = [
    include_str!("lexicon/italian.txt"),
    include_str!("lexicon/english.txt"),
    include_str!("lexicon/telling.txt"),
];

/// Ways of misspelling a listed word that are ordinary words themselves.
const ORDINARY: &str = include_str!("lexicon/ordinary.txt");

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);

impl Lexicon {
    fn read() -> Self {
        let mut lexicon = Self::default();
        for list in LISTS {
            let mut section = None;
            let mut endings = BTreeMap::new();
            for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                if let Some(head) = line.strip_prefix('[') {
                    section = headed(head);
                } else if let Some((name, of)) =
                    line.strip_prefix('=').and_then(|line| line.split_once(' '))
                {
                    endings.insert(name, of);
                } else {
                    lexicon.add(line, section, &endings);
                }
            }
        }
        let all = lexicon.words.keys().chain(lexicon.sequences.keys());
        lexicon.all.extend(all.map(|word| hash(word)));
        lexicon.misspell();
        lexicon
    }

    fn add(
        &mut self,
        line: &'static str,
        section: Option<(Tier, Frame)>,
        named: &BTreeMap<&str, &'static str>,
    ) {
        let is_name = line.starts_with('^');
        let (mut forms, mut not_before, mut not_after) = (Vec::new(), Vec::new(), Vec::new());
        for part in line.trim_start_matches('^').split(' ') {
            if let Some(next) = part.strip_prefix('!') {
                not_before.push(next);
            } else if let Some(before) = part.strip_prefix('?') {
                not_after.push(before);
            } else {
                forms.push(part);
            }
        }
        let words = inflected(&forms, named);
        let Some((tier, frame)) = section else {
            self.telling.extend(words.iter().map(|word| plain(word)));
            return;
        };
        let n = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if words.is_empty() {
            self.sequence(&forms, n, tier == Tier::Blasphemy);
        }
        for word in words {
            self.word(&word, n);
        }
        self.entries.push(Entry { tier, frame, is_name, not_before, not_after });
    }

    fn word(&mut self, word: &str, n: u32) {
        self.words.entry(plain(word)).or_default().push(n);
    }

    fn sequence(&mut self, words: &[&str], n: u32, is_joined: bool) {
        let mut all = vec![Vec::new()];
        for word in words {
            all = all
                .iter()
                .flat_map(|before: &Vec<String>| {
                    word.split('/').map(move |next| {
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

    /// Which entries this word is, as it stands.
    pub(super) fn word_is(&self, word: &str) -> impl Iterator<Item = &Entry> {
        let is_possible = self.all.may_have(hash(word));
        is_possible
            .then(|| self.words.get(word))
            .flatten()
            .into_iter()
            .flatten()
            .map(|n| &self.entries[*n as usize])
    }

    /// Whether any sequence has this word.
    pub(super) fn begins(&self, word: &str) -> Option<&[(Vec<String>, u32)]> {
        let is_possible = self.all.may_have(hash(word));
        is_possible.then(|| self.sequences.get(word).map(Vec::as_slice)).flatten()
    }

    fn misspell(&mut self) {
        let mut hidden = Vocabulary::new(
            ORDINARY
                .lines()
                .filter(|line| !line.starts_with('#'))
                .flat_map(str::split_whitespace)
                .map(plain),
        );
        for word in self.words.keys().filter(|word| word.is_ascii() && word.len() >= SHORTEST) {
            if self.word_is(word).any(|entry| entry.frame == Frame::Anywhere) {
                hidden.add(word);
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
                        hidden.add(word);
                    }
                }
            }
        }
        for word in self.telling.iter().filter(|word| word.is_ascii()) {
            hidden.add_telling(word);
        }
        hidden.misspell(|word| self.words.contains_key(word) || self.telling.contains(word));
        self.hidden = hidden;
    }
}

/// The forms of a single word; none for a sequence of words.
fn inflected(forms: &[&'static str], named: &BTreeMap<&str, &'static str>) -> Vec<String> {
    let Some((stem, first)) = forms[0].split_once('|') else {
        let one = forms[0].split('/').map(str::to_owned);
        return if forms.len() == 1 { one.collect() } else { Vec::new() };
    };
    std::iter::once(first)
        .chain(forms[1..].iter().copied())
        .flat_map(|ending| {
            let all =
                ending.strip_prefix('+').map_or(Some(ending), |name| named.get(name).copied());
            all.unwrap_or_default().split(' ')
        })
        .map(|ending| format!("{stem}{}", ending.trim_start_matches('.')))
        .collect()
}

fn headed(head: &str) -> Option<(Tier, Frame)> {
    let head = head.trim_end_matches(']');
    let (tier, frame) = head.split_once(", ").unwrap_or((head, ""));
    let tier = match tier {
        "telling" => return None,
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
    Some((tier, frame))
}

/// As the folded text writes it.
fn plain(word: &str) -> String {
    super::fold::Folded::of(word).flat
}
