//! Which question a receipt leads to, so that showing one wakes its own session and no other.
//!
//! A code follows from its question under the session's secret and tells nothing of either, so the
//! way back is a list. A room adds to it what it finds when it loads and what it applies later, and
//! the start looks into every session once: the list is complete without being stored.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use crate::journal::SessionKeys;
use crate::journal::keys::spent;
use crate::qa::{QuestionId, SessionId};
use crate::wire::Receipt;

/// The codes of all sessions.
///
/// Bound: some 50 bytes for each question that citizens asked: 100,000 of them are 5 MB. Never full.
#[derive(Debug, Default)]
pub(super) struct Receipts(RwLock<Codes>);

#[derive(Debug, Default)]
struct Codes {
    lead: HashMap<Receipt, (SessionId, QuestionId)>,
    /// Hashes of those that led somewhere until everything personal was forgotten.
    spent: HashSet<[u8; 16]>,
}

impl Receipts {
    /// Adds the codes of these questions. Those that are known stay as they are.
    pub(super) fn learn(
        &self,
        session: SessionId,
        keys: &SessionKeys,
        asked: impl Iterator<Item = QuestionId>,
    ) {
        // Hashing happens outside the lock.
        let new: Vec<_> = asked.map(|id| (Receipt(keys.receipt(id)), (session, id))).collect();
        if !new.is_empty() {
            self.0.write().unwrap_or_else(PoisonError::into_inner).lead.extend(new);
        }
    }

    /// Everything personal of a session was forgotten: its codes lead nowhere any more.
    pub(super) fn forget(&self, session: SessionId, keys: &SessionKeys) {
        let spent = keys.spent();
        let mut codes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        codes.lead.retain(|_, (of, _)| *of != session);
        codes.spent.extend(spent);
    }

    /// Whether a code led somewhere until everything personal was forgotten.
    pub(super) fn is_spent(&self, code: Receipt) -> bool {
        let hash = spent(&code.0);
        self.0.read().unwrap_or_else(PoisonError::into_inner).spent.contains(&hash)
    }

    /// Where a code leads.
    pub(super) fn find(&self, code: Receipt) -> Option<(SessionId, QuestionId)> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).lead.get(&code).copied()
    }
}
