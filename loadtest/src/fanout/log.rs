//! What viewers were told, compared byte by byte: every update once, in one order, for everybody.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::percentiles::Percentiles;

/// The updates as the first viewer heard them, and how far everybody else is.
#[derive(Debug, Default)]
pub(super) struct Log {
    told: Vec<Told>,
    /// How many viewers there are.
    viewers: usize,
    /// Everybody has all before this one.
    complete: usize,
    /// When each update was wanted; only where delays are measured.
    wanted: Vec<Instant>,
    delays: Percentiles,
    /// Updates that have reached a viewer, over all viewers, and the frames that brought them.
    delivered: u64,
    frames: u64,
    wrong: u64,
}

#[derive(Debug)]
struct Told {
    payload: Box<[u8]>,
    /// Updates before it, and with it.
    updates: std::ops::Range<u64>,
    /// Viewers who have it.
    reached: usize,
}

/// What was counted since the last look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) delivered: u64,
    pub(super) frames: u64,
    pub(super) wrong: u64,
}

impl Log {
    pub(super) const fn come(&mut self, viewers: usize) {
        self.viewers += viewers;
    }

    /// So many viewers, who had heard everything, are not waited for any more.
    pub(super) const fn go(&mut self, viewers: usize) {
        self.viewers -= viewers;
    }

    /// How many updates everybody has.
    pub(super) fn everywhere(&self) -> u64 {
        self.complete.checked_sub(1).map_or(0, |last| self.told[last].updates.end)
    }

    /// How many updates there were, as far as anybody knows.
    pub(super) fn updates(&self) -> u64 {
        self.told.last().map_or(0, |last| last.updates.end)
    }

    /// How many frames there were: where who comes now begins.
    pub(super) const fn end(&self) -> usize {
        self.told.len()
    }

    /// From here on delays are measured, from the moments that [`wants`](Self::wants) is told.
    pub(super) fn measure(&mut self) {
        self.wanted.clear();
        self.delays = Percentiles::default();
    }

    /// An update is wanted at this moment.
    pub(super) fn wants(&mut self, at: Instant) {
        self.wanted.push(at);
    }

    pub(super) const fn delays(&self) -> &Percentiles {
        &self.delays
    }

    pub(super) const fn take(&mut self) -> Counted {
        let Self { delivered, frames, wrong, .. } = *self;
        (self.delivered, self.frames, self.wrong) = (0, 0, 0);
        Counted { delivered, frames, wrong }
    }

    /// A viewer was told `payload`; `at` is how many frames of the log it has. `since`: updates that
    /// were there before delays were measured.
    pub(super) fn heard(
        &mut self,
        at: &mut usize,
        payload: &[u8],
        since: u64,
        now: Instant,
    ) -> anyhow::Result<()> {
        if let Some(expected) = payload.strip_prefix(b"{\"type\":\"") {
            if expected.starts_with(b"snapshot") && self.complete > 0 {
                self.wrong += 1;
            }
            if expected.starts_with(b"goodbye") || expected.starts_with(b"refused") {
                bail!("a viewer was told {}", String::from_utf8_lossy(payload));
            }
            if !expected.starts_with(b"update") {
                return Ok(());
            }
        }
        if *at == self.told.len() {
            let from = self.updates();
            let updates = from..from + updates_in(payload)?;
            self.told.push(Told { payload: payload.into(), updates, reached: 0 });
        }
        if *self.told[*at].payload != *payload {
            let Some(known) = self.told.iter().position(|told| *told.payload == *payload) else {
                self.wrong += 1;
                return Ok(());
            };
            if known < *at {
                self.wrong += 1;
                return Ok(());
            }
            while *at < known {
                self.wrong += 1;
                self.told[*at].reached += 1;
                *at += 1;
            }
        }
        let told = &mut self.told[*at];
        told.reached += 1;
        *at += 1;
        self.frames += 1;
        self.delivered += told.updates.end - told.updates.start;
        if !self.wanted.is_empty() {
            for update in told.updates.clone().filter(|update| *update >= since) {
                let wanted = usize::try_from(update - since).ok().and_then(|n| self.wanted.get(n));
                let delay = wanted.map_or(Duration::ZERO, |wanted| now.duration_since(*wanted));
                self.delays.add(delay);
            }
        }
        while self.told.get(self.complete).is_some_and(|told| told.reached >= self.viewers) {
            self.complete += 1;
        }
        Ok(())
    }
}

fn updates_in(payload: &[u8]) -> anyhow::Result<u64> {
    let update: Value = serde_json::from_slice(payload).context("an update is JSON")?;
    let changes = update["changes"].as_array().context("an update has changes")?;
    Ok(changes.iter().filter(|change| change["question"].is_object()).count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(numbers: &[u32]) -> String {
        let changes: Vec<_> =
            numbers.iter().map(|n| format!("{{\"question\":{{\"text\":\"{n}\"}}}}")).collect();
        format!("{{\"type\":\"update\",\"changes\":[{}]}}", changes.join(","))
    }

    #[expect(clippy::disallowed_methods, reason = "any moment will do")]
    fn log(told: &[(usize, &[u32])]) -> Log {
        let mut log = Log::default();
        log.come(2);
        let mut at = [0, 0];
        for (viewer, numbers) in told {
            let payload = update(numbers);
            log.heard(&mut at[*viewer], payload.as_bytes(), 0, Instant::now()).expect("an update");
        }
        log
    }

    #[test]
    fn an_update_is_everywhere_when_the_last_viewer_has_it() {
        let mut log = log(&[(0, &[1]), (0, &[2, 3]), (1, &[1])]);
        assert_eq!((log.everywhere(), log.updates()), (1, 3));
        let counted = log.take();
        assert_eq!((counted.delivered, counted.frames, counted.wrong), (4, 3, 0));
    }

    #[test]
    fn who_has_gone_is_not_waited_for() {
        let mut log = log(&[(0, &[1]), (1, &[1])]);
        log.go(1);
        let (mut at, payload) = (1, update(&[2]));
        #[expect(clippy::disallowed_methods, reason = "any moment will do")]
        log.heard(&mut at, payload.as_bytes(), 0, Instant::now()).expect("an update");
        assert_eq!((log.everywhere(), log.take().wrong), (2, 0));
    }

    #[test]
    fn what_is_missing_repeated_or_different_is_found() {
        assert_eq!(log(&[(0, &[1]), (0, &[2]), (1, &[2])]).take().wrong, 1, "missing");
        assert_eq!(log(&[(0, &[1]), (0, &[2]), (1, &[1]), (1, &[1])]).take().wrong, 1, "repeated");
        assert_eq!(log(&[(0, &[1]), (1, &[7])]).take().wrong, 1, "different");
        assert_eq!(log(&[(0, &[1]), (1, &[1])]).take().wrong, 0);
    }
}
