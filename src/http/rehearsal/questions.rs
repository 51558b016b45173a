//! What the rehearsal's people ask: `questions.txt`, read once, and what they are called.

use std::sync::LazyLock;

/// What a question is there to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// A question as most are.
    Plain,
    /// Asks what this other one asks, in other words.
    Again(usize),
    /// Rude: a moderator would not show it.
    Rude,
    /// Names a telephone number, which is made up.
    Phone,
    /// In another language than Italian.
    Foreign,
}

/// One question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) text: &'static str,
    pub(super) subject: &'static str,
    pub(super) nature: Nature,
}

/// Names to sign with.
const NAMES: [&str; 40] = [
    "Anna",
    "Marco",
    "Giulia",
    "Luca",
    "Francesca",
    "Paolo",
    "Chiara",
    "Davide",
    "Elena",
    "Matteo",
    "Sara",
    "Andrea",
    "Laura",
    "Simone",
    "Martina",
    "Giorgio",
    "Silvia",
    "Roberto",
    "Paola",
    "Stefano",
    "Valentina",
    "Enrico",
    "Ilaria",
    "Fabio",
    "Teresa",
    "Antonio",
    "Rosa",
    "Pietro",
    "Nadia",
    "Bruno",
    "Irina",
    "Omar",
    "Mei",
    "Amina",
    "Carlos",
    "Ludovica",
    "Emanuele",
    "Piera",
    "Ugo",
    "Zoe",
];

static ALL: LazyLock<Vec<Line>> = LazyLock::new(|| read(include_str!("questions.txt")));

/// All of them, in the order of the file.
pub(super) fn all() -> &'static [Line] {
    &ALL
}

/// The subjects, which are the session's labels.
pub(super) fn subjects() -> Vec<&'static str> {
    let mut subjects: Vec<_> = all().iter().map(|line| line.subject).collect();
    subjects.dedup();
    subjects
}

/// What somebody signs with; a third sign with nothing.
pub(super) fn name(who: usize) -> Option<&'static str> {
    (who % 3 != 2).then(|| NAMES[who % NAMES.len()])
}

fn read(text: &'static str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let (mut subject, mut before) = ("", 0);
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(named) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            subject = named;
            continue;
        }
        let (nature, text) = match line.split_at_checked(2) {
            Some(("= ", text)) => (Nature::Again(before), text),
            Some(("! ", text)) => (Nature::Rude, text),
            Some(("@ ", text)) => (Nature::Phone, text),
            Some(("~ ", text)) => (Nature::Foreign, text),
            _ => (Nature::Plain, line),
        };
        if !matches!(nature, Nature::Again(_)) {
            before = lines.len();
        }
        lines.push(Line { text, subject, nature });
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::qa::Policy;
    use crate::screening::{Verdict, screen};

    fn count(like: impl Fn(&Line) -> bool) -> usize {
        all().iter().filter(|line| like(line)).count()
    }

    #[test]
    fn there_are_enough_and_no_two_are_the_same() {
        let different: BTreeSet<_> = all().iter().map(|line| line.text.to_lowercase()).collect();
        assert_eq!(different.len(), all().len(), "some stand there twice");
        assert!(all().len() >= 320, "{}", all().len());
        assert_eq!(subjects().len(), 12);
        let again = count(|line| matches!(line.nature, Nature::Again(_)));
        assert!((all().len() / 5..=all().len() / 3).contains(&again), "{again} near-duplicates");
        assert!(count(|line| line.nature == Nature::Rude) >= 10);
        assert!(count(|line| line.nature == Nature::Phone) >= 5);
        assert!(count(|line| line.nature == Nature::Foreign) >= 10);
        let long = count(|line| line.text.chars().count() >= 350);
        assert!(long >= 10, "{long} long ones");
    }

    #[test]
    fn each_can_be_asked_and_is_about_one_of_the_subjects() {
        for line in all() {
            let verdict = screen(line.text, &Policy::default().knobs()).verdict();
            assert!(verdict < Verdict::Block, "{}: {}", line.text.chars().count(), line.text);
            assert!(!line.subject.is_empty(), "{}", line.text);
        }
    }

    #[test]
    fn who_asks_again_asks_what_another_has_asked_about_the_same() {
        for line in all() {
            if let Nature::Again(of) = line.nature {
                let first = all()[of];
                assert_eq!((first.subject, first.nature), (line.subject, Nature::Plain));
            }
        }
    }

    #[test]
    fn a_third_sign_with_nothing() {
        let anonymous = (0..60).filter(|who| name(*who).is_none()).count();
        assert_eq!(anonymous, 20);
    }
}
