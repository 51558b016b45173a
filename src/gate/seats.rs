//! How many connections stay open: in total, of one person, of one network; with room for staff.
//!
//! Two doors, one behind the other. [`Doors`] counts connections before anybody knows who it is, so
//! that descriptors never run out: the last ones serve staff only, who must say so in their first
//! request. [`Seats`] counts sockets and event streams of people who are known. What was taken is
//! given back when the guard is dropped, however a connection ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dashmap::DashMap;
use tokio::time::Instant;

use super::Who;
use super::network::{Level, Network};

/// Of the citizens' seats one in so many is for those who come back to where they were: whose line
/// breaks for a moment while others wait finds a seat all the same.
const FOR_RETURNS: usize = 20;

/// Between two moments at which somebody who found no seat is to ask again: two hundred a second,
/// however many wait. A seat that is free then is taken within some milliseconds.
const BETWEEN: Duration = Duration::from_millis(5);
/// Nobody asks again sooner.
const LEAST: Duration = Duration::from_secs(5);
/// Nobody is sent away for longer, also where strangers have taken every moment until then.
const MOST: Duration = Duration::from_secs(60);

/// How many connections there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatLimits {
    /// Seats of this node in total.
    pub total: usize,
    /// Of these, kept for staff.
    pub staff: usize,
    /// Of one citizen, over all their tabs and devices.
    pub per_person: usize,
    /// Of one member of staff.
    pub per_staff: usize,
    /// Of one network: an IPv4 address, an IPv6 /64; eight times that of a /48.
    pub per_network: usize,
}

/// Why there is no seat. Over HTTP 503 for `Full`, 429 for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSeat {
    /// This node is full; the public board still serves. Worth asking again after this time, which
    /// is another one for each who is told.
    #[error("every seat of this node is taken")]
    Full(Duration),
    /// This person has as many as one may.
    #[error("one person cannot have more connections than this")]
    Person,
    /// Their network has.
    #[error("one network cannot have more connections than this")]
    Network,
}

/// How somebody comes to a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comes {
    /// For the first time, as far as they say.
    Anew,
    /// To where they were: they show the place. Anybody can show one; who pretends comes before
    /// others, and into one seat of twenty at most.
    Back,
}

#[derive(Debug)]
struct Counts {
    limits: SeatLimits,
    total: AtomicUsize,
    /// The last moment that was given to somebody who found no seat.
    given: Mutex<Option<Instant>>,
    /// Bound: keys of all three maps exist only while a seat holds them, so `limits.total` each.
    persons: DashMap<u64, usize>,
    networks: DashMap<u64, usize>,
    wider: DashMap<u64, usize>,
}

/// Counts seats. Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub struct Seats(Arc<Counts>);

impl Seats {
    /// None taken yet.
    pub fn new(limits: SeatLimits) -> Self {
        Self(Arc::new(Counts {
            limits,
            total: AtomicUsize::new(0),
            given: Mutex::new(None),
            persons: DashMap::new(),
            networks: DashMap::new(),
            wider: DashMap::new(),
        }))
    }

    /// How many there may be.
    pub fn limit(&self) -> usize {
        self.0.limits.total
    }

    /// A seat, if there is one for this person here. Staff are outside the limits by network, and
    /// have the seats that are kept for them.
    pub fn take(&self, who: &Who, comes: Comes) -> Result<Seat, NoSeat> {
        let limits = self.0.limits;
        let (total, per_person) = if who.staff {
            (limits.total, limits.per_staff)
        } else {
            (self.for_citizens(comes), limits.per_person)
        };
        if !raise(&self.0.total, total) {
            return Err(NoSeat::Full(self.ask_again(Instant::now())));
        }
        // From here on, dropping `seat` gives back exactly what was taken so far.
        let mut seat =
            Seat { counts: Arc::clone(&self.0), person: None, network: None, wider: None };
        if let Some(person) = who.person.map(super::Identity::key) {
            seat.person = hold(&self.0.persons, person, per_person);
            seat.person.ok_or(NoSeat::Person)?;
        }
        if !who.staff && !who.client.open {
            seat.take_network(who.client.network)?;
        }
        Ok(seat)
    }

    /// Whether a citizen may find a seat now; takes none.
    ///
    /// # Errors
    /// [`NoSeat::Full`].
    pub fn must_have_one(&self, comes: Comes) -> Result<(), NoSeat> {
        let free = self.taken() < self.for_citizens(comes);
        if free { Ok(()) } else { Err(NoSeat::Full(self.ask_again(Instant::now()))) }
    }

    /// How many seats may be taken before a citizen who comes like this finds none.
    fn for_citizens(&self, comes: Comes) -> usize {
        let limits = self.0.limits;
        let all = limits.total.saturating_sub(limits.staff);
        match comes {
            Comes::Back => all,
            Comes::Anew => all - all / FOR_RETURNS,
        }
    }

    /// When to ask again: behind everybody who was told so before. So a crowd that waits comes one
    /// by one and not together, and each the later the more of them there are.
    pub fn ask_again(&self, now: Instant) -> Duration {
        let mut given = self.0.given.lock().unwrap_or_else(PoisonError::into_inner);
        let first = now + LEAST;
        let next = given.map_or(first, |given| first.max(given + BETWEEN)).min(now + MOST);
        *given = Some(next);
        next - now
    }

    /// Seats taken now.
    pub fn taken(&self) -> usize {
        self.0.total.load(Ordering::Relaxed)
    }
}

/// One seat. Dropping it gives it back.
#[derive(Debug)]
#[must_use = "a seat that is dropped at once is given back at once"]
pub struct Seat {
    counts: Arc<Counts>,
    person: Option<u64>,
    network: Option<u64>,
    wider: Option<u64>,
}

impl Seat {
    fn take_network(&mut self, network: Network) -> Result<(), NoSeat> {
        let most = self.counts.limits.per_network;
        self.network = hold(&self.counts.networks, network.key(Level::Own), most);
        self.network.ok_or(NoSeat::Network)?;
        if network.is_v6() {
            let most = most.saturating_mul(Level::Wider.budgets() as usize);
            self.wider = hold(&self.counts.wider, network.key(Level::Wider), most);
            self.wider.ok_or(NoSeat::Network)?;
        }
        Ok(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.counts.total.fetch_sub(1, Ordering::Relaxed);
        give_back(&self.counts.persons, self.person);
        give_back(&self.counts.networks, self.network);
        give_back(&self.counts.wider, self.wider);
    }
}

fn raise(count: &AtomicUsize, most: usize) -> bool {
    let up = |taken: usize| (taken < most).then_some(taken + 1);
    count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, up).is_ok()
}

fn hold(map: &DashMap<u64, usize>, key: u64, most: usize) -> Option<u64> {
    if most == 0 {
        return None;
    }
    let mut taken = map.entry(key).or_insert(0);
    (*taken < most).then(|| {
        *taken += 1;
        key
    })
}

fn give_back(map: &DashMap<u64, usize>, key: Option<u64>) {
    let Some(key) = key else { return };
    map.remove_if_mut(&key, |_, taken| {
        *taken = taken.saturating_sub(1);
        *taken == 0
    });
}

/// What a connection may do that was just accepted.
#[derive(Debug)]
pub enum Admitted {
    /// Whatever it likes.
    Anybody(Connection),
    /// Only the last descriptors are left: its first request must be of staff, or a health check;
    /// else it is answered with 503 and closed.
    StaffOnly(Connection),
    /// Not even those: close it without a word.
    Nobody,
}

/// Counts connections as they are accepted.
#[derive(Debug, Clone)]
pub struct Doors {
    taken: Arc<AtomicUsize>,
    anybody: usize,
    most: usize,
}

impl Doors {
    /// So many connections; of these, the last `staff` for staff only.
    pub fn new(most: usize, staff: usize) -> Self {
        Self { taken: Arc::default(), anybody: most.saturating_sub(staff), most }
    }

    /// How many there may be.
    pub const fn most(&self) -> usize {
        self.most
    }

    /// One more connection.
    pub fn admit(&self) -> Admitted {
        if !raise(&self.taken, self.most) {
            return Admitted::Nobody;
        }
        let connection = Connection(Arc::clone(&self.taken));
        if self.taken.load(Ordering::Relaxed) <= self.anybody {
            Admitted::Anybody(connection)
        } else {
            Admitted::StaffOnly(connection)
        }
    }

    /// Connections open now.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

/// One connection. Dropping it gives its place back.
#[derive(Debug)]
#[must_use = "a connection that is dropped at once is given back at once"]
pub struct Connection(Arc<AtomicUsize>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many descriptors this process may hold, where the system says so.
pub fn descriptors() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
#[path = "seats_tests.rs"]
mod tests;
