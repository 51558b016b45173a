//! Dates, times and numbers as each language writes them. Cities of Italy: the clock on the wall
//! is that of Rome.

use jiff::civil::Weekday;
use jiff::tz::{self, TimeZone};
use jiff::{Timestamp as Instant, Zoned};

use crate::qa::{Language, Timestamp};

/// Built in, so that a bare container shows the same time as a whole system.
static ROME: TimeZone = tz::get!("Europe/Rome");

fn there(at: Timestamp) -> Zoned {
    // What is beyond the years that calendars have is a slip; the page stands all the same.
    Instant::from_millisecond(at.0).unwrap_or_default().to_zoned(ROME.clone())
}

/// "21:34".
pub(super) fn time(at: Timestamp) -> String {
    let at = there(at);
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// "stasera", "oggi", "il 12 dicembre 2026": the day of a session, as one says it at `now`.
///
/// What was begun late, or goes on past midnight, is still the same evening. The pages' script says
/// it by the same rule (`that_day` in `web/src/language.svelte.ts`).
pub(super) fn that_day(began: Timestamp, now: Timestamp, language: Language) -> String {
    const STILL_MS: u64 = 8 * 60 * 60 * 1000;
    let began = began.min(now);
    if now.ms_since(began) >= STILL_MS {
        return on(began, language);
    }
    match there(began).hour() {
        5..17 => language.choose("oggi", "today").to_owned(),
        _ => language.choose("stasera", "tonight").to_owned(),
    }
}

/// "il 12 dicembre 2026", "l’8 dicembre 2026", "on 12 December 2026".
pub(super) fn on(at: Timestamp, language: Language) -> String {
    let word = match (language, there(at).day()) {
        (Language::Italian, 8 | 11) => "l’",
        (Language::Italian, _) => "il ",
        (Language::English, _) => "on ",
    };
    format!("{word}{}", date(at, language))
}

/// "12 dicembre 2026", "12 December 2026".
pub(super) fn date(at: Timestamp, language: Language) -> String {
    let at = there(at);
    format!("{} {} {}", at.day(), month(at.month(), language), at.year())
}

/// "alle 21:34", "at 21:34".
pub(super) fn hour(at: Timestamp, language: Language) -> String {
    let word = match language {
        // Only one o'clock is in the singular.
        Language::Italian if there(at).hour() == 1 => "all’",
        Language::Italian => "alle ",
        Language::English => "at ",
    };
    format!("{word}{}", time(at))
}

/// "sabato 12 dicembre 2026 alle 21:00", "Saturday 12 December 2026 at 21:00".
pub(super) fn moment(at: Timestamp, language: Language) -> String {
    let day = weekday(there(at).weekday(), language);
    format!("{day} {} {}", date(at, language), hour(at, language))
}

/// For machines: `2026-12-12T20:00:00Z`.
pub(super) fn machine(at: Timestamp) -> String {
    Instant::from_millisecond(at.0).unwrap_or_default().to_string()
}

/// "1.280", "1,280".
pub(super) fn count(count: u32, language: Language) -> String {
    let mark = language.choose('.', ',');
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

fn weekday(day: Weekday, language: Language) -> &'static str {
    let (italian, english) = match day {
        Weekday::Monday => ("lunedì", "Monday"),
        Weekday::Tuesday => ("martedì", "Tuesday"),
        Weekday::Wednesday => ("mercoledì", "Wednesday"),
        Weekday::Thursday => ("giovedì", "Thursday"),
        Weekday::Friday => ("venerdì", "Friday"),
        Weekday::Saturday => ("sabato", "Saturday"),
        Weekday::Sunday => ("domenica", "Sunday"),
    };
    language.choose(italian, english)
}

fn month(month: i8, language: Language) -> &'static str {
    const MONTHS: [(&str, &str); 12] = [
        ("gennaio", "January"),
        ("febbraio", "February"),
        ("marzo", "March"),
        ("aprile", "April"),
        ("maggio", "May"),
        ("giugno", "June"),
        ("luglio", "July"),
        ("agosto", "August"),
        ("settembre", "September"),
        ("ottobre", "October"),
        ("novembre", "November"),
        ("dicembre", "December"),
    ];
    let found = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at));
    let (italian, english) = found.copied().unwrap_or_default();
    language.choose(italian, english)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_each_language_and_by_the_clock_of_rome() {
        // In winter an hour from UTC, in summer two.
        let (winter, summer) = (Timestamp(1_797_105_600_000), Timestamp(1_783_281_600_000));
        assert_eq!(machine(winter), "2026-12-12T20:00:00Z");
        assert_eq!(moment(winter, Language::Italian), "sabato 12 dicembre 2026 alle 21:00");
        assert_eq!(moment(winter, Language::English), "Saturday 12 December 2026 at 21:00");
        assert_eq!(moment(summer, Language::Italian), "domenica 5 luglio 2026 alle 22:00");
        let one = Timestamp(1_797_033_600_000);
        assert_eq!(moment(one, Language::Italian), "sabato 12 dicembre 2026 all’01:00");
    }

    /// The same as in `web/src/language.test.ts`.
    #[test]
    fn a_session_was_tonight_today_or_on_its_day() {
        // 12 December 2026, in Rome, and hours after it.
        let midnight = 1_797_030_000_000;
        let at = |hour: i64| Timestamp(midnight + hour * 3_600_000);
        for (began, now, italian, english) in [
            (21, 23, "stasera", "tonight"),
            (21, 25, "stasera", "tonight"),
            (24, 25, "stasera", "tonight"),
            (17, 18, "stasera", "tonight"),
            (16, 18, "oggi", "today"),
            (9, 12, "oggi", "today"),
            (5, 6, "oggi", "today"),
            // Planned for later, and held before.
            (21, 10, "oggi", "today"),
            (21, 34, "il 12 dicembre 2026", "on 12 December 2026"),
            (9 - 24, 9, "l’11 dicembre 2026", "on 11 December 2026"),
        ] {
            for (language, said) in [(Language::Italian, italian), (Language::English, english)] {
                assert_eq!(that_day(at(began), at(now), language), said, "{began} at {now}");
            }
        }
        assert_eq!(on(at(-95), Language::Italian), "l’8 dicembre 2026");
    }

    #[test]
    fn no_moment_breaks_a_page() {
        for at in [i64::MIN, -1, 0, i64::MAX] {
            assert!(!moment(Timestamp(at), Language::Italian).is_empty());
        }
    }

    #[test]
    fn thousands_are_marked_as_each_language_does() {
        for (number, italian, english) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1280, "1.280", "1,280"),
            (1_234_567, "1.234.567", "1,234,567"),
        ] {
            assert_eq!(count(number, Language::Italian), italian);
            assert_eq!(count(number, Language::English), english);
        }
    }
}
