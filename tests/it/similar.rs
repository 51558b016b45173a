//! Questions that are alike, and one text from many people, in a room as it runs.

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use filodiretto::hub::{Handle, Hub, PRIVATE, RING_FRAMES, Reply, Visitor};
use filodiretto::journal::{Journal, Keys, Memory};
use filodiretto::qa::command::Asked;
use filodiretto::qa::policy::{Duplicates, Moderation, PolicyChange};
use filodiretto::qa::session::State;
use filodiretto::qa::{
    As, Audience, Caller, Command, CommandId, Envelope, Event, PersonId, QuestionId, Rev, Role,
    SessionId, Timestamp,
};
use filodiretto::screening::similar::Index;
use loadtest::writers::{self, Plan};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

const PLAN: Plan = Plan { writers: 1, asks: 0, votes: 0, seed: 17 };

/// The runtime's time, so that minutes pass in no time.
fn clock() -> Timestamp {
    thread_local!(static START: OnceCell<Instant> = const { OnceCell::new() });
    let since = START.with(|start| start.get_or_init(Instant::now).elapsed());
    Timestamp(1_795_300_000_000 + i64::try_from(since.as_millis()).expect("a short evening"))
}

struct Evening {
    hub: Hub,
    journal: Journal,
    room: Handle,
}

impl Evening {
    async fn open(change: PolicyChange) -> Self {
        let journal = Journal::new(Arc::new(Memory::new()), Arc::new(Keys::in_memory()));
        let hub = Hub::open(journal.clone(), clock, None, RING_FRAMES).await.expect("a house");
        let room = writers::session(&hub, PLAN).await.expect("a session");
        let (role, name) = (Role::Admin, "Ufficio".to_owned());
        let admin = Event::RoleGranted { person: desk(), role, name, invitation: None };
        assert_eq!(room.record(CommandId::from_u128(7 << 64), vec![admin]).await, Reply::done());
        let evening = Self { hub, journal, room };
        evening.staff(1, Command::Policy { change: Box::new(change) }).await;
        evening
    }

    async fn restarted(self) -> Self {
        self.hub.stop().await;
        let hub = Hub::open(self.journal.clone(), clock, None, RING_FRAMES).await.expect("a house");
        let id = SessionId(writers_session());
        let room = hub.session(id).await.expect("a session");
        Self { hub, room, ..self }
    }

    async fn staff(&self, id: u128, command: Command) {
        let caller = Caller { person: desk(), acts: As::Staff };
        let envelope = Envelope { id: CommandId::from_u128(9 << 64 | id), caller, command };
        assert_eq!(self.room.send(envelope).await, Reply::done());
    }

    async fn citizen(&self, who: u128, id: u128, command: Command) -> Reply {
        let caller = Caller { person: PersonId::from_u128(who), acts: As::Citizen };
        self.room.send(Envelope { id: CommandId::from_u128(id), caller, command }).await
    }

    fn screened(&self, text: &str) -> Asked {
        Asked::screened(text, &self.room.sign().policy)
    }

    /// Question `id`, asked by person `1000 + id`.
    async fn asks(&self, id: u128, text: &str) {
        let text = self.screened(text);
        let command = Command::Ask { text, name: None, labels: vec![], review: false };
        let reply = self.citizen(1000 + id, id, command).await;
        assert!(matches!(reply, Reply::Done { .. }), "{reply:?}");
    }

    async fn stands(&self, id: u128) -> State {
        let id = QuestionId::from_u128(id);
        let state = self.room.look(move |session, _| session.question(id).map(|q| q.state)).await;
        state.flatten().expect("it was asked")
    }

    /// What the desk would be sent now.
    async fn desk(&self) -> Value {
        let (private, _words) = mpsc::channel(PRIVATE);
        let visitor = Visitor {
            audience: Audience::Desk,
            person: Some(desk()),
            grant: None,
            is_citizen: false,
            screen: None,
            after: None,
            private: filodiretto::hub::Ear::Queue(private),
        };
        // The room catches up with what was asked before it was loaded.
        sleep(Duration::from_secs(2)).await;
        let joined = self.room.join(visitor).await.expect("a seat");
        self.room.leave(joined.seat);
        let frames = joined.frames.iter().map(|frame| frame.as_str());
        let frames = frames.map(|frame| serde_json::from_str::<Value>(frame).expect("JSON"));
        frames.filter(|frame| frame["type"] == "snapshot").last().expect("a snapshot")
    }

    /// A question as the desk would be sent it now.
    async fn seen(&self, id: u128) -> Value {
        let desk = self.desk().await;
        let questions = desk["questions"].as_array().expect("questions").clone();
        let id = QuestionId::from_u128(id).to_string();
        questions.into_iter().find(|question| question["id"] == id.as_str()).expect("on the desk")
    }

    /// Of whatever question: the ids of those that it is said to be like.
    async fn alike(&self, id: u128) -> Vec<u128> {
        let seen = self.seen(id).await;
        let alike = seen["alike"].as_array().expect("a list").clone();
        let ids = alike.iter().map(|alike| alike["id"].as_str().expect("an id").to_owned());
        let ids: Vec<String> = ids.collect();
        assert_eq!(seen["similar"], serde_json::json!(ids));
        let parsed = ids.iter().map(|id| id.parse::<QuestionId>().expect("an id"));
        parsed.map(|id| u128::from_be_bytes(id.to_bytes())).collect()
    }
}

fn desk() -> PersonId {
    PersonId::from_u128(u128::MAX)
}

fn writers_session() -> ulid::Ulid {
    CommandId::from_u128(writers::id(PLAN.seed, b's', 0, 1)).0
}

fn post(hold_s: u32) -> PolicyChange {
    let moderation = Some(Moderation::Post);
    PolicyChange { moderation, hold_s: Some(hold_s), ..PolicyChange::default() }
}

const WORDS: [&str; 4] = ["Vergogna", "Basta", "Adesso basta", "Sveglia"];
const NAMES: [&str; 5] = ["Rossi", "Bianchi", "Verdi", "Neri", "Gallo"];

/// One text, as `n` writes it.
fn copy(n: usize) -> String {
    let (word, name) = (WORDS[n % WORDS.len()], NAMES[n % NAMES.len()]);
    let end = ["!", "!!", "?", " grazie"][n / 5 % 4];
    let costume =
        |text: &str| if n.is_multiple_of(7) { text.replace('o', "0") } else { text.into() };
    costume(&format!(
        "{word}, il parcheggio sotto la piazza costa otto milioni mentre le scuole cadono a \
         pezzi: quanto ha preso il consulente {name} per firmare il progetto{end}"
    ))
}

#[tokio::test(start_paused = true)]
async fn one_text_from_twenty_people_is_held_from_the_fifth_on() {
    let evening = Evening::open(post(0)).await;
    for n in 0..20 {
        evening.asks(n, &copy(n as usize)).await;
        let public = evening.stands(n).await == State::Approved;
        assert_eq!(public, n < 4, "question {n}");
    }
    let fifth = evening.seen(4).await;
    let found = fifth["findings"].as_array().expect("findings");
    let found = found.iter().find(|found| found["code"] == "FLOOD_CAMPAIGN").expect("found");
    let first = QuestionId::from_u128(0).to_string();
    assert_eq!((found["evidence"].as_str(), &found["count"]), (Some(first.as_str()), &5.into()));
    for n in 0..20 {
        let campaign = evening.seen(n).await["campaign"].clone();
        assert_eq!(campaign, serde_json::json!({ "id": first, "people": 20 }), "question {n}");
    }
    evening.hub.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_campaign_of_a_thousand_costs_the_room_no_more_for_each() {
    let open = PolicyChange { open_questions: Some(None), ..post(0) };
    let evening = Evening::open(open).await;
    let began = took(&evening, 0..150).await;
    took(&evening, 150..850).await;
    let then = took(&evening, 850..1_000).await;
    // Looking at all of them each time, it would be ten times as much by now.
    assert!(then < began * 5 + Duration::from_millis(500), "{began:?}, then {then:?}");
    let first = evening.seen(0).await["campaign"].clone();
    assert_eq!(first["people"], 1_000);
    evening.hub.stop().await;
}

/// How long it takes until these have sent the same.
async fn took(evening: &Evening, ids: std::ops::Range<u128>) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "the runtime's time stands still")]
    let start = std::time::Instant::now();
    for id in ids {
        evening.asks(id, &copy(1)).await;
    }
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn of_twenty_who_send_it_at_once_four_pass() {
    let evening = Evening::open(post(0)).await;
    let texts: Vec<String> = (0..20).map(copy).collect();
    let asks = texts.iter().zip(0..).map(|(text, n)| evening.asks(n, text));
    futures_util::future::join_all(asks).await;
    let public = evening.room.look(|session, _| {
        session.questions().filter(|question| question.state == State::Approved).count()
    });
    assert_eq!(public.await, Some(4));
    evening.hub.stop().await;
}

#[tokio::test(start_paused = true)]
async fn those_that_only_wait_for_their_time_wait_for_a_person_then() {
    let evening = Evening::open(post(20)).await;
    for n in 0..5 {
        evening.asks(n, &copy(n as usize)).await;
    }
    evening.asks(50, "Quando riapre la biblioteca di via Garibaldi?").await;
    // Also after a restart.
    let evening = evening.restarted().await;
    sleep(Duration::from_secs(120)).await;
    assert_eq!(evening.stands(50).await, State::Approved);
    for n in 0..5 {
        assert_eq!(evening.stands(n).await, State::Pending, "question {n}");
        assert_eq!(evening.seen(n).await["held_until"], Value::Null);
    }
    evening.hub.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_person_few_people_or_many_in_an_hour_are_no_campaign() {
    let evening = Evening::open(post(0)).await;
    for n in 0..6 {
        let text = evening.screened(&copy(n));
        let command = Command::Ask { text, name: None, labels: vec![], review: false };
        let reply = evening.citizen(1, 100 + n as u128, command).await;
        assert!(matches!(reply, Reply::Done { .. } | Reply::Refused(_)), "{reply:?}");
    }
    for n in 0..12 {
        sleep(Duration::from_secs(100)).await;
        evening.asks(n, &copy(n as usize)).await;
        assert_eq!(evening.stands(n).await, State::Approved, "question {n}");
    }
    for (n, street) in (200..).zip(["Mazzini", "Cavour", "Dante", "Po", "Verdi", "Pascoli"]) {
        evening.asks(n, &format!("Quando riaprite via {street}?")).await;
        assert_eq!(evening.stands(n).await, State::Approved, "via {street}");
    }
    evening.hub.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_edits_a_question_into_the_campaign_is_held_too() {
    let evening = Evening::open(post(30)).await;
    evening.asks(10, "Ci sarà un mercato di Natale anche nelle frazioni?").await;
    for n in 0..4 {
        evening.asks(n, &copy(n as usize)).await;
    }
    let text = evening.screened(&copy(9));
    let edit = Command::Edit { question: QuestionId::from_u128(10), text };
    assert_eq!(evening.citizen(1010, 11, edit).await, Reply::done());
    sleep(Duration::from_secs(120)).await;
    assert_eq!(evening.stands(10).await, State::Pending);
    evening.hub.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_desk_sees_what_is_alike_with_the_words_in_which_it_differs() {
    let evening = Evening::open(PolicyChange::default()).await;
    evening.asks(1, "Perché avete tolto i parcheggi in via Mazzini?").await;
    evening.asks(2, "Quando riapre la biblioteca?").await;
    evening.asks(3, "Perché non togliete i parcheggi in via Mazzini?").await;
    evening.asks(4, "La biblioteca, quando riapre?").await;
    let alike = evening.seen(3).await["alike"][0].clone();
    assert_eq!(alike["text"], "Perché avete tolto i parcheggi in via Mazzini?");
    assert_eq!(alike["same"], false);
    let marked = |text: &str, spans: &Value| -> Vec<String> {
        let spans = spans.as_array().expect("spans").iter();
        let at = |span: &Value, end: &str| span[end].as_u64().expect("a place") as usize;
        spans.map(|span| text[at(span, "start")..at(span, "end")].to_owned()).collect()
    };
    let here = "Perché non togliete i parcheggi in via Mazzini?";
    assert_eq!(marked(here, &alike["here"]), ["non", "togliete"]);
    assert_eq!(marked(alike["text"].as_str().expect("text"), &alike["there"]), ["tolto"]);
    assert_eq!(evening.seen(4).await["alike"][0]["same"], true);
    // The older of two hears of the younger, and after a restart it is all known again.
    let evening = evening.restarted().await;
    assert_eq!((evening.alike(2).await, evening.alike(4).await), (vec![4], vec![2]));
    assert_eq!((evening.alike(1).await, evening.alike(3).await), (vec![3], vec![1]));
    let off = PolicyChange { duplicates: Some(Duplicates::Off), ..PolicyChange::default() };
    evening.staff(60, Command::Policy { change: Box::new(off) }).await;
    assert_eq!(evening.alike(2).await, [0; 0]);
    evening.hub.stop().await;
}

#[tokio::test(start_paused = true)]
async fn of_a_text_that_is_gone_nothing_is_found() {
    let evening = Evening::open(PolicyChange::default()).await;
    let text = |n: usize| format!("Quando riapre la piscina di via {}?", NAMES[n]);
    for n in 0..5 {
        evening.asks(n as u128, &text(n)).await;
    }
    assert_eq!(evening.alike(0).await.len(), 3);
    // Withdrawn; published and taken back; its asker forgotten; said otherwise.
    let question = QuestionId::from_u128(1);
    assert_eq!(evening.citizen(1001, 20, Command::Withdraw { question }).await, Reply::done());
    let question = QuestionId::from_u128(2);
    evening.staff(21, Command::Approve { question, rev: Rev(1), name: false }).await;
    evening.staff(22, Command::TakeBack { question, reason: "Un errore".to_owned() }).await;
    let (person, reason) = (PersonId::from_u128(1003), "Lo ha chiesto".to_owned());
    evening.staff(23, Command::Forget { person, reason }).await;
    let text = evening.screened("I cani possono entrare al cimitero?");
    let edit = Command::Edit { question: QuestionId::from_u128(4), text };
    assert_eq!(evening.citizen(1004, 24, edit).await, Reply::done());
    assert_eq!(evening.alike(0).await, [0; 0]);
    let evening = evening.restarted().await;
    assert_eq!(evening.alike(0).await, [0; 0]);
    evening.asks(30, &format!("Quando riapre la piscina di via {}?", NAMES[3])).await;
    assert_eq!(evening.alike(30).await, [0]);
    // What was dismissed is still worth knowing.
    let question = QuestionId::from_u128(0);
    let reason = filodiretto::qa::event::Reason::OffTopic;
    let dismiss = Command::Dismiss { question, rev: Rev(1), reason, of: None, note: None };
    evening.staff(31, dismiss).await;
    assert_eq!(evening.alike(30).await, [0]);
    evening.hub.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_checks_a_text_hears_of_public_questions_like_it_alone() {
    let evening = Evening::open(PolicyChange::default()).await;
    let checks = async |id: u128| {
        let text = evening.screened("La biblioteca comunale quando riapre?");
        let reply = evening.citizen(1, id, Command::Check { text, masks: false }).await;
        let Reply::Checked(checked) = reply else { panic!("{reply:?}") };
        assert!(checked.similar.iter().all(|question| question.desk.is_none()));
        checked.similar.into_iter().map(|question| question.id).collect::<Vec<_>>()
    };
    evening.asks(5, "Quando riapre la biblioteca?").await;
    evening.asks(6, "I cani possono entrare al cimitero?").await;
    assert_eq!(checks(40).await, [], "nobody has read it yet");
    for (n, id) in (50..).zip([5, 6]) {
        let question = QuestionId::from_u128(id);
        evening.staff(n, Command::Approve { question, rev: Rev(1), name: false }).await;
    }
    assert_eq!(checks(41).await, [QuestionId::from_u128(5)]);
    for (n, told) in [(60, Duplicates::Desk), (61, Duplicates::Off)] {
        let change = PolicyChange { duplicates: Some(told), ..PolicyChange::default() };
        evening.staff(n, Command::Policy { change: Box::new(change) }).await;
        assert_eq!(checks(n).await, []);
    }
    evening.hub.stop().await;
}

#[test]
fn thousands_of_questions_do_not_make_it_slow() {
    // Everybody says the same few words, so that each stands in every list.
    let words = ["scuola", "parco", "via", "bus", "piscina", "mercato", "lavori", "tassa"];
    let text = |n: usize| {
        let word = |k: usize| words[(n >> (3 * k)) % words.len()];
        (0..8).map(word).collect::<Vec<_>>().join(" ") + &format!(" {n}")
    };
    let start = Instant::now();
    let mut index = Index::default();
    (0..20_000).for_each(|n| index.insert(n, &text(n)));
    for n in (0..20_000).step_by(100) {
        assert_eq!(index.similar(&text(n), None, 1)[0].id, n);
    }
    // Seconds where each look at all of them would take minutes.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
