//! A table of keys with a bound: `governor`'s state, one number a key.

use std::iter::Sum;
use std::ops::Add;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::{DashMap, Entry};
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};

/// Shards of a table. A sweep stops one of them for a moment, so there are more than cores.
const SHARDS: usize = 64;

/// How much a table holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Keys remembered.
    pub keys: usize,
    /// Bytes allocated for them.
    pub bytes: usize,
}

impl Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { keys: self.keys + other.keys, bytes: self.bytes + other.bytes }
    }
}

impl Sum for Size {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), Add::add)
    }
}

/// The keys of one limit. Cheap to clone; all clones are the same table.
#[derive(Debug, Clone)]
pub(super) struct Table(Arc<Shelf>);

#[derive(Debug)]
struct Shelf {
    map: DashMap<u64, InMemoryState>,
    keys: AtomicUsize,
    /// Bound: keys. Whoever asks [`Table::has_place`] first exceeds it by one a thread at most;
    /// when it is full, the caller counts something coarser.
    most: usize,
}

impl Table {
    pub(super) fn new(most: usize) -> Self {
        let map = DashMap::with_shard_amount(SHARDS);
        Self(Arc::new(Shelf { map, keys: AtomicUsize::new(0), most }))
    }

    /// Whether this key is remembered, or could be.
    pub(super) fn has_place(&self, key: u64) -> bool {
        self.0.keys.load(Ordering::Relaxed) < self.0.most || self.0.map.contains_key(&key)
    }

    /// Forgets the keys whose allowance was full before this moment, and gives memory back.
    pub(super) fn forget(&self, full_before: Nanos) {
        let mut forgotten = 0;
        self.0.map.retain(|_, state| {
            let stays = look(state).is_some_and(|full| full > full_before);
            forgotten += usize::from(!stays);
            stays
        });
        self.0.keys.fetch_sub(forgotten, Ordering::Relaxed);
        self.0.map.shrink_to_fit();
    }

    pub(super) fn size(&self) -> Size {
        // The map keeps one eighth free, and one byte beside each key and its state.
        let slots = self.0.map.capacity() / 7 * 8;
        let bytes = slots * (size_of::<(u64, InMemoryState)>() + 1);
        Size { keys: self.0.keys.load(Ordering::Relaxed), bytes }
    }
}

/// A state's moment. `governor` has no way to look at one; a refused update comes closest.
fn look(state: &InMemoryState) -> Option<Nanos> {
    let refuse = |full: Option<Nanos>| Err::<((), Nanos), _>(full);
    state.measure_and_replace(&NotKeyed::NonKey, refuse).err().flatten()
}

impl StateStore for Table {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, update: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        if let Some(state) = self.0.map.get(key) {
            return state.measure_and_replace(&NotKeyed::NonKey, update);
        }
        match self.0.map.entry(*key) {
            Entry::Occupied(state) => state.get().measure_and_replace(&NotKeyed::NonKey, update),
            Entry::Vacant(place) => {
                self.0.keys.fetch_add(1, Ordering::Relaxed);
                place
                    .insert(InMemoryState::default())
                    .measure_and_replace(&NotKeyed::NonKey, update)
            }
        }
    }
}
