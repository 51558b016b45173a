//! Everything that one person did in a session, with when: what they may know of themselves.
//!
//! The state keeps who supports what, not since when; the journal does. It is read from its
//! beginning for this, so whoever calls limits how often.

use futures_util::TryStreamExt as _;

use crate::journal::{Journal, JournalError, Seq};
use crate::qa::{Actor, Entry, Event, PersonId, SessionId};
use crate::wire::body::{Act, Deed};

/// What a person did, in order. Only what names them is decoded: 100,000 entries of others cost a
/// look at their bytes.
///
/// # Errors
/// What kept the journal from being read.
pub async fn acts(
    journal: &Journal,
    session: SessionId,
    person: PersonId,
) -> Result<Vec<Act>, JournalError> {
    let name = person.to_string();
    let mut acts = Vec::new();
    let mut stored = journal.store().read(session, Seq::START);
    while let Some(stored) = stored.try_next().await? {
        if !holds(&stored.bytes, name.as_bytes()) {
            continue;
        }
        let Ok(entry) = serde_json::from_slice::<Entry>(&stored.bytes) else { continue };
        for command in &entry.commands {
            let at = command.at;
            let own = command.by == Actor::Citizen(person);
            for event in &command.events {
                let mut did = |what, question| acts.push(Act { at, what, question });
                match event {
                    Event::QuestionAsked { .. } if own => did(Deed::Asked, Some(command.id.into())),
                    Event::QuestionEdited { question, .. } if own => {
                        did(Deed::Edited, Some(*question));
                    }
                    Event::QuestionWithdrawn { question } if own => {
                        did(Deed::Withdrawn, Some(*question));
                    }
                    Event::VotesCast { rows } => {
                        for row in rows.iter().filter(|row| row.0 == person) {
                            let what = if row.2 { Deed::Supported } else { Deed::SupportEnded };
                            did(what, Some(row.1));
                        }
                    }
                    Event::RoleGranted { person: to, .. } if *to == person => {
                        did(Deed::Joined, None);
                    }
                    Event::PersonForgotten { person: who, .. } if *who == person => {
                        did(Deed::Forgotten, None);
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(acts)
}

/// Whether a text stands somewhere in these bytes. Ids are upper case and are never escaped.
fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|part| part == text)
}
