//! The crowds of the command line: what they are told, and what they print.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Args;
use loadtest::evening::{self, Plan};
use loadtest::host::Host;
use loadtest::http::Server;
use loadtest::replay::{self, Recording, count};
use loadtest::upgrade;

/// Where the server is, and how to look into it.
#[derive(Args)]
struct Where {
    /// Its address.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The administrator's token.
    #[arg(long, env = "FILODIRETTO_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: String,
    /// Its folder: the checker reads the journal beside it.
    #[arg(long)]
    data: PathBuf,
    /// From which everything that the crowd does follows.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The session that is made for it; there must be none of that name.
    #[arg(long, default_value = "evening")]
    slug: String,
}

impl Where {
    fn host(&self) -> anyhow::Result<Host> {
        Ok(Host::new(Server::at(&self.url)?, &self.admin_token))
    }
}

/// `loadtest evening`
#[derive(Args)]
pub(crate) struct Evening {
    #[command(flatten)]
    place: Where,
    /// Citizens.
    #[arg(long, default_value_t = 100)]
    people: usize,
    /// How long.
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
}

/// `loadtest replay`
#[derive(Args)]
pub(crate) struct Replay {
    /// The statements: JSON lines with id, ts, author, text, moderated.
    statements: PathBuf,
    /// The votes: ts,comment_id,voter,vote.
    #[arg(long)]
    votes: PathBuf,
    /// So many times as fast.
    #[arg(long, default_value_t = 50_000.0)]
    speed: f64,
    #[command(flatten)]
    place: Where,
}

impl Evening {
    pub(crate) async fn run(&self) -> anyhow::Result<ExitCode> {
        let plan = Plan {
            people: self.people,
            seconds: (self.minutes * 60.0).ceil() as u64,
            seed: self.place.seed,
            slug: self.place.slug.clone(),
        };
        let night = evening::spend(&self.place.host()?, &plan, &self.place.data).await?;
        let mut out = std::io::stdout().lock();
        for (kind, figures) in night.figures() {
            writeln!(out, "{kind:>12} {figures}")?;
        }
        for (word, number) in &night.outcomes {
            writeln!(out, "{number:>12} {word}")?;
        }
        writeln!(out, "{}", night.report)?;
        let Plan { people, seconds, seed, .. } = plan;
        writeln!(out, "{people} people, {seconds} s, seed {seed}, {}", machine())?;
        Ok(if night.report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Replay {
    pub(crate) async fn run(&self) -> anyhow::Result<ExitCode> {
        let Where { slug, seed, data, .. } = &self.place;
        let plan = replay::Plan { slug, speed: self.speed, seed: *seed, data };
        let recording = Recording::read(&self.statements, &self.votes)?;
        let (statements, people) = (recording.statements.len(), recording.people().len());
        let must = count(&self.statements, &self.votes)?;
        let replayed = replay::replay(&self.place.host()?, recording, &plan).await?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{:>12} {}", "ask", replayed.asks.figures())?;
        writeln!(out, "{:>12} {}", "vote", replayed.votes.figures())?;
        let same = replayed.is(&must);
        writeln!(
            out,
            "{people} people, {statements} statements, {} votes done, refused {} own and {} on \
             refused statements ({} in all); the files say {}, {} and {}",
            replayed.done,
            replayed.own,
            replayed.on_refused,
            replayed.refused,
            must.own,
            must.on_refused,
            must.refused
        )?;
        for (statement, votes) in &must.tallies {
            let has = replayed.tallies.get(statement);
            if has != Some(votes) {
                writeln!(out, "statement {statement}: {votes} in the files, {has:?} here")?;
            }
        }
        for surprise in replayed.surprises.iter().take(20) {
            writeln!(out, "{surprise}")?;
        }
        let word = if same { "every tally is the one in the files" } else { "not the same" };
        writeln!(out, "{word}\n{}", replayed.report)?;
        writeln!(out, "speed {}, seed {seed}, {}", self.speed, machine())?;
        let good = same && replayed.report.is_clean();
        Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// `loadtest upgrade`
#[derive(Args)]
pub(crate) struct Upgrade {
    /// The program that runs before.
    #[arg(long, default_value = "target/release/filodiretto")]
    before: PathBuf,
    /// The program that takes its place; left out, the same.
    #[arg(long)]
    after: Option<PathBuf>,
    /// An empty folder for both.
    #[arg(long)]
    data: PathBuf,
    /// People with a page open.
    #[arg(long, default_value_t = 1_000)]
    seats: usize,
    /// Entries of the journal before they come.
    #[arg(long, default_value_t = 100_000)]
    entries: usize,
    /// Remove the snapshots between the two, as where the form of the state has changed.
    #[arg(long)]
    without_snapshot: bool,
    /// From which everything follows.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Upgrade {
    pub(crate) async fn run(&self) -> anyhow::Result<ExitCode> {
        let plan = upgrade::Plan {
            before: self.before.clone(),
            after: self.after.clone().unwrap_or_else(|| self.before.clone()),
            data: self.data.clone(),
            seats: self.seats,
            entries: self.entries,
            without_snapshot: self.without_snapshot,
            seed: self.seed,
        };
        let upgraded = upgrade::run(&plan).await?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{upgraded}")?;
        let Self { seats, entries, without_snapshot, .. } = self;
        let how = if *without_snapshot { "without a snapshot" } else { "with a snapshot" };
        writeln!(out, "{seats} seats, {entries} entries, {how}, {}", machine())?;
        Ok(if upgraded.report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Where and with what this was measured.
fn machine() -> String {
    let said = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).output().ok()?;
        let said = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| said.trim().to_owned())
    };
    let commit = said("git", &["rev-parse", "--short", "HEAD"]);
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map(|line| line.trim_start_matches(['\t', ' ', ':'])).unwrap_or("unknown");
    format!("commit {commit}, {cores} cores of {model}")
}
