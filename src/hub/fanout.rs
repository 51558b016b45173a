//! What a room tells those who watch: rings, snapshots, counts, and the private word.
//!
//! A frame is encoded once for each audience and shared by all its seats. Counts do not travel one
//! by one: those that changed go out together, to the public once a second. What is private to a
//! person (own questions, votes) goes to that person's seats alone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::board::Board;
use super::live::{Ear, Live, Private, Visitor};
use super::load::{Load, Shed};
use super::ring::Taken;
use super::shard::Newcomer;
use crate::journal::SessionKeys;
use crate::qa::policy::Votes;
use crate::qa::session::{Audience, Changes, Own, Place};
use crate::qa::view::{self, Change, Known, Mine, OnAirView, QuestionView};
use crate::qa::{GrantId, PersonId, QuestionId, Session, Timestamp};
use crate::wire::{Close, Cursor, Frame, Receipt, Screen, ScreenKind, message};

/// Between two tallies to the public, and to the desk.
const PUBLIC_TALLY: Duration = Duration::from_secs(1);
const DESK_TALLY: Duration = Duration::from_millis(200);
/// The same to the public while there is too much to do.
const SLOW_TALLY: Duration = Duration::from_secs(5);

/// Bound: counts in one tally to the public.
const TALLY_IDS: usize = 50;

/// After how long without a frame something is sent, so that a page knows its line is alive
/// (`protocol.md`: 15 s; stage and overlay 3 s).
const BEAT: Duration = Duration::from_secs(12);
const SCREEN_BEAT: Duration = Duration::from_millis(2_500);

/// Between two encodings of a snapshot for the same audience.
pub(super) const SNAPSHOT_AGE: Duration = Duration::from_secs(1);

/// How often the room looks whether a tally or a beat is due.
pub(super) const TICK: Duration = DESK_TALLY;

/// For how long a screen that says nothing is still listed: six of its reports.
const SCREEN_SILENCE: Duration = Duration::from_secs(60);

/// Which life of a journal this node's places belong to. One journal on one disk has one life;
/// a restored copy that goes on differently is told apart by the place's hash.
const EPOCH: u64 = 1;

/// What is told comes from the record, and from what the room knows beside it.
pub(super) type Sight<'a> = (&'a Session, &'a Known);

/// One connection of a person, as its room knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeatId(u64);

impl SeatId {
    /// Of no room.
    pub(super) const NOBODY: Self = Self(0);

    #[cfg(test)]
    pub(super) const fn of(number: u64) -> Self {
        Self(number)
    }

    /// 1, 2, 3 … in its room.
    pub(super) const fn number(self) -> u64 {
        self.0
    }
}

/// What a seat starts with: one cut in time.
#[derive(Debug)]
pub struct Joined {
    /// Its name in the room.
    pub seat: SeatId,
    /// Own questions, what was missed or a snapshot, and the counts, in this order.
    pub frames: Vec<Frame>,
    /// Where its audience's ring goes on.
    pub next: u64,
}

impl Joined {
    /// Deflates what is sent so, unless it was done before: once for a snapshot, in a millisecond or some,
    /// for which ten thousand others on a shard are not to wait.
    pub(super) fn deflate(&self) {
        self.frames.iter().for_each(|frame| drop(frame.deflated_on_socket()));
    }
}

struct Seat {
    audience: Audience,
    person: Option<PersonId>,
    grant: Option<GrantId>,
    is_citizen: bool,
    screen: Option<ScreenKind>,
    private: Ear,
}

/// Something encoded once for all who come.
struct Snapshot {
    frame: Frame,
    /// Ring index right after it.
    next: u64,
    at: Instant,
}

struct Shown {
    kind: ScreenKind,
    on_air: Option<QuestionId>,
    at: Instant,
}

/// The teller of one room.
pub(super) struct Fanout {
    keys: Arc<SessionKeys>,
    live: Arc<Live>,
    load: Arc<Load>,
    seats: HashMap<SeatId, Seat>,
    people: HashMap<PersonId, BTreeSet<SeatId>>,
    last_seat: u64,
    snapshots: [Option<Snapshot>; Audience::ALL.len()],
    /// What newcomers are told of the counts, until something else is told.
    wholes: [Option<Snapshot>; Audience::ALL.len()],
    told_at: [Instant; Audience::ALL.len()],
    tallied_at: [Instant; Audience::ALL.len()],
    untold: [BTreeSet<QuestionId>; Audience::ALL.len()],
    /// Of the public's, those for which there was no place in the tally before.
    passed_over: BTreeSet<QuestionId>,
    shown: BTreeMap<SeatId, Shown>,
    shown_moved: bool,
    screens_told_at: Instant,
    present: u32,
    /// What the last tally said of that.
    present_told: u32,
    /// The public's tally waits for longer than usual.
    put_off: bool,
    /// Cleared from the screens before it is recorded.
    hushed: Option<QuestionId>,
    /// On air by the record; on no stage and no overlay until somebody confirms it.
    unconfirmed: Option<QuestionId>,
}

impl Fanout {
    pub(super) fn new(
        live: Arc<Live>,
        keys: Arc<SessionKeys>,
        load: Arc<Load>,
        now: Instant,
    ) -> Self {
        Self {
            keys,
            live,
            load,
            seats: HashMap::new(),
            people: HashMap::new(),
            last_seat: 0,
            snapshots: [const { None }; Audience::ALL.len()],
            wholes: [const { None }; Audience::ALL.len()],
            told_at: [now; Audience::ALL.len()],
            tallied_at: [now; Audience::ALL.len()],
            untold: [const { BTreeSet::new() }; Audience::ALL.len()],
            passed_over: BTreeSet::new(),
            shown: BTreeMap::new(),
            shown_moved: false,
            screens_told_at: now,
            present: 0,
            present_told: 0,
            put_off: false,
            hushed: None,
            unconfirmed: None,
        }
    }

    /// After an unclean stop: stage and overlay stay clear until somebody confirms what is on air.
    pub(super) fn doubt(&mut self, session: &Session) {
        self.unconfirmed = session.stage().on_air;
    }

    /// What waits to be confirmed.
    pub(super) const fn unconfirmed(&self) -> Option<QuestionId> {
        self.unconfirmed
    }

    /// Whether nobody watches.
    pub(super) fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// Whether somebody watches more than the public may.
    pub(super) fn has_staff(&self) -> bool {
        self.seats.len() > self.present as usize
    }

    /// Takes a seat: past and live in one cut.
    pub(super) fn join(&mut self, sight: Sight<'_>, visitor: Visitor, now: Instant) -> Joined {
        let session = sight.0;
        self.last_seat += 1;
        let seat = SeatId(self.last_seat);
        let Visitor { audience, person, grant, is_citizen, screen, after, private } = visitor;
        let mut frames = Vec::with_capacity(3);
        if let Some(person) = person.filter(|_| is_citizen) {
            frames.push(self.mine(&view::mine(session, person)));
        }
        let (past, next) = self.past(sight, audience, after, now);
        frames.extend(past);
        if let Some(person) = person {
            self.people.entry(person).or_default().insert(seat);
        }
        if audience == Audience::Public {
            self.present += 1;
        }
        frames.push(self.whole_tally(session, audience, now));
        self.seats.insert(seat, Seat { audience, person, grant, is_citizen, screen, private });
        Joined { seat, frames, next }
    }

    /// Gives a connection that has joined to its shard.
    pub(super) fn seat(&mut self, session: &Session, newcomer: Box<Newcomer>, joined: Joined) {
        let id = joined.seat;
        let Some(seat) = self.seats.get(&id) else { return };
        if newcomer.owner.deflates {
            joined.deflate();
        }
        if let Ear::Socket(letterbox) = &seat.private {
            letterbox.address().sit(newcomer, joined);
        }
        self.greet(session, id);
    }

    /// A right may have ended between the question whether they may sit here and this moment; nobody will
    /// tell them later.
    pub(super) fn greet(&self, session: &Session, seat: SeatId) {
        let seat = self.seats.get(&seat);
        let ended = |seat: &&Seat| seat.grant.is_some_and(|id| !session.grants().contains_key(&id));
        if let Some(seat) = seat.filter(ended) {
            seat.private.tell(Private::Close(Close::Revoked));
        }
    }

    /// For a seat that has fallen off its ring.
    pub(super) fn resync(
        &mut self,
        sight: Sight<'_>,
        seat: SeatId,
        now: Instant,
    ) -> Option<Joined> {
        let audience = self.seats.get(&seat)?.audience;
        let (frames, next) = self.past(sight, audience, None, now);
        Some(Joined { seat, frames, next })
    }

    /// A seat is free again.
    pub(super) fn leave(&mut self, seat: SeatId) {
        let Some(gone) = self.seats.remove(&seat) else { return };
        if let Some(person) = gone.person
            && let Some(seats) = self.people.get_mut(&person)
        {
            seats.remove(&seat);
            if seats.is_empty() {
                self.people.remove(&person);
            }
        }
        if gone.audience == Audience::Public {
            self.present -= 1;
        }
        self.shown_moved |= self.shown.remove(&seat).is_some();
    }

    /// The public snapshot as it stands alone, for those who hold no seat; it hangs there from now on.
    pub(super) fn board(&mut self, sight: Sight<'_>, now: Instant) -> Arc<Board> {
        let audience = Audience::Public;
        // While nobody has a seat votes are told to no ring.
        let all_told = self.untold[audience as usize].is_empty();
        let fresh = self.snapshots[audience as usize].as_ref().filter(|snapshot| {
            let moved = snapshot.next != self.live.end(audience) || !all_told;
            !moved || now - snapshot.at < SNAPSHOT_AGE
        });
        let frame = match fresh {
            Some(snapshot) => snapshot.frame.clone(),
            None => self.encode_snapshot(sight, audience, now),
        };
        self.live.board.hang(frame, now)
    }

    /// What was missed since a cursor, or a snapshot and what came after it.
    fn past(
        &mut self,
        sight: Sight<'_>,
        audience: Audience,
        after: Option<Cursor>,
        now: Instant,
    ) -> (Vec<Frame>, u64) {
        let here = sight.0.place(audience);
        let end = self.live.end(audience);
        // What they have from before the stop is what nobody has confirmed.
        let doubts = self.unconfirmed.is_some() && audience != Audience::Public;
        let ours = after.filter(|cursor| cursor.audience == audience && cursor.epoch == EPOCH);
        let ours = ours.filter(|_| !doubts);
        if let Some(missed) = ours.and_then(|cursor| self.live.missed(audience, cursor.place, here))
        {
            return (missed, end);
        }
        if let Some(snapshot) = &self.snapshots[audience as usize]
            && let Taken::Frames(since, next) = self.live.after(audience, snapshot.next)
            && (since.is_empty() || now - snapshot.at < SNAPSHOT_AGE)
        {
            return (iter::once(snapshot.frame.clone()).chain(since).collect(), next);
        }
        (vec![self.encode_snapshot(sight, audience, now)], end)
    }

    fn encode_snapshot(&mut self, sight: Sight<'_>, audience: Audience, at: Instant) -> Frame {
        let (session, known) = sight;
        let mut snapshot = view::snapshot(session, audience);
        snapshot.questions.iter_mut().for_each(|question| known.tell(session, question));
        let on_air = self.cleared(audience, snapshot.on_air);
        let before = std::mem::replace(&mut snapshot.on_air, on_air);
        if before.id != on_air.id && on_air.unconfirmed.is_none() {
            // A page that goes by the questions' states would draw it all the same. Whatever is
            // recorded of it next brings it back in its new state.
            snapshot.questions.retain(|question| Some(question.id) != before.id);
        }
        let frame = message::snapshot(cursor(session, audience), &snapshot);
        let next = self.live.end(audience);
        self.snapshots[audience as usize] = Some(Snapshot { frame: frame.clone(), next, at });
        frame
    }

    /// What was hushed and not yet recorded stays off every screen but the desk's; what nobody has
    /// confirmed, off stage and overlay.
    fn cleared(&self, audience: Audience, on_air: OnAirView) -> OnAirView {
        if on_air.id.is_none() {
            return on_air;
        }
        let unconfirmed = self.unconfirmed.filter(|id| on_air.id == Some(*id));
        let hushed = on_air.id == self.hushed && audience != Audience::Desk;
        let clear = OnAirView { id: None, since: None, ..on_air };
        match audience {
            _ if hushed => clear,
            Audience::Desk => OnAirView { unconfirmed, ..on_air },
            Audience::Stage if unconfirmed.is_some() => OnAirView { unconfirmed, ..clear },
            Audience::Overlay if unconfirmed.is_some() => clear,
            Audience::Public | Audience::Stage | Audience::Overlay => on_air,
        }
    }

    /// The changes of an audience's view, without what its screens may not show yet.
    fn clear(&self, audience: Audience, changes: Vec<Change>) -> Vec<Change> {
        let waits = self.unconfirmed.filter(|_| audience == Audience::Overlay);
        let seen = changes.into_iter().filter(|change| match change {
            Change::Question(question) => Some(question.id) != waits,
            _ => true,
        });
        seen.map(|change| match change {
            Change::OnAir(on_air) => Change::OnAir(self.cleared(audience, on_air)),
            change => change,
        })
        .collect()
    }

    /// Clears a question from every screen now; the update follows when it is recorded.
    pub(super) fn hush(&mut self, id: QuestionId, now: Instant) {
        self.hushed = Some(id);
        self.live.board.take_down();
        for audience in Audience::ALL {
            self.snapshots[audience as usize] = None;
            self.told_at[audience as usize] = now;
            self.live.push_hush(audience, message::hush(id));
        }
    }

    /// Tells every audience what an entry changed for it.
    pub(super) fn publish(
        &mut self,
        (session, known): Sight<'_>,
        changes: &Changes,
        at: Timestamp,
        now: Instant,
    ) {
        if session.stage().on_air != self.hushed {
            self.hushed = None;
        }
        if self.unconfirmed.is_some()
            && (session.stage().on_air != self.unconfirmed || changes.confirmed == self.unconfirmed)
        {
            self.unconfirmed = None;
            self.snapshots = [const { None }; Audience::ALL.len()];
        }
        for audience in Audience::ALL {
            if changes.touched(audience).is_empty() {
                continue;
            }
            if changes.hides(audience) {
                self.live.forget(audience);
                self.snapshots[audience as usize] = None;
            }
            let mut update = self.clear(audience, view::update(session, changes, audience));
            for change in &mut update {
                if let Change::Question(question) = change {
                    known.tell(session, question);
                }
            }
            let frame = message::update(cursor(session, audience), at, &update);
            self.push(audience, frame, Some(session.place(audience)), now);
        }
        for audience in [Audience::Public, Audience::Desk] {
            self.untold[audience as usize].extend(&changes.tallies);
        }
    }

    /// Ends the seats whose permission an entry ended.
    pub(super) fn tell_ended(&mut self, changes: &Changes) {
        for (person, grant) in &changes.ended {
            let close = Private::Close(Close::Revoked);
            self.whisper(*person, close, |seat| seat.grant == Some(*grant));
        }
    }

    /// Tells the desk again of questions of which the room knows more than it did. Their places
    /// stand: nothing happened.
    pub(super) fn retell(
        &mut self,
        session: &Session,
        questions: Vec<QuestionView>,
        at: Timestamp,
        now: Instant,
    ) {
        let changes: Vec<_> = questions.into_iter().map(Box::new).map(Change::Question).collect();
        if !changes.is_empty() {
            let frame = message::update(cursor(session, Audience::Desk), at, &changes);
            self.push(Audience::Desk, frame, None, now);
        }
    }

    /// Ends every seat, as the process is about to.
    pub(super) fn close(&mut self, close: Close) {
        if self.seats.is_empty() {
            // Of a room that is over only the sign is read: its rings would stay for nobody.
            Audience::ALL.into_iter().for_each(|audience| self.live.clear(audience));
        }
        for seat in std::mem::take(&mut self.seats).into_values() {
            // A full queue closes by itself when this sender is dropped.
            seat.private.tell(Private::Close(close));
        }
    }

    fn mine(&self, mine: &Mine) -> Frame {
        message::mine(mine, |id| Some(Receipt(self.keys.receipt(id))))
    }

    /// Tells a person what an entry changed of their own; `own` is all of it.
    pub(super) fn tell_own(&mut self, session: &Session, own: &[(PersonId, Own)]) {
        let Some((person, _)) = own.first().filter(|(person, _)| self.people.contains_key(person))
        else {
            return;
        };
        let own = own.iter().map(|(_, own)| *own);
        let frame = self.mine(&view::mine_of(session, *person, own));
        self.whisper(*person, Private::Frame(frame), |seat| seat.is_citizen);
    }

    fn whisper(&mut self, person: PersonId, word: Private, to: impl Fn(&Seat) -> bool) {
        let Some(seats) = self.people.get(&person) else { return };
        let mut gone = Vec::new();
        for (id, word) in seats.iter().zip(iter::repeat_n(word, seats.len())) {
            let seat = self.seats.get(id).filter(|seat| to(seat));
            if seat.is_some_and(|seat| !seat.private.tell(word)) {
                gone.push(*id);
            }
        }
        // Its queue closes with it: the seat ends and its owner comes back.
        gone.into_iter().for_each(|id| self.leave(id));
    }

    /// A stage or an overlay says what it shows.
    pub(super) fn shown(&mut self, seat: SeatId, on_air: Option<QuestionId>, now: Instant) {
        let Some(kind) = self.seats.get(&seat).and_then(|seat| seat.screen) else { return };
        let before = self.shown.insert(seat, Shown { kind, on_air, at: now });
        self.shown_moved |= before.is_none_or(|before| before.on_air != on_air);
    }

    /// What is due by time alone: tallies, the beat, what the screens show.
    pub(super) fn tick(&mut self, session: &Session, now: Instant) {
        for seat in self.live.take_left() {
            self.leave(seat);
        }
        if self.seats.is_empty() {
            return;
        }
        for (audience, every) in [(Audience::Public, PUBLIC_TALLY), (Audience::Desk, DESK_TALLY)] {
            let untold = !self.untold[audience as usize].is_empty();
            let since = now - self.tallied_at[audience as usize];
            if untold && since >= every && !self.puts_off(audience, since) {
                self.tallied_at[audience as usize] = now;
                let votes = self.next_tally(session, audience);
                if !votes.is_empty() {
                    let frame = message::tally(&votes, self.present());
                    self.told_at[audience as usize] = now;
                    self.live.push_counts(audience, frame);
                }
            }
        }
        let listed = self.shown.len();
        self.shown.retain(|_, shown| now - shown.at < SCREEN_SILENCE);
        // Now and then also what is as it was: who has just come has to hear it, and whoever watches
        // the screens sees by it which of them has fallen silent.
        let due = !self.shown.is_empty() && now - self.screens_told_at >= SCREEN_BEAT;
        if self.shown_moved || listed != self.shown.len() || due {
            self.shown_moved = false;
            self.screens_told_at = now;
            self.tell_screens(now);
        }
        for audience in Audience::ALL {
            let beat = match audience {
                Audience::Public | Audience::Desk => BEAT,
                Audience::Stage | Audience::Overlay => SCREEN_BEAT,
            };
            if now - self.told_at[audience as usize] >= beat {
                let frame = message::tally(&BTreeMap::new(), self.present());
                self.push(audience, frame, None, now);
            }
        }
    }

    /// Whether a tally that is due can wait: the public's, while there is too much to do.
    fn puts_off(&mut self, audience: Audience, since: Duration) -> bool {
        let is_public = audience == Audience::Public;
        let puts_off = is_public && since < SLOW_TALLY && self.load.sheds(Shed::Tallies);
        if puts_off && !self.put_off {
            self.load.leaves_out(Shed::Tallies);
        }
        if is_public {
            self.put_off = puts_off;
        }
        puts_off
    }

    /// How many are told to be present.
    fn present(&mut self) -> u32 {
        if self.present_told != self.present && !self.load.leaves_out(Shed::Presence) {
            self.present_told = self.present;
        }
        self.present_told
    }

    fn tell_screens(&mut self, now: Instant) {
        let ago = |at: Instant| u64::try_from((now - at).as_millis()).unwrap_or(u64::MAX);
        let screen = |shown: &Shown| Screen {
            kind: shown.kind,
            on_air: shown.on_air,
            seen_ms_ago: ago(shown.at),
        };
        let screens: Vec<_> = self.shown.values().map(screen).collect();
        for audience in [Audience::Desk, Audience::Stage] {
            self.push(audience, message::screens(&screens), None, now);
        }
    }

    /// The counts to tell next: on air and most voted first, the others in the next. Where more move than
    /// have a place, those that a newcomer is shown take turns, and the rest have what places are left.
    fn next_tally(&mut self, session: &Session, audience: Audience) -> BTreeMap<QuestionId, u32> {
        let untold = &mut self.untold[audience as usize];
        let public = audience == Audience::Public;
        if public && session.policy().votes == Votes::Hidden {
            untold.clear();
            return BTreeMap::new();
        }
        let seen = untold.iter().filter_map(|id| session.question(*id));
        let seen = seen.filter(|question| session.sees(audience, question));
        let mut counted: Vec<_> =
            seen.map(|question| (question.id, question.voters.len())).collect();
        if !public || counted.len() <= TALLY_IDS {
            untold.clear();
            if public {
                self.passed_over.clear();
            }
            return counted.into_iter().collect();
        }
        let shown = view::first_ids(session, audience);
        let rank = |(id, votes): &(QuestionId, u32)| {
            let is_on_air = session.stage().on_air == Some(*id);
            Reverse((is_on_air, shown.contains(id), self.passed_over.contains(id), *votes, *id))
        };
        counted.sort_by_cached_key(rank);
        self.passed_over = counted.split_off(TALLY_IDS).into_iter().map(|(id, _)| id).collect();
        for (id, _) in &counted {
            untold.remove(id);
        }
        counted.into_iter().collect()
    }

    /// The counts of everything a newcomer holds. One is as good for all who come before anything else
    /// is told: votes since then come with the next tally, to them as to everybody.
    fn whole_tally(&mut self, session: &Session, audience: Audience, at: Instant) -> Frame {
        let next = self.live.end(audience);
        let whole = self.wholes[audience as usize].as_ref();
        if let Some(whole) = whole.filter(|w| w.next == next && at - w.at < SNAPSHOT_AGE) {
            return whole.frame.clone();
        }
        let hidden = audience != Audience::Desk && session.policy().votes == Votes::Hidden;
        let ids = if hidden { BTreeSet::new() } else { view::first_ids(session, audience) };
        let seen = |id| session.question(id).filter(|question| session.sees(audience, question));
        let votes = |id: QuestionId| seen(id).map(|question| (id, question.voters.len()));
        let votes = ids.into_iter().filter_map(votes).collect();
        let frame = message::tally(&votes, self.present());
        self.wholes[audience as usize] = Some(Snapshot { frame: frame.clone(), next, at });
        frame
    }

    fn push(&mut self, audience: Audience, frame: Frame, place: Option<Place>, now: Instant) {
        self.told_at[audience as usize] = now;
        self.live.push(audience, frame, place);
    }
}

fn cursor(session: &Session, audience: Audience) -> Cursor {
    Cursor { audience, epoch: EPOCH, place: session.place(audience) }
}
