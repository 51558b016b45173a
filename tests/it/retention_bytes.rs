//! Retention on a real folder: after the days of an evening are over, what was forgotten is in no
//! byte of any file, no key of it either, and the public record and its chain stand as before.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;

use filodiretto::archive::record::record;
use filodiretto::archive::{Scope, csv};
use filodiretto::hub::{Handle, Hub, NewSession, RING_FRAMES, Reply};
use filodiretto::journal::{Journal, Seq, Snapshots, verify};
use filodiretto::qa::command::Asked;
use filodiretto::qa::event::{About, Channel, Reason};
use filodiretto::qa::policy::PolicyChange;
use filodiretto::qa::{
    Actor, As, Caller, Command, CommandId, Entry, EntryId, Envelope, Event, PersonId, Policy,
    QuestionId, Rev, Role, SessionId, Timestamp,
};
use filodiretto::wire::Receipt;
use futures_util::TryStreamExt as _;
use loadtest::writers::wall;

use crate::support::folder::{HeldUp, copied, copy, holding, opened};
use crate::support::server::ADMIN;
use crate::support::{Server, until};

/// Words that stand nowhere else, and what becomes of each in the evening that is forgotten.
const PUBLIC: &str = "melograno-pubblicata";
const PENDING: &str = "zafferano-in-attesa";
const DISMISSED: &str = "corbezzolo-respinta";
const UNPUBLISHED: &str = "ginestra-ripensata";
const WITHDRAWN: &str = "rosmarino-ritirata";
const MISTAKE: &str = "biancospino-per-errore";
const FORGOTTEN: &str = "maggiociondolo-su-richiesta";
const REASON: &str = "cardamomo-per-chi-chiede";
const NOTE: &str = "elicriso-non-ora";
const VOID: &str = "finocchietto-arrivata-tardi";
const EARLIER: &str = "mirtillo-prima-versione";
const OVERTAKEN: &str = "lavanda-letta-troppo-presto";
const ABOUT_THE_HALL: &str = "sambuco-sulla-domanda-di-sala";
const NAME: &str = "Ginepra Corallina";
const GONE: [&str; 13] = [
    PENDING,
    DISMISSED,
    UNPUBLISHED,
    WITHDRAWN,
    MISTAKE,
    FORGOTTEN,
    REASON,
    NOTE,
    VOID,
    EARLIER,
    OVERTAKEN,
    ABOUT_THE_HALL,
    NAME,
];
/// Public, too: the desk's own typing, and what it wrote anew before it approved.
const HALL: &str = "alloro-dalla-sala";
const ANEW: &str = "timo-scritta-meglio";
/// In the other evening, which is kept.
const ELSEWHERE: &str = "liquirizia-altra-sera";

const IDENTITY: &[u8; 16] = b"identity-of-anna";
const NOWHERE: [String; 0] = [];
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

thread_local! {
    /// What the clock shows to everything in one test: a runtime of one thread tells the time.
    static NOW: Cell<i64> = const { Cell::new(1_795_300_000_000) };
    static LAST: Cell<u128> = const { Cell::new(1 << 100) };
}

fn clock() -> Timestamp {
    Timestamp(NOW.get())
}

fn pass(days: i64) {
    NOW.set(NOW.get() + days * DAY_MS);
}

fn fresh() -> CommandId {
    LAST.set(LAST.get() + 1);
    CommandId::from_u128(LAST.get())
}

async fn open(folder: &Path) -> Hub {
    let journal = Journal::open(folder).expect("the folder");
    let caches = Some(Snapshots::new(folder));
    Hub::open(journal, clock, caches, RING_FRAMES).await.expect("the house")
}

async fn close(hub: Hub) {
    hub.stop().await;
    hub.journal().close().await;
}

/// An open session with somebody who may do everything.
async fn session(hub: &Hub, slug: &str, keep_days: Option<u32>) -> (SessionId, Handle) {
    let id = fresh();
    let about = About {
        title: "Una sera".to_owned(),
        language: "it".to_owned(),
        starts_at: None,
        officials: vec![],
        labels: vec![],
        stream: None,
    };
    let (slow_s, open_questions) = (None, None);
    let policy = Policy { slow_s, open_questions, keep_days, ..Policy::default() };
    let slug = slug.parse().expect("a slug");
    let new = NewSession { slug, about, rehearsal: true, policy };
    assert_eq!(hub.create(None, id, new).await.expect("a journal"), Reply::done());
    let id = SessionId(id.0);
    let room = hub.session(id).await.expect("a room");
    for (role, person) in [(Role::Admin, CAPO), (Role::Moderator, MOD)] {
        let person = PersonId::from_u128(person);
        let grant =
            Event::RoleGranted { person, role, name: "Ufficio".to_owned(), invitation: None };
        assert_eq!(room.record(fresh(), vec![grant]).await, Reply::done());
    }
    staff(&room, Command::Open).await;
    (id, room)
}

const CAPO: u128 = 1;
const MOD: u128 = 2;

fn by(person: u128, command: Command) -> Envelope {
    let caller = Caller { person: PersonId::from_u128(person), acts: As::Staff };
    Envelope { id: fresh(), caller, command }
}

async fn staff(room: &Handle, command: Command) {
    let admin = matches!(
        command,
        Command::Forget { .. } | Command::TakeBack { .. } | Command::Overlay { .. }
    );
    let reply = room.send(by(if admin { CAPO } else { MOD }, command)).await;
    assert!(matches!(reply, Reply::Done { .. }), "{reply:?}");
}

async fn asks(room: &Handle, person: PersonId, text: &str) -> (QuestionId, Receipt) {
    let policy = room.sign().policy.clone();
    let text = Asked::screened(&format!("Una domanda: {text}?"), &policy);
    let name = Some(NAME.to_owned());
    let command = Command::Ask { text, name, labels: vec![], review: false };
    let (id, caller) = (fresh(), Caller { person, acts: As::Citizen });
    let reply = room.send(Envelope { id, caller, command }).await;
    let Reply::Done { receipt: Some(receipt) } = reply else { panic!("{reply:?}") };
    (id.into(), receipt)
}

async fn approve(room: &Handle, question: QuestionId) {
    staff(room, Command::Approve { question, rev: Rev(1), name: true }).await;
}

/// Two commands that are decided together: both come while the entry before them is held up.
async fn at_once(
    hub: &Hub,
    folder: &Path,
    room: &Handle,
    [one, other]: [Envelope; 2],
) -> [Reply; 2] {
    let held = HeldUp::journal(folder);
    // Polled in this order, and the room takes what staff sends before it lets anybody look.
    let (_, one, other, id) = tokio::join!(
        biased;
        staff(room, Command::Overlay { show: true }),
        room.send(one),
        room.send(other),
        async {
            let id = room.look(|session, _| session.id()).await.expect("a room");
            held.goes_on();
            id
        }
    );
    let entries = hub.journal().read::<Event>(id, Seq::START);
    let entries: Vec<_> = entries.try_collect().await.expect("the journal is read");
    let last = entries.last().map(|read| read.entry.commands.len());
    assert_eq!(last, Some(2), "they were decided together");
    [one, other]
}

async fn rev(room: &Handle, question: QuestionId) -> Rev {
    let rev = room.look(move |session, _| session.question(question).map(|q| q.rev));
    rev.await.flatten().expect("it was asked")
}

/// What became of an evening with everything in it that may have to go.
struct Evening {
    id: SessionId,
    published: QuestionId,
    receipt: Receipt,
}

async fn evening(hub: &Hub, folder: &Path) -> Evening {
    let (id, room) = session(hub, "sera", Some(30)).await;
    let keys = hub.journal().keys(id).await.expect("the keys");
    let [ana, bob, eva] =
        [&IDENTITY[..], b"bruno", b"eva"].map(|identity| keys.pseudonym(identity));
    let (published, receipt) = asks(&room, ana, EARLIER).await;
    asks(&room, bob, PENDING).await;
    let (dismissed, _) = asks(&room, bob, DISMISSED).await;
    let (unpublished, _) = asks(&room, bob, UNPUBLISHED).await;
    let (withdrawn, _) = asks(&room, ana, WITHDRAWN).await;
    let (mistake, _) = asks(&room, ana, MISTAKE).await;
    let (late, _) = asks(&room, bob, "una-domanda-contesa").await;
    asks(&room, eva, FORGOTTEN).await;
    for question in [published, unpublished, withdrawn, mistake] {
        approve(&room, question).await;
    }
    let note = || Some(REASON.to_owned());
    for (question, rev) in [(dismissed, Rev(1)), (unpublished, rev(&room, unpublished).await)] {
        let reason = Reason::Other;
        staff(&room, Command::Dismiss { question, rev, reason, of: None, note: note() }).await;
    }
    let vote = Command::Vote { question: published, on: true };
    let citizen = |person, command| Envelope {
        id: fresh(),
        caller: Caller { person, acts: As::Citizen },
        command,
    };
    assert_eq!(room.send(citizen(bob, vote)).await, Reply::done());
    let withdraw = Command::Withdraw { question: withdrawn };
    assert_eq!(room.send(citizen(ana, withdraw)).await, Reply::done());
    let rev_now = rev(&room, published).await;
    staff(&room, Command::Queue { question: published, rev: rev_now, before: None }).await;
    let rev_now = rev(&room, published).await;
    let note = Some(NOTE.to_owned());
    staff(&room, Command::Later { question: published, rev: rev_now, note }).await;
    // Two at the same moment: of one the command is void, and stays in the record with its text.
    let revise = |text: &str| Command::Revise {
        question: late,
        rev: Rev(1),
        text: format!("Una domanda: {text}?"),
    };
    let both = [by(MOD, revise("contesa-prima")), by(CAPO, revise(VOID))];
    let [first, second] = at_once(hub, folder, &room, both).await;
    assert_eq!(first, Reply::done());
    assert!(second.refusal().is_some(), "{second:?}");
    // What the public read before is not what it reads now.
    let text = format!("Una domanda: {PUBLIC}?");
    let rev_now = rev(&room, published).await;
    staff(&room, Command::Revise { question: published, rev: rev_now, text }).await;
    // Approved in the moment in which somebody else revised it: void, and holds the old text.
    let (question, _) = asks(&room, bob, OVERTAKEN).await;
    let (rev_then, text) = (Rev(1), format!("Una domanda: {ANEW}?"));
    let revise = by(MOD, Command::Revise { question, rev: rev_then, text });
    let approve = by(CAPO, Command::Approve { question, rev: rev_then, name: true });
    let [revised, approved] = at_once(hub, folder, &room, [revise, approve]).await;
    assert_eq!(revised, Reply::done());
    assert!(approved.refusal().is_some(), "{approved:?}");
    let rev_now = rev(&room, question).await;
    staff(&room, Command::Approve { question, rev: rev_now, name: true }).await;
    let (text, name) = (format!("Una domanda: {HALL}?"), Some(NAME.to_owned()));
    let (labels, channel) = (vec![], Channel::Hall);
    let entered = by(MOD, Command::Enter { text, name, labels, channel });
    let hall = QuestionId::from(entered.id);
    assert!(matches!(room.send(entered).await, Reply::Done { .. }));
    let rev_now = rev(&room, hall).await;
    staff(&room, Command::Queue { question: hall, rev: rev_now, before: None }).await;
    let (rev_now, note) = (rev(&room, hall).await, Some(ABOUT_THE_HALL.to_owned()));
    staff(&room, Command::Later { question: hall, rev: rev_now, note }).await;
    let reason = "su richiesta".to_owned();
    staff(&room, Command::Forget { person: eva, reason: reason.clone() }).await;
    staff(&room, Command::TakeBack { question: mistake, reason }).await;
    staff(&room, Command::Close).await;
    staff(&room, Command::End).await;
    Evening { id, published, receipt }
}

/// A record as JSON and as a table.
async fn exported(hub: &Hub, id: SessionId, scope: Scope) -> String {
    let record = record(hub.journal(), id, scope).await.expect("the journal is read");
    let json = serde_json::to_string_pretty(&record).expect("a record is JSON");
    format!("{json}\n{}", csv::csv(&record, csv::Table::Questions, None))
}

/// Every key of a session that is not zeros, and its secret.
fn keys(folder: &Path, id: SessionId) -> BTreeSet<Vec<u8>> {
    let file = rusqlite::Connection::open(folder.join("keys.db")).expect("the keys");
    let mut all = file
        .prepare(
            "SELECT key FROM keys WHERE session = ?1
             UNION ALL SELECT secret FROM secrets WHERE session = ?1",
        )
        .expect("tables");
    let rows = all.query_map([id.to_bytes()], |row| row.get(0)).expect("rows");
    let keys: Vec<Vec<u8>> = rows.map(|row| row.expect("a key")).collect();
    keys.into_iter().filter(|key| key.iter().any(|byte| *byte != 0)).collect()
}

async fn until_forgotten(room: &Handle) {
    let wait = async {
        while room.look(|session, _| session.forgotten_at()).await.flatten().is_none() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(20), wait).await;
    waited.expect("it was never forgotten");
}

/// Without the names, which had to go, and where the journal stands, which has moved on.
fn without(record: &str, names: &str) -> String {
    let moved = |line: &&str| !line.contains("\"chain\"") && !line.contains("\"rev\"");
    let lines: Vec<_> = record.lines().filter(moved).collect();
    let text = lines.join("\n");
    text.replace(&format!("\"name\": \"{names}\""), "\"name\": null")
        .replace(&format!("\"{names}\""), "\"\"")
}

#[tokio::test]
async fn after_its_days_an_evening_is_in_no_byte_but_what_the_public_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let hub = open(data).await;
    let Evening { id, published, receipt } = evening(&hub, data).await;
    let (other, room) = session(&hub, "altra", None).await;
    asks(&room, PersonId::from_u128(77), ELSEWHERE).await;
    for command in [Command::Close, Command::End] {
        staff(&room, command).await;
    }
    // A snapshot from before the forgetting, as rooms that ended leave it.
    close(hub).await;
    let hub = open(data).await;
    hub.wake().await;

    // What is searched for below can be found: words in exports, keys in the file of keys.
    let public = exported(&hub, id, Scope::Public).await;
    let full = exported(&hub, id, Scope::Full).await;
    assert!(public.contains(PUBLIC) && public.contains(NAME));
    for word in [PUBLIC, PENDING, DISMISSED, UNPUBLISHED, WITHDRAWN, REASON, NOTE, NAME] {
        assert!(full.contains(word), "{word} was never there");
    }
    // Some words stand in the journal alone, where its keys open them.
    let in_journal = opened(data, id).await;
    for word in [VOID, EARLIER, OVERTAKEN, ABOUT_THE_HALL] {
        assert!(in_journal.contains(word), "{word} was never there");
    }
    let elsewhere = exported(&hub, other, Scope::Full).await;
    let gone = keys(data, id);
    assert_eq!(gone.len(), 11, "2 persons, 8 questions, a secret");
    for key in &gone {
        assert_ne!(holding(data, key), NOWHERE, "a key stands in no file");
    }
    let leads = hub.receipt(receipt).map(|slip| (slip.session, slip.question));
    assert_eq!(leads, Some((id, published)));
    assert!(!hub.is_spent(receipt));

    pass(29);
    assert_eq!(hub.forget_due().await, 0, "it is too early");
    pass(1);
    assert_eq!(hub.forget_due().await, 1);
    let room = hub.session(id).await.expect("a room");
    until_forgotten(&room).await;
    assert_eq!((hub.forget_due().await, hub.forgotten()), (0, 1));

    let record = exported(&hub, id, Scope::Public).await;
    assert_eq!(without(&record, NAME), without(&public, NAME), "another public record");
    assert!(record.contains(PUBLIC) && !record.contains(NAME));
    let full = exported(&hub, id, Scope::Full).await;
    for word in GONE {
        assert!(!full.contains(word), "{word} is in the full record");
    }
    assert_eq!(exported(&hub, other, Scope::Full).await, elsewhere, "another evening's record");
    assert_eq!((hub.receipt(receipt), hub.is_spent(receipt)), (None, true));
    // While it runs, with the write-ahead logs as they stand; and after an orderly end.
    let taken = copied(data);
    close(hub).await;
    for folder in [taken.path(), data] {
        for word in GONE.iter().chain(&[PUBLIC, ELSEWHERE]) {
            assert_eq!(holding(folder, word.as_bytes()), NOWHERE, "{word} in clear");
        }
        assert_eq!(holding(folder, IDENTITY), NOWHERE, "an identity is there");
        for key in &gone {
            // Half a key is a key found.
            for half in [&key[..16], &key[16..]] {
                assert_eq!(holding(folder, half), NOWHERE, "a key is still there");
            }
        }
        assert_eq!(keys(folder, id).len(), 4, "one for each public text, and a new secret");
        // Whoever has the folder, keys and all, opens no more than the public reads.
        let opened = opened(folder, id).await;
        for word in [PUBLIC, HALL, ANEW] {
            assert!(opened.contains(word), "{word} cannot be opened any more");
        }
        for word in GONE {
            assert!(!opened.contains(word), "{word} can still be opened");
        }
        // The next life of the server knows no more, and forgets nothing twice.
        let hub = open(folder).await;
        hub.wake().await;
        assert_eq!(hub.forget_due().await, 0);
        assert_eq!(exported(&hub, id, Scope::Full).await, full);
        assert_eq!(exported(&hub, id, Scope::Public).await, record);
        assert_eq!((hub.receipt(receipt), hub.is_spent(receipt)), (None, true));
        for id in [id, other] {
            verify(hub.journal().store(), id, None).await.expect("the chain holds");
        }
        close(hub).await;
    }
}

#[tokio::test]
async fn a_crash_between_the_record_of_a_forgetting_and_the_forgetting_is_made_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let Evening { id, .. } = evening(&hub, folder.path()).await;
    close(hub).await;
    let gone = keys(folder.path(), id);
    // What a room would record, and no more.
    let hub = open(folder.path()).await;
    let room = hub.session(id).await.expect("a room");
    pass(31);
    let due = room.look(|session, _| session.forgetting(clock())).await.flatten();
    let due = due.expect("it is time");
    hub.stop().await;
    let (id_of, by, at) = (fresh(), Actor::Clock, clock());
    let (on, events) = (due.on, due.events);
    let command = filodiretto::qa::Recorded { id: id_of, by, at, on, head: None, events };
    let mut entry = Entry { v: 1, id: EntryId(fresh().0), commands: vec![command] };
    hub.journal().append(id, &mut entry).await.expect("it is recorded");
    hub.journal().close().await;
    drop(hub);
    assert!(gone.iter().all(|key| !holding(folder.path(), key).is_empty()), "nothing erased yet");

    let hub = open(folder.path()).await;
    assert_eq!(hub.wake().await, 0);
    close(hub).await;
    for key in gone {
        assert_eq!(holding(folder.path(), &key), NOWHERE, "a key is still there");
    }
}

#[tokio::test]
async fn a_start_forgets_what_came_due_while_nothing_ran() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let Evening { id, .. } = evening(&hub, folder.path()).await;
    close(hub).await;
    pass(400);
    let hub = open(folder.path()).await;
    hub.wake().await;
    let room = hub.session(id).await.expect("a room");
    until_forgotten(&room).await;
    let change = Box::new(PolicyChange { keep_days: Some(None), ..PolicyChange::default() });
    let late = room.send(by(MOD, Command::Policy { change })).await;
    assert!(late.refusal().is_some(), "nothing is kept any more: {late:?}");
    close(hub).await;
}

#[tokio::test]
async fn a_server_forgets_at_its_start_and_tells_who_comes_with_a_receipt() {
    let folder = tempfile::tempdir().expect("a folder");
    NOW.set(wall().0 - 40 * DAY_MS);
    let hub = open(folder.path()).await;
    let Evening { receipt, .. } = evening(&hub, folder.path()).await;
    close(hub).await;
    let mut server = Server::with(&["--keep-days", "7"]).await;
    let created = serde_json::json!({"slug": "nuova", "title": "Una sera", "language": "it"});
    let created = server.ask("POST", "/api/v1/sessions").bearer(ADMIN).json(&created);
    assert_eq!(created.sent().await.must(201).json()["policy"]["keep_days"], 7);

    server.kill();
    std::fs::remove_dir_all(server.data()).expect("it is ours");
    std::fs::create_dir(server.data()).expect("it is ours");
    copy(folder.path(), &server.data());
    server.restart().await;
    let path = format!("/api/v1/receipts/{receipt}");
    until("the receipt leads nowhere", async || {
        server.ask("GET", &path).sent().await.status == 404
    })
    .await;
    let answer = server.ask("GET", &path).header("accept-language", "it").sent().await;
    answer.refuses(404, "not_found");
    for (path, word) in [(path.clone(), "dimenticato"), (format!("/r/{receipt}"), "dimenticato")] {
        let page = server.ask("GET", &path).header("accept-language", "it").sent().await.must(404);
        assert!(page.body.contains(word), "{}", page.body);
    }
    let page = server.ask("GET", "/r/0000-0000-0000-0000").sent().await.must(404);
    assert!(!page.body.contains("dimenticato"), "a code that never was: {}", page.body);
    let figures = server.ask("GET", "/metrics").bearer(ADMIN).sent().await.must(200).body;
    assert!(figures.contains("filodiretto_sessions_forgotten_total 1"), "{figures}");
    let log = server.log();
    assert!(log.contains("has forgotten everything personal"), "{log}");
}
