//! What waits for a seat without a socket, taken all at once.
//!
//! A place in its audience's ring and one small private queue: that is all a seat is to its room.
//! The seat is free again when this is dropped.

use tokio::sync::{mpsc, watch};

use super::fanout::SeatId;
use super::handle::Handle;
use super::live::{Ear, PRIVATE, Private, Visitor};
use super::ring::Taken;
use crate::qa::Audience;
use crate::wire::{Close, Frame};

/// One seat's end of its room.
pub(super) struct Pull {
    room: Handle,
    seat: SeatId,
    audience: Audience,
    words: mpsc::Receiver<Private>,
    follow: watch::Receiver<u64>,
    next: u64,
}

/// What woke a seat.
pub(super) enum Woken {
    /// Something private; `None`: the room gave the seat up, or is over.
    Word(Option<Private>),
    /// The audience's ring has moved.
    Live,
}

/// Everything that waited.
pub(super) struct Waiting {
    /// The audience's frames, then the private ones: what is private was sent after the ring had
    /// what it refers to, so it is taken first and stands second.
    pub(super) frames: Vec<Frame>,
    /// The seat ends behind them.
    pub(super) close: Option<Close>,
}

impl Pull {
    /// Takes a seat: past and live in one cut. `None`: the room is over.
    pub(super) async fn join(
        room: Handle,
        visitor: impl FnOnce(Ear) -> Visitor,
    ) -> Option<(Self, Vec<Frame>)> {
        let (private, words) = mpsc::channel(PRIVATE);
        let visitor = visitor(Ear::Queue(private));
        let audience = visitor.audience;
        let follow = room.live().follow(audience);
        let joined = room.join(visitor).await?;
        let (seat, next) = (joined.seat, joined.next);
        Some((Self { room, seat, audience, words, follow, next }, joined.frames))
    }

    /// Its name in the room.
    pub(super) const fn seat(&self) -> SeatId {
        self.seat
    }

    /// Waits until something is there. Cancel-safe: a word that was received is returned.
    pub(super) async fn woken(&mut self) -> Woken {
        tokio::select! {
            biased;
            word = self.words.recv() => Woken::Word(word),
            moved = self.follow.changed() => match moved {
                Ok(()) => Woken::Live,
                Err(_) => Woken::Word(None),
            },
        }
    }

    /// Takes everything that waits, behind the word that woke it. Who has fallen off the ring gets
    /// a snapshot.
    pub(super) async fn take(&mut self, word: Option<Private>) -> Result<Waiting, Close> {
        let mut close = None;
        let mut private = Vec::new();
        let mut words = word.into_iter().collect::<Vec<_>>();
        while let Ok(word) = self.words.try_recv() {
            words.push(word);
        }
        for word in words {
            match word {
                Private::Frame(frame) => private.push(frame),
                Private::Close(why) => close = Some(why),
            }
        }
        self.follow.mark_unchanged();
        let mut frames = match self.room.live().after(self.audience, self.next) {
            Taken::Frames(frames, next) => {
                self.next = next;
                frames
            }
            Taken::FellOff => {
                let joined = self.room.resync(self.seat).await.ok_or(Close::TooSlow)?;
                self.next = joined.next;
                joined.frames
            }
        };
        frames.append(&mut private);
        Ok(Waiting { frames, close })
    }
}

impl Drop for Pull {
    fn drop(&mut self) {
        self.room.leave(self.seat);
    }
}
