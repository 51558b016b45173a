//! The people of a session, by number: who has asked, what they sent last.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::qa::event::Hash8;
use crate::qa::id::{PersonId, QuestionId, Timestamp};

/// Bound: how many of a citizen's commands are remembered. A citizen has at most 16 without a
/// reply, so a repeat of anything older has had its reply.
pub const REMEMBERED: usize = 16;

/// A person's number in this session: by first appearance, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonNumber(pub u32);

/// Everybody who has asked or voted, by their pseudonym in this session; in the order of their numbers.
///
/// Hashed without a secret: nobody chooses a pseudonym, since it is an HMAC itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Columns<Asked>")]
pub struct People(IndexMap<PersonId, Person, FixedState>);

impl PartialEq for People {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice() == other.0.as_slice() // Two maps are equal in any order; their numbers are not.
    }
}

impl Eq for People {}

/// What the rules remember of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Hashes of their last commands, the oldest first.
    recent: Vec<Hash8>,
    /// What they have asked; absent for the many who only vote.
    asked: Option<Box<Asked>>,
}

/// What an asker has asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Their questions, in the order of the journal.
    pub questions: Vec<QuestionId>,
    /// When they asked last.
    pub last_at: Timestamp,
}

impl Person {
    /// Whether this command of theirs has counted, as far as anybody remembers.
    pub fn remembers(&self, command: Hash8) -> bool {
        self.recent.contains(&command)
    }

    /// Remembers a command that has counted.
    pub(super) fn remember(&mut self, command: Hash8) {
        if self.recent.len() == REMEMBERED {
            self.recent.remove(0);
        }
        self.recent.push(command);
    }

    /// What they have asked, if anything.
    pub fn asked(&self) -> Option<&Asked> {
        self.asked.as_deref()
    }

    /// They have asked this question.
    pub(super) fn has_asked(&mut self, question: QuestionId, at: Timestamp) {
        let asked = self.asked.get_or_insert_default();
        asked.questions.push(question);
        asked.last_at = at;
    }
}

impl People {
    /// The number of a person who has appeared.
    pub fn number(&self, id: PersonId) -> Option<PersonNumber> {
        self.0.get_index_of(&id).map(numbered)
    }

    /// A person who has appeared.
    pub fn get(&self, id: PersonId) -> Option<&Person> {
        self.0.get(&id)
    }

    /// How many have appeared.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody has.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A person's number and record; they appear if they have not.
    pub(super) fn appear(&mut self, id: PersonId) -> (PersonNumber, &mut Person) {
        let person = self.0.entry(id);
        (numbered(person.index()), person.or_default())
    }
}

/// A session is over long before 4,294,967,295 people have appeared in it.
fn numbered(index: usize) -> PersonNumber {
    PersonNumber(u32::try_from(index).unwrap_or(u32::MAX))
}

/// People as a snapshot holds them: columns, since there are 100,000 of them.
#[derive(Serialize, Deserialize)]
struct Columns<A> {
    /// 16 bytes a person.
    #[serde(with = "serde_bytes")]
    ids: Vec<u8>,
    /// How many commands of each are remembered.
    #[serde(with = "serde_bytes")]
    remembered: Vec<u8>,
    /// 8 bytes a command.
    #[serde(with = "serde_bytes")]
    recent: Vec<u8>,
    asked: BTreeMap<u32, A>,
}

impl Serialize for People {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Columns::from(self).serialize(serializer)
    }
}

impl<'a> From<&'a People> for Columns<&'a Asked> {
    fn from(people: &'a People) -> Self {
        let commands = people.0.values().map(|person| person.recent.len()).sum::<usize>();
        let mut columns = Self {
            ids: Vec::with_capacity(16 * people.len()),
            remembered: Vec::with_capacity(people.len()),
            recent: Vec::with_capacity(8 * commands),
            asked: BTreeMap::new(),
        };
        for (number, (id, person)) in (0..).zip(&people.0) {
            columns.ids.extend_from_slice(&id.to_bytes());
            columns.remembered.push(u8::try_from(person.recent.len()).unwrap_or(u8::MAX));
            for hash in &person.recent {
                columns.recent.extend_from_slice(&hash.0.to_be_bytes());
            }
            if let Some(asked) = person.asked() {
                columns.asked.insert(number, asked);
            }
        }
        columns
    }
}

/// Columns of different lengths: the snapshot is thrown away.
#[derive(Debug, thiserror::Error)]
#[error("the columns of the people do not fit together")]
struct Torn;

impl TryFrom<Columns<Asked>> for People {
    type Error = Torn;

    fn try_from(mut columns: Columns<Asked>) -> Result<Self, Torn> {
        let mut people = Self::default();
        let (ids, torn) = columns.ids.as_chunks::<16>();
        let (mut recent, odd) = columns.recent.as_chunks::<8>();
        if !torn.is_empty() || !odd.is_empty() || ids.len() != columns.remembered.len() {
            return Err(Torn);
        }
        for (id, remembered) in ids.iter().zip(columns.remembered) {
            let (own, rest) = recent.split_at_checked(remembered.into()).ok_or(Torn)?;
            recent = rest;
            let (number, person) = people.appear(PersonId::from_u128(u128::from_be_bytes(*id)));
            person.recent = own.iter().map(|bytes| Hash8(u64::from_be_bytes(*bytes))).collect();
            person.asked = columns.asked.remove(&number.0).map(Box::new);
        }
        if recent.is_empty() && columns.asked.is_empty() { Ok(people) } else { Err(Torn) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody() -> People {
        let mut people = People::default();
        assert!(people.is_empty());
        for n in 1..=3 {
            let (_, person) = people.appear(PersonId::from_u128(n));
            for command in 0..n {
                person.remember(Hash8(u64::try_from(n * 10 + command).expect("small")));
            }
        }
        let (_, asker) = people.appear(PersonId::from_u128(2));
        asker.has_asked(QuestionId::from_u128(9), Timestamp(5));
        people
    }

    fn columns() -> Columns<Asked> {
        let people = somebody();
        let Columns { ids, remembered, recent, asked } = Columns::from(&people);
        let asked = asked.into_iter().map(|(number, asked)| (number, asked.clone())).collect();
        Columns { ids, remembered, recent, asked }
    }

    #[test]
    fn people_come_back_from_their_columns_as_they_were() {
        assert!(!somebody().is_empty());
        assert_eq!(People::try_from(columns()).expect("whole"), somebody());
    }

    #[test]
    fn who_came_in_another_order_has_another_number() {
        let came = |ids: [u128; 2]| {
            let mut people = People::default();
            for id in ids.map(PersonId::from_u128) {
                people.appear(id);
            }
            people
        };
        assert_eq!(came([1, 2]), came([1, 2]));
        assert_ne!(came([1, 2]), came([2, 1]));
        assert_eq!(came([2, 1]).number(PersonId::from_u128(1)), Some(PersonNumber(1)));
    }

    #[test]
    fn columns_that_do_not_fit_together_are_thrown_away() {
        let torn = |tear: fn(&mut Columns<Asked>)| {
            let mut columns = columns();
            tear(&mut columns);
            People::try_from(columns).is_err()
        };
        assert!(!torn(|_| {}));
        // A byte too many or too few, in one column alone.
        assert!(torn(|columns| columns.ids.push(0)));
        assert!(torn(|columns| columns.recent.push(0)));
        assert!(torn(|columns| columns.remembered.push(0)));
        assert!(torn(|columns| columns.ids.truncate(32)));
        // Whole values too many or too few.
        assert!(torn(|columns| columns.recent.extend([0; 8])));
        assert!(torn(|columns| columns.recent.truncate(8)));
        assert!(torn(|columns| _ = columns.asked.insert(7, Asked::default())));
    }
}
