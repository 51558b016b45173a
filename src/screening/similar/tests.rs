//! What is found, what is marked, and what is left of what was removed.

use super::*;

/// Questions of an evening, some of which ask the same.
const EVENING: &[&str] = &[
    "Quando riapre la biblioteca di via Garibaldi?",
    "Perché il bus 12 la sera non passa mai?",
    "Chi raccoglie le foglie davanti alla scuola elementare?",
    "Ci saranno nuovi posti all'asilo nido comunale?",
    "Quanto è costata la nuova rotonda all'ingresso del paese?",
    "Si può avere più luce nel sottopasso della stazione?",
    "A che punto è il piano per le case popolari?",
    "Perché i rifiuti organici si ritirano una volta sola alla settimana?",
];

fn index() -> Index<usize> {
    let mut index = Index::default();
    EVENING.iter().enumerate().for_each(|(n, text)| index.insert(n, text));
    index
}

fn like(one: &str, other: &str) -> Similar<u8> {
    let mut index = Index::default();
    index.insert(1, other);
    index.similar(one, None, 1).pop().unwrap_or_else(|| panic!("not found: {one} | {other}"))
}

/// The words in which they differ, of both.
fn differing<'a>(one: &'a str, other: &'a str) -> (bool, Vec<&'a str>, Vec<&'a str>) {
    let found = like(one, other);
    let words = |text: &'a str, spans: Vec<Range<usize>>| {
        spans.into_iter().map(|span| &text[span]).collect()
    };
    (found.same, words(one, found.here), words(other, found.there))
}

#[test]
fn the_same_in_other_words_comes_first() {
    let index = index();
    for (text, like) in [
        ("La biblioteca in via Garibaldi, quando la riaprite?", 0),
        ("come mai alla sera il 12 non passa", 1),
        ("Davanti alle scuole elementari nessuno raccoglie le foglie", 2),
        ("Aumenterete i posti nei nidi?", 3),
        ("quanto costa la rotonda nuova", 4),
        ("Illuminazione del sottopassaggio in stazione, ci pensate?", 5),
        ("alloggi popolari: a che punto siamo", 6),
        ("L'organico passa solo una volta a settimana, perche'?", 7),
    ] {
        let found = index.similar(text, None, 3);
        assert_eq!(found.first().map(|found| found.id), Some(like), "{text}: {found:?}");
    }
    assert_eq!(index.similar("Sterilizzazione dei gatti", None, 3), []);
}

#[test]
fn what_makes_it_another_question_is_marked_and_keeps_them_two() {
    for (one, other, here, there) in [
        ("Quando passa il 9?", "Quando passa il 19?", &["9"][..], &["19"][..]),
        ("Sistemate via Po?", "Sistemate via Pola?", &["Po"], &["Pola"]),
        ("sistemate viale martini", "sistemate viale martino", &["martini"], &["martino"]),
        ("Siete favorevoli al ponte?", "Siete contrari al ponte?", &["favorevoli"], &["contrari"]),
        ("La chiusura del mercato", "L'apertura del mercato", &["chiusura"], &["apertura"]),
        ("Aumentate le tariffe?", "Diminuite le tariffe?", &["Aumentate"], &["Diminuite"]),
        ("Sconti per studenti?", "Sconti per anziani?", &["studenti"], &["anziani"]),
        ("Il mercato si farà?", "Il mercato non si farà?", &[], &["non"]),
        ("Un bagno con fasciatoio", "Un bagno senza fasciatoio", &[], &["senza"]),
        ("Quando apre la mensa?", "Dove apre la mensa?", &["Quando"], &["Dove"]),
        ("Più vigili in centro", "Meno vigili in centro", &["Più"], &["Meno"]),
        ("Will the gym open in May?", "Will the gym close in May?", &["open"], &["close"]),
        ("Il campo da calcio", "Il campo da tennis", &["calcio"], &["tennis"]),
    ] {
        assert_eq!(differing(one, other), (false, here.to_vec(), there.to_vec()), "{one}");
        assert_eq!(differing(other, one), (false, there.to_vec(), here.to_vec()), "{other}");
    }
}

#[test]
fn what_says_the_same_is_called_so() {
    for (one, other) in [
        ("Quando riapre la piscina?", "PISCINA QUANDO RIAPRE???"),
        (
            "Quando riapre la piscina?",
            "Buonasera, vorrei sapere quando riaprirà la piscina, grazie",
        ),
        ("Perché pago la mensa scolastica?", "Come mai pago la mensa della scuola?"),
        ("Ci sono contributi per gli affitti?", "Avete bonus per l'affitto?"),
        ("Piste ciclabili in via Verdi?", "piste ciclabili in via verdi"),
        ("Is there free parking?", "Free parking, please?"),
    ] {
        assert_eq!(differing(one, other), (true, vec![], vec![]), "{one}");
    }
}

#[test]
fn a_copy_is_seen_through_small_changes_and_costumes() {
    let text = "Vergogna! Il Comune butta i soldi dei cittadini per un parcheggio inutile in centro \
                mentre le scuole cadono a pezzi: chi ha firmato il contratto con Rossi?";
    for copy in [
        "Vergogna! Il Comune butta i soldi dei cittadini per un parcheggio inutile in centro \
         mentre le scuole cadono a pezzi: chi ha firmato il contratto con Bianchi?",
        "È una vergogna, il comune butta soldi dei cittadini per questo parcheggio inutile mentre \
         le nostre scuole cadono a pezzi. Chi ha firmato quel contratto con Rossi??",
        "VERG0GNA! Il C0mune butta i s0ldi dei cittad1ni per un parchegg1o inutile in centro \
         mentre le scu0le cadono a pezzi: chi ha firmato il contratto con Rossi?",
        "V e r g o g n a! Il Comune butta i ѕоldі dei cittadini per un par\u{200b}cheggio inutile \
         in centro, e le scuole cadono a pezzi: chi ha firmato il contratto con Rossi?",
    ] {
        assert!(like(copy, text).copied, "{copy}: {:?}", like(copy, text));
    }
    for (one, other) in [
        // People who ask by themselves.
        ("Quando riaprite via Mazzini?", "Quando riaprite via Cavour?"),
        ("Quando passa il bus 9?", "Quando passa il bus 4?"),
        (text, "Il contratto per il parcheggio in centro chi lo ha firmato?"),
    ] {
        assert!(!like(one, other).copied, "{one}");
    }
}

#[test]
fn what_is_removed_leaves_nothing_and_what_is_replaced_is_new() {
    let mut index = index();
    index.insert(3, "Il canile resta aperto ad agosto?");
    assert_eq!(index.len(), EVENING.len());
    let best = index.similar("posti all'asilo nido comunale", None, 1).pop();
    assert!(best.is_none_or(|best| best.score < WORTH));
    assert_eq!(index.similar("canile aperto", None, 1)[0].id, 3);
    assert_ne!(index.similar("canile aperto", Some(&3), 1).first().map(|found| found.id), Some(3));
    for n in 0..EVENING.len() {
        index.remove(&n);
        index.remove(&n);
    }
    assert!(index.is_empty());
    assert!(index.having.is_empty(), "no word is left: {:?}", index.having);
    assert!(index.kept.iter().all(Option::is_none));
}

#[test]
fn places_of_the_removed_are_used_again_and_the_others_are_still_found() {
    let mut index = Index::default();
    for n in 0..2_000 {
        index.insert(n, &format!("Lampione numero {n} spento in via Dante"));
        if n % 8 != 0 {
            index.remove(&n);
        }
    }
    assert!(index.kept.len() <= 2 * index.len() + CANDIDATES, "{}", index.kept.len());
    for n in (0..2_000).step_by(8) {
        let text = format!("Lampione numero {n} spento in via Dante");
        assert_eq!(index.similar(&text, None, 1)[0].id, n);
    }
}

#[test]
fn the_same_questions_have_the_same_answer() {
    let found = |_| index().similar("Quando e perché la scuola di via Garibaldi?", None, 8);
    let first = found(0);
    assert!(first.len() > 1 && (1..8).map(found).all(|found| found == first));
}

#[test]
fn whatever_is_written_spans_are_of_the_text() {
    let odd = [
        "",
        " ",
        "à",
        "🚲🚲",
        "e\u{301}e\u{301}",
        "ﬁne ＡＢ ",
        "\u{202e}abc",
        "a b c d e",
        "0",
        "x1y",
    ];
    let long = "parola ".repeat(2_000) + &"\u{1d41a}".repeat(3_000);
    for one in odd.iter().copied().chain([long.as_str()]) {
        for other in odd.iter().copied().chain([long.as_str()]) {
            let mut index = Index::default();
            index.insert(0, other);
            for found in index.similar(one, None, 1) {
                assert!(found.here.into_iter().all(|span| one.get(span).is_some()));
                assert!(found.there.into_iter().all(|span| other.get(span).is_some()));
                assert!((0.0..=1.001).contains(&found.score));
            }
        }
    }
}

#[test]
fn the_candidates_are_those_that_are_worth_most_and_came_first() {
    let mut chance = 7_u32;
    let mut next = |below: u32| {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (chance >> 8) % below
    };
    let size = |n: u32| u8::try_from(1 + n).expect("small");
    for count in [0, 1, 24, 25, 1_999] {
        // Not in the order in which they came: 7 shares no divisor with any of these.
        let mixed = (0..count).map(|n| n * 7 % count);
        let all: Vec<_> = mixed.map(|n| (next(20), size(next(4)), n)).collect();
        let mut best = Best::default();
        all.iter().for_each(|(worth, size, n)| best.take(*worth, *size, *n));
        let mut expected: Vec<_> =
            all.iter().map(|(worth, size, n)| (Reverse(worth / u32::from(*size)), *n)).collect();
        expected.sort_unstable();
        expected.truncate(CANDIDATES);
        assert_eq!(best.0.into_sorted_vec(), expected, "of {count}");
    }
}
