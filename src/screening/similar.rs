//! Which questions ask the same, and in what they differ. Lexical: letters three to five at a time,
//! weighted by how rare they are. It suggests and shows the difference; it never decides.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher as _};
use std::ops::Range;
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

use super::fold::{Folded, Kind};

/// Bound: parts of a question that are kept; of a longer one a sample, the same part in each.
const PARTS: usize = 320;
/// Bound: questions that are compared in full.
const CANDIDATES: usize = 96;
/// Rarest parts by which candidates are found.
const PROBES: usize = 48;

/// A question that is like another.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar<I> {
    /// Which one.
    pub id: I,
    /// How like, from 0 to 1.
    pub score: f32,
    /// Nothing was found in which they differ.
    pub same: bool,
    /// Words of this question that the other has not, as byte ranges of the text that was asked about.
    pub here: Vec<Range<usize>>,
    /// Words of the other that this one has not, as byte ranges of the other's text.
    pub there: Vec<Range<usize>>,
}

/// The questions of a session, to be searched for one like another.
#[derive(Debug)]
pub struct Index<I> {
    kept: HashMap<u32, Kept<I>>,
    of: HashMap<I, u32>,
    /// For each part the questions that have it.
    having: HashMap<u32, Vec<u32>>,
    next: u32,
}

#[derive(Debug)]
struct Kept<I> {
    id: I,
    text: String,
    seen: Seen,
}

/// A question as it is compared: in its letters and in its words. Each alone finds less.
#[derive(Debug)]
struct Seen {
    /// Two to five letters of each word.
    letters: Vec<u32>,
    /// The words that mean something, without endings.
    stems: Vec<u32>,
}

impl Seen {
    fn all(&self) -> impl Iterator<Item = &u32> {
        self.letters.iter().chain(&self.stems)
    }
}

impl<I> Default for Index<I> {
    fn default() -> Self {
        Self { kept: HashMap::new(), of: HashMap::new(), having: HashMap::new(), next: 0 }
    }
}

impl<I: Clone + Eq + std::hash::Hash> Index<I> {
    /// Adds a question, in place of what stood under its id.
    pub fn insert(&mut self, id: I, text: &str) {
        self.remove(&id);
        let seen = seen(&words(text));
        let n = self.next;
        self.next += 1;
        for part in seen.all() {
            self.having.entry(*part).or_default().push(n);
        }
        self.of.insert(id.clone(), n);
        self.kept.insert(n, Kept { id, text: text.to_owned(), seen });
    }

    /// Forgets a question: nothing of its text stays here.
    pub fn remove(&mut self, id: &I) {
        let Some(n) = self.of.remove(id) else { return };
        let Some(kept) = self.kept.remove(&n) else { return };
        for part in kept.seen.all() {
            if let Some(having) = self.having.get_mut(part) {
                having.retain(|other| *other != n);
                if having.is_empty() {
                    self.having.remove(part);
                }
            }
        }
    }

    /// How many questions there are.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The most similar ones to a text, best first, but for the one with this id.
    pub fn similar(&self, text: &str, but: Option<&I>, most: usize) -> Vec<Similar<I>> {
        let all = self.kept.len() as f32 + 1.0;
        let asked = seen(&words(text));
        let weight = |part: &u32| {
            let having = self.having.get(part).map_or(0, Vec::len) as f32;
            (all / (having + 1.0)).ln() + 1.0
        };
        let mut probes: Vec<&u32> =
            asked.all().filter(|part| self.having.contains_key(part)).collect();
        probes.sort_unstable_by_key(|part| self.having[part].len());
        let mut found: HashMap<u32, f32> = HashMap::new();
        for part in probes.into_iter().take(PROBES) {
            let weight = weight(part);
            for n in &self.having[part] {
                *found.entry(*n).or_default() += weight * weight;
            }
        }
        if let Some(n) = but.and_then(|but| self.of.get(but)) {
            found.remove(n);
        }
        let mut found: Vec<(u32, f32)> = found.into_iter().collect();
        let by_score = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if found.len() > CANDIDATES {
            found.select_nth_unstable_by(CANDIDATES, by_score);
            found.truncate(CANDIDATES);
        }
        let length =
            |parts: &[u32]| parts.iter().map(|part| weight(part).powi(2)).sum::<f32>().sqrt();
        let alike = |one: &[u32], own: f32, other: &[u32]| {
            let common: f32 = common(one, other).map(|part| weight(&part).powi(2)).sum();
            let lengths = own * length(other);
            if lengths > 0.0 { common / lengths } else { 0.0 }
        };
        let own = (length(&asked.letters), length(&asked.stems));
        for (n, score) in &mut found {
            let other = &self.kept[n].seen;
            let letters = alike(&asked.letters, own.0, &other.letters);
            *score = (letters + alike(&asked.stems, own.1, &other.stems)) / 2.0;
        }
        found.sort_by(by_score);
        found.truncate(most);
        let like = |(n, score): (u32, f32)| {
            let kept = &self.kept[&n];
            let (same, here, there) = differences(text, &kept.text);
            Similar { id: kept.id.clone(), score, same: same && score >= SAME, here, there }
        };
        found.into_iter().map(like).collect()
    }
}

/// Below this two questions are no more than related.
const SAME: f32 = 0.4;

/// Parts of both; they are sorted.
fn common<'a>(one: &'a [u32], other: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    let mut at = 0;
    one.iter().copied().filter(move |part| {
        while at < other.len() && other[at] < *part {
            at += 1;
        }
        at < other.len() && other[at] == *part
    })
}

/// A word of a question, as it counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Word {
    word: String,
    /// Without its ending; synonyms are one.
    stem: String,
    at: Range<usize>,
    weighs: Weight,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Weight {
    /// "il", "per", "grazie".
    Nothing,
    /// "quando", "quanto", "non": the same words mean another question.
    Turn,
    Content,
}

static ITALIAN: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::Italian));
static NOTHING: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("similar/nothing.txt").split_whitespace().collect());
/// Words that mean the same in a town hall: the first of a line stands for the others.
static SYNONYMS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let mut synonyms = HashMap::new();
    for line in include_str!("similar/synonyms.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        for word in std::iter::once(first).chain(words) {
            synonyms.insert(ITALIAN.stem(word).into_owned(), first.to_owned());
        }
    }
    synonyms
});

fn words(text: &str) -> Vec<Word> {
    let folded = Folded::of(text);
    let is_read = |kind: Kind| matches!(kind, Kind::Letter | Kind::Digit);
    let mut words = Vec::new();
    let mut at = 0;
    for run in folded.glyphs.chunk_by(|a, b| is_read(a.kind) == is_read(b.kind)) {
        let range = at..at + run.len();
        at = range.end;
        if !is_read(run[0].kind) {
            continue;
        }
        let word: String = run.iter().map(|glyph| glyph.c).collect();
        let (stem, weighs) = match turn(&word) {
            Some(turn) => (turn.to_owned(), Weight::Turn),
            None if NOTHING.contains(word.as_str()) => (word.clone(), Weight::Nothing),
            None => {
                let stem = ITALIAN.stem(&word).into_owned();
                (SYNONYMS.get(&stem).cloned().unwrap_or(stem), Weight::Content)
            }
        };
        words.push(Word { word, stem, at: folded.span(&range), weighs });
    }
    words
}

/// Small words that turn a question into another.
fn turn(word: &str) -> Option<&'static str> {
    Some(match word {
        "quando" | "when" | "data" => "when",
        "dove" | "where" | "trova" => "where",
        "quanto" | "quanta" | "quanti" | "quante" | "costa" | "costano" | "costo" | "cost" => {
            "much"
        }
        "perche" | "why" | "xke" | "xche" | "mai" => "why",
        "come" | "how" => "how",
        "chi" | "who" => "who",
        "non" | "nn" | "not" | "senza" | "mancano" | "manca" | "nessun" | "nessuna" => "not",
        _ => return None,
    })
}

/// Hashed and sorted, each once, at most [`PARTS`].
fn seen(words: &[Word]) -> Seen {
    let (mut letters, mut stems) = (Vec::new(), Vec::new());
    for word in words {
        let padded: Vec<char> =
            std::iter::once(' ').chain(word.word.chars()).chain([' ']).collect();
        for n in 2..=5 {
            letters.extend(padded.windows(n).map(|part| hash(&part)));
        }
        if word.weighs != Weight::Nothing {
            stems.push(hash(&word.stem));
        }
    }
    for parts in [&mut letters, &mut stems] {
        parts.sort_unstable();
        parts.dedup();
        parts.truncate(PARTS);
        parts.shrink_to_fit();
    }
    Seen { letters, stems }
}

fn hash(part: &impl std::hash::Hash) -> u32 {
    let mut hasher = DefaultHasher::new();
    part.hash(&mut hasher);
    hasher.finish() as u32
}

/// Whether nothing speaks against their being the same, and in which words they differ.
fn differences(one: &str, other: &str) -> (bool, Vec<Range<usize>>, Vec<Range<usize>>) {
    let (one, other) = (words(one), words(other));
    let lacks = |words: &[Word], other: &[Word]| -> Vec<Word> {
        let known: HashSet<&str> = other.iter().map(|word| word.stem.as_str()).collect();
        words
            .iter()
            .filter(|w| w.weighs != Weight::Nothing && !known.contains(w.stem.as_str()))
            .cloned()
            .collect()
    };
    let (here, there) = (lacks(&one, &other), lacks(&other, &one));
    let content =
        |words: &[Word]| words.iter().filter(|word| word.weighs == Weight::Content).count();
    let turns = |words: &[Word], is: &str| {
        words.iter().any(|word| word.stem == is && word.weighs == Weight::Turn)
    };
    let is_denied =
        turns(&here, "not") != turns(&there, "not") && (turns(&one, "not") != turns(&other, "not"));
    let has_number =
        here.iter().chain(&there).any(|word| word.stem.bytes().any(|b| b.is_ascii_digit()));
    let is_turned = here.iter().any(|w| w.weighs == Weight::Turn)
        && there.iter().any(|w| w.weighs == Weight::Turn);
    // Each has a word that the other has not: they may ask for two things.
    let is_other = content(&here) > 0 && content(&there) > 0;
    let spans = |words: Vec<Word>| words.into_iter().map(|word| word.at).collect();
    (!is_denied && !has_number && !is_turned && !is_other, spans(here), spans(there))
}

/// For the words of an answer: longest first, so that a mark inside of another is not lost.
pub fn marked(spans: &mut [Range<usize>]) {
    spans.sort_by_key(|span| (span.start, Reverse(span.end)));
}
