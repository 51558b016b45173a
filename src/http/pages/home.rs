//! `/`: the sessions, by when they are.

use std::cmp::Reverse;

use axum::response::Response;
use maud::{Markup, html};

use super::layout::{Frame, Page, Reader, Script};
use super::{EVERYBODY, dates, search};
use crate::http::api::Call;
use crate::http::error::No;
use crate::qa::session::SessionState;
use crate::qa::view::SessionView;

/// The sessions that everybody may see.
pub(super) async fn home(call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    call.counts(&asker)?;
    let mut sessions = Vec::new();
    for id in call.front.hub.house().now().sessions().values() {
        // One that cannot be served has said so in the log, and keeps no other from being listed.
        let Ok(sign) = call.front.hub.sign(*id).await else { continue };
        sessions.extend(sign.view.clone().filter(|view| view.state != SessionState::Draft));
    }
    let reader = Reader::of(&call);
    let page = Page {
        title: reader.name(),
        description: Some((reader.words().description)(reader.name())),
        inside: inside(&reader, &sessions, !call.front.finder.is_empty()),
        frame: Frame::Site,
        script: Script::None,
    };
    Ok(page.keep(&reader, &call.headers, EVERYBODY, "accept-language"))
}

fn inside(reader: &Reader, sessions: &[SessionView], searchable: bool) -> Markup {
    let words = reader.words();
    let in_state = |states: &[SessionState]| {
        let fits = sessions.iter().filter(|view| states.contains(&view.state));
        fits.collect::<Vec<_>>()
    };
    let mut now = in_state(&[SessionState::Open, SessionState::Closed]);
    let mut coming = in_state(&[SessionState::Scheduled]);
    let mut past = in_state(&[SessionState::Ended]);
    now.sort_by_key(|view| view.starts_at);
    coming.sort_by_key(|view| view.starts_at);
    past.sort_by_key(|view| Reverse(view.starts_at));
    html! {
        div.container.narrow {
            h1 { (words.sessions) }
            @if sessions.is_empty() { p { (words.no_sessions) } }
            @for (title, group) in [(words.now, now), (words.coming, coming), (words.past, past)] {
                @if !group.is_empty() {
                    section {
                        h2 { (title) }
                        @if title == words.past && searchable { (search::form(reader, "")) }
                        ul.cards { @for view in group { li { (session(reader, view)) } } }
                    }
                }
            }
        }
    }
}

fn session(reader: &Reader, view: &SessionView) -> Markup {
    let (words, Some(slug)) = (reader.words(), &view.slug) else { return html! {} };
    let officials: Vec<_> = view.officials.iter().map(|official| official.name.as_str()).collect();
    html! {
        h3 { a href=(reader.to(&format!("/s/{slug}"))) { bdi dir="auto" lang=(view.language) { (view.title) } } }
        @if view.rehearsal { p.note { (words.rehearsal) } }
        @if !officials.is_empty() { p { ((words.with)(&officials.join(", "))) } }
        (when(reader, view))
    }
}

/// Where a session stands in time; with the way into one's calendar, where it is still to come.
pub(super) fn when(reader: &Reader, view: &SessionView) -> Markup {
    let (words, language) = (reader.words(), reader.language());
    let day = |start| dates::moment(start, language);
    html! {
        @match (view.state, view.starts_at) {
            (SessionState::Scheduled | SessionState::Draft, Some(start)) => {
                p { time datetime=(dates::machine(start)) { ((words.begins)(&day(start))) } }
                @if let Some(slug) = &view.slug {
                    p { a href=(reader.to(&format!("/s/{slug}/calendar.ics"))) { (words.calendar) } }
                }
            }
            (SessionState::Scheduled | SessionState::Draft, None) => {}
            (SessionState::Open, _) => { p.state { (words.takes_questions) } }
            (SessionState::Closed, _) => { p.state { (words.takes_no_more) } }
            (SessionState::Ended, start) => {
                p.note {
                    (words.ended)
                    @if let Some(start) = start {
                        " · " time datetime=(dates::machine(start)) { (dates::date(start, language)) }
                    }
                }
            }
        }
    }
}
