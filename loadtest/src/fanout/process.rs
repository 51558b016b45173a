//! Processes beside this one: on a core of their own, and what they cost.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::de::DeserializeOwned;

/// A program that is talked to by lines. Killed when this is dropped.
#[derive(Debug)]
pub(super) struct Beside {
    child: Child,
    said: ChildStdin,
    heard: BufReader<ChildStdout>,
}

impl Beside {
    /// Starts it on one core: a child has the cores of the thread that starts it.
    pub(super) fn start(command: &mut Command, core: usize) -> anyhow::Result<Self> {
        let child = on(core, || command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn())?;
        let mut child =
            child.with_context(|| format!("{:?} does not start", command.get_program()))?;
        let said = child.stdin.take().context("a pipe")?;
        let heard = BufReader::new(child.stdout.take().context("a pipe")?);
        Ok(Self { child, said, heard })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Reads on to the line that begins so, and returns the rest of it.
    pub(super) fn until(&mut self, start: &str) -> anyhow::Result<String> {
        loop {
            let mut line = String::new();
            let read = self.heard.read_line(&mut line)?;
            anyhow::ensure!(read > 0, "it ended before it said `{start}`");
            if let Some(rest) = line.trim_end().strip_prefix(start) {
                return Ok(rest.to_owned());
            }
        }
    }

    /// Says a line, and reads the one that answers.
    pub(super) fn ask<T: DeserializeOwned>(&mut self, line: &str) -> anyhow::Result<T> {
        self.say(line)?;
        self.hear().with_context(|| format!("it did not do `{line}`"))
    }

    /// Reads the line that answers the one that was said.
    pub(super) fn hear<T: DeserializeOwned>(&mut self) -> anyhow::Result<T> {
        let mut answer = String::new();
        self.heard.read_line(&mut answer)?;
        serde_json::from_str(&answer).context("it ended, or said something else")
    }

    pub(super) fn say(&mut self, line: &str) -> anyhow::Result<()> {
        writeln!(self.said, "{line}").context("it has ended")
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // One that has ended already is no fault.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Does something with this thread on one core.
pub(super) fn on<T>(core: usize, act: impl FnOnce() -> T) -> anyhow::Result<T> {
    let here = sched_getaffinity(None)?;
    let mut there = CpuSet::new();
    there.set(core);
    sched_setaffinity(None, &there)?;
    let done = act();
    sched_setaffinity(None, &here)?;
    Ok(done)
}

/// CPU time of a process so far, in user space and in the kernel, over all its threads.
pub(super) fn cpu(process: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name, in brackets, and may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("a process")?;
    let mut fields = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let (user, system) = (fields.next().context("a time")??, fields.next().context("a time")??);
    let ticks = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_secs_f64((user + system) as f64 / ticks as f64))
}

/// CPU time so far of those threads of a process whose name begins so, to the nanosecond.
pub(super) fn cpu_of_threads(process: u32, name: &str) -> anyhow::Result<Duration> {
    let mut all = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let thread = thread?.path();
        if std::fs::read_to_string(thread.join("comm"))?.starts_with(name) {
            let schedstat = std::fs::read_to_string(thread.join("schedstat"))?;
            let time = schedstat.split_whitespace().next().context("a time")?;
            all += Duration::from_nanos(time.parse()?);
        }
    }
    Ok(all)
}

/// Bytes that TCP sockets hold in the kernel, over the whole machine.
pub(super) fn kernel() -> anyhow::Result<u64> {
    let sockets = std::fs::read_to_string("/proc/net/sockstat")?;
    let tcp = sockets.lines().find(|line| line.starts_with("TCP:")).context("TCP")?;
    let (_, pages) = tcp.split_once(" mem ").context("pages")?;
    Ok(pages.trim().parse::<u64>()? * rustix::param::page_size() as u64)
}

/// Bytes of a process in memory.
pub(super) fn resident(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a size")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_threads_is_found_by_their_name() {
        let (go, waits) = std::sync::mpsc::channel::<()>();
        let busy = std::thread::Builder::new().name("busy-bee".to_owned());
        let busy = busy.spawn(move || {
            std::hint::black_box((0..3_000_000_u64).fold(0, |a, b| a ^ b.wrapping_mul(a | 1)));
            waits.recv().expect_err("the end");
        });
        let busy = busy.expect("a thread");
        let id = std::process::id();
        while cpu_of_threads(id, "busy-").expect("a process").is_zero() {
            std::thread::yield_now();
        }
        assert_eq!(cpu_of_threads(id, "nobody-").expect("a process"), Duration::ZERO);
        drop(go);
        busy.join().expect("it ended");
    }
}
