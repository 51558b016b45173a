//! What screening costs: a question of 500 bytes beside 20,000 open ones, the worst that somebody
//! may send, and memory. The same for `make bench` and for the report.

use std::hint::black_box;
use std::time::Duration;

use filodiretto::screening::similar::Index;
use filodiretto::screening::{Knobs, screen};
use rustix::time::{ClockId, clock_gettime};

use super::{Bar, Row};
use crate::bench::{now, resident};
use crate::chance::Chance;

/// Questions that are open.
pub const OPEN: usize = 20_000;
/// Bytes of a question that is measured.
const BYTES: usize = 500;
/// Questions that are measured.
const MEASURED: usize = 2_000;
/// Bytes of a hostile text.
const HOSTILE: usize = 10_000;

/// What it costs.
#[derive(Debug, Clone, Copy)]
pub struct Costs {
    /// Microseconds of half of the questions, at most: screened, and its like looked up.
    pub p50_us: f64,
    /// The same of 99 in 100.
    pub p99_us: f64,
    /// Of the p50 the part that is screening.
    pub screening_p50_us: f64,
    /// Milliseconds of 10 KB of the worst input.
    pub hostile_ms: f64,
    /// Which that is.
    pub worst: &'static str,
    /// The largest factor between 10 KB and 5 KB of the same: 2 is linear.
    pub growth: f64,
    /// Of which input.
    pub grows: &'static str,
    /// Megabytes that the index of the open questions takes.
    pub index_mb: f64,
    /// Milliseconds until it was built.
    pub build_ms: f64,
}

/// Measures on one core, in this thread.
pub fn costs(knobs: &Knobs, open: usize) -> Costs {
    // First of all, while nothing else has used memory and given it back.
    let questions: Vec<String> = (0..open).map(|n| question(n as u64)).collect();
    let before = resident();
    let start = now();
    let mut index = Index::default();
    for (n, question) in questions.iter().enumerate() {
        index.insert(n, question);
    }
    let build_ms = start.elapsed().as_secs_f64() * 1e3;
    let index_mb = resident().saturating_sub(before) as f64 / 1e6;
    let texts: Vec<String> = (0..MEASURED).map(|n| long(n as u64)).collect();
    let (mut whole, mut alone) = (Vec::new(), Vec::new());
    // The first time patterns are compiled and lists are read.
    for text in texts.iter().take(50) {
        black_box((screen(text, knobs), index.similar(text, None, 3)));
    }
    for text in &texts {
        let once = || {
            let start = now();
            black_box(screen(text, knobs));
            let screened = start.elapsed();
            black_box(index.similar(text, None, 3));
            (start.elapsed(), screened)
        };
        // The least of three: the tail is that of the texts, not of what else the machine does.
        let (both, screened) = (0..3).map(|_| once()).min().unwrap_or_default();
        whole.push(both);
        alone.push(screened);
    }
    let at = |times: &mut Vec<Duration>, part: usize| {
        times.sort_unstable();
        times[(times.len() * part / 100).min(times.len() - 1)].as_secs_f64() * 1e6
    };
    // Left where it is: what is given back here would be missing from what others measure.
    std::mem::forget((questions, index));
    let (hostile_ms, worst, growth, grows) = hostile(knobs);
    Costs {
        p50_us: at(&mut whole, 50),
        p99_us: at(&mut whole, 99),
        screening_p50_us: at(&mut alone, 50),
        hostile_ms,
        worst,
        growth,
        grows,
        index_mb,
        build_ms,
    }
}

/// Repeated until it is long enough: each makes some check work hard.
const INPUTS: [(&str, &str); 16] = [
    ("letters apart", "a "),
    ("letters and dots", "a."),
    ("digits apart", "3 "),
    ("stars", "c*"),
    ("almost a tax code", "rssmra85t10a562"),
    ("almost a telephone", "1.2-"),
    ("almost an address", "via a "),
    ("almost an insult", "sei un "),
    ("almost a link", "http://"),
    ("turned", "\u{202e}a"),
    ("marks on marks", "e\u{301}\u{302}\u{303}"),
    ("joined emoji", "👩\u{200d}👧\u{200d}"),
    ("invisible", "c\u{200b}a\u{200b}"),
    ("one letter", "a"),
    ("an @ in each word", "a@b "),
    ("quotes", "\"'«"),
];

/// The worst of ten kilobytes, and the steepest growth from five.
fn hostile(knobs: &Knobs) -> (f64, &'static str, f64, &'static str) {
    let (mut worst, mut growth) = ((0.0, ""), (0.0, ""));
    for (name, part) in INPUTS {
        let (half, whole) = (took(part, HOSTILE / 2, knobs), took(part, HOSTILE, knobs));
        if whole > worst.0 {
            worst = (whole, name);
        }
        if whole / half > growth.0 {
            growth = (whole / half, name);
        }
    }
    (worst.0, worst.1, growth.0, growth.1)
}

/// Milliseconds of this thread for so many bytes of it.
fn took(part: &str, bytes: usize, knobs: &Knobs) -> f64 {
    // What is too long is not looked at. Here it is, so that the checks and not the limit are measured.
    let knobs = Knobs { max_chars: 20_000, ..knobs.clone() };
    let text = part.repeat(bytes / part.len());
    let once = || {
        let start = worked();
        black_box(screen(&text, &knobs));
        worked().saturating_sub(start)
    };
    // The least of some: what else the machine does is not the input's fault.
    (0..5).map(|_| once()).min().unwrap_or_default().as_secs_f64() * 1e3
}

/// For how long this thread has had a core: what else runs does not count.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.try_into().expect("a thread's time only grows from zero")
}

const BEGINS: [&str; 12] = [
    "Quando sarà sistemato",
    "Perché non è ancora aperto",
    "Chi paga per",
    "Che cosa pensate di fare con",
    "Da mesi aspettiamo notizie su",
    "È vero che volete spostare",
    "A chi si segnala un guasto a",
    "Quanto è costato finora",
    "Sono favorevole a",
    "Vorrei sapere a che punto è",
    "Si può migliorare",
    "Perché nessuno controlla",
];
const THINGS: [&str; 24] = [
    "il parcheggio",
    "la pista ciclabile",
    "il mercato",
    "la biblioteca",
    "l'asilo",
    "la palestra",
    "il semaforo",
    "l'illuminazione",
    "la fermata del bus",
    "il centro anziani",
    "il campo da calcio",
    "la raccolta dei rifiuti",
    "il ponte",
    "la fontana",
    "il giardino",
    "la piscina",
    "il cantiere",
    "l'ambulatorio",
    "il consultorio",
    "la ztl",
    "il bosco urbano",
    "l'area cani",
    "il marciapiede",
    "il sottopasso",
];
const ENDS: [&str; 10] = [
    "se ne parla da anni e non si vede niente",
    "ci passano ogni giorno i bambini della scuola",
    "la sera è buio e chi è anziano ha paura",
    "il bilancio dice una cosa e la realtà un'altra",
    "basterebbe poco e sarebbe utile a tutti",
    "lo avevate promesso prima delle elezioni",
    "il quartiere cresce e i servizi no",
    "quando piove si allaga sempre nello stesso punto",
    "chi lavora fino a tardi non riesce mai ad andarci",
    "i residenti hanno già firmato due volte",
];

/// A street that is in no list, so that questions differ in rare words as real ones do.
fn street(chance: &mut Chance) -> String {
    const PARTS: [&str; 20] = [
        "mar", "lo", "ri", "ve", "san", "ta", "bel", "co", "dri", "no", "pel", "gia", "fo", "cas",
        "tel", "mi", "ze", "ra", "gu", "ne",
    ];
    let word: String = (0..2 + chance.below(3)).map(|_| PARTS[chance.below(PARTS.len())]).collect();
    format!("via {word} {}", 1 + chance.below(120))
}

fn sentence(chance: &mut Chance) -> String {
    let begin = BEGINS[chance.below(BEGINS.len())];
    let thing = THINGS[chance.below(THINGS.len())];
    format!("{begin} {thing} di {}? {}.", street(chance), ENDS[chance.below(ENDS.len())])
}

/// One of the open questions, some 100 bytes long.
pub fn question(n: u64) -> String {
    sentence(&mut Chance::of(n, "open"))
}

/// A question of 500 bytes.
fn long(n: u64) -> String {
    let mut chance = Chance::of(n, "asked");
    let mut text = sentence(&mut chance);
    while text.len() < BYTES {
        text.push(' ');
        text += &sentence(&mut chance);
    }
    let end = (0..=BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    text.truncate(end);
    text
}

/// The rows of the report.
///
/// # Errors
/// None yet.
pub(super) fn rows(knobs: &Knobs) -> anyhow::Result<Vec<Row>> {
    let costs = costs(knobs, OPEN);
    let of = format!(
        "{MEASURED} questions of {BYTES} bytes, {OPEN} open; of the p50 screening alone {:.0} µs",
        costs.screening_p50_us
    );
    Ok(vec![
        Row::figure("p50 of screening and look-up", Bar::AtMost(150.0), costs.p50_us, "µs", of),
        Row::figure(
            "p99 of screening and look-up",
            Bar::AtMost(500.0),
            costs.p99_us,
            "µs",
            "the same".to_owned(),
        ),
        Row::figure(
            "10 KB of hostile input",
            Bar::AtMost(5.0),
            costs.hostile_ms,
            "ms CPU",
            format!("the worst of {}: {}", INPUTS.len(), costs.worst),
        ),
        Row::figure(
            "the same beside 5 KB (linear: 2)",
            Bar::AtMost(2.5),
            costs.growth,
            "×",
            format!("the steepest: {}", costs.grows),
        ),
        Row::figure(
            "memory of the index of open questions",
            Bar::AtMost(60.0),
            costs.index_mb,
            "MB",
            format!("{OPEN} open, built in {:.0} ms", costs.build_ms),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not optimised, beside other tests: an order of magnitude, and no more.
    #[test]
    fn no_input_takes_more_than_its_length() {
        let knobs = Knobs::default();
        for (name, part) in INPUTS {
            let (short, long) = (took(part, HOSTILE / 10, &knobs), took(part, HOSTILE, &knobs));
            // Ten times as long: ten where it is linear, a hundred where it is not.
            assert!(long < 40.0 * short.max(0.05), "{name}: {short} ms, then {long} ms");
            assert!(long < 2_000.0, "{name}: {long} ms");
        }
    }

    #[test]
    fn what_is_measured_is_as_long_as_it_says_and_never_the_same() {
        let texts: std::collections::BTreeSet<String> = (0..200).map(long).collect();
        assert!(texts.len() == 200 && texts.iter().all(|text| (495..=500).contains(&text.len())));
        let open: std::collections::BTreeSet<String> = (0..2_000).map(question).collect();
        assert!(open.len() > 1_990, "{} questions", open.len());
    }
}
