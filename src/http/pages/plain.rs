//! `/s/SLUG/plain`: the citizen's page without JavaScript and without a held connection.
//!
//! For phones of ten years ago, and the refuge when everything else is full: for who has no cookie
//! it is the same page for everybody, which caches may keep, and a crowd that reloads it costs the
//! room one look a second.
//!
//! A form carries an id. The command's follows from it, the person and what they sent, so that a
//! form that is sent twice counts once, and a page from a cache serves everybody. A first write
//! makes a person: their browser is sent back with its cookie (307, which repeats the form), and
//! only then does the wish count, so that two impatient presses are one person's.

mod list;
mod show;

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

pub(in crate::http) use list::Listings;
use list::Tab;
use show::{Said, Shown, Typed};

use super::EVERYBODY;
use super::layout::Reader;
use crate::gate::limits::Act;
use crate::http::api::questions::place_of;
use crate::http::api::{Call, me};
use crate::http::caller::derived;
use crate::http::error::No;
use crate::http::here::{Capacity, Here, Otherwise};
use crate::http::{Reception, fresh};
use crate::qa::view;
use crate::qa::{
    As, Audience, Caller, Command, CommandId, Envelope, Kind, PersonId, QuestionId, Session,
};
use crate::telemetry::METRICS;
use crate::wire::Receipt;

/// Bound: bytes of a form; a question of 1,000 emoji takes a quarter of it.
const FORM_BYTES: usize = 64 * 1024;

/// The page, as it is.
pub(super) async fn look(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.found(&asker, &slug, Some(Capacity::Citizen)).await?;
    let sent = call.fields.get("sent").and_then(|id| id.parse().ok());
    let said = match sent {
        Some(question) => Said::Sent(question),
        None if here.person.is_some() && call.fields.contains_key("changed") => Said::Changed,
        None => Said::Nothing,
    };
    shown(&call, &here, said).await
}

/// What somebody did on it.
pub(super) async fn act(Path(slug): Path<String>, mut call: Call) -> Result<Response, No> {
    let asker = call.writer().await?;
    let front = call.front.clone();
    let here = front.here(&asker, &slug, Some(Capacity::Citizen), Otherwise::BestOf).await;
    let here = here.map_err(|no| front.counted(Act::Message, &asker.who(), no))?;
    let form = Form::read(&call.take_body(FORM_BYTES).await?);
    let Some(person) = here.person else {
        if call.fields.contains_key("again") {
            return shown(&call, &here, Said::NoCookie(form.typed)).await;
        }
        let (token, _) = match me::token(&front, &asker) {
            Ok(made) => made,
            Err(no) => return shown(&call, &here, Said::No(no, form.typed)).await,
        };
        let cookie = front.origins.cookies().set(&token);
        let mut again =
            see(StatusCode::TEMPORARY_REDIRECT, &back(&call, &[("again", "1")], "said"));
        again.headers_mut().insert(SET_COOKIE, cookie);
        return Ok(again);
    };
    match done(&front, &here, person, &form).await {
        Ok(Done::Asked(question)) => {
            let sent = question.to_string();
            Ok(see(StatusCode::SEE_OTHER, &back(&call, &[("sent", &sent)], "said")))
        }
        Ok(Done::Changed) => {
            Ok(see(StatusCode::SEE_OTHER, &back(&call, &[("changed", "1")], "said")))
        }
        Ok(Done::To(question)) => {
            Ok(see(StatusCode::SEE_OTHER, &back(&call, &[], &format!("q-{question}"))))
        }
        Err(no) => shown(&call, &here, Said::No(no, form.typed)).await,
    }
}

fn see(status: StatusCode, to: &str) -> Response {
    let to: HeaderValue = to.parse().expect("percent-encoded, but for our own letters");
    (status, [(LOCATION, to)]).into_response()
}

/// What a person sent.
struct Form {
    what: What,
    /// The form's.
    id: String,
    /// A person should read what would be refused for its content.
    review: bool,
    /// As typed, to be shown again.
    typed: Typed,
}

enum What {
    Ask,
    Edit { question: QuestionId },
    Vote { question: QuestionId, on: bool },
    Withdraw { question: QuestionId },
    Nothing,
}

impl What {
    const fn kind(&self) -> Option<Kind> {
        match self {
            Self::Ask => Some(Kind::Ask),
            Self::Edit { .. } => Some(Kind::Edit),
            Self::Vote { .. } => Some(Kind::Vote),
            Self::Withdraw { .. } => Some(Kind::Withdraw),
            Self::Nothing => None,
        }
    }
}

impl Form {
    fn read(bytes: &[u8]) -> Self {
        let (mut typed, mut id, mut question, mut what) = (Typed::default(), None, None, None);
        let mut review = false;
        for (name, value) in form_urlencoded::parse(bytes) {
            match &*name {
                "do" => what = Some(value),
                "id" => id = Some(value.into_owned()),
                "question" => question = value.parse().ok(),
                // A form ends lines as in a letter.
                "text" => typed.text = value.replace("\r\n", "\n"),
                "name" => typed.name = value.into_owned(),
                "review" => review = true,
                "label" => typed.labels.push(value.into_owned()),
                _ => {}
            }
        }
        let what = match (what.as_deref(), question) {
            (Some("ask"), _) => What::Ask,
            (Some("edit"), Some(question)) => What::Edit { question },
            (Some("support"), Some(question)) => What::Vote { question, on: true },
            (Some("support_no_more"), Some(question)) => What::Vote { question, on: false },
            (Some("withdraw"), Some(question)) => What::Withdraw { question },
            _ => What::Nothing,
        };
        let id = id.unwrap_or_default();
        typed.of = match what {
            What::Edit { question } => Some(question),
            _ => None,
        };
        if let What::Ask | What::Edit { .. } = what {
            typed.id = id.parse().ok();
        }
        Self { what, id, review, typed }
    }

    /// What it stands for in this person's hands.
    fn command_id(&self, person: PersonId) -> CommandId {
        let mut wish = String::new();
        // In front of each part its length, so that no two wishes read the same.
        let mut add = |part: &str| {
            write!(wish, "{}:{part}", part.len()).expect("a String takes all");
        };
        add(&self.id);
        match &self.what {
            What::Ask => {
                add(if self.review { "ask for a person" } else { "ask" });
                add(&self.typed.text);
            }
            What::Edit { question } => {
                add("edit");
                add(&question.to_string());
                add(&self.typed.text);
            }
            What::Vote { question, on } => {
                add(if *on { "support" } else { "support_no_more" });
                add(&question.to_string());
            }
            What::Withdraw { question } => {
                add("withdraw");
                add(&question.to_string());
            }
            What::Nothing => {}
        }
        derived("filodiretto/plain", &[&person.to_bytes(), wish.as_bytes()])
    }
}

/// Where a person is led after what they did.
enum Done {
    Asked(QuestionId),
    Changed,
    To(QuestionId),
}

async fn done(front: &Reception, here: &Here, person: PersonId, form: &Form) -> Result<Done, No> {
    let began = tokio::time::Instant::now();
    let id = form.command_id(person);
    if let Some(refusal) = form.what.kind().and_then(|kind| here.room.load().refuses(kind, id)) {
        return Err(No::from(refusal).of(Some(id)));
    }
    let typed = &form.typed;
    let sieve = &here.room.sign().sieve;
    let (command, done) = match &form.what {
        What::Ask => {
            let name = Some(typed.name.trim()).filter(|name| !name.is_empty());
            let command = Command::Ask {
                text: sieve.look(&typed.text, name),
                name: name.map(str::to_owned),
                labels: typed.labels.clone(),
                review: form.review,
            };
            (command, Done::Asked(QuestionId(id.0)))
        }
        What::Edit { question } => {
            let text = sieve.look(&typed.text, None);
            (Command::Edit { question: *question, text }, Done::Changed)
        }
        What::Vote { question, on } => {
            (Command::Vote { question: *question, on: *on }, Done::To(*question))
        }
        What::Withdraw { question } => {
            (Command::Withdraw { question: *question }, Done::To(*question))
        }
        What::Nothing => {
            return Err(No::malformed(
                "Il modulo non è completo: ricarica la pagina.",
                "The form is not complete: reload the page.",
            ));
        }
    };
    front.may(Act::Message, &here.who)?;
    let caller = Caller { person, acts: As::Citizen };
    let reply = here.room.send(Envelope { id, caller, command }).await;
    METRICS.command_seconds.observe(began.elapsed());
    No::reply(id, reply)?;
    Ok(done)
}

/// The address of this page, at the same place in the same order.
fn back(call: &Call, more: &[(&str, &str)], part: &str) -> String {
    let reader = Reader::of(call);
    let kept = ["order", "after"].into_iter();
    let kept = kept.filter_map(|name| Some((name, call.fields.get(name)?.as_str())));
    let fields: Vec<_> = kept.chain(more.iter().copied()).collect();
    let mut to = reader.with(&call.path, &fields);
    if !part.is_empty() {
        to.push('#');
        to.push_str(part);
    }
    to
}

async fn shown(call: &Call, here: &Here, said: Said) -> Result<Response, No> {
    let reader = Reader::of(call);
    let front = &call.front;
    let tab = Tab::asked(&call.fields, &here.room.sign().policy);
    let after = call.fields.get("after").map(|after| place_of(after)).transpose()?;
    let first = front.listings.first(here, tab, front.hub.now()).await?;
    let listed = match after {
        None => None,
        Some(_) => Some(look_at(here, move |session| tab.listed(session, after)).await?),
    };
    let mine = match here.person {
        None => None,
        Some(person) => Some(look_at(here, move |session| view::mine(session, person)).await?),
    };
    // Asked for by its name: one like another, which may be on no page that is open.
    let one = match call.fields.get("question").and_then(|id| id.parse().ok()) {
        None => None,
        Some(id) => {
            look_at(here, move |session| view::question(session, Audience::Public, id)).await?
        }
    };
    let sign = here.room.sign();
    let session = sign.view.as_ref().ok_or_else(|| No::not_found("session"))?;
    let receipt = |id| Receipt(here.keys.receipt(id));
    let form = if here.person.is_some() { fresh() } else { first.form };
    let show = |said: Said| Shown {
        reader: &reader,
        session,
        first: &first,
        listed: listed.as_ref(),
        one: one.as_ref(),
        tab,
        mine: mine.as_ref(),
        receipt: &receipt,
        form,
        action: back(call, &[], "said"),
        said,
    };
    let private = |mut page: Response| {
        page.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        page
    };
    Ok(match said {
        Said::No(no, typed) => no.told(reader.language(), |problem| {
            show(Said::Refused(problem.refused.clone(), typed)).page().show(&reader)
        }),
        Said::NoCookie(_) => {
            let mut page = show(said).page().show(&reader);
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            page
        }
        said if mine.is_some() => private(show(said).page().show(&reader)),
        said => {
            let write = || show(said).page().write(&reader);
            // Without fields nothing on it is theirs.
            let alike = call.fields.keys().all(|name| name == "lang");
            let page = if alike { first.pages.of(&reader, write) } else { Arc::new(write()) };
            page.keep(&reader, &call.headers, EVERYBODY, "accept-language, cookie")
        }
    })
}

async fn look_at<T: Send + 'static>(
    here: &Here,
    look: impl FnOnce(&Session) -> T + Send + 'static,
) -> Result<T, No> {
    here.room.look(move |session, _| look(session)).await.ok_or_else(No::busy)
}
