//! Every decision of an evening: who, when, why, what it changed and what was there before.
//!
//! Found by playing the journal again, one recorded command at a time, and comparing what each of
//! them touched before and after. A text that no key opens any more is null on both sides: that it
//! changed still shows, by its version.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::record::value;
use crate::qa::event::{Actor, Entry, Event, Head, On, Recorded};
use crate::qa::session::question::Question;
use crate::qa::session::{Audience, Grant, Outcome, Touch};
use crate::qa::{PersonId, QuestionId, Role, Session, Timestamp, view};

/// One recorded command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// The entry it stands in.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// Who: a pseudonym, and the name on the grant for staff.
    pub by: String,
    /// The role by which somebody of the staff did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The name on their grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What happened, in the words of the events: `question_approved`.
    #[serde(default)]
    pub what: Vec<String>,
    /// Why, where a reason was given: its code, and what was written beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What it changed. Empty for one that is void.
    #[serde(default)]
    pub changed: Vec<Changed>,
    /// What happened, as recorded; sealed texts stay sealed here.
    pub events: Value,
    /// `counted`, or why it is void: `repeated`, `moved`.
    pub outcome: String,
}

/// One thing that is not as it was. Only what differs is named.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// A question; nothing: the session itself, its invitations or its permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionId>,
    /// Its number, if it has one by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// As it was; empty for what is new.
    pub before: Map<String, Value>,
    /// As it is from then on.
    pub after: Map<String, Value>,
}

/// A session that is played again, and what is known of it so far.
pub(super) struct Replay {
    pub(super) session: Session,
    questions: BTreeMap<QuestionId, Map<String, Value>>,
    about: Map<String, Value>,
}

impl Replay {
    pub(super) fn of(session: Session) -> Self {
        let about = about(&session);
        Self { session, questions: BTreeMap::new(), about }
    }

    /// Plays one entry, and says what each of its commands did.
    pub(super) fn entry(&mut self, entry: &Entry, head: Head) -> Vec<Decided> {
        entry.commands.iter().map(|command| self.command(entry, command, head.n)).collect()
    }

    fn command(&mut self, entry: &Entry, command: &Recorded, n: u64) -> Decided {
        let signed = self.signed(command).cloned();
        let rights =
            command.events.iter().filter_map(|event| self.right(event)).collect::<Vec<_>>();
        // One at a time: the state is the same, and what each of them did can be told apart.
        let alone = Entry { v: entry.v, id: entry.id, commands: vec![command.clone()] };
        let applied = self.session.apply(&alone);
        let outcome = applied.outcomes.first().copied().unwrap_or(Outcome::Counted);
        let mut changed = Vec::new();
        if outcome == Outcome::Counted {
            let touched = applied.changes.touched(Audience::Desk).iter();
            let touched = touched.filter_map(|touch| match touch {
                Touch::Question(id) | Touch::Gone(id) => Some(*id),
                Touch::Session | Touch::OnAir | Touch::Queue => None,
            });
            let votes = applied.changes.tallies.iter().copied();
            let touched: std::collections::BTreeSet<_> = touched.chain(votes).collect();
            changed.extend(touched.into_iter().filter_map(|id| self.question(id)));
            changed.extend(self.about());
            changed.extend(rights);
        }
        let name = signed.as_ref().map(|grant| grant.name.clone());
        let by = match command.by {
            Actor::Citizen(person) => format!("citizen {person}"),
            Actor::Staff(person) => {
                format!("staff {person} {}", name.as_deref().unwrap_or_default())
            }
            Actor::Crowd => "crowd".to_owned(),
            Actor::Clock => "clock".to_owned(),
            Actor::House => "house".to_owned(),
        };
        let outcome = match outcome {
            Outcome::Counted => "counted",
            Outcome::Repeated => "repeated",
            Outcome::Moved => "moved",
        };
        let events = value(&command.events);
        let words = events.as_array().into_iter().flatten();
        let what = words.filter_map(|event| event["type"].as_str().map(str::to_owned)).collect();
        Decided {
            n,
            at: command.at,
            by,
            role: signed.map(|grant| grant.role),
            name,
            what,
            why: command.events.iter().find_map(why),
            changed,
            events,
            outcome: outcome.to_owned(),
        }
    }

    /// The permission by which it was done, as it stood then.
    fn signed(&self, command: &Recorded) -> Option<&Grant> {
        let named = command.on.iter().find_map(|on| match on {
            On::Grant(id) => self.session.grants().get(id),
            _ => None,
        });
        let of = |person: PersonId| self.session.grants().values().find(|g| g.person == person);
        named.or_else(|| match (command.by, command.events.first()) {
            (Actor::Staff(person), _) => of(person),
            (_, Some(Event::FullRecordTaken { person })) => of(*person),
            _ => None,
        })
    }

    /// What an event does to invitations and permissions.
    fn right(&self, event: &Event) -> Option<Changed> {
        let (before, after) = match event {
            Event::InvitationMade { role, name, .. } => {
                (json!({}), json!({"invitation": name, "role": role}))
            }
            Event::InvitationRevoked { invitation } => {
                let known = self.session.invitations().get(invitation)?;
                let mut given = self.session.grants().values();
                let given = given.any(|grant| grant.invitation == Some(*invitation));
                let before = json!({"invitation": known.name, "role": known.role, "in_use": given});
                (before, json!({}))
            }
            Event::RoleGranted { role, name, person, .. } => {
                (json!({}), json!({"person": person, "role": role, "name": name}))
            }
            Event::RoleRevoked { grant } => {
                let known = self.session.grants().get(grant)?;
                let before =
                    json!({"person": known.person, "role": known.role, "name": known.name});
                (before, json!({}))
            }
            _ => return None,
        };
        let map = |facts: Value| facts.as_object().cloned().unwrap_or_default();
        Some(Changed { before: map(before), after: map(after), ..Changed::default() })
    }

    fn question(&mut self, id: QuestionId) -> Option<Changed> {
        let question = self.session.question(id)?;
        let now = facts(&self.session, question);
        let was = self.questions.insert(id, now.clone()).unwrap_or_default();
        let (before, after) = differing(&was, &now);
        Some(Changed { question: Some(id), number: question.number, before, after })
    }

    fn about(&mut self) -> Option<Changed> {
        let now = about(&self.session);
        let (before, after) = differing(&self.about, &now);
        self.about = now;
        let moved = !before.is_empty() || !after.is_empty();
        moved.then(|| Changed { before, after, ..Changed::default() })
    }
}

/// What may be different of a question afterwards.
fn facts(session: &Session, question: &Question) -> Map<String, Value> {
    let published = question.public();
    let place = session.queue().iter().position(|id| *id == question.id).map(|at| at + 1);
    let seen = view::question(session, Audience::Desk, question.id);
    let seen = seen.as_ref();
    let facts = json!({
        "state": question.state,
        "text": question.text(),
        "version": question.versions.len(),
        "published": published.map(|published| published.version + 1),
        "name": question.name.as_ref().and_then(|name| name.get()),
        "name_shown": published.is_some_and(|p| p.with_name) && question.name.is_some(),
        "labels": question.labels,
        "place": place,
        "votes": question.voters.len(),
        "answer": question.answer.as_ref().map(|signed| &signed.answer),
        "answered_by": question.answer.as_ref().map(|signed| &signed.by),
        "reason": seen.and_then(|seen| seen.reason.as_ref()),
        "notes": question.notes.len(),
        "removed": question.taken_back.as_ref().map(|removed| &removed.reason),
    });
    facts.as_object().cloned().unwrap_or_default()
}

/// What may be different of the session; of the policy each knob for itself.
fn about(session: &Session) -> Map<String, Value> {
    let mut facts =
        value(&view::session(session, Audience::Desk)).as_object().cloned().unwrap_or_default();
    facts.remove("rev");
    if let Some(Value::Object(policy)) = facts.remove("policy") {
        facts.extend(policy.into_iter().map(|(knob, value)| (format!("policy.{knob}"), value)));
    }
    facts.insert("overlay_shown".to_owned(), session.is_overlay_shown().into());
    facts
}

/// What is not the same on both sides, as it is on each. What was not there before has no before.
fn differing(
    was: &Map<String, Value>,
    now: &Map<String, Value>,
) -> (Map<String, Value>, Map<String, Value>) {
    let (mut before, mut after) = (Map::new(), Map::new());
    for (name, value) in now.iter().filter(|(name, value)| was.get(*name) != Some(value)) {
        // What is empty from the start is no news.
        if was.is_empty() && value.is_null() {
            continue;
        }
        before.extend(was.get(name).map(|value| (name.clone(), value.clone())));
        after.insert(name.clone(), value.clone());
    }
    (before, after)
}

/// Why, where the event gives a reason.
fn why(event: &Event) -> Option<String> {
    match event {
        Event::QuestionDismissed { reason, note, .. } => {
            let note = note.as_ref().and_then(|note| note.get());
            let code = value(reason).as_str().unwrap_or_default().to_owned();
            Some(match note {
                Some(note) => format!("{code}: {note}"),
                None => code,
            })
        }
        Event::QuestionUnqueued { note, .. } => note.as_ref().and_then(|note| note.get()).cloned(),
        Event::PersonForgotten { reason, .. } | Event::TextTakenBack { reason, .. } => {
            Some(reason.clone())
        }
        _ => None,
    }
}
