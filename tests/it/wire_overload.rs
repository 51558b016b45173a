//! Too much of everything beside an evening: slow readers, storms, many addresses, no descriptors.
//! O2, O3 … are the cases of our list of faults and attacks. Figures are ratios and counts; where a
//! time is asserted, it is one that no busy machine excuses.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use loadtest::history::Seat;
use loadtest::http::Request;
use loadtest::percentiles::Percentiles;
use loadtest::visitor::{Manner, Visitor};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::support::{Answer, Server, id};
use crate::wire_beside::{Beside, frame, frames, thrown_out, upgraded};
use crate::wire_ground::{is_clean, is_clean_among_strangers, resident};

/// Nobody who behaves waits longer than this, whatever happens beside them.
const UNBEARABLE: f64 = 2_000.0;

/// O3: who never reads, or a little at a time, costs a buffer or a snapshot and is given up; what
/// it costs is the difference to the same evening without them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: half a minute of updates for people who do not read them"]
async fn who_reads_slowly_costs_little_and_is_given_up() {
    const SLOW: usize = 60;
    let (with, without) = tokio::join!(storm_beside(SLOW), storm_beside(0));
    let kib = with.grown.saturating_sub(without.grown) / 1024 / SLOW as u64;
    println!(
        "O3 {SLOW} slow readers of {} updates, {} KiB in all: {kib} KiB for each (a snapshot has {} \
         KiB), {} given up; the evening beside: {} (without them: {})",
        with.updates,
        with.bytes / 1024,
        with.snapshot / 1024,
        with.given_up,
        with.figures,
        without.figures
    );
    assert!(kib < 300 + with.snapshot as u64 / 1024, "{kib} KiB");
    assert_eq!(with.given_up, SLOW);
    assert!(with.figures.p99_ms < UNBEARABLE, "{}", with.figures);
}

struct Stormed {
    grown: u64,
    updates: usize,
    bytes: usize,
    snapshot: usize,
    given_up: usize,
    figures: loadtest::percentiles::Figures,
}

/// Updates for as long as a slow reader is borne, and for how much its connection swallows.
async fn storm_beside(slow: usize) -> Stormed {
    const STORM: Duration = Duration::from_secs(24);
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    let mut desks = Vec::new();
    for number in 0..3 {
        let (name, manner) = (format!("storm-{number}"), Manner::default());
        desks.push(beside.evening.moderator(&name, &manner).await.expect("a desk"));
    }
    let mut readers = JoinSet::new();
    for number in 0..slow {
        let token = beside.token().await;
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small window");
        let stream = socket.connect(server.address()).await.expect("it listens");
        let host = server.address().to_string();
        let stream = upgraded(stream, &host, &token).await.expect("a socket");
        readers.spawn(reads_slowly(stream, number % 2 == 0));
    }
    let before = resident(server.pid());
    let running = beside.runs();
    // A family is one character of 25 bytes.
    let text = format!("Una domanda di peso: {}?", "👨‍👩‍👧‍👦".repeat(100));
    let mut sent = JoinSet::new();
    let mut tick = interval(Duration::from_millis(33));
    let start = Instant::now();
    let (mut updates, mut peak) = (0, before);
    while start.elapsed() < STORM {
        tick.tick().await;
        for desk in &desks {
            let ask = json!({"type": "ask", "text": text, "channel": "hall"});
            sent.spawn(desk.sends(ask).outcome());
        }
        peak = peak.max(resident(server.pid()));
        while let Some(Ok((outcome, _))) = sent.try_join_next() {
            updates += usize::from(outcome.is_done());
        }
    }
    while let Some(outcome) = sent.join_next().await {
        updates += usize::from(outcome.expect("nobody panics").0.is_done());
    }
    let figures = running.ends().await;
    let seats = |body: &str| count(body, "filodiretto_sockets{as=\"citizen\"}");
    let body = server.operator().asks("GET", "/metrics").sent().await.must(200).body;
    // Ana is still there.
    let given_up = (slow + 1).saturating_sub(seats(&body) as usize);
    let board = beside.evening.board().await.expect("a board").to_string();
    readers.shutdown().await;
    is_clean(&beside.evening, &server, &[]).await;
    Stormed {
        grown: peak - before,
        updates,
        bytes: updates * text.len(),
        snapshot: board.len(),
        given_up,
        figures,
    }
}

async fn reads_slowly(mut stream: TcpStream, never: bool) {
    let mut bytes = [0; 1000];
    loop {
        sleep(Duration::from_secs(1)).await;
        if !never && !matches!(stream.read(&mut bytes).await, Ok(1..)) {
            return;
        }
    }
}

/// A figure of `/metrics`.
fn count(body: &str, name: &str) -> u64 {
    let line = body.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|count| count.trim().parse().ok()).unwrap_or_else(|| panic!("no {name}: {body}"))
}

/// O2: what five hundred people notice of twenty who flood.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: five hundred people, twice ten seconds"]
async fn a_flood_of_pings_is_hardly_noticed_by_five_hundred_others() {
    const PEOPLE: usize = 500;
    const ATTACKERS: usize = 20;
    const EACH: Duration = Duration::from_secs(8);
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    let question = beside.ana.asks("Si sente qualcosa?").await.expect("asked");
    beside.desk.judges("approve", &question, json!({})).await.expect("approved");
    let mut people: Vec<Arc<Visitor>> = Vec::new();
    for hundred in 0..PEOPLE / 100 {
        let come = (0..100).map(|number| {
            let beside = Arc::clone(&beside);
            async move {
                let name = format!("citizen-{hundred}-{number}");
                beside.evening.citizen(&name, &Manner::default()).await.expect("a page")
            }
        });
        let come = futures_util::future::join_all(come).await;
        people.extend(come.into_iter().map(Arc::new));
    }
    let calm = votes(&people, &question, EACH).await;
    let thrown = Arc::new(AtomicU64::new(0));
    let mut attackers = JoinSet::new();
    for number in 0..ATTACKERS {
        let (token, host) = (beside.token().await, server.address().to_string());
        let (at, thrown) = (server.address(), Arc::clone(&thrown));
        attackers.spawn(async move {
            // Again and again, as often as the door opens.
            loop {
                let stream = TcpStream::connect(at).await.expect("it listens");
                let Some(mut stream) = upgraded(stream, &host, &token).await else {
                    sleep(Duration::from_millis(100)).await;
                    continue;
                };
                let flood = match number % 4 {
                    0 | 1 => frame(0x89, b"ping"),
                    2 => frame(0x88, b"x"),
                    _ => frame(0xF1, b"x"),
                }
                .repeat(20);
                if number % 4 == 1 {
                    // Who reads nothing of what comes back.
                    while stream.write_all(&flood).await.is_ok() {}
                } else {
                    thrown_out(stream, Duration::ZERO, || Some(flood.clone())).await;
                }
                thrown.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let flooded = votes(&people, &question, EACH).await;
    attackers.shutdown().await;
    let (before, after) = (calm.figures(), flooded.figures());
    println!(
        "O2 {PEOPLE} people, {ATTACKERS} who flood ({} times thrown out): p50 {:.1} ms without, \
         {:.1} ms with, ratio {:.2}; p99 {:.1} and {:.1} ms, ratio {:.2}",
        thrown.load(Ordering::Relaxed),
        before.p50_ms,
        after.p50_ms,
        after.p50_ms / before.p50_ms,
        before.p99_ms,
        after.p99_ms,
        after.p99_ms / before.p99_ms
    );
    assert!(thrown.load(Ordering::Relaxed) >= ATTACKERS as u64);
    assert!(after.p99_ms < UNBEARABLE, "{after}");
    assert!(after.p99_ms < 10.0 * before.p99_ms.max(100.0), "{before} {after}");
    is_clean(&beside.evening, &server, &[]).await;
}

/// Everybody votes and takes it back, a hundred times a second in all; how long that took, from
/// the intended moment.
async fn votes(people: &[Arc<Visitor>], question: &str, long: Duration) -> Percentiles {
    let mut tick = interval(Duration::from_millis(10));
    let (start, mut sent) = (Instant::now(), JoinSet::new());
    let mut turn = 0;
    while start.elapsed() < long {
        let moment = tick.tick().await;
        let on = (turn / people.len()).is_multiple_of(2);
        let vote = json!({"type": "vote", "question": question, "on": on});
        let outcome = people[turn % people.len()].sends(vote).outcome();
        sent.spawn(async move {
            let (outcome, at) = outcome.await;
            assert!(outcome.is_done(), "{outcome:?}");
            at.saturating_duration_since(moment)
        });
        turn += 1;
    }
    let mut took = Percentiles::default();
    while let Some(one) = sent.join_next().await {
        took.add(one.expect("done"));
    }
    took
}

/// O6: a hundred and twenty people who send five times what one may, in the session itself. What is
/// too much is refused, and the desk, whose commands pass the crowd's, goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: a storm of ten seconds"]
async fn a_storm_of_votes_and_questions_is_shed_and_the_desk_goes_on() {
    const VOTERS: usize = 100;
    const ASKERS: usize = 20;
    const STORM: Duration = Duration::from_secs(10);
    // What is left out where the limits are not enough is tried in `wire_shed`.
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    let mut questions = Vec::new();
    for number in 0..10 {
        let text = format!("Una domanda per la tempesta, la numero {number}?");
        let ask = json!({"type": "ask", "text": text, "channel": "hall"});
        questions.push(beside.desk.must(ask).await.expect("entered"));
    }
    let counts = Arc::new(Counts::default());
    let mut storm = JoinSet::new();
    for number in 0..VOTERS + ASKERS {
        let (token, host) = (beside.token().await, server.address().to_string());
        let (at, counts) = (server.address(), Arc::clone(&counts));
        let question = &questions[number % questions.len()];
        let id = "01J00000000000000000000000";
        let vote = |on| json!({"type": "vote", "id": id, "question": question, "on": on});
        let ask = json!({"type": "ask", "id": id, "text": "E adesso, che cosa si fa?"});
        let kinds = if number < VOTERS { vec![vote(true), vote(false)] } else { vec![ask] };
        storm.spawn(async move {
            loop {
                let stream = TcpStream::connect(at).await.expect("it listens");
                match upgraded(stream, &host, &token).await {
                    Some(stream) => storms(stream, (&kinds, number), &counts).await,
                    None => {
                        counts.kept_out.fetch_add(1, Ordering::Relaxed);
                        sleep(Duration::from_millis(200)).await;
                    }
                }
            }
        });
    }
    let running = beside.runs();
    let (start, mut tick) = (Instant::now(), interval(Duration::from_millis(100)));
    let mut pressed = JoinSet::new();
    while start.elapsed() < STORM {
        let moment = tick.tick().await;
        let outcome = beside.desk.sends(json!({"type": "off_air"})).outcome();
        pressed.spawn(async move {
            let (outcome, at) = outcome.await;
            assert!(outcome.is_done(), "{outcome:?}");
            at.saturating_duration_since(moment)
        });
    }
    let mut desk = Percentiles::default();
    while let Some(one) = pressed.join_next().await {
        desk.add(one.expect("done"));
    }
    let figures = running.ends().await;
    storm.shutdown().await;
    let (desk, seconds) = (desk.figures(), STORM.as_secs());
    let (offered, outcomes) = (counts.offered.load(Ordering::Relaxed), counts.outcomes());
    let of = |what: &str| outcomes.get(what).copied().unwrap_or_default();
    println!(
        "O6 offered {}/s, done {}/s; {outcomes:?}, {} not let in; the desk: {desk}; a question \
         beside: {figures}",
        offered / seconds,
        of("done") / seconds,
        counts.kept_out.load(Ordering::Relaxed),
    );
    assert!(of("done") > 0 && offered > 2 * of("done"), "no storm");
    assert!(of("too_fast") > 0 && of("shown out") > 0);
    // Half a second is the goal, of a release build that has a machine to itself.
    assert!(desk.p99_ms < 5_000.0 && figures.p99_ms < 5_000.0, "{desk} {figures}");
    is_clean_among_strangers(&beside.evening, &server).await;
}

/// What became of a storm.
#[derive(Default)]
struct Counts {
    offered: AtomicU64,
    kept_out: AtomicU64,
    /// Everything that was said; counted when it is over, so that counting takes nobody's time.
    heard: Mutex<Vec<Vec<u8>>>,
}

/// What is kept of a connection that is cut off: the storm ends in the middle.
struct Heard<'a>(&'a Counts, Vec<u8>);

impl Drop for Heard<'_> {
    fn drop(&mut self) {
        let heard = std::mem::take(&mut self.1);
        self.0.heard.lock().expect("nobody panics").push(heard);
    }
}

impl Counts {
    /// Done, and by code; `shown out` are the closed connections.
    fn outcomes(&self) -> BTreeMap<String, u64> {
        let mut outcomes = BTreeMap::new();
        let mut add = |what: &str| *outcomes.entry(what.to_owned()).or_default() += 1;
        for heard in self.heard.lock().expect("nobody panics").iter() {
            for (first, payload) in frames(heard) {
                let text = std::str::from_utf8(payload).unwrap_or_default();
                match text.split('"').nth(3) {
                    _ if first == 0x88 => add("shown out"),
                    Some("done") => add("done"),
                    Some("refused") => {
                        let code = text.split("\"code\":\"").nth(1).unwrap_or_default();
                        add(code.split('"').next().unwrap_or_default());
                    }
                    _ => {}
                }
            }
        }
        outcomes
    }
}

/// Sends until the connection ends: five commands every fifty milliseconds, each with a new id.
async fn storms(mut stream: TcpStream, (kinds, number): (&[Value], usize), counts: &Counts) {
    const ID: &str = "01J00000000000000000000000";
    let framed = |command: &Value| frame(0x81, command.to_string().as_bytes());
    let mut templates: Vec<_> = kinds.iter().map(framed).collect();
    let (mut reader, mut writer) = stream.split();
    let sends = async {
        let mut tick = interval(Duration::from_millis(50));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let mut bytes = Vec::new();
            for _ in 0..5 {
                let n = counts.offered.fetch_add(1, Ordering::Relaxed);
                let next = (n as usize) % templates.len();
                let template = &mut templates[next];
                let at = template.windows(10).position(|w| w == &ID.as_bytes()[..10]);
                let at = at.expect("an id") + 10;
                template[at..at + 16].copy_from_slice(format!("{number:04}{n:012}").as_bytes());
                bytes.extend_from_slice(template);
            }
            if writer.write_all(&bytes).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let reads = async {
        let mut heard = Heard(counts, Vec::new());
        while let Ok(1..) = reader.read_buf(&mut heard.1).await {}
    };
    tokio::select! { () = sends => {}, () = reads => {} }
}

/// O7: no way of writing, no choice of addresses and no number of identities gets more than the
/// budget of where somebody really is. From a peer that is no proxy of ours nothing is believed.
#[tokio::test]
async fn no_header_and_no_address_gets_more_than_its_networks_budget() {
    const BUDGET: usize = 3;
    let limit = ["--limit-new-persons-per-network", "1/min burst 3"];
    let mut wrong = 0;
    let mut tried = async |what: &str,
                           server: &Server,
                           from: &str,
                           headers: &[(&str, String)],
                           allowed: usize| {
        let from: IpAddr = from.parse().expect("an address");
        let mut accepted = 0;
        for (name, value) in headers {
            let ask = server.ask("POST", "/api/v1/me").header(name, value);
            let ask = ask.header("connection", "close").json(&json!({"embed": true}));
            let status = asked_from(from, server.address().port(), &ask.bytes()).await;
            assert!([200, 429].contains(&status), "{what}: {status}");
            accepted += usize::from(status == 200);
        }
        println!("O7 {what}: {} tried, {accepted} accepted of {allowed} allowed", headers.len());
        wrong += usize::from(accepted != allowed);
    };
    let xff = |n: usize, address: &dyn Fn(usize) -> String| -> Vec<(&str, String)> {
        (0..n).map(|n| ("x-forwarded-for", address(n))).collect()
    };
    let plain = |n: usize| vec![("accept", "*/*".to_owned()); n];
    let names = ["x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip"];
    let made_up: Vec<_> = names
        .iter()
        .flat_map(|name| (0..4).map(move |n| (*name, format!("198.51.100.{n}"))))
        .collect();

    let server = Server::at("[::]:0", &limit).await;
    for from in ["127.0.0.1", "127.0.0.2", "127.1.2.3", "::1"] {
        tried(&format!("from {from}, as it is"), &server, from, &plain(6), BUDGET).await;
        tried(&format!("from {from}, made-up headers"), &server, from, &made_up, 0).await;
    }

    let behind = ["--trusted-proxy", "127.0.0.0/8"];
    let server = Server::at("127.0.0.1:0", &[&limit[..], &behind[..]].concat()).await;
    let at = "127.0.0.1";
    let one = xff(9, &|n| format!("2001:db8:1:1::{n:x}"));
    tried("one /64 of IPv6", &server, at, &one, BUDGET).await;
    let many = xff(60, &|n| format!("2001:db8:2:{n:x}::1"));
    tried("sixty /64 of one /48", &server, at, &many, 8 * BUDGET).await;
    let left = xff(9, &|n| format!("203.0.113.{n}, 10.9.8.7, 192.0.2.1"));
    tried("forged hops left of the real one", &server, at, &left, BUDGET).await;
    let written = [
        "192.0.2.2",
        "192.0.2.2:4711",
        " 192.0.2.2 ",
        "::ffff:192.0.2.2",
        "[::ffff:192.0.2.2]:80",
        "8.8.8.8,192.0.2.2",
        ",,192.0.2.2",
    ];
    let written: Vec<_> = written.map(|text| ("x-forwarded-for", text.to_owned())).into();
    tried("one address, written in seven ways", &server, at, &written, BUDGET).await;
    let nonsense = ["unknown", "_hidden", "300.1.1.1", "192.0.2", "[::1", "a b", "0x7f.1", "%00"];
    let nonsense: Vec<_> = nonsense.map(|text| ("x-forwarded-for", text.to_owned())).into();
    tried("what is no address: the proxy's own budget", &server, at, &nonsense, BUDGET).await;

    // Many identities of one network are still one network.
    let limit = ["--limit-messages-per-network", "1/min burst 10"];
    let server = Server::with(&limit).await;
    server.opens("sera", json!({})).await;
    let mut accepted = 0;
    for _ in 0..40 {
        let vote = json!({"type": "vote", "question": id(), "on": true});
        let status = server.citizen().await.sends("sera", "citizen", vote).await.status;
        assert!([404, 429].contains(&status), "{status}");
        accepted += usize::from(status == 404);
    }
    println!("O7 forty identities of one network: 40 tried, {accepted} accepted of 10 allowed");
    assert_eq!((accepted, wrong), (10, 0));
}

/// The status that a request gets which comes from this address.
async fn asked_from(from: IpAddr, port: u16, bytes: &[u8]) -> u16 {
    let socket = if from.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.expect("a socket");
    socket.bind((from, 0).into()).expect("an address of this machine");
    let to: IpAddr = if from.is_ipv4() { [127, 0, 0, 1].into() } else { from };
    let mut stream = socket.connect((to, port).into()).await.expect("it listens");
    stream.write_all(bytes).await.expect("it takes a request");
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.expect("an answer");
    Answer::read(&all, "a request from another address").status
}

/// O8: keys without end cost what the table may hold, and a newcomer is let in all the same. With
/// five million of them it is tried in `gate::limits`, with a clock of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_without_end_cost_what_the_table_may_hold() {
    const KEYS: u64 = 1_000;
    const ADDRESSES: usize = 6_000;
    let flags = ["--trusted-proxy", "127.0.0.0/8", "--limit-keys", "1000"];
    let server = Server::with(&flags).await;
    let beside = Beside::opens(&server).await;
    let running = beside.runs();
    let mut lines: Vec<_> =
        (0..4).map(|_| loadtest::http::Line::to(&beside.evening.host.server)).collect();
    let before = resident(server.pid());
    let asked = lines.iter_mut().enumerate().map(async |(part, line)| {
        let mut refused = 0;
        for n in (part..ADDRESSES).step_by(4) {
            let request = Request::json("POST", "/api/v1/me", &json!({"embed": true}));
            let request = request.with("x-forwarded-for", &format!("2001:{:x}:{n:x}::1", n % 97));
            refused += usize::from(line.ask(&request).await.expect("an answer").status != 200);
        }
        refused
    });
    let refused: usize = futures_util::future::join_all(asked).await.into_iter().sum();
    let figures = running.ends().await;
    let body = server.operator().asks("GET", "/metrics").sent().await.must(200).body;
    let kept = count(&body, "filodiretto_limit_keys ");
    let grown = resident(server.pid()).saturating_sub(before) / 1024;
    println!(
        "O8 {ADDRESSES} networks, {kept} keys kept in {} bytes, RSS +{grown} KiB, {refused} \
         refused; the evening beside: {figures}",
        count(&body, "filodiretto_limit_key_bytes "),
    );
    // Each act counts persons, staff and three sizes of networks, in tables of their own.
    assert!(kept > KEYS && kept <= 4 * KEYS, "{kept}");
    assert_eq!(refused, 0, "nobody is refused because the table is full");
    is_clean(&beside.evening, &server, &[]).await;
}

/// O11: more silent connections than there are descriptors, again and again: nobody who sits is
/// disturbed, staff still come in, and the server neither falls nor spins.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_every_descriptor_wanted_by_strangers_staff_still_come_in() {
    const STRANGERS: usize = 300;
    let server = Server::under("ulimit -n 256", &[]).await;
    let beside = Beside::opens(&server).await;
    let mut tickets = Vec::new();
    for number in 0..10 {
        let name = format!("late-{number}");
        tickets.push(beside.evening.invites("moderator", &name).await.expect("invited"));
    }
    let mut strangers = JoinSet::new();
    for _ in 0..STRANGERS {
        let at = server.address();
        strangers.spawn(async move {
            loop {
                if let Ok(mut stream) = TcpStream::connect(at).await {
                    // Until it is closed; nothing is ever said.
                    let _ = stream.read_u8().await;
                }
                sleep(Duration::from_millis(50)).await;
            }
        });
    }
    let metric = async |name: &str| {
        let body = server.operator().asks("GET", "/metrics").sent().await.must(200).body;
        count(&body, name)
    };
    sleep(Duration::from_secs(2)).await;
    let running = beside.runs();
    let mut slowest = Duration::ZERO;
    for number in 0..10 {
        let start = Instant::now();
        let desk = beside.evening.invitation.visitor(
            &format!("late-{number}"),
            Seat::Desk,
            tickets.pop().expect("a ticket"),
            &Manner::default(),
        );
        let desk = desk.ready().await.expect("staff come in");
        desk.must(json!({"type": "off_air"})).await.expect("done");
        slowest = slowest.max(start.elapsed());
    }
    let figures = running.ends().await;
    strangers.shutdown().await;
    crate::support::until("room for all again", async || {
        server.ask("GET", "/s/sera").sent().await.status == 200
    })
    .await;
    let turned_away = metric("filodiretto_connections_turned_away_total ").await;
    let pauses = metric("filodiretto_accept_pauses_total ").await;
    println!(
        "O11 {STRANGERS} silent strangers, 256 descriptors: {turned_away} turned away, {pauses} \
         pauses, 10 moderators came in, the slowest in {} ms; the evening beside: {figures}",
        slowest.as_millis()
    );
    assert!(turned_away > 0, "there was room for everybody");
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    is_clean(&beside.evening, &server, &[]).await;
}

/// O12: the worst texts for what looks at them cost in proportion to their length.
#[test]
fn the_worst_texts_cost_no_more_than_their_length() {
    use filodiretto::screening::{Knobs, name, screen};
    let knobs = Knobs::default();
    let pieces = [
        ("letters", "a"),
        ("spaces", " "),
        ("line breaks", "\n"),
        ("marks without a letter", "\u{301}"),
        ("marks of many classes", "\u{316}\u{301}\u{334}\u{345}\u{5b0}"),
        ("letters that fall apart", "\u{1f82}"),
        ("Hangul in pieces", "\u{1100}\u{1161}\u{11a8}"),
        ("ligatures", "\u{fdfa}"),
        ("families", "👨‍👩‍👧‍👦"),
        ("flags", "🇮🇹"),
        ("joiners", "\u{200d}"),
        ("turned direction", "\u{202e}\u{2066}"),
        ("addresses", "a@b.http://"),
        ("brackets", "(((a+)+)+$"),
    ];
    for (what, piece) in pieces {
        let micros = |bytes: usize| {
            let text = piece.repeat(bytes / piece.len());
            let least = (0..20).map(|_| {
                let start = Instant::now();
                std::hint::black_box(screen(&text, &knobs));
                // A name that is too long is refused; how long that takes is what counts.
                let _ = std::hint::black_box(name(&text));
                start.elapsed()
            });
            least.min().expect("some").as_secs_f64() * 1e6
        };
        let (short, long) = (micros(2 * 1024), micros(16 * 1024));
        println!("O12 {what}: 2 KiB {short:.0} µs, 16 KiB {long:.0} µs, {:.1} for 8", long / short);
        assert!(long < 32.0 * short.max(20.0), "{what}: {short} µs, {long} µs");
    }
}
