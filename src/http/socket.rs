//! `GET /ws/v1/sessions/SLUG`: who may not have a socket learns so before the upgrade.

use std::any::Any;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::Front;
use super::accept::Peer;
use super::assets::build;
use super::error::No;
use super::headers::language;
use super::here::{Capacity, Here, Otherwise, query};
use super::pulse::Felt;
use crate::gate::budget::Budget;
use crate::gate::limits::Act;
use crate::gate::origin::Rests;
use crate::gate::presented::Protocol;
use crate::hub::Seat;
use crate::qa::Refusal;
use crate::telemetry::METRICS;
use crate::wire::message;

/// Opens a socket.
pub(super) async fn open(
    State(front): State<Front>,
    Extension(peer): Extension<Peer>,
    Path(slug): Path<String>,
    mut request: Request,
) -> Result<Response, No> {
    let headers = request.headers().clone();
    let fields = query(request.uri())?;
    // One that does not fit is none: it gets a snapshot.
    let after = fields.get("after").and_then(|after| after.parse().ok());
    let Some(key) = handshake(&headers) else { return Err(front.room_for_one(after)) };
    let shown = front.origins.cookies().upgrade(&headers)?;
    front.origins.check(&headers, Rests::from(shown.presented))?;
    let capacity = Capacity::asked(&fields)?;
    let asker = front.asker(&peer, &headers, shown.presented).await?;
    let here = front.here(&asker, &slug, capacity, Otherwise::Citizen).await;
    let here = here.map_err(|no| front.counted(Act::Join, &asker.who(), no))?;
    // A citizen is a person, even one who only watches; an overlay need not be anyone.
    if here.capacity != Capacity::Overlay && here.person.is_none() {
        return Err(Refusal::Unauthenticated.into());
    }
    front.must_seat(here.capacity)?;
    front.may(Act::Join, &here.who)?;
    front.must_go_on()?;
    let place = front.takes_seat(&here.who, after, &fields)?;
    let counted = METRICS.sockets.hold(here.capacity.word());
    let deflates = shown.protocol == Some(Protocol::V1Deflate);
    // Whoever sits is waited for when the house closes, and counted at its doors.
    let held = Box::new((place, counted, Arc::clone(&peer.open), front.tasks.token()));
    let seat = seat(&front, here, (after, deflates), &headers, held)?;
    let upgraded = hyper::upgrade::on(&mut request);
    front.tasks.spawn(async move {
        // Who is gone before the upgrade has taken no seat.
        let Ok(upgraded) = upgraded.await else { return };
        let sat = match upgraded.downcast::<TokioIo<Felt<TcpStream>>>() {
            Ok(bare) => seat.sit(bare.io.into_inner().into_inner(), bare.read_buf.into()).await,
            Err(encrypted) => seat.sit_beside(TokioIo::new(encrypted)).await,
        };
        if let Err(error) = sat {
            tracing::debug!(%error, "a socket ended");
        }
    });
    Ok(switching(&key, shown.protocol))
}

fn seat(
    front: &Front,
    here: Here,
    (after, deflates): (Option<crate::wire::Cursor>, bool),
    headers: &HeaderMap,
    held: Box<dyn Any + Send>,
) -> Result<Seat, No> {
    let sign = here.room.sign();
    let session = sign.seen_by(here.audience()).ok_or_else(|| No::not_found("session"))?;
    let welcome = message::welcome(here.person, here.role(), &session, front.hub.now(), build());
    let (reception, who) = (Arc::clone(front), here.who);
    let allowance = Box::new(move || reception.traffic.check(Act::Message, &who));
    let budget = if here.who.staff { Budget::staff() } else { Budget::citizen() };
    Ok(Seat {
        caller: here.caller(),
        audience: here.audience(),
        grant: here.grant().map(|(_, grant)| grant),
        screen: here.screen(),
        room: here.room,
        after,
        deflates,
        language: language(headers),
        budget,
        allowance,
        welcome,
        held,
    })
}

/// The client's key, if this asks for a socket of the one version there is.
fn handshake(headers: &HeaderMap) -> Option<HeaderValue> {
    let names = |name: HeaderName, wanted: &str| {
        let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).any(|word| word.trim().eq_ignore_ascii_case(wanted))
    };
    let asked = names(UPGRADE, "websocket")
        && names(CONNECTION, "upgrade")
        && headers.get(SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
    headers.get(SEC_WEBSOCKET_KEY).filter(|_| asked).cloned()
}

fn switching(key: &HeaderValue, protocol: Option<Protocol>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    let accept = derive_accept_key(key.as_bytes());
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept.parse().expect("base64 is a header's value"));
    if let Some(protocol) = protocol {
        let name = HeaderValue::from_static(protocol.name());
        headers.insert(SEC_WEBSOCKET_PROTOCOL, name);
    }
    response
}
