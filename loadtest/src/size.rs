//! Whether the size of a session matters: what people and the desk do most, in one of fifty
//! questions and in one of fifty thousand, beside each other.
//!
//! Below the sockets and above the disk: the room itself, its journal in memory, a moderator at the
//! desk. Each figure is the median of single turns, so what is done once a second stands in none of
//! them but in the row of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use filodiretto::hub::{Ear, Handle, Hub, PRIVATE, Private, RING_FRAMES, Reply, Visitor};
use filodiretto::journal::{Journal, Keys, Memory};
use filodiretto::qa::session::State;
use filodiretto::qa::view::{self, Order, Wanted};
use filodiretto::qa::{
    As, Audience, Caller, Command, CommandId, Envelope, PersonId, Policy, QuestionId, Sieve,
};
use tokio::sync::mpsc;

use crate::bench::{Bar, Row, now};
use crate::writers::{self, Plan};

/// Questions of the small session; of one in which a snapshot and a newcomer's counts are as full as they
/// get, and the search for questions like another looks at as many as it ever does; of the large one.
const SMALL: u32 = 50;
const FULL: u32 = 1_000;
const LARGE: u32 = 50_000;

/// What a thousand times as many questions may cost. Fifty of them stay in the processor's cache, and
/// fifty thousand do not: twice is the price of memory. A walk over all of them costs a thousandfold.
const AT_MOST: Bar = Bar::AtMost(2.0);

/// How often each is done in one round, and how many rounds there are, one session after the other.
const TURNS: u32 = 20;
const ROUNDS: u32 = 3;

/// Who vote in the same moment, each in a seat of their own.
const VOTERS: u32 = 1_000;
/// The first of them, behind all who ask.
const VOTER: u32 = 1_000_000;
const AT_ONCE: &str = "vote, one of a thousand at once";
const ASKED: &str = "question, asked";
const JOIN: &str = "join, own votes and questions told";

/// Questions that are voted for, and that the one who joins supports: as many as are public in the
/// small session.
const VOTED: u32 = 12;

/// Adds a row for each thing that is done.
///
/// # Errors
/// What kept it from being measured.
pub(crate) async fn run(rows: &mut Vec<Row>, scale: u32) -> anyhow::Result<()> {
    let large = LARGE / scale;
    // A thread of its own: a turn of the room is then no turn of the machine's scheduler.
    let measured = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(measured(large))
    });
    for (measure, us) in measured.await?? {
        let full = measure.starts_with("snapshot") || [ASKED, JOIN].contains(&measure);
        let against = if full { FULL } else { SMALL };
        let (few, many) = (us[&against], us[&large]);
        let of = format!("{few:.1} µs with {against} questions, {many:.1} µs with {large}");
        if measure == AT_ONCE {
            // Of the 20 µs that a core has for each of 50,000 votes a second.
            let of = "decided, recorded in memory, applied, told to its voter".to_owned();
            rows.push(Row::with_bar("vote through the room", many, "µs", of, Bar::AtMost(5.0)));
        }
        rows.push(Row::with_bar(measure, many / few, "×", of, AT_MOST));
    }
    Ok(())
}

type Measured = BTreeMap<&'static str, BTreeMap<u32, f64>>;

async fn measured(large: u32) -> anyhow::Result<Measured> {
    let sizes = [SMALL, FULL, large];
    let keys = Arc::new(Keys::in_memory());
    let journal = Journal::new(Arc::new(Memory::new()), keys);
    let hub = Hub::open(journal, writers::wall, None, RING_FRAMES).await?;
    let mut crowds = Vec::new();
    for (seed, size) in (1..).zip(sizes) {
        crowds.push((size, Crowd::gathered(&hub, seed, size).await?));
    }
    let mut taken: BTreeMap<_, BTreeMap<_, Vec<Duration>>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for (size, crowd) in &mut crowds {
            for (measure, took) in crowd.round().await? {
                taken.entry(measure).or_default().entry(*size).or_default().push(took);
            }
        }
    }
    drop(crowds);
    hub.stop().await;
    let by_size = |taken: BTreeMap<u32, Vec<Duration>>| {
        taken.into_iter().map(|(size, taken)| (size, median(taken))).collect()
    };
    Ok(taken.into_iter().map(|(measure, taken)| (measure, by_size(taken))).collect())
}

fn median(mut taken: Vec<Duration>) -> f64 {
    taken.sort_unstable();
    taken.get(taken.len() / 2).map_or(0.0, |took| took.as_secs_f64() * 1e6)
}

/// Everybody in one session.
struct Crowd {
    plan: Plan,
    room: Handle,
    sieve: Sieve,
    /// Whoever asks next: everybody asks once.
    next: u32,
    /// A public question for each vote.
    public: Vec<QuestionId>,
    /// Commands so far.
    sent: u32,
    /// The seat of the moderator, and those of the voters.
    _desk: mpsc::Receiver<Private>,
    voters: Vec<mpsc::Receiver<Private>>,
}

impl Crowd {
    /// A session in which half of the questions wait, and of the others some are answered.
    async fn gathered(hub: &Hub, seed: u64, size: u32) -> anyhow::Result<Self> {
        let plan = Plan { writers: 1, asks: 0, votes: 0, seed };
        let room = writers::session(hub, plan).await?;
        let (moderator, heard) = visitor(Audience::Desk, writers::person(plan, u32::MAX));
        room.join(moderator).await.context("no seat at the desk")?;
        let mut voters = Vec::new();
        for n in 0..VOTERS {
            let (voter, heard) = visitor(Audience::Public, writers::person(plan, VOTER + n));
            room.join(voter).await.context("no seat")?;
            voters.push(heard);
        }
        let sieve = Sieve::of(&Policy { version: 2, ..Policy::default() }, &[]);
        let mut crowd =
            Self { plan, room, sieve, next: 0, public: vec![], sent: 0, _desk: heard, voters };
        while crowd.next < size {
            let some = SMALL.min(size - crowd.next);
            let asked: Vec<_> = (0..some).map(|_| crowd.ask()).collect();
            let ids: Vec<QuestionId> = asked.iter().map(|asked| asked.id.into()).collect();
            crowd.all(asked).await?;
            let public = &ids[..ids.len() / 2];
            let approved = public.iter().map(|id| crowd.approve(*id)).collect();
            crowd.all(approved).await?;
            let answered: Vec<_> = public.iter().step_by(2).copied().collect();
            crowd.public.extend(public.iter().filter(|id| !answered.contains(id)));
            let answered = answered.into_iter().map(|id| crowd.answered(id)).collect();
            crowd.all(answered).await?;
        }
        let votes = (0..VOTED).map(|n| crowd.vote(0, n, true)).collect::<Vec<_>>();
        for vote in votes {
            crowd.all(vec![vote]).await?;
        }
        Ok(crowd)
    }

    /// Everything once more, and how long each took.
    async fn round(&mut self) -> anyhow::Result<Vec<(&'static str, Duration)>> {
        let mut taken = Vec::new();
        for n in 0..TURNS {
            taken.push((JOIN, self.join().await?));
            let asked = self.ask();
            let id = QuestionId::from(asked.id);
            taken.push((ASKED, self.one(asked).await?));
            let approved = self.approve(id);
            taken.push(("question, approved", self.one(approved).await?));
            let vote = self.vote(VOTER + n, n, true);
            taken.push(("vote", self.one(vote).await?));
            for (measure, order, state) in [
                ("page of the desk, most votes first", Order::Top, None),
                ("page of the desk, what waits", Order::New, Some(State::Pending)),
                ("page of the desk, the answered", Order::Answered, Some(State::Answered)),
            ] {
                taken.push((measure, self.second_page(order, state).await?));
            }
            for (measure, audience) in [
                ("snapshot for the public", Audience::Public),
                ("snapshot for the desk", Audience::Desk),
            ] {
                taken.push((measure, self.snapshot(audience).await?));
            }
        }
        for n in 0..TURNS {
            taken.push((AT_ONCE, self.moment(n % 2 == 0).await?));
        }
        Ok(taken)
    }

    async fn join(&self) -> anyhow::Result<Duration> {
        let (visitor, _heard) = visitor(Audience::Public, writers::person(self.plan, 0));
        let start = now();
        let joined = self.room.join(visitor).await.context("no seat")?;
        let took = start.elapsed();
        self.room.leave(joined.seat);
        Ok(took)
    }

    /// Each votes once, all at the same time: how long one vote takes.
    async fn moment(&mut self, on: bool) -> anyhow::Result<Duration> {
        let votes = (0..VOTERS).map(|n| self.vote(VOTER + n, n, on)).collect();
        let start = now();
        self.all(votes).await?;
        let took = start.elapsed() / VOTERS;
        for heard in &mut self.voters {
            while heard.try_recv().is_ok() {}
        }
        Ok(took)
    }

    /// The page after the first, as somebody gets it who goes on reading.
    async fn second_page(&self, order: Order, state: Option<State>) -> anyhow::Result<Duration> {
        let states = state.map(|state| [state].into());
        let look = self.room.look(move |session, _| {
            let mut wanted = Wanted { order, states, after: None, most: 5 };
            wanted.after = view::page(session, Audience::Desk, &wanted).next;
            let start = now();
            let page = view::page(session, Audience::Desk, &wanted);
            let body = serde_json::to_vec(&page.questions);
            body.map(|_| start.elapsed())
        });
        Ok(look.await.context("no room")??)
    }

    async fn snapshot(&self, audience: Audience) -> anyhow::Result<Duration> {
        let look = self.room.look(move |session, _| {
            let start = now();
            let snapshot = view::snapshot(session, audience);
            let took = start.elapsed();
            drop(snapshot);
            took
        });
        look.await.context("no room")
    }

    async fn one(&self, envelope: Envelope) -> anyhow::Result<Duration> {
        let start = now();
        let reply = self.room.send(envelope).await;
        let took = start.elapsed();
        anyhow::ensure!(matches!(reply, Reply::Done { .. }), "not done: {reply:?}");
        Ok(took)
    }

    async fn all(&self, envelopes: Vec<Envelope>) -> anyhow::Result<()> {
        let sent = envelopes.into_iter().map(|envelope| self.one(envelope));
        futures_util::future::try_join_all(sent).await.map(drop)
    }

    fn ask(&mut self) -> Envelope {
        let writer = self.next;
        self.next += 1;
        let text = self.sieve.look(&text(writer), None);
        let command = Command::Ask { text, name: None, labels: vec![], review: false };
        let person = writers::person(self.plan, writer);
        self.envelope(person, As::Citizen, command)
    }

    fn approve(&mut self, question: QuestionId) -> Envelope {
        let command = Command::Approve { question, rev: filodiretto::qa::Rev(1), name: true };
        self.envelope(writers::person(self.plan, u32::MAX), As::Staff, command)
    }

    fn answered(&mut self, question: QuestionId) -> Envelope {
        let command = Command::Answered { question, rev: filodiretto::qa::Rev(2) };
        self.envelope(writers::person(self.plan, u32::MAX), As::Staff, command)
    }

    /// One for another's question: for one of a dozen, as many as the small session has.
    fn vote(&mut self, writer: u32, question: u32, on: bool) -> Envelope {
        let question = self.public[(question % VOTED) as usize];
        let command = Command::Vote { question, on };
        self.envelope(writers::person(self.plan, writer), As::Citizen, command)
    }

    fn envelope(&mut self, person: PersonId, acts: As, command: Command) -> Envelope {
        self.sent += 1;
        let id = CommandId::from_u128(writers::id(self.plan.seed, b'c', self.sent, 0));
        Envelope { id, caller: Caller { person, acts }, command }
    }
}

/// Somebody who takes a seat, and what they hear.
fn visitor(audience: Audience, person: PersonId) -> (Visitor, mpsc::Receiver<Private>) {
    let (private, heard) = mpsc::channel(PRIVATE);
    let visitor = Visitor {
        audience,
        person: Some(person),
        grant: None,
        is_citizen: audience == Audience::Public,
        screen: None,
        after: None,
        private: Ear::Queue(private),
    };
    (visitor, heard)
}

/// A question in which nobody would find another one: eight words, each of thousands.
fn text(n: u32) -> String {
    const SYLLABLES: [&str; 16] = [
        "bi", "cor", "da", "fen", "ga", "lu", "mar", "no", "pe", "qua", "ri", "sto", "ta", "ve",
        "zi", "chio",
    ];
    let mut bits = (u64::from(n) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut word = || {
        bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let syllable = |at: u32| SYLLABLES[(bits >> (32 + 4 * at)) as usize % SYLLABLES.len()];
        [0, 1, 2].map(syllable).concat()
    };
    let words = [(); 8].map(|()| word()).join(" ");
    format!("Quando arriva {words}?")
}
