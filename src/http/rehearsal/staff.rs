//! A moderator and an official, so that an evening can be watched by somebody who is alone.
//!
//! What a human being does wins: the moderator reads only what has waited for some seconds, the
//! official goes on only where nothing has changed for a while, and what is refused is left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::crowd::{id_of, send};
use super::questions::{self, Nature};
use crate::http::caller::derived;
use crate::http::fresh;
use crate::hub::{Handle, Reply};
use crate::journal::SessionKeys;
use crate::qa::session::question::{Question, State};
use crate::qa::{As, Caller, Event, PersonId, QuestionId, Rev, Role, Session, Timestamp};

/// Between two decisions of the moderator, and how long a question is left to humans first.
const DECIDES: Duration = Duration::from_secs(3);
const LEFT_TO_HUMANS: Duration = Duration::from_secs(8);

/// How long an answer takes.
const ANSWERS: Duration = Duration::from_secs(40);

/// How many wait in the running order.
const QUEUED: usize = 5;

pub(super) struct Staff {
    moderator: PersonId,
    official: PersonId,
    /// Whether they were given their roles, or could not be.
    came: bool,
    /// The crowd's questions by the ids that these are asked with.
    known: BTreeMap<QuestionId, usize>,
    /// What was refused once: it is for humans.
    left: BTreeSet<QuestionId>,
    patience: Duration,
    since_decision: Duration,
    stage: Rev,
    since_stage: Duration,
}

impl Staff {
    pub(super) fn new(keys: &SessionKeys, pace: f64) -> Self {
        Self {
            moderator: keys.pseudonym(b"rehearsal/moderator"),
            official: keys.pseudonym(b"rehearsal/official"),
            came: false,
            known: (0..questions::all().len()).map(|index| (id_of(index), index)).collect(),
            left: BTreeSet::new(),
            patience: LEFT_TO_HUMANS.div_f64(pace),
            since_decision: Duration::ZERO,
            stage: Rev(0),
            since_stage: Duration::ZERO,
        }
    }

    /// Does what is due in the next part of the evening.
    pub(super) async fn act(&mut self, room: &Handle, part: Duration, now: Timestamp) {
        if !self.came {
            self.came = self.comes(room).await;
            return;
        }
        self.since_decision += part;
        if self.since_decision >= DECIDES {
            self.since_decision = Duration::ZERO;
            self.moderates(room, now).await;
        }
        self.since_stage += part;
        self.answers(room).await;
    }

    /// Takes both roles. Their ids follow from the person, so a restart gives nothing twice.
    async fn comes(&self, room: &Handle) -> bool {
        for (person, role, name) in [
            (self.moderator, Role::Moderator, "Moderazione simulata"),
            (self.official, Role::Official, "Palco simulato"),
        ] {
            let granted =
                Event::RoleGranted { person, role, name: name.to_owned(), invitation: None };
            let id = derived("filodiretto/rehearsal/role", &[&person.to_bytes()]);
            if !matches!(room.record(id, vec![granted]).await, Reply::Done { .. }) {
                return false;
            }
        }
        true
    }

    async fn moderates(&mut self, room: &Handle, now: Timestamp) {
        let (known, left, patience) = (self.known.clone(), self.left.clone(), self.patience);
        let wish = room.look(move |session, _| {
            let mut wishes = session
                .questions()
                .filter(|question| !left.contains(&question.id))
                .filter(|question| waited(question, now, patience))
                .collect::<Vec<_>>();
            wishes.sort_by_key(|question| (question.asked_at, question.id));
            let read =
                wishes.first().map(|question| (question.id, judged(session, &known, question)));
            read.or_else(|| queued(session, &left))
        });
        let Some(Some((question, wish))) = wish.await else { return };
        if send(room, staff(self.moderator), fresh(), wish).await != Reply::done() {
            self.left.insert(question);
        }
    }

    async fn answers(&mut self, room: &Handle) {
        let seen =
            room.look(|session, _| (session.stage().rev, session.queue().first().copied())).await;
        let Some((stage, next)) = seen else { return };
        if stage != self.stage {
            (self.stage, self.since_stage) = (stage, Duration::ZERO);
        }
        if let Some(question) = next
            && self.since_stage >= ANSWERS
        {
            self.since_stage = Duration::ZERO;
            let next = json!({"type": "next", "question": question});
            // Refused: somebody was quicker, or the role was taken away.
            let _ = send(room, staff(self.official), fresh(), next).await;
        }
    }
}

const fn staff(person: PersonId) -> Caller {
    Caller { person, acts: As::Staff }
}

fn waited(question: &Question, now: Timestamp, patience: Duration) -> bool {
    let ms = u128::from(now.ms_since(question.asked_at));
    question.state == State::Pending && ms >= patience.as_millis()
}

/// What the moderator makes of a question that waits.
fn judged(session: &Session, known: &BTreeMap<QuestionId, usize>, question: &Question) -> Value {
    let (id, rev) = (question.id, question.rev);
    let dismiss =
        |reason: &str| json!({"type": "dismiss", "question": id, "rev": rev, "reason": reason});
    let nature = known.get(&id).map(|index| questions::all()[*index].nature);
    match nature {
        Some(Nature::Rude) => dismiss("personal_attack"),
        Some(Nature::Phone) => dismiss("personal_data"),
        Some(Nature::Again(of)) if is_public(session, id_of(of)) => {
            json!({
                "type": "dismiss", "question": id, "rev": rev,
                "reason": "duplicate", "of": id_of(of),
            })
        }
        _ => json!({"type": "approve", "question": id, "rev": rev}),
    }
}

fn is_public(session: &Session, id: QuestionId) -> bool {
    session.question(id).is_some_and(|question| question.state.is_public())
}

/// The approved question with the most votes, where the running order has room for it.
fn queued(session: &Session, left: &BTreeSet<QuestionId>) -> Option<(QuestionId, Value)> {
    if session.queue().len() >= QUEUED {
        return None;
    }
    let approved = session.questions().filter(|question| question.state == State::Approved);
    let most = approved
        .filter(|question| !left.contains(&question.id))
        .max_by_key(|question| (question.voters.len(), question.id))?;
    Some((most.id, json!({"type": "queue", "question": most.id, "rev": most.rev})))
}
