//! What only a file can suffer.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _};

use super::*;
use crate::journal::samples::{anchored, ask, cast, entry_id, session_id};
use crate::journal::{Journal, Keys, NotVerified, Read, verify};
use crate::qa::event::Event;

/// How often each kind of damage is done: a few times in every run, `FLIPS=200` for the figure.
fn flips() -> u64 {
    std::env::var("FLIPS").ok().and_then(|flips| flips.parse().ok()).unwrap_or(60)
}

/// Small, seeded, good enough to choose a bit.
fn random(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn open(dir: &Path) -> Sqlite {
    Sqlite::open(dir, Durability::Full).expect("opens")
}

/// Three sessions of 200 entries as an evening makes them.
async fn fill(store: Arc<Sqlite>) {
    let journal = Journal::new(store, Arc::new(Keys::in_memory()));
    for session in (1..=3).map(session_id) {
        for n in 1..=200 {
            let mut entry = match n % 5 {
                0 => ask(n, n % 7, &"Perché la fontana è spenta? ".repeat(n as usize % 40), "Ugo"),
                1 => anchored(n, journal.head(session).await.expect("is well").head),
                _ => cast(n, &[(n, 5, true), (n + 1, 5, n % 2 == 0)]),
            };
            journal.append(session, &mut entry).await.expect("is well");
        }
    }
}

async fn everything(store: &Sqlite, session: SessionId) -> Result<Vec<Stored>, JournalError> {
    store.read(session, Seq::START).try_collect().await
}

/// As the house reads it: what a row says of itself must be what its bytes say.
async fn evening(
    store: &Arc<Sqlite>,
    session: SessionId,
) -> Result<Vec<Read<Event>>, JournalError> {
    let store: Arc<dyn Store> = Arc::<Sqlite>::clone(store);
    let journal = Journal::new(store, Arc::new(Keys::in_memory()));
    journal.read(session, Seq::START).try_collect().await
}

#[tokio::test]
async fn who_follows_is_handed_what_was_added_and_reads_the_file_for_what_was_missed() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let session = session_id(1);
    let append = async |n: u128| {
        let bytes = Bytes::from(format!("entry {n}"));
        store.append(session, entry_id(n), bytes).await.expect("is well");
    };
    append(1).await;
    store.beats().await.expect("all has been told");
    let mut follower = store.news.follow(session).expect("goes on");
    let mut chain = start(&store.readers, session, Seq(1)).await.expect("is well");
    assert!(follower.after(chain).is_none(), "nothing was added since");
    append(2).await;
    follower.changed().await.expect("goes on");
    let added = follower.after(chain).expect("what comes next");
    let handed = added.entries.iter().map(|added| added.seq).collect::<Vec<_>>();
    assert_eq!(handed, [Seq(2)]);
    let before = std::mem::replace(&mut chain, added.chain);
    assert!(follower.after(chain).is_some_and(|added| added.entries.is_empty()), "it has all");
    append(3).await;
    append(4).await;
    store.beats().await.expect("all has been told");
    assert!(follower.after(chain).is_none(), "the third is missing");
    assert!(follower.after(before).is_none(), "as are two");
    let mut tail = store.tail(session, Seq(1)).map_ok(|stored| stored.seq);
    let first = tail.next().await.expect("goes on").expect("is well");
    append(4).await; // Again: it has its place.
    append(5).await;
    let then: Vec<_> = tail.take(3).try_collect().await.expect("is well");
    assert_eq!((first, then), (Seq(2), vec![Seq(3), Seq(4), Seq(5)]));
}

#[tokio::test]
async fn nothing_is_kept_for_a_session_that_nobody_follows_any_more() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let one = store.news.follow(session_id(1)).expect("goes on");
    let other = store.news.follow(session_id(1)).expect("goes on");
    drop(one);
    assert_eq!(store.news.count(), 1);
    drop(other);
    assert_eq!(store.news.count(), 0);
}

#[tokio::test]
async fn what_was_acknowledged_is_there_when_the_file_is_opened_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = Arc::new(open(dir.path()));
    fill(Arc::clone(&store)).await;
    let before = everything(&store, session_id(2)).await.expect("reads");
    drop(store);
    let store = open(dir.path());
    assert_eq!(everything(&store, session_id(2)).await.expect("reads"), before);
    let again = store.append(session_id(2), before[9].id, before[9].bytes.clone()).await;
    assert_eq!(again.expect("is well"), Seq(10), "its place is the one it had");
    assert_eq!(
        store.append(session_id(2), entry_id(900), "new".into()).await.expect("ok"),
        Seq(201)
    );
}

#[tokio::test]
async fn one_process_writes_and_others_may_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let first = open(dir.path());
    first.append(session_id(1), entry_id(1), "one".into()).await.expect("is well");
    let second = Sqlite::open(dir.path(), Durability::Full).expect_err("is in use");
    assert!(matches!(second, OpenError::InUse { .. }), "{second}");
    assert!(second.to_string().contains("journal.db is in use"), "{second}");

    let reader = Sqlite::open_read_only(dir.path()).expect("opens");
    assert_eq!(everything(&reader, session_id(1)).await.expect("reads").len(), 1);
    first.append(session_id(1), entry_id(2), "two".into()).await.expect("is well");
    assert_eq!(everything(&reader, session_id(1)).await.expect("reads").len(), 2);
    let refused = reader.append(session_id(1), entry_id(3), "three".into()).await;
    assert!(matches!(refused, Err(JournalError::Stopped)));

    first.close().await;
    drop(open(dir.path()));
    let empty = tempfile::tempdir().expect("a folder");
    let none = Sqlite::open_read_only(empty.path()).expect_err("is not there");
    assert!(matches!(none, OpenError::Missing { .. }), "{none}");
}

#[tokio::test]
async fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempfile::tempdir().expect("a folder");
    let dir = parent.path().join("data");
    let store = open(&dir);
    let keys = Keys::open(&dir).expect("opens");
    store.append(session_id(1), entry_id(1), "one".into()).await.expect("is well");
    let mode = |path: &Path| fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    let files: Vec<_> =
        fs::read_dir(&dir).expect("reads").map(|file| file.expect("reads")).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        assert_eq!(mode(&file.path()), 0o600, "{file:?}");
    }
    drop(keys);
}

/// D4: a damaged file gives what it held, or an error that names the place; never another evening.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_is_named_or_changes_nothing() {
    let source = tempfile::tempdir().expect("a folder");
    let store = Arc::new(open(source.path()));
    fill(Arc::clone(&store)).await;
    let sessions: Vec<_> = (1..=3).map(session_id).collect();
    let mut good = Vec::new();
    for session in &sessions {
        good.push(evening(&store, *session).await.expect("reads"));
    }
    store.close().await;
    let file = fs::read(source.path().join("journal.db")).expect("reads");

    let (mut refused, mut named, mut unhurt) = (0, 0, 0);
    for seed in 0..flips() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut bad = file.clone();
        let bit = random(seed) % (bad.len() as u64 * 8);
        bad[(bit / 8) as usize] ^= 1 << (bit % 8);
        fs::write(dir.path().join("journal.db"), bad).expect("writes");
        let store = match Sqlite::open(dir.path(), Durability::Full) {
            Ok(store) => Arc::new(store),
            Err(error) => {
                assert!(error.to_string().contains("journal.db"), "seed {seed}: {error}");
                refused += 1;
                continue;
            }
        };
        let mut hurt = false;
        for (session, good) in sessions.iter().zip(&good) {
            match evening(&store, *session).await {
                Ok(read) => assert!(
                    read == *good,
                    "seed {seed}: silently another evening: {} entries",
                    read.len()
                ),
                Err(error) => {
                    assert!(names_a_place(&error), "seed {seed}: {error:?}");
                    hurt = true;
                }
            }
            match verify(&*store, *session, None).await {
                Ok(verified) => assert_eq!(verified.head.n, 200, "seed {seed}"),
                Err(NotVerified::Broken(_)) => hurt = true,
                Err(NotVerified::Journal(error)) => panic!("seed {seed}: {error:?}"),
            }
        }
        match store.sessions().await {
            Ok(found) => {
                for session in &sessions {
                    assert!(found.contains(session), "seed {seed}: a session disappeared");
                }
                for ghost in found.iter().filter(|session| !sessions.contains(session)) {
                    let error = evening(&store, *ghost).await.expect_err("is no session");
                    assert!(names_a_place(&error), "seed {seed}: {error:?}");
                    hurt = true;
                }
            }
            Err(_) => hurt = true,
        }
        if hurt { named += 1 } else { unhurt += 1 }
    }
    println!("flips: {refused} refused at open, {named} named when read, {unhurt} changed nothing");
    assert!(refused + named > 0, "the damage was real");
}

fn names_a_place(error: &JournalError) -> bool {
    match error {
        JournalError::Damaged { .. } => true,
        // The file itself could not be opened by a reader: it is named.
        JournalError::Io { source } => source.to_string().contains("journal.db"),
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_cut_is_named_or_changes_nothing() {
    let source = tempfile::tempdir().expect("a folder");
    let store = Arc::new(open(source.path()));
    fill(Arc::clone(&store)).await;
    let good = everything(&store, session_id(3)).await.expect("reads");
    store.close().await;
    let file = fs::read(source.path().join("journal.db")).expect("reads");
    let lock = fs::read(source.path().join("journal.lock")).expect("reads");
    let cuts = (0..20).map(|seed| (random(seed) % file.len() as u64) as usize);
    for cut in cuts.chain([0, 1, 100, 4096, 8192, file.len() - 4096, file.len() - 1]) {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("journal.db"), &file[..cut]).expect("writes");
        fs::write(dir.path().join("journal.lock"), &lock).expect("writes");
        match Sqlite::open(dir.path(), Durability::Full) {
            Err(error) => assert!(error.to_string().contains("journal.db"), "cut {cut}: {error}"),
            Ok(store) => match everything(&store, session_id(3)).await {
                Ok(read) => assert!(
                    read == good,
                    "cut {cut}: silently another evening: {} entries",
                    read.len()
                ),
                Err(error) => assert!(names_a_place(&error), "cut {cut}: {error:?}"),
            },
        }
    }
}

#[tokio::test]
async fn rows_that_somebody_changed_are_named_exactly() {
    let dir = tempfile::tempdir().expect("a folder");
    for (change, n) in [
        (
            "UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'at', 'ta') AS BLOB) WHERE seq = 7",
            7,
        ),
        ("UPDATE entries SET chain = zeroblob(32) WHERE seq = 9", 9),
        ("DELETE FROM entries WHERE seq = 5", 5),
        ("DELETE FROM entries WHERE seq = 200", 200),
        ("DELETE FROM entries WHERE seq > 190", 191),
        (
            "UPDATE entries SET seq = -seq WHERE seq IN (3, 4);
          UPDATE entries SET seq = 7 + seq WHERE seq < 0",
            3,
        ),
        (
            "INSERT INTO entries SELECT session, 201, zeroblob(16), chain, bytes FROM entries
          WHERE seq = 200",
            201,
        ),
        ("DELETE FROM heads", 1),
        ("DELETE FROM entries", 1),
        ("UPDATE heads SET chain = zeroblob(32)", 200),
        ("UPDATE heads SET seq = 199", 200),
    ] {
        let dir = dir.path().join(n.to_string() + &change.len().to_string());
        let store = Arc::new(open(&dir));
        fill(Arc::clone(&store)).await;
        store.close().await;
        let file = rusqlite::Connection::open(dir.join("journal.db")).expect("opens");
        file.execute_batch(change).expect("changes");
        drop(file);
        let store = open(&dir);
        match verify(&store, session_id(2), None).await {
            Err(NotVerified::Broken(broken)) => assert_eq!(broken.n, n, "{change}: {broken}"),
            other => panic!("{change}: {other:?}"),
        }
        let error = everything(&store, session_id(2)).await.expect_err("says no");
        assert!(
            matches!(&error, JournalError::Damaged { seq, .. } if seq.0 == n),
            "{change}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_damaged_session_takes_nothing_more_and_the_others_go_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = Arc::new(open(dir.path()));
    fill(Arc::clone(&store)).await;
    store.close().await;
    let file = rusqlite::Connection::open(dir.path().join("journal.db")).expect("opens");
    let session = session_id(2).to_bytes();
    file.execute("DELETE FROM entries WHERE session = ?1 AND seq > 100", [session])
        .expect("deletes");
    drop(file);
    let store = open(dir.path());
    let (bad, good) = tokio::join!(
        store.append(session_id(2), entry_id(900), "lost on us".into()),
        store.append(session_id(1), entry_id(900), "goes on".into())
    );
    assert!(matches!(bad, Err(JournalError::Damaged { seq: Seq(101), .. })), "{bad:?}");
    assert_eq!(good.expect("is well"), Seq(201));
}

/// The log of a process that was killed, with garbage behind its last commit.
#[tokio::test]
async fn garbage_behind_the_log_changes_nothing() {
    let source = tempfile::tempdir().expect("a folder");
    let store = Arc::new(open(source.path()));
    fill(Arc::clone(&store)).await;
    let good = everything(&store, session_id(1)).await.expect("reads");
    for garbage in [&[0xa5; 5000][..], &[0; 4096], b"x"] {
        let dir = tempfile::tempdir().expect("a folder");
        for file in ["journal.db", "journal.db-wal", "journal.lock"] {
            let mut bytes = fs::read(source.path().join(file)).expect("reads");
            if file.ends_with("wal") {
                bytes.extend_from_slice(garbage);
            }
            fs::write(dir.path().join(file), bytes).expect("writes");
        }
        assert_eq!(everything(&open(dir.path()), session_id(1)).await.expect("reads"), good);
    }
}

/// The same log with a bit flipped in the middle: SQLite would go on without a word from there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_in_the_log_of_a_killed_process_loses_its_last_commit_at_most() {
    let source = tempfile::tempdir().expect("a folder");
    let store = Arc::new(open(source.path()));
    fill(Arc::clone(&store)).await;
    let mut good = Vec::new();
    for session in 1..=3 {
        good.push(everything(&store, session_id(session)).await.expect("reads"));
    }
    let file = |name: &str| fs::read(source.path().join(name)).expect("reads");
    let (database, log, lock) = (file("journal.db"), file("journal.db-wal"), file("journal.lock"));
    let (mut refused, mut unhurt, mut last) = (0, 0, 0);
    for seed in 0..flips() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut bad = log.clone();
        // Often in its header, where little can do much.
        let bits = if seed % 8 == 0 { 32 * 8 } else { bad.len() as u64 * 8 };
        let bit = random(seed) % bits;
        bad[(bit / 8) as usize] ^= 1 << (bit % 8);
        fs::write(dir.path().join("journal.db"), &database).expect("writes");
        fs::write(dir.path().join("journal.db-wal"), bad).expect("writes");
        fs::write(dir.path().join("journal.lock"), &lock).expect("writes");
        let store = match Sqlite::open(dir.path(), Durability::Full) {
            Ok(store) => store,
            Err(error) => {
                let said = error.to_string();
                assert!(said.contains("journal.db is damaged"), "seed {seed}: {error}");
                refused += 1;
                continue;
            }
        };
        let mut lost = 0;
        for (session, good) in (1..=3).zip(&good) {
            let read = everything(&store, session_id(session)).await.expect("reads");
            assert!(good.starts_with(&read), "seed {seed}: another evening");
            lost += good.len() - read.len();
        }
        assert!(lost <= 1, "seed {seed}: {lost} entries disappeared without a word");
        if lost == 0 { unhurt += 1 } else { last += 1 }
    }
    println!("flips in the log: {refused} refused, {unhurt} changed nothing, {last} hit the last");
    assert!(refused > 0, "the damage was real");
}

#[tokio::test]
async fn a_file_of_somebody_else_or_of_a_newer_release_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let other = |sql: &str| {
        let path = dir.path().join("journal.db");
        let _ = fs::remove_file(&path);
        rusqlite::Connection::open(path).expect("opens").execute_batch(sql).expect("writes");
        Sqlite::open(dir.path(), Durability::Full).expect_err("is not ours").to_string()
    };
    let said = other("CREATE TABLE recipes (name TEXT)");
    assert!(said.contains("journal.db is damaged: its header is not one that we wrote"), "{said}");
    let said =
        other("CREATE TABLE t (a); PRAGMA application_id = 0x46494C4F; PRAGMA user_version = 2");
    assert!(said.contains("format 2, which only a newer release can read"), "{said}");
}

/// What `make bench` will say of a whole evening; here only that it is not far off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 100,000 entries"]
#[expect(clippy::disallowed_methods, reason = "a stopwatch")]
async fn a_hundred_thousand_entries_are_read_again_in_about_a_second() {
    use std::time::Instant;
    let dir = tempfile::tempdir().expect("a folder");
    let store = Arc::new(open(dir.path()));
    let keys = Arc::new(Keys::open(dir.path()).expect("opens"));
    let journal = Journal::new(Arc::clone(&store) as Arc<dyn Store>, keys);
    let session = session_id(1);
    let began = Instant::now();
    let writers: Vec<_> = (0..200_u128)
        .map(|writer| {
            let journal = journal.clone();
            tokio::spawn(async move {
                for n in writer * 500..writer * 500 + 500 {
                    let mut entry = match n % 20 {
                        0 => ask(n, n, "Quando riapre la biblioteca di quartiere?", "Ugo"),
                        _ => cast(n, &[(n, 1, true), (n + 1, 2, true), (n + 2, 3, false)]),
                    };
                    journal.append(session, &mut entry).await.expect("is well");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("does not panic");
    }
    let wrote = began.elapsed();
    journal.close().await;
    let bytes = fs::metadata(dir.path().join("journal.db")).expect("is there").len();
    drop((journal, store));

    let began = Instant::now();
    let store = Arc::new(open(dir.path()));
    let keys = Arc::new(Keys::open(dir.path()).expect("opens"));
    let journal = Journal::new(Arc::clone(&store) as Arc<dyn Store>, keys);
    let opened = began.elapsed();
    let mut read = journal.read::<Event>(session, Seq::START);
    let mut count = 0;
    while read.try_next().await.expect("is well").is_some() {
        count += 1;
    }
    let served = began.elapsed();
    assert_eq!(count, 100_000);
    let began = Instant::now();
    store.check().await.expect("is well");
    let checked = began.elapsed();
    let began = Instant::now();
    verify(&*store, session, None).await.expect("is well");
    println!(
        "100,000 entries, {} MB: written in {wrote:?}, opened in {opened:?}, read and opened in \
         {served:?}, every page checked in {checked:?}, verified in {:?}",
        bytes >> 20,
        began.elapsed(),
    );
    assert!(served.as_secs() < 20, "{served:?}"); // Without optimisation, on a busy machine.
}
