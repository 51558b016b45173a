//! The automatic look at a text: findings and a verdict. Pure; knows nothing of the house.
//!
//! All findings are kept, the strictest verdict wins. A text is folded for matching only
//! (`fold`), read as words with their disguises taken off (`tokens`), and every check looks at that
//! (`look`). What is found is said in bytes of the text as it was sent.

mod aimed;
mod clean;
mod cues;
mod fold;
mod form;
mod frame;
pub mod language;
mod lexicon;
mod links;
mod lists;
mod look;
mod mask;
mod names;
mod personal;
mod same;
pub mod similar;
mod tokens;
mod vocabulary;
mod words;

pub use clean::clean;
pub use lists::Lists;
pub use personal::masks;
pub use same::is_same;

use std::ops::Range;
use std::panic::{UnwindSafe, catch_unwind};

use clean::{Cleaned, is_broken};
use look::Looked;
use mask::Masked;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation as _;

/// Bound: bytes of a text that is looked at, whatever the policy says. 1,000 graphemes of any
/// script with marks fit; a longer text is refused before anything else is asked of it.
pub const MAX_BYTES: usize = 16 * 1024;

/// Bound: findings of one check. Nobody reads the hundredth; what is masked has no such bound.
const MOST: usize = 100;

/// Bound: graphemes of a name (`protocol.md`).
pub const MAX_NAME: usize = 40;

/// What screening says of a whole text. Ordered: the strictest wins.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing found.
    #[default]
    Pass,
    /// Goes on with a span replaced.
    Mask,
    /// A person must look, whatever the mode.
    Hold,
    /// Not accepted; the asker gets it back with what to change.
    Block,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Finding {
    /// Stable, append-only, such as `LEN_TOO_SHORT`.
    pub code: String,
    /// What this finding alone asks for.
    pub verdict: Verdict,
    /// Byte ranges in the original text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<_>"))]
    pub spans: Vec<Range<usize>>,
    /// For the desk only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub evidence: Option<String>,
    /// The number its sentence names: the least, the most, what is too much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub count: Option<u32>,
    /// It is about the name, and its spans are the name's; else about the text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub in_name: bool,
}

impl Finding {
    /// A finding about a part of it.
    fn about(code: &str, verdict: Verdict, span: Range<usize>, evidence: Option<String>) -> Self {
        Self {
            code: code.to_owned(),
            verdict,
            spans: vec![span],
            evidence,
            count: None,
            in_name: false,
        }
    }

    /// A finding about the text as a whole.
    fn whole(code: &str, verdict: Verdict, count: Option<usize>) -> Self {
        let count = count.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        Self {
            code: code.to_owned(),
            verdict,
            spans: Vec::new(),
            evidence: None,
            count,
            in_name: false,
        }
    }
}

/// Words whose tier a session may turn from held to noted. Slurs, threats and contempt for a whole
/// group of people are read by a person in every session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// What somebody is called to hurt them.
    Insult,
    /// Vulgar, aimed at nobody.
    Vulgar,
    /// Sexual and explicit.
    Sexual,
    /// God or the saints, cursed.
    Blasphemy,
}

/// What a session has decided about screening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knobs {
    /// Least graphemes of a question.
    pub min_chars: u32,
    /// Most graphemes of a question.
    pub max_chars: u32,
    /// What becomes of a link to a host that is not allowed.
    pub links: Verdict,
    /// Hosts that may be linked; each with everything under it.
    pub link_hosts: Vec<String>,
    /// What becomes of a text beside the masking, where there is personal data in it: `Mask` or
    /// `Hold`.
    pub personal: Verdict,
    /// Kinds of words that are noted for the desk, and not held.
    pub noted: Vec<Words>,
    /// What the city itself publishes: addresses, telephone numbers.
    pub contacts: Vec<String>,
    /// The organiser's own words.
    pub lists: Lists,
    /// Languages that are expected: BCP 47, the first part of it counts. Empty: all.
    pub languages: Vec<String>,
    /// What becomes of a text in another language: `Pass` notes it for the desk, or `Hold`.
    pub other_languages: Verdict,
    /// Names of those who answer; nobody else may ask under one of them.
    pub officials: Vec<String>,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            min_chars: 8,
            max_chars: 400,
            links: Verdict::Hold,
            link_hosts: vec!["gov.it".to_owned()],
            personal: Verdict::Mask,
            noted: Vec::new(),
            contacts: Vec::new(),
            lists: Lists::default(),
            languages: Vec::new(),
            other_languages: Verdict::Pass,
            officials: Vec::new(),
        }
    }
}

impl Knobs {
    fn of(&self, words: Words) -> Verdict {
        if self.noted.contains(&words) { Verdict::Pass } else { Verdict::Hold }
    }
}

/// What screening has to say of a text or a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screening {
    /// The text as it goes on: trimmed, NFC, without control characters, masked where needed.
    pub text: String,
    /// All of them; spans are bytes of the text as it was sent, or of the name as it is kept.
    pub findings: Vec<Finding>,
    /// The same with spans in `text`.
    kept: Vec<Finding>,
}

impl Screening {
    /// Puts together what was sent, what was found, and what is masked of it: in order, none over
    /// another.
    fn new(sent: &str, findings: Vec<Finding>, masks: &[(Range<usize>, &str)]) -> Self {
        let masked = Masked::of(sent, masks);
        let cleaned = Cleaned::of(&masked.text);
        let kept = |finding: &Finding| {
            let spans = finding.spans.iter().map(|span| {
                let start = cleaned.start(masked.place(span.start, false));
                start..cleaned.end(masked.place(span.end, true)).max(start)
            });
            Finding { spans: spans.collect(), ..finding.clone() }
        };
        let kept = findings.iter().map(kept).collect();
        Self { text: cleaned.text, findings, kept }
    }

    /// The findings for those who read the kept text: their spans are bytes of
    /// [`text`](Self::text), on boundaries of characters, over the whole mask where one stands.
    pub fn kept(&self) -> Vec<Finding> {
        self.kept.clone()
    }

    /// The strictest of the findings.
    pub fn verdict(&self) -> Verdict {
        self.findings.iter().map(|finding| finding.verdict).max().unwrap_or_default()
    }
}

/// Looks at a question. The work is bounded by [`MAX_BYTES`], and linear in the text.
///
/// It does not fail: a check that breaks down (which is a mistake of ours) holds the text as
/// `SCREEN_ERROR`, and the text goes on with whatever could be personal data masked bluntly, so
/// that nothing is kept that should have been hidden, and no question is lost.
pub fn screen(text: &str, knobs: &Knobs) -> Screening {
    screen_with(text, knobs, look::look)
}

fn screen_with(
    text: &str,
    knobs: &Knobs,
    look: impl FnOnce(&str, &Knobs) -> Looked + UnwindSafe,
) -> Screening {
    let (min, max) = (knobs.min_chars as usize, knobs.max_chars as usize);
    if text.len() > MAX_BYTES {
        let finding = Finding::whole("LEN_TOO_LONG", Verdict::Block, Some(max));
        return Screening::new("", vec![finding], &[]);
    }
    let cleaned = clean(text);
    let length = length(&cleaned);
    let form = if cleaned.is_empty() {
        Some(Finding::whole("LEN_EMPTY", Verdict::Block, None))
    } else if !cleaned.chars().any(char::is_alphanumeric) {
        Some(Finding::whole("FMT_NO_TEXT", Verdict::Block, None))
    } else if is_broken(text) {
        Some(Finding::whole("FMT_BAD_CHARS", Verdict::Block, None))
    } else if length < min {
        Some(Finding::whole("LEN_TOO_SHORT", Verdict::Block, Some(min)))
    } else {
        (length > max).then(|| Finding::whole("LEN_TOO_LONG", Verdict::Block, Some(max)))
    };
    if length > max {
        // It is not taken as it is, so nothing more needs to be said of it.
        return Screening::new(text, form.into_iter().collect(), &[]);
    }
    let looked = catch_unwind(|| {
        let mut looked = look(text, knobs);
        let spoken = language::unexpected(&cleaned, &knobs.languages, knobs.other_languages);
        looked.findings.extend(spoken);
        looked
    });
    let looked = looked.unwrap_or_else(|_| Looked {
        findings: vec![Finding::whole("SCREEN_ERROR", Verdict::Hold, None)],
        masks: bluntly(text),
    });
    let findings = form.into_iter().chain(looked.findings).collect();
    Screening::new(text, findings, &looked.masks)
}

/// Whatever could be personal data: words with an at sign or four digits and more.
fn bluntly(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut masks = Vec::new();
    let mut at = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        if word.contains('@') || digits >= 4 {
            masks.push((at..at + word.trim_end().len(), "[…]"));
        }
        at += word.len();
    }
    masks
}

/// Looks at a name that a citizen gave: words, links, personal data, and whether it is the name of
/// somebody who answers. Every finding says `in_name`; what would be masked in a text is held, since
/// a name with a mask in it names nobody. The text is the name as [`name()`] keeps it, or empty
/// where there is none; that it is too long is said there.
pub fn screen_name(given: &str, knobs: &Knobs) -> Screening {
    let name = name(given).ok().flatten().unwrap_or_default();
    let mut findings = catch_unwind(|| look::look_at_name(&name, knobs))
        .unwrap_or_else(|_| vec![Finding::whole("SCREEN_ERROR", Verdict::Hold, None)]);
    for finding in &mut findings {
        finding.in_name = true;
    }
    Screening { text: name, kept: findings.clone(), findings }
}

/// A name as it may be shown, `None` when there is nothing to show. `Err`: too long.
pub fn name(name: &str) -> Result<Option<String>, TooLong> {
    if name.len() > MAX_BYTES {
        return Err(TooLong);
    }
    let cleaned = clean(name).split_whitespace().collect::<Vec<_>>().join(" ");
    match length(&cleaned) {
        0 => Ok(None),
        1..=MAX_NAME => Ok(Some(cleaned)),
        _ => Err(TooLong),
    }
}

/// The name has more than [`MAX_NAME`] characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has at most {MAX_NAME} characters")]
pub struct TooLong;

/// Characters as people count them: grapheme clusters.
pub fn length(text: &str) -> usize {
    if text.chars().all(clean::is_plain) {
        text.chars().count()
    } else {
        text.graphemes(true).count()
    }
}

#[cfg(test)]
mod sentences;

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        screen(text, &Knobs { max_chars: 20, ..Knobs::default() })
            .findings
            .into_iter()
            .map(|finding| finding.code)
            .collect()
    }

    #[test]
    fn what_is_empty_short_long_or_no_text_is_told_apart() {
        assert_eq!(codes("  \n\u{200b} "), ["LEN_EMPTY"]);
        assert_eq!(codes("Perché?"), ["LEN_TOO_SHORT"]);
        assert_eq!(codes("Perché no?"), [""; 0]);
        assert_eq!(codes("🚲🚲🚲🚲🚲🚲🚲🚲🚲"), ["FMT_NO_TEXT"]);
        assert_eq!(codes("Quando riapre la biblioteca?"), ["LEN_TOO_LONG"]);
        assert_eq!(codes(&"a".repeat(MAX_BYTES + 1)), ["LEN_TOO_LONG"]);
    }

    #[test]
    fn characters_are_counted_as_people_count_them() {
        // Ten families, each seven code points; e and its accent are one.
        assert_eq!(length(&"👨‍👩‍👧‍👦".repeat(10)), 10);
        assert_eq!(length(&clean("perche\u{301}")), 6);
    }

    #[test]
    fn what_only_disturbs_a_screen_is_taken_out_and_the_rest_stays() {
        assert_eq!(clean("a\u{202e}b\u{0}c\u{e0041}d\u{200b}e"), "abcde");
        assert_eq!(clean(" uno\r\n\n\n\n\ndue "), "uno\n\ndue");
        assert_eq!(clean(&format!("z{}", "\u{335}".repeat(40))).chars().count(), 4);
        assert_eq!(clean("👨‍👩‍👧"), "👨‍👩‍👧");
    }

    #[test]
    fn cleaning_twice_is_cleaning_once() {
        for text in ["e\u{200b}\u{301}", "\n\u{feff}\n\n\n\nx", "a\u{301}\u{302}\u{303}\u{304}"] {
            assert_eq!(clean(&clean(text)), clean(text));
        }
    }

    /// What of the kept text the findings stand over.
    fn over(text: &str, code: &str) -> Vec<String> {
        let screening = screen(text, &Knobs::default());
        let found = screening.kept();
        assert_eq!(found.len(), screening.findings.len());
        found
            .iter()
            .filter(|finding| finding.code == code)
            .flat_map(|finding| &finding.spans)
            .map(|span| screening.text[span.clone()].to_owned())
            .collect()
    }

    #[test]
    fn the_desk_gets_the_places_in_the_text_that_it_sees() {
        // Trimmed, composed, taken out, three lines made one, a mask before it, a mask itself.
        for before in ["", "  \n", "Perche\u{301} no? ", "\u{feff}a\u{202e}\u{202c} ", "\n\n\n\n"] {
            for between in
                [" ", "\n\n\n\n ", " 340 1234567 \u{200b}", " e\u{301}\u{302}\u{303}\u{304} "]
            {
                let text = format!("{before}Che ne dite{between}siete degli stronzi, e poi?  ");
                assert_eq!(over(&text, "WORD_VULGAR"), ["stronzi"], "{text:?}");
            }
        }
        assert_eq!(
            over("Chiamate 340 1234567 o scrivete a anna@posta.example, grazie", "PII_PHONE"),
            ["[telefono]"]
        );
        assert_eq!(over("s\u{336}tronzi siete", "WORD_VULGAR"), ["s\u{336}tronzi"]);
        // A decomposed accent is one letter when it is kept.
        assert_eq!(over("ma che cazzo\u{301} fate qui", "WORD_VULGAR"), ["cazz\u{f3}"]);
    }

    #[test]
    fn what_joins_nothing_goes_and_what_joins_stays() {
        for (sent, kept) in [
            ("c\u{200d}i\u{200c}ao\u{fe0f}", "ciao"),
            ("e\u{301}\u{200d}\u{301}", "\u{e9}\u{301}"),
            ("👍🏽 ❤\u{fe0f}", "👍🏽 ❤\u{fe0f}"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("क\u{94d}\u{200d}ष", "क\u{94d}\u{200d}ष"),
            ("a\u{f8ff}\u{fdd0}\u{10ffff}b", "ab"),
            ("\u{3164}\u{2800}\u{3164}", ""),
        ] {
            assert_eq!(clean(sent), kept);
        }
    }

    #[test]
    fn what_nobody_can_read_is_sent_back_and_the_rest_is_cleaned() {
        let is_sent_back = |text: &str| {
            let findings = screen(text, &Knobs::default()).findings;
            findings.iter().any(|finding| finding.code == "FMT_BAD_CHARS")
        };
        let heaped: String =
            "ciao sindaco".chars().flat_map(|c| [c.to_string(), "\u{30d}".repeat(9)]).collect();
        assert!(is_sent_back(&heaped));
        assert!(is_sent_back("Perch\u{fffd}\u{fffd} l\u{fffd}\u{fffd}"));
        assert!(is_sent_back("\u{e010}\u{e011}\u{e012}\u{e013} ciao ciao"));
        for text in [
            "Perch\u{fffd} la piazza \u{e8} al buio?",
            "Il logo \u{f8ff} costa troppo in municipio",
            "กรุงเทพมหานคร ที่นี่ มี ห้อง น้ำ ไหม",
            "Tiếng Việt có dấu thì sao, thưa ông thị trưởng?",
        ] {
            assert!(!is_sent_back(text), "{text}");
        }
    }

    #[test]
    fn a_check_that_breaks_down_holds_and_hides() {
        let text = "Chiamatemi al 340 1234567 o a anna@posta.example, grazie";
        let broken = |_: &str, _: &Knobs| -> Looked { panic!("a check breaks down, as it should") };
        let screening = screen_with(text, &Knobs::default(), broken);
        assert_eq!(screening.verdict(), Verdict::Hold);
        assert_eq!(screening.kept()[0].code, "SCREEN_ERROR");
        assert_eq!(screening.text, "Chiamatemi al 340 […] o a […] grazie");
    }

    #[test]
    fn a_name_is_one_line_of_at_most_forty_characters() {
        assert_eq!(name("  Anna\n Maria "), Ok(Some("Anna Maria".to_owned())));
        assert_eq!(name("\u{200b}"), Ok(None));
        assert_eq!(name(&"a".repeat(41)), Err(TooLong));
    }
}
