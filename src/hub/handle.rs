//! A live session for everybody but its own task: what can be sent to it, and what comes back.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::{SendError, TrySendError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::alike::seen_in;
use super::board::Board;
use super::fanout::{Joined, SeatId};
use super::live::{Live, Visitor};
use super::load::{Load, Shed};
use super::shard::{Newcomer, Pending, Shards};
use super::urn::Urn;
use crate::journal::{Chain, JournalError};
use crate::qa::command;
use crate::qa::session::{Place, SessionState};
use crate::qa::view::{self, Known, QuestionView};
use crate::qa::{
    As, Audience, Command, CommandId, Envelope, Event, GrantId, InvitationId, Language, PersonId,
    Policy, QuestionId, Refusal, Role, Session, Sieve, Timestamp,
};
use crate::screening::similar::Seen;
use crate::wire::{self, Blocked, Frame, Receipt, message};

/// What a sender waits before it tries again when nothing could be recorded.
pub const BUSY_MS: u64 = 2_000;

/// How long an outcome may stay unknown before the sender is told so (`protocol.md`: 20 s).
pub(super) const UNKNOWN_AFTER: Duration = Duration::from_secs(20);

/// What tells the time.
pub type Clock = fn() -> Timestamp;

/// What became of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Durable, and it counts.
    Done {
        /// For a question: the code by which its asker can follow it.
        receipt: Option<Receipt>,
    },
    /// To a `check`: nothing was recorded.
    Checked(Box<Checked>),
    /// Not recorded.
    Refused(Box<Refused>),
    /// Nobody can say yet: send the same command again.
    Unknown,
}

/// What there is to know of a text before it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// What screening would do to it.
    pub found: command::Checked,
    /// Public questions like it.
    pub similar: Vec<QuestionView>,
}

impl Checked {
    /// As its author is told, in their language.
    pub fn frame(&self, id: CommandId, language: Language) -> Frame {
        let blocked = self.found.blocked.iter().map(|finding| Blocked::of(finding, language));
        message::checked(id, self.found.masked.as_deref(), blocked.collect(), &self.similar)
    }
}

/// A refusal as it goes to the person.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// The question as it is now, where the refusal is about one that the person may see.
    pub question: Option<QuestionView>,
}

impl Reply {
    /// Durable, and it counts.
    pub const fn done() -> Self {
        Self::Done { receipt: None }
    }

    /// Not recorded.
    pub fn refused(refusal: Refusal) -> Self {
        Self::Refused(Box::new(Refused { refusal, question: None }))
    }

    /// Nothing could be recorded right now.
    pub(super) fn busy() -> Self {
        Self::refused(Refusal::Busy { retry_after_ms: BUSY_MS })
    }

    /// Why it was not recorded, if it was refused.
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refused) => Some(&refused.refusal),
            Self::Done { .. } | Self::Checked(_) | Self::Unknown => None,
        }
    }
}

/// A live session, for everybody but its own task. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    pub(super) inbox: mpsc::Sender<Sent>,
    /// Votes that seats on sockets read, which are brought many at a time.
    pub(super) urn: Urn,
    /// What comes from the desk, the stage and the screens, past whatever crowd waits in `inbox`.
    pub(super) desk: mpsc::Sender<Sent>,
    /// Which of the two this one leads to.
    pub(super) goes: As,
    pub(super) live: Arc<Live>,
    /// Where its seats are, if they are on sockets.
    pub(super) shards: Arc<Shards>,
    /// What is left out while there is too much to do.
    pub(super) load: Arc<Load>,
    pub(super) about: watch::Receiver<Arc<Sign>>,
    pub(super) loaded: watch::Receiver<Option<Result<(), JournalError>>>,
}

/// Something on its way to a room, and since when.
pub(super) struct Sent {
    pub(super) at: Instant,
    pub(super) what: ToRoom,
}

impl From<ToRoom> for Sent {
    fn from(what: ToRoom) -> Self {
        Self { at: Instant::now(), what }
    }
}

pub(super) enum ToRoom {
    Wish(Box<Wish>),
    Look(Look),
    Join(Box<Visitor>, Greeted),
    Resync(SeatId, oneshot::Sender<Option<Joined>>),
    Shown(SeatId, Option<QuestionId>),
    Leave(SeatId),
    Board(oneshot::Sender<Arc<Board>>),
    House(Vec<Event>, CommandId, oneshot::Sender<Reply>),
    /// Everything personal may be due to be forgotten.
    Forget,
}

/// Who hears that there is a seat.
pub(super) enum Greeted {
    /// Somebody who waits for it.
    Waits(oneshot::Sender<Joined>),
    /// Its shard.
    Shard(Box<Newcomer>),
}

/// Who hears what came of a command.
pub(super) enum Asker {
    /// Somebody who waits for it.
    Waits(oneshot::Sender<Reply>),
    /// A seat, which goes on meanwhile.
    Seat(Pending),
}

impl Asker {
    /// What came of it. Seats are woken when the room's turn is over.
    pub(super) fn answer(self, reply: Reply) {
        match self {
            // Who asked may have gone; the journal has it all the same.
            Self::Waits(to) => drop(to.send(reply)),
            Self::Seat(pending) => pending.answer(reply),
        }
    }
}

/// What must be known of a session before the room is asked: by what rules a text is screened, whether
/// the session can be seen at all, and who may do what in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sign {
    /// The policy.
    pub policy: Arc<Policy>,
    /// What texts are screened by: shared, since the lists are made ready once.
    pub sieve: Arc<Sieve>,
    /// Where the session stands; `None` before it was created.
    pub state: Option<SessionState>,
    /// The session as the public sees it.
    pub view: Option<view::SessionView>,
    /// For one that is over: where its public stands. It moves with whatever they see differently,
    /// so who keeps a copy of that knows when to look again.
    pub ended: Option<Place>,
    /// Who may do what there, by which grant; of two the oldest. A draft is for them alone.
    pub staff: BTreeMap<PersonId, BTreeMap<Role, GrantId>>,
    /// The live invitations, by the SHA-256 of their tokens.
    pub invitations: BTreeMap<String, InvitationId>,
    /// When everything personal is to be forgotten; at once, where that was recorded and the keys
    /// could not be erased yet.
    pub forgets_at: Option<Timestamp>,
}

impl Sign {
    /// The session as an audience sees it; `None` before it was created.
    pub fn seen_by(&self, audience: Audience) -> Option<Cow<'_, view::SessionView>> {
        let view = self.view.as_ref()?;
        Some(match audience {
            Audience::Desk => {
                let policy = view::policy(&self.policy, audience);
                Cow::Owned(view::SessionView { policy, ..view.clone() })
            }
            Audience::Public | Audience::Stage | Audience::Overlay => Cow::Borrowed(view),
        })
    }
}

pub(super) type Look = Box<dyn FnOnce(&Session, &Chain, &Known) + Send>;

pub(super) struct Wish {
    pub(super) envelope: Envelope,
    pub(super) reply: Asker,
    pub(super) decided: u8,
    /// The text as it is compared with others, looked at by the sender: the room has no time for it.
    /// `None` too once it is decided, and kept where it is compared.
    pub(super) seen: Option<Box<Seen>>,
}

impl Handle {
    /// Sends a command and waits for what becomes of it.
    pub async fn send(&self, envelope: Envelope) -> Reply {
        match envelope.command {
            Command::Rescreen { .. } => super::rescreen::rescreen(self, envelope).await,
            _ => self.pass_on(envelope).await,
        }
    }

    /// Sends a command as it is, and waits for what becomes of it.
    pub(super) async fn pass_on(&self, envelope: Envelope) -> Reply {
        let (reply, outcome) = oneshot::channel();
        let (reply, seen) = (Asker::Waits(reply), seen_in(&envelope.command));
        self.pass(Wish { envelope, reply, decided: 0, seen }, Instant::now()).await;
        // The task answers everything it took on; a room that broke off cannot know.
        match tokio::time::timeout(UNKNOWN_AFTER, outcome).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) | Err(_) => Reply::Unknown,
        }
    }

    /// Sends a command as it is, as soon as there is room for it; who asks hears what becomes of it. `at`:
    /// since when it waits.
    pub(super) async fn pass(&self, wish: Wish, at: Instant) {
        let way = self.way(wish.envelope.caller.acts);
        let sent = way.send(Sent { at, what: ToRoom::Wish(Box::new(wish)) }).await;
        // The room is over.
        if let Err(SendError(Sent { what: ToRoom::Wish(wish), .. })) = sent {
            wish.reply.answer(Reply::busy());
            self.shards.ring();
        }
    }

    /// Puts a vote in the urn, if there is room for it and `may` then says so; the room hears of it when
    /// the urn's bell is rung. Else whose it is comes back.
    pub(super) fn vote(
        &self,
        envelope: Envelope,
        pending: Pending,
        may: impl FnOnce() -> bool,
    ) -> Result<(), Pending> {
        let mut pending = Some(pending);
        self.urn.put(|| {
            let reply = Asker::Seat(pending.take_if(|_| may())?);
            Some(Box::new(Wish { envelope, reply, decided: 0, seen: None }))
        });
        match pending {
            Some(pending) => Err(pending),
            None => Ok(()),
        }
    }

    /// Rings for the votes that were put in the urn.
    pub(super) fn ring(&self) {
        self.urn.ring_if_left();
    }

    /// Lets it forget what is due to be forgotten; does not wait for it.
    pub(super) async fn forget(&self) {
        // A room that is over did so when it was loaded last, and does when it is loaded next.
        self.says(ToRoom::Forget).await;
    }

    /// Records what the house itself brings about: creating the session, the first grants.
    pub async fn record(&self, id: CommandId, events: Vec<Event>) -> Reply {
        let (reply, outcome) = oneshot::channel();
        if self.says(ToRoom::House(events, id, reply)).await.is_none() {
            return Reply::busy();
        }
        outcome.await.unwrap_or(Reply::Unknown)
    }

    /// What is written at the door.
    pub fn sign(&self) -> Arc<Sign> {
        Arc::clone(&self.about.borrow())
    }

    /// Takes a seat. `None`: the room is over.
    pub async fn join(&self, visitor: Visitor) -> Option<Joined> {
        let (reply, joined) = oneshot::channel();
        let visitor = Box::new(visitor);
        self.says(ToRoom::Join(visitor, Greeted::Waits(reply))).await?;
        joined.await.ok()
    }

    /// Takes a seat on a socket, whose shard then has it. Where the room is over it is closed.
    pub(super) async fn seat(&self, visitor: Visitor, newcomer: Newcomer) {
        let greeted = Greeted::Shard(Box::new(newcomer));
        self.says(ToRoom::Join(Box::new(visitor), greeted)).await;
    }

    /// A snapshot for a seat that has fallen off its ring. `None`: it has no seat any more.
    pub async fn resync(&self, seat: SeatId) -> Option<Joined> {
        let (reply, joined) = oneshot::channel();
        self.says(ToRoom::Resync(seat, reply)).await?;
        joined.await.ok()?
    }

    /// A stage or overlay says what it shows.
    pub async fn shown(&self, seat: SeatId, on_air: Option<QuestionId>) {
        // A room that is over has no desk that would ask.
        self.says(ToRoom::Shown(seat, on_air)).await;
    }

    /// Frees a seat. Never waits, so that a seat may do it while it is dropped; with a full inbox it is
    /// noted where the room looks at its next tick. Of a room that is over nobody has a seat.
    pub fn leave(&self, seat: SeatId) {
        let way = self.way(self.goes);
        if let Err(TrySendError::Full(_)) = way.try_send(ToRoom::Leave(seat).into()) {
            self.live.notes_left(seat);
        }
    }

    /// The rings to pull from.
    pub fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// Looks at the state as it is between two entries. `None`: the room is over.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Session, &Chain) -> T + Send + 'static,
    ) -> Option<T> {
        self.look_with(|session, chain, _| look(session, chain)).await
    }

    /// As [`look`](Self::look), with what the room knows beside the state.
    pub async fn look_with<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Session, &Chain, &Known) -> T + Send + 'static,
    ) -> Option<T> {
        let (reply, seen) = oneshot::channel();
        let look = move |session: &Session, chain: &Chain, known: &Known| {
            drop(reply.send(look(session, chain, known)));
        };
        self.says(ToRoom::Look(Box::new(look))).await?;
        seen.await.ok()
    }

    /// Something that goes this way has waited so long until it was read. Staff's own says nothing of how much
    /// there is to do.
    pub(super) fn has_waited(&self, long: Duration) {
        if self.goes == As::Citizen {
            self.load.waits(long);
        }
    }

    /// What is left out while there is too much to do.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// Why a command is not taken now, before anything of it but its name is looked at; `None`: it
    /// is, or it is none.
    pub fn leaves_out(&self, said: &[u8], acts: As) -> Option<(CommandId, Refusal)> {
        if acts == As::Staff || !self.load.sheds(Shed::Votes) {
            return None;
        }
        let (id, kind) = wire::named(said)?;
        self.load.refuses(kind, id).map(|refusal| (id, refusal))
    }

    /// The same for whoever is known to be on the staff, or to hold an invitation: what it sends does
    /// not wait behind the crowd.
    pub fn for_staff(&self) -> Self {
        Self { goes: As::Staff, ..self.clone() }
    }

    /// Whether both lead into the same room by the same way.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.goes == other.goes && Arc::ptr_eq(&self.live, &other.live)
    }

    /// Sends something as soon as there is room for it; `None`: the room is over.
    pub(super) async fn says(&self, what: ToRoom) -> Option<()> {
        // It waits from here on, also where it waits for room.
        self.way(self.goes).send(what.into()).await.ok()
    }

    pub(super) fn way(&self, acts: As) -> &mpsc::Sender<Sent> {
        match (self.goes, acts) {
            (As::Citizen, As::Citizen) => &self.inbox,
            _ => &self.desk,
        }
    }

    /// Waits until its journal has been applied.
    pub(super) async fn ready(&self) -> Result<(), JournalError> {
        let mut loaded = self.loaded.clone();
        match loaded.wait_for(Option::is_some).await {
            Ok(loaded) => loaded.clone().unwrap_or(Ok(())),
            Err(_) => Err(JournalError::Stopped),
        }
    }

    /// Whether its journal has been applied.
    pub(super) fn is_loaded(&self) -> bool {
        matches!(*self.loaded.borrow(), Some(Ok(())))
    }

    /// Whether its task has ended.
    pub(super) fn is_over(&self) -> bool {
        self.inbox.is_closed()
    }
}
