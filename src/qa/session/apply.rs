//! What the journal says happened, happens.
//!
//! `apply` cannot fail, reads no clock and looks inside no personal text. It asks one thing of each
//! recorded command: is what it rested on still true? If not, the command is void: it changes
//! nothing and stays in the record. So every node that reads the same journal holds the same state.

use std::collections::{BTreeMap, BTreeSet};

use super::question::{
    Dismissal, Name, Note, Published, Question, SignedAnswer, State, TakenBack, Version, Words,
};
use super::{Grant, Invitation, Place, Session, SessionState, Stage, hash8};
use crate::qa::event::{Actor, Displaced, Entry, Event, On, Recorded, Screened, VoteRow};
use crate::qa::guarded::{Personal, Shown};
use crate::qa::id::{CommandId, GrantId, InvitationId, PersonId, QuestionId, Rev, Timestamp};
use crate::qa::policy::{Moderation, Policy};
use crate::screening::Verdict;

/// Who looks on. Each audience has its own view, its own places, its own ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Everybody.
    Public,
    /// Moderators.
    Desk,
    /// The official.
    Stage,
    /// The stream's picture.
    Overlay,
}

impl Audience {
    /// Every audience.
    pub const ALL: [Self; 4] = [Self::Public, Self::Desk, Self::Stage, Self::Overlay];

    /// Whether it may see questions in this state. An overlay sees the one that it draws.
    pub const fn sees(self, state: State) -> bool {
        match self {
            Self::Public => state.is_public(),
            Self::Desk => true,
            Self::Stage => matches!(state, State::Queued | State::OnAir),
            Self::Overlay => matches!(state, State::OnAir),
        }
    }
}

/// What became of one recorded command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All its events count.
    Counted,
    /// Void: its id has counted before, from that person.
    Repeated,
    /// Void: what it rested on does not exist or has moved.
    Moved,
}

/// What one entry did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// For each of its commands, in order.
    pub outcomes: Vec<Outcome>,
    /// What moved.
    pub changes: Changes,
}

/// What moved, for everybody who holds a view of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// For each audience, in the order in which it must be told. Empty: it saw nothing.
    touched: [Vec<Touch>; Audience::ALL.len()],
    /// Questions whose votes changed.
    pub tallies: BTreeSet<QuestionId>,
    /// What changed of their own, for askers and voters; by person, each thing once, as it is now.
    pub own: Vec<(PersonId, Own)>,
    /// Permissions that ended; their seats are closed.
    pub ended: BTreeSet<(PersonId, GrantId)>,
    /// The question on air that somebody has confirmed after an unclean stop.
    pub confirmed: Option<QuestionId>,
    /// For each audience: text was taken from it, so its ring and snapshots must forget it.
    hidden: [bool; Audience::ALL.len()],
}

impl Changes {
    /// What an audience must be told, in order: questions first, then what names them.
    pub fn touched(&self, audience: Audience) -> &[Touch] {
        &self.touched[audience as usize]
    }

    /// Whether text was taken from an audience: its ring and snapshots forget every frame before that may hold text.
    pub const fn hides(&self, audience: Audience) -> bool {
        self.hidden[audience as usize]
    }
}

/// Something of a person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// A question that they have asked.
    Question(QuestionId),
    /// Whether they vote for this one.
    Vote(QuestionId, bool),
}

impl Own {
    /// What it is about. Nobody votes for a question of their own.
    const fn about(self) -> QuestionId {
        match self {
            Self::Question(id) | Self::Vote(id, _) => id,
        }
    }
}

/// One thing an audience sees differently now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touch {
    /// Title, language, times, stream, officials, labels, policy or state.
    Session,
    /// This question: new to the audience, or changed.
    Question(QuestionId),
    /// What is on air.
    OnAir,
    /// The running order.
    Queue,
    /// This question may no longer be seen.
    Gone(QuestionId),
}

/// What an audience can tell two states of a question apart by. Structure only: what a personal
/// text says, and whether a key still opens it, never matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Face {
    state: State,
    version: u32,
    named: bool,
    edited: bool,
    labels: usize,
    answered_at: Option<Timestamp>,
    on_air_at: Option<Timestamp>,
    /// All of it: two may be written in the same millisecond.
    answer: Option<SignedAnswer>,
    taken_back: bool,
    /// The stage sees it; the public must not.
    rev: Option<Rev>,
}

impl Face {
    /// Whether something that could be read here cannot be read any more `now`.
    fn hides(&self, now: &Self) -> bool {
        self.version != now.version
            || (self.named && !now.named)
            || self.taken_back != now.taken_back
    }
}

/// Faces of a question before an entry touched it, and where it stood.
type Before = BTreeMap<QuestionId, [Option<Face>; Audience::ALL.len()]>;

/// What one entry is doing, while it is being applied.
struct Doing {
    before: Before,
    stage: Rev,
    overlay: Option<QuestionId>,
    overlay_shown: bool,
    queue: Vec<QuestionId>,
    session: (Rev, u32),
    votes_shown: bool,
    changes: Changes,
}

impl Session {
    /// Takes one entry of the journal. Cannot fail.
    pub fn apply(&mut self, entry: &Entry) -> Applied {
        let mut doing = Doing {
            before: Before::new(),
            stage: self.stage.rev,
            overlay: self.on_overlay(),
            overlay_shown: self.overlay_shown,
            queue: self.queue.clone(),
            session: (self.rev, self.policy.version),
            votes_shown: self.shows_votes(),
            changes: Changes::default(),
        };
        let outcomes =
            entry.commands.iter().map(|command| self.command(command, &mut doing)).collect();
        let changes = self.settle(doing);
        Applied { outcomes, changes }
    }

    fn command(&mut self, command: &Recorded, doing: &mut Doing) -> Outcome {
        if self.has_counted(command) || self.takes_a_name(command) {
            return Outcome::Repeated;
        }
        if !command.on.iter().all(|on| self.still(on)) {
            return Outcome::Moved;
        }
        self.last_at = self.last_at.max(command.at);
        match command.by {
            Actor::Citizen(person) => {
                self.people.appear(person).1.remember(hash8(command.id));
            }
            Actor::Staff(person) => {
                self.staff_commands.insert((person, command.id));
            }
            Actor::House => {
                self.staff_commands.insert((PersonId::from_u128(0), command.id));
            }
            Actor::Crowd | Actor::Clock => {}
        }
        for event in &command.events {
            self.event(command, event, doing);
        }
        Outcome::Counted
    }

    /// Whether a command with this id from this person has counted before.
    fn has_counted(&self, command: &Recorded) -> bool {
        match command.by {
            Actor::Citizen(person) => self.remembers(person, command.id),
            Actor::Staff(person) => self.staff_commands.contains(&(person, command.id)),
            Actor::House => self.staff_commands.contains(&(PersonId::from_u128(0), command.id)),
            // A repeated row, or a second opening by the clock, finds its ground moved.
            Actor::Crowd | Actor::Clock => false,
        }
    }

    /// Whether a citizen's command has counted: one of their last, or a question with its id.
    fn remembers(&self, person: PersonId, command: CommandId) -> bool {
        self.questions.contains_key(&command.into())
            || self.people.get(person).is_some_and(|person| person.remembers(hash8(command)))
    }

    /// Whether a question, a permission or an invitation has this command's id for its name.
    fn names(&self, id: CommandId) -> bool {
        self.questions.contains_key(&id.into()) || self.names_right(id)
    }

    /// Whether a permission or an invitation has.
    pub(super) fn names_right(&self, id: CommandId) -> bool {
        self.grants.contains_key(&GrantId(id.0))
            || self.invitations.contains_key(&InvitationId(id.0))
    }

    /// Whether a command makes something under a name that something else has: it would replace
    /// another's question or right.
    fn takes_a_name(&self, command: &Recorded) -> bool {
        let makes = command.events.iter().any(|event| {
            matches!(
                event,
                Event::QuestionAsked { .. }
                    | Event::QuestionEntered { .. }
                    | Event::InvitationMade { .. }
                    | Event::RoleGranted { .. }
            )
        });
        makes && self.names(command.id)
    }

    fn still(&self, on: &On) -> bool {
        match on {
            On::Question(id, rev) => self.questions.get(id).is_some_and(|q| q.rev == *rev),
            On::Stage(rev) => self.stage.rev == *rev,
            On::Head(head) => self.queue.first() == head.as_ref(),
            On::Session(rev) => self.rev == *rev,
            On::Policy(version) => self.policy.version == *version,
            On::Grant(id) => self.grants.contains_key(id),
            On::Invitation(id) => self.invitations.contains_key(id),
            // The house's: nothing in a session's journal rests on them.
            On::SlugFree(_) | On::City(_) | On::Administrators(_) => false,
        }
    }

    fn event(&mut self, command: &Recorded, event: &Event, doing: &mut Doing) {
        let at = command.at;
        match event {
            Event::SessionCreated { slug, about, rehearsal, policy } => {
                if self.slug.is_none() {
                    self.slug = Some(slug.clone());
                    self.about = about.clone();
                    self.rehearsal = *rehearsal;
                    self.policy.clone_from(policy);
                    self.rev = self.rev.next();
                }
            }
            Event::SessionDescribed { about, published } => {
                self.about = about.clone();
                self.state = match (self.state, published) {
                    (SessionState::Draft, Some(true)) => SessionState::Scheduled,
                    (SessionState::Scheduled, Some(false)) => SessionState::Draft,
                    (state, _) => state,
                };
                self.rev = self.rev.next();
            }
            Event::SessionOpened {} => self.turn(SessionState::Open),
            Event::SessionClosed {} => self.turn(SessionState::Closed),
            Event::SessionReopened {} => {
                self.ended_at = None;
                self.turn(SessionState::Closed);
            }
            Event::SessionEnded {} => {
                self.ended_at = Some(at);
                self.clear_stage(State::Answered, at, doing);
                self.end_holds(doing);
                self.turn(SessionState::Ended);
            }
            Event::PolicyChanged { policy } => self.policy.clone_from(policy),
            Event::InvitationMade { role, name, token_hash } => {
                self.invite(InvitationId(command.id.0), *role, name, token_hash);
            }
            Event::InvitationRevoked { invitation } => self.uninvite(*invitation, doing),
            Event::RoleGranted { person, role, name, invitation } => {
                if let Some(invitation) =
                    invitation.and_then(|invitation| self.invitations.get_mut(&invitation))
                {
                    invitation.used = invitation.used.saturating_add(1);
                    invitation.used_at = Some(at);
                }
                let grant = Grant {
                    person: *person,
                    role: *role,
                    name: name.clone(),
                    invitation: *invitation,
                    at,
                };
                self.grants.insert(GrantId(command.id.0), grant);
            }
            Event::RoleRevoked { grant } => self.end_grant(*grant, doing),
            Event::QuestionAsked { text, name, labels, screened, shown, held_until } => {
                let asked = Asking { text, name, labels, screened, shown, held_until };
                self.asked(command, &asked, doing);
            }
            Event::QuestionEntered { text, name, labels, channel } => {
                let id = QuestionId::from(command.id);
                self.touch(id, doing);
                let text = Version { text: Words::Entered(text.clone()), by_desk: true, at };
                let mut question = Question::new(id, vec![text], at);
                question.channel = Some(*channel);
                question.name = name.clone().map(Name::Entered);
                question.labels.clone_from(labels);
                if let Words::Entered(text) = &question.versions[0].text {
                    let text = text.clone();
                    question.published = Some(Published { version: 0, text, with_name: true });
                }
                question.state = State::Approved;
                self.questions.insert(question);
                self.number(id);
            }
            Event::QuestionEdited { question, text, screened, held_until } => {
                if let Some(question) = self.touched(*question, doing) {
                    let text = Words::Asked(text.clone());
                    question.versions.push(Version { text, by_desk: false, at });
                    question.held_until = *held_until;
                    question.screen(screened);
                    question.rev = question.rev.next();
                }
            }
            Event::QuestionRescreened { question, text, screened, asker: _ } => {
                if let Some(question) = self.touched(*question, doing) {
                    if let Some(text) = text {
                        let text = Words::Asked(text.clone());
                        question.versions.push(Version { text, by_desk: false, at });
                    }
                    question.rescreen(screened);
                    question.rev = question.rev.next();
                }
            }
            Event::QueueRescreened { policy: _ } => {}
            Event::QuestionWithdrawn { question } => {
                self.set_state(*question, State::Withdrawn, doing);
            }
            Event::QuestionApproved { question, version, text, with_name } => {
                if let Some(question) = self.touched(*question, doing) {
                    let (id, version, with_name) = (question.id, *version, *with_name);
                    question.published = Some(Published { version, text: text.clone(), with_name });
                    question.dismissal = None;
                    question.held_until = None;
                    self.set_state(id, State::Approved, doing);
                    self.number(id);
                }
            }
            Event::QuestionDismissed { question, reason, of, note, asker: _ } => {
                self.set_state(*question, State::Dismissed, doing);
                if let Some(question) = self.questions.get_mut(question) {
                    let note = note.clone();
                    question.dismissal = Some(Dismissal { reason: *reason, of: *of, note, at });
                    question.held_until = None;
                }
            }
            Event::QuestionRestored { question } => {
                self.set_state(*question, State::Pending, doing);
            }
            Event::QuestionRevised { question, text, shown, asker } => {
                if let Some(question) = self.touched(*question, doing) {
                    let words = match (asker, shown) {
                        (None, Some(shown)) => Words::Entered(shown.clone()),
                        _ => Words::Asked(text.clone()),
                    };
                    question.versions.push(Version { text: words, by_desk: true, at });
                    let version = question.version();
                    if let (Some(text), Some(published)) = (shown, &mut question.published) {
                        published.version = version;
                        published.text = text.clone();
                    }
                    question.rev = question.rev.next();
                }
            }
            Event::QuestionQueued { question, before } => {
                match self.state_of(*question) {
                    Some(State::Approved) => self.set_state(*question, State::Queued, doing),
                    Some(State::Queued) => {}
                    _ => return, // Only what is approved is queued; `decide` makes nothing else.
                }
                self.queue.retain(|queued| queued != question);
                let place = before
                    .and_then(|before| self.queue.iter().position(|queued| *queued == before))
                    .unwrap_or(self.queue.len());
                self.queue.insert(place, *question);
            }
            Event::QuestionUnqueued { question, note, asker: _ } => {
                self.set_state(*question, State::Approved, doing);
                let by = self.signature(command);
                if let (Some(question), Some(text)) = (self.questions.get_mut(question), note) {
                    question.notes.push(Note { text: text.clone(), by, at });
                }
            }
            Event::QuestionPutOnAir { question, displaced } => {
                self.put_on_air(*question, *displaced, at, doing);
            }
            Event::TakenOffAir {} => {
                let was = self.stage.on_air;
                self.clear_stage(State::Approved, at, doing);
                if let Some(question) = was.and_then(|id| self.questions.get_mut(&id)) {
                    question.taken_off_at = Some(at);
                }
            }
            Event::OnAirConfirmed { question } => doing.changes.confirmed = Some(*question),
            Event::QuestionAnswered { question, answer } => {
                let by = self.signature(command);
                self.set_state(*question, State::Answered, doing);
                if let Some(question) = self.questions.get_mut(question) {
                    question.answered_at = Some(question.answered_at.unwrap_or(at));
                    if let Some(answer) = answer {
                        question.answer = Some(SignedAnswer { answer: answer.clone(), by, at });
                    }
                }
            }
            Event::VotesCast { rows } => {
                for row in rows {
                    self.vote(*row, doing);
                }
            }
            Event::OverlayShown { show } => {
                if let Some(id) = self.stage.on_air {
                    self.touch(id, doing);
                }
                self.overlay_shown = *show;
            }
            Event::FullRecordTaken { person: _ } => {}
            Event::PersonForgotten { person, reason: _ } => self.forget(*person, doing),
            Event::TextTakenBack { question, reason } => {
                if matches!(self.state_of(*question), Some(State::OnAir | State::Queued)) {
                    self.set_state(*question, State::Approved, doing);
                }
                // The first reason stays: two may decide it at once, since it rests on nothing.
                if let Some(question) = self.touched(*question, doing)
                    && question.taken_back.is_none()
                {
                    question.taken_back = Some(TakenBack { at, reason: reason.clone() });
                    question.forget_text();
                    question.rev = question.rev.next();
                }
            }
            Event::SessionForgotten {} => self.forget_all_but_public(at, doing),
        }
    }

    /// Everything personal goes; the tallies, and what the public can read, stay.
    fn forget_all_but_public(&mut self, at: Timestamp, doing: &mut Doing) {
        self.forgotten_at = Some(at);
        doing.changes.hidden = [true; Audience::ALL.len()];
        for id in self.questions.keys().copied().collect::<Vec<_>>() {
            if let Some(question) = self.touched(id, doing) {
                question.forget_all_but_public();
                question.rev = question.rev.next();
            }
        }
        self.rev = self.rev.next();
    }

    /// What only waited for its time waits for a person now: nobody watches what the clock does
    /// after the end, nor in the moment of a reopening.
    fn end_holds(&mut self, doing: &mut Doing) {
        let held = self.questions.values().filter(|question| question.held_until.is_some());
        for id in held.map(|question| question.id).collect::<Vec<_>>() {
            if let Some(question) = self.touched(id, doing) {
                question.held_until = None;
            }
        }
    }

    fn turn(&mut self, state: SessionState) {
        self.state = state;
        self.rev = self.rev.next();
    }

    fn invite(&mut self, id: InvitationId, role: super::Role, name: &str, token_hash: &str) {
        let invitation = Invitation {
            role,
            name: name.to_owned(),
            token_hash: token_hash.to_owned(),
            used: 0,
            used_at: None,
        };
        self.invitations.insert(id, invitation);
    }

    fn uninvite(&mut self, invitation: InvitationId, doing: &mut Doing) {
        self.invitations.remove(&invitation);
        let given: Vec<_> = self
            .grants
            .iter()
            .filter(|(_, grant)| grant.invitation == Some(invitation))
            .map(|(id, _)| *id)
            .collect();
        for grant in given {
            self.end_grant(grant, doing);
        }
    }

    fn end_grant(&mut self, id: GrantId, doing: &mut Doing) {
        if let Some(grant) = self.grants.remove(&id) {
            doing.changes.ended.insert((grant.person, id));
        }
    }

    fn asked(&mut self, command: &Recorded, asked: &Asking<'_>, doing: &mut Doing) {
        let Actor::Citizen(person) = command.by else {
            return; // Only a citizen asks; `decide` makes nothing else.
        };
        let (id, at) = (QuestionId::from(command.id), command.at);
        self.touch(id, doing);
        self.people.appear(person).1.has_asked(id, at);
        let text = Version { text: Words::Asked(asked.text.clone()), by_desk: false, at };
        let mut question = Question::new(id, vec![text], at);
        question.asker = Some(person);
        question.name = asked.name.clone().map(Name::Given);
        question.labels.clone_from(asked.labels);
        question.held_until = *asked.held_until;
        question.screen(asked.screened);
        doing.changes.own.push((person, Own::Question(id)));
        // A raid switch works on what was asked a moment before: the policy must still be the one
        // that let the text through.
        let at_once = asked.shown.as_ref().filter(|_| {
            shows_at_once(&self.policy) && self.policy.version == asked.screened.policy
        });
        if let Some(text) = at_once {
            let text = text.clone();
            question.published = Some(Published { version: 0, text, with_name: true });
            question.state = State::Approved;
        }
        self.questions.insert(question);
        if at_once.is_some() {
            self.number(id);
        }
    }

    /// Public from now on: gets its number the first time.
    fn number(&mut self, id: QuestionId) {
        if let Some(question) = self.questions.get_mut(&id)
            && question.number.is_none()
        {
            self.numbered = self.numbered.saturating_add(1);
            question.number = Some(self.numbered);
        }
    }

    fn put_on_air(&mut self, id: QuestionId, was: Displaced, at: Timestamp, doing: &mut Doing) {
        if !self.questions.contains_key(&id) {
            return; // `decide` makes no such thing; a stage never holds what does not exist.
        }
        let before = self.stage.on_air;
        match was {
            Displaced::Answered => self.clear_stage(State::Answered, at, doing),
            Displaced::Requeued => {
                self.clear_stage(State::Queued, at, doing);
                if let Some(before) = before {
                    self.queue.insert(0, before);
                }
            }
        }
        self.set_state(id, State::OnAir, doing);
        self.stage = Stage { on_air: Some(id), since: Some(at), rev: self.stage.rev.next() };
        if let Some(question) = self.questions.get_mut(&id) {
            question.on_air_at = Some(at);
            question.taken_off_at = None;
            // It is being answered, once more perhaps.
            question.answered_at = None;
        }
    }

    /// Nothing is on air any more; what was becomes `then`.
    fn clear_stage(&mut self, then: State, at: Timestamp, doing: &mut Doing) {
        if let Some(id) = self.stage.on_air {
            self.set_state(id, then, doing);
            if let Some(question) = self.questions.get_mut(&id)
                && then == State::Answered
            {
                question.answered_at = Some(question.answered_at.unwrap_or(at));
            }
        }
    }

    fn vote(&mut self, VoteRow(person, id, on, hash): VoteRow, doing: &mut Doing) {
        if !self.questions.contains_key(&id) {
            return; // It rests on existence alone.
        }
        let (number, known) = self.people.appear(person);
        if known.remembers(hash) {
            return; // A late repeat of an older vote changes nothing.
        }
        known.remember(hash);
        if self.questions.vote(id, number, on) {
            doing.changes.tallies.insert(id);
        }
        doing.changes.own.push((person, Own::Vote(id, on)));
    }

    fn forget(&mut self, person: PersonId, doing: &mut Doing) {
        let asked = self.people.get(person).and_then(|person| person.asked());
        for id in asked.map(|asked| asked.questions.clone()).unwrap_or_default() {
            // The desk has read what nobody else has.
            doing.changes.hidden[Audience::Desk as usize] = true;
            let unpublished = self.questions.get(&id).is_some_and(|q| q.state == State::Pending);
            if unpublished {
                self.set_state(id, State::Withdrawn, doing);
            }
            if let Some(question) = self.touched(id, doing) {
                question.forget_asker();
                question.rev = question.rev.next();
            }
        }
    }

    /// The one way into a state and out of another: keeps queue and stage in step with it.
    fn set_state(&mut self, id: QuestionId, state: State, doing: &mut Doing) {
        let Some(question) = self.touched(id, doing) else {
            return;
        };
        let was = std::mem::replace(&mut question.state, state);
        question.rev = question.rev.next();
        match was {
            State::Queued => self.queue.retain(|queued| *queued != id),
            State::OnAir => {
                self.stage = Stage { on_air: None, since: None, rev: self.stage.rev.next() };
            }
            State::Pending
            | State::Approved
            | State::Answered
            | State::Dismissed
            | State::Withdrawn
            | State::Merged => {}
        }
    }

    fn state_of(&self, id: QuestionId) -> Option<State> {
        self.questions.get(&id).map(|question| question.state)
    }

    /// The name under which somebody on the staff signs: the one on the grant they acted by.
    fn signature(&self, command: &Recorded) -> String {
        let grant = command.on.iter().find_map(|on| match on {
            On::Grant(id) => self.grants.get(id),
            _ => None,
        });
        grant.map_or_else(String::new, |grant| grant.name.clone())
    }

    /// A question that is about to change: what everybody saw of it is kept to compare.
    fn touched(&mut self, id: QuestionId, doing: &mut Doing) -> Option<&mut Question> {
        self.touch(id, doing);
        let question = self.questions.get_mut(&id);
        if let Some((question, asker)) = question.as_ref().and_then(|q| Some((q.id, q.asker?))) {
            doing.changes.own.push((asker, Own::Question(question)));
        }
        question
    }

    fn touch(&self, id: QuestionId, doing: &mut Doing) {
        let faces = || Audience::ALL.map(|audience| self.face(id, audience));
        doing.before.entry(id).or_insert_with(faces);
    }

    const fn on_overlay(&self) -> Option<QuestionId> {
        if self.overlay_shown { self.stage.on_air } else { None }
    }

    const fn shows_votes(&self) -> bool {
        matches!(self.policy.votes, crate::qa::policy::Votes::Shown)
    }

    /// What an audience sees of a question, as far as it can tell; `None`: nothing.
    fn face(&self, id: QuestionId, audience: Audience) -> Option<Face> {
        let question = self.questions.get(&id)?;
        let seen = self.sees(audience, question);
        seen.then(|| Face {
            state: question.state,
            version: question.published.as_ref().map_or(0, |published| published.version),
            named: question.name.is_some()
                && question.published.as_ref().is_some_and(|published| published.with_name),
            edited: question.is_edited(),
            labels: question.labels.len(),
            answered_at: question.answered_at,
            on_air_at: question.on_air_at,
            answer: question.answer.clone(),
            taken_back: question.taken_back.is_some(),
            rev: match audience {
                Audience::Public | Audience::Overlay => None,
                Audience::Desk | Audience::Stage => Some(question.rev),
            },
        })
    }

    /// Whether an audience may see a question at all.
    pub fn sees(&self, audience: Audience, question: &Question) -> bool {
        match audience {
            Audience::Overlay => self.on_overlay() == Some(question.id),
            Audience::Public | Audience::Desk | Audience::Stage => audience.sees(question.state),
        }
    }

    /// Says what each audience now sees differently, and moves its place if it does.
    fn settle(&mut self, doing: Doing) -> Changes {
        self.questions.file();
        let mut changes = doing.changes;
        let about = |(person, own): &(PersonId, Own)| (*person, own.about());
        changes.own.sort_by_key(about);
        // Of votes for the same the last counts.
        changes.own.dedup_by(|next, kept| {
            let is_same = about(next) == about(kept);
            if is_same {
                *kept = *next;
            }
            is_same
        });
        for audience in Audience::ALL {
            let mut touched = Vec::new();
            if doing.session != (self.rev, self.policy.version) {
                touched.push(Touch::Session);
            }
            let mut gone = Vec::new();
            for (id, before) in &doing.before {
                match (&before[audience as usize], self.face(*id, audience)) {
                    (Some(_), None) => {
                        gone.push(Touch::Gone(*id));
                        changes.hidden[audience as usize] = true;
                    }
                    (before, Some(now)) => {
                        let hides = before.as_ref().is_some_and(|before| before.hides(&now));
                        changes.hidden[audience as usize] |= hides;
                        if before.as_ref() != Some(&now) || audience == Audience::Desk {
                            touched.push(Touch::Question(*id));
                        }
                    }
                    (None, None) => {}
                }
            }
            if audience != Audience::Desk && doing.votes_shown != self.shows_votes() {
                let seen = self.questions.values().filter(|q| self.sees(audience, q));
                touched.extend(seen.map(|question| Touch::Question(question.id)));
                touched.sort_unstable();
                touched.dedup();
            }
            if audience == Audience::Desk && doing.session.1 != self.policy.version {
                // Whether the clock will still publish them depends on the policy.
                touched.extend(self.questions.held().map(Touch::Question));
                touched.sort_unstable();
                touched.dedup();
            }
            // A hidden overlay is told too: it must know the stage's revision when it is shown again.
            let overlay = match audience {
                Audience::Public => false,
                Audience::Desk | Audience::Stage => doing.overlay_shown != self.overlay_shown,
                Audience::Overlay => doing.overlay != self.on_overlay(),
            };
            // Nothing has moved, but those who waited see it again.
            let confirmed = changes.confirmed.filter(|_| audience != Audience::Public);
            let again = confirmed.and_then(|id| self.questions.get(&id));
            if let Some(question) = again.filter(|question| self.sees(audience, question)) {
                let question = Touch::Question(question.id);
                if !touched.contains(&question) {
                    touched.push(question);
                }
            }
            if doing.stage != self.stage.rev || overlay || confirmed.is_some() {
                touched.push(Touch::OnAir);
            }
            let ordered = matches!(audience, Audience::Desk | Audience::Stage);
            if ordered && doing.queue != self.queue {
                touched.push(Touch::Queue);
            }
            touched.append(&mut gone);
            if !touched.is_empty() {
                let place = &mut self.places[audience as usize];
                *place = place.after(&touched);
            }
            changes.touched[audience as usize] = touched;
        }
        changes
    }
}

/// The fields of [`Event::QuestionAsked`].
struct Asking<'a> {
    text: &'a Personal<String>,
    name: &'a Option<Personal<String>>,
    labels: &'a Vec<String>,
    screened: &'a Screened,
    shown: &'a Option<Shown<String>>,
    held_until: &'a Option<Timestamp>,
}

/// Whether a policy shows what screening passes without anybody's decision, and at once.
pub(super) const fn shows_at_once(policy: &Policy) -> bool {
    matches!(policy.moderation, Moderation::Post) && policy.hold_s == 0
}

impl Question {
    fn screen(&mut self, screened: &Screened) {
        self.verdict = screened.verdict;
        self.findings = Some(screened.findings.clone());
        self.screened_under = screened.policy;
        if screened.verdict > Verdict::Mask {
            self.held_until = None;
        }
    }
}

impl Place {
    /// The place after a change that touched these. FNV-1a: it tells lives of a journal apart
    /// and keeps nothing secret, since it is over what the audience itself was told.
    fn after(self, touched: &[Touch]) -> Self {
        let mut hash = self.hash ^ 0xcbf2_9ce4_8422_2325;
        let mut mix = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        for touch in touched {
            let (kind, id) = match touch {
                Touch::Session => (0, None),
                Touch::Question(id) => (1, Some(id)),
                Touch::OnAir => (2, None),
                Touch::Queue => (3, None),
                Touch::Gone(id) => (4, Some(id)),
            };
            mix(kind);
            id.into_iter().flat_map(|id| id.to_bytes()).for_each(&mut mix);
        }
        Self { count: self.count.saturating_add(1), hash }
    }
}
