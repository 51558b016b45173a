//! Texts as they may be shown.

use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;

/// The text as it may be shown: NFC, trimmed, without what only disturbs a screen. Removed are
/// control characters (line breaks stay, at most two in a row), marks that turn the direction of
/// the text around them (CVE-2021-42574), tag characters, zero-width characters that join nothing,
/// and combining marks beyond three on one character.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let (mut breaks, mut marks) = (0, 0);
    for c in text.nfc() {
        let c = match c {
            '\r' => continue,
            '\u{2028}' | '\u{2029}' | '\u{0085}' => '\n',
            '\t' => ' ',
            c if disturbs(c) => continue,
            c => c,
        };
        breaks = if c == '\n' { breaks + 1 } else { 0 };
        marks = if unicode_normalization::char::is_combining_mark(c) { marks + 1 } else { 0 };
        if breaks <= 2 && marks <= 3 {
            // Writing to a String cannot fail.
            let _ = cleaned.write_char(c);
        }
    }
    // What was taken out may have stood between a letter and its accent.
    cleaned.nfc().collect::<String>().trim().to_owned()
}

pub(super) const fn disturbs(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}'
        | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}
