//! Whether two texts say the same with the same words.

use std::iter::{Peekable, repeat_n};

use super::fold::folded_alone;

/// Whether two texts have the same letters and digits in order, without case, accents, spaces,
/// punctuation, costumes, letters held down, or digits in the place of letters: then they are the same
/// text, whoever disguised it. One that differs in a word or a number is another. Looks no further than
/// to the first that differs.
pub fn is_same(one: &str, other: &str) -> bool {
    let runs = |text| Runs { letters: letters(text).peekable() };
    let key = |text| runs(text).flat_map(|(c, length)| repeat_n(c, length));
    key(one).eq(key(other))
}

/// The letters and digits of a text, as they are read.
fn letters(text: &str) -> impl Iterator<Item = char> {
    let mut folded = Vec::new().into_iter();
    let mut rest = text.chars();
    std::iter::from_fn(move || {
        loop {
            if let Some(c) = folded.next() {
                return Some(c);
            }
            let c = rest.next()?;
            if c.is_ascii() {
                return Some(c.to_ascii_lowercase());
            }
            folded = folded_alone(c).into_iter();
        }
    })
    .filter(|c| c.is_alphanumeric())
}

/// Letters, each as often as it stands in a row.
struct Runs<I: Iterator<Item = char>> {
    letters: Peekable<I>,
}

impl<I: Iterator<Item = char>> Iterator for Runs<I> {
    type Item = (char, usize);

    fn next(&mut self) -> Option<(char, usize)> {
        let c = self.letters.next()?;
        let mut length = 1;
        while self.letters.next_if_eq(&c).is_some() {
            length += 1;
        }
        // No word has three in a row: a letter that is held down stands once.
        let length = if length > 2 && c.is_alphabetic() { 1 } else { length };
        Some((letter(c), length))
    }
}

/// The letter that a digit stands for in a word. Each has its own, so two numbers stay two.
const fn letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        '8' => 'b',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_a_costume_is_the_same() {
        let text = "Quando riapre la scuola di via Po?";
        for other in [
            "quando riapre la scuola di via po",
            "QUANDO  RIAPRE\nLA SCUOLA DI VIA PO!!!",
            "Quando riapre la scuolaaaa, di via Po…",
            "Qu\u{200b}ando ri\u{ad}apre la scuòla di via Po?",
            "Qu4nd0 r1apre la 5cuola di via P0?",
            "Quаndо riapre la scuola di via Po?",
            "ＱＵＡＮＤＯ riapre la scuola di via Po? 🏫",
            "Quandoriaprelascuoladiviapo",
        ] {
            assert!(is_same(other, text), "{other}");
        }
    }

    #[test]
    fn another_word_or_number_is_another_text() {
        for (one, other) in [
            ("Arriva la M4 in centro?", "Arriva la M5 in centro?"),
            ("Il numero 111 passa?", "Il numero 1111 passa?"),
            ("Siete favorevoli alla ztl?", "Siete contrari alla ztl?"),
            ("Quando apre la cassa?", "Quando apre la casa?"),
            ("Si può passare?", "Non si può passare?"),
        ] {
            assert!(!is_same(one, other), "{one} / {other}");
        }
        assert!(is_same(" ?! ", ""));
        assert!(is_same("Si può pas5are?", "Si può passare?"), "two in a row, however written");
    }
}
