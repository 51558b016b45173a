//! Entries as an evening makes them, for the tests of this room.

use crate::qa::event::{
    Actor, ENTRY_VERSION, Entry, Event, Hash8, Head, Recorded, Screened, VoteRow,
};
use crate::qa::guarded::{Personal, Shown};
use crate::qa::id::{CommandId, EntryId, PersonId, QuestionId, SessionId, Timestamp};
use crate::screening::{Finding, Verdict};

pub(super) fn session_id(n: u128) -> SessionId {
    SessionId::from_u128(0x5e55_0000 << 64 | n)
}

pub(super) fn entry_id(n: u128) -> EntryId {
    EntryId::from_u128(0xe417_0000 << 64 | n)
}

pub(super) fn command_id(n: u128) -> CommandId {
    CommandId::from_u128(0xc033_0000 << 64 | n)
}

pub(super) fn question_id(n: u128) -> QuestionId {
    command_id(n).into()
}

pub(super) fn person_id(n: u128) -> PersonId {
    PersonId::from_u128(0x9e25_0000 << 64 | n)
}

/// Somebody asks, and it is shown at once. The question has the entry's number.
pub(super) fn ask(n: u128, person: u128, text: &str, name: &str) -> Entry {
    let finding = Finding {
        code: "LINK_FOUND".to_owned(),
        verdict: Verdict::Hold,
        spans: vec![0..4, 6..9],
        evidence: Some(text.to_owned()),
        count: None,
        in_name: false,
    };
    let asked = Event::QuestionAsked {
        text: Personal::new(text.to_owned()),
        name: Some(Personal::new(name.to_owned())),
        labels: vec!["strade".to_owned()],
        screened: Screened {
            verdict: Verdict::Pass,
            findings: Personal::new(vec![finding]),
            policy: 1,
        },
        shown: Some(Shown::new(text.to_owned())),
        held_until: None,
    };
    entry(n, Actor::Citizen(person_id(person)), None, asked)
}

/// Votes of a moment: person, question, on.
pub(super) fn cast(n: u128, votes: &[(u128, u128, bool)]) -> Entry {
    let row = |&(person, question, on): &(u128, u128, bool)| {
        VoteRow(person_id(person), question_id(question), on, Hash8(0xface))
    };
    let rows = votes.iter().map(row).collect();
    entry(n, Actor::Crowd, None, Event::VotesCast { rows })
}

/// A command of the desk, anchored at what its node had applied.
pub(super) fn anchored(n: u128, head: Head) -> Entry {
    let question = question_id(1);
    let by = Actor::Staff(person_id(1));
    entry(n, by, Some(head), Event::QuestionWithdrawn { question })
}

fn entry(n: u128, by: Actor, head: Option<Head>, event: Event) -> Entry {
    let at = Timestamp(1_790_000_000_000);
    let events = vec![event];
    let recorded = Recorded { id: command_id(n), by, at, on: Vec::new(), head, events };
    Entry { v: ENTRY_VERSION, id: entry_id(n), commands: vec![recorded] }
}
