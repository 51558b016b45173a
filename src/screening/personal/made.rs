//! Personal data made up by a small generator, as people write it; and what only looks like it.

use super::super::{Knobs, Verdict, screen};

/// SplitMix64: the same numbers every time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.throw(all.len() as u64) as usize]
    }

    fn digits(&mut self, n: usize) -> String {
        (0..n).map(|_| char::from(b'0' + self.throw(10) as u8)).collect()
    }

    fn letters(&mut self, n: usize, of: &str) -> String {
        let of: Vec<char> = of.chars().collect();
        (0..n).map(|_| of[self.throw(of.len() as u64) as usize]).collect()
    }
}

const CONSONANTS: &str = "BCDFGLMNPRSTVZ";
const PLATE: &str = "ABCDEFGHJKLMNPRSTVWXYZ";

fn tax_code(dice: &mut Dice) -> String {
    const ODD: [u32; 36] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3,
        6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
    ];
    let mut code = dice.letters(6, CONSONANTS)
        + &dice.digits(2)
        + &dice.letters(1, "ABCDEHLMPRST")
        + &format!("{:02}", dice.throw(31) + 1 + 40 * dice.throw(2))
        + &dice.letters(1, "ABCDEFGHILMZ")
        + &dice.digits(3);
    // Two people with the same code: digits become letters.
    if dice.throw(4) == 0 {
        let last = code.pop().and_then(|c| c.to_digit(10)).unwrap_or(0) as usize;
        code.push("LMNPQRSTUV".as_bytes()[last] as char);
    }
    let value = |c: char| c.to_digit(36).unwrap_or(0);
    let sum: u32 = code
        .chars()
        .enumerate()
        .map(|(n, c)| match (n % 2, value(c)) {
            (0, v) => ODD[v as usize],
            (_, v) => {
                if v > 9 {
                    v - 10
                } else {
                    v
                }
            }
        })
        .sum();
    code.push(char::from(b'A' + (sum % 26) as u8));
    match dice.throw(5) {
        0 => code.to_lowercase(),
        1 => parts(&code, &[3, 3, 5, 5], " "),
        2 => parts(&code, &[6, 2, 3, 5], "-"),
        3 => parts(&code, &[6, 5, 5], " "),
        _ => code,
    }
}

fn parts(text: &str, lengths: &[usize], sign: &str) -> String {
    let (mut at, mut all) = (0, Vec::new());
    for length in lengths {
        all.push(&text[at..at + length]);
        at += length;
    }
    all.join(sign)
}

fn remainder(code: &str) -> u32 {
    code.chars().fold(0, |rest, c| match c.to_digit(36).unwrap_or(0) {
        v if v > 9 => (rest * 100 + v) % 97,
        v => (rest * 10 + v) % 97,
    })
}

fn iban(dice: &mut Dice) -> String {
    let body = dice.letters(1, "ABCDEFGHKLMNPQRSTVWX") + &dice.digits(22);
    let check = 98 - remainder(&format!("{body}IT00"));
    let iban = format!("IT{check:02}{body}");
    match dice.throw(4) {
        0 => iban.to_lowercase(),
        1 => parts(&iban, &[4, 4, 4, 4, 4, 4, 3], " "),
        2 => parts(&iban, &[2, 2, 1, 5, 5, 12], " "),
        _ => iban,
    }
}

fn luhn(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(n, b)| match (n % 2, u32::from(b - b'0')) {
            (0, d) if d > 4 => d * 2 - 9,
            (0, d) => d * 2,
            (_, d) => d,
        })
        .sum();
    char::from(b'0' + ((10 - sum % 10) % 10) as u8)
}

fn card(dice: &mut Dice) -> String {
    let (mut card, length) = match dice.throw(3) {
        0 => ("4".to_owned() + &dice.digits(14), 16),
        1 => (format!("5{}", dice.throw(5) + 1) + &dice.digits(13), 16),
        _ => (dice.of(&["34", "37"]).to_owned() + &dice.digits(12), 15),
    };
    card.push(luhn(&card));
    match (dice.throw(3), length) {
        (0, _) => card,
        (1, 16) => parts(&card, &[4, 4, 4, 4], " "),
        (_, 16) => parts(&card, &[4, 4, 4, 4], "-"),
        _ => parts(&card, &[4, 6, 5], " "),
    }
}

fn email(dice: &mut Dice) -> String {
    let name =
        dice.of(&["anna.verdi", "mrossi", "luca_b", "g.bianchi", "info", "carla-neri"]).to_owned();
    let name = if dice.throw(2) == 0 { name } else { name + &dice.digits(2) };
    let host = dice.of(&["posta", "gmail", "libero", "studio-verdi", "outlook"]);
    let end = dice.of(&["it", "com", "org", "net", "eu"]);
    match dice.throw(7) {
        0 => format!("{name}(at){host}.{end}"),
        1 => format!("{name} [at] {host}.{end}"),
        2 => format!("{name} chiocciola {host} punto {end}"),
        3 => format!("{name}@{host}.{end}").to_uppercase(),
        4 => format!("{name} @ {host}.{end}"),
        _ => format!("{name}@{host}.{end}"),
    }
}

fn phone(dice: &mut Dice) -> String {
    let plus = dice.of(&["", "", "+39 ", "+39", "0039 ", "(+39) "]);
    if dice.throw(3) > 0 {
        let (a, b) = (format!("3{}{}", dice.throw(9) + 1, dice.throw(10)), dice.digits(7));
        return plus.to_owned()
            + &match dice.throw(8) {
                0 => format!("{a} {b}"),
                1 => format!("{a}.{b}"),
                2 => format!("{a}-{b}"),
                3 => format!("{a}/{b}"),
                4 => format!("({a}) {b}"),
                5 => format!("{a} {} {}", &b[..3], &b[3..]),
                6 => format!("{a} {} {} {}", &b[..3], &b[3..5], &b[5..]),
                _ => a + &b,
            };
    }
    let (a, b) = match dice.throw(3) {
        0 => {
            (dice.of(&["02", "06"]).to_owned(), format!("{}", dice.throw(8) + 2) + &dice.digits(7))
        }
        1 => (
            dice.of(&["011", "051", "055", "081", "091"]).to_owned(),
            format!("{}", dice.throw(8) + 2) + &dice.digits(6),
        ),
        _ => (
            dice.of(&["0522", "0461", "0832", "0376"]).to_owned(),
            format!("{}", dice.throw(8) + 2) + &dice.digits(5),
        ),
    };
    plus.to_owned()
        + &match dice.throw(5) {
            0 => format!("{a} {b}"),
            1 => format!("{a}/{b}"),
            2 => format!("{a}-{b}"),
            3 => format!("{a}.{b}"),
            _ => a + &b,
        }
}

fn vat(dice: &mut Dice) -> String {
    let mut vat = dice.digits(10);
    vat.push(luhn(&vat));
    vat
}

fn plate(dice: &mut Dice) -> String {
    let plate = dice.letters(2, PLATE) + &dice.digits(3) + &dice.letters(2, PLATE);
    match dice.throw(3) {
        0 => plate.to_lowercase(),
        1 => parts(&plate, &[2, 3, 2], " "),
        _ => plate,
    }
}

fn document(dice: &mut Dice) -> String {
    dice.letters(2, PLATE) + &dice.digits(5) + &dice.letters(2, PLATE)
}

/// Sentences around it; what is before it may be its cue.
fn around(dice: &mut Dice, cue: &str, value: &str) -> (String, std::ops::Range<usize>) {
    let before = dice.of(&["Buongiorno, ", "Scrivo per la TARI: ", "Non mi avete risposto, ", ""]);
    let after = dice.of(&[" grazie", ", è urgente", ". Quando rispondete?", "", "!", " (Anna)"]);
    let start = before.len() + cue.len();
    (format!("{before}{cue}{value}{after}"), start..start + value.len())
}

#[test]
fn personal_data_is_masked_and_nothing_beside_it() {
    type Make = fn(&mut Dice) -> String;
    let kinds: [(&str, &[&str], Make); 10] = [
        ("PII_TAX_CODE", &["", "il mio codice fiscale è ", "CF: ", "c.f. "], tax_code),
        ("PII_IBAN", &["", "il mio IBAN è ", "bonifico su "], iban),
        ("PII_CARD", &["", "la mia carta ", "carta di credito n. "], card),
        ("PII_EMAIL", &["", "scrivetemi a ", "la mia mail è ", "e-mail: "], email),
        ("PII_PHONE", &["", "il mio numero è ", "tel. ", "chiamatemi al ", "cell: "], phone),
        ("PII_VAT", &["partita IVA ", "P. IVA ", "p.iva: "], vat),
        ("PII_PLATE", &["la mia auto targata ", "targa ", "targa: "], plate),
        (
            "PII_DOCUMENT",
            &["carta d'identità ", "carta di identità n. ", "documento n. "],
            document,
        ),
        ("PII_DOCUMENT", &["passaporto ", "il mio passaporto n. "], |dice| {
            dice.letters(2, "ABCXY") + &dice.digits(7)
        }),
        ("PII_HEALTH_CARD", &["", "tessera sanitaria "], |dice| {
            "80380".to_owned() + &dice.digits(15)
        }),
    ];
    let mut dice = Dice(7);
    let mut report = Vec::new();
    for (code, cues, make) in kinds {
        const N: usize = 600;
        let (mut seen, mut right, mut missed) = (0, 0, Vec::new());
        for _ in 0..N {
            let value = make(&mut dice);
            let cue = dice.of(cues);
            let (text, span) = around(&mut dice, cue, &value);
            let findings = screen(&text, &Knobs::default()).findings;
            let found: Vec<_> = findings.iter().filter(|f| f.code == code).collect();
            seen += usize::from(!found.is_empty());
            let is_right = found.iter().any(|f| f.spans == [span.clone()]);
            right += usize::from(is_right);
            if !is_right {
                missed.push(format!(
                    "{text}   {:?}",
                    found.first().map(|f| &text[f.spans[0].clone()])
                ));
            }
        }
        missed.truncate(12);
        report.push(format!("{code}: {seen} seen and {right} right of {N} {missed:#?}"));
        assert!(seen * 100 >= N * 98 && right * 100 >= N * 97, "{}", report.join("\n"));
    }
}

#[test]
fn what_only_looks_like_it_stays() {
    let mut dice = Dice(11);
    let mut masked = Vec::new();
    const N: usize = 4_000;
    for n in 0..N {
        let d = &mut dice;
        let text = match n % 20 {
            0 => format!(
                "Il CIG {} della gara",
                d.letters(1, "XYZ89") + &d.letters(9, "0123456789ABCDEF")
            ),
            1 => format!(
                "CUP {} del progetto PNRR",
                d.letters(1, "BCDFGHIJ") + &d.digits(2) + &d.letters(1, "ABCEFGH") + &d.digits(11)
            ),
            2 => format!("L'avviso PagoPA {} è giusto?", "3".to_owned() + &d.digits(17)),
            3 => format!(
                "L'avviso {} scade domani",
                parts(&("3".to_owned() + &d.digits(17)), &[4, 4, 4, 4, 2], " ")
            ),
            4 => format!("Protocollo n. {}/2024 senza risposta", d.digits(7)),
            5 => format!("La delibera n. {}/2024 cosa prevede?", d.throw(900) + 1),
            6 => format!("Vivo a {} Milano", 20_121 + d.throw(40)),
            7 => format!(
                "Dal {:02}/{:02}/2024 al {:02}.{:02}.2025",
                d.throw(28) + 1,
                d.throw(12) + 1,
                d.throw(28) + 1,
                d.throw(12) + 1
            ),
            8 => format!("Il bus {} e il {} passano?", d.throw(99) + 1, d.throw(99) + 1),
            9 => format!("Costa {}.{}.{} euro?", d.throw(90) + 1, d.digits(3), d.digits(3)),
            10 => format!(
                "Bilancio {}-{}: {} abitanti",
                2020 + d.throw(5),
                2025 + d.throw(5),
                d.throw(900_000) + 10_000
            ),
            11 => format!(
                "Dalle {}:00 alle {}:30, dal 2 al {}",
                d.throw(12) + 1,
                d.throw(12) + 12,
                d.throw(28) + 1
            ),
            12 => format!("Determina {} del 12/03/2024, impegno {}", d.digits(4), d.digits(5)),
            13 => format!("La pratica {} è ferma", d.digits(10)),
            14 => format!(
                "Legge {}/1990 e d.lgs. {}/2013, art. {}",
                d.throw(400) + 1,
                d.throw(400) + 1,
                d.throw(99) + 1
            ),
            15 => format!(
                "Foglio {} particella {} sub {}",
                d.throw(300) + 1,
                d.throw(2000) + 1,
                d.throw(30) + 1
            ),
            16 => format!("Ticket {} aperto, segnalazione {}", d.digits(8), d.digits(9)),
            17 => format!("Coordinate 45.{}, 9.{}", d.digits(5), d.digits(5)),
            18 => {
                format!("Bando n. {} con {} punti e {}%", d.digits(6), d.throw(100), d.throw(100))
            }
            _ => {
                format!("{} + {} = {} firme raccolte", d.throw(2000), d.throw(2000), d.throw(9000))
            }
        };
        let findings = screen(&text, &Knobs::default()).findings;
        if let Some(found) = findings.iter().find(|f| f.code.starts_with("PII")) {
            masked.push(format!("{} {text}", found.code));
        }
    }
    assert!(
        masked.len() * 500 <= N,
        "{} of {N}: {:#?}",
        masked.len(),
        &masked[..masked.len().min(30)]
    );
}

#[test]
fn what_the_city_publishes_stays() {
    let contacts = vec!["info@acquedotto.example".to_owned(), "011 555 0123".to_owned()];
    let knobs = Knobs { contacts, ..Knobs::default() };
    for text in [
        "Il contact center 020202 non risponde",
        "Chiamo il 112 o il 115? E il 118?",
        "Il numero verde 800 123 456 è spento",
        "800-123456 e 800.123.456 sono gratis?",
        "Il 1500 del ministero risponde",
        "Scrivo a protocollo@comune.esempio.it da un mese",
        "La PEC protocollo@pec.comune.esempio.it è piena",
        "urp@regione.esempio.it e info@provincia.tn.it",
        "segreteria@istitutoverdi.edu.it non risponde",
        "Il sito è www.comune.esempio.it e il profilo @ComuneMI",
        "Seguite @comune_esempio",
        "Il portale servizi.gov.it è giù",
        "anagrafe@cittametropolitana.esempio.it",
        "Scrivo a info@acquedotto.example, o chiamo lo 011 555 0123?",
        "Lo 011.5550123 è occupato",
        "Il centralino del Comune 051 219 1111 non risponde",
        "L'URP al numero 0522 456111 è chiuso",
        "Il 199 e l'892 sono a pagamento",
        "Il 1522 contro la violenza è attivo di notte?",
        "Numero unico europeo 116117",
    ] {
        let screening = screen(text, &knobs);
        let masked: Vec<_> =
            screening.findings.iter().filter(|f| f.verdict == Verdict::Mask).collect();
        assert!(masked.is_empty(), "{text}: {masked:?}");
    }
}
