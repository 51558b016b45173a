//! A shard's thread: what wakes it, and whose turn it is.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};
use tokio::runtime;
use tokio::sync::mpsc::error::SendError;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::errands::{self, Errand};
use super::mailbox::{Address, Bell, Mailbox, Note, Ticket};
use super::seated::{Gone, Seated, Tools};
use super::{Newcomer, Patience};
use crate::hub::Handle;
use crate::hub::fanout::Joined;
use crate::hub::live::Live;
use crate::hub::ring::Batch;
use crate::qa::Audience;

/// Bytes read at once, for all seats of a shard. Who has sent more is read again.
const READ: usize = 16 * 1024;

/// Bound: bytes of one batch. A seat that takes none of it holds no more than this.
const BATCH: usize = 32 * 1024;

/// Seats that are told before the shard looks up: about a millisecond. What came meanwhile from
/// the desk, or for it, does not wait for ten thousand others.
const TURN: usize = 256;

/// How long counts alone wait in a storm: who is answered meanwhile hears them with the answer.
const COUNTS_WAIT: Duration = Duration::from_millis(500);

/// It is one when the public has said so much since the counts before, and so many of all seats have:
/// waiting spares as many writes. With fewer, or where most only watch, it would spare hardly any.
const STORM: usize = 256;
const STORM_ONE_OF: usize = 8;

/// Seats that have heard something before they are written to. What a room says to one lies together, so
/// each is written to once; a thousand would be out of the processor's caches by then.
const ANSWERS: usize = 32;

/// Events taken from the kernel at once.
const AT_ONCE: usize = 512;

/// The name of the bell among the sockets.
const WAKE: u64 = u64::MAX;

/// Seats of one room and audience on one shard. Overlays that are known to be of the house are apart
/// from those that anybody may open: what they send takes another way.
pub(super) struct Group {
    pub(super) room: Handle,
    audience: Audience,
    bell: Arc<Bell>,
    /// Slots of its seats.
    seats: Vec<usize>,
    /// Who is told next, and how many have not been told since the ring moved last.
    hand: usize,
    left: usize,
    /// Until when they are not told: it has moved for counts alone, in a storm.
    not_before: Option<Instant>,
    /// How much its seats have said since the last counts.
    said: usize,
    /// How often the ring had moved when these batches were made.
    moves: u64,
    /// Made once for all seats that stand at the same place.
    batches: Vec<(u64, Batch)>,
    /// To the task that asks the room, from the first errand on.
    errands: Option<UnboundedSender<Errand>>,
}

/// Bound: places of which a group keeps the batches. Seats at more places than this lag behind, each
/// by something else.
const PLACES: usize = 64;

impl Group {
    /// What a seat that stands there is to be told.
    pub(super) fn batch(&mut self, from: u64) -> Batch {
        let moves = self.room.live().moves(self.audience);
        if moves != self.moves {
            self.moves = moves;
            self.batches.clear();
        }
        if let Some((_, batch)) = self.batches.iter().rev().find(|(place, _)| *place == from) {
            return batch.clone();
        }
        let batch = self.room.live().batch(self.audience, from, BATCH);
        if self.batches.len() >= PLACES {
            self.batches.clear();
        }
        self.batches.push((from, batch.clone()));
        batch
    }

    /// One of its seats has said something.
    pub(super) const fn is_spoken_in(&mut self) {
        self.said += 1;
    }

    /// A seat more; says at which place.
    fn comes(&mut self, slot: usize) -> usize {
        self.seats.push(slot);
        // In the round that goes on it may stand before those who are still to be told.
        if self.left > 0 {
            self.left += 1;
        }
        self.seats.len() - 1
    }

    /// The seat at this place is none any more; says which one stands there now.
    fn goes(&mut self, at: usize) -> Option<usize> {
        let (all, last) = (self.seats.len(), self.seats.len() - 1);
        let hand = self.hand.min(last);
        let is_to_be_told = |place| (place + all - hand - 1) % all < self.left;
        let passes_over = is_to_be_told(last) && !is_to_be_told(at);
        self.seats.swap_remove(at);
        self.left = if passes_over { last } else { self.left.min(last) };
        self.seats.get(at).copied()
    }

    /// Asks the room something.
    pub(super) fn errand(&mut self, errand: Errand, tools: &Tools) {
        let errand = match &self.errands {
            // A task that has ended has broken off.
            Some(errands) => match errands.send(errand) {
                Ok(()) => return,
                Err(SendError(errand)) => errand,
            },
            None => errand,
        };
        let (errands, todo) = unbounded_channel();
        tools.runtime.spawn(errands::run(self.room.clone(), todo));
        // It is there now, or the process is about to end.
        let _ = errands.send(errand);
        self.errands = Some(errands);
    }
}

/// One thread, and the seats it owns.
pub(super) struct Shard {
    mailbox: Arc<Mailbox>,
    tools: Tools,
    seats: Vec<Option<Seated>>,
    free: Vec<usize>,
    keys: HashMap<u64, usize>,
    groups: Vec<Option<Group>>,
    /// Groups whose ring has moved; staff's come first.
    moved: VecDeque<usize>,
    /// Taken from the mailbox, and not done yet.
    notes: VecDeque<Note>,
    looked: Instant,
    /// Seats with something that waits to be told. Bound: [`ANSWERS`].
    waits: Vec<usize>,
}

impl Shard {
    pub(super) fn new(mailbox: Arc<Mailbox>, patience: Patience) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, mailbox.wake(), EventData::new_u64(WAKE), EventFlags::IN)?;
        let (read, write, now) = (vec![0; READ], Vec::new(), now());
        let runtime = runtime::Handle::current();
        let tools = Tools { epoll, runtime, read, write, now, patience };
        Ok(Self {
            mailbox,
            tools,
            seats: Vec::new(),
            free: Vec::new(),
            keys: HashMap::new(),
            groups: Vec::new(),
            moved: VecDeque::new(),
            notes: VecDeque::new(),
            looked: now,
            waits: Vec::new(),
        })
    }

    /// Serves its seats until it is told to stop. A defect of ours, which the log has by then, ends the
    /// seats that it has, whose pages come back; never the thread, on which half of the next would sit.
    pub(super) fn run(mut self) {
        while catch_unwind(AssertUnwindSafe(|| self.serve())).is_err() {
            for slot in 0..self.seats.len() {
                // One that breaks as it leaves has left: what is done for it is done before.
                let _ = catch_unwind(AssertUnwindSafe(|| self.leaves(slot)));
            }
            // One that broke off may have been in use.
            self.tools.read.resize(READ, 0);
            self.moved.clear();
            self.waits.clear();
        }
    }

    fn serve(&mut self) {
        let mut events = Vec::with_capacity(AT_ONCE);
        // Who broke off may have heard the bell and not looked: then nobody rings again.
        let mut may_rest = false;
        loop {
            events.clear();
            let pause = if may_rest { self.pause() } else { Some(Timespec::default()) };
            if epoll::wait(&self.tools.epoll, spare_capacity(&mut events), pause.as_ref()).is_err()
            {
                // Interrupted by a signal.
                continue;
            }
            self.tools.now = now();
            for event in &events {
                if event.data.u64() == WAKE {
                    self.mailbox.is_awake();
                } else if let Ok(slot) = usize::try_from(event.data.u64()) {
                    let flags = event.flags;
                    self.with(slot, |seat, group, tools| seat.ready(flags, group, tools));
                }
            }
            if !self.turn() {
                return;
            }
            may_rest = true;
        }
    }

    /// Does everything that is ready, and tells those for whom it was; then some of those who watch.
    /// Says whether there is a next turn.
    fn turn(&mut self) -> bool {
        // Votes that were read in this round: the room has them before a thousand answers are written.
        self.rings();
        // Of what was taken nothing is lost but what breaks.
        self.mailbox.take(&mut self.notes);
        while let Some(note) = self.notes.pop_front() {
            if let Note::Stop = note {
                return false;
            }
            self.does(note);
        }
        // And those of who is read again.
        self.rings();
        self.answers();
        self.tells();
        if self.tools.now - self.looked >= self.tools.patience.look {
            self.looks();
        }
        true
    }

    /// Wakes the rooms that have votes.
    fn rings(&self) {
        self.groups.iter().flatten().for_each(|group| group.room.ring());
    }

    /// Tells those for whom there was something.
    fn answers(&mut self) {
        while let Some(slot) = self.waits.pop() {
            self.with(slot, |seat, group, tools| {
                seat.waits = false;
                seat.tell(group, tools)
            });
        }
    }

    /// Does what is due by time alone.
    fn looks(&mut self) {
        self.looked = self.tools.now;
        for slot in 0..self.seats.len() {
            self.with(slot, Seated::look);
        }
    }

    /// How long it may rest: not at all where somebody is to be told now.
    fn pause(&self) -> Option<Timespec> {
        let now = self.tools.now;
        let look = (!self.keys.is_empty()).then(|| now + self.tools.patience.look);
        let told = self.moved.iter().map(|index| self.not_before(*index).unwrap_or(now));
        let next = told.chain(look).min()?;
        Timespec::try_from(next - now).ok()
    }

    /// Until when those of a group who are to be told something wait for it.
    fn not_before(&self, group: usize) -> Option<Instant> {
        self.groups.get(group).and_then(Option::as_ref)?.not_before
    }

    fn does(&mut self, note: Note) {
        match note {
            Note::Sit(address, newcomer, joined) => self.sit(address, *newcomer, &joined),
            Note::Moved(group) => self.moves(group),
            Note::Word(key, word) => {
                self.keyed(key, |seat, _, tools| seat.word(word, tools));
            }
            Note::Replied(Ticket { key, at }, id, reply) => {
                self.keyed(key, |seat, group, tools| seat.replied(at, (id, reply), group, tools));
            }
            Note::LetGo(key) => self.keyed(key, Seated::let_go),
            Note::Told(Ticket { key, at }, told) => {
                self.keyed(key, |seat, group, tools| seat.told(at, told, group, tools));
            }
            Note::Resynced(Ticket { key, at }, joined) => {
                self.keyed(key, |seat, group, tools| seat.resynced(at, joined, group, tools));
            }
            Note::Stop => {}
        }
    }

    /// Everything that somebody starts with is written, and they are heard from here on.
    fn sit(&mut self, address: Address, newcomer: Newcomer, joined: &Joined) {
        let Newcomer { socket, early, room, audience, owner, held, welcome } = newcomer;
        let key = address.key();
        let group = self.group(room.clone(), audience);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.seats.push(None);
            self.seats.len() - 1
        });
        let place = (socket, slot, group);
        let seat = joined.seat;
        match Seated::new(place, address, (owner, held), (seat, &early), &self.tools) {
            Ok(seated) => {
                self.seats[slot] = Some(seated);
                self.keys.insert(key, slot);
                if let Some(group) = self.groups[group].as_mut() {
                    let at = group.comes(slot);
                    if let Some(seated) = self.seats[slot].as_mut() {
                        seated.at = at;
                    }
                }
                self.with(slot, |seat, group, tools| {
                    seat.joins(welcome.as_ref(), joined, group, tools)
                });
            }
            Err(Gone) => {
                room.leave(seat);
                self.free.push(slot);
                self.sweep(group);
            }
        }
    }

    /// The group of this room, way and audience, made if there is none.
    fn group(&mut self, room: Handle, audience: Audience) -> usize {
        let known = self.groups.iter().position(|group| {
            group
                .as_ref()
                .is_some_and(|group| group.audience == audience && group.room.is_same(&room))
        });
        if let Some(known) = known {
            return known;
        }
        let index = self.groups.iter().position(Option::is_none).unwrap_or_else(|| {
            self.groups.push(None);
            self.groups.len() - 1
        });
        let bell = Arc::new(Bell::new(&self.mailbox, index));
        room.live().hang(audience, &bell);
        let (moves, batches) = (u64::MAX, Vec::new());
        self.groups[index] = Some(Group {
            room,
            audience,
            bell,
            seats: Vec::new(),
            hand: 0,
            left: 0,
            not_before: None,
            said: 0,
            moves,
            batches,
            errands: None,
        });
        index
    }

    /// A ring has moved: everybody who watches it is to be told.
    fn moves(&mut self, index: usize) {
        let Some(group) = self.groups.get_mut(index).and_then(Option::as_mut) else { return };
        if group.bell.is_heard() {
            group.not_before = None;
        } else if group.left == 0 {
            let said = std::mem::take(&mut group.said);
            let is_storm = said >= STORM.max(group.seats.len() / STORM_ONE_OF);
            let is_public = group.audience == Audience::Public;
            group.not_before = (is_public && is_storm).then(|| self.tools.now + COUNTS_WAIT);
        }
        if group.left == 0 {
            if group.audience == Audience::Public {
                self.moved.push_back(index);
            } else {
                self.moved.push_front(index);
            }
        }
        group.left = group.seats.len();
    }

    /// Tells some of those who are to be told, in turn. Who was told before the ring moved once more
    /// is told again when all others have been: by then more may wait, and is one write. A room that
    /// has always something to tell takes turns with the others.
    fn tells(&mut self) {
        let now = self.tools.now;
        let ready = |index: &usize| self.not_before(*index).is_none_or(|until| until <= now);
        let Some(index) = self.moved.iter().copied().find(ready) else { return };
        for _ in 0..TURN {
            let Some(group) = self.groups.get_mut(index).and_then(Option::as_mut) else { break };
            if group.left == 0 || group.seats.is_empty() {
                group.left = 0;
                break;
            }
            group.left -= 1;
            group.hand = if group.hand + 1 < group.seats.len() { group.hand + 1 } else { 0 };
            let slot = group.seats[group.hand];
            self.with(slot, Seated::tell);
        }
        self.moved.retain(|moved| *moved != index);
        let group = self.groups.get(index).and_then(Option::as_ref);
        if group.is_some_and(|group| group.left > 0) {
            self.moved.push_back(index);
        }
    }

    fn keyed(
        &mut self,
        key: u64,
        act: impl FnOnce(&mut Seated, &mut Group, &mut Tools) -> Result<(), Gone>,
    ) {
        let Some(slot) = self.keys.get(&key).copied() else { return };
        let waits = self.seats[slot].as_ref().is_some_and(|seat| seat.waits);
        if !waits && self.waits.len() >= ANSWERS {
            self.answers();
        }
        self.with(slot, act);
        let seat = self.seats[slot].as_mut();
        if seat.is_some_and(|seat| !std::mem::replace(&mut seat.waits, true)) {
            self.waits.push(slot);
        }
    }

    /// Does something with a seat; whoever is gone then has none.
    fn with(
        &mut self,
        slot: usize,
        act: impl FnOnce(&mut Seated, &mut Group, &mut Tools) -> Result<(), Gone>,
    ) {
        let Some(seat) = self.seats.get_mut(slot).and_then(Option::as_mut) else { return };
        let Some(group) = self.groups[seat.group].as_mut() else { return };
        if act(seat, group, &mut self.tools).is_err() {
            self.leaves(slot);
        }
    }

    fn leaves(&mut self, slot: usize) {
        let Some(seated) = self.seats[slot].take() else { return };
        seated.is_over();
        self.keys.remove(&seated.address.key());
        self.free.push(slot);
        if let Some(group) = self.groups[seated.group].as_mut() {
            group.room.leave(seated.seat);
            if let Some(other) = group.goes(seated.at)
                && let Some(other) = self.seats[other].as_mut()
            {
                other.at = seated.at;
            }
        }
        self.sweep(seated.group);
    }

    /// Lets a group go that nobody is in.
    fn sweep(&mut self, index: usize) {
        let group = self.groups[index].take_if(|group| group.seats.is_empty());
        if let Some(group) = group {
            // Who was the last may have voted in this very round.
            group.room.ring();
            group.room.live().unhang(group.audience, &group.bell);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a thread of its own has no clock that tests can pause"
)]
fn now() -> Instant {
    Instant::now()
}

/// The rings of a room know who is to be woken.
impl Live {
    fn hang(&self, audience: Audience, bell: &Arc<Bell>) {
        self.bells(audience, |bells| bells.push(Arc::clone(bell)));
    }

    fn unhang(&self, audience: Audience, bell: &Arc<Bell>) {
        self.bells(audience, |bells| bells.retain(|other| !Arc::ptr_eq(other, bell)));
    }
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    use super::*;
    use crate::gate::budget::Budget;
    use crate::hub::fanout::SeatId;
    use crate::hub::room::tests::{MOD, evening_of, noon, person, wish};
    use crate::hub::shard::errands::Told;
    use crate::hub::shard::{Answers, Letterbox, Owner};
    use crate::hub::{Ear, Hub, Reply, Visitor};
    use crate::journal::{Journal, Keys, Memory};
    use crate::qa::event::Channel;
    use crate::qa::{As, Caller, Command, Language};

    async fn house() -> Hub {
        let journal = Journal::new(Arc::new(Memory::new()), Arc::new(Keys::in_memory()));
        Hub::open(journal, noon, None, 10).await.expect("a house")
    }

    /// What a seat holds breaks when it is let go.
    struct Breaks;

    impl Drop for Breaks {
        fn drop(&mut self) {
            panic!("a seat that breaks");
        }
    }

    /// A page, and its connection to a shard. Each read takes what one write has brought.
    fn newcomer(
        room: Handle,
        audience: Audience,
        held: Box<dyn Any + Send>,
    ) -> (UnixStream, Newcomer) {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let pair = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None);
        let (page, socket) = pair.expect("a pair");
        let owner = Owner {
            caller: None,
            deflates: false,
            language: Language::English,
            budget: Budget::unlimited(),
            most: 100,
            answers: Answers::Echo,
            allowance: Box::new(|| Ok(())),
        };
        let (page, early, welcome) = (page.into(), Vec::new(), None);
        (page, Newcomer { socket, early, room, audience, owner, held, welcome })
    }

    /// What a page has been told since it read last.
    fn read(page: &mut UnixStream) -> String {
        let mut bytes = [0; 1000];
        match page.read(&mut bytes) {
            Ok(read) => String::from_utf8_lossy(&bytes[..read]).into_owned(),
            Err(_) => String::new(),
        }
    }

    #[tokio::test]
    async fn counts_wait_in_a_storm_and_nothing_else_does() {
        let hub = house().await;
        let room = evening_of(&hub, 10).await;
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        let mut shard = Shard::new(Arc::clone(&mailbox), Patience::default()).expect("an epoll");
        let mut pages = Vec::new();
        let letterboxes = [Letterbox::new(&mailbox), Letterbox::new(&mailbox)];
        for letterbox in &letterboxes {
            pages.push(sits(&mut shard, &room, letterbox));
        }
        let (counts, news) = ("\u{fffd}\u{6}counts", "\u{fffd}\u{4}hush");
        let mut first = pages[0].try_clone().expect("the same page");
        let mut told = || pages.iter_mut().map(read).collect::<Vec<_>>();
        let count = || room.live().push_counts(Audience::Public, "counts".into());
        let mut moves = |shard: &mut Shard| {
            shard.turn();
            told()
        };
        let storms = |shard: &mut Shard| shard.groups[0].as_mut().expect("a group").said = STORM;
        let rests = |shard: &Shard| Duration::try_from(shard.pause().expect("it has seats"));

        count();
        assert_eq!(moves(&mut shard), [counts; 2], "nobody has said anything");
        shard.groups[0].as_mut().expect("a group").said = STORM - 1;
        count();
        assert_eq!(moves(&mut shard), [counts; 2], "not much");
        assert_eq!(rests(&shard), Ok(shard.tools.patience.look));

        storms(&mut shard);
        count();
        assert_eq!(moves(&mut shard), ["", ""]);
        // A pong, which asks for nothing.
        first.write_all(&[0x8a, 0x80, 0, 0, 0, 0]).expect("it takes that");
        shard.with(0, |seat, group, tools| seat.ready(EventFlags::IN, group, tools));
        assert_eq!(moves(&mut shard), ["", ""], "nor does it hear them when it says something");
        assert_eq!(rests(&shard), Ok(COUNTS_WAIT));
        mailbox.post(Note::Told(Ticket { key: 1, at: shard.tools.now }, Told::Nothing));
        assert_eq!(moves(&mut shard), [counts, ""], "with an answer, and once");
        shard.tools.now += COUNTS_WAIT;
        assert_eq!(rests(&shard), Ok(Duration::ZERO));
        assert_eq!(moves(&mut shard), ["", counts], "who has none, in time");
        assert!(shard.moved.is_empty());

        storms(&mut shard);
        count();
        assert_eq!(moves(&mut shard), ["", ""]);
        room.live().push(Audience::Public, "hush".into(), None);
        let both = format!("{counts}{news}");
        assert_eq!(moves(&mut shard), [both.clone(), both], "that waits for nobody");
        hub.stop().await;
    }

    #[tokio::test]
    async fn in_a_storm_the_desk_waits_for_no_counts() {
        let hub = house().await;
        let room = evening_of(&hub, 10).await;
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        let mut shard = Shard::new(Arc::clone(&mailbox), Patience::default()).expect("an epoll");
        for (audience, waits) in [(Audience::Public, true), (Audience::Desk, false)] {
            let letterbox = Letterbox::new(&mailbox);
            let mut page = sits_as(audience, &mut shard, &room, &letterbox);
            shard.groups.iter_mut().flatten().for_each(|group| group.said = STORM);
            room.live().push_counts(audience, "counts".into());
            shard.turn();
            assert_eq!(read(&mut page).is_empty(), waits, "{audience:?}");
        }
        hub.stop().await;
    }

    #[tokio::test]
    async fn a_task_that_has_broken_off_is_begun_anew() {
        let hub = house().await;
        let room = evening_of(&hub, 10).await;
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        let mut shard = Shard::new(Arc::clone(&mailbox), Patience::default()).expect("an epoll");
        let letterbox = Letterbox::new(&mailbox);
        let mut page = sits(&mut shard, &room, &letterbox);
        for _ in 0..2 {
            let (broken, _) = unbounded_channel();
            shard.groups[0].as_mut().expect("a group").errands = Some(broken);
            page.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i']).expect("it takes that");
            shard.with(0, |seat, group, tools| seat.ready(EventFlags::IN, group, tools));
            let mut told = String::new();
            while !told.contains("hi") {
                tokio::task::yield_now().await;
                mailbox.ring_if_left();
                shard.turn();
                told = read(&mut page);
            }
        }
        hub.stop().await;
    }

    /// Somebody takes a seat who has been told everything so far.
    fn sits(shard: &mut Shard, room: &Handle, letterbox: &Letterbox) -> UnixStream {
        sits_as(Audience::Public, shard, room, letterbox)
    }

    fn sits_as(
        audience: Audience,
        shard: &mut Shard,
        room: &Handle,
        letterbox: &Letterbox,
    ) -> UnixStream {
        let (mut page, newcomer) = newcomer(room.clone(), audience, Box::new(()));
        let next = room.live().end(audience);
        let joined = Joined { seat: SeatId::NOBODY, frames: vec!["start".into()], next };
        shard.sit(letterbox.address(), newcomer, &joined);
        assert!(read(&mut page).contains("start"));
        page
    }

    #[tokio::test]
    async fn what_a_vote_leads_to_is_one_write_to_each_of_many() {
        let hub = house().await;
        let room = evening_of(&hub, 10).await;
        let text = "Quando riapre la biblioteca?".to_owned();
        let enter = Command::Enter { text, name: None, labels: vec![], channel: Channel::Hall };
        assert_eq!(room.send(wish(MOD, As::Staff, 301, enter)).await, Reply::done());
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        let mut shard = Shard::new(Arc::clone(&mailbox), Patience::default()).expect("an epoll");
        let mut pages = Vec::new();
        // More than are written to in one go, and not a multiple.
        for n in 0..2 * ANSWERS + 3 {
            let person = Some(person(1_000 + n as u128));
            let (page, mut newcomer) = newcomer(room.clone(), Audience::Public, Box::new(()));
            let caller = person.map(|person| Caller { person, acts: As::Citizen });
            (newcomer.owner.caller, newcomer.owner.answers) = (caller, Answers::Room);
            newcomer.owner.most = 1_000;
            let private = Ear::Socket(Letterbox::new(&mailbox));
            let (audience, grant, is_citizen, screen, after) =
                (Audience::Public, None, true, None, None);
            let visitor = Visitor { audience, person, grant, is_citizen, screen, after, private };
            room.seat(visitor, newcomer).await;
            pages.push(page);
        }
        // Until everybody was told what they start with.
        let turn = async |shard: &mut Shard| {
            room.look(|_, _| ()).await;
            mailbox.ring_if_left();
            shard.turn();
        };
        turn(&mut shard).await;
        let mut told: Vec<_> = pages.iter_mut().map(read).collect();
        assert!(told.iter().all(|told| told.contains("snapshot")), "{told:?}");
        let question = ulid::Ulid::from(301);
        for (slot, page) in pages.iter_mut().enumerate() {
            let id = ulid::Ulid::generate();
            let vote =
                format!(r#"{{"type":"vote","id":"{id}","question":"{question}","on":true}}"#);
            let masked = 0x80 | u8::try_from(vote.len()).expect("short");
            let frame = [&[0x81, masked, 0, 0, 0, 0], vote.as_bytes()].concat();
            page.write_all(&frame).expect("it takes that");
            shard.with(slot, |seat, group, tools| seat.ready(EventFlags::IN, group, tools));
        }
        while told.iter().any(|told| !told.contains("done")) {
            turn(&mut shard).await;
            told.iter_mut().zip(&mut pages).for_each(|(told, page)| {
                let now = read(page);
                if !now.is_empty() {
                    *told = now;
                }
            });
        }
        let in_order =
            |told: &String| told.find("mine").zip(told.find("done")).is_some_and(|(m, d)| m < d);
        assert!(told.iter().all(in_order), "{told:?}");
        hub.stop().await;
    }

    #[tokio::test]
    async fn who_comes_or_goes_while_news_go_round_makes_nobody_be_left_out() {
        let hub = house().await;
        let room = evening_of(&hub, 10).await;
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        let mut shard = Shard::new(Arc::clone(&mailbox), Patience::default()).expect("an epoll");
        let letterboxes: Vec<_> = (0..4).map(|_| Letterbox::new(&mailbox)).collect();
        let mut pages: Vec<_> =
            letterboxes[..3].iter().map(|one| sits(&mut shard, &room, one)).collect();
        let told = |shard: &mut Shard, pages: &mut [UnixStream]| {
            shard.tools.now += COUNTS_WAIT;
            shard.tells();
            pages.iter_mut().map(|page| !read(page).is_empty()).collect::<Vec<_>>()
        };
        let waits = |shard: &mut Shard| {
            shard.groups[0].as_mut().expect("a group").said = STORM;
            room.live().push_counts(Audience::Public, "counts".into());
            shard.turn();
        };
        waits(&mut shard);
        pages.push(sits(&mut shard, &room, &letterboxes[3]));
        assert_eq!(told(&mut shard, &mut pages), [true, true, true, false]);
        waits(&mut shard);
        // Found out when it is its turn: who was the last then stands where all have been told.
        drop(pages.remove(2));
        assert_eq!(told(&mut shard, &mut pages), [true; 3]);
        hub.stop().await;
    }

    #[tokio::test]
    async fn each_command_has_its_own_twenty_seconds() {
        let hub = house().await;
        let room = evening_of(&hub, 10).await;
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        let patience = Patience::default();
        for answered in [0, 1] {
            let mut shard = Shard::new(Arc::clone(&mailbox), patience).expect("an epoll");
            let letterbox = Letterbox::new(&mailbox);
            let mut page = sits(&mut shard, &room, &letterbox);
            let key = letterbox.address().key();
            let mut begun = Vec::new();
            for _ in 0..2 {
                shard.tools.now += patience.unknown / 2;
                // Nobody answers here: the task that would is never polled.
                page.write_all(&[0x81, 0x80, 0, 0, 0, 0]).expect("it takes that");
                shard.with(0, |seat, group, tools| seat.ready(EventFlags::IN, group, tools));
                begun.push(shard.tools.now);
            }
            let ticket = Ticket { key, at: begun[answered] };
            shard.does(Note::Told(ticket, Told::Nothing));
            shard.tools.now = begun[0] + patience.unknown + Duration::from_secs(1);
            shard.looks();
            // It is closed for what has no answer, once nothing else can be waited for.
            shard.tools.now += patience.parting;
            shard.looks();
            assert_eq!(read(&mut page).contains("4001"), answered == 1);
        }
        hub.stop().await;
    }

    #[tokio::test]
    async fn what_was_rung_for_is_done_though_something_broke_before_it() {
        let hub = house().await;
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        let mut shard = Shard::new(Arc::clone(&mailbox), Patience::default()).expect("an epoll");
        let letterbox = Letterbox::new(&mailbox);
        let room = evening_of(&hub, 10).await;
        let (page, newcomer) = newcomer(room, Audience::Overlay, Box::new(Breaks));
        let joined = Joined { seat: SeatId::NOBODY, frames: Vec::new(), next: u64::MAX };
        shard.sit(letterbox.address(), newcomer, &joined);
        // Both are there when it looks for the first time: the bell, and behind it a page that has gone.
        mailbox.post(Note::Stop);
        drop(page);
        let (ends, ended) = mpsc::channel();
        thread::spawn(move || {
            shard.run();
            let _ = ends.send(());
        });
        ended.recv_timeout(Duration::from_secs(20)).expect("it has stopped, as it was told");
        hub.stop().await;
    }

    #[tokio::test]
    async fn overlays_of_the_house_are_no_group_with_those_that_anybody_opens() {
        let hub = house().await;
        let room = evening_of(&hub, 10).await;
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        let mut shard = Shard::new(mailbox, Patience::default()).expect("an epoll");
        let anybody = shard.group(room.clone(), Audience::Overlay);
        let ours = shard.group(room.for_staff(), Audience::Overlay);
        assert_ne!(anybody, ours);
        assert_eq!(shard.group(room.clone(), Audience::Overlay), anybody);
        assert_eq!(shard.group(room.for_staff(), Audience::Overlay), ours);
        hub.stop().await;
    }

    #[tokio::test]
    async fn a_room_that_always_has_something_to_tell_keeps_no_other_waiting() {
        let hub = house().await;
        let mailbox = Arc::new(Mailbox::new().expect("a bell"));
        let mut shard = Shard::new(mailbox, Patience::default()).expect("an epoll");
        let mut full = Vec::new();
        for number in [10, 11] {
            let group = shard.group(evening_of(&hub, number).await, Audience::Public);
            // More than one turn's, of which nobody is there: whose turn it is, is what is tried.
            shard.groups[group].as_mut().expect("a group").seats = vec![usize::MAX; 2 * TURN];
            full.push(group);
        }
        let (talks, waits) = (full[0], full[1]);
        shard.moves(talks);
        shard.moves(waits);
        for _ in 0..4 {
            shard.moves(talks);
            shard.tells();
        }
        assert_eq!(shard.groups[waits].as_ref().map(|group| group.left), Some(0));
        assert!(shard.moved.contains(&talks), "and that one goes on");
        hub.stop().await;
    }
}
