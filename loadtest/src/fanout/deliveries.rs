//! What an update costs to those who watch, beside the floor.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;

use super::half::{self, GUESTS};
use super::ours::{Ours, staff};
use super::process::{Beside, resident};
use super::stopped::{self, STOP};
use super::turns::{median, middle, turns};
use super::wish::{Plan, Run, Session, Wish};
use super::{CROWDS, Scale, bare};
use crate::bench::{Bar, Row};

/// Who publish: as many as updates may be under way.
const MODERATORS: usize = 8;
/// Viewers who are there before memory is looked at: what the first ones cost is the server's own.
const FIRST: usize = 500;
/// Everybody has been told all by then, and what joining took is given back.
const SETTLED: Duration = Duration::from_secs(2);
/// Deliveries a second at which delays are measured.
pub(super) const STEADY: f64 = 50_000.0;

/// Updates under way: each has reached everybody before the next one comes, and where some wait.
const ONE: u64 = 1;
const EIGHT: u64 = 8;

/// Measures.
pub(super) async fn run(rows: &mut Vec<Row>, scale: Scale, folder: &Path) -> anyhow::Result<()> {
    let mut both = Both::with(scale.viewers, folder).await?;
    let one = both.sets(window(ONE, scale), scale)?;
    rows.push(Row::with_bar(
        "CPU per delivery, one update at a time",
        one.ratio(),
        "x floor",
        format!("{}; crowd {:.2} µs", both.of(&one), one.hub.crowd_per_delivery()),
        Bar::AtMost(1.25),
    ));
    let eight = both.sets(window(EIGHT, scale), scale)?;
    rows.push(Row::with_bar(
        "CPU per delivery, eight updates waiting",
        eight.ratio(),
        "x floor",
        format!(
            "{}, {:.1} updates a frame; crowd {:.2} µs",
            both.of(&eight),
            eight.hub.deliveries as f64 / eight.hub.frames as f64,
            eight.hub.crowd_per_delivery()
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
    let per_second = STEADY / scale.viewers as f64;
    let steady = Wish::Pace { per_second, seconds: scale.seconds.max(1.0) };
    let steady = both.sets(steady, scale)?;
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
        both.memory,
        "KiB",
        format!("resident, {} more viewers, divided", scale.viewers - FIRST),
        Bar::AtMost(3.0),
    ));
    let Both { mut hub, floor, .. } = both;
    drop(floor);
    half::run(rows, scale, &mut hub, eight.hub.per_second())?;
    let mut wrong = [&one, &eight, &steady].map(|sets| sets.hub.wrong).iter().sum::<u64>();
    // A short run has no time to fill sockets, and to see that who takes nothing is given up.
    if !scale.is_quick() {
        wrong += stopped::run(rows, scale, &mut hub)?;
    }
    rows.push(Row::with_bar(
        "updates missing, repeated or out of order",
        wrong as f64,
        "updates",
        "in all of these runs, over all who read".to_owned(),
        Bar::AtMost(0.0),
    ));
    Ok(())
}

/// The same for another number of viewers, without a bar: what one costs should not depend on it.
pub(super) async fn flat(
    rows: &mut Vec<Row>,
    viewers: usize,
    scale: Scale,
    folder: &Path,
) -> anyhow::Result<()> {
    let scale = Scale { seconds: scale.seconds / 2.0, ..scale };
    let mut both = Both::with(viewers, folder).await?;
    let one = both.sets(window(ONE, scale), scale)?;
    let eight = both.sets(window(EIGHT, scale), scale)?;
    let of = both.of(&one);
    rows.push(Row::new("the same for other viewers, one at a time", one.ratio(), "x floor", of));
    let of = format!(
        "{}; {:.1} x the floor's deliveries/s; {:.2} KiB each; {} wrong",
        both.of(&eight),
        eight.hub.per_second() / eight.floor.per_second(),
        both.memory,
        one.hub.wrong + eight.hub.wrong,
    );
    rows.push(Row::new("the same for other viewers, eight waiting", eight.ratio(), "x floor", of));
    Ok(())
}

const fn window(updates: u64, scale: Scale) -> Wish {
    Wish::Window { updates, seconds: scale.seconds, longer: 0 }
}

/// Our server and the floor, each with its crowd.
struct Both {
    hub: Side,
    floor: Side,
    viewers: usize,
    /// Bytes of an update's frame.
    length: f64,
    /// KiB of the server for each viewer but the first ones.
    memory: f64,
}

impl Both {
    async fn with(viewers: usize, folder: &Path) -> anyhow::Result<Self> {
        let mut hub = Side::hub(folder, viewers).await?;
        hub.join(FIRST)?;
        tokio::time::sleep(SETTLED).await;
        let before = resident(hub.server.id())?;
        hub.join(viewers - FIRST)?;
        tokio::time::sleep(SETTLED).await;
        let grown = resident(hub.server.id())?.saturating_sub(before);
        let memory = grown as f64 / 1024.0 / (viewers - FIRST) as f64;
        // An update as long as one of the server's own.
        let length = hub.run(Wish::Window { updates: 1, seconds: 0.1, longer: 0 })?.bytes;
        let mut floor = Side::floor(length)?;
        floor.join(viewers)?;
        Ok(Self { hub, floor, viewers, length, memory })
    }

    fn sets(&mut self, wish: Wish, scale: Scale) -> anyhow::Result<Sets> {
        let Self { hub, floor, .. } = self;
        let all = turns(scale.turns, || floor.run(wish), || hub.run(wish), Run::per_delivery)?;
        anyhow::ensure!(all.floor.iter().all(|run| run.wrong == 0), "the floor lost updates");
        Ok(Sets { hub: Run::median(&all.ours), floor: Run::median(&all.floor), spread: all.spread })
    }

    /// What a set came to, in words.
    fn of(&self, sets: &Sets) -> String {
        format!(
            "{} viewers, {:.0} bytes; floor {:.2} µs ± {:.0} %, {:.2} µs here",
            self.viewers,
            self.length,
            sets.floor.per_delivery(),
            sets.spread * 100.0,
            sets.hub.per_delivery(),
        )
    }
}

/// The medians of a set of turns.
struct Sets {
    hub: Run,
    floor: Run,
    /// How far the floor's runs lie apart, against their median.
    spread: f64,
}

impl Sets {
    fn ratio(&self) -> f64 {
        self.hub.per_delivery() / self.floor.per_delivery()
    }
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
        Self {
            wrong: runs.iter().map(|run| run.wrong).sum(),
            p50_ms: median(runs, |run| run.p50_ms),
            p99_ms: median(runs, |run| run.p99_ms),
            ..*middle(runs, Self::per_delivery)
        }
    }
}

/// A server and its crowd.
pub(super) struct Side {
    pub(super) server: Beside,
    crowd: Beside,
    /// Who is there beside the crowd; nobody at the floor.
    pub(super) beside: Option<Guests>,
}

/// People who are no part of a crowd.
pub(super) struct Guests {
    pub(super) address: SocketAddr,
    pub(super) slug: &'static str,
    /// Their tokens.
    pub(super) citizens: Vec<String>,
    pub(super) moderator: String,
}

impl Side {
    async fn hub(folder: &Path, viewers: usize) -> anyhow::Result<Self> {
        let ours = Ours::start(folder)?;
        let lifted = json!({
            "max_chars": 1000, "open_questions": null, "questions": null, "slow_s": null
        });
        let slug = "misura";
        let evening = ours.evening(slug, lifted).await?;
        let mut moderators = Vec::new();
        for number in 0..MODERATORS {
            moderators.push(staff(&evening, "moderator", &format!("publisher-{number}")).await?);
        }
        let mut tokens = ours.persons(viewers + STOP + GUESTS).await?;
        let citizens = tokens.split_off(viewers + STOP);
        let moderator = staff(&evening, "moderator", "reader").await?;
        let session = Session { slug: slug.to_owned(), moderators, tokens };
        let Ours { server, address, .. } = ours;
        let plan = Plan { address, server: server.id(), session: Some(session) };
        let beside = Some(Guests { address, slug, citizens, moderator });
        Ok(Self { server, crowd: crowd_of(&plan)?, beside })
    }

    fn floor(length: f64) -> anyhow::Result<Self> {
        // The frame's own head is not part of the text.
        let (server, address) = bare((length.round() as usize).saturating_sub(4))?;
        let plan = Plan { address, server: server.id(), session: None };
        Ok(Self { server, crowd: crowd_of(&plan)?, beside: None })
    }

    fn join(&mut self, viewers: usize) -> anyhow::Result<()> {
        self.does(Wish::Join { viewers, narrow: false })
    }

    pub(super) fn does(&mut self, wish: Wish) -> anyhow::Result<()> {
        self.crowd.ask::<Option<Run>>(&serde_json::to_string(&wish)?)?;
        Ok(())
    }

    pub(super) fn run(&mut self, wish: Wish) -> anyhow::Result<Run> {
        self.begins(wish)?;
        self.ends()
    }

    /// Begins a run, beside which something else may be done.
    pub(super) fn begins(&mut self, wish: Wish) -> anyhow::Result<()> {
        self.crowd.say(&serde_json::to_string(&wish)?)
    }

    pub(super) fn ends(&mut self) -> anyhow::Result<Run> {
        let run: Option<Run> = self.crowd.hear()?;
        run.context("a run is expected")
    }
}

fn crowd_of(plan: &Plan) -> anyhow::Result<Beside> {
    let mut crowd = Beside::start(Command::new(std::env::current_exe()?).arg("crowd"), CROWDS)?;
    crowd.say(&serde_json::to_string(plan)?)?;
    Ok(crowd)
}
