//! What is left after an evening: the record and its tables, receipts that prove it and by which
//! people are forgotten, words that are found again.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Server, Visitor, id};

const SHOWN: &str = "Quando riapre la biblioteca di via Zara?";
const WAITING: &str = "Perché il cedro di piazza Nuova è caduto?";
const REFUSED: &str = "Corbezzolo: chi ha deciso così?";
const NAME: &str = "Ginepra Corallina";

struct Evening {
    server: Server,
    maria: Visitor,
    ana: Visitor,
}

/// What `filodiretto` says, and whether it is content.
fn program(data: &Path, given: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_filodiretto"));
    let done = command.args(given).arg("--data").arg(data).output().expect("the program runs");
    let said = String::from_utf8(done.stdout).expect("text");
    (done.status.success(), format!("{said}{}", String::from_utf8_lossy(&done.stderr)))
}

impl Evening {
    async fn open() -> Self {
        let server = Server::start().await;
        server.opens("sera", json!({"slow_s": null})).await;
        let (maria, _) = server.invites("sera", "moderator", "Maria").await;
        let ana = server.citizen().await;
        Self { server, maria, ana }
    }

    /// Ana asks; the question's id and its receipt.
    async fn asks(&self, text: &str) -> (String, String) {
        let ask = json!({"type": "ask", "text": text, "name": NAME});
        let done = self.ana.sends("sera", "citizen", ask).await.must(200).json();
        let field = |name: &str| done[name].as_str().expect("a text").to_owned();
        (field("id"), field("receipt"))
    }

    async fn desk(&self, mut command: Value, question: &str) {
        let path = "/api/v1/sessions/sera/questions?as=desk&order=new";
        let seen = self.maria.asks("GET", path).sent().await.must(200).json();
        let mut questions = seen["questions"].as_array().expect("a list").iter();
        let known = questions.find(|known| known["id"] == question).expect("it is there");
        command["question"] = json!(question);
        command["rev"] = known["rev"].clone();
        self.maria.sends("sera", "desk", command).await.must(200);
    }

    async fn ends(&self) {
        for type_ in ["close", "end"] {
            self.maria.sends("sera", "desk", json!({"type": type_})).await.must(200);
        }
    }

    async fn receipt(&self, code: &str) -> Value {
        self.server.ask("GET", &format!("/api/v1/receipts/{code}")).sent().await.must(200).json()
    }

    async fn record(&self, query: &str) -> String {
        let path = format!("/api/v1/sessions/sera/export{query}");
        self.server.operator().asks("GET", &path).sent().await.must(200).body
    }

    async fn finds(&self, words: &str) -> String {
        let q = form_urlencoded::byte_serialize(words.as_bytes()).collect::<String>();
        let path = format!("/search?q={q}");
        self.server.ask("GET", &path).header("accept", "text/html").sent().await.must(200).body
    }

    /// A form of the receipt's page, as a browser sends it: under `no-referrer` it says that it comes
    /// from nowhere.
    async fn sends(&self, code: &str, form: &str) -> crate::support::Answer {
        let ask = self.server.ask("POST", &format!("/r/{code}")).header("origin", "null");
        ask.header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .text(form)
            .sent()
            .await
    }
}

#[tokio::test]
async fn a_receipt_and_the_record_prove_each_other() {
    let evening = Evening::open().await;
    let (shown, shown_code) = evening.asks(SHOWN).await;
    let (refused, refused_code) = evening.asks(REFUSED).await;
    evening.desk(json!({"type": "approve"}), &shown).await;
    let early = evening.receipt(&shown_code).await;
    evening.desk(json!({"type": "revise", "text": "Quando riapre la biblioteca?"}), &shown).await;
    evening
        .desk(json!({"type": "dismiss", "reason": "off_topic", "note": "Sta altrove."}), &refused)
        .await;
    let late = evening.receipt(&shown_code).await;
    let private = evening.receipt(&refused_code).await;
    assert_ne!(early["chain"], late["chain"]);

    // What nobody but the desk may know moves no receipt of another's question: whoever looks again
    // and again would count it.
    let bob = evening.server.citizen().await;
    for number in 0..3 {
        let text = format!("Una domanda che nessuno vede, numero {number}?");
        bob.sends("sera", "citizen", json!({"type": "ask", "text": text})).await.must(200);
    }
    assert_eq!(evening.receipt(&shown_code).await, late);
    evening.ends().await;
    let path = "/api/v1/sessions/sera/chain";
    let chain = evening.server.ask("GET", path).sent().await.must(200).json();
    let chain = chain["chain"].as_str().expect("a chain").to_owned();

    let folder = tempfile::tempdir().expect("a folder");
    let keep = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a file");
        file.to_str().expect("text").to_owned()
    };
    let (data, nowhere) = (evening.server.data(), folder.path().join("nowhere"));
    let public = keep("public.json", &evening.record("?scope=public").await);
    let page = evening.server.ask("GET", "/s/sera/plain").header("accept", "text/html");
    let page = page.sent().await.must(200).body;
    assert!(
        page.contains(&chain) && page.contains("/api/v1/sessions/sera/export?format=csv"),
        "{page}"
    );
    let full = evening.record("?scope=full").await;
    let full = keep("full.json", &full);
    let receipts = [&early, &late, &private].map(|receipt| receipt.to_string());
    let [early, late, private] =
        [keep("a.json", &receipts[0]), keep("b.json", &receipts[1]), keep("c.json", &receipts[2])];

    for (what, receipt, folder, good, says) in [
        // Each receipt is good in the journal, with its words, as of its own moment.
        ("sera", &early, &data, true, "as the receipt says\n"),
        ("sera", &late, &data, true, "as the receipt says\n"),
        ("sera", &private, &data, true, "as the receipt says\n"),
        // A full record proves as much but for the words, which are sealed in it.
        (&full, &early, &nowhere, true, "were not compared"),
        (&full, &private, &nowhere, true, "were not compared"),
        (&full, &late, &data, true, "as the receipt says\n"),
        // A public one shows or does not show it, and says what it cannot prove.
        (&public, &late, &nowhere, true, "has the same text"),
        (&public, &early, &nowhere, false, "with another text"),
        (&public, &private, &nowhere, false, "was not public"),
        (&public, &private, &data, true, "as the receipt says\n"),
    ] {
        let (well, said) = program(folder, &["verify", what, "--receipt", receipt]);
        assert!(well == good && said.contains(says), "{what} {receipt}: {said}");
    }
    // The record without a receipt: by the published chain alone, or by the journal, which has moved
    // on since.
    let (well, said) = program(&nowhere, &["verify", &public, "--chain", &chain]);
    assert!(well, "{said}");
    for what in [&public, &full] {
        let (well, said) = program(&data, &["verify", what]);
        assert!(well && said.contains("it is what the journal says"), "{said}");
    }

    // A receipt that says something else, and records that do.
    let lie = |from: &str, to: &str| {
        let text = receipts[1].replace(from, to);
        assert_ne!(text, receipts[1], "{from}");
        keep("lie.json", &text)
    };
    for (from, to) in [("approved", "answered"), ("la biblioteca?", "il teatro?"), (NAME, "Altri")]
    {
        let lie = lie(from, to);
        let (well, said) = program(&data, &["verify", "sera", "--receipt", &lie]);
        assert!(!well && said.contains("says something else"), "{from}: {said}");
    }
    let other = lie(json!(late_chain(&receipts[1])).as_str().expect("text"), &"0".repeat(64));
    let (well, said) = program(&data, &["verify", "sera", "--receipt", &other]);
    assert!(!well && said.contains("never had the receipt's chain"), "{said}");
    let text = std::fs::read_to_string(&public).expect("a file").replace("biblioteca", "piscina");
    let forged = keep("forged.json", &text);
    for (given, says) in [
        (vec!["verify", &*forged], "is not what the journal says"),
        (vec!["verify", &*forged, "--receipt", &*late], "is not what the journal says"),
    ] {
        let (well, said) = program(&data, &given);
        assert!(!well && said.contains(says), "{said}");
    }
    let (well, said) = program(&nowhere, &["verify", &forged, "--receipt", &late]);
    assert!(!well && said.contains("with another text"), "{said}");
    let (well, said) = program(&data, &["verify", "sera", "--receipt", &public]);
    assert!(!well && said.contains("is not a receipt"), "{said}");
}

fn late_chain(receipt: &str) -> String {
    let receipt: Value = serde_json::from_str(receipt).expect("JSON");
    receipt["chain"].as_str().expect("a chain").to_owned()
}

#[tokio::test]
async fn who_holds_a_receipt_takes_back_and_is_forgotten_without_being_anybody() {
    let evening = Evening::open().await;
    let (shown, shown_code) = evening.asks(SHOWN).await;
    let (_, code) = evening.asks(WAITING).await;
    let (refused, _) = evening.asks(REFUSED).await;
    evening.desk(json!({"type": "approve"}), &shown).await;
    evening.desk(json!({"type": "dismiss", "reason": "off_topic"}), &refused).await;
    let (bob, vote) =
        (evening.server.citizen().await, json!({"type": "vote", "question": shown, "on": true}));
    bob.sends("sera", "citizen", vote).await.must(200);
    let entered =
        json!({"type": "ask", "text": "Una domanda della sala, per tutti?", "channel": "hall"});
    let entered = evening.maria.sends("sera", "desk", entered).await.must(200).json();
    for on in [true, false, true] {
        let vote = json!({"type": "vote", "question": entered["id"], "on": on});
        evening.ana.sends("sera", "citizen", vote).await.must(200);
    }
    // Everything, with when; and nothing of anybody else.
    let path = format!("/api/v1/receipts/{code}?history=1");
    let held = evening.server.ask("GET", &path).sent().await.must(200).json();
    let acts = held["acts"].as_array().expect("a list");
    let what: Vec<_> = acts.iter().map(|act| act["what"].as_str().expect("a word")).collect();
    assert_eq!(what, ["asked", "asked", "asked", "supported", "support_ended", "supported"]);
    assert!(acts.iter().all(|act| act["at"].as_i64().is_some_and(|at| at > 0)));
    assert_eq!(held["votes"], json!({entered["id"].as_str().expect("an id"): true}));
    let page =
        evening.server.ask("GET", &format!("/r/{code}?history=1")).header("accept", "text/html");
    let page = page.sent().await.must(200);
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    for part in [NAME, WAITING, SHOWN, REFUSED, "Hai smesso di sostenere", "Ritira la domanda"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }

    // Taken back: once, however often the form is sent.
    let form = format!("do=withdraw&id={}", id());
    for _ in 0..2 {
        let done = evening.sends(&code, &form).await.must(303);
        assert_eq!(done.header("location"), Some(&*format!("/r/{code}?done=withdrawn#said")));
    }
    assert_eq!(evening.receipt(&code).await["question"]["state"], "withdrawn");
    let again = evening.sends(&code, &format!("do=withdraw&id={}", id())).await.must(409).body;
    assert!(again.contains("Nello stato attuale non si può."), "{again}");
    let wrong = evening.sends(&code, "do=dance").await.must(400).body;
    assert!(wrong.contains("Il modulo non è completo"), "{wrong}");

    // Forgotten: not by a slip, and then for good.
    let unsure = evening.sends(&code, &format!("do=forget&id={}", id())).await.must(422).body;
    assert!(unsure.contains("Spunta la casella") && unsure.contains(NAME), "{unsure}");
    assert_eq!(evening.receipt(&code).await["forgotten"], false);
    let form = format!("do=forget&sure=yes&id={}", id());
    for _ in 0..2 {
        evening.sends(&code, &form).await.must(303);
    }
    for code in [&code, &shown_code] {
        let held = evening.receipt(code).await;
        assert_eq!(held["forgotten"], true);
        let text = held.to_string();
        assert!(text.contains(SHOWN), "what is published stays: {text}");
        for gone in [NAME, WAITING, REFUSED] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
    }
    let path = format!("/r/{code}?done=forgotten");
    let page = evening.server.ask("GET", &path).header("accept", "text/html").sent().await;
    let page = page.must(200).body;
    for part in
        ["Fatto: il tuo nome", "Il testo è stato cancellato.", "rivolgiti all’ufficio stampa"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Who comes back has a new key, and the same right again.
    let (_, later) = evening.asks("Posso tornare a chiedere qualcosa?").await;
    assert!(evening.receipt(&later).await.to_string().contains(NAME));
    evening.sends(&later, &format!("do=forget&sure=yes&id={}", id())).await.must(303);
    assert!(!evening.receipt(&later).await.to_string().contains(NAME));
    // On record, with why; and what it took is in no record any more.
    let full: Value = serde_json::from_str(&evening.record("?scope=full").await).expect("JSON");
    let decisions = full["decisions"].as_array().expect("a list");
    let forgotten = |decided: &&Value| decided["what"] == json!(["person_forgotten"]);
    let forgotten = decisions.iter().find(forgotten).expect("it is on record");
    assert_eq!(forgotten["by"], "house");
    assert_eq!(forgotten["why"], "Richiesta della persona, con la sua ricevuta");
    for gone in [NAME, WAITING, REFUSED] {
        assert!(!full.to_string().contains(gone), "{gone}");
    }
    let (well, said) = program(&evening.server.data(), &["verify", "sera"]);
    assert!(well, "{said}");
    assert_eq!(evening.receipt(&shown_code).await["question"]["votes"], 1, "votes stay");
}

#[tokio::test]
async fn a_hall_that_mistypes_is_not_shut_out() {
    let evening = Evening::open().await;
    let (_, code) = evening.asks(SHOWN).await;
    let mut told = std::collections::BTreeMap::<u16, u32>::new();
    for number in 0..80 {
        let path = format!("/r/{number:04}-0000-0000-0000");
        *told.entry(evening.server.ask("GET", &path).sent().await.status).or_default() += 1;
        evening.server.ask("GET", &format!("/r/{code}")).sent().await.must(200);
    }
    // 60 at once and half a one each second (`limit_failed_receipts_per_network`).
    let (missing, limited) = (told[&404], told[&429]);
    assert!(missing >= 60 && limited >= 5 && missing + limited == 80, "{told:?}");
}

#[tokio::test]
async fn past_evenings_are_searched_and_what_goes_is_found_no_more() {
    let mut evening = Evening::open().await;
    let (shown, _) = evening.asks(SHOWN).await;
    let (refused, _) = evening.asks(REFUSED).await;
    evening.desk(json!({"type": "approve"}), &shown).await;
    evening.desk(json!({"type": "dismiss", "reason": "off_topic"}), &refused).await;
    let answer = json!({"type": "answer", "text": "A primavera, con più sedie.", "links": []});
    evening.desk(answer, &shown).await;
    let _ = evening.asks(WAITING).await;
    let found = format!("/s/sera/plain?question={shown}#q-{shown}");
    // Not before it is over.
    assert!(evening.finds("biblioteca").await.contains("Nessuna domanda trovata"));
    evening.ends().await;
    for words in ["biblioteca", "BIBLIO zara", "piu sedie", "primav"] {
        let page = evening.finds(words).await;
        assert!(page.contains(&found) && page.contains(SHOWN), "{words}: {page}");
    }
    // Nor what the public never saw.
    for words in ["corbezzolo", "cedro", "Ginepra", "Maria", "\"", "biblioteca OR corbezzolo", "*"]
    {
        let page = evening.finds(words).await;
        assert!(page.contains("Nessuna domanda trovata"), "{words}: {page}");
        for secret in [WAITING, REFUSED] {
            assert!(!page.contains(secret), "{words}: {page}");
        }
    }
    let page = evening.finds("<script>alert(1)</script>").await;
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"), "{page}");
    // The index is nowhere but in memory, and is there again after a restart.
    evening.server.kill();
    evening.server.comes_back().await;
    assert!(evening.finds("biblioteca").await.contains(&found));
    for file in std::fs::read_dir(evening.server.data()).expect("a folder") {
        let file = file.expect("a file").path();
        if let Ok(bytes) = std::fs::read(&file) {
            assert!(!bytes.windows(10).any(|w| w == b"biblioteca"), "{}", file.display());
        }
    }
    // Reopened it is an evening under way; ended again it is found again, without what was removed.
    let operator = evening.server.operator();
    evening.maria.sends("sera", "desk", json!({"type": "reopen"})).await.must(200);
    assert!(evening.finds("biblioteca").await.contains("Nessuna domanda trovata"));
    evening.maria.sends("sera", "desk", json!({"type": "end"})).await.must(200);
    assert!(evening.finds("biblioteca").await.contains(&found));
    let take_back = json!({"type": "take_back", "question": shown, "reason": "Per errore."});
    operator.sends("sera", "desk", take_back).await.must(200);
    for words in ["biblioteca", "primavera"] {
        assert!(evening.finds(words).await.contains("Nessuna domanda trovata"), "{words}");
    }
}

#[tokio::test]
async fn every_decision_says_who_when_why_and_what_was_before() {
    let evening = Evening::open().await;
    let (shown, _) = evening.asks(SHOWN).await;
    let (refused, _) = evening.asks(REFUSED).await;
    evening.desk(json!({"type": "approve"}), &shown).await;
    evening.desk(json!({"type": "revise", "text": "Quando riapre la biblioteca?"}), &shown).await;
    evening
        .desk(json!({"type": "dismiss", "reason": "other", "note": "Già chiarito."}), &refused)
        .await;
    let policy = json!({"type": "policy", "policy": {"max_chars": 200}});
    evening.maria.sends("sera", "desk", policy).await.must(200);
    evening.ends().await;
    let full: Value = serde_json::from_str(&evening.record("?scope=full").await).expect("JSON");
    let decisions = full["decisions"].as_array().expect("a list");
    let of = |word: &str| {
        let fits = |decided: &&Value| decided["what"] == json!([word]);
        decisions.iter().find(fits).unwrap_or_else(|| panic!("no {word} in {full}")).clone()
    };
    let approved = of("question_approved");
    assert_eq!(approved["name"], "Maria");
    assert_eq!(approved["role"], "moderator");
    assert_eq!(approved["changed"][0]["before"]["state"], "pending");
    assert_eq!(approved["changed"][0]["after"]["state"], "approved");
    assert_eq!(approved["changed"][0]["number"], 1);
    let revised = of("question_revised");
    assert_eq!(revised["changed"][0]["before"]["text"], SHOWN);
    assert_eq!(revised["changed"][0]["after"]["text"], "Quando riapre la biblioteca?");
    let dismissed = of("question_dismissed");
    assert_eq!(dismissed["why"], "other: Già chiarito.");
    assert_eq!(dismissed["changed"][0]["before"]["state"], "pending");
    let policy = of("policy_changed");
    assert_eq!(policy["changed"][0]["before"]["policy.max_chars"], 400);
    assert_eq!(policy["changed"][0]["after"]["policy.max_chars"], 200);
    assert_eq!(of("full_record_taken")["name"], "Ufficio stampa");

    let table = evening.record("?scope=full&format=csv&table=decisions&lang=it").await;
    let mut lines = csv::ReaderBuilder::new();
    let mut lines =
        lines.delimiter(b';').from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let names = lines.headers().expect("a head").clone();
    let rows: Vec<_> = lines.records().map(|row| row.expect("a row")).collect();
    let cell = |what: &str, column: &str| {
        let at = |name: &str| names.iter().position(|known| known == name).expect("a column");
        let row = rows.iter().find(|row| &row[at("what")] == what).expect("a row");
        row[at(column)].to_owned()
    };
    assert!(cell("question_revised", "before").contains(&format!("text: {SHOWN}")));
    assert!(cell("question_revised", "after").contains("text: Quando riapre la biblioteca?"));
    assert_eq!(cell("question_dismissed", "why"), "other: Già chiarito.");
    assert_eq!(cell("question_approved", "by_name"), "Maria");
    let at = cell("question_approved", "at");
    assert!(at.len() == 25 && (at.ends_with("+01:00") || at.ends_with("+02:00")), "{at}");

    // The public scope names nobody and counts no refusal; and has no such table.
    for format in ["json", "csv"] {
        let public = evening.record(&format!("?format={format}")).await;
        for secret in ["Maria", REFUSED, "Corbezzolo", "dismissed", "\"person\""] {
            assert!(!public.contains(secret), "{secret} in {public}");
        }
        assert!(public.contains(NAME), "who gave a name, gave it for this");
    }
    for wrong in ["table=decisions&format=csv", "table=decisions&scope=full", "table=x"] {
        let path = format!("/api/v1/sessions/sera/export?{wrong}");
        evening.server.operator().asks("GET", &path).sent().await.refuses(400, "malformed");
    }
    // The same on the command line, byte for byte but for the export that this one recorded.
    let data = evening.server.data();
    let public = evening.record("?format=csv&lang=en").await;
    let (well, said) = program(&data, &["export", "sera", "--format", "csv", "--lang", "en"]);
    assert!(well && said == public, "{said:?} {public:?}");
    let (well, said) =
        program(&data, &["export", "sera", "--format", "csv", "--table", "decisions"]);
    assert!(!well && said.contains("--scope full"), "{said}");
}
