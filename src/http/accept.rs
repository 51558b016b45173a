//! The accept loop: every connection is counted, watched and waited for.
//!
//! HTTP/1.1 only. Connections are counted at the doors before anybody knows who it is; the last
//! ones serve staff only, and of these the one that has been silent for longest gives way to the
//! next. When the machine gives no more descriptors the loop pauses and does not spin. On a stop
//! nothing new is accepted, answers under way are finished, resting connections close.
//!
//! Where this server encrypts by itself, a handshake comes before (`handshake`).
//!
//! Two answers are not ours: to a head that is no HTTP, or longer than the bounds below, hyper 1
//! writes a bare 400 or 431 before there is a request to hand on, with an empty body and none of
//! our headers, and offers no place to change it. Only its bytes could be caught on their way out,
//! by what they look like; that is not worth it for an empty answer that shows nothing of anybody.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Front;
use super::handshake::handshake;
use super::headers::finish;
use super::pulse::{Felt, Pulse};
use crate::gate::seats::{Admitted, Connection, Doors};
use crate::gate::tls::Tls;
use crate::telemetry::METRICS;

/// Bound: headers of one request. Browsers send some twenty, proxies add some.
const MAX_HEADERS: usize = 64;
/// Bound: bytes of a request's head.
const MAX_HEAD: usize = 16 * 1024;
/// How long accepting rests when the machine gives nothing more.
const PAUSE: Duration = Duration::from_millis(200);

/// What is known of a connection before its first request; every request that a route answers carries it.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    /// The other end: a person's machine, or a proxy.
    pub(super) address: IpAddr,
    /// The last connections are kept for staff.
    pub(super) staff_only: bool,
    /// Counts until the last clone goes: a socket outlives the request it began with.
    pub(super) open: Arc<Connection>,
}

/// Where somebody may come in.
pub(super) struct Entrance {
    pub(super) listener: TcpListener,
    /// Encrypts; without it HTTP is spoken in clear.
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) doors: Doors,
}

/// Accepts until it is told to stop. With a `front`, [`finish`] is done around every answer.
pub(super) async fn accept(
    entrance: Entrance,
    front: Option<Front>,
    router: Router,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let Entrance { listener, tls, doors } = entrance;
    let router = TowerToHyperService::new(router);
    let mut last = LastPlaces::default();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok((stream, address)) => (stream, address.ip()),
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                METRICS.accept_pauses_total.add();
                tracing::warn!(%error, "no connection can be accepted right now");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (open, staff_only) = match doors.admit() {
            Admitted::Anybody(open) => (Some(Arc::new(open)), false),
            Admitted::StaffOnly(open) => (Some(Arc::new(open)), true),
            Admitted::Nobody => (last.gives_way(), true),
        };
        let Some(open) = open else {
            METRICS.connections_turned_away_total.add();
            continue;
        };
        METRICS.connections_total.add();
        let place = staff_only.then(|| last.takes(&open));
        let peer = Peer { address, staff_only, open };
        // Small answers leave at once. It fails only where the connection has gone.
        let _ = stream.set_nodelay(true);
        let (answers, stop) = ((front.clone(), router.clone()), stop.clone());
        match &tls {
            None => tasks.spawn(serve(stream, peer, place, answers, stop)),
            Some(tls) => {
                let acceptor = tls.acceptor();
                tasks.spawn(async move {
                    let away = place.as_ref().map(|place| place.away.clone()).unwrap_or_default();
                    let stream = tokio::select! {
                        stream = handshake(stream, &acceptor) => stream,
                        () = away.cancelled() => return,
                        () = stop.cancelled() => return,
                    };
                    if let Some(stream) = stream {
                        serve(stream, peer, place, answers, stop).await;
                    }
                })
            }
        };
    }
}

/// The connections that are kept for staff, as long as they have said nothing, the oldest first.
///
/// Staff says who they are at once. Without this a stranger who connects and is silent holds such a
/// place for five seconds, and some hundreds of them hold all.
#[derive(Default)]
struct LastPlaces(VecDeque<Weak<LastPlace>>);

struct LastPlace {
    open: Arc<Connection>,
    has_spoken: AtomicBool,
    away: CancellationToken,
}

impl LastPlaces {
    fn takes(&mut self, open: &Arc<Connection>) -> Arc<LastPlace> {
        self.0.retain(|place| place.upgrade().is_some_and(|place| place.is_silent()));
        let (open, away) = (Arc::clone(open), CancellationToken::new());
        let place = Arc::new(LastPlace { open, has_spoken: AtomicBool::new(false), away });
        self.0.push_back(Arc::downgrade(&place));
        place
    }

    /// Takes the place of the one that has been silent for longest.
    fn gives_way(&mut self) -> Option<Arc<Connection>> {
        let silent = std::iter::from_fn(|| self.0.pop_front())
            .filter_map(|place| place.upgrade())
            .find(|place| place.is_silent())?;
        METRICS.connections_turned_away_total.add();
        silent.away.cancel();
        Some(Arc::clone(&silent.open))
    }
}

impl LastPlace {
    fn is_silent(&self) -> bool {
        !self.has_spoken.load(Ordering::Relaxed) && !self.away.is_cancelled()
    }
}

/// Whether only this connection failed, and the next may be well.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: Peer,
    place: Option<Arc<LastPlace>>,
    (front, router): (Option<Front>, TowerToHyperService<Router>),
    stop: CancellationToken,
) {
    let pulse = Pulse::new();
    let answering = pulse.clone();
    let away = place.as_ref().map(|place| place.away.clone()).unwrap_or_default();
    let answer = service_fn(move |request: hyper::Request<Incoming>| {
        if let Some(place) = &place {
            // Of staff, or it is sent away.
            place.has_spoken.store(true, Ordering::Relaxed);
        }
        let until = answering.begins();
        let (front, router) = (front.clone(), router.clone());
        let peer = peer.clone();
        async move {
            let answer = match &front {
                Some(front) => finish(front, peer, request, &router).await,
                None => router.call(request.map(Body::new)).await?,
            };
            Ok::<_, Infallible>(answer.map(|body| until.with(body)))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // The pulse does it: it tells a trickling head from a resting connection.
        .header_read_timeout(None)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(Felt::new(stream, pulse.clone())), answer)
        .with_upgrades();
    tokio::pin!(connection);
    let mut stopping = false;
    loop {
        tokio::select! {
            // What went wrong is the other side's: broken HTTP, or it has gone.
            _ = &mut connection => return,
            () = pulse.late() => {
                METRICS.connections_too_slow_total.add();
                return;
            }
            () = away.cancelled() => return,
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
