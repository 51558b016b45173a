//! The plug: a process with fifty writers is killed again and again, and what it had answered is
//! there, once.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use filodiretto::journal::{Journal, Keys, Seq, Sqlite, verify};
use filodiretto::qa::session::hash8;
use filodiretto::qa::{self, Session, SessionId};
use futures_util::TryStreamExt as _;
use loadtest::writers::{self, Counted, Plan};

const PLAN: Plan = Plan { writers: 50, asks: 10, votes: 100, seed: 0 };

#[tokio::test]
async fn what_was_answered_before_the_plug_was_pulled_is_there_once() {
    for seed in 1..=10 {
        let plan = Plan { seed, ..PLAN };
        let folder = tempfile::tempdir().expect("a folder");
        let mut done = BTreeSet::new();
        let mut kills = 0;
        // Each life answers some hundreds before it is killed, so the plug is always pulled in the
        // middle; the last one may finish.
        loop {
            let answers = 200 + 137 * (seed as usize + kills) % 900;
            if life(folder.path(), plan, answers, &mut done) {
                break;
            }
            kills += 1;
            assert!(kills < 60, "seed {seed}: it never finishes");
        }
        assert!(kills >= 3, "seed {seed}: the plug was pulled {kills} times only");
        assert_eq!(done.len(), 50 * 110, "seed {seed}");
        judge(folder.path(), plan, &done, kills).await;
    }
}

/// One life of the process; says whether it finished by itself.
fn life(
    data: &Path,
    plan: Plan,
    answers: usize,
    done: &mut BTreeSet<(u32, qa::CommandId)>,
) -> bool {
    let answered: String = done.iter().map(|(_, id)| format!("{id}\n")).collect();
    let outbox = data.join("answered");
    std::fs::write(&outbox, answered).expect("a file");
    let mut child = Command::new(loadtest_binary())
        .args(["writers", "--seed", &plan.seed.to_string(), "--data"])
        .arg(data)
        .arg("--answered")
        .arg(&outbox)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the crowd starts");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut finished = false;
    let mut heard = 0;
    for line in lines.map_while(Result::ok) {
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("done"), Some(writer), Some(id)) => {
                let writer = writer.parse().expect("a writer");
                assert!(done.insert((writer, id.parse().expect("an id"))), "answered twice");
                heard += 1;
            }
            _ => finished = true,
        }
        if heard == answers {
            child.kill().expect("it is ours");
            heard += 1; // What is still in the pipe was said before.
        }
    }
    child.wait().expect("it is ours");
    finished
}

async fn judge(data: &Path, plan: Plan, done: &BTreeSet<(u32, qa::CommandId)>, kills: usize) {
    let seed = plan.seed;
    let keys = Keys::open_read_only(data).expect("the keys");
    let store = Sqlite::open_read_only(data).expect("the journal");
    let journal = Journal::new(Arc::new(store), Arc::new(keys));
    let id = SessionId::from_u128(writers::id(seed, b's', 0, 1));
    let verified = verify(journal.store(), id, None).await;
    let verified = verified.unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
    let (mut counted, mut session) = (Counted::default(), Session::new(id));
    let mut past = journal.read(id, Seq::START);
    while let Some(read) = past.try_next().await.expect("an entry") {
        counted.take(&read.entry);
        session.apply(&read.entry);
    }
    for writer in 0..plan.writers {
        let person = writers::person(plan, writer);
        for envelope in writers::commands(plan, writer) {
            assert!(done.contains(&(writer, envelope.id)), "seed {seed}: never answered");
            match envelope.command {
                qa::Command::Ask { .. } => {
                    let id = envelope.id.into();
                    assert!(counted.asked.contains_key(&id), "seed {seed}: {id} is lost");
                    let asker = session.question(id).and_then(|question| question.asker);
                    assert_eq!(asker, Some(person), "seed {seed}");
                }
                qa::Command::Vote { .. } => {
                    let hash = hash8(envelope.id).0;
                    let vote = counted.votes.contains_key(&(person, hash));
                    // A vote that took away what was not there is done without an entry.
                    let nothing = matches!(envelope.command, qa::Command::Vote { on: false, .. });
                    assert!(vote || nothing, "seed {seed}: a vote is lost");
                }
                _ => unreachable!("writers ask and vote"),
            }
        }
    }
    // The rules' state against a count that knows no rules.
    assert_eq!(session.questions().filter(|q| q.asker.is_some()).count(), 500, "seed {seed}");
    for (&(person, question), &on) in &counted.last {
        assert_eq!(session.votes_for(person, question), on, "seed {seed}: a vote counts wrongly");
    }
    let votes: u32 = session.questions().map(|question| question.voters.len()).sum();
    let on = counted.last.values().filter(|on| **on).count();
    assert_eq!(votes as usize, on, "seed {seed}");
    let entries = verified.head.n;
    #[expect(clippy::print_stdout, reason = "the figures of the run")]
    {
        println!("seed {seed}: {kills} kills, {} answered, {entries} entries, 0 lost", done.len());
    }
}

/// The crowd's program. A test run builds libraries and tests alone, so it is built here.
pub(crate) fn loadtest_binary() -> PathBuf {
    static BUILT: std::sync::Once = std::sync::Once::new();
    BUILT.call_once(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo).args(["build", "--quiet", "-p", "loadtest"]).status();
        assert!(built.is_ok_and(|status| status.success()), "loadtest does not build");
    });
    let own = std::env::current_exe().expect("a test has a path");
    let folder = own.parent().and_then(Path::parent).expect("target/debug");
    folder.join("loadtest")
}
