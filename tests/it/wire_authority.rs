//! Who may do what, over every way in, with right and wrong credentials: at a real server, beside
//! people who may. S3, S4 … are the cases of our list of faults and attacks.

use std::time::Duration;

use filodiretto::qa::Kind;
use loadtest::chance::Chance;
use loadtest::dump;
use loadtest::history::Seat;
use loadtest::visitor::{Manner, Way};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::kinds;
use crate::rules_rights::{Who, may};
use crate::support::server::ADMIN;
use crate::support::{Ask, Line, Server, Visitor, id};
use crate::wire_beside::Beside;
use crate::wire_ground::{evening, is_clean};

/// Without the limits that would refuse a table of a thousand cells before the rights do.
const UNHURRIED: [&str; 10] = [
    "--limit-failed-sign-ins-per-prefix",
    "off",
    "--limit-failed-sign-ins-per-network",
    "off",
    "--limit-requests-per-person",
    "off",
    "--limit-messages-per-person",
    "off",
    "--limit-joins-per-person",
    "off",
];

/// No quotas: nothing but the right is in the way.
fn no_quotas() -> Value {
    json!({"slow_s": null, "open_questions": null, "questions": null})
}

/// A command as it goes over the wire; `None`: it goes by a route of its own. A new command does
/// not compile without a row.
const fn on_the_wire(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Ask => "ask",
        Kind::Enter => "ask-desk",
        Kind::Check => "check",
        Kind::Edit => "edit",
        Kind::Withdraw => "withdraw",
        Kind::Vote => "vote",
        Kind::Report => "report",
        Kind::Claim => "claim",
        Kind::Release => "release",
        Kind::Approve => "approve",
        Kind::Dismiss => "dismiss",
        Kind::Restore => "restore",
        Kind::Revise => "revise",
        Kind::Merge => "merge",
        Kind::Unmerge => "unmerge",
        Kind::Label => "label",
        Kind::Note => "note",
        Kind::Assign => "assign",
        Kind::Queue => "queue",
        Kind::Unqueue => "unqueue",
        Kind::Later => "later",
        Kind::OnAir => "on_air",
        Kind::Next => "next",
        Kind::OffAir => "off_air",
        Kind::Answered => "answered",
        Kind::Answer => "answer",
        Kind::Seen => "seen",
        Kind::Mute => "mute",
        Kind::Unmute => "unmute",
        Kind::Policy => "policy",
        Kind::Rescreen => "rescreen",
        Kind::Open => "open",
        Kind::Close => "close",
        Kind::End => "end",
        Kind::Reopen => "reopen",
        Kind::Undo => "undo",
        Kind::Overlay => "overlay",
        Kind::Delay => "delay",
        Kind::Mark => "mark",
        Kind::TakeBack => "take_back",
        Kind::Forget => "forget",
        Kind::Describe | Kind::Invite | Kind::Uninvite | Kind::Join => return None,
    })
}

/// A command with a new id, about this question.
fn command(name: &str, question: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/wire");
    let text = std::fs::read_to_string(format!("{folder}/client-{name}.json"));
    let mut command: Value = serde_json::from_str(&text.expect("a fixture")).expect("JSON");
    let fields = command.as_object_mut().expect("fields");
    fields.insert("id".to_owned(), id().into());
    if fields.contains_key("question") {
        fields.insert("question".to_owned(), question.into());
    }
    fields.remove("name");
    if fields.remove("labels").is_some() && name == "label" {
        fields.insert("labels".to_owned(), json!([]));
    }
    command
}

/// Somebody at the door.
struct Caller {
    name: &'static str,
    token: Option<String>,
    /// What they are in the session; `None`: their token is good for nothing in it.
    roles: Option<&'static [&'static str]>,
}

impl Caller {
    /// Whether they may sit there, and as whom commands count then.
    fn seat(&self, capacity: &str) -> Option<Who> {
        let roles = self.roles?;
        let staff = |wanted: &[&str]| roles.iter().any(|role| wanted.contains(role));
        let who = match *roles {
            ["moderator"] => Who::Moderator,
            ["official"] => Who::Official,
            ["producer"] => Who::Producer,
            ["admin"] => Who::Admin,
            _ => Who::Citizen,
        };
        match capacity {
            "citizen" => Some(Who::Citizen),
            "desk" => Some(who).filter(|_| staff(&["moderator", "admin"])),
            "stage" => Some(who).filter(|_| !roles.is_empty()),
            // The first that they may have.
            "" => Some(who),
            _ => None,
        }
    }
}

/// Whether a refusal is about rights and nothing else.
fn is_about_rights(code: &Value) -> bool {
    ["not_allowed", "unauthenticated"].iter().any(|known| code == known)
}

/// S3: every command, by everybody, in every capacity, with good credentials and with bad ones,
/// over HTTP and over a socket. What is forbidden leaves no trace in the journal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_may_do_over_the_wire_what_the_table_says_and_nothing_else() {
    let server = Server::with(&UNHURRIED).await;
    server.opens("sera", no_quotas()).await;
    server.opens("altra", no_quotas()).await;
    let token = async |slug: &str, role: &str| {
        let (visitor, _) = server.invites(slug, role, "Qualcuno").await;
        visitor.token().to_owned()
    };
    let moderator = token("sera", "moderator").await;
    let (revoked, invitation) = server.invites("sera", "moderator", "Via").await;
    revoked.asks("GET", "/api/v1/sessions/sera/questions?as=desk").sent().await.must(200);
    let path = format!("/api/v1/sessions/sera/invitations/{invitation}");
    server.operator().asks("DELETE", &path).sent().await.must(204);
    let ana = server.citizen().await;
    let overlay = server.operator().asks("GET", "/api/v1/sessions/sera/overlay").sent().await;
    let overlay = overlay.must(200).body;
    let key = overlay.split('"').find_map(|text| Some(&text[text.find("fdo_")?..]));
    let caller = |name, token: Option<String>, roles| Caller { name, token, roles };
    let none: &[&str] = &[];
    let callers = [
        caller("nobody", None, None),
        caller("a citizen", Some(ana.token().to_owned()), Some(none)),
        caller(
            "a moderator of another session",
            Some(token("altra", "moderator").await),
            Some(none),
        ),
        caller("a moderator", Some(moderator.clone()), Some(&["moderator"])),
        caller("an official", Some(token("sera", "official").await), Some(&["official"])),
        caller("a producer", Some(token("sera", "producer").await), Some(&["producer"])),
        caller("an administrator", Some(token("sera", "admin").await), Some(&["admin"])),
        caller("the operator", Some(ADMIN.to_owned()), Some(&["admin"])),
        caller("somebody revoked", Some(revoked.token().to_owned()), None),
        caller("a token nobody gave", Some(format!("fdi_{}", "A".repeat(43))), None),
        caller("a token changed", Some(changed(&moderator, 20)), None),
        caller("a person changed", Some(changed(ana.token(), 20)), None),
        caller("nonsense", Some("nobody-has-signed-this".to_owned()), None),
        caller("an overlay's key", key.map(str::to_owned), None),
    ];
    assert!(callers[13].token.is_some(), "{overlay}");
    // Who comes in by an invitation joins then, which is on record; after this nothing is.
    for caller in &callers {
        let ask = Ask::new(server.address(), "GET", "/api/v1/sessions/sera/questions");
        caller.token.iter().fold(ask, |ask, token| ask.bearer(token)).sent().await;
    }
    let question = ana.sends("sera", "citizen", json!({"type": "ask", "text": "Chi decide?"}));
    let question = question.await.must(200).json()["id"].as_str().expect("an id").to_owned();
    let entries = async || dump::dump(&server.data(), "sera").await.expect("it").entries.len();

    let before = entries().await;
    let mut cells = [0_usize; 2];
    let mut wrong = Vec::new();
    // First what is forbidden; then what is not, which changes the session under our feet.
    for (pass, wanted) in [false, true].into_iter().enumerate() {
        for caller in &callers {
            for capacity in ["", "citizen", "desk", "stage", "overlay"] {
                for (kind, name) in rows(caller.seat(capacity), wanted) {
                    let sent = command(name, &question);
                    let query = if capacity.is_empty() { "" } else { "?as=" };
                    let path = format!("/api/v1/sessions/sera/commands{query}{capacity}");
                    let ask = Ask::new(server.address(), "POST", &path).json(&sent);
                    let ask = caller.token.iter().fold(ask, |ask, token| ask.bearer(token));
                    let answer = ask.sent().await;
                    let said = serde_json::from_str::<Value>(&answer.body).unwrap_or_default();
                    cells[pass] += 1;
                    if is_wrong(&said, wanted) {
                        wrong.push(format!(
                            "HTTP {} as `{capacity}`: {kind:?}: {said}",
                            caller.name
                        ));
                    }
                }
                let capacity = if capacity.is_empty() { "citizen" } else { capacity };
                let seat = caller.seat(capacity);
                let mut rows = rows(seat, wanted);
                let path = format!("/ws/v1/sessions/sera?as={capacity}");
                let bearer = caller.token.iter();
                let bearer: Vec<_> =
                    bearer.map(|token| ("authorization", format!("Bearer {token}"))).collect();
                match Line::open(server.address(), &path, &bearer).await {
                    Ok(mut line) => {
                        // Overlays need not be anyone, and may do nothing.
                        let may_sit = seat.is_some() || capacity == "overlay";
                        if !may_sit {
                            wrong.push(format!("{} sits as {capacity}", caller.name));
                        }
                        // One burst is sixty frames.
                        for (kind, name) in rows.drain(..) {
                            let said = line.does(command(name, &question)).await;
                            cells[pass] += 1;
                            if is_wrong(&said, wanted) {
                                wrong.push(format!(
                                    "{} as {capacity}: {kind:?}: {said}",
                                    caller.name
                                ));
                            }
                        }
                    }
                    Err(status) => {
                        cells[pass] += 1;
                        if seat.is_some() || ![401, 403].contains(&status) {
                            wrong.push(format!("{} as {capacity}: {status}", caller.name));
                        }
                    }
                }
            }
        }
        if !wanted {
            assert_eq!(entries().await, before, "something that was refused is on record");
        }
    }
    println!(
        "S3: {} cells forbidden, 0 entries of them in the journal, {} allowed; wrong: {}",
        cells[0],
        cells[1],
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cells[0] > 1_500 && cells[1] > 400, "{cells:?}");
}

/// The commands that somebody in a seat may send, or may not.
fn rows(seat: Option<Who>, wanted: bool) -> Vec<(Kind, &'static str)> {
    let is_staff = seat.is_some_and(|who| who != Who::Citizen);
    let all = kinds::all().into_iter().filter(|kind| {
        // One word on the wire for two commands: which one, the capacity says.
        *kind != if is_staff { Kind::Ask } else { Kind::Enter }
    });
    let allowed = |kind: &Kind| seat.is_some_and(|who| may(*kind).contains(&who));
    let all = all.filter(|kind| allowed(kind) == wanted);
    let mut rows: Vec<_> = all.filter_map(|kind| Some((kind, on_the_wire(kind)?))).collect();
    // What ends the session comes last.
    rows.sort_by_key(|(kind, _)| matches!(kind, Kind::End | Kind::Close));
    rows
}

fn is_wrong(said: &Value, wanted: bool) -> bool {
    is_about_rights(&said["code"]) == wanted || said["code"] == "malformed" || said.is_null()
}

/// A token with one character of it changed.
fn changed(token: &str, at: usize) -> String {
    let mut bytes = token.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).expect("text")
}

/// S3, the stale role: nothing of somebody whose right has ended counts behind its end, however
/// much they had under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_the_end_of_a_right_nothing_by_it_is_on_record() {
    let server = Server::start().await;
    server.opens("sera", no_quotas()).await;
    let (maria, invitation) = server.invites("sera", "moderator", "Maria").await;
    let mut line = maria.sits("sera", "desk").await;
    let person = line.sees("welcome").await["person"].as_str().expect("a person").to_owned();
    let busy = tokio::spawn(async move {
        let mut sent = 0;
        // As many at once as a seat may have under way, and a little more.
        loop {
            let ask = json!({
                "type": "ask", "id": id(), "text": format!("La numero {sent}?"), "channel": "hall",
            });
            let message = tokio_tungstenite::tungstenite::Message::text(ask.to_string());
            if sent == 200 || !line.tries(message).await {
                break;
            }
            sent += 1;
        }
        (line.ends().await, sent, line.heard.matches("\"type\":\"done\"").count())
    });
    crate::support::until("some are on record", async || {
        let path = "/api/v1/sessions/sera/questions?as=desk";
        let all = server.operator().asks("GET", path).sent().await.must(200).json();
        all["questions"].as_array().is_some_and(|all| all.len() > 10)
    })
    .await;
    let path = format!("/api/v1/sessions/sera/invitations/{invitation}");
    server.operator().asks("DELETE", &path).sent().await.must(204);
    let (code, sent, done) = busy.await.expect("nobody panics");
    assert_eq!(code, 4500);
    let dump = dump::dump(&server.data(), "sera").await.expect("a journal");
    let commands: Vec<_> = dump.entries.iter().flat_map(|entry| &entry.commands).collect();
    let ends = |command: &&&loadtest::checker::Recorded| {
        command.events.iter().any(|event| event.to_string().contains("revoked"))
    };
    let end = commands.iter().position(|command| ends(&command)).expect("it is on record");
    let by = |commands: &[&loadtest::checker::Recorded]| {
        commands.iter().filter(|command| command.by.person() == Some(&person)).count()
    };
    let (before, behind) = (by(&commands[..end]), by(&commands[end + 1..]));
    println!(
        "S3 a right that ends: {sent} sent, {done} done, {before} on record before its end, \
         {behind} behind"
    );
    assert!(before > 10 && done <= before, "{done} {before}");
    assert_eq!(behind, 0);
}

/// S5: a token that was changed, cut, dressed up, taken elsewhere or shown where none belongs opens
/// nothing. (Invitations may be used again on purpose; that two nodes agree comes with the nodes.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_forged_stolen_or_misplaced_token_opens_anything() {
    let server = Server::with(&UNHURRIED).await;
    server.opens("sera", no_quotas()).await;
    server.opens("altra", no_quotas()).await;
    let (maria, _) = server.invites("sera", "moderator", "Maria").await;
    let ana = server.citizen().await;
    let made = server.ask("POST", "/api/v1/me").sent().await.must(204);
    let cookie = made.header("set-cookie").and_then(|set| set.split(';').next());
    let cookie = cookie.and_then(|cookie| cookie.strip_prefix("filodiretto=")).expect("a cookie");
    let desk = "/api/v1/sessions/sera/questions?as=desk";
    let vote = "/api/v1/sessions/sera/commands?as=citizen";
    let opens = async |ask: Ask| {
        // A person's door is a vote on what is not there; staff's is the list of their desk.
        let status = ask.sent().await.status;
        assert!([200, 400, 401, 403, 404].contains(&status), "{status}");
        status == 200 || status == 404
    };
    let as_person = |ask: Ask| {
        ask.json(&json!({
            "type": "vote", "id": id(), "question": id(), "on": true,
        }))
    };
    let bearer = |token: &str, staff: bool| {
        let method = if staff { "GET" } else { "POST" };
        let ask = server.ask(method, if staff { desk } else { vote }).bearer(token);
        if staff { ask } else { as_person(ask) }
    };
    let with_cookie =
        |value: &str| as_person(server.ask("POST", vote).cookie(&format!("filodiretto={value}")));
    // The doors open for the right ones.
    for (token, staff) in [(maria.token(), true), (ADMIN, true), (ana.token(), false)] {
        assert!(opens(bearer(token, staff)).await, "{token}");
    }
    assert!(opens(with_cookie(cookie)).await);

    let (mut tried, mut accepted) = (0, Vec::new());
    let mut tries = async |what: String, ask: Ask| {
        tried += 1;
        if opens(ask).await {
            accepted.push(what);
        }
    };
    for (token, staff) in [(maria.token(), true), (ADMIN, true), (ana.token(), false)] {
        for at in 0..token.len() {
            tries(format!("{token} changed at {at}"), bearer(&changed(token, at), staff)).await;
        }
        let last = token.len() - 1;
        for other in "BCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars() {
            let other = format!("{}{other}", &token[..last]);
            if other != token {
                tries(format!("{token} with another end"), bearer(&other, staff)).await;
            }
        }
        for other in [
            token[..last].to_owned(),
            token[1..].to_owned(),
            format!("{token}A"),
            format!("{token}="),
            format!("{token}%00"),
            token.to_ascii_uppercase(),
            token.to_ascii_lowercase(),
            format!("fdi_{token}"),
            token.replacen("fdi_", "fdo_", 1).replacen("fdp_", "fdi_", 1) + "x",
            format!("{token},{token}"),
        ] {
            // The operator's has no capitals.
            if other != token {
                tries(other.clone(), bearer(&other, staff)).await;
            }
        }
        // Shown where none belongs.
        let place = |ask: Ask| if staff { ask } else { as_person(ask) };
        let (method, path) = if staff { ("GET", desk) } else { ("POST", vote) };
        for query in ["token", "access_token", "bearer", "key"] {
            let ask = server.ask(method, &format!("{path}&{query}={token}"));
            tries(format!("in the query, as {query}"), place(ask)).await;
        }
        let headers = [
            ("authorization", format!("Basic {token}")),
            ("authorization", token.to_owned()),
            ("x-authorization", format!("Bearer {token}")),
            ("sec-websocket-protocol", format!("filodiretto.v1, bearer.{token}")),
            ("cookie", format!("token={token}")),
        ];
        for (name, value) in headers {
            let ask = server.ask(method, path).header(name, &value).header("origin", &server.url());
            tries(format!("{name}: {value}"), place(ask)).await;
        }
    }
    for at in 0..cookie.len() {
        tries(format!("a cookie changed at {at}"), with_cookie(&changed(cookie, at))).await;
    }
    // One kind of token in place of another, and a good one at another door.
    tries("an invitation as a cookie".to_owned(), with_cookie(maria.token())).await;
    tries("the operator as a cookie".to_owned(), with_cookie(ADMIN)).await;
    let elsewhere = server.ask("GET", "/api/v1/sessions/altra/questions?as=desk");
    tries("at another session".to_owned(), elsewhere.bearer(maria.token())).await;
    for path in ["/api/v1/sessions/sera/invitations", "/metrics", "/api/v1/sessions/sera/overlay"] {
        tries(path.to_owned(), server.ask("GET", path).bearer(maria.token())).await;
    }
    let join = server.ask("POST", &format!("/join/{}", ana.token()));
    let joined = join.header("origin", &server.url()).sent().await;
    joined.refuses(404, "not_found");
    // Of another house, with keys of its own.
    let other = Server::start().await;
    let stranger = other.citizen().await;
    tries("a person of another house".to_owned(), bearer(stranger.token(), false)).await;
    tries("their cookie".to_owned(), with_cookie(stranger.token())).await;
    println!("S5: {tried} tokens forged, changed or misplaced, {} accepted", accepted.len());
    assert!(accepted.is_empty(), "{}", accepted.join("\n"));
}

/// S4 and S6: with the most powerful cookie there is, no other page can write anything or open a
/// socket, whatever it says of itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_foreign_page_writes_anything_with_an_administrators_cookie() {
    let server = Server::start().await;
    server.opens("sera", no_quotas()).await;
    let (_, invitation) = server.invites("sera", "moderator", "Maria").await;
    let ours = server.url();
    let enter = server.ask("POST", &format!("/join/{ADMIN}")).header("origin", &ours);
    let entered = enter.sent().await.must(303);
    let cookie = entered.header("set-cookie").and_then(|set| set.split(';').next());
    let cookie = cookie.expect("a cookie").to_owned();
    let port = server.address().port();
    let strangers = [
        None,
        Some("https://evil.example".to_owned()),
        Some("null".to_owned()),
        Some(String::new()),
        Some(format!("{ours}.evil.example")),
        Some(format!("http://evil.example:{port}")),
        Some(format!("http://evil.example/{ours}")),
        Some(format!("http://x@127.0.0.1:{port}")),
        Some(ours.replace("http", "https")),
        Some(ours.replace("http", "HTTP")),
        Some(format!("http://127.0.0.1:{}", port ^ 1)),
        Some(format!("{ours}/")),
        Some(format!("{ours} {ours}")),
        Some("http://127.0.0.1".to_owned()),
        Some("file://".to_owned()),
    ];
    let new = json!({"slug": "mia", "title": "Mia", "language": "it"});
    let writes = [
        ("POST", "/api/v1/me".to_owned(), json!({})),
        ("PATCH", "/api/v1/house".to_owned(), json!({"city": {"name": "Mia"}})),
        ("POST", "/api/v1/sessions".to_owned(), new),
        ("PATCH", "/api/v1/sessions/sera".to_owned(), json!({"rev": 1, "title": "Mia"})),
        (
            "POST",
            "/api/v1/sessions/sera/invitations".to_owned(),
            json!({"role": "admin", "name": "Io"}),
        ),
        ("DELETE", format!("/api/v1/sessions/sera/invitations/{invitation}"), json!({})),
        ("POST", "/api/v1/sessions/sera/commands?as=desk".to_owned(), json!({"type": "end"})),
        ("POST", format!("/join/{ADMIN}"), json!({})),
    ];
    let (mut tried, mut wrong) = (0, Vec::new());
    let mut foreign = strangers.map(|origin| (origin, None)).to_vec();
    for site in ["cross-site", "same-site"] {
        foreign.push((Some(ours.clone()), Some(site)));
    }
    let dress = |ask: Ask, origin: &Option<String>, site: Option<&str>| {
        let ask = ask.header("cookie", &cookie);
        let ask = origin.iter().fold(ask, |ask, origin| ask.header("origin", origin));
        site.into_iter().fold(ask, |ask, site| ask.header("sec-fetch-site", site))
    };
    for (origin, site) in &foreign {
        for (method, path, body) in &writes {
            let mut body = body.clone();
            body["id"] = id().into();
            // As a form of another page can send it, without a question before.
            for kind in ["application/json", "text/plain"] {
                let ask = server.ask(method, path).body(body.to_string().as_bytes());
                let ask = dress(ask.header("content-type", kind), origin, *site);
                tried += 1;
                let answer = ask.sent().await;
                if answer.status != 403 || answer.header("set-cookie").is_some() {
                    wrong.push(format!("{origin:?} {site:?} {method} {path}: {}", answer.status));
                }
            }
        }
        for capacity in ["citizen", "desk", "stage", "overlay"] {
            let path = format!("/ws/v1/sessions/sera?as={capacity}");
            let mut headers = vec![("cookie", cookie.clone())];
            headers.extend(origin.clone().map(|origin| ("origin", origin)));
            headers.extend(site.map(|site| ("sec-fetch-site", site.to_owned())));
            tried += 1;
            let opened = Line::open(server.address(), &path, &headers).await;
            if opened.as_ref().err() != Some(&403) {
                let what = opened.err();
                wrong.push(format!("{origin:?} {site:?} a socket as {capacity}: {what:?}"));
            }
        }
    }
    // Nobody may read an answer from elsewhere, either: no such header on any of them.
    let read = server.ask("GET", "/api/v1/sessions").header("origin", "https://evil.example");
    assert!(read.sent().await.header("access-control-allow-origin").is_none());
    let same = server.ask("PATCH", "/api/v1/house").cookie(&cookie);
    same.json(&json!({"city": {"name": "Il Comune"}})).sent().await.must(200);
    println!("S4/S6: {tried} writes and sockets of foreign pages, {} let in", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// S7: one person in twenty tabs, over both ways, votes and takes it back as fast as it goes, while
/// what they vote on is withdrawn: they never count twice. (On two nodes: with the nodes.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_in_twenty_tabs_never_counts_twice() {
    let flags = [&UNHURRIED[..], &["--seats-per-person", "32"]].concat();
    let server = Server::with(&flags).await;
    let evening = evening(&server, "sera", no_quotas()).await;
    let manner = Manner::default();
    let desk = evening.moderator("desk", &manner).await.expect("a desk");
    desk.must(json!({"type": "open"})).await.expect("open");
    let ana = evening.citizen("ana", &manner).await.expect("a page");
    let mut questions = Vec::new();
    for number in 0..5 {
        let question = ana.asks(&format!("La domanda numero {number}?")).await.expect("asked");
        desk.judges("approve", &question, json!({})).await.expect("approved");
        questions.push(question);
    }
    let ticket = evening.host.person().await.expect("a person");
    let mut tabs = JoinSet::new();
    for number in 0..20 {
        let way = if number % 4 == 0 { Way::Events } else { Way::Socket };
        let manner = Manner { way, patient: true, seed: number, ..Manner::default() };
        let name = format!("tab-{number}");
        let tab = evening.invitation.visitor(&name, Seat::Citizen, ticket.clone(), &manner);
        // What is done here is not the page's business until it stands.
        let (questions, mut chance) = (questions.clone(), Chance::of(7, &name));
        tabs.spawn(async move {
            let tab = tab.ready().await.expect("a page");
            let mut done = 0;
            for _ in 0..20 {
                let question = &questions[chance.below(questions.len())];
                let vote = json!({"type": "vote", "question": question, "on": chance.below(3) > 0});
                done += usize::from(tab.does(vote).await.is_done());
            }
            (tab, done)
        });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    ana.must(json!({"type": "withdraw", "question": questions[0]})).await.expect("withdrawn");
    let (mut kept, mut done) = (Vec::new(), 0);
    while let Some(tab) = tabs.join_next().await {
        let (tab, counted) = tab.expect("nobody panics");
        kept.push(tab);
        done += counted;
    }
    let report = is_clean(&evening, &server, &[]).await;
    let all = evening.desk().await.expect("the list");
    let votes = all["questions"].as_array().expect("a list").iter().map(|q| q["votes"].as_u64());
    let votes: Vec<u64> = votes.flatten().collect();
    println!(
        "S7: one person, 20 tabs, 400 votes, {done} done, one question withdrawn meanwhile; they \
         count {votes:?}, over-count {}",
        votes.iter().filter(|votes| **votes > 1).count()
    );
    assert!(done > 200, "{report}");
    assert!(votes.iter().all(|votes| *votes <= 1), "{votes:?}");
}

/// S13: tokens are as random as they should be, and guessing is slowed down without locking out
/// those who have a good one. (That no secret is compared with `==` does not compile in `gate`.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_tokens_leads_nowhere_and_locks_nobody_out() {
    const GUESSES: usize = 1_000;
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    let (maria, _) = server.invites("sera", "moderator", "Maria").await;
    let mut tokens = std::collections::BTreeSet::new();
    for number in 0..100 {
        let role = ["moderator", "official"][number % 2];
        tokens.insert(server.invites("sera", role, "Qualcuno").await.0.token().to_owned());
        tokens.insert(server.citizen().await.token().to_owned());
    }
    assert_eq!(tokens.len(), 200, "two are the same");
    // Bits that differ from token to token, at the places where any differ: a half of 128 or more.
    let invitations: Vec<_> = tokens.iter().filter(|token| token.starts_with("fdi_")).collect();
    let differ =
        |one: &str, other: &str| one.bytes().zip(other.bytes()).filter(|(a, b)| a != b).count();
    let least = invitations.windows(2).map(|two| differ(two[0], two[1])).min().expect("some");
    assert!(least >= 14, "two invitations differ in {least} characters of 22");

    let running = beside.runs();
    let (mut unknown, mut slowed, mut opened, mut good) = (0, 0, 0, 0);
    let mut chance = Chance::of(13, "guesses");
    for number in 0..GUESSES {
        let mut guess = maria.token().as_bytes().to_vec();
        // Somebody has seen the beginning.
        for byte in &mut guess[12..] {
            *byte = b'a' + u8::try_from(chance.below(26)).expect("small");
        }
        let guess = String::from_utf8(guess).expect("text");
        let ask = server.ask("GET", "/api/v1/sessions/sera/questions?as=desk").bearer(&guess);
        match ask.sent().await.status {
            401 => unknown += 1,
            429 => slowed += 1,
            _ => opened += 1,
        }
        if number % 50 == 0 {
            let path = "/api/v1/sessions/sera/questions?as=desk";
            good += usize::from(maria.asks("GET", path).sent().await.status == 200);
        }
    }
    let figures = running.ends().await;
    println!(
        "S13: {GUESSES} guesses: {unknown} unknown, {slowed} slowed down, {opened} opened; the good \
         token opened {good} of 20 times meanwhile; the evening beside: {figures}"
    );
    assert_eq!((opened, good), (0, 20));
    assert!(slowed > GUESSES / 2, "guessing is not slowed down");
    is_clean(&beside.evening, &server, &[]).await;
}

/// S15: all that somebody has open is closed when their right ends: sockets, event streams, at the
/// desk and on the stage. (On every node: with the nodes.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_was_open_by_a_right_is_closed_when_it_ends() {
    let server = Server::start().await;
    server.opens("sera", no_quotas()).await;
    let (maria, invitation) = server.invites("sera", "moderator", "Maria").await;
    let (luca, _) = server.invites("sera", "moderator", "Luca").await;
    let mut lines = Vec::new();
    for capacity in ["desk", "stage", "desk", "stage", "desk"] {
        lines.push(maria.sits("sera", capacity).await);
    }
    let streams = ["desk", "stage"].map(|capacity| {
        let path = format!("/api/v1/sessions/sera/events?as={capacity}");
        tokio::spawn(maria.asks("GET", &path).sent())
    });
    crate::support::until("all are open", async || {
        let figures = server.operator().asks("GET", "/metrics").sent().await.body;
        figures.contains("filodiretto_seats 7\n")
    })
    .await;
    let mut other = luca.sits("sera", "desk").await;
    let path = format!("/api/v1/sessions/sera/invitations/{invitation}");
    server.operator().asks("DELETE", &path).sent().await.must(204);
    let start = Instant::now();
    for line in &mut lines {
        assert_eq!(line.ends().await, 4500);
    }
    for stream in streams {
        let said = stream.await.expect("nobody panics").body;
        assert!(said.contains("\"type\":\"goodbye\",\"code\":4500"), "{said}");
    }
    let took = start.elapsed();
    println!("S15: 5 sockets and 2 event streams closed {} ms after the end", took.as_millis());
    // An order of magnitude: the cores may be busy with something else.
    assert!(took < Duration::from_secs(10), "{took:?}");
    other.did(json!({"type": "off_air"})).await;
    let nobody = Visitor::with_token(server.address(), maria.token());
    nobody.sends("sera", "desk", json!({"type": "off_air"})).await.refuses(401, "unauthenticated");
}
