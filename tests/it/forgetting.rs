//! Forgetting: one person forgotten and one published question taken back in the middle of an
//! evening. Neither text nor name nor identity is left in any byte of the folder, or of a copy of
//! it; the chain verifies, and every tally stands.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use filodiretto::hub::{Handle, Hub, RING_FRAMES, Reply};
use filodiretto::journal::{Durability, Journal, Keys, Snapshots, Sqlite, verify};
use filodiretto::qa::command::Asked;
use filodiretto::qa::session::{Audience, Session};
use filodiretto::qa::view::{self, Snapshot};
use filodiretto::qa::{
    As, Caller, Command, CommandId, Envelope, Event, PersonId, Policy, QuestionId, Rev, Role,
    SessionId,
};
use loadtest::writers::{self, Plan, wall};

use crate::support::folder::{copied, holding, opened};

const PLAN: Plan = Plan { writers: 1, asks: 0, votes: 0, seed: 7 };

/// Words that stand nowhere else.
const PENDING: &str = "zafferano-in-attesa";
const PUBLISHED: &str = "melograno-pubblicata";
const MISTAKE: &str = "corbezzolo-per-errore";
const NAME: &str = "Ginepra Corallina";
const IDENTITY: &[u8; 16] = b"identity-of-anna";

const NOWHERE: [String; 0] = [];

struct Evening {
    hub: Hub,
    room: Handle,
}

/// No two commands of this file are the same one, in whatever life of the server.
static LAST: AtomicU64 = AtomicU64::new(1);

impl Evening {
    async fn open(folder: &Path) -> Self {
        let keys = Keys::open(folder).expect("the keys");
        let store = Sqlite::open(folder, Durability::Full).expect("the journal");
        let journal = Journal::new(Arc::new(store), Arc::new(keys));
        let caches = Some(Snapshots::new(folder));
        let hub = Hub::open(journal, wall, caches, RING_FRAMES).await.expect("the house");
        let room = writers::session(&hub, PLAN).await.expect("a session");
        let admin = Event::RoleGranted {
            person: desk(),
            role: Role::Admin,
            name: "Ufficio".to_owned(),
            invitation: None,
        };
        let id = CommandId::from_u128(writers::id(PLAN.seed, b's', 0, 9));
        assert_eq!(room.record(id, vec![admin]).await, Reply::done());
        Self { hub, room }
    }

    async fn does(&self, person: PersonId, acts: As, command: Command) -> QuestionId {
        let id = LAST.fetch_add(1, Ordering::Relaxed);
        let id = CommandId::from_u128(1 << 100 | u128::from(id));
        let caller = Caller { person, acts };
        let reply = self.room.send(Envelope { id, caller, command }).await;
        assert!(matches!(reply, Reply::Done { .. }), "{reply:?}");
        id.into()
    }

    async fn asks(&self, person: PersonId, text: &str, name: &str) -> QuestionId {
        let policy = self.room.sign().policy.clone();
        let text = Asked::screened(&format!("Una domanda: {text}?"), &policy);
        let name = Some(name.to_owned());
        let command = Command::Ask { text, name, labels: vec![], review: false };
        self.does(person, As::Citizen, command).await
    }

    async fn close(self) {
        self.hub.stop().await;
        self.hub.journal().close().await;
    }

    async fn looks<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Session) -> T + Send + 'static,
    ) -> T {
        self.room.look(|session, _| look(session)).await.expect("the room is open")
    }
}

fn desk() -> PersonId {
    writers::person(PLAN, u32::MAX)
}

fn public(session: &Session) -> (Snapshot, BTreeMap<QuestionId, u32>) {
    let votes = session.questions().map(|question| (question.id, question.voters.len())).collect();
    (view::snapshot(session, Audience::Public), votes)
}

#[tokio::test]
async fn what_is_forgotten_is_in_no_byte_and_the_evening_still_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let evening = Evening::open(data).await;
    let id = SessionId::from_u128(writers::id(PLAN.seed, b's', 0, 1));
    let keys = evening.hub.journal().keys(id).await.expect("the keys");
    let (ana, bob) = (keys.pseudonym(IDENTITY), keys.pseudonym(b"identity-of-bruno"));

    let pending = evening.asks(ana, PENDING, NAME).await;
    let published = evening.asks(ana, PUBLISHED, NAME).await;
    let mistake = evening.asks(bob, MISTAKE, "Bruno").await;
    for question in [published, mistake] {
        let approve = Command::Approve { question, rev: Rev(1), name: true };
        evening.does(desk(), As::Staff, approve).await;
    }
    evening.does(bob, As::Citizen, Command::Vote { question: published, on: true }).await;
    evening.does(ana, As::Citizen, Command::Vote { question: mistake, on: true }).await;
    // A snapshot from before the forgetting, as a room that ended would leave it.
    evening.close().await;
    let evening = Evening::open(data).await;
    // What is searched for below can be found: here it is, in the state that the keys open.
    let texts = evening.looks(|session| format!("{session:?}")).await;
    for word in [PENDING, PUBLISHED, MISTAKE, NAME] {
        assert!(texts.contains(word), "{word} was never there");
    }

    let reason = "su richiesta".to_owned();
    let forget = Command::Forget { person: ana, reason: reason.clone() };
    evening.does(desk(), As::Staff, forget).await;
    let take_back = Command::TakeBack { question: mistake, reason };
    evening.does(desk(), As::Staff, take_back).await;
    let before = evening.looks(public).await;

    // While it runs, with the write-ahead log as it stands: a copy of the folder.
    let taken = copied(data);
    evening.close().await;

    for folder in [data, taken.path()] {
        for word in [PENDING, PUBLISHED, MISTAKE, NAME] {
            assert_eq!(holding(folder, word.as_bytes()), NOWHERE, "{word} is still there");
        }
        assert_eq!(holding(folder, IDENTITY), NOWHERE, "an identity is still there");
        let hex: String = IDENTITY.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(holding(folder, hex.as_bytes()), NOWHERE, "an identity is still there");
        // Whoever has the folder, keys and all, opens no more than the public reads.
        let opened = opened(folder, id).await;
        assert!(opened.contains(PUBLISHED), "nothing was opened at all");
        for word in [PENDING, MISTAKE, NAME] {
            assert!(!opened.contains(word), "{word} can still be opened");
        }
        // Nor does the next life of the server.
        let evening = Evening::open(folder).await;
        let texts = evening.looks(|session| format!("{session:?}")).await;
        for word in [PENDING, MISTAKE, NAME] {
            assert!(!texts.contains(word), "{word} came back");
        }
        let after = evening.looks(public).await;
        assert_eq!(after, before, "another public state after the replay");
        let [state, text] = evening
            .looks(move |session| {
                let public = view::question(session, Audience::Public, published);
                [
                    session.question(pending).map(|q| q.state.as_str().to_owned()),
                    public.and_then(|p| p.text),
                ]
            })
            .await;
        assert_eq!(state.as_deref(), Some("withdrawn"));
        assert!(text.is_some_and(|text| text.contains(PUBLISHED)), "what was public stays public");
        let verified = verify(evening.hub.journal().store(), id, None).await;
        verified.expect("the chain holds");
        evening.close().await;
    }
}

#[tokio::test]
async fn who_comes_back_after_being_forgotten_has_a_new_key_and_the_old_texts_stay_closed() {
    let folder = tempfile::tempdir().expect("a folder");
    let evening = Evening::open(folder.path()).await;
    let ana = PersonId::from_u128(77);
    evening.asks(ana, PENDING, NAME).await;
    let reason = "su richiesta".to_owned();
    evening.does(desk(), As::Staff, Command::Forget { person: ana, reason }).await;
    let again = evening.asks(ana, PUBLISHED, NAME).await;
    evening.close().await;
    let evening = Evening::open(folder.path()).await;
    let texts = evening.looks(|session| format!("{session:?}")).await;
    assert!(!texts.contains(PENDING) && texts.contains(PUBLISHED), "{texts}");
    let name =
        evening.looks(move |session| session.question(again).and_then(|q| q.name.clone())).await;
    assert_eq!(name.and_then(|name| name.get().cloned()).as_deref(), Some(NAME));
    let policy: Policy = evening.looks(|session| session.policy().clone()).await;
    assert_eq!(policy.slow_s, None);
    evening.close().await;
}
