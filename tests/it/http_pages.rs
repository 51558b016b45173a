//! The pages that need no JavaScript, as a browser without it meets them: links, forms, a cookie.

use serde_json::{Value, json};

use crate::support::server::ADMIN;
use crate::support::{Answer, Server, until};

/// A browser without JavaScript. It keeps its cookie and goes where it is sent.
struct Browser<'a> {
    server: &'a Server,
    cookie: Option<String>,
    language: &'static str,
}

/// A form on a page, as it would be sent.
#[derive(Clone)]
struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// With this in one of its fields.
    fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name || name == "label");
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    fn body(&self) -> String {
        let fields = self.fields.iter();
        form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = tag[start..].split('"').next()?;
    Some(
        value
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&"),
    )
}

/// The forms of a page.
fn forms(page: &str) -> Vec<Form> {
    let form = |text: &str| {
        let text = text.split("</form>").next().expect("a form ends");
        let inputs = text.split("<input").skip(1).map(|tag| tag.split('>').next().expect("a tag"));
        // A box that is not checked is not sent.
        let inputs = inputs.filter(|tag| !tag.contains("checkbox") || tag.contains(" checked"));
        let field = |tag| Some((attribute(tag, "name")?, attribute(tag, "value")?));
        let action = format!(" {}", text.split('>').next().expect("a tag"));
        let mut fields: Vec<_> = inputs.filter_map(field).collect();
        fields.extend(typed(text).map(|typed| ("text".to_owned(), typed)));
        Form { action: attribute(&action, "action").expect("an action"), fields }
    };
    page.split("<form").skip(1).map(form).collect()
}

/// What stands in the field of the form for a new question.
fn asked(page: &str) -> Option<String> {
    let mut fields = form(page, "ask", None).fields.into_iter();
    fields.find_map(|(name, value)| (name == "text").then_some(value))
}

/// What stands in the field for the question.
fn typed(page: &str) -> Option<String> {
    let text = page.split_once("<textarea")?.1.split_once('>')?.1;
    let text = text.split("</textarea>").next()?.trim_start_matches('\n');
    Some(
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&"),
    )
}

/// The form that does this, of a question where one is named.
fn form(page: &str, what: &str, question: Option<&str>) -> Form {
    let fits = |form: &Form| {
        let has =
            |name: &str, value: &str| form.fields.contains(&(name.to_owned(), value.to_owned()));
        has("do", what) && question.is_none_or(|question| has("question", question))
    };
    let found = forms(page).into_iter().find(fits);
    found.unwrap_or_else(|| panic!("no form for {what} {question:?} in {page}"))
}

impl<'a> Browser<'a> {
    const fn new(server: &'a Server) -> Self {
        Self { server, cookie: None, language: "it" }
    }

    fn request(&self, method: &str, path: &str) -> crate::support::Ask {
        let path = path.split('#').next().expect("a path");
        let ask = self.server.ask(method, path);
        let ask = ask.header("accept", "text/html").header("accept-language", self.language);
        match &self.cookie {
            Some(cookie) => ask.header("cookie", cookie),
            None => ask,
        }
    }

    async fn opens(&self, path: &str) -> Answer {
        self.request("GET", path).sent().await
    }

    /// One request, without going anywhere.
    async fn posts(&self, form: &Form) -> Answer {
        let ask = self.request("POST", &form.action).header("origin", &self.server.url());
        let ask = ask.header("sec-fetch-site", "same-origin");
        ask.header("content-type", "application/x-www-form-urlencoded")
            .text(&form.body())
            .sent()
            .await
    }

    /// Sends a form and goes where that leads.
    async fn sends(&mut self, form: &Form) -> Answer {
        let mut form = form.clone();
        for _ in 0..3 {
            let answer = self.posts(&form).await;
            if let Some(set) = answer.header("set-cookie") {
                self.cookie = set.split(';').next().map(str::to_owned);
            }
            let to = answer.header("location").map(str::to_owned);
            match (answer.status, to) {
                (307, Some(to)) => form.action = to,
                (303, Some(to)) => return self.opens(&to).await,
                _ => return answer,
            }
        }
        panic!("sent around in a circle");
    }

    async fn asks(&mut self, text: &str) -> (Answer, String) {
        let page = self.opens("/s/sera/plain").await.must(200);
        let asked = self.sends(&form(&page.body, "ask", None).with("text", text)).await.must(200);
        let own = asked.body.split("id=\"own-").nth(1).expect("one of one's own");
        let id = own.split('"').next().expect("an id").to_owned();
        (asked, id)
    }
}

/// A question as the desk sees it.
async fn at_desk(server: &Server, id: &str) -> Value {
    let path = "/api/v1/sessions/sera/questions?as=desk&order=new";
    let page = server.operator().asks("GET", path).sent().await.must(200).json();
    let mut questions = page["questions"].as_array().expect("a list").iter();
    questions.find(|question| question["id"] == id).expect("it is there").clone()
}

/// The desk does something with a question as it is now.
async fn desk(server: &Server, id: &str, mut command: Value) {
    let question = at_desk(server, id).await;
    command["question"] = json!(id);
    command["rev"] = question["rev"].clone();
    server.operator().sends("sera", "desk", command).await.must(200);
}

/// Opens the page until it says this: a list is up to a second old.
async fn says(browser: &Browser<'_>, path: &str, text: &str) -> Answer {
    until(text, async || browser.opens(path).await.must(200).body.contains(text)).await;
    browser.opens(path).await
}

#[tokio::test]
async fn an_evening_without_javascript() {
    let server = Server::start().await;
    server.opens("sera", json!({"slow_s": null})).await;
    let city = json!({"city": {"contact": "urp@comune.test"}});
    server.ask("PATCH", "/api/v1/house").bearer(ADMIN).json(&city).sent().await.must(200);
    let plain = "/s/sera/plain";
    let (mut ana, mut bob) = (Browser::new(&server), Browser::new(&server));

    // Looking makes nobody of anybody.
    let page = ana.opens(plain).await.must(200);
    assert!(page.header("set-cookie").is_none());
    assert!(page.body.contains("Ancora nessuna domanda pubblicata."), "{}", page.body);
    assert!(page.body.contains("Adesso non è in onda nessuna domanda."), "{}", page.body);

    // Too short: the reason, what to do, and every letter of what was typed.
    let ask = form(&page.body, "ask", None);
    let short = ask.clone().with("text", "Be\n<b>&").with("name", "Ana \"la\" mia");
    let refused = ana.sends(&short).await.must(422);
    assert_eq!(asked(&refused.body).as_deref(), Some("Be\n<b>&"));
    for part in [
        "La domanda non è stata inviata",
        "Scrivi almeno 8 caratteri.",
        "value=\"Ana &quot;la&quot; mia\"",
    ] {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }
    assert_eq!(refused.header("content-type"), Some("text/html; charset=utf-8"));

    // Received, with a receipt; and the same form again, pressed twice or reloaded, counts once.
    let ask = form(&refused.body, "ask", None).with("text", "Quando riapre la biblioteca?");
    let received = ana.sends(&ask).await.must(200);
    assert!(
        received.body.contains("Ricevuta. La leggiamo prima di pubblicarla."),
        "{}",
        received.body
    );
    assert!(received.body.contains("In attesa: la leggiamo prima di pubblicarla."));
    ana.sends(&ask).await.must(200);
    let own = ana.opens(plain).await.body;
    assert_eq!(own.matches("id=\"own-").count(), 1, "{own}");
    // A cache may have handed the same form to others, or to another tab: theirs count, too.
    let other = ask.clone().with("text", "Che fine ha fatto la fontana?");
    let own = ana.sends(&other).await.must(200).body;
    assert_eq!(own.matches("id=\"own-").count(), 2, "{own}");
    let mut eva = Browser::new(&server);
    let theirs = eva.sends(&ask).await.must(200).body;
    assert_eq!(theirs.matches("id=\"own-").count(), 1, "{theirs}");
    // The last comes first.
    let own = own.split("id=\"own-").nth(2).map(|own| format!("id=\"own-{own}")).expect("two");
    let first = own.split("id=\"own-").nth(1).and_then(|own| own.split('"').next());
    let first = first.expect("an id").to_owned();
    let link = own.split("href=\"/r/").nth(1).and_then(|link| link.split('"').next());
    let receipt = format!("/r/{}", link.expect("a receipt"));

    // Nobody else sees it before the desk has read it.
    assert!(!bob.opens(plain).await.body.contains("biblioteca"));
    desk(&server, &first, json!({"type": "approve"})).await;
    let page = says(&bob, plain, "Quando riapre la biblioteca?").await;
    assert!(ana.opens(plain).await.body.contains("La tua domanda è pubblicata."));

    // A vote, by a person who was nobody until then; again, and it is one all the same.
    let support = form(&page.body, "support", Some(&first));
    let voted = bob.sends(&support).await.must(200);
    assert!(voted.body.contains("La sostieni anche tu."), "{}", voted.body);
    bob.sends(&support).await.must(200);
    says(&bob, plain, "1 voto").await;
    let page = bob.opens(plain).await.body;
    let taken = bob.sends(&form(&page, "support_no_more", Some(&first))).await.must(200);
    assert!(!taken.body.contains("La sostieni anche tu."), "{}", taken.body);
    let page = taken.body;
    bob.sends(&form(&page, "support", Some(&first))).await.must(200);
    says(&bob, plain, "1 voto").await;
    // One's own has no button; who sends its form all the same is told why not.
    let page = ana.opens(plain).await.body;
    assert!(page.contains("È la tua domanda.") && !page.contains("value=\"support\""), "{page}");
    let own = ana.sends(&support).await.must(403);
    assert!(own.body.contains("La domanda è tua."), "{}", own.body);

    // On air, and answered.
    desk(&server, &first, json!({"type": "on_air", "stage": 0})).await;
    let page = says(&bob, plain, "dalle ").await;
    assert!(page.body.contains("class=\"on-air\""));
    let page = says(&ana, plain, "La tua domanda è in onda adesso.").await;
    assert!(page.body.contains("Quando riapre la biblioteca?"));
    let answer =
        json!({"type": "answer", "text": "Da <lunedì>.", "links": ["https://comune.test/b"]});
    desk(&server, &first, answer).await;
    let page = says(&bob, "/s/sera/plain?order=answered", "Da &lt;lunedì&gt;.").await;
    assert!(page.body.contains("Ha avuto risposta"), "{}", page.body);

    // Not published, with the reason, the desk's note, and whom to turn to.
    let (_, second) = ana.asks("Perché il treno è in ritardo?").await;
    let dismiss =
        json!({"type": "dismiss", "reason": "not_our_office", "note": "Chiedi alla Regione."});
    desk(&server, &second, dismiss).await;
    let page = ana.opens(plain).await.must(200).body;
    for part in [
        "Non pubblicata: riguarda un altro ente.",
        "Chiedi alla Regione.",
        "mailto:urp@comune.test",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // A third is withdrawn, a fourth is not reached.
    let (page, third) = ana.asks("Quante panchine ci sono?").await;
    let page = ana.sends(&form(&page.body, "withdraw", Some(&third))).await.must(200);
    assert!(page.body.contains("L’hai ritirata."), "{}", page.body);
    let (page, _) = ana.asks("Chi pota gli alberi?").await;
    let late = form(&page.body, "ask", None).with("text", "Si può ancora chiedere?");
    for command in ["close", "end"] {
        server.operator().sends("sera", "desk", json!({"type": command})).await.must(200);
    }
    let page = ana.opens(plain).await.must(200).body;
    let said = ["stasera", "oggi"].map(|when| format!("Non ci siamo arrivati {when}."));
    assert!(said.iter().any(|said| page.contains(said)), "{page}");
    assert!(page.contains("La seduta non accetta più domande."), "{page}");
    let refused = ana.sends(&late).await.must(409);
    assert_eq!(asked(&refused.body).as_deref(), Some("Si può ancora chiedere?"));

    // The receipt tells the whole of it, to who is nobody.
    let page = Browser::new(&server).opens(&receipt).await.must(200);
    for part in [
        "Quando riapre la biblioteca?",
        "Ha avuto risposta",
        "Da &lt;lunedì&gt;.",
        "urp@comune.test",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn what_nobody_has_read_yet_can_be_written_anew() {
    let server = Server::start().await;
    server.opens("sera", json!({"slow_s": null})).await;
    let mut ana = Browser::new(&server);
    let (page, own) = ana.asks("Quando riapre la bibloteca?").await;
    let change = form(&page.body, "edit", Some(&own));
    let text = |form: &Form| form.fields.iter().find(|(name, _)| name == "text").cloned();
    assert_eq!(text(&change).expect("a text").1, "Quando riapre la bibloteca?");

    // Refused: why, and what was typed stands where it was typed, opened; not as a new question.
    let refused = ana.sends(&change.clone().with("text", "Ma?")).await.must(422).body;
    for part in ["La modifica non è stata inviata", "almeno 8 caratteri", " open>"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    assert!(refused.contains(&format!("href=\"#text-{own}\"")), "{refused}");
    let again = form(&refused, "edit", Some(&own));
    assert_eq!(text(&again).expect("a text").1, "Ma?");
    assert_eq!(asked(&refused).as_deref(), Some(""));

    let right = again.with("text", "Quando riapre la biblioteca?");
    let changed = ana.sends(&right).await.must(200).body;
    assert!(changed.contains("Modifica ricevuta."), "{changed}");
    assert_eq!(at_desk(&server, &own).await["text"], "Quando riapre la biblioteca?");
    // Pressed twice, it is one change.
    let rev = at_desk(&server, &own).await["rev"].clone();
    ana.sends(&right).await.must(200);
    assert_eq!(at_desk(&server, &own).await["rev"], rev);

    // Somebody else cannot, and finds what they wrote as a question of their own.
    let mut bob = Browser::new(&server);
    let theirs = bob.sends(&right.clone().with("text", "Chi è stato?")).await.must(404).body;
    assert_eq!(asked(&theirs).as_deref(), Some("Chi è stato?"));

    // Published meanwhile: too late, and no letter is lost.
    desk(&server, &own, json!({"type": "approve"})).await;
    let late = ana.sends(&right.with("text", "Quando riapre la palestra?")).await.must(409).body;
    let kept = form(&late, "edit", Some(&own));
    assert_eq!(text(&kept).expect("a text").1, "Quando riapre la palestra?");
    assert_eq!(at_desk(&server, &own).await["text"], "Quando riapre la biblioteca?");
    // Looked at anew, there is nothing to change any more.
    let page = ana.opens("/s/sera/plain").await.body;
    assert!(!page.contains("value=\"edit\""), "{page}");
}

#[tokio::test]
async fn a_form_needs_our_page_and_a_browser_that_keeps_its_cookie() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let mut ana = Browser::new(&server);
    let page = ana.opens("/s/sera/plain").await.must(200);
    let ask = form(&page.body, "ask", None).with("text", "Quando riapre la biblioteca?");

    // Another site's page cannot write here, with the cookie or without.
    let post = |browser: &Browser<'_>, origin: &str| {
        let post = browser.request("POST", "/s/sera/plain").header("origin", origin);
        post.header("sec-fetch-site", "cross-site").text(&ask.body()).sent()
    };
    assert_eq!(post(&ana, "https://evil.example").await.status, 403);

    // First the cookie, then the wish: the first answer only repeats the form.
    let first = ana.posts(&ask).await.must(307);
    let again = first.header("location").expect("an address").to_owned();
    assert!(first.header("set-cookie").is_some() && again.starts_with("/s/sera/plain?"), "{again}");
    // A browser that keeps none is told so, and keeps its text.
    let lost = ana.posts(&Form { action: again, fields: ask.fields.clone() }).await.must(422);
    assert!(lost.body.contains("cookie"), "{}", lost.body);
    assert_eq!(asked(&lost.body).as_deref(), Some("Quando riapre la biblioteca?"));
    let desk = "/api/v1/sessions/sera/questions?as=desk";
    let none = server.operator().asks("GET", desk).sent().await.must(200).json();
    assert_eq!(none["questions"], json!([]), "nothing counts without a person");

    ana.sends(&ask).await.must(200);
    assert_eq!(post(&ana, "https://evil.example").await.status, 403);
    // Too fast: when, and the text is there.
    let page = ana.opens("/s/sera/plain").await.must(200).body;
    let next = form(&page, "ask", None).with("text", "E quando riapre la palestra?");
    let fast = ana.sends(&next).await.must(429);
    assert!(fast.header("retry-after").is_some());
    assert_eq!(asked(&fast.body).as_deref(), Some("E quando riapre la palestra?"));
    assert!(fast.body.contains("Il testo è salvo."), "{}", fast.body);
    // What is no form of ours is refused, and breaks nothing.
    for body in ["", "do=vote", "do=support&question=x", "do=%ff&id=%00", "=&=&&"] {
        let form = ana.request("POST", "/s/sera/plain").header("origin", &server.url());
        let answer = form.text(body).sent().await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
    }
    let large = "text=".to_owned() + &"%F0%9F%9A%B2".repeat(20_000);
    let form = ana.request("POST", "/s/sera/plain").header("origin", &server.url());
    assert_eq!(form.text(&large).sent().await.status, 413);
}

#[tokio::test]
async fn who_is_nobody_gets_a_page_that_caches_may_keep() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let mut ana = Browser::new(&server);
    let nobody = Browser::new(&server);
    let page = nobody.opens("/s/sera/plain").await.must(200);
    let cache = "public, max-age=0, s-maxage=2";
    assert_eq!(page.header("cache-control"), Some(cache));
    assert_eq!(page.header("vary"), Some("accept-language, cookie"));
    let tag = page.header("etag").expect("a tag").to_owned();
    let again = nobody.request("GET", "/s/sera/plain").header("if-none-match", &tag);
    let again = again.sent().await;
    // Within the second it is the same page; past it, the moment on it may be another.
    assert!(matches!(again.status, 200 | 304), "{again:?}");
    // A browser takes the policy of a 304 for that of the page it has.
    let home = nobody.opens("/").await.must(200);
    let tag = home.header("etag").expect("a tag").to_owned();
    let same = nobody.request("GET", "/").header("if-none-match", &tag).sent().await.must(304);
    for header in ["content-security-policy", "content-language", "vary"] {
        assert_eq!(same.header(header), home.header(header), "{header}");
    }
    assert_eq!(again.header("vary"), Some("accept-language, cookie"));

    // A question that nobody has approved moves nothing on it, for anybody but its asker.
    let (own, _) = ana.asks("canarino che nessuno approva").await;
    assert_eq!(own.header("cache-control"), Some("private, no-cache"));
    assert!(own.body.contains("canarino"));
    for path in ["/", "/s/sera", "/s/sera/plain", "/s/sera/plain?order=new", "/s/sera/calendar.ics"]
    {
        let page = nobody.opens(path).await;
        assert!(!page.body.contains("canarino"), "{path}");
        assert!(page.header("set-cookie").is_none(), "{path}");
    }
    let home = nobody.opens("/").await.must(200);
    assert_eq!(home.header("cache-control"), Some(cache));
    assert!(!server.log().contains("canarino"));
}

#[tokio::test]
async fn what_people_write_is_text_everywhere() {
    let server = Server::start().await;
    let hostile = "<script>alert('1')</script> \"&amp; ' </textarea><img src=x onerror=y>";
    let body = json!({
        "slug": "sera", "title": hostile, "language": "it", "rehearsal": true,
        "labels": ["<i>", "\"x\""], "policy": {"slow_s": null},
        "officials": [{"name": "<u>Ana</u>", "office": "<s>"}],
    });
    server.ask("POST", "/api/v1/sessions").bearer(ADMIN).json(&body).sent().await.must(201);
    server.operator().sends("sera", "desk", json!({"type": "open"})).await.must(200);
    let city = json!({"city": {"name": "Comune <b>", "contact": "<a@b.it>"}});
    server.ask("PATCH", "/api/v1/house").bearer(ADMIN).json(&city).sent().await.must(200);
    let mut ana = Browser::new(&server);
    let page = ana.opens("/s/sera/plain").await.must(200).body;
    let ask = form(&page, "ask", None).with("text", hostile).with("name", "<em>Ana</em>");
    let own = ana.sends(&ask.with("label", "<i>")).await.must(200);
    let id = own.body.split("id=\"own-").nth(1).and_then(|own| own.split('"').next());
    let id = id.expect("an id").to_owned();
    desk(&server, &id, json!({"type": "approve"})).await;
    says(&Browser::new(&server), "/s/sera/plain", "&lt;em&gt;Ana").await;
    let code = own.body.split("href=\"/r/").nth(1).and_then(|link| link.split('"').next());
    let receipt = format!("/r/{}", code.expect("a receipt"));
    let (maria, _) = server.invites("sera", "moderator", "<u>Maria</u>").await;
    let join = format!("/join/{}", maria.token());
    let refused = form(&page, "ask", None).with("text", &"<b>".repeat(300));
    let refused = ana.sends(&refused).await.must(422);
    assert_eq!(typed(&refused.body), Some("<b>".repeat(300)));
    let mut pages = vec![refused.body];
    for path in ["/", "/s/sera", "/s/sera/plain", &receipt, &join, "/none?lang=en&x=\"><b>"] {
        pages.push(ana.opens(&path.replace(['"', '<', '>'], "%22")).await.body);
    }
    for page in pages {
        for tag in ["<script>", "<img src=x", "<em>", "<u>", "<i>", "<b>", "<s>", "</textarea><img"]
        {
            assert!(!page.contains(tag), "{tag}: {page}");
        }
        assert!(page.contains("Comune &lt;b&gt;"), "{page}");
    }
}

#[tokio::test]
async fn every_page_speaks_both_languages() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let (maria, _) = server.invites("sera", "producer", "Maria").await;
    let join = format!("/join/{}", maria.token());
    let mut ana = Browser::new(&server);
    let (own, _) = ana.asks("Quando riapre la biblioteca?").await;
    let code = own.body.split("href=\"/r/").nth(1).and_then(|link| link.split('"').next());
    let receipt = format!("/r/{}", code.expect("a receipt"));
    let pages = [
        ("/", "Domande in diretta", "Questions, live"),
        ("/s/sera/plain", "Fai una domanda", "Ask a question"),
        (&receipt, "Ricevuta della tua domanda", "Receipt of your question"),
        (&join, "regia", "producer"),
        ("/none", "Non trovata.", "Not found."),
        ("/join/fdi_none", "Questo invito", "This invitation"),
    ];
    for (path, italian, english) in pages {
        for (accepted, asked, tag, says) in [
            ("it", "", "it", italian),
            ("en", "", "en", english),
            ("it", "?lang=en", "en", english),
            ("en", "?lang=it", "it", italian),
            ("de", "?lang=fr", "it", italian),
        ] {
            ana.language = accepted;
            let page = ana.opens(&format!("{path}{asked}")).await;
            assert!(
                page.body.contains(&format!("<html lang=\"{tag}\">")),
                "{path}{asked} {accepted}"
            );
            assert!(page.body.contains(says), "{path}{asked} {accepted}: {}", page.body);
            assert_eq!(page.header("content-language"), Some(tag));
            // Each leads to the other, and a choice stays chosen.
            let other = if tag == "it" { "en" } else { "it" };
            assert!(page.body.contains(&format!("lang={other}\"")), "{}", page.body);
            if asked == "?lang=en" {
                assert!(page.body.contains("href=\"/?lang=en\""), "{}", page.body);
            }
        }
    }
    // Through a form, too.
    ana.language = "it";
    let page = ana.opens("/s/sera/plain?lang=en&order=new").await.must(200);
    let refused = ana.sends(&form(&page.body, "ask", None).with("text", "x")).await.must(422);
    assert!(refused.body.contains("Write at least 8 characters."), "{}", refused.body);
    assert!(
        refused.body.contains("lang=en&amp;order=answered")
            || refused.body.contains("order=answered&amp;lang=en")
    );
}

#[tokio::test]
async fn a_page_asks_nobody_but_us_and_runs_nothing_of_its_own() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let browser = Browser::new(&server);
    for path in ["/", "/s/sera", "/s/sera/plain", "/none"] {
        let page = browser.opens(path).await;
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("form-action 'self'") && !policy.contains("unsafe"), "{policy}");
        for tag in page.body.split('<') {
            assert!(!tag.contains(" style=") && !tag.starts_with("style"), "{path}: <{tag}");
            if tag.starts_with("script") {
                assert!(
                    tag.contains(" src=\"/") || tag.contains("application/json"),
                    "{path}: <{tag}"
                );
            }
            let loads = ["link", "img", "script"].iter().any(|name| tag.starts_with(name));
            for name in ["src", "href"] {
                if let Some(address) = attribute(tag, name).filter(|_| loads) {
                    assert!(address.starts_with('/') || address == "data:,", "{path}: {address}");
                }
            }
        }
    }
    let plain = browser.opens("/s/sera/plain").await.must(200).body;
    assert!(!plain.contains("<script") && !plain.contains("refresh\""), "{plain}");
    // The live page leads there whoever has no JavaScript.
    let live = browser.opens("/s/sera").await.must(200).body;
    let without = live.split("<noscript>").nth(1).and_then(|text| text.split("</noscript>").next());
    assert!(without.is_some_and(|text| text.contains("href=\"/s/sera/plain\"")), "{live}");
    let start = live.split("id=\"page\" type=\"application/json\">").nth(1).expect("a start");
    let start: Value =
        serde_json::from_str(start.split("</script>").next().expect("an end")).expect("JSON");
    assert_eq!(
        (&start["slug"], &start["as"], &start["language"]),
        (&json!("sera"), &json!("citizen"), &json!("it"))
    );
}

#[tokio::test]
async fn lists_are_paged_and_counts_may_be_hidden() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    for n in 0..60 {
        let enter =
            json!({"type": "ask", "text": format!("Domanda numero {n}?"), "channel": "hall"});
        server.operator().sends("sera", "desk", enter).await.must(200);
    }
    let browser = Browser::new(&server);
    let (mut path, mut seen) = ("/s/sera/plain?order=new".to_owned(), Vec::new());
    says(&browser, &path, "Domanda numero 59?").await;
    for _ in 0..4 {
        let page = browser.opens(&path).await.must(200).body;
        let ids = page.split("<li id=\"q-").skip(1).filter_map(|item| item.split('"').next());
        seen.extend(ids.map(str::to_owned));
        let next = page
            .split("rel=\"next\" ")
            .nth(1)
            .and_then(|tag| attribute(&format!(" {tag}"), "href"));
        let Some(next) = next else { break };
        path = next;
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 60, "each once, all of them");
    assert_eq!(browser.opens("/s/sera/plain?after=x").await.status, 400);
    // One that is named is shown, wherever it stands.
    let named = browser.opens(&format!("/s/sera/plain?question={}", seen[0])).await.must(200).body;
    assert!(named.contains("Domanda numero 0?"), "{named}");

    let hide = json!({"type": "policy", "policy": {"votes": "hidden"}});
    server.operator().sends("sera", "desk", hide).await.must(200);
    until("no counts", async || {
        let page = browser.opens("/s/sera/plain").await.must(200).body;
        !page.contains("Più votate") && !page.contains(" voti")
    })
    .await;
}

#[tokio::test]
async fn home_tells_what_is_on_what_comes_and_what_was() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let make = async |slug: &str, title: &str| {
        let body = json!({"slug": slug, "title": title, "language": "it"});
        server
            .ask("POST", "/api/v1/sessions")
            .bearer(ADMIN)
            .json(&body)
            .sent()
            .await
            .must(201)
            .json()
    };
    let draft = make("bozza", "Una bozza").await;
    let planned = make("domani", "Il traffico, domani; e dopo").await;
    let path = "/api/v1/sessions/domani";
    let change = json!({"starts_at": 1_797_105_600_000_i64, "rev": planned["rev"]});
    server.ask("PATCH", path).bearer(ADMIN).json(&change).sent().await.must(200);
    let browser = Browser::new(&server);
    let page = browser.opens("/").await.must(200).body;
    assert!(!page.contains("bozza"), "{page} {draft}");
    let part =
        |title: &str| page.split("<section>").find(|part| part.contains(title)).expect("a part");
    assert!(
        part("Adesso").contains("Una sera") && part("Adesso").contains("Si possono fare domande")
    );
    let coming = part("Prossime sedute");
    assert!(coming.contains("Comincia sabato 12 dicembre 2026 alle 21:00"), "{coming}");
    assert!(coming.contains("/s/domani/calendar.ics"), "{coming}");
    let english = browser.opens("/?lang=en").await.body;
    assert!(english.contains("Begins Saturday 12 December 2026 at 21:00"), "{english}");

    // Its plain page says when, and has no form that would be refused.
    let page = browser.opens("/s/domani/plain").await.must(200).body;
    assert!(page.contains("Comincia sabato 12 dicembre") && !page.contains("<form"), "{page}");
    let calendar = browser.opens("/s/domani/calendar.ics").await.must(200);
    assert_eq!(calendar.header("content-type"), Some("text/calendar; charset=utf-8"));
    for line in
        ["BEGIN:VEVENT", "DTSTART:20261212T200000Z", "SUMMARY:Il traffico\\, domani\\; e dopo"]
    {
        assert!(
            calendar.body.split("\r\n").any(|known| known == line),
            "{line}: {}",
            calendar.body
        );
    }
    assert!(calendar.body.replace("\r\n ", "").contains(&format!("URL:{}/s/domani", server.url())));
    for path in
        ["/s/sera/calendar.ics", "/s/bozza/calendar.ics", "/s/none/calendar.ics", "/s/bozza/plain"]
    {
        assert_eq!(browser.opens(path).await.status, 404, "{path}");
    }
    for command in ["close", "end"] {
        server.operator().sends("sera", "desk", json!({"type": command})).await.must(200);
    }
    let page = browser.opens("/").await.must(200).body;
    let past = page.split("<section>").find(|part| part.contains("Sedute concluse"));
    assert!(past.is_some_and(|past| past.contains("Una sera")), "{page}");
}

#[tokio::test]
async fn the_citys_colour_and_coat_of_arms_are_on_every_page() {
    let server = Server::start().await;
    let set = |city: Value| {
        let ask = server.ask("PATCH", "/api/v1/house").bearer(ADMIN);
        ask.json(&json!({ "city": city })).sent()
    };
    let bare = server.ask("GET", "/theme.css").sent().await.must(200);
    assert_eq!(bare.header("content-type"), Some("text/css; charset=utf-8"));
    assert_eq!(bare.header("cache-control"), Some("public, max-age=60"));
    assert_eq!(server.ask("GET", "/coat-of-arms").sent().await.status, 404);
    let refused = set(json!({"colour": "#ffcc00"})).await.refuses(400, "malformed").json();
    let detail = refused["detail"].as_str().expect("a text");
    let proposed = &detail[detail.rfind('#').expect("a colour")..][..7];
    assert!(detail.contains("1,5:1"), "{detail}");
    set(json!({"colour": proposed, "coat_of_arms": "data:image/png;base64,AAEC"})).await.must(200);
    let theme = server.ask("GET", "/theme.css").sent().await.must(200);
    assert!(theme.body.contains(&format!("--tema-40:{proposed};")), "{}", theme.body);
    let tag = theme.header("etag").expect("a tag").to_owned();
    assert_ne!(bare.header("etag"), Some(tag.as_str()));
    server.ask("GET", "/theme.css").header("if-none-match", &tag).sent().await.must(304);
    let arms = server.ask("GET", "/coat-of-arms").sent().await.must(200);
    assert_eq!(
        (arms.header("content-type"), arms.body.as_bytes()),
        (Some("image/png"), &[0, 1, 2][..])
    );
    set(json!({
        "name": "Comune di Prova", "contact": "urp@comune.test", "privacy_url": "https://comune.test/p",
        "accessibility_url": "https://comune.test/a", "legal_url": "https://comune.test/l",
    }))
    .await
    .must(200);
    server.opens("sera", json!({})).await;
    for path in ["/", "/s/sera", "/s/sera/plain", "/none"] {
        let page = Browser::new(&server).opens(path).await.body;
        for part in [
            "<title>",
            "Comune di Prova",
            "src=\"/coat-of-arms\"",
            "mailto:urp@comune.test",
            "href=\"https://comune.test/p\"",
            "href=\"https://comune.test/a\"",
            "href=\"https://comune.test/l\"",
            "href=\"#main\"",
        ] {
            assert!(page.contains(part), "{path} lacks {part}: {page}");
        }
    }
}

#[tokio::test]
async fn an_error_says_what_was_wrong_and_what_to_do() {
    let server = Server::start().await;
    server.opens("sera", json!({})).await;
    let mut browser = Browser::new(&server);
    for (path, status, says) in [
        ("/none", 404, "Qui non c'è questa pagina: controlla l'indirizzo."),
        ("/s/none/plain", 404, "Qui non c'è questa seduta: controlla l'indirizzo."),
        ("/r/0000-0000-0000-0000", 404, "Qui non c'è questa ricevuta: controlla l'indirizzo."),
        ("/join/fdi_none", 404, "chiedi a chi te l'ha mandato di mandartene un altro."),
        ("/admin", 401, "Ricarica la pagina, o apri di nuovo il tuo invito."),
        ("/admin", 401, "apri il collegamento che ti ha mandato l'ufficio stampa"),
    ] {
        let page = browser.opens(path).await;
        assert_eq!(page.status, status, "{path}");
        assert!(page.body.contains(says), "{path}: {}", page.body);
        assert!(page.body.contains("Tutte le sedute"), "{path}: {}", page.body);
    }
    browser.language = "en";
    let page = browser.opens("/join/fdi_none").await;
    assert!(page.body.contains("ask whoever sent it for another one."), "{}", page.body);
}

/// On a picture that may be on air no error ever stands; it asks again by itself, since the address
/// is given to OBS days before.
#[tokio::test]
async fn an_overlay_that_is_not_there_is_an_empty_picture() {
    let server = Server::start().await;
    let draft = json!({"slug": "bozza", "title": "La bozza", "language": "it"});
    server.operator().asks("POST", "/api/v1/sessions").json(&draft).sent().await.must(201);
    let browser = Browser::new(&server);
    for path in ["/s/none/overlay", "/s/bozza/overlay", "/s/none/overlay/", "/s/%ff/overlay"] {
        let page = browser.opens(path).await;
        assert!((400..500).contains(&page.status), "{path}: {}", page.status);
        let body = page.body.split("<body").nth(1).expect("a body");
        let body = body.split("<script").next().expect("what is drawn");
        let text: String =
            body.split('<').filter_map(|tag| tag.split_once('>')).map(|it| it.1).collect();
        assert_eq!(text.trim(), "", "{path}: {body}");
        assert!(!page.body.contains("/assets/site-"), "{path}: a style of the site has a ground");
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("script-src 'self'"), "{path}: its script asks again: {policy}");
    }
    let program = server.ask("GET", "/s/none/overlay").sent().await;
    program.refuses(404, "not_found");
}
