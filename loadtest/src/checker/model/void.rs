//! The checker's own opinion of what counts.
//!
//! It recomputes what can be known from the journal alone: repeats, ids that are taken, rights
//! that ended, the policy's version and the head of the queue exactly; revisions by order: what
//! rests on a revision that another command has moved away from is void.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde_json::Value;

use super::super::dump::Recorded;
use super::Model;

/// Why a command is void.
pub(super) enum Why<'a> {
    Repeat,
    Taken,
    Unknown(&'a str),
    Moved(&'static str, String),
    Head(Option<&'a str>),
    Policy(u64),
    Ended(&'a str),
}

impl Why<'_> {
    pub(super) const fn is_repeat(&self) -> bool {
        matches!(self, Self::Repeat)
    }
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repeat => f.write_str("the same command of the same author counts already"),
            Self::Taken => f.write_str("a question with this id is there already"),
            Self::Unknown(question) => write!(f, "there is no question {question}"),
            Self::Moved(what, rev) => write!(f, "{what} has moved from revision {rev} before"),
            Self::Head(Some(head)) => write!(f, "the head of the queue is {head}"),
            Self::Head(None) => f.write_str("the queue is empty"),
            Self::Policy(version) => write!(f, "the policy is at version {version}"),
            Self::Ended(right) => write!(f, "the right {right} has ended"),
        }
    }
}

/// What earlier commands rested on and moved away from.
#[derive(Default)]
pub(super) struct Resting<'a> {
    seen: HashSet<(&'a str, &'a str)>,
    questions: HashMap<&'a str, u64>,
    stage: Option<u64>,
    session: Option<u64>,
}

impl<'a> Resting<'a> {
    pub(super) fn why_void(&self, model: &Model<'a>, recorded: &'a Recorded) -> Option<Why<'a>> {
        if self.seen.contains(&(recorded.by.author(), &*recorded.id)) {
            return Some(Why::Repeat);
        }
        let asks = |event: &Value| {
            event["type"] == "question_asked" || event["type"] == "question_entered"
        };
        if recorded.events.iter().any(asks) && model.questions.contains_key(&*recorded.id) {
            return Some(Why::Taken);
        }
        recorded.on.iter().find_map(|on| self.gone(model, on))
    }

    fn gone(&self, model: &Model<'a>, on: &'a Value) -> Option<Why<'a>> {
        let (what, value) = on.as_object()?.iter().next()?;
        match what.as_str() {
            "question" => {
                let question = value.get(0)?.as_str()?;
                if !model.questions.contains_key(question) {
                    return Some(Why::Unknown(question));
                }
                past(self.questions.get(question).copied(), value.get(1)?, "the question")
            }
            "stage" => past(self.stage, value, "the stage"),
            "session" => past(self.session, value, "the session"),
            "head" => {
                let head = model.state.queue.first().copied();
                (value.as_str() != head).then_some(Why::Head(head))
            }
            "policy" => {
                let version = model.state.policy_version;
                (value.as_u64() != Some(version)).then_some(Why::Policy(version))
            }
            "grant" | "invitation" => {
                let right = value.as_str()?;
                model.state.ended.contains(right).then_some(Why::Ended(right))
            }
            _ => None,
        }
    }

    /// From now on this command is known.
    pub(super) fn counted(&mut self, recorded: &'a Recorded) {
        self.seen.insert((recorded.by.author(), &recorded.id));
    }

    /// What a command rested on and has moved, nothing may rest on again.
    pub(super) fn moved(&mut self, recorded: &'a Recorded, before: &[u64], after: &[u64]) {
        for (on, _) in recorded.on.iter().zip(before.iter().zip(after)).filter(|(_, (b, a))| b != a)
        {
            if let Some(value) = on.get("question")
                && let (Some(question), Some(rev)) = (value[0].as_str(), value[1].as_u64())
            {
                let past = self.questions.entry(question).or_default();
                *past = rev.max(*past);
            }
            self.stage = self.stage.max(on.get("stage").and_then(Value::as_u64));
            self.session = self.session.max(on.get("session").and_then(Value::as_u64));
        }
    }
}

/// How often each thing that a command rests on has moved so far.
pub(super) fn measures(model: &Model, recorded: &Recorded) -> Vec<u64> {
    let measure = |on: &Value| match on.as_object().and_then(|on| on.iter().next()) {
        Some((what, value)) if what == "question" => {
            let question = value[0].as_str().and_then(|id| model.questions.get(id));
            question.map_or(0, |question| question.moves)
        }
        Some((what, _)) if what == "stage" => model.stage.len() as u64,
        Some((what, _)) if what == "session" => model.state.session_moves,
        _ => 0,
    };
    recorded.on.iter().map(measure).collect()
}

fn past<'a>(moved: Option<u64>, rev: &Value, what: &'static str) -> Option<Why<'a>> {
    (rev.as_u64()? <= moved?).then(|| Why::Moved(what, rev.to_string()))
}
