//! What the simulated moderator makes of an evening. Pure: a state in, one command out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::crowd::id_of;
use super::questions::{self, Line, Nature};
use crate::qa::session::question::{Question, State};
use crate::qa::{QuestionId, Session, Timestamp};

/// How many wait in the running order.
const QUEUED: usize = 5;
/// Characters from which on a question is shortened to what it asks.
const LONG: usize = 240;
/// Of so many questions that were approved one is answered in writing.
const WRITTEN: usize = 9;

/// A command about a question.
pub(super) type Wish = (QuestionId, Value);

/// What the moderator knows beside the session.
#[derive(Clone)]
pub(super) struct Eye {
    /// The crowd's questions by the ids that these are asked with.
    pub(super) known: BTreeMap<QuestionId, usize>,
    /// What was refused once: it is for humans.
    pub(super) left: BTreeSet<QuestionId>,
    /// How long a question is left to humans first.
    pub(super) patience: Duration,
}

impl Eye {
    /// The next thing to do: reading comes first, then what makes a text better, then the order.
    pub(super) fn sees(&self, session: &Session, now: Timestamp) -> Option<Wish> {
        self.reads(session, now)
            .or_else(|| self.corrects(session))
            .or_else(|| self.answers(session))
            .or_else(|| self.queues(session))
    }

    fn all<'a>(&'a self, session: &'a Session, state: State) -> impl Iterator<Item = &'a Question> {
        let questions = session.questions().filter(move |question| question.state == state);
        questions.filter(|question| !self.left.contains(&question.id))
    }

    fn line(&self, question: &Question) -> Option<Line> {
        self.known.get(&question.id).map(|index| questions::all()[*index])
    }

    /// Judges the one that has waited longest.
    fn reads(&self, session: &Session, now: Timestamp) -> Option<Wish> {
        let waited = |question: &&Question| {
            u128::from(now.ms_since(question.asked_at)) >= self.patience.as_millis()
        };
        let waiting = self.all(session, State::Pending).filter(waited);
        let question = waiting.min_by_key(|question| (question.asked_at, question.id))?;
        Some((question.id, self.judged(session, question)))
    }

    fn judged(&self, session: &Session, question: &Question) -> Value {
        let (id, rev) = (question.id, question.rev);
        let dismiss = |reason: &str, of: Option<QuestionId>, note: Option<&str>| {
            json!({
                "type": "dismiss", "question": id, "rev": rev,
                "reason": reason, "of": of, "note": note,
            })
        };
        let line = self.line(question);
        match line.map(|line| line.nature) {
            Some(Nature::Rude) => dismiss("personal_attack", None, None),
            Some(Nature::Phone) => dismiss("personal_data", None, None),
            Some(Nature::Again(of)) if is_public(session, id_of(of)) => {
                dismiss("duplicate", Some(id_of(of)), None)
            }
            _ if line.is_some_and(|line| line.text.contains("autobus")) => {
                let note = "Degli orari si occupa l'azienda dei trasporti: scrivile, ti risponde.";
                dismiss("not_our_office", None, Some(note))
            }
            _ => json!({"type": "approve", "question": id, "rev": rev}),
        }
    }

    /// What was typed in haste, and what is long. Its asker sees both texts.
    fn corrects(&self, session: &Session) -> Option<Wish> {
        let corrected = |question: &Question| {
            let line = self.line(question).filter(|_| question.versions.len() == 1)?;
            Some(corrected(line.text)).filter(|text| text != line.text)
        };
        let mut approved = self.all(session, State::Approved);
        let (question, text) =
            approved.find_map(|question| Some((question, corrected(question)?)))?;
        let (id, rev) = (question.id, question.rev);
        Some((id, json!({"type": "revise", "question": id, "rev": rev, "text": text})))
    }

    /// One that nobody supports, in writing, now and then.
    fn answers(&self, session: &Session) -> Option<Wish> {
        let written = session.questions().filter(|question| question.answer.is_some()).count();
        let judged = session.questions().filter(|question| question.number.is_some()).count();
        if judged < WRITTEN * (written + 1) {
            return None;
        }
        let question = self.all(session, State::Approved).min_by_key(|q| (q.voters.len(), q.id))?;
        let (id, rev) = (question.id, question.rev);
        let text = "Grazie della domanda. Questa sera non c'è tempo per tutte: l'ufficio competente \
                    pubblica la risposta sul sito del Comune entro la settimana.";
        Some((id, json!({"type": "answer", "question": id, "rev": rev, "text": text})))
    }

    /// The approved question with the most votes, where the running order has room for it.
    fn queues(&self, session: &Session) -> Option<Wish> {
        if session.queue().len() >= QUEUED {
            return None;
        }
        let approved = self.all(session, State::Approved);
        let most = approved.max_by_key(|question| (question.voters.len(), question.id))?;
        let (id, rev) = (most.id, most.rev);
        Some((id, json!({"type": "queue", "question": id, "rev": rev})))
    }
}

/// A question as the desk would have it: a long one to its last sentence, which is what it asks; a
/// capital letter first, a question mark last.
fn corrected(text: &str) -> String {
    let is_mark = |c| matches!(c, '.' | '!' | '?');
    let mut asks = text;
    if text.chars().count() > LONG {
        let from = text.trim_end_matches(is_mark).rfind(is_mark).map_or(0, |at| at + 1);
        asks = text[from..].trim();
    }
    let mut letters = asks.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let mut corrected: String = first.chain(letters).collect();
    if !corrected.ends_with(is_mark) {
        corrected.push('?');
    }
    corrected
}

fn is_public(session: &Session, id: QuestionId) -> bool {
    session.question(id).is_some_and(|question| question.state.is_public())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desk_corrects_haste_and_length_and_nothing_else() {
        let (long, asked) = ("Parole. ".repeat(40), "E quando riapre la biblioteca?");
        for (text, expected) in [
            ("Quando riapre?", "Quando riapre?"),
            ("è vero che riapre", "È vero che riapre?"),
            ("Riaprite subito!", "Riaprite subito!"),
            (&format!("{long}{asked}"), asked),
            (&"a".repeat(300), &format!("A{}?", "a".repeat(299))),
        ] {
            assert_eq!(corrected(text), expected);
        }
    }
}
