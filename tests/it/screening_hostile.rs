//! What no honest citizen sends: any bytes, any Unicode, and pieces of everything that is looked for.

use std::time::{Duration, Instant};

use filodiretto::screening::{
    Finding, Knobs, Lists, Screening, Verdict, clean, screen, screen_name,
};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

/// Cases of a run without a clock: the same every time.
const CASES: u32 = 1_500;

/// What screening looks for, and what text is broken with.
const PIECES: [&str; 96] = [
    "stronzo",
    "str0nz0",
    "s t r o n z o",
    "s.t.r.o.",
    "str*nzo",
    "c***o",
    "stron..",
    "porco d",
    "dio",
    "cane",
    "porca",
    "madonna",
    "testa di",
    "cazzo",
    "uno",
    "stro nzo",
    "negri",
    "Negri",
    "sei un",
    "ladro",
    "ti ammazzo",
    "odio i",
    "gay",
    "i rom sono",
    "parassiti",
    "non",
    "mi ha detto",
    "\"",
    "«",
    "»",
    "chiamate il",
    "tel.",
    "+39",
    "0039 ",
    "(+39)",
    "340",
    "1234567",
    "02",
    "/",
    "-",
    "(",
    ")",
    ".",
    ",",
    ";",
    "a@b.it",
    "anna",
    "@",
    "(at)",
    "chiocciola",
    "punto",
    "it",
    "com",
    "posta.example",
    "comune.esempio.it",
    "http://",
    "https:",
    "www.",
    "hxxp",
    "bit.ly/x",
    "t.me",
    "javascript:",
    "xn--",
    "[.]",
    " dot ",
    "RSSMRA85T10A562S",
    "IT60X0542811101000000123456",
    "4111 1111 1111 1111",
    "AB123CD",
    "targa",
    "80380",
    "carta d'identità",
    "AB1234567",
    "CIG",
    "n. 123/2024",
    "via Roma 1",
    "abito in",
    "nato il 1/1/1970",
    "mia figlia Anna",
    "autistica",
    "dottor Mario Rossi",
    " ",
    "  ",
    "\n",
    "\n\n\n\n",
    "\t",
    "\r",
    "\u{200b}",
    "\u{200d}",
    "\u{202e}",
    "\u{202c}",
    "\u{301}",
    "\u{335}\u{336}",
    "\u{fe0f}",
    "🔥",
    "👨‍👩‍👧",
];

/// More of them, for words of other alphabets and forms.
const STRANGE: [&str; 24] = [
    "ѕtrоnzо",
    "ｓｔｒ",
    "𝐬𝐭𝐫𝐨𝐧𝐳𝐨",
    "ⓢⓣⓡ",
    "🅰",
    "🇮🇹",
    "ﬁ",
    "ß",
    "İ",
    "ǆ",
    "ŉ",
    "ΐ",
    "ᄀ",
    "ᅡ",
    "ᆨ",
    "각",
    "が",
    "か\u{3099}",
    "नि",
    "\u{f71}\u{f72}",
    "\u{344}",
    "\u{e0001}",
    "\u{f8ff}",
    "\u{fffd}",
];

fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        2 => prop::sample::select(STRANGE.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[0-9]{1,20}",
        1 => "[a-z]{1,12}",
        1 => "[ -~]{1,6}",
    ];
    prop_oneof![
        6 => prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat()),
        2 => prop::collection::vec(any::<char>(), 0..120).prop_map(String::from_iter),
        1 => prop::collection::vec(any::<u8>(), 0..300)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        1 => (prop::sample::select(PIECES.to_vec()), 0..2_000_usize)
            .prop_map(|(piece, times)| piece.repeat(times.min(18_000 / piece.len()))),
    ]
}

fn knobs() -> [Knobs; 2] {
    let lists = Lists::new(
        &["inceneritore".to_owned(), "stadio*".to_owned(), "🔥".to_owned()],
        &["gay".to_owned(), "a*".to_owned()],
        &["stronzo".to_owned(), "negri".to_owned(), "porca madonna".to_owned()],
    );
    let officials = vec!["Anna Verdi".to_owned(), String::new()];
    let contacts = vec!["a@b.it".to_owned(), "02 1234567".to_owned(), String::new()];
    let wide = Knobs { min_chars: 0, max_chars: 20_000, ..Knobs::default() };
    [Knobs { lists, officials, contacts, ..wide.clone() }, wide]
}

fn spans_fit(findings: &[Finding], text: &str) {
    for finding in findings {
        for span in &finding.spans {
            assert!(span.start <= span.end, "{finding:?}");
            assert!(text.get(span.clone()).is_some(), "{finding:?} in {text:?}");
        }
    }
}

fn masks(screening: &Screening) -> Vec<&Finding> {
    let masks = |finding: &&Finding| finding.verdict == Verdict::Mask;
    screening.findings.iter().filter(masks).collect()
}

fn holds(text: &str, knobs: &Knobs) {
    let screening = screen(text, knobs);
    let kept = screening.kept();
    spans_fit(&screening.findings, text);
    spans_fit(&kept, &screening.text);
    assert_eq!(kept.len(), screening.findings.len());
    assert_eq!(screening, screen(text, knobs), "{text:?}");
    assert_eq!(clean(&screening.text), screening.text, "{text:?}");
    // What was masked once is masked: nothing more is found in what is kept.
    let again = screen(&screening.text, knobs);
    assert!(masks(&again).is_empty(), "{text:?} kept {:?} {:?}", screening.text, masks(&again));
    let name = screen_name(text, knobs);
    spans_fit(&name.findings, &name.text);
    assert!(
        name.findings.iter().all(|finding| finding.in_name && finding.verdict != Verdict::Mask)
    );
}

/// `FUZZ_SECONDS=600 cargo test --release --test it screening_hostile -- --nocapture` goes on with
/// other texts until the clock says so.
#[test]
fn any_text_is_looked_at_and_nothing_breaks() {
    let seconds = std::env::var("FUZZ_SECONDS").ok();
    let seconds = seconds.map(|seconds| seconds.parse().expect("FUZZ_SECONDS is a number"));
    let rng_seed = if seconds.is_some() { RngSeed::Random } else { RngSeed::Fixed(4711) };
    let config = ProptestConfig {
        cases: CASES,
        rng_seed,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let knobs = knobs();
    let start = now();
    let mut tried = 0_u64;
    loop {
        let run = TestRunner::new(config.clone()).run(&texts(), |text| {
            knobs.iter().for_each(|knobs| holds(&text, knobs));
            Ok(())
        });
        run.unwrap_or_else(|broken| panic!("{broken}"));
        tried += u64::from(CASES);
        if seconds.is_none_or(|seconds| start.elapsed() >= Duration::from_secs(seconds)) {
            break;
        }
    }
    println!("screening: {tried} texts in {:.1?}", start.elapsed());
}

#[expect(clippy::disallowed_methods, reason = "screening is fuzzed by the clock")]
fn now() -> Instant {
    Instant::now()
}

/// What is read as a listed word though it is another: `WORDS=FILE`, one word a line. For those who
/// change the lists; what it prints belongs into `lexicon/ordinary.txt`, or does not.
#[test]
#[ignore = "needs a list of ordinary words"]
fn ordinary_words_are_read_as_they_stand() {
    let file = std::env::var("WORDS").expect("WORDS names a file");
    let words = std::fs::read_to_string(file).expect("a list of words");
    let knobs = Knobs { min_chars: 1, ..Knobs::default() };
    for word in words.lines() {
        for finding in screen(&format!("la parola {word}"), &knobs).findings {
            if finding.code == "EVADE_DISGUISED" {
                println!("{word} {}", finding.evidence.unwrap_or_default());
            }
        }
    }
}
