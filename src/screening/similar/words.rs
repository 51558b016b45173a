//! A text as words that can be compared: with their endings off, synonyms as one, and what kind of
//! word each is. What is kept of a word is a hash; no letter of it stays.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use super::super::fold::{Folded, Glyph, Kind as Sign};

/// Bound: words of a text that are compared. 1,000 characters have fewer.
const WORDS: usize = 256;
/// Letters one by one: so many are a word that was pulled apart.
const APART: usize = 4;
/// Letters of a word without its ending by which texts are compared. "Illuminazione" and
/// "illuminata" are alike; in what two texts differ is looked at more closely.
const ALIKE: usize = 6;
const CLOSE: usize = 7;

/// What a word does in a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// "il", "per", "grazie": in every question.
    Light,
    /// "quando", "quanto": with the same other words, another question.
    Turn,
    /// "non", "senza", "no".
    Not,
    /// What it is about.
    Content,
    /// A name, as far as it can be seen: it stands with a capital, or after "via".
    Name,
    /// It has a digit: a number, a line, a year.
    Number,
}

/// A word, as it is compared with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// Of the word without its ending; of synonyms, the same.
    pub close: u32,
    /// Of the word as it stands, in lower case and without accents.
    pub exact: u32,
    pub start: u16,
    pub len: u8,
    pub kind: Kind,
}

impl Word {
    /// Whether it says what it says letter by letter: a name, a number.
    pub(super) const fn is_exact(&self) -> bool {
        matches!(self.kind, Kind::Name | Kind::Number)
    }

    /// Where it stands in its text, in bytes.
    pub(super) fn at(&self) -> Range<usize> {
        let start = usize::from(self.start);
        start..start + usize::from(self.len)
    }
}

/// A word of a text, while it is read.
pub(super) struct Read {
    pub word: Word,
    /// Where its letters are among those of all words, with a space before and after.
    pub letters: Range<usize>,
    /// By which texts are compared.
    pub stem: u32,
}

static LIGHT: LazyLock<BTreeSet<u32>> = LazyLock::new(|| {
    let words = include_str!("light.txt").split_whitespace();
    words.map(|word| hash(&folded(word))).collect()
});

/// For a word without its ending: its group, and whether the words of it may stand for each other.
static SYNONYMS: LazyLock<BTreeMap<u32, (u32, bool)>> = LazyLock::new(|| {
    let mut synonyms = BTreeMap::new();
    for line in include_str!("synonyms.txt").lines().filter(|line| !line.starts_with('#')) {
        let (words, stand) = match line.strip_prefix('~') {
            Some(words) => (words, false),
            None => (line, true),
        };
        let mut words = words.split_whitespace().peekable();
        let Some(first) = words.peek() else { continue };
        // No word has this hash: they have no sign in them.
        let group = hash(&folded(&format!("={first}")));
        for word in words {
            synonyms.entry(hash(bare(&folded(word)))).or_insert((group, stand));
        }
    }
    synonyms
});

/// The words after which a name comes.
static BEFORE_NAMES: LazyLock<BTreeSet<u32>> = LazyLock::new(|| {
    let words = [
        "via",
        "viale",
        "vie",
        "piazza",
        "piazzale",
        "piazzetta",
        "corso",
        "largo",
        "vicolo",
        "lungo",
        "ponte",
        "parco",
        "villa",
        "san",
        "santa",
        "santo",
        "sant",
        "don",
        "quartiere",
        "rione",
        "frazione",
        "street",
        "road",
        "square",
        "avenue",
    ];
    words.iter().map(|word| hash(&folded(word))).collect()
});

/// The words of a text, and the letters of all of them.
pub(super) fn words(text: &str) -> (Vec<Read>, Vec<char>) {
    let folded = Folded::of(text);
    let glyphs = &folded.glyphs;
    let shouted = is_shouted(text);
    let mut words: Vec<Read> = Vec::with_capacity(glyphs.len() / 5 + 1);
    let mut letters = Vec::with_capacity(glyphs.len() * 5 / 4 + 2);
    let mut at = 0;
    let (mut is_first, mut is_named) = (true, false);
    while at < glyphs.len() && words.len() < WORDS {
        if !is_read(&glyphs[at]) {
            is_first |= matches!(glyphs[at].c, '.' | '!' | '?' | ':' | '…' | '"' | '(');
            at += 1;
            continue;
        }
        letters.push(' ');
        let first = letters.len();
        let end = pulled_apart(glyphs, at, &mut letters).unwrap_or_else(|| {
            letters.extend(glyphs[at..].iter().take_while(|g| is_read(g)).map(|g| g.c));
            at + letters.len() - first
        });
        undo(&mut letters[first..]);
        let span = folded.span(&(at..end));
        let capital = text[span.clone()].chars().next().is_some_and(char::is_uppercase);
        let is_name = is_named || (capital && !is_first && !shouted && letters.len() > first + 1);
        let mut read = read(&letters[first..], &span, is_name, is_named && capital);
        letters.push(' ');
        read.letters = first - 1..letters.len();
        if read.word.exact == *MAI && words.last().is_some_and(|last| last.word.exact == *COME) {
            // "Come mai" asks why.
            read.word.kind = Kind::Light;
            words.last_mut().into_iter().for_each(|last| last.word.close = hash(&[WHY]));
        }
        // "Via San Marco": what comes before the name may be part of one.
        is_named =
            BEFORE_NAMES.contains(&read.word.exact) || (is_named && read.word.kind == Kind::Light);
        is_first = false;
        at = end;
        words.push(read);
    }
    (words, letters)
}

static COME: LazyLock<u32> = LazyLock::new(|| hash(&folded("come")));
static MAI: LazyLock<u32> = LazyLock::new(|| hash(&folded("mai")));
const WHY: char = '4';

fn read(letters: &[char], span: &Range<usize>, is_name: bool, is_street: bool) -> Read {
    let exact = hash(letters);
    let root = bare(letters);
    let (mut stem, mut close) = (hash(&root[..root.len().min(ALIKE)]), hash(cut(root)));
    let kind = if let Some((turn, kind)) = turn(letters) {
        (stem, close) = (hash(&[turn]), hash(&[turn]));
        kind
    } else if letters.iter().any(|c| c.is_numeric()) {
        Kind::Number
    } else if LIGHT.contains(&exact) && !is_street {
        Kind::Light
    } else {
        if let Some((group, stand)) = SYNONYMS.get(&hash(root)) {
            stem = *group;
            if *stand {
                close = *group;
            }
        }
        if is_name { Kind::Name } else { Kind::Content }
    };
    let start = u16::try_from(span.start).unwrap_or(u16::MAX);
    let len = u8::try_from(span.len()).unwrap_or(u8::MAX);
    Read { word: Word { close, exact, start, len, kind }, letters: 0..0, stem }
}

/// Small words that turn a question into another, each with a sign of its own.
fn turn(word: &[char]) -> Option<(char, Kind)> {
    // None of them is longer, and all are ASCII.
    let mut bytes = [0; 8];
    let bytes = bytes.get_mut(..word.len())?;
    for (byte, c) in bytes.iter_mut().zip(word) {
        *byte = u8::try_from(*c).ok()?;
    }
    Some(match str::from_utf8(bytes).ok()? {
        "quando" | "when" => ('1', Kind::Turn),
        "dove" | "where" => ('2', Kind::Turn),
        "quanto" | "quanta" | "quanti" | "quante" => ('3', Kind::Turn),
        "perche" | "why" | "xke" | "xche" => (WHY, Kind::Turn),
        "come" | "how" => ('5', Kind::Turn),
        "chi" | "who" => ('6', Kind::Turn),
        "piu" | "more" => ('7', Kind::Turn),
        "meno" | "less" | "fewer" => ('8', Kind::Turn),
        "non" | "nn" | "no" | "not" | "senza" | "without" | "nessun" | "nessuna" | "nessuno"
        | "never" | "don" => ('9', Kind::Not),
        _ => return None,
    })
}

fn is_read(glyph: &Glyph) -> bool {
    matches!(glyph.kind, Sign::Letter | Sign::Digit)
}

/// "c o m u n e": letters one by one, with the same between them. Adds them, and says where they end.
fn pulled_apart(glyphs: &[Glyph], at: usize, letters: &mut Vec<char>) -> Option<usize> {
    let is_lone =
        |n: usize| glyphs[n].kind == Sign::Letter && !glyphs.get(n + 1).is_some_and(is_read);
    if !is_lone(at) {
        return None;
    }
    let between = glyphs.get(at + 1)?.c;
    let mut end = at + 1;
    while glyphs.get(end).is_some_and(|g| g.c == between)
        && end + 1 < glyphs.len()
        && is_lone(end + 1)
    {
        end += 2;
    }
    let apart = end - at >= 2 * APART - 1;
    apart.then(|| {
        letters.extend(glyphs[at..end].iter().step_by(2).map(|glyph| glyph.c));
        end
    })
}

/// "c0mun3" as it is read. "m4", "2b" and "pm10" are what they are.
fn undo(letters: &mut [char]) {
    let digits = letters.iter().filter(|c| c.is_ascii_digit()).count();
    if digits == 0 {
        return;
    }
    let outer = [letters.first(), letters.last()].into_iter().flatten();
    let least = if outer.copied().any(|c| c.is_ascii_digit()) { 4 } else { 3 };
    let alone = letters.windows(2).all(|two| !two.iter().all(char::is_ascii_digit));
    if alone && letters.len() - digits >= least && digits < letters.len() - digits {
        for c in letters {
            *c = match *c {
                '0' => 'o',
                '1' => 'i',
                '3' => 'e',
                '4' => 'a',
                '5' => 's',
                '7' => 't',
                c => c,
            };
        }
    }
}

/// A text in capitals tells no name by them.
fn is_shouted(text: &str) -> bool {
    let (upper, lower) = text.chars().take(200).fold((0, 0), |(upper, lower), c| {
        (upper + u32::from(c.is_uppercase()), lower + u32::from(c.is_lowercase()))
    });
    upper > lower
}

/// A word without its last vowels, and without the "s" of an English plural. A short one has no
/// ending to spare.
fn bare(word: &[char]) -> &[char] {
    const fn ends(word: &[char]) -> bool {
        matches!(word.last(), Some('a' | 'e' | 'i' | 'o' | 'u'))
    }
    if word.len() <= 4 {
        return word;
    }
    let strip = |mut word: &'_ [char]| -> usize {
        while ends(word) {
            word = &word[..word.len() - 1];
        }
        word.len()
    };
    let mut length = strip(word);
    if length > 5 && word[length - 1] == 's' {
        length = strip(&word[..length - 1]);
    }
    &word[..length.max(3)]
}

fn cut(root: &[char]) -> &[char] {
    &root[..root.len().min(CLOSE)]
}

fn folded(word: &str) -> Vec<char> {
    Folded::of(word).glyphs.iter().map(|glyph| glyph.c).collect()
}

/// FNV-1a. The same everywhere and always: what is compared may come from another task.
pub(super) fn hash(word: &[char]) -> u32 {
    word.iter().fold(0x811c_9dc5, |hash, c| (hash ^ *c as u32).wrapping_mul(0x0100_0193))
}
