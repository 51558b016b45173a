//! One session, live: the task that owns it.
//!
//! What it promises: a command gets its reply only after the entry that holds it is durable and
//! applied; everybody else sees the effect no sooner. One append is in flight at a time, and what
//! comes meanwhile is the next entry, so the disk sets the pace and nobody waits for more than one
//! turn of it. What stands in the journal is applied in the journal's order, whoever wrote it.

use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt as _};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::journal::{Chain, Journal, JournalError, Read, Seq, SessionKeys};
use crate::qa::event::{ENTRY_VERSION, Erases};
use crate::qa::session::{Applied, Audience};
use crate::qa::view::{self, QuestionView};
use crate::qa::{
    Actor, As, Caller, Command, CommandId, Decision, Entry, EntryId, Envelope, Event, Facts as _,
    House, Outcome, PersonId, QuestionId, Recorded, Refusal, Role, Session, SessionId, Timestamp,
    VoteRow, World,
};

/// Bound: commands that wait for a room. Full: the sender waits, and its socket is not read.
const INBOX: usize = 4096;

/// Bound: commands of one entry. The journal's writer takes up to 1 MiB at once; this is less.
const BATCH: usize = 1000;

/// How long an outcome may stay unknown before the sender is told so (`protocol.md`: 20 s).
const UNKNOWN_AFTER: Duration = Duration::from_secs(20);

/// Between two attempts to append the same entry.
const RETRY: Duration = Duration::from_millis(200);

/// What a sender waits before it tries again when nothing could be recorded.
pub(super) const BUSY_MS: u64 = 2_000;

/// How often it is tried again to do what was due.
const OVERDUE_MS: u64 = 1_000;

/// How often a command is decided again because what it rested on had moved. Each time somebody
/// else's command counted, so this ends; the bound is against a defect of ours.
const DECISIONS: u8 = 16;

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
    /// Not recorded.
    Refused(Box<Refused>),
    /// Nobody can say yet: send the same command again.
    Unknown,
}

/// 80 bits by which an asker can follow their question without an account.
pub type Receipt = [u8; 10];

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
    fn busy() -> Self {
        Self::refused(Refusal::Busy { retry_after_ms: BUSY_MS })
    }

    /// Why it was not recorded, if it was refused.
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refused) => Some(&refused.refusal),
            Self::Done { .. } | Self::Unknown => None,
        }
    }
}

/// A live session, for everybody but its own task. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    inbox: mpsc::Sender<ToRoom>,
    loaded: watch::Receiver<Option<Result<(), JournalError>>>,
}

enum ToRoom {
    Wish(Wish),
    Look(Look),
    House(Vec<Event>, CommandId, oneshot::Sender<Reply>),
}

type Look = Box<dyn FnOnce(&Session, &Chain) + Send>;

struct Wish {
    envelope: Envelope,
    reply: oneshot::Sender<Reply>,
    decided: u8,
}

impl Handle {
    /// Sends a command and waits for what becomes of it.
    pub async fn send(&self, envelope: Envelope) -> Reply {
        let (reply, outcome) = oneshot::channel();
        let wish = Wish { envelope, reply, decided: 0 };
        if self.inbox.send(ToRoom::Wish(wish)).await.is_err() {
            return Reply::busy();
        }
        // The task answers everything it took on; a room that broke off cannot know.
        match tokio::time::timeout(UNKNOWN_AFTER, outcome).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) | Err(_) => Reply::Unknown,
        }
    }

    /// Records what the house itself brings about: creating the session, the first grants.
    pub async fn record(&self, id: CommandId, events: Vec<Event>) -> Reply {
        let (reply, outcome) = oneshot::channel();
        if self.inbox.send(ToRoom::House(events, id, reply)).await.is_err() {
            return Reply::busy();
        }
        outcome.await.unwrap_or(Reply::Unknown)
    }

    /// Looks at the state as it is between two entries. `None`: the room is over.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Session, &Chain) -> T + Send + 'static,
    ) -> Option<T> {
        let (reply, seen) = oneshot::channel();
        let look = move |session: &Session, chain: &Chain| drop(reply.send(look(session, chain)));
        self.inbox.send(ToRoom::Look(Box::new(look))).await.ok()?;
        seen.await.ok()
    }

    /// Waits until its journal has been applied.
    pub(super) async fn ready(&self) -> Result<(), JournalError> {
        let mut loaded = self.loaded.clone();
        match loaded.wait_for(Option::is_some).await {
            Ok(loaded) => loaded.clone().unwrap_or(Ok(())),
            Err(_) => Err(JournalError::Stopped),
        }
    }

    /// Whether its task has ended.
    pub(super) fn is_over(&self) -> bool {
        self.inbox.is_closed()
    }
}

/// A room and the task that runs it.
pub(super) fn room(
    id: SessionId,
    journal: Journal,
    clock: Clock,
    house: watch::Receiver<Arc<House>>,
    stop: CancellationToken,
) -> (Handle, impl Future<Output = ()>) {
    let (inbox, messages) = mpsc::channel(INBOX);
    let (load, loaded) = watch::channel(None);
    let task = async move {
        match Room::load(id, journal, clock, house, messages).await {
            Ok(room) => {
                load.send_replace(Some(Ok(())));
                room.run(stop).await;
            }
            Err(fault) => {
                error!(session.id = %id, error = %fault, "session `{id}` cannot be served");
                load.send_replace(Some(Err(fault)));
            }
        }
    };
    (Handle { inbox, loaded }, task)
}

struct Room {
    session: Session,
    chain: Chain,
    journal: Journal,
    keys: Arc<SessionKeys>,
    clock: Clock,
    /// What the city still lacks decides whether a session may open.
    house: watch::Receiver<Arc<House>>,
    messages: mpsc::Receiver<ToRoom>,
    tail: BoxStream<'static, Result<Read<Event>, JournalError>>,
    /// What has not been decided yet, in order of arrival.
    inbox: VecDeque<Wish>,
    /// What the house itself brings about.
    founding: VecDeque<(Vec<Event>, CommandId, oneshot::Sender<Reply>)>,
    flight: Option<Flight>,
}

/// The one entry that is being appended, and who waits for it.
struct Flight {
    id: EntryId,
    waiting: Vec<Waiting>,
    /// `None` once the journal has said yes; the entry is applied when the tail brings it.
    append: Option<BoxFuture<'static, Appended>>,
}

/// The entry comes back with the answer, since after an error the same one is appended again.
type Appended = (Entry, Result<Seq, JournalError>);

/// Somebody who waits for a recorded command.
struct Waiting {
    /// Which command of the entry; votes share one.
    command: usize,
    asked: Asked,
}

enum Asked {
    Wish(Wish),
    House(oneshot::Sender<Reply>),
}

/// What woke the room.
enum Happened {
    Stop,
    Read(Option<Result<Read<Event>, JournalError>>),
    Appended(Appended),
    Message(Option<ToRoom>),
    Due,
}

impl Room {
    async fn load(
        id: SessionId,
        journal: Journal,
        clock: Clock,
        house: watch::Receiver<Arc<House>>,
        messages: mpsc::Receiver<ToRoom>,
    ) -> Result<Self, JournalError> {
        let keys = journal.keys(id).await?;
        let (mut session, mut chain, mut seq) = (Session::new(id), Chain::new(id), Seq::START);
        let mut erased = Vec::new();
        let mut past = journal.read::<Event>(id, seq);
        while let Some(read) = past.next().await {
            let read = read?;
            chain.advance(&read.digest);
            seq = read.seq;
            let applied = session.apply(&read.entry);
            erased.extend(erasures(&session, &read.entry, &applied));
        }
        // A crash may have come between the record of a forgetting and the forgetting.
        for (erases, because) in erased {
            journal.erase(id, erases, because).await?;
        }
        let tail = journal.tail(id, seq);
        Ok(Self {
            session,
            chain,
            journal,
            keys,
            clock,
            house,
            messages,
            tail,
            inbox: VecDeque::new(),
            founding: VecDeque::new(),
            flight: None,
        })
    }

    async fn run(mut self, stop: CancellationToken) {
        let mut open = true;
        loop {
            self.fly();
            if !open && self.flight.is_none() && self.inbox.is_empty() {
                break;
            }
            let due = self.next_due();
            // Cancel-safe: every arm only names what happened.
            let happened = tokio::select! {
                biased;
                read = self.tail.next() => Happened::Read(read),
                appended = landing(&mut self.flight) => Happened::Appended(appended),
                () = stop.cancelled(), if !self.messages.is_closed() => Happened::Stop,
                message = self.messages.recv(), if open && self.inbox.len() < BATCH => {
                    Happened::Message(message)
                }
                () = due => Happened::Due,
            };
            let goes_on = match happened {
                // What was sent before is still taken on, and finished.
                Happened::Stop => {
                    self.messages.close();
                    true
                }
                Happened::Message(None) => {
                    open = false;
                    true
                }
                Happened::Read(Some(Ok(read))) => self.applied(read).await,
                Happened::Read(Some(Err(fault))) => self.broken(&fault),
                Happened::Read(None) => false,
                Happened::Appended(appended) => self.landed(appended),
                Happened::Message(Some(message)) => {
                    self.take(message);
                    self.take_all();
                    true
                }
                Happened::Due => true,
            };
            if !goes_on {
                break;
            }
        }
    }

    fn take(&mut self, message: ToRoom) {
        match message {
            ToRoom::Wish(wish) => self.inbox.push_back(wish),
            ToRoom::Look(look) => look(&self.session, &self.chain),
            ToRoom::House(events, id, reply) => self.founding.push_back((events, id, reply)),
        }
    }

    /// Takes what waits, as far as one entry holds.
    fn take_all(&mut self) {
        while self.inbox.len() < BATCH {
            match self.messages.try_recv() {
                Ok(message) => self.take(message),
                Err(_) => break,
            }
        }
    }

    /// Decides what waits and sends it off as one entry, unless one is under way.
    fn fly(&mut self) {
        if self.flight.is_some() {
            return;
        }
        let now = (self.clock)().max(self.session.last_at());
        let mut commands = Vec::new();
        let mut waiting = Vec::new();
        for (events, id, reply) in std::mem::take(&mut self.founding) {
            waiting.push(Waiting { command: commands.len(), asked: Asked::House(reply) });
            let by = Actor::House;
            commands.push(Recorded { id, by, at: now, on: vec![], head: None, events });
        }
        if commands.is_empty() {
            self.decide_all(now, &mut commands, &mut waiting);
            self.decide_due(now, &mut commands);
        }
        if commands.is_empty() {
            return;
        }
        let entry = Entry { v: ENTRY_VERSION, id: EntryId(fresh()), commands };
        let id = entry.id;
        let append = Some(append(self.journal.clone(), self.session.id(), entry));
        self.flight = Some(Flight { id, waiting, append });
    }

    fn decide_all(
        &mut self,
        now: Timestamp,
        commands: &mut Vec<Recorded>,
        waiting: &mut Vec<Waiting>,
    ) {
        let mut rows = Vec::new();
        let mut voters = Vec::new();
        let mut busy = BTreeSet::new();
        let mut later = VecDeque::new();
        for wish in std::mem::take(&mut self.inbox) {
            let person = wish.envelope.caller.person;
            // A person's next command waits for the outcome of the one before, so that nobody is
            // refused for their own haste, and no quota is outrun.
            if busy.contains(&person) {
                later.push_back(wish);
                continue;
            }
            match self.decide(&wish, now) {
                Ok(Decision::Done) => {
                    let reply = self.done(&wish.envelope);
                    answer(wish.reply, reply);
                }
                Err(refusal) => {
                    let reply = self.refused(wish.envelope.caller, refusal);
                    answer(wish.reply, reply);
                }
                Ok(Decision::Record { on, events }) => match as_vote(&events) {
                    Some(row) => {
                        rows.push(row);
                        voters.push(wish);
                    }
                    None => {
                        busy.insert(person);
                        let command = commands.len();
                        commands.push(self.recorded(&wish.envelope, now, on, events));
                        waiting.push(Waiting { command, asked: Asked::Wish(wish) });
                    }
                },
            }
        }
        self.inbox = later;
        if !rows.is_empty() {
            let command = commands.len();
            let votes = |wish| Waiting { command, asked: Asked::Wish(wish) };
            waiting.extend(voters.into_iter().map(votes));
            commands.push(Recorded {
                id: CommandId(fresh()),
                by: Actor::Crowd,
                at: now,
                on: vec![],
                head: None,
                events: vec![Event::VotesCast { rows }],
            });
        }
    }

    fn decide(&self, wish: &Wish, now: Timestamp) -> Result<Decision, Refusal> {
        if wish.decided >= DECISIONS {
            return Err(Refusal::Busy { retry_after_ms: BUSY_MS });
        }
        let missing = self.missing();
        let world = World { now, head: self.chain.head(), missing: &missing };
        self.session.decide(&wish.envelope, &world)
    }

    fn recorded(
        &self,
        envelope: &Envelope,
        at: Timestamp,
        on: Vec<crate::qa::On>,
        events: Vec<Event>,
    ) -> Recorded {
        let person = envelope.caller.person;
        let (by, head) = match envelope.caller.acts {
            As::Citizen => (Actor::Citizen(person), None),
            As::Staff => (Actor::Staff(person), Some(self.chain.head())),
        };
        Recorded { id: envelope.id, by, at, on, head, events }
    }

    fn decide_due(&self, now: Timestamp, commands: &mut Vec<Recorded>) {
        if let Some(due) = self.session.due(now, &self.missing()) {
            let (id, on, events) = (CommandId(fresh()), due.on, due.events);
            commands.push(Recorded { id, by: Actor::Clock, at: now, on, head: None, events });
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

    /// The journal has answered.
    fn landed(&mut self, (entry, result): Appended) -> bool {
        let Some(flight) = &mut self.flight else { return true };
        match result {
            Ok(_) => true, // It is applied when the tail brings it.
            Err(fault @ (JournalError::Full { .. } | JournalError::Stopped)) => {
                let id = self.session.id();
                error!(session.id = %id, error = %fault, "session `{id}` cannot record");
                let flight = self.flight.take();
                for waiting in flight.into_iter().flat_map(|flight| flight.waiting) {
                    waiting.reply(Reply::busy());
                }
                !matches!(fault, JournalError::Stopped)
            }
            Err(fault) => {
                let id = self.session.id();
                warn!(session.id = %id, error = %fault, "session `{id}` appends again");
                let journal = self.journal.clone();
                flight.append = Some(Box::pin(async move {
                    tokio::time::sleep(RETRY).await;
                    append(journal, id, entry).await
                }));
                true
            }
        }
    }

    /// The tail has brought an entry: it happens now.
    async fn applied(&mut self, read: Read<Event>) -> bool {
        self.chain.advance(&read.digest);
        let applied = self.session.apply(&read.entry);
        for (erases, because) in erasures(&self.session, &read.entry, &applied) {
            if let Err(fault) = self.journal.erase(self.session.id(), erases, because).await {
                let id = self.session.id();
                error!(session.id = %id, error = %fault, "session `{id}` could not erase a key");
            }
        }
        let ours = self.flight.take_if(|flight| flight.id == read.entry.id);
        for waiting in ours.into_iter().flat_map(|flight| flight.waiting).rev() {
            match applied.outcomes.get(waiting.command) {
                Some(Outcome::Moved) => self.again(waiting),
                Some(Outcome::Counted | Outcome::Repeated) | None => match waiting.asked {
                    Asked::Wish(wish) => {
                        let reply = self.done(&wish.envelope);
                        answer(wish.reply, reply);
                    }
                    Asked::House(reply) => answer(reply, Reply::done()),
                },
            }
        }
        true
    }

    /// What it rested on had moved: decided again on the new state, before what came later.
    fn again(&mut self, waiting: Waiting) {
        match waiting.asked {
            Asked::Wish(mut wish) => {
                wish.decided += 1;
                self.inbox.push_front(wish);
            }
            Asked::House(reply) => answer(reply, Reply::refused(Refusal::Stale { question: None })),
        }
    }

    /// The journal cannot be read any further: this node stops serving the session, and says so.
    fn broken(&self, fault: &JournalError) -> bool {
        let id = self.session.id();
        error!(session.id = %id, error = %fault, "session `{id}` is not served any more");
        false
    }

    /// It counts; who asked a question gets its receipt, the same each time.
    fn done(&self, wish: &Envelope) -> Reply {
        let asked = matches!(wish.command, Command::Ask { .. });
        Reply::Done { receipt: asked.then(|| self.keys.receipt(wish.id.into())) }
    }

    /// A refusal, with the question as the caller may see it now.
    fn refused(&self, caller: Caller, refusal: Refusal) -> Reply {
        let question = refusal.question().and_then(|id| match caller.acts {
            As::Citizen => view::own_question(&self.session, caller.person, id)
                .or_else(|| view::question(&self.session, Audience::Public, id)),
            As::Staff => view::question(&self.session, self.looks_on(caller.person), id),
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

impl Waiting {
    fn reply(self, reply: Reply) {
        match self.asked {
            Asked::Wish(wish) => answer(wish.reply, reply),
            Asked::House(sender) => answer(sender, reply),
        }
    }
}

/// Who asked may have gone; the journal has it all the same.
fn answer(to: oneshot::Sender<Reply>, reply: Reply) {
    drop(to.send(reply));
}

fn append(journal: Journal, id: SessionId, mut entry: Entry) -> BoxFuture<'static, Appended> {
    Box::pin(async move {
        let result = journal.append(id, &mut entry).await;
        (entry, result)
    })
}

async fn landing(flight: &mut Option<Flight>) -> Appended {
    let Some(append) = flight.as_mut().and_then(|flight| flight.append.as_mut()) else {
        return std::future::pending().await;
    };
    let appended = append.await;
    if let Some(flight) = flight {
        flight.append = None;
    }
    appended
}

/// A single vote, which travels with those of the same moment.
fn as_vote(events: &[Event]) -> Option<VoteRow> {
    match events {
        [Event::VotesCast { rows }] => rows.first().copied(),
        _ => None,
    }
}

/// The keys that an entry's counted commands erase.
fn erasures(session: &Session, entry: &Entry, applied: &Applied) -> Vec<(Erases, CommandId)> {
    let counted = entry.commands.iter().zip(&applied.outcomes);
    let counted = counted.filter(|(_, outcome)| **outcome == Outcome::Counted);
    let mut erased = Vec::new();
    for (command, _) in counted {
        for erases in command.events.iter().filter_map(Event::erases) {
            erased.push((erases, command.id));
            if let Erases::Person(person) = erases {
                let never_shown = never_shown(session, person);
                erased.extend(never_shown.map(|id| (Erases::Question(id), command.id)));
            }
        }
    }
    erased
}

/// A person's questions that never were public: their keys go with the person's, since a text that
/// was to be shown at once may stand under them.
fn never_shown(session: &Session, person: PersonId) -> impl Iterator<Item = QuestionId> {
    let asked = session.people().get(person).and_then(|person| person.asked());
    let ids = asked.map(|asked| asked.questions.as_slice()).unwrap_or_default();
    let never = |id: &&QuestionId| session.question(**id).is_some_and(|q| q.number.is_none());
    ids.iter().filter(never).copied()
}

/// A new id for what this node makes itself.
pub(super) fn fresh() -> ulid::Ulid {
    ulid::Ulid::generate()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Hub;
    use super::*;
    use crate::journal::{Keys, Memory};
    use crate::qa::command::Asked as Text;
    use crate::qa::event::{About, Reason};
    use crate::qa::policy::PolicyChange;
    use crate::qa::session::State;
    use crate::qa::{Policy, Rev};

    fn noon() -> Timestamp {
        Timestamp(1_795_300_000_000)
    }

    fn journal() -> Journal {
        Journal::new(Arc::new(Memory::new()), Arc::new(Keys::in_memory()))
    }

    fn person(n: u128) -> PersonId {
        PersonId::from_u128(n)
    }

    const MOD: u128 = 1;
    const MAX: u128 = 2;
    const ANA: u128 = 3;

    fn wish(by: u128, acts: As, id: u128, command: Command) -> Envelope {
        let caller = Caller { person: person(by), acts };
        Envelope { id: CommandId::from_u128(id), caller, command }
    }

    fn ask(by: u128, id: u128) -> Envelope {
        let text = Text::screened("Quando riapre la biblioteca?", &Policy::default());
        let command = Command::Ask { text, name: None, labels: vec![], review: false };
        wish(by, As::Citizen, id, command)
    }

    fn is_done(reply: &Reply) -> bool {
        matches!(reply, Reply::Done { .. })
    }

    async fn evening(hub: &Hub) -> Handle {
        let room = hub.session(SessionId::from_u128(9)).await.expect("a room");
        let about = About {
            title: "Una sera".to_owned(),
            language: "it".to_owned(),
            starts_at: None,
            officials: vec![],
            labels: vec![],
            stream: None,
        };
        let slug = "sera".parse().expect("a slug");
        let policy = Policy::default();
        let created = Event::SessionCreated { slug, about, rehearsal: true, policy };
        let granted = |n| Event::RoleGranted {
            person: person(n),
            role: Role::Moderator,
            name: format!("m{n}"),
            invitation: None,
        };
        for (id, event) in [(101, created), (102, granted(MOD)), (103, granted(MAX))] {
            assert_eq!(room.record(CommandId::from_u128(id), vec![event]).await, Reply::done());
        }
        assert_eq!(room.send(wish(MOD, As::Staff, 104, Command::Open)).await, Reply::done());
        room
    }

    #[tokio::test]
    async fn of_two_moderators_who_press_at_the_same_moment_one_is_told() {
        let hub = Hub::open(journal(), noon).await.expect("a house");
        let room = evening(&hub).await;
        assert!(is_done(&room.send(ask(ANA, 201)).await));
        let (question, rev) = (QuestionId::from_u128(201), Rev(1));
        let approve = Command::Approve { question, rev, name: true };
        let reason = Reason::OffTopic;
        let dismiss = Command::Dismiss { question, rev, reason, of: None, note: None };
        let (one, two) = tokio::join!(
            room.send(wish(MOD, As::Staff, 202, approve)),
            room.send(wish(MAX, As::Staff, 203, dismiss)),
        );
        assert_eq!(one, Reply::done());
        let Reply::Refused(refused) = two else { panic!("both were done") };
        assert_eq!(refused.refusal, Refusal::Stale { question: Some(question) });
        assert_eq!(refused.question.map(|question| question.state), Some(State::Approved));
        let state = room.look(move |session, _| session.question(question).map(|q| q.state)).await;
        assert_eq!(state, Some(Some(State::Approved)));
        hub.stop().await;
    }

    #[tokio::test]
    async fn a_quota_is_not_outrun_by_asking_all_at_once() {
        let hub = Hub::open(journal(), noon).await.expect("a house");
        let room = evening(&hub).await;
        let change = PolicyChange { slow_s: Some(None), ..PolicyChange::default() };
        let lift = Command::Policy { change: Box::new(change) };
        assert_eq!(room.send(wish(MOD, As::Staff, 301, lift)).await, Reply::done());
        let asks = (0..8).map(|n| room.send(ask(ANA, 400 + n)));
        let replies = futures_util::future::join_all(asks).await;
        let done = replies.iter().filter(|reply| is_done(reply)).count();
        assert_eq!(done, 3, "the policy lets three wait: {replies:?}");
        hub.stop().await;
    }

    #[tokio::test]
    async fn after_a_restart_everything_is_there_and_counts_once() {
        let journal = journal();
        let hub = Hub::open(journal.clone(), noon).await.expect("a house");
        let room = evening(&hub).await;
        assert!(is_done(&room.send(ask(ANA, 201)).await));
        let before = room.look(|session, chain| (session.clone(), chain.head())).await;
        hub.stop().await;
        let hub = Hub::open(journal, noon).await.expect("a house");
        let room = hub.session(SessionId::from_u128(9)).await.expect("a room");
        let after = room.look(|session, chain| (session.clone(), chain.head())).await;
        assert_eq!(before, after);
        assert!(is_done(&room.send(ask(ANA, 201)).await), "the same command again");
        let count = room.look(|session, _| session.questions().len()).await;
        assert_eq!(count, Some(1));
        hub.stop().await;
    }

    #[tokio::test]
    async fn what_was_sent_before_the_stop_is_still_finished() {
        let hub = Hub::open(journal(), noon).await.expect("a house");
        let room = evening(&hub).await;
        let asked = tokio::spawn({
            let room = room.clone();
            async move { room.send(ask(ANA, 201)).await }
        });
        tokio::task::yield_now().await;
        hub.stop().await;
        let reply = asked.await.expect("no panic");
        assert!(is_done(&reply) || reply == Reply::busy(), "{reply:?}");
    }
}
