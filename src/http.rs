//! The front of the house: connections, the API, sockets, event streams, pages, health.
//!
//! | file | what it does |
//! | --- | --- |
//! | [`run`] | builds the house from its settings, serves, and stops in order |
//! | [`rehearsal`] | a session to try everything with, a link for each role, and a simulated crowd |
//! | `accept`, `handshake`, `pulse` | the accept loop; TLS; how long a connection may take for what it does |
//! | `manager`, `renewal` | what systemd is told; a new certificate while people are connected |
//! | `caller`, `here`, `token` | who asks, what they are in a session, and the tokens it gives out |
//! | `socket` | the upgrade, and who may not have it |
//! | `crowd` | more people than seats: who finds none, and when they ask again |
//! | `api` | everything under `/api/v1` |
//! | `error` | the only place that knows status codes |
//! | `finder` | keeps the index of past evenings in step with them |
//! | `headers` | what every answer carries |
//! | `pages` | what people open in a browser |
//! | `assets` | scripts, style sheets and fonts, as `make web` built them |
//! | `health` | `/healthz`, `/readyz`, `/metrics` |
//!
//! Holds no state of a session. What travels is made by [`wire`](crate::wire), what may be is
//! decided by [`gate`](crate::gate) and [`qa`](crate::qa).

mod accept;
mod api;
mod assets;
mod caller;
mod crowd;
mod error;
mod finder;
mod handshake;
mod headers;
mod health;
mod here;
mod manager;
mod pages;
mod pulse;
pub mod rehearsal;
mod renewal;
pub mod run;
mod socket;
mod token;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::routing::get;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::gate::address::Addresses;
use crate::gate::identity::Tokens;
use crate::gate::limits::Traffic;
use crate::gate::origin::Origins;
use crate::gate::seats::{Doors, Seats};
use crate::hub::Hub;
use crate::qa::CommandId;
use error::No;

/// What every handler needs.
pub(crate) type Front = Arc<Reception>;

/// The parts of the house that people meet first.
pub(crate) struct Reception {
    hub: Hub,
    tokens: Tokens,
    origins: Origins,
    addresses: Addresses,
    traffic: Traffic,
    seats: Seats,
    doors: Doors,
    listings: pages::Listings,
    exports: Semaphore,
    surgery: api::doctor::Surgery,
    histories: api::receipts::Histories,
    finder: finder::Finder,
    data: PathBuf,
    began: SystemTime,
    /// Days after the end until a new session forgets everything personal, unless it says otherwise.
    keep_days: Option<u32>,
    /// Sockets; they outlive the connections that they began as.
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Reception {
    /// Refuses what would begin while the house is closing.
    fn must_go_on(&self) -> Result<(), No> {
        if self.stop.is_cancelled() { Err(No::busy()) } else { Ok(()) }
    }
}

/// An id for what a request brings about that brings none of its own.
fn fresh() -> CommandId {
    CommandId(ulid::Ulid::generate())
}

fn router(front: Front) -> Router {
    Router::new()
        .merge(api::routes())
        .route("/ws/v1/sessions/{slug}", get(socket::open))
        .merge(pages::routes())
        .merge(assets::routes())
        .merge(health::routes())
        .fallback(|| async { No::not_found("page") })
        .method_not_allowed_fallback(|| async { No::wrong_method() })
        .with_state(front)
}
