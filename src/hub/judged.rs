//! How often moderators went along with screening, in this process's life. Counts alone: which
//! text, which word and which session stand nowhere here.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::qa::session::Applied;
use crate::qa::{Actor, Entry, Event, Outcome, QuestionId, Session};
use crate::screening::Verdict;

/// Questions that screening held, and what people made of them.
#[derive(Debug, Default)]
pub struct Judged {
    held: AtomicU64,
    overruled: AtomicU64,
    upheld: AtomicU64,
}

impl Judged {
    /// By what became of them, with the word that the metrics know it by.
    pub fn counts(&self) -> [(&'static str, u64); 3] {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [
            ("held", count(&self.held)),
            ("overruled", count(&self.overruled)),
            ("upheld", count(&self.upheld)),
        ]
    }

    /// Counts what an entry brought that was just applied.
    pub(super) fn note(&self, session: &Session, entry: &Entry, applied: &Applied) {
        let was_held = |id: &QuestionId| {
            session.question(*id).is_some_and(|question| question.verdict == Verdict::Hold)
        };
        let one = |counter: &AtomicU64| _ = counter.fetch_add(1, Ordering::Relaxed);
        let counted = entry.commands.iter().zip(&applied.outcomes);
        for (command, _) in counted.filter(|(_, outcome)| **outcome == Outcome::Counted) {
            let by_desk = matches!(command.by, Actor::Staff(_));
            for event in &command.events {
                match event {
                    Event::QuestionAsked { screened, .. } if screened.verdict == Verdict::Hold => {
                        one(&self.held);
                    }
                    Event::QuestionApproved { question, .. } if by_desk && was_held(question) => {
                        one(&self.overruled);
                    }
                    Event::QuestionDismissed { question, .. } if by_desk && was_held(question) => {
                        one(&self.upheld);
                    }
                    _ => {}
                }
            }
        }
    }
}
