//! Which questions ask the same, and in what they differ. Lexical: three letters at a time, and the
//! words that say something, without endings and with a town hall's synonyms as one. It suggests
//! and shows the difference; it never decides.
//!
//! How like two questions are depends on these two alone, so the first of an evening are compared
//! as well as the last, and no score moves because of what others ask. The weights were chosen on
//! questions to Italian municipalities; common words count for little because they are on a list,
//! not because they are common in the room.

mod differ;
mod seen;
mod words;

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;

use seen::Like;
pub use seen::Seen;

/// Bound: questions that are compared in full.
const CANDIDATES: usize = 24;
/// Bound: places of the index that are looked at, beginning with the rarest words.
const VISITS: usize = 2048;

/// From this score on two questions are worth showing side by side.
pub const WORTH: f32 = 0.4;

/// A question that is like another.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar<I> {
    /// Which one.
    pub id: I,
    /// How like, from 0 to 1.
    pub score: f32,
    /// They seem to ask the same: nothing was found in which they differ but, at most, a word that
    /// one says more.
    pub same: bool,
    /// One seems to be made of the other, with small changes.
    pub copied: bool,
    /// Words of this question that the other has not, as byte ranges of the text that was asked about.
    pub here: Vec<Range<usize>>,
    /// Words of the other that this one has not, as byte ranges of the other's text.
    pub there: Vec<Range<usize>>,
}

thread_local! {
    /// How much each question shares with the one that is asked about. Kept between two searches, as
    /// long as the largest index that this thread has searched; zero in between.
    static SHARES: Cell<Vec<u16>> = const { Cell::new(Vec::new()) };
}

/// The questions of a session, to be searched for one like another. Keeps no text: hashes of words
/// and letters, and the places of words. Adding, removing and searching take bounded time, whatever
/// their number, but for the place of a word in a list of those that have it, which is moved.
#[derive(Debug)]
pub struct Index<I> {
    of: BTreeMap<I, u32>,
    /// In order of arrival; `None`: removed.
    kept: Vec<Option<Kept<I>>>,
    /// How many words each says: what is looked at for all that are found.
    sizes: Vec<u8>,
    /// For each word, and for some pairs of words, the questions that have it.
    having: BTreeMap<u32, Having>,
}

#[derive(Debug)]
struct Kept<I> {
    id: I,
    seen: Seen,
}

/// A question that is like the one that is asked about.
#[derive(Debug)]
pub struct Near<'a, I> {
    seen: &'a Seen,
    like: Like,
    kept: &'a Kept<I>,
}

impl<I: Clone> Near<'_, I> {
    /// Which one.
    pub fn id(&self) -> I {
        self.kept.id.clone()
    }

    /// As [`Similar::copied`].
    pub fn is_copied(&self) -> bool {
        differ::is_copied(self.seen, &self.kept.seen, self.like)
    }

    /// With all in which they differ.
    pub fn similar(&self) -> Similar<I> {
        let differ = differ::differences(self.seen, &self.kept.seen, self.like);
        Similar {
            id: self.id(),
            score: self.like.score,
            same: differ.same,
            copied: self.is_copied(),
            here: differ.here,
            there: differ.there,
        }
    }
}

/// The questions that have a word, in order of arrival. Most words have one.
#[derive(Debug)]
enum Having {
    One(u32),
    // A box, since a list in place would make the table of all the single ones twice as large.
    #[expect(clippy::box_collection, reason = "the size of the other variant counts")]
    More(Box<Vec<u32>>),
}

impl Having {
    fn all(&self) -> &[u32] {
        match self {
            Self::One(n) => std::slice::from_ref(n),
            Self::More(all) => all,
        }
    }

    fn all_mut(&mut self) -> &mut [u32] {
        match self {
            Self::One(n) => std::slice::from_mut(n),
            Self::More(all) => all,
        }
    }

    fn add(&mut self, n: u32) {
        match self {
            // A pair may have a word's hash.
            _ if self.all().last() == Some(&n) => {}
            Self::One(first) => *self = Self::More(Box::new(vec![*first, n])),
            Self::More(all) => all.push(n),
        }
    }

    /// Says whether any are left.
    fn remove(&mut self, n: u32) -> bool {
        match self {
            Self::One(one) => *one != n,
            Self::More(all) => {
                if let Ok(at) = all.binary_search(&n) {
                    all.remove(at);
                }
                !all.is_empty()
            }
        }
    }
}

impl<I> Default for Index<I> {
    fn default() -> Self {
        Self { of: BTreeMap::new(), kept: Vec::new(), sizes: Vec::new(), having: BTreeMap::new() }
    }
}

impl<I: Clone + Ord> Index<I> {
    /// Adds a question, in place of what stood under its id.
    pub fn insert(&mut self, id: I, text: &str) {
        self.put(id, Seen::of(text));
    }

    /// As [`insert`](Self::insert), of a text that was looked at before.
    pub fn put(&mut self, id: I, seen: Seen) {
        self.remove(&id);
        let n = narrow(self.kept.len());
        for key in keys(&seen) {
            let having = self.having.entry(key);
            having.and_modify(|having| having.add(n)).or_insert(Having::One(n));
        }
        self.sizes.push(u8::try_from(seen.stems.len()).unwrap_or(u8::MAX).max(1));
        self.of.insert(id.clone(), n);
        self.kept.push(Some(Kept { id, seen }));
    }

    /// Forgets a question: nothing of it stays here.
    pub fn remove(&mut self, id: &I) {
        let Some(n) = self.of.remove(id) else { return };
        let Some(kept) = self.kept[n as usize].take() else { return };
        self.sizes[n as usize] = 0;
        for key in keys(&kept.seen) {
            if self.having.get_mut(&key).is_some_and(|having| !having.remove(n)) {
                self.having.remove(&key);
            }
        }
        if self.kept.len() > 2 * self.of.len() + CANDIDATES {
            self.close_ranks();
        }
    }

    /// What is kept of a question.
    pub fn get(&self, id: &I) -> Option<&Seen> {
        let n = *self.of.get(id)?;
        self.kept[n as usize].as_ref().map(|kept| &kept.seen)
    }

    /// How many questions there are.
    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The most similar ones to a text, best first, but for the one with this id. Some may be far
    /// from alike: see [`WORTH`]. The same for the same questions in the same order of arrival.
    pub fn similar(&self, text: &str, but: Option<&I>, most: usize) -> Vec<Similar<I>> {
        self.like(&Seen::of(text), but, 0.0, most).map(|near| near.similar()).collect()
    }

    /// As [`similar`](Self::similar), to a text that was looked at before, and none less like it than so
    /// much. In what two differ takes longer to find than how like they are, and is found where it is
    /// asked.
    pub fn like<'a>(
        &'a self,
        seen: &'a Seen,
        but: Option<&I>,
        least: f32,
        most: usize,
    ) -> impl Iterator<Item = Near<'a, I>> {
        let but = but.and_then(|but| self.of.get(but)).copied();
        let candidates = self.candidates(seen, but).into_iter();
        let kept = candidates.filter_map(|n| Some((n, self.kept[n as usize].as_ref()?)));
        let kept: Vec<_> = kept.collect();
        // Each lies somewhere else in memory. Fetched while it is compared, it would be waited for alone.
        kept.iter().for_each(|(_, kept)| kept.seen.fetch());
        let kept = kept.into_iter();
        let mut found: Vec<_> =
            seen.compare(|asked| kept.map(|(n, kept)| (n, asked.like(&kept.seen), kept)).collect());
        found.retain(|(_, like, _)| like.score >= least);
        found.sort_by(|a, b| b.1.score.total_cmp(&a.1.score).then(a.0.cmp(&b.0)));
        found.truncate(most);
        found.into_iter().map(|(_, like, kept)| Near { seen, like, kept })
    }

    /// Those that share the most, and the rarest, words with it.
    fn candidates(&self, seen: &Seen, but: Option<u32>) -> Vec<u32> {
        let mut lists: Vec<&[u32]> =
            keys(seen).filter_map(|key| self.having.get(&key)).map(Having::all).collect();
        lists.sort_by_key(|list| list.len());
        let mut found = Vec::new();
        let mut visits = VISITS;
        let mut shares = SHARES.take();
        shares.resize(self.kept.len().max(shares.len()), 0);
        for list in lists {
            // Of a word that half the room says, the newest that do.
            let list = &list[list.len().saturating_sub(visits)..];
            visits -= list.len();
            let weight = rarity(self.of.len(), list.len());
            for n in list {
                let share = &mut shares[*n as usize];
                if *share == 0 {
                    found.push(*n);
                }
                *share = share.saturating_add(weight);
            }
        }
        let mut best = Best::default();
        for n in found {
            let share = u32::from(std::mem::take(&mut shares[n as usize]));
            if Some(n) != but {
                // The share in a long one is worth less.
                best.take(share * share * 16, self.sizes[n as usize].max(1), n);
            }
        }
        SHARES.set(shares);
        best.0.into_iter().map(|(_, n)| n).collect()
    }

    /// Takes out the places of what was removed.
    fn close_ranks(&mut self) {
        let mut now = vec![0_u32; self.kept.len()];
        let mut next = 0;
        for (n, kept) in self.kept.iter().enumerate() {
            now[n] = next;
            next += u32::from(kept.is_some());
        }
        self.kept.retain(Option::is_some);
        self.sizes.retain(|size| *size > 0);
        let having = self.having.values_mut().flat_map(Having::all_mut);
        for n in having.chain(self.of.values_mut()) {
            *n = now[*n as usize];
        }
    }
}

/// The candidates so far. What was found by rare words comes first, so nearly all of the thousands that
/// follow are behind these and cost one comparison.
#[derive(Default)]
struct Best(BinaryHeap<(Reverse<u32>, u32)>);

impl Best {
    /// Takes a question that is worth so much, divided by its size, if it is among the best; of two that
    /// are worth the same, the one that came first.
    fn take(&mut self, worth: u32, size: u8, n: u32) {
        let is_full = self.0.len() == CANDIDATES;
        let least = self.0.peek().filter(|_| is_full).map_or(0, |(Reverse(least), _)| *least);
        if u64::from(worth) < u64::from(least) * u64::from(size) {
            return;
        }
        self.0.push((Reverse(worth / u32::from(size)), n));
        if is_full {
            self.0.pop();
        }
    }
}

/// What a question is found by.
fn keys(seen: &Seen) -> impl Iterator<Item = u32> {
    seen.stems.iter().chain(&seen.pairs).copied()
}

/// 16 for a word that one of all has, less for each doubling.
fn rarity(all: usize, having: usize) -> u16 {
    let doublings = (all / having.max(1)).max(1).ilog2();
    u16::try_from(1 + doublings.min(15)).unwrap_or(16)
}

fn narrow(n: usize) -> u32 {
    // A session has at most as many questions as its journal has places for, far below this.
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
