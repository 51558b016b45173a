//! `…/events`: the socket's messages as server-sent events, for who has no socket.

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{self, Stream};

use super::Call;
use crate::gate::limits::Act;
use crate::gate::seats::Seat;
use crate::http::assets::build;
use crate::http::error::No;
use crate::http::headers::language;
use crate::http::here::{Capacity, Otherwise};
use crate::hub::{Listener, Visit};
use crate::telemetry::{Held, METRICS};
use crate::wire::event::event;
use crate::wire::message;

/// Opens a stream.
pub(in crate::http) async fn open(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let front = &call.front;
    let capacity = Capacity::asked(&call.fields)?;
    let here = front.here(&asker, &slug, capacity, Otherwise::BestOf).await;
    let here = here.map_err(|no| front.counted(Act::Join, &asker.who(), no))?;
    front.must_seat(here.capacity)?;
    front.may(Act::Join, &here.who)?;
    front.must_go_on()?;
    let last = call.headers.get("last-event-id").and_then(|id| id.to_str().ok());
    // What the browser heard last is newer than the address it opened.
    let after = last.or_else(|| call.fields.get("after").map(String::as_str));
    let after = after.and_then(|after| after.parse().ok());
    let place = front.takes_seat(&here.who, after, &call.fields)?;
    let counted = METRICS.event_streams.hold(here.capacity.word());
    let sign = here.room.sign();
    let session = sign.seen_by(here.audience()).ok_or_else(|| No::not_found("session"))?;
    let visit = Visit {
        caller: here.caller(),
        audience: here.audience(),
        grant: here.grant().map(|(_, grant)| grant),
        after,
        language: language(&call.headers),
        welcome: message::welcome(here.person, here.role(), &session, front.hub.now(), build()),
    };
    let listener = Listener::join(here.room, visit).await.ok_or_else(No::busy)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // A proxy that gathers an answer before it hands it on would hold everything back.
        ("x-accel-buffering".parse().expect("a name"), HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::from_stream(events(listener, place, counted))).into_response())
}

/// Bound: one batch at a time, taken when the connection has room for it. Whoever reads too slowly
/// falls off the ring and gets a snapshot; whoever reads nothing is given up by the connection.
fn events(
    listener: Listener,
    place: Seat,
    counted: Held,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
    stream::unfold((listener, place, counted), |(mut listener, place, counted)| async move {
        let frames = listener.next().await?;
        let batch: Vec<u8> = frames.iter().flat_map(event).collect();
        Some((Ok(batch.into()), (listener, place, counted)))
    })
}
