//! What became of what screening held, and what another policy would have made of the last
//! questions. Counted from the state whenever somebody asks, so what is forgotten is in no count.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::Session;
use super::catalogue::By;
use super::question::{Question, State, Words};
use crate::qa::id::QuestionId;
use crate::qa::sieve::Sieve;
use crate::screening::{Finding, Verdict};

/// How often moderators went along with one reason to hold a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "HeldReason"))]
pub struct Held {
    /// The finding's code.
    pub code: String,
    /// Of the organiser's lists: which entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub entry: Option<String>,
    /// Questions that it held.
    pub held: u32,
    /// Of these, published by a person all the same.
    pub overruled: u32,
    /// Of these, dismissed by a person.
    pub upheld: u32,
}

/// A question that another policy sees otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "TriedQuestion"))]
pub struct Tried {
    /// Which one.
    pub id: QuestionId,
    /// Where it stands.
    pub state: State,
    /// What its asker wrote, as it was kept.
    pub text: String,
    /// Under which name.
    pub name: Option<String>,
    /// What the policy of today says of it.
    pub before: Verdict,
    /// What the other one says.
    pub after: Verdict,
    /// What the stricter of the two finds; places are bytes of `text`, or of `name`.
    pub findings: Vec<Finding>,
}

/// A citizen's text as it was kept, to try a policy on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    id: QuestionId,
    state: State,
    text: String,
    name: Option<String>,
}

impl Sample {
    /// What becomes of it under another policy; `None`: the same.
    pub fn tried(self, now: &Sieve, other: &Sieve) -> Option<Tried> {
        let look = |sieve: &Sieve| {
            let asked = sieve.look(&self.text, self.name.as_deref());
            let found: Vec<_> = asked.screening.findings.into_iter().chain(asked.named).collect();
            let verdict = found.iter().map(|finding| finding.verdict).max().unwrap_or_default();
            (verdict, found)
        };
        let ((before, was), (after, is)) = (look(now), look(other));
        let findings = if after > before { is } else { was };
        let Self { id, state, text, name } = self;
        (before != after).then_some(Tried { id, state, text, name, before, after, findings })
    }
}

/// Bound: questions that are counted in one look, so that nobody waits for all of them.
const PART: usize = 1_000;

/// For each reason to hold a question, how often a person went along with it: counted a part of the
/// questions at a time.
#[derive(Debug, Default)]
pub struct HeldByReason {
    counts: BTreeMap<(String, Option<String>), [u32; 3]>,
    /// The last that was counted.
    last: Option<QuestionId>,
}

impl HeldByReason {
    /// Counts some more; says whether there are others.
    pub fn count(&mut self, session: &Session) -> bool {
        let behind = self.last.map_or(Bound::Unbounded, Bound::Excluded);
        let part = session.questions.range((behind, Bound::Unbounded)).take(PART);
        let mut counted = 0;
        for (id, question) in part {
            counted += 1;
            self.last = Some(*id);
            if question.asker.is_some() {
                self.add(question);
            }
        }
        counted == PART
    }

    fn add(&mut self, question: &Question) {
        let became = became(question);
        for reason in reasons(question) {
            let [held, overruled, upheld] = self.counts.entry(reason).or_default();
            *held += 1;
            match became {
                Some(Became::Published) => *overruled += 1,
                Some(Became::Dismissed) => *upheld += 1,
                None => {}
            }
        }
    }

    /// What was counted.
    pub fn rows(self) -> Vec<Held> {
        let row = |((code, entry), [held, overruled, upheld]): (_, [u32; 3])| Held {
            code,
            entry,
            held,
            overruled,
            upheld,
        };
        self.counts.into_iter().map(row).collect()
    }
}

impl Session {
    /// The last questions of citizens whose text still opens, at most so many.
    pub fn samples(&self, most: usize) -> Vec<Sample> {
        let own = |(question, text): (&Question, &String)| Sample {
            id: question.id,
            state: question.state,
            text: text.clone(),
            name: question.name.as_ref().and_then(|name| name.get()).cloned(),
        };
        let (mut samples, mut behind) = (Vec::new(), None);
        while samples.len() < most {
            // Some are the desk's own, or forgotten.
            let spots = self.questions.first(By::Asked, State::ALL, behind, most);
            behind = spots.last().copied();
            if behind.is_none() {
                break;
            }
            let questions = spots.iter().filter_map(|(_, id)| self.questions.get(id));
            samples.extend(questions.filter_map(sample).map(own));
        }
        samples.truncate(most);
        samples
    }
}

/// What a person made of a question that was held.
#[derive(Clone, Copy)]
enum Became {
    Published,
    Dismissed,
}

fn became(question: &Question) -> Option<Became> {
    match question.state {
        State::Dismissed => Some(Became::Dismissed),
        _ => question.published.as_ref().map(|_| Became::Published),
    }
}

/// Why it was held: each code, and each entry of a list, once.
fn reasons(question: &Question) -> BTreeSet<(String, Option<String>)> {
    let findings = question.findings.as_ref().and_then(|findings| findings.get());
    let held = findings.into_iter().flatten().filter(|finding| finding.verdict >= Verdict::Hold);
    let reason = |finding: &Finding| {
        let listed = matches!(finding.code.as_str(), "WORD_LIST_BLOCK" | "WORD_LIST_HOLD");
        (finding.code.clone(), finding.evidence.clone().filter(|_| listed))
    };
    held.map(reason).collect()
}

fn sample(question: &Question) -> Option<(&Question, &String)> {
    question.asker?;
    let own = question.versions.iter().rfind(|version| !version.by_desk)?;
    match &own.text {
        Words::Asked(text) => Some((question, text.get()?)),
        Words::Entered(_) => None,
    }
}
