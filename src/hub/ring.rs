//! An audience's recent frames, shared by all seats that watch them.
//!
//! A seat holds an index into the ring and nothing else; it pulls what came since. Nothing is ever
//! queued for a seat here, so nobody waits for a slow one.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::qa::session::Place;
use crate::wire::Frame;

/// Bound: frames a seat may lag behind before it gets the snapshot instead, unless the setting
/// `ring` says otherwise. At the busiest desk ever replayed (20 changes a second) it is 50 s, longer
/// than a phone takes to change cells.
pub const RING_FRAMES: usize = 1024;

/// Bound: bytes of those frames. The oldest go first.
const RING_BYTES: usize = 4 << 20;

/// The recent frames of one audience.
#[derive(Debug)]
pub(super) struct Ring {
    /// How many frames are kept.
    most: usize,
    slots: VecDeque<Slot>,
    /// Index of the first slot. Indices grow for ever and are never given out twice.
    base: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Slot {
    frame: Frame,
    /// Where the audience stands after it; `None` for frames that move no cursor.
    place: Option<Place>,
    /// No text stands in it that somebody wrote.
    is_textless: bool,
}

/// What goes into the sockets of all seats that stand at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Batch {
    /// Nothing has come since.
    UpToDate,
    /// As much as goes into one write, and the index after it.
    Frames {
        /// Whole frames, one behind the other.
        bytes: Bytes,
        /// Where it goes on.
        next: u64,
        /// Nothing is left behind them.
        is_all: bool,
    },
    /// They must ask for the snapshot.
    FellOff,
}

/// What a seat gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Everything since its index, and its next index.
    Frames(Vec<Frame>, u64),
    /// It has fallen off the ring: it must ask for the snapshot.
    FellOff,
}

impl Ring {
    /// An empty one, for so many frames.
    pub(super) const fn new(most: usize) -> Self {
        Self { most, slots: VecDeque::new(), base: 0, bytes: 0 }
    }

    /// Adds a frame at the end. `place` is where the audience stands after it.
    pub(super) fn push(&mut self, frame: Frame, place: Option<Place>) {
        self.add(Slot { frame, place, is_textless: false });
    }

    /// The same for one in which no text stands that somebody wrote: counts, or which question is to be
    /// cleared.
    pub(super) fn push_textless(&mut self, frame: Frame) {
        self.add(Slot { frame, place: None, is_textless: true });
    }

    fn add(&mut self, slot: Slot) {
        self.bytes += slot.frame.len();
        self.slots.push_back(slot);
        while self.slots.len() > self.most || self.bytes > RING_BYTES {
            self.drop_first();
        }
    }

    /// Forgets every frame, because something in them must not be seen any more. Seats that had not
    /// taken them all fall off, but for those that lack nothing in which a text stands.
    pub(super) fn forget(&mut self) {
        let kept = self.slots.iter().rev().take_while(|slot| slot.is_textless).count();
        while self.slots.len() > kept {
            self.drop_first();
        }
    }

    /// Lets go of everything: nobody is left.
    pub(super) fn clear(&mut self) {
        (self.base, self.bytes) = (self.end(), 0);
        self.slots.clear();
    }

    /// The index after the last frame.
    pub(super) fn end(&self) -> u64 {
        self.base + self.slots.len() as u64
    }

    /// Everything from `index` on.
    pub(super) fn after(&self, index: u64) -> Taken {
        if index < self.base {
            return Taken::FellOff;
        }
        let skip = usize::try_from(index - self.base).unwrap_or(usize::MAX);
        let frames = self.slots.iter().skip(skip).map(|slot| slot.frame.clone()).collect();
        Taken::Frames(frames, self.end())
    }

    /// What came from `index` on, ready for a socket: one frame, or as many as fit in `most` bytes.
    pub(super) fn batch(&self, index: u64, most: usize) -> Batch {
        if index < self.base {
            return Batch::FellOff;
        }
        let skip = usize::try_from(index - self.base).unwrap_or(usize::MAX);
        let mut slots = self.slots.iter().skip(skip).map(|slot| slot.frame.on_socket());
        let Some(first) = slots.next() else { return Batch::UpToDate };
        let mut joined: Option<Vec<u8>> = None;
        let mut next = index + 1;
        for frame in slots {
            let before = joined.as_ref().map_or(first.len(), Vec::len);
            if before + frame.len() > most {
                break;
            }
            joined.get_or_insert_with(|| first.to_vec()).extend_from_slice(frame);
            next += 1;
        }
        let bytes = joined.map_or_else(|| first.clone(), Bytes::from);
        Batch::Frames { bytes, next, is_all: next == self.end() }
    }

    /// The frames that bring an audience from a place to now, without those that move no cursor:
    /// who comes back gets the counts whole. `None` when the place is not held.
    pub(super) fn missed(&self, place: Place, now: Place) -> Option<Vec<Frame>> {
        if place == now {
            return Some(Vec::new());
        }
        let at = self.slots.iter().position(|slot| slot.place == Some(place))?;
        let updates = self.slots.iter().skip(at + 1).filter(|slot| slot.place.is_some());
        Some(updates.map(|slot| slot.frame.clone()).collect())
    }

    fn drop_first(&mut self) {
        if let Some(slot) = self.slots.pop_front() {
            self.bytes -= slot.frame.len();
            self.base += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(count: u64) -> Place {
        Place { count, hash: count * 7 }
    }

    fn ring(frames: u64) -> Ring {
        let mut ring = Ring::new(RING_FRAMES);
        for n in 1..=frames {
            ring.push(format!("{n}").into(), Some(place(n)));
        }
        ring
    }

    #[test]
    fn a_seat_gets_all_that_came_since() {
        let ring = ring(3);
        assert_eq!(ring.after(1), Taken::Frames(vec!["2".into(), "3".into()], 3));
        assert_eq!(ring.after(3), Taken::Frames(vec![], 3));
    }

    #[test]
    fn what_waits_goes_into_a_socket_at_once_up_to_a_bound() {
        let ring = ring(3);
        let frames = |bytes: &'static [u8], next, is_all| Batch::Frames {
            bytes: Bytes::from_static(bytes),
            next,
            is_all,
        };
        assert_eq!(ring.batch(0, 1000), frames(b"\x81\x011\x81\x012\x81\x013", 3, true));
        assert_eq!(ring.batch(0, 7), frames(b"\x81\x011\x81\x012", 2, false));
        assert_eq!(ring.batch(2, 1), frames(b"\x81\x013", 3, true), "one goes in any case");
        assert_eq!(ring.batch(3, 1000), Batch::UpToDate);
        assert_eq!(ring.batch(u64::MAX, 1000), Batch::UpToDate);
        let mut ring = ring;
        ring.forget();
        assert_eq!(ring.batch(2, 1000), Batch::FellOff);
    }

    #[test]
    fn who_lags_too_far_falls_off_and_nobody_else_does() {
        let ring = ring(RING_FRAMES as u64 + 2);
        assert_eq!(ring.after(1), Taken::FellOff);
        assert!(matches!(ring.after(2), Taken::Frames(frames, _) if frames.len() == RING_FRAMES));
    }

    #[test]
    fn bytes_are_bounded_too() {
        let mut ring = Ring::new(RING_FRAMES);
        for _ in 0..10 {
            ring.push("x".repeat(RING_BYTES / 4).into(), None);
        }
        assert!(ring.bytes <= RING_BYTES);
        assert_eq!(ring.end(), 10);
    }

    #[test]
    fn after_forgetting_no_byte_of_before_is_held() {
        let mut ring = ring(3);
        ring.forget();
        assert_eq!(ring.after(2), Taken::FellOff);
        assert_eq!(ring.missed(place(2), place(3)), None);
        ring.push("4".into(), Some(place(4)));
        assert_eq!(ring.after(3), Taken::Frames(vec!["4".into()], 4));
    }

    #[test]
    fn who_lacks_no_text_stays_when_all_texts_are_forgotten() {
        let mut ring = ring(1);
        ring.push_textless("old".into());
        ring.push("2".into(), Some(place(2)));
        ring.push_textless("counts".into());
        ring.forget();
        assert_eq!([0, 1, 2].map(|from| ring.after(from)), [const { Taken::FellOff }; 3]);
        assert_eq!(ring.after(3), Taken::Frames(vec!["counts".into()], 4));
        assert_eq!(ring.bytes, Frame::from("counts").len());
        ring.clear();
        assert_eq!((ring.after(3), ring.bytes), (Taken::FellOff, 0));
        ring.push("4".into(), Some(place(4)));
        ring.forget();
        assert_eq!(ring.after(3), Taken::FellOff);
        assert_eq!((ring.after(5), ring.bytes), (Taken::Frames(vec![], 5), 0));
    }

    #[test]
    fn who_comes_back_gets_the_updates_alone() {
        let mut ring = ring(2);
        ring.push("tally".into(), None);
        ring.push("3".into(), Some(place(3)));
        assert_eq!(ring.missed(place(1), place(3)), Some(vec!["2".into(), "3".into()]));
        assert_eq!(ring.missed(place(3), place(3)), Some(vec![]));
        // The same count of another life of the journal is no place of ours.
        let other = Place { count: 1, hash: 1 };
        assert_eq!(ring.missed(other, place(3)), None);
    }
}
