//! Bodies of the HTTP API.

use std::collections::BTreeMap;

use super::evening::{Evening, ask, id, question, rev};
use super::fixtures::{pretty, receipt};
use crate::qa::command::AboutChange;
use crate::qa::house::City;
use crate::qa::session::{Held, State, Tried};
use crate::qa::view;
use crate::qa::{
    Audience, Command, InvitationId, Language, QuestionId, Refusal, Rev, Role, Timestamp,
};
use crate::screening::{Finding, Verdict};
use crate::wire::body::{
    self, Act, ChainBody, Deed, HealthBody, HealthLine, HouseBody, InvitationBody, InvitationsBody,
    InvitedBody, MeBody, NewPerson, QuestionsBody, ReceiptBody, ScreeningBody, SeenBody,
    SessionsBody, TokenBody, TriedBody,
};
use crate::wire::client::Wish;
use crate::wire::message::OwnQuestion;
use crate::wire::{Problem, Refused};

const CHAIN: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

const NEW_SESSION: &str = r##"{
  "slug": "bilancio-partecipato",
  "title": "Bilancio partecipato: le vostre domande",
  "language": "it",
  "policy": {
    "max_chars": 280,
    "slow_s": null
  },
  "stream": {
    "url": "https://diretta.example.it/live.m3u8",
    "kind": "hls",
    "delays": {
      "web": 12
    }
  },
  "starts_at": 1795300000000,
  "officials": [
    {
      "name": "Lucia Conti",
      "office": "Sindaca"
    }
  ],
  "labels": [
    "Mobilità",
    "Scuola"
  ],
  "rehearsal": false
}
"##;

const SESSION_CHANGE: &str = r##"{
  "rev": 2,
  "title": "Bilancio partecipato, seconda serata",
  "language": "it",
  "stream": {
    "url": "https://diretta.example.it/seconda.m3u8",
    "kind": "hls"
  },
  "starts_at": null,
  "officials": [],
  "labels": [
    "Scuola"
  ]
}
"##;

const CITY_CHANGE: &str = r##"{
  "city": {
    "name": "Comune di Esempio",
    "contact": "urp@comune.example.it",
    "privacy_url": "https://comune.example.it/privacy",
    "accessibility_url": "https://comune.example.it/accessibilita",
    "legal_url": "https://comune.example.it/note-legali",
    "colour": "#003882",
    "coat_of_arms": null
  }
}
"##;

const NEW_INVITATION: &str = r##"{
  "role": "moderator",
  "name": "Redazione"
}
"##;

const NEW_PERSON: &str = r##"{
  "embed": true
}
"##;

const TRY_POLICY: &str = r##"{
  "policy": {
    "words_hold": [
      "parola*"
    ]
  }
}
"##;

/// A question that an entry would hold.
fn tried(id: QuestionId) -> TriedBody {
    let tried = Tried {
        id,
        state: State::Pending,
        text: "Quando riapre la biblioteca di via Manzoni?".to_owned(),
        name: Some("Anna".to_owned()),
        before: Verdict::Pass,
        after: Verdict::Hold,
        findings: vec![Finding {
            code: "WORD_LIST_HOLD".to_owned(),
            verdict: Verdict::Hold,
            spans: std::iter::once(17..27).collect(),
            evidence: Some("bibliotec*".to_owned()),
            count: None,
            in_name: false,
        }],
    };
    TriedBody { looked: 500, stricter: vec![tried], milder: vec![] }
}

fn screening() -> ScreeningBody {
    let entry = Some("bibliotec*".to_owned());
    let code = "WORD_LIST_HOLD".to_owned();
    ScreeningBody { reasons: vec![Held { code, entry, held: 9, overruled: 8, upheld: 1 }] }
}

/// The bodies by name: what is sent, and what is answered.
pub(super) fn all() -> BTreeMap<String, String> {
    let mut evening = Evening::opened();
    evening.citizen(super::evening::ANNA, ask("Quando riapre la biblioteca di via Manzoni?"));
    let asked = evening.last();
    evening.desk(Wish::Approve { question: asked, rev: rev(1), name: None });
    let seen = view::question(&evening.session, Audience::Public, asked).expect("public");
    let session = view::session(&evening.session, Audience::Public);
    let own = view::own_question(&evening.session, super::evening::ANNA, asked).expect("hers");
    let own = || OwnQuestion {
        question: std::borrow::Cow::Owned(own.clone()),
        receipt: Some(receipt(asked)),
    };
    let city = body::city_change(CITY_CHANGE.as_bytes()).expect("a change");
    let city = City { coat_of_arms: None, ..city };
    let mut as_it_is = view::question(&evening.session, Audience::Desk, asked).expect("asked");
    super::fixtures::be_alike(&mut as_it_is);
    let stale = Refused::of(
        &Refusal::Stale { question: Some(asked) },
        Language::Italian,
        Some(id(1)),
        Some(as_it_is),
    );
    let files = [
        ("new-session", NEW_SESSION.to_owned()),
        ("session-change", SESSION_CHANGE.to_owned()),
        ("house-change", CITY_CHANGE.to_owned()),
        ("new-invitation", NEW_INVITATION.to_owned()),
        ("new-person", NEW_PERSON.to_owned()),
        ("house", pretty(&HouseBody { city, missing: vec![] })),
        ("health", pretty(&health())),
        ("token", pretty(&TokenBody { token: "Jx2wq0d7v_8TzLq1bGkR9sY4nUeA3cPm".to_owned() })),
        (
            "me",
            pretty(&MeBody {
                administrator: false,
                roles: [(session.slug.clone().expect("a slug"), [Role::Admin].into())].into(),
            }),
        ),
        ("session", pretty(&session)),
        ("sessions", pretty(&SessionsBody { sessions: vec![session.clone()] })),
        (
            "questions",
            pretty(&QuestionsBody { questions: vec![seen], next: Some("MDEyMw".to_owned()) }),
        ),
        (
            "invited",
            pretty(&InvitedBody {
                id: InvitationId(id(3).0),
                link: "https://filodiretto.example.it/join/Jx2wq0d7v_8TzLq1".to_owned(),
                token: "Jx2wq0d7v_8TzLq1".to_owned(),
            }),
        ),
        (
            "invitations",
            pretty(&InvitationsBody {
                invitations: vec![InvitationBody {
                    id: InvitationId(id(3).0),
                    role: Role::Moderator,
                    name: "Redazione".to_owned(),
                    used: 2,
                    used_at: Some(evening.now()),
                }],
            }),
        ),
        (
            "receipt",
            pretty(&ReceiptBody {
                session,
                question: own(),
                questions: vec![own()],
                votes: [(question(2), true)].into(),
                chain: CHAIN.to_owned(),
                forgotten: false,
                acts: Some(vec![
                    Act {
                        at: Timestamp(1_795_300_007_000),
                        what: Deed::Asked,
                        question: Some(asked),
                    },
                    Act { at: Timestamp(1_795_300_009_000), what: Deed::Joined, question: None },
                ]),
            }),
        ),
        ("try-policy", TRY_POLICY.to_owned()),
        ("tried", pretty(&tried(asked))),
        ("screening", pretty(&screening())),
        ("chain", pretty(&ChainBody { chain: CHAIN.to_owned() })),
        ("problem", pretty(&Problem::with(stale, 409))),
        (
            "problem-busy",
            pretty(&Problem::of(
                &Refusal::Busy { retry_after_ms: 2_000 },
                Language::English,
                Some(id(1)),
                503,
            )),
        ),
        (
            "problem-unknown-outcome",
            pretty(&Problem::unknown_outcome(Language::Italian, Some(id(1)), 503, 2_000)),
        ),
    ];
    files.into_iter().map(|(name, text)| (format!("http-{name}"), text)).collect()
}

#[test]
fn a_session_is_created_from_its_body() {
    let new = body::new_session(NEW_SESSION.as_bytes(), Some(7)).expect("a session");
    assert_eq!(new.slug.as_str(), "bilancio-partecipato");
    assert_eq!((new.policy.version, new.policy.max_chars, new.policy.slow_s), (1, 280, None));
    assert_eq!(new.policy.questions, Some(10));
    assert_eq!(new.about.labels, ["Mobilità", "Scuola"]);
    assert_eq!(new.about.stream.map(|stream| stream.delays["web"]), Some(12));
    let least = br#"{"slug": "a-1", "title": "Prova", "language": "it"}"#;
    for keep_days in [None, Some(7)] {
        let new = body::new_session(least, keep_days).expect("a session");
        assert_eq!(new.policy.keep_days, keep_days, "where the body does not say");
    }
    let said =
        br#"{"slug": "a-1", "title": "Prova", "language": "it", "policy": {"keep_days": null}}"#;
    assert_eq!(body::new_session(said, Some(7)).expect("a session").policy.keep_days, None);
}

#[test]
fn what_a_change_leaves_out_stays_and_null_takes_away() {
    let change = body::session_change(SESSION_CHANGE.as_bytes()).expect("a change");
    let Command::Describe { change, rev } = change else { panic!("no description") };
    assert_eq!(
        (rev, change.starts_at, change.officials.clone()),
        (Rev(2), Some(None), Some(vec![]))
    );
    assert_eq!(change.title.as_deref(), Some("Bilancio partecipato, seconda serata"));
    let later = body::session_change(br#"{"rev": 2, "starts_at": 5}"#).expect("a change");
    let starts_at = Some(Some(Timestamp(5)));
    let change = Box::new(AboutChange { starts_at, ..AboutChange::default() });
    assert_eq!(later, Command::Describe { change, rev: Rev(2) });
    let city = body::city_change(br#"{"city": {"name": null}}"#).expect("a change");
    assert_eq!(city, City { name: Some(String::new()), ..City::default() });
}

#[test]
fn a_body_with_a_slip_of_the_pen_is_refused_by_its_name() {
    type Read = fn(&[u8]) -> Result<(), Refusal>;
    let session: Read = |bytes| body::new_session(bytes, None).map(drop);
    let change: Read = |bytes| body::session_change(bytes).map(drop);
    let city: Read = |bytes| body::city_change(bytes).map(drop);
    let invitation: Read = |bytes| body::new_invitation(bytes).map(drop);
    let person: Read = |bytes| body::new_person(bytes).map(drop);
    let ok = r#""title":"Prova","language":"it""#;
    let table = [
        (
            session,
            format!("{{{ok}}}"),
            "`slug` is missing: a name of 3 to 60 of a-z, 0-9, - is expected.",
        ),
        (
            session,
            format!(r#"{{"slug":"A",{ok}}}"#),
            "`slug`: a name of 3 to 60 of a-z, 0-9, - is expected.",
        ),
        (
            session,
            format!(r#"{{"slug":"abc",{ok},"policy":{{"max_chars":5000}}}}"#),
            "`policy.max_chars` is 5000; 1 to 1000 is possible.",
        ),
        (
            session,
            format!(r#"{{"slug":"abc",{ok},"stream":{{"url":"javascript:1","kind":"hls"}}}}"#),
            "`stream.url` is an address such as https://video.example.it/live.m3u8.",
        ),
        (
            session,
            format!(
                r#"{{"slug":"abc",{ok},"stream":{{"url":"https://a","kind":"hls","delays":{{"web":"12"}}}}}}"#
            ),
            "`stream.delays`: a whole number from 0 to 4294967295 is expected, not a text.",
        ),
        (
            session,
            format!(r#"{{"slug":"abc",{ok},"officials":[{{"name":"A"}}]}}"#),
            "`officials[0].office` is missing: a text is expected.",
        ),
        (
            session,
            format!(r#"{{"slug":"abc",{ok},"starts_at":"domani"}}"#),
            "`starts_at`: a whole number from 0 to 9007199254740991 is expected, not a text.",
        ),
        (
            change,
            "{}".to_owned(),
            "`rev` is missing: a whole number from 0 to 4294967295 is expected.",
        ),
        (change, r#"{"rev":1,"title":null}"#.to_owned(), "`title`: a text is expected, not null."),
        (
            change,
            r#"{"rev":1,"state":"open"}"#.to_owned(),
            "`state` is not known; known are: title, language, starts_at, officials, labels, stream, rev.",
        ),
        (
            city,
            r#"{"city":{"privacy":"x"}}"#.to_owned(),
            "`privacy` is not known in `city`; known are: name, contact, privacy_url, accessibility_url, legal_url, colour, coat_of_arms.",
        ),
        (
            invitation,
            r#"{"role":"citizen","name":"A"}"#.to_owned(),
            "`role`: one of moderator, official, producer, admin is expected.",
        ),
        (
            person,
            r#"{"embed":"yes"}"#.to_owned(),
            "`embed`: true or false is expected, not a text.",
        ),
    ];
    for (read, sent, expected) in table {
        let refusal = read(sent.as_bytes()).expect_err(&sent);
        assert_eq!(refusal.detail(Language::English), expected);
    }
    assert_eq!(body::new_person(b""), Ok(NewPerson { embed: false }));
}

fn health() -> HealthBody {
    let line = |check: &str, state: &str, says: &str, todo: Option<&str>| HealthLine {
        check: check.to_owned(),
        state: state.to_owned(),
        says: says.to_owned(),
        todo: todo.map(str::to_owned),
    };
    let seen = SeenBody {
        peer: "127.0.0.1".to_owned(),
        client: "203.0.113.9".to_owned(),
        believed: true,
        forwarded: true,
        client_is_proxy: false,
    };
    let lines = vec![
        line("record", "green", "Verbale e chiavi ci sono.", None),
        line("disk", "red", "Spazio libero per i dati: 0,3 GiB (1 %).", Some("Fai spazio.")),
    ];
    HealthBody { version: "0.1.0".to_owned(), lines, seen }
}
