//! A mixed crowd with its staff, on an open schedule.
//!
//! Who does what, and when, is decided before the first line stands and follows from a seed. People
//! act on schedule even when the server is late, and every reply is measured from the moment at
//! which the act was meant to happen. What exactly they do (which question they support) they
//! choose from what is before their eyes by then.

mod acts;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::chance::Chance;
use crate::checker::Report;
use crate::history::Recorder;
use crate::host::{Evening, Host};
use crate::percentiles::{Figures, Percentiles};
use crate::visitor::{Manner, Outcome, Visitor};
use acts::Act;

/// Everybody has come before the evening begins, and has left after this.
const SETTLES: Duration = Duration::from_secs(3);

/// What kind of evening.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// Citizens.
    pub people: usize,
    /// How long.
    pub seconds: u64,
    /// From which everything follows.
    pub seed: u64,
    /// The session's slug.
    pub slug: String,
}

/// Who takes part, in this order in all tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// One of the crowd, by number.
    Citizen(usize),
    /// The first or the second moderator.
    Moderator(usize),
    /// The official on the stage.
    Official,
    /// Who cuts the picture.
    Producer,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Night {
    /// By kind of command, from the intended moment.
    pub took: BTreeMap<String, Percentiles>,
    /// By code, and `done`.
    pub outcomes: BTreeMap<String, usize>,
    /// What the checker says.
    pub report: Report,
}

impl Night {
    /// The table of percentiles.
    pub fn figures(&self) -> BTreeMap<&str, Figures> {
        self.took.iter().map(|(kind, took)| (&**kind, took.figures())).collect()
    }
}

/// Everybody who has come.
pub(crate) struct Cast {
    citizens: Vec<Visitor>,
    moderators: [Visitor; 2],
    official: Visitor,
    producer: Visitor,
    overlay: Visitor,
}

impl Cast {
    async fn comes(evening: &Evening, plan: &Plan) -> anyhow::Result<Self> {
        let manner = Manner { seed: plan.seed, ..Manner::default() };
        let moderators = [
            evening.moderator("moderator-1", &manner).await?,
            evening.moderator("moderator-2", &manner).await?,
        ];
        let producer = evening.invites("producer", "producer").await?;
        let stage = crate::history::Seat::Stage;
        let producer = evening.invitation.visitor("producer", stage, producer, &manner);
        moderators[0].must(json!({"type": "open"})).await?;
        let mut citizens = Vec::with_capacity(plan.people);
        for number in 0..plan.people {
            citizens.push(evening.citizen(&format!("citizen-{number}"), &manner).await?);
        }
        Ok(Self {
            citizens,
            moderators,
            official: evening.official("official", &manner).await?,
            producer: producer.ready().await?,
            overlay: evening.overlay("overlay", &manner).await?,
        })
    }

    pub(crate) fn part(&self, part: Part) -> &Visitor {
        match part {
            Part::Citizen(number) => &self.citizens[number],
            Part::Moderator(number) => &self.moderators[number],
            Part::Official => &self.official,
            Part::Producer => &self.producer,
        }
    }

    fn all(&self) -> impl Iterator<Item = &Visitor> {
        let staff = [&self.official, &self.producer, &self.overlay];
        self.citizens.iter().chain(&self.moderators).chain(staff)
    }
}

/// Spends an evening. `data` is the server's folder, for the checker.
///
/// # Errors
/// When the server does not let somebody in, or the evidence cannot be had.
pub async fn spend(host: &Host, plan: &Plan, data: &Path) -> anyhow::Result<Night> {
    let policy = json!({"slow_s": 1, "open_questions": 5, "questions": null});
    let evening = host.evening(&plan.slug, policy, Recorder::in_memory()).await?;
    let cast = Arc::new(Cast::comes(&evening, plan).await?);
    let night = Arc::new(Mutex::new(Night::default()));
    let start = Instant::now();
    let mut acts = JoinSet::new();
    for (after, part, act) in schedule(plan) {
        let (cast, night) = (Arc::clone(&cast), Arc::clone(&night));
        let mut chance = Chance::new(plan.seed ^ after.as_nanos() as u64);
        acts.spawn(async move {
            let moment = start + after;
            sleep_until(moment).await;
            let Some(command) = act.command(cast.part(part), &mut chance) else { return };
            let kind = command["type"].as_str().unwrap_or_default().to_owned();
            let (outcome, at) = cast.part(part).sends(command).outcome().await;
            let took = at.saturating_duration_since(moment);
            let mut night = night.lock().unwrap_or_else(PoisonError::into_inner);
            night.took.entry(kind).or_default().add(took);
            let word = match &outcome {
                Outcome::Done(_) => "done",
                Outcome::Checked(_) => "checked",
                Outcome::Unknown => "unknown",
                Outcome::Refused(_) => outcome.code().unwrap_or("refused without a code"),
            };
            *night.outcomes.entry(word.to_owned()).or_default() += 1;
        });
    }
    while let Some(acted) = acts.join_next().await {
        acted?;
    }
    tokio::time::sleep(SETTLES).await;
    let canaries = (0..plan.people).map(canary).collect::<Vec<_>>();
    let report = evening.judged(data, &canaries).await?;
    let night = std::mem::take(&mut *night.lock().unwrap_or_else(PoisonError::into_inner));
    let ready = cast.all().filter(|visitor| visitor.look(|board| board.ready)).count();
    anyhow::ensure!(ready == plan.people + 5, "only {ready} were still there at the end");
    Ok(Night { report, ..night })
}

/// A word that only one citizen uses, and only in their first question.
pub(crate) fn canary(number: usize) -> String {
    format!("zibaldone{number}quux")
}

/// Who acts when. The same for the same plan.
fn schedule(plan: &Plan) -> Vec<(Duration, Part, Act)> {
    let mut chance = Chance::of(plan.seed, "the schedule");
    let length = Duration::from_secs(plan.seconds);
    let mut acts = Vec::new();
    for number in 0..plan.people {
        let part = Part::Citizen(number);
        acts.push((chance.part_of(length / 2), part, Act::AskFirst(number)));
        // Everybody does something about every six seconds.
        for _ in 0..plan.seconds.div_ceil(6) {
            acts.push((chance.part_of(length), part, Act::citizens(&mut chance)));
        }
    }
    // The desk judges as fast as is asked; once in four, both press at the same moment.
    for turn in 0..plan.people * 2 {
        let moment = chance.part_of(length);
        let first = turn % 2;
        acts.push((moment, Part::Moderator(first), Act::Judge));
        if chance.once_in(4) {
            acts.push((moment, Part::Moderator(1 - first), Act::Judge));
        }
    }
    for second in 0..plan.seconds {
        let moment = Duration::from_secs(second) + chance.part_of(Duration::from_secs(1));
        for _ in 0..2 {
            acts.push((moment, Part::Moderator(chance.below(2)), Act::moderators(&mut chance)));
        }
        if second % 3 == 0 {
            acts.push((moment, Part::Official, Act::officials(&mut chance)));
        }
        if second % 7 == 3 {
            acts.push((moment, Part::Producer, Act::producers(&mut chance)));
        }
    }
    acts.sort_by_key(|(moment, part, _)| (*moment, *part));
    acts
}
