//! `/r/CODE`: what became of a question, for who holds its receipt; all that is held of them in that
//! session; and two things that they may do about it, by plain forms.

use std::collections::BTreeSet;

use axum::extract::Path;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};

use super::layout::{Frame, Page, Reader, Script, contact_link, written};
use super::{dates, fate, record};
use crate::gate::Who;
use crate::gate::limits::Act as Traffic;
use crate::http::api::Call;
use crate::http::api::receipts::{Held, found};
use crate::http::caller::derived;
use crate::http::error::No;
use crate::http::fresh;
use crate::qa::session::State;
use crate::qa::view::QuestionView;
use crate::qa::{As, Caller, Command, Envelope, Event, QuestionId};
use crate::wire::Refused;
use crate::wire::body::{Act, Deed};

/// Bound: bytes of a form without text.
const FORM_BYTES: usize = 4 * 1024;

/// What the record says of a wish that came with a receipt. The record is kept in Italian.
const AS_WISHED: &str = "Richiesta della persona, con la sua ricevuta";

/// What the page says first.
enum Said {
    Nothing,
    Withdrawn,
    Forgotten,
    /// The box was not ticked.
    NotSure,
    Refused(Refused),
}

/// The question, every step of it, and what is held of its asker.
pub(super) async fn look(Path(code): Path<String>, call: Call) -> Result<Response, No> {
    let held = found(&code, &call).await?;
    let said = match call.fields.get("done").map(String::as_str) {
        Some("withdrawn") if held.body.question.question.state == State::Withdrawn => {
            Said::Withdrawn
        }
        Some("forgotten") if held.body.forgotten => Said::Forgotten,
        _ => Said::Nothing,
    };
    Ok(page(&call, &held, &said))
}

/// What its holder wishes: to take the question back, or to be forgotten.
pub(super) async fn act(Path(code): Path<String>, mut call: Call) -> Result<Response, No> {
    let held = found(&code, &call).await?;
    let asker = call.reader().await?;
    call.front.may(Traffic::Message, &Who { staff: false, ..asker.who() })?;
    let form = Form::read(&call.take_body(FORM_BYTES).await?);
    let done = match form.what.as_deref() {
        Some("withdraw") => withdrawn(&held, &form).await.map(|()| "withdrawn"),
        Some("forget") if form.is_sure => forgotten(&held, &form).await.map(|()| "forgotten"),
        Some("forget") => {
            let mut page = page(&call, &held, &Said::NotSure);
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(page);
        }
        _ => Err(No::malformed(
            "Il modulo non è completo: ricarica la pagina.",
            "The form is not complete: reload the page.",
        )),
    };
    match done {
        Ok(done) => {
            let to = Reader::of(&call).with(&call.path, &[("done", done)]) + "#said";
            let to = to.parse().unwrap_or_else(|_| HeaderValue::from_static("/"));
            Ok((StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response())
        }
        Err(no) => Ok(no.told(call.spoken.language, |problem| {
            page(&call, &held, &Said::Refused(problem.refused.clone()))
        })),
    }
}

async fn withdrawn(held: &Held, form: &Form) -> Result<(), No> {
    let question = held.body.question.question.id;
    let id = form.command("withdraw", held);
    let caller = Caller { person: held.asker, acts: As::Citizen };
    let command = Command::Withdraw { question };
    No::reply(id, held.room.send(Envelope { id, caller, command }).await).map(drop)
}

/// By the house, since it is a right and no decision of anybody's.
async fn forgotten(held: &Held, form: &Form) -> Result<(), No> {
    let id = form.command("forget", held);
    let event = Event::PersonForgotten { person: held.asker, reason: AS_WISHED.to_owned() };
    No::reply(id, held.room.record(id, vec![event]).await).map(drop)
}

#[derive(Default)]
struct Form {
    what: Option<String>,
    id: String,
    is_sure: bool,
}

impl Form {
    fn read(bytes: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(bytes) {
            match &*name {
                "do" => form.what = Some(value.into_owned()),
                "id" => form.id = value.into_owned(),
                "sure" => form.is_sure = value == "yes",
                _ => {}
            }
        }
        form
    }

    /// Sent twice, a form counts once.
    fn command(&self, what: &str, held: &Held) -> crate::qa::CommandId {
        let question = held.body.question.question.id.to_bytes();
        let person = held.asker.to_bytes();
        derived("filodiretto/receipt", &[what.as_bytes(), &person, &question, self.id.as_bytes()])
    }
}

fn page(call: &Call, held: &Held, said: &Said) -> Response {
    let reader = Reader::of(call);
    let show = Shown { reader: &reader, held, said, call };
    let (title, script) = (reader.words().receipt_of, Script::None);
    let inside = show.inside();
    Page { title, description: None, inside, frame: Frame::Site, script }.show(&reader)
}

struct Shown<'a> {
    reader: &'a Reader,
    held: &'a Held,
    said: &'a Said,
    call: &'a Call,
}

impl Shown<'_> {
    fn inside(&self) -> Markup {
        let (words, language) = (self.reader.words(), self.reader.language());
        let body = &self.held.body;
        let (session, question) = (&body.session, &*body.question.question);
        html! {
            div.container.narrow {
                h1 { (words.receipt_of) }
                (self.said())
                p.note {
                    @if let Some(code) = &body.question.receipt {
                        (words.receipt) " " strong.receipt { (code) } " · "
                    }
                    time datetime=(dates::machine(question.asked_at)) {
                        ((words.asked_on)(&dates::moment(question.asked_at, language)))
                    }
                }
                div.card-plain {
                    (self.text(question))
                    @if let Some(original) = &question.original {
                        p.note { (words.original) " " (written(original, &question.language)) }
                    }
                    (fate::own(self.reader, session, question, self.call.front.hub.now()))
                    @if let Some(at) = question.on_air_at {
                        p.note { ((words.was_on_air)(&dates::moment(at, language))) }
                    }
                    (fate::answer(self.reader, question))
                    @if matches!(question.state, State::Pending | State::Approved | State::Queued) {
                        (self.withdraw())
                    }
                }
                @if let Some(slug) = &session.slug {
                    p {
                        a href=(self.reader.to(&format!("/s/{slug}"))) { (words.to_session) }
                        " · " bdi dir="auto" lang=(session.language) { (session.title) }
                    }
                }
                (self.holds())
                (self.forget())
                p.note { (words.keep_address) }
                @if let Some(code) = &body.question.receipt {
                    (record::of_receipt(self.reader, &code.to_string(), &body.chain))
                }
            }
        }
    }

    /// What it says; or that this was erased.
    fn text(&self, question: &QuestionView) -> Markup {
        html! {
            @if question.text.is_none() && question.removed.is_none() {
                p.question-text { em { (self.reader.words().kept.erased) } }
            } @else {
                (fate::text(self.reader, question))
            }
        }
    }

    fn said(&self) -> Markup {
        let words = self.reader.words();
        html! {
            div #said {
                @match self.said {
                    Said::Nothing => {},
                    Said::Withdrawn => div.said.said-well { p { strong { (words.own_withdrawn) } } },
                    Said::Forgotten => div.said.said-well {
                        p { strong { (words.kept.forgotten_now) } }
                        p { (words.kept.forgotten_stays) }
                    },
                    Said::NotSure => div.said.said-not role="alert" {
                        h2 { (words.not_done) }
                        p #why { (words.kept.not_sure) }
                        p { a href="#sure" { (words.kept.sure) } }
                    },
                    Said::Refused(refused) => div.said.said-not role="alert" {
                        h2 { (words.not_done) }
                        p { strong { (refused.title) } " " (refused.detail) }
                    },
                }
            }
        }
    }

    fn withdraw(&self) -> Markup {
        html! {
            form.act method="post" action=(self.action()) {
                input type="hidden" name="do" value="withdraw";
                input type="hidden" name="id" value=(fresh());
                button.btn.btn-outline-primary type="submit" { (self.reader.words().withdraw) }
            }
        }
    }

    fn action(&self) -> String {
        self.reader.to(&self.call.path) + "#said"
    }

    /// Everything that is kept of this person here.
    fn holds(&self) -> Markup {
        let words = self.reader.words();
        let body = &self.held.body;
        // They may have given another one each time.
        let names = body.questions.iter().filter_map(|own| own.question.name.as_deref());
        let names: BTreeSet<_> = names.collect();
        html! {
            section aria-labelledby="held" {
                h2 #held { (words.kept.held) }
                @if body.forgotten { p { (words.kept.held_erased) } }
                dl.held {
                    dt { (words.kept.held_name) }
                    dd {
                        @if names.is_empty() {
                            @if body.forgotten { (words.kept.held_erased_short) }
                            @else { (words.kept.held_no_name) }
                        }
                        @for (at, name) in names.iter().enumerate() {
                            @if at > 0 { ", " }
                            bdi dir="auto" { (name) }
                        }
                    }
                    dt { (words.kept.held_questions) }
                    dd {
                        ul {
                            @for own in &body.questions { li { (self.one_of_theirs(&own.question, own.receipt.map(|code| code.to_string()))) } }
                        }
                    }
                    dt { (words.kept.held_votes) }
                    dd {
                        @if body.votes.is_empty() { (words.kept.held_no_votes) } @else {
                            ul { @for id in body.votes.keys() { li { (self.named(*id)) } } }
                        }
                    }
                }
                p.note { (words.kept.held_else) }
                @match &body.acts {
                    Some(acts) => (self.history(acts)),
                    None => p {
                        a href=(self.reader.with(&self.call.path, &[("history", "1")]) + "#history") { (words.kept.history_show) }
                    },
                }
            }
        }
    }

    fn one_of_theirs(&self, question: &QuestionView, code: Option<String>) -> Markup {
        let (words, language) = (self.reader.words(), self.reader.language());
        html! {
            (self.named(question.id))
            br;
            span.note {
                ((words.asked_on)(&dates::moment(question.asked_at, language)))
                @if question.id != self.held.body.question.question.id {
                    @if let Some(code) = code {
                        " · " a.receipt href=(self.reader.to(&format!("/r/{code}"))) { (code) }
                    }
                }
            }
        }
    }

    /// A question by what it says, as far as this person may read it.
    fn named(&self, id: QuestionId) -> Markup {
        let body = &self.held.body;
        let words = self.reader.words();
        let own = body.questions.iter().map(|own| &*own.question).find(|own| own.id == id);
        let seen = own.or_else(|| self.held.public.iter().find(|seen| seen.id == id));
        html! {
            @match seen.map(|seen| (seen, seen.text.as_ref())) {
                Some((seen, Some(text))) => (written(text, &seen.language)),
                Some((_, None)) => em { (words.kept.erased) },
                None => em { (words.kept.not_public) },
            }
        }
    }

    fn history(&self, acts: &[Act]) -> Markup {
        let (words, language) = (self.reader.words(), self.reader.language());
        html! {
            h3 #history { (words.kept.history) }
            ol.history {
                @for act in acts {
                    li {
                        time.note datetime=(dates::machine(act.at)) { (dates::moment(act.at, language)) }
                        br;
                        @match act.what {
                            Deed::Asked => (words.kept.did_ask),
                            Deed::Edited => (words.kept.did_edit),
                            Deed::Withdrawn => (words.kept.did_withdraw),
                            Deed::Supported => (words.kept.did_support),
                            Deed::SupportEnded => (words.kept.did_support_end),
                            Deed::Joined => (words.kept.did_join),
                            Deed::Forgotten => (words.kept.was_forgotten),
                        }
                        @if let Some(id) = act.question { ": " (self.named(id)) }
                    }
                }
            }
        }
    }

    /// The way to be forgotten, with what that leaves.
    fn forget(&self) -> Markup {
        let words = self.reader.words();
        let wrong = matches!(self.said, Said::NotSure);
        if !self.held.is_erasable {
            return html! {
                section aria-labelledby="forget" {
                    h2 #forget { (words.kept.forget) }
                    p { (words.kept.forgotten) }
                    (self.ask_for_more())
                }
            };
        }
        html! {
            section aria-labelledby="forget" {
                h2 #forget { (words.kept.forget) }
                p { (words.kept.forget_what) }
                (self.ask_for_more())
                details.change open[wrong] {
                    summary { (words.kept.forget_begin) }
                    form method="post" action=(self.action()) {
                        input type="hidden" name="do" value="forget";
                        input type="hidden" name="id" value=(fresh());
                        div.choice {
                            input #sure type="checkbox" name="sure" value="yes" required
                                aria-invalid=[wrong.then_some("true")] aria-describedby=[wrong.then_some("why")];
                            " " label for="sure" { (words.kept.sure) }
                        }
                        p { button.btn.btn-danger type="submit" { (words.kept.forget_do) } }
                    }
                }
            }
        }
    }

    /// How to ask for what is published to go as well.
    fn ask_for_more(&self) -> Markup {
        let words = self.reader.words();
        html! {
            p {
                (words.kept.forget_stays) " "
                @match &self.reader.city().contact {
                    Some(contact) => { (words.kept.forget_more.0) " " (contact_link(contact)) (words.kept.forget_more.1) },
                    None => (words.kept.forget_more_office),
                }
            }
        }
    }
}
