//! What became of a question, as sentences: for everybody, and for its asker.

use maud::{Markup, html};

use super::dates;
use super::layout::{Reader, contact_link, written};
use super::words;
use crate::qa::Timestamp;
use crate::qa::session::SessionState;
use crate::qa::session::question::State;
use crate::qa::view::{DismissalView, QuestionView, SessionView};

/// What a question says, or that its text was removed, and why.
pub(super) fn text(reader: &Reader, question: &QuestionView) -> Markup {
    html! {
        @if let Some(text) = &question.text {
            p.question-text { (written(text, &question.language)) }
        } @else if let Some(removed) = &question.removed {
            p.question-text {
                ((reader.words().removed)(&dates::on(removed.at, reader.language()), &removed.reason))
            }
        }
    }
}

/// The written answer, with who signed it and where to read more.
pub(super) fn answer(reader: &Reader, question: &QuestionView) -> Markup {
    let Some(answer) = &question.answer else { return html! {} };
    let when = dates::moment(answer.at, reader.language());
    html! {
        div.answer {
            p.note { strong { (reader.words().answer) } " · " ((reader.words().answer_by)(&answer.by, &when)) }
            p { (written(&answer.text, &question.language)) }
            @if !answer.links.is_empty() {
                ul { @for link in &answer.links { li { a href=(link) rel="nofollow" { (link) } } } }
            }
        }
    }
}

/// What became of it, to its asker, and what they can do.
pub(super) fn own(
    reader: &Reader,
    session: &SessionView,
    question: &QuestionView,
    now: Timestamp,
) -> Markup {
    let words = reader.words();
    let ended = session.state == SessionState::Ended;
    match question.state {
        State::Pending | State::Approved | State::Queued if ended => html! {
            @let began = session.starts_at.unwrap_or(question.asked_at);
            p.fate { ((words.not_reached)(&dates::that_day(began, now, reader.language()))) }
            @if let Some(contact) = &reader.city().contact { p { (write_to(reader, contact)) } }
        },
        State::Pending => html! { p.fate { (words.own_pending) } },
        State::Approved => html! { p.fate { (words.own_approved) } },
        State::Queued => html! { p.fate { (words.own_approved) " " (words.queued) "." } },
        State::OnAir => html! { p.fate { (words.own_on_air) } },
        State::Answered => html! {
            p.fate {
                @let when = question.answered_at.unwrap_or(question.asked_at);
                @let when = match ended {
                    true => dates::moment(when, reader.language()),
                    false => dates::hour(when, reader.language()),
                };
                ((words.answered_at)(&when))
            }
        },
        State::Dismissed => match &question.reason {
            Some(reason) => dismissed(reader, session, reason, &question.language),
            None => html! { p.fate { (words.own_dismissed) } },
        },
        State::Withdrawn => html! { p.fate { (words.own_withdrawn) } },
        State::Merged => html! { p.fate { (words.own_merged) } },
    }
}

fn dismissed(
    reader: &Reader,
    session: &SessionView,
    reason: &DismissalView,
    language: &str,
) -> Markup {
    let words = reader.words();
    let (why, what_now) = words::reason(reason.code, reader.language());
    html! {
        p.fate { ((words.not_published)(why)) }
        @if let Some(note) = &reason.note {
            p { (words.the_desk_adds) " " (written(note, language)) }
        }
        p {
            (what_now)
            @if let Some(contact) = &reader.city().contact { " " (write_to(reader, contact)) }
        }
        @if let (Some(of), Some(slug)) = (reason.of, &session.slug) {
            // It may be on a later page of the list, so it is asked for by its name.
            @let of = of.to_string();
            p { a href=(reader.with(&format!("/s/{slug}/plain"), &[("question", &of)])) { (words.like_it) } }
        }
    }
}

/// "You can write to …", with the address as a link.
pub(super) fn write_to(reader: &Reader, contact: &str) -> Markup {
    let (before, after) = reader.words().write_to;
    html! { (before) " " (contact_link(contact)) (after) }
}
