//! The whole life of a server: built from its settings, serving, stopping in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::api::export;
use super::{Reception, accept, health, router};
use crate::config::{Journal, Settings};
use crate::gate::keys::KeyError;
use crate::gate::limits::Traffic;
use crate::gate::seats::{Doors, Seats, descriptors};
use crate::gate::secret::Secret;
use crate::hub::Hub;
use crate::journal::{JournalError, OpenError, Snapshots};
use crate::qa::Timestamp;

/// How often limits forget whoever is back at a full allowance.
const SWEEP: Duration = Duration::from_secs(30);
/// What is left of the ten seconds of a stop, after everybody was sent away, to close the record.
const CLOSING: Duration = Duration::from_millis(1_500);

/// Bound: connections to the listener for metrics.
const MEASURING: usize = 16;

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The record cannot be opened.
    #[error("failed to open the data folder")]
    Open(#[from] OpenError),
    /// The gate has no keys.
    #[error("failed to get the keys of the gate")]
    Keys(#[from] KeyError),
    /// The record cannot be read.
    #[error("failed to read the house's journal")]
    Journal(#[from] JournalError),
    /// Nobody could come in.
    #[error("failed to listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The other engine.
    #[error("this version keeps its record in SQLite only; NATS JetStream comes with a later one")]
    NotYet,
}

/// A server that listens.
pub struct Server {
    pub(super) front: super::Front,
    /// As it was set; without one it stands in the data folder.
    pub(super) admin_token: Option<Secret>,
    listener: TcpListener,
    metrics: Option<TcpListener>,
    address: SocketAddr,
    drain: Duration,
}

impl Server {
    /// Opens the record, makes what the first start makes, and listens.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        if let Journal::Nats(_) = settings.journal {
            return Err(StartError::NotYet);
        }
        let journal = crate::journal::Journal::open(&settings.data)?;
        let tokens = settings.tokens()?;
        let caches = Some(Snapshots::new(&settings.data));
        let hub = Hub::open(journal, now, caches, settings.ring).await?;
        let broken = hub.wake().await;
        if broken > 0 {
            tracing::error!(broken, "{broken} sessions cannot be served; the lines before say why");
        }
        let listener = listen(settings.listen).await?;
        let metrics = match settings.metrics_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let address = listener
            .local_addr()
            .map_err(|source| StartError::Listen { address: settings.listen, source })?;
        let front = Arc::new(Reception {
            hub,
            tokens,
            origins: settings.origins(),
            addresses: settings.addresses(),
            traffic: Traffic::new(&settings.rates, settings.limit_keys),
            seats: Seats::new(settings.seats),
            doors: settings.doors(descriptors()),
            exports: Semaphore::new(export::AT_ONCE),
            data: settings.data.clone(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        });
        let (admin_token, drain) = (settings.admin_token.clone(), settings.drain);
        Ok(Self { front, admin_token, listener, metrics, address, drain })
    }

    /// Where it listens; the port is a real one, even where 0 was asked for.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` says so, then stops in order: no new sockets, everybody is told to come
    /// back, what was acknowledged is on disk. `false`: the record could not be closed in order.
    pub async fn run(self, stop: impl Future<Output = ()>) -> bool {
        let Self { front, admin_token: _, listener, metrics, address: _, drain } = self;
        let connections = TaskTracker::new();
        let accept = |listener, router, doors| {
            let (tasks, stop) = (connections.clone(), front.stop.clone());
            tokio::spawn(accept::accept(listener, router, doors, tasks, stop))
        };
        let main = accept(listener, router(Arc::clone(&front)), front.doors.clone());
        let measuring = metrics.map(|listener| {
            if let Ok(address) = listener.local_addr() {
                tracing::info!("metrics on http://{address}/metrics");
            }
            let router = health::figures_alone(Arc::clone(&front));
            accept(listener, router, Doors::new(MEASURING, 0))
        });
        let sweeping = tokio::spawn(sweep(Arc::clone(&front)));
        stop.await;
        tracing::info!("stopping: no new connections, everybody is told to come back");
        front.stop.cancel();
        sweeping.abort();
        let end = Instant::now() + drain;
        // They accept no more from here on, and every room has said what became of its commands.
        let ended = tokio::time::timeout_at(end, async {
            let _ = futures_util::future::join_all(std::iter::once(main).chain(measuring)).await;
            front.hub.stop().await;
        });
        let ended = ended.await.is_ok();
        let left = tokio::time::timeout_at(end, async {
            front.tasks.close();
            front.tasks.wait().await;
            connections.close();
            connections.wait().await;
        });
        if left.await.is_err() {
            // Nothing is lost by it: what they were told is on disk.
            let connections = front.doors.taken();
            tracing::warn!(connections, "{connections} connections did not end in time: cut off");
        }
        let closed = tokio::time::timeout(CLOSING, front.hub.journal().close()).await.is_ok();
        if !ended || !closed {
            tracing::error!(ended, closed, "the record could not be closed in order");
        }
        ended && closed
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

async fn sweep(front: super::Front) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let front = Arc::clone(&front);
        // It takes milliseconds, and holds up whoever shares its thread.
        let _ = tokio::task::spawn_blocking(move || front.traffic.sweep()).await;
    }
}

/// The edge of the house: the one place that reads the clock.
#[expect(clippy::disallowed_methods, reason = "everybody else is told the time")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
