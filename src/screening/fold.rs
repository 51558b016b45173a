//! A text as it is compared: letters without case, accents, fonts and costumes, each with its place
//! in the original. What is made here is looked at and thrown away; it is never shown or stored.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript as _};
use unicode_security::skeleton;

use super::clean::{BREAKS, disturbs, is_nobodys, joins};

/// What a character of the text is, as far as reading goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Letter,
    Digit,
    Space,
    /// Anything else that is seen.
    Symbol,
}

/// How a letter was dressed up. Ordered: the strangest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dress {
    /// As everybody writes it, in any case, with any accent.
    Plain,
    /// Another form of the same letter: full width, bold, in a circle, struck through.
    Font,
    /// A letter of another alphabet that looks like it.
    Alien,
}

/// One letter, digit or sign of a folded text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    /// In lower case, without accents.
    pub c: char,
    pub kind: Kind,
    pub dress: Dress,
    /// Something invisible stands before it, inside a word.
    pub hides: bool,
    /// It is a capital.
    pub is_capital: bool,
    /// Where it begins and ends in the original, in bytes.
    start: u32,
    end: u32,
}

/// A folded text.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub glyphs: Vec<Glyph>,
    /// A character for each glyph: what patterns run over.
    pub flat: String,
    /// For each byte of `flat` the glyph that it belongs to; one more for its end.
    at: Vec<u32>,
    /// Whether there is a mark that turns the direction of what follows by force.
    pub is_overridden: bool,
}

impl Folded {
    pub(super) fn of(text: &str) -> Self {
        // Most texts have as many letters as bytes, or a few less.
        let mut folded = Self {
            glyphs: Vec::with_capacity(text.len()),
            flat: String::with_capacity(text.len()),
            at: Vec::with_capacity(text.len() + 1),
            is_overridden: false,
        };
        let mut reader = Reader::default();
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            reader.read(c, narrow(at), narrow(end), &mut folded.glyphs);
        }
        folded.is_overridden = reader.is_overridden;
        for (n, glyph) in (0_u32..).zip(&folded.glyphs) {
            folded.flat.push(glyph.c);
            folded.at.resize(folded.flat.len(), n);
        }
        folded.at.push(narrow(folded.glyphs.len()));
        folded
    }

    /// The glyphs under a range of `flat`.
    pub(super) fn glyphs_of(&self, range: &Range<usize>) -> Range<usize> {
        let first = self.at[range.start] as usize;
        let last = if range.is_empty() { first } else { self.at[range.end - 1] as usize + 1 };
        first..last
    }

    /// Bytes of the original under these glyphs, with the marks on the last of them.
    pub(super) fn span(&self, glyphs: &Range<usize>) -> Range<usize> {
        let first = self.glyphs[glyphs.start].start as usize;
        let last = self.glyphs[glyphs.start.max(glyphs.end.saturating_sub(1))].end as usize;
        first..last
    }

    /// Bytes of `flat` under these glyphs.
    pub(super) fn flat_of(&self, glyphs: &Range<usize>) -> Range<usize> {
        let place = |n: usize| self.at.partition_point(|of| (*of as usize) < n);
        place(glyphs.start)..place(glyphs.end)
    }

    /// Bytes of the original under a range of `flat`.
    pub(super) fn original(&self, range: &Range<usize>) -> Range<usize> {
        self.span(&self.glyphs_of(range))
    }
}

/// What one character alone is read as.
pub(super) fn folded_alone(c: char) -> Vec<char> {
    let mut glyphs = Vec::new();
    Reader::default().read(c, 0, 0, &mut glyphs);
    glyphs.into_iter().map(|glyph| glyph.c).collect()
}

const fn narrow(n: usize) -> u32 {
    // A text has at most `MAX_BYTES` bytes.
    n as u32
}

#[derive(Default)]
struct Reader {
    hides: bool,
    is_capital: bool,
    is_overridden: bool,
    /// Line breaks in a row.
    breaks: usize,
}

impl Reader {
    fn read(&mut self, c: char, start: u32, end: u32, glyphs: &mut Vec<Glyph>) {
        self.is_capital = c.is_uppercase();
        if c.is_ascii() && !c.is_ascii_control() {
            self.breaks = 0;
            self.push(c.to_ascii_lowercase(), Dress::Plain, start, end, glyphs);
            return;
        }
        if matches!(c, '\u{202d}' | '\u{202e}') {
            self.is_overridden = true;
        }
        if is_unseen(c) {
            // The soft hyphen comes with every text that was copied from a page with narrow columns.
            self.hides |= c != '\u{ad}' && !disturbs_direction(c);
            return;
        }
        // As `clean` keeps them, so that what is kept reads the same.
        let is_break = matches!(c, '\n' | '\u{2028}' | '\u{2029}' | '\u{85}');
        self.breaks = if is_break { self.breaks + 1 } else { 0 };
        if c == '\r' || self.breaks > BREAKS {
            return;
        }
        if c.is_whitespace() || c.is_control() || c == '\u{2800}' {
            self.push(' ', Dress::Plain, start, end, glyphs);
            return;
        }
        if is_combining_mark(c) {
            if let Some(under) = glyphs.last_mut() {
                under.end = end;
                // A stroke through a letter is no accent of any language.
                if matches!(c, '\u{334}'..='\u{338}' | '\u{20d2}'..='\u{20e5}') {
                    under.dress = under.dress.max(Dress::Font);
                }
            }
            return;
        }
        let is_composed = c.nfd().next() != Some(c);
        for part in c.nfkd().filter(|part| !is_combining_mark(*part)) {
            let (part, dress) =
                undressed(part, if is_composed { Dress::Plain } else { Dress::Font }, c);
            for lower in part.to_lowercase() {
                self.push(lower, dress, start, end, glyphs);
            }
        }
    }

    fn push(&mut self, c: char, dress: Dress, start: u32, end: u32, glyphs: &mut Vec<Glyph>) {
        let kind = match c {
            c if c.is_alphabetic() => Kind::Letter,
            c if c.is_numeric() => Kind::Digit,
            c if c.is_whitespace() => Kind::Space,
            _ => Kind::Symbol,
        };
        let inside = glyphs.last().is_some_and(|before| before.kind == Kind::Letter);
        let hides = self.hides && inside && kind == Kind::Letter;
        self.hides = false;
        glyphs.push(Glyph { c, kind, dress, hides, is_capital: self.is_capital, start, end });
    }
}

/// The letter that a reader takes this one for.
fn undressed(part: char, dress: Dress, original: char) -> (char, Dress) {
    if part.is_ascii() {
        let dress = if part == original { Dress::Plain } else { dress };
        return (part, dress);
    }
    if let Some(latin) = own(part) {
        return (latin, Dress::Plain);
    }
    match part.script() {
        Script::Cyrillic
        | Script::Greek
        | Script::Armenian
        | Script::Cherokee
        | Script::Lisu
        | Script::Coptic
        | Script::Latin => {}
        // Signs and emoji that stand for letters; other scripts are nobody's costume.
        Script::Common | Script::Inherited | Script::Unknown => {}
        _ => return (part, Dress::Plain),
    }
    match looks_like(part) {
        // A sign is put for a letter, and is no letter of another alphabet: "¡No", "3×", "5 µs".
        Some(like)
            if matches!(
                original.script(),
                Script::Latin | Script::Common | Script::Inherited | Script::Unknown
            ) =>
        {
            (like, Dress::Font)
        }
        Some(like) => (like, Dress::Alien),
        None => (part, Dress::Plain),
    }
}

/// The ASCII letter or digit that looks like this character: by Unicode's table of confusables
/// (UTS #39), and what that table leaves out because no address could be made of it.
fn looks_like(c: char) -> Option<char> {
    let like = drawn(c).or_else(|| {
        let mut seen = [0; 4];
        let mut skeleton = skeleton(c.encode_utf8(&mut seen));
        skeleton.next().filter(|_| skeleton.next().is_none())
    })?;
    like.is_ascii_alphanumeric().then_some(like.to_ascii_lowercase())
}

/// Letters in circles and squares, flags' letters, small capitals, and letters of other alphabets
/// that are put where a Latin one should stand, if less like it.
const fn drawn(c: char) -> Option<char> {
    let base = match c {
        '\u{1f150}'..='\u{1f169}' => 0x1f150,
        '\u{1f170}'..='\u{1f189}' => 0x1f170,
        '\u{1f1e6}'..='\u{1f1ff}' => 0x1f1e6,
        _ => {
            return Some(match c {
                'к' | 'ĸ' | 'κ' | 'ᴋ' => 'k',
                'м' | 'ᴍ' => 'm',
                'н' | 'ʜ' => 'h',
                'т' | 'τ' | 'ᴛ' => 't',
                'в' | 'β' | 'ʙ' => 'b',
                'г' | 'ʀ' => 'r',
                'п' | 'η' | 'ɴ' => 'n',
                'и' => 'u',
                'α' | 'ᴀ' => 'a',
                'ε' | 'є' | 'э' | 'ᴇ' => 'e',
                'ι' | 'ɪ' => 'i',
                'ω' | 'ш' => 'w',
                'χ' => 'x',
                'γ' => 'y',
                'ᴅ' => 'd',
                'ꜰ' => 'f',
                'ɢ' => 'g',
                'ʟ' => 'l',
                'ᴘ' => 'p',
                'ᴜ' | 'υ' | 'μ' => 'u',
                _ => return None,
            });
        }
    };
    char::from_u32(c as u32 - base + 'a' as u32)
}

/// Letters of Latin alphabets that have no accent to take off.
const fn own(c: char) -> Option<char> {
    Some(match c {
        'ø' | 'Ø' => 'o',
        'đ' | 'Đ' | 'ð' | 'Ð' => 'd',
        'ł' | 'Ł' => 'l',
        'ħ' | 'Ħ' => 'h',
        'ı' => 'i',
        'ß' | 'ẞ' => 's',
        '’' | '‘' | '‛' | 'ʼ' | '`' | '´' => '\'',
        '“' | '”' | '„' | '«' | '»' => '"',
        '–' | '—' | '‐' | '‑' | '‒' | '−' => '-',
        '…' => '…',
        '。' | '․' | '｡' => '.',
        _ => return None,
    })
}

const fn disturbs_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What nobody sees, or what `clean` takes out.
pub(super) const fn is_unseen(c: char) -> bool {
    disturbs(c) || is_nobodys(c) || joins(c) || c == '\u{ad}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(text: &str) -> String {
        Folded::of(text).flat
    }

    #[test]
    fn a_costume_comes_off_and_the_place_is_kept() {
        for (dressed, plain) in [
            ("Perché No", "perche no"),
            ("ｓｔｒ", "str"),
            ("𝐬𝐭𝐫", "str"),
            ("ⓢⓣⓡ", "str"),
            ("ѕtrоnzо", "stronzo"),
            ("s\u{336}t\u{336}", "st"),
            ("c\u{200b}i\u{ad}ao", "ciao"),
            ("ﬁne", "fine"),
            ("l’anno", "l'anno"),
        ] {
            assert_eq!(flat(dressed), plain, "{dressed}");
        }
        let text = "È ｃｉ\u{301}ao";
        let folded = Folded::of(text);
        let at = folded.flat.find("ciao").expect("there");
        assert_eq!(&text[folded.original(&(at..at + 4))], "ｃｉ\u{301}ao");
    }

    #[test]
    fn line_breaks_are_read_as_they_are_kept() {
        for text in ["a\n\n\n\nb", "a\r\n\r\n\u{2028}\n\nb"] {
            assert_eq!(flat(text), flat(&super::super::clean(text)), "{text:?}");
        }
    }

    #[test]
    fn another_language_is_no_costume() {
        assert_eq!(flat("متى"), "متى");
        assert_eq!(flat("日本"), "日本");
        let glyph = Folded::of("é").glyphs[0];
        assert_eq!((glyph.c, glyph.dress), ('e', Dress::Plain));
    }
}
