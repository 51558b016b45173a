//! Seats over a pipe: what a page would see, without a network.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role as Side, WebSocketConfig};

use super::super::room::tests::{ANA, MAX, MOD, evening, noon, person};
use super::super::shard::{Patience, Shards};
use super::super::{Handle, Hub, PRIVATE, Private, RING_FRAMES};
use super::*;
use crate::journal::{Journal, JournalError, Keys, Mark, Memory, Seq, Store, Stored};
use crate::qa::event::ENTRY_VERSION;
use crate::qa::{
    Actor, Command, CommandId, Entry, EntryId, Envelope, Event, PersonId, QuestionId, Recorded,
    SessionId,
};
use crate::wire::{Cursor, SeatRole, message};

/// A page: one end of the pipe.
struct Page(WebSocketStream<DuplexStream>);

impl Page {
    fn open(
        room: &Handle,
        who: Option<(u128, As)>,
        audience: Audience,
        after: Option<&str>,
    ) -> Self {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let caller = who.map(|(n, acts)| Caller { person: person(n), acts });
        let welcome = message::welcome(
            caller.map(|caller| caller.person),
            Some(SeatRole::Citizen),
            &room.sign().view.clone().expect("a session"),
            noon(),
            None,
        );
        let seat = Seat {
            room: room.clone(),
            caller,
            audience,
            grant: None,
            screen: (audience == Audience::Overlay).then_some(wire::ScreenKind::Overlay),
            after: after.map(|cursor| cursor.parse::<Cursor>().expect("a cursor")),
            deflates: false,
            language: Language::English,
            budget: Budget::citizen(),
            allowance: Box::new(|| Ok(())),
            welcome,
            held: Box::new(()),
        };
        tokio::spawn(seat.sit_beside(theirs));
        let client = WebSocketStream::from_partially_read(
            ours,
            Vec::new(),
            Side::Client,
            Some(WebSocketConfig::default()),
        );
        Self(futures_util::FutureExt::now_or_never(client).expect("nothing to wait for"))
    }

    /// All at once, as it arrives when a phone comes out of a tunnel.
    async fn says_all(&mut self, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            self.0.feed(message).await.expect("the seat listens");
        }
        self.0.flush().await.expect("the seat listens");
    }

    async fn says(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.expect("the seat listens");
    }

    /// The next message; what it is, and all of it.
    async fn sees(&mut self) -> (String, Value) {
        let next = tokio::time::timeout(Duration::from_secs(20), self.0.next()).await;
        match next.expect("in time").expect("still open").expect("no error") {
            Message::Text(text) => {
                let message: Value = serde_json::from_str(&text).expect("JSON");
                (message["type"].as_str().expect("a type").to_owned(), message)
            }
            Message::Close(close) => {
                let code = close.map_or(0, |close| u16::from(close.code));
                ("close".to_owned(), json!(code))
            }
            other => panic!("{other:?}"),
        }
    }

    /// Messages up to one of this type; tallies that only tell the time are left out.
    async fn until(&mut self, kind: &str) -> (Vec<String>, Value) {
        let mut before = Vec::new();
        loop {
            let (seen, message) = self.sees().await;
            if seen == kind {
                return (before, message);
            }
            if seen != "tally" {
                before.push(seen);
            }
        }
    }
}

/// A journal whose disk can be full, and to which somebody else may write, too.
#[derive(Default)]
struct Disk {
    memory: Memory,
    full: Arc<AtomicBool>,
    /// Comes before what is appended next.
    between: Arc<Mutex<Option<Entry>>>,
}

impl Store for Disk {
    fn append(
        &self,
        session: SessionId,
        entry: EntryId,
        bytes: bytes::Bytes,
    ) -> BoxFuture<'static, Result<Seq, JournalError>> {
        if self.full.load(Ordering::Relaxed) {
            let source = Arc::new(io::Error::from(io::ErrorKind::StorageFull));
            return Box::pin(async { Err(JournalError::Full { source }) });
        }
        if let Some(other) = self.between.lock().expect("whole").take() {
            let bytes = serde_json::to_vec(&other).expect("an entry").into();
            drop(self.memory.append(session, other.id, bytes));
        }
        self.memory.append(session, entry, bytes)
    }

    fn tail(
        &self,
        session: SessionId,
        after: Seq,
    ) -> BoxStream<'static, Result<Stored, JournalError>> {
        self.memory.tail(session, after)
    }

    fn read(
        &self,
        session: SessionId,
        after: Seq,
    ) -> BoxStream<'static, Result<Stored, JournalError>> {
        self.memory.read(session, after)
    }

    fn head(&self, session: SessionId) -> BoxFuture<'static, Result<Mark, JournalError>> {
        self.memory.head(session)
    }

    fn mark(
        &self,
        session: SessionId,
        at: Seq,
    ) -> BoxFuture<'static, Result<Option<Mark>, JournalError>> {
        self.memory.mark(session, at)
    }

    fn sessions(&self) -> BoxFuture<'static, Result<Vec<SessionId>, JournalError>> {
        self.memory.sessions()
    }

    fn beats(&self) -> BoxFuture<'static, Result<(), JournalError>> {
        self.memory.beats()
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        self.memory.close()
    }
}

async fn open() -> (Hub, Handle) {
    let journal = Journal::new(Arc::new(Memory::new()), Arc::new(Keys::in_memory()));
    let hub = Hub::open(journal, noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    (hub, room)
}

fn id(n: u128) -> String {
    CommandId::from_u128(n).to_string()
}

fn ask(n: u128) -> Value {
    json!({"type": "ask", "id": id(n), "text": "Quando riapre la biblioteca?", "name": "Anna"})
}

fn approve(n: u128, question: u128) -> Value {
    json!({"type": "approve", "id": id(n), "question": id(question), "rev": 1})
}

const CITIZEN: (u128, As) = (ANA, As::Citizen);

#[tokio::test]
async fn a_page_is_greeted_and_sees_done_after_its_effect() {
    let (hub, room) = open().await;
    let mut ana = Page::open(&room, Some(CITIZEN), Audience::Public, None);
    for kind in ["welcome", "mine", "snapshot", "tally"] {
        assert_eq!(ana.sees().await.0, kind);
    }
    ana.says(&ask(500)).await;
    let (before, done) = ana.until("done").await;
    assert_eq!(before, ["mine"]);
    assert_eq!(done["id"], id(500));
    assert!(done["receipt"].is_string(), "{done}");
    let mut desk = Page::open(&room, Some((MOD, As::Staff)), Audience::Desk, None);
    desk.until("tally").await;
    desk.says(&approve(501, 500)).await;
    let (before, _) = desk.until("done").await;
    assert_eq!(before, ["update"]);
    let (_, update) = ana.until("update").await;
    assert_eq!(update["changes"][0]["question"]["name"], "Anna");
    hub.stop().await;
    let (_, goodbye) = ana.until("goodbye").await;
    assert_eq!(goodbye["code"], 4000);
    assert_eq!(ana.until("close").await.1, json!(4000));
}

#[tokio::test]
async fn who_comes_back_gets_what_was_missed_and_not_a_snapshot() {
    let (hub, room) = open().await;
    let mut ana = Page::open(&room, Some(CITIZEN), Audience::Public, None);
    let (_, snapshot) = ana.until("snapshot").await;
    let cursor = snapshot["cursor"].as_str().expect("a cursor").to_owned();
    ana.says(&ask(500)).await;
    ana.until("done").await;
    drop(ana);
    let mut desk = Page::open(&room, Some((MOD, As::Staff)), Audience::Desk, None);
    desk.says(&approve(501, 500)).await;
    desk.until("done").await;
    let mut ana = Page::open(&room, Some(CITIZEN), Audience::Public, Some(&cursor));
    let (before, update) = ana.until("update").await;
    assert_eq!(before, ["welcome", "mine"]);
    assert_eq!(update["changes"][0]["question"]["id"], id(500));
    // Dismissed: the ring forgets what it held, so the same cursor gets a snapshot now.
    let rev = 2;
    desk.says(&json!({"type": "dismiss", "id": id(502), "question": id(500), "rev": rev, "reason": "off_topic"}))
        .await;
    desk.until("done").await;
    let mut again = Page::open(&room, None, Audience::Public, Some(&cursor));
    let (_, snapshot) = again.until("snapshot").await;
    assert_eq!(snapshot["questions"], json!([]));
    hub.stop().await;
}

#[tokio::test]
async fn taking_off_the_air_clears_the_screens_though_it_cannot_be_recorded() {
    let full = Arc::new(AtomicBool::new(false));
    let store = Disk { full: Arc::clone(&full), ..Disk::default() };
    let journal = Journal::new(Arc::new(store), Arc::new(Keys::in_memory()));
    let hub = Hub::open(journal, noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let mut ana = Page::open(&room, Some(CITIZEN), Audience::Public, None);
    ana.says(&ask(500)).await;
    let mut desk = Page::open(&room, Some((MOD, As::Staff)), Audience::Desk, None);
    ana.until("done").await;
    desk.says(&approve(501, 500)).await;
    desk.until("done").await;
    let mut overlay = Page::open(&room, None, Audience::Overlay, None);
    overlay.until("snapshot").await;
    let air = json!({"type": "on_air", "id": id(502), "question": id(500), "rev": 2, "stage": 0});
    desk.says(&air).await;
    desk.until("done").await;
    let (_, update) = overlay.until("update").await;
    assert_eq!(update["changes"][1]["on_air"]["id"], id(500));
    // The disk is full: nothing can be recorded from here on.
    full.store(true, Ordering::Relaxed);
    desk.says(&json!({"type": "off_air", "id": id(503)})).await;
    let (_, hush) = overlay.until("hush").await;
    assert_eq!(hush["id"], id(500));
    let (before, refused) = desk.until("refused").await;
    assert_eq!((before, &refused["code"]), (vec!["hush".to_owned()], &json!("busy")));
    // Who comes now sees a clear screen, too; the desk sees what the record says.
    let mut late = Page::open(&room, None, Audience::Overlay, None);
    let (_, snapshot) = late.until("snapshot").await;
    assert_eq!(snapshot["on_air"]["id"], Value::Null);
    let mut other = Page::open(&room, Some((MAX, As::Staff)), Audience::Desk, None);
    let (_, snapshot) = other.until("snapshot").await;
    assert_eq!(snapshot["on_air"]["id"], id(500));
    // There is room again: the same command is recorded, and the screens agree.
    full.store(false, Ordering::Relaxed);
    desk.says(&json!({"type": "off_air", "id": id(503)})).await;
    desk.until("done").await;
    let on_air = room.look(|session, _| session.stage().on_air).await;
    assert_eq!(on_air, Some(None));
    hub.stop().await;
}

#[tokio::test]
async fn a_seat_is_closed_when_its_right_ends() {
    let (hub, room) = open().await;
    let max = room
        .look(|session, _| session.grant(person(MAX), crate::qa::Role::Moderator).map(|(id, _)| id))
        .await
        .flatten();
    let grant = max.expect("a grant");
    let (private, mut words) = mpsc::channel(PRIVATE);
    let visitor = Visitor {
        audience: Audience::Desk,
        person: Some(person(MAX)),
        grant: Some(grant),
        is_citizen: false,
        screen: None,
        after: None,
        private: Ear::Queue(private),
    };
    room.join(visitor).await.expect("a seat");
    let revoked = crate::qa::Event::RoleRevoked { grant };
    room.record(CommandId::from_u128(900), vec![revoked]).await;
    let word = words.recv().await;
    assert!(matches!(word, Some(Private::Close(Close::Revoked))), "{word:?}");
    hub.stop().await;
}

#[tokio::test]
async fn what_makes_no_sense_or_comes_too_fast_is_said_so() {
    let (hub, room) = open().await;
    let mut ana = Page::open(&room, Some(CITIZEN), Audience::Public, None);
    ana.until("snapshot").await;
    ana.0.send(Message::text("{\"type\":")).await.expect("the seat listens");
    let (_, refused) = ana.until("refused").await;
    assert_eq!((&refused["code"], &refused["id"]), (&json!("malformed"), &Value::Null));
    ana.0.send(Message::binary(vec![1, 2, 3])).await.expect("the seat listens");
    assert_eq!(ana.until("refused").await.1["code"], "malformed");
    let nobody = json!({"type": "vote", "id": id(600), "question": id(1), "on": true});
    let mut passer = Page::open(&room, None, Audience::Public, None);
    passer.says(&nobody).await;
    assert_eq!(passer.until("refused").await.1["code"], "unauthenticated");
    for _ in 0..200 {
        if ana.0.send(Message::text("{}")).await.is_err() {
            break;
        }
    }
    let mut codes = Vec::new();
    let code = loop {
        match ana.sees().await {
            (kind, message) if kind == "refused" => codes.push(message["code"].clone()),
            (kind, code) if kind == "close" => break code,
            _ => {}
        }
    };
    assert!(codes.contains(&json!("too_fast")), "{codes:?}");
    assert_eq!(code, json!(4003));
    hub.stop().await;
}

#[tokio::test]
async fn a_page_that_reads_nothing_is_given_up_and_nobody_waits_for_it() {
    let (hub, room) = open().await;
    let (ours, theirs) = tokio::io::duplex(64);
    let seat = Seat {
        room: room.clone(),
        caller: None,
        audience: Audience::Public,
        grant: None,
        screen: None,
        after: None,
        deflates: false,
        language: Language::Italian,
        budget: Budget::citizen(),
        allowance: Box::new(|| Ok(())),
        welcome: message::welcome(
            None::<PersonId>,
            None,
            &room.sign().view.clone().expect("a session"),
            noon(),
            None,
        ),
        held: Box::new(()),
    };
    let seat = tokio::spawn(seat.sit_beside(theirs));
    // It has begun to write; from here on only the clock moves.
    let mut ours = ours;
    ours.read_exact(&mut [0; 10]).await.expect("its first bytes");
    tokio::time::pause();
    let given_up = tokio::time::timeout(Duration::from_secs(60), seat).await.expect("given up");
    given_up.expect("no panic").expect_err("it took nothing");
    drop(ours);
    hub.stop().await;
}

#[tokio::test]
async fn who_is_closed_hears_of_what_is_under_way_and_of_its_effect_before() {
    let (hub, room) = open().await;
    let flood = vec![Message::Pong("x".into()); 30];
    for (n, last) in [(500, vec![Message::Close(None)]), (501, flood)] {
        let mut page = Page::open(&room, Some((n, As::Citizen)), Audience::Public, None);
        page.until("tally").await;
        let asked = Message::text(ask(n).to_string());
        page.says_all(std::iter::once(asked).chain(last)).await;
        let (before, _) = page.until("done").await;
        assert_eq!(before, ["mine"]);
        page.until("close").await;
    }
    hub.stop().await;
}

/// What a seat holds breaks when it is let go: a defect of ours, on the shard's own thread.
struct Breaks;

impl Drop for Breaks {
    fn drop(&mut self) {
        panic!("a seat that breaks");
    }
}

#[tokio::test]
async fn a_defect_ends_seats_and_never_the_shard() {
    let (hub, room) = open().await;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..cores {
        let (mut beside, over) = bare(&room, None).await;
        next(&mut beside).await;
        let page = bare_with(&room, None, Box::new(Breaks)).await;
        drop(page);
        // On the same shard, or on another one that has its own defect in a moment.
        for _ in 1..cores {
            let page = bare_with(&room, None, Box::new(Breaks)).await;
            drop(page);
        }
        let gone = tokio::time::timeout(Duration::from_secs(20), over).await;
        gone.expect("the defect's neighbours are let go").expect_err("let go");
    }
    for _ in 0..2 * cores {
        let (mut page, _over) = bare(&room, None).await;
        assert_eq!(next(&mut page).await, "welcome");
        assert_eq!(next(&mut page).await, "snapshot");
    }
    hub.stop().await;
}

#[tokio::test]
async fn nor_do_many_defects_at_once() {
    let (hub, room) = open().await;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut pages = Vec::new();
    for _ in 0..3 * cores {
        let mut page = bare_with(&room, None, Box::new(Breaks)).await;
        assert_eq!(next(&mut page).await, "welcome");
        pages.push(page);
    }
    // The first takes the others of its shard with it, and each of them breaks in its turn.
    drop(pages);
    for _ in 0..2 * cores {
        let (mut page, _over) = bare(&room, None).await;
        assert_eq!(next(&mut page).await, "welcome");
        assert_eq!(next(&mut page).await, "snapshot");
    }
    hub.stop().await;
}

/// A page on a bare socket, which takes only what is read; and what is let go when its seat is free.
async fn bare(
    room: &Handle,
    who: Option<(u128, As)>,
) -> (WebSocketStream<TcpStream>, oneshot::Receiver<()>) {
    let (held, over) = oneshot::channel::<()>();
    (bare_with(room, who, Box::new(held)).await, over)
}

async fn bare_with(
    room: &Handle,
    who: Option<(u128, As)>,
    held: Box<dyn Any + Send>,
) -> WebSocketStream<TcpStream> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let ours = TcpStream::connect(listener.local_addr().expect("a port")).await.expect("there");
    let (theirs, _) = listener.accept().await.expect("somebody");
    let caller = who.map(|(n, acts)| Caller { person: person(n), acts });
    let view = room.sign().view.clone().expect("a session");
    let seat = Seat {
        room: room.clone(),
        caller,
        audience: Audience::Public,
        grant: None,
        screen: None,
        after: None,
        deflates: false,
        language: Language::English,
        budget: Budget::citizen(),
        allowance: Box::new(|| Ok(())),
        welcome: message::welcome(caller.map(|caller| caller.person), None, &view, noon(), None),
        held,
    };
    seat.sit(theirs, Vec::new()).await.expect("a seat");
    WebSocketStream::from_raw_socket(ours, Side::Client, None).await
}

/// What the next message is; or the code of a close.
async fn next(page: &mut WebSocketStream<TcpStream>) -> String {
    let next = tokio::time::timeout(Duration::from_secs(20), page.next()).await.expect("in time");
    match next {
        Some(Ok(Message::Text(text))) => {
            let message: Value = serde_json::from_str(&text).expect("JSON");
            message["type"].as_str().expect("a type").to_owned()
        }
        Some(Ok(Message::Close(close))) => {
            close.map_or(0, |close| u16::from(close.code)).to_string()
        }
        other => format!("{other:?}"),
    }
}

/// Reads on to a message of this type. Time is told every second, so others come for ever.
async fn until(page: &mut WebSocketStream<TcpStream>, kind: &str) {
    let found = async { while next(page).await != kind {} };
    let found = tokio::time::timeout(Duration::from_secs(20), found).await;
    found.unwrap_or_else(|_| panic!("no {kind} came"));
}

/// Long frames, more than any socket takes at once.
async fn tells_much(room: &Handle, over: Option<&mut oneshot::Receiver<()>>) {
    let frame = message::hush(QuestionId::from_u128(1));
    let long = Frame::from(format!("{{\"type\":\"tally\",\"x\":\"{}\"}}", "x".repeat(100_000)));
    room.live().push(Audience::Public, frame, None);
    let pushes = async {
        for _ in 0..400 {
            room.live().push(Audience::Public, long.clone(), None);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    match over {
        None => pushes.await,
        Some(over) => {
            pushes.await;
            let gone = tokio::time::timeout(Duration::from_secs(20), over).await;
            gone.expect("given up").expect_err("let go with the seat");
        }
    }
}

fn hasty() -> Shards {
    let ms = Duration::from_millis;
    let (stalled, first, unknown, parting, look) = (ms(300), ms(600), ms(300), ms(300), ms(50));
    Shards::with(Patience { stalled, first, unknown, parting, look, ..Patience::default() })
}

async fn open_with(shards: Shards) -> (Hub, Handle) {
    let journal = Journal::new(Arc::new(Memory::new()), Arc::new(Keys::in_memory()));
    let hub = Hub::with_shards(journal, noon, None, RING_FRAMES, shards).await.expect("a house");
    let room = evening(&hub).await;
    (hub, room)
}

#[tokio::test]
async fn on_a_bare_socket_who_takes_no_byte_is_given_up_too() {
    let (hub, room) = open_with(hasty()).await;
    let (page, mut over) = bare(&room, None).await;
    tells_much(&room, Some(&mut over)).await;
    drop(page);
    hub.stop().await;
}

#[tokio::test]
async fn who_reads_again_after_a_while_gets_a_snapshot_and_not_the_backlog() {
    let (hub, room) = open().await;
    let (mut page, _over) = bare(&room, None).await;
    for kind in ["welcome", "snapshot", "tally"] {
        assert_eq!(next(&mut page).await, kind);
    }
    tells_much(&room, None).await;
    let mut between = 0;
    while next(&mut page).await != "snapshot" {
        between += 1;
    }
    assert!(between < 200, "{between} of 401 frames came before the snapshot");
    hub.stop().await;
}

#[tokio::test]
async fn who_fell_off_is_heard_meanwhile_and_afterwards() {
    let (hub, room) = open().await;
    let mut desk = Page::open(&room, Some((MOD, As::Staff)), Audience::Desk, None);
    desk.says(&json!({"type": "ask", "id": id(500), "text": "Quando apre?", "channel": "hall"}))
        .await;
    desk.until("done").await;
    let (mut page, _over) = bare(&room, Some(CITIZEN)).await;
    while next(&mut page).await != "tally" {}
    let vote = |n: u128, on: bool| {
        Message::text(
            json!({"type": "vote", "id": id(n), "question": id(500), "on": on}).to_string(),
        )
    };
    for n in [600, 602, 604, 606, 608] {
        // Nothing of this waits, so the room gets no turn: between the fall and the snapshot the shard
        // is on its own, and that is when the vote reaches it.
        room.live().falls(Audience::Public);
        std::thread::sleep(Duration::from_millis(60));
        page.send(vote(n, true)).now_or_never().expect("room for it").expect("open");
        std::thread::sleep(Duration::from_millis(60));
        until(&mut page, "done").await;
        page.send(vote(n + 1, false)).await.expect("open");
        until(&mut page, "done").await;
    }
    // Here it falls for certain.
    tells_much(&room, None).await;
    until(&mut page, "snapshot").await;
    page.send(vote(610, true)).await.expect("open");
    until(&mut page, "done").await;
    hub.stop().await;
}

/// Nothing but this waits, so no room gets a turn; shards are threads of their own.
fn no_room_answers(long: Duration) {
    std::thread::sleep(long);
}

#[tokio::test]
async fn who_has_no_answer_is_told_that_nobody_knows() {
    let (hub, room) = open_with(hasty()).await;
    let (mut page, over) = bare(&room, Some(CITIZEN)).await;
    while next(&mut page).await != "tally" {}
    let vote = json!({"type": "vote", "id": id(600), "question": id(500), "on": true});
    let vote = Message::text(vote.to_string());
    page.send(vote).now_or_never().expect("room for it").expect("open");
    no_room_answers(Duration::from_secs(2));
    until(&mut page, "goodbye").await;
    assert_eq!(next(&mut page).await, "4001");
    drop(page);
    tokio::time::timeout(Duration::from_secs(20), over).await.expect("free").expect_err("let go");
    hub.stop().await;
}

#[tokio::test]
async fn who_says_more_at_once_than_is_read_at_once_is_heard_to_the_end() {
    let (hub, room) = open().await;
    let (mut page, _held) = bare(&room, Some(CITIZEN)).await;
    until(&mut page, "tally").await;
    let long = " ".repeat(1_000);
    for n in 0..30 {
        let vote = json!({"type": "vote", "id": id(700 + n), "question": id(1), "on": true});
        page.feed(Message::text(format!("{long}{vote}"))).await.expect("it takes that");
    }
    page.flush().await.expect("there");
    for _ in 0..30 {
        until(&mut page, "refused").await;
    }
    hub.stop().await;
}

#[tokio::test]
async fn who_goes_in_the_moment_of_saying_something_is_heard_and_let_go() {
    let (hub, room) = open().await;
    let (mut page, over) = bare(&room, Some(CITIZEN)).await;
    until(&mut page, "tally").await;
    page.feed(Message::text(ask(500).to_string())).await.expect("it takes that");
    page.flush().await.expect("there");
    page.get_mut().shutdown().await.expect("there");
    tokio::time::timeout(Duration::from_secs(20), over).await.expect("free").expect_err("let go");
    let asked = async || {
        room.look(|session, _| session.question(QuestionId::from_u128(500)).is_some()).await
    };
    for _ in 0..4_000 {
        if asked().await == Some(true) {
            return hub.stop().await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it was not heard");
}

#[tokio::test]
async fn who_fell_off_and_gets_no_picture_is_closed_too() {
    let (hub, room) = open_with(hasty()).await;
    let (mut page, over) = bare(&room, Some(CITIZEN)).await;
    while next(&mut page).await != "tally" {}
    room.live().falls(Audience::Public);
    no_room_answers(Duration::from_secs(2));
    loop {
        let seen = next(&mut page).await;
        if seen == "goodbye" {
            break;
        }
        assert_ne!(seen, "snapshot", "it waited for the room");
    }
    assert_eq!(next(&mut page).await, "4001");
    drop(page);
    tokio::time::timeout(Duration::from_secs(20), over).await.expect("free").expect_err("let go");
    hub.stop().await;
}

#[tokio::test]
async fn whose_private_words_pile_up_is_closed_and_comes_back() {
    let (hub, room) = open().await;
    let mut desk = Page::open(&room, Some((MOD, As::Staff)), Audience::Desk, None);
    desk.says(&json!({"type": "ask", "id": id(500), "text": "Quando apre?", "channel": "hall"}))
        .await;
    desk.until("done").await;
    let (mut page, over) = bare(&room, Some(CITIZEN)).await;
    tells_much(&room, None).await;
    for n in 0..PRIVATE as u128 + 10 {
        let command = Command::Vote { question: QuestionId::from_u128(500), on: n % 2 == 0 };
        // From another device, so that this one is told.
        let caller = Caller { person: person(ANA), acts: As::Citizen };
        room.send(Envelope { id: CommandId::from_u128(700 + n), caller, command }).await;
    }
    loop {
        let seen = next(&mut page).await;
        if seen == "4002" {
            break;
        }
        assert!(
            ["welcome", "mine", "snapshot", "tally", "hush", "update", "goodbye"].contains(&&*seen),
            "{seen}"
        );
    }
    drop(page);
    tokio::time::timeout(Duration::from_secs(20), over).await.expect("free").expect_err("let go");
    hub.stop().await;
}

#[tokio::test]
async fn what_was_on_its_way_when_its_person_was_forgotten_is_forgotten_too() {
    let between = Arc::default();
    let store = Disk { between: Arc::clone(&between), ..Disk::default() };
    let journal = Journal::new(Arc::new(store), Arc::new(Keys::in_memory()));
    let hub = Hub::open(journal.clone(), noon, None, RING_FRAMES).await.expect("a house");
    let room = evening(&hub).await;
    let mut ana = Page::open(&room, Some(CITIZEN), Audience::Public, None);
    let forgotten = Event::PersonForgotten { person: person(ANA), reason: "asked".to_owned() };
    let commands = vec![Recorded {
        id: CommandId::from_u128(501),
        by: Actor::Staff(person(MOD)),
        at: noon(),
        on: vec![],
        head: None,
        events: vec![forgotten],
    }];
    let other = Entry { v: ENTRY_VERSION, id: EntryId::from_u128(1), commands };
    *between.lock().expect("whole") = Some(other);
    ana.says(&ask(502)).await;
    ana.until("done").await;
    let state = |room: Handle| async move {
        room.look(|session, _| {
            let text = session.question(QuestionId::from_u128(502)).expect("asked").text().cloned();
            (text, session.clone())
        })
        .await
    };
    let before = state(room).await.expect("a room");
    assert_eq!(before.0, None, "no key opens it");
    hub.stop().await;
    let hub = Hub::open(journal, noon, None, RING_FRAMES).await.expect("a house");
    let room = hub.session(SessionId::from_u128(9)).await.expect("a room");
    assert_eq!(state(room).await, Some(before));
    hub.stop().await;
}
