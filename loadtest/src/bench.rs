//! `make bench`: what rules, journal, state and the way to ten thousand viewers cost on this machine, in
//! one run.
//!
//! Absolute times are printed with the machine beside them and promise nothing: the ratio of two
//! rows of one run is what can be compared.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use filodiretto::hub::{Hub, RING_FRAMES};
use filodiretto::journal::{Durability, Journal, Keys, Seq, Sqlite};
use filodiretto::qa::event::{ENTRY_VERSION, Hash8, Screened};
use filodiretto::qa::guarded::Personal;
use filodiretto::qa::{
    Actor, CommandId, Entry, EntryId, Envelope, Event, PersonId, QuestionId, Recorded, Session,
    SessionId, Timestamp, VoteRow, World,
};
use filodiretto::screening::Verdict;
use futures_util::TryStreamExt as _;
use serde::Serialize;

use crate::fanout;
use crate::screening::speed::{OPEN, costs};
use crate::size;
use crate::writers::{self, Plan};

/// One measured figure.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    measure: &'static str,
    value: f64,
    unit: &'static str,
    of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bar: Option<Bar>,
}

/// What a figure is held to.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bar {
    AtMost(f64),
    AtLeast(f64),
}

/// A bar is met within this: machines are shared, and never quiet.
const TOLERANCE: f64 = 1.15;

impl Bar {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most * TOLERANCE,
            Self::AtLeast(least) => value * TOLERANCE >= least,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::AtLeast(least) => write!(f, "≥ {least}"),
        }
    }
}

impl Row {
    pub(crate) const fn new(
        measure: &'static str,
        value: f64,
        unit: &'static str,
        of: String,
    ) -> Self {
        Self { measure, value, unit, of, bar: None }
    }

    pub(crate) fn with_bar(
        measure: &'static str,
        value: f64,
        unit: &'static str,
        of: String,
        bar: Bar,
    ) -> Self {
        Self { measure, value, unit, of, bar: Some(bar) }
    }

    /// The bar, and whether it is missed.
    fn held_to(&self) -> String {
        match self.bar {
            None => String::new(),
            Some(bar) if bar.is_met(self.value) => format!("[{bar}] "),
            Some(bar) => format!("[{bar}: MISSES ITS BAR] "),
        }
    }
}

/// Where the figures were taken.
#[derive(Debug, Serialize)]
struct Machine {
    cpu: String,
    cores: usize,
    quick: bool,
    commit: String,
}

/// Runs everything there is, prints a table, and writes JSON lines beside it.
///
/// # Errors
/// What kept a measure from being taken.
pub async fn run(out: &Path, quick: bool, only: &Only) -> anyhow::Result<()> {
    let (scale, start) = (if quick { 10 } else { 1 }, now());
    let mut rows = Vec::new();
    match only {
        Only::All => inside(&mut rows, scale).await?,
        Only::Size => measure_size(&mut rows, scale).await?,
        Only::Fanout(_) => {}
    }
    let watched = if quick {
        fanout::Scale { viewers: 2_000, seconds: 0.5, turns: 1 }
    } else {
        fanout::Scale { viewers: 10_000, seconds: 2.0, turns: 3 }
    };
    // What could not be measured must not hide what was.
    let mut faults = Vec::new();
    for part in only.parts() {
        let folder = Folder::new()?;
        let measured = fanout::run(&mut rows, *part, watched, &folder.0).await;
        if let Err(fault) = measured.with_context(|| format!("`{}`", part.name())) {
            faults.push(fault);
        }
    }
    let machine = Machine {
        cpu: cpu(),
        cores: std::thread::available_parallelism().map_or(0, Into::into),
        quick,
        commit: commit(),
    };
    print(&machine, &rows, out, start.elapsed())?;
    match faults.len() {
        0 => Ok(()),
        count => Err(faults.swap_remove(0).context(format!("{count} parts could not be measured"))),
    }
}

/// Which part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Only {
    /// Everything.
    All,
    /// What many people cost a server, or some parts of that.
    Fanout(Vec<fanout::Part>),
    /// What a session costs by its size: state, rules and room.
    Size,
}

impl Only {
    fn parts(&self) -> &[fanout::Part] {
        match self {
            Self::All => &fanout::Part::ALL,
            Self::Fanout(parts) => parts,
            Self::Size => &[],
        }
    }
}

/// What this process can measure of rules, journal and state alone.
async fn inside(rows: &mut Vec<Row>, scale: usize) -> anyhow::Result<()> {
    // These first, while nothing else of this process has used memory and given it back.
    screening(rows, scale);
    measure_size(rows, scale).await?;
    room(rows, scale).await?;
    replay(rows, 100_000 / scale).await
}

/// What grows with a session, and what must not.
async fn measure_size(rows: &mut Vec<Row>, scale: usize) -> anyhow::Result<()> {
    state(rows, 100_000 / scale as u32, 200)?;
    rules(rows, 200_000 / scale)?;
    size::run(rows, u32::try_from(scale)?).await
}

/// What a question costs before the rules see it, and what its like are found in.
fn screening(rows: &mut Vec<Row>, scale: usize) {
    let open = OPEN / scale;
    let knobs = filodiretto::qa::Policy::default().knobs();
    let knobs = filodiretto::screening::Knobs { max_chars: 1_000, ..knobs };
    let costs = costs(&knobs, open);
    let of = format!("questions of 500 bytes, one core, beside {open} open ones");
    let mut row = |measure, value, unit, of| rows.push(Row { measure, value, unit, of, bar: None });
    row("screening and look-up, p50 (≤ 150)", costs.p50_us, "µs", of.clone());
    row("screening and look-up, p99 (≤ 500)", costs.p99_us, "µs", of);
    let alone = "the same without the look-up".to_owned();
    row("screening alone, p50", costs.screening_p50_us, "µs", alone);
    let worst = format!("the worst input: {}", costs.worst);
    row("screening 10 KB of hostile input (≤ 5)", costs.hostile_ms, "ms", worst);
    let steepest = format!("2 is linear; the steepest input: {}", costs.grows);
    row("the same beside 5 KB of it", costs.growth, "×", steepest);
    let built = format!("{open} questions, resident; built in {:.0} ms", costs.build_ms);
    row("index of open questions (≤ 60)", costs.index_mb, "MB", built);
}

/// Commands a second through the rules alone: decide and apply, no journal.
fn rules(rows: &mut Vec<Row>, commands: usize) -> anyhow::Result<()> {
    let plan = Plan { writers: 1000, asks: 0, votes: 0, seed: 1 };
    let mut session = open_session(plan);
    let start = now();
    for n in 0..commands {
        let writer = u32::try_from(n % 1000)?;
        let caller = filodiretto::qa::Caller {
            person: writers::person(plan, writer),
            acts: filodiretto::qa::As::Citizen,
        };
        let question = writers::target(plan, u32::try_from(n / 1000)? % 50);
        let id = CommandId::from_u128(0xf00 << 64 | n as u128);
        let on = (n / 50_000).is_multiple_of(2);
        let command = filodiretto::qa::Command::Vote { question, on };
        let wish = Envelope { id, caller, command };
        let world = World {
            now: Timestamp(1),
            head: filodiretto::journal::Chain::new(session.id()).head(),
            missing: &[],
            unconfirmed: None,
            campaign: None,
        };
        if let Ok(filodiretto::qa::Decision::Record { on, events }) = session.decide(&wish, &world)
        {
            let recorded =
                Recorded { id, by: Actor::Crowd, at: Timestamp(1), on, head: None, events };
            session.apply(&entry(n as u128, vec![recorded]));
        }
    }
    let took = start.elapsed();
    rows.push(Row {
        measure: "votes through the rules, one at a time",
        value: commands as f64 / took.as_secs_f64(),
        unit: "commands/s",
        of: format!("{commands} votes of 1,000 people on 50 questions, no journal"),
        bar: None,
    });
    Ok(())
}

/// Commands a second through room and journal, every answer after an fsync.
async fn room(rows: &mut Vec<Row>, scale: usize) -> anyhow::Result<()> {
    for (writers, measure_asks, measure_votes) in [
        (1, "questions, 1 asker, durable", "votes, 1 voter, durable"),
        (50, "questions, 50 askers, durable", "votes, 50 voters, durable"),
        (1000, "questions, 1,000 askers, durable", "votes, 1,000 voters, durable"),
    ] {
        for (asks, measure) in [(true, measure_asks), (false, measure_votes)] {
            let folder = Folder::new()?;
            let each = (20_000 / writers / u32::try_from(scale)?).clamp(4, 2_000);
            let plan = Plan {
                writers,
                asks: if asks { each } else { 0 },
                votes: if asks { 0 } else { each },
                seed: 2,
            };
            let hub = writers::hub(&folder.0).await?;
            let session = writers::session(&hub, plan).await?;
            enter(&session, plan).await;
            let all: Vec<_> = (0..writers).map(|writer| writers::commands(plan, writer)).collect();
            let count: usize = all.iter().map(Vec::len).sum();
            let start = now();
            let mut tasks = tokio::task::JoinSet::new();
            for commands in all {
                let session = session.clone();
                tasks.spawn(async move {
                    for envelope in commands {
                        session.send(envelope).await;
                    }
                });
            }
            while let Some(done) = tasks.join_next().await {
                done?;
            }
            let took = start.elapsed();
            let entries = session.look(|_, chain| chain.head().n).await.unwrap_or_default();
            rows.push(Row {
                measure,
                value: count as f64 / took.as_secs_f64(),
                unit: "commands/s",
                of: format!("{count} commands, {entries} entries in all, each sent after the answer to the one before"),
                bar: None,
            });
            hub.stop().await;
            hub.journal().close().await;
        }
    }
    Ok(())
}

/// Entries a second from the file into the state.
async fn replay(rows: &mut Vec<Row>, entries: usize) -> anyhow::Result<()> {
    let folder = Folder::new()?;
    let id = SessionId::from_u128(77);
    let journal = open(&folder.0)?;
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..64_usize {
        let journal = journal.clone();
        tasks.spawn(async move {
            for n in (worker..entries).step_by(64) {
                let mut entry = entry(n as u128 + 1, vec![asked(n as u128 + 1)]);
                journal.append(id, &mut entry).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(worker) = tasks.join_next().await {
        worker??;
    }
    journal.close().await;
    let start = now();
    let journal = open(&folder.0)?;
    let mut session = Session::new(id);
    let mut chain = filodiretto::journal::Chain::new(id);
    let mut past = journal.read::<Event>(id, Seq::START);
    while let Some(read) = past.try_next().await? {
        chain.advance(&read.digest);
        session.apply(&read.entry);
    }
    drop(past);
    let took = start.elapsed();
    anyhow::ensure!(session.questions().len() == entries, "the replay lost questions");
    rows.push(Row {
        measure: "replay from the file, opened and unsealed",
        value: entries as f64 / took.as_secs_f64(),
        unit: "entries/s",
        of: format!("{entries} questions of as many people"),
        bar: None,
    });
    journal.close().await;
    for (measure, cached) in
        [("serving again, from the journal alone", false), ("the same, from a snapshot", true)]
    {
        let start = now();
        let journal = open(&folder.0)?;
        let caches = cached.then(|| filodiretto::journal::Snapshots::new(&folder.0));
        let hub = Hub::open(journal, writers::wall, caches, RING_FRAMES).await?;
        let room = hub.session(id).await?;
        let there = room.look(|session, _| session.questions().len()).await;
        let took = start.elapsed();
        anyhow::ensure!(there == Some(entries), "the restart lost questions");
        if cached || caches_after(&hub, &folder.0, id).await? {
            rows.push(Row {
                measure,
                value: took.as_secs_f64() * 1e3,
                unit: "ms",
                of: format!("{entries} entries: folder opened, room loaded, first look"),
                bar: None,
            });
        }
        hub.stop().await;
        hub.journal().close().await;
    }
    Ok(())
}

/// Leaves a snapshot for the next start, as a room that ends does.
async fn caches_after(hub: &Hub, folder: &Path, id: SessionId) -> anyhow::Result<bool> {
    let caches = Some(filodiretto::journal::Snapshots::new(folder));
    let other = Hub::open(hub.journal().clone(), writers::wall, caches, RING_FRAMES).await?;
    other.session(id).await?;
    other.stop().await;
    Ok(true)
}

/// Bytes of state for each person, question and vote.
fn state(rows: &mut Vec<Row>, people: u32, questions: u32) -> anyhow::Result<()> {
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
    rows.push(Row {
        measure: "state per question",
        value: per(with_questions.saturating_sub(empty), f64::from(questions)),
        unit: "bytes",
        of: of.clone(),
        bar: None,
    });
    rows.push(Row {
        measure: "state per person, with their first vote",
        value: per(with_people.saturating_sub(with_questions), f64::from(people)),
        unit: "bytes",
        of: of.clone(),
        bar: None,
    });
    rows.push(Row {
        measure: "state per vote after the first, resident",
        value: per(with_votes.saturating_sub(with_people), votes as f64),
        unit: "bytes",
        of,
        bar: None,
    });
    rows.push(Row {
        measure: "sets of voters per vote",
        value: per(sets, votes as f64),
        unit: "bytes",
        of: format!("{sets} bytes in {} sets", plan.writers),
        bar: None,
    });
    rows.push(Row {
        measure: "snapshot of that state",
        value: snapshot.len() as f64 / 1e6,
        unit: "MB",
        of: format!("encoded in {:.0} ms", took.as_secs_f64() * 1e3),
        bar: None,
    });
    let start = now();
    let again: Session =
        rmp_serde::from_slice(&snapshot).context("failed to read the state back")?;
    anyhow::ensure!(again.people().len() == session.people().len(), "people were lost");
    rows.push(Row {
        measure: "the same, read back",
        value: start.elapsed().as_secs_f64() * 1e3,
        unit: "ms",
        of: String::new(),
        bar: None,
    });
    Ok(())
}

struct NoSeal;

impl filodiretto::qa::Guard for NoSeal {
    fn visit<T: Serialize + serde::de::DeserializeOwned>(
        &mut self,
        _key: filodiretto::qa::KeyOf,
        _field: &'static str,
        value: &mut filodiretto::qa::guarded::Guarded<T>,
    ) {
        if value.sealed().is_none() {
            value.set_sealed("x".repeat(200));
        }
    }
}

async fn enter(session: &filodiretto::hub::Handle, plan: Plan) {
    for writer in 0..plan.writers {
        let command = filodiretto::qa::Command::Enter {
            text: format!("Domanda dalla sala, numero {writer}"),
            name: None,
            labels: vec![],
            channel: filodiretto::qa::event::Channel::Hall,
        };
        let caller = filodiretto::qa::Caller {
            person: writers::person(plan, u32::MAX),
            acts: filodiretto::qa::As::Staff,
        };
        session.send(Envelope { id: writers::target(plan, writer).into(), caller, command }).await;
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
                text: filodiretto::qa::Shown::new("Quando riapre la biblioteca?".to_owned()),
                name: None,
                labels: vec![],
                channel: filodiretto::qa::event::Channel::Hall,
            }],
        };
        session.apply(&entry(u128::from(n) + 2, vec![entered]));
    }
    session
}

fn asked(n: u128) -> Recorded {
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

fn entry(n: u128, commands: Vec<Recorded>) -> Entry {
    Entry { v: ENTRY_VERSION, id: EntryId::from_u128(n), commands }
}

fn open(folder: &Path) -> anyhow::Result<Journal> {
    let keys = Keys::open(folder)?;
    let store = Sqlite::open(folder, Durability::Full)?;
    Ok(Journal::new(std::sync::Arc::new(store), std::sync::Arc::new(keys)))
}

/// A folder of its own, gone afterwards.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("{error}"))?;
        let path = std::env::temp_dir()
            .join(format!("filodiretto-bench-{:016x}", u64::from_ne_bytes(random)));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It is in the folder for temporary files; the system clears what we cannot.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Bytes of this process in memory.
pub(crate) fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096
}

fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    model
        .and_then(|line| line.split(':').nth(1))
        .map_or_else(String::new, |name| name.trim().to_owned())
}

fn commit() -> String {
    let git = std::process::Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    git.ok()
        .and_then(|out| String::from_utf8(out.stdout).ok())
        .map_or_else(String::new, |text| text.trim().to_owned())
}

#[expect(clippy::disallowed_methods, reason = "measuring is what this is for")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "the table is the output")]
fn print(machine: &Machine, rows: &[Row], out: &Path, took: Duration) -> anyhow::Result<()> {
    println!(
        "{} · {} cores · commit {}{}",
        machine.cpu,
        machine.cores,
        machine.commit,
        if machine.quick { " · QUICK" } else { "" }
    );
    for row in rows {
        let digits = if row.bar.is_some() { 2 } else { 1 };
        let Row { measure, value, unit, of, .. } = row;
        println!("{measure:<44} {value:>12.digits$} {unit:<10} {}{of}", row.held_to());
    }
    if let Some(folder) = out.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::File::create(out)?;
    writeln!(file, "{}", serde_json::to_string(&serde_json::json!({ "machine": machine }))?)?;
    for row in rows {
        writeln!(file, "{}", serde_json::to_string(row)?)?;
    }
    println!("taken in {:.0} s; the same as JSON lines: {}", took.as_secs_f64(), out.display());
    Ok(())
}
