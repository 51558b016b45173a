//! A storm of votes, and what those who only watch cost and hear meanwhile.
//!
//! The storm comes over HTTP: so the threads that own the sockets (`seats-…`) do nothing but tell
//! those who watch, and their CPU time is that of fan-out alone.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::frames::request;
use super::ours::{self, Ours};
use super::people::{Heard, People};
use super::turns::median;
use super::votes::Votes;
use super::{CROWDS, Scale, joins, process};
use crate::bench::{Bar, Row, now};

/// Questions that the session has.
const QUESTIONS: usize = 1_000;
/// Votes a second: a quiet moment, and a storm.
const QUIET: f64 = 200.0;
const STORM: f64 = 20_000.0;
/// The part of it that must have come for the row to say nothing.
const REACHED: f64 = 0.9;
/// Votes a second on one connection, while it lasts.
const EACH: f64 = 20.0;
/// Who own the sockets in the server.
const SHARDS: &str = "seats-";
/// Without any tally for this long, the run has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came of it.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// Votes a second that were done.
    votes: f64,
    /// CPU time of the threads that own the sockets, in each second.
    shards: f64,
    /// And of the whole server.
    server: f64,
    /// Bytes to one viewer in each second.
    bytes: f64,
    /// Frames to one viewer in each second.
    frames: f64,
}

/// Measures.
pub(super) async fn run(rows: &mut Vec<Row>, scale: Scale, folder: &Path) -> anyhow::Result<()> {
    let ours = Ours::start(folder)?;
    let evening = ours.evening("tempesta", json!({})).await?;
    let questions = ours::enter(&evening, QUESTIONS).await?;
    // Who vote do not watch: nobody is told of their own votes but by the counts.
    let mut persons = ours.persons(scale.viewers + (STORM / EACH).ceil() as usize).await?;
    let voters = persons.split_off(scale.viewers);
    let path = "/ws/v1/sessions/tempesta?as=citizen";
    let asks = |deflates| move |token: &String| request(path, Some(token), deflates);
    let viewers: Vec<_> = persons.iter().map(asks(true)).collect();
    let tallies = if scale.seconds < 1.0 { 2 } else { 4 };
    let post = |token: &str, body: &str| {
        format!(
            "POST /api/v1/sessions/tempesta/commands?as=citizen HTTP/1.1\r\nhost: 127.0.0.1\r\n\
             authorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let mut storm = Storm {
        viewers: People::at(ours.address)?,
        seats: viewers.len() as u64,
        voters: People::at(ours.address)?,
        votes: Votes::new(questions),
        server: ours.server.id(),
        tallies,
        cast: vec![0; voters.len()],
    };
    let (mut quiet, mut wild) = (Vec::new(), Vec::new());
    process::on(CROWDS, || {
        joins::seated(&mut storm.viewers, &viewers)?;
        for _ in 0..scale.turns {
            for (rate, told) in [(QUIET, &mut quiet), (STORM, &mut wild)] {
                told.push(storm.rages(rate, |person, vote| post(&voters[person], vote))?);
            }
        }
        anyhow::Ok(())
    })??;
    let wrong = storm.votes.wrong(&evening.desk().await?)?;
    anyhow::ensure!(wrong == 0, "{wrong} votes of the storm were lost or counted twice");
    let (a, b) = (|told: &Told| told.shards, |told: &Told| told.votes);
    rows.push(Row::with_bar(
        "CPU of fan-out, 20,000 against 200 votes/s",
        median(&wild, a) / median(&quiet, a),
        "x",
        format!(
            "{} viewers; votes over HTTP, so that the threads of the sockets only tell{}: {:.0} ms/s \
             at {:.0} votes/s, {:.0} ms/s at {:.0}; {:.1} frames/s to each; whole server {:.0} % busy",
            scale.viewers,
            if median(&wild, b) < STORM * REACHED { " (no more came in)" } else { "" },
            median(&wild, a) * 1e3,
            median(&wild, b),
            median(&quiet, a) * 1e3,
            median(&quiet, b),
            median(&wild, |told| told.frames),
            median(&wild, |told| told.server) * 100.0,
        ),
        Bar::AtMost(1.2),
    ));
    let bytes = median(&wild, |told| told.bytes);
    rows.push(Row::with_bar(
        "bytes to a viewer in that storm",
        bytes / 1e3,
        "kB/s",
        format!(
            "{QUESTIONS} questions; {:.2} kB/s at {QUIET} votes/s; an hour of storm is {:.1} MB (a \
             quiet hour of a phone: the page's rows below)",
            median(&quiet, |told| told.bytes) / 1e3,
            bytes * 3.6e3 / 1e6,
        ),
        Bar::AtMost(2.0),
    ));
    let who = persons.first().context("somebody")?.clone();
    for (deflates, measure, bar) in
        [(false, "public snapshot, plain", 40.0), (true, "public snapshot, deflated", 12.0)]
    {
        let length = snapshot(People::at(ours.address)?, &asks(deflates)(&who))?;
        let of = format!("{QUESTIONS} questions with votes, as a newcomer is told");
        rows.push(Row::with_bar(measure, length as f64 / 1e3, "kB", of, Bar::AtMost(bar)));
    }
    Ok(())
}

/// Bytes of the snapshot that somebody is told.
fn snapshot(mut people: People, request: &[u8]) -> anyhow::Result<usize> {
    people.come(request)?;
    let (start, mut length) = (now(), None);
    while length.is_none() {
        people.hear(Duration::from_millis(10), |_, heard| {
            if let Heard::Message(payload, packed) = heard
                && (packed || payload.starts_with(b"{\"type\":\"snapshot\""))
            {
                length = Some(payload.len());
            }
            Ok(())
        })?;
        anyhow::ensure!(start.elapsed() < PATIENCE, "nobody was told a snapshot");
    }
    length.context("a snapshot")
}

struct Storm {
    viewers: People,
    seats: u64,
    voters: People,
    votes: Votes,
    server: u32,
    /// How many tallies a run takes.
    tallies: u64,
    /// Votes of each person so far: nobody votes for the same twice.
    cast: Vec<usize>,
}

impl Storm {
    /// Votes come at this rate; measured from one tally that all have heard to another.
    fn rages(&mut self, rate: f64, post: impl Fn(usize, &str) -> String) -> anyhow::Result<Told> {
        let lines = (rate / EACH).ceil() as usize;
        let lines: Vec<_> = (0..lines).map(|_| self.voters.call()).collect::<Result<_, _>>()?;
        // Places on the line are numbers from 0 on; all have gone after the run before.
        let first = lines.iter().min().copied().unwrap_or_default();
        let mut free: VecDeque<_> = lines.iter().copied().collect();
        let (mut frames, mut done, mut under_way) = (0_u64, 0_u64, 0_u64);
        let (mut sent, start) = (0_u64, now());
        let mut measured = None;
        let mut last = None;
        while last.is_none() || under_way > 0 {
            let moment = now();
            let wanted = ((moment - start).as_secs_f64() * rate) as u64;
            while last.is_none()
                && sent < wanted
                && let Some(who) = free.pop_front()
            {
                let person = who - first;
                let vote = self.votes.vote(person, self.cast[person])?;
                self.cast[person] += 1;
                self.voters.say(who, post(person, &vote).as_bytes())?;
                (sent, under_way) = (sent + 1, under_way + 1);
            }
            // What could not be sent in time is not made up for.
            sent = sent.max(wanted.saturating_sub(lines.len() as u64));
            self.voters.hear(Duration::from_millis(1), |who, heard| {
                let Heard::Answer(answer) = heard else { return Ok(()) };
                if !answer.starts_with(b"HTTP/1.1 200") {
                    bail!("a vote was refused: {}", String::from_utf8_lossy(answer));
                }
                (done, under_way) = (done + 1, under_way - 1);
                free.push_back(who);
                Ok(())
            })?;
            self.viewers.hear(Duration::ZERO, |_, heard| {
                if let Heard::Message(payload, _) = heard {
                    anyhow::ensure!(
                        payload.starts_with(b"{\"type\":\"tally\""),
                        "only counts are expected, not {}",
                        String::from_utf8_lossy(payload)
                    );
                    frames += 1;
                }
                Ok(())
            })?;
            // The first tally of a run may tell of the run before.
            let complete = frames / self.seats;
            if measured.is_none() && complete >= 2 {
                measured = Some((self.now()?, complete, frames, done, self.viewers.received));
            }
            if let Some((_, from, ..)) = measured
                && last.is_none()
                && complete >= from + self.tallies
            {
                last = Some((self.now()?, frames, done, self.viewers.received));
            }
            anyhow::ensure!(
                now() - start < PATIENCE + Duration::from_secs(2 * self.tallies),
                "{frames} counts told, {done} votes done, {under_way} under way"
            );
        }
        self.voters.everybody_leaves()?;
        let (Some((from, _, frames_from, done_from, heard_from)), Some((to, frames, done, heard))) =
            (measured, last)
        else {
            bail!("no beginning and no end")
        };
        let wall = (to.at - from.at).as_secs_f64();
        let per_viewer = |count: u64| count as f64 / self.seats as f64 / wall;
        Ok(Told {
            votes: (done - done_from) as f64 / wall,
            shards: (to.shards - from.shards).as_secs_f64() / wall,
            server: (to.server - from.server).as_secs_f64() / wall,
            bytes: per_viewer(heard - heard_from),
            frames: per_viewer(frames - frames_from),
        })
    }

    fn now(&self) -> anyhow::Result<Moment> {
        Ok(Moment {
            at: now(),
            shards: process::cpu_of_threads(self.server, SHARDS)?,
            server: process::cpu(self.server)?,
        })
    }
}

/// What the server had used at a moment.
#[derive(Debug, Clone, Copy)]
struct Moment {
    at: std::time::Instant,
    shards: Duration,
    server: Duration,
}
