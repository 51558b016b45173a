//! The state of one session: what its journal says, and nothing else.
//!
//! [`Session::decide`] turns a wish into events; [`Session::apply`] takes what the journal holds.
//! Between the two stands the journal: nobody sees an event that it does not hold.

mod apply;
mod campaign;
pub mod catalogue;
mod decide;
mod figures;
mod judge;
pub mod people;
pub mod question;
mod rescreen;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use apply::{Applied, Audience, Changes, Outcome, Own, Touch};
pub use catalogue::Catalogue;
pub use decide::Due;
pub use figures::{Held, HeldByReason, Sample, Tried};
pub use judge::is_content;
pub use people::{People, Person, PersonNumber};
pub use question::{Question, State};
pub use rescreen::Waiting;

use super::command::Role;
use super::event::{About, Hash8};
use super::guarded::Guard;
use super::id::{
    CommandId, GrantId, InvitationId, PersonId, QuestionId, Rev, SessionId, Slug, Timestamp,
};
use super::policy::Policy;

/// Moves when a snapshot of this state cannot be read by another release. A fixture guards it.
pub const STATE_VERSION: u32 = 4;

/// Where a session stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// Seen by those with a grant only.
    #[default]
    Draft,
    /// Seen by all, with its time.
    Scheduled,
    /// Takes questions.
    Open,
    /// Takes no more.
    Closed,
    /// Over.
    Ended,
}

impl SessionState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Draft, Self::Scheduled, Self::Open, Self::Closed, Self::Ended];
}

/// What is on air.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// The question being answered. Invariant: its state is `OnAir`, and no other's is.
    pub on_air: Option<QuestionId>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Moves whenever `on_air` does.
    pub rev: Rev,
}

/// A recorded permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Who has it.
    pub person: PersonId,
    /// What it permits.
    pub role: Role,
    /// As the desk calls them.
    pub name: String,
    /// The invitation it was given by.
    pub invitation: Option<InvitationId>,
    /// When.
    pub at: Timestamp,
}

/// A recorded invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The role it gives.
    pub role: Role,
    /// Whom it is for.
    pub name: String,
    /// SHA-256 of its token, hexadecimal.
    pub token_hash: String,
    /// How often it was used.
    pub used: u32,
    /// When it was used last.
    pub used_at: Option<Timestamp>,
}

/// A position that an audience has reached: how many changes of *its* view there were, and a
/// running hash over them. Counted here, hence the same on every node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Changes so far.
    pub count: u64,
    /// Over what each of them touched; never over anything another audience alone can see.
    pub hash: u64,
}

/// One session, as far as its journal has been applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    id: SessionId,
    slug: Option<Slug>,
    about: About,
    rehearsal: bool,
    state: SessionState,
    /// When it ended, while it is over.
    ended_at: Option<Timestamp>,
    /// When everything personal was forgotten.
    forgotten_at: Option<Timestamp>,
    rev: Rev,
    policy: Policy,
    questions: Catalogue,
    /// The running order. Invariant: exactly the questions whose state is `Queued`.
    queue: Vec<QuestionId>,
    stage: Stage,
    overlay_shown: bool,
    people: People,
    grants: BTreeMap<GrantId, Grant>,
    invitations: BTreeMap<InvitationId, Invitation>,
    /// Every command of the staff, for ever.
    staff_commands: BTreeSet<(PersonId, CommandId)>,
    /// The last number given.
    numbered: u32,
    /// When the last command was decided. Never falls.
    last_at: Timestamp,
    places: [Place; Audience::ALL.len()],
}

impl Session {
    /// A session whose journal is empty.
    pub fn new(id: SessionId) -> Self {
        Self {
            id,
            slug: None,
            about: About {
                title: String::new(),
                language: "it".to_owned(),
                starts_at: None,
                officials: Vec::new(),
                labels: Vec::new(),
                stream: None,
            },
            rehearsal: false,
            state: SessionState::Draft,
            ended_at: None,
            forgotten_at: None,
            rev: Rev(0),
            policy: Policy::default(),
            questions: Catalogue::default(),
            queue: Vec::new(),
            stage: Stage::default(),
            overlay_shown: true,
            people: People::default(),
            grants: BTreeMap::new(),
            invitations: BTreeMap::new(),
            staff_commands: BTreeSet::new(),
            numbered: 0,
            last_at: Timestamp(0),
            places: [Place::default(); Audience::ALL.len()],
        }
    }

    /// Its id.
    pub const fn id(&self) -> SessionId {
        self.id
    }

    /// Its name in addresses; `None` before it was created.
    pub const fn slug(&self) -> Option<&Slug> {
        self.slug.as_ref()
    }

    /// What it says of itself.
    pub const fn about(&self) -> &About {
        &self.about
    }

    /// Whether it is a rehearsal.
    pub const fn is_rehearsal(&self) -> bool {
        self.rehearsal
    }

    /// Where it stands.
    pub const fn state(&self) -> SessionState {
        self.state
    }

    /// When everything personal of it was forgotten, if it was.
    pub const fn forgotten_at(&self) -> Option<Timestamp> {
        self.forgotten_at
    }

    /// When everything personal is to be forgotten; `None`: not as things stand, or done already.
    pub fn forgets_at(&self) -> Option<Timestamp> {
        const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
        let ended_at = self.ended_at.filter(|_| self.forgotten_at.is_none())?;
        let days = i64::from(self.policy.keep_days?);
        Some(Timestamp(ended_at.0.saturating_add(days.saturating_mul(DAY_MS))))
    }

    /// What stays to be read when everything personal is forgotten: the texts that the public
    /// reads, sealed as they are.
    pub fn stays(&self) -> impl Iterator<Item = (QuestionId, &str)> {
        let stays = self.questions.values().filter(|question| question.stays());
        stays.filter_map(|question| Some((question.id, question.public()?.text.0.sealed()?)))
    }

    /// Revision of what it says of itself and of its state.
    pub const fn rev(&self) -> Rev {
        self.rev
    }

    /// Its policy.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What is on air.
    pub const fn stage(&self) -> &Stage {
        &self.stage
    }

    /// The running order.
    pub fn queue(&self) -> &[QuestionId] {
        &self.queue
    }

    /// Whether the overlay draws what is on air.
    pub const fn is_overlay_shown(&self) -> bool {
        self.overlay_shown
    }

    /// One question, whoever may see it.
    pub fn question(&self, id: QuestionId) -> Option<&Question> {
        self.questions.get(&id)
    }

    /// All questions, whoever may see them, by id.
    pub fn questions(&self) -> impl DoubleEndedIterator<Item = &Question> + ExactSizeIterator {
        self.questions.values()
    }

    /// The orders in which they are read.
    pub const fn catalogue(&self) -> &Catalogue {
        &self.questions
    }

    /// Everybody who has asked or voted.
    pub const fn people(&self) -> &People {
        &self.people
    }

    /// The live permissions.
    pub const fn grants(&self) -> &BTreeMap<GrantId, Grant> {
        &self.grants
    }

    /// The live invitations.
    pub const fn invitations(&self) -> &BTreeMap<InvitationId, Invitation> {
        &self.invitations
    }

    /// The permission by which this person has this role, the oldest first.
    pub fn grant(&self, person: PersonId, role: Role) -> Option<(GrantId, &Grant)> {
        self.grants
            .iter()
            .find(|(_, grant)| grant.person == person && grant.role == role)
            .map(|(id, grant)| (*id, grant))
    }

    /// The roles a person has.
    pub fn roles(&self, person: PersonId) -> BTreeSet<Role> {
        self.grants
            .values()
            .filter(|grant| grant.person == person)
            .map(|grant| grant.role)
            .collect()
    }

    /// When the last command was decided.
    pub const fn last_at(&self) -> Timestamp {
        self.last_at
    }

    /// Where an audience stands.
    pub const fn place(&self, audience: Audience) -> Place {
        self.places[audience as usize]
    }

    /// Whether a person votes for a question.
    pub fn votes_for(&self, person: PersonId, question: QuestionId) -> bool {
        self.people
            .number(person)
            .zip(self.questions.get(&question))
            .is_some_and(|(number, question)| question.voters.contains(number))
    }

    /// What a person votes for.
    pub fn supported_by(&self, person: PersonId) -> impl Iterator<Item = QuestionId> {
        let number = self.people.number(person).into_iter();
        number.flat_map(|number| self.questions.supported_by(number))
    }

    /// Walks over every guarded value of the state, as the journal's door does with a snapshot.
    pub fn guard<G: Guard>(&mut self, guard: &mut G) {
        for question in self.questions.texts_mut() {
            question.guard(guard);
        }
    }
}

/// The first 8 bytes of a command id's SHA-256: how a citizen's commands are remembered.
pub fn hash8(command: CommandId) -> Hash8 {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(command.to_bytes());
    Hash8(digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte)))
}
