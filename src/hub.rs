//! Live sessions of this process.
//!
//! [`Hub`] finds or starts the task that owns a session and hands out cheap [`Handle`]s. It holds
//! no session state itself, and never waits while the map is borrowed.

mod alike;
mod board;
mod cache;
mod fanout;
mod handle;
mod house;
mod inbound;
mod judged;
mod listener;
mod live;
pub mod load;
mod pull;
mod receipts;
mod rescreen;
mod ring;
mod room;
mod seat;
mod shard;
mod urn;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry as Slot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::journal::{Journal, JournalError, Snapshots};
use crate::qa::event::About;
use crate::qa::{
    CommandId, Event, HouseCommand, PersonId, Policy, Role, SessionId, Slug, Timestamp,
};
use crate::wire::Receipt;
pub use board::Board;
pub use fanout::{Joined, SeatId};
pub use handle::{BUSY_MS, Checked, Clock, Handle, Refused, Reply, Sign};
pub use house::HouseDesk;
pub use judged::Judged;
pub use listener::{Listener, Visit};
pub use live::{Ear, Live, PRIVATE, Private, Visitor};
pub use load::{Load, Shed};
pub use receipts::Slip;
pub use ring::RING_FRAMES;
pub use room::erase_what_is_owed;
pub use seat::{Allowance, Seat, echo};
pub use shard::Letterbox;

/// The sessions that are live here.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

struct Shared {
    journal: Journal,
    clock: Clock,
    caches: Option<Snapshots>,
    ring: usize,
    shards: Arc<shard::Shards>,
    receipts: Arc<receipts::Receipts>,
    house: HouseDesk,
    live: DashMap<SessionId, Handle>,
    interrupted: AtomicBool,
    unsettled: Arc<AtomicBool>,
    forgotten: Arc<AtomicU64>,
    judged: Arc<Judged>,
    load: Arc<Load>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Hub {
    /// A hub over this journal. `clock` tells the time of everything that is decided here.
    ///
    /// `caches` is where a restart may begin; without it the whole journal is replayed.
    /// `ring` is how many frames a seat may fall behind; [`RING_FRAMES`] where nobody says.
    ///
    /// # Errors
    /// What kept the house's journal from being read.
    pub async fn open(
        journal: Journal,
        clock: Clock,
        caches: Option<Snapshots>,
        ring: usize,
    ) -> Result<Self, JournalError> {
        Self::with_shards(journal, clock, caches, ring, shard::Shards::default()).await
    }

    async fn with_shards(
        journal: Journal,
        clock: Clock,
        caches: Option<Snapshots>,
        ring: usize,
        shards: shard::Shards,
    ) -> Result<Self, JournalError> {
        let house = HouseDesk::open(journal.clone(), clock).await?;
        let shards = Arc::new(shards);
        let (live, tasks, stop) = (DashMap::new(), TaskTracker::new(), CancellationToken::new());
        let receipts = Arc::default();
        let interrupted = AtomicBool::new(false);
        let shared = Shared {
            journal,
            clock,
            caches,
            ring,
            shards,
            receipts,
            house,
            live,
            interrupted,
            unsettled: Arc::default(),
            forgotten: Arc::default(),
            judged: Arc::default(),
            load: Arc::default(),
            tasks,
            stop,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Whether, after a stop, something is left of an interruption that nobody has settled: the next
    /// start has to know of it, too.
    pub fn is_unsettled(&self) -> bool {
        self.shared.unsettled.load(Ordering::Relaxed)
    }

    /// Says that the process before this one did not end in order. What was on air then stays off
    /// stages and overlays until desk or stage confirms it: who knows what has happened in the room
    /// meanwhile. Holds for sessions that are loaded for the first time from here on.
    pub fn was_interrupted(&self) {
        self.shared.interrupted.store(true, Ordering::Relaxed);
    }

    /// The house.
    pub fn house(&self) -> &HouseDesk {
        &self.shared.house
    }

    /// The record underneath.
    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// The time, as everything here is told it.
    pub fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    /// Creates a session, with `by` as its first administrator. Sent again with the same id it
    /// finishes what a crash may have cut off.
    ///
    /// # Errors
    /// What kept its journal from being read.
    pub async fn create(
        &self,
        by: Option<Founder>,
        id: CommandId,
        session: NewSession,
    ) -> Result<Reply, JournalError> {
        let NewSession { slug, about, rehearsal, policy } = session;
        let listed = SessionId(id.0);
        let list = HouseCommand::CreateSession { session: listed, slug: slug.clone() };
        let reply = self.house().send(by.as_ref().map(|founder| founder.in_house), id, &list).await;
        if reply != Reply::done() {
            return Ok(reply);
        }
        let room = self.session(listed).await?;
        let mut events =
            vec![Event::SessionCreated { slug, about, rehearsal, policy: Box::new(policy) }];
        events.extend(by.map(|founder| Event::RoleGranted {
            person: founder.in_session,
            role: Role::Admin,
            name: founder.name,
            invitation: None,
        }));
        Ok(room.record(id, events).await)
    }

    /// The live session, started if it is not: the task loads itself, and everybody who asks
    /// meanwhile waits for the same load.
    ///
    /// # Errors
    /// What kept its journal from being read. The next call tries again.
    pub async fn session(&self, id: SessionId) -> Result<Handle, JournalError> {
        let handle = match self.shared.live.entry(id) {
            Slot::Occupied(live) if !live.get().is_over() => live.get().clone(),
            Slot::Occupied(mut over) => {
                let handle = self.spawn(id, false);
                over.insert(handle.clone());
                handle
            }
            Slot::Vacant(slot) => {
                let interrupted = self.shared.interrupted.load(Ordering::Relaxed);
                slot.insert(self.spawn(id, interrupted)).clone()
            }
        };
        handle.ready().await?;
        Ok(handle)
    }

    /// What is written at a session's door. It stays written when the room is over, since nothing
    /// changes there without one; only a session that was never loaded is started for it.
    ///
    /// # Errors
    /// What kept its journal from being read.
    pub async fn sign(&self, id: SessionId) -> Result<Arc<Sign>, JournalError> {
        let known = self.shared.live.get(&id).filter(|handle| handle.is_loaded());
        if let Some(sign) = known.map(|handle| handle.sign()) {
            return Ok(sign);
        }
        Ok(self.session(id).await?.sign())
    }

    /// The question that a citizen's receipt leads to.
    pub fn receipt(&self, code: Receipt) -> Option<Slip> {
        self.shared.receipts.find(code)
    }

    /// Looks into every session once, so that what time alone brings about happens though nobody
    /// is there: an opening that is due. From then on every sign and every receipt is known. Says
    /// how many cannot be served.
    pub async fn wake(&self) -> usize {
        let mut broken = 0;
        for id in self.house().now().sessions().values() {
            broken += usize::from(self.session(*id).await.is_err());
        }
        broken
    }

    /// Lets every session forget everything personal that is due to be forgotten, also those that
    /// nobody has looked into for months. Says in how many it was due; does not wait until it is
    /// done.
    pub async fn forget_due(&self) -> usize {
        let now = self.now();
        let mut due = 0;
        for id in self.house().now().sessions().values() {
            // One that cannot be served has said so in the log, and is looked at again.
            let Ok(sign) = self.sign(*id).await else { continue };
            if sign.forgets_at.is_some_and(|at| at <= now) {
                due += 1;
                if let Ok(room) = self.session(*id).await {
                    room.forget().await;
                }
            }
        }
        due
    }

    /// Of how many sessions everything personal was forgotten in this process's life.
    pub fn forgotten(&self) -> u64 {
        self.shared.forgotten.load(Ordering::Relaxed)
    }

    /// How often moderators went along with screening in this process's life.
    pub fn judged(&self) -> &Judged {
        &self.shared.judged
    }

    /// What is left out while there is too much to do.
    pub fn load(&self) -> &Load {
        &self.shared.load
    }

    /// Whether a receipt led to a question until everything personal of its session was forgotten,
    /// as announced.
    pub fn is_spent(&self, code: Receipt) -> bool {
        self.shared.receipts.is_spent(code)
    }

    /// Ends every live session: what was taken on is finished first.
    pub async fn stop(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    fn spawn(&self, id: SessionId, interrupted: bool) -> Handle {
        let shared = &self.shared;
        let stop = shared.stop.child_token();
        let ground = room::Ground {
            journal: shared.journal.clone(),
            clock: shared.clock,
            house: shared.house.follow(),
            caches: shared.caches.clone(),
            ring: shared.ring,
            shards: Arc::clone(&shared.shards),
            receipts: Arc::clone(&shared.receipts),
            interrupted,
            unsettled: Arc::clone(&shared.unsettled),
            forgotten: Arc::clone(&shared.forgotten),
            judged: Arc::clone(&shared.judged),
            load: Arc::clone(&shared.load),
        };
        let (handle, task) = room::room(id, ground, stop);
        shared.tasks.spawn(task);
        handle
    }
}

/// What a new session starts with.
pub struct NewSession {
    /// Its name in addresses.
    pub slug: Slug,
    /// What it says of itself.
    pub about: About,
    /// Whether it is a rehearsal.
    pub rehearsal: bool,
    /// Its policy.
    pub policy: Policy,
}

/// An administrator who creates a session.
pub struct Founder {
    /// Under the house's name for them.
    pub in_house: PersonId,
    /// Under the new session's name for them; see [`Hub::create`] for the session's id.
    pub in_session: PersonId,
    /// As the record calls them.
    pub name: String,
}
