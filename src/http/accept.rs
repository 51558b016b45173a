//! The accept loop: every connection is counted, watched and waited for.
//!
//! HTTP/1.1 only. Connections are counted at the doors before anybody knows who it is; the last
//! ones serve staff only. When the machine gives no more descriptors the loop pauses and does not
//! spin. On a stop nothing new is accepted, answers under way are finished, resting connections
//! close.
//!
//! Two answers are not ours: to a head that is no HTTP, or longer than the bounds below, hyper 1
//! writes a bare 400 or 431 before there is a request to hand on, with an empty body and none of
//! our headers, and offers no place to change it. Only its bytes could be caught on their way out,
//! by what they look like; that is not worth it for an empty answer that shows nothing of anybody.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::pulse::{Felt, Pulse};
use crate::gate::seats::{Admitted, Connection, Doors};
use crate::telemetry::METRICS;

/// Bound: headers of one request. Browsers send some twenty, proxies add some.
const MAX_HEADERS: usize = 64;
/// Bound: bytes of a request's head.
const MAX_HEAD: usize = 16 * 1024;
/// How long accepting rests when the machine gives nothing more.
const PAUSE: Duration = Duration::from_millis(200);

/// What is known of a connection before its first request; every request carries it.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    /// The other end: a person's machine, or a proxy.
    pub(super) address: IpAddr,
    /// The last connections are kept for staff.
    pub(super) staff_only: bool,
    /// Counts until the last clone goes: a socket outlives the request it began with.
    pub(super) open: Arc<Connection>,
}

/// Accepts until it is told to stop.
pub(super) async fn accept(
    listener: TcpListener,
    router: Router,
    doors: Doors,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let router = TowerToHyperService::new(router);
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
            Admitted::Anybody(open) => (open, false),
            Admitted::StaffOnly(open) => (open, true),
            Admitted::Nobody => {
                METRICS.connections_turned_away_total.add();
                continue;
            }
        };
        METRICS.connections_total.add();
        let peer = Peer { address, staff_only, open: Arc::new(open) };
        tasks.spawn(serve(stream, peer, router.clone(), stop.clone()));
    }
}

/// Whether only this connection failed, and the next may be well.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn serve(
    stream: TcpStream,
    peer: Peer,
    router: TowerToHyperService<Router>,
    stop: CancellationToken,
) {
    // Small answers leave at once. It fails only where the connection has gone.
    let _ = stream.set_nodelay(true);
    let pulse = Pulse::new();
    let answering = pulse.clone();
    let answer = service_fn(move |request: hyper::Request<Incoming>| {
        let until = answering.begins();
        let (mut request, router): (Request, _) = (request.map(Body::new), router.clone());
        request.extensions_mut().insert(peer.clone());
        async move { router.call(request).await.map(|answer| answer.map(|body| until.with(body))) }
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
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
