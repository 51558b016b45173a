//! Runs of digits: cards, VAT numbers, telephone numbers.

use std::ops::Range;

use super::phones::telephone;
use super::{Datum, Seen, all, patterns, words_before};

patterns! {
    NUMBER = r"(?:\(\+|\+?\(?)[0-9](?:[0-9]| ?[\-./)(] ?| )*[0-9]";
}

pub(super) fn numbers(flat: &str, seen: &mut Vec<Seen>) {
    for mut at in all(&NUMBER, flat) {
        // "(340 1234567)": the brackets are the sentence's.
        if flat[at.clone()].starts_with('(') && !flat[at.clone()].contains(')') {
            at.start += 1;
        }
        let before = flat[..at.start].chars().next_back();
        let after = flat[at.end..].chars().next();
        if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '€' | '$' | '°' | '#')) {
            continue;
        }
        if after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '€' | '%' | '$')) {
            continue;
        }
        match number(flat, &at) {
            Some((datum, at)) => seen.push(Seen { datum, at }),
            None => side_by_side(flat, &at, seen),
        }
    }
}

/// Several numbers with only spaces between them.
fn side_by_side(flat: &str, at: &Range<usize>, seen: &mut Vec<Seen>) {
    let text = &flat[at.clone()];
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    for group in text.split(' ') {
        groups.push(at.start + from..at.start + from + group.len());
        from += group.len() + 1;
    }
    let mut first = 0;
    while first < groups.len() && groups.len() > 1 {
        let found = (first..groups.len().min(first + 5)).rev().find_map(|last| {
            let row = groups[first].start..groups[last].end;
            (row != *at && !row.is_empty())
                .then(|| number(flat, &row))
                .flatten()
                .map(|found| (last, found))
        });
        match found {
            Some((last, (datum, at))) => {
                seen.push(Seen { datum, at });
                first = last + 1;
            }
            None => first += 1,
        }
    }
}

/// What a run of digits is, and which part of it.
fn number(flat: &str, at: &Range<usize>) -> Option<(Datum, Range<usize>)> {
    let text = &flat[at.clone()];
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    if digits.len() == 20 && digits.starts_with(b"80380") {
        return Some((Datum::HealthCard, at.clone()));
    }
    if is_card(&digits, text) {
        return Some((Datum::Card, at.clone()));
    }
    let before = words_before(flat, at.start, 5);
    if digits.len() == 11 && is_vat(&digits) && is_vat_meant(flat, at.start, &before) {
        return Some((Datum::Vat, at.clone()));
    }
    telephone(flat, at, &before).map(|at| (Datum::Phone, at))
}

/// By the networks' prefixes and lengths, and Luhn's check digit (ISO/IEC 7812).
fn is_card(digits: &[u8], text: &str) -> bool {
    let n = |len: usize| digits[..len].iter().fold(0_u32, |n, d| n * 10 + u32::from(d - b'0'));
    if digits.len() < 13 || digits.len() > 19 || text.contains(['(', ')', '+']) {
        return false;
    }
    let known = match digits.len() {
        13 | 19 => digits[0] == b'4',
        14 => matches!(n(2), 36 | 38 | 39) || matches!(n(3), 300..=305),
        15 => matches!(n(2), 34 | 37),
        16 => {
            digits[0] == b'4'
                || matches!(n(2), 51..=55 | 65 | 35 | 62 | 50 | 67)
                || n(4) == 6011
                || matches!(n(4), 2221..=2720)
        }
        _ => false,
    };
    known && luhn(digits)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, digit)| {
            let digit = u32::from(digit - b'0');
            if n % 2 == 0 { digit } else { digit * 2 - if digit > 4 { 9 } else { 0 } }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// An Italian VAT number has Luhn's check digit, too.
fn is_vat(digits: &[u8]) -> bool {
    luhn(digits) && digits.iter().any(|digit| *digit != b'0')
}

fn is_vat_meant(flat: &str, start: usize, before: &[&str]) -> bool {
    before.iter().any(|word| matches!(*word, "iva" | "piva" | "vat"))
        || flat[..start].trim_end().ends_with("it") && before.first() == Some(&"it")
}
