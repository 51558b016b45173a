//! Whether two texts say the same with the same words.

use super::fold::Folded;

/// What is left of a text to compare with another: its letters and digits in order, without case,
/// accents, spaces, punctuation, costumes, letters held down, or digits in the place of letters.
/// Two texts with the same are the same text, whoever disguised it; one that differs in a word or a
/// number has another.
pub fn same(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let (mut last, mut run) = (None, 0);
    for c in Folded::of(text).flat.chars().filter(|c| c.is_alphanumeric()) {
        run = if last == Some(c) { run + 1 } else { 1 };
        last = Some(c);
        match run {
            // No word has three in a row: a letter that is held down stands once.
            3 if c.is_alphabetic() => drop(key.pop()),
            4.. if c.is_alphabetic() => {}
            _ => key.push(letter(c)),
        }
    }
    key
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
        let text = same("Quando riapre la scuola di via Po?");
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
            assert_eq!(same(other), text, "{other}");
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
            assert_ne!(same(one), same(other), "{one} / {other}");
        }
        assert_eq!(same(" ?! "), "");
    }
}
