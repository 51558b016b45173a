//! Where a room and its seats meet: the rings that seats pull from, and what a visitor brings.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::{mpsc, watch};

use super::board::Hook;
use super::fanout::SeatId;
use super::ring::{Batch, Ring, Taken};
use super::shard::{Bell, Letterbox};
use crate::qa::session::{Audience, Place};
use crate::qa::{GrantId, PersonId};
use crate::wire::{Close, Cursor, Frame, ScreenKind};

/// Bound: private frames that wait for a seat. Full: the seat is closed and comes back.
pub const PRIVATE: usize = 32;

/// What a seat is told that others are not.
#[derive(Debug, Clone)]
pub enum Private {
    /// A frame for this seat alone.
    Frame(Frame),
    /// Goodbye.
    Close(Close),
}

/// Who takes a seat.
#[derive(Debug)]
pub struct Visitor {
    /// Which view.
    pub audience: Audience,
    /// Who, under the session's name; `None` for an overlay that is nobody.
    pub person: Option<PersonId>,
    /// The permission by which the seat is taken: it goes when that goes.
    pub grant: Option<GrantId>,
    /// Whether own questions and votes are told (`as=citizen`).
    pub is_citizen: bool,
    /// Whether what it says it shows is believed, and as what.
    pub screen: Option<ScreenKind>,
    /// Where it was, if it comes back.
    pub after: Option<Cursor>,
    /// Its private queue; bound [`PRIVATE`].
    pub private: Ear,
}

/// Where what is private to a seat goes. When it is dropped, the seat ends.
#[derive(Debug)]
pub enum Ear {
    /// A queue that somebody reads.
    Queue(mpsc::Sender<Private>),
    /// A seat on a socket.
    Socket(Letterbox),
}

impl Ear {
    /// Leaves a word. `false`: too many wait, or nobody is there any more.
    pub(super) fn tell(&self, word: Private) -> bool {
        match self {
            Self::Queue(queue) => queue.try_send(word).is_ok(),
            Self::Socket(letterbox) => letterbox.tell(word),
        }
    }
}

/// The rings of a room, for its seats. Seats pull; nobody is waited for.
#[derive(Debug)]
pub struct Live {
    channels: [Channel; Audience::ALL.len()],
    /// For the public without a seat.
    pub(super) board: Hook,
    /// Seats that were left while the room's inbox was full. Bound: seats of the room.
    left: Mutex<Vec<SeatId>>,
}

#[derive(Debug)]
struct Channel {
    /// Held to copy a few references, never across an await.
    ring: RwLock<Ring>,
    /// The ring's end, for waking.
    end: watch::Sender<u64>,
    /// Shards with seats of this audience.
    bells: Mutex<Vec<Arc<Bell>>>,
    /// How often the ring has moved.
    moves: AtomicU64,
}

impl Live {
    /// Empty rings, for so many frames each.
    pub(super) fn new(frames: usize) -> Self {
        let channel = |_| Channel {
            ring: RwLock::new(Ring::new(frames)),
            end: watch::Sender::new(0),
            bells: Mutex::default(),
            moves: AtomicU64::new(0),
        };
        Self {
            channels: Audience::ALL.map(channel),
            board: Hook::default(),
            left: Mutex::default(),
        }
    }

    /// Wakes when an audience has a new frame.
    pub fn follow(&self, audience: Audience) -> watch::Receiver<u64> {
        self.channels[audience as usize].end.subscribe()
    }

    /// Everything of an audience from an index on.
    pub(super) fn after(&self, audience: Audience, index: u64) -> Taken {
        self.read(audience, |ring| ring.after(index))
    }

    /// What an audience was told from an index on, ready for a socket.
    pub(super) fn batch(&self, audience: Audience, index: u64, most: usize) -> Batch {
        self.read(audience, |ring| ring.batch(index, most))
    }

    /// A seat was left, and the room could not be told.
    pub(super) fn notes_left(&self, seat: SeatId) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).push(seat);
    }

    /// The seats that were left so, each once.
    pub(super) fn take_left(&self) -> Vec<SeatId> {
        std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How often an audience's ring has moved: what was taken from it before is as it was.
    pub(super) fn moves(&self, audience: Audience) -> u64 {
        self.channels[audience as usize].moves.load(Ordering::Acquire)
    }

    /// Hangs up bells, or takes them down.
    pub(super) fn bells(&self, audience: Audience, change: impl FnOnce(&mut Vec<Arc<Bell>>)) {
        let bells = self.channels[audience as usize].bells.lock();
        change(&mut bells.unwrap_or_else(PoisonError::into_inner));
    }

    /// The index after an audience's last frame.
    pub(super) fn end(&self, audience: Audience) -> u64 {
        self.read(audience, Ring::end)
    }

    /// The frames that bring an audience from a place to now, if it is still held.
    pub(super) fn missed(&self, audience: Audience, from: Place, to: Place) -> Option<Vec<Frame>> {
        self.read(audience, |ring| ring.missed(from, to))
    }

    /// Adds a frame, and wakes whoever follows.
    pub(super) fn push(&self, audience: Audience, frame: Frame, place: Option<Place>) {
        self.write(audience, |ring| ring.push(frame, place));
    }

    /// The same for a frame that says nothing but counts: in a storm shards let it wait.
    pub(super) fn push_counts(&self, audience: Audience, frame: Frame) {
        self.moves_by(audience, false, |ring| ring.push_textless(frame));
    }

    /// The same for a frame that says what is to be cleared: who lacks it when what was cleared is
    /// forgotten hears it all the same.
    pub(super) fn push_hush(&self, audience: Audience, frame: Frame) {
        self.write(audience, |ring| ring.push_textless(frame));
    }

    /// Forgets every frame of an audience.
    pub(super) fn forget(&self, audience: Audience) {
        if audience == Audience::Public {
            self.board.take_down();
        }
        self.write(audience, Ring::forget);
    }

    /// Lets go of every frame of an audience: its room is over.
    pub(super) fn clear(&self, audience: Audience) {
        self.board.take_down();
        self.write(audience, Ring::clear);
    }

    /// Whoever has not been told all there is falls off: in one step, so that no shard is between.
    #[cfg(test)]
    pub(super) fn falls(&self, audience: Audience) {
        let frame = crate::wire::message::hush(crate::qa::QuestionId::from_u128(1));
        self.write(audience, |ring| {
            ring.push(frame, None);
            ring.forget();
        });
    }

    fn read<T>(&self, audience: Audience, look: impl FnOnce(&Ring) -> T) -> T {
        let ring = self.channels[audience as usize].ring.read();
        look(&ring.expect("no holder of the ring panics"))
    }

    fn write(&self, audience: Audience, change: impl FnOnce(&mut Ring)) {
        self.moves_by(audience, true, change);
    }

    fn moves_by(&self, audience: Audience, is_news: bool, change: impl FnOnce(&mut Ring)) {
        let channel = &self.channels[audience as usize];
        let end = {
            let mut ring = channel.ring.write().expect("no holder of the ring panics");
            change(&mut ring);
            channel.moves.fetch_add(1, Ordering::Release);
            ring.end()
        };
        channel.end.send_replace(end);
        self.bells(audience, |bells| bells.iter().for_each(|bell| bell.ring(is_news)));
    }
}
