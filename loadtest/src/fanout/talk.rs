//! People who say something, wait for the answer, and say the next thing: as fast as they are
//! answered, and never faster than one person may.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::people::{Heard, People};
use super::{joins, process};
use crate::bench::now;
use crate::percentiles::Percentiles;

/// Between two commands of one person: the protocol allows twenty a second.
const PACE: Duration = Duration::from_millis(55);
/// Before anything is counted: until then nobody has an answer, or all begin at once. At the end as much is
/// under way as at the beginning, so what is counted is what was done meanwhile.
pub(super) const WARM: Duration = Duration::from_secs(1);
/// Without an answer to anybody for this long, the run has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everybody who talks.
#[derive(Debug)]
pub(super) struct Talk {
    people: People,
    talkers: Vec<Talker>,
    /// Who may talk next, in turn.
    next: VecDeque<usize>,
    /// Who only listen.
    listeners: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Talker {
    /// Things said.
    said: usize,
    sent_at: Instant,
    /// Answers that have not come.
    waits: u32,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Talked {
    /// Commands that were done while it lasted, each once.
    pub(super) done: u64,
    /// How long it lasted, in seconds.
    pub(super) wall: f64,
    /// CPU time of the server meanwhile, in seconds.
    pub(super) server: f64,
    /// And of the crowd.
    pub(super) crowd: f64,
    /// From a command to its answer.
    pub(super) delays: Percentiles,
}

/// What is said, and to be heard by those who listen.
pub(super) trait Subject {
    /// The command that this person gives as this one of their own, and how often it is sent.
    fn says(&mut self, person: usize, nth: usize) -> anyhow::Result<(Vec<u8>, u32)>;

    /// From now on it counts.
    fn begins(&mut self, _at: Instant) {}

    /// A listener hears a message.
    fn hears(&mut self, _payload: &[u8], _at: Instant) -> anyhow::Result<()> {
        Ok(())
    }

    /// Whether the listeners have heard everything.
    fn is_heard(&self) -> bool {
        true
    }
}

impl Talk {
    /// Everybody comes in: who talk, and who only listen.
    pub(super) fn new(
        mut people: People,
        talkers: &[Vec<u8>],
        listeners: &[Vec<u8>],
    ) -> anyhow::Result<Self> {
        let seats = joins::seated(&mut people, talkers)?;
        // Nobody came before and nobody leaves: places are numbers from 0 on.
        let talker = Talker { said: 0, sent_at: now(), waits: 0 };
        let mut talk = Self {
            people,
            talkers: vec![talker; seats.len()],
            next: (0..seats.len()).collect(),
            listeners: Vec::new(),
        };
        for request in listeners {
            let listener = talk.people.come(request)?;
            talk.listeners.push(listener);
            let (start, mut is_told) = (now(), false);
            while !is_told {
                talk.people.hear(PACE, |who, heard| {
                    let Heard::Message(payload, _) = heard else { return Ok(()) };
                    // The last of what somebody is told first.
                    is_told |= who == listener && payload.starts_with(b"{\"type\":\"tally\"");
                    Ok(())
                })?;
                anyhow::ensure!(start.elapsed() < PATIENCE, "a listener was not let in");
            }
        }
        Ok(talk)
    }

    /// Everybody talks, for so long once they are at it; then all answers are waited for.
    pub(super) fn go(
        &mut self,
        server: u32,
        length: Duration,
        subject: &mut impl Subject,
    ) -> anyhow::Result<Talked> {
        let (mut done, mut under_way, mut delays) = (0_u64, 0_u64, Percentiles::default());
        let spent = || anyhow::Ok((process::cpu(server)?, process::cpu(std::process::id())?));
        let (mut cpu, mut start) = (spent()?, now());
        let (mut heard_at, mut warm, mut over) = (start, false, None);
        while over.is_none() || under_way > 0 || !subject.is_heard() {
            let moment = now();
            if !warm && moment - start >= WARM {
                (warm, cpu, start) = (true, spent()?, moment);
                (done, delays) = (0, Percentiles::default());
                subject.begins(moment);
            }
            if warm && over.is_none() && moment - start >= length {
                over = Some((done, (moment - start).as_secs_f64(), spent()?));
            }
            let mut pause = Duration::from_millis(5);
            while over.is_none()
                && let Some(first) = self.next.front().copied()
            {
                let talker = &mut self.talkers[first];
                let ready = talker.sent_at + PACE;
                if ready > moment && talker.said > 0 {
                    pause = pause.min(ready - moment);
                    break;
                }
                self.next.pop_front();
                let (frame, times) = subject.says(first, talker.said)?;
                (talker.said, talker.sent_at, talker.waits) = (talker.said + 1, moment, times);
                for _ in 0..times {
                    self.people.say(first, &frame)?;
                }
                under_way += 1;
            }
            let Self { people, talkers, next, listeners } = self;
            people.hear(pause, |who, heard| {
                let Heard::Message(payload, _) = heard else { return Ok(()) };
                if listeners.contains(&who) {
                    heard_at = now();
                    return subject.hears(payload, heard_at);
                }
                if !is_answer(payload)? {
                    return Ok(());
                }
                let talker = talkers.get_mut(who).context("somebody")?;
                talker.waits = talker.waits.checked_sub(1).context("an answer to nothing")?;
                if talker.waits == 0 {
                    heard_at = now();
                    delays.add(heard_at - talker.sent_at);
                    (done, under_way) = (done + 1, under_way - 1);
                    next.push_back(who);
                }
                Ok(())
            })?;
            if heard_at.elapsed() > PATIENCE {
                bail!(
                    "nothing was heard for {} s; {under_way} have no answer{}",
                    PATIENCE.as_secs(),
                    if subject.is_heard() { "" } else { ", and not everything was told" }
                );
            }
        }
        let (done, wall, after) = over.context("an end")?;
        let (server, crowd) = (after.0 - cpu.0, after.1 - cpu.1);
        let (server, crowd) = (server.as_secs_f64(), crowd.as_secs_f64());
        Ok(Talked { done, wall, server, crowd, delays })
    }
}

/// Whether this says that a command is done; one that was refused is a fault of the measure.
fn is_answer(payload: &[u8]) -> anyhow::Result<bool> {
    if payload.starts_with(b"{\"type\":\"refused\"") {
        bail!("a command was refused: {}", String::from_utf8_lossy(payload));
    }
    Ok(payload.starts_with(b"{\"type\":\"done\""))
}

impl Talked {
    pub(super) fn per_second(&self) -> f64 {
        self.done as f64 / self.wall
    }

    /// What it cost and how long answers took, in words.
    pub(super) fn in_words(&self) -> String {
        let ms = |part| self.delays.at(part).as_secs_f64() * 1e3;
        format!(
            "{:.1} µs of CPU each, server busy for {:.0} % of the time, crowd for {:.0} %; answered \
             in {:.0} ms (p99 {:.0})",
            self.server * 1e6 / self.done.max(1) as f64,
            self.server / self.wall * 100.0,
            self.crowd / self.wall * 100.0,
            ms(0.5),
            ms(0.99),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_done_is_an_answer_and_a_refusal_ends_the_run() {
        assert!(is_answer(br#"{"type":"done","id":"x"}"#).expect("no fault"));
        assert!(!is_answer(br#"{"type":"mine","votes":{}}"#).expect("no fault"));
        assert!(is_answer(br#"{"type":"refused","id":"x","code":"busy"}"#).is_err());
    }
}
