//! A recorded evening once more: each statement is a question by its author, in the order in which
//! they came, and the verdict that people gave is the moderators' decision.
//!
//! A vote of 1 is on; 0 and -1 are off, and the last one counts. A vote whose statement has no
//! verdict yet waits for it. What must be refused (votes on one's own, votes on what was refused)
//! is sent all the same, and counted.

mod count;
mod recording;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

pub use count::{Count, count};
pub use recording::{Recording, Statement, Verdict, Vote};

use crate::chance::Chance;
use crate::checker::Report;
use crate::history::{Recorder, Seat};
use crate::host::Host;
use crate::percentiles::Percentiles;
use crate::visitor::{DEADLINE, Manner, Outcome, Visitor, about};

/// Between two commands of one person: twenty a second is what one seat may send.
const PACE: Duration = Duration::from_millis(55);

/// What came of it.
#[derive(Debug, Default)]
pub struct Replayed {
    /// By statement, as the desk sees it at the end.
    pub tallies: BTreeMap<String, u64>,
    /// Votes that were refused: on one's own statement; on a refused one (some are both).
    pub own: usize,
    /// Those on a refused statement.
    pub on_refused: usize,
    /// All that were refused, each once.
    pub refused: usize,
    /// Done.
    pub done: usize,
    /// What was refused and must not have been, or the other way round.
    pub surprises: Vec<String>,
    /// From the intended moment.
    pub asks: Percentiles,
    /// The same of votes.
    pub votes: Percentiles,
    /// What the checker says.
    pub report: Report,
}

impl Replayed {
    /// Whether it came to what the files say.
    pub fn is(&self, must: &Count) -> bool {
        let refused = (self.own, self.on_refused, self.refused);
        self.tallies == must.tallies
            && refused == (must.own, must.on_refused, must.refused)
            && self.done == must.rows - must.refused
            && self.surprises.is_empty()
    }
}

/// How a recording is played.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    /// The session's slug.
    pub slug: &'a str,
    /// So many times as fast.
    pub speed: f64,
    /// From which all ids follow.
    pub seed: u64,
    /// The server's folder, for the checker.
    pub data: &'a Path,
}

/// What is known of each statement while the evening goes on.
struct Stage {
    start: Instant,
    origin: u64,
    speed: f64,
    /// True once its verdict is done.
    judged: BTreeMap<String, (String, watch::Sender<bool>)>,
    people: BTreeMap<String, Visitor>,
    desk: [Visitor; 2],
}

impl Stage {
    fn moment(&self, ts: u64) -> Instant {
        let after = ts.saturating_sub(self.origin) as f64 / self.speed;
        self.start + Duration::from_secs_f64(after / 1000.0)
    }
}

/// Plays a recording.
///
/// # Errors
/// When the server does not let somebody in, or never answers.
pub async fn replay(
    host: &Host,
    recording: Recording,
    plan: &Plan<'_>,
) -> anyhow::Result<Replayed> {
    let nobody = json!({
        "open_questions": null, "questions": null, "slow_s": null, "min_chars": 1,
        "max_chars": 1000, "duplicates": "off", "links": "allow",
    });
    let evening = host.evening(plan.slug, nobody, Recorder::in_memory()).await?;
    let manner = Manner { patient: true, seed: plan.seed, ..Manner::default() };
    let desk = [
        evening.moderator("moderator-1", &manner).await?,
        evening.moderator("moderator-2", &manner).await?,
    ];
    desk[0].must(json!({"type": "open"})).await?;
    let citizen = Manner { pace: PACE, ..manner.clone() };
    let mut people = BTreeMap::new();
    for name in recording.people() {
        let visitor = evening.citizen(&format!("person-{name}"), &citizen).await?;
        people.insert(name.to_owned(), visitor);
    }
    let mut ids = Chance::of(plan.seed, "statements");
    let judged = recording
        .statements
        .iter()
        .map(|statement| (statement.id.clone(), (ids.id(), watch::channel(false).0)));
    let stage = Stage {
        start: Instant::now() + Duration::from_millis(200),
        origin: recording.origin(),
        speed: plan.speed,
        judged: judged.collect(),
        people,
        desk,
    };
    let stage = Arc::new(stage);
    let mut replayed = Replayed::default();
    play(&stage, &Arc::new(recording), &mut replayed).await?;
    let overlay = evening.invitation.visitor("late", Seat::Overlay, Default::default(), &manner);
    let overlay = overlay.ready().await?;
    // The slowest of all counts goes out once a second; then everybody has everything.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let desk = evening.desk().await?;
    let names: BTreeMap<_, _> = stage.judged.iter().map(|(id, (ulid, _))| (ulid, id)).collect();
    for question in desk["questions"].as_array().context("questions are expected")? {
        let id = question["id"].as_str().map(str::to_owned).unwrap_or_default();
        let name = names.get(&id).context("the desk has a question of nobody")?;
        let votes = question["votes"].as_u64().context("the desk always sees the count")?;
        replayed.tallies.insert((*name).clone(), votes);
    }
    replayed.report = evening.judged(plan.data, &[]).await?;
    overlay.leaves().await;
    Ok(replayed)
}

async fn play(
    stage: &Arc<Stage>,
    recording: &Arc<Recording>,
    replayed: &mut Replayed,
) -> anyhow::Result<()> {
    let mut asks = JoinSet::new();
    for (index, statement) in recording.statements.iter().enumerate() {
        asks.spawn(ask(Arc::clone(stage), statement.clone(), index % 2));
    }
    let mut votes = JoinSet::new();
    for ((voter, statement), cast) in recording.by_pair() {
        let statement = recording.statement(statement).context("a vote on nothing")?.clone();
        let cast = cast.into_iter().cloned().collect();
        votes.spawn(vote(Arc::clone(stage), voter.to_owned(), statement, cast));
    }
    while let Some(asked) = asks.join_next().await {
        replayed.asks.add(asked??);
    }
    while let Some(voted) = votes.join_next().await {
        for voted in voted?? {
            let Voted { own, on_refused, outcome, took, what } = voted;
            replayed.votes.add(took);
            match outcome.code() {
                None => replayed.done += usize::from(outcome.is_done()),
                Some(_) => {
                    replayed.refused += 1;
                    replayed.own += usize::from(own);
                    replayed.on_refused += usize::from(on_refused);
                }
            }
            let expected = match outcome.code() {
                None => outcome.is_done() && !own && !on_refused,
                Some("own_question") => own,
                Some("not_found" | "wrong_state") => on_refused,
                Some(_) => false,
            };
            if !expected {
                replayed.surprises.push(format!("{what}: {outcome:?}"));
            }
        }
    }
    Ok(())
}

/// One statement is asked and judged.
async fn ask(stage: Arc<Stage>, statement: Statement, desk: usize) -> anyhow::Result<Duration> {
    let moment = stage.moment(statement.ts);
    let (question, judged) = stage.judged.get(&statement.id).context("a statement of its own")?;
    sleep_until(moment).await;
    let author = stage.people.get(&statement.author).context("an author is one of the people")?;
    let ask = json!({"type": "ask", "id": question, "text": statement.text});
    let (outcome, at) = author.sends(ask).outcome().await;
    anyhow::ensure!(outcome.is_done(), "statement {}: {outcome:?}", statement.id);
    let desk = &stage.desk[desk];
    let rev = desk.sees(|board| board.questions.contains_key(question)).await?.rev(question);
    let decision = match statement.verdict {
        Verdict::Accepted => Some(("approve", json!({}))),
        Verdict::Refused => Some(("dismiss", json!({"reason": "off_topic"}))),
        Verdict::Open => None,
    };
    if let Some((kind, more)) = decision {
        desk.must(about(kind, question, rev, more)).await?;
    }
    judged.send_replace(true);
    Ok(at.saturating_duration_since(moment))
}

struct Voted {
    own: bool,
    on_refused: bool,
    outcome: Outcome,
    took: Duration,
    what: String,
}

/// All votes of one person on one statement, one after the other.
async fn vote(
    stage: Arc<Stage>,
    voter: String,
    statement: Statement,
    cast: Vec<Vote>,
) -> anyhow::Result<Vec<Voted>> {
    let (question, judged) = stage.judged.get(&statement.id).context("a statement of its own")?;
    let person = stage.people.get(&voter).context("a voter is one of the people")?;
    let mut voted = Vec::with_capacity(cast.len());
    let mut judged = judged.subscribe();
    for vote in cast {
        let moment = stage.moment(vote.ts);
        sleep_until(moment).await;
        let waits = !*judged.borrow();
        judged.wait_for(|judged| *judged).await.context("never judged")?;
        let moment = if waits { Instant::now() } else { moment };
        let command = json!({"type": "vote", "question": question, "on": vote.on});
        let sent = person.sends(command).outcome();
        let (outcome, at) = tokio::time::timeout(DEADLINE * 10, sent).await?;
        let own = statement.author == voter;
        let on_refused = statement.verdict != Verdict::Accepted;
        let what = format!("{voter} on {}", statement.id);
        let took = at.saturating_duration_since(moment);
        voted.push(Voted { own, on_refused, outcome, took, what });
    }
    Ok(voted)
}
