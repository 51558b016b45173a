//! An upgrade in the middle of an evening: a server with a long journal and a crowd is stopped in
//! order, another one is started in its place, and everybody comes back by themselves.
//!
//! What it measures begins with the signal. Some of the crowd go on asking and voting all the while,
//! and the checker judges in the end that nothing which was acknowledged is missing.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use filodiretto::hub::{Hub, RING_FRAMES, Reply};
use filodiretto::journal::{Durability, Journal, Keys, Snapshots, Sqlite};
use filodiretto::qa::{As, Caller, Command as Wish, CommandId, Envelope, PersonId};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::checker::Report;
use crate::history::Recorder;
use crate::host::{Evening, Host};
use crate::http::Server;
use crate::percentiles::{Figures, Percentiles};
use crate::visitor::{Invitation, Manner, Outcome, Visitor};
use crate::writers::{self, wall};

/// The administrator's token of the servers that are started here.
const TOKEN: &str = "upgrade-administrator-0123456789abcdefgh";
/// Who come to the door at the same moment.
const AT_THE_DOOR: usize = 50;
/// Of so many seats one goes on asking and voting.
const BUSY_ONE_OF: usize = 20;
/// Everybody is back long before; a page that is not by then was lost.
const PATIENCE: Duration = Duration::from_secs(120);
/// Everybody who votes in the journal that is there before.
const VOTERS: u32 = 1_000;

/// What is upgraded.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The program that runs before.
    pub before: PathBuf,
    /// The program that takes its place.
    pub after: PathBuf,
    /// The folder; made if it is not there. One that holds a record is gone on with.
    pub data: PathBuf,
    /// People with a page open.
    pub seats: usize,
    /// Entries that the journal has before anybody comes.
    pub entries: usize,
    /// Whether the new program finds no snapshot that it can read, as where the form of the state
    /// has changed: it replays the whole journal.
    pub without_snapshot: bool,
    /// From which everything follows.
    pub seed: u64,
}

/// What came of it; times from the signal.
#[derive(Debug)]
pub struct Upgraded {
    /// Until the old program had ended.
    pub ended: Duration,
    /// Until the new one listened.
    pub serving: Duration,
    /// Until each seat was back and had heard everything.
    pub back: Figures,
    /// Until the last one was.
    pub last: Duration,
    /// How many were sent the whole picture anew; the others went on from their cursor.
    pub anew: usize,
    /// Commands that were under way or sent meanwhile, from the moment they were sent.
    pub commands: Figures,
    /// Of the new program, when all were back, in bytes.
    pub resident: u64,
    /// The same before anybody had come to the old one.
    pub empty: u64,
    /// What the checker says.
    pub report: Report,
}

impl fmt::Display for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
        writeln!(f, "ended    {}", seconds(self.ended))?;
        writeln!(f, "serving  {}", seconds(self.serving))?;
        writeln!(f, "last     {} ({} sent the whole picture anew)", seconds(self.last), self.anew)?;
        writeln!(f, "back     {}", self.back)?;
        writeln!(f, "commands {}", self.commands)?;
        let kib = |bytes: u64| bytes / 1024;
        writeln!(f, "memory   {} KiB empty, {} KiB with all", kib(self.empty), kib(self.resident))?;
        write!(f, "{}", self.report)
    }
}

/// Upgrades.
///
/// # Errors
/// A program does not start or end, somebody does not come back, or something got no reply.
pub async fn run(plan: &Plan) -> anyhow::Result<Upgraded> {
    let session = fill(plan).await?;
    let mut old = Running::start(&plan.before, &plan.data, "127.0.0.1:0").await?;
    let empty = old.resident();
    let host = Host::new(Server::at(&old.url)?, TOKEN);
    let (server, recorder) = (host.server.clone(), Recorder::in_memory());
    let invitation = Invitation { server, session, recorder };
    let evening = Evening { host, invitation, everyone_recorded: false };
    let crowd = come_in(&evening, plan).await?;
    let over = CancellationToken::new();
    let mut busy = JoinSet::new();
    for (number, who) in crowd.iter().enumerate().step_by(BUSY_ONE_OF) {
        busy.spawn(goes_on(Arc::clone(who), number, over.clone()));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;

    let start = Instant::now();
    old.signal("TERM")?;
    let watched = crowd.iter().map(|who| comes_back(Arc::clone(who), start));
    let watched: Vec<_> = watched.map(tokio::spawn).collect();
    old.ends().await?;
    let ended = start.elapsed();
    if plan.without_snapshot {
        std::fs::remove_dir_all(plan.data.join("snapshots")).context("there are snapshots")?;
    }
    let new = Running::start(&plan.after, &plan.data, &old.address()).await?;
    let serving = start.elapsed();
    let (mut back, mut last, mut anew) = (Percentiles::default(), Duration::ZERO, 0);
    for seat in watched {
        let (took, was_anew) = seat.await??;
        back.add(took);
        last = last.max(took);
        anew += usize::from(was_anew);
    }
    let resident = new.resident();
    over.cancel();
    let mut commands = Percentiles::default();
    while let Some(acted) = busy.join_next().await {
        acted??.into_iter().for_each(|took| commands.add(took));
    }
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let report = evening.judged(&plan.data, &[]).await?;
    let (back, commands) = (back.figures(), commands.figures());
    Ok(Upgraded { ended, serving, back, last, anew, commands, resident, empty, report })
}

/// A journal of so many entries, without an fsync for each: nothing is promised to anybody yet.
async fn fill(plan: &Plan) -> anyhow::Result<String> {
    let keys = Keys::open(&plan.data).context("failed to open the keys")?;
    let store =
        Sqlite::open(&plan.data, Durability::Normal).context("failed to open the journal")?;
    let journal = Journal::new(Arc::new(store), Arc::new(keys));
    let caches = Some(Snapshots::new(&plan.data));
    let hub = Hub::open(journal, wall, caches, RING_FRAMES).await.context("no house")?;
    let made = writers::Plan { writers: 50, asks: 0, votes: 0, seed: plan.seed };
    let room = writers::session(&hub, made).await?;
    for writer in 0..made.writers {
        let enter = Wish::Enter {
            text: format!("Domanda dalla sala, numero {writer}"),
            name: None,
            labels: vec![],
            channel: filodiretto::qa::event::Channel::Hall,
        };
        let caller = Caller { person: writers::person(made, u32::MAX), acts: As::Staff };
        let id = CommandId::from(writers::target(made, writer));
        room.send(Envelope { id, caller, command: enter }).await;
    }
    let id = filodiretto::qa::SessionId::from_u128(writers::id(plan.seed, b's', 0, 1));
    let mut n = hub.journal().head(id).await?.head.n;
    let mut vote = 0_u32;
    while n < plan.entries as u64 {
        let person = PersonId::from_u128(writers::id(plan.seed, b'p', vote % VOTERS, 0));
        let question = writers::target(made, vote / VOTERS % made.writers);
        let on = (vote / VOTERS / made.writers).is_multiple_of(2);
        let command = Wish::Vote { question, on };
        let caller = Caller { person, acts: As::Citizen };
        let id = CommandId::from_u128(writers::id(plan.seed, b'v', 0, vote));
        match room.send(Envelope { id, caller, command }).await {
            Reply::Done { .. } => (vote, n) = (vote + 1, n + 1),
            reply => bail!("vote {vote} came to {reply:?}"),
        }
    }
    hub.stop().await;
    hub.journal().close().await;
    Ok(format!("prova-{}", plan.seed))
}

async fn come_in(evening: &Evening, plan: &Plan) -> anyhow::Result<Vec<Arc<Visitor>>> {
    let door = Arc::new(Semaphore::new(AT_THE_DOOR));
    let mut coming = JoinSet::new();
    for number in 0..plan.seats {
        let (door, evening) = (Arc::clone(&door), evening.clone());
        let manner = Manner { patient: true, seed: plan.seed, ..Manner::default() };
        coming.spawn(async move {
            let _place = door.acquire().await?;
            evening.citizen(&format!("seat-{number}"), &manner).await
        });
    }
    let mut crowd = Vec::with_capacity(plan.seats);
    while let Some(who) = coming.join_next().await {
        crowd.push(Arc::new(who??));
    }
    Ok(crowd)
}

/// Votes again and again; everything must get its `done`, whichever server gives it.
async fn goes_on(
    who: Arc<Visitor>,
    number: usize,
    over: CancellationToken,
) -> anyhow::Result<Vec<Duration>> {
    let questions: Vec<String> = who.look(|board| board.questions.keys().cloned().collect());
    let mut took = Vec::new();
    while !over.is_cancelled() {
        let turn = took.len();
        let question = questions.get((number + turn) % questions.len().max(1));
        let question = question.context("there are questions")?;
        let start = Instant::now();
        let vote = json!({"type": "vote", "question": question, "on": turn % 3 != 2});
        let outcome = tokio::time::timeout(PATIENCE, who.does(vote)).await?;
        if !matches!(outcome, Outcome::Done(_)) {
            bail!("{} was not let vote: {outcome:?}", who.name);
        }
        took.push(start.elapsed());
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    Ok(took)
}

/// When a seat was back, and whether it got the whole picture anew.
async fn comes_back(who: Arc<Visitor>, start: Instant) -> anyhow::Result<(Duration, bool)> {
    let (lines, pictures) = who.look(|board| (board.lines, board.pictures));
    let deadline = start + PATIENCE;
    // One look waits for less long than a restart may take.
    loop {
        let seen = who.sees(|board| board.ready && board.lines > lines).await;
        match seen {
            Ok(board) => return Ok((start.elapsed(), board.pictures > pictures)),
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => {}
        }
    }
}

/// A server as an operator runs it. Killed when this is dropped.
struct Running {
    child: Child,
    url: String,
}

impl Running {
    async fn start(program: &Path, data: &Path, listen: &str) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .args(["serve", "--log", "warn", "--listen", listen, "--data"])
            .arg(data)
            .env("FILODIRETTO_ADMIN_TOKEN", TOKEN)
            // The whole crowd stands behind one address.
            .env("FILODIRETTO_LIMIT_NEW_PERSONS_PER_NETWORK", "off")
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        let out = child.stdout.take().context("a pipe")?;
        let line = tokio::task::spawn_blocking(move || {
            BufReader::new(out)
                .lines()
                .map_while(Result::ok)
                .find(|line| line.starts_with("listening"))
        });
        let line = tokio::time::timeout(PATIENCE, line).await??.context("it never listened")?;
        let url = line.strip_prefix("listening on ").context("an address")?.to_owned();
        Ok(Self { child, url })
    }

    fn address(&self) -> String {
        self.url.trim_start_matches("http://").to_owned()
    }

    fn signal(&self, name: &str) -> anyhow::Result<()> {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status()?;
        anyhow::ensure!(sent.success(), "the signal was not sent");
        Ok(())
    }

    async fn ends(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                anyhow::ensure!(status.success(), "it did not end in order: {status}");
                return Ok(());
            }
            anyhow::ensure!(Instant::now() < deadline, "it never ended");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() * 1024
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already is no fault.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
