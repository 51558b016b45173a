//! When one more is left out, and when one comes back. Pure: it is told the time.

use std::time::Duration;

/// For how long it must have been too much until one more is left out. A moment of it is nothing: a
/// hundred people who come at once, a checkpoint of the database.
pub(super) const RISES: Duration = Duration::from_secs(1);

/// For how long it must have been calm until one comes back: longer, so that what is let in again
/// does not make it too much again at once.
pub(super) const FALLS: Duration = Duration::from_secs(5);

/// What a look says: up to which level things have to be left out, and from which they may come
/// back. Between the two everything stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strain {
    /// Too much for less than this.
    pub(super) up: usize,
    /// Calm enough for this; never less than `up`.
    pub(super) down: usize,
}

/// The level, and since when another would be right.
#[derive(Debug, Default)]
pub(super) struct Steps {
    level: usize,
    more: Option<Duration>,
    less: Option<Duration>,
}

impl Steps {
    /// The level from this moment on; moments only grow. It moves by one at most.
    pub(super) fn step(&mut self, at: Duration, strain: Strain) -> usize {
        if lasts(&mut self.more, at, strain.up > self.level, RISES) {
            self.level += 1;
        } else if lasts(&mut self.less, at, strain.down < self.level, FALLS) {
            self.level -= 1;
        }
        self.level
    }
}

/// Whether something has been so for so long. If it has, it begins anew.
fn lasts(since: &mut Option<Duration>, at: Duration, is_so: bool, long: Duration) -> bool {
    if !is_so {
        *since = None;
        return false;
    }
    let lasted = at - *since.get_or_insert(at) >= long;
    if lasted {
        *since = Some(at);
    }
    lasted
}
