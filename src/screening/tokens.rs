//! A folded text as words, with disguises taken off: `str0nzo`, `s.t.r.o.n.z.o`, `s t r o n z o`,
//! `str*nzo`, `stroooonzo`, `strnzo`, `stornzo` and `stron..` are read as a person reads them.

use std::ops::Range;

use super::fold::{Dress, Folded, Glyph, Kind};
use super::vocabulary::Vocabulary;

/// A word as it is read.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub word: String,
    pub glyphs: Range<usize>,
    /// It does not stand there as everybody would write it.
    pub is_disguised: bool,
    /// A sentence begins with it.
    pub is_first: bool,
}

/// Letters one by one: so many are a word that was pulled apart, and not initials.
const APART: usize = 4;
/// Shortest word that is found in letters that were pulled apart.
const SHORTEST: usize = 3;
/// Bound: letters of a word that was pulled apart.
const LONGEST: usize = 32;

/// The words of a text. `known`: those that are also read where they are disguised.
pub(super) fn tokens(folded: &Folded, known: &Vocabulary) -> Vec<Token> {
    let glyphs = &folded.glyphs;
    let mut tokens: Vec<Token> = Vec::with_capacity(glyphs.len() / 5 + 1);
    let mut at = 0;
    let mut is_first = true;
    while at < glyphs.len() {
        if glyphs[at].kind == Kind::Space {
            at += 1;
            continue;
        }
        let end = at + glyphs[at..].iter().take_while(|glyph| glyph.kind != Kind::Space).count();
        if let Some(apart) = pulled_apart(glyphs, at) {
            add_apart(known, glyphs, &apart, is_first, &mut tokens);
            is_first = false;
            at = apart.last().map_or(end, |last| last + 1);
            continue;
        }
        if let Some((token, end)) = torn(known, glyphs, at, is_first) {
            tokens.push(token);
            is_first = false;
            at = end;
            continue;
        }
        chunk(known, glyphs, at..end, is_first, &mut tokens);
        is_first = ends_sentence(&glyphs[at..end]);
        at = end;
    }
    tokens
}

fn ends_sentence(chunk: &[Glyph]) -> bool {
    let is_title = |title: &&str| title.chars().eq(chunk.iter().map(|glyph| glyph.c));
    !TITLES.iter().any(is_title)
        && chunk.last().is_some_and(|last| matches!(last.c, '.' | '!' | '?' | ':' | '…' | '"'))
}

/// Shortened words: what follows them is a name, and no new sentence.
const TITLES: [&str; 16] = [
    "prof.", "dott.", "dr.", "sig.", "sig.ra", "ing.", "avv.", "arch.", "geom.", "on.", "sen.",
    "s.", "p.za", "v.", "mr.", "st.",
];

/// What stands between two spaces.
fn chunk(
    known: &Vocabulary,
    glyphs: &[Glyph],
    range: Range<usize>,
    is_first: bool,
    tokens: &mut Vec<Token>,
) {
    // One stop ends a sentence, and more of them trail off behind a whole word; else they break
    // one off.
    let mut inside = trimmed(glyphs, range.clone());
    let is_stop = |glyph: &&Glyph| matches!(glyph.c, '.' | '…');
    let stops = glyphs[inside.clone()].iter().rev().take_while(is_stop).count();
    let whole = || written(&glyphs[inside.start..inside.end - stops]);
    if stops == 1 || stops > 1 && known.has(&whole()) {
        inside.end -= stops;
    }
    let is_simple = inside.is_empty()
        || glyphs[inside].iter().all(|glyph| glyph.kind == Kind::Letter || glyph.c == '\'');
    if !is_simple
        && let Some(token) = disguised(known, glyphs, range.clone(), is_first, tokens.last())
    {
        tokens.push(token);
        return;
    }
    let mut is_first = is_first;
    let mut at = range.start;
    while at < range.end {
        let length = glyphs[at..range.end].iter().take_while(|g| is_read(g)).count();
        if length == 0 {
            is_first |= ends_sentence(&glyphs[at..=at]);
            at += 1;
            continue;
        }
        tokens.push(word(known, glyphs, at..at + length, is_first));
        is_first = false;
        at += length;
    }
}

const fn is_read(glyph: &Glyph) -> bool {
    matches!(glyph.kind, Kind::Letter | Kind::Digit)
}

/// The letters as a word. Most are ASCII.
fn written(glyphs: &[Glyph]) -> String {
    let mut written = String::with_capacity(glyphs.len());
    written.extend(glyphs.iter().map(|glyph| glyph.c));
    written
}

/// A word of letters (and digits), as it stands or as it is meant.
fn word(known: &Vocabulary, glyphs: &[Glyph], range: Range<usize>, is_first: bool) -> Token {
    let stands = written(&glyphs[range.clone()]);
    let is_dressed = glyphs[range.clone()].iter().any(|g| g.dress != Dress::Plain || g.hides);
    // "Rossi" in a sentence is somebody's name, whatever word is near it.
    let is_name = !is_first
        && glyphs[range.start].is_capital
        && glyphs[range.clone()].iter().skip(1).all(|glyph| !glyph.is_capital);
    let (word, is_disguised) = match if is_name { None } else { meant(known, &stands) } {
        Some(meant) => (meant, true),
        None => (stands, is_dressed),
    };
    Token { word, glyphs: range, is_disguised, is_first }
}

/// The listed word behind one that is no word.
fn meant(known: &Vocabulary, stands: &str) -> Option<String> {
    if stands.len() < 3 || !stands.is_ascii() || known.has(stands) {
        return None;
    }
    known
        .meant(stands)
        .or_else(|| is_drawn_out(stands).then(|| known.drawn_out(stands)).flatten())
        .or_else(|| as_heard(known, stands))
        .or_else(|| run_together(known, stands))
        .filter(|_| !known.is_ordinary(stands))
}

/// The listed word that sounds like this one.
fn as_heard(known: &Vocabulary, stands: &str) -> Option<String> {
    let is_written_odd =
        stands.bytes().any(|b| matches!(b, b'k' | b'j' | b'y' | b'w' | b'x' | b'h'));
    is_written_odd.then(|| heard(stands).iter().find_map(|heard| known.found(heard))).flatten()
}

/// "unostronzo", "stronzidi": a small word that lost its space, before or behind.
fn run_together(known: &Vocabulary, stands: &str) -> Option<String> {
    const BEFORE: [&str; 38] = [
        "ma", "va", "un", "uno", "una", "di", "che", "sto", "sti", "sta", "ste", "quel", "quello",
        "quella", "quegli", "dei", "degli", "delle", "sei", "siete", "sono", "brutto", "brutta",
        "brutti", "piu", "il", "lo", "la", "i", "gli", "le", "porco", "porca", "dio", "madonna",
        "gesu", "cristo", "tutti",
    ];
    const BEHIND: [&str; 17] = [
        "come", "dei", "degli", "delle", "del", "della", "di", "che", "quel", "quella", "questi",
        "i", "gli", "le", "la", "tutti", "voi",
    ];
    const LEAST: usize = 5;
    let whole = |rest: &str| known.found(rest).filter(|_| rest.len() >= LEAST);
    let bytes = stands.as_bytes();
    // Its first letter and its last leave few of them.
    let may_begin = |before: &&&str| before.as_bytes().first() == bytes.first();
    let may_end = |behind: &&&str| behind.as_bytes().last() == bytes.last();
    let mut before = BEFORE.iter().filter(may_begin);
    let mut behind = BEHIND.iter().filter(may_end);
    before
        .find_map(|before| stands.strip_prefix(before).and_then(whole))
        .or_else(|| behind.find_map(|behind| stands.strip_suffix(behind).and_then(whole)))
}

/// "stro nzo", "me rd a": a word that was torn apart, and where it ends.
fn torn(known: &Vocabulary, glyphs: &[Glyph], at: usize, is_first: bool) -> Option<(Token, usize)> {
    const LONGEST_PART: usize = 9;
    let mut joined = String::with_capacity(LONGEST_FOUND);
    let mut lengths = [0; 4];
    let mut from = at;
    for parts in 1..=lengths.len() {
        let end = from + glyphs[from..].iter().take_while(|g| g.kind == Kind::Letter).count();
        if end == from || end - from > LONGEST_PART {
            return None;
        }
        joined.extend(glyphs[from..end].iter().map(|glyph| glyph.c));
        lengths[parts - 1] = end - from;
        if !joined.is_ascii() || joined.len() > LONGEST_FOUND || !known.starts(&joined) {
            return None;
        }
        let is_word = parts > 1 && joined.len() >= SEPARATED && known.has(&joined);
        if is_word && is_torn(known, &lengths[..parts], &joined) {
            let token = Token { word: joined, glyphs: at..end, is_disguised: true, is_first };
            return Some((token, end));
        }
        if glyphs.get(end).is_none_or(|space| space.kind != Kind::Space) {
            return None;
        }
        from = end + 1;
    }
    None
}

/// Whether parts of these lengths are pieces of the word, and no words that stand there by chance.
fn is_torn(known: &Vocabulary, lengths: &[usize], word: &str) -> bool {
    if lengths.len() > 2 {
        return lengths.iter().all(|length| *length <= 3);
    }
    let (left, right) = word.split_at(lengths[0]);
    known.begun(left).is_some() || begins_no_word(right) || ends_no_word(left)
}

fn begins_no_word(part: &str) -> bool {
    const ONSETS: [&str; 29] = [
        "bl", "br", "cl", "cr", "dr", "fl", "fr", "gl", "gr", "pl", "pr", "tr", "sc", "sb", "sd",
        "sf", "sg", "sl", "sm", "sn", "sp", "sq", "st", "sv", "ch", "gh", "gn", "ps", "th",
    ];
    let is_vowel = |b: u8| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'h');
    let bytes = part.as_bytes();
    bytes.len() >= 2 && !is_vowel(bytes[0]) && !is_vowel(bytes[1]) && !ONSETS.contains(&&part[..2])
}

fn ends_no_word(part: &str) -> bool {
    const WORDS: [&str; 10] =
        ["bus", "gas", "tot", "set", "pub", "web", "tic", "est", "stop", "top"];
    part.len() >= 2
        && part.ends_with(['b', 'c', 'f', 'g', 'p', 'q', 's', 't', 'v', 'z'])
        && !WORDS.contains(&part)
}

/// The same letter three times, or three letters twice each.
fn is_drawn_out(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.windows(3).any(|three| three[0] == three[1] && three[1] == three[2])
        || bytes.chunk_by(|a, b| a == b).filter(|run| run.len() > 1).count() >= 3
}

/// As it sounds: "kazzo", "frokio", "troja"; a k before e and i is a c for some.
fn heard(word: &str) -> [String; 2] {
    ["ch", "c"].map(|soft| {
        let mut heard = String::with_capacity(word.len());
        let mut letters = word.chars().peekable();
        while let Some(c) = letters.next() {
            match c {
                'k' if matches!(letters.peek(), Some('e' | 'i')) => heard.push_str(soft),
                'k' => heard.push('c'),
                'j' | 'y' => heard.push('i'),
                'w' => heard.push('v'),
                'x' => heard.push('s'),
                'h' if !heard.ends_with(['c', 'g', 's']) => {}
                c => heard.push(c),
            }
        }
        heard
    })
}

/// What a sign is read as, where it stands for a letter.
const fn letter_of(c: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | '!' | '|' | '¡' => 'i',
        '2' => 'z',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '6' | '9' => 'g',
        '7' | '+' => 't',
        '8' => 'b',
        _ => return None,
    })
}

/// A chunk with signs or digits among its letters, if it reads as a listed word.
fn disguised(
    known: &Vocabulary,
    glyphs: &[Glyph],
    range: Range<usize>,
    is_first: bool,
    before: Option<&Token>,
) -> Option<Token> {
    let range = trimmed(glyphs, range);
    let letters = glyphs[range.clone()].iter().filter(|glyph| glyph.kind == Kind::Letter).count();
    if range.len() < 3 || letters == 0 || range.len() > LONGEST * 3 {
        return None;
    }
    let token = |word: String, range: Range<usize>| {
        Some(Token { word, glyphs: range, is_disguised: true, is_first })
    };
    let read = &glyphs[range.clone()];
    // Digits and signs as letters, twice: a one is an i or an l.
    for one in ['i', 'l'] {
        let letters: Option<String> = read
            .iter()
            .map(|glyph| match glyph.kind {
                Kind::Letter => Some(glyph.c),
                _ if matches!(glyph.c, '1' | '|' | '!') => Some(one),
                _ => letter_of(glyph.c),
            })
            .collect();
        if let Some(word) = letters.and_then(|letters| listed(known, &letters)) {
            return token(word, range);
        }
    }
    // Signs between the letters.
    let between: String = read
        .iter()
        .filter_map(|glyph| match glyph.kind {
            Kind::Letter => Some(glyph.c),
            Kind::Digit => letter_of(glyph.c),
            _ => None,
        })
        .collect();
    if between.len() >= SEPARATED {
        // Letter by letter: any listed word among them.
        let is_apart = read.windows(2).all(|two| !(is_read(&two[0]) && is_read(&two[1])));
        let found = if is_apart {
            longest(known, &between).map(|(_, word)| word)
        } else {
            listed(known, &between)
        };
        if let Some(word) = found {
            return token(word, range);
        }
    }
    if let Some(word) = starred(known, read) {
        return token(word, range);
    }
    if let Some((word, length)) = cut_short(known, read, before) {
        return token(word, range.start..range.start + length);
    }
    None
}

/// Least letters of a word with signs between them.
const SEPARATED: usize = 5;

/// Without the signs at both ends that are punctuation.
fn trimmed(glyphs: &[Glyph], range: Range<usize>) -> Range<usize> {
    let is_edge = |glyph: &Glyph| {
        glyph.kind == Kind::Symbol && !matches!(glyph.c, '*' | '@' | '$' | '€' | '#' | '.' | '…')
    };
    let start = range.start + glyphs[range.clone()].iter().take_while(|g| is_edge(g)).count();
    let tail = glyphs[start..range.end].iter().rev().take_while(|g| is_edge(g)).count();
    start..range.end - tail
}

fn listed(known: &Vocabulary, word: &str) -> Option<String> {
    known
        .found(word)
        .or_else(|| is_drawn_out(word).then(|| known.drawn_out(word)).flatten())
        .or_else(|| as_heard(known, word))
}

/// `c*zzo`, `c***o`, `m****`: stars for letters.
fn starred(known: &Vocabulary, read: &[Glyph]) -> Option<String> {
    let is_mask = |glyph: &Glyph| glyph.kind == Kind::Symbol;
    let stars = read.iter().filter(|glyph| glyph.c == '*').count();
    let masks = read.iter().filter(|glyph| is_mask(glyph)).count();
    if masks == 0 || read[0].kind != Kind::Letter || read.iter().any(|g| g.kind == Kind::Digit) {
        return None;
    }
    let seen = read.len() - masks;
    let is_open = read.last().is_some_and(|last| last.kind != Kind::Letter);
    let enough = match (stars == masks, is_open) {
        // "tutt*" is how some write for everybody.
        (true, true) => seen >= 4 || (masks >= 2 && seen >= 2) || masks >= 3,
        (true, false) => seen >= 2,
        // Another sign stands for one letter, inside.
        (false, false) => {
            masks == 1
                && seen >= 4
                && !read.iter().any(|g| matches!(g.c, '\'' | '-' | '/' | '.' | ','))
        }
        (false, true) => false,
    };
    if !enough {
        return None;
    }
    known
        .of_length(read.len())
        .find(|word| word.chars().zip(read).all(|(c, glyph)| is_mask(glyph) || glyph.c == c))
        .cloned()
}

/// `stron..`: a word that breaks off, and how much of the chunk it takes.
fn cut_short(
    known: &Vocabulary,
    read: &[Glyph],
    before: Option<&Token>,
) -> Option<(String, usize)> {
    let length = read.iter().take_while(|glyph| glyph.kind == Kind::Letter).count();
    let tail = &read[length..];
    let breaks = tail.len() >= 2 && tail.iter().all(|g| matches!(g.c, '.' | '*' | '…'))
        || tail.first().is_some_and(|first| first.c == '…');
    if length == 0 || !breaks {
        return None;
    }
    let begun: String = read[..length].iter().map(|glyph| glyph.c).collect();
    let before = before.map_or("", |before| before.word.as_str());
    known.cut_short(&begun, before).map(|word| (word, length))
}

/// Single letters with spaces between them, from here on: where each stands.
fn pulled_apart(glyphs: &[Glyph], from: usize) -> Option<Vec<usize>> {
    let mut letters = vec![from];
    if !is_alone(glyphs, from) {
        return None;
    }
    let mut at = from + 1;
    while at < glyphs.len() && letters.len() < LONGEST {
        let gap = glyphs[at..].iter().take_while(|glyph| !is_read(glyph)).count();
        let next = at + gap;
        let signs = glyphs[at..next].iter().filter(|glyph| glyph.kind == Kind::Symbol).count();
        if gap == 0 || gap > 3 || signs > 1 || next >= glyphs.len() || !is_alone(glyphs, next) {
            break;
        }
        letters.push(next);
        at = next + 1;
    }
    (letters.len() >= APART).then_some(letters)
}

/// A letter, or what is read as one, between spaces; the last one may have a stop behind it.
fn is_alone(glyphs: &[Glyph], at: usize) -> bool {
    let is_letter = glyphs[at].kind == Kind::Letter
        || matches!(glyphs[at].c, '0' | '1' | '3' | '4' | '5' | '7' | '@' | '$' | '*');
    let after = glyphs.get(at + 1);
    let ends = after.is_none_or(|next| {
        next.kind == Kind::Space
            || next.kind == Kind::Symbol
                && glyphs.get(at + 2).is_none_or(|more| more.kind == Kind::Space)
    });
    is_letter && ends
}

/// Bound: letters of a word that is found among others.
const LONGEST_FOUND: usize = 20;

/// The first listed word among these letters, as long as it goes, and where.
fn longest(known: &Vocabulary, letters: &str) -> Option<(Range<usize>, String)> {
    if !letters.is_ascii() {
        return None;
    }
    (0..letters.len()).filter(|from| known.starts(&letters[*from..])).find_map(|from| {
        let rest = &letters[from..];
        (SHORTEST..=rest.len().min(LONGEST_FOUND))
            .rev()
            .find_map(|length| known.found(&rest[..length]).map(|word| (from..from + length, word)))
    })
}

/// The listed words in letters that were pulled apart, or all of them as one.
fn add_apart(
    known: &Vocabulary,
    glyphs: &[Glyph],
    letters: &[usize],
    is_first: bool,
    tokens: &mut Vec<Token>,
) {
    let joined: String = letters
        .iter()
        .map(|at| match glyphs[*at].kind {
            Kind::Letter => glyphs[*at].c,
            _ => letter_of(glyphs[*at].c).unwrap_or('*'),
        })
        .map(|c| if c.is_ascii() { c } else { '?' })
        .collect();
    let mut push = |range: Range<usize>, word: &str, is_disguised| {
        if !range.is_empty() {
            let is_first = is_first && range.start == 0;
            let glyphs = letters[range.start]..letters[range.end - 1] + 1;
            tokens.push(Token { word: word.to_owned(), glyphs, is_disguised, is_first });
        }
    };
    let mut at = 0;
    let mut is_found = false;
    while let Some((found, word)) = longest(known, &joined[at..]) {
        push(at..at + found.start, &joined[at..at + found.start], false);
        push(at + found.start..at + found.end, &word, true);
        at += found.end;
        is_found = true;
    }
    push(at..joined.len(), &joined[at..], !is_found);
}
