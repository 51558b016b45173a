//! What holds whatever people do: on journals that a crowd makes on three nodes which lag behind,
//! with commands and entries that come twice (`crowd`).

use std::collections::{BTreeMap, BTreeSet};

use filodiretto::qa::event::Facts as _;
use filodiretto::qa::guarded::Guarded;
use filodiretto::qa::session::catalogue::By;
use filodiretto::qa::session::{PersonNumber, Question, SessionState, State, hash8};
use filodiretto::qa::view::{self, Change};
use filodiretto::qa::{
    Actor, Audience, Entry, Event, Guard, KeyOf, Outcome, PersonId, QuestionId, Session, SessionId,
    Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::crowd::with_refused_questions;
use crate::crowd::{Author, Chance, Evening, Seed, chosen, evening, marks_in, nonsense, seeds};

/// How many evenings each property is tried on, and how long they are.
const EVENINGS: u64 = 30;
const STEPS: usize = 400;

/// A door without a lock: what it seals it can open, and it says which key would have done so.
struct Door {
    opens: bool,
}

impl Guard for Door {
    fn visit<T: Serialize + DeserializeOwned>(
        &mut self,
        key: KeyOf,
        field: &'static str,
        value: &mut Guarded<T>,
    ) {
        let seal = format!("{key:?} {field}: ");
        if self.opens {
            // What was forgotten opens as nothing; anything else under another key is a fault.
            let sealed = value.sealed().unwrap_or_default().to_owned();
            let clear = sealed.strip_prefix(&seal);
            assert!(clear.is_some() || sealed.is_empty(), "sealed as {sealed}, opened as {seal}");
            let clear = clear.map(|json| serde_json::from_str(json).expect("it was sealed here"));
            value.set_clear(clear);
        } else if let (Some(clear), None) = (value.get(), value.sealed()) {
            let json = serde_json::to_string(clear).expect("any text is JSON");
            value.set_sealed(seal + &json);
        }
    }
}

/// The journal as it stands on disk and comes back: sealed, written, read, opened.
fn stored(journal: &[Entry]) -> Vec<Entry> {
    let walk = |entry: &mut Entry, door: &mut Door| {
        for command in &mut entry.commands {
            let (id, by) = (command.id, command.by);
            command.events.iter_mut().for_each(|event| event.guard(id, by, door));
        }
    };
    let store = |entry: &Entry| {
        let mut entry = entry.clone();
        walk(&mut entry, &mut Door { opens: false });
        let json = serde_json::to_string(&entry).expect("everything is sealed");
        let mut entry: Entry = serde_json::from_str(&json).expect("it was written here");
        walk(&mut entry, &mut Door { opens: true });
        entry
    };
    journal.iter().map(store).collect()
}

fn empty() -> Session {
    Session::new(SessionId::from_u128(1))
}

fn replay(journal: &[Entry]) -> Session {
    let mut session = empty();
    journal.iter().for_each(|entry| drop(session.apply(entry)));
    session
}

fn on_each_evening(property: impl Fn(u64, &Evening)) {
    for seed in seeds(EVENINGS) {
        let _named = Seed(seed);
        property(seed, &evening(seed, STEPS));
    }
}

#[test]
fn an_evening_has_everything_in_it() {
    // Else the properties say nothing: over all evenings each state, each outcome, each event.
    if chosen() {
        return;
    }
    let mut events = BTreeSet::new();
    let (mut void, mut states, mut let_through) = (0, BTreeSet::new(), 0);
    for seed in seeds(EVENINGS) {
        let evening = evening(seed, STEPS);
        void += evening.void;
        let_through += evening.let_through.len();
        states.extend(replay(&evening.journal).questions().map(|question| question.state));
        let commands = evening.journal.iter().flat_map(|entry| &entry.commands);
        for event in commands.flat_map(|command| &command.events) {
            let name = format!("{event:?}");
            events.insert(name.split([' ', '{']).next().unwrap_or_default().to_owned());
        }
    }
    assert!(void > 200 && let_through > 500, "{void} void, {let_through} let through");
    assert_eq!(states.len(), 7, "{states:?}"); // All but merged.
    // 30, but for `RoleRevoked`, which no command of this version makes.
    assert_eq!(events.len(), 29, "{events:?}");
}

#[test]
fn the_same_journal_gives_the_same_state_from_any_place_and_any_snapshot() {
    on_each_evening(|seed, evening| {
        let journal = stored(&evening.journal);
        let whole = replay(&journal);
        let mut chance = Chance::new(seed);
        for _ in 0..6 {
            let cut = chance.below(journal.len());
            let mut session = replay(&journal[..cut]);
            // A snapshot: sealed by the same door, written, read, opened.
            let before = session.clone();
            session.guard(&mut Door { opens: false });
            assert_eq!(session, before, "everything was sealed when it was appended");
            let bytes = rmp_serde::to_vec_named(&session).expect("a state can be written");
            let mut session: Session = rmp_serde::from_slice(&bytes).expect("and read");
            session.guard(&mut Door { opens: true });
            assert_eq!(session, before, "a snapshot holds everything, at {cut}");
            for entry in &journal[cut..] {
                session.apply(entry);
            }
            assert_eq!(session, whole, "from the snapshot at {cut}");
        }
    });
}

#[test]
fn void_commands_and_repeats_change_nothing() {
    on_each_evening(|_, evening| {
        let mut session = empty();
        let mut counted = Vec::new();
        for entry in &evening.journal {
            let outcomes = session.apply(entry).outcomes;
            let mut kept = entry.clone();
            let mut outcome = outcomes.iter();
            kept.commands.retain(|_| outcome.next() == Some(&Outcome::Counted));
            counted.push(kept);
        }
        assert_eq!(replay(&counted), session);
    });
}

#[test]
fn queue_stage_and_numbers_are_in_step_with_the_questions() {
    on_each_evening(|_, evening| {
        let mut session = empty();
        let mut numbered: Vec<QuestionId> = Vec::new();
        for entry in &evening.journal {
            let before = session.clone();
            session.apply(entry);
            in_step(&session);
            // Numbers are dense and never change: 1, 2, 3 … in the order of first approval.
            let mut new: Vec<_> = session
                .questions()
                .filter(|q| q.number.is_some() && !numbered.contains(&q.id))
                .map(|q| (q.number, q.id))
                .collect();
            new.sort_unstable();
            numbered.extend(new.into_iter().map(|(_, id)| id));
            for (n, id) in (1..).zip(&numbered) {
                assert_eq!(session.question(*id).and_then(|q| q.number), Some(n));
            }
            moves_forward(&before, &session);
        }
        let first: Vec<_> = first_approvals(&evening.journal);
        assert_eq!(numbered, first, "in the order of first approval");
    });
}

#[test]
fn the_catalogue_says_what_a_look_at_every_question_would() {
    on_each_evening(|seed, evening| {
        let mut session = empty();
        for (n, entry) in evening.journal.iter().enumerate() {
            session.apply(entry);
            if n % 8 == 0 {
                filed(&session);
            }
        }
        filed(&session);
        // It is in no snapshot: who begins with one makes it anew.
        let mut cached = session.clone();
        cached.guard(&mut Door { opens: false });
        let bytes = rmp_serde::to_vec_named(&cached).expect("everything is sealed");
        let mut again: Session = rmp_serde::from_slice(&bytes).expect("it was written here");
        again.guard(&mut Door { opens: true });
        filed(&again);
        for audience in Audience::ALL {
            let (here, there) =
                (view::snapshot(&session, audience), view::snapshot(&again, audience));
            assert_eq!(here, there, "seed {seed} {audience:?}");
        }
    });
}

/// Every order, count and ballot, beside what the questions alone say.
fn filed(session: &Session) {
    let catalogue = session.catalogue();
    let at = |at: Timestamp| u64::try_from(at.0).expect("after 1970");
    for state in State::ALL {
        let here = || session.questions().filter(move |question| question.state == state);
        assert_eq!(catalogue.count(state), here().count(), "{state:?}");
        let key = |by, q: &Question| match by {
            By::Votes => Some(u64::from(q.voters.len())),
            By::Asked => Some(at(q.asked_at)),
            By::Number => q.number.filter(|_| state.is_public()).map(u64::from),
            By::Answered => q.answered_at.filter(|_| state == State::Answered).map(at),
        };
        for by in [By::Votes, By::Asked, By::Number, By::Answered] {
            let spots = here().filter_map(|question| Some((key(by, question)?, question.id)));
            let mut spots: Vec<_> = spots.collect();
            spots.sort_unstable();
            spots.reverse();
            let pages = |most| {
                let mut all = Vec::new();
                loop {
                    let more = catalogue.first(by, [state], all.last().copied(), most);
                    if more.is_empty() {
                        break all;
                    }
                    all.extend(more);
                }
            };
            assert_eq!(pages(3), spots, "{by:?} {state:?}");
            assert_eq!(pages(usize::MAX), spots, "{by:?} {state:?}");
        }
    }
    let pending = || session.questions().filter(|question| question.state == State::Pending);
    let mut waiting: Vec<_> = pending().map(|question| (question.asked_at, question.id)).collect();
    waiting.sort_unstable();
    let ids: Vec<_> = waiting.into_iter().map(|(_, id)| id).collect();
    assert!(catalogue.waiting(None).map(|question| question.id).eq(ids.iter().copied()));
    for (n, id) in ids.iter().enumerate() {
        let behind = catalogue.waiting(Some(*id)).map(|question| question.id);
        assert!(behind.eq(ids[n + 1..].iter().copied()));
    }
    let held = || pending().filter_map(|q| Some((q.screened_under, q.held_until?, q.id)));
    let under: BTreeSet<_> = held().map(|(under, ..)| under).collect();
    for policy in under {
        let mut these: Vec<_> = held().filter(|(under, ..)| *under == policy).collect();
        these.sort_unstable();
        let found = catalogue.held_under(policy).map(|question| question.id);
        assert!(found.eq(these.into_iter().map(|(.., id)| id)), "under {policy}");
    }
    assert_eq!(catalogue.held().count(), held().count());
    let due = session.questions().filter(|q| session.is_held(q)).filter_map(|q| q.held_until).min();
    if session.state() != SessionState::Scheduled {
        assert_eq!(session.next_due(), due);
    }
    for number in (0..).map(PersonNumber).take(session.people().len()) {
        let supported: BTreeSet<_> = catalogue.supported_by(number).collect();
        let voted = session.questions().filter(|question| question.voters.contains(number));
        assert_eq!(supported, voted.map(|question| question.id).collect(), "{number:?}");
    }
}

/// What is on air is one, and the stage's; the queue is exactly what is queued; what is public
/// says what its version says.
fn in_step(session: &Session) {
    let with = |state| session.questions().filter(move |q| q.state == state).map(|q| q.id);
    assert_eq!(with(State::OnAir).collect::<Vec<_>>(), Vec::from_iter(session.stage().on_air));
    assert_eq!(session.stage().since.is_some(), session.stage().on_air.is_some());
    let queue: BTreeSet<_> = session.queue().iter().copied().collect();
    assert_eq!(queue.len(), session.queue().len(), "twice in the queue");
    assert_eq!(queue, with(State::Queued).collect());
    for question in session.questions() {
        assert_eq!(question.answered_at.is_some(), question.state == State::Answered);
        if question.state == State::OnAir {
            assert_eq!(question.on_air_at, session.stage().since);
        }
        if question.state.is_public() {
            let published = question.published.as_ref().expect("it is public");
            let version = &question.versions[published.version as usize];
            // A forgotten person's words are still published, but not kept as asked.
            if let Some(text) = version.text.get() {
                assert_eq!(published.text.get(), Some(text));
            }
            assert!(question.number.is_some());
        }
    }
}

fn moves_forward(before: &Session, after: &Session) {
    assert!(after.rev() >= before.rev() && after.last_at() >= before.last_at());
    assert!(after.stage().rev >= before.stage().rev);
    let aired = before.stage().on_air != after.stage().on_air;
    assert!(!aired || after.stage().rev > before.stage().rev, "another on air, the same revision");
    for old in before.questions() {
        let new = after.question(old.id).expect("no question vanishes");
        assert!(new.rev >= old.rev);
        let moved = new.state != old.state
            || new.name != old.name
            || new.published != old.published
            || new.versions.len() != old.versions.len();
        assert!(!moved || new.rev > old.rev, "moved, but not its revision");
    }
}

/// By the record alone: which questions became public first.
fn first_approvals(journal: &[Entry]) -> Vec<QuestionId> {
    let mut session = empty();
    let mut first = Vec::new();
    for entry in journal {
        let asked = session.clone();
        let outcomes = session.apply(entry).outcomes;
        for (command, outcome) in entry.commands.iter().zip(outcomes) {
            if outcome != Outcome::Counted {
                continue;
            }
            for event in &command.events {
                let id = match event {
                    Event::QuestionApproved { question, .. } => *question,
                    Event::QuestionEntered { .. } => command.id.into(),
                    Event::QuestionAsked { .. } => {
                        let id = QuestionId::from(command.id);
                        let public = session
                            .question(id)
                            .is_some_and(|q| asked.question(id).is_none() && q.number.is_some());
                        let later = entry.commands.iter().any(|other| {
                            other.events.iter().any(|event| {
                                matches!(event, Event::QuestionApproved { question, .. } if *question == id)
                            })
                        });
                        if !public || later {
                            continue;
                        }
                        id
                    }
                    _ => continue,
                };
                if !first.contains(&id) {
                    first.push(id);
                }
            }
        }
    }
    first
}

#[test]
fn one_person_has_one_vote_and_the_last_in_the_record_stands() {
    on_each_evening(|_, evening| {
        let mut session = empty();
        let mut votes: BTreeMap<(PersonId, QuestionId), bool> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for entry in &evening.journal {
            let outcomes = session.apply(entry).outcomes;
            for (command, outcome) in entry.commands.iter().zip(outcomes) {
                // A command is known by person and id, whatever it was.
                if let (Actor::Citizen(person), Outcome::Counted) = (command.by, outcome) {
                    seen.insert((person, hash8(command.id)));
                }
                let rows = command.events.iter().filter_map(|event| match event {
                    Event::VotesCast { rows } => Some(rows),
                    _ => None,
                });
                for row in rows.flatten() {
                    assert!(
                        session.question(row.1).is_some(),
                        "nobody votes for what is not there"
                    );
                    if seen.insert((row.0, row.3)) {
                        votes.insert((row.0, row.1), row.2);
                    }
                }
            }
            for question in session.questions() {
                let voters = votes.iter().filter(|((_, id), on)| *id == question.id && **on);
                assert_eq!(question.voters.len() as usize, voters.count(), "{}", question.id);
            }
        }
        for ((person, question), on) in votes {
            assert_eq!(session.votes_for(person, question), on);
            assert_ne!(session.question(question).and_then(|q| q.asker), Some(person));
        }
    });
}

/// What an audience has been told, folded as a page does.
#[derive(Default)]
struct Board {
    questions: BTreeMap<QuestionId, String>,
    on_air: Option<String>,
    queue: Option<String>,
    session: Option<String>,
}

impl Board {
    fn take(&mut self, change: &Change) {
        match change {
            Change::Question(question) => {
                self.questions.insert(question.id, json(question));
            }
            Change::Gone(id) => drop(self.questions.remove(id)),
            Change::OnAir(on_air) => self.on_air = Some(json(on_air)),
            Change::Queue(queue) => self.queue = Some(json(queue)),
            Change::Session(session) => self.session = Some(json(session)),
        }
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what is shown can be written")
}

/// Counts travel as tallies, for which no place moves.
fn without_votes(question: &str) -> String {
    let mut question: serde_json::Value = serde_json::from_str(question).expect("it is JSON");
    if question["votes"].is_number() {
        question["votes"] = 0.into();
    }
    question.to_string()
}

#[test]
fn who_folds_the_updates_sees_what_is_there() {
    on_each_evening(|_, evening| {
        let mut session = empty();
        let mut boards: [Board; 4] = Default::default();
        for entry in &evening.journal {
            let before = session.clone();
            let applied = session.apply(entry);
            for audience in Audience::ALL {
                let board = &mut boards[audience as usize];
                let update = view::update(&session, &applied.changes, audience);
                let moved = session.place(audience) != before.place(audience);
                assert_eq!(moved, !update.is_empty(), "a place counts what an audience is told");
                // Twice is once.
                update.iter().for_each(|change| board.take(change));
                update.iter().for_each(|change| board.take(change));
                in_order(&update, board);
                let told: BTreeMap<_, _> =
                    board.questions.iter().map(|(id, told)| (*id, without_votes(told))).collect();
                let there: BTreeMap<_, _> = session
                    .questions()
                    .filter_map(|q| view::question(&session, audience, q.id))
                    .map(|question| (question.id, without_votes(&json(&question))))
                    .collect();
                assert_eq!(told, there, "{audience:?}");
                if let Some(on_air) = &board.on_air {
                    assert_eq!(*on_air, json(&view::on_air(&session, audience)), "{audience:?}");
                }
                if let Some(queue) = &board.queue {
                    assert_eq!(*queue, json(&view::queue(&session, audience)), "{audience:?}");
                }
                assert_eq!(board.session, Some(json(&view::session(&session, audience))));
            }
        }
    });
}

/// A question stands before what names it.
fn in_order(update: &[Change], board: &Board) {
    let mut named = BTreeSet::new();
    for change in update {
        match change {
            Change::OnAir(on_air) => named.extend(on_air.id),
            Change::Queue(queue) => named.extend(queue.iter().copied()),
            Change::Question(question) => assert!(!named.contains(&question.id)),
            Change::Gone(id) => assert!(!named.contains(id)),
            Change::Session(_) => {}
        }
    }
    assert!(named.iter().all(|id| board.questions.contains_key(id)), "named, but not there");
}

#[test]
fn no_audience_but_the_desk_reads_what_nobody_let_through() {
    on_each_evening(|_, evening| {
        let mut session = empty();
        let mut may: BTreeSet<u32> = BTreeSet::new();
        let mut gone: BTreeSet<u32> = BTreeSet::new();
        for (n, entry) in evening.journal.iter().enumerate() {
            let applied = session.apply(entry);
            may.extend(evening.let_through.iter().filter(|(at, _)| *at == n).map(|(_, m)| m));
            gone.extend(evening.gone.iter().filter(|(at, _)| *at == n).map(|(_, m)| m));
            for audience in [Audience::Public, Audience::Stage, Audience::Overlay] {
                let snapshot = view::snapshot(&session, audience);
                let states = [State::Approved, State::Queued, State::OnAir, State::Answered];
                assert!(snapshot.total.keys().all(|state| states.contains(state)));
                let bytes =
                    json(&snapshot) + &json(&view::update(&session, &applied.changes, audience));
                for mark in marks_in(&bytes) {
                    assert!(may.contains(&mark), "{audience:?} reads {mark} at entry {n}");
                    assert!(!gone.contains(&mark), "{audience:?} still reads {mark} at entry {n}");
                }
            }
            let desk = json(&view::snapshot(&session, Audience::Desk));
            let desk = desk + &json(&view::update(&session, &applied.changes, Audience::Desk));
            assert!(marks_in(&desk).iter().all(|mark| !gone.contains(mark)), "the desk, at {n}");
        }
    });
}

#[test]
fn nobody_reads_anothers_words_among_their_own() {
    on_each_evening(|_, evening| {
        let mut session = empty();
        for (n, entry) in evening.journal.iter().enumerate() {
            session.apply(entry);
            if n % 5 != 0 {
                continue;
            }
            for person in (11..=16).map(PersonId::from_u128) {
                let mine = view::mine(&session, person);
                let own: BTreeSet<_> = mine.questions.iter().map(|question| question.id).collect();
                for mark in marks_in(&json(&mine)) {
                    let may = match evening.marks[&mark] {
                        Author::Citizen(author) => author == person,
                        Author::Desk(question) => own.contains(&question),
                    };
                    assert!(may, "{person} reads {mark} of {:?}", evening.marks[&mark]);
                }
                let whole = mine.questions.into_iter().map(|q| (q.id, json(&q)));
                let one = |id: &QuestionId| view::own_question(&session, person, *id);
                let single = own.iter().filter_map(one).map(|q| (q.id, json(&q)));
                assert_eq!(whole.collect::<BTreeMap<_, _>>(), single.collect());
            }
        }
    });
}

#[test]
fn the_public_cannot_tell_how_many_questions_were_refused() {
    let told = |journal: &[Entry]| {
        let mut session = empty();
        let mut updates = Vec::new();
        for entry in journal {
            let changes = session.apply(entry).changes;
            for audience in [Audience::Public, Audience::Stage, Audience::Overlay] {
                let update = view::update(&session, &changes, audience);
                if !update.is_empty() {
                    updates.push((json(&update), session.place(audience)));
                }
            }
        }
        (updates, json(&view::snapshot(&session, Audience::Public)), session.questions().len())
    };
    let mut woven = 0;
    on_each_evening_with(
        |seed, evening| {
            let quiet = told(&evening.journal);
            let raided = told(&with_refused_questions(&evening.journal, seed));
            assert_eq!((&quiet.0, &quiet.1), (&raided.0, &raided.1));
            raided.2 - quiet.2
        },
        &mut woven,
    );
    assert!(chosen() || woven > 200, "only {woven} refused questions were woven in");
}

fn on_each_evening_with(property: impl Fn(u64, &Evening) -> usize, sum: &mut usize) {
    for seed in seeds(EVENINGS) {
        let _named = Seed(seed);
        *sum += property(seed, &evening(seed, STEPS));
    }
}

#[test]
fn an_entry_that_makes_no_sense_harms_nobody() {
    on_each_evening(|seed, evening| {
        let mut chance = Chance::new(seed);
        let mut session = empty();
        for entry in &evening.journal {
            if chance.once_in(3) {
                session.apply(entry);
            }
            let changes = session.apply(&nonsense(&mut chance, &evening.journal)).changes;
            for audience in Audience::ALL {
                drop(view::snapshot(&session, audience));
                drop(view::update(&session, &changes, audience));
            }
            let with = |state| session.questions().filter(move |q| q.state == state).map(|q| q.id);
            let on_air: Vec<_> = with(State::OnAir).collect();
            assert_eq!(on_air, Vec::from_iter(session.stage().on_air));
            let mut queue = session.queue().to_vec();
            queue.sort_unstable();
            assert_eq!(queue, with(State::Queued).collect::<Vec<_>>());
        }
    });
}
