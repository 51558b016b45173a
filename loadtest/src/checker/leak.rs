//! Nothing unapproved reaches the public: every byte to citizens and overlays is searched for
//! every text, name, note, pseudonym and canary word of the evening.
//!
//! What is public is public wherever it stands: a pending text that is a part of an approved one
//! betrays nothing. What is one's own is allowed in what is sent to oneself, never in a frame that
//! goes to everybody.

use std::collections::HashMap;

use super::ground::Ground;
use super::model::kind_of;
use super::patterns::{Patterns, What, each_text};
use super::report::{Kind, Report};
use super::shape;
use crate::history::{Event, Record};

/// Messages that go to one client alone.
const TO_ONE: [&str; 5] = ["welcome", "mine", "done", "checked", "refused"];

pub(super) fn check(ground: &Ground, report: &mut Report) {
    let patterns = Patterns::read(ground);
    report.checked.secrets = patterns.secrets.len();
    let mut known: HashMap<usize, Box<[usize]>> = HashMap::new();
    for (index, record) in ground.case.history.records.iter().enumerate() {
        if !record.seat.is_public() {
            continue;
        }
        let (address, bytes, kind) = match &record.event {
            Event::Received(message) => {
                let kind = kind_of(message.value()).unwrap_or("a message");
                (message.address(), message.text(), kind)
            }
            Event::Bytes(bytes) => (bytes.as_ptr().addr(), &**bytes, "bytes"),
            _ => continue,
        };
        let here = *record.session == *ground.model.slug;
        report.checked.public_bytes += bytes.len();
        report.checked.public_messages +=
            usize::from(here && matches!(kind, "snapshot" | "update" | "bytes"));
        let first = !known.contains_key(&address);
        let hits = known.entry(address).or_insert_with(|| search(&patterns, &record.event));
        judge(ground, &patterns, (index, record, kind, here), hits, report);
        if here && (first || TO_ONE.contains(&kind)) {
            shape::check(ground, (index, record), report);
        }
    }
}

fn judge(
    ground: &Ground,
    patterns: &Patterns,
    (index, record, kind, here): (usize, &Record, &str, bool),
    hits: &[usize],
    report: &mut Report,
) {
    for &hit in hits {
        let secret = &patterns.secrets[hit];
        let who = ground.people.who(&record.client);
        let own = secret.owners.iter().any(|&owner| owner == who || *owner == *record.client);
        let to_one = kind == "bytes" || TO_ONE.contains(&kind) || secret.what == What::Person;
        // Elsewhere the same words may be anybody's; a canary word is only ever ours.
        let matters = here || secret.what == What::Canary;
        if matters && !(own && to_one) && secret.public_from.is_none_or(|from| index < from) {
            let of = if secret.subject.is_empty() { secret.text } else { secret.subject };
            let yet = if secret.public_from.is_some() { "not public yet" } else { "never public" };
            let what = format!("`{kind}` holds {} of {of}, which is {yet}", secret.what.word());
            report.at(Kind::Leak, index, &record.client, Some(of), what);
        }
    }
}

/// The secrets in a message, each once, whether they may be there or not.
fn search(patterns: &Patterns, event: &Event) -> Box<[usize]> {
    let mut hits = Vec::new();
    let mut look = |text: &str| patterns.find(text, |hit| hits.push(hit));
    // The bytes as they are, too: a value forgets what stands under a name twice.
    let (bytes, parsed);
    let value = match event {
        Event::Received(message) => {
            bytes = message.text();
            message.value()
        }
        Event::Bytes(text) => {
            bytes = text;
            parsed = serde_json::from_str(text).unwrap_or_default();
            &parsed
        }
        _ => return Box::default(),
    };
    look(bytes);
    if bytes.contains(['&', '\\']) {
        look(&unescaped(bytes));
    }
    each_text(value, &mut |text| look(text));
    hits.sort_unstable();
    hits.dedup();
    hits.into()
}

/// A page's or a body's bytes with the escapes of HTML and JSON undone.
fn unescaped(bytes: &str) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.find(['&', '\\']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let (letter, length) = escape(rest).unwrap_or_else(|| {
            let first = if rest.starts_with('&') { '&' } else { '\\' };
            (first, 1)
        });
        text.push(letter);
        rest = &rest[length..];
    }
    text.push_str(rest);
    text
}

/// The letter that an escape at the beginning stands for, and the escape's length.
fn escape(rest: &str) -> Option<(char, usize)> {
    let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&apos;", '\'')];
    let plain = [("\\\"", '"'), ("\\\\", '\\'), ("\\/", '/'), ("\\n", '\n'), ("\\t", '\t')];
    let found = known.iter().chain(&plain).find(|(escape, _)| rest.starts_with(escape));
    if let Some(&(escape, letter)) = found {
        return Some((letter, escape.len()));
    }
    if let Some(digits) = rest.strip_prefix("\\u") {
        let code = u32::from_str_radix(digits.get(..4)?, 16).ok()?;
        return Some((char::from_u32(code)?, 6));
    }
    let digits = rest.strip_prefix("&#")?;
    let end = digits.find(';').filter(|&end| end <= 8)?;
    let code = match digits[..end].strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits[..end].parse().ok()?,
    };
    Some((char::from_u32(code)?, end + 3))
}
