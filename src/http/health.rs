//! `/healthz`, `/readyz`, `/metrics`: for whoever watches the process.

use std::io;
use std::path::Path;
use std::time::{Instant, SystemTime};

use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::api::Call;
use super::caller::Known;
use super::error::No;
use super::{Front, Reception};
use crate::backup::Part;
use crate::gate::seats::descriptors;
use crate::hub::load::resident_bytes;
use crate::qa::Refusal;
use crate::qa::event::HOUSE;
use crate::telemetry::METRICS;

pub(super) fn routes() -> Router<Front> {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Whether more visitors may be sent here: the house is not closing, and its record can be read and
/// written.
async fn ready(State(front): State<Front>) -> Result<&'static str, No> {
    front.must_go_on()?;
    front.hub.journal().head(HOUSE).await?;
    let data = front.data.clone();
    let written = tokio::task::spawn_blocking(move || probe(&data)).await;
    match written {
        Ok(Ok(())) => Ok("ready\n"),
        Ok(Err(error)) => {
            tracing::error!(%error, "the data folder cannot be written to");
            Err(No::busy())
        }
        Err(_) => Err(No::busy()),
    }
}

/// A full or broken disk refuses one page and its fsync as it refuses the journal's.
fn probe(data: &Path) -> io::Result<()> {
    use std::io::Write as _;
    let path = data.join("ready-probe");
    let mut file = std::fs::File::create(path)?;
    file.write_all(&[0; 4096])?;
    file.sync_data()
}

/// Looks at what only the system knows. Blocks, for as long as the disk takes for one page.
fn look(data: &Path) {
    #[expect(clippy::disallowed_methods, reason = "a stopwatch")]
    let start = Instant::now();
    let written = probe(data);
    METRICS.disk_writable.set(u8::from(written.is_ok()));
    METRICS.disk_write_micros.set(start.elapsed().as_micros());
    if let Ok(volume) = rustix::fs::statvfs(data) {
        METRICS.disk_free_bytes.set(volume.f_bavail * volume.f_frsize);
        METRICS.disk_bytes.set(volume.f_blocks * volume.f_frsize);
    }
    let bytes = |name: &str| data.join(name).metadata().map_or(0, |file| file.len());
    METRICS.journal_bytes.set(bytes("journal.db") + bytes("journal.db-wal"));
    METRICS.keys_bytes.set(bytes("keys.db") + bytes("keys.db-wal"));
    METRICS.resident_bytes.set(resident_bytes().unwrap_or_default());
    METRICS.descriptors.set(std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count));
    METRICS.descriptors_limit.set(descriptors().unwrap_or_default());
    for (part, word) in [(Part::Journal, "journal"), (Part::Keys, "keys")] {
        let at = data.join(part.mark()).metadata().and_then(|mark| mark.modified());
        METRICS.backed_up_seconds.set(word, at.map_or(0, seconds));
    }
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// For the administrator's token; on a listener of its own for everybody who reaches that.
async fn metrics(call: Call) -> Result<Response, No> {
    match call.reader().await?.known {
        Known::Operator(_) => Ok(figures(&call.front).await),
        Known::Nobody => Err(Refusal::Unauthenticated.into()),
        _ => Err(Refusal::NotAllowed.into()),
    }
}

async fn figures(front: &Reception) -> Response {
    let data = front.data.clone();
    if tokio::task::spawn_blocking(move || look(&data)).await.is_err() {
        METRICS.disk_writable.set(0);
    }
    let kept = front.traffic.size();
    METRICS.limit_keys.set(kept.keys);
    METRICS.limit_key_bytes.set(kept.bytes);
    METRICS.seats.set(front.seats.taken());
    METRICS.connections.set(front.doors.taken());
    METRICS.forwarded_ignored_total.set(front.addresses.ignored());
    METRICS.sessions.set(front.hub.house().now().sessions().len());
    METRICS.connections_limit.set(front.doors.most());
    METRICS.seats_limit.set(front.seats.limit());
    METRICS.start_time_seconds.set(seconds(front.began));
    METRICS.sessions_forgotten_total.set(front.hub.forgotten());
    let load = front.hub.load();
    METRICS.shed_level.set(load.level());
    for (what, count) in load.counts() {
        METRICS.shed_total.set(what, count);
    }
    let (lag, wait) = load.seen();
    METRICS.lag_micros.set(lag.as_micros());
    METRICS.wait_micros.set(wait.as_micros());
    for (became, count) in front.hub.judged().counts() {
        METRICS.screening_total.set(became, count);
    }
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, kind)], METRICS.render()).into_response()
}

/// What the listener of its own shows.
pub(super) fn figures_alone(front: Front) -> Router {
    Router::new().route("/metrics", get(move || async move { figures(&front).await }))
}
