//! Whole evenings over the wire, judged by the checker.

use std::time::Duration;

use loadtest::checker::same_public_frames;
use loadtest::evening::{self, Plan};
use loadtest::history::{History, Recorder, Seat};
use loadtest::host::Evening;
use loadtest::http::Request;
use loadtest::visitor::{Manner, Outcome, Ticket, Visitor, about};
use serde_json::{Value, json};

use crate::support::Server;
use crate::wire_ground::{evening, host, is_clean};

/// A word that stands in exactly one text.
fn canary(number: usize) -> String {
    format!("canarino{number}nonvola")
}

fn shown_by_nobody(text: &str) -> bool {
    !text.contains("canarino")
}

/// S1: canary words in every text that nobody approves; all bytes to the public and all logs are
/// searched for them. (Every address besides, by everybody: `wire_secrets`.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_evening_in_which_nothing_unapproved_is_ever_seen() {
    let server = Server::start().await;
    let evening = evening(&server, "sera", json!({"slow_s": null, "open_questions": null})).await;
    let manner = Manner::default();
    let maria = evening.moderator("maria", &manner).await.expect("a desk");
    let luca = evening.moderator("luca", &manner).await.expect("a desk");
    let mayor = evening.official("mayor", &manner).await.expect("a stage");
    maria.must(json!({"type": "open"})).await.expect("open");
    let overlay = evening.overlay("overlay", &manner).await.expect("an overlay");
    let ana = evening.citizen("ana", &manner).await.expect("a page");
    let browser = evening.host.browser().await.expect("a cookie");
    let bob = evening.invitation.visitor("bob", Seat::Citizen, browser, &manner);
    let bob = bob.ready().await.expect("a page");

    // What is approved; and beside it what is not, in every way in which a text can stay secret.
    let mut public = Vec::new();
    for (who, text) in [
        (&ana, "Quando riapre la biblioteca?"),
        (&bob, "Chi paga il ponte nuovo?"),
        (&ana, "Si può avere una fontana in piazza?"),
        (&bob, "Perché il mercato è chiuso?"),
    ] {
        public.push(who.asks(text).await.expect("asked"));
    }
    let mut secret = Vec::new();
    for number in 0..8 {
        let who = if number % 2 == 0 { &ana } else { &bob };
        let text = format!("Una domanda con un {}?", canary(number));
        let name = format!("Nome {}", canary(100 + number));
        let ask = json!({"type": "ask", "text": text, "name": name});
        secret.push(who.must(ask).await.expect("asked"));
    }
    let edit = json!({"type": "edit", "question": secret[2], "text": canary(200)});
    ana.must(edit).await.expect("edited");
    maria
        .judges("dismiss", &secret[0], json!({"reason": "other", "note": canary(201)}))
        .await
        .expect("dismissed");
    bob.must(json!({"type": "withdraw", "question": secret[3]})).await.expect("withdrawn");

    // Two press at the same moment on the same question: one wins, the other is told.
    for (number, id) in public.iter().enumerate() {
        let seen = maria.sees(|board| board.questions.contains_key(id)).await.expect("it comes");
        luca.sees(|board| board.questions.contains_key(id)).await.expect("it comes");
        let press = about("approve", id, seen.rev(id), json!({}));
        let (one, other) = tokio::join!(maria.does(press.clone()), luca.does(press));
        let codes = [one.code(), other.code()];
        assert!(codes.contains(&None) && codes.contains(&Some("stale")), "{number}: {codes:?}");
    }
    // What was public once and is taken away: its text is the public's, its revision is not.
    let gone = bob.asks("Una domanda che poi sparisce del tutto?").await.expect("asked");
    maria.judges("approve", &gone, json!({})).await.expect("approved");
    ana.sees(|board| board.questions.contains_key(&gone)).await.expect("it is public");
    luca.sees(|board| board.state(&gone) == Some("approved")).await.expect("it is public");
    luca.judges("dismiss", &gone, json!({"reason": "unverified"})).await.expect("dismissed");
    ana.sees(|board| !board.questions.contains_key(&gone)).await.expect("it is gone");
    maria.sees(|board| board.state(&gone) == Some("dismissed")).await.expect("gone");
    maria.judges("restore", &gone, json!({})).await.expect("restored");
    maria.sees(|board| board.state(&gone) == Some("pending")).await.expect("restored");
    maria.judges("revise", &gone, json!({"text": canary(203)})).await.expect("revised");

    for id in &public[..3] {
        luca.judges("queue", id, json!({})).await.expect("queued");
    }
    let vote = |id: &String| json!({"type": "vote", "question": id, "on": true});
    bob.must(vote(&public[0])).await.expect("voted");
    ana.must(vote(&public[1])).await.expect("voted");
    assert_eq!(ana.does(vote(&public[0])).await.code(), Some("own_question"));
    assert_eq!(bob.does(vote(&secret[0])).await.code(), Some("not_found"));

    on_stage(&evening, [&maria, &luca, &mayor, &overlay, &ana], &public).await;
    the_rest_of_the_house(&evening, &server, &secret).await;

    let canaries: Vec<_> = (0..300).map(canary).collect();
    let report = is_clean(&evening, &server, &canaries).await;
    assert!(report.checked.converged >= 4, "{report}");
    let log = server.log();
    assert!(shown_by_nobody(&log), "the log holds a text");
    for text in ["biblioteca", "fontana", "Nome "] {
        assert!(!log.contains(text), "the log holds a text: {text}");
    }
    println!(
        "{} bytes to the public and {} of logs searched for {} secrets: none",
        report.checked.public_bytes,
        log.len(),
        report.checked.secrets
    );
}

/// Off air with a stale view; and after it, `next` shows another question.
async fn on_stage(evening: &Evening, cast: [&Visitor; 5], public: &[String]) {
    let [maria, luca, mayor, overlay, ana] = cast;
    let next = |id: &str| json!({"type": "next", "question": id});
    mayor.sees(|board| board.queue.len() == 3).await.expect("the queue");
    mayor.must(next(&public[0])).await.expect("on air");
    for screen in [mayor, overlay, ana] {
        screen.sees(|board| board.drawn() == Some(&public[0])).await.expect("it is on air");
    }
    // Luca's view is of a moment ago; his hand is on "off air" while Maria changes the picture.
    let stage = luca.look(|board| board.stage);
    maria.must(json!({"type": "off_air"})).await.expect("off air");
    luca.must(json!({"type": "off_air"})).await.expect("never stale");
    overlay.sees(|board| board.drawn().is_none()).await.expect("it is off air");
    mayor.sees(|board| board.on_air.is_none()).await.expect("it is off air");
    let rev = maria.look(|board| board.rev(&public[1]));
    let back = about("on_air", &public[1], rev, json!({"stage": stage}));
    assert_eq!(luca.does(back).await.code(), Some("stale"), "a stage that has moved");
    // What was taken off air is out of the queue, so `next` cannot bring it back.
    assert_eq!(mayor.does(next(&public[0])).await.code(), Some("stale"));
    mayor.must(next(&public[1])).await.expect("the next one");
    for screen in [overlay, ana] {
        screen.sees(|board| board.drawn() == Some(&public[1])).await.expect("another one");
    }
    mayor.must(next(&public[2])).await.expect("the one after");
    maria.sees(|board| board.state(&public[1]) == Some("answered")).await.expect("answered");
    let answer = json!({"text": "Entro la primavera.", "links": ["https://example.org/ponte"]});
    maria.judges("answer", &public[1], answer).await.expect("answered in writing");
    // A citizen at the desk.
    let ticket = evening.host.person().await.expect("a person");
    let server = &evening.host.server;
    let off_air = json!({"type": "off_air", "id": "01J00000000000000000000007"});
    let post = Request::json("POST", &evening.path("/commands?as=desk"), &off_air);
    let answer = server.ask(&ticket.on(post, server)).await.expect("an answer");
    assert_eq!(answer.status, 403, "{}", answer.body);
    let desk =
        evening.invitation.visitor("intruder", Seat::Citizen, Ticket::None, &Manner::default());
    let away = desk.sees(|board| board.away.is_some()).await.expect("sent away");
    assert_eq!(away.away, Some(401));
}

/// Everything else that a stranger can fetch goes into the history, too.
async fn the_rest_of_the_house(evening: &Evening, server: &Server, secret: &[String]) {
    let stranger = evening.host.person().await.expect("a person");
    let log = evening.invitation.recorder.client("stranger", Seat::Citizen, "sera");
    let at = &evening.host.server;
    for path in [
        "/",
        "/s/sera",
        "/s/sera/plain",
        "/s/sera/overlay",
        "/s/sera/embed",
        "/desk/sera",
        "/stage/sera",
        "/producer/sera",
        "/admin",
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/v1/house",
        "/api/v1/sessions",
        "/api/v1/sessions/sera",
        "/api/v1/sessions/sera/board",
        "/api/v1/sessions/sera/questions",
        "/api/v1/sessions/sera/questions?order=new",
        "/api/v1/sessions/sera/questions?state=pending,dismissed,withdrawn",
        "/api/v1/sessions/sera/questions?as=desk",
        "/api/v1/sessions/sera/export?scope=full",
        "/api/v1/sessions/sera/export?format=csv&scope=public",
        "/api/v1/receipts/AAAA-AAAA-AAAA-AAAA",
    ] {
        let answer = at.ask(&stranger.on(Request::new("GET", path), at)).await.expect("an answer");
        log.bytes(&format!("{}{}", answer.head, answer.body));
        assert!(shown_by_nobody(&answer.body), "{path} holds a secret");
        assert!(answer.status < 500, "{path}: {}", answer.status);
    }
    // What is not public is not there: the same words as for what never was.
    let bob = json!({"type": "vote", "on": true, "id": "01J00000000000000000000008",
        "question": secret[0]});
    let mut nothing = bob.clone();
    nothing["question"] = "01J00000000000000000000009".into();
    let mut said = Vec::new();
    for command in [bob, nothing] {
        let post = Request::json("POST", &evening.path("/commands?as=citizen"), &command);
        let answer = at.ask(&stranger.on(post, at)).await.expect("an answer");
        log.bytes(&answer.body);
        said.push((answer.status, answer.json()["code"].clone()));
    }
    assert_eq!(said[0], said[1]);
    assert_eq!(said[0].0, 404);
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mixed_crowd_on_an_open_schedule_is_clean() {
    let server = Server::start().await;
    let plan = Plan { people: 40, seconds: 15, seed: 7, slug: "folla".to_owned() };
    let night = evening::spend(&host(&server), &plan, &server.data()).await.expect("an evening");
    assert!(night.report.is_clean(), "{}", night.report);
    for kind in ["ask", "vote", "approve", "dismiss", "queue", "next", "off_air"] {
        assert!(night.took.contains_key(kind), "nobody did `{kind}`: {:?}", night.outcomes);
    }
    assert!(night.outcomes.get("stale").is_some_and(|stale| *stale > 0), "{:?}", night.outcomes);
    let log = server.log();
    assert!(!log.contains("zibaldone") && !log.contains("quartiere"), "the log holds a text");
    for (kind, figures) in night.figures() {
        println!("{kind:>12} {figures}");
    }
}

/// One public evening, step by step; in the background so many questions that nobody gets to see.
async fn watched(server: &Server, slug: &str, background: usize) -> History {
    let policy = json!({"slow_s": null, "open_questions": null, "questions": null});
    let evening = host(server).evening(slug, policy, Recorder::in_memory()).await.expect("made");
    let manner = Manner::default();
    let desk = evening.moderator("desk", &manner).await.expect("a desk");
    desk.must(json!({"type": "open"})).await.expect("open");
    let ana = evening.citizen("ana", &manner).await.expect("a page");
    let watcher = evening.citizen("watcher", &manner).await.expect("a page");
    let overlay = evening.overlay("overlay", &manner).await.expect("an overlay");
    let mayor = evening.official("mayor", &manner).await.expect("a stage");
    let patient = Manner { patient: true, ..Manner::default() };
    let noise = evening.citizen("noise", &patient).await.expect("a page");
    for step in 0..6 {
        for number in 0..background {
            let text = format!("{} al passo {step}, numero {number}", canary(number));
            let id = noise.asks(&text).await.expect("asked");
            match number % 4 {
                0 => desk.judges("dismiss", &id, json!({"reason": "off_topic"})).await.map(|_| ()),
                1 => noise.must(json!({"type": "withdraw", "question": id})).await.map(|_| ()),
                2 => {
                    let text = format!("un'altra cosa ancora, {step} e {number}");
                    let edit = json!({"type": "edit", "question": id, "text": text});
                    noise.must(edit).await.map(|_| ())
                }
                _ => Ok(()),
            }
            .expect("done");
        }
        let id = ana.asks(&format!("La domanda pubblica numero {step}?")).await.expect("asked");
        desk.judges("approve", &id, json!({})).await.expect("approved");
        desk.sees(|board| board.state(&id) == Some("approved")).await.expect("approved");
        desk.judges("queue", &id, json!({})).await.expect("queued");
        watcher.sees(|board| board.state(&id) == Some("queued")).await.expect("up to date");
        if step % 2 == 1 {
            let queue = desk.sees(|board| board.queue.contains(&id)).await.expect("queued").queue;
            mayor.must(json!({"type": "next", "question": queue[0]})).await.expect("on air");
            watcher.sees(|board| board.drawn() == Some(&queue[0])).await.expect("on air");
            desk.must(json!({"type": "off_air"})).await.expect("off air");
            watcher
                .sees(|board| board.state(&queue[0]) == Some("approved"))
                .await
                .expect("off air");
        }
    }
    overlay.sees(|board| board.on_air.is_none()).await.expect("nothing on air");
    let canaries: Vec<_> = (0..background).map(canary).collect();
    is_clean(&evening, server, &canaries).await;
    evening.invitation.recorder.history().expect("whole")
}

/// S2: nothing that the public receives tells how much is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_sees_the_same_with_and_without_refused_questions() {
    let server = Server::start().await;
    let quiet = watched(&server, "silenzio", 0).await;
    let loud = watched(&server, "silenzio-due", 12).await;
    let renamed = renamed(&loud, "silenzio-due", "silenzio");
    if let Some(difference) = same_public_frames(&quiet, &renamed) {
        panic!("{difference}");
    }
    let frames = |history: &History| {
        let public = history.records.iter().filter(|record| &*record.client == "watcher");
        public
            .filter(|record| matches!(record.event, loadtest::history::Event::Received(_)))
            .count()
    };
    println!(
        "0 and 72 refused in the background: 0 frames differ (watcher got {} and {} messages)",
        frames(&quiet),
        frames(&loud)
    );
}

/// The same history under another slug.
fn renamed(history: &History, from: &str, to: &str) -> History {
    let mut lines = Vec::new();
    for record in &history.records {
        let line = serde_json::to_string(record).expect("JSON").replace(from, to);
        lines.extend(line.into_bytes());
        lines.push(b'\n');
    }
    History::read(lines.as_slice()).expect("the same")
}

/// Somebody whose right ends while they sit: the seat closes within a second, and stays away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_moderator_is_out_within_a_second() {
    let server = Server::start().await;
    let evening = evening(&server, "revoca", json!({"slow_s": null})).await;
    let manner = Manner::default();
    let maria = evening.moderator("maria", &manner).await.expect("a desk");
    maria.must(json!({"type": "open"})).await.expect("open");
    let ana = evening.citizen("ana", &manner).await.expect("a page");
    let body = json!({"role": "moderator", "name": "Luca"});
    let post = Request::json("POST", &evening.path("/invitations"), &body);
    let made: Value = evening.host.asks(post).await.expect("invited");
    let ticket = Ticket::Bearer(made["token"].as_str().expect("a token").to_owned());
    let luca = evening.invitation.visitor("luca", Seat::Desk, ticket.clone(), &manner);
    let luca = luca.ready().await.expect("a desk");
    let question = ana.asks("Si può revocare chi modera?").await.expect("asked");
    luca.sees(|board| board.questions.contains_key(&question)).await.expect("it comes");
    let start = tokio::time::Instant::now();
    let path = evening.path(&format!("/invitations/{}", made["id"].as_str().expect("an id")));
    evening.host.asks(Request::new("DELETE", &path)).await.expect("revoked");
    let away = luca.sees(|board| board.away.is_some()).await.expect("closed");
    let took = start.elapsed();
    assert_eq!(away.closed, Some(4500));
    println!("closed {} ms after it was asked for", took.as_millis());
    // An order of magnitude: the disk and the cores may be busy with something else.
    assert!(took < Duration::from_secs(10), "closed after {took:?}");
    let approve = json!({"type": "approve", "question": question, "rev": 1,
        "id": "01J0000000000000000000000A"});
    let server_at = &evening.host.server;
    let post = Request::json("POST", &evening.path("/commands?as=desk"), &approve);
    let answer = server_at.ask(&ticket.on(post, server_at)).await.expect("an answer");
    assert!(matches!(answer.status, 401 | 403), "{}: {}", answer.status, answer.body);
    let lines = luca.look(|board| board.lines);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(luca.look(|board| board.lines), lines, "who was sent away stays away");
    assert_eq!(
        ana.does(json!({"type": "withdraw", "question": question})).await,
        Outcome::Done(None)
    );
    is_clean(&evening, &server, &[]).await;
    println!("S15: a revoked seat closed after {} ms", took.as_millis());
}
