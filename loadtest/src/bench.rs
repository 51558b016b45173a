//! `make bench`: what rules, journal, state and the way to ten thousand viewers cost on this machine, in
//! one run.
//!
//! Absolute times are printed with the machine beside them and promise nothing: the ratio of two
//! rows of one run is what can be compared.

mod journal;
mod rules;

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

use crate::screening::speed::{OPEN, costs};
use crate::{fanout, size};

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
    /// One small write to a socket on loopback, in microseconds, before all that and after it: by this an
    /// hour in which the machine is slow can be told from a server that is.
    write_us: [f64; 2],
    /// Parts that a short run has no time for.
    left_out: Vec<&'static str>,
}

/// Runs everything there is, prints a table, and writes JSON lines beside it.
///
/// # Errors
/// What kept a measure from being taken.
pub async fn run(out: &Path, quick: bool, only: &Only) -> anyhow::Result<()> {
    let (scale, start) = (if quick { 10 } else { 1 }, now());
    let (mut rows, before) = (Vec::new(), write_us()?);
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
    let (parts, left_out): (Vec<_>, Vec<_>) =
        only.parts().iter().copied().partition(|part| !quick || !part.is_long());
    for part in parts {
        let folder = Folder::new()?;
        let measured = fanout::run(&mut rows, part, watched, &folder.0).await;
        if let Err(fault) = measured.with_context(|| format!("`{}`", part.name())) {
            faults.push(fault);
        }
    }
    let machine = Machine {
        cpu: cpu(),
        cores: std::thread::available_parallelism().map_or(0, Into::into),
        quick,
        commit: commit(),
        write_us: [before, write_us()?],
        left_out: left_out.iter().map(|part| part.name()).collect(),
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
    journal::room(rows, scale).await?;
    journal::replay(rows, 100_000 / scale).await
}

/// What grows with a session, and what must not.
async fn measure_size(rows: &mut Vec<Row>, scale: usize) -> anyhow::Result<()> {
    rules::state(rows, 100_000 / scale as u32, 200)?;
    rules::votes(rows, 200_000 / scale)?;
    size::run(rows, u32::try_from(scale)?).await
}

/// What a question costs before the rules see it, and what its like are found in.
fn screening(rows: &mut Vec<Row>, scale: usize) {
    let open = OPEN / scale;
    let knobs = filodiretto::qa::Policy::default().knobs();
    let knobs = filodiretto::screening::Knobs { max_chars: 1_000, ..knobs };
    let costs = costs(&knobs, open);
    let of = format!("questions of 500 bytes, one core, beside {open} open ones");
    let mut row = |measure, value, unit, of, most| {
        rows.push(Row::with_bar(measure, value, unit, of, Bar::AtMost(most)));
    };
    row("screening and look-up, p50", costs.p50_us, "µs", of.clone(), 150.0);
    row("screening and look-up, p99", costs.p99_us, "µs", of, 500.0);
    let worst = format!("the worst input: {}", costs.worst);
    row("screening 10 KB of hostile input", costs.hostile_ms, "ms CPU", worst, 5.0);
    let built = format!("{open} questions, resident; built in {:.0} ms", costs.build_ms);
    row("index of open questions", costs.index_mb, "MB", built, 60.0);
    let mut row = |measure, value, unit, of| rows.push(Row::new(measure, value, unit, of));
    let alone = "without the look-up".to_owned();
    row("screening alone, p50", costs.screening_p50_us, "µs", alone);
    let steepest = format!("2 is linear; the steepest input: {}", costs.grows);
    row("10 KB of hostile input beside 5 KB of it", costs.growth, "×", steepest);
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

/// What one small write to a socket on loopback takes, in microseconds.
fn write_us() -> anyhow::Result<f64> {
    const TURNS: usize = 5;
    const WRITES: usize = 2_000;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut near = TcpStream::connect(listener.local_addr()?)?;
    let (mut far, _) = listener.accept()?;
    near.set_nodelay(true)?;
    let (said, mut heard) = ([b'x'; 200], [0; 20 * 200]);
    let mut took = [Duration::ZERO; TURNS];
    for turn in &mut took {
        for _ in 0..WRITES / 20 {
            let start = now();
            for _ in 0..20 {
                near.write_all(&said)?;
            }
            *turn += start.elapsed();
            far.read_exact(&mut heard)?;
        }
    }
    took.sort();
    Ok(took[TURNS / 2].as_secs_f64() * 1e6 / WRITES as f64)
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

/// What is measured; with a `+` where the tree holds more than that.
fn commit() -> String {
    let git = |words: &[&str]| {
        let out = std::process::Command::new("git").args(words).output().ok()?;
        String::from_utf8(out.stdout).ok().map(|text| text.trim().to_owned())
    };
    let mut commit = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_default();
    if git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|more| !more.is_empty())
    {
        commit.push('+');
    }
    commit
}

#[expect(clippy::disallowed_methods, reason = "measuring is what this is for")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "the table is the output")]
fn print(machine: &Machine, rows: &[Row], out: &Path, took: Duration) -> anyhow::Result<()> {
    let Machine { cpu, cores, quick, commit, write_us: [before, after], left_out } = machine;
    let quick = if *quick { " · QUICK" } else { "" };
    println!("{cpu} · {cores} cores · commit {commit}{quick}");
    println!("one write on loopback: {before:.1} µs before all this, {after:.1} after it");
    if !left_out.is_empty() {
        println!("a short run has no time for: {}", left_out.join(", "));
    }
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
