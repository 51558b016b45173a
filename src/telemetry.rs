//! Logs, and every metric in one table.
//!
//! Metrics are declared in [`Metrics`] and nowhere else; the doc comment of each is the help text
//! that `/metrics` shows. Labels are small closed sets, never ids, addresses or texts.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use tracing_subscriber::EnvFilter;

/// Starts the log, on standard error: standard output is for what was asked for. A second call
/// changes nothing.
///
/// # Errors
/// The filter makes no sense; nothing was started.
pub fn start(filter: &str, json: bool) -> Result<(), String> {
    let filter: EnvFilter = filter.parse().map_err(|error| format!("{error}"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Somebody has started one before, as tests in one process do.
    let _ = if json { log.json().try_init() } else { log.with_ansi(false).try_init() };
    Ok(())
}

/// From now on a defect says in the log where it is, and only what its author wrote for it: what it
/// was working on may be somebody's words, which stand in no log.
pub fn tell_defects() {
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(at, "a defect of ours: {}", says(panic.payload()));
    }));
}

/// A message that was not put together at run time.
fn says(payload: &dyn std::any::Any) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("what it was working on is not told")
}

/// What this process counts.
pub static METRICS: Metrics = Metrics::new();

macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $name:ident: $kind:ty = $make:expr;)+) => {
        /// Every metric there is, under `filodiretto_` and its name.
        #[derive(Debug)]
        pub struct Metrics { $($(#[doc = $help])+ pub $name: $kind,)+ }

        impl Metrics {
            const fn new() -> Self {
                Self { $($name: $make,)+ }
            }

            /// All of them, in Prometheus' text format.
            pub fn render(&self) -> String {
                let mut out = String::with_capacity(8 * 1024);
                $(self.$name.render(
                    concat!("filodiretto_", stringify!($name)),
                    concat!($($help),+).trim(),
                    &mut out,
                );)+
                out
            }
        }
    };
}

const STATUS: &[&str] = &["1xx", "2xx", "3xx", "4xx", "5xx"];
const AUDIENCES: &[&str] = &["citizen", "desk", "stage", "overlay"];
const ACTS: &[&str] = &["join", "request", "message", "new_person", "failed_sign_in", "receipt"];
const CROWD: &[&str] = &["turned_away", "told_to_wait", "seated"];
const BECAME: &[&str] = &["held", "overruled", "upheld"];
const PARTS: &[&str] = &["journal", "keys"];
const SHED: &[&str] = &["presence", "tallies", "viewers", "votes", "questions"];
const CODES: &[&str] = &[
    "too_fast",
    "too_many",
    "too_long",
    "too_short",
    "empty",
    "not_text",
    "closed",
    "stale",
    "wrong_state",
    "unauthenticated",
    "not_allowed",
    "not_found",
    "own_question",
    "muted",
    "id_taken",
    "blocked_words",
    "link",
    "duplicate_own",
    "reason_missing",
    "malformed",
    "not_ready",
    "busy",
    "unknown_outcome",
    "not_yet",
];
/// Seconds: from a fast disk's commit to the moment an outcome counts as unknown.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 20.0];

metrics! {
    /// Connections open now, of any kind.
    connections: Gauge = Gauge::new();
    /// Connections that were accepted.
    connections_total: Counter = Counter::new();
    /// Connections closed at once because no more may be open.
    connections_turned_away_total: Counter = Counter::new();
    /// Connections closed because their request did not come in time.
    connections_too_slow_total: Counter = Counter::new();
    /// Connections that came to no TLS: another protocol, no version in common, a scan.
    tls_failures_total: Counter = Counter::new();
    /// When the certificate of this server's own TLS ends, in seconds since 1970; 0 without one.
    certificate_ends_seconds: Gauge = Gauge::new();
    /// Times that no connection could be accepted for lack of descriptors or memory.
    accept_pauses_total: Counter = Counter::new();
    /// Answers over HTTP, by class of their status.
    http_answers_total: CounterBy<5> = CounterBy::new("status", STATUS);
    /// Sockets open now, by what they watch.
    sockets: GaugeBy<4> = GaugeBy::new("as", AUDIENCES);
    /// Event streams open now, by what they watch.
    event_streams: GaugeBy<4> = GaugeBy::new("as", AUDIENCES);
    /// Seats taken now: sockets and event streams.
    seats: Gauge = Gauge::new();
    /// People who came when every seat was taken, and were turned to the board; how often one of them
    /// asked for a seat and was told to wait; those of them who got one.
    crowd_total: CounterBy<3> = CounterBy::new("became", CROWD);
    /// Seconds from a command over HTTP to its reply.
    command_seconds: Histogram<12> = Histogram::new(SECONDS);
    /// Refusals over HTTP, by code.
    refusals_total: CounterBy<24> = CounterBy::new("code", CODES);
    /// What the limits of traffic have refused, by act.
    too_fast_total: CounterBy<6> = CounterBy::new("act", ACTS);
    /// Requests with a forwarded address that was not believed.
    forwarded_ignored_total: Gauge = Gauge::new();
    /// Keys that the limits of traffic remember.
    limit_keys: Gauge = Gauge::new();
    /// Bytes that those keys take.
    limit_key_bytes: Gauge = Gauge::new();
    /// Sessions that the house has.
    sessions: Gauge = Gauge::new();
    /// Sessions of which everything personal was forgotten in time, since this process started.
    sessions_forgotten_total: Gauge = Gauge::new();
    /// Sessions in which that was due at the last look. More than 0 for two hours: it cannot be done.
    sessions_to_forget: Gauge = Gauge::new();
    /// When it was looked for them last, in seconds since 1970. It is done every hour.
    retention_last_run_seconds: Gauge = Gauge::new();
    /// Questions that screening held, since this process started; of these, published by a person
    /// all the same, and dismissed by one.
    screening_total: GaugeBy<3> = GaugeBy::new("became", BECAME);
    /// How much is left out because there is too much to do: 0 nothing; 1 how many are present, 2 also
    /// every second count, 3 also seats for citizens who come now, 4 also votes, 5 also questions.
    shed_level: Gauge = Gauge::new();
    /// How often each was left out, since this process started.
    shed_total: GaugeBy<5> = GaugeBy::new("what", SHED);
    /// Microseconds that the runtime or a shard was late at both of the last two looks, half a second apart.
    lag_micros: Gauge = Gauge::new();
    /// Microseconds that what was sent to a room has waited there, or for the disk, at both of them.
    wait_micros: Gauge = Gauge::new();
    /// Bytes of memory that this process may hold before things are left out for it.
    memory_budget_bytes: Gauge = Gauge::new();
    /// Bytes of memory that this process holds.
    resident_bytes: Gauge = Gauge::new();
    /// Second since 1970 in which this process began.
    start_time_seconds: Gauge = Gauge::new();
    /// Descriptors that this process has open.
    descriptors: Gauge = Gauge::new();
    /// Descriptors that this process may have open.
    descriptors_limit: Gauge = Gauge::new();
    /// Connections that may be open at once; the fewer of the setting and of what descriptors allow.
    connections_limit: Gauge = Gauge::new();
    /// Seats that may be taken at once.
    seats_limit: Gauge = Gauge::new();
    /// Bytes that are left on the disk of the data folder, for this process.
    disk_free_bytes: Gauge = Gauge::new();
    /// Bytes of the disk of the data folder.
    disk_bytes: Gauge = Gauge::new();
    /// Whether a page could be written to the data folder just now, with its fsync: 1 or 0.
    disk_writable: Gauge = Gauge::new();
    /// Microseconds that this write and its fsync took.
    disk_write_micros: Gauge = Gauge::new();
    /// Bytes of the journals, with their write-ahead log.
    journal_bytes: Gauge = Gauge::new();
    /// Bytes of the keys, with their write-ahead log.
    keys_bytes: Gauge = Gauge::new();
    /// Second since 1970 in which each part was backed up last; 0: never.
    backed_up_seconds: GaugeBy<2> = GaugeBy::new("part", PARTS);
}

/// Only grows.
#[derive(Debug)]
pub struct Counter(AtomicU64);

impl Counter {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// One more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn render(&self, name: &str, help: &str, out: &mut String) {
        head(name, help, "counter", out);
        let _ = writeln!(out, "{name} {}", self.0.load(Ordering::Relaxed));
    }
}

/// Goes up and down.
#[derive(Debug)]
pub struct Gauge(AtomicI64);

impl Gauge {
    const fn new() -> Self {
        Self(AtomicI64::new(0))
    }

    /// Is this now.
    pub fn set(&self, value: impl TryInto<i64>) {
        self.0.store(value.try_into().unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// One more until the guard is dropped.
    pub fn hold(&'static self) -> Held {
        self.0.fetch_add(1, Ordering::Relaxed);
        Held(&self.0)
    }

    fn render(&self, name: &str, help: &str, out: &mut String) {
        head(name, help, "gauge", out);
        let _ = writeln!(out, "{name} {}", self.0.load(Ordering::Relaxed));
    }
}

/// One that is there as long as this is.
#[derive(Debug)]
#[must_use = "it is counted until it is dropped"]
pub struct Held(&'static AtomicI64);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counters that differ in one label.
#[derive(Debug)]
pub struct CounterBy<const N: usize> {
    label: &'static str,
    values: &'static [&'static str],
    counts: [AtomicU64; N],
}

impl<const N: usize> CounterBy<N> {
    const fn new(label: &'static str, values: &'static [&'static str]) -> Self {
        assert!(values.len() == N, "as many counters as values");
        Self { label, values, counts: [const { AtomicU64::new(0) }; N] }
    }

    /// One more of this value; one that is not listed is not counted.
    pub fn add(&self, value: &str) {
        if let Some(at) = self.values.iter().position(|known| *known == value) {
            self.counts[at].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn render(&self, name: &str, help: &str, out: &mut String) {
        head(name, help, "counter", out);
        for (value, count) in self.values.iter().zip(&self.counts) {
            let count = count.load(Ordering::Relaxed);
            let _ = writeln!(out, "{name}{{{}=\"{value}\"}} {count}", self.label);
        }
    }
}

/// Gauges that differ in one label.
#[derive(Debug)]
pub struct GaugeBy<const N: usize> {
    label: &'static str,
    values: &'static [&'static str],
    counts: [AtomicI64; N],
}

impl<const N: usize> GaugeBy<N> {
    const fn new(label: &'static str, values: &'static [&'static str]) -> Self {
        assert!(values.len() == N, "as many gauges as values");
        Self { label, values, counts: [const { AtomicI64::new(0) }; N] }
    }

    /// This value is this now; one that is not listed is not shown.
    pub fn set(&self, value: &str, to: impl TryInto<i64>) {
        if let Some(at) = self.values.iter().position(|known| *known == value) {
            self.counts[at].store(to.try_into().unwrap_or(i64::MAX), Ordering::Relaxed);
        }
    }

    /// One more of this value until the guard is dropped; the first counts for what is not listed.
    pub fn hold(&'static self, value: &str) -> Held {
        let at = self.values.iter().position(|known| *known == value).unwrap_or_default();
        self.counts[at].fetch_add(1, Ordering::Relaxed);
        Held(&self.counts[at])
    }

    fn render(&self, name: &str, help: &str, out: &mut String) {
        head(name, help, "gauge", out);
        for (value, count) in self.values.iter().zip(&self.counts) {
            let count = count.load(Ordering::Relaxed);
            let _ = writeln!(out, "{name}{{{}=\"{value}\"}} {count}", self.label);
        }
    }
}

/// How long something took.
#[derive(Debug)]
pub struct Histogram<const N: usize> {
    bounds: &'static [f64],
    buckets: [AtomicU64; N],
    count: AtomicU64,
    micros: AtomicU64,
}

impl<const N: usize> Histogram<N> {
    const fn new(bounds: &'static [f64]) -> Self {
        assert!(bounds.len() == N, "as many buckets as bounds");
        let buckets = [const { AtomicU64::new(0) }; N];
        Self { bounds, buckets, count: AtomicU64::new(0), micros: AtomicU64::new(0) }
    }

    /// It took so long.
    pub fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        if let Some(at) = self.bounds.iter().position(|bound| seconds <= *bound) {
            self.buckets[at].fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn render(&self, name: &str, help: &str, out: &mut String) {
        head(name, help, "histogram", out);
        let mut below = 0;
        for (bound, bucket) in self.bounds.iter().zip(&self.buckets) {
            below += bucket.load(Ordering::Relaxed);
            let _ = writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {below}");
        }
        let count = self.count.load(Ordering::Relaxed);
        let sum = Duration::from_micros(self.micros.load(Ordering::Relaxed)).as_secs_f64();
        let _ = writeln!(out, "{name}_bucket{{le=\"+Inf\"}} {count}");
        let _ = writeln!(out, "{name}_sum {sum}\n{name}_count {count}");
    }
}

fn head(name: &str, help: &str, kind: &str, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qa::Code;

    #[test]
    fn every_metric_has_a_help_text_and_a_type() {
        let text = METRICS.render();
        let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let mut count = 0;
        for name in names.filter_map(|line| line.split(' ').next()) {
            let help = format!("# HELP {name} ");
            let line = text.lines().find(|line| line.starts_with(&help)).expect("a help text");
            assert!(line.ends_with('.') && line.len() > help.len() + 10, "{line}");
            count += 1;
        }
        assert!(count > 10);
    }

    #[test]
    fn every_code_is_counted() {
        assert_eq!(CODES, Code::ALL.map(Code::as_str));
    }

    #[test]
    fn a_defect_tells_nothing_of_what_it_was_working_on() {
        let told = |defect: fn()| says(&*std::panic::catch_unwind(defect).expect_err("a defect"));
        assert_eq!(told(|| panic!("the queue is empty")), "the queue is empty");
        let words = || panic!("no boundary in `{}`", "le parole di Anna".to_owned());
        assert_eq!(told(words), "what it was working on is not told");
    }

    #[test]
    fn a_histogram_counts_upwards() {
        static TOOK: Histogram<12> = Histogram::new(SECONDS);
        for ms in [0, 3, 3, 40, 60_000] {
            TOOK.observe(Duration::from_millis(ms));
        }
        let mut out = String::new();
        TOOK.render("t", "Help.", &mut out);
        for line in
            ["t_bucket{le=\"0.001\"} 1", "t_bucket{le=\"0.005\"} 3", "t_bucket{le=\"20\"} 4"]
        {
            assert!(out.contains(line), "{out}");
        }
        assert!(out.contains("t_bucket{le=\"+Inf\"} 5") && out.contains("t_count 5"), "{out}");
    }

    #[test]
    fn what_is_held_is_counted_until_it_is_dropped() {
        static OPEN: Gauge = Gauge::new();
        let held = OPEN.hold();
        assert_eq!(OPEN.0.load(Ordering::Relaxed), 1);
        drop(held);
        assert_eq!(OPEN.0.load(Ordering::Relaxed), 0);
    }
}
