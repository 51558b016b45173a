//! What is left after the night: the record, and the proof of it.
//!
//! A record is made from the journal alone. The public one holds what the public saw and names no
//! person and nobody of the staff; the full one, for administrators, holds every entry as stored,
//! so that anybody can compute the chain again, and every decision with what was before it. The
//! index finds words in the evenings that are over; it holds what is public, in memory.

pub mod csv;
pub mod decisions;
pub mod held;
pub mod proof;
pub mod receipt;
pub mod record;
#[cfg(test)]
mod samples;
pub mod search;

pub use proof::{Checked, check};
pub use record::{Record, Scope};
pub use search::Index;

use futures_util::TryStreamExt as _;

use crate::journal::{Journal, JournalError, Seq};
use crate::qa::event::HOUSE;
use crate::qa::{House, HouseEvent, SessionId, Slug};

/// The house as its journal has it now.
///
/// # Errors
/// What kept the journal from being read.
pub async fn house(journal: &Journal) -> Result<House, JournalError> {
    let mut house = House::default();
    let mut past = journal.read::<HouseEvent>(HOUSE, Seq::START);
    while let Some(read) = past.try_next().await? {
        house.apply(&read.entry);
    }
    Ok(house)
}

/// The session with this slug, if the house has one.
///
/// # Errors
/// What kept the journal from being read.
pub async fn session(journal: &Journal, slug: &Slug) -> Result<Option<SessionId>, JournalError> {
    Ok(house(journal).await?.sessions().get(slug).copied())
}
