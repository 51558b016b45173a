//! From what somebody says to a command, as a page would send it: with the revisions that the
//! person has before their eyes.

use super::cast::Cast;
use super::script::{About, Said};
use crate::qa::command::AboutChange;
use crate::qa::event::{Answer, Reason};
use crate::qa::{
    CommandId, InvitationId, PersonId, QuestionId, Rev, Role, Session, Sieve, Timestamp,
    command::Command, command::Kind,
};

/// What a page has at hand when somebody says something.
pub(super) struct Sight<'a> {
    pub(super) session: &'a Session,
    pub(super) now: Timestamp,
    pub(super) cast: &'a mut Cast,
    /// The last command of the same person, for `undo`.
    pub(super) last: Option<CommandId>,
}

impl Said {
    /// The command. Every [`Kind`] has one, so every command can be told in a story.
    pub(super) fn command(&self, sight: &mut Sight<'_>) -> Command {
        let with = &self.with;
        let session = sight.session;
        let bits = sight.cast.thing(&with.object);
        let question = QuestionId::from_u128(bits);
        let other = with.other.as_ref().map(|name| QuestionId::from_u128(sight.cast.thing(name)));
        let seen = session.question(question).map_or(Rev(0), |question| question.rev);
        let rev = with.rev.unwrap_or(seen);
        let (text, note, labels) = (with.text.clone(), with.note.clone(), with.labels.clone());
        let name = with.name.clone();
        let reason = with.reason.unwrap_or(Reason::Other);
        match self.kind {
            Kind::Ask => {
                let text = sieve(session).look(&text, name.as_deref());
                Command::Ask { text, name, labels, review: with.flag }
            }
            Kind::Enter => {
                let channel = with.channel.unwrap_or(crate::qa::event::Channel::Hall);
                Command::Enter { text, name, labels, channel }
            }
            Kind::Check => {
                let looked = sieve(session).look(&text, name.as_deref());
                Command::Check { masks: looked.masks(&text), text: looked }
            }
            Kind::Edit => Command::Edit { question, text: sieve(session).look(&text, None) },
            Kind::Withdraw => Command::Withdraw { question },
            Kind::Vote => Command::Vote { question, on: with.flag },
            Kind::Report => Command::Report { question, reason },
            Kind::Claim => Command::Claim { question, rev },
            Kind::Release => Command::Release { question, rev },
            Kind::Approve => Command::Approve { question, rev, name: !with.flag },
            Kind::Dismiss => Command::Dismiss { question, rev, reason, of: other, note },
            Kind::Restore => Command::Restore { question, rev },
            Kind::Revise => Command::Revise { question, rev, text },
            Kind::Merge => Command::Merge { question, rev, into: other.unwrap_or(question) },
            Kind::Unmerge => Command::Unmerge { question, rev },
            Kind::Label => Command::Label { question, rev, labels },
            Kind::Note => Command::Note { question, rev, text, to_stage: with.flag },
            Kind::Assign => Command::Assign { question, rev, to: note },
            Kind::Queue => Command::Queue { question, rev, before: other },
            Kind::Unqueue => Command::Unqueue { question, rev },
            Kind::Later => Command::Later { question, rev, note },
            Kind::OnAir => {
                let stage = with.stage.unwrap_or(session.stage().rev);
                Command::OnAir { question, rev, stage }
            }
            Kind::Next => Command::Next { question },
            Kind::OffAir => Command::OffAir,
            Kind::Answered => Command::Answered { question, rev },
            Kind::Answer => {
                let answer = Answer { text, links: with.links.clone() };
                Command::Answer { question, rev, answer }
            }
            Kind::Seen => Command::Seen { question },
            Kind::Mute => {
                let person = sight.cast.person(&with.object);
                Command::Mute { person, minutes: with.amount, reason }
            }
            Kind::Unmute => Command::Unmute { person: sight.cast.person(&with.object) },
            Kind::Policy => Command::Policy { change: Box::new(with.policy.clone()) },
            Kind::Rescreen => {
                let (sieve, waiting) = (sieve(session), session.waiting(None, usize::MAX));
                let looked = waiting.into_iter().map(|waiting| waiting.look(&sieve)).collect();
                Command::Rescreen { looked, more: false }
            }
            Kind::Open => Command::Open,
            Kind::Close => Command::Close,
            Kind::End => Command::End,
            Kind::Reopen => Command::Reopen,
            Kind::Undo => Command::Undo { command: sight.last.unwrap_or(CommandId::from_u128(0)) },
            Kind::Overlay => Command::Overlay { show: with.flag },
            Kind::Delay => {
                Command::Delay { channel: text, seconds: with.amount.unwrap_or(u32::MAX) }
            }
            Kind::Mark => Command::Mark { text: note },
            Kind::TakeBack => Command::TakeBack { question, reason: text },
            Kind::Forget => {
                let person: PersonId = sight.cast.person(&with.object);
                Command::Forget { person, reason: text }
            }
            Kind::Describe => {
                let change = Box::new(with.about.at(sight.now));
                Command::Describe { change, rev: with.rev.unwrap_or(session.rev()) }
            }
            Kind::Invite => {
                let role = with.role.unwrap_or(Role::Moderator);
                let token_hash = format!("{bits:064x}");
                Command::Invite { role, name: text, token_hash }
            }
            Kind::Uninvite => Command::Uninvite { invitation: InvitationId::from_u128(bits) },
            Kind::Join => Command::Join { invitation: InvitationId::from_u128(bits) },
        }
    }

    /// The name under which the script knows what this makes.
    pub(super) fn makes(&self) -> Option<&str> {
        let makes = matches!(self.kind, Kind::Ask | Kind::Enter | Kind::Invite);
        makes.then_some(self.with.object.as_str())
    }
}

impl About {
    /// With the start as a moment.
    pub(super) fn at(&self, now: Timestamp) -> AboutChange {
        let moment = |ms: i64| Timestamp(now.0.saturating_add(ms));
        let starts_at = self.starts_in.map(|starts| starts.map(moment));
        AboutChange { starts_at, ..self.change.clone() }
    }
}

fn sieve(session: &Session) -> Sieve {
    Sieve::of(session.policy(), &session.about().officials)
}
