//! In which language a text is: by its small words and its letters, and only where these do not
//! settle it by its letters in threes. What is not clear is not claimed.
//!
//! A session expects its languages, so most texts are done with the small words alone, in
//! microseconds; no text needs more than some tens.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};
use unicode_script::{Script, UnicodeScript as _};
use whichlang::Lang;

use super::{Finding, Verdict};

/// A language, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detected {
    /// BCP 47, without a region.
    pub tag: &'static str,
    /// Of 100 texts with as much behind their language so many are in it.
    pub percent: u8,
}

/// Bound: characters that are looked at; a sentence or two tell as much as a page.
const CHARS: usize = 400;
/// Words of an alphabet that several languages share below which nothing is said: a name, a greeting.
const WORDS: usize = 3;
/// How far the first must be before the second. Chosen, with the three below, on 9,831 texts of eight
/// languages: of whole sentences one in 400 is called by a wrong name; of their first six words one in
/// 110, and 15 of 100 by none. Texts that it was not chosen on may do worse.
const LEAD: f32 = 0.7;
/// Least that its own words and letters must say for a language, in words of no other.
const SAID: f32 = 0.4;
/// Least share of words that are small words of its language: what we have no words of looks like
/// its neighbour, and has few of the neighbour's small words.
const SHARE: f32 = 0.12;
/// The same where a language is expected of which we have no words: it may well be that one.
const SHARE_BESIDE_UNKNOWN: f32 = 0.3;
/// From so many words on, half of these two do where its letters agree from first to last.
const WORDS_AGREED: usize = 5;
/// Small words of an expected language, alone, that settle it.
const SETTLED: f32 = 1.5;

/// Those of which we have words, in the order of `words.txt`.
const TAGS: [&str; 15] =
    ["it", "en", "de", "fr", "es", "pt", "ro", "sq", "nl", "sl", "pl", "hr", "ru", "uk", "bg"];

/// How much speaks for each of [`TAGS`].
type Scores = [f32; TAGS.len()];

/// For each small word the languages that have it, a bit each.
static SMALL: LazyLock<BTreeMap<&str, u16>> = LazyLock::new(|| {
    let mut small = BTreeMap::new();
    for line in include_str!("language/words.txt").lines() {
        let Some((tag, words)) = line.split_once(": ") else { continue };
        let Some(n) = TAGS.iter().position(|known| *known == tag) else { continue };
        for word in words.split(' ') {
            *small.entry(word).or_default() |= 1 << n;
        }
    }
    small
});

/// The language of a text, where that is clear. `expected` are tags such as `it` or `it-IT`; they
/// win where there is doubt.
pub fn detect(text: &str, expected: &[String]) -> Option<Detected> {
    let text = lower(text);
    match script(&text)? {
        Script::Latin => latin(&text, expected),
        Script::Cyrillic => cyrillic(&text),
        Script::Han => Some(certain("zh")),
        Script::Hiragana | Script::Katakana => Some(certain("ja")),
        Script::Hangul => Some(certain("ko")),
        Script::Arabic => Some(arabic(&text)),
        Script::Greek => Some(certain("el")),
        Script::Hebrew => Some(certain("he")),
        Script::Bengali => Some(certain("bn")),
        Script::Gurmukhi => Some(certain("pa")),
        Script::Sinhala => Some(certain("si")),
        Script::Tamil => Some(certain("ta")),
        Script::Georgian => Some(certain("ka")),
        Script::Armenian => Some(certain("hy")),
        Script::Thai => Some(certain("th")),
        Script::Devanagari => Some(Detected { tag: "hi", percent: 90 }),
        Script::Ethiopic => Some(Detected { tag: "am", percent: 90 }),
        _ => None,
    }
}

/// The beginning of a text in lower case, composed. Most texts are composed as they come.
fn lower(text: &str) -> String {
    let text = text.char_indices().nth(CHARS).map_or(text, |(end, _)| &text[..end]);
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_lowercase(),
        IsNormalized::No | IsNormalized::Maybe => text.nfc().flat_map(char::to_lowercase).collect(),
    }
}

/// What there is to say of a text in another language than those that are expected. Where none is,
/// any is.
pub(super) fn unexpected(text: &str, expected: &[String], verdict: Verdict) -> Option<Finding> {
    if expected.is_empty() {
        return None;
    }
    let found = detect(text, expected).filter(|found| !is_expected(found.tag, expected))?;
    let mut finding = Finding::whole("LANG_UNEXPECTED", verdict, Some(usize::from(found.percent)));
    finding.evidence = Some(found.tag.to_owned());
    Some(finding)
}

/// Whether a language is one of those that are expected, whatever its region.
pub fn is_expected(tag: &str, expected: &[String]) -> bool {
    expected.iter().any(|known| primary(known).eq_ignore_ascii_case(tag))
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// One language has this alphabet, as far as a city meets it.
const fn certain(tag: &'static str) -> Detected {
    Detected { tag, percent: 99 }
}

/// The alphabet of most letters.
fn script(text: &str) -> Option<Script> {
    if text.is_ascii() {
        return text.contains(|c: char| c.is_ascii_alphabetic()).then_some(Script::Latin);
    }
    // Most texts have one.
    let mut counts: Vec<(Script, usize)> = Vec::new();
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        let script = if c.is_ascii() { Script::Latin } else { c.script() };
        match counts.iter_mut().find(|(counted, _)| *counted == script) {
            Some((_, count)) => *count += 1,
            None => counts.push((script, 1)),
        }
    }
    // Japanese is written with Chinese characters, too.
    if counts.iter().any(|(script, _)| *script == Script::Hiragana) {
        counts.retain(|(script, _)| *script != Script::Han);
    }
    let most = counts.into_iter().max_by_key(|(script, count)| (*count, script.short_name()));
    most.map(|(script, _)| script)
}

fn latin(text: &str, expected: &[String]) -> Option<Detected> {
    let Said { mut scores, hits, words } = said(text, &|tag| !is_cyrillic(tag));
    letters(text, &mut scores);
    let (first, lead) = leading(&scores);
    if scores[first] >= SETTLED && lead >= LEAD && is_expected(TAGS[first], expected) {
        return Some(Detected { tag: TAGS[first], percent: percent(lead) });
    }
    if words < WORDS {
        return None;
    }
    let own = scores;
    // Whole, and each half: three opinions, of which one may be wrong.
    let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
    let opinions = [(text, 0.5), (&text[..half], 0.25), (&text[half..], 0.25)];
    let opinions = opinions.map(|(part, weighs)| (by_threes(part), weighs));
    for (opinion, weighs) in opinions {
        if let Some(n) = opinion {
            scores[n] += weighs;
        }
    }
    let (first, lead) = leading(&scores);
    let expects = expected.iter().filter_map(|tag| index(primary(tag)));
    let of_expected = expects.clone().map(|n| own[n]).fold(0.0, f32::max);
    let is_known = |tag: &String| index(primary(tag)).is_some();
    let is_agreed =
        words >= WORDS_AGREED && opinions.iter().all(|(opinion, _)| *opinion == Some(first));
    let (said, share) = if is_agreed { (SAID / 2.0, SHARE / 2.0) } else { (SAID, SHARE) };
    let share = if expected.iter().all(is_known) { share } else { SHARE_BESIDE_UNKNOWN };
    let is_clear = lead >= LEAD
        && own[first] >= said
        && hits[first] as f32 >= share * words as f32
        && (is_expected(TAGS[first], expected) || own[first] > of_expected);
    is_clear.then(|| Detected { tag: TAGS[first], percent: percent(lead) })
}

fn cyrillic(text: &str) -> Option<Detected> {
    let mut scores = said(text, &is_cyrillic).scores;
    for c in text.chars() {
        match c {
            'ы' | 'э' | 'ё' => add(&mut scores, "ru", 0.5),
            'і' | 'ї' | 'є' | 'ґ' => add(&mut scores, "uk", 0.5),
            'ў' | 'ђ' | 'ј' | 'љ' | 'њ' | 'ћ' | 'џ' | 'ѓ' | 'ќ' | 'ѕ' => return None,
            _ => {}
        }
    }
    let (first, lead) = leading(&scores);
    (lead >= SAID).then(|| Detected { tag: TAGS[first], percent: percent(lead) })
}

fn arabic(text: &str) -> Detected {
    if text.contains(['ٹ', 'ڈ', 'ڑ', 'ے', 'ں']) {
        Detected { tag: "ur", percent: 95 }
    } else if text.contains(['پ', 'چ', 'ژ', 'گ']) {
        Detected { tag: "fa", percent: 90 }
    } else {
        Detected { tag: "ar", percent: 95 }
    }
}

struct Said {
    /// A word counts one, shared among the languages that have it.
    scores: Scores,
    /// How many words each language has of the text.
    hits: [u16; TAGS.len()],
    words: usize,
}

fn said(text: &str, counts: &dyn Fn(&str) -> bool) -> Said {
    let among = TAGS.iter().enumerate().filter(|(_, tag)| counts(tag));
    let among = among.fold(0_u16, |bits, (n, _)| bits | 1 << n);
    let mut said = Said { scores: Scores::default(), hits: Default::default(), words: 0 };
    let mut count = |word: &str| {
        said.words += 1;
        let bits = SMALL.get(word).copied().unwrap_or_default() & among;
        let shared = bits.count_ones().max(1) as f32;
        for n in (0..TAGS.len()).filter(|n| bits >> n & 1 == 1) {
            said.scores[n] += 1.0 / shared;
            said.hits[n] += 1;
        }
    };
    let apostrophe = |c: char| c == '\'' || c == '’';
    for word in text.split(|c: char| !c.is_alphabetic() && !apostrophe(c)) {
        let word = word.trim_matches(apostrophe);
        // "dell'anno" is two words, "don't" is one of ours.
        let whole = if word.contains('’') {
            Cow::Owned(word.replace('’', "'"))
        } else {
            Cow::Borrowed(word)
        };
        if word.contains(apostrophe) && !SMALL.contains_key(&*whole) {
            word.split(apostrophe).filter(|part| !part.is_empty()).for_each(&mut count);
        } else if !word.is_empty() {
            count(&whole);
        }
    }
    said
}

/// Letters that few languages have. Each language gains at most one word's worth.
fn letters(text: &str, scores: &mut Scores) {
    let mut found = Scores::default();
    for c in text.chars().filter(|c| !c.is_ascii()) {
        match c {
            'ă' | 'ș' | 'ț' | 'ş' | 'ţ' => add(&mut found, "ro", 0.7),
            'ë' => add(&mut found, "sq", 0.5),
            'ñ' | '¿' | '¡' => add(&mut found, "es", 1.0),
            'ã' | 'õ' => add(&mut found, "pt", 1.0),
            'ß' => add(&mut found, "de", 1.0),
            'ä' | 'ö' | 'ü' => add(&mut found, "de", 0.5),
            'œ' => add(&mut found, "fr", 1.0),
            'ł' | 'ą' | 'ę' | 'ż' | 'ź' | 'ś' => add(&mut found, "pl", 1.0),
            'č' | 'š' | 'ž' => {
                add(&mut found, "sl", 0.3);
                add(&mut found, "hr", 0.3);
            }
            'ć' | 'đ' => add(&mut found, "hr", 1.0),
            'ì' | 'ò' => add(&mut found, "it", 0.5),
            _ => {}
        }
    }
    for (score, found) in scores.iter_mut().zip(found) {
        *score += found.min(1.0);
    }
}

fn add(scores: &mut Scores, tag: &str, weight: f32) {
    if let Some(n) = index(tag) {
        scores[n] += weight;
    }
}

fn index(tag: &str) -> Option<usize> {
    TAGS.iter().position(|known| known.eq_ignore_ascii_case(tag))
}

fn is_cyrillic(tag: &str) -> bool {
    matches!(tag, "ru" | "uk" | "bg")
}

/// What the letters of a text look like.
fn by_threes(text: &str) -> Option<usize> {
    index(match whichlang::detect_language(text) {
        Lang::Ita => "it",
        Lang::Eng => "en",
        Lang::Deu => "de",
        Lang::Fra => "fr",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Nld => "nl",
        _ => return None,
    })
}

/// The first, and how far it is before the second.
fn leading(scores: &Scores) -> (usize, f32) {
    let (mut first, mut best, mut next) = (0, 0.0, 0.0);
    for (n, score) in scores.iter().copied().enumerate() {
        if score > best {
            (first, next, best) = (n, best, score);
        } else if score > next {
            next = score;
        }
    }
    (first, best - next)
}

/// Measured on the same texts as [`LEAD`].
fn percent(lead: f32) -> u8 {
    match lead {
        ..1.0 => 92,
        1.0..1.5 => 98,
        _ => 99,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Vec<String> {
        vec!["it-IT".to_owned(), "en".to_owned()]
    }

    fn tag(text: &str) -> &'static str {
        detect(text, &expected()).map_or("-", |found| found.tag)
    }

    #[test]
    fn a_question_is_in_the_language_in_which_it_is_asked() {
        for (text, is) in [
            ("Quando sarà riaperto il ponte sul canale vicino alla scuola?", "it"),
            ("perche non ce mai un vigile davanti allasilo la mattina", "it"),
            ("When will the bridge by the school be open again?", "en"),
            ("Wann wird die Brücke neben der Schule wieder geöffnet?", "de"),
            ("Quand est-ce que le pont près de l’école sera rouvert ?", "fr"),
            ("¿Cuándo se volverá a abrir el puente que está al lado de la escuela?", "es"),
            ("Quando é que a ponte ao pé da escola vai abrir outra vez?", "pt"),
            ("Când se va redeschide podul de lângă școală pentru copii?", "ro"),
            ("cand va fi gata podul de langa scoala si cine plateste pentru el", "ro"),
            ("Kur do të hapet përsëri ura pranë shkollës sonë?", "sq"),
            ("Wanneer gaat de brug bij de school weer open voor auto's?", "nl"),
            ("Kdaj bo most ob šoli spet odprt in kdo bo to plačal?", "sl"),
            ("Kiedy zostanie ponownie otwarty most przy szkole i kto za to zapłaci?", "pl"),
            ("Kada će se most kod škole ponovo otvoriti i tko će to platiti?", "hr"),
            ("Когда снова откроют мост возле школы?", "ru"),
            ("Коли знову відкриють міст біля школи?", "uk"),
            ("Кога ще отворят отново моста до училището?", "bg"),
            ("متى سيعاد فتح الجسر بجانب المدرسة؟", "ar"),
            ("学校旁边的桥什么时候重新开放？", "zh"),
            ("学校の横の橋はいつまた通れるようになりますか。", "ja"),
            ("স্কুলের পাশের সেতুটি কবে আবার খুলবে?", "bn"),
        ] {
            assert_eq!(tag(text), is, "{text}");
        }
    }

    #[test]
    fn what_could_be_several_languages_is_called_by_none() {
        for text in [
            "",
            "?",
            "ok",
            "Bravo!",
            "No no no",
            "TARI IMU 2027",
            "Piazza Roma",
            "Grazie mille",
            "Anna",
            "12345",
            "👍👍",
            "mercato via Garibaldi",
            "Lista d’attesa casa popolare ufficio",
            "bonus nido",
            "asilo comunale orari",
        ] {
            let is = tag(text);
            assert!(["-", "it", "en"].contains(&is), "{text}: {is}");
        }
    }

    #[test]
    fn a_foreign_word_or_name_makes_no_foreign_question() {
        for text in [
            "Che cosa farete contro il Jobs Act e lo smart working in Comune?",
            "Il gemellaggio con Las Palmas de Gran Canaria quanto ci costa?",
            "Perché il film «La vie est à nous» non si può vedere al cinema?",
            "A via Kant e in via Goethe chi taglia l’erba?",
            "Le case popolari di via De Amicis: a che punto siamo?",
            "La fermata del bus 12 in viale Europa sarà spostata?",
        ] {
            assert_eq!(tag(text), "it", "{text}");
        }
    }

    #[test]
    fn another_language_than_those_expected_is_a_finding_with_how_sure_it_is() {
        let german = "Warum ist der Markt am Samstag nicht mehr auf dem Platz?";
        let found = unexpected(german, &expected(), Verdict::Pass).expect("a finding");
        assert_eq!((found.code.as_str(), found.verdict), ("LANG_UNEXPECTED", Verdict::Pass));
        assert_eq!((found.evidence.as_deref(), found.count), (Some("de"), Some(99)));
        let with_german = ["it".to_owned(), "de-AT".to_owned()];
        assert_eq!(unexpected(german, &with_german, Verdict::Hold), None);
        assert_eq!(unexpected(german, &[], Verdict::Hold), None);
    }

    #[test]
    fn what_looks_like_its_neighbour_may_be_a_language_that_is_expected_and_unknown_to_us() {
        // Catalan, of which we have no words, by somebody in Alghero.
        let text = "Quan tornaran a obrir el pont del costat de l'escola del barri?";
        let expected = ["it".to_owned(), "ca".to_owned()];
        assert_eq!(
            detect(text, &expected).filter(|found| !is_expected(found.tag, &expected)),
            None
        );
    }

    #[test]
    fn only_the_beginning_is_read() {
        let text =
            format!("{}{}", "Quando riapre il ponte? ".repeat(20), "Wann ist die ".repeat(200));
        assert_eq!(tag(&text), "it");
    }

    #[test]
    fn each_small_word_stands_once_in_its_line() {
        for line in include_str!("language/words.txt").lines().filter(|line| !line.starts_with('#'))
        {
            let (tag, words) = line.split_once(": ").expect("a tag and its words");
            assert!(TAGS.contains(&tag), "{tag}");
            let mut words: Vec<&str> = words.split(' ').collect();
            assert!(words.iter().all(|word| !word.is_empty() && word.to_lowercase() == **word));
            let count = words.len();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), count, "{tag}");
        }
    }
}
