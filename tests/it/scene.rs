//! A session in any state with a question in any state, and any command about it: what the tables
//! are tried on.

use filodiretto::qa::command::{AboutChange, Asked};
use filodiretto::qa::event::{Answer, Channel, ENTRY_VERSION, Reason};
use filodiretto::qa::policy::PolicyChange;
use filodiretto::qa::session::{Session, State};
use filodiretto::qa::{
    Actor, As, Caller, Command, CommandId, Decision, Entry, EntryId, Envelope, Head, InvitationId,
    Kind, Outcome, PersonId, QuestionId, Recorded, Refusal, Rev, Role, Sieve, Timestamp, World,
};
use filodiretto::story::Story;

use crate::check::told;

/// Where a session can stand. Scheduled counts twice, since `before_start` decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    Draft,
    Scheduled,
    BeforeStart,
    Open,
    Closed,
    Ended,
}

impl Setting {
    pub(crate) const ALL: [Self; 6] =
        [Self::Draft, Self::Scheduled, Self::BeforeStart, Self::Open, Self::Closed, Self::Ended];
}

/// A session with a question of `asker` in it.
pub(crate) struct Scene {
    pub(crate) session: Session,
    pub(crate) question: QuestionId,
    pub(crate) invitation: InvitationId,
    story: Story,
}

/// `None` where no sequence of commands leads: a merged question (merging is not built), and one
/// that is on air after the end.
pub(crate) fn scene(state: State, setting: Setting, asker: &str) -> Option<Scene> {
    let question = match state {
        State::Pending => "",
        State::Approved => "capo approves q1",
        State::Queued => "capo approves q1; capo queues q1",
        State::OnAir if setting == Setting::Ended => return None,
        State::OnAir => "capo approves q1; capo airs q1",
        State::Answered => "capo approves q1; capo answered q1",
        State::Dismissed => "capo dismisses q1 off_topic",
        State::Withdrawn => "asker withdraws q1",
        State::Merged => return None,
    };
    let turn = match setting {
        Setting::Draft => "capo describes starts never",
        Setting::Scheduled => "capo policy before_start=false",
        Setting::BeforeStart => "",
        Setting::Open => "capo opens",
        Setting::Closed => "capo opens; capo closes",
        Setting::Ended => "capo opens; capo closes; capo ends",
    };
    let script = format!(
        "session prova 'Una sera' rehearsal policy slow_s=none before_start=true
         mod is moderator; dora is official; pia is producer; capo is admin
         capo describes starts 100h
         capo invites i1 producer 'Una regia'
         {asker} as citizen asks q1 'Quando riapre la biblioteca?' as 'Anna'
         {question}
         {turn}",
        question = question.replace("asker", &format!("{asker} as citizen")),
    );
    let story = told(&script);
    let session = story.session().clone();
    let question = session.questions().next().expect("it was asked").id;
    assert_eq!(session.question(question).map(|q| q.state), Some(state), "{script}");
    let invitation = *session.invitations().keys().next().expect("it was made");
    Some(Scene { session, question, invitation, story })
}

impl Scene {
    pub(crate) fn person(&mut self, name: &str) -> PersonId {
        self.story.person(name)
    }

    /// The question as it is.
    pub(crate) fn rev(&self) -> Rev {
        self.session.question(self.question).expect("it was asked").rev
    }

    /// A command of this kind about the question, complete and with the latest revisions.
    pub(crate) fn command(&mut self, kind: Kind) -> Command {
        let (question, rev) = (self.question, self.rev());
        let text = "Quando riapre il teatro comunale?".to_owned();
        let asked = Asked::screened(&text, self.session.policy());
        let person = self.person("ana");
        match kind {
            Kind::Ask => Command::Ask { text: asked, name: None, labels: vec![], review: false },
            Kind::Enter => {
                Command::Enter { text, name: None, labels: vec![], channel: Channel::Hall }
            }
            Kind::Check => Command::Check { text: asked, masks: false },
            Kind::Edit => Command::Edit { question, text: asked },
            Kind::Withdraw => Command::Withdraw { question },
            Kind::Vote => Command::Vote { question, on: true },
            Kind::Report => Command::Report { question, reason: Reason::Advertising },
            Kind::Claim => Command::Claim { question, rev },
            Kind::Release => Command::Release { question, rev },
            Kind::Approve => Command::Approve { question, rev, name: true },
            Kind::Dismiss => {
                Command::Dismiss { question, rev, reason: Reason::OffTopic, of: None, note: None }
            }
            Kind::Restore => Command::Restore { question, rev },
            Kind::Revise => Command::Revise { question, rev, text },
            Kind::Merge => Command::Merge { question, rev, into: question },
            Kind::Unmerge => Command::Unmerge { question, rev },
            Kind::Label => Command::Label { question, rev, labels: vec![] },
            Kind::Note => Command::Note { question, rev, text, to_stage: false },
            Kind::Assign => Command::Assign { question, rev, to: None },
            Kind::Queue => Command::Queue { question, rev, before: None },
            Kind::Unqueue => Command::Unqueue { question, rev },
            Kind::Later => Command::Later { question, rev, note: None },
            Kind::OnAir => Command::OnAir { question, rev, stage: self.session.stage().rev },
            Kind::Next => Command::Next { question },
            Kind::OffAir => Command::OffAir,
            Kind::Answered => Command::Answered { question, rev },
            Kind::Answer => {
                Command::Answer { question, rev, answer: Answer { text, links: vec![] } }
            }
            Kind::Seen => Command::Seen { question },
            Kind::Mute => Command::Mute { person, minutes: None, reason: Reason::Other },
            Kind::Unmute => Command::Unmute { person },
            Kind::Policy => {
                let change = PolicyChange { slow_s: Some(Some(7)), ..PolicyChange::default() };
                Command::Policy { change: Box::new(change) }
            }
            Kind::Rescreen => {
                let sieve = Sieve::of(self.session.policy(), &[]);
                let waiting = self.session.waiting(None, 64).into_iter();
                let looked = waiting.map(|waiting| waiting.look(&sieve)).collect();
                Command::Rescreen { looked, more: false }
            }
            Kind::Open => Command::Open,
            Kind::Close => Command::Close,
            Kind::End => Command::End,
            Kind::Reopen => Command::Reopen,
            Kind::Undo => Command::Undo { command: CommandId::from_u128(7) },
            Kind::Overlay => Command::Overlay { show: false },
            Kind::Delay => Command::Delay { channel: "youtube".to_owned(), seconds: 20 },
            Kind::Mark => Command::Mark { text: None },
            Kind::TakeBack => Command::TakeBack { question, reason: "un nome".to_owned() },
            Kind::Forget => Command::Forget { person, reason: "richiesta".to_owned() },
            Kind::Describe => {
                let change =
                    AboutChange { title: Some("Altro".to_owned()), ..AboutChange::default() };
                Command::Describe { change: Box::new(change), rev: self.session.rev() }
            }
            Kind::Invite => {
                let (name, token_hash) = ("Gina".to_owned(), "0".repeat(64));
                Command::Invite { role: Role::Moderator, name, token_hash }
            }
            Kind::Uninvite => Command::Uninvite { invitation: self.invitation },
            Kind::Join => Command::Join { invitation: self.invitation },
        }
    }

    /// Decides it, and applies what it leads to.
    pub(crate) fn send(&mut self, name: &str, acts: As, command: Command) -> Result<(), Refusal> {
        let person = self.person(name);
        let id = CommandId::from_u128(0x0001_9dff_ffff << 80 | 0xfeed);
        let caller = Caller { person, acts };
        let envelope = Envelope { id, caller, command };
        let now = Timestamp(self.session.last_at().0 + 1);
        let world = World {
            now,
            head: Head { n: 0, chain: [0; 32] },
            missing: &[],
            unconfirmed: None,
            campaign: None,
        };
        let Decision::Record { on, events } = self.session.decide(&envelope, &world)? else {
            return Ok(());
        };
        let by = match (acts, envelope.command.kind()) {
            (As::Citizen, Kind::Vote) => Actor::Crowd,
            (As::Citizen, _) => Actor::Citizen(person),
            (As::Staff, _) => Actor::Staff(person),
        };
        let commands = vec![Recorded { id, by, at: now, on, head: None, events }];
        let entry = Entry { v: ENTRY_VERSION, id: EntryId::from_u128(7), commands };
        assert_eq!(self.session.apply(&entry).outcomes, [Outcome::Counted]);
        Ok(())
    }
}
