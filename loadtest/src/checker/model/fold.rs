//! What each event does to the checker's picture. Every event the journal may hold is named here;
//! one that is not is reported, so that nobody adds an event and leaves it unchecked.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::super::dump::{By, Recorded};
use super::super::report::{Kind, Report};
use super::{Model, Question, Row, State, text};

/// What only the next event needs to know.
#[derive(Default)]
pub(super) struct Running<'a> {
    pub(super) queue: Vec<&'a str>,
    pub(super) policy_version: u64,
    pub(super) session_moves: u64,
    /// Grants and invitations that were revoked.
    pub(super) ended: HashSet<&'a str>,
    post: bool,
    grants: HashMap<&'a str, Vec<&'a str>>,
    hashes: HashSet<(&'a str, &'a str)>,
}

impl<'a> Model<'a> {
    /// Folds one event of the command that was read last.
    pub(super) fn fold(&mut self, recorded: &'a Recorded, event: &'a Value, report: &mut Report) {
        let now = self.commands.len() - 1;
        let question = text(event, "question");
        match text(event, "type").unwrap_or_default() {
            "session_created" => {
                self.slug = text(event, "slug").unwrap_or(self.slug);
                self.policy(&event["policy"]);
                self.describe(now, &event["about"]);
            }
            "session_described" => {
                self.state.session_moves += 1;
                self.describe(now, &event["about"]);
            }
            "session_opened" | "session_closed" | "session_reopened" => {
                self.state.session_moves += 1;
            }
            "session_ended" => {
                self.state.session_moves += 1;
                if let Some(id) = self.on_air() {
                    self.becomes(now, id, State::Answered);
                }
            }
            "policy_changed" => self.policy(&event["policy"]),
            "role_granted" => {
                if let Some(invitation) = text(event, "invitation") {
                    self.state.grants.entry(invitation).or_default().push(&recorded.id);
                }
                self.persons.extend(text(event, "person"));
            }
            "role_revoked" => self.state.ended.extend(text(event, "grant")),
            "invitation_revoked" => {
                if let Some(invitation) = text(event, "invitation") {
                    self.state.ended.insert(invitation);
                    self.state
                        .ended
                        .extend(self.state.grants.get(invitation).into_iter().flatten());
                }
            }
            "question_asked" => self.asked(now, recorded, event),
            "question_entered" => {
                let mut entered = Question::asked(None, text(event, "text"));
                entered.name = text(event, "name");
                entered.public = Some((text(event, "text"), entered.name));
                self.questions.insert(&recorded.id, entered);
                self.becomes(now, &recorded.id, State::Approved);
            }
            "question_edited" => self.change(now, question, |q| {
                q.versions.push(text(event, "text"));
            }),
            "question_revised" => self.change(now, question, |q| {
                q.versions.push(text(event, "text"));
                if let (Some((public, _)), Some(shown)) = (&mut q.public, event.get("shown")) {
                    *public = shown.as_str();
                }
            }),
            "question_approved" => self.approved(now, event, report),
            "question_withdrawn" => self.leads_to(now, question, State::Withdrawn),
            "question_dismissed" => self.leads_to(now, question, State::Dismissed),
            "question_restored" => self.leads_to(now, question, State::Pending),
            "question_unqueued" => self.leads_to(now, question, State::Approved),
            "question_queued" => {
                self.leads_to(now, question, State::Queued);
                if let Some(question) = question {
                    let before = text(event, "before");
                    let place = self.state.queue.iter().position(|&id| Some(id) == before);
                    let place = place.unwrap_or(self.state.queue.len());
                    self.state.queue.insert(place, question);
                }
            }
            "question_put_on_air" => {
                let displaced = self.on_air().filter(|&id| Some(id) != question);
                match displaced {
                    Some(id) if event["displaced"] == "answered" => {
                        self.becomes(now, id, State::Answered);
                    }
                    Some(id) => {
                        self.becomes(now, id, State::Queued);
                        self.state.queue.insert(0, id);
                    }
                    None => {}
                }
                self.leads_to(now, question, State::OnAir);
            }
            "taken_off_air" => {
                if let Some(id) = self.on_air() {
                    self.becomes(now, id, State::Approved);
                }
            }
            "on_air_confirmed" => {
                if self.on_air() != question {
                    let what = "it confirms what is not on air".to_owned();
                    report.about(Kind::OnAir, self.commands[now].place, &recorded.id, what);
                }
            }
            "question_answered" => {
                self.leads_to(now, question, State::Answered);
                self.words(now, &event["answer"]);
            }
            "votes_cast" => self.votes_cast(now, event),
            "person_forgotten" => self.forgotten(now, text(event, "person")),
            "text_taken_back" => {
                self.words(now, &event["reason"]);
                self.change(now, question, |q| q.taken_back = true);
                self.taken_back.extend(question.map(|question| (question, now)));
            }
            // Nothing that is modelled here.
            "invitation_made" | "overlay_shown" | "full_record_taken" => {}
            unknown => {
                let what = format!("the checker was not taught the event `{unknown}`");
                report.about(Kind::Journal, self.commands[now].place, &recorded.id, what);
            }
        }
    }

    fn asked(&mut self, now: usize, recorded: &'a Recorded, event: &'a Value) {
        let asker = match &recorded.by {
            By::Citizen(person) | By::Staff(person) => Some(&**person),
            By::Crowd | By::Clock | By::House => None,
        };
        let mut asked = Question::asked(asker, text(event, "text"));
        asked.name = text(event, "name");
        let screened = &event["screened"];
        // Shown unread: only if the policy it was screened under allows that and still holds, and
        // screening had nothing against it. With a hold it waits for the clock.
        let unread = event.get("shown").is_some()
            && !event["held_until"].is_number()
            && self.state.post
            && screened["policy"].as_u64() == Some(self.state.policy_version)
            && matches!(screened["verdict"].as_str(), Some("pass" | "mask"));
        if unread {
            asked.public = Some((text(event, "shown"), asked.name));
        }
        self.questions.insert(&recorded.id, asked);
        self.becomes(now, &recorded.id, if unread { State::Approved } else { State::Pending });
    }

    fn approved(&mut self, now: usize, event: &'a Value, report: &mut Report) {
        let (Some(id), shown) = (text(event, "question"), text(event, "text")) else {
            return;
        };
        let version = event["version"].as_u64().and_then(|version| usize::try_from(version).ok());
        let with_name = event["with_name"].as_bool().unwrap_or(false);
        let Some(question) = self.questions.get_mut(id) else {
            return;
        };
        let read = version.and_then(|version| question.versions.get(version).copied());
        let same = match read {
            None => false,
            Some(read) => read.is_none() || shown.is_none() || read == shown,
        };
        if !same {
            let what = format!("approved as version {version:?}, which says something else");
            report.about(Kind::WrongText, self.commands[now].place, id, what);
        }
        question.public = Some((shown, question.name.filter(|_| with_name)));
        self.becomes(now, id, State::Approved);
    }

    fn forgotten(&mut self, now: usize, person: Option<&'a str>) {
        let theirs = self.questions.values_mut().filter(|q| person.is_some() && q.asker == person);
        for question in theirs {
            question.name = None;
            if let Some((_, name)) = &mut question.public {
                *name = None;
            }
            question.moves += 1;
            question.step(now);
        }
    }

    fn votes_cast(&mut self, now: usize, event: &'a Value) {
        for row in event["rows"].as_array().into_iter().flatten() {
            let (Some(person), Some(question), Some(on), Some(hash)) =
                (row[0].as_str(), row[1].as_str(), row[2].as_u64(), row[3].as_str())
            else {
                continue;
            };
            let moves =
                self.questions.contains_key(question) && self.state.hashes.insert((person, hash));
            let index = self.rows.len();
            self.persons.insert(person);
            self.rows.push(Row { command: now, person, question, on: on == 1, hash });
            self.rows_by_hash.entry((question, hash)).or_default().push(index);
            if moves {
                self.votes.entry((person, question)).or_default().push(index);
            }
        }
    }

    fn policy(&mut self, policy: &Value) {
        self.state.policy_version = policy["version"].as_u64().unwrap_or(1);
        self.state.post = policy["moderation"] == "post";
    }

    fn describe(&mut self, now: usize, about: &'a Value) {
        self.words(now, about);
    }

    /// Every text below here may be seen by everybody from now on.
    fn words(&mut self, now: usize, value: &'a Value) {
        match value {
            Value::String(word) => self.public_words.push((now, word)),
            Value::Array(values) => values.iter().for_each(|value| self.words(now, value)),
            Value::Object(fields) => fields.values().for_each(|value| self.words(now, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn on_air(&self) -> Option<&'a str> {
        self.stage.last().and_then(|&(_, id)| id)
    }

    fn leads_to(&mut self, now: usize, question: Option<&'a str>, state: State) {
        if let Some(question) = question {
            self.becomes(now, question, state);
        }
    }

    /// Moves a question to a state, out of the queue, and on or off the stage.
    fn becomes(&mut self, now: usize, id: &'a str, state: State) {
        self.state.queue.retain(|&queued| queued != id);
        if state == State::OnAir && self.on_air() != Some(id) {
            self.stage.push((now + 1, Some(id)));
        } else if state != State::OnAir && self.on_air() == Some(id) {
            self.stage.push((now + 1, None));
        }
        self.change(now, Some(id), |question| question.state = state);
    }

    fn change(&mut self, now: usize, id: Option<&'a str>, change: impl FnOnce(&mut Question<'a>)) {
        let Some(question) = id.and_then(|id| self.questions.get_mut(id)) else {
            return;
        };
        let before = (question.state, question.versions.len(), question.shown());
        change(question);
        if before != (question.state, question.versions.len(), question.shown()) {
            question.moves += 1;
        }
        question.step(now);
    }
}
