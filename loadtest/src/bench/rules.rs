//! What rules and state cost in this process alone, without a journal.

use anyhow::Context as _;
use filodiretto::journal::Chain;
use filodiretto::qa::event::{Channel, ENTRY_VERSION, Hash8, Screened};
use filodiretto::qa::guarded::{Guarded, Personal};
use filodiretto::qa::{
    Actor, As, Caller, Command, CommandId, Decision, Entry, EntryId, Envelope, Event, Guard, KeyOf,
    PersonId, QuestionId, Recorded, Session, SessionId, Shown, Timestamp, VoteRow, World,
};
use filodiretto::screening::Verdict;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Row, now, resident};
use crate::writers::{self, Plan};

/// Commands a second through the rules alone: decide and apply, no journal.
pub(super) fn votes(rows: &mut Vec<Row>, commands: usize) -> anyhow::Result<()> {
    let plan = Plan { writers: 1000, asks: 0, votes: 0, seed: 1 };
    let mut session = open_session(plan);
    let start = now();
    for n in 0..commands {
        let writer = u32::try_from(n % 1000)?;
        let caller = Caller { person: writers::person(plan, writer), acts: As::Citizen };
        let question = writers::target(plan, u32::try_from(n / 1000)? % 50);
        let id = CommandId::from_u128(0xf00 << 64 | n as u128);
        let on = (n / 50_000).is_multiple_of(2);
        let command = Command::Vote { question, on };
        let wish = Envelope { id, caller, command };
        let world = World {
            now: Timestamp(1),
            head: Chain::new(session.id()).head(),
            missing: &[],
            unconfirmed: None,
            campaign: None,
        };
        if let Ok(Decision::Record { on, events }) = session.decide(&wish, &world) {
            let recorded =
                Recorded { id, by: Actor::Crowd, at: Timestamp(1), on, head: None, events };
            session.apply(&entry(n as u128, vec![recorded]));
        }
    }
    let took = start.elapsed();
    rows.push(Row::new(
        "votes through the rules, one at a time",
        commands as f64 / took.as_secs_f64(),
        "commands/s",
        format!("{commands} votes of 1,000 people on 50 questions, no journal"),
    ));
    Ok(())
}

/// Bytes of state for each person, question and vote.
pub(super) fn state(rows: &mut Vec<Row>, people: u32, questions: u32) -> anyhow::Result<()> {
    let plan = Plan { writers: questions, asks: 0, votes: 0, seed: 3 };
    let mut session = Session::new(SessionId::from_u128(1));
    let empty = resident();
    for n in 0..questions {
        let id = u128::from(n) + 1;
        session.apply(&entry(id, vec![asked(id)]));
    }
    let with_questions = resident();
    let voter = |n: u32| PersonId::from_u128(u128::from(n) << 64 | 5);
    let mut hash = 0;
    let mut cast = |session: &mut Session, question: u32, every: u32| {
        let question = QuestionId::from_u128(u128::from(question) + 1);
        for chunk in (0..people).step_by(1000) {
            let rows = (chunk..(chunk + 1000).min(people))
                .filter(|n| n % every == 0)
                .map(|n| {
                    hash += 1;
                    VoteRow(voter(n), question, true, Hash8(hash))
                })
                .collect();
            let votes = Recorded {
                id: CommandId::from_u128(u128::from(hash) << 20),
                by: Actor::Crowd,
                at: Timestamp(1),
                on: vec![],
                head: None,
                events: vec![Event::VotesCast { rows }],
            };
            session.apply(&entry(u128::from(hash), vec![votes]));
        }
    };
    cast(&mut session, 0, 1);
    let with_people = resident();
    for question in 1..questions {
        cast(&mut session, question, 1 + question % 7);
    }
    let with_votes = resident();
    let votes: u64 = session.questions().map(|q| u64::from(q.voters.len())).sum();
    let sets: usize = session.questions().map(|q| q.voters.bytes()).sum();
    let start = now();
    // Sealed first, as the journal does: what is written holds no clear text.
    session.guard(&mut NoSeal);
    let snapshot = rmp_serde::to_vec_named(&session).context("failed to encode the state")?;
    let took = start.elapsed();
    let of = format!(
        "{people} people × {questions} questions, {votes} votes; resident memory, pages of 4 KiB"
    );
    let per = |bytes: usize, count: f64| bytes as f64 / count;
    rows.push(Row::new(
        "state per question",
        per(with_questions.saturating_sub(empty), f64::from(questions)),
        "bytes",
        of.clone(),
    ));
    rows.push(Row::new(
        "state per person, with their first vote",
        per(with_people.saturating_sub(with_questions), f64::from(people)),
        "bytes",
        of.clone(),
    ));
    rows.push(Row::new(
        "state per vote after the first, resident",
        per(with_votes.saturating_sub(with_people), votes as f64),
        "bytes",
        of,
    ));
    rows.push(Row::new(
        "sets of voters per vote",
        per(sets, votes as f64),
        "bytes",
        format!("{sets} bytes in {} sets", plan.writers),
    ));
    rows.push(Row::new(
        "snapshot of that state",
        snapshot.len() as f64 / 1e6,
        "MB",
        format!("encoded in {:.0} ms", took.as_secs_f64() * 1e3),
    ));
    let start = now();
    let again: Session =
        rmp_serde::from_slice(&snapshot).context("failed to read the state back")?;
    anyhow::ensure!(again.people().len() == session.people().len(), "people were lost");
    rows.push(Row::new(
        "the same, read back",
        start.elapsed().as_secs_f64() * 1e3,
        "ms",
        String::new(),
    ));
    Ok(())
}

struct NoSeal;

impl Guard for NoSeal {
    fn visit<T: Serialize + DeserializeOwned>(
        &mut self,
        _key: KeyOf,
        _field: &'static str,
        value: &mut Guarded<T>,
    ) {
        if value.sealed().is_none() {
            value.set_sealed("x".repeat(200));
        }
    }
}

fn open_session(plan: Plan) -> Session {
    let mut session = Session::new(SessionId::from_u128(1));
    let opened = Recorded {
        id: CommandId::from_u128(1),
        by: Actor::House,
        at: Timestamp(1),
        on: vec![],
        head: None,
        events: vec![Event::SessionOpened {}],
    };
    session.apply(&entry(1, vec![opened]));
    for n in 0..50 {
        let entered = Recorded {
            id: writers::target(plan, n).into(),
            by: Actor::Staff(PersonId::from_u128(9)),
            at: Timestamp(1),
            on: vec![],
            head: None,
            events: vec![Event::QuestionEntered {
                text: Shown::new("Quando riapre la biblioteca?".to_owned()),
                name: None,
                labels: vec![],
                channel: Channel::Hall,
            }],
        };
        session.apply(&entry(u128::from(n) + 2, vec![entered]));
    }
    session
}

pub(super) fn asked(n: u128) -> Recorded {
    let text = "Quando riapre la biblioteca di quartiere, e con quali orari nei giorni festivi? Mia figlia studia lì.";
    Recorded {
        id: CommandId::from_u128(n),
        by: Actor::Citizen(PersonId::from_u128(n << 40 | 3)),
        at: Timestamp(1),
        on: vec![],
        head: None,
        events: vec![Event::QuestionAsked {
            text: Personal::new(text.to_owned()),
            name: Some(Personal::new("Anna".to_owned())),
            labels: vec![],
            screened: Screened {
                verdict: Verdict::Pass,
                findings: Personal::new(vec![]),
                policy: 1,
            },
            shown: None,
            held_until: None,
        }],
    }
}

pub(super) fn entry(n: u128, commands: Vec<Recorded>) -> Entry {
    Entry { v: ENTRY_VERSION, id: EntryId::from_u128(n), commands }
}
