//! Words that are also read where they are disguised, and what can be read as one of them.

use std::collections::{BTreeMap, BTreeSet};

/// Shortest word that is looked for broken off.
const SHORTEST: usize = 4;

/// Words, as `fold` writes them, and the ways of writing them that are no other word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Vocabulary {
    /// By how many bytes they have, each row sorted.
    by_length: Vec<Vec<String>>,
    /// What they begin with: three letters.
    starts: Gate<STARTS>,
    /// All of them; most words end here.
    all: Gate<WORDS>,
    /// Those of them that are nothing by themselves: others are preferred.
    telling: BTreeSet<String>,
    /// Words that are no misspelling of one of these, though they could be.
    ordinary: BTreeSet<String>,
    /// Beginnings: whatever begins so is one of the words.
    prefixes: Vec<String>,
    /// Ways of writing a word that are no words themselves: their hashes, sorted, and which word is
    /// meant. There are ten thousands of them; two in one place would need more words than there are.
    misspelt: Vec<(u64, u32)>,
    /// These hashes; here, too, most words end.
    gate: Gate<MISSPELT>,
    meant: Vec<String>,
    /// How a word begins, where nothing else begins so: which one.
    begun: BTreeMap<String, String>,
    /// The same without doubled letters, for words that were drawn out.
    squeezed: BTreeMap<String, String>,
    /// Words that stand after a word: "dio" and what it is called.
    next: BTreeMap<String, Vec<String>>,
}

impl Vocabulary {
    /// No words yet, and words that are read as nothing else.
    pub(super) fn new(ordinary: impl Iterator<Item = String>) -> Self {
        Self { ordinary: ordinary.collect(), ..Self::default() }
    }

    /// Adds a word.
    pub(super) fn add(&mut self, word: &str) {
        let length = word.len();
        if self.by_length.len() <= length {
            self.by_length.resize_with(length + 1, Vec::new);
        }
        let row = &mut self.by_length[length];
        let Err(place) = row.binary_search_by(|known| known.as_str().cmp(word)) else { return };
        row.insert(place, word.to_owned());
        self.all.add(hash(word));
        self.starts.extend(start(word));
        self.squeezed.entry(squeezed(word)).or_insert_with(|| word.to_owned());
    }

    /// Adds a word that is nothing by itself, and something with others.
    pub(super) fn add_telling(&mut self, word: &str) {
        if !self.has(word) {
            self.add(word);
            self.telling.insert(word.to_owned());
        }
    }

    /// Adds a beginning.
    pub(super) fn add_prefix(&mut self, prefix: &str) {
        if prefix.len() >= SHORTEST && prefix.is_ascii() {
            self.prefixes.push(prefix.to_owned());
        }
    }

    /// Says that one word may be followed by another.
    pub(super) fn add_next(&mut self, word: &str, next: &str) {
        self.next.entry(word.to_owned()).or_default().push(next.to_owned());
    }

    /// Adds the words' misspellings and beginnings, as far as they are no other word.
    pub(super) fn misspell(&mut self, is_other: impl Fn(&str) -> bool) {
        let words: Vec<String> = self.by_length.iter().flatten().cloned().collect();
        // What is something by itself comes first.
        let (telling, listed): (Vec<_>, Vec<_>) =
            words.into_iter().partition(|word| self.telling.contains(word));
        let mut misspelt = BTreeMap::new();
        for (n, word) in (0..).zip(listed.iter().chain(&telling)) {
            for wrong in misspellings(word).into_iter().filter(|wrong| !is_other(wrong)) {
                misspelt.entry(hash(&wrong)).or_insert(n);
            }
        }
        for word in &listed {
            // Two thirds of a word, and four letters at least.
            for cut in SHORTEST.max((word.len() * 2).div_ceil(3))..word.len() {
                let begun = &word[..cut];
                if !is_other(begun) && !self.is_ordinary(begun) {
                    self.begun.entry(begun.to_owned()).or_insert_with(|| word.clone());
                }
            }
        }
        self.gate.extend(misspelt.keys().copied());
        self.misspelt = misspelt.into_iter().collect();
        self.meant = [listed, telling].concat();
    }

    /// Words of this many bytes; those that are something by themselves first.
    pub(super) fn of_length(&self, length: usize) -> impl Iterator<Item = &String> {
        let row = self.by_length.get(length).map_or(&[][..], Vec::as_slice);
        let is_telling = |word: &&String| self.telling.contains(*word);
        row.iter()
            .filter(move |word| !is_telling(word))
            .chain(row.iter().filter(move |word| is_telling(word)))
    }

    /// Whether one of the words may begin so; asked first, because it costs little.
    pub(super) fn starts(&self, text: &str) -> bool {
        start(text).is_none_or(|start| self.starts.may_have(start)) || !self.prefixes.is_empty()
    }

    /// Whether this is one of the words.
    pub(super) fn has(&self, word: &str) -> bool {
        self.all.may_have(hash(word))
            && self
                .by_length
                .get(word.len())
                .is_some_and(|row| row.binary_search_by(|known| known.as_str().cmp(word)).is_ok())
            || self.prefixes.iter().any(|prefix| word.starts_with(prefix))
    }

    /// The word, if it is one of them.
    pub(super) fn found(&self, word: &str) -> Option<String> {
        self.has(word).then(|| word.to_owned())
    }

    /// Whether this is a word that is read as it stands.
    pub(super) fn is_ordinary(&self, word: &str) -> bool {
        self.ordinary.contains(word)
    }

    /// The word that was meant by a misspelling that is no word.
    pub(super) fn meant(&self, misspelt: &str) -> Option<String> {
        let hash = hash(misspelt);
        if !self.gate.may_have(hash) {
            return None;
        }
        let n = self.misspelt.binary_search_by_key(&hash, |(hash, _)| *hash).ok()?;
        self.meant.get(self.misspelt[n].1 as usize).cloned()
    }

    /// The word that was drawn out: letters that stand there three times and more are meant once or
    /// twice; if that is no word, every letter is meant once.
    pub(super) fn drawn_out(&self, word: &str) -> Option<String> {
        let once_or_twice = [1, 2].map(|times| shortened(word, times));
        let squeezed = squeezed(word);
        once_or_twice.into_iter().find(|word| self.has(word)).or_else(|| {
            self.squeezed.get(&squeezed).filter(|_| !self.is_ordinary(&squeezed)).cloned()
        })
    }

    /// The word that begins so, where no other does.
    pub(super) fn begun(&self, begun: &str) -> Option<&str> {
        self.begun.get(begun).map(String::as_str)
    }

    /// The word that breaks off here, behind the word before.
    pub(super) fn cut_short(&self, begun: &str, before: &str) -> Option<String> {
        let next = self.next.get(before).into_iter().flatten();
        next.into_iter()
            .find(|word| word.starts_with(begun) && self.has(word))
            .map(String::as_str)
            .or_else(|| self.begun(begun))
            .map(str::to_owned)
    }
}

/// The first three letters, as a hash.
fn start(word: &str) -> Option<u64> {
    word.get(..3).map(hash)
}

/// Bits of the gates: twenty for each way of misspelling a word and more, some tens for each word.
const MISSPELT: usize = 1 << 20;
pub(super) const WORDS: usize = 1 << 17;
const STARTS: usize = 1 << 15;

/// A bit for each of some hashes. What has none is not among them, which is known sooner than by a look
/// into a map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Gate<const BITS: usize>(Vec<u64>);

impl<const BITS: usize> Gate<BITS> {
    pub(super) fn add(&mut self, hash: u64) {
        self.0.resize(BITS / 64, 0);
        let (word, bit) = Self::bit_of(hash);
        self.0[word] |= bit;
    }

    /// Whether it may be one of them.
    pub(super) fn may_have(&self, hash: u64) -> bool {
        let (word, bit) = Self::bit_of(hash);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Which of its words, and which bit of that.
    const fn bit_of(hash: u64) -> (usize, u64) {
        let bit = hash as usize % BITS;
        (bit / 64, 1 << (bit % 64))
    }
}

impl<const BITS: usize> Extend<u64> for Gate<BITS> {
    fn extend<I: IntoIterator<Item = u64>>(&mut self, hashes: I) {
        hashes.into_iter().for_each(|hash| self.add(hash));
    }
}

/// FNV-1a.
pub(super) fn hash(word: &str) -> u64 {
    word.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Every letter that stands there three times and more, so many times.
fn shortened(word: &str, times: usize) -> String {
    let letters: Vec<char> = word.chars().collect();
    let runs = letters.chunk_by(|a, b| a == b);
    runs.flat_map(|run| run.iter().take(if run.len() > 2 { times } else { 2 })).collect()
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

/// Letters that lie side by side, on the keyboards of Italy.
const KEYS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

fn neighbours(c: char) -> impl Iterator<Item = char> {
    KEYS.iter().flat_map(move |row| {
        let at = row.find(c);
        [at.and_then(|at| at.checked_sub(1)), at.map(|at| at + 1)]
            .into_iter()
            .flatten()
            .filter_map(|at| row.chars().nth(at))
    })
}

/// How a word of ASCII letters is misspelt, by mistake or on purpose: a vowel left out, all vowels
/// inside left out, two neighbours exchanged; in longer words any letter left out or doubled, the
/// key beside it, another letter for the same sound; and all of it backwards.
fn misspellings(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let n = letters.len();
    let mut wrong = Vec::new();
    let is_vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
    if n < 5 {
        return wrong;
    }
    let without = |at: usize| {
        let mut short = letters.clone();
        short.remove(at);
        short.into_iter().collect::<String>()
    };
    let with = |at: usize, c: char| {
        let mut other = letters.clone();
        other[at] = c;
        other.into_iter().collect::<String>()
    };
    let is_left_out = |at: &usize| is_vowel(letters[*at]) || letters[*at] == letters[at - 1];
    wrong.extend((1..n - 1).filter(is_left_out).map(without));
    let bare: String = std::iter::once(letters[0])
        .chain(letters[1..].iter().copied().filter(|c| !is_vowel(*c)))
        .collect();
    // Four consonants are an abbreviation of anything.
    if bare.len() > SHORTEST {
        wrong.push(bare);
    }
    for at in 1..n - 1 {
        if letters[at] != letters[at + 1] {
            let mut swapped = letters.clone();
            swapped.swap(at, at + 1);
            wrong.push(swapped.into_iter().collect());
        }
    }
    if word.contains("nz") || word.contains("zz") {
        wrong.push(word.replace("nz", "ns").replace("zz", "ss"));
    }
    if n >= 6 {
        wrong.extend((1..n - 1).filter(|at| !is_vowel(letters[*at])).map(without));
        for at in 1..n {
            let mut double = letters.clone();
            double.insert(at, letters[at]);
            wrong.push(double.into_iter().collect());
        }
        wrong.push(letters.iter().rev().collect());
        wrong.push(word.replace("gli", "li"));
        wrong.push(word.replace("gn", "ni"));
    }
    if n >= 7 {
        for (at, letter) in letters.iter().enumerate().take(n - 1).skip(1) {
            wrong.extend(neighbours(*letter).map(|c| with(at, c)));
        }
    }
    wrong.retain(|wrong| wrong != word);
    wrong
}
