//! What people open in a browser.
//!
//! | page | how |
//! | --- | --- |
//! | home, plain page, receipt, invitation, errors | written here, in both languages, without JavaScript |
//! | citizen, admin, desk, producer, stage, overlay | drawn by a script of `web/src`; the frame around it and what it starts from are written here |
//!
//! A page holds nothing that its reader may not have from the API: what it shows comes through the
//! same doors.

mod calendar;
mod city;
mod dates;
mod fate;
mod home;
mod join;
mod layout;
mod plain;
mod receipt;
mod words;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::html;

use layout::{Frame, Page, Reader, Script, Start, Without, contact_link, written};
pub(super) use plain::Listings;

use super::api::{Call, me};
use super::assets::{build, bundle};
use super::error::No;
use super::headers::{OVERLAY, Spoken, page_with};
use super::here::Capacity;
use super::{Front, Reception};
use crate::qa::refusal::Code;
use crate::qa::{Refusal, Role};
use crate::wire::{self, Problem};

/// For a page that is the same for everybody: a shared cache hands it on for a moment, a browser
/// asks each time whether it is still so.
const EVERYBODY: HeaderValue = HeaderValue::from_static("public, max-age=0, s-maxage=2");

pub(super) fn routes() -> Router<Front> {
    Router::new()
        .route("/", get(home::home))
        .route("/s/{slug}", get(citizen))
        .route("/s/{slug}/plain", get(plain::look).post(plain::act))
        .route("/s/{slug}/calendar.ics", get(calendar::calendar))
        .route("/s/{slug}/overlay", get(overlay))
        .route("/desk/{slug}", get(desk))
        .route("/stage/{slug}", get(stage))
        .route("/producer/{slug}", get(producer))
        .route("/admin", get(admin))
        .route("/join/{token}", get(join::look).post(join::enter))
        .route("/r/{code}", get(receipt::receipt))
        .route("/theme.css", get(city::theme))
        .route("/coat-of-arms", get(city::arms))
        .route("/robots.txt", get(robots))
        .route("/api/openapi.yaml", get(|| async { yaml(include_str!("../../docs/openapi.yaml")) }))
        .route(
            "/api/asyncapi.yaml",
            get(|| async { yaml(include_str!("../../docs/asyncapi.yaml")) }),
        )
        .route("/api/schema.json", get(schema))
}

async fn citizen(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.found(&asker, &slug, Some(Capacity::Citizen)).await?;
    let sign = here.room.sign();
    let view = sign.view.as_ref().ok_or_else(|| No::not_found("session"))?;
    let reader = Reader::of(&call);
    let words = reader.words();
    let plain = reader.to(&format!("/s/{slug}/plain"));
    let script = built(&reader, "citizen", Some(&slug), Without::To(&plain));
    let inside = match script {
        // Of a server that was built without its pages.
        None => html! {
            div.container {
                h1 { (written(&view.title, &view.language)) }
                p { a href=(plain) { (words.to_plain) } }
            }
        },
        Some(_) => html! {},
    };
    let description = Some((words.description)(reader.name()));
    let script = script.unwrap_or(Script::None);
    let page = Page { title: &view.title, description, inside, frame: Frame::Site, script };
    let mut response = page.show(&reader);
    if let Some(stream) = &view.stream {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, page_with(stream));
    }
    Ok(response)
}

async fn overlay(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let mut page = of_session(&slug, &call, Capacity::Overlay, "overlay", Frame::Bare, &[]).await?;
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, OVERLAY);
    Ok(page)
}

async fn desk(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    of_session(&slug, &call, Capacity::Desk, "desk", Frame::Tool, &[]).await
}

async fn stage(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    of_session(&slug, &call, Capacity::Stage, "stage", Frame::Bare, &[]).await
}

async fn producer(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let roles = [Role::Producer, Role::Admin];
    of_session(&slug, &call, Capacity::Stage, "producer", Frame::Tool, &roles).await
}

/// A session's page for those who may have it, and for nobody else.
async fn of_session(
    slug: &str,
    call: &Call,
    capacity: Capacity,
    name: &str,
    frame: Frame,
    roles: &[Role],
) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.found(&asker, slug, Some(capacity)).await?;
    if !roles.is_empty() {
        here.must_be(roles)?;
    }
    let sign = here.room.sign();
    let view = sign.view.as_ref().ok_or_else(|| No::not_found("session"))?;
    let reader = Reader::of(call);
    let script = built(&reader, name, Some(slug), Without::Nowhere);
    let inside = match script {
        // Of a server that was built without its pages. Nothing of that is ever on the picture.
        None if frame != Frame::Bare => {
            html! { h1 { (written(&view.title, &view.language)) } p { (reader.words().not_built) } }
        }
        _ => html! {},
    };
    let script = script.unwrap_or(Script::None);
    let page = Page { title: &view.title, description: None, inside, frame, script };
    Ok(page.show(&reader))
}

/// The press office's page, for who administers the house or one session.
async fn admin(call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    call.counts(&asker)?;
    asker.known.identity().ok_or(Refusal::Unauthenticated)?;
    let may = me::rights(&call.front, &asker).await?;
    if !may.administrator && !may.roles.values().any(|roles| roles.contains(&Role::Admin)) {
        return Err(Refusal::NotAllowed.into());
    }
    let reader = Reader::of(&call);
    let script = built(&reader, "admin", None, Without::Nowhere);
    let page = Page {
        title: reader.words().press_office,
        description: None,
        inside: html! { @if script.is_none() { p { (reader.words().not_built) } } },
        frame: Frame::Site,
        script: script.unwrap_or(Script::None),
    };
    Ok(page.show(&reader))
}

/// The script of a page that `web` builds, where it was built.
fn built<'a>(
    reader: &'a Reader,
    name: &'a str,
    slug: Option<&'a str>,
    without: Without<'a>,
) -> Option<Script<'a>> {
    let bundle = bundle(name)?;
    let (language, city) = (reader.words().tag, reader.city().into());
    let citizens = slug.and_then(|slug| reader.whole(&format!("/s/{slug}")));
    let build = build();
    let start = Box::new(Start { slug, capacity: name, language, city, citizens, build });
    Some(Script::Built { bundle, start, without })
}

/// A refusal, to a person who went to a page: what was wrong, and what to do.
pub(super) fn problem(front: &Reception, spoken: Spoken, problem: &Problem) -> Response {
    let reader = Reader::astray(front, spoken);
    let (words, refused) = (reader.words(), &problem.refused);
    let inside = html! {
        div.container.narrow {
            h1 { (refused.title) }
            p { (refused.detail) }
            // The pages of the staff say how one comes in.
            @if matches!(refused.code, Code::Unauthenticated | Code::NotAllowed) {
                p { (words.come_in) }
                p { (words.come_in_first) }
            }
            ul {
                li { a href="" { (words.try_again) } }
                li { a href=(reader.to("/")) { (words.all_sessions) } }
                @if let Some(contact) = &reader.city().contact {
                    li { (words.contact) ": " (contact_link(contact)) }
                }
            }
        }
    };
    let (title, frame) = (&refused.title, Frame::Site);
    let page = Page { title, description: None, inside, frame, script: Script::None };
    page.show(&reader)
}

/// The overlay where there is none: a page without anything on it, whose script asks again. A
/// producer adds the address days before, perhaps before the session is published.
pub(super) fn no_picture(front: &Reception, spoken: Spoken) -> Response {
    let reader = Reader::astray(front, spoken);
    let (title, frame, inside) = (reader.name(), Frame::Bare, html! {});
    let script = built(&reader, "overlay", None, Without::Nowhere).unwrap_or(Script::None);
    let mut page = Page { title, description: None, inside, frame, script }.show(&reader);
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, OVERLAY);
    page
}

/// Public pages may be found; what is somebody's own or the staff's is not looked for.
async fn robots() -> Response {
    let cache = HeaderValue::from_static("public, max-age=3600");
    let text = "User-agent: *\nDisallow: /api/\nDisallow: /ws/\nDisallow: /join/\nDisallow: /r/\n\
                Disallow: /desk/\nDisallow: /stage/\nDisallow: /producer/\nDisallow: /admin\n";
    ([(CACHE_CONTROL, cache)], text).into_response()
}

async fn schema() -> Response {
    document(HeaderValue::from_static("application/schema+json"), wire::SCHEMA)
}

fn yaml(text: &'static str) -> Response {
    document(HeaderValue::from_static("application/yaml; charset=utf-8"), text)
}

/// What the makers of other programs read.
fn document(kind: HeaderValue, text: &'static str) -> Response {
    let cache = HeaderValue::from_static("public, max-age=3600");
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, cache)], text).into_response()
}
