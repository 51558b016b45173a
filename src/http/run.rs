//! The whole life of a server: built from its settings, serving, stopping in order.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::signal::unix::Signal;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::accept::{Entrance, accept};
use super::api::doctor::Surgery;
use super::api::export;
use super::api::receipts::Histories;
use super::finder::Finder;
use super::pages::Listings;
use super::{Reception, assets, health, manager, renewal, router};
use crate::archive::search::Fault;
use crate::config::{Journal, Settings, Shedding};
use crate::doctor::{Case, memory_bytes};
use crate::gate::keys::KeyError;
use crate::gate::limits::Traffic;
use crate::gate::origin::Scheme;
use crate::gate::seats::{Doors, Seats, descriptors};
use crate::gate::secret::Secret;
use crate::gate::tls::{Tls, TlsFault};
use crate::hub::Hub;
use crate::hub::load::Bounds;
use crate::journal::{JournalError, OpenError, Snapshots};
use crate::qa::Timestamp;
use crate::telemetry::METRICS;

/// How often limits forget whoever is back at a full allowance.
const SWEEP: Duration = Duration::from_secs(30);
/// How often it is looked whether everything personal of a session is due to be forgotten. A look
/// costs a comparison for each session; what is kept for days may take an hour more.
const FORGETTING: Duration = Duration::from_secs(60 * 60);
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
    /// Nothing can be encrypted.
    #[error("failed to get the certificate of `tls_cert` and `tls_key`")]
    Tls(#[from] TlsFault),
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
    tls: Option<Arc<Tls>>,
    metrics: Option<TcpListener>,
    address: SocketAddr,
    drain: Duration,
    shed: Option<Bounds>,
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
        let tls = certificate(settings)?.map(Arc::new);
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
            surgery: Surgery::new(Case { serves: true, ..settings.into() }),
            histories: Histories::default(),
            finder,
            data: settings.data.clone(),
            began: now_by_the_system(),
            keep_days: settings.keep_days,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        });
        let (admin_token, drain) = (settings.admin_token.clone(), settings.drain);
        let shed = settings.shed.map(bounds);
        Ok(Self { front, admin_token, listener, tls, metrics, address, drain, shed, running })
    }

    /// Where it listens; the port is a real one, even where 0 was asked for.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it speaks there.
    pub const fn scheme(&self) -> Scheme {
        if self.tls.is_some() { Scheme::Https } else { Scheme::Http }
    }

    /// Serves until `stop` says so, then stops in order: no new sockets, everybody is told to come
    /// back, what was acknowledged is on disk. `hangup` has it look at its certificate again.
    /// `false`: the record could not be closed in order.
    pub async fn run(self, stop: impl Future<Output = ()>, hangup: Option<Signal>) -> bool {
        let Self { front, listener, tls, metrics, drain, shed, running, .. } = self;
        let connections = TaskTracker::new();
        let accept = |entrance, finishes, router| {
            let (tasks, stop) = (connections.clone(), front.stop.clone());
            tokio::spawn(accept(entrance, finishes, router, tasks, stop))
        };
        let entrance = Entrance { listener, tls: tls.clone(), doors: front.doors.clone() };
        let main = accept(entrance, Some(Arc::clone(&front)), router(Arc::clone(&front)));
        let measuring = metrics.map(|listener| {
            if let Ok(address) = listener.local_addr() {
                tracing::info!("metrics on http://{address}/metrics");
            }
            let router = health::figures_alone(Arc::clone(&front));
            accept(Entrance { listener, tls: None, doors: Doors::new(MEASURING, 0) }, None, router)
        });
        manager::ready();
        let mut beside = JoinSet::new();
        beside.spawn(sweep(Arc::clone(&front)));
        beside.spawn(forget(front.hub.clone()));
        if let Some(bounds) = shed {
            METRICS.memory_budget_bytes.set(bounds.memory);
            let hub = front.hub.clone();
            beside.spawn(async move { hub.watch_load(bounds).await });
        }
        let (beating, accepting) = (Arc::clone(&front), main.abort_handle());
        beside.spawn(async move { manager::beat(&beating, accepting).await });
        if let Some(hangup) = hangup {
            beside.spawn(async move { renewal::renew(tls.as_deref(), hangup).await });
        }
        stop.await;
        tracing::info!("stopping: no new connections, everybody is told to come back");
        manager::stopping();
        front.stop.cancel();
        beside.abort_all();
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

/// From where on there is too much to do here.
fn bounds(shed: Shedding) -> Bounds {
    let memory = shed.memory.unwrap_or_else(memory_bytes);
    Bounds { lag: shed.lag, wait: shed.wait, memory }
}

/// The certificate of the settings, if they name one, checked.
///
/// # Errors
/// What is wrong with it, and where.
pub fn certificate(settings: &Settings) -> Result<Option<Tls>, TlsFault> {
    let Some(files) = &settings.tls else { return Ok(None) };
    let tls = Tls::load(files.clone(), now())?;
    if let Some(url) = settings.public_url.as_ref().filter(|url| !tls.is_for(url.host())) {
        let certificate = files.certificate.display();
        tracing::warn!("{certificate} is not for {}: browsers will warn everybody", url.host());
    }
    Ok(Some(tls))
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

/// Looks for sessions that are to forget what they hold of people: at the start, then every hour.
async fn forget(hub: Hub) {
    loop {
        METRICS.sessions_to_forget.set(hub.forget_due().await);
        METRICS.retention_last_run_seconds.set(hub.now().0 / 1_000);
        tokio::time::sleep(FORGETTING).await;
    }
}

pub(super) fn now() -> Timestamp {
    let since = now_by_the_system().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The edge of the house: the one place that reads the clock.
#[expect(clippy::disallowed_methods, reason = "everybody else is told the time")]
fn now_by_the_system() -> SystemTime {
    SystemTime::now()
}
