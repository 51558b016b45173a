//! What an update costs to ten thousand viewers, beside the least that it can cost.
//!
//! A server with a session and a crowd, and the [floor](floor) with one as large, in processes of
//! their own: both servers on one core, both crowds on another, measured in turns. What is compared
//! is CPU time of the server's process for each delivery: an update that has reached a viewer. A run
//! in which a viewer misses an update, hears it twice or differently is an error, whatever it cost.

mod board;
mod crowd;
mod floor;
mod log;
mod process;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
pub use crowd::serve as crowd;
use crowd::{Plan, Run, Session, Wish};
pub use floor::serve as floor;
use process::{Beside, resident};
use serde_json::json;

use crate::bench::{Bar, Row};
use crate::history::Recorder;
use crate::host::Host;
use crate::http::{Line, Request, Server};
use crate::visitor::{Manner, Ticket};

/// The administrator's token of the server that is started here.
const TOKEN: &str = "bench-administrator-0123456789abcdefghij";
/// Servers on this core, crowds on the other.
const SERVERS: usize = 0;
const CROWDS: usize = 1;
/// Each figure is the median of so many runs, taken in turns with the floor's.
const TURNS: usize = 3;
/// How far the floor's runs may lie apart, against their median; beyond it they are taken again.
const SPREAD: f64 = 0.25;
/// How often.
const AGAIN: usize = 2;
/// Who publish: as many as updates may be under way.
const MODERATORS: usize = 8;
/// Viewers who are there before memory is looked at: what the first ones cost is the server's own.
const FIRST: usize = 500;
/// Everybody has been told all by then, and what joining took is given back.
const SETTLED: Duration = Duration::from_secs(2);
/// Deliveries a second at which delays are measured.
const STEADY: f64 = 50_000.0;

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// How many watch.
    pub(crate) viewers: usize,
    /// How long a run takes.
    pub(crate) seconds: f64,
}

/// Measures.
///
/// # Errors
/// A program does not start, a viewer is not let in, or an update went missing.
pub(crate) async fn run(rows: &mut Vec<Row>, scale: Scale, folder: &Path) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    anyhow::ensure!(
        cores > CROWDS,
        "two cores are needed: one for the servers, one for the crowds"
    );
    let mut hub = Side::hub(folder, scale.viewers).await?;
    hub.join(FIRST)?;
    tokio::time::sleep(SETTLED).await;
    let before = resident(hub.server.id())?;
    hub.join(scale.viewers - FIRST)?;
    tokio::time::sleep(SETTLED).await;
    let grown = resident(hub.server.id())?.saturating_sub(before);
    let each = grown as f64 / 1024.0 / (scale.viewers - FIRST) as f64;
    // An update as long as one of the server's own.
    let length = hub.run(Wish::Window { updates: 1, seconds: 0.1 })?.bytes;
    let mut floor = Side::floor(length)?;
    floor.join(scale.viewers)?;

    let viewers = scale.viewers;
    let seconds = scale.seconds;
    let of = |sets: &Sets, more: &str| {
        format!(
            "{viewers} viewers, {length:.0} bytes; floor {:.2} µs ± {:.0} %, {:.2} µs here{more}",
            sets.floor.per_delivery(),
            sets.spread * 100.0,
            sets.hub.per_delivery(),
        )
    };
    let one = sets(&mut hub, &mut floor, Wish::Window { updates: 1, seconds })?;
    rows.push(Row::with_bar(
        "CPU per delivery, one update at a time",
        one.hub.per_delivery() / one.floor.per_delivery(),
        "x floor",
        of(&one, &format!("; crowd {:.2} µs", one.hub.crowd_per_delivery())),
        Bar::AtMost(1.25),
    ));
    let eight = sets(&mut hub, &mut floor, Wish::Window { updates: 8, seconds })?;
    let per_frame = eight.hub.deliveries as f64 / eight.hub.frames as f64;
    rows.push(Row::with_bar(
        "CPU per delivery, eight updates waiting",
        eight.hub.per_delivery() / eight.floor.per_delivery(),
        "x floor",
        of(
            &eight,
            &format!(
                ", {per_frame:.1} updates a frame; crowd {:.2} µs",
                eight.hub.crowd_per_delivery()
            ),
        ),
        Bar::AtMost(0.35),
    ));
    rows.push(Row::with_bar(
        "deliveries per second at saturation",
        eight.hub.per_second() / eight.floor.per_second(),
        "x floor",
        format!(
            "floor {:.0}, {:.0} here; server busy for {:.0} % of the time, crowd for {:.0} %",
            eight.floor.per_second(),
            eight.hub.per_second(),
            eight.hub.server / eight.hub.wall * 100.0,
            eight.hub.crowd / eight.hub.wall * 100.0,
        ),
        Bar::AtLeast(3.0),
    ));
    let pace = Wish::Pace { per_second: STEADY / viewers as f64, seconds: seconds.max(1.0) };
    let steady = sets(&mut hub, &mut floor, pace)?;
    rows.push(Row::with_bar(
        "p99 delay at 50,000 deliveries/s",
        steady.hub.p99_ms / steady.floor.p99_ms,
        "x floor",
        format!(
            "floor {:.1} ms (median {:.1}), {:.1} ms (median {:.1}) here, durable first",
            steady.floor.p99_ms, steady.floor.p50_ms, steady.hub.p99_ms, steady.hub.p50_ms
        ),
        Bar::AtMost(1.1),
    ));
    rows.push(Row::with_bar(
        "memory per idle joined viewer",
        each,
        "KiB",
        format!("resident, {} more viewers, divided", scale.viewers - FIRST),
        Bar::AtMost(3.0),
    ));
    let wrong = [&one, &eight, &steady].map(|sets| sets.hub.wrong).iter().sum::<u64>();
    rows.push(Row::with_bar(
        "updates missing, repeated or out of order",
        wrong as f64,
        "updates",
        "in all of these runs, over all viewers".to_owned(),
        Bar::AtMost(0.0),
    ));
    drop((hub, floor));
    rows.push(board::run(&folder.join("board"), seconds).await?);
    Ok(())
}

/// The medians of a set of turns.
struct Sets {
    hub: Run,
    floor: Run,
    /// How far the floor's runs lie apart, against their median.
    spread: f64,
}

fn sets(hub: &mut Side, floor: &mut Side, wish: Wish) -> anyhow::Result<Sets> {
    let mut tries = 0;
    loop {
        let (mut floors, mut hubs) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            floors.push(floor.run(wish)?);
            hubs.push(hub.run(wish)?);
        }
        anyhow::ensure!(floors.iter().all(|run| run.wrong == 0), "the floor lost updates");
        let costs = floors.iter().map(Run::per_delivery);
        let (least, most) =
            costs.fold((f64::MAX, 0.0_f64), |(a, b), cost| (a.min(cost), b.max(cost)));
        let median = median(&floors, Run::per_delivery);
        let spread = (most - least) / median;
        tries += 1;
        if spread <= SPREAD || tries > AGAIN {
            return Ok(Sets { hub: Run::median(&hubs), floor: Run::median(&floors), spread });
        }
    }
}

fn median(runs: &[Run], figure: impl Fn(&Run) -> f64) -> f64 {
    let mut figures: Vec<_> = runs.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

impl Run {
    /// CPU time of the server for each delivery, in µs.
    fn per_delivery(&self) -> f64 {
        self.server * 1e6 / self.deliveries.max(1) as f64
    }

    fn crowd_per_delivery(&self) -> f64 {
        self.crowd * 1e6 / self.deliveries.max(1) as f64
    }

    fn per_second(&self) -> f64 {
        self.deliveries as f64 / self.wall
    }

    /// The run of median cost; the percentiles are medians of their own, and what went wrong in any
    /// of them stays.
    fn median(runs: &[Self]) -> Self {
        let cost = median(runs, Self::per_delivery);
        let run = runs.iter().find(|run| run.per_delivery() == cost).unwrap_or(&runs[0]);
        Self {
            wrong: runs.iter().map(|run| run.wrong).sum(),
            p50_ms: median(runs, |run| run.p50_ms),
            p99_ms: median(runs, |run| run.p99_ms),
            ..*run
        }
    }
}

/// A server and its crowd.
struct Side {
    server: Beside,
    crowd: Beside,
}

impl Side {
    /// The server that cities run, with its defaults; what is off are the limits by person and
    /// network, since the whole crowd stands behind one address.
    async fn hub(folder: &Path, viewers: usize) -> anyhow::Result<Self> {
        let program = std::env::var("FILODIRETTO_BIN");
        let program = program.unwrap_or_else(|_| "target/release/filodiretto".to_owned());
        let mut command = Command::new(&program);
        command.args(["serve", "--log", "warn", "--listen", "127.0.0.1:0", "--data"]).arg(folder);
        // Too much is what is measured here.
        command.args(["--shed", "off"]);
        command.env("FILODIRETTO_ADMIN_TOKEN", TOKEN);
        for limit in ["JOINS", "REQUESTS", "MESSAGES"] {
            for whose in ["PERSON", "STAFF", "NETWORK"] {
                command.env(format!("FILODIRETTO_LIMIT_{limit}_PER_{whose}"), "off");
            }
        }
        command.env("FILODIRETTO_LIMIT_NEW_PERSONS_PER_NETWORK", "off");
        command.env("FILODIRETTO_SEATS_PER_NETWORK", "50000");
        let mut server = Beside::start(&mut command, SERVERS)
            .context("build the server first: cargo build --release --bin filodiretto")?;
        let url = server.until("listening on ")?;
        let host = Host::new(Server::at(&url)?, TOKEN);
        let evening = host.evening("misura", json!({}), Recorder::in_memory()).await?;
        let desk = evening.moderator("moderator-0", &Manner::default()).await?;
        desk.must(json!({"type": "open"})).await?;
        let mut moderators = Vec::new();
        for number in 0..MODERATORS {
            let name = format!("publisher-{number}");
            match evening.invites("moderator", &name).await? {
                Ticket::Bearer(token) => moderators.push(token),
                other => anyhow::bail!("a token is expected, not {other:?}"),
            }
        }
        let tokens = tokens(&host.server, viewers).await?;
        let address = host.server.authority().parse()?;
        let session = Session { slug: "misura".to_owned(), moderators, tokens };
        let plan = Plan { address, server: server.id(), session: Some(session) };
        Ok(Self { server, crowd: crowd_of(&plan)? })
    }

    fn floor(length: f64) -> anyhow::Result<Self> {
        // The frame's own head is not part of the text.
        let length = (length.round() as usize).saturating_sub(4).to_string();
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["floor", "--length", &length]);
        let mut server = Beside::start(&mut command, SERVERS)?;
        let address = Server::at(&server.until("listening on ")?)?.authority().parse()?;
        let plan = Plan { address, server: server.id(), session: None };
        Ok(Self { server, crowd: crowd_of(&plan)? })
    }

    fn join(&mut self, viewers: usize) -> anyhow::Result<()> {
        self.crowd.ask::<Option<Run>>(&serde_json::to_string(&Wish::Join { viewers })?)?;
        Ok(())
    }

    fn run(&mut self, wish: Wish) -> anyhow::Result<Run> {
        let run: Option<Run> = self.crowd.ask(&serde_json::to_string(&wish)?)?;
        run.context("a run is expected")
    }
}

fn crowd_of(plan: &Plan) -> anyhow::Result<Beside> {
    let mut crowd = Beside::start(Command::new(std::env::current_exe()?).arg("crowd"), CROWDS)?;
    crowd.say(&serde_json::to_string(plan)?)?;
    Ok(crowd)
}

/// Makes so many persons, over one connection.
async fn tokens(server: &Server, count: usize) -> anyhow::Result<Vec<String>> {
    let mut line = Line::to(server);
    let request = Request::json("POST", "/api/v1/me", &json!({"embed": true}));
    let mut tokens = Vec::with_capacity(count);
    for _ in 0..count {
        let made = line.ask(&request).await?.good()?;
        tokens.push(made["token"].as_str().context("a token is expected")?.to_owned());
    }
    Ok(tokens)
}
