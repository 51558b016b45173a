//! Anything at all: no panic, every span on a boundary, masked once is masked for good, the same
//! text the same findings.

use std::panic::catch_unwind;

use filodiretto::screening::{Knobs, screen};

use super::{Bar, Counted, Row};
use crate::chance::Chance;

/// Texts that are tried.
const TEXTS: usize = 20_000;

/// What is mixed: pieces of everything that some check looks for, and of what breaks text.
const PIECES: [&str; 40] = [
    "a",
    "È",
    "ß",
    "İ",
    "ﬁ",
    "é",
    "e\u{301}",
    "\u{301}",
    "\u{200b}",
    "\u{200d}",
    "\u{202e}",
    "\u{feff}",
    "\u{0}",
    "\n",
    "\r",
    "\t",
    " ",
    "  ",
    ".",
    "@",
    "(at)",
    "http://",
    "www.",
    ".it",
    "RSSMRA85T10A562S",
    "333 123 4567",
    "IT60X0542811101000000123456",
    "4111 1111 1111 1111",
    "st*onz0",
    "👩‍👧",
    "🇮🇹",
    "中",
    "ا",
    "Ж",
    "ａ",
    "𝐚",
    "\u{e0041}",
    "\u{fffd}",
    "[telefono]",
    "mario.rossi@example.com",
];

/// One row: how many texts broke a promise.
pub(super) fn row(knobs: &Knobs) -> Row {
    let mut chance = Chance::of(5, "hostile");
    let mut broken = Counted::default();
    for _ in 0..TEXTS {
        let text: String = (0..chance.below(24))
            .map(|_| match chance.below(4) {
                0 => char::from_u32((chance.draw() % 0x11_0000) as u32)
                    .unwrap_or('\u{fffd}')
                    .to_string(),
                _ => PIECES[chance.below(PIECES.len())].to_owned(),
            })
            .collect();
        let wrong = wrong(&text, knobs);
        broken.add(wrong.is_some(), wrong.map(|what| format!("{what}: {text:?}")));
    }
    Row::share("mixed-up texts that break a promise", Bar::AtMost(0.0), broken)
}

fn wrong(text: &str, knobs: &Knobs) -> Option<&'static str> {
    let Ok(said) = catch_unwind(|| screen(text, knobs)) else { return Some("panic") };
    let is_in = |whole: &str, spans: &[std::ops::Range<usize>]| {
        spans.iter().all(|span| whole.get(span.clone()).is_some())
    };
    if !said.findings.iter().all(|finding| is_in(text, &finding.spans)) {
        return Some("a span is off");
    }
    if !said.kept().iter().all(|finding| is_in(&said.text, &finding.spans)) {
        return Some("a span of the kept text is off");
    }
    if screen(text, knobs) != said {
        return Some("not the same twice");
    }
    let is_blocked = said.verdict() == filodiretto::screening::Verdict::Block;
    (!is_blocked && screen(&said.text, knobs).text != said.text)
        .then_some("masking again changes it")
}
