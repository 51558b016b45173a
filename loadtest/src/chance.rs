//! Random choices that a seed repeats.

use std::time::Duration;

use ulid::Ulid;

/// Splitmix64: small, fast, and the same on every machine.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// All choices that follow from a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The choices of one person among many: of the same seed, and of nobody else's sequence.
    #[must_use]
    pub fn of(seed: u64, who: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in who.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(hash)
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to and without `most`; 0 where there is nothing to choose from.
    pub fn below(&mut self, most: usize) -> usize {
        (self.draw() % (most.max(1) as u64)) as usize
    }

    /// Once in so many.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }

    /// Some part of a time.
    pub fn part_of(&mut self, time: Duration) -> Duration {
        time.mul_f64((self.draw() >> 11) as f64 / (1_u64 << 53) as f64)
    }

    /// An id as a client makes it.
    pub fn id(&mut self) -> String {
        Ulid(u128::from(self.draw() >> 1) << 64 | u128::from(self.draw())).to_string()
    }
}
