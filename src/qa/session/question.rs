//! One question, with everything that was ever said of it.

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use super::people::PersonNumber;
use crate::qa::event::{Answer, Channel, Reason};
use crate::qa::guarded::{Guard, KeyOf, Personal, Shown};
use crate::qa::id::{PersonId, QuestionId, Rev, Timestamp};
use crate::screening::{Finding, Verdict};

/// Where a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits to be read.
    Pending,
    /// Public.
    Approved,
    /// Public, and in the running order.
    Queued,
    /// Being answered.
    OnAir,
    /// Answered, on the stage or in writing.
    Answered,
    /// Not published, or no more.
    Dismissed,
    /// Taken back by its asker, for good.
    Withdrawn,
    /// Joined into another.
    Merged,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Approved,
        Self::Queued,
        Self::OnAir,
        Self::Answered,
        Self::Dismissed,
        Self::Withdrawn,
        Self::Merged,
    ];

    /// Whether the public may see a question in this state.
    pub const fn is_public(self) -> bool {
        match self {
            Self::Approved | Self::Queued | Self::OnAir | Self::Answered => true,
            Self::Pending | Self::Dismissed | Self::Withdrawn | Self::Merged => false,
        }
    }

    /// As it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Queued => "queued",
            Self::OnAir => "on_air",
            Self::Answered => "answered",
            Self::Dismissed => "dismissed",
            Self::Withdrawn => "withdrawn",
            Self::Merged => "merged",
        }
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "fields without a doc are the event's of the same name")]
pub struct Question {
    pub id: QuestionId,
    /// The citizen who asked; `None` for the desk's own typing.
    pub asker: Option<PersonId>,
    /// Where the desk had it from.
    pub channel: Option<Channel>,
    /// 1, 2, 3 …, given at its first approval.
    pub number: Option<u32>,
    pub state: State,
    pub rev: Rev,
    /// Every text it ever had, for the desk. Invariant: never empty.
    pub versions: Vec<Version>,
    /// What the public sees, once approved.
    pub published: Option<Published>,
    pub name: Option<Name>,
    pub labels: Vec<String>,
    /// Whose votes it has.
    pub voters: Voters,
    pub asked_at: Timestamp,
    /// When it was last on air.
    pub on_air_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub answer: Option<SignedAnswer>,
    pub dismissal: Option<Dismissal>,
    pub taken_off_at: Option<Timestamp>,
    pub taken_back: Option<TakenBack>,
    pub notes: Vec<Note>,
    pub verdict: Verdict,
    pub findings: Option<Personal<Vec<Finding>>>,
    /// Under which policy it was screened.
    pub screened_under: u32,
    pub held_until: Option<Timestamp>,
}

/// One text of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// What it says.
    pub text: Words,
    /// Whether the desk wrote it.
    pub by_desk: bool,
    /// When.
    pub at: Timestamp,
}

/// A text, under the key that fits where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// A citizen's, for the desk.
    Asked(Personal<String>),
    /// The desk's own typing, public from the start.
    Entered(Shown<String>),
}

impl Words {
    /// What it says, if a key still opens it.
    pub const fn get(&self) -> Option<&String> {
        match self {
            Self::Asked(text) => text.get(),
            Self::Entered(text) => text.get(),
        }
    }

    fn forget(&mut self) {
        match self {
            Self::Asked(text) => text.forget(),
            Self::Entered(text) => text.forget(),
        }
    }
}

/// An asker's name, under the key that fits where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// Given by the citizen; goes when they are forgotten.
    Given(Personal<String>),
    /// Entered by the desk.
    Entered(Shown<String>),
}

impl Name {
    /// What it says, if a key still opens it.
    pub const fn get(&self) -> Option<&String> {
        match self {
            Self::Given(name) => name.get(),
            Self::Entered(name) => name.get(),
        }
    }
}

/// What the public sees of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Index of the version.
    pub version: u32,
    /// What it says.
    pub text: Shown<String>,
    /// Whether the name is shown, where there is one.
    pub with_name: bool,
}

/// A written answer, with who signed it and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedAnswer {
    /// What it says.
    pub answer: Answer,
    /// Who wrote it: the name on their grant.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Why it is not public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismissal {
    /// Why.
    pub reason: Reason,
    /// For `duplicate`: of which.
    pub of: Option<QuestionId>,
    /// What the desk added for the asker.
    pub note: Option<Personal<String>>,
    /// When.
    pub at: Timestamp,
}

/// The published text was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBack {
    /// When.
    pub at: Timestamp,
    /// Why, for the public.
    pub reason: String,
}

/// A note of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it says.
    pub text: Personal<String>,
    /// Who wrote it: the name on their grant.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A set, not a count: a vote retried after a reconnect must not count twice. Roaring keeps few as
/// a sorted list and many as a bitmap, whichever is smaller.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Voters(RoaringBitmap);

impl Eq for Voters {}

impl Voters {
    /// How many.
    pub fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Whether nobody votes for it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this person votes for it.
    pub fn contains(&self, person: PersonNumber) -> bool {
        self.0.contains(person.0)
    }

    /// Those who do, by number.
    pub fn iter(&self) -> impl Iterator<Item = PersonNumber> {
        self.0.iter().map(PersonNumber)
    }

    /// The last of them.
    pub fn last(&self) -> Option<PersonNumber> {
        self.0.max().map(PersonNumber)
    }

    /// Sets one person's vote; says whether that changed anything.
    pub(super) fn set(&mut self, person: PersonNumber, on: bool) -> bool {
        if on { self.0.insert(person.0) } else { self.0.remove(person.0) }
    }

    /// Bytes the set itself takes, for the bench.
    pub fn bytes(&self) -> usize {
        self.0.serialized_size()
    }
}

impl Serialize for Voters {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(self.0.serialized_size());
        self.0.serialize_into(&mut bytes).map_err(serde::ser::Error::custom)?;
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Voters {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = serde_bytes::ByteBuf::deserialize(deserializer)?;
        RoaringBitmap::deserialize_from(bytes.as_slice())
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

impl Question {
    /// A question that was just asked, pending, with one version.
    pub(super) fn new(id: QuestionId, versions: Vec<Version>, at: Timestamp) -> Self {
        Self {
            id,
            asker: None,
            channel: None,
            number: None,
            state: State::Pending,
            rev: Rev(1),
            versions,
            published: None,
            name: None,
            labels: Vec::new(),
            voters: Voters::default(),
            asked_at: at,
            on_air_at: None,
            answered_at: None,
            answer: None,
            dismissal: None,
            taken_off_at: None,
            taken_back: None,
            notes: Vec::new(),
            verdict: Verdict::Pass,
            findings: None,
            screened_under: 0,
            held_until: None,
        }
    }

    /// Index of the text it has now.
    pub fn version(&self) -> u32 {
        u32::try_from(self.versions.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// The text it has now, if a key still opens it.
    pub fn text(&self) -> Option<&String> {
        self.versions.last().and_then(|version| version.text.get())
    }

    /// The text as the desk sees it: what is public, or else the last.
    pub fn desk_text(&self) -> Option<&String> {
        self.public_text().or_else(|| self.text())
    }

    /// The text the public sees, if it sees this question at all.
    pub fn public_text(&self) -> Option<&String> {
        self.public().and_then(|published| published.text.get())
    }

    /// What the public sees of it; `None` while it sees nothing.
    pub fn public(&self) -> Option<&Published> {
        self.published.as_ref().filter(|_| self.state.is_public())
    }

    /// Whether the public can read its text, so that it stays when all else is forgotten.
    pub fn stays(&self) -> bool {
        self.public().is_some() && self.taken_back.is_none()
    }

    /// Whether the desk changed what the public reads.
    pub fn is_edited(&self) -> bool {
        self.published.as_ref().is_some_and(|published| {
            let index = published.version as usize;
            index > 0 && self.versions.get(index).is_some_and(|version| version.by_desk)
        })
    }

    /// The person is forgotten: their name and every text that only the desk saw.
    pub(super) fn forget_asker(&mut self) {
        if let Some(Name::Given(name)) = &mut self.name {
            name.forget();
        }
        self.name = None;
        self.forget_desk();
    }

    /// The question is taken back: what the public saw, and what it was made from.
    pub(super) fn forget_text(&mut self) {
        if let Some(published) = &mut self.published {
            published.text.forget();
        }
        self.name = None;
        self.forget_desk();
    }

    /// Everything personal is forgotten: of all that was said, the text that the public reads stays.
    pub(super) fn forget_all_but_public(&mut self) {
        self.name = None;
        let stays = self.stays();
        self.versions.iter_mut().for_each(|version| version.text.forget());
        if let Some(published) = self.published.as_mut().filter(|_| !stays) {
            published.text.forget();
        }
        self.forget_desk();
    }

    fn forget_desk(&mut self) {
        for version in &mut self.versions {
            if self.taken_back.is_some() || matches!(version.text, Words::Asked(_)) {
                version.text.forget();
            }
        }
        if let Some(findings) = &mut self.findings {
            findings.forget();
        }
        for note in &mut self.notes {
            note.text.forget();
        }
        if let Some(note) = self.dismissal.as_mut().and_then(|dismissal| dismissal.note.as_mut()) {
            note.forget();
        }
    }

    /// Walks over its guarded values, under the keys and names that the events gave them.
    pub(super) fn guard<G: Guard>(&mut self, guard: &mut G) {
        let asked = KeyOf::asked(self.asker, self.id);
        let shown = KeyOf::Question(self.id);
        for version in &mut self.versions {
            match &mut version.text {
                Words::Asked(text) => guard.visit(asked, "text", &mut text.0),
                Words::Entered(text) => guard.visit(shown, "shown", &mut text.0),
            }
        }
        if let Some(published) = &mut self.published {
            guard.visit(shown, "shown", &mut published.text.0);
        }
        match &mut self.name {
            Some(Name::Given(name)) => guard.visit(asked, "name", &mut name.0),
            Some(Name::Entered(name)) => guard.visit(shown, "name", &mut name.0),
            None => {}
        }
        if let Some(findings) = &mut self.findings {
            guard.visit(asked, "findings", &mut findings.0);
        }
        if let Some(note) = self.dismissal.as_mut().and_then(|dismissal| dismissal.note.as_mut()) {
            guard.visit(asked, "note", &mut note.0);
        }
        for note in &mut self.notes {
            guard.visit(asked, "note", &mut note.text.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voters_are_few_bytes_and_none_is_none() {
        let mut voters = Voters::default();
        assert!(voters.is_empty());
        for n in 0..1000 {
            voters.set(PersonNumber(n * 3), true);
        }
        assert!(!voters.is_empty());
        assert_eq!(voters.len(), 1000);
        // Two bytes each while they are few, and a head.
        assert!((2000..2100).contains(&voters.bytes()), "{}", voters.bytes());
    }
}
