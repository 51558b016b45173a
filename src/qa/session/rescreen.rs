//! The waiting questions, screened again under the present policy.
//!
//! Part by part, since thousands may wait: a command brings some of them looked at, and what is
//! different of each is one event of it. What a person has let through, or written, stays.

use super::Session;
use super::judge::strictest;
use super::question::{Question, State};
use crate::qa::command::{Decision, Envelope, Looked};
use crate::qa::event::{Event, On, Screened};
use crate::qa::guarded::Personal;
use crate::qa::id::QuestionId;
use crate::qa::refusal::Refusal;
use crate::qa::sieve::Sieve;
use crate::screening::{Finding, Verdict};

/// A question that waits to be read, and is to be looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    question: QuestionId,
    rev: crate::qa::id::Rev,
    text: String,
    name: Option<String>,
}

impl Waiting {
    /// Which one.
    pub const fn question(&self) -> QuestionId {
        self.question
    }

    /// Looks at it again.
    pub fn look(self, sieve: &Sieve) -> Looked {
        let asked = sieve.look(&self.text, self.name.as_deref());
        Looked { question: self.question, rev: self.rev, asked }
    }
}

impl Session {
    /// Whether somebody's command would be decided here, and has not been.
    pub fn admits(&self, wish: &Envelope) -> bool {
        self.may(wish).is_ok_and(|done| !done)
    }

    /// At most so many of the waiting questions, who have waited longest first, behind the one named.
    pub fn waiting(&self, after: Option<QuestionId>, most: usize) -> Vec<Waiting> {
        self.questions.waiting(after).filter_map(waiting).take(most).collect()
    }

    /// What is different of a part of them; at the end of all, that it was done.
    pub(super) fn rescreen(&self, looked: &[Looked], more: bool) -> Result<Decision, Refusal> {
        // Another policy by now: they are looked at again under that one.
        if looked.iter().any(|looked| looked.asked.policy != self.policy.version) {
            return Err(Refusal::Stale { question: None });
        }
        let differ = looked.iter().filter_map(|looked| self.differs(looked));
        let (mut on, mut events): (Vec<_>, Vec<_>) = differ.unzip();
        if !events.is_empty() {
            on.push(On::Policy(self.policy.version));
        }
        if !more {
            events.push(Event::QueueRescreened { policy: self.policy.version });
        }
        Ok(if events.is_empty() { Decision::Done } else { Decision::Record { on, events } })
    }

    /// What is recorded of one that was looked at again, where that is something else.
    fn differs(&self, looked: &Looked) -> Option<(On, Event)> {
        let question = self.questions.get(&looked.question)?;
        let now = waiting(question).filter(|now| now.rev == looked.rev)?;
        let before = question.findings.as_ref().and_then(|findings| findings.get());
        // What was known at the moment in which it was asked, and what its asker wished, stays.
        let kept = before.into_iter().flatten().filter(|finding| is_of_its_moment(&finding.code));
        let history = question.asker.and_then(|person| self.history(person));
        let findings: Vec<Finding> =
            looked.asked.findings().chain(kept.cloned()).chain(history).collect();
        let text = &looked.asked.screening.text;
        let masked = looked.asked.masks(&now.text).then(|| Personal::new(text.clone()));
        let verdict = strictest(findings.iter());
        let same = masked.is_none() && before == Some(&findings) && question.verdict == verdict;
        let (findings, policy) = (Personal::new(findings), looked.asked.policy);
        let screened = Screened { verdict, findings, policy };
        let (id, rev, asker) = (question.id, question.rev, question.asker);
        let event = Event::QuestionRescreened { question: id, text: masked, screened, asker };
        (!same).then_some((On::Question(id, rev), event))
    }
}

impl Question {
    /// Takes what a new look found. A timed hold goes on only where it would have gone on anyway:
    /// screening the queue publishes nothing by itself.
    pub(super) fn rescreen(&mut self, screened: &Screened) {
        if screened.verdict > Verdict::Mask || self.screened_under != screened.policy {
            self.held_until = None;
        }
        self.verdict = screened.verdict;
        self.findings = Some(screened.findings.clone());
        self.screened_under = screened.policy;
    }
}

/// A citizen's question that nobody has let through or changed, and whose text still opens.
fn waiting(question: &Question) -> Option<Waiting> {
    let by_desk = question.versions.last().is_none_or(|version| version.by_desk);
    if question.state != State::Pending || by_desk {
        return None;
    }
    let text = question.text()?.clone();
    let name = question.name.as_ref().and_then(|name| name.get()).cloned();
    Some(Waiting { question: question.id, rev: question.rev, text, name })
}

fn is_of_its_moment(code: &str) -> bool {
    code == "REVIEW_ASKED" || ["DUP_", "FLOOD_"].iter().any(|kind| code.starts_with(kind))
}
