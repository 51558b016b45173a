//! A moderator and an official, so that an evening can be watched by somebody who is alone: from the
//! moment before it opens until it has ended.
//!
//! What a human being does wins: the moderator reads only what has waited for some seconds, the
//! official goes on only where nothing has changed for a while, what is refused is left alone, and
//! who opens again what was closed has the evening to themselves.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::Company;
use super::crowd::{id_of, send};
use super::moderator::Eye;
use super::questions;
use crate::http::caller::derived;
use crate::http::fresh;
use crate::hub::{Handle, Reply};
use crate::journal::SessionKeys;
use crate::qa::session::SessionState;
use crate::qa::{As, Caller, Event, PersonId, Refusal, Rev, Role, Timestamp};

/// Between two decisions of the moderator, and how long a question is left to humans first.
const DECIDES: Duration = Duration::from_secs(3);
const LEFT_TO_HUMANS: Duration = Duration::from_secs(8);

/// How long an answer takes.
const ANSWERS: Duration = Duration::from_secs(40);
/// Of so many turns on the stage one ends in "off air", as when somebody's name should not be read.
const OFF_AIR: u32 = 4;

/// Between the last question and the end: time to read what became of one's own.
const CLOSED: Duration = Duration::from_secs(60);

pub(super) struct Staff {
    moderator: PersonId,
    official: PersonId,
    /// Whether they were given their roles, or could not be.
    came: bool,
    eye: Eye,
    /// How long the session is open, and how long it has been.
    length: Duration,
    evening: Duration,
    /// What is due at the end, the next at the back.
    last: Vec<(Duration, SessionState, &'static str)>,
    since_decision: Duration,
    stage: Rev,
    since_stage: Duration,
    turns: u32,
}

impl Staff {
    pub(super) fn new(keys: &SessionKeys, company: Company) -> Self {
        let length = Duration::from_secs(u64::from(company.minutes) * 60);
        let known = (0..questions::all().len()).map(|index| (id_of(index), index)).collect();
        let patience = LEFT_TO_HUMANS.div_f64(company.pace);
        Self {
            moderator: keys.pseudonym(b"rehearsal/moderator"),
            official: keys.pseudonym(b"rehearsal/official"),
            came: false,
            eye: Eye { known, left: BTreeSet::new(), patience },
            length,
            evening: Duration::ZERO,
            last: vec![
                (length + CLOSED, SessionState::Closed, "end"),
                (length, SessionState::Open, "close"),
            ],
            since_decision: Duration::ZERO,
            stage: Rev(0),
            since_stage: Duration::ZERO,
            turns: 0,
        }
    }

    /// Does what is due in the next part of the evening.
    pub(super) async fn act(&mut self, room: &Handle, part: Duration, now: Timestamp) {
        if !self.came {
            self.came = self.comes(room).await;
            return;
        }
        let state = room.sign().state;
        let over = self.evening >= self.length;
        if state != Some(SessionState::Open) && !over {
            return;
        }
        self.evening += part;
        self.ends(room, state).await;
        if state == Some(SessionState::Open) && !over {
            self.since_decision += part;
            if self.since_decision >= DECIDES {
                self.since_decision = Duration::ZERO;
                self.moderates(room, now).await;
            }
            self.since_stage += part;
            self.answers(room).await;
        }
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

    /// Closes, and a little later ends. Each is tried once.
    async fn ends(&mut self, room: &Handle, state: Option<SessionState>) {
        let evening = self.evening;
        if let Some((_, from, wish)) = self.last.pop_if(|(at, ..)| *at <= evening)
            && state == Some(from)
        {
            let _ = self.wishes(room, self.moderator, json!({"type": wish})).await;
        }
    }

    async fn moderates(&mut self, room: &Handle, now: Timestamp) {
        let eye = self.eye.clone();
        let wish = room.look(move |session, _| eye.sees(session, now)).await;
        let Some(Some((question, wish))) = wish else { return };
        let reply = self.wishes(room, self.moderator, wish).await;
        // One that has moved meanwhile is looked at again.
        let moved = matches!(reply.refusal(), Some(Refusal::Stale { .. }));
        if reply != Reply::done() && !moved {
            self.eye.left.insert(question);
        }
    }

    async fn answers(&mut self, room: &Handle) {
        let seen = room
            .look(|session, _| {
                let stage = session.stage();
                (stage.rev, stage.on_air.is_some(), session.queue().first().copied())
            })
            .await;
        let Some((stage, on_air, next)) = seen else { return };
        if stage != self.stage {
            (self.stage, self.since_stage) = (stage, Duration::ZERO);
        }
        if self.since_stage < ANSWERS {
            return;
        }
        self.since_stage = Duration::ZERO;
        self.turns += 1;
        let wish = match next {
            _ if on_air && self.turns.is_multiple_of(OFF_AIR) => json!({"type": "off_air"}),
            Some(question) => json!({"type": "next", "question": question}),
            None => return,
        };
        // Refused: somebody was quicker, or the role was taken away.
        let _ = self.wishes(room, self.official, wish).await;
    }

    async fn wishes(&self, room: &Handle, person: PersonId, wish: Value) -> Reply {
        send(room, Caller { person, acts: As::Staff }, fresh(), wish).await
    }
}
