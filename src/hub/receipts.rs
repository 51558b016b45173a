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

/// Where a receipt leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slip {
    /// The session.
    pub session: SessionId,
    /// The question in it.
    pub question: QuestionId,
    /// The journal's chain when the question last changed for its asker, or when the room loaded.
    /// Not the one of this moment: that moves with everything that is asked and refused, and would
    /// tell whoever looks again and again how much that is.
    pub chain: [u8; 32],
}

/// The codes of all sessions.
///
/// Bound: some 100 bytes for each question that citizens asked: 100,000 of them are 10 MB. Never
/// full.
#[derive(Debug, Default)]
pub(super) struct Receipts(RwLock<Codes>);

#[derive(Debug, Default)]
struct Codes {
    lead: HashMap<Receipt, Slip>,
    /// Hashes of those that led somewhere until everything personal was forgotten.
    spent: HashSet<[u8; 16]>,
}

impl Receipts {
    /// Adds the codes of these questions. Those that are known stay as they are.
    pub(super) fn learn(
        &self,
        session: SessionId,
        keys: &SessionKeys,
        chain: [u8; 32],
        asked: impl Iterator<Item = QuestionId>,
    ) {
        let new = slips(session, keys, chain, asked);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (code, slip) in new {
            known.lead.entry(code).or_insert(slip);
        }
    }

    /// These questions are new, or have changed for who asked them.
    pub(super) fn move_on(
        &self,
        session: SessionId,
        keys: &SessionKeys,
        chain: [u8; 32],
        changed: impl Iterator<Item = QuestionId>,
    ) {
        let new = slips(session, keys, chain, changed);
        if !new.is_empty() {
            self.0.write().unwrap_or_else(PoisonError::into_inner).lead.extend(new);
        }
    }

    /// Everything personal of a session was forgotten: its codes lead nowhere any more.
    pub(super) fn forget(&self, session: SessionId, keys: &SessionKeys) {
        let spent = keys.spent();
        let mut codes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        codes.lead.retain(|_, slip| slip.session != session);
        codes.spent.extend(spent);
    }

    /// Whether a code led somewhere until everything personal was forgotten.
    pub(super) fn is_spent(&self, code: Receipt) -> bool {
        let hash = spent(&code.0);
        self.0.read().unwrap_or_else(PoisonError::into_inner).spent.contains(&hash)
    }

    /// Where a code leads.
    pub(super) fn find(&self, code: Receipt) -> Option<Slip> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).lead.get(&code).copied()
    }
}

/// Hashing happens outside the lock.
fn slips(
    session: SessionId,
    keys: &SessionKeys,
    chain: [u8; 32],
    questions: impl Iterator<Item = QuestionId>,
) -> Vec<(Receipt, Slip)> {
    let slip = |question| Slip { session, question, chain };
    questions.map(|id| (Receipt(keys.receipt(id)), slip(id))).collect()
}
