//! Runs crowds against a server, and judges what came of it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use loadtest::writers::Plan;

/// Crowds on demand, measured, and the checker that judges every run.
#[derive(Parser)]
#[command(version)]
struct Line {
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Subcommand)]
enum Wish {
    /// Measure what rules, journal and state cost on this machine.
    Bench(Bench),
    /// Many writers at one session, in this process: what the plug is pulled on.
    Writers(Writers),
}

#[derive(Args)]
struct Bench {
    /// A tenth of it, in a minute.
    #[arg(long, env = "QUICK", value_parser = clap::builder::FalseyValueParser::new())]
    quick: bool,
    /// Where the JSON lines go.
    #[arg(long, default_value = "target/bench.jsonl")]
    out: PathBuf,
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
}

fn main() -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new()?;
    match Line::parse().wish {
        Wish::Bench(bench) => runtime.block_on(loadtest::bench::run(&bench.out, bench.quick))?,
        Wish::Writers(Writers { data, seed, writers, asks, votes }) => {
            let plan = Plan { writers, asks, votes, seed };
            runtime.block_on(loadtest::writers::run(&data, plan))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
