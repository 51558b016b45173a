//! Everything under `/api/v1`: one small file for each idea.

pub(super) mod board;
mod commands;
pub(super) mod doctor;
mod events;
pub(super) mod export;
mod house;
mod invitations;
pub(super) mod me;
mod mine;
pub(super) mod questions;
pub(super) mod receipts;
mod screening;
mod sessions;

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde::Serialize;

use super::Front;
use super::accept::Peer;
use super::caller::Asker;
use super::error::No;
use super::headers::{Spoken, spoken};
use super::here::{Capacity, Here, Otherwise, query};
use crate::gate::limits::Act;
use crate::gate::origin::Rests;

/// A body is complete in this time after its head. A command of the largest size takes it at
/// 26 kbit/s; only the press office sends more.
const BODY: Duration = Duration::from_secs(5);

/// Each with its whole address: of a router that is nested in another every request pays for both.
pub(super) fn routes() -> Router<Front> {
    let at = |path: &str| format!("/api/v1{path}");
    Router::new()
        .route(&at("/me"), get(me::may).post(me::become_a_person))
        .route(&at("/doctor"), get(doctor::health))
        .route(&at("/house"), get(house::city).patch(house::describe))
        .route(&at("/sessions"), get(sessions::all).post(sessions::create))
        .route(&at("/sessions/{slug}"), get(sessions::one).patch(sessions::describe))
        .route(&at("/sessions/{slug}/invitations"), get(invitations::all).post(invitations::invite))
        .route(&at("/sessions/{slug}/invitations/{id}"), delete(invitations::withdraw))
        .route(&at("/sessions/{slug}/overlay"), get(invitations::overlay))
        .route(&at("/sessions/{slug}/questions"), get(questions::page))
        .route(&at("/sessions/{slug}/board"), get(board::board))
        .route(&at("/sessions/{slug}/mine"), get(mine::mine))
        .route(&at("/sessions/{slug}/commands"), post(commands::send))
        .route(&at("/sessions/{slug}/screening"), get(screening::figures))
        .route(&at("/sessions/{slug}/screening/try"), post(screening::tries))
        .route(&at("/sessions/{slug}/events"), get(events::open))
        .route(&at("/sessions/{slug}/export"), get(export::export))
        .route(&at("/sessions/{slug}/chain"), get(export::chain))
        .route(&at("/receipts/{code}"), get(receipts::held))
}

/// A request to the API.
pub(super) struct Call {
    pub(super) front: Front,
    pub(super) peer: Peer,
    pub(super) headers: HeaderMap,
    pub(super) path: String,
    /// Of the query.
    pub(super) fields: BTreeMap<String, String>,
    pub(super) spoken: Spoken,
    /// Behind a lock that is never held: a body may go to another thread, but not be shared.
    body: Mutex<Body>,
}

impl FromRequest<Front> for Call {
    type Rejection = No;

    async fn from_request(request: Request, front: &Front) -> Result<Self, No> {
        let (parts, body) = request.into_parts();
        let peer = parts.extensions.get::<Peer>().cloned().ok_or_else(No::busy)?;
        let fields = query(&parts.uri)?;
        Ok(Self {
            front: front.clone(),
            peer,
            path: parts.uri.path().to_owned(),
            spoken: spoken(parts.uri.query(), &parts.headers),
            headers: parts.headers,
            fields,
            body: Mutex::new(body),
        })
    }
}

impl Call {
    /// Who asks, to read.
    pub(super) async fn reader(&self) -> Result<Asker, No> {
        let shown = self.front.origins.cookies().presented(&self.headers)?;
        self.front.asker(&self.peer, &self.headers, shown).await
    }

    /// Who asks, to change something: with a cookie only from a page of ours.
    pub(super) async fn writer(&self) -> Result<Asker, No> {
        let shown = self.front.origins.cookies().presented(&self.headers)?;
        self.front.origins.check(&self.headers, Rests::from(shown))?;
        self.front.asker(&self.peer, &self.headers, shown).await
    }

    /// What the asker is in a session, in the capacity that the query names.
    pub(super) async fn here(&self, asker: &Asker, slug: &str) -> Result<Here, No> {
        self.found(asker, slug, Capacity::asked(&self.fields)?).await
    }

    /// The same for what only staff do: by whatever permissions they hold.
    pub(super) async fn staff(&self, asker: &Asker, slug: &str) -> Result<Here, No> {
        self.found(asker, slug, None).await
    }

    /// The same, in this capacity.
    pub(super) async fn found(
        &self,
        asker: &Asker,
        slug: &str,
        capacity: Option<Capacity>,
    ) -> Result<Here, No> {
        let here = self.front.here(asker, slug, capacity, Otherwise::BestOf).await;
        let here = here.map_err(|no| self.front.counted(Act::Request, &asker.who(), no))?;
        self.front.may(Act::Request, &here.who)?;
        Ok(here)
    }

    /// Counts a request that is about no session.
    pub(super) fn counts(&self, asker: &Asker) -> Result<(), No> {
        self.front.may(Act::Request, &asker.who())
    }

    /// The body, of at most so many bytes.
    pub(super) async fn body(mut self, most: usize) -> Result<Bytes, No> {
        self.take_body(most).await
    }

    /// The same, of a request that is still needed. A second time there is none.
    pub(super) async fn take_body(&mut self, most: usize) -> Result<Bytes, No> {
        let body = mem::take(self.body.get_mut().unwrap_or_else(PoisonError::into_inner));
        if body.size_hint().lower() > most as u64 {
            return Err(No::too_large(most));
        }
        let read = tokio::time::timeout(BODY, to_bytes(body, most)).await;
        read.map_err(|_| No::too_slow())?.map_err(|_| No::too_large(most))
    }
}

/// An answer of ours, as JSON.
pub(super) fn json(body: &impl Serialize) -> Response {
    let text = serde_json::to_vec(body).expect("our bodies have text as keys");
    json_text(text.into())
}

/// An answer that is JSON already.
pub(super) fn json_text(text: Bytes) -> Response {
    let mut response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
