//! Codes with a check digit: codice fiscale, IBAN.

use super::{Datum, Seen, patterns, stands_alone};

patterns! {
    TAX_CODE = r"(?:[a-z][ \-./]?){6}(?:[0-9lmnpqrstuv][ \-./]?){2}[abcdehlmprst][ \-./]?(?:[0-9lmnpqrstuv][ \-./]?){2}[a-z][ \-./]?(?:[0-9lmnpqrstuv][ \-./]?){3}[a-z]";
}

pub(super) fn tax_codes(flat: &str, seen: &mut Vec<Seen>) {
    let Some(regex) = TAX_CODE.as_ref() else { return };
    let mut from = 0;
    while let Some(hit) = regex.find_at(flat, from) {
        let at = hit.range();
        if stands_alone(flat, &at) && is_tax_code(&flat[at.clone()]) {
            from = at.end;
            seen.push(Seen { datum: Datum::TaxCode, at });
        } else {
            // What looked like one may hide the beginning of another.
            from = at.start + 1;
        }
    }
}

/// The last letter follows from the fifteen before it (decree of 23 December 1976).
fn is_tax_code(text: &str) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let code: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    if code.len() != 16 {
        return false;
    }
    let value = |c: u8| u32::from(if c.is_ascii_digit() { c - b'0' } else { c - b'a' });
    let sum: u32 = code[..15]
        .iter()
        .enumerate()
        .map(|(n, c)| if n % 2 == 0 { ODD[value(*c) as usize] } else { value(*c) })
        .sum();
    sum % 26 == value(code[15])
}

/// Letters and digits of an IBAN, by country (SWIFT's registry).
const LENGTHS: &str = "\
    ad24 ae23 al28 at20 az28 ba20 be16 bg22 bh22 br29 by28 ch21 cr22 \
    cy28 cz24 de22 dk18 do28 ee20 eg29 es24 fi18 fo18 fr27 gb22 ge22 \
    gi23 gl18 gr27 gt28 hr21 hu28 ie22 il23 iq23 is26 it27 jo30 kw30 \
    kz20 lb28 lc32 li21 lt20 lu20 lv21 ly25 mc27 md24 me22 mk19 mr27 \
    mt31 mu30 nl18 no15 pk24 pl28 ps29 pt25 qa29 ro24 rs22 sa24 sc31 \
    se24 si19 sk24 sm27 st25 sv28 tl23 tn24 tr26 ua29 va22 vg24 xk20";

fn length_of(country: &[u8]) -> Option<usize> {
    let row = LENGTHS.split(' ').find(|row| row.as_bytes().starts_with(country))?;
    row[2..].parse().ok()
}

pub(super) fn ibans(flat: &str, seen: &mut Vec<Seen>) {
    let bytes = flat.as_bytes();
    for at in 0..bytes.len().saturating_sub(14) {
        let begins = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        if !begins || !bytes[at].is_ascii_lowercase() || !bytes[at + 1].is_ascii_lowercase() {
            continue;
        }
        let Some(length) = length_of(&bytes[at..at + 2]) else { continue };
        let (mut code, mut end, mut gap) = (Vec::with_capacity(length), at, 0);
        while end < bytes.len() && code.len() < length && gap < 3 {
            match bytes[end] {
                c if c.is_ascii_alphanumeric() => {
                    code.push(c);
                    gap = 0;
                }
                b' ' | b'-' | b'.' | b'/' => gap += 1,
                _ => break,
            }
            end += 1;
        }
        let range = at..end;
        if code.len() == length
            && flat.is_char_boundary(end)
            && stands_alone(flat, &range)
            && is_iban(&code)
        {
            seen.push(Seen { datum: Datum::Iban, at: range });
        }
    }
}

/// The remainder by 97 is 1 (ISO 13616).
fn is_iban(code: &[u8]) -> bool {
    if !code[2].is_ascii_digit() || !code[3].is_ascii_digit() {
        return false;
    }
    let rest = code[4..].iter().chain(&code[..4]).fold(0_u32, |rest, c| match c {
        b'0'..=b'9' => (rest * 10 + u32::from(c - b'0')) % 97,
        c => (rest * 100 + u32::from(c - b'a') + 10) % 97,
    });
    rest == 1
}
