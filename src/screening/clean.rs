//! Texts as they may be shown, and where each part of the original stands in them.

use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};
use unicode_script::{Script, UnicodeScript as _};

/// Most line breaks in a row: one line may be left empty.
const BREAKS: usize = 2;

/// Most combining marks on one character: Vietnamese needs two, a Hebrew prayer three.
const MARKS: usize = 3;

/// The text as it may be shown: NFC, trimmed, without what only disturbs a screen. Removed are
/// control characters (line breaks stay, at most two in a row), marks that turn the direction of
/// the text around them (CVE-2021-42574), tag characters, characters that mean nothing to anybody
/// else (private use, no characters at all), what joins or varies where nothing is to be joined or
/// varied, and combining marks beyond three on one character. A blank that is none is a space.
pub fn clean(text: &str) -> String {
    Cleaned::of(text).text
}

/// A cleaned text.
#[derive(Debug)]
pub(super) struct Cleaned {
    pub text: String,
    /// Where a part of the original begins (in order), and where it stands in `text`. A part is
    /// what is composed together: a letter and its accents. Empty: `text` is the original from
    /// `skipped` on.
    parts: Vec<(usize, usize)>,
    skipped: usize,
}

impl Cleaned {
    pub(super) fn of(text: &str) -> Self {
        if is_simple(text) {
            let start = text.len() - text.trim_start().len();
            return Self { text: text.trim().to_owned(), parts: Vec::new(), skipped: start };
        }
        let mut cleaner = Cleaner::default();
        for (at, c) in text.char_indices() {
            match c {
                '\r' => {}
                '\u{2028}' | '\u{2029}' | '\u{85}' => cleaner.take(at, '\n'),
                '\t' | '\u{2800}' => cleaner.take(at, ' '),
                c if disturbs(c) || is_nobodys(c) => {}
                // "👨‍👩‍👧", and Persian; but not between the letters of "ciao".
                c if joins(c) && !cleaner.is_joinable() => {}
                c => cleaner.take(at, c),
            }
        }
        cleaner.end(text.len())
    }

    /// Where in the cleaned text a place of the original is, if a span begins there. A boundary of
    /// characters, and never beyond the text.
    pub(super) fn start(&self, at: usize) -> usize {
        if self.parts.is_empty() {
            return at.saturating_sub(self.skipped).min(self.text.len());
        }
        let n = self.parts.partition_point(|(from, _)| *from <= at);
        n.checked_sub(1).map_or(0, |n| self.parts[n].1)
    }

    /// The same for a place where a span ends.
    pub(super) fn end(&self, at: usize) -> usize {
        if self.parts.is_empty() {
            return at.saturating_sub(self.skipped).min(self.text.len());
        }
        let n = self.parts.partition_point(|(from, _)| *from < at);
        self.parts.get(n).map_or(self.text.len(), |(_, to)| *to)
    }
}

/// Nothing is to be done but trimming.
fn is_simple(text: &str) -> bool {
    let mut breaks = 0;
    text.bytes().all(|b| {
        breaks = if b == b'\n' { breaks + 1 } else { 0 };
        (b == b'\n' && breaks <= BREAKS) || (b' '..=b'~').contains(&b)
    })
}

#[derive(Default)]
struct Cleaner {
    text: String,
    parts: Vec<(usize, usize)>,
    /// The part that is being read, and where it began.
    part: String,
    from: usize,
    breaks: usize,
    marks: usize,
    /// The last character that is no mark on another.
    base: Option<char>,
}

impl Cleaner {
    /// Whether what stands here may be joined to something, or be varied.
    fn is_joinable(&self) -> bool {
        let is_plain = |c: char| {
            c.is_ascii()
                || c.is_whitespace()
                || matches!(c.script(), Script::Latin | Script::Greek | Script::Cyrillic)
        };
        self.base.is_some_and(|base| !is_plain(base))
    }

    fn take(&mut self, at: usize, c: char) {
        if !is_combining_mark(c) && !joins(c) {
            self.base = Some(c);
        }
        if begins_part(c) {
            self.put(at);
        }
        self.part.push(c);
    }

    /// Ends a part; the next one begins at a place of the original.
    fn put(&mut self, next: usize) {
        self.parts.push((self.from, self.text.len()));
        self.from = next;
        for c in self.part.nfc() {
            self.breaks = if c == '\n' { self.breaks + 1 } else { 0 };
            self.marks = if is_combining_mark(c) { self.marks + 1 } else { 0 };
            if self.breaks <= BREAKS && self.marks <= MARKS {
                self.text.push(c);
            }
        }
        self.part.clear();
    }

    fn end(mut self, length: usize) -> Cleaned {
        self.put(length);
        let start = self.text.len() - self.text.trim_start().len();
        let text = self.text.trim().to_owned();
        for (_, to) in &mut self.parts {
            *to = to.saturating_sub(start).min(text.len());
        }
        Cleaned { text, parts: self.parts, skipped: 0 }
    }
}

/// Nothing before this character is composed with it.
fn begins_part(c: char) -> bool {
    c.is_ascii()
        || canonical_combining_class(c) == 0
            && is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes
}

pub(super) const fn disturbs(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}'
        | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Joiners and variation selectors.
pub(super) const fn joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{e0100}'..='\u{e01ef}')
}

/// What means something to one maker of fonts, or nothing at all; and fillers, which are seen by
/// nobody.
pub(super) const fn is_nobodys(c: char) -> bool {
    matches!(c,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{fdd0}'..='\u{fdef}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{3164}' | '\u{ffa0}' | '\u{34f}')
        || c as u32 & 0xfffe == 0xfffe
}

/// Whether so much of a text is no text that it cannot be read without it: characters that mean
/// nothing, what a wrong encoding leaves behind, or marks heaped upon its letters.
pub(super) fn is_broken(text: &str) -> bool {
    let (mut letters, mut broken, mut marks) = (0, 0, 0);
    for c in text.chars() {
        match c {
            '\u{fffd}' | '\u{e0000}'..='\u{e007f}' => broken += 1,
            c if is_nobodys(c) => broken += 1,
            c if is_combining_mark(c) => marks += 1,
            c if c.is_alphanumeric() => letters += 1,
            _ => {}
        }
    }
    broken > 2 && broken * 3 >= letters || marks > 8 && marks > letters * 3
}
