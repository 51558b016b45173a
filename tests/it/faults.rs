//! Faults of the disk, put into a real process: what is acknowledged is there, once; what fails is
//! said; and it goes on.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use filodiretto::journal::Durability;

use super::written::{Said, journal_writer, lost, standing};

/// `support/fail.c`, compiled.
pub(crate) fn shim(dir: &Path) -> PathBuf {
    let (source, shim) = ("tests/it/support/fail.c", dir.join("fail.so"));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&shim);
    cc.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(source)).arg("-ldl");
    let status = cc.status().expect("these tests need a C compiler, `cc`");
    assert!(status.success(), "{source} does not compile");
    shim
}

fn writer(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(journal_writer());
    command.arg("--data").arg(dir).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What came of a child that ends by itself: what it said, what it complained of, whether well.
fn outcome(command: &mut Command) -> (Said, String, bool) {
    let output = command.output().expect("the writer starts");
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = Said::read(&String::from_utf8_lossy(&output.stdout));
    (said, complaints, output.status.success())
}

/// D3: the n-th fsync fails once. A few in every run; `FSYNC_FAULTS=200` for the figure.
#[tokio::test]
async fn an_fsync_that_fails_acknowledges_nothing_and_the_next_ones_go_on() {
    let faults = std::env::var("FSYNC_FAULTS").ok().and_then(|n| n.parse().ok()).unwrap_or(16);
    let folder = tempfile::tempdir().expect("a folder");
    let shim = shim(folder.path());
    let (mut acknowledged, mut refused, mut recovered) = (0, 0, 0);
    for n in 1..=faults {
        // In turn: the journal, the keys; the first ones are those of opening the files.
        let file = if n % 2 == 0 { "keys.db" } else { "journal.db" };
        let dir = folder.path().join(n.to_string());
        let mut command = writer(&dir, &["--writers", "8", "--entries", "40"]);
        command.env("LD_PRELOAD", &shim).env("FAIL_FILE", file);
        command.env("FAIL_SYNC_AT", n.to_string());
        let (said, complaints, well) = outcome(&mut command);
        let failed = complaints.contains(&format!("fail: sync {n} fails"));
        if !well {
            assert!(failed && complaints.contains(file), "{n}: {complaints}");
            assert!(said.acks.is_empty(), "{n}: acknowledged before it was open");
            refused += 1;
        } else {
            assert!(said.done && said.acks.len() == 320, "{n}: {complaints}");
            recovered += usize::from(said.acks_after_trouble > 0);
        }
        // Whatever happened, the next one opens it and finds what was acknowledged, once.
        let (after, complaints, well) =
            outcome(&mut writer(&dir, &["--writers", "2", "--entries", "2", "--from", "1000"]));
        assert!(well && after.acks.len() == 4, "{n}: {complaints}");
        let standing = standing(&dir, Durability::Full).await;
        assert_eq!(lost(&said, &standing), [], "{n}: {complaints}");
        assert_eq!(lost(&after, &standing), [], "{n}");
        acknowledged += said.acks.len();
    }
    println!(
        "{faults} failing fsyncs: {acknowledged} acknowledged, 0 lost, 0 twice; refused to open \
         {refused} times, said so to writers and went on {recovered} times"
    );
    assert!(recovered > 0, "no fault hit an append");
}

/// D3: the disk is full. Nothing is falsely acknowledged, reading goes on, and so does writing once
/// there is room.
#[tokio::test]
async fn a_full_disk_is_said_and_reading_goes_on_and_writing_once_there_is_room() {
    for (file, space) in [("journal.db", 600_000), ("journal.db", 1_500_000), ("keys.db", 300_000)]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let (dir, gate) = (folder.path().join("data"), folder.path().join("full"));
        let said_path = folder.path().join("said");
        std::fs::write(&gate, b"").expect("writes");
        let mut command = writer(&dir, &["--writers", "20", "--entries", "150"]);
        command.env("LD_PRELOAD", shim(folder.path())).env("FAIL_FILE", file);
        command.env("FAIL_SPACE", space.to_string()).env("FAIL_WHILE", &gate);
        command.stdout(std::fs::File::create(&said_path).expect("creates"));
        let mut child = Stopped(command.spawn().expect("the writer starts"));
        let said = || Said::read(&std::fs::read_to_string(&said_path).expect("reads"));

        until("every writer has been told that the disk is full", || {
            said().again.get("full").is_some_and(|times| *times > 200)
        })
        .await;
        let full = said();
        assert!(full.acks.len() < 3000, "it filled up before the end");
        // Beside the writer, as a tool would: everything that was acknowledged can be read.
        let read = read_beside(&dir).await;
        assert_eq!(lost(&full, &read), [], "{file}");

        std::fs::remove_file(&gate).expect("removes");
        until("it has come to its end", || child.0.try_wait().expect("waits").is_some()).await;
        let end = said();
        assert!(end.done && end.acks.len() == 3000, "{file}: {:?}", end.again);
        let standing = standing(&dir, Durability::Full).await;
        assert_eq!((lost(&end, &standing), standing.len()), (Vec::new(), 3000));
        println!(
            "full disk under {file}: {} acknowledged before, {:?}, 3000 after",
            full.acks.len(),
            full.again
        );
    }
}

/// What stands there, seen by a reader of its own while another process has the file.
async fn read_beside(dir: &Path) -> Vec<(u64, u64)> {
    use filodiretto::journal::{Seq, Sqlite, Store as _};
    use futures_util::TryStreamExt as _;
    let store = Sqlite::open_read_only(dir).expect("a reader opens");
    let stored = store.read(super::written::SESSION, Seq::START);
    let stored: Vec<_> = stored.try_collect().await.expect("reading goes on");
    let number = |id: u128| ((id >> 64) as u64, id as u64);
    stored.iter().map(|stored| number(stored.id.0.0)).collect()
}

/// One process writes to a folder; the second gets a sentence, at once.
#[tokio::test]
async fn a_second_process_is_told_that_the_folder_is_in_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let said_path = folder.path().join("said");
    let mut first = writer(folder.path(), &["--writers", "1"]);
    first.stdout(std::fs::File::create(&said_path).expect("creates"));
    let _first = Stopped(first.spawn().expect("the writer starts"));
    until("the first has begun", || {
        std::fs::read_to_string(&said_path).expect("reads").contains("ack")
    })
    .await;
    let (said, complaints, well) = outcome(&mut writer(folder.path(), &[]));
    assert!(!well && said.acks.is_empty());
    assert!(
        complaints.contains("journal.db is in use: another process writes to it"),
        "{complaints}"
    );
}

/// Killed in the middle, by seed: what was acknowledged is there, once.
#[tokio::test]
async fn a_killed_process_loses_nothing_it_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut acknowledged = 0;
    for seed in 0..10 {
        let dir = folder.path().join(seed.to_string());
        let said_path = folder.path().join("said");
        let mut command = writer(&dir, &[]);
        command.stdout(std::fs::File::create(&said_path).expect("creates"));
        let mut child = Stopped(command.spawn().expect("the writer starts"));
        tokio::time::sleep(Duration::from_millis(100 + seed * 7919 % 700)).await;
        child.0.kill().expect("kills");
        child.0.wait().expect("waits");
        let said = Said::read(&std::fs::read_to_string(&said_path).expect("reads"));
        assert_eq!(lost(&said, &standing(&dir, Durability::Full).await), [], "seed {seed}");
        acknowledged += said.acks.len();
    }
    println!("10 kills: {acknowledged} acknowledged, 0 lost, 0 twice");
    assert!(acknowledged > 1000, "only {acknowledged} acknowledged: nothing was tried");
}

/// The order of a trace: each entry is written to the log, the log is synced, then it is said.
#[test]
fn nothing_is_acknowledged_before_the_fsync_of_its_batch() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "5000", "-e", "trace=fsync,fdatasync,write,pwrite64", "-o"]);
    command.arg(&trace).arg(journal_writer()).arg("--data").arg(folder.path().join("data"));
    command.args(["--writers", "20", "--entries", "15"]).stdout(Stdio::piped());
    let output = command.output().expect("this test needs `strace`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = Said::read(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(said.acks.len(), 300);

    let trace = String::from_utf8_lossy(&std::fs::read(trace).expect("reads")).into_owned();
    let mut proof = Proof::default();
    trace.lines().for_each(|line| proof.line(line));
    assert_eq!(proof.too_early, [""; 0], "acknowledged before its fsync");
    assert_eq!(proof.acks, 300, "every acknowledgement was seen in the trace");
    println!(
        "strace: {} acknowledgements, {} fsyncs of the log, 0 too early",
        proof.acks, proof.syncs
    );
    // Fewer syncs than entries: they were committed together.
    assert!(proof.syncs > 0 && proof.syncs < 300);
}

/// What a trace has shown so far.
#[derive(Default)]
struct Proof {
    /// Entry ids written to the log and not synced yet.
    written: std::collections::BTreeSet<String>,
    durable: std::collections::BTreeSet<String>,
    /// What a sync that has begun will make durable, by thread.
    under_way: std::collections::BTreeMap<String, std::collections::BTreeSet<String>>,
    acks: usize,
    syncs: usize,
    too_early: Vec<String>,
}

impl Proof {
    fn line(&mut self, line: &str) {
        let Some((thread, call)) = line.split_once(' ') else {
            return;
        };
        let call = call.trim_start();
        let thread = thread.to_owned();
        let log = call.contains("journal.db-wal>");
        if call.starts_with("pwrite64(")
            || call.starts_with("write(1<")
            || call.starts_with("write(")
        {
            if log {
                // JSON as strace prints it: `{\"v\":1,\"id\":\"…\"`.
                for piece in call.split(r#"{\"v\":1,\"id\":\""#).skip(1) {
                    self.written.insert(piece.chars().take(26).collect());
                }
            } else if let Some(ack) = call.split("\"ack ").nth(1) {
                let mut numbers = ack.split(['\\', ' ']).map(|number| number.parse::<u128>());
                let (Some(Ok(writer)), Some(Ok(n))) = (numbers.next(), numbers.next()) else {
                    return;
                };
                let id = filodiretto::qa::id::EntryId::from_u128(writer << 64 | n).to_string();
                self.acks += 1;
                if !self.durable.contains(&id) {
                    self.too_early.push(format!("{writer} {n}"));
                }
            }
        } else if call.starts_with("fsync(") || call.starts_with("fdatasync(") {
            if log {
                // Only what was written before it began.
                self.under_way.insert(thread.clone(), std::mem::take(&mut self.written));
                if call.ends_with("= 0") {
                    self.synced(&thread);
                }
            }
        } else if call.starts_with("<... f") && call.ends_with("= 0") {
            self.synced(&thread);
        }
    }

    fn synced(&mut self, thread: &str) {
        if let Some(ids) = self.under_way.remove(thread) {
            self.syncs += 1;
            self.durable.extend(ids);
        }
    }
}

/// A child that does not outlive its test.
struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for a condition, with a deadline.
async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..600 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited 30 seconds in vain until {what}");
}
