//! What the crowds' tests share: an evening at a real server, and the checker's last word.

use std::time::Duration;

use loadtest::checker::Report;
use loadtest::history::Recorder;
use loadtest::host::{Evening, Host};
use loadtest::http::Server as At;
use serde_json::Value;

use crate::support::Server;
use crate::support::server::ADMIN;

/// The slowest of all messages is the count, once a second.
const SETTLED: Duration = Duration::from_millis(2_500);

/// The press office of a server.
pub(crate) fn host(server: &Server) -> Host {
    Host::new(At::at(&server.url()).expect("its own address"), ADMIN)
}

/// A session of that server, with everything on record.
pub(crate) async fn evening(server: &Server, slug: &str, policy: Value) -> Evening {
    host(server).evening(slug, policy, Recorder::in_memory()).await.expect("a session")
}

/// Waits until everybody has everything, and has the checker look at it: there must be nothing.
pub(crate) async fn is_clean(evening: &Evening, server: &Server, canaries: &[String]) -> Report {
    tokio::time::sleep(SETTLED).await;
    let report = evening.judged(&server.data(), canaries).await.expect("the evidence");
    assert!(report.is_clean(), "{report}");
    report
}

/// The same where others than our visitors took part.
pub(crate) async fn is_clean_among_strangers(evening: &Evening, server: &Server) -> Report {
    let evening = Evening { everyone_recorded: false, ..evening.clone() };
    is_clean(&evening, server, &[]).await
}

/// How many seeds, where more than the usual few are wanted: `SEEDS=10`.
pub(crate) fn seeds(usual: u64) -> std::ops::RangeInclusive<u64> {
    let wanted = std::env::var("SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    1..=wanted.unwrap_or(usual)
}

/// Resident memory of a process in bytes.
pub(crate) fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().unwrap_or_default();
    kib * 1024
}

/// Lets this process and its servers have as many connections as the system allows at all.
pub(crate) fn many_connections(wanted: u64) {
    let own = std::process::id().to_string();
    let limits = std::fs::read_to_string("/proc/self/limits").expect("the limits of this process");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a limit");
    let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let &[soft, hard] = numbers.as_slice() else { panic!("two limits are expected: {line}") };
    assert!(hard >= wanted, "{wanted} open files are needed, and the system allows {hard}");
    if soft < wanted {
        limit(&own, "nofile", &format!("{hard}:{hard}"));
    }
}

/// Sets a limit of a running process.
pub(crate) fn limit(pid: &str, what: &str, to: &str) {
    let mut prlimit = std::process::Command::new("prlimit");
    prlimit.args(["--pid", pid, &format!("--{what}={to}")]);
    assert!(prlimit.status().expect("prlimit, of util-linux, is needed").success());
}
