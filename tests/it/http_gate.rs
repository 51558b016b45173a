//! Who may come in, as whom, and how fast: at the doors of a real server.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use crate::support::folder::HeldUp;
use crate::support::{Ask, Line, Server, Visitor, id, until};

/// S4 and S6, with a citizen's cookie. (With an administrator's, everywhere: `wire_authority`.)
#[tokio::test]
async fn with_a_cookie_only_a_page_of_ours_may_write_or_open_a_socket() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let made = server.ask("POST", "/api/v1/me").sent().await.must(204);
    let cookie = made.header("set-cookie").expect("a cookie").to_owned();
    for part in ["filodiretto=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().expect("a value").to_owned();
    let port = server.address().port();
    let ours = server.url();
    let foreign = [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("{ours}.evil.example"),
        format!("http://evil.example:{port}"),
        format!("https://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{}", port ^ 1),
        format!("http://127.0.0.1:{port}/"),
        "http://127.0.0.1".to_owned(),
        String::new(),
    ];
    let path = "/ws/v1/sessions/sera?as=citizen";
    let commands = "/api/v1/sessions/sera/commands?as=citizen";
    let ask = || json!({"type": "ask", "id": id(), "text": "Quando riapre la biblioteca?"});
    for origin in &foreign {
        let headers = [("cookie", cookie.clone()), ("origin", origin.clone())];
        let headers = if origin.is_empty() { &headers[..1] } else { &headers[..] };
        assert_eq!(Line::open(server.address(), path, headers).await.err(), Some(403), "{origin}");
        let send = server.ask("POST", commands).header("cookie", &cookie);
        let send = if origin.is_empty() { send } else { send.header("origin", origin) };
        send.json(&ask()).sent().await.refuses(403, "not_allowed");
    }
    // The browser's own word counts, too, even with an Origin of ours.
    for site in ["cross-site", "same-site"] {
        let send = server.ask("POST", commands).cookie(&cookie).header("sec-fetch-site", site);
        send.json(&ask()).sent().await.refuses(403, "not_allowed");
    }
    server.ask("POST", commands).cookie(&cookie).json(&ask()).sent().await.must(200);
    let headers = [("cookie", cookie.clone()), ("origin", ours)];
    let mut line = Line::open(server.address(), path, &headers).await.expect("ours");
    assert_eq!(line.sees("mine").await["questions"].as_array().map(Vec::len), Some(1));
    // The same person as before: a page may ask at each visit.
    let again = server.ask("POST", "/api/v1/me").cookie(&cookie).sent().await.must(204);
    assert!(again.header("set-cookie").is_some_and(|set| set.starts_with(&cookie)));
}

#[tokio::test]
async fn who_may_not_have_a_socket_learns_so_before_the_upgrade() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let body = json!({"slug": "bozza", "title": "Bozza", "language": "it"});
    server.operator().asks("POST", "/api/v1/sessions").json(&body).sent().await.must(201);
    let ana = server.citizen().await;
    let bearer = |token: &str| vec![("authorization", format!("Bearer {token}"))];
    let cases = [
        ("/ws/v1/sessions/sera?as=citizen", vec![], 401),
        ("/ws/v1/sessions/sera?as=desk", vec![], 401),
        ("/ws/v1/sessions/sera?as=desk", bearer(ana.token()), 403),
        ("/ws/v1/sessions/sera?as=stage", bearer(ana.token()), 403),
        ("/ws/v1/sessions/sera?as=citizen", bearer("nobody-has-signed-this"), 401),
        ("/ws/v1/sessions/sera?as=citizen", bearer("fdi_AAAA"), 401),
        ("/ws/v1/sessions/sera?as=overlay", bearer("fdo_AAAA"), 401),
        ("/ws/v1/sessions/sera?as=queen", bearer(ana.token()), 400),
        ("/ws/v1/sessions/none", bearer(ana.token()), 404),
        ("/ws/v1/sessions/bozza?as=citizen", bearer(ana.token()), 404),
        ("/ws/v1/sessions/bozza?as=overlay", vec![], 404),
        ("/ws/v1/sessions/No%20Slug", bearer(ana.token()), 404),
    ];
    for (path, headers, status) in cases {
        let opened = Line::open(server.address(), path, &headers).await;
        assert_eq!(opened.err(), Some(status), "{path} {headers:?}");
    }
    let plain = server.ask("GET", "/ws/v1/sessions/sera").sent().await;
    assert_eq!(plain.refuses(426, "malformed").header("upgrade"), Some("websocket"));
    // A browser shows its token as a subprotocol, and gets the protocol's own name back.
    let protocols = format!("filodiretto.v1, bearer.{}", ana.token());
    let shown = [("sec-websocket-protocol", protocols)];
    let line = Line::open(server.address(), "/ws/v1/sessions/sera", &shown).await;
    line.expect("a citizen").sees("mine").await;
    let mut overlay = Visitor::nobody(server.address()).sits("sera", "overlay").await;
    assert_eq!(overlay.sees("welcome").await["role"], json!(null));
}

#[tokio::test]
async fn what_a_citizen_may_not_do_is_refused_on_every_way() {
    let server = Server::start().await;
    server.opens("sera", json!({"slow_s": null})).await;
    let (maria, _) = server.invites("sera", "moderator", "Maria").await;
    let ana = server.citizen().await;
    let asked = ana.sends("sera", "citizen", json!({"type": "ask", "text": "Chi è l'assessore?"}));
    let question = asked.await.must(200).json()["id"].clone();
    let approve = json!({"type": "approve", "question": question, "rev": 1});
    ana.sends("sera", "desk", approve.clone()).await.refuses(403, "not_allowed");
    ana.sends("sera", "citizen", approve.clone()).await.refuses(403, "not_allowed");
    let mut line = ana.sits("sera", "citizen").await;
    line.refused(approve.clone(), "not_allowed").await;
    // From a citizen's seat a moderator is a citizen, too.
    let mut maria_line = maria.sits("sera", "citizen").await;
    maria_line.refused(approve.clone(), "not_allowed").await;
    maria
        .sends("sera", "stage", json!({"type": "next", "question": question}))
        .await
        .refuses(403, "not_allowed");
    Visitor::nobody(server.address())
        .sends("sera", "citizen", approve.clone())
        .await
        .refuses(401, "unauthenticated");
    // An invitation opens its own session only, and nobody becomes somebody by making one up.
    server.opens("altra", json!({})).await;
    maria.sends("altra", "desk", json!({"type": "close"})).await.refuses(403, "not_allowed");
    let invented = format!("fdi_{}", "A".repeat(43));
    let ask = json!({"type": "ask", "text": "Chi paga il ponte?"});
    let nobody = Visitor::with_token(server.address(), &invented);
    nobody.sends("sera", "citizen", ask).await.refuses(401, "unauthenticated");
    for path in ["/api/v1/sessions/sera/invitations", "/api/v1/sessions/sera/overlay"] {
        ana.asks("GET", path).sent().await.refuses(403, "not_allowed");
        maria.asks("GET", path).sent().await.refuses(403, "not_allowed");
    }
    maria.sends("sera", "desk", approve).await.must(200);
}

/// S15, of one seat.
#[tokio::test]
async fn a_revoked_invitation_closes_its_seats_within_a_second() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let (maria, invitation) = server.invites("sera", "moderator", "Maria").await;
    let (luca, _) = server.invites("sera", "moderator", "Luca").await;
    let mut desk = maria.sits("sera", "desk").await;
    let mut luca_desk = luca.sits("sera", "desk").await;
    desk.did(json!({"type": "policy", "policy": {"slow_s": null}})).await;
    let path = format!("/api/v1/sessions/sera/invitations/{invitation}");
    let start = Instant::now();
    server.operator().asks("DELETE", &path).sent().await.must(204);
    assert_eq!(desk.ends().await, 4500);
    let took = start.elapsed();
    println!("S15: closed {} ms after it was asked for", took.as_millis());
    // An order of magnitude: the disk and the cores may be busy with something else.
    assert!(took < Duration::from_secs(10), "{took:?}");
    maria.sends("sera", "desk", json!({"type": "off_air"})).await.refuses(401, "unauthenticated");
    let headers = [("authorization", format!("Bearer {}", maria.token()))];
    let socket = "/ws/v1/sessions/sera?as=desk";
    assert_eq!(Line::open(server.address(), socket, &headers).await.err(), Some(401));
    luca_desk.did(json!({"type": "off_air"})).await;
    server.operator().asks("DELETE", &path).sent().await.refuses(404, "not_found");
}

#[tokio::test]
async fn an_invitation_is_shown_by_its_link_and_used_by_its_button() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let (maria, invitation) = server.invites("sera", "moderator", "Maria <b>").await;
    let link = format!("/join/{}", maria.token());
    let page = server.ask("GET", &link).sent().await.must(200);
    assert!(page.header("set-cookie").is_none(), "looking does nothing");
    assert!(page.body.contains("Una sera") && page.body.contains("Maria &lt;b&gt;"), "{page:?}");
    let invitations = "/api/v1/sessions/sera/invitations";
    let listed = server.operator().asks("GET", invitations).sent().await.must(200).json();
    assert_eq!(listed["invitations"][0]["used"], 0);
    let browser =
        |ask: Ask| ask.header("origin", &server.url()).header("sec-fetch-site", "same-origin");
    let foreign = server.ask("POST", &link).header("origin", "https://evil.example");
    foreign.header("sec-fetch-site", "cross-site").sent().await.refuses(403, "not_allowed");
    let entered = browser(server.ask("POST", &link)).sent().await.must(303);
    assert_eq!(entered.header("location"), Some("/desk/sera"));
    let cookie = entered.header("set-cookie").expect("a cookie").split(';').next();
    let cookie = cookie.expect("a value").to_owned();
    server.ask("GET", "/desk/sera").cookie(&cookie).sent().await.must(200);
    server.ask("GET", "/desk/sera").sent().await.refuses(401, "unauthenticated");
    // Again, as the same person: nothing changes.
    browser(server.ask("POST", &link)).header("cookie", &cookie).sent().await.must(303);
    let listed = server.operator().asks("GET", invitations).sent().await.must(200).json();
    assert_eq!(listed["invitations"][0]["used"], 1);
    let headers = [("cookie", cookie.clone()), ("origin", server.url())];
    let mut desk = Line::open(server.address(), "/ws/v1/sessions/sera?as=desk", &headers)
        .await
        .expect("a moderator");
    let path = format!("{invitations}/{invitation}");
    server.operator().asks("DELETE", &path).sent().await.must(204);
    assert_eq!(desk.ends().await, 4500);
    for method in ["GET", "POST"] {
        server.ask(method, &link).sent().await.refuses(404, "not_found");
    }
    let send = server.ask("POST", "/api/v1/sessions/sera/commands?as=desk").cookie(&cookie);
    let send = send.json(&json!({"type": "close", "id": id()}));
    send.sent().await.refuses(403, "not_allowed");
    // The operator's token is a link, too, and makes an administrator of the house.
    let link = format!("/join/{}", crate::support::server::ADMIN);
    let entered = browser(server.ask("POST", &link)).header("cookie", &cookie).sent().await;
    assert_eq!(entered.must(303).header("location"), Some("/admin"));
    let city = json!({"city": {"name": "Comune di Prova"}});
    let house = server.ask("PATCH", "/api/v1/house").cookie(&cookie).json(&city).sent().await;
    assert_eq!(house.must(200).json()["city"]["name"], "Comune di Prova");
}

#[tokio::test]
async fn the_seventeenth_command_without_a_reply_is_too_many() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let ana = server.citizen().await;
    // Over two tabs: what counts is the person. All arrive while the first is on its way to disk.
    let mut tabs = [ana.sits("sera", "citizen").await, ana.sits("sera", "citizen").await];
    let held = HeldUp::journal(&server.data());
    for n in 0..40 {
        let tab = &mut tabs[n % 2];
        tab.wishes(json!({"type": "ask", "text": "Quando riapre la biblioteca?"})).await;
    }
    let is_too_many = |message: &serde_json::Value| {
        let detail = message["detail"].as_str().unwrap_or_default();
        message["code"] == "too_many" && detail.contains("16")
    };
    let [one, other] = &mut tabs;
    let (mut one_left, mut other_left) = (20, 20);
    tokio::select! {
        _ = one.sees_one("too many", is_too_many) => one_left -= 1,
        _ = other.sees_one("too many", is_too_many) => other_left -= 1,
    }
    // All others hear what became of theirs.
    held.goes_on();
    let replied =
        |message: &serde_json::Value| message["type"] == "done" || message["type"] == "refused";
    for (tab, left) in [(one, one_left), (other, other_left)] {
        for _ in 0..left {
            tab.sees_one("a reply", replied).await;
        }
    }
}

/// O2: told first.
#[tokio::test]
async fn who_floods_is_told_and_then_shown_out() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let bob = server.citizen().await.sits("sera", "citizen").await;
    let mut bob = bob;
    let mut flood = server.citizen().await.sits("sera", "citizen").await;
    let vote = json!({"type": "vote", "id": id(), "question": id(), "on": true}).to_string();
    for _ in 0..1000 {
        if !flood.tries(Message::text(vote.clone())).await {
            break;
        }
    }
    assert_eq!(flood.ends().await, 4003);
    assert!(flood.heard.contains("too_fast"), "told first");
    let told = flood.heard.matches("too_fast").count();
    assert!(told <= 61, "{told} times");
    bob.refused(json!({"type": "vote", "question": id(), "on": true}), "not_found").await;
}

#[tokio::test]
async fn broken_and_oversized_messages_end_the_connection_and_nothing_else() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let mut bob = server.citizen().await.sits("sera", "citizen").await;
    let mut big = server.citizen().await.sits("sera", "citizen").await;
    big.says(&"x".repeat(16 * 1024 + 1)).await;
    assert_eq!(big.ends().await, 1009);
    let mut words = server.citizen().await.sits("sera", "citizen").await;
    for text in ["", "null", "{", "[1]", "{\"type\":\"ask\"}", "{\"type\":\"shutdown\"}", "\u{0}"] {
        words.says(text).await;
        assert_eq!(words.sees("refused").await["code"], "malformed", "{text}");
    }
    assert!(words.tries(Message::binary(vec![0xff, 0xfe])).await);
    assert_eq!(words.sees("refused").await["code"], "malformed");
    bob.refused(json!({"type": "vote", "question": id(), "on": true}), "not_found").await;
}

/// O7, in short. (Every way of writing one: `wire_overload`.)
#[tokio::test]
async fn a_forwarded_address_counts_from_a_trusted_proxy_only() {
    // Three new persons from each network, then none for a long while.
    let limit = ["--limit-new-persons-per-network", "1/min burst 3"];
    let become_somebody = async |server: &Server, address: &str| {
        let ask = server.ask("POST", "/api/v1/me").header("x-forwarded-for", address);
        ask.json(&json!({"embed": true})).sent().await.status
    };
    let server = Server::with(&limit).await;
    let mut statuses = Vec::new();
    for n in 0..5 {
        statuses.push(become_somebody(&server, &format!("198.51.100.{n}")).await);
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429], "all of them are this machine");
    let ignored = async || server.log().contains("ignored a forwarded address");
    until("the log says that an address was ignored", ignored).await;
    assert!(!server.log().contains("198.51.100"), "no address in the log");
    let refused = server.ask("POST", "/api/v1/me").sent().await.refuses(429, "too_fast");
    let seconds = refused.header("retry-after").and_then(|after| after.parse::<u64>().ok());
    assert!(seconds.is_some_and(|seconds| (1..=121).contains(&seconds)), "{seconds:?}");

    let flags = [limit[0], limit[1], "--trusted-proxy", "127.0.0.0/8"];
    let server = Server::with(&flags).await;
    for n in 0..5 {
        assert_eq!(become_somebody(&server, &format!("198.51.100.{n}")).await, 200);
    }
    // What a visitor writes stands left of what our proxy saw.
    for n in 0..3 {
        let forged = format!("203.0.113.{n}, 198.51.100.9");
        assert_eq!(become_somebody(&server, &forged).await, 200);
    }
    assert_eq!(become_somebody(&server, "203.0.113.77, 198.51.100.9").await, 429);
}
