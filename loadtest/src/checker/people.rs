//! Who each client is, by the session's name for them.

use std::collections::HashMap;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use ulid::Ulid;

use super::model::{Model, text};
use crate::history::{Event, History};

/// The persons behind the clients. A client of whom nothing says who it is has none.
pub(crate) struct People<'a>(HashMap<&'a str, &'a str>);

impl<'a> People<'a> {
    /// By their `welcome`, by what the recorder noted where the journal knows that name, and last
    /// by what the journal says of the commands they sent.
    pub(crate) fn read(history: &'a History, model: &Model<'a>) -> Self {
        let (mut said, mut noted, mut found) = (HashMap::new(), HashMap::new(), HashMap::new());
        for record in history.records.iter().filter(|record| &*record.session == model.slug) {
            if let Some(person) = record.person.as_deref().filter(|p| model.persons.contains(p)) {
                noted.insert(&*record.client, person);
            }
            match &record.event {
                Event::Received(message) if message.text().contains("\"welcome\"") => {
                    let welcome = message.value();
                    if welcome["type"] == "welcome"
                        && let Some(person) = text(welcome, "person")
                    {
                        said.insert(&*record.client, person);
                    }
                }
                Event::Sent(command) if !found.contains_key(&*record.client) => {
                    if let Some(person) = recorded_as(model, command.value()) {
                        found.insert(&*record.client, person);
                    }
                }
                _ => {}
            }
        }
        found.extend(noted);
        found.extend(said);
        Self(found)
    }

    /// The person behind a client.
    pub(crate) fn of(&self, client: &str) -> Option<&'a str> {
        self.0.get(client).copied()
    }

    /// A name under which a client's commands belong together: its person, or itself.
    pub(crate) fn who(&self, client: &'a str) -> &'a str {
        self.of(client).unwrap_or(client)
    }
}

/// Whose the journal says that a command is.
fn recorded_as<'a>(model: &Model<'a>, command: &Value) -> Option<&'a str> {
    let id = text(command, "id")?;
    if command["type"] == "vote" {
        let hash = hash_of(id)?;
        let rows = model.rows_by_hash.get(&(text(command, "question")?, &*hash))?;
        return rows.first().map(|&row| model.rows[row].person);
    }
    let position = *model.by_id.get(id)?.first()?;
    model.commands[position].recorded.by.person()
}

/// A command's id as it stands in rows of votes: the first 8 bytes of SHA-256 of its 16 bytes.
pub(crate) fn hash_of(id: &str) -> Option<String> {
    let id = Ulid::from_string(id).ok()?;
    let digest = Sha256::digest(id.0.to_be_bytes());
    Some(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}
