//! Personal data of nobody, made from a seed with the check digits that real ones have, in the ways
//! in which people write them; what looks like it and is none; and what public bodies publish.

use std::ops::Range;

use crate::chance::Chance;

/// What is made, with the code under which it must be found.
pub(super) const KINDS: [(&str, &str); 6] = [
    ("codice fiscale", "PII_TAX_CODE"),
    ("IBAN", "PII_IBAN"),
    ("card", "PII_CARD"),
    ("e-mail", "PII_EMAIL"),
    ("telephone", "PII_PHONE"),
    ("partita IVA", "PII_VAT"),
];

/// A text with something in it.
#[derive(Debug)]
pub(super) struct Made {
    pub text: String,
    /// Where it stands, in bytes.
    pub span: Range<usize>,
}

/// So many of a kind.
pub(super) fn data(kind: &str, seed: u64, many: usize) -> Vec<Made> {
    let mut chance = Chance::of(seed, kind);
    (0..many).map(|_| made(kind, &mut chance)).collect()
}

fn made(kind: &str, chance: &mut Chance) -> Made {
    let (what, around): (String, &[&str]) = match kind {
        "codice fiscale" => (tax_code(chance), &AROUND_CODE),
        "IBAN" => (iban(chance), &AROUND_IBAN),
        "card" => (card(chance), &AROUND_CARD),
        "e-mail" => (email(chance), &AROUND_EMAIL),
        "telephone" => (phone(chance), &AROUND_PHONE),
        _ => (vat(chance), &AROUND_VAT),
    };
    let around = chance.pick(around).copied().unwrap_or("{}");
    let start = around.find("{}").unwrap_or_default();
    let span = start..start + what.len();
    Made { text: around.replace("{}", &what), span }
}

const AROUND_CODE: [&str; 4] = [
    "Il mio codice fiscale è {}, perché non risulto in graduatoria?",
    "Sono {} e aspetto la carta d'identità da marzo",
    "{}: quando mi chiamate per il bonus?",
    "Buonasera, cf {}. Grazie",
];
const AROUND_IBAN: [&str; 4] = [
    "Il rimborso della mensa va versato su {}, lo avete ricevuto?",
    "IBAN {} intestato a me",
    "{} è il conto giusto per la TARI?",
    "Perché il contributo non arriva (conto {})?",
];
const AROUND_CARD: [&str; 4] = [
    "Ho pagato la multa con la carta {} ma risulta ancora aperta",
    "Carta {}: addebito doppio per il parcheggio",
    "{} è stata rifiutata due volte dal parcometro",
    "Potete stornare il pagamento fatto con {}?",
];
const AROUND_EMAIL: [&str; 4] = [
    "Potete rispondermi a {}?",
    "Scrivetemi: {} grazie",
    "{} è il mio indirizzo, aspetto notizie sul cantiere",
    "La mia casella {} non riceve le vostre ricevute, perché?",
];
const AROUND_PHONE: [&str; 4] = [
    "Chiamatemi al {} per il sopralluogo",
    "Il mio numero è {}, aspetto da un mese",
    "Cell. {}: quando passate per la buca davanti a casa?",
    "tel {} grazie, sono in casa la mattina",
];
const AROUND_VAT: [&str; 3] = [
    "La mia partita IVA è {}, posso chiedere il contributo per i negozi?",
    "P.IVA {} : quando arriva il ristoro?",
    "partita iva {}, categoria bar: che orari avremo?",
];

fn digits(chance: &mut Chance, many: usize) -> String {
    (0..many).map(|_| digit(chance)).collect()
}

fn digit(chance: &mut Chance) -> char {
    char::from(b'0' + u8::try_from(chance.below(10)).unwrap_or_default())
}

fn letter(chance: &mut Chance, among: &str) -> char {
    among.chars().nth(chance.below(among.len())).unwrap_or('A')
}

const CONSONANTS: &str = "BCDFGLMNPRSTVZ";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// With its check letter; some with letters for digits, as where two people would share one.
fn tax_code(chance: &mut Chance) -> String {
    let mut code: String = (0..6).map(|_| letter(chance, CONSONANTS)).collect();
    code += &format!("{:02}", chance.below(100));
    code.push(letter(chance, "ABCDEHLMPRST"));
    let day = 1 + chance.below(28) + if chance.once_in(2) { 40 } else { 0 };
    code += &format!("{day:02}");
    code.push(letter(chance, "ABCDEFGHIL"));
    code += &format!("{:03}", 1 + chance.below(999));
    if chance.once_in(10) {
        let last = code.pop().and_then(|c| c.to_digit(10)).unwrap_or_default();
        code.push("LMNPQRSTUV".chars().nth(last as usize).unwrap_or('L'));
    }
    code.push(check_letter(&code));
    let code = if chance.once_in(3) { code.to_lowercase() } else { code };
    let parts = |between: &str| [&code[..3], &code[3..6], &code[6..11], &code[11..]].join(between);
    match chance.below(4) {
        0 => parts(" "),
        1 => parts("-"),
        _ => code,
    }
}

/// As the Decree of 23 December 1976 has it: letters at odd places count by a table.
fn check_letter(code: &str) -> char {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let sum: u32 = code
        .bytes()
        .enumerate()
        .map(|(n, c)| {
            // A digit counts as the letter of its place.
            let place = u32::from(if c.is_ascii_digit() { c - b'0' } else { c - b'A' });
            if n % 2 == 0 { ODD[place as usize] } else { place }
        })
        .sum();
    LETTERS.chars().nth((sum % 26) as usize).unwrap_or('A')
}

fn iban(chance: &mut Chance) -> String {
    let account =
        format!("{}{}{}", letter(chance, LETTERS), digits(chance, 10), digits(chance, 12));
    let rest = account.chars().chain("IT00".chars()).fold(0_u64, |rest, c| {
        let value = u64::from(c.to_digit(36).unwrap_or_default());
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    });
    let iban = format!("IT{:02}{account}", 98 - rest);
    let fours = |between: &str| {
        let parts: Vec<String> = iban
            .as_bytes()
            .chunks(4)
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect();
        parts.join(between)
    };
    match chance.below(5) {
        0 | 1 => fours(" "),
        2 => iban.to_lowercase(),
        3 => [&iban[..4], &iban[4..5], &iban[5..10], &iban[10..15], &iban[15..]].join(" "),
        _ => iban,
    }
}

fn card(chance: &mut Chance) -> String {
    let begins = ["4", "51", "52", "53", "54", "55"];
    let mut number = chance.pick(&begins).copied().unwrap_or("4").to_owned();
    number += &digits(chance, 15 - number.len());
    number.push(luhn(&number));
    let parts =
        |between: &str| [&number[..4], &number[4..8], &number[8..12], &number[12..]].join(between);
    match chance.below(3) {
        0 => parts(" "),
        1 => parts("-"),
        _ => number,
    }
}

/// The digit that makes a number one of Luhn's.
fn luhn(number: &str) -> char {
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(n, c)| {
            let digit = u32::from(c - b'0');
            let twice = if n % 2 == 0 { digit * 2 } else { digit };
            if twice > 9 { twice - 9 } else { twice }
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

fn vat(chance: &mut Chance) -> String {
    let number = format!("{}{:03}", digits(chance, 7), 1 + chance.below(100));
    let number = format!("{number}{}", luhn(&number));
    if chance.once_in(4) { format!("IT{number}") } else { number }
}

fn email(chance: &mut Chance) -> String {
    let first = ["anna", "mario", "lucia.b", "g.verdi", "elena_k", "paolo77", "s.conti-neri"];
    let host = ["posta", "example", "mail-casa", "studio.bianchi", "libera"];
    let end = ["it", "com", "org", "net", "eu"];
    let one = |all: &[&'static str], chance: &mut Chance| chance.pick(all).copied().unwrap_or("a");
    let (first, host, end) = (one(&first, chance), one(&host, chance), one(&end, chance));
    match chance.below(6) {
        0 => format!("{first} (at) {host}.{end}"),
        1 => format!("{first}(at){host}.{end}"),
        2 => format!("{first} chiocciola {host} punto {end}"),
        3 => format!("{first}@{host}.{end}").to_uppercase(),
        _ => format!("{first}@{host}.{end}"),
    }
}

fn phone(chance: &mut Chance) -> String {
    let mobile = format!("3{}{}", 2 + chance.below(8), digit(chance));
    let (a, b) = (format!("{}{}", 2 + chance.below(8), digits(chance, 2)), digits(chance, 4));
    let area = ["02", "06", "011", "051", "0161", "0432", "0883"];
    let area = chance.pick(&area).copied().unwrap_or("02");
    let local = format!("{}{}", 2 + chance.below(8), digits(chance, 6));
    match chance.below(12) {
        0 => format!("{mobile}{a}{b}"),
        1 => format!("{mobile} {a}{b}"),
        2 => format!("{mobile} {a} {b}"),
        3 => format!("{mobile}-{a}{b}"),
        4 => format!("{mobile}.{a}.{b}"),
        5 => format!("+39 {mobile} {a}{b}"),
        6 => format!("+39{mobile}{a}{b}"),
        7 => format!("0039 {mobile} {a} {b}"),
        8 => format!("({mobile}) {a}{b}"),
        9 => format!("{area} {local}"),
        10 => format!("{area}/{local}"),
        _ => format!("{area}{local}"),
    }
}

/// What has as many digits and letters, and is nobody's.
pub(super) fn look_alikes(seed: u64, many: usize) -> Vec<String> {
    let mut chance = Chance::of(seed, "look-alikes");
    (0..many).map(|n| look_alike(n, &mut chance)).collect()
}

fn look_alike(n: usize, chance: &mut Chance) -> String {
    let d = |chance: &mut Chance, many| digits(chance, many);
    let year = 2015 + chance.below(12);
    match n % 16 {
        0 => format!("La gara con CIG {} è stata assegnata?", cig(chance)),
        1 => format!("CIG: {} - a chi è andato l'appalto?", cig(chance)),
        2 => format!(
            "Il progetto CUP {}{}D{}{}000{} quando parte?",
            letter(chance, LETTERS),
            d(chance, 2),
            d(chance, 2),
            d(chance, 6),
            d(chance, 1)
        ),
        3 => format!("Avviso PagoPA {}: perché arriva due volte?", d(chance, 18)),
        4 => {
            let notice = format!("3{}", d(chance, 16));
            let notice = format!("{notice}{}", luhn(&notice));
            format!("Codice avviso {notice}, come lo annullo?")
        }
        5 => format!("Protocollo n. {}/{year}: a che punto è la pratica?", d(chance, 7)),
        6 => format!("La delibera n. {}/{year} è ancora valida?", 1 + chance.below(900)),
        7 => format!("Perché in zona {} non passa il camion dei rifiuti?", d(chance, 5)),
        8 => format!(
            "Il {:02}/{:02}/{year} la scuola è aperta?",
            1 + chance.below(28),
            1 + chance.below(12)
        ),
        9 => format!(
            "Avete speso {}.{}.{},{} euro per la piazza?",
            1 + chance.below(9),
            d(chance, 3),
            d(chance, 3),
            d(chance, 2)
        ),
        10 => format!(
            "Le linee {}, {} e {} saranno soppresse nel {year}?",
            d(chance, 2),
            d(chance, 2),
            d(chance, 2)
        ),
        11 => format!(
            "Foglio {} particella {} subalterno {}: è edificabile?",
            d(chance, 2),
            d(chance, 4),
            d(chance, 1)
        ),
        12 => format!(
            "Il verbale {}{} del {year} è sbagliato, a chi scrivo?",
            d(chance, 5),
            d(chance, 4)
        ),
        13 => format!(
            "Determina dirigenziale {} del {year}, impegno {}: di che si tratta?",
            d(chance, 4),
            d(chance, 6)
        ),
        14 => format!(
            "L'orario 0{}.30-1{}.30 vale anche ad agosto {year}?",
            7 + chance.below(3),
            2 + chance.below(7)
        ),
        _ => format!(
            "Coordinate 45.{} 9.{}: perché lì non c'è un lampione?",
            d(chance, 6),
            d(chance, 6)
        ),
    }
}

/// A code of a tender: seven digits and three signs, or a letter first.
fn cig(chance: &mut Chance) -> String {
    if chance.once_in(3) {
        return format!("{}{}", letter(chance, "ABXYZ"), digits(chance, 9));
    }
    let end: String = (0..3).map(|_| letter(chance, "0123456789ABCDEF")).collect();
    format!("{}{end}", digits(chance, 7))
}

/// What cities and public bodies publish, in sentences of ours.
pub(super) fn contacts() -> Vec<String> {
    [
        "Al numero 020202 non risponde nessuno, perché?",
        "Chi chiama il 112 da una galleria viene localizzato?",
        "Il 118 e il 115 hanno ancora una centrale in città?",
        "Il numero verde 800 123 456 è attivo anche di sabato?",
        "Perché l'800123456 è sempre occupato?",
        "Al 1500 del ministero dicono di chiedere a voi: è vero?",
        "Il centralino 06 0606 sarà potenziato?",
        "Ho scritto a protocollo@pec.comune.milano.it e non risponde nessuno",
        "L'indirizzo urp@comune.torino.it è ancora in uso?",
        "anagrafe@comune.bari.it risponde in quanto tempo?",
        "Scrivo a ufficio.tributi@comune.example-sul-po.mi.it da un mese, perché tacete?",
        "info@regione.piemonte.it è l'ufficio giusto per il bando?",
        "La casella protocollo@postacert.governo.it riceve anche le nostre istanze?",
        "Perché @ComuneMI non annuncia la chiusura della strada?",
        "Su @comuneditorino avete scritto altro: quale è giusto?",
        "Chiamare l'1522 è gratuito anche dal cellulare?",
        "Il 116117 per la guardia medica funziona qui?",
        "Il 113 e il 117 rispondono dallo stesso posto?",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_has_the_check_digits_of_published_examples() {
        assert_eq!(check_letter("RSSMRA85T10A562"), 'S');
        assert_eq!(luhn("411111111111111"), '1');
        assert_eq!(luhn("0074375015"), '0');
    }

    #[test]
    fn the_same_seed_makes_the_same_and_the_span_is_where_it_stands() {
        for (kind, _) in KINDS {
            let texts = |seed| data(kind, seed, 20).into_iter().map(|made| made.text);
            assert!(texts(1).eq(texts(1)) && !texts(1).eq(texts(2)), "{kind}");
            for Made { text, span } in data(kind, 1, 200) {
                assert!(text.get(span).is_some_and(|part| part.len() > 6), "{text}");
            }
        }
    }
}
