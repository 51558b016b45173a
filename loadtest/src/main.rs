//! Runs crowds against a server, and judges what came of it.

mod crowds;

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use loadtest::bench::Only;
use loadtest::checker::{self, Case, Clock, Dump};
use loadtest::fanout::Part;
use loadtest::history::History;
use loadtest::writers::Plan;
use serde_json::Value;

/// The server's: what is measured in this process takes its memory from where it does there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Crowds on demand, measured, and the checker that judges every run.
#[derive(Parser)]
#[command(version)]
struct Line {
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Subcommand)]
enum Wish {
    /// Measure what rules, journal, state and viewers cost on this machine.
    Bench(Bench),
    /// Many writers at one session, in this process: what the plug is pulled on.
    Writers(Writers),
    /// Spend an evening at a server with a mixed crowd and its staff, and judge it.
    Evening(crowds::Evening),
    /// Play a recorded evening at a server, sped up, and compare every tally.
    Replay(crowds::Replay),
    /// Stop a server with a long journal and a crowd, start another one in its place, and time how
    /// everybody comes back.
    Upgrade(crowds::Upgrade),
    /// Measure what screening finds and misses on a folder of texts, beside what is asked of it.
    Screening(Screening),
    /// A server that does nothing but write: what the others are measured against. Ends when it is
    /// killed.
    #[command(hide = true)]
    Floor(Floor),
    /// Viewers that are told by lines on standard input what to do.
    #[command(hide = true)]
    Crowd,
    /// Judge a run by what its clients saw and what the journal holds.
    Check(Check),
}

#[derive(Args)]
struct Bench {
    /// A tenth of it, in a minute.
    #[arg(long, env = "QUICK", value_parser = clap::builder::FalseyValueParser::new())]
    quick: bool,
    /// Where the JSON lines go.
    #[arg(long, default_value = "target/bench.jsonl")]
    out: PathBuf,
    /// Only the way to ten thousand viewers and back, with a server in a process of its own.
    #[arg(long)]
    fanout: bool,
    /// Only this part of that way; several may be named.
    #[arg(long, value_parser = PossibleValuesParser::new(Part::ALL.map(Part::name)))]
    only: Vec<String>,
    /// Only what a session costs by its size.
    #[arg(long, conflicts_with_all = ["fanout", "only"])]
    size: bool,
}

#[derive(Args)]
struct Floor {
    /// Bytes of an update.
    #[arg(long)]
    length: usize,
}

#[derive(Args)]
struct Screening {
    /// The folder of texts.
    #[arg(long, env = "DATA", default_value = "../shared/data")]
    data: PathBuf,
    /// Where the JSON lines go.
    #[arg(long, default_value = "target/screening.jsonl")]
    out: PathBuf,
    /// Most examples of what one figure missed.
    #[arg(long, env = "EXAMPLES", default_value_t = 5)]
    examples: usize,
}

#[derive(Args)]
struct Writers {
    /// The folder of journal and keys.
    #[arg(long)]
    data: PathBuf,
    /// From which all ids follow.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Who write at the same time.
    #[arg(long, default_value_t = 50)]
    writers: u32,
    /// Questions of each.
    #[arg(long, default_value_t = 10)]
    asks: u32,
    /// Votes of each.
    #[arg(long, default_value_t = 100)]
    votes: u32,
    /// A file of ids that were answered in an earlier life, one a line: they are not sent again.
    #[arg(long)]
    answered: Option<PathBuf>,
}

#[derive(Args)]
struct Check {
    /// What the clients saw: JSON lines, one record each. Several are put in order by time.
    #[arg(required = true)]
    history: Vec<PathBuf>,
    /// What the journal holds, with its texts opened; or the server's folder.
    #[arg(long)]
    journal: PathBuf,
    /// Which session of that folder.
    #[arg(long, default_value = "evening")]
    session: String,
    /// The public board at the end.
    #[arg(long)]
    board: Option<PathBuf>,
    /// All questions at the end, as the desk sees them.
    #[arg(long)]
    desk: Option<PathBuf>,
    /// A word that stands only in texts which nobody may see before they are approved.
    #[arg(long = "canary")]
    canaries: Vec<String>,
    /// Not every client that sent something is in the history.
    #[arg(long)]
    others: bool,
    /// The run was cut short: who is behind at the end may be.
    #[arg(long)]
    unsettled: bool,
    /// The journal's moments mean nothing in the history.
    #[arg(long)]
    unrelated_clocks: bool,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    match Line::parse().wish {
        Wish::Check(wish) => check(&wish),
        Wish::Evening(wish) => block_on(wish.run()),
        Wish::Replay(wish) => block_on(wish.run()),
        Wish::Upgrade(wish) => block_on(wish.run()),
        Wish::Screening(Screening { data, out, examples }) => {
            loadtest::screening::run(&loadtest::screening::Wish {
                data: &data,
                out: &out,
                examples,
            })?;
            Ok(ExitCode::SUCCESS)
        }
        Wish::Bench(Bench { out, quick, fanout, only, size }) => {
            let named = |part: &Part| fanout || only.iter().any(|name| name == part.name());
            let parts: Vec<_> = Part::ALL.into_iter().filter(named).collect();
            let only = match size {
                true => Only::Size,
                false if parts.is_empty() => Only::All,
                false => Only::Fanout(parts),
            };
            run(loadtest::bench::run(&out, quick, &only))
        }
        Wish::Floor(Floor { length }) => {
            loadtest::fanout::floor(length).map(|()| ExitCode::SUCCESS)
        }
        Wish::Crowd => loadtest::fanout::crowd().map(|()| ExitCode::SUCCESS),
        Wish::Writers(Writers { data, seed, writers, asks, votes, answered }) => {
            let answered = answered.map(std::fs::read_to_string).transpose()?.unwrap_or_default();
            let answered = answered.lines().map(str::parse).collect::<Result<_, _>>()?;
            let plan = Plan { writers, asks, votes, seed };
            run(loadtest::writers::run(&data, plan, &answered))
        }
    }
}

fn block_on<T>(crowd: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Runtime::new()?.block_on(crowd)
}

fn run(crowd: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<ExitCode> {
    block_on(crowd)?;
    Ok(ExitCode::SUCCESS)
}

fn check(wish: &Check) -> anyhow::Result<ExitCode> {
    let parts = wish.history.iter().map(|path| History::read(BufReader::new(open(path)?)));
    let mut parts = parts.collect::<anyhow::Result<Vec<_>>>()?;
    let history = match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => History::merged(parts.into_iter().chain(last)),
    };
    let journal: Dump = if wish.journal.is_dir() {
        block_on(loadtest::dump::dump(&wish.journal, &wish.session))?
    } else {
        read(&wish.journal)?
    };
    let board: Option<Value> = wish.board.as_deref().map(read).transpose()?;
    let desk: Option<Value> = wish.desk.as_deref().map(read).transpose()?;
    let mut case = Case::new(&history, &journal);
    case.board = board.as_ref();
    case.desk = desk.as_ref();
    case.rules.cursors = Some(&loadtest::dump::cursor);
    case.rules.canaries.clone_from(&wish.canaries);
    case.rules.everyone_recorded = !wish.others;
    case.rules.settled = !wish.unsettled;
    if wish.unrelated_clocks {
        case.rules.clock = Clock::Unrelated;
    }
    let report = checker::check(&case);
    let mut out = std::io::stdout().lock();
    if wish.json {
        serde_json::to_writer(&mut out, &report)?;
        writeln!(out)?;
    } else {
        writeln!(out, "{report}")?;
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    serde_json::from_reader(BufReader::new(open(path)?))
        .with_context(|| format!("failed to read {}", path.display()))
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("failed to open {}", path.display()))
}
