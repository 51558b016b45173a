//! A session for people's calendars: iCalendar (RFC 5545), one event.
//!
//! By hand: the crate for it brings `chrono`, which the house has decided against, and of the
//! format this needs two rules, how texts are escaped and where lines are folded.

use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp as Instant;

use super::layout::Reader;
use super::words::Words;
use crate::http::api::Call;
use crate::http::error::No;
use crate::http::here::Capacity;
use crate::qa::view::SessionView;
use crate::qa::{SessionId, Timestamp};

/// `/s/SLUG/calendar.ics`, for a session with a start.
pub(super) async fn calendar(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.found(&asker, &slug, Some(Capacity::Citizen)).await?;
    let sign = here.room.sign();
    let none = || No::not_found("session");
    let view = sign.view.as_ref().ok_or_else(none)?;
    let starts_at = view.starts_at.ok_or_else(none)?;
    let reader = Reader::of(&call);
    let event = Event {
        id: here.id,
        view,
        starts_at,
        now: call.front.hub.now(),
        link: reader.whole(&format!("/s/{slug}")),
        words: reader.words(),
        city: reader.name(),
    };
    let kind = HeaderValue::from_static("text/calendar; charset=utf-8");
    let cache = HeaderValue::from_static("no-cache");
    let mut answer = ([(CONTENT_TYPE, kind), (CACHE_CONTROL, cache)], event.text()).into_response();
    // A slug has no character that could end the name.
    if let Ok(name) = format!("attachment; filename=\"{slug}.ics\"").parse() {
        answer.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(answer)
}

struct Event<'a> {
    id: SessionId,
    view: &'a SessionView,
    starts_at: Timestamp,
    now: Timestamp,
    link: Option<String>,
    words: &'static Words,
    city: &'a str,
}

impl Event<'_> {
    /// Without an end: nobody knows how long an evening takes.
    fn text(&self) -> String {
        let mut lines = vec![
            "BEGIN:VCALENDAR".to_owned(),
            "VERSION:2.0".to_owned(),
            "PRODID:-//Filo Diretto//filodiretto//IT".to_owned(),
            "METHOD:PUBLISH".to_owned(),
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}@filodiretto", self.id),
            format!("SEQUENCE:{}", self.view.rev.0),
            format!("DTSTAMP:{}", moment(self.now)),
            format!("DTSTART:{}", moment(self.starts_at)),
            format!("SUMMARY:{}", escaped(&self.view.title)),
            format!("DESCRIPTION:{}", escaped(&(self.words.description)(self.city))),
        ];
        lines.extend(self.link.as_ref().map(|link| format!("URL:{link}")));
        lines.extend(["END:VEVENT".to_owned(), "END:VCALENDAR".to_owned()]);
        lines.iter().map(|line| folded(line)).collect()
    }
}

/// `20261212T200000Z`.
fn moment(at: Timestamp) -> String {
    Instant::from_millisecond(at.0).unwrap_or_default().strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A line and its end: of at most 75 bytes, the rest on lines that begin with a space.
fn folded(line: &str) -> String {
    const MOST: usize = 75;
    let (mut folded, mut length) = (String::with_capacity(line.len() + 2), 0);
    for c in line.chars() {
        if length + c.len_utf8() > MOST {
            folded.push_str("\r\n ");
            length = 1;
        }
        folded.push(c);
        length += c.len_utf8();
    }
    folded + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_folded_between_characters_and_unfolds_to_itself() {
        let line = format!("SUMMARY:{}", "È una città? 🏛️ ".repeat(20));
        let folded = folded(&line);
        assert!(folded.ends_with("\r\n"));
        assert!(folded.trim_end().split("\r\n").all(|line| line.len() <= 75));
        assert_eq!(folded.trim_end_matches("\r\n").replace("\r\n ", ""), line);
    }

    #[test]
    fn what_a_text_says_ends_no_line() {
        assert_eq!(escaped("a,b;c\\d\ne\r\u{7}"), "a\\,b\\;c\\\\d\\ne");
        assert_eq!(moment(Timestamp(1_797_105_600_000)), "20261212T200000Z");
    }
}
