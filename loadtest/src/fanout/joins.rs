//! People who come: from the connection to the last of what a page starts with.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::frames::request;
use super::ours::{self, Ours};
use super::people::{Heard, People};
use super::turns::{median, middle, turns};
use super::{CROWDS, Scale, bare, process};
use crate::bench::{Bar, Row, now};

/// Questions that the session has.
const QUESTIONS: usize = 1_000;
/// Questions that each of them supports, so that `mine` has something to say.
const SUPPORTS: usize = 3;
/// Who they are: as many as there are turns to come for.
const PEOPLE: usize = 4_000;

/// Who come to the door at the same moment.
const AT_THE_DOOR: usize = 128;
/// Who have come stay while so many more do: a hall that fills, and phones that go.
const STAY: usize = 2_000;
/// Nobody comes in for this long: the run has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joins {
    /// Who have come.
    pub(super) joins: u64,
    /// How long it took, in seconds.
    pub(super) wall: f64,
    /// CPU time of the server meanwhile, in seconds.
    pub(super) server: f64,
    /// And of the crowd.
    pub(super) crowd: f64,
    /// Bytes that everybody heard, for each who came.
    pub(super) bytes: f64,
}

impl Joins {
    pub(super) fn per_second(&self) -> f64 {
        self.joins as f64 / self.wall
    }

    /// CPU time of the server for each, in µs.
    pub(super) fn cost(&self) -> f64 {
        self.server * 1e6 / self.joins.max(1) as f64
    }
}

/// Measures.
pub(super) async fn run(rows: &mut Vec<Row>, scale: Scale, folder: &Path) -> anyhow::Result<()> {
    let ours = Ours::start(folder)?;
    let evening = ours.evening("arrivi", json!({})).await?;
    let questions = ours::enter(&evening, QUESTIONS).await?;
    let persons = ours.persons(PEOPLE).await?;
    let votes = (0..PEOPLE * SUPPORTS).map(|n| {
        let (person, question) = (n % PEOPLE, &questions[(n * 7 + n / PEOPLE) % QUESTIONS]);
        let id = ulid::Ulid::generate().to_string();
        let vote = json!({"type": "vote", "id": id, "question": question, "on": true});
        (persons[person].clone(), vote)
    });
    ours::command(&evening, "citizen", votes).await?;
    let (bare, address) = bare(200)?;
    let length = Duration::from_secs_f64(scale.seconds);
    let asks = |deflates| -> Vec<_> {
        let path = "/ws/v1/sessions/arrivi?as=citizen";
        persons.iter().map(|token| request(path, Some(token), deflates)).collect()
    };
    let nobody = [request("/", None, false)];
    for (deflates, measure) in
        [(true, "joins per second"), (false, "joins per second, not deflated")]
    {
        let requests = asks(deflates);
        let (mut here, mut there) = (People::at(ours.address)?, People::at(address)?);
        let (server, floor) = (ours.server.id(), bare.id());
        let all = process::on(CROWDS, || {
            turns(
                scale.turns,
                || joins(&mut there, floor, &nobody, length, true),
                || joins(&mut here, server, &requests, length, false),
                Joins::cost,
            )
        })??;
        let one = middle(&all.ours, Joins::per_second);
        let busy = |part: fn(&Joins) -> f64| part(one) / one.wall * 100.0;
        rows.push(Row::with_bar(
            measure,
            one.per_second(),
            "joins/s",
            format!(
                "{QUESTIONS} questions, token checked, `mine`, snapshot, counts: {:.1} kB; {:.0} µs \
                 each, {:.1} x a bare accept and write ({:.0} µs ± {:.0} %); server busy for {:.0} % \
                 of the time, crowd for {:.0} %",
                one.bytes / 1e3,
                one.cost(),
                one.cost() / median(&all.floor, Joins::cost),
                median(&all.floor, Joins::cost),
                all.spread * 100.0,
                busy(|run| run.server),
                busy(|run| run.crowd),
            ),
            Bar::AtLeast(8_000.0),
        ));
    }
    Ok(())
}

/// What a citizen's page is told first, in this order.
const FIRST: [&str; 4] = ["welcome", "mine", "snapshot", "tally"];

/// How far somebody is who stands at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Coming,
    /// Heard so many of the first messages.
    Told(usize),
    There,
}

/// People come for so long, each with the next of `requests`, as fast as they are let in. The
/// `floor` says nothing but that they are in.
pub(super) fn joins(
    people: &mut People,
    server: u32,
    requests: &[Vec<u8>],
    length: Duration,
    floor: bool,
) -> anyhow::Result<Joins> {
    let (mut is, mut there) = (Vec::new(), VecDeque::new());
    let (mut coming, mut come, mut next) = (0, 0_u64, requests.iter().cycle());
    let before = people.received;
    let cpu = (process::cpu(server)?, process::cpu(std::process::id())?);
    let start = now();
    let mut last = start;
    while start.elapsed() < length {
        while coming < AT_THE_DOOR {
            let who = people.come(next.next().context("somebody")?)?;
            if is.len() <= who {
                is.resize(who + 1, Is::There);
            }
            is[who] = Is::Coming;
            coming += 1;
        }
        people.hear(Duration::from_millis(10), |who, heard| {
            let Some(now_is) = hears(is[who], heard, floor)? else { return Ok(()) };
            is[who] = now_is;
            if now_is == Is::There {
                there.push_back(who);
                coming -= 1;
                come += 1;
                last = now();
            }
            Ok(())
        })?;
        while there.len() > STAY {
            people.leave(there.pop_front().context("the first")?)?;
        }
        if last.elapsed() > PATIENCE {
            bail!("nobody came in for {} s, {come} before", PATIENCE.as_secs());
        }
    }
    let wall = start.elapsed().as_secs_f64();
    let after = (process::cpu(server)?, process::cpu(std::process::id())?);
    let bytes = (people.received - before) as f64 / come.max(1) as f64;
    people.everybody_leaves()?;
    Ok(Joins {
        joins: come,
        wall,
        server: (after.0 - cpu.0).as_secs_f64(),
        crowd: (after.1 - cpu.1).as_secs_f64(),
        bytes,
    })
}

/// Everybody comes and stays; returns their places, in the order in which they were told all.
pub(super) fn seated(people: &mut People, requests: &[Vec<u8>]) -> anyhow::Result<Vec<usize>> {
    let (mut is, mut there) = (vec![Is::There; requests.len()], Vec::new());
    let (mut coming, mut last, mut next) = (0, now(), requests.iter());
    while there.len() < requests.len() {
        while coming < AT_THE_DOOR
            && let Some(request) = next.next()
        {
            let who = people.come(request)?;
            let place = is.get_mut(who).context("nobody came before")?;
            *place = Is::Coming;
            coming += 1;
        }
        people.hear(Duration::from_millis(10), |who, heard| {
            let Some(now_is) = hears(is[who], heard, false)? else { return Ok(()) };
            is[who] = now_is;
            if now_is == Is::There {
                there.push(who);
                coming -= 1;
                last = now();
            }
            Ok(())
        })?;
        if last.elapsed() > PATIENCE {
            bail!("nobody came in for {} s, {} before", PATIENCE.as_secs(), there.len());
        }
    }
    Ok(there)
}

/// How far somebody is who hears this; `None`: as before.
fn hears(is: Is, heard: Heard<'_>, floor: bool) -> anyhow::Result<Option<Is>> {
    match (is, heard) {
        (Is::Coming, Heard::In) if floor => Ok(Some(Is::There)),
        (Is::Coming, Heard::In) => Ok(Some(Is::Told(0))),
        (Is::Told(before), Heard::Message(payload, packed)) => {
            let wanted = FIRST[before];
            let start = format!("{{\"type\":\"{wanted}\"");
            // Only a snapshot is ever packed.
            let fits =
                if packed { wanted == "snapshot" } else { payload.starts_with(start.as_bytes()) };
            if !fits {
                bail!("`{wanted}` is expected, not {}", String::from_utf8_lossy(payload));
            }
            let told = before + 1;
            Ok(Some(if told == FIRST.len() { Is::There } else { Is::Told(told) }))
        }
        // Everybody is told the counts once a second.
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(messages: &[(&str, bool)]) -> anyhow::Result<Is> {
        let mut is = hears(Is::Coming, Heard::In, false)?.expect("the door is open");
        for (text, packed) in messages {
            is = hears(is, Heard::Message(text.as_bytes(), *packed), false)?.unwrap_or(is);
        }
        Ok(is)
    }

    #[test]
    fn who_has_heard_all_of_it_in_order_has_come() {
        let (welcome, mine) = (("{\"type\":\"welcome\"}", false), ("{\"type\":\"mine\"}", false));
        let (snapshot, tally) = (("packed", true), ("{\"type\":\"tally\"}", false));
        assert_eq!(told(&[welcome, mine, snapshot]).expect("so far"), Is::Told(3));
        assert_eq!(told(&[welcome, mine, snapshot, tally]).expect("all"), Is::There);
        let plain = ("{\"type\":\"snapshot\",\"cursor\":\"x\"}", false);
        assert_eq!(told(&[welcome, mine, plain, tally, tally]).expect("all"), Is::There);
        assert!(told(&[welcome, snapshot]).is_err(), "one is missing");
        assert!(told(&[mine]).is_err(), "no welcome");
    }

    #[test]
    fn the_floor_only_opens_the_door() {
        let is = hears(Is::Coming, Heard::In, true).expect("no fault");
        assert_eq!(is, Some(Is::There));
    }
}
