//! A text as it is compared with others: in its letters and in its words. Each alone finds less.

use std::cell::Cell;
use std::hint::black_box;

use sha2::{Digest as _, Sha256};

use super::words::{Kind, Read, Word, hash, words};

/// Three letters in a row are told apart by so many bits: there are fewer in use.
const BITS: u32 = 15;
const MASK: usize = (1 << BITS) - 1;

type Marks = [u8; 1 << BITS];

thread_local! {
    /// A mark, or a weight, for each three letters that there can be. Kept by a thread between two texts,
    /// since to clear it all takes longer than to look at a text; zero in between.
    static MARKS: Cell<Option<Box<Marks>>> = const { Cell::new(None) };
}

/// Pairs of neighbouring words by which a copy is found, whatever else everybody says.
const PAIRS: usize = 6;

/// What is kept of a text in order to compare it: hashes and places, none of its words.
///
/// Made once, by whoever has the text first; what is made of the same text is equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// By which its text is told from others.
    text: [u8; 16],
    /// Three letters at a time of each word with its edges, each once: those of words that say
    /// something, then those that stand in others only.
    letters: Box<[u16]>,
    /// How many of these are of words that say something.
    telling: u16,
    /// The words that say something, each once, sorted.
    pub(super) stems: Box<[u32]>,
    /// Some of the pairs of neighbours among them, the same of the same text.
    pub(super) pairs: Box<[u32]>,
    /// All but the light ones, in order.
    pub(super) words: Box<[Word]>,
    /// What these say letter by letter, and what those of them say that need not be taken so: sorted.
    pub(super) exact: Box<[u32]>,
    pub(super) close: Box<[u32]>,
}

impl Seen {
    /// Looks at a text. Linear in it.
    pub fn of(text: &str) -> Self {
        let (words, all) = words(text);
        let mut letters = Vec::with_capacity(all.len());
        let telling = |read: &&Read| read.word.kind >= Kind::Content;
        let mut marks = marks();
        let mut add = |read: &Read| {
            for part in all[read.letters.clone()].windows(3) {
                let part = narrow(hash(part));
                if std::mem::replace(&mut marks[usize::from(part)], 1) == 0 {
                    letters.push(part);
                }
            }
            letters.len()
        };
        let told = words.iter().filter(telling).map(&mut add).last().unwrap_or(0);
        words.iter().filter(|read| !telling(read)).map(&mut add).for_each(drop);
        put_back(marks, &letters);
        let content = words.iter().filter(telling);
        let mut stems: Vec<u32> = content.map(|read| read.stem).collect();
        let mut pairs: Vec<u32> = stems.windows(2).map(|pair| mixed(pair[0], pair[1])).collect();
        for parts in [&mut stems, &mut pairs] {
            parts.sort_unstable();
            parts.dedup();
        }
        pairs.truncate(PAIRS);
        let words = words.iter().map(|read| read.word).filter(|word| word.kind != Kind::Light);
        let words: Box<[Word]> = words.collect();
        let mut exact: Box<[u32]> = words.iter().map(|word| word.exact).collect();
        let inexact = words.iter().filter(|word| !word.is_exact());
        let mut close: Box<[u32]> = inexact.map(|word| word.close).collect();
        exact.sort_unstable();
        close.sort_unstable();
        Self {
            text: short(text),
            letters: letters.into(),
            telling: u16::try_from(told).unwrap_or(u16::MAX),
            stems: stems.into(),
            pairs: pairs.into(),
            words,
            exact,
            close,
        }
    }

    /// Whether it was made of this text: to look at that again would cost tens of times as much.
    pub fn is_of(&self, text: &str) -> bool {
        self.text == short(text)
    }

    /// Brings what it is compared by into the processor's caches: a part of each line of 64 bytes.
    pub(super) fn fetch(&self) {
        let letters = self.letters.iter().step_by(32).map(|part| u32::from(*part));
        let stems = self.stems.iter().step_by(16).copied();
        black_box(letters.chain(stems).fold(0, u32::wrapping_add));
    }

    /// Compares others with it.
    pub(super) fn compare<T>(&self, others: impl FnOnce(&Asked<'_>) -> T) -> T {
        let mut weights = marks();
        for (n, part) in self.letters.iter().enumerate() {
            weights[usize::from(*part)] = self.weight(n);
        }
        let compared = others(&Asked { seen: self, weights: &weights, length: self.length() });
        put_back(weights, &self.letters);
        compared
    }

    fn weight(&self, n: usize) -> u8 {
        if n < usize::from(self.telling) { TELLING } else { OTHER }
    }

    fn length(&self) -> f32 {
        let telling = f32::from(self.telling);
        let other = self.letters.len() as f32 - telling;
        let (t, o) = (f32::from(TELLING), f32::from(OTHER));
        (telling * t * t + other * o * o).sqrt()
    }
}

/// Half of its SHA-256: nobody finds another text with the same, in order to put it there unseen.
fn short(text: &str) -> [u8; 16] {
    let digest = Sha256::digest(text);
    std::array::from_fn(|n| digest[n])
}

/// How much three letters weigh: of a word that says something, or of another.
const TELLING: u8 = 2;
const OTHER: u8 = 1;

/// A text with its letters spread out, to be compared with many.
pub(super) struct Asked<'a> {
    pub seen: &'a Seen,
    weights: &'a Marks,
    length: f32,
}

/// How like two texts are, from 0 to 1: the cosine of their letters and that of their words, half
/// each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Like {
    pub letters: f32,
    pub score: f32,
}

impl Asked<'_> {
    pub(super) fn like(&self, other: &Seen) -> Like {
        let sum = |parts: &[u16]| -> u32 {
            parts.iter().map(|part| u32::from(self.weights[usize::from(*part) & MASK])).sum()
        };
        let (telling, rest) = other.letters.split_at(usize::from(other.telling));
        let common = sum(telling) * u32::from(TELLING) + sum(rest) * u32::from(OTHER);
        let lengths = self.length * other.length();
        let letters = if lengths > 0.0 { common as f32 / lengths } else { 0.0 };
        let (one, two) = (&self.seen.stems, &other.stems);
        if one.is_empty() && two.is_empty() {
            return Like { letters, score: letters };
        }
        let lengths = ((one.len() * two.len()) as f32).sqrt();
        let words = if lengths > 0.0 { shared(one, two) as f32 / lengths } else { 0.0 };
        Like { letters, score: (letters + words) / 2.0 }
    }
}

/// How many are in both; they are sorted.
fn shared(one: &[u32], two: &[u32]) -> usize {
    let mut rest = two;
    one.iter()
        .filter(|stem| {
            while rest.first().is_some_and(|first| first < stem) {
                rest = &rest[1..];
            }
            rest.first() == Some(stem)
        })
        .count()
}

/// This thread's marks, all zero. Whoever panics with them leaves none behind.
fn marks() -> Box<Marks> {
    MARKS.take().unwrap_or_else(|| Box::new([0; 1 << BITS]))
}

/// Leaves them for the next, once these are zero again.
fn put_back(mut marks: Box<Marks>, set: &[u16]) {
    set.iter().for_each(|part| marks[usize::from(*part)] = 0);
    MARKS.set(Some(marks));
}

/// The low bits of a product alone forget what stood in the high ones.
const fn narrow(hash: u32) -> u16 {
    ((hash ^ hash >> BITS) as usize & MASK) as u16
}

const fn mixed(one: u32, two: u32) -> u32 {
    (one.rotate_left(15) ^ two).wrapping_mul(0x9e37_79b1)
}
