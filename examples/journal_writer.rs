//! Fifty writers that append numbered entries to a journal on disk and say what was acknowledged:
//! the child that the tests of faults starve, interrupt and kill.
//!
//! Each acknowledgement is one line on stdout, `ack WRITER N`, written after it came. What may be
//! tried again is tried again, with the same entry, and said too: `again WRITER N full|io|unknown`.

#![expect(clippy::print_stderr, reason = "it complains where a person looks")]

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use filodiretto::journal::{Durability, Journal, JournalError, Keys, Sqlite};
use filodiretto::qa::event::{
    Actor, ENTRY_VERSION, Entry, Event, Hash8, Recorded, Screened, VoteRow,
};
use filodiretto::qa::guarded::{Personal, Shown};
use filodiretto::qa::id::{CommandId, EntryId, PersonId, QuestionId, SessionId, Timestamp};
use filodiretto::screening::Verdict;

#[derive(Parser)]
struct Arguments {
    /// The folder of the journal.
    #[arg(long)]
    data: PathBuf,
    /// How many append at the same time.
    #[arg(long, default_value_t = 50)]
    writers: u64,
    /// How many entries each appends.
    #[arg(long, default_value_t = u64::MAX)]
    entries: u64,
    /// The number of each writer's first entry.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// What an acknowledgement is to survive.
    #[arg(long, default_value = "full")]
    durability: How,
}

#[derive(Clone, Copy, ValueEnum)]
enum How {
    Full,
    Normal,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let durability = match arguments.durability {
        How::Full => Durability::Full,
        How::Normal => Durability::Normal,
    };
    let store = Sqlite::open(&arguments.data, durability).context("no journal")?;
    let keys = Keys::open(&arguments.data).context("no keys")?;
    let journal = Journal::new(Arc::new(store), Arc::new(keys));
    say(format_args!("ready"))?;
    let writers: Vec<_> = (0..arguments.writers)
        .map(|writer| {
            let journal = journal.clone();
            let numbers = arguments.from..arguments.from.saturating_add(arguments.entries);
            tokio::spawn(async move {
                for n in numbers {
                    append(&journal, writer, n).await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for writer in writers {
        writer.await??;
    }
    journal.close().await;
    say(format_args!("done"))
}

async fn append(journal: &Journal, writer: u64, n: u64) -> anyhow::Result<()> {
    // One evening; the tests look for it under this id.
    const SESSION: SessionId = SessionId::from_u128(1);
    let mut entry = entry(writer, n);
    loop {
        let error = match journal.append(SESSION, &mut entry).await {
            Ok(_) => return say(format_args!("ack {writer} {n}")),
            Err(error) if error.retryable() => error,
            Err(error) => return Err(error.into()),
        };
        let why = match &error {
            JournalError::Full { .. } => "full",
            JournalError::Unknown { .. } => "unknown",
            _ => "io",
        };
        eprintln!("{:#}", anyhow::Error::new(error));
        say(format_args!("again {writer} {n} {why}"))?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One write for each line, so that a trace shows when it was said.
fn say(line: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(format!("{line}\n").as_bytes())?;
    Ok(stdout.flush()?)
}

/// Every tenth is a question, sealed under new keys; the others are votes of a moment.
fn entry(writer: u64, n: u64) -> Entry {
    let bits = u128::from(writer) << 64 | u128::from(n);
    let (id, person) = (CommandId::from_u128(bits), PersonId::from_u128(bits));
    let (by, event) = if n.is_multiple_of(10) {
        let text = format!("Quando riapre la biblioteca di via {n}?");
        let screened =
            Screened { verdict: Verdict::Pass, findings: Personal::new(Vec::new()), policy: 1 };
        let asked = Event::QuestionAsked {
            text: Personal::new(text.clone()),
            name: None,
            labels: Vec::new(),
            screened,
            shown: Some(Shown::new(text)),
            held_until: None,
        };
        (Actor::Citizen(person), asked)
    } else {
        let row = |n: u64| {
            let question = QuestionId::from_u128(u128::from(n) / 10 * 10);
            VoteRow(PersonId::from_u128(n.into()), question, true, Hash8(n))
        };
        (Actor::Crowd, Event::VotesCast { rows: (n..n + 5).map(row).collect() })
    };
    let at = Timestamp(1_790_000_000_000);
    let recorded = Recorded { id, by, at, on: Vec::new(), head: None, events: vec![event] };
    Entry { v: ENTRY_VERSION, id: EntryId::from_u128(bits), commands: vec![recorded] }
}
