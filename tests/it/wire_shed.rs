//! Too much to do: what a real server leaves out, in which order, and what never; and that all of it
//! comes back.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use loadtest::http::{Answer, Events, Request};
use loadtest::visitor::{DEADLINE, Manner, Outcome, Visitor};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::faults::shim;
use crate::support::{Server, id, until};
use crate::wire_beside::Beside;
use crate::wire_ground::{is_clean, resident};

/// In the order in which they are left out.
const SHED: [&str; 5] = ["presence", "tallies", "viewers", "votes", "questions"];

/// What `/metrics` says at one moment.
struct Figures(String);

impl Figures {
    async fn of(server: &Server) -> Self {
        Self(server.operator().asks("GET", "/metrics").sent().await.must(200).body)
    }

    fn figure(&self, name: &str) -> u64 {
        let start = format!("filodiretto_{name} ");
        let line = self.0.lines().find_map(|line| line.strip_prefix(&start));
        line.and_then(|figure| figure.parse().ok()).unwrap_or_else(|| panic!("no {name}"))
    }

    fn level(&self) -> u64 {
        self.figure("shed_level")
    }

    fn shed(&self, what: &str) -> u64 {
        self.figure(&format!("shed_total{{what=\"{what}\"}}"))
    }
}

async fn level(server: &Server) -> u64 {
    Figures::of(server).await.level()
}

/// The levels that the server has told in its log, one after the other.
fn told(server: &Server) -> Vec<u64> {
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains(" WARN ") && line.contains("level="));
    let level = |line: &str| line.split("level=").nth(1)?.split(' ').next()?.parse().ok();
    lines.map(|line| level(line).unwrap_or_else(|| panic!("no level: {line}"))).collect()
}

/// Memory is the one thing of which a test can make too much for good: a budget that is taken
/// already. Whoever has a seat keeps it, citizens who come get none, what they send is refused and
/// said to be, and everything of the staff goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_everything_left_out_staff_goes_on_and_a_citizen_is_told_when_to_come_again() {
    let server = Server::with(&["--shed", "on", "--memory-budget", "16"]).await;
    server.opens("sera", json!({"slow_s": null})).await;
    let ana = server.citizen().await;
    let mut phone = ana.sits("sera", "citizen").await;
    let asked = ana.sends("sera", "citizen", json!({"type": "ask", "text": "Chi paga?"})).await;
    let own = asked.must(200).json()["id"].clone();
    until("all of it", async || level(&server).await == 5).await;
    // What is logged comes after what is done.
    until("that it is told", async || told(&server) == [1, 2, 3, 4, 5]).await;

    // Staff who come now, and all that they do.
    let (mo, _) = server.invites("sera", "moderator", "Mo").await;
    let mut desk = mo.sits("sera", "desk").await;
    let enter = json!({"type": "ask", "text": "Dalla sala: e il ponte?", "channel": "hall"});
    let bridge = desk.did(enter).await["id"].clone();
    desk.did(json!({"type": "approve", "question": own, "rev": 1})).await;
    let show = json!({"type": "on_air", "question": bridge, "rev": 1, "stage": 0});
    desk.did(show).await;
    let is_on_air = |change: &Value| change["on_air"]["id"] == bridge;
    phone.told("what is on air", is_on_air).await;
    desk.did(json!({"type": "off_air"})).await;
    let answer = json!({"type": "answer", "question": bridge, "rev": 3, "text": "A marzo."});
    desk.did(answer).await;
    let (mayor, _) = server.invites("sera", "official", "La sindaca").await;
    mayor.sits("sera", "stage").await;
    crate::support::Visitor::nobody(server.address()).sits("sera", "overlay").await;

    // A citizen who has a seat.
    let vote = json!({"type": "vote", "question": bridge, "on": true});
    let ask = json!({"type": "ask", "text": "E la scuola?"});
    for command in [
        vote.clone(),
        ask.clone(),
        json!({"type": "check", "text": "E la scuola?"}),
        json!({"type": "edit", "question": own, "text": "Chi paga, e quanto?"}),
        json!({"type": "report", "question": bridge, "reason": "off_topic"}),
    ] {
        let refused = phone.refused(command, "busy").await;
        let again = refused["retry_after_ms"].as_u64().expect("a time");
        assert!((3_000..=8_000).contains(&again), "{refused}");
    }
    phone.did(json!({"type": "withdraw", "question": own})).await;
    // The same without a socket, and without a script.
    for command in [&vote, &ask] {
        let said = ana.sends("sera", "citizen", command.clone()).await.refuses(503, "busy");
        let seconds: u64 = said.header("retry-after").expect("told").parse().expect("seconds");
        assert!((3..=8).contains(&seconds), "{said:?}");
    }
    let form = format!("do=ask&id={}&text=E+la+scuola%3F", id());
    let plain = ana.asks("POST", "/s/sera/plain").body(form.as_bytes());
    let plain = plain.header("content-type", "application/x-www-form-urlencoded").sent().await;
    let plain = plain.must(503);
    assert!(plain.body.contains("E la scuola?"), "what was typed stays: {}", plain.body);
    assert!(plain.header("retry-after").is_some(), "{plain:?}");

    // One who comes now has the board.
    let bea = server.citizen().await;
    let socket = bea.asks("GET", "/ws/v1/sessions/sera?as=citizen");
    let socket = socket.header("connection", "upgrade, close").header("upgrade", "websocket");
    let socket = socket.header("sec-websocket-version", "13");
    let socket = socket.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let stream = bea.asks("GET", "/api/v1/sessions/sera/events?as=citizen");
    // A page asks the socket's address so, since a browser does not tell it what a socket was told.
    let knock = bea.asks("GET", "/ws/v1/sessions/sera?as=citizen");
    for refused in [socket, stream, knock] {
        let refused = refused.sent().await.refuses(503, "busy");
        let seconds: u64 = refused.header("retry-after").expect("told").parse().expect("seconds");
        assert!((5..=60).contains(&seconds), "{refused:?}");
        assert!(refused.body.contains("senza"), "{}", refused.body);
    }
    server.ask("GET", "/api/v1/sessions/sera/board").sent().await.must(200);

    // Whoever looks after it sees all that.
    let figures = Figures::of(&server).await;
    for (what, least) in [("viewers", 3), ("votes", 2), ("questions", 6)] {
        let count = figures.shed(what);
        assert!(count >= least, "{what}: {count}");
    }
    let health = server.operator().asks("GET", "/api/v1/doctor").sent().await.must(200).json();
    let lines = health["lines"].as_array().expect("lines");
    let line = lines.iter().find(|line| line["check"] == "load").expect("it is looked at");
    assert_eq!(line["state"], "red", "{line}");
}

/// Want of memory: those who come now, whose seats it would be; votes and questions go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn want_of_memory_costs_seats_and_no_vote() {
    let first = Server::start().await;
    first.opens("sera", json!({})).await;
    first.citizen().await.sits("sera", "citizen").await;
    // 87 %: between the 80 and the 95 that the setting speaks of.
    let budget = (resident(first.pid()) * 100 / 87) >> 20;
    drop(first);
    let server = Server::with(&["--shed", "on", "--memory-budget", &budget.to_string()]).await;
    server.opens("sera", json!({})).await;
    let ana = server.citizen().await;
    let mut phone = ana.sits("sera", "citizen").await;
    until("no seats", async || level(&server).await == 3).await;
    sleep(Duration::from_secs(2)).await;
    assert_eq!(level(&server).await, 3, "{}", server.log());
    let bea = server.citizen().await;
    bea.asks("GET", "/api/v1/sessions/sera/events").sent().await.refuses(503, "busy");
    phone.did(json!({"type": "ask", "text": "Si può ancora chiedere?"})).await;
    let figures = Figures::of(&server).await;
    assert_eq!((figures.shed("votes"), figures.shed("questions")), (0, 0));
}

/// O6: a disk that has become slow, and a hall that goes on voting and asking. One thing after the
/// other is left out and the desk goes on; when the disk is well again, everything comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: a minute of too much, and until it is calm again"]
async fn too_much_is_left_out_in_order_and_everything_comes_back() {
    const VOTERS: usize = 30;
    let folder = tempfile::tempdir().expect("a folder");
    let slow = folder.path().join("slow");
    let server =
        Server::under(&slow_disk(folder.path(), &slow), &["--shed", "on", "--shed-wait", "500"])
            .await;
    let beside = Beside::opens(&server).await;
    let (mut public, mut pending) = (Vec::new(), Vec::new());
    for number in 0..12 {
        let text = format!("Una domanda per la tempesta, la numero {number}?");
        let ask = json!({"type": "ask", "text": text, "channel": "hall"});
        public.push(beside.desk.must(ask).await.expect("entered"));
        let text = format!("Una domanda che aspetta il banco, la numero {number}?");
        pending.push(beside.ana.asks(&text).await.expect("asked"));
    }
    // As the pages do: what is refused as busy is sent again when told.
    let patient = Manner { patient: true, ..Manner::default() };
    let over = CancellationToken::new();
    let mut storm = JoinSet::new();
    for number in 0..VOTERS {
        let voter = beside.evening.citizen(&format!("voter-{number}"), &patient).await;
        let (voter, over) = (voter.expect("a page"), over.clone());
        storm.spawn(votes(voter, public.clone(), over));
    }
    let asker = beside.evening.citizen("asker", &patient).await.expect("a page");
    storm.spawn(asks(asker, over.clone()));
    assert_eq!(level(&server).await, 0, "{}", server.log());

    std::fs::write(&slow, b"").expect("written");
    let (mut levels, mut refused, mut stay) = (vec![0], Vec::new(), Vec::new());
    let deadline = Instant::now() + 2 * DEADLINE;
    loop {
        assert!(Instant::now() < deadline, "{levels:?} {refused:?} {}", server.log());
        // Somebody new at the door all the time; whoever gets a seat stays.
        match comes(&beside).await {
            Ok(seat) => stay.push(seat),
            Err(no) => assert_eq!(no.status, 503, "{}", no.head),
        }
        let figures = Figures::of(&server).await;
        if levels.last() != Some(&figures.level()) {
            levels.push(figures.level());
        }
        for what in &SHED[2..] {
            if !refused.contains(what) && figures.shed(what) > 0 {
                refused.push(*what);
            }
        }
        if figures.level() == 5 && SHED.iter().all(|what| figures.shed(what) > 0) {
            break;
        }
    }
    // A look that takes long may miss a level; in the log below none is missing.
    assert!(levels.is_sorted() && levels.last() == Some(&5), "{levels:?}");
    assert_eq!(&refused[..], &SHED[2..]);

    // Now, with all of it left out, the desk works: everything is done.
    let before = Figures::of(&server).await;
    let mut slowest = Duration::ZERO;
    for question in &pending {
        let start = Instant::now();
        beside.desk.judges("approve", question, json!({})).await.expect("approved");
        beside.desk.must(json!({"type": "off_air"})).await.expect("off air");
        slowest = slowest.max(start.elapsed());
    }
    let late = beside.evening.moderator("late", &Manner::default()).await.expect("a desk");
    late.must(json!({"type": "off_air"})).await.expect("off air");
    let after = Figures::of(&server).await;
    assert_eq!(after.level(), 5, "{}", server.log());
    let votes_refused = after.shed("votes") - before.shed("votes");
    assert!(votes_refused > 0, "nobody voted meanwhile");

    std::fs::remove_file(&slow).expect("removed");
    let well = Instant::now();
    let calm = async {
        while level(&server).await > 0 {
            sleep(Duration::from_millis(200)).await;
        }
    };
    timeout(2 * DEADLINE, calm).await.unwrap_or_else(|_| panic!("never: {}", server.log()));
    println!(
        "O6 levels {levels:?}, {votes_refused} votes refused while the desk approved {}, the \
         slowest in {} ms; calm after {} s",
        pending.len(),
        slowest.as_millis(),
        well.elapsed().as_secs()
    );
    until("that it is told", async || told(&server) == [1, 2, 3, 4, 5, 4, 3, 2, 1, 0]).await;
    assert!(comes(&beside).await.is_ok(), "there are seats again");
    over.cancel();
    while let Some(outcomes) = storm.join_next().await {
        let outcomes = outcomes.expect("nobody panics");
        let lost = outcomes.iter().filter(|outcome| !outcome.is_done()).collect::<Vec<_>>();
        assert!(!outcomes.is_empty() && lost.is_empty(), "{lost:?}");
    }
    // Everything that anybody was told is on record, once; also by the slowest tally.
    sleep(Duration::from_secs(3)).await;
    is_clean(&beside.evening, &server, &[]).await;
}

/// Each flush of the record takes longer than anything should wait, while a file is there.
fn slow_disk(folder: &Path, slow: &Path) -> String {
    let shim: PathBuf = shim(folder);
    let (shim, slow) = (shim.display(), slow.display());
    format!("export LD_PRELOAD={shim} FAIL_FILE=journal.db SLOW_MS=700 SLOW_WHILE={slow}")
}

/// Somebody new who wants to listen.
async fn comes(beside: &Arc<Beside>) -> Result<Events, Answer> {
    let path = beside.evening.path("/events?as=citizen");
    let request = Request::new("GET", &path).bearer(&beside.token().await);
    Events::open(&beside.evening.host.server, &request).await.expect("an answer")
}

/// Votes and takes it back, one question after the other.
async fn votes(who: Visitor, public: Vec<String>, over: CancellationToken) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    while !over.is_cancelled() {
        let turn = outcomes.len();
        let (question, on) =
            (&public[turn % public.len()], (turn / public.len()).is_multiple_of(2));
        let vote = json!({"type": "vote", "question": question, "on": on});
        outcomes.push(who.sends(vote).outcome().await.0);
        sleep(Duration::from_millis(20)).await;
    }
    outcomes
}

/// Asks, again and again.
async fn asks(who: Visitor, over: CancellationToken) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    while !over.is_cancelled() {
        let ask = json!({"type": "ask", "text": format!("E questa, si legge? {}", id())});
        outcomes.push(who.sends(ask).outcome().await.0);
        sleep(Duration::from_millis(20)).await;
    }
    outcomes
}
