//! `/search`: words in the evenings that are over.

use axum::response::Response;
use maud::{Markup, html};

use super::dates;
use super::layout::{Frame, Page, Reader, Script, written};
use crate::archive::search::{Hit, LONGEST, PAGE};
use crate::http::api::Call;
use crate::http::error::No;

/// Bound: characters of an answer beside a hit; the whole stands on the session's page.
const ANSWER: usize = 240;

/// The form, and what was found.
pub(super) async fn search(call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    call.counts(&asker)?;
    let reader = Reader::of(&call);
    let typed: String = call.fields.get("q").map(String::as_str).unwrap_or_default().to_owned();
    let typed: String = typed.trim().chars().take(LONGEST).collect();
    let after = call.fields.get("after").and_then(|after| after.parse().ok()).unwrap_or(0);
    let found = match typed.is_empty() {
        true => None,
        false => Some(call.front.finder.search(&call.front.hub, &typed, after).await?),
    };
    let words = reader.words();
    let title = match typed.is_empty() {
        true => words.kept.search.to_owned(),
        false => format!("{typed} · {}", words.kept.search),
    };
    let inside = html! {
        div.container.narrow {
            h1 { (words.kept.search) }
            p { (words.kept.search_what) }
            (form(&reader, &typed))
            @if let Some((hits, more)) = &found { (results(&reader, &typed, after, hits, *more)) }
            p { a href=(reader.to("/")) { (words.all_sessions) } }
        }
    };
    let page =
        Page { title: &title, description: None, inside, frame: Frame::Site, script: Script::None };
    Ok(page.show(&reader))
}

/// Where one types. A browser sends the language with it, where it was chosen.
pub(super) fn form(reader: &Reader, typed: &str) -> Markup {
    let words = reader.words();
    html! {
        form.search role="search" method="get" action="/search" {
            @if reader.spoken.chosen { input type="hidden" name="lang" value=(words.tag); }
            label for="q" { (words.kept.search_for) }
            div.search-row {
                input #q.form-control type="search" name="q" value=(typed) maxlength=(LONGEST)
                    required autocomplete="off" dir="auto";
                button.btn.btn-primary type="submit" { (words.kept.search_do) }
            }
        }
    }
}

fn results(reader: &Reader, typed: &str, after: usize, hits: &[Hit], more: bool) -> Markup {
    let words = reader.words();
    html! {
        section aria-labelledby="found" {
            h2 #found {
                @if hits.is_empty() { (words.kept.search_nothing) } @else { (words.kept.search_found) }
            }
            @if hits.is_empty() { p { (words.kept.search_hint) } } @else {
                ul.cards { @for hit in hits { li { (one(reader, hit)) } } }
            }
            @if more {
                @let next = (after + PAGE).to_string();
                p { a rel="next" href=(reader.with("/search", &[("q", typed), ("after", &next)])) { (words.more) } }
            }
            @if after > 0 {
                p { a href=(reader.with("/search", &[("q", typed)])) { (words.from_the_start) } }
            }
        }
    }
}

fn one(reader: &Reader, hit: &Hit) -> Markup {
    let (words, language) = (reader.words(), reader.language());
    let session = &hit.session;
    let Some(slug) = &session.slug else { return html! {} };
    let question = hit.question.to_string();
    let to = reader.with(&format!("/s/{slug}/plain"), &[("question", &question)]);
    html! {
        p.question-text { a href={ (to) "#q-" (question) } { (written(&hit.text, &session.language)) } }
        @if let Some(answer) = &hit.answer {
            p { strong { (words.answer) } ": " (written(&shortened(answer), &session.language)) }
        } @else if hit.answered {
            p.state { (words.kept.search_answered) }
        }
        p.note {
            bdi dir="auto" lang=(session.language) { (session.title) }
            @if let Some(start) = session.starts_at {
                " · " time datetime=(dates::machine(start)) { (dates::date(start, language)) }
            }
            @if session.rehearsal { " · " (words.rehearsal) }
        }
    }
}

/// The beginning of a long text, up to a whole word.
fn shortened(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(ANSWER) else { return text.to_owned() };
    let start = &text[..end];
    let whole = start.rfind(char::is_whitespace).map_or(start, |at| &start[..at]);
    format!("{} …", whole.trim_end())
}
