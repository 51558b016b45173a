//! A short evening whose every command goes the way of the wire: written as a client writes it,
//! decoded, decided, applied. The fixtures are what its audiences saw.

use crate::qa::command::Command;
use crate::qa::event::{About, Entry, Official, Recorded, Stream};
use crate::qa::view::{self, Change};
use crate::qa::{
    Actor, As, Audience, Caller, Changes, CommandId, Decision, EntryId, Envelope, Event, PersonId,
    Policy, QuestionId, Refusal, Rev, Role, Session, SessionId, Sieve, Timestamp, World,
};
use crate::wire::client::{ClientCommand, Wish};
use crate::wire::{Cursor, Incoming, decode};

/// When it begins.
pub(super) const BEGIN: Timestamp = Timestamp(1_795_300_000_000);
/// Which life of the journal the cursors name.
pub(super) const EPOCH: u64 = 1;

pub(super) const ANNA: PersonId = person(1);
pub(super) const BRUNO: PersonId = person(2);
pub(super) const CARLA: PersonId = person(3);
pub(super) const DESK: PersonId = person(11);
pub(super) const MAYOR: PersonId = person(12);
pub(super) const PRESS: PersonId = person(13);

const fn person(n: u128) -> PersonId {
    PersonId::from_u128(0x5EED << 100 | n << 40 | 0xF110)
}

/// The nth id of the evening, as a client would have made it.
pub(super) const fn id(n: u32) -> CommandId {
    let ms = BEGIN.0 as u128 + n as u128 * 1000;
    CommandId::from_u128(ms << 80 | 0xD1_2E77_0000 << 32 | n as u128)
}

pub(super) fn question(n: u32) -> QuestionId {
    QuestionId::from(id(n))
}

pub(super) fn rev(n: u32) -> Rev {
    Rev(n)
}

/// A session and the clock of its commands.
pub(super) struct Evening {
    pub(super) session: Session,
    next: u32,
}

impl Evening {
    /// Open, with a desk, a mayor and a press office.
    pub(super) fn opened() -> Self {
        let session = Session::new(SessionId::from_u128(7));
        let mut evening = Self { session, next: 1 };
        let about = About {
            title: "Bilancio partecipato: le vostre domande".to_owned(),
            language: "it".to_owned(),
            starts_at: Some(BEGIN),
            officials: vec![Official {
                name: "Lucia Conti".to_owned(),
                office: "Sindaca".to_owned(),
            }],
            labels: vec!["Mobilità".to_owned(), "Scuola".to_owned()],
            stream: Some(Stream {
                url: "https://diretta.example.it/live.m3u8".to_owned(),
                kind: "hls".to_owned(),
                delays: [("web".to_owned(), 12)].into(),
            }),
        };
        let slug = "bilancio-partecipato".parse().expect("a slug");
        let policy = Policy::default();
        let created =
            Event::SessionCreated { slug, about, rehearsal: false, policy: Box::new(policy) };
        evening.record(Actor::House, created);
        for (person, role, name) in [
            (DESK, Role::Moderator, "Redazione"),
            (MAYOR, Role::Official, "Lucia Conti"),
            (PRESS, Role::Admin, "Ufficio stampa"),
        ] {
            let name = name.to_owned();
            evening
                .record(Actor::House, Event::RoleGranted { person, role, name, invitation: None });
        }
        evening.desk(Wish::Open);
        evening
    }

    fn record(&mut self, by: Actor, event: Event) -> Changes {
        let id = self.id();
        self.apply(Recorded { id, by, at: self.now(), on: vec![], head: None, events: vec![event] })
    }

    fn apply(&mut self, command: Recorded) -> Changes {
        let id = EntryId(command.id.0);
        self.session.apply(&Entry { v: 1, id, commands: vec![command] }).changes
    }

    fn id(&mut self) -> CommandId {
        self.next += 1;
        id(self.next)
    }

    pub(super) fn now(&self) -> Timestamp {
        BEGIN.plus_seconds(self.next)
    }

    /// The question that was asked last.
    pub(super) fn last(&self) -> QuestionId {
        question(self.next)
    }

    pub(super) fn citizen(&mut self, person: PersonId, wish: Wish) -> Changes {
        let wished = self.wish(person, As::Citizen, wish);
        wished.unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    pub(super) fn desk(&mut self, wish: Wish) -> Changes {
        let wished = self.wish(DESK, As::Staff, wish);
        wished.unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// One wish, over the wire and back.
    pub(super) fn wish(
        &mut self,
        person: PersonId,
        acts: As,
        wish: Wish,
    ) -> Result<Changes, Refusal> {
        let id = self.id();
        let sent = serde_json::to_vec(&ClientCommand { id, wish }).expect("a wish is JSON");
        let command = match decode(&sent, acts, &Sieve::of(self.session.policy(), &[])) {
            Ok(Incoming::Command { id: read, command }) if read == id => command,
            other => panic!("{other:?}"),
        };
        let by = match (acts, &command) {
            (_, Command::Vote { .. }) => Actor::Crowd,
            (As::Citizen, _) => Actor::Citizen(person),
            (As::Staff, _) => Actor::Staff(person),
        };
        let envelope = Envelope { id, caller: Caller { person, acts }, command };
        let now = self.now();
        let head = crate::qa::Head { n: 0, chain: [0; 32] };
        match self.session.decide(
            &envelope,
            &World { now, head, missing: &[], unconfirmed: None, campaign: None },
        )? {
            Decision::Record { on, events } => {
                Ok(self.apply(Recorded { id, by, at: now, on, head: None, events }))
            }
            Decision::Done => Ok(Changes::default()),
        }
    }

    pub(super) fn cursor(&self, audience: Audience) -> Cursor {
        Cursor { audience, epoch: EPOCH, place: self.session.place(audience) }
    }

    pub(super) fn told(&self, changes: &Changes, audience: Audience) -> Vec<Change> {
        view::update(&self.session, changes, audience)
    }
}

/// What one of them asks.
pub(super) fn ask(text: &str) -> Wish {
    let text = text.to_owned();
    Wish::Ask { text, name: None, labels: None, review: None, channel: None }
}
