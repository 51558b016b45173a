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
    pub copied: bool,
    pub here: Vec<Range<usize>>,
    pub there: Vec<Range<usize>>,
}

pub(super) fn differences(one: &Seen, other: &Seen, like: Like) -> Differences {
    let (here, there) = (lacking(one, other), lacking(other, one));
    let count =
        |words: &[&Word], of: fn(Kind) -> bool| words.iter().filter(|word| of(word.kind)).count();
    let any = |of: fn(Kind) -> bool| count(&here, of) + count(&there, of) > 0;
    // Another number, street or name, or a "not": another question, however few the letters.
    let turned = any(|kind| matches!(kind, Kind::Not | Kind::Name | Kind::Number));
    let both = |of: fn(Kind) -> bool| count(&here, of) > 0 && count(&there, of) > 0;
    // "When" for "where"; or each has a word that the other has not, and they may ask for two things.
    let parted = both(|kind| kind == Kind::Turn) || both(|kind| kind >= Kind::Content);
    let more =
        count(&here, |kind| kind >= Kind::Content).max(count(&there, |k| k >= Kind::Content));
    let same = like.score >= SAME && !turned && !parted && more <= MORE;
    let size = one.stems.len().min(other.stems.len());
    let alike = like.score.min(like.letters);
    let copied = match COPIED.iter().find(|(least, _)| size >= *least) {
        Some((_, from)) => alike >= *from,
        None => alike >= COPIED_BRIEF && !turned && !parted,
    };
    let places = |words: Vec<&Word>| words.into_iter().map(Word::at).collect();
    Differences { same, copied, here: places(here), there: places(there) }
}

/// The words of one that the other has not.
fn lacking<'a>(one: &'a Seen, other: &Seen) -> Vec<&'a Word> {
    let is_said = |word: &&Word| {
        other.exact.binary_search(&word.exact).is_ok()
            || (!word.is_exact() && other.close.binary_search(&word.close).is_ok())
    };
    one.words.iter().filter(|word| !is_said(word)).collect()
}
