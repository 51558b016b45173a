//! In what two questions differ that are alike, and whether that makes them two.

use std::ops::Range;

use super::seen::{Like, Seen};
use super::words::{Kind, Word};

/// Below this two questions are no more than related.
const SAME: f32 = 0.5;
/// Words that one may say more than the other and still ask the same.
const MORE: usize = 1;
/// From here on a text is taken for a copy of the other, by how many words both say: so many nobody
/// else would have put together, names and numbers apart. People who ask briefly say the same by
/// themselves, and each means another street.
const COPIED: [(usize, f32); 2] = [(8, 0.6), (5, 0.75)];
const COPIED_BRIEF: f32 = 0.8;

#[derive(Debug, PartialEq)]
pub(super) struct Differences {
    pub same: bool,
    pub here: Vec<Range<usize>>,
    pub there: Vec<Range<usize>>,
}

pub(super) fn differences(one: &Seen, other: &Seen, like: Like) -> Differences {
    let differ = Differ::between(one, other);
    let same = like.score >= SAME && !differ.is_turned() && !differ.is_parted();
    let places = |words: &[&Word]| words.iter().map(|word| word.at()).collect();
    Differences {
        same: same && differ.more() <= MORE,
        here: places(&differ.here),
        there: places(&differ.there),
    }
}

/// Whether one seems to be made of the other. Of texts that are not brief this follows from how like they
/// are, without a look at their words.
pub(super) fn is_copied(one: &Seen, other: &Seen, like: Like) -> bool {
    let size = one.stems.len().min(other.stems.len());
    let alike = like.score.min(like.letters);
    match COPIED.iter().find(|(least, _)| size >= *least) {
        Some((_, from)) => alike >= *from,
        None if alike < COPIED_BRIEF => false,
        None => {
            let differ = Differ::between(one, other);
            !differ.is_turned() && !differ.is_parted()
        }
    }
}

/// The words of each that the other has not.
struct Differ<'a> {
    here: Vec<&'a Word>,
    there: Vec<&'a Word>,
}

impl<'a> Differ<'a> {
    fn between(one: &'a Seen, other: &'a Seen) -> Self {
        Self { here: lacking(one, other), there: lacking(other, one) }
    }

    fn counts(&self, of: fn(Kind) -> bool) -> [usize; 2] {
        [&self.here, &self.there].map(|words| words.iter().filter(|word| of(word.kind)).count())
    }

    /// Another number, street or name, or a "not": another question, however few the letters.
    fn is_turned(&self) -> bool {
        let turned = self.counts(|kind| matches!(kind, Kind::Not | Kind::Name | Kind::Number));
        turned != [0, 0]
    }

    /// "When" for "where"; or each has a word that the other has not, and they may ask for two things.
    fn is_parted(&self) -> bool {
        let both = |of: fn(Kind) -> bool| self.counts(of).iter().all(|count| *count > 0);
        both(|kind| kind == Kind::Turn) || both(|kind| kind >= Kind::Content)
    }

    /// How many words that say something one says more than the other.
    fn more(&self) -> usize {
        let [here, there] = self.counts(|kind| kind >= Kind::Content);
        here.max(there)
    }
}

/// The words of one that the other has not.
fn lacking<'a>(one: &'a Seen, other: &Seen) -> Vec<&'a Word> {
    let is_said = |word: &&Word| {
        other.exact.binary_search(&word.exact).is_ok()
            || (!word.is_exact() && other.close.binary_search(&word.close).is_ok())
    };
    one.words.iter().filter(|word| !is_said(word)).collect()
}
