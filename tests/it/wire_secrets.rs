//! What must not come out, and in what form what comes out does: one crawl of every address by
//! everybody, texts that want to be markup, lines that want to be log lines. S1, S2 … are the cases
//! of our list of faults and attacks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use loadtest::visitor::{Manner, about};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::http_api::carries_strict_headers;
use crate::support::server::ADMIN;
use crate::support::{Answer, Ask, PATIENCE, Server, Visitor, id};
use crate::wire_beside::Beside;
use crate::wire_ground::is_clean;

/// A word that stands in exactly one text that nobody of the public may see.
fn canary(number: usize) -> String {
    format!("canarino{number}nonvola")
}

/// Asks, and reads for a moment where an answer has no end.
async fn answered(server: &Server, ask: Ask, endless: bool, to: &str) -> Answer {
    if !endless {
        return ask.sent().await;
    }
    let mut stream = TcpStream::connect(server.address()).await.expect("it listens");
    stream.write_all(&ask.bytes()).await.expect("it takes a request");
    let (mut all, mut some) = (Vec::new(), [0; 16 * 1024]);
    let mut until = Instant::now() + PATIENCE;
    while let Ok(Ok(count @ 1..)) = timeout_at(until, stream.read(&mut some)).await {
        all.extend(&some[..count]);
        // A moment, from the head on.
        until = until.min(Instant::now() + Duration::from_millis(300));
    }
    Answer::read(&all, to)
}

/// Every address there is: those of the API from its own description, and the pages.
async fn addresses(server: &Server, given: &BTreeMap<&str, String>) -> Vec<String> {
    let described = server.ask("GET", "/api/openapi.yaml").sent().await.must(200).body;
    let described: Value = serde_yaml_ng::from_str(&described).expect("YAML");
    let paths = described["paths"].as_object().expect("paths");
    let mut all: Vec<_> = paths.keys().map(|path| format!("/api/v1{path}")).collect();
    assert!(all.len() >= 12, "{all:?}");
    let pages = [
        "/",
        "/s/{slug}",
        "/s/{slug}/plain",
        "/s/{slug}/calendar.ics",
        "/s/{slug}/overlay",
        "/s/{slug}/embed",
        "/desk/{slug}",
        "/stage/{slug}",
        "/producer/{slug}",
        "/admin",
        "/theme.css",
        "/coat-of-arms",
        "/assets/none.js",
        "/join/{token}",
        "/r/{code}",
        "/robots.txt",
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/openapi.yaml",
        "/api/asyncapi.yaml",
        "/ws/v1/sessions/{slug}",
        "/api/v1/sessions/{slug}/questions?state=pending,dismissed,withdrawn",
        "/api/v1/sessions/{slug}/questions?as=desk",
        "/api/v1/sessions/{slug}/questions?as=stage",
        "/api/v1/sessions/{slug}/questions?as=overlay&order=new",
        "/api/v1/sessions/{slug}/events?as=citizen",
        "/api/v1/sessions/{slug}/events?as=desk",
        "/api/v1/sessions/{slug}/events?as=overlay",
        "/api/v1/sessions/{slug}/export?scope=full",
        "/api/v1/sessions/{slug}/export?format=csv&scope=public",
        "/api/v1/sessions/{slug}/export?format=csv&scope=full&table=decisions",
        "/api/v1/receipts/{code}?history=1",
        "/r/{code}?history=1",
        "/search",
        "/search?q=domanda",
        "/none",
        "/%00",
        "/..%2f..%2fetc%2fpasswd",
        "/.git/config",
    ];
    all.extend(pages.map(str::to_owned));
    for (name, value) in given {
        let name = format!("{{{name}}}");
        all.iter_mut().for_each(|path| *path = path.replace(&name, value));
    }
    // The same of a session that nobody may know of, and of none.
    let more = ["bozza", "nessuna"].map(|other| {
        let of = |path: &String| {
            path.contains("/sera").then(|| path.replace("/sera", &format!("/{other}")))
        };
        all.iter().filter_map(of).collect::<Vec<_>>()
    });
    all.extend(more.concat());
    assert!(all.iter().all(|path| !path.contains('{')), "{all:?}");
    all
}

/// S1 and S20: every address, by every method, asked for by everybody, beside an evening: strict
/// headers on each answer, cookies only where somebody becomes somebody, and for nobody a secret or
/// a text that is not theirs to see.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: four thousand requests"]
async fn a_crawl_of_every_address_finds_strict_headers_and_no_secret() {
    let server = Server::with(&["--limit-failed-sign-ins-per-network", "off"]).await;
    let beside = Beside::opens(&server).await;
    let secret = secrets(&beside).await;
    let title = canary(300);
    let draft = json!({"slug": "bozza", "title": title, "language": "it"});
    server.operator().asks("POST", "/api/v1/sessions").json(&draft).sent().await.must(201);
    server.opens("altra", json!({})).await;
    let (other, _) = server.invites("altra", "moderator", "Altrove").await;
    let (maria, invitation) = server.invites("sera", "moderator", &canary(301)).await;
    let (ana, bob) = (server.citizen().await, server.citizen().await);
    let key = std::fs::read_to_string(server.data().join("identity-key")).expect("a key");
    let key = key.lines().next().expect("a line").trim().to_owned();
    let given = BTreeMap::from([
        ("slug", "sera".to_owned()),
        ("id", invitation.clone()),
        ("code", "0000-0000-0000-0000".to_owned()),
        ("token", maria.token().to_owned()),
    ]);
    let all = addresses(&server, &given).await;
    let callers = [
        ("nobody", Visitor::nobody(server.address()), false),
        ("a citizen", ana.clone(), false),
        ("a moderator of another session", other, false),
        ("a moderator", maria.clone(), true),
        ("the operator", server.operator(), true),
    ];
    let methods = ["GET", "HEAD", "OPTIONS", "PUT", "TRACE", "POST", "PATCH", "DELETE", "BREW"];
    let running = beside.runs();
    let (mut answers, mut bytes, mut statuses) = (0, 0, BTreeMap::<u16, usize>::new());
    let mut leaks = Vec::new();
    for (name, caller, is_staff) in &callers {
        for path in &all {
            for method in methods {
                // What they do by it would end the crawl; it is tried as S3 and S6.
                if *is_staff && method == "DELETE" {
                    continue;
                }
                // Whoever has an invitation and presses its button is a moderator from then on.
                if method == "POST" && path.starts_with("/join/") {
                    continue;
                }
                let page = !path.starts_with("/api/");
                let ask = caller.asks(method, path);
                let ask = ask.header("accept", if page { "text/html" } else { "*/*" });
                let endless = path.contains("/events") && method == "GET";
                let to = format!("{method} {path}");
                let answer = answered(&server, ask, endless, &to).await;
                carries_strict_headers(&answer);
                is_in_form(&answer, method);
                answers += 1;
                *statuses.entry(answer.status).or_default() += 1;
                let all = format!("{:?}\n{}", answer.headers, answer.body);
                bytes += all.len();
                for secret in [ADMIN, &key, bob.token()] {
                    if all.contains(secret) {
                        leaks.push(format!("{to} shows a secret to {name}"));
                    }
                }
                // The page of an invitation names it, to whoever has its token.
                let own = path.starts_with("/join/");
                let shown = secret.iter().chain([&title]).any(|canary| all.contains(canary));
                if !is_staff && shown {
                    leaks.push(format!("{to} shows a text to {name}: {}", answer.body));
                }
                if !is_staff && !own && (all.contains(maria.token()) || all.contains(&canary(301)))
                {
                    leaks.push(format!("{to} shows an invitation to {name}"));
                }
                assert!(answer.status < 500 || answer.status == 501, "{to}: {}", answer.status);
            }
        }
    }
    let figures = running.ends().await;
    let log = server.log();
    for secret in [ADMIN, &key, bob.token(), ana.token(), maria.token(), "canarino", "biblioteca"] {
        assert!(!log.contains(secret), "the log shows {secret}");
    }
    println!(
        "S1/S20: {} addresses, {} methods, {} callers: {answers} answers {statuses:?}, 0 without \
         strict headers; {} secrets, {bytes} bytes and {} of logs searched, {} leaks; the evening \
         beside: {figures}",
        all.len(),
        methods.len(),
        callers.len(),
        secret.len() + 6,
        log.len(),
        leaks.len()
    );
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    is_clean(&beside.evening, &server, &secret).await;
}

/// Cookies, methods, kinds of content.
fn is_in_form(answer: &Answer, method: &str) {
    let to = &answer.to;
    for (name, value) in &answer.headers {
        match name.as_str() {
            "set-cookie" => {
                assert!(
                    ["POST /api/v1/me", "POST /join/", "POST /s/"]
                        .iter()
                        .any(|way| to.starts_with(way)),
                    "{to}"
                );
                for part in ["filodiretto=", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
                    assert!(value.contains(part), "{to}: {value}");
                }
            }
            "server" | "x-powered-by" | "access-control-allow-origin" => panic!("{to}: {name}"),
            _ => {}
        }
    }
    if method == "GET" && answer.status == 200 {
        let kind = answer.header("content-type").unwrap_or_default();
        assert!(kind.contains('/') && !kind.contains("octet"), "{to}: {kind}");
    }
    if answer.status == 405 {
        let allow = answer.header("allow").unwrap_or_default();
        assert!(!allow.is_empty() && !allow.contains(method), "{to}: allow {allow:?}");
    }
    assert!(
        answer.status != 200 || !["TRACE", "PUT", "BREW"].contains(&method),
        "{to}: {}",
        answer.status
    );
}

/// Texts that stay secret, in every way in which they can.
async fn secrets(beside: &Beside) -> Vec<String> {
    let (ana, desk) = (&beside.ana, &beside.desk);
    let public = ana.asks("Quando riapre la biblioteca?").await.expect("asked");
    desk.judges("approve", &public, json!({})).await.expect("approved");
    let ask = |n: usize| {
        let (text, name) = (format!("Una {}?", canary(n)), canary(100 + n));
        json!({"type": "ask", "text": text, "name": name})
    };
    let mut asked = Vec::new();
    for number in 0..5 {
        asked.push(ana.must(ask(number)).await.expect("asked"));
    }
    let note = json!({"reason": "other", "note": canary(200)});
    desk.judges("dismiss", &asked[1], note).await.expect("dismissed");
    ana.must(json!({"type": "withdraw", "question": asked[2]})).await.expect("withdrawn");
    let edit = json!({"type": "edit", "question": asked[3], "text": canary(201)});
    ana.must(edit).await.expect("edited");
    let rev = desk.look(|board| board.rev(&asked[4]));
    let revise = about("revise", &asked[4], rev, json!({"text": canary(202)}));
    desk.must(revise).await.expect("revised");
    let numbers = (0..5).chain(100..105).chain(200..203);
    numbers.map(canary).collect()
}

/// S2: what the public can fetch does not move by a byte while questions are refused behind it.
/// (That no frame differs, either: `the_public_sees_the_same_with_and_without_refused_questions`.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_public_moves_while_questions_are_refused_behind_it() {
    let server = Server::start().await;
    let beside = Beside::opens(&server).await;
    beside.goes_on().await;
    // Counts travel once a second, and a shared snapshot is as old.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let look = async || {
        let mut seen = Vec::new();
        for path in
            ["", "/board", "/questions", "/questions?order=new", "/export?scope=public", "/chain"]
        {
            let path = format!("/api/v1/sessions/sera{path}");
            let answer = server.ask("GET", &path).sent().await;
            let tag = answer.header("etag").unwrap_or_default().to_owned();
            seen.push((path, answer.status, tag, answer.body));
        }
        seen
    };
    let before = look().await;
    for number in 0..12 {
        let question = beside.ana.asks(&format!("{} {number}?", canary(number))).await;
        let question = question.expect("asked");
        match number % 3 {
            0 => beside.desk.judges("dismiss", &question, json!({"reason": "off_topic"})).await,
            1 => beside.ana.must(json!({"type": "withdraw", "question": question})).await,
            _ => Ok(question),
        }
        .expect("done");
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = look().await;
    let differ = before.iter().zip(&after).filter(|(one, other)| one != other).count();
    let bytes: usize = after.iter().map(|seen| seen.3.len()).sum();
    println!("S2: 12 refused behind 6 addresses and their tags ({bytes} bytes): {differ} differ");
    assert_eq!(before, after);
}

/// Texts that want to be something else where they are shown.
const MARKUP: [&str; 16] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "'-alert(1)-'",
    "</title><script>alert(1)</script>",
    "<a href=javascript:alert(1)>qui</a>",
    "javascript:alert(1)//",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "<!--<script>",
    "<math><mi xlink:href=\"data:x,1\">",
    "&lt;b&gt;",
    "</main></body><iframe src=//evil.example>",
    "`onmouseover=alert(1)",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
];

/// Characters that turn, hide or stack what stands beside them.
const TRICKS: [&str; 8] = [
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{feff}",
    "\u{e0041}",
    "\u{0}",
    "\u{1b}[31m",
    "a\u{335}\u{335}\u{335}\u{335}\u{335}\u{335}",
];

/// S11, what a server can do for it: whatever people write in any field stands on no page as
/// markup, comes as JSON or CSV and as nothing else, and carries no character that tricks a screen.
/// (That no browser executes any of it is tried with the pages.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_people_write_becomes_markup_or_a_trick() {
    // One operator looks at hundreds of pages here, the house's own among them.
    let off = ["--limit-requests-per-person", "off", "--limit-requests-per-staff", "off"];
    let server = Server::with(&off).await;
    let beside = Beside::opens(&server).await;
    let links = json!(["https://example.org/?q=%3Cscript%3E"]);
    let (mut pages, mut texts, mut found) = (0, 0, Vec::new());
    for (number, payload) in MARKUP.iter().copied().chain(TRICKS).enumerate() {
        let text = format!("Domanda {number} {payload} e basta?");
        let slug = format!("sera-{number}");
        let line: String = payload.chars().filter(|c| !c.is_control()).collect();
        let mut made = json!({
            "slug": slug, "title": format!("Titolo {line}"), "language": "it", "rehearsal": true,
            "labels": [format!("Tema {line}")], "officials": [{"name": format!("N {line}"), "office": format!("Ufficio {line}")}],
            "policy": {"slow_s": null},
        });
        let made_by = async |made: &Value| {
            server.operator().asks("POST", "/api/v1/sessions").json(made).sent().await
        };
        if made_by(&made).await.status != 201 {
            // What could not be shown as it is is refused in lists; elsewhere it is cleaned.
            assert!(TRICKS.contains(&payload), "{payload}");
            (made["officials"], made["labels"]) = (json!([]), json!([]));
            made_by(&made).await.must(201);
        }
        let city = json!({"city": {"name": format!("Città {line}")}});
        server.operator().asks("PATCH", "/api/v1/house").json(&city).sent().await.must(200);
        server.operator().sends(&slug, "desk", json!({"type": "open"})).await.must(200);
        let (maria, _) = server.invites(&slug, "moderator", &format!("M {line}")).await;
        let ana = server.citizen().await;
        let ask = json!({"type": "ask", "text": text, "review": true, "name": line.chars().take(40).collect::<String>()});
        let asked = ana.sends(&slug, "citizen", ask).await.must(200).json();
        let question = &asked["id"];
        let act = async |mut command: Value| {
            command["question"] = question.clone();
            maria.sends(&slug, "desk", command).await.must(200);
        };
        act(json!({"type": "approve", "rev": 1})).await;
        act(json!({"type": "answer", "rev": 2, "text": text, "links": links})).await;
        let receipt = asked["receipt"].as_str().expect("a receipt");
        let hostile = payload.replace('<', "%3C").replace('>', "%3E").replace('"', "%22");
        let hostile: String = hostile.chars().filter(|c| c.is_ascii_graphic()).collect();
        for path in [
            "/".to_owned(),
            format!("/s/{slug}"),
            format!("/s/{slug}/plain"),
            format!("/s/{slug}/overlay"),
            format!("/s/{slug}/embed"),
            format!("/desk/{slug}"),
            format!("/stage/{slug}"),
            format!("/producer/{slug}"),
            "/admin".to_owned(),
            format!("/join/{}", maria.token()),
            format!("/r/{receipt}?history=1"),
            format!("/search?q={hostile}"),
            format!("/s/{hostile}"),
            format!("/r/{hostile}"),
            format!("/join/{hostile}"),
        ] {
            let ask = server.operator().asks("GET", &path).header("accept", "text/html");
            let page = ask.sent().await;
            pages += 1;
            found.extend(markup(&page.body).map(|tag| format!("{path}: {tag}")));
            found.extend(tricks(&page.body).map(|trick| format!("{path}: {trick}")));
        }
        let decisions = "/export?format=csv&scope=full&table=decisions";
        for path in ["", "/board", "/questions", "/export", "/export?format=csv", decisions] {
            let path = format!("/api/v1/sessions/{slug}{path}");
            let answer = server.operator().asks("GET", &path).sent().await.must(200);
            let kind = answer.header("content-type").unwrap_or_default();
            assert!(kind.starts_with("application/") || kind.starts_with("text/csv"), "{kind}");
            texts += 1;
            // A spreadsheet must not take a cell for a formula; its first character says how to read.
            let body = answer.body.trim_start_matches('\u{feff}').to_owned();
            for cell in [",=", ",\"=", ",@", ",\"@", ";=", ";\"=", ";@", ";\"@", "\n=", "\n@"] {
                found.extend(body.contains(cell).then(|| format!("{path}: a formula {cell}")));
            }
            let said = serde_json::from_str::<Value>(&body).map_or(body, |json| {
                let mut all = String::new();
                gather(&json, &mut all);
                all
            });
            found.extend(tricks(&said).map(|trick| format!("{path}: {trick}")));
        }
    }
    for (file, text) in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/web/src"))) {
        let words =
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "{@html"];
        let said = words.into_iter().filter(|word| text.contains(word));
        found.extend(said.map(|word| format!("{}: {word}", file.display())));
    }
    println!(
        "S11: {} texts in every field, {pages} pages and {texts} bodies: {} as markup or tricks",
        MARKUP.len() + TRICKS.len(),
        found.len()
    );
    assert!(found.is_empty(), "{}", found.join("\n"));
    is_clean(&beside.evening, &server, &[]).await;
}

/// What the pages are built from.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let inside = std::fs::read_dir(folder).expect("the pages' sources");
    let paths = inside.map(|entry| entry.expect("an entry").path());
    let read = |path: PathBuf| match path.is_dir() {
        true => sources(&path),
        false => {
            let text = std::fs::read_to_string(&path).expect("a text");
            vec![(path, text)]
        }
    };
    paths.flat_map(read).collect()
}

/// Tags that no page of ours has, or with more than ours say.
fn markup(page: &str) -> impl Iterator<Item = String> {
    let ours = [
        "!doctype", "html", "head", "meta", "title", "link", "script", "body", "main", "h1", "h2",
        "p", "ul", "ol", "li", "a", "form", "button", "div", "section", "span", "header", "footer",
        "nav", "dl", "dt", "dd", "noscript", "bdi", "strong", "em", "time", "h3", "label", "input",
        "textarea", "fieldset", "legend", "br", "code", "details", "summary",
    ];
    page.split('<')
        .skip(1)
        .filter_map(move |rest| {
            let tag = rest.split('>').next().unwrap_or_default().to_ascii_lowercase();
            // No picture for the tab, so that no browser asks for one.
            let tag = tag.replace("rel=\"icon\" href=\"data:,\"", "");
            let tag = without_values(&tag);
            let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
            let acts =
                [" on", "javascript:", "data:", "//evil"].iter().any(|word| tag.contains(word));
            let inline = rest.starts_with("script>");
            (!ours.contains(&name) || acts || inline).then(|| format!("<{tag}>"))
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// Without what a description or a field holds, which nothing runs. Whoever breaks out of the quotes
/// stands behind them.
fn without_values(tag: &str) -> String {
    let mut kept = String::new();
    let mut rest = tag;
    while let Some(at) = [" content=\"", " value=\""]
        .iter()
        .filter_map(|start| rest.find(start).map(|at| at + start.len()))
        .min()
    {
        kept.push_str(&rest[..at]);
        rest = rest[at..].split_once('"').map_or("", |(_, behind)| behind);
    }
    kept + rest
}

/// Characters that trick a screen.
fn tricks(text: &str) -> impl Iterator<Item = String> {
    let bad = |c: &char| {
        matches!(c,
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
            | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    let stacked = text.contains("\u{335}\u{335}\u{335}\u{335}");
    let found: Vec<_> = text.chars().filter(bad).map(|c| format!("{c:?}")).collect();
    found.into_iter().chain(stacked.then(|| "four marks on one letter".to_owned()))
}

fn gather(json: &Value, all: &mut String) {
    match json {
        Value::String(text) => all.push_str(text),
        Value::Array(values) => values.iter().for_each(|value| gather(value, all)),
        Value::Object(fields) => fields.values().for_each(|value| gather(value, all)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// S12: whatever stands in addresses, headers and bodies, no line of the log is forged: each is one
/// object, or one line that begins with its moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_line_of_the_log_can_be_forged() {
    for format in ["json", "text"] {
        let flags = ["--log", "debug", "--log-format", format];
        let server = Server::with(&flags).await;
        let beside = Beside::opens(&server).await;
        let running = beside.runs();
        let raw = [
            "x\r\n2026-11-22T00:00:00Z ERROR forged",
            "x\n{\"level\":\"ERROR\",\"message\":\"forged\"}",
            "\u{1b}[31mERROR forged\u{1b}[0m",
            "\"},{\"forged\":\"1",
            "\\n\\\" forged",
            "\u{85}forged \u{2028}forged",
            "%0d%0aforged",
            "${jndi:ldap://forged}",
        ];
        let mut sent = 0;
        let line = beside.evening.citizen("hostile", &Manner::default()).await.expect("a page");
        for payload in raw {
            let encoded: String = payload.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let header: String = payload.chars().filter(|c| !c.is_control()).collect();
            for path in [
                format!("/{encoded}"),
                format!("/s/{encoded}"),
                format!("/api/v1/sessions/{encoded}/board"),
                format!("/join/fdi_{encoded}"),
                format!("/r/{encoded}"),
                format!("/api/v1/sessions/sera/questions?as={encoded}&after={encoded}"),
            ] {
                server.ask("GET", &path).sent().await;
                sent += 1;
            }
            for name in [
                "user-agent",
                "origin",
                "referer",
                "cookie",
                "authorization",
                "x-forwarded-for",
                "forwarded",
                "accept-language",
                "last-event-id",
                "x-request-id",
                "traceparent",
            ] {
                server.ask("POST", "/api/v1/me").header(name, &header).sent().await;
                sent += 1;
            }
            for body in [
                json!({"type": "ask", "id": payload, "text": payload}),
                json!({"type": payload, "id": id(), "text": payload}),
                json!({"slug": payload, "title": payload, "language": payload}),
            ] {
                for path in ["/api/v1/sessions/sera/commands", "/api/v1/sessions"] {
                    server.operator().asks("POST", path).json(&body).sent().await;
                    sent += 1;
                }
            }
            line.asks(&format!("{payload} forged da un testo?")).await.expect("asked");
            sent += 1;
        }
        let figures = running.ends().await;
        let log = server.log();
        let is_good = |line: &&str| {
            let clean = !line.chars().any(|c| c.is_control() || "\u{2028}\u{2029}".contains(c));
            let whole = match format {
                "json" => serde_json::from_str::<Value>(line).is_ok_and(|line| line.is_object()),
                _ => line.starts_with("2"),
            };
            clean && whole && !line.contains("forged")
        };
        // The first lines are the settings, in a table of their own.
        let logged = log.lines().filter(|line| match format {
            "json" => true,
            _ => {
                line.contains(" INFO ")
                    || line.contains(" WARN ")
                    || line.contains(" ERROR ")
                    || line.contains(" DEBUG ")
                    || line.contains("forged")
                    || line.contains('\u{1b}')
            }
        });
        let logged: Vec<_> = logged.collect();
        let bad: Vec<_> = logged.iter().filter(|line| !is_good(line)).collect();
        println!(
            "S12 {format}: {sent} hostile requests, {} lines logged, {} bad; the evening beside: \
             {figures}",
            logged.len(),
            bad.len()
        );
        assert!(logged.len() > 1, "{log}");
        assert!(bad.is_empty(), "{bad:#?}");
        is_clean(&beside.evening, &server, &[]).await;
    }
}
