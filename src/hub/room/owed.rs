//! Keys that are to be erased, and what that leaves readable.

use std::iter;

use futures_util::stream::StreamExt as _;

use crate::journal::{Journal, JournalError, Seq, Subject};
use crate::qa::event::Erases;
use crate::qa::session::Applied;
use crate::qa::{
    CommandId, Entry, Event, Facts as _, Outcome, PersonId, QuestionId, Recorded, Session,
    SessionId,
};

/// Keys that are to be erased because of a command that counted.
pub(super) struct Owed {
    /// `None`: all, and only what the public reads can still be opened.
    subjects: Option<Vec<Subject>>,
    because: CommandId,
}

impl Owed {
    /// Erases them, unless that was done before.
    pub(super) async fn pay(
        &self,
        journal: &Journal,
        session: &Session,
    ) -> Result<(), JournalError> {
        let (id, because) = (session.id(), self.because);
        if let Some(subjects) = &self.subjects {
            return journal.erase(id, subjects.clone(), because).await;
        }
        let texts = session.stays().map(|(id, sealed)| (id, sealed.to_owned())).collect();
        journal.erase_all_but(id, texts, asked_in(session).collect(), because).await
    }
}

/// Erases every key of a session that its journal says is to be erased, and says how many such
/// commands there are: for a record whose keys may be older than its journal.
///
/// # Errors
/// The journal cannot be read, or a key not be erased: call again.
pub async fn erase_what_is_owed(journal: &Journal, id: SessionId) -> Result<usize, JournalError> {
    let (mut session, mut owed) = (Session::new(id), Vec::new());
    let mut past = journal.read::<Event>(id, Seq::START);
    while let Some(read) = past.next().await {
        let read = read?;
        let applied = session.apply(&read.entry);
        owed.extend(erasures(&session, &read.entry, &applied));
    }
    for erasure in &owed {
        erasure.pay(journal, &session).await?;
    }
    Ok(owed.len())
}

/// What an entry's counted commands erase.
pub(super) fn erasures(session: &Session, entry: &Entry, applied: &Applied) -> Vec<Owed> {
    let counted = entry.commands.iter().zip(&applied.outcomes);
    let counted = counted.filter(|(_, outcome)| **outcome == Outcome::Counted);
    let erases = |command: &Recorded| command.events.iter().find_map(Event::erases);
    let owed = counted.filter_map(|(command, _)| Some((erases(command)?, command.id)));
    let subjects = |erases| match erases {
        Erases::Person(person) => {
            let never_shown = never_shown(session, person).map(Subject::Question);
            Some(iter::once(Subject::Person(person)).chain(never_shown).collect())
        }
        Erases::Question(question) => {
            Some(vec![Subject::Question(question), Subject::Text(question)])
        }
        Erases::AllButPublic => None,
    };
    owed.map(|(erases, because)| Owed { subjects: subjects(erases), because }).collect()
}

/// The questions that citizens asked in a session: each has a receipt.
pub(super) fn asked_in(session: &Session) -> impl Iterator<Item = QuestionId> {
    let asked = session.questions().filter(|question| question.asker.is_some());
    asked.map(|question| question.id)
}

/// A person's questions that never were public: their keys go with the person's, since a text that
/// was to be shown at once may stand under them.
fn never_shown(session: &Session, person: PersonId) -> impl Iterator<Item = QuestionId> {
    let asked = session.people().get(person).and_then(|person| person.asked());
    let ids = asked.map(|asked| asked.questions.as_slice()).unwrap_or_default();
    let never = |id: &&QuestionId| session.question(**id).is_some_and(|q| q.number.is_none());
    ids.iter().filter(never).copied()
}
