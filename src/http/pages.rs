//! One plain page for each role: enough to follow an evening by eye, and to press the main buttons.
//!
//! Unstyled on purpose; the real pages replace them. A page holds next to nothing: what it shows
//! comes over the same socket and API that everybody else uses, and only to those who may.

mod html;
mod join;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use html::{Escaped, Script, page};

use super::Front;
use super::api::{Call, receipts};
use super::error::No;
use super::headers::page_with;
use super::here::Capacity;
use crate::qa::session::SessionState;
use crate::qa::view::QuestionView;
use crate::qa::{Refusal, Role};
use crate::wire::Refused;

pub(super) fn routes() -> Router<Front> {
    Router::new()
        .route("/", get(sessions))
        .route("/s/{slug}", get(citizen))
        .route("/s/{slug}/overlay", get(overlay))
        .route("/desk/{slug}", get(desk))
        .route("/stage/{slug}", get(stage))
        .route("/producer/{slug}", get(producer))
        .route("/admin", get(admin))
        .route("/join/{token}", get(join::look).post(join::enter))
        .route("/r/{code}", get(receipt))
        .route("/plain.js", get(script))
        .route("/robots.txt", get(robots))
        .route("/api/openapi.yaml", get(|| async { yaml(include_str!("../../docs/openapi.yaml")) }))
        .route(
            "/api/asyncapi.yaml",
            get(|| async { yaml(include_str!("../../docs/asyncapi.yaml")) }),
        )
}

/// The sessions that everybody may see.
async fn sessions(call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    call.counts(&asker)?;
    let house = call.front.hub.house().now();
    let mut lines = String::new();
    for id in house.sessions().values() {
        let sign = call.front.hub.session(*id).await?.sign();
        let Some(view) = &sign.view else { continue };
        let Some(slug) = view.slug.as_ref().filter(|_| view.state != SessionState::Draft) else {
            continue;
        };
        let title = Escaped(&view.title);
        lines.push_str(&format!("<li><a href=\"/s/{slug}\">{title}</a></li>"));
    }
    let city = house.city().name.clone().unwrap_or_else(|| "Filo Diretto".to_owned());
    Ok(page(&city, None, &format!("<h1>{}</h1><ul>{lines}</ul>", Escaped(&city))))
}

async fn citizen(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    of_session(&slug, &call, Capacity::Citizen, "citizen", &[]).await
}

async fn overlay(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    of_session(&slug, &call, Capacity::Overlay, "overlay", &[]).await
}

async fn desk(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    of_session(&slug, &call, Capacity::Desk, "desk", &[]).await
}

async fn stage(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    of_session(&slug, &call, Capacity::Stage, "stage", &[]).await
}

async fn producer(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let roles = [Role::Producer, Role::Admin];
    of_session(&slug, &call, Capacity::Stage, "producer", &roles).await
}

/// A session's page for those who may have it, and for nobody else.
async fn of_session(
    slug: &str,
    call: &Call,
    capacity: Capacity,
    script: &str,
    roles: &[Role],
) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.found(&asker, slug, Some(capacity)).await?;
    if !roles.is_empty() {
        here.must_be(roles)?;
    }
    let sign = here.room.sign();
    let view = sign.view.as_ref().ok_or_else(|| No::not_found("session"))?;
    let inside = match capacity {
        // Nothing but the question may ever be on the stream's picture.
        Capacity::Overlay => String::new(),
        _ if view.rehearsal => format!("<h1>{}</h1><p>PROVA</p>", Escaped(&view.title)),
        _ => format!("<h1>{}</h1>", Escaped(&view.title)),
    };
    let mut page = page(&view.title, Some(Script { capacity: script, slug }), &inside);
    if let (Capacity::Citizen, Some(stream)) = (capacity, &view.stream) {
        page.headers_mut().insert(CONTENT_SECURITY_POLICY, page_with(stream));
    }
    Ok(page)
}

async fn admin(call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    call.counts(&asker)?;
    asker.known.identity().ok_or(Refusal::Unauthenticated)?;
    Ok(page("Ufficio stampa", Some(Script { capacity: "admin", slug: "" }), ""))
}

/// What became of a question, for who holds its receipt.
async fn receipt(Path(code): Path<String>, call: Call) -> Result<Response, No> {
    let (session, question) = receipts::shown(&code, &call).await?;
    let reason = question.reason.as_ref().map_or_else(String::new, |reason| {
        let code = serde_json::to_value(reason.code).unwrap_or_default();
        let note = reason.note.as_deref().unwrap_or_default();
        format!("<p>{} {}</p>", Escaped(code.as_str().unwrap_or_default()), Escaped(note))
    });
    let answer = question.answer.as_ref().map_or_else(String::new, |answer| {
        format!("<p>Risposta: <bdi dir=\"auto\">{}</bdi></p>", Escaped(&answer.text))
    });
    let inside = format!(
        "<h1>{}</h1><p><bdi dir=\"auto\">{}</bdi></p><p>{}</p>{reason}{answer}",
        Escaped(&session),
        Escaped(question.text.as_deref().unwrap_or("(rimossa)")),
        Escaped(&state(&question)),
    );
    Ok(page(&session, None, &inside))
}

fn state(question: &QuestionView) -> String {
    let state = serde_json::to_value(question.state).unwrap_or_default();
    state.as_str().unwrap_or_default().to_owned()
}

/// A refusal, to a person who went to a page.
pub(super) fn problem(refused: &Refused) -> Response {
    let inside = format!("<h1>{}</h1><p>{}</p>", Escaped(&refused.title), Escaped(&refused.detail));
    page(&refused.title, None, &inside)
}

async fn script() -> Response {
    let kind = HeaderValue::from_static("text/javascript; charset=utf-8");
    // Asked for again each time: a page and its script come from the same release.
    let cache = HeaderValue::from_static("no-cache");
    let text = include_str!("../../web/plain/plain.js");
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, cache)], text).into_response()
}

/// Public pages may be found; what is somebody's own or the staff's is not looked for.
async fn robots() -> Response {
    let cache = HeaderValue::from_static("public, max-age=3600");
    let text = "User-agent: *\nDisallow: /api/\nDisallow: /ws/\nDisallow: /join/\nDisallow: /r/\n\
                Disallow: /desk/\nDisallow: /stage/\nDisallow: /producer/\nDisallow: /admin\n";
    ([(CACHE_CONTROL, cache)], text).into_response()
}

fn yaml(text: &'static str) -> Response {
    let kind = HeaderValue::from_static("application/yaml; charset=utf-8");
    let cache = HeaderValue::from_static("public, max-age=3600");
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, cache)], text).into_response()
}
