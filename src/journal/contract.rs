//! What every engine promises, tried on each of them; and the journal above it, tried on each.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::time::timeout;

use super::samples::{ask, cast, command_id, entry_id, person_id, question_id, session_id};
use super::{
    Chain, Durability, Journal, JournalError, Keys, Mark, Memory, Seq, Sqlite, Store, Stored,
    verify,
};
use crate::qa::event::{Entry, Event};

/// An engine, and what must outlive it.
struct Engine {
    store: Arc<dyn Store>,
    dir: Option<tempfile::TempDir>,
}

impl Engine {
    fn memory() -> Self {
        Self { store: Arc::new(Memory::new()), dir: None }
    }

    fn sqlite() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Sqlite::open(dir.path(), Durability::Full).expect("opens");
        Self { store: Arc::new(store), dir: Some(dir) }
    }

    /// Keys live where the engine does.
    fn journal(&self) -> Journal {
        let keys = match &self.dir {
            None => Keys::in_memory(),
            Some(dir) => Keys::open(dir.path()).expect("opens"),
        };
        Journal::new(Arc::clone(&self.store), Arc::new(keys))
    }

    async fn append(&self, session: u128, entry: u128, text: &str) -> Seq {
        self.try_append(session, entry, text).await.expect("the engine is well")
    }

    async fn try_append(
        &self,
        session: u128,
        entry: u128,
        text: &str,
    ) -> Result<Seq, JournalError> {
        let bytes = Bytes::copy_from_slice(text.as_bytes());
        self.store.append(session_id(session), entry_id(entry), bytes).await
    }

    async fn texts(&self, session: u128, after: u64) -> Vec<String> {
        let read = self.store.read(session_id(session), Seq(after)).map_ok(text);
        read.try_collect().await.expect("the engine is well")
    }
}

fn text(stored: Stored) -> String {
    String::from_utf8(stored.bytes.into()).expect("these tests append text")
}

/// What must happen happens soon; a tail that sleeps for ever is a failure, not a hanging test.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), what).await.expect("it should have happened by now")
}

macro_rules! contract {
    ($($name:ident),+ $(,)?) => {
        mod memory { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::Engine::memory()).await }
        )+ }
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::Engine::sqlite()).await }
        )+ }
    };
}

contract!(
    entries_come_back_as_they_were_in_the_order_of_their_places,
    the_same_entry_twice_has_one_place_and_one_row,
    a_tail_gives_what_is_there_and_then_wakes_for_each_new_entry,
    a_tail_and_a_reading_can_begin_in_the_middle,
    reading_ends_at_the_head_it_found,
    sessions_do_not_meet,
    fifty_tasks_append_at_once_and_nothing_is_lost_doubled_or_disordered,
    two_tails_see_the_same,
    a_place_beyond_the_head_is_an_error_for_it_was_once_given_out,
    marks_are_the_chain_of_the_bytes,
    an_engine_that_was_closed_says_so,
    what_was_said_comes_back_and_is_not_in_the_bytes,
    an_entry_appended_again_is_the_same_bytes,
    what_a_person_said_goes_with_either_key_and_what_was_shown_with_the_questions,
    an_erasing_counts_once_and_spares_a_later_key,
    one_reason_erases_several_keys_at_once,
    a_forgotten_session_reads_as_nothing_and_still_verifies,
    a_newer_entry_and_an_unknown_event_stop_the_reader_and_are_named,
    bytes_that_are_no_entry_are_damage_and_are_named,
);

async fn entries_come_back_as_they_were_in_the_order_of_their_places(engine: Engine) {
    for n in 1..=2500_u128 {
        assert_eq!(engine.append(1, n, &format!("entry {n}")).await, Seq(n as u64));
    }
    let stored: Vec<Stored> =
        engine.store.read(session_id(1), Seq::START).try_collect().await.expect("reads");
    assert_eq!(stored.len(), 2500);
    for (stored, n) in stored.into_iter().zip(1..) {
        let bytes = Bytes::from(format!("entry {n}"));
        assert_eq!(stored, Stored::new(Seq(n), entry_id(n.into()), bytes));
    }
}

async fn the_same_entry_twice_has_one_place_and_one_row(engine: Engine) {
    assert_eq!(engine.append(1, 1, "first").await, Seq(1));
    assert_eq!(engine.append(1, 2, "second").await, Seq(2));
    assert_eq!(engine.append(1, 1, "first").await, Seq(1));
    let (one, two) = tokio::join!(engine.append(1, 3, "third"), engine.append(1, 3, "third"));
    assert_eq!((one, two), (Seq(3), Seq(3)));
    assert_eq!(engine.append(2, 1, "the same id elsewhere").await, Seq(1));
    assert_eq!(engine.texts(1, 0).await, ["first", "second", "third"]);
}

async fn a_tail_gives_what_is_there_and_then_wakes_for_each_new_entry(engine: Engine) {
    engine.append(1, 1, "before").await;
    let mut tail = engine.store.tail(session_id(1), Seq::START).map_ok(text);
    assert_eq!(soon(tail.next()).await.expect("goes on").expect("is well"), "before");
    for n in 2..200 {
        let waiting = tokio::spawn(async move { (soon(tail.next()).await, tail) });
        tokio::task::yield_now().await;
        engine.append(1, n, &format!("live {n}")).await;
        let (next, back) = waiting.await.expect("does not panic");
        tail = back;
        assert_eq!(next.expect("goes on").expect("is well"), format!("live {n}"));
    }
    // A session nobody has written to yet can be followed, too.
    let mut tail = engine.store.tail(session_id(9), Seq::START).map_ok(text);
    engine.append(9, 1, "born").await;
    assert_eq!(soon(tail.next()).await.expect("goes on").expect("is well"), "born");
}

async fn a_tail_and_a_reading_can_begin_in_the_middle(engine: Engine) {
    for n in 1..=10 {
        engine.append(1, n, &n.to_string()).await;
    }
    assert_eq!(engine.texts(1, 7).await, ["8", "9", "10"]);
    assert_eq!(engine.texts(1, 10).await, [""; 0]);
    let tail = engine.store.tail(session_id(1), Seq(7)).map_ok(text);
    engine.append(1, 11, "11").await;
    let tailed: Vec<String> = soon(tail.take(4).try_collect()).await.expect("is well");
    assert_eq!(tailed, ["8", "9", "10", "11"]);
}

async fn reading_ends_at_the_head_it_found(engine: Engine) {
    assert_eq!(engine.texts(1, 0).await, [""; 0]);
    engine.append(1, 1, "one").await;
    let mut reading = engine.store.read(session_id(1), Seq::START).map_ok(text);
    assert_eq!(soon(reading.next()).await.expect("goes on").expect("is well"), "one");
    engine.append(1, 2, "too late").await;
    assert!(soon(reading.next()).await.is_none());
}

async fn sessions_do_not_meet(engine: Engine) {
    for n in 0..300_u128 {
        engine.append(n % 30 + 1, n, &n.to_string()).await;
    }
    for session in 1..=30 {
        let expected: Vec<String> = (0..10).map(|i| (i * 30 + session - 1).to_string()).collect();
        assert_eq!(engine.texts(session, 0).await, expected);
    }
    let sessions = engine.store.sessions().await.expect("is well");
    assert_eq!(sessions.len(), 30);
    let sessions: BTreeSet<_> = sessions.into_iter().collect();
    assert_eq!(sessions, (1..=30).map(session_id).collect());
}

async fn fifty_tasks_append_at_once_and_nothing_is_lost_doubled_or_disordered(engine: Engine) {
    let tail = engine.store.tail(session_id(1), Seq::START).take(1000).try_collect::<Vec<_>>();
    let tail = tokio::spawn(tail);
    let tasks: Vec<_> = (0..50_u128)
        .map(|writer| {
            let store = Arc::clone(&engine.store);
            tokio::spawn(async move {
                let mut last = Seq::START;
                for n in 0..20 {
                    let id = entry_id(writer * 1000 + n);
                    let bytes = Bytes::from(format!("{writer} {n}"));
                    let seq = store.append(session_id(1), id, bytes).await.expect("is well");
                    assert!(seq > last, "a writer's entries stand in its order");
                    last = seq;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("does not panic");
    }
    let stored = soon(tail).await.expect("does not panic").expect("is well");
    assert!(stored.iter().map(|stored| stored.seq.0).eq(1..=1000));
    let texts: BTreeSet<String> = stored.into_iter().map(text).collect();
    assert_eq!(texts.len(), 1000);
}

async fn two_tails_see_the_same(engine: Engine) {
    let tails = [(); 2].map(|()| {
        let tail = engine.store.tail(session_id(1), Seq::START);
        tokio::spawn(tail.take(100).try_collect::<Vec<_>>())
    });
    for n in 1..=100 {
        engine.append(1, n, &n.to_string()).await;
    }
    let [one, two] = tails;
    let one = soon(one).await.expect("does not panic").expect("is well");
    let two = soon(two).await.expect("does not panic").expect("is well");
    assert_eq!(one, two);
}

async fn a_place_beyond_the_head_is_an_error_for_it_was_once_given_out(engine: Engine) {
    engine.append(1, 1, "one").await;
    let session = session_id(1);
    for mut stream in [engine.store.tail(session, Seq(2)), engine.store.read(session, Seq(2))] {
        let error = soon(stream.next()).await.expect("says something").expect_err("says no");
        assert!(matches!(error, JournalError::Damaged { seq: Seq(2), .. }), "{error}");
        assert!(soon(stream.next()).await.is_none(), "an error is the last item");
    }
}

async fn marks_are_the_chain_of_the_bytes(engine: Engine) {
    let session = session_id(1);
    let mut chain = Chain::new(session);
    assert_eq!(engine.store.head(session).await.expect("is well"), Mark::start(session));
    assert_eq!(
        engine.store.mark(session, Seq::START).await.expect("is well"),
        Some(Mark::start(session))
    );
    for n in 1..=5 {
        let bytes = Bytes::from(format!("{n}"));
        let stored = Stored::new(Seq(n), entry_id(n.into()), bytes.clone());
        engine.store.append(session, stored.id, bytes).await.expect("is well");
        chain.advance(&stored.digest);
        assert_eq!(engine.store.head(session).await.expect("is well"), chain.into());
        assert_eq!(engine.store.mark(session, Seq(n)).await.expect("is well"), Some(chain.into()));
    }
    assert_eq!(engine.store.mark(session, Seq(6)).await.expect("is well"), None);
}

async fn an_engine_that_was_closed_says_so(engine: Engine) {
    engine.append(1, 1, "one").await;
    let mut tail = engine.store.tail(session_id(1), Seq(1));
    let waiting = tokio::spawn(async move { tail.next().await });
    tokio::task::yield_now().await;
    soon(engine.store.beats()).await.expect("it is at its work");
    soon(engine.store.close()).await;
    soon(engine.store.close()).await; // Twice is once.
    let beat = soon(engine.store.beats()).await;
    assert!(matches!(beat, Err(JournalError::Stopped)), "{beat:?}");
    let stopped = engine.try_append(1, 2, "two").await;
    assert!(matches!(stopped, Err(JournalError::Stopped)), "{stopped:?}");
    let told = soon(waiting).await.expect("does not panic").expect("says something");
    assert!(matches!(told, Err(JournalError::Stopped)), "{told:?}");
}

async fn what_was_said_comes_back_and_is_not_in_the_bytes(engine: Engine) {
    let (journal, session) = (engine.journal(), session_id(1));
    let asked = ask(1, 7, "Perché la fontana è spenta?", "Giulia");
    let mut entry = asked.clone();
    journal.append(session, &mut entry).await.expect("is well");
    journal.append(session, &mut cast(2, &[(8, 1, true), (9, 1, true)])).await.expect("is well");

    for text in engine.texts(1, 0).await {
        assert!(!text.contains("fontana") && !text.contains("Giulia"), "{text}");
    }
    let read: Vec<_> =
        journal.read::<Event>(session, Seq::START).try_collect().await.expect("reads");
    assert_eq!(read[0].entry, entry, "in clear and sealed, as it was left by `append`");
    assert_eq!(said(&read[0].entry), said(&asked));
    assert_eq!(read[1].entry, cast(2, &[(8, 1, true), (9, 1, true)]));
    let live = soon(journal.tail(session, Seq(1)).next()).await.expect("goes on");
    assert_eq!(live.expect("is well").open::<Event>().expect("is an entry"), read[1]);
}

async fn an_entry_appended_again_is_the_same_bytes(engine: Engine) {
    let (journal, session) = (engine.journal(), session_id(1));
    let mut entry = ask(1, 7, "Perché?", "Giulia");
    journal.append(session, &mut entry).await.expect("is well");
    let first = serde_json::to_string(&entry).expect("is sealed");
    assert_eq!(journal.append(session, &mut entry).await.expect("is well"), Seq(1));
    assert_eq!(engine.texts(1, 0).await, [first]);
}

async fn what_a_person_said_goes_with_either_key_and_what_was_shown_with_the_questions(
    engine: Engine,
) {
    use crate::journal::Subject::{Person, Question};
    let (journal, session) = (engine.journal(), session_id(1));
    for question in 1..=3 {
        let mut entry = ask(question, question, "Che ore sono?", "Ugo");
        journal.append(session, &mut entry).await.expect("is well");
    }
    let forget = |erases, because| journal.erase(session, vec![erases], because);
    let (person, question) = (person_id(1), question_id(2));
    forget(Person(person), command_id(100)).await.expect("is well");
    forget(Question(question), command_id(101)).await.expect("is well");

    let read: Vec<_> =
        journal.read::<Event>(session, Seq::START).try_collect().await.expect("reads");
    let said: Vec<_> = read.iter().map(|read| said(&read.entry)).collect();
    let (text, name) = (Some("Che ore sono?"), Some("Ugo"));
    assert_eq!(said[0], (None, None, text), "a forgotten person's question stays as shown");
    assert_eq!(said[1], (None, None, None), "a question taken back is gone for everybody");
    assert_eq!(said[2], (text, name, text));
    verify(journal.store(), session, None).await.expect("the chain is over what is stored");
}

async fn an_erasing_counts_once_and_spares_a_later_key(engine: Engine) {
    use crate::journal::Subject::Person;
    let (journal, session) = (engine.journal(), session_id(1));
    let (person, because) = (person_id(7), command_id(100));
    journal.append(session, &mut ask(1, 7, "Prima?", "Ugo")).await.expect("is well");
    journal.erase(session, vec![Person(person)], because).await.expect("is well");
    journal.append(session, &mut ask(2, 7, "Dopo?", "Ugo")).await.expect("is well");
    journal.erase(session, vec![Person(person)], because).await.expect("a replay says it again");

    let read: Vec<_> =
        journal.read::<Event>(session, Seq::START).try_collect().await.expect("reads");
    assert_eq!(said(&read[0].entry), (None, None, Some("Prima?")));
    assert_eq!(said(&read[1].entry), (Some("Dopo?"), Some("Ugo"), Some("Dopo?")));
}

async fn one_reason_erases_several_keys_at_once(engine: Engine) {
    use crate::journal::Subject::{Person, Question};
    let (journal, session) = (engine.journal(), session_id(1));
    journal.append(session, &mut ask(1, 7, "Prima?", "Ugo")).await.expect("is well");
    let both = vec![Person(person_id(7)), Question(question_id(1))];
    journal.erase(session, both, command_id(100)).await.expect("is well");
    let read: Vec<_> =
        journal.read::<Event>(session, Seq::START).try_collect().await.expect("reads");
    assert_eq!(said(&read[0].entry), (None, None, None));
}

async fn a_forgotten_session_reads_as_nothing_and_still_verifies(engine: Engine) {
    let (journal, session) = (engine.journal(), session_id(1));
    let keys = journal.keys(session).await.expect("is well");
    let name = keys.pseudonym(b"somebody");
    assert_eq!(keys.pseudonym(b"somebody"), name);
    assert_ne!(keys.pseudonym(b"somebody else"), name);
    journal.append(session, &mut ask(1, 7, "Chi sono?", "Ugo")).await.expect("is well");
    journal.append(session_id(2), &mut ask(1, 7, "E io?", "Ada")).await.expect("is well");
    let mut stays = ask(2, 8, "Che resta?", "Ida");
    journal.append(session, &mut stays).await.expect("is well");
    let Event::QuestionAsked { shown: Some(shown), .. } = &stays.commands[0].events[0] else {
        panic!("not an ask: {stays:?}");
    };
    let texts = vec![(question_id(2), shown.0.sealed().expect("is sealed").to_owned())];
    let asked = vec![question_id(1), question_id(2)];
    let (receipt, because) = (keys.receipt(question_id(1)), command_id(100));
    assert_eq!(keys.spent(), Vec::<[u8; 16]>::new());
    journal.erase_all_but(session, texts, asked, because).await.expect("is well");
    assert_eq!(keys.spent().len(), 2);
    assert!(keys.spent().contains(&super::keys::spent(&receipt)));
    journal.append(session, &mut ask(3, 9, "E dopo?", "Eva")).await.expect("is well");
    journal.erase_all_but(session, vec![], vec![], because).await.expect("a replay says it again");

    let read = |session| journal.read::<Event>(session, Seq::START).try_collect::<Vec<_>>();
    let after = read(session).await.expect("reads");
    assert_eq!(said(&after[0].entry), (None, None, None));
    assert_eq!(said(&after[1].entry), (None, None, Some("Che resta?")), "what is public stays");
    assert_eq!(said(&after[2].entry), (Some("E dopo?"), Some("Eva"), Some("E dopo?")));
    let other = read(session_id(2)).await.expect("reads");
    assert_eq!(said(&other[0].entry), (Some("E io?"), Some("Ada"), Some("E io?")));
    assert_ne!(keys.pseudonym(b"somebody"), name, "the secret went with the keys");
    verify(journal.store(), session, None).await.expect("the chain is over what is stored");
}

async fn a_newer_entry_and_an_unknown_event_stop_the_reader_and_are_named(engine: Engine) {
    let journal = engine.journal();
    let id = entry_id(1);
    for (n, text) in [
        (1, format!(r#"{{"v":2,"id":"{id}","commands":"in another shape"}}"#)),
        (2, format!(r#"{{"v":2,"id":"{id}","commands":[]}}"#)),
        (
            3,
            format!(
                r#"{{"v":1,"id":"{id}","commands":[{{"id":"{id}","by":"house","at":0,
                   "events":[{{"type":"question_sung"}}]}}]}}"#
            ),
        ),
    ] {
        engine.append(n, 1, &text).await;
        engine.append(n, 2, "never read").await;
        let mut read = journal.read::<Event>(session_id(n), Seq::START);
        let error = read.next().await.expect("says something").expect_err("says no");
        assert!(
            matches!(error, JournalError::NewerThanWe { session, seq: Seq(1), .. }
                if session == session_id(n)),
            "{error}"
        );
        assert!(!error.retryable());
        assert!(read.next().await.is_none(), "an error is the last item");
    }
}

async fn bytes_that_are_no_entry_are_damage_and_are_named(engine: Engine) {
    let journal = engine.journal();
    let mut good = cast(1, &[]);
    journal.append(session_id(1), &mut good).await.expect("is well");
    engine.append(1, 2, "{\"v\":1,").await;
    let good = serde_json::to_string(&good).expect("is an entry");
    engine.append(2, 5, &good).await; // Filed under another id than its own.
    for (session, seq) in [(1, Seq(2)), (2, Seq(1))] {
        let read = journal.read::<Event>(session_id(session), Seq::START);
        let error = read.try_collect::<Vec<_>>().await.expect_err("says no");
        assert!(matches!(error, JournalError::Damaged { seq: at, .. } if at == seq), "{error}");
    }
}

/// Text, name and shown text of an ask.
fn said(entry: &Entry) -> (Option<&str>, Option<&str>, Option<&str>) {
    let Some(Event::QuestionAsked { text, name, shown, .. }) = entry.commands[0].events.first()
    else {
        panic!("not an ask: {entry:?}");
    };
    let name = name.as_ref().and_then(|name| name.get());
    let shown = shown.as_ref().and_then(|shown| shown.get());
    (text.get().map(String::as_str), name.map(String::as_str), shown.map(String::as_str))
}
