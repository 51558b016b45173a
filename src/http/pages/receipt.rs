//! `/r/CODE`: what became of a question, for who holds its receipt.

use axum::extract::Path;
use axum::response::Response;
use maud::html;

use super::layout::{Frame, Page, Reader, Script, written};
use super::{dates, fate};
use crate::http::api::{Call, receipts};
use crate::http::error::No;

/// The question, and every step of it. Where to turn to stands at the foot of every page.
pub(super) async fn receipt(Path(code): Path<String>, call: Call) -> Result<Response, No> {
    let held = receipts::shown(&code, &call).await?;
    let (session, question) = (&held.session, &*held.question.question);
    let reader = Reader::of(&call);
    let (words, language) = (reader.words(), reader.language());
    let inside = html! {
        div.container.narrow {
            h1 { (words.receipt_of) }
            p.note {
                @if let Some(code) = &held.question.receipt { (words.receipt) " " strong { (code) } " · " }
                time datetime=(dates::machine(question.asked_at)) {
                    ((words.asked_on)(&dates::moment(question.asked_at, language)))
                }
            }
            div.card-plain {
                (fate::text(&reader, question))
                @if let Some(original) = &question.original {
                    p.note { (words.original) " " (written(original, &question.language)) }
                }
                (fate::own(&reader, session, question, call.front.hub.now()))
                @if let Some(at) = question.on_air_at {
                    p.note { ((words.was_on_air)(&dates::moment(at, language))) }
                }
                (fate::answer(&reader, question))
            }
            p.note { (words.keep_address) }
            @if let Some(slug) = &session.slug {
                p {
                    a href=(reader.to(&format!("/s/{slug}"))) { (words.to_session) }
                    " · " bdi dir="auto" lang=(session.language) { (session.title) }
                }
            }
        }
    };
    let (title, script) = (words.receipt_of, Script::None);
    Ok(Page { title, description: None, inside, frame: Frame::Site, script }.show(&reader))
}
