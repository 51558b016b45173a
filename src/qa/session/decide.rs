//! Every rule and every right: what a wish leads to, or why not.
//!
//! Pure: what it needs beside the state arrives as arguments. It may be decided on a state that
//! is no longer the last, as on another node: then `apply` finds that what it rested on has moved,
//! and it is decided again. So each decision names what it rested on.

use super::apply::shows_at_once;
use super::question::{Question, State};
use super::{Session, SessionState};
use crate::qa::command::{AboutChange, As, Asked, Command, Decision, Envelope, Kind, World};
use crate::qa::event::{Answer, Channel, Displaced, Event, On, Reason, Stream};
use crate::qa::guarded::{Personal, Shown};
use crate::qa::id::{GrantId, InvitationId, PersonId, QuestionId, Rev, Timestamp};
use crate::qa::malformed::Malformed;
use crate::qa::policy::{Moderation, is_language};
use crate::qa::refusal::{Refusal, Scope};
use crate::screening::{self, Finding, Verdict};

/// Bound: characters of what the desk types as a question: what the longest policy allows.
const DESK_MAX: usize = 1000;
/// Bound: characters of a note or a reason.
const NOTE_MAX: usize = 500;
/// Bound: characters of a written answer.
const ANSWER_MAX: usize = 5000;
/// Bound: links of a written answer, and bytes of each.
const LINKS_MAX: usize = 10;
const LINK_BYTES: usize = 500;
/// Bound: characters of a title.
const TITLE_MAX: usize = 200;
/// Bound: officials, or labels, of a session, and characters of each.
const LIST_MAX: usize = 50;
const ITEM_MAX: usize = 80;
/// Bound: seconds that a way of watching may lag behind the room (`protocol.md`, `delay`).
const DELAY_MAX_S: u32 = 60;

/// Something that only time brings about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What it rests on.
    pub on: Vec<On>,
    /// What happens.
    pub events: Vec<Event>,
}

impl Session {
    /// Decides what a command leads to. A refusal costs nothing and is not recorded.
    pub fn decide(&self, wish: &Envelope, world: &World<'_>) -> Result<Decision, Refusal> {
        let kind = wish.command.kind();
        if self.may(wish)? {
            return Ok(Decision::Done);
        }
        let grant = self.right(wish, kind)?;
        if !kind.is_built() {
            return Err(Refusal::NotYet);
        }
        let mut decision = self.lead(wish, world)?;
        if let Some(campaign) = world.campaign {
            super::campaign::hold(&mut decision, campaign);
        }
        if let (Decision::Record { on, .. }, Some(grant)) = (&mut decision, grant) {
            on.push(On::Grant(grant));
        }
        Ok(decision)
    }

    /// Whether this was done before; else whether it may be wished, here and now.
    pub(super) fn may(&self, wish: &Envelope) -> Result<bool, Refusal> {
        let kind = wish.command.kind();
        // First of all: what got its `done` gets it again, even where the right has ended since.
        if self.has_done(wish)? {
            return Ok(true);
        }
        self.right(wish, kind)?;
        self.session_takes(wish, kind)?;
        Ok(false)
    }

    /// What time alone brings about now: an opening that is due, or a timed hold that ran out.
    /// One thing at a time; ask again once it is applied.
    pub fn due(&self, now: Timestamp, missing: &[&str]) -> Option<Due> {
        self.due_of(now, missing, |_| true)
    }

    /// As [`due`](Self::due), where of the questions that wait for their time some wait for a person,
    /// too.
    pub fn due_of(
        &self,
        now: Timestamp,
        missing: &[&str],
        may: impl Fn(QuestionId) -> bool,
    ) -> Option<Due> {
        let opens = self.opens_at().is_some_and(|at| at <= now);
        if opens && (missing.is_empty() || self.rehearsal) {
            let on = vec![On::Session(self.rev)];
            return Some(Due { on, events: vec![Event::SessionOpened {}] });
        }
        let is_due = |q: &&Question| q.held_until.is_some_and(|until| until <= now);
        let question = self.held().take_while(is_due).find(|question| may(question.id))?;
        let text = Shown::new(question.text()?.clone());
        let (id, version) = (question.id, question.version());
        let event = Event::QuestionApproved { question: id, version, text, with_name: true };
        let on = vec![On::Question(id, question.rev), On::Policy(self.policy.version)];
        Some(Due { on, events: vec![event] })
    }

    /// Everything personal is forgotten now, if the days that the policy names are over. Void if the
    /// session is reopened meanwhile, or another policy keeps it longer.
    pub fn forgetting(&self, now: Timestamp) -> Option<Due> {
        self.forgets_at().filter(|at| *at <= now)?;
        let on = vec![On::Session(self.rev), On::Policy(self.policy.version)];
        Some(Due { on, events: vec![Event::SessionForgotten {}] })
    }

    /// When [`due`](Self::due) is worth asking next.
    pub fn next_due(&self) -> Option<Timestamp> {
        let held = self.held().next().and_then(|question| question.held_until);
        held.into_iter().chain(self.opens_at()).min()
    }

    fn opens_at(&self) -> Option<Timestamp> {
        self.about.starts_at.filter(|_| self.state == SessionState::Scheduled)
    }

    /// Questions that wait for their time only, the soonest first.
    fn held(&self) -> impl Iterator<Item = &Question> {
        let held = self.questions.held_under(self.policy.version);
        held.filter(|question| self.is_held(question))
    }

    /// Whether the clock will publish this question, unless the desk acts first. Not under another
    /// policy than the one that let it pass, so that a raid switch turned back publishes nothing by
    /// itself. A text that no key opens any more never comes.
    pub fn is_held(&self, question: &Question) -> bool {
        self.policy.moderation == Moderation::Post
            && self.policy.version == question.screened_under
            && question.state == State::Pending
            && question.held_until.is_some()
            && question.verdict <= Verdict::Mask
            && question.text().is_some()
    }

    /// The permission this command is made by; `None` for a citizen's.
    fn right(&self, wish: &Envelope, kind: Kind) -> Result<Option<GrantId>, Refusal> {
        let allowed = kind.allowed();
        match wish.caller.acts {
            As::Citizen if allowed.citizen => Ok(None),
            As::Citizen => Err(Refusal::NotAllowed),
            As::Staff => {
                let mut roles = allowed.roles.iter();
                roles
                    .find_map(|role| self.grant(wish.caller.person, *role))
                    .map(|(id, _)| Some(id))
                    .ok_or(Refusal::NotAllowed)
            }
        }
    }

    /// Whether this command has counted already.
    fn has_done(&self, wish: &Envelope) -> Result<bool, Refusal> {
        let (person, id) = (wish.caller.person, wish.id);
        let asked = self.questions.get(&id.into());
        let own = match wish.caller.acts {
            As::Citizen => match asked {
                Some(question) => question.asker == Some(person),
                None => self.people.get(person).is_some_and(|p| p.remembers(super::hash8(id))),
            },
            As::Staff => self.staff_commands.contains(&(person, id)),
        };
        // The id of a question, a grant or an invitation is its command's and nobody else's.
        if !own && (asked.is_some() || self.names_right(id)) {
            Err(Refusal::IdTaken { what: "id" })
        } else {
            Ok(own)
        }
    }

    /// Whether the session takes such a command at all in its state.
    fn session_takes(&self, wish: &Envelope, kind: Kind) -> Result<(), Refusal> {
        use SessionState::{Closed, Draft, Ended, Open, Scheduled};
        let citizen = wish.caller.acts == As::Citizen;
        let takes = match (self.state, citizen) {
            // An invitation opens every door until the session ends; only the invited know it.
            (Draft | Scheduled | Open | Closed, true) if kind == Kind::Join => true,
            (Ended, true) if kind == Kind::Join => {
                return Err(Refusal::NotFound { what: "invitation" });
            }
            (Draft, true) => return Err(Refusal::NotFound { what: "session" }),
            (Scheduled, true) => self.policy.before_start,
            (Open, _) | (Closed | Scheduled, false) => true,
            (Closed, true) => matches!(kind, Kind::Vote | Kind::Withdraw | Kind::Report),
            (Ended, true) => kind == Kind::Withdraw,
            // What is public stays to be answered or taken back; nothing new about anybody comes in.
            (Ended, false) if self.forgotten_at.is_some() => matches!(
                kind,
                Kind::Answer
                    | Kind::OffAir
                    | Kind::TakeBack
                    | Kind::Uninvite
                    | Kind::Open
                    | Kind::Close
                    | Kind::End
                    | Kind::Reopen
            ),
            // How long things are kept can be said as long as they are.
            (Ended, false) if kind == Kind::Policy => match &wish.command {
                Command::Policy { change } => change.only_keeps(),
                _ => false,
            },
            (Draft, false) => !matches!(kind, Kind::OnAir | Kind::Next),
            (Ended, false) => matches!(
                kind,
                Kind::Answer
                    | Kind::Dismiss
                    | Kind::Label
                    | Kind::Note
                    | Kind::Assign
                    | Kind::OffAir
                    | Kind::Reopen
                    | Kind::TakeBack
                    | Kind::Forget
                    | Kind::Uninvite
                    // Their own refusal is `wrong_state`, as the table says.
                    | Kind::Open
                    | Kind::Close
                    | Kind::End
            ),
        };
        if takes { Ok(()) } else { Err(Refusal::Closed) }
    }

    fn lead(&self, wish: &Envelope, world: &World<'_>) -> Result<Decision, Refusal> {
        let person = wish.caller.person;
        match &wish.command {
            Command::Ask { text, name, labels, review } => {
                self.ask(person, text, name.as_deref(), labels, *review, world.now)
            }
            Command::Enter { text, name, labels, channel } => {
                self.enter(text, name.as_deref(), labels, *channel)
            }
            // Nobody records what was asked about a text: see `Session::checked`.
            Command::Check { .. } => Ok(Decision::Done),
            Command::Rescreen { looked, more } => self.rescreen(looked, *more),
            Command::Edit { question, text } => self.edit(person, *question, text, world.now),
            Command::Withdraw { question } => self.withdraw(person, *question),
            Command::Vote { question, on } => self.cast(wish, *question, *on),
            Command::Approve { question, rev, name } => self.approval(*question, *rev, *name),
            Command::Dismiss { question, rev, reason, of, note } => {
                self.dismiss(*question, *rev, *reason, *of, note.as_deref())
            }
            Command::Restore { question, rev } => {
                let question = self.at(*question, *rev, &[State::Dismissed])?;
                if question.text().is_none() {
                    return Err(Refusal::WrongState { question: Some(question.id) });
                }
                record(question, Event::QuestionRestored { question: question.id })
            }
            Command::Revise { question, rev, text } => self.revise(*question, *rev, text),
            Command::Queue { question, rev, before } => self.enqueue(*question, *rev, *before),
            Command::Unqueue { question, rev } => {
                let question = self.at(*question, *rev, &[State::Queued])?;
                record(question, unqueued(question, None))
            }
            Command::Later { question, rev, note } => {
                let question = self.at(*question, *rev, &[State::Queued, State::OnAir])?;
                let note = note.as_deref().map(|note| desk_text(note, "note", NOTE_MAX));
                record(question, unqueued(question, note.transpose()?))
            }
            Command::OnAir { question, rev, stage } => {
                self.put(*question, *rev, *stage, world.unconfirmed)
            }
            Command::Next { question } => self.next(*question),
            // Recorded also where nothing is on air: something may be by now, on another node.
            Command::OffAir => Ok(rests_on(vec![], Event::TakenOffAir {})),
            Command::Answered { question, rev } => {
                let from = [State::Approved, State::Queued, State::OnAir];
                let question = self.at(*question, *rev, &from)?;
                let id = question.id;
                record(question, Event::QuestionAnswered { question: id, answer: None })
            }
            Command::Answer { question, rev, answer } => self.answer(*question, *rev, answer),
            Command::Policy { change } => {
                let policy = self.policy.changed(change).map_err(Refusal::Malformed)?;
                let on = vec![On::Policy(self.policy.version)];
                Ok(rests_on(on, Event::PolicyChanged { policy: Box::new(policy) }))
            }
            Command::Open => {
                use SessionState::{Closed, Draft, Scheduled};
                self.turns_from(&[Draft, Scheduled, Closed], Event::SessionOpened {}).and_then(
                    |decision| {
                        let ready = self.rehearsal || world.missing.is_empty();
                        let missing = world.missing.to_vec();
                        if ready { Ok(decision) } else { Err(Refusal::NotReady { missing }) }
                    },
                )
            }
            Command::Close => self.turns_from(&[SessionState::Open], Event::SessionClosed {}),
            Command::End => self.turns_from(&[SessionState::Closed], Event::SessionEnded {}),
            // Who comes back after the forgetting is nobody's old acquaintance: a second vote of
            // theirs would count.
            Command::Reopen if self.forgotten_at.is_some() => {
                Err(Refusal::WrongState { question: None })
            }
            Command::Reopen => self.turns_from(&[SessionState::Ended], Event::SessionReopened {}),
            Command::Overlay { show } => Ok(rests_on(vec![], Event::OverlayShown { show: *show })),
            Command::TakeBack { question, reason } => self.take_back(*question, reason),
            Command::Forget { person, reason } => {
                self.people.get(*person).ok_or(Refusal::NotFound { what: "person" })?;
                let reason = desk_text(reason, "reason", NOTE_MAX)?;
                Ok(rests_on(vec![], Event::PersonForgotten { person: *person, reason }))
            }
            Command::Describe { change, rev } => self.describe(change, *rev),
            Command::Invite { role, name, token_hash } => {
                let name = desk_text(name, "name", ITEM_MAX)?;
                let token_hash = token_hash.clone();
                Ok(rests_on(vec![], Event::InvitationMade { role: *role, name, token_hash }))
            }
            Command::Uninvite { invitation } => {
                let invitation = *invitation;
                if !self.invitations.contains_key(&invitation) {
                    return Err(Refusal::NotFound { what: "invitation" });
                }
                let on = vec![On::Invitation(invitation)];
                Ok(rests_on(on, Event::InvitationRevoked { invitation }))
            }
            Command::Join { invitation } => self.join(person, *invitation),
            Command::Report { .. }
            | Command::Claim { .. }
            | Command::Release { .. }
            | Command::Merge { .. }
            | Command::Unmerge { .. }
            | Command::Label { .. }
            | Command::Note { .. }
            | Command::Assign { .. }
            | Command::Seen { .. }
            | Command::Mute { .. }
            | Command::Unmute { .. }
            | Command::Undo { .. }
            | Command::Delay { .. }
            | Command::Mark { .. } => Err(Refusal::NotYet),
        }
    }

    // What citizens do.

    fn ask(
        &self,
        person: PersonId,
        text: &Asked,
        name: Option<&str>,
        labels: &[String],
        review: bool,
        now: Timestamp,
    ) -> Result<Decision, Refusal> {
        let screened = self.judged(person, text, None, review)?;
        let name = self.name(name)?;
        if name.is_none() && !self.policy.anonymous {
            return Err(Refusal::Empty { what: "name" });
        }
        let labels = self.labels(labels)?;
        self.quota(person, now)?;
        let shown = || Shown::new(text.screening.text.clone());
        let passes =
            self.policy.moderation == Moderation::Post && screened.verdict <= Verdict::Mask;
        let event = Event::QuestionAsked {
            text: Personal::new(text.screening.text.clone()),
            name: name.map(Personal::new),
            labels,
            screened,
            shown: (passes && shows_at_once(&self.policy)).then(shown),
            held_until: passes.then(|| self.hold(now)).flatten(),
        };
        // An ask rests on nothing that could move, so the crowd waits for nobody.
        Ok(rests_on(vec![], event))
    }

    /// Until when the policy holds a text that passes at this moment.
    fn hold(&self, now: Timestamp) -> Option<Timestamp> {
        (self.policy.hold_s > 0).then(|| now.plus_seconds(self.policy.hold_s))
    }

    fn quota(&self, person: PersonId, now: Timestamp) -> Result<(), Refusal> {
        let Some(asked) = self.people.get(person).and_then(|person| person.asked()) else {
            return Ok(());
        };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        if let Some(most) = self.policy.questions
            && count(asked.questions.len()) >= most
        {
            return Err(Refusal::TooMany { most, scope: Scope::Session });
        }
        let pending = |id: &&QuestionId| {
            self.questions.get(id).is_some_and(|question| question.state == State::Pending)
        };
        if let Some(most) = self.policy.open_questions
            && count(asked.questions.iter().filter(pending).count()) >= most
        {
            return Err(Refusal::TooMany { most, scope: Scope::Waiting });
        }
        let free = asked.last_at.plus_seconds(self.policy.slow_s.unwrap_or(0));
        match free.ms_since(now) {
            0 => Ok(()),
            retry_after_ms => Err(Refusal::TooFast { retry_after_ms }),
        }
    }

    fn edit(
        &self,
        person: PersonId,
        id: QuestionId,
        text: &Asked,
        now: Timestamp,
    ) -> Result<Decision, Refusal> {
        let question = self.own(person, id, &[State::Pending])?;
        let screened = self.judged(person, &with_its_name(text, question), Some(id), false)?;
        let text = Personal::new(text.screening.text.clone());
        // A hold begins anew, so that nothing goes public that the desk had no time to read.
        let held_until = if self.is_held(question) { self.hold(now) } else { None };
        record(question, Event::QuestionEdited { question: id, text, screened, held_until })
    }

    fn withdraw(&self, person: PersonId, id: QuestionId) -> Result<Decision, Refusal> {
        let from = [State::Pending, State::Approved, State::Queued];
        let question = self.own(person, id, &from)?;
        record(question, Event::QuestionWithdrawn { question: id })
    }

    fn cast(&self, wish: &Envelope, id: QuestionId, on: bool) -> Result<Decision, Refusal> {
        let person = wish.caller.person;
        let question = self.seen_by(person, id)?;
        if question.asker == Some(person) {
            return Err(Refusal::OwnQuestion);
        }
        let votable = matches!(question.state, State::Approved | State::Queued | State::OnAir);
        if !votable || question.taken_back.is_some() {
            return Err(Refusal::WrongState { question: Some(id) });
        }
        let row = crate::qa::event::VoteRow(person, id, on, super::hash8(wish.id));
        // A vote rests on existence alone, not on the vote there is: that may be older than one that
        // is on its way. The room gathers the rows of a moment in one command.
        Ok(rests_on(vec![], Event::VotesCast { rows: vec![row] }))
    }

    /// To a citizen a question that is not public does not exist, unless it is their own.
    fn seen_by(&self, person: PersonId, id: QuestionId) -> Result<&Question, Refusal> {
        self.questions
            .get(&id)
            .filter(|question| {
                let public = question.state.is_public() || question.state == State::Merged;
                public || question.asker == Some(person)
            })
            .ok_or(Refusal::NotFound { what: "question" })
    }

    fn own(&self, person: PersonId, id: QuestionId, from: &[State]) -> Result<&Question, Refusal> {
        let question = self.seen_by(person, id)?;
        if question.asker != Some(person) {
            return Err(Refusal::NotAllowed);
        }
        if !from.contains(&question.state) {
            return Err(Refusal::WrongState { question: Some(id) });
        }
        Ok(question)
    }

    fn join(&self, person: PersonId, id: InvitationId) -> Result<Decision, Refusal> {
        let invitation =
            self.invitations.get(&id).ok_or(Refusal::NotFound { what: "invitation" })?;
        let mut grants = self.grants.values();
        if grants.any(|grant| grant.person == person && grant.invitation == Some(id)) {
            return Ok(Decision::Done);
        }
        let event = Event::RoleGranted {
            person,
            role: invitation.role,
            name: invitation.name.clone(),
            invitation: Some(id),
        };
        Ok(rests_on(vec![On::Invitation(id)], event))
    }

    // What the desk does.

    fn enter(
        &self,
        text: &str,
        name: Option<&str>,
        labels: &[String],
        channel: Channel,
    ) -> Result<Decision, Refusal> {
        let text = Shown::new(desk_text(text, "text", DESK_MAX)?);
        let name = self.name(name)?.map(Shown::new);
        let labels = self.labels(labels)?;
        Ok(rests_on(vec![], Event::QuestionEntered { text, name, labels, channel }))
    }

    fn approval(&self, id: QuestionId, rev: Rev, with_name: bool) -> Result<Decision, Refusal> {
        let question = self.at(id, rev, &[State::Pending])?;
        let wrong = Refusal::WrongState { question: Some(id) };
        let text = Shown::new(question.text().ok_or(wrong)?.clone());
        let version = question.version();
        record(question, Event::QuestionApproved { question: id, version, text, with_name })
    }

    fn dismiss(
        &self,
        id: QuestionId,
        rev: Rev,
        reason: Reason,
        of: Option<QuestionId>,
        note: Option<&str>,
    ) -> Result<Decision, Refusal> {
        let question = self.at(id, rev, &[State::Pending, State::Approved, State::Queued])?;
        let of = match (reason, of) {
            (Reason::Duplicate, None) => return Err(Refusal::ReasonMissing { missing: "of" }),
            (Reason::Duplicate, Some(of)) if of == id || !self.questions.contains_key(&of) => {
                return Err(Refusal::NotFound { what: "question" });
            }
            (Reason::Duplicate, of) => of,
            _ => None,
        };
        let note = note.filter(|note| !note.trim().is_empty());
        if note.is_none() && matches!(reason, Reason::NotOurOffice | Reason::Other) {
            return Err(Refusal::ReasonMissing { missing: "note" });
        }
        let note = note.map(|note| desk_text(note, "note", NOTE_MAX)).transpose()?;
        let note = note.map(Personal::new);
        let asker = question.asker;
        record(question, Event::QuestionDismissed { question: id, reason, of, note, asker })
    }

    fn revise(&self, id: QuestionId, rev: Rev, text: &str) -> Result<Decision, Refusal> {
        let question = self.at(id, rev, &[State::Pending, State::Approved, State::Queued])?;
        if question.taken_back.is_some() {
            return Err(Refusal::WrongState { question: Some(id) });
        }
        let text = desk_text(text, "text", DESK_MAX)?;
        let public = question.state.is_public() || question.asker.is_none();
        let shown = public.then(|| Shown::new(text.clone()));
        let text = Personal::new(text);
        let asker = question.asker;
        record(question, Event::QuestionRevised { question: id, text, shown, asker })
    }

    fn enqueue(
        &self,
        id: QuestionId,
        rev: Rev,
        before: Option<QuestionId>,
    ) -> Result<Decision, Refusal> {
        let question = self.at(id, rev, &[State::Approved, State::Queued])?;
        if question.taken_back.is_some() {
            return Err(Refusal::WrongState { question: Some(id) });
        }
        let mut on = vec![On::Question(id, rev)];
        if let Some(before) = before {
            if before == id {
                return Err(Refusal::Malformed(Malformed::new(
                    "`before` deve essere un'altra domanda della scaletta.",
                    "`before` must be another question of the queue.",
                )));
            }
            let other = self.questions.get(&before);
            let other = other.ok_or(Refusal::NotFound { what: "question" })?;
            if other.state != State::Queued {
                return Err(Refusal::WrongState { question: Some(before) });
            }
            on.push(On::Question(before, other.rev));
        }
        Ok(rests_on(on, Event::QuestionQueued { question: id, before }))
    }

    fn put(
        &self,
        id: QuestionId,
        rev: Rev,
        stage: Rev,
        unconfirmed: Option<QuestionId>,
    ) -> Result<Decision, Refusal> {
        let confirms = unconfirmed == Some(id);
        let from = [State::Approved, State::Queued, State::Answered];
        let question = self.at(id, rev, if confirms { &[State::OnAir] } else { &from })?;
        if question.taken_back.is_some() {
            return Err(Refusal::WrongState { question: Some(id) });
        }
        if stage != self.stage.rev {
            return Err(Refusal::Stale { question: self.stage.on_air });
        }
        let on = vec![On::Question(id, rev), On::Stage(stage)];
        if confirms {
            return Ok(rests_on(on, Event::OnAirConfirmed { question: id }));
        }
        let displaced = Displaced::Requeued;
        Ok(rests_on(on, Event::QuestionPutOnAir { question: id, displaced }))
    }

    fn next(&self, id: QuestionId) -> Result<Decision, Refusal> {
        let head = self.queue.first().copied();
        if head != Some(id) {
            return Err(Refusal::Stale { question: head });
        }
        let on = vec![On::Head(head), On::Stage(self.stage.rev)];
        let displaced = Displaced::Answered;
        Ok(rests_on(on, Event::QuestionPutOnAir { question: id, displaced }))
    }

    fn answer(&self, id: QuestionId, rev: Rev, answer: &Answer) -> Result<Decision, Refusal> {
        let from = [State::Approved, State::Queued, State::OnAir, State::Answered];
        let question = self.at(id, rev, &from)?;
        let text = desk_text(&answer.text, "answer", ANSWER_MAX)?;
        let fits = |link: &String| {
            let web = link.starts_with("https://") || link.starts_with("http://");
            web && link.len() <= LINK_BYTES && !link.chars().any(|c| c.is_control() || c == ' ')
        };
        if answer.links.len() > LINKS_MAX || !answer.links.iter().all(fits) {
            return Err(Refusal::Malformed(Malformed::new(
                format!(
                    "`links` contiene al massimo {LINKS_MAX} indirizzi che cominciano con http:// o https://."
                ),
                format!(
                    "`links` holds at most {LINKS_MAX} addresses that start with http:// or https://."
                ),
            )));
        }
        let answer = Some(Answer { text, links: answer.links.clone() });
        record(question, Event::QuestionAnswered { question: id, answer })
    }

    fn take_back(&self, id: QuestionId, reason: &str) -> Result<Decision, Refusal> {
        let question = self.questions.get(&id).ok_or(Refusal::NotFound { what: "question" })?;
        if question.published.is_none() || question.taken_back.is_some() {
            return Err(Refusal::WrongState { question: Some(id) });
        }
        let reason = desk_text(reason, "reason", NOTE_MAX)?;
        // Rests on nothing: whatever has moved since, this text must go.
        Ok(rests_on(vec![], Event::TextTakenBack { question: id, reason }))
    }

    fn turns_from(&self, from: &[SessionState], event: Event) -> Result<Decision, Refusal> {
        if !from.contains(&self.state) {
            return Err(Refusal::WrongState { question: None });
        }
        Ok(rests_on(vec![On::Session(self.rev)], event))
    }

    fn describe(&self, change: &AboutChange, rev: Rev) -> Result<Decision, Refusal> {
        if rev != self.rev {
            return Err(Refusal::Stale { question: None });
        }
        let mut about = self.about.clone();
        if let Some(title) = &change.title {
            about.title = desk_text(title, "title", TITLE_MAX)?;
        }
        if let Some(language) = &change.language {
            about.language.clone_from(language);
        }
        if let Some(starts_at) = change.starts_at {
            about.starts_at = starts_at;
        }
        if let Some(officials) = &change.officials {
            about.officials.clone_from(officials);
        }
        if let Some(labels) = &change.labels {
            about.labels.clone_from(labels);
        }
        if let Some(stream) = &change.stream {
            about.stream.clone_from(stream);
        }
        about.check().map_err(Refusal::Malformed)?;
        let published = change.starts_at.map(|starts_at| starts_at.is_some());
        Ok(rests_on(vec![On::Session(rev)], Event::SessionDescribed { about, published }))
    }

    /// A question as the person was looking at it, in a state that allows this.
    fn at(&self, id: QuestionId, rev: Rev, from: &[State]) -> Result<&Question, Refusal> {
        let question = self.questions.get(&id).ok_or(Refusal::NotFound { what: "question" })?;
        if question.rev != rev {
            return Err(Refusal::Stale { question: Some(id) });
        }
        if !from.contains(&question.state) {
            return Err(Refusal::WrongState { question: Some(id) });
        }
        Ok(question)
    }

    fn name(&self, name: Option<&str>) -> Result<Option<String>, Refusal> {
        name.map_or(Ok(None), screening::name).map_err(|_| Refusal::NameTooLong)
    }

    fn labels(&self, labels: &[String]) -> Result<Vec<String>, Refusal> {
        match labels.iter().find(|label| !self.about.labels.contains(label)) {
            Some(_) => {
                let known = self.about.labels.join(", ");
                Err(Refusal::Malformed(Malformed::new(
                    format!("`labels` contiene solo temi della seduta: {known}."),
                    format!("`labels` holds only the session's: {known}."),
                )))
            }
            None => {
                let mut labels = labels.to_vec();
                labels.sort();
                labels.dedup();
                Ok(labels)
            }
        }
    }
}

impl crate::qa::event::About {
    /// Says what does not fit, naming the field and its bounds.
    pub fn check(&self) -> Result<(), Malformed> {
        let item = |text: &str| {
            let length = screening::length(text);
            (1..=ITEM_MAX).contains(&length) && screening::clean(text) == text
        };
        if self.title.is_empty() || screening::length(&self.title) > TITLE_MAX {
            return Err(Malformed::new(
                format!("`title` ha da 1 a {TITLE_MAX} caratteri."),
                format!("`title` has 1 to {TITLE_MAX} characters."),
            ));
        }
        if !is_language(&self.language) {
            return Err(Malformed::new(
                "`language` è un codice come \"it\".",
                "`language` is a tag such as \"it\".",
            ));
        }
        let officials = self.officials.iter().all(|o| item(&o.name) && item(&o.office));
        if self.officials.len() > LIST_MAX || !officials {
            return Err(Malformed::new(
                format!(
                    "`officials` contiene al massimo {LIST_MAX} persone, con nome e incarico di 1-{ITEM_MAX} caratteri."
                ),
                format!(
                    "`officials` holds at most {LIST_MAX}, with name and office of 1 to {ITEM_MAX} characters."
                ),
            ));
        }
        let unique = self.labels.iter().collect::<std::collections::BTreeSet<_>>();
        let labels = self.labels.iter().all(|label| item(label));
        if self.labels.len() > LIST_MAX || unique.len() != self.labels.len() || !labels {
            return Err(Malformed::new(
                format!(
                    "`labels` contiene al massimo {LIST_MAX} temi diversi di 1-{ITEM_MAX} caratteri."
                ),
                format!(
                    "`labels` holds at most {LIST_MAX} different ones of 1 to {ITEM_MAX} characters."
                ),
            ));
        }
        self.stream.as_ref().map_or(Ok(()), Stream::check)
    }
}

impl Stream {
    fn check(&self) -> Result<(), Malformed> {
        if !["hls", "youtube", "facebook", "vimeo"].contains(&self.kind.as_str()) {
            return Err(Malformed::new(
                "`stream.kind` è hls, youtube, facebook o vimeo.",
                "`stream.kind` is hls, youtube, facebook or vimeo.",
            ));
        }
        if self.url.len() > LINK_BYTES || !is_of_a_host(&self.url) {
            return Err(Malformed::new(
                "`stream.url` è un indirizzo come https://video.example.it/diretta.m3u8.",
                "`stream.url` is an address such as https://video.example.it/live.m3u8.",
            ));
        }
        let fits = |(channel, s): (&String, &u32)| channel.len() <= ITEM_MAX && *s <= DELAY_MAX_S;
        if self.delays.len() > LIST_MAX || !self.delays.iter().all(fits) {
            return Err(Malformed::new(
                format!("`stream.delays` contiene da 0 a {DELAY_MAX_S} secondi per canale."),
                format!("`stream.delays` holds 0 to {DELAY_MAX_S} seconds a channel."),
            ));
        }
        Ok(())
    }
}

/// Whether this is an address of http or https whose host and port are plain to see: a page's policy
/// names them. Nobody's name or password stands before the host, and a name in another alphabet is
/// written as browsers send it (`xn--…`).
fn is_of_a_host(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(authority) = rest.and_then(|rest| rest.split(['/', '?', '#']).next()) else {
        return false;
    };
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    host.split('.').all(label)
        && port.parse::<u16>().is_ok_and(|number| number > 0 && !port.starts_with('+'))
        && !url.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn rests_on(on: Vec<On>, event: Event) -> Decision {
    Decision::Record { on, events: vec![event] }
}

fn record(question: &Question, event: Event) -> Result<Decision, Refusal> {
    Ok(rests_on(vec![On::Question(question.id, question.rev)], event))
}

/// A new text, with what was found in the name that stays. What the asker wished a person to judge
/// does not keep them from writing it better.
fn with_its_name(text: &Asked, question: &Question) -> Asked {
    let findings = question.findings.as_ref().and_then(|findings| findings.get());
    let named = findings.into_iter().flatten().filter(|finding| finding.in_name);
    let named = named.map(|finding| {
        let verdict = finding.verdict.min(Verdict::Hold);
        Finding { verdict, ..finding.clone() }
    });
    Asked { named: named.collect(), ..text.clone() }
}

fn unqueued(question: &Question, note: Option<String>) -> Event {
    let (id, asker) = (question.id, question.asker);
    Event::QuestionUnqueued { question: id, note: note.map(Personal::new), asker }
}

/// What somebody on the staff typed, as it may be shown.
fn desk_text(text: &str, what: &'static str, most: usize) -> Result<String, Refusal> {
    if text.len() > most * 16 {
        return Err(Refusal::TooLong { what, most });
    }
    let text = screening::clean(text);
    match screening::length(&text) {
        0 if what == "reason" => Err(Refusal::ReasonMissing { missing: what }),
        0 => Err(Refusal::Empty { what }),
        length if length > most => Err(Refusal::TooLong { what, most }),
        _ => Ok(text),
    }
}
