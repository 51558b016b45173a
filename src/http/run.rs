//! The whole life of a server: built from its settings, serving, stopping in order.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::api::export;
use super::api::receipts::Histories;
use super::finder::Finder;
use super::pages::Listings;
use super::{Reception, accept, assets, health, router};
use crate::archive::search::Fault;
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
    /// The past evenings could not be made searchable.
    #[error("failed to make the index of past evenings")]
    Index(#[from] Fault),
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
    running: Running,
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
        if assets::bundle("site").is_none() {
            tracing::warn!("the pages are not in this program: run `make web` and build it again");
        }
        let journal = crate::journal::Journal::open(&settings.data)?;
        let tokens = settings.tokens()?;
        let listener = listen(settings.listen).await?;
        let metrics = match settings.metrics_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let caches = Some(Snapshots::new(&settings.data));
        let hub = Hub::open(journal, now, caches, settings.ring).await?;
        let running = Running::begin(&settings.data);
        if running.interrupted {
            tracing::warn!(
                "the last run did not end in order: what was on air stays off stage and overlay \
                 until desk or stage confirms it"
            );
            hub.was_interrupted();
        }
        let broken = hub.wake().await;
        if broken > 0 {
            tracing::error!(broken, "{broken} sessions cannot be served; the lines before say why");
        }
        let finder = Finder::new()?;
        finder.keep_step(&hub).await;
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
            listings: Listings::default(),
            exports: Semaphore::new(export::AT_ONCE),
            histories: Histories::default(),
            finder,
            data: settings.data.clone(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        });
        let (admin_token, drain) = (settings.admin_token.clone(), settings.drain);
        Ok(Self { front, admin_token, listener, metrics, address, drain, running })
    }

    /// Where it listens; the port is a real one, even where 0 was asked for.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` says so, then stops in order: no new sockets, everybody is told to come
    /// back, what was acknowledged is on disk. `false`: the record could not be closed in order.
    pub async fn run(self, stop: impl Future<Output = ()>) -> bool {
        let Self { front, admin_token: _, listener, metrics, address: _, drain, running } = self;
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
        } else if !front.hub.is_unsettled() {
            running.end();
        }
        ended && closed
    }
}

/// A file that is there while a server runs on a data folder, and stays when it ends otherwise than
/// in order (by a crash, a kill, a power cut), or before somebody has settled what came of that.
struct Running {
    file: PathBuf,
    /// It was there: the run before was interrupted.
    interrupted: bool,
}

impl Running {
    /// Leaves the file. Where that fails the run counts as interrupted: screens that stay clear
    /// without need are a key press, a wrong question on them is not.
    fn begin(data: &Path) -> Self {
        let file = data.join("running");
        let made = File::create_new(&file).and_then(|made| {
            made.sync_all()?;
            File::open(data)?.sync_all()
        });
        if let Err(fault) = &made
            && fault.kind() != ErrorKind::AlreadyExists
        {
            tracing::warn!(error = %fault, file = %file.display(), "failed to note that this runs");
        }
        Self { file, interrupted: made.is_err() }
    }

    /// It has ended in order.
    fn end(self) {
        if let Err(fault) = fs::remove_file(&self.file) {
            let file = self.file.display();
            tracing::warn!(error = %fault, %file, "failed to note that this has ended in order");
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

async fn sweep(front: super::Front) {
    loop {
        tokio::time::sleep(SWEEP).await;
        front.finder.keep_step(&front.hub).await;
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
