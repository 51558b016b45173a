//! Insults, vulgar words, slurs, blasphemy: whole words, in the sentence that they stand in.

use super::fold::Folded;
use super::frame;
use super::lexicon::{Entry, Frame, LEXICON, Tier};
use super::tokens::Token;

/// A listed word or sequence: which of the tokens, and what it is.
#[derive(Debug)]
pub(super) struct Hit {
    pub tier: Tier,
    pub tokens: std::ops::Range<usize>,
    pub is_disguised: bool,
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Text,
    /// In a name, a word that may be one is one: "Negri Anna".
    Name,
}

pub(super) fn hits(text: &str, folded: &Folded, tokens: &[Token], of: Of) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut at = 0;
    while at < tokens.len() && hits.len() < super::MOST {
        let hit = |entry: &Entry, length: usize| {
            let range = at..at + length;
            let is_disguised = tokens[range.clone()].iter().any(|token| token.is_disguised);
            let counts = !(is_disguised && entry.frame == Frame::Plain)
                && counts(entry, text, folded, tokens, &range, of);
            counts.then_some(Hit { tier: entry.tier, tokens: range, is_disguised })
        };
        let word = &tokens[at].word;
        let found = sequence(folded, tokens, at)
            .and_then(|(entry, length)| hit(entry, length))
            .or_else(|| {
                let entries = LEXICON.word_is(word);
                entries.filter_map(|entry| hit(entry, 1)).max_by_key(|hit| hit.tier)
            });
        at = found.as_ref().map_or(at + 1, |hit| hit.tokens.end);
        hits.extend(found);
    }
    hits
}

/// The longest listed sequence that begins here.
fn sequence(folded: &Folded, tokens: &[Token], at: usize) -> Option<(&'static Entry, usize)> {
    let lexicon: &'static super::lexicon::Lexicon = &LEXICON;
    let rest = lexicon.begins(&tokens[at].word)?;
    rest.iter()
        .filter(|(words, _)| {
            let next = &tokens[at + 1..];
            words.len() <= next.len()
                && words.iter().zip(next).all(|(word, token)| *word == token.word)
                && (at..at + words.len()).all(|n| are_together(folded, &tokens[n], &tokens[n + 1]))
        })
        .max_by_key(|(words, _)| words.len())
        .map(|(words, n)| (&lexicon.entries[*n as usize], words.len() + 1))
}

/// No sentence ends between them.
fn are_together(folded: &Folded, one: &Token, other: &Token) -> bool {
    let between = &folded.glyphs[one.glyphs.end..other.glyphs.start.max(one.glyphs.end)];
    between.iter().all(|glyph| !matches!(glyph.c, '.' | '!' | '?' | ';' | ':' | ','))
}

fn counts(
    entry: &Entry,
    text: &str,
    folded: &Folded,
    tokens: &[Token],
    range: &std::ops::Range<usize>,
    of: Of,
) -> bool {
    let word = &tokens[range.start];
    let next = |n: usize| tokens.get(range.end + n).map_or("", |token| token.word.as_str());
    let before = range.start.checked_sub(1).map_or("", |at| tokens[at].word.as_str());
    let follows = |meant: &&str| {
        // "di sac" stands for two words: the second decides.
        next(0).starts_with(*meant)
            || (matches!(next(0), "di" | "dei" | "della" | "del" | "delle" | "e")
                && next(1).starts_with(*meant))
    };
    if entry.not_before.iter().any(follows) || entry.not_after.contains(&before) {
        return false;
    }
    let may_be_name = of == Of::Name || !word.is_first;
    if entry.is_name && may_be_name && is_capitalised(text, folded, word) {
        return false;
    }
    match entry.frame {
        Frame::Anywhere | Frame::Plain => true,
        Frame::Person => frame::is_person(tokens, range),
        Frame::You => frame::is_called(folded, tokens, range),
    }
}

/// "Negri", but neither "negri" nor "NEGRI".
fn is_capitalised(text: &str, folded: &Folded, token: &Token) -> bool {
    let word = &text[folded.span(&token.glyphs)];
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    letters.next().is_some_and(char::is_uppercase) && letters.all(char::is_lowercase)
}
