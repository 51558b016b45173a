//! How a text is written: shouted, or typed at random.

use super::fold::{Folded, Kind};

/// Least letters of a text that can be shouted.
const SHOUTED: usize = 15;

/// More than seven of ten letters are capitals.
pub(super) fn is_shouted(text: &str) -> bool {
    let (mut capitals, mut letters) = (0_usize, 0_usize);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        capitals += usize::from(c.is_uppercase());
    }
    letters >= SHOUTED && capitals * 10 > letters * 7
}

/// Least letters of a text that can be random.
const RANDOM: usize = 6;

/// Most of its letters stand in words that no language has.
pub(super) fn is_gibberish(text: &str, folded: &Folded) -> bool {
    let (mut odd, mut all) = (0, 0);
    for word in folded.glyphs.chunk_by(|a, b| (a.kind == Kind::Letter) == (b.kind == Kind::Letter))
    {
        if word[0].kind != Kind::Letter {
            continue;
        }
        // Nothing can be said of other scripts.
        if word.iter().any(|glyph| !glyph.c.is_ascii()) {
            return false;
        }
        let letters: String = word.iter().map(|glyph| glyph.c).collect();
        all += letters.len();
        odd += if is_odd(&letters) { letters.len() } else { 0 };
    }
    let is_abbreviation = text.chars().all(|c| !c.is_lowercase()) && all < 12;
    all >= RANDOM && odd * 10 >= all * 6 && !is_abbreviation
}

fn is_odd(word: &str) -> bool {
    const ROWS: [&str; 6] =
        ["qwertyuiop", "asdfghjkl", "zxcvbnm", "poiuytrewq", "lkjhgfdsa", "mnbvcxz"];
    let bytes = word.as_bytes();
    let is_vowel = |b: &u8| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let has_row = bytes.windows(5).any(|five| {
        ROWS.iter().any(|row| std::str::from_utf8(five).is_ok_and(|five| row.contains(five)))
    });
    // "Rechtschreibung", "Angstschweiß": several letters for one sound.
    let sounds = ["sch", "ch", "ck", "ph", "th", "sh", "ts", "st", "ng"]
        .iter()
        .fold(word.to_owned(), |word, sound| word.replace(sound, "k"));
    let consonants = sounds.as_bytes().split(is_vowel).map(<[u8]>::len).max().unwrap_or(0);
    let is_one = bytes.len() >= 5 && bytes.iter().all(|b| *b == bytes[0]);
    let repeats = (2..=3)
        .any(|n| bytes.len() >= n * 3 && bytes.chunks(n).all(|part| bytes.starts_with(part)));
    let laughs = bytes.iter().all(|b| matches!(b, b'a' | b'h' | b'e' | b'i'));
    has_row
        || consonants >= 5
        || is_one
        || repeats && !laughs
        || bytes.len() >= 5 && !bytes.iter().any(is_vowel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_at_random_is_told_from_short_questions() {
        for text in
            ["asdfghjkl", "sdkjfhskdjfh", "aaaaaaaaaa", "hjkdfs gkjhdfg skdjfh", "qwertyuiop!!"]
        {
            assert!(is_gibberish(text, &Folded::of(text)), "{text}");
        }
        for text in [
            "E il PGT?",
            "IMU, TARI, TASI",
            "ATAC PNRR PUMS",
            "pnrr e pums",
            "Boh",
            "Quando?",
            "Rechtschreibung?",
            "Straßenbahnhaltestelle",
            "Weihnachtsschmuck am Marktplatz?",
            "Angstschweiß",
            "Schwarzfahrer und Zwetschgen",
            "Wszystkich?",
            "Štrbské Pleso",
            "Ahahahaha",
            "Mmmmh, e i parcheggi?",
            "BRAVI!!!",
            "sì sì sì",
            "Çok teşekkürler",
            "ok",
            "gnocchi e sgombri",
            "transnazionale",
            "instradamento",
        ] {
            assert!(!is_gibberish(text, &Folded::of(text)), "{text}");
        }
    }

    #[test]
    fn capitals_are_noted_where_there_are_enough_of_them() {
        assert!(is_shouted("PERCHÉ NON RISPONDETE MAI?"));
        for text in ["IMU TARI TASI", "Il PNRR e il PUMS: a che punto siamo?", "CIE?"] {
            assert!(!is_shouted(text), "{text}");
        }
    }
}
