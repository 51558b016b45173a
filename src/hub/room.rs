//! One session, live: the task that owns it.
//!
//! What it promises: a command gets its reply only after the entry that holds it is durable and
//! applied; everybody else sees the effect no sooner. One append is in flight at a time, and what
//! comes meanwhile is the next entry, so the disk sets the pace and nobody waits for more than one
//! turn of it. What stands in the journal is applied in the journal's order, whoever wrote it.

mod flight;
mod owed;

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::stream::{BoxStream, StreamExt as _};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::alike::AlikeOnes;
use super::cache::{Cache, cached};
use super::fanout::{Fanout, TICK};
use super::handle::{Checked, Clock, Greeted, Handle, Refused, Reply, Sent, Sign, ToRoom, Wish};
use super::judged::Judged;
use super::live::Live;
use super::load::{Load, Waits};
use super::receipts::Receipts;
use super::shard::Shards;
use super::urn::{Ballots, urn};
use crate::journal::{
    Chain, Journal, JournalError, Mark, Read, Seq, SessionKeys, Snapshots, Unread,
};
use crate::qa::refusal::Scope;
use crate::qa::session::{Applied, Audience, Own, SessionState, Touch};
use crate::qa::view;
use crate::qa::{
    As, Caller, Command, CommandId, Envelope, Event, GrantId, House, PersonId, Policy, QuestionId,
    Refusal, Rev, Role, Session, SessionId, Sieve, Timestamp,
};
use crate::wire::{Close, Receipt};
use flight::{Appended, Flight, landing};
pub use owed::erase_what_is_owed;
use owed::{Owed, asked_in, erasures};

/// Bound: commands that wait for a room. Full: the sender waits, and its socket is not read.
const INBOX: usize = 4096;

/// Bound: what waits for a room from its staff and screens, beside the crowd's. Full: as above. Sixteen
/// seats with all that a seat may have under way.
const DESK: usize = 1024;

/// Bound: citizens' commands of one entry beside the votes of an urn, which are one. The journal's writer
/// takes up to 1 MiB at once; this is less.
const BATCH: usize = 1000;

/// Bound: what is taken from the crowd's queue until the room looks whether anything came that goes first:
/// an entry that is durable, the desk. A thousand who join would keep it for a tenth of a second.
const TURN: usize = 64;

/// Bound: a citizen's commands without a reply, over all tabs (`protocol.md`).
const UNDER_WAY: u32 = 16;

/// How long a room stays when nobody is in it.
const IDLE: Duration = Duration::from_secs(300);

/// How often it is tried again to do what was due.
const OVERDUE_MS: u64 = 1_000;

/// What every room stands on.
pub(super) struct Ground {
    pub(super) journal: Journal,
    pub(super) clock: Clock,
    /// What the city still lacks decides whether a session may open.
    pub(super) house: watch::Receiver<Arc<House>>,
    /// Where a restart may begin.
    pub(super) caches: Option<Snapshots>,
    /// Frames of each audience's ring.
    pub(super) ring: usize,
    /// Where seats on sockets are.
    pub(super) shards: Arc<Shards>,
    /// Where receipts lead.
    pub(super) receipts: Arc<Receipts>,
    /// Whether the process before this one was interrupted while this session may have been live.
    pub(super) interrupted: bool,
    /// Set when it ends and nobody has confirmed what was on air then.
    pub(super) unsettled: Arc<AtomicBool>,
    /// Counts sessions of which everything personal was forgotten.
    pub(super) forgotten: Arc<AtomicU64>,
    /// Counts what people made of what screening held.
    pub(super) judged: Arc<Judged>,
    /// What is left out while there is too much to do.
    pub(super) load: Arc<Load>,
}

/// A room and the task that runs it.
pub(super) fn room(
    id: SessionId,
    ground: Ground,
    stop: CancellationToken,
) -> (Handle, impl Future<Output = ()>) {
    let (inbox, messages) = mpsc::channel(INBOX);
    let (desk, first) = mpsc::channel(DESK);
    let (urn, ballots) = urn();
    let (loading, loaded) = watch::channel(None);
    let (sign, about) = watch::channel(Arc::default());
    let live = Arc::new(Live::new(ground.ring));
    let rings = Arc::clone(&live);
    let (shards, load) = (Arc::clone(&ground.shards), Arc::clone(&ground.load));
    let task = async move {
        match Room::load(id, ground, (messages, ballots, first), rings, sign).await {
            Ok(room) => {
                loading.send_replace(Some(Ok(())));
                room.run(stop).await;
            }
            Err(fault) => {
                error!(session.id = %id, error = %fault, "session `{id}` cannot be served");
                loading.send_replace(Some(Err(fault)));
            }
        }
    };
    let goes = As::Citizen;
    (Handle { inbox, urn, desk, goes, live, shards, load, about, loaded }, task)
}

struct Room {
    session: Session,
    cache: Cache,
    /// Keys that are to be erased and could not be yet. Until they are, no snapshot is written: a
    /// restart must find the reason again.
    owed: Vec<Owed>,
    /// Whether it is looked at whether everything personal is due to be forgotten: after loading,
    /// and whenever the house says so. A disk that refuses it is not asked again at once.
    may_forget: bool,
    /// The last place that was applied.
    seq: Seq,
    fanout: Fanout,
    alike: AlikeOnes,
    sign: watch::Sender<Arc<Sign>>,
    policy: Arc<Policy>,
    sieve: Arc<Sieve>,
    /// Of which policy, and of which session, these two are.
    screens_by: Option<(u32, Rev)>,
    /// Citizens' commands without a reply, over all their seats.
    under_way: HashMap<PersonId, u32>,
    /// When tallies and beats are looked at next. A deadline, not a pause: a busy room must tell, too.
    next_tick: Instant,
    /// When somebody last wanted something of it.
    used_at: Instant,
    chain: Chain,
    journal: Journal,
    keys: Arc<SessionKeys>,
    receipts: Arc<Receipts>,
    /// Rung when a turn is over.
    shards: Arc<Shards>,
    unsettled: Arc<AtomicBool>,
    forgotten: Arc<AtomicU64>,
    judged: Arc<Judged>,
    load: Arc<Load>,
    waits: Waits,
    clock: Clock,
    /// What the city still lacks decides whether a session may open.
    house: watch::Receiver<Arc<House>>,
    messages: mpsc::Receiver<Sent>,
    /// Votes that seats on sockets read. They stay there until the next entry is decided, so that however
    /// many there are, everybody else is heard meanwhile.
    ballots: Ballots,
    /// From the desk, the stage and the screens: heard before the crowd, however much waits there.
    desk: mpsc::Receiver<Sent>,
    tail: BoxStream<'static, Result<Unread, JournalError>>,
    /// What has not been decided yet, in order of arrival; staff's is decided first.
    inbox: VecDeque<Box<Wish>>,
    /// What came before all that, and waits for the outcome of something else.
    later: VecDeque<Box<Wish>>,
    /// What the house itself brings about.
    founding: VecDeque<(Vec<Event>, CommandId, oneshot::Sender<Reply>)>,
    flight: Option<Flight>,
}

/// What woke the room.
enum Happened {
    Stop,
    Read(Option<Result<Unread, JournalError>>),
    Appended(Appended),
    Desk(Option<Sent>),
    Message(Option<Sent>),
    Ballots,
    Due,
    Tick,
}

impl Room {
    async fn load(
        id: SessionId,
        ground: Ground,
        (messages, ballots, desk): (mpsc::Receiver<Sent>, Ballots, mpsc::Receiver<Sent>),
        live: Arc<Live>,
        sign: watch::Sender<Arc<Sign>>,
    ) -> Result<Self, JournalError> {
        let Ground { journal, clock, house, caches, receipts, .. } = &ground;
        let (journal, clock, house) = (journal.clone(), *clock, house.clone());
        let (caches, receipts) = (caches.clone(), Arc::clone(receipts));
        let shards = Arc::clone(&ground.shards);
        let Ground { interrupted, unsettled, forgotten, judged, load, .. } = ground;
        let keys = journal.keys(id).await?;
        let cached = match &caches {
            Some(caches) => cached(caches, &journal, id, &keys).await?,
            None => None,
        };
        let (mut session, mut chain, mut seq) =
            cached.unwrap_or_else(|| (Session::new(id), Chain::new(id), Seq::START));
        let (at, since) = (chain.head().n, Instant::now());
        let mut cache = Cache { caches, at, since, writing: None };
        let mut owed = Vec::new();
        let mut past = journal.read::<Event>(id, seq);
        while let Some(read) = past.next().await {
            let read = read?;
            chain.advance(&read.digest);
            seq = read.seq;
            let applied = session.apply(&read.entry);
            owed.extend(erasures(&session, &read.entry, &applied));
        }
        // A crash may have come between the record of a forgetting and the forgetting.
        for owed in owed.drain(..) {
            owed.pay(&journal, &session).await?;
        }
        if cache.is_due(chain.head().n) {
            cache.save(&session, Mark { seq, head: chain.head() }).await;
        }
        if session.forgotten_at().is_some() {
            receipts.forget(id, &keys);
        } else {
            receipts.learn(id, &keys, chain.head().chain, asked_in(&session));
        }
        let tail = journal.tail(id, seq);
        let mut fanout = Fanout::new(live, Arc::clone(&keys), Arc::clone(&load), Instant::now());
        if interrupted {
            fanout.doubt(&session);
        }
        let mut room = Self {
            alike: AlikeOnes::of(&session),
            session,
            fanout,
            sign,
            policy: Arc::default(),
            sieve: Arc::default(),
            screens_by: None,
            under_way: HashMap::new(),
            next_tick: Instant::now(),
            used_at: Instant::now(),
            cache,
            owed,
            may_forget: true,
            seq,
            chain,
            journal,
            keys,
            receipts,
            shards,
            unsettled,
            forgotten,
            judged,
            load,
            waits: Waits::default(),
            clock,
            house,
            messages,
            ballots,
            desk,
            tail,
            inbox: VecDeque::new(),
            later: VecDeque::new(),
            founding: VecDeque::new(),
            flight: None,
        };
        room.write_sign();
        Ok(room)
    }

    async fn run(mut self, stop: CancellationToken) {
        let (mut open, mut desk_open) = (true, true);
        loop {
            self.fly();
            self.shards.ring();
            let waiting = self.inbox.len() + self.later.len();
            if !open && !desk_open && self.flight.is_none() && waiting == 0 {
                break;
            }
            self.alike.catch_up(&self.session);
            let behind = self.alike.is_behind();
            let due = self.next_due();
            let idle = idle(self.used_at + IDLE, self.is_quiet());
            let tick = tick(self.next_tick, !self.fanout.is_empty());
            // Cancel-safe: every arm only names what happened.
            let happened = tokio::select! {
                biased;
                appended = landing(&mut self.flight) => Happened::Appended(appended),
                read = self.tail.next() => Happened::Read(read),
                () = stop.cancelled(), if !self.messages.is_closed() => Happened::Stop,
                () = tick => Happened::Tick,
                message = self.desk.recv(), if desk_open && waiting < BATCH + DESK => {
                    Happened::Desk(message)
                }
                () = self.ballots.rung(), if open && self.flight.is_none() => Happened::Ballots,
                message = self.messages.recv(), if open && waiting < BATCH => {
                    Happened::Message(message)
                }
                () = tokio::task::yield_now(), if behind => Happened::Due,
                () = due => Happened::Due,
                () = idle, if open => Happened::Stop,
            };
            let goes_on = match happened {
                // What was sent before is still taken on, and finished.
                Happened::Stop => {
                    self.ballots.close();
                    self.messages.close();
                    self.desk.close();
                    true
                }
                Happened::Desk(None) => {
                    desk_open = false;
                    true
                }
                Happened::Desk(Some(message)) => {
                    self.used_at = Instant::now();
                    // It overtakes: how long it waited says nothing of the crowd's queue.
                    self.take(message.what);
                    true
                }
                Happened::Message(None) => {
                    open = false;
                    true
                }
                Happened::Read(Some(unread)) => match unread.and_then(|unread| self.read(unread)) {
                    Ok(read) => self.applied(read).await,
                    Err(fault) => self.broken(&fault),
                },
                Happened::Read(None) => false,
                Happened::Appended(appended) => self.landed(appended),
                Happened::Message(Some(message)) => {
                    self.used_at = Instant::now();
                    self.take_next(message);
                    self.take_all();
                    if self.may_forget {
                        self.erase().await;
                        self.write_sign();
                    }
                    true
                }
                Happened::Ballots | Happened::Due => true,
                Happened::Tick => {
                    let now = Instant::now();
                    let flying = self.flight.as_ref().map(|flight| now - flight.since);
                    self.load.waits(self.waits.tell(flying));
                    self.fanout.tick(&self.session, now);
                    let (untold, at) = (self.alike.untold(&self.session), self.session.last_at());
                    self.fanout.retell(&self.session, untold, at, now);
                    self.next_tick = now + TICK;
                    true
                }
            };
            self.shards.ring();
            if !goes_on {
                break;
            }
        }
        if self.fanout.unconfirmed().is_some() {
            self.unsettled.store(true, Ordering::Relaxed);
        }
        self.fanout.close(Close::Drain);
        self.shards.ring();
        if self.owed.is_empty() && self.cache.at < self.chain.head().n {
            let mark = Mark { seq: self.seq, head: self.chain.head() };
            self.cache.save(&self.session, mark).await;
        }
    }

    /// Nobody is here, nothing is under way or in doubt, and time alone will bring nothing about.
    fn is_quiet(&self) -> bool {
        let settled = self.fanout.unconfirmed().is_none();
        let idle = self.fanout.is_empty() && self.flight.is_none();
        idle && settled && self.session.next_due().is_none()
    }

    /// Takes what is next in the crowd's queue.
    fn take_next(&mut self, Sent { at, what }: Sent) {
        self.waits.took(at.elapsed());
        self.take(what);
    }

    fn take(&mut self, what: ToRoom) {
        match what {
            ToRoom::Wish(wish) => self.wish(wish),
            ToRoom::Join(visitor, greeted) => {
                let sight = (&self.session, self.alike.known());
                let joined = self.fanout.join(sight, *visitor, Instant::now());
                match greeted {
                    Greeted::Shard(newcomer) => {
                        self.fanout.seat(&self.session, newcomer, joined);
                    }
                    Greeted::Waits(reply) => {
                        let seat = joined.seat;
                        match reply.send(joined) {
                            Ok(()) => self.fanout.greet(&self.session, seat),
                            Err(gone) => self.fanout.leave(gone.seat),
                        }
                    }
                }
            }
            ToRoom::Resync(seat, reply) => {
                let sight = (&self.session, self.alike.known());
                drop(reply.send(self.fanout.resync(sight, seat, Instant::now())));
            }
            ToRoom::Shown(seat, on_air) => self.fanout.shown(seat, on_air, Instant::now()),
            ToRoom::Leave(seat) => self.fanout.leave(seat),
            ToRoom::Board(reply) => {
                let sight = (&self.session, self.alike.known());
                drop(reply.send(self.fanout.board(sight, Instant::now())));
            }
            ToRoom::Look(look) => look(&self.session, &self.chain, self.alike.known()),
            ToRoom::House(events, id, reply) => self.founding.push_back((events, id, reply)),
            ToRoom::Forget => self.may_forget = true,
        }
    }

    /// Takes what is in the urn for the next entry.
    fn votes(&mut self) -> VecDeque<Box<Wish>> {
        let Some((votes, since)) = self.ballots.take() else { return VecDeque::new() };
        self.used_at = Instant::now();
        // All are taken at once: how long the first waits says how long the room has not come by.
        self.waits.took(since.elapsed());
        votes.into_iter().filter_map(|vote| self.admitted(vote)).collect()
    }

    /// A citizen's 17th command without a reply is refused.
    fn admitted(&mut self, wish: Box<Wish>) -> Option<Box<Wish>> {
        let caller = wish.envelope.caller;
        if caller.acts == As::Citizen {
            let under_way = self.under_way.entry(caller.person).or_default();
            if *under_way >= UNDER_WAY {
                let (most, scope) = (UNDER_WAY, Scope::UnderWay);
                wish.reply.answer(Reply::refused(Refusal::TooMany { most, scope }));
                return None;
            }
            *under_way += 1;
        }
        Some(wish)
    }

    /// Takes a command on; "take it off the air" clears the screens before anything else happens.
    fn wish(&mut self, wish: Box<Wish>) {
        let Some(wish) = self.admitted(wish) else { return };
        if wish.envelope.command == Command::OffAir
            && let Some(id) = self.session.stage().on_air
            && self.decide(&wish, ((self.clock)(), &self.missing()), None).is_ok()
        {
            self.fanout.hush(id, Instant::now());
        }
        self.inbox.push_back(wish);
    }

    /// The reply to a command that was taken on.
    fn reply(&mut self, wish: Box<Wish>, reply: Reply) {
        let caller = wish.envelope.caller;
        if caller.acts == As::Citizen
            && let Slot::Occupied(mut under_way) = self.under_way.entry(caller.person)
        {
            *under_way.get_mut() -= 1;
            if *under_way.get() == 0 {
                under_way.remove();
            }
        }
        wish.reply.answer(reply);
    }

    fn write_sign(&mut self) {
        self.make_ready();
        let ended = self.session.state() == SessionState::Ended;
        let sign = Sign {
            policy: Arc::clone(&self.policy),
            sieve: Arc::clone(&self.sieve),
            state: self.session.slug().map(|_| self.session.state()),
            view: self.session.slug().map(|_| view::session(&self.session, Audience::Public)),
            ended: ended.then(|| self.session.place(Audience::Public)),
            staff: staff(&self.session),
            invitations: self
                .session
                .invitations()
                .iter()
                .map(|(id, known)| (known.token_hash.clone(), *id))
                .collect(),
            forgets_at: if self.owed.is_empty() {
                self.session.forgets_at()
            } else {
                Some(self.session.last_at())
            },
        };
        self.sign.send_if_modified(|old| {
            let moved = **old != sign;
            if moved {
                *old = Arc::new(sign);
            }
            moved
        });
    }

    /// Makes the sieve anew where the policy is another, or the officials are.
    fn make_ready(&mut self) {
        let stands = (self.session.policy().version, self.session.rev());
        if self.screens_by != Some(stands) {
            self.policy = Arc::new(self.session.policy().clone());
            self.sieve = Arc::new(Sieve::of(&self.policy, &self.session.about().officials));
            self.screens_by = Some(stands);
        }
    }

    /// Takes what waits, for one turn and as far as one entry holds.
    fn take_all(&mut self) {
        for _ in 0..TURN {
            if self.inbox.len() + self.later.len() >= BATCH {
                break;
            }
            match self.messages.try_recv() {
                Ok(message) => self.take_next(message),
                Err(_) => break,
            }
        }
    }

    fn missing(&self) -> Vec<&'static str> {
        self.house.borrow().city().missing()
    }

    /// Waits until time alone brings something about.
    fn next_due(&self) -> impl Future<Output = ()> + use<> {
        let now = (self.clock)();
        // What is due and does not happen waits for something else: an opening, for the city.
        let later = |at: Timestamp| if at <= now { OVERDUE_MS } else { at.ms_since(now) };
        let wait = self.session.next_due().map(later);
        async move {
            match wait {
                Some(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
                None => std::future::pending().await,
            }
        }
    }

    /// The tail has brought an entry: it happens now.
    async fn applied(&mut self, read: Read<Event>) -> bool {
        self.chain.advance(&read.digest);
        let was_forgotten = self.session.forgotten_at().is_some();
        let applied = self.session.apply(&read.entry);
        self.judged.note(&self.session, &read.entry, &applied);
        self.seq = read.seq;
        self.owed.extend(erasures(&self.session, &read.entry, &applied));
        self.erase().await;
        let forgotten = !was_forgotten && self.session.forgotten_at().is_some();
        let at = read.entry.commands.iter().map(|command| command.at).max();
        let at = at.unwrap_or_else(|| self.session.last_at());
        if forgotten {
            self.receipts.forget(self.session.id(), &self.keys);
            self.forgotten.fetch_add(1, Ordering::Relaxed);
            let id = self.session.id();
            info!(session.id = %id, "session `{id}` has forgotten everything personal");
        } else if self.session.forgotten_at().is_none() {
            let (id, chain) = (self.session.id(), self.chain.head().chain);
            self.receipts.move_on(id, &self.keys, chain, moved(&self.session, &applied));
        }
        self.compare(&applied, was_forgotten);
        // Before anybody is told: a shard wakes when it will, and who hears of the end asks for the record.
        self.write_sign();
        let sight = (&self.session, self.alike.known());
        self.fanout.publish(sight, &applied.changes, at, Instant::now());
        let ours = self.flight.take_if(|flight| flight.id == read.entry.id);
        if let Some(flight) = &ours {
            self.waits.landed(flight.since.elapsed());
        }
        self.landed_as(&applied, ours.map(|flight| flight.waiting).unwrap_or_default());
        self.shards.ring();
        self.cache();
        true
    }

    /// Keeps what is known of questions in step with what an entry changed.
    fn compare(&mut self, applied: &Applied, was_forgotten: bool) {
        if !was_forgotten && self.session.forgotten_at().is_some() {
            self.alike.start_again(&self.session);
            return;
        }
        if !self.fanout.has_staff() {
            self.alike.tells_nobody();
        }
        for touch in applied.changes.touched(Audience::Desk) {
            if let Touch::Question(id) | Touch::Gone(id) = *touch {
                self.alike.keep_step(&self.session, id);
            }
        }
    }

    /// What was expected of a command is now as the record says.
    fn unexpect(&mut self, wish: &Wish) {
        let id = match &wish.envelope.command {
            Command::Ask { .. } => wish.envelope.id.into(),
            Command::Edit { question, .. } => *question,
            _ => return,
        };
        self.alike.keep_step(&self.session, id);
    }

    /// Erases the keys that are owed, and what was cached before.
    async fn erase(&mut self) {
        if self.owed.is_empty() {
            return;
        }
        let id = self.session.id();
        let mut owed = Vec::new();
        for debt in std::mem::take(&mut self.owed) {
            if let Err(fault) = debt.pay(&self.journal, &self.session).await {
                error!(session.id = %id, error = %fault, "session `{id}` could not erase a key");
                owed.push(debt);
            }
        }
        self.owed = owed;
        self.cache.forget(id).await;
    }

    /// Writes what a restart may begin with, now and then.
    fn cache(&mut self) {
        let head = self.chain.head();
        if self.owed.is_empty() && self.cache.is_due(head.n) {
            self.cache.write(&self.session, Mark { seq: self.seq, head });
        }
    }

    /// The journal cannot be read any further: this node stops serving the session, and says so.
    fn broken(&self, fault: &JournalError) -> bool {
        let id = self.session.id();
        error!(session.id = %id, error = %fault, "session `{id}` is not served any more");
        false
    }

    /// It counts; who asked a question gets its receipt, the same each time.
    fn done(&self, wish: &Wish) -> Reply {
        let Envelope { id, caller, command } = &wish.envelope;
        if let Command::Check { text, masks } = command {
            let found = self.session.checked(caller.person, text, *masks);
            let similar = self.alike.public(&self.session, wish);
            return Reply::Checked(Box::new(Checked { found, similar }));
        }
        let asked = matches!(command, Command::Ask { .. });
        Reply::Done { receipt: asked.then(|| Receipt(self.keys.receipt((*id).into()))) }
    }

    /// A refusal, with the question as the caller may see it now.
    fn refused(&self, caller: Caller, refusal: Refusal) -> Reply {
        let question = refusal.question().and_then(|id| match caller.acts {
            As::Citizen => view::own_question(&self.session, caller.person, id)
                .or_else(|| view::question(&self.session, Audience::Public, id)),
            As::Staff => {
                let mut seen = view::question(&self.session, self.looks_on(caller.person), id);
                seen.iter_mut().for_each(|seen| self.alike.known().tell(&self.session, seen));
                seen
            }
        });
        Reply::Refused(Box::new(Refused { refusal, question }))
    }

    /// The widest view that somebody on the staff may have.
    fn looks_on(&self, person: PersonId) -> Audience {
        let roles = self.session.roles(person);
        if roles.contains(&Role::Moderator) || roles.contains(&Role::Admin) {
            Audience::Desk
        } else {
            Audience::Stage
        }
    }
}

/// Who asked may have gone; the journal has it all the same.
fn answer(to: oneshot::Sender<Reply>, reply: Reply) {
    drop(to.send(reply));
}

/// Nobody watches and nobody has asked for long.
async fn idle(since: Instant, empty: bool) {
    if empty {
        tokio::time::sleep_until(since).await;
    } else {
        std::future::pending::<()>().await;
    }
}

/// Something may be due to be told, where somebody listens.
async fn tick(next: Instant, listened: bool) {
    if listened {
        tokio::time::sleep_until(next).await;
    } else {
        std::future::pending::<()>().await;
    }
}

/// The questions of citizens that an entry brought, or changed for those who asked them.
fn moved(session: &Session, applied: &Applied) -> impl Iterator<Item = QuestionId> {
    let asked = |person, id| session.question(id).is_some_and(|q| q.asker == Some(person));
    applied.changes.own.iter().filter_map(move |(person, own)| match own {
        Own::Question(id) => asked(*person, *id).then_some(*id),
        Own::Vote(..) => None,
    })
}

/// Who may do what, the oldest grant of each role.
fn staff(session: &Session) -> BTreeMap<PersonId, BTreeMap<Role, GrantId>> {
    let mut staff = BTreeMap::<_, BTreeMap<_, _>>::new();
    for (id, grant) in session.grants() {
        staff.entry(grant.person).or_default().entry(grant.role).or_insert(*id);
    }
    staff
}

/// A new id for what this node makes itself.
pub(super) fn fresh() -> ulid::Ulid {
    ulid::Ulid::generate()
}

#[cfg(test)]
pub(super) mod tests;
