//! What was written once is read for ever: an old journal, and the state it leads to.
//!
//! `tests/fixtures/journals/1.jsonl` holds entries as a journal stored them, with every kind of
//! event there is. Its keys are gone, so it is also what a journal looks like after forgetting.
//! `UPDATE_FIXTURES=1` writes *missing* files and never changes one that is there: recorded events
//! live for ever, and a state that is encoded differently has another `STATE_VERSION`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use filodiretto::journal::{Journal, Keys, Memory, Seq};
use filodiretto::play;
use filodiretto::qa::session::{Audience, STATE_VERSION, Session};
use filodiretto::qa::{Entry, SessionId, view};
use filodiretto::screening::Verdict;
use futures_util::TryStreamExt as _;

/// Everything that can be recorded.
const EVENTS: [&str; 28] = [
    "invitation_made",
    "invitation_revoked",
    "overlay_shown",
    "person_forgotten",
    "policy_changed",
    "question_answered",
    "question_approved",
    "question_asked",
    "question_dismissed",
    "question_edited",
    "question_entered",
    "question_put_on_air",
    "question_queued",
    "question_restored",
    "question_revised",
    "question_unqueued",
    "question_withdrawn",
    "role_granted",
    "role_revoked",
    "session_closed",
    "session_created",
    "session_described",
    "session_ended",
    "session_opened",
    "session_reopened",
    "taken_off_air",
    "text_taken_back",
    "votes_cast",
];

const SCRIPT: &str = "
    session fixture 'Una sera da conservare' rehearsal labels 'Verde' policy slow_s=none questions=none
    mod is moderator 'Marta'; dora is official 'Dora'; pia is producer 'Pia'; capo is admin 'Capo'
    capo describes title 'Una sera da tenere' officials 'Dora, Sindaca'
    capo invites i1 moderator 'Invitata'
    eva joins i1; capo uninvites i1
    mod opens
    ana asks q1 'Quando riapre la biblioteca?' as 'Anna' labels 'Verde'
    bob asks q2 'Quando riapre la palestra?'; bob edits q2 'Quando riapre la palestra di via Lunga?'
    bob asks q3 'Comprate le mie biciclette'; bob asks q4 'La ritiro subito'; bob withdraws q4
    mod approves q1; mod approves q2 without name
    mod dismisses q3 not_our_office note 'Scriva altrove'; mod restores q3; mod dismisses q3 advertising
    mod revises q2 'Quando riapre la palestra?'
    mod enters q5 'Una domanda dalla sala' as 'Nonna' from hall
    bob votes q1; mod votes q1; ana votes q2; ana unvotes q2
    mod queues q1; mod queues q2 before q1; mod unqueues q2; mod queues q2
    dora next q1; dora puts back q1 note 'Non ora'; mod airs q5; pia off air
    pia hides overlay; pia shows overlay
    dora next q2; dora answered q2
    mod answers q1 'Riapre lunedì.' link https://example.org/biblioteca
    mod policy moderation=post hold_s=5
    carla asks q6 'Tenuta un momento, poi pubblica?'
    wait 6s
    capo takes back q5 'nome di una persona'
    capo forgets ana 'su richiesta'
    mod closes; mod ends; mod reopens";

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// What came later: an evening that ended, and of which everything personal was forgotten in time.
const LATER: &str = "
    session dopo 'Una sera da dimenticare' rehearsal policy slow_s=none keep_days=2
    mod is moderator 'Marta'; capo is admin 'Capo'
    mod opens
    ana asks q1 'Quando riapre la piscina?' as 'Anna'; ana asks q2 'Quando riapre il teatro?' as 'Anna'
    mod approves q1; mod dismisses q2 other note 'Ne parliamo domani'
    bob votes q1
    mod closes; mod ends
    wait 49h
    mod answers q1 'Riapre a maggio.'";

/// What came with the organiser's lists: the queue screened again under other rules.
const LISTS: &str = "
    session liste 'Una sera con le liste' rehearsal policy slow_s=none
    mod is moderator 'Marta'
    mod opens
    ana asks q1 'Quando riapre la parolasospesa?'; bob asks q2 'Quando riapre il teatro?' as 'Bob'
    mod policy words_hold=parolasospesa words_allow=teatro contacts=urp@comune.example history=2
    mod rescreens
    mod approves q1; mod approves q2";

/// The bytes of a fixture; made by `make` when it is missing and that was asked for.
async fn fixture(name: &str, make: impl Future<Output = Vec<u8>>) -> Vec<u8> {
    let path = path(name);
    if !path.exists() && std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, make.await).expect("a file");
    }
    std::fs::read(&path).unwrap_or_else(|_| panic!("{name} is missing: UPDATE_FIXTURES=1 makes it"))
}

async fn journal() -> Vec<Entry> {
    journal_of("journals/1.jsonl", SCRIPT).await
}

async fn journal_of(name: &str, script: &str) -> Vec<Entry> {
    let make = async {
        let journal = Journal::new(Arc::new(Memory::new()), Arc::new(Keys::in_memory()));
        let mut seen = Vec::new();
        play::play(&journal, script, &mut seen).await.expect("the script is played");
        let sessions = journal.sessions().await.expect("sessions");
        let id = sessions.into_iter().find(|id| *id != SessionId::from_u128(0)).expect("one");
        let stored = journal.store().read(id, Seq::START);
        let stored: Vec<_> = stored.try_collect().await.expect("the journal is read");
        stored.iter().flat_map(|entry| [&entry.bytes[..], b"\n"].concat()).collect()
    };
    let bytes = fixture(name, make).await;
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).expect("an old entry can be read")).collect()
}

fn replayed(entries: &[Entry]) -> Session {
    let mut session = Session::new(SessionId::from_u128(1));
    for entry in entries {
        session.apply(entry);
    }
    session
}

#[tokio::test]
async fn old_journals_lead_to_the_same_evenings() {
    for (release, script) in [(1, SCRIPT), (2, LATER), (3, LISTS)] {
        let entries = journal_of(&format!("journals/{release}.jsonl"), script).await;
        let session = replayed(&entries);
        let board = serde_json::to_string_pretty(&view::snapshot(&session, Audience::Public));
        let board = board.expect("a view is JSON");
        let name = format!("journals/{release}.board.json");
        let kept = fixture(&name, async { board.clone().into_bytes() }).await;
        assert_eq!(board, String::from_utf8(kept).expect("text"));
    }
}

#[tokio::test]
async fn an_evening_of_the_first_release_is_never_forgotten_by_itself() {
    let session = replayed(&journal().await);
    assert_eq!(session.policy().keep_days, None);
    let later = replayed(&journal_of("journals/2.jsonl", LATER).await);
    assert!(later.forgotten_at().is_some() && later.forgets_at().is_none());
}

#[tokio::test]
async fn the_old_journal_holds_every_kind_of_event() {
    let entries = journal().await;
    let mut kinds = BTreeSet::new();
    for event in entries.iter().flat_map(|entry| &entry.commands).flat_map(|c| &c.events) {
        let json = serde_json::to_value(event).expect("it came from JSON");
        kinds.insert(json["type"].as_str().expect("a type").to_owned());
    }
    // Nothing gives a single role back yet: an invitation that ends takes its grants with it.
    kinds.insert("role_revoked".to_owned());
    assert_eq!(kinds, EVENTS.map(str::to_owned).into());
}

#[tokio::test]
async fn what_was_screened_again_stays_so() {
    let entries = journal_of("journals/3.jsonl", LISTS).await;
    let session = replayed(&entries);
    assert_eq!(session.policy().words_hold, ["parolasospesa"]);
    let verdicts: Vec<_> = session.questions().map(|question| question.verdict).collect();
    assert_eq!(verdicts, [Verdict::Hold, Verdict::Pass]);
}

#[tokio::test]
async fn a_state_that_is_written_differently_has_another_version() {
    let session = replayed(&journal().await);
    let bytes = rmp_serde::to_vec_named(&session).expect("the state can be written");
    let name = format!("state/{STATE_VERSION}.msgpack");
    let kept = fixture(&name, async { bytes.clone() }).await;
    assert!(bytes == kept, "the state is written differently: raise STATE_VERSION");
    let read: Session = rmp_serde::from_slice(&kept).expect("the state can be read");
    // What a key opened is not written; there was no key, so nothing is lost here.
    assert_eq!(read, session);
}
