//! Who and what a script names, and the ids behind the names.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::qa::{CommandId, EntryId, PersonId, SessionId};

/// How a name becomes a person.
type PersonOf = Box<dyn Fn(&str) -> PersonId + Send>;

/// The names of a story. Ids depend on names, their order and the seed alone, so that the same
/// script sends the same ids when it is played again.
pub(super) struct Cast {
    seed: String,
    person_of: PersonOf,
    people: BTreeMap<PersonId, String>,
    /// Questions and invitations.
    things: BTreeMap<String, u128>,
    names: BTreeMap<u128, String>,
    /// How many commands each person has sent, and how many there were in all.
    sent: BTreeMap<String, u64>,
    counted: u64,
    entries: u64,
}

impl Cast {
    pub(super) fn new(session: SessionId) -> Self {
        Self {
            seed: session.to_string(),
            person_of: Box::new(|name| PersonId::from_u128(hash(&["person", name]))),
            people: BTreeMap::new(),
            things: BTreeMap::new(),
            names: BTreeMap::new(),
            sent: BTreeMap::new(),
            counted: 0,
            entries: 0,
        }
    }

    pub(super) fn set_seed(&mut self, seed: &str) {
        seed.clone_into(&mut self.seed);
    }

    pub(super) fn set_people(&mut self, person_of: PersonOf) {
        self.person_of = person_of;
    }

    /// The person with this name.
    pub(super) fn person(&mut self, name: &str) -> PersonId {
        let person = (self.person_of)(name);
        self.people.entry(person).or_insert_with(|| name.to_owned());
        person
    }

    /// What the script calls a person.
    pub(super) fn name_of(&self, person: PersonId) -> String {
        self.people.get(&person).cloned().unwrap_or_else(|| person.to_string())
    }

    /// The id of a person's next command: the higher bits in the order of sending, as a client's
    /// ULIDs are, the lower ones from who it is and how many they have sent.
    pub(super) fn next_command(&mut self, person: &str) -> CommandId {
        let sent = self.sent.entry(person.to_owned()).or_default();
        *sent += 1;
        self.counted += 1;
        let own = hash(&["command", &self.seed, person, &sent.to_string()]);
        CommandId::from_u128(in_order(self.counted, own))
    }

    /// The id of the next entry.
    pub(super) fn next_entry(&mut self) -> EntryId {
        self.entries += 1;
        let own = hash(&["entry", &self.seed, &self.entries.to_string()]);
        EntryId::from_u128(in_order(self.entries, own))
    }

    /// From now on the script's name for the thing that this command makes.
    pub(super) fn bind(&mut self, name: &str, made_by: CommandId) {
        let bits = u128::from_be_bytes(made_by.to_bytes());
        self.things.insert(name.to_owned(), bits);
        self.names.insert(bits, name.to_owned());
    }

    /// The bits of a named thing's id; of one that never was, for a name that nothing has.
    pub(super) fn thing(&self, name: &str) -> u128 {
        self.things.get(name).copied().unwrap_or_else(|| hash(&["thing", &self.seed, name]))
    }

    /// What the script calls a thing.
    pub(super) fn thing_name(&self, id: [u8; 16]) -> String {
        let bits = u128::from_be_bytes(id);
        let unnamed = || CommandId::from_u128(bits).to_string();
        self.names.get(&bits).cloned().unwrap_or_else(unnamed)
    }
}

/// 48 bits that grow, as a ULID's time does, and 80 bits of a hash.
const fn in_order(count: u64, hash: u128) -> u128 {
    /// Any moment will do; this one makes the ids look like those of 2026.
    const FIRST: u64 = 0x019c_0000_0000;
    ((FIRST + count) as u128) << 80 | hash >> 48
}

fn hash(parts: &[&str]) -> u128 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}
