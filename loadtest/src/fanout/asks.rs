//! Many people ask at the same time, and one desk hears them all.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;
use ulid::Ulid;

use super::frames::{request, said};
use super::ours::{Ours, staff};
use super::people::People;
use super::talk::{Subject, Talk, Talked};
use super::turns::{median, middle, spread};
use super::{CROWDS, Scale, process};
use crate::bench::{Bar, Row, now};
use crate::percentiles::Percentiles;
use crate::screening::speed::question;

/// Who ask.
const PEOPLE: usize = 2_000;

/// Measures.
pub(super) async fn run(rows: &mut Vec<Row>, scale: Scale, folder: &Path) -> anyhow::Result<()> {
    let ours = Ours::start(folder)?;
    let persons = ours.persons(PEOPLE).await?;
    let length = scale.talk();
    let (mut runs, mut bytes) = (Vec::new(), 0);
    for turn in 0..scale.turns {
        // A session for each, so that all begin with an empty desk.
        let slug = format!("domande-{turn}");
        let lifted = json!({"open_questions": null, "questions": null, "slow_s": null});
        let evening = ours.evening(&slug, lifted).await?;
        let token = staff(&evening, "moderator", "reader").await?;
        let path = |role| format!("/ws/v1/sessions/{slug}?as={role}");
        let asks = |token: &String| request(&path("citizen"), Some(token), true);
        let requests: Vec<_> = persons.iter().map(asks).collect();
        let desk = [request(&path("desk"), Some(&token), true)];
        let mut asked = Asked::new(turn, length);
        let talked = process::on(CROWDS, || {
            let mut talk = Talk::new(People::at(ours.address)?, &requests, &desk)?;
            talk.go(ours.server.id(), length, &mut asked)
        })??;
        bytes = asked.bytes / asked.all.max(1);
        runs.push((asked, talked));
    }
    let per_second = |(asked, talked): &(Asked, Talked)| asked.in_time as f64 / talked.wall;
    let (_, talked) = middle(&runs, per_second);
    let ms = |part: f64| median(&runs, |(asked, _)| asked.delays.at(part).as_secs_f64() * 1e3);
    rows.push(Row::with_bar(
        "questions per second, screened, durable, on the desk",
        median(&runs, per_second),
        "questions/s",
        format!(
            "{PEOPLE} people, one question under way of each, {bytes} bytes, ± {:.0} %; {}; on the \
             desk in {:.0} ms (p99 {:.0})",
            spread(&runs, per_second) * 100.0,
            talked.in_words(),
            ms(0.5),
            ms(0.99),
        ),
        Bar::AtLeast(5_000.0),
    ));
    Ok(())
}

/// What was asked, and what the desk has heard of it.
#[derive(Debug)]
pub(super) struct Asked {
    turn: usize,
    /// From when it counts; `None`: not yet.
    start: Option<Instant>,
    length: Duration,
    /// Not heard yet, and when they were asked.
    waits: HashMap<[u8; ulid::ULID_LEN], Instant>,
    all: usize,
    bytes: usize,
    /// Heard by the desk while it lasted.
    in_time: u64,
    delays: Percentiles,
}

impl Asked {
    /// Of this turn, for so long: the texts of no two turns are the same.
    pub(super) fn new(turn: usize, length: Duration) -> Self {
        Self {
            turn,
            start: None,
            length,
            waits: HashMap::new(),
            all: 0,
            bytes: 0,
            in_time: 0,
            delays: Percentiles::default(),
        }
    }

    /// From a question to the desk.
    pub(super) const fn delays(&self) -> &Percentiles {
        &self.delays
    }
}

/// Where a question stands in an update; its id comes first.
const QUESTION: &[u8] = b"{\"question\":{\"id\":\"";

/// The ids of the questions in an update.
fn questions(payload: &[u8]) -> impl Iterator<Item = [u8; ulid::ULID_LEN]> {
    let mut rest = payload;
    std::iter::from_fn(move || {
        let at = rest.windows(QUESTION.len()).position(|bytes| bytes == QUESTION)?;
        rest = &rest[at + QUESTION.len()..];
        rest.first_chunk().copied()
    })
}

impl Subject for Asked {
    fn says(&mut self, _person: usize, _nth: usize) -> anyhow::Result<(Vec<u8>, u32)> {
        let text = question(((self.turn as u64) << 32) | self.all as u64);
        self.all += 1;
        self.bytes += text.len();
        let mut id = [0; ulid::ULID_LEN];
        Ulid::generate().array_to_str(&mut id);
        self.waits.insert(id, now());
        let id = str::from_utf8(&id).context("an id is text")?;
        Ok((said(&json!({"type": "ask", "id": id, "text": text}).to_string()), 1))
    }

    fn begins(&mut self, at: Instant) {
        (self.start, self.delays) = (Some(at), Percentiles::default());
    }

    fn hears(&mut self, payload: &[u8], at: Instant) -> anyhow::Result<()> {
        if payload.starts_with(b"{\"type\":\"snapshot\"") && self.all > 0 {
            bail!("the desk fell behind and was told anew");
        }
        if !payload.starts_with(b"{\"type\":\"update\"") {
            return Ok(());
        }
        for id in questions(payload) {
            // Of some it is told again what they are like.
            if let Some(asked) = self.waits.remove(&id) {
                self.delays.add(at - asked);
                let counts = self.start.is_some_and(|start| at - start <= self.length);
                self.in_time += u64::from(counts);
            }
        }
        Ok(())
    }

    fn is_heard(&self) -> bool {
        self.waits.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_questions_of_an_update_are_found_by_their_ids() {
        let one = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let two = "01ARZ3NDEKTSV4RRFFQ69G5FAW";
        let question =
            |id: &str| json!({"question": {"id": id, "text": "{\"question\":{\"id\":\"no"}});
        let update = json!({"changes": [question(one), {"gone": one}, question(two)]}).to_string();
        let found: Vec<_> = questions(update.as_bytes()).collect();
        assert_eq!(found, [one, two].map(|id| *id.as_bytes().first_chunk().expect("26 bytes")));
    }
}
