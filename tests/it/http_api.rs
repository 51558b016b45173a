//! The API and the pages, as other programs meet them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::server::ADMIN;
use crate::support::{Answer, Server, Visitor, id};

/// What every answer carries, whatever it is.
pub(crate) fn carries_strict_headers(answer: &Answer) {
    let header = |name: &str| {
        answer.header(name).unwrap_or_else(|| panic!("{}: no {name}", answer.to)).to_owned()
    };
    let policy = header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';"), "{}: {policy}", answer.to);
    for part in ["base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{}: {policy}", answer.to);
    }
    let path = answer.to.split(' ').nth(1).expect("a path");
    // OBS writes a producer's custom CSS into the overlay, and into nothing else.
    let overlay = path.starts_with("/s/") && path.ends_with("/overlay");
    let strict =
        if overlay { policy.replace("style-src 'self' 'unsafe-inline'", "") } else { policy };
    assert!(!strict.contains("unsafe"), "{}: {strict}", answer.to);
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    assert!(header("permissions-policy").contains("camera=()"));
    let referrer = header("referrer-policy");
    let expected = match path {
        // `no-referrer` would make a browser send `Origin: null` with the page's own form.
        path if path.starts_with("/join/") => "same-origin",
        path if path.starts_with("/r/") || path.contains("/receipts/") => "no-referrer",
        _ => "strict-origin-when-cross-origin",
    };
    assert_eq!(referrer, expected, "{}", answer.to);
    let cache = header("cache-control");
    let public = ["/board", ".yaml", "/robots.txt", "/theme.css", "/calendar.ics"];
    let is_public = path == "/" || public.iter().any(|end| path.ends_with(end));
    if path.ends_with("/plain") && answer.status < 400 {
        // Whose own questions stand there is asked every time; what nobody owns may be kept.
        let kept = ["private, no-cache", "public, max-age=0, s-maxage=2", "no-store"];
        assert!(kept.contains(&cache.as_str()), "{}: {cache}", answer.to);
    } else if answer.status >= 400 || !is_public {
        assert_eq!(cache, "no-store", "{}", answer.to);
    }
}

/// The stream's host may be asked by the page of its session alone.
#[tokio::test]
async fn the_host_of_a_stream_is_allowed_on_the_page_of_its_session_alone() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    server.opens("altra", json!({})).await;
    let describe = async |stream: Value| {
        let (path, operator) = ("/api/v1/sessions/sera", server.operator());
        let rev = operator.asks("GET", path).sent().await.must(200).json()["rev"].clone();
        operator.asks("PATCH", path).json(&json!({"rev": rev, "stream": stream})).sent().await
    };
    let policy = async |path: &str| {
        let page = server.operator().asks("GET", path).sent().await.must(200);
        page.header("content-security-policy").expect("a policy").to_owned()
    };
    let plain = policy("/s/altra").await;
    assert_eq!(policy("/s/sera").await, plain, "without a stream nobody else is asked");
    let hls = json!({"url": "https://video.test:8443/a.m3u8", "kind": "hls"});
    describe(hls).await.must(200);
    let host = "https://video.test:8443";
    let with = plain.replace(
        "connect-src 'self'",
        &format!("connect-src 'self' {host}; media-src blob: {host}"),
    );
    assert_ne!(with, plain);
    assert_eq!(policy("/s/sera").await, with);
    for elsewhere in ["/", "/s/altra", "/desk/sera", "/stage/sera", "/s/sera/overlay"] {
        assert!(!policy(elsewhere).await.contains("video.test"), "{elsewhere}");
    }
    let odd = json!({"url": "https://video.test;script-src", "kind": "hls"});
    describe(odd).await.refuses(400, "malformed");
    assert_eq!(policy("/s/sera").await, with);
    describe(Value::Null).await.must(200);
    assert_eq!(policy("/s/sera").await, plain);
}

#[tokio::test]
async fn every_answer_carries_strict_headers_and_every_error_is_a_problem() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let (maria, _) = server.invites("sera", "moderator", "Maria").await;
    let join = format!("/join/{}", maria.token());
    let there = [
        "/",
        "/s/sera",
        "/s/sera/plain",
        "/s/sera/overlay",
        "/theme.css",
        "/desk/sera",
        "/stage/sera",
        "/producer/sera",
        "/admin",
        &join,
        "/robots.txt",
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/openapi.yaml",
        "/api/asyncapi.yaml",
        "/api/v1/me",
        "/api/v1/house",
        "/api/v1/sessions",
        "/api/v1/sessions/sera",
        "/api/v1/sessions/sera/board",
        "/api/v1/sessions/sera/questions",
        "/api/v1/sessions/sera/invitations",
        "/api/v1/sessions/sera/overlay",
        "/api/v1/sessions/sera/export",
    ];
    for path in there {
        let answer = server.operator().asks("GET", path).sent().await.must(200);
        carries_strict_headers(&answer);
        assert!(answer.header("set-cookie").is_none(), "{path}: GET sets no cookie");
    }
    let not_there = [
        ("GET", "/none"),
        ("GET", "/s/none"),
        ("GET", "/s/%ff"),
        ("GET", "/s/none/overlay"),
        ("GET", "/desk/none"),
        ("GET", "/join/fdi_none"),
        ("GET", "/r/0000-0000-0000-0000"),
        ("GET", "/api/v1/none"),
        ("GET", "/api/v1/sessions/none/board"),
        ("GET", "/api/v1/receipts/none"),
        ("GET", "/ws/v1/sessions/sera"),
        ("DELETE", "/api/v1/house"),
        ("PUT", "/s/sera"),
        ("POST", "/api/v1/sessions"),
        ("PATCH", "/api/v1/house"),
        ("GET", "/metrics"),
        ("POST", "/api/v1/sessions/sera/commands"),
        ("POST", "/api/v1/sessions/sera/invitations"),
        ("GET", "/api/v1/sessions/sera/questions?as=nobody"),
        ("GET", "/admin"),
        ("GET", "/api/v1/sessions/sera/export?scope=full"),
        ("OPTIONS", "/api/v1/me"),
    ];
    for (method, path) in not_there {
        let answer = server.ask(method, path).sent().await;
        assert!((400..500).contains(&answer.status), "{}: {}", answer.to, answer.status);
        carries_strict_headers(&answer);
        let problem = answer.json();
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        assert_eq!(problem["status"], answer.status, "{path}");
        assert!(problem["code"].is_string() && problem["detail"].is_string(), "{problem}");
        // A person who went there reads a page.
        if !path.starts_with("/api/") && !path.starts_with("/ws/") && method == "GET" {
            let page = server.ask(method, path).header("accept", "text/html").sent().await;
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
            assert_eq!(page.status, answer.status);
            carries_strict_headers(&page);
        }
    }
    let english =
        server.ask("GET", "/none").header("accept-language", "en-GB,it;q=0.5").sent().await;
    assert_eq!(english.json()["title"], "Not found.");
}

#[tokio::test]
async fn over_https_cookies_and_links_are_the_public_addresss_own() {
    let flags = ["--public-url", "https://domande.comune.test", "--trusted-proxy", "127.0.0.1/32"];
    let server = Server::with(&flags).await;
    let origin = "https://domande.comune.test";
    let made = server.ask("POST", "/api/v1/me").header("origin", origin).sent().await.must(204);
    let cookie = made.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-filodiretto=") && cookie.contains("Secure"), "{cookie}");
    assert!(made.header("strict-transport-security").is_some());
    server.opens("sera", json!({})).await;
    let body = json!({"role": "official", "name": "La sindaca"});
    let path = "/api/v1/sessions/sera/invitations";
    let made = server.operator().asks("POST", path).json(&body).sent().await.must(201).json();
    let link = made["link"].as_str().expect("a link");
    assert!(link.starts_with("https://domande.comune.test/join/fdi_"), "{link}");
}

#[tokio::test]
async fn the_press_office_prepares_an_evening() {
    let server = Server::start().await;
    let operator = server.operator();
    let ana = server.citizen().await;
    let sessions = "/api/v1/sessions";
    let body = json!({"slug": "consiglio", "title": "Consiglio", "language": "it"});
    ana.asks("POST", sessions).json(&body).sent().await.refuses(403, "not_allowed");
    server.ask("POST", sessions).json(&body).sent().await.refuses(401, "unauthenticated");
    let made = operator.asks("POST", sessions).json(&body).sent().await.must(201);
    assert_eq!(made.header("location"), Some("/api/v1/sessions/consiglio"));
    assert_eq!(made.json()["state"], "draft");
    operator.asks("POST", sessions).json(&body).sent().await.refuses(409, "id_taken");
    let wrong = json!({"slug": "Con siglio", "title": "x", "language": "it"});
    operator.asks("POST", sessions).json(&wrong).sent().await.refuses(400, "malformed");
    // A draft is there for those who hold a grant alone.
    let one = "/api/v1/sessions/consiglio";
    let listed = |answer: Answer| answer.must(200).json()["sessions"].as_array().map(Vec::len);
    assert_eq!(listed(ana.asks("GET", sessions).sent().await), Some(0));
    assert_eq!(listed(operator.asks("GET", sessions).sent().await), Some(1));
    let (mayor, _) = server.invites("consiglio", "official", "La sindaca").await;
    mayor.asks("GET", one).sent().await.must(200);
    assert_eq!(listed(mayor.asks("GET", sessions).sent().await), Some(1));
    ana.asks("GET", one).sent().await.refuses(404, "not_found");
    server.ask("GET", "/s/consiglio").sent().await.refuses(404, "not_found");
    server.ask("GET", &format!("{one}/board")).sent().await.refuses(404, "not_found");
    // It opens when the city has said who it is.
    let open = json!({"type": "open"});
    let refused = operator.sends("consiglio", "desk", open.clone()).await.refuses(409, "not_ready");
    assert_eq!(refused.json()["missing"].as_array().map(Vec::len), Some(5));
    let link = "https://comune.test/x";
    let city = json!({"city": {
        "name": "Comune di Prova", "contact": "info@comune.test", "privacy_url": link,
        "accessibility_url": link, "legal_url": link,
    }});
    ana.asks("PATCH", "/api/v1/house").json(&city).sent().await.refuses(403, "not_allowed");
    mayor.asks("PATCH", "/api/v1/house").json(&city).sent().await.refuses(403, "not_allowed");
    let house = operator.asks("PATCH", "/api/v1/house").json(&city).sent().await.must(200).json();
    assert_eq!(house["missing"], json!([]));
    let patch = |rev: u32, title: &str| json!({"rev": rev, "title": title, "labels": ["Verde"]});
    let changed = operator.asks("PATCH", one).json(&patch(1, "Il consiglio")).sent().await;
    assert_eq!(changed.must(200).json()["title"], "Il consiglio");
    operator.asks("PATCH", one).json(&patch(1, "Altro")).sent().await.refuses(409, "stale");
    mayor.asks("PATCH", one).json(&patch(2, "Altro")).sent().await.refuses(403, "not_allowed");
    operator.sends("consiglio", "desk", open).await.must(200);
    assert_eq!(ana.asks("GET", one).sent().await.must(200).json()["state"], "open");
    let page = server.ask("GET", "/").sent().await.must(200).body;
    assert!(
        page.contains(
            "<a href=\"/s/consiglio\"><bdi dir=\"auto\" lang=\"it\">Il consiglio</bdi></a>"
        ),
        "{page}"
    );
    // After a restart everything is as it was.
    let mut server = server;
    server.kill();
    server.restart().await;
    let house = server.ask("GET", "/api/v1/house").sent().await.must(200).json();
    assert_eq!(house["city"]["name"], "Comune di Prova");
    mayor.at(server.address()).asks("GET", one).sent().await.must(200);
}

#[tokio::test]
async fn everybody_may_ask_what_they_may_do() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    server.opens("altra", json!({})).await;
    let ana = server.citizen().await;
    let (capo, _) = server.invites("altra", "admin", "Capo").await;
    capo.asks("GET", "/api/v1/sessions/altra/invitations").sent().await.must(200);
    // The press office's page is for who administers something.
    ana.asks("GET", "/admin").sent().await.refuses(403, "not_allowed");
    capo.asks("GET", "/admin").sent().await.must(200);
    let may = async |who: &Visitor| who.asks("GET", "/api/v1/me").sent().await.must(200).json();
    let nothing = json!({"administrator": false, "roles": {}});
    assert_eq!(server.ask("GET", "/api/v1/me").sent().await.must(200).json(), nothing);
    assert_eq!(may(&ana).await, nothing);
    let altra = json!({"administrator": false, "roles": {"altra": ["admin"]}});
    assert_eq!(may(&capo).await, altra);
    assert_eq!(may(&server.operator()).await["administrator"], true);
}

#[tokio::test]
async fn questions_come_a_page_at_a_time_and_the_public_sees_its_own_alone() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let operator = server.operator();
    let mut desk = operator.sits("sera", "desk").await;
    let mut entered = BTreeSet::new();
    for n in 0..230 {
        let ask =
            json!({"type": "ask", "text": format!("Domanda numero {n}?"), "channel": "paper"});
        entered.insert(desk.wishes(ask).await);
        // At the pace that a seat of the staff may keep.
        if n % 50 == 49 {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
    }
    for _ in 0..230 {
        desk.sees("done").await;
    }
    let secret = server.citizen().await;
    let ask = json!({"type": "ask", "text": "canarino che nessuno approva"});
    let receipt = secret.sends("sera", "citizen", ask).await.must(200).json();
    for order in ["top", "new"] {
        let (mut seen, mut after, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let path = format!("/api/v1/sessions/sera/questions?order={order}{after}");
            let page = server.ask("GET", &path).sent().await.must(200).json();
            let questions = page["questions"].as_array().expect("questions").clone();
            assert!(questions.len() <= 100);
            seen.extend(questions.iter().map(|q| q["id"].as_str().expect("an id").to_owned()));
            pages += 1;
            match page["next"].as_str() {
                Some(next) => {
                    assert!(next.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
                    after = format!("&after={next}");
                }
                None => break,
            }
        }
        assert_eq!((pages, seen.len()), (3, 230), "{order}");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), entered, "{order}");
    }
    let count = async |visitor: &Visitor, query: &str| {
        let path = format!("/api/v1/sessions/sera/questions?{query}");
        let page = visitor.asks("GET", &path).sent().await.must(200);
        assert!(query.contains("desk") || !page.body.contains("canarino"));
        page.json()["questions"].as_array().map(Vec::len)
    };
    assert_eq!(count(&operator, "as=desk&state=pending").await, Some(1));
    assert_eq!(count(&operator, "as=desk&state=pending,dismissed").await, Some(1));
    assert_eq!(count(&operator, "as=citizen&state=pending").await, Some(0));
    assert_eq!(count(&operator, "as=stage").await, Some(0));
    for wrong in ["state=none", "order=best", "after=x", "as=queen"] {
        let path = format!("/api/v1/sessions/sera/questions?{wrong}");
        server.ask("GET", &path).sent().await.refuses(400, "malformed");
    }
    let path = "/api/v1/sessions/sera/questions?as=desk";
    secret.asks("GET", path).sent().await.refuses(403, "not_allowed");
    server.ask("GET", path).sent().await.refuses(401, "unauthenticated");

    // Who holds the receipt sees what became of it, without being anybody.
    let code = receipt["receipt"].as_str().expect("a receipt").to_owned();
    for written in [code.clone(), code.to_lowercase(), code.replace('-', "")] {
        let path = format!("/api/v1/receipts/{written}");
        let held = server.ask("GET", &path).sent().await.must(200).json();
        assert_eq!(held["question"]["text"], "canarino che nessuno approva");
        assert_eq!(held["question"]["state"], "pending");
        assert_eq!(held["questions"].as_array().map(Vec::len), Some(1));
        assert_eq!(held["session"]["slug"], "sera");
    }
    let page = server.ask("GET", &format!("/r/{code}")).sent().await.must(200).body;
    assert!(page.contains("canarino"), "{page}");
    for wrong in ["0000-0000-0000-0000", "x", "%20"] {
        let path = format!("/api/v1/receipts/{wrong}");
        server.ask("GET", &path).sent().await.refuses(404, "not_found");
    }
}

#[tokio::test]
async fn the_board_is_the_same_for_all_and_may_be_kept() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let path = "/api/v1/sessions/sera/board";
    let ana = server.citizen().await;
    let ask = json!({"type": "ask", "text": "canarino che nessuno approva"});
    let first = server.ask("GET", path).sent().await.must(200);
    ana.sends("sera", "citizen", ask).await.must(200);
    let second = server.operator().asks("GET", path).sent().await.must(200);
    // Nothing tells that somebody has asked, not even the tag.
    assert_eq!((&first.body, first.header("etag")), (&second.body, second.header("etag")));
    assert_eq!(first.header("cache-control"), Some("public, max-age=2"));
    assert_eq!(first.json()["type"], "snapshot");
    let tag = first.header("etag").expect("a tag").to_owned();
    let same = server.ask("GET", path).header("if-none-match", &tag).sent().await.must(304);
    assert_eq!((same.body.as_str(), same.header("etag")), ("", Some(tag.as_str())));
    let enter = json!({"type": "ask", "text": "Chi pulisce il parco?", "channel": "hall"});
    server.operator().sends("sera", "desk", enter).await.must(200);
    crate::support::until("another board", async || {
        let ask = server.ask("GET", path).header("if-none-match", &tag);
        ask.sent().await.status == 200
    })
    .await;
}

/// Asked for as a phone asks, it is answered before any route is looked for.
#[tokio::test]
async fn the_board_is_the_same_however_its_address_is_written() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let told = async |path: &str, how: [(&str, &str); 2]| {
        let ask = how.iter().fold(server.ask("GET", path), |ask, (name, it)| ask.header(name, it));
        let mut answer = ask.sent().await;
        answer.headers.retain(|(name, _)| name != "date");
        answer.headers.sort();
        (answer.status, answer.headers, answer.body)
    };
    let [plain, encoded] = ["sera", "ser%61"].map(|slug| format!("/api/v1/sessions/{slug}/board"));
    let (_, first, _) = told(&plain, [("accept", "*/*"), ("accept-encoding", "gzip")]).await;
    let tag = first.iter().find(|(name, _)| name == "etag").map(|(_, tag)| tag.as_str());
    let tag = tag.expect("a tag");
    for (status, how) in [
        (200, [("accept", "*/*"), ("accept-language", "en")]),
        (200, [("accept-encoding", "gzip, br"), ("accept-language", "en")]),
        (200, [("accept-encoding", "identity"), ("if-none-match", tag)]),
        (304, [("accept-encoding", "gzip"), ("if-none-match", tag)]),
    ] {
        let answer = told(&plain, how).await;
        assert_eq!(answer.0, status, "{how:?}");
        assert_eq!(answer, told(&encoded, how).await, "{how:?}");
    }
    for language in ["it", "en"] {
        let how = [("accept", "text/html"), ("accept-language", language)];
        let [plain, encoded] =
            ["nessuna", "nessun%61"].map(|slug| format!("/api/v1/sessions/{slug}/board"));
        let answer = told(&plain, how).await;
        assert_eq!(answer.0, 404);
        assert_eq!(answer, told(&encoded, how).await);
        let answer = told(&format!("{plain}?lang=en"), how).await;
        assert_eq!(answer, told(&format!("{encoded}?lang=en"), how).await);
    }
    let head = server.ask("HEAD", &plain).sent().await.must(200);
    let body = server.ask("GET", &plain).sent().await.must(200);
    assert_eq!((head.header("etag"), head.body.as_str()), (body.header("etag"), ""));
    server.ask("POST", &plain).sent().await.refuses(405, "malformed");
}

#[tokio::test]
async fn the_record_is_for_staff_until_the_end_and_then_for_all() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let operator = server.operator();
    let (maria, _) = server.invites("sera", "moderator", "Maria").await;
    let ana = server.citizen().await;
    let ask = json!({"type": "ask", "text": "canarino che nessuno approva"});
    ana.sends("sera", "citizen", ask).await.must(200);
    let enter = json!({"type": "ask", "text": "=1+1 fa davvero due?", "channel": "hall"});
    maria.sends("sera", "desk", enter).await.must(200);
    let export = "/api/v1/sessions/sera/export";
    server.ask("GET", export).sent().await.refuses(401, "unauthenticated");
    ana.asks("GET", export).sent().await.refuses(403, "not_allowed");
    let full = format!("{export}?scope=full");
    maria.asks("GET", &full).sent().await.refuses(403, "not_allowed");
    let record = maria.asks("GET", export).sent().await.must(200);
    assert!(!record.body.contains("canarino"));
    let name = "attachment; filename=\"sera.json\"";
    assert_eq!(record.header("content-disposition"), Some(name));
    let all = operator.asks("GET", &full).sent().await.must(200);
    assert!(all.body.contains("canarino"));
    assert!(all.json()["decisions"].to_string().contains("full_record_taken"), "it is on record");
    for type_ in ["close", "end"] {
        maria.sends("sera", "desk", json!({"type": type_})).await.must(200);
    }
    let table = server.ask("GET", &format!("{export}?format=csv")).sent().await.must(200);
    assert!(table.body.contains("\"'=1+1 fa davvero due?\""), "{}", table.body);
    assert!(!table.body.contains("canarino"));
    let wrong = server.ask("GET", &format!("{export}?format=xls")).sent().await;
    wrong.refuses(400, "malformed");
}

#[tokio::test]
async fn an_overlay_with_its_key_is_believed_and_one_without_is_not() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let (producer, _) = server.invites("sera", "producer", "Regia").await;
    let path = "/api/v1/sessions/sera/overlay";
    let given = producer.asks("GET", path).sent().await.must(200).json();
    let key = given["key"].as_str().expect("a key").to_owned();
    let link = given["link"].as_str().expect("a link");
    assert_eq!(link, format!("{}/s/sera/overlay#{key}", server.url()));
    let mut desk = server.operator().sits("sera", "desk").await;
    let mut stranger = Visitor::nobody(server.address()).sits("sera", "overlay").await;
    stranger.says(&json!({"type": "shown", "on_air": id()}).to_string()).await;
    let mut overlay = Visitor::with_token(server.address(), &key).sits("sera", "overlay").await;
    overlay.says(&json!({"type": "shown", "on_air": null}).to_string()).await;
    let screens = desk.sees("screens").await["screens"].clone();
    assert_eq!(screens.as_array().map(Vec::len), Some(1), "{screens}");
    assert_eq!((&screens[0]["kind"], &screens[0]["on_air"]), (&json!("overlay"), &Value::Null));
    overlay.refused(json!({"type": "off_air"}), "unauthenticated").await;
    // Who comes later hears it, too, though nothing changes meanwhile.
    let mut late = producer.sits("sera", "stage").await;
    let screens = late.sees("screens").await["screens"].clone();
    assert_eq!(
        (&screens[0]["kind"], screens.as_array().map(Vec::len)),
        (&json!("overlay"), Some(1))
    );
    // The key opens an overlay of its own session, and nothing else.
    let holder = Visitor::with_token(server.address(), &key);
    holder
        .sends("sera", "citizen", json!({"type": "ask", "text": "Chi sono io?"}))
        .await
        .refuses(401, "unauthenticated");
    server.opens("altra", json!({})).await;
    let headers = [("authorization", format!("Bearer {key}"))];
    let other = "/ws/v1/sessions/altra?as=overlay";
    let opened = crate::support::Line::open(server.address(), other, &headers).await;
    assert_eq!(opened.err(), Some(401));
}

#[tokio::test]
async fn measurements_are_for_the_operator_or_on_a_listener_of_their_own() {
    let server = Server::with(&["--metrics-listen", "127.0.0.1:0"]).await;
    server.ask("GET", "/metrics").sent().await.refuses(401, "unauthenticated");
    let ana = server.citizen().await;
    ana.asks("GET", "/metrics").sent().await.refuses(403, "not_allowed");
    let text = server.ask("GET", "/metrics").bearer(ADMIN).sent().await.must(200).body;
    for line in
        ["filodiretto_connections ", "filodiretto_refusals_total{code=\"unauthenticated\"} 1"]
    {
        assert!(text.contains(line), "{text}");
    }
    let mut address = None;
    crate::support::until("the other listener", async || {
        let log = server.log();
        let said = log.split("metrics on http://").nth(1).and_then(|rest| rest.split('/').next());
        address = said.and_then(|address| address.parse().ok());
        address.is_some()
    })
    .await;
    let alone = crate::support::Ask::new(address.expect("an address"), "GET", "/metrics");
    assert!(alone.sent().await.must(200).body.contains("filodiretto_connections "));
}
