//! What ten thousand people cost a server, beside the least that they can cost.
//!
//! The server stands on one core, the crowd on another; where there is one, the [floor](floor) stands
//! beside the server, with a crowd as large, and both are measured in turns. Costs are CPU time of the
//! server's process. Each [part](Part) has a server of its own, and checks what it counts: no update
//! missing or twice, no vote lost, every question on the desk.

mod asks;
mod board;
mod crowd;
mod deliveries;
mod floor;
mod frames;
mod half;
mod joins;
mod log;
mod ours;
mod people;
mod process;
mod restart;
mod stopped;
mod storm;
mod talk;
mod turns;
mod votes;
mod wish;

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub use crowd::serve as crowd;
pub use floor::serve as floor;
use process::Beside;

use crate::bench::Row;
use crate::http::Server;

/// Servers on this core, crowds on the other.
const SERVERS: usize = 0;
const CROWDS: usize = 1;
/// How far the floor's runs may lie apart, against their median; beyond it they are taken again.
const SPREAD: f64 = 0.25;
/// How often.
const AGAIN: usize = 2;
/// Fewer viewers than elsewhere.
const FEW: usize = 1_000;
/// As many viewers as a process of 20,000 descriptors may have, with room for the rest.
const MANY: usize = 19_000;

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// How many watch.
    pub(crate) viewers: usize,
    /// How long a run takes.
    pub(crate) seconds: f64,
    /// Each figure is the median of so many runs, taken in turns with the floor's.
    pub(crate) turns: usize,
}

impl Scale {
    /// How long people talk: answers come in turns of the disk, and a short run would count few.
    fn talk(self) -> Duration {
        Duration::from_secs_f64(self.seconds.max(1.0))
    }

    const fn is_quick(self) -> bool {
        self.turns == 1
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What an update costs.
    Deliveries,
    /// People who come.
    Joins,
    /// People who vote.
    Votes,
    /// People who ask.
    Asks,
    /// A storm of votes, for those who watch.
    Storm,
    /// What an update costs with fewer viewers, and with as many as one process may have here.
    Few,
    /// The same.
    Many,
    /// People who have no seat.
    Board,
    /// Everybody comes back after a restart.
    Restart,
}

impl Part {
    /// All there are, in the order of the table.
    pub const ALL: [Self; 9] = [
        Self::Deliveries,
        Self::Joins,
        Self::Votes,
        Self::Asks,
        Self::Storm,
        Self::Few,
        Self::Many,
        Self::Board,
        Self::Restart,
    ];

    /// As it is called on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deliveries => "deliveries",
            Self::Joins => "joins",
            Self::Votes => "votes",
            Self::Asks => "asks",
            Self::Storm => "storm",
            Self::Few => "few",
            Self::Many => "many",
            Self::Board => "board",
            Self::Restart => "restart",
        }
    }

    /// A short run is one of few, and has no time for many, nor for a long journal.
    pub(crate) const fn is_long(self) -> bool {
        matches!(self, Self::Few | Self::Many | Self::Restart)
    }
}

/// Measures a part, with a server of its own.
///
/// # Errors
/// A program does not start, somebody is not let in, or something went missing.
pub(crate) async fn run(
    rows: &mut Vec<Row>,
    part: Part,
    scale: Scale,
    folder: &Path,
) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    anyhow::ensure!(
        cores > CROWDS,
        "two cores are needed: one for the servers, one for the crowds"
    );
    match part {
        Part::Deliveries => deliveries::run(rows, scale, folder).await,
        Part::Joins => joins::run(rows, scale, folder).await,
        Part::Votes => votes::run(rows, scale, folder).await,
        Part::Asks => asks::run(rows, scale, folder).await,
        Part::Storm => storm::run(rows, scale, folder).await,
        Part::Few => deliveries::flat(rows, FEW, scale, folder).await,
        Part::Many => deliveries::flat(rows, MANY, scale, folder).await,
        Part::Board => board::run(rows, scale, folder).await,
        Part::Restart => restart::run(rows, scale, folder).await,
    }
}

/// Starts the floor.
fn bare(length: usize) -> anyhow::Result<(Beside, SocketAddr)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["floor", "--length", &length.to_string()]);
    let mut server = Beside::start(&mut command, SERVERS)?;
    let address = Server::at(&server.until("listening on ")?)?.authority().parse()?;
    Ok((server, address))
}
