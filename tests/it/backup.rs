//! Backups, as an operator takes them and goes back to them: by the program, beside a server that
//! people are using.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use filodiretto::journal::{Journal, Seq};
use filodiretto::qa::{Event, Session};
use futures_util::TryStreamExt as _;
use loadtest::visitor::Manner;
use serde_json::{Value, json};

use crate::support::server::ADMIN;
use crate::support::{Server, until};
use crate::wire_ground::{evening, is_clean};

const PEOPLE: usize = 12;

/// The program with these arguments.
fn filodiretto(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_filodiretto"));
    command.args(arguments).output().expect("the program runs")
}

/// What it printed, when all went well.
fn good(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Why it did not do it.
fn refused(arguments: &[&str]) -> String {
    let output = filodiretto(arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

fn at(path: &Path) -> &str {
    path.to_str().expect("text")
}

fn backup(data: &Path, to: &Path) -> String {
    good(&filodiretto(&["backup", at(to), "--data", at(data)]))
}

/// What a folder holds, by name.
fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Every text of the session `sera` as this folder opens it, and how many there are.
async fn texts(data: &Path) -> (usize, usize) {
    let journal = Journal::open_to_read(data).expect("opens");
    let slug = "sera".parse().expect("a slug");
    let id = filodiretto::archive::session(&journal, &slug).await.expect("reads").expect("there");
    let mut session = Session::new(id);
    let mut past = journal.read::<Event>(id, Seq::START);
    while let Some(read) = past.try_next().await.expect("reads") {
        session.apply(&read.entry);
    }
    let opened =
        session.questions().filter(|q| q.versions.iter().all(|it| it.text.get().is_some())).count();
    (opened, session.questions().count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_beside_a_busy_evening_loses_nothing_and_comes_back_whole() {
    let server = Server::start().await;
    let policy = json!({"slow_s": null, "open_questions": null, "questions": null});
    let evening = evening(&server, "sera", policy).await;
    let desk = evening.moderator("desk", &Manner::default()).await.expect("a desk");
    desk.must(json!({"type": "open"})).await.expect("open");
    let over = Arc::new(AtomicBool::new(false));
    // They ask faster than anybody may, and wait when they are told to.
    let manner = Manner { patient: true, ..Manner::default() };
    let mut crowd = tokio::task::JoinSet::new();
    for number in 0..PEOPLE {
        let who = evening.citizen(&format!("citizen-{number}"), &manner).await;
        let (who, over) = (who.expect("let in"), Arc::clone(&over));
        crowd.spawn(async move {
            let mut asked = 0;
            while !over.load(Ordering::Relaxed) {
                who.asks(&format!("Domanda {asked} di {number}?")).await.expect("asked");
                asked += 1;
            }
            (who, asked)
        });
    }
    let place = tempfile::tempdir().expect("a folder");
    let data = server.data();
    let mut backups = Vec::new();
    for number in 0..4 {
        let to = place.path().join(format!("backup-{number}"));
        let before = desk.look(|board| board.questions.len());
        let out = backup(&data, &to);
        assert!(out.contains("journal and keys") && out.contains("whole"), "{out}");
        until("the evening goes on", async || desk.look(|board| board.questions.len()) > before)
            .await;
        backups.push((to, before));
    }
    // A key is in the copy whose text is not; never the other way round.
    over.store(true, Ordering::Relaxed);
    let mut asked = 0;
    let mut people = Vec::new();
    while let Some(done) = crowd.join_next().await {
        let (who, count) = done.expect("nobody was refused anything");
        asked += count;
        people.push(who);
    }
    let report = is_clean(&evening, &server, &[]).await;
    assert!(report.checked.done >= asked, "{report}");
    let figures = server.ask("GET", "/metrics").bearer(ADMIN).sent().await.must(200).body;
    let line = |part: &str| format!("filodiretto_backed_up_seconds{{part=\"{part}\"}} 1");
    assert!(figures.contains(&line("journal")) && figures.contains(&line("keys")), "{figures}");

    for (from, before) in &backups {
        assert_eq!(
            names(from),
            ["admin-token", "backup.json", "identity-key", "journal.db", "keys.db"]
                .into_iter()
                // The token of this server is a setting, not a file.
                .filter(|name| *name != "admin-token")
                .collect::<Vec<_>>()
        );
        let to = from.with_extension("restored");
        let out = good(&filodiretto(&["restore", at(from), "--data", at(&to)]));
        assert!(out.contains("every chain whole"), "{out}");
        let (opened, all) = texts(&to).await;
        assert!(all >= *before, "{all} of {before} questions are in it");
        assert_eq!(opened, all, "a text without its key");
        let out = good(&filodiretto(&["verify", "sera", "--data", at(&to)]));
        let manifest: Value =
            serde_json::from_slice(&fs::read(from.join("backup.json")).expect("there"))
                .expect("JSON");
        let sessions = manifest["sessions"].as_array().expect("a list");
        let noted = sessions.iter().find(|session| session["slug"] == "sera").expect("in it");
        assert!(out.contains(noted["chain"].as_str().expect("text")), "{out} {noted}");
    }
    // A server goes on from it, knows its people, and does not put on air what it cannot vouch for.
    let last = backups[3].0.with_extension("restored");
    assert!(names(&last).contains(&"running".to_owned()), "{:?}", names(&last));
    let again = Server::start_in(&last).await;
    assert!(again.log().contains("did not end in order"), "{}", again.log());
    let path = "/api/v1/sessions/sera/questions?as=desk";
    let listed = again.ask("GET", path).bearer(ADMIN).sent().await.must(200).json();
    assert!(listed["questions"].as_array().is_some_and(|some| !some.is_empty()), "{listed}");
    drop(people);
}

#[tokio::test]
async fn journal_and_keys_are_kept_apart_and_come_together_again() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let ana = server.citizen().await;
    ana.sends("sera", "citizen", json!({"type": "ask", "text": "Quando riapre?"})).await.must(200);
    let place = tempfile::tempdir().expect("a folder");
    let data = server.data();
    let (journal, keys) = (place.path().join("journal"), place.path().join("keys"));
    for (to, part) in [(&journal, "journal"), (&keys, "keys")] {
        good(&filodiretto(&["backup", at(to), "--data", at(&data), "--only", part]));
    }
    assert_eq!(names(&journal), ["backup.json", "journal.db"]);
    assert_eq!(names(&keys), ["backup.json", "identity-key", "keys.db"]);
    let to = place.path().join("restored");
    // In any order.
    let out = good(&filodiretto(&["restore", at(&keys), at(&journal), "--data", at(&to)]));
    assert!(!out.contains("warning"), "{out}");
    assert_eq!(texts(&to).await, (1, 1));
    // Without keys only who says so goes back: nothing can be read then.
    let none = place.path().join("none");
    let why = refused(&["restore", at(&journal), "--data", at(&none)]);
    assert!(why.contains("--without-keys") && !none.exists(), "{why}");
    let without = ["restore", at(&journal), "--data", at(&none), "--without-keys"];
    let out = good(&filodiretto(&without));
    assert!(out.contains("no text can be read"), "{out}");
    assert_eq!(texts(&none).await, (0, 1));
}

#[tokio::test]
async fn every_way_in_which_it_cannot_be_done_says_why_and_leaves_nothing_behind() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let data = server.data();
    let place = tempfile::tempdir().expect("a folder");
    let new = |name: &str| place.path().join(name);
    let says = |arguments: &[&str], word: &str| {
        let why = refused(arguments);
        assert!(why.contains(word) && why.lines().count() == 1, "{arguments:?}: {why}");
    };
    let (kept, target) = (new("kept"), new("target"));
    backup(&data, &kept);
    says(&["backup", at(&kept), "--data", at(&data)], "writes over nothing");
    says(&["backup", at(&target), "--data", at(place.path())], "is it the data folder");
    says(&["backup", "/nowhere/target", "--data", at(&data)], "No such file");
    fs::create_dir(new(".target.part")).expect("makes");
    says(&["backup", at(&target), "--data", at(&data)], "another backup");
    fs::remove_dir(new(".target.part")).expect("removes");

    says(&["restore", at(&kept), "--data", at(&data)], "is not empty");
    says(&["restore", at(&data), "--data", at(&target)], "is no backup: it has no backup.json");
    says(&["restore", at(&kept), at(&kept), "--data", at(&target)], "two of the backups");
    says(&["restore", "/nowhere/kept", "--data", at(&target)], "No such file");
    let changed = |name: &str, change: &dyn Fn(&mut Vec<u8>)| -> PathBuf {
        let copy = new(&format!("changed-{name}"));
        fs::create_dir(&copy).expect("makes");
        for file in names(&kept) {
            fs::copy(kept.join(&file), copy.join(&file)).expect("copies");
        }
        let mut bytes = fs::read(copy.join(name)).expect("there");
        change(&mut bytes);
        fs::write(copy.join(name), bytes).expect("writes");
        copy
    };
    let one_bit = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    };
    for name in ["journal.db", "keys.db", "identity-key"] {
        let copy = changed(name, &one_bit);
        says(&["restore", at(&copy), "--data", at(&target)], "is not what the backup wrote");
    }
    let newer = changed("backup.json", &|bytes| {
        let text = String::from_utf8_lossy(bytes);
        *bytes = text.replace("_backup\": 1", "_backup\": 2").into_bytes();
    });
    says(&["restore", at(&newer), "--data", at(&target)], "newer release");
    let missing = new("missing");
    fs::rename(newer, &missing).expect("renames");
    fs::copy(kept.join("backup.json"), missing.join("backup.json")).expect("copies");
    fs::remove_file(missing.join("keys.db")).expect("removes");
    says(&["restore", at(&missing), "--data", at(&target)], "No such file");
    assert!(!target.exists(), "{:?}", names(&target));
    let left: Vec<_> = names(place.path()).into_iter().filter(|n| n.starts_with('.')).collect();
    assert_eq!(left, [""; 0]);

    // A journal that is damaged where it stands is found before the copy counts.
    let broken = new("broken");
    good(&filodiretto(&["restore", at(&kept), "--data", at(&broken)]));
    let journal = rusqlite::Connection::open(broken.join("journal.db")).expect("opens");
    journal.execute("UPDATE entries SET bytes = x'7b7d' WHERE rowid = 2", []).expect("changes");
    journal.close().expect("closes");
    says(&["backup", at(&target), "--data", at(&broken)], "is damaged at entry 2");
    assert!(!target.exists());
}

/// On a disk of one megabyte, in a mount space of its own.
#[tokio::test]
async fn a_full_disk_is_named_and_nothing_is_left_on_it() {
    let server = Server::start().await;
    server.opens("sera", json!({"slow_s": null})).await;
    let desk = server.operator();
    for number in 0..60 {
        let text = format!("{number} {}", "Una domanda lunga quanto si può? ".repeat(12));
        let ask = json!({"type": "ask", "text": text, "channel": "hall"});
        desk.sends("sera", "desk", ask).await.must(200);
    }
    let place = tempfile::tempdir().expect("a folder");
    let script = "mount -t tmpfs -o size=128k none \"$1\" && \"$0\" backup \"$1/copy\" --data \"$2\"; \
                  status=$?; ls -A \"$1\"; exit $status";
    let user = Command::new("id").arg("-u").output().expect("id").stdout;
    let mut unshare = Command::new("unshare");
    if user != b"0\n" {
        unshare.arg("-r");
    }
    let output = unshare
        .args(["-m", "sh", "-c", script, env!("CARGO_BIN_EXE_filodiretto")])
        .args([at(place.path()), at(&server.data())])
        .output()
        .expect("unshare, of util-linux");
    let (left, why) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{why}");
    assert!(why.contains("there is no room on the disk"), "{why}");
    assert_eq!(left, "", "left behind");
}
