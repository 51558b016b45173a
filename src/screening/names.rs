//! Names that citizens give themselves.

use super::fold::Folded;

/// What is said before a name and is no part of it.
const TITLES: &[&str] = &[
    "dott",
    "dottor",
    "dottore",
    "dottoressa",
    "dottssa",
    "dr",
    "drssa",
    "ssa",
    "avv",
    "avvocato",
    "avvocata",
    "ing",
    "ingegner",
    "ingegnere",
    "arch",
    "architetto",
    "geom",
    "geometra",
    "rag",
    "ragionier",
    "prof",
    "professor",
    "professore",
    "professoressa",
    "profssa",
    "on",
    "onorevole",
    "sen",
    "senatore",
    "senatrice",
    "cav",
    "cavaliere",
    "comm",
    "gen",
    "generale",
    "col",
    "don",
    "sig",
    "signor",
    "signore",
    "signora",
    "sigra",
    "ra",
    "sindaco",
    "sindaca",
    "vicesindaco",
    "vicesindaca",
    "vice",
    "assessore",
    "assessora",
    "assessor",
    "consigliere",
    "consigliera",
    "presidente",
    "presidentessa",
    "ministro",
    "ministra",
    "segretario",
    "segretaria",
    "direttore",
    "direttrice",
    "dirigente",
    "il",
    "la",
    "lo",
    "mr",
    "mrs",
    "ms",
    "mayor",
    "herr",
    "frau",
    "ufficiale",
    "official",
    "vero",
    "vera",
    "real",
];

/// Whether this is the name of one of these people: also disguised, without accents, the other way
/// round, or with a title.
pub(super) fn is_one_of(name: &str, officials: &[String]) -> bool {
    let name = Parts::of(name);
    !name.words.is_empty() && officials.iter().any(|official| name.is(&Parts::of(official)))
}

/// A name as it is compared.
struct Parts {
    words: Vec<String>,
}

impl Parts {
    fn of(name: &str) -> Self {
        let flat: String = Folded::of(name).flat.chars().map(letter).collect();
        let all = flat.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
        Self { words: all.filter(|word| !TITLES.contains(word)).map(str::to_owned).collect() }
    }

    fn is(&self, official: &Self) -> bool {
        if official.words.is_empty() {
            return false;
        }
        let (mut one, mut other) = (self.words.clone(), official.words.clone());
        one.sort_unstable();
        other.sort_unstable();
        if one == other {
            return true;
        }
        // "M. a. r. i. o", "MarioRossi", "Mariooo": the letters alone, from any of the words on.
        let joined = self.words.concat();
        let drawn_out = undrawn(&joined);
        (0..official.words.len()).any(|first| {
            let (end, start) = official.words.split_at(first);
            let whole = [start, end].concat().concat();
            whole == joined || drawn_out.as_ref().is_some_and(|short| *short == undoubled(&whole))
        })
    }
}

/// Digits and signs as the letters that they are put for.
const fn letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    }
}

/// Without doubled letters, if one of them stands there three times.
fn undrawn(word: &str) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    let is_drawn_out = letters.windows(3).any(|three| three[0] == three[1] && three[1] == three[2]);
    is_drawn_out.then(|| undoubled(word))
}

fn undoubled(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    letters.dedup();
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Knobs, Verdict, screen_name};

    fn codes(name: &str) -> Vec<String> {
        let officials = vec!["Giulia D'Amìco".to_owned(), "Paolo De Santis".to_owned()];
        let screening = screen_name(name, &Knobs { officials, ..Knobs::default() });
        assert!(screening.findings.iter().all(|finding| finding.in_name));
        assert!(screening.findings.iter().all(|finding| finding.verdict == Verdict::Hold));
        screening.findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn nobody_asks_under_the_name_of_somebody_who_answers() {
        for name in [
            "Giulia D'Amico",
            "giulia damico",
            "D’AMICO GIULIA",
            "Sindaca Giulia D'Amico",
            "dott.ssa Giulia D'Amico",
            "G1ul1a D4mico",
            "Giulia D'Amico (la sindaca)",
            "G i u l i a D a m i c o",
            "Giuliaaa D'Amico",
            "Paolo de Santis",
            "De Santis Paolo",
            "Santis De Paolo",
            "on. Paolo De Santis",
            "𝐏𝐚𝐨𝐥𝐨 𝐃𝐞 𝐒𝐚𝐧𝐭𝐢𝐬",
        ] {
            assert_eq!(codes(name), ["NAME_OFFICIAL"], "{name}");
        }
        for name in ["Giulia", "D'Amico", "Paolo Santi", "Paola De Santis", "La sindaca", "Anna"] {
            assert_eq!(codes(name), [""; 0], "{name}");
        }
        assert!(codes("Gіulіa D'Amіco").contains(&"NAME_OFFICIAL".to_owned()));
    }

    #[test]
    fn a_name_is_looked_at_as_a_text_is() {
        assert_eq!(codes("Testa di cazzo"), ["WORD_INSULT"]);
        assert_eq!(codes("Anna 340 1234567"), ["PII_PHONE"]);
        assert_eq!(codes("www.example.com"), ["LINK_URL"]);
        // Surnames of people.
        for name in ["Negri Anna", "Troia Salvatore", "Anna Bastardo", "Maiale Rosa", "Ugo Porcu"] {
            assert_eq!(codes(name), [""; 0], "{name}");
        }
    }
}
