//! What the rules make of what screening found, and what they find themselves: that somebody has
//! asked the same before, how often they were dismissed.

use super::Session;
use super::question::{Question, State, Words};
use crate::qa::command::{Asked, Checked};
use crate::qa::event::Screened;
use crate::qa::guarded::Personal;
use crate::qa::id::{PersonId, QuestionId};
use crate::qa::refusal::Refusal;
use crate::screening::{self, Finding, Verdict};

/// How often one may ask again, word for word, what was dismissed: the desk may have been wrong.
const SECOND_CHANCES: usize = 1;

/// Bound: questions of one person that a new one is compared with, the newest. Where a policy sets
/// a limit at all, it is far below; where it sets none, an ask still costs the room microseconds.
const RECENT: usize = 100;

impl Session {
    /// What is recorded of the look at a text, or what keeps it from being accepted. `but`: the
    /// question whose text it becomes.
    pub(super) fn judged(
        &self,
        person: PersonId,
        asked: &Asked,
        but: Option<QuestionId>,
        review: bool,
    ) -> Result<Screened, Refusal> {
        let beside = self.beside(person, &asked.screening.text, but);
        let sent = asked.screening.findings.iter().chain(&asked.named).chain(&beside);
        let blocking = sent.filter(|finding| finding.verdict == Verdict::Block);
        let (overruled, blocking): (Vec<_>, Vec<_>) =
            blocking.partition(|finding| review && is_content(&finding.code));
        if !blocking.is_empty() {
            return Err(Refusal::Content(blocking.into_iter().cloned().collect()));
        }
        // The desk is told that its reader asked for a person.
        let review = (!overruled.is_empty()).then(|| found("REVIEW_ASKED", Verdict::Hold));
        let verdict = strictest(asked.screening.findings.iter().chain(&asked.named).chain(&beside));
        let findings = asked.findings().chain(beside).chain(review).collect();
        let findings = Personal::new(findings);
        Ok(Screened { verdict, findings, policy: asked.policy })
    }

    /// What its author may know of a text before it is sent.
    pub fn checked(&self, person: PersonId, asked: &Asked, masks: bool) -> Checked {
        let beside = self.beside(person, &asked.screening.text, None);
        let found = asked.screening.findings.iter().chain(&asked.named).chain(&beside);
        let blocked = found.filter(|finding| finding.verdict == Verdict::Block).cloned();
        let masked = masks.then(|| asked.screening.text.clone());
        Checked { masked, blocked: blocked.collect() }
    }

    /// What only the session knows of a text.
    fn beside(&self, person: PersonId, text: &str, but: Option<QuestionId>) -> Vec<Finding> {
        let own = || self.asked_by(person).filter(|question| Some(question.id) != but);
        own_repeat(own(), text).into_iter().chain(self.history(person)).collect()
    }

    /// That so many of a person's questions were dismissed that a person looks first.
    pub(super) fn history(&self, person: PersonId) -> Option<Finding> {
        let most = self.policy.history?;
        let dismissed = self.asked_by(person).filter(|q| q.state == State::Dismissed).count();
        let count = u32::try_from(dismissed).unwrap_or(u32::MAX);
        let finding = found("AUTHOR_HISTORY", Verdict::Hold);
        (count >= most).then_some(Finding { count: Some(count), ..finding })
    }

    /// The last questions of a person, the newest first.
    fn asked_by(&self, person: PersonId) -> impl Iterator<Item = &Question> {
        let asked = self.people.get(person).and_then(|person| person.asked());
        let ids = asked.map(|asked| asked.questions.as_slice()).unwrap_or_default();
        ids.iter().rev().take(RECENT).filter_map(|id| self.questions.get(id))
    }
}

/// That a person has asked this already. What they took back they may ask again. What was dismissed
/// they may ask once more, and a person looks: only so can a mistake of the desk be undone by whom
/// it hit. A text that no key opens any more is compared with nothing.
fn own_repeat<'a>(own: impl Iterator<Item = &'a Question>, text: &str) -> Option<Finding> {
    let repeated = |question: &&Question| {
        let mut texts = question.versions.iter().filter(|version| !version.by_desk);
        texts.any(|version| match &version.text {
            Words::Asked(other) => other.get().is_some_and(|it| screening::is_same(it, text)),
            Words::Entered(_) => false,
        })
    };
    let own = own.filter(|question| question.state != State::Withdrawn);
    let same: Vec<_> = own.filter(repeated).collect();
    let first = same.first()?;
    let dismissed = same.iter().filter(|question| question.state == State::Dismissed).count();
    let again = dismissed == same.len() && dismissed <= SECOND_CHANCES;
    let finding = found("DUP_OWN", if again { Verdict::Hold } else { Verdict::Block });
    Some(Finding { evidence: Some(first.id.to_string()), ..finding })
}

/// The strictest verdict counts, and nothing that is recorded is blocked.
pub(super) fn strictest<'a>(findings: impl Iterator<Item = &'a Finding>) -> Verdict {
    findings.map(|finding| finding.verdict).max().unwrap_or_default().min(Verdict::Hold)
}

/// Whether a person can overrule this block: it is about what is said, not about its form.
pub fn is_content(code: &str) -> bool {
    !["LEN_", "FMT_", "FLOOD_", "DUP_", "SESSION_"].iter().any(|form| code.starts_with(form))
}

pub(super) fn found(code: &str, verdict: Verdict) -> Finding {
    Finding {
        code: code.to_owned(),
        verdict,
        spans: Vec::new(),
        evidence: None,
        count: None,
        in_name: false,
    }
}
