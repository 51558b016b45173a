//! What is aimed at people: threats, and contempt for a group. Patterns over the words as they are
//! read, not lists: "uccidere" is no threat, "ti uccido" is one. Quotations and denials are let
//! through, since who quotes an insult usually condemns it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use super::tokens::Token;

/// What a pattern found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    Threat,
    Contempt,
}

/// Of which tokens it is made.
#[derive(Debug)]
pub(super) struct Aimed {
    pub aim: Aim,
    pub tokens: Range<usize>,
}

/// The patterns, in their sections.
const PATTERNS_FILE: &str = include_str!("aimed/patterns.txt");

struct Patterns {
    aims: [Aims; 2],
    against: Vec<Regex>,
    named: Vec<Regex>,
    denial: Option<Regex>,
}

/// The patterns of one aim. To ask each of them takes longer than everything else that is asked of a
/// text; most texts end before.
struct Aims {
    aim: Aim,
    /// Without one of these words there is none.
    gate: Option<Regex>,
    /// Whether any of them is there.
    any: Option<Regex>,
    each: Vec<Regex>,
}

/// Bytes that a thread may keep, for each aim, of the way through all its patterns at once. With the two
/// million that are usual, texts in several languages make it begin anew all the time: thirty times as slow.
const KEPT: usize = 4 << 20;

impl Aims {
    fn of(aim: Aim, gate: &str, patterns: &[String]) -> Self {
        let any = RegexBuilder::new(&patterns.join("|")).dfa_size_limit(KEPT).build().ok();
        let each = patterns.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect();
        Self { aim, gate: Regex::new(gate).ok(), any, each }
    }

    fn may_be_in(&self, read: &str) -> bool {
        let says = |regex: &Option<Regex>| regex.as_ref().is_some_and(|regex| regex.is_match(read));
        says(&self.gate) && says(&self.any)
    }
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    // One that does not compile finds nothing; a test says so.
    let of = |of: &str| -> Vec<_> {
        let patterns = patterns().into_iter().filter(|(section, _)| *section == of);
        patterns.map(|(_, pattern)| pattern).collect()
    };
    let all = |section| of(section).iter().filter_map(|one| Regex::new(one).ok()).collect();
    Patterns {
        aims: [
            Aims::of(Aim::Threat, THREATENING, &of("threat")),
            Aims::of(Aim::Contempt, &of("despised").join("|"), &of("contempt")),
        ],
        against: all("against"),
        named: all("named"),
        denial: Regex::new(DENIAL).ok(),
    }
});

/// Section and pattern, each part with a name put in its place.
fn patterns() -> Vec<(&'static str, String)> {
    let mut names: Vec<(&str, &str)> = Vec::new();
    let mut section = "";
    let mut patterns = Vec::new();
    for line in PATTERNS_FILE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let named = line.strip_prefix('=').and_then(|line| line.split_once(' '));
        if let Some((name, part)) = named {
            names.push((name, part));
            patterns.push((name, whole_words(part)));
        } else if let Some(head) = line.strip_prefix('[').filter(|head| head.ends_with(']')) {
            section = head.trim_end_matches(']');
        } else {
            let filled =
                names.iter().fold(line.to_owned(), |line, (name, part)| line.replace(name, part));
            patterns.push((section, whole_words(&filled.replace('~', "(?: [a-z']+){0,3}? "))));
        }
    }
    patterns
}

fn whole_words(pattern: &str) -> String {
    format!(r"(?-u:\b)(?:{pattern})(?-u:\b)")
}

/// What is said before it where it is denied.
const DENIAL: &str = r"(?:(?:^| )non(?: (?:ho mai|dobbiamo|possiamo|bisogna|si deve|si puo|dovete|possono|voglio|vogliamo)(?: [a-z]+){0,3})?|non (?:tollero|tollerero|e vero|e giusto|e accettabile|va bene|vanno bene|accetto|sopporto chi)[a-z' ]*|nessun[oa]? (?:odio|astio)[a-z' ]*)$";

/// Behind a threat these make a figure of speech of it: "morire di vergogna".
const FIGURES: [&str; 22] = [
    "di vergogna",
    "di fame",
    "di sete",
    "di caldo",
    "di freddo",
    "di noia",
    "di smog",
    "di sonno",
    "di risate",
    "di ridere",
    "dal ridere",
    "dal caldo",
    "di paura",
    "di curiosita",
    "i fuochi",
    "fuochi",
    "i botti",
    "con i fuochi",
    "noi i fuochi",
    "un applauso",
    "in un",
    "voi della",
];

/// Without one of these there is no threat.
const THREATENING: &str = "affond|barcon|femminist|aspett|ammazz|uccid|uccis|spar|accoltell|pugnal|strozz|impicc|bruc|massacr|gonfi|sgozz|stupr|violent|squart|pest|men[oe]r|tortur|ridurr|distrug|elimin|facci|far[oe]|metto|mett|invest|spacc|tagli|spezz|romp|cav|strapp|stermin|sradic|mor[it]|muo[ri]|crep|schiatt|cancro|tumore|soffrir|fucil|linci|gas|giustizi|decapit|debell|anneg|picchi|baston|castrat|appes|append|loreto|finir|finit|finisc|fine|dove|vengo|venia|verr|pass|fuoco|fiamme|bomba|ordigno|tritolo|dinamite|aria|rogo|forca|patibolo|muro|forni|gogna|pagare|contati|spalle|gola|gole|kill|shoot|stab|hang|burn|rape|murder|strangl|beat|lynch|bomb|die|execut|death|where|um|sterben|matar|tuer";

pub(super) fn aimed(
    text: &str,
    tokens: &[Token],
    spans: impl Fn(&Token) -> Range<usize>,
) -> Vec<Aimed> {
    if tokens.len() < 2 {
        return Vec::new();
    }
    // The words with one space between, a bar where a sentence ends.
    let (mut read, mut ends, mut starts) =
        (String::with_capacity(text.len()), Vec::new(), Vec::new());
    for token in tokens {
        if !read.is_empty() {
            read.push_str(if token.is_first { " | " } else { " " });
        }
        starts.push(read.len());
        read.push_str(&token.word);
        ends.push(read.len());
    }
    let mut found: Vec<Aimed> = Vec::new();
    let patterns = &*PATTERNS;
    'aims: for Aims { aim, each, .. } in patterns.aims.iter().filter(|aims| aims.may_be_in(&read)) {
        if patterns.against.iter().any(|regex| regex.is_match(&read)) {
            continue;
        }
        let aim = *aim;
        for regex in each {
            for hit in regex.find_iter(&read) {
                let first = ends.partition_point(|end| *end <= hit.start());
                let last = starts.partition_point(|start| *start < hit.end());
                let sentence =
                    read[..hit.start()].rsplit('|').next().unwrap_or_default().trim_end();
                let is_denied =
                    patterns.denial.as_ref().is_some_and(|regex| regex.is_match(sentence));
                let rest = read[hit.end()..].trim_start();
                let is_figure = FIGURES.iter().any(|figure| rest.starts_with(figure));
                let is_theirs = aim == Aim::Contempt && is_theirs(sentence, hit.as_str());
                let is_quoted = || is_quoted(text, spans(&tokens[first]).start);
                if last > first && !is_denied && !is_figure && !is_theirs && !is_quoted() {
                    found.push(Aimed { aim, tokens: first..last });
                    continue 'aims;
                }
            }
        }
    }
    found
}

/// "i bagni dei disabili sono sporchi": it is said of what is theirs, and not of them.
fn is_theirs(before: &str, said: &str) -> bool {
    const OF: [&str; 34] = [
        "di", "d", "da", "per", "a", "con", "tra", "fra", "contro", "verso", "su", "senza", "dei",
        "degli", "delle", "del", "della", "dell", "dello", "ai", "agli", "alle", "al", "alla",
        "all", "dai", "dagli", "dalle", "sui", "sugli", "sulle", "nei", "negli", "nelle",
    ];
    const PART: [&str; 9] =
        ["parte", "molti", "molte", "tanti", "tante", "alcuni", "alcune", "massa", "meta"];
    const ARTICLES: [&str; 8] = ["i", "gli", "le", "il", "la", "lo", "l", "un"];
    let mut words = said.split(' ');
    let first = words.next().unwrap_or_default();
    let mut before = before.rsplit(' ');
    let last = before.next().unwrap_or_default();
    if OF.contains(&first) {
        return !PART.contains(&last);
    }
    // "per i disabili": with the article in what was found, or before it.
    let of = if ARTICLES.contains(&last) { before.next().unwrap_or_default() } else { last };
    OF.contains(&of)
        && (ARTICLES.contains(&first) || ARTICLES.contains(&last) || of == last)
        && !before.next().is_some_and(|part| PART.contains(&part))
}

/// What a text says of the words in it: whether they are somebody else's.
pub(super) struct Told {
    is_against: bool,
    is_named: bool,
}

impl Told {
    pub(super) fn of(tokens: &[Token]) -> Self {
        let read = tokens.iter().map(|token| token.word.as_str()).collect::<Vec<_>>().join(" ");
        let says = |regexes: &[Regex]| regexes.iter().any(|regex| regex.is_match(&read));
        Self { is_against: says(&PATTERNS.against), is_named: says(&PATTERNS.named) }
    }

    /// Whether the word there is one that somebody was called, or a title.
    pub(super) fn is_told(&self, tokens: &[Token], at: usize, is_quoted: bool) -> bool {
        let before = |least: usize| &tokens[at.saturating_sub(least)..at];
        let is_called = before(4).iter().any(|token| token.word.starts_with("chiama"));
        // "mi hanno dato della …"
        let is_given = before(2).iter().any(|token| token.word.starts_with("de"))
            && before(7)
                .iter()
                .any(|token| matches!(token.word.as_str(), "dato" | "danno" | "davano"))
            && before(8).iter().any(|token| {
                matches!(
                    token.word.as_str(),
                    "hanno" | "ha" | "danno" | "davano" | "stato" | "stata"
                )
            });
        self.is_against && (is_quoted || is_called)
            || self.is_named && is_quoted
            || is_called
                && before(5).iter().any(|token| {
                    matches!(
                        token.word.as_str(),
                        "mi" | "lo"
                            | "la"
                            | "ci"
                            | "li"
                            | "le"
                            | "hanno"
                            | "ha"
                            | "stato"
                            | "stata"
                    )
                })
            || is_given
    }
}

/// Whether an opening quotation mark stands before it that closes after it.
pub(super) fn is_quoted(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let straight = before.matches('"').count() % 2 == 1 && after.contains('"');
    let curly = before.rfind(['“', '«', '„']).is_some_and(|open| {
        !before[open..].contains(['”', '»']) && after.contains(['”', '»', '“'])
    });
    straight || curly
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_one() {
        for (section, pattern) in patterns() {
            let compiled = Regex::new(&pattern);
            assert!(compiled.is_ok(), "[{section}] {compiled:?}");
        }
        for pattern in [DENIAL, THREATENING] {
            assert!(Regex::new(pattern).is_ok(), "{pattern}");
        }
        for aims in &PATTERNS.aims {
            assert!(aims.gate.is_some() && aims.any.is_some(), "{:?}", aims.aim);
        }
    }
}
