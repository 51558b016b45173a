//! The files in `tests/fixtures/wire`, which the web's tests and the documents read too.
//!
//! `UPDATE_EXPECT=1 cargo test wire` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use expect_test::expect_file;

use super::evening::{
    ANNA, BEGIN, BRUNO, CARLA, DESK, Evening, MAYOR, PRESS, ask, id, question, rev,
};
use super::{api, wishes};
use crate::qa::event::{Channel, Reason};
use crate::qa::view::{self, Change};
use crate::qa::{As, Audience, Language, QuestionId, Refusal};
use crate::screening::{Finding, Knobs, Verdict, screen};
use crate::wire::client::{ClientCommand, Shown, Wish};
use crate::wire::problem::Blocked;
use crate::wire::{Close, Frame, Receipt, Screen, ScreenKind, SeatRole, ServerMessage, message};

pub(super) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire")
}

/// Everything that travels, by the name of its file: pretty, and otherwise as encoded.
pub(super) fn all() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (name, frame) in server() {
        let read = ServerMessage::read(frame.as_str()).expect("what we write we can read");
        assert_eq!(read.frame(), frame, "{name}: read and written again it is another");
        files.insert(format!("server-{name}"), pretty(&read));
    }
    for (name, _, wish, _) in wishes::every() {
        files.insert(format!("client-{name}"), pretty(&ClientCommand { id: id(1), wish }));
    }
    let shown = Shown { on_air: Some(question(1)) };
    files.insert("client-shown".to_owned(), pretty(&shown));
    files.extend(api::all());
    files
}

pub(super) fn pretty<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).expect("JSON") + "\n"
}

#[test]
fn what_travels_is_what_the_files_say() {
    let all = all();
    for (name, text) in &all {
        expect_file![folder().join(format!("{name}.json"))].assert_eq(text);
    }
    let files = std::fs::read_dir(folder()).expect("the fixtures");
    let known: BTreeSet<_> = all.keys().map(|name| format!("{name}.json")).collect();
    for file in files {
        let name = file.expect("a file").file_name().into_string().expect("a name");
        assert!(known.contains(&name), "{name} is written by nothing: delete it");
    }
}

pub(super) fn receipt(id: QuestionId) -> Receipt {
    let [.., a, b, c, d, e, f, g, h, i, j] = id.to_bytes();
    Receipt([a, b, c, d, e, f, g, h, i, j])
}

/// One evening, and what each audience is told of it.
fn server() -> Vec<(&'static str, Frame)> {
    let mut evening = Evening::opened();
    let welcome = |evening: &Evening, person, role| {
        let audience = match role {
            Some(SeatRole::Moderator) => Audience::Desk,
            _ => Audience::Public,
        };
        let session = view::session(&evening.session, audience);
        message::welcome(person, role, &session, evening.now(), Some("5c1f00d1e7a09b42"))
    };
    let mut frames = vec![
        ("welcome", welcome(&evening, Some(ANNA), Some(SeatRole::Citizen))),
        ("welcome-desk", welcome(&evening, Some(DESK), Some(SeatRole::Moderator))),
        ("welcome-overlay", welcome(&evening, None, None)),
    ];

    let named = Wish::Ask {
        text: "Quando riapre la biblioteca di via Manzoni?".to_owned(),
        name: Some("Anna".to_owned()),
        labels: Some(vec!["Scuola".to_owned()]),
        review: None,
        channel: None,
    };
    let asked = evening.citizen(ANNA, named);
    let library = evening.last();
    frames.push(("update-desk", update(&evening, &asked, Audience::Desk)));
    assert_eq!(evening.told(&asked, Audience::Public), []);
    evening.citizen(BRUNO, ask("perche la ciclabile finisce nel nulla??"));
    let cycling = evening.last();
    evening.citizen(CARLA, ask("Perché il mio vicino parcheggia sul marciapiede?"));
    let neighbour = evening.last();
    evening.desk(Wish::Ask {
        text: "Ci saranno più autobus la sera?".to_owned(),
        name: Some("Dal pubblico".to_owned()),
        labels: Some(vec!["Mobilità".to_owned()]),
        review: None,
        channel: Some(Channel::Hall),
    });
    let buses = evening.last();

    let approved = evening.desk(Wish::Approve { question: library, rev: rev(1), name: None });
    frames.push(("update", update(&evening, &approved, Audience::Public)));
    let text = "Perché la pista ciclabile di viale Roma si interrompe?".to_owned();
    evening.desk(Wish::Revise { question: cycling, rev: rev(1), text });
    evening.desk(Wish::Approve { question: cycling, rev: rev(2), name: None });
    evening.desk(Wish::Dismiss {
        question: neighbour,
        rev: rev(1),
        reason: Reason::NotOurOffice,
        of: None,
        note: Some("Se ne occupa la polizia locale: 030 000000.".to_owned()),
    });
    evening.citizen(BRUNO, Wish::Vote { question: library, on: true });
    evening.citizen(CARLA, Wish::Vote { question: library, on: true });
    evening.citizen(CARLA, Wish::Vote { question: buses, on: true });
    evening.desk(Wish::Queue { question: library, rev: rev(2), before: None });
    let queued =
        evening.desk(Wish::Queue { question: cycling, rev: rev(3), before: Some(library) });
    frames.push(("update-stage", update(&evening, &queued, Audience::Stage)));
    evening.desk(Wish::Queue { question: buses, rev: rev(1), before: None });
    let note = Some("Prima serve il dato delle corse.".to_owned());
    evening.desk(Wish::Later { question: buses, rev: rev(2), note });
    evening.desk(Wish::Queue { question: buses, rev: rev(3), before: None });
    evening.wish(MAYOR, As::Staff, Wish::Next { question: cycling }).expect("the head");
    let text = "I lavori riprendono a marzo.".to_owned();
    let links = Some(vec!["https://comune.example.it/ciclabili".to_owned()]);
    evening.desk(Wish::Answer { question: cycling, rev: rev(5), text, links });
    let on_air = Wish::OnAir { question: library, rev: rev(3), stage: rev(2) };
    let on_air = evening.desk(on_air);
    frames.push(("update-on-air", update(&evening, &on_air, Audience::Public)));

    for (name, audience) in [
        ("snapshot", Audience::Public),
        ("snapshot-desk", Audience::Desk),
        ("snapshot-stage", Audience::Stage),
        ("snapshot-overlay", Audience::Overlay),
    ] {
        let snapshot = view::snapshot(&evening.session, audience);
        frames.push((name, message::snapshot(evening.cursor(audience), &snapshot)));
    }
    let own = |evening: &Evening, person| {
        message::mine(&view::mine(&evening.session, person), |id| Some(receipt(id)))
    };
    frames.push(("mine", own(&evening, CARLA)));
    frames.push(("mine-revised", own(&evening, BRUNO)));
    let counts = [(library, 2), (buses, 1)].into();
    frames.push(("tally", message::tally(&counts, 412)));

    frames.push(("hush", message::hush(library)));
    let stale = Wish::Approve { question: library, rev: rev(1), name: None };
    let stale = evening.wish(DESK, As::Staff, stale).expect_err("it has moved");
    let as_it_is = view::question(&evening.session, Audience::Desk, library);
    frames.push((
        "refused-stale",
        message::refused(Some(id(60)), &stale, Language::Italian, as_it_is),
    ));
    let back = evening.desk(Wish::Dismiss {
        question: buses,
        rev: rev(4),
        reason: Reason::OffTopic,
        of: None,
        note: None,
    });
    frames.push(("update-gone", update(&evening, &back, Audience::Public)));
    let reason = "Conteneva un indirizzo privato.".to_owned();
    let taken = Wish::TakeBack { question: cycling, reason };
    let taken = evening.wish(PRESS, As::Staff, taken).expect("published");
    frames.push(("update-removed", update(&evening, &taken, Audience::Public)));
    frames.push(("update-desk-finding", with_finding(&evening, library)));
    let closed = evening.desk(Wish::Close);
    frames.push(("update-session", update(&evening, &closed, Audience::Public)));
    let similar: Vec<_> =
        view::question(&evening.session, Audience::Public, library).into_iter().collect();
    let masked = Some("Chiamatemi al [telefono]: quando riapre la biblioteca?");
    frames.push(("checked", message::checked(id(1), masked, blocked(), &similar)));
    frames.extend(replies());
    frames
}

/// A pending question in which screening found something, as the desk sees it.
fn with_finding(evening: &Evening, question: QuestionId) -> Frame {
    let audience = Audience::Desk;
    let mut view = view::question(&evening.session, audience, question).expect("the desk sees all");
    let desk = view.desk.as_mut().expect("the desk's own fields");
    desk.verdict = Verdict::Hold;
    desk.findings = vec![Finding {
        code: "WORD_INSULT".to_owned(),
        verdict: Verdict::Hold,
        spans: std::iter::once(7..13).collect(),
        evidence: Some("riapre".to_owned()),
        count: None,
        in_name: false,
    }];
    be_alike(&mut view);
    let changes = [Change::Question(Box::new(view))];
    message::update(evening.cursor(audience), evening.now(), &changes)
}

/// What the room tells the desk of a question that is like another, in a campaign.
pub(super) fn be_alike(question: &mut view::QuestionView) {
    let desk = question.desk.as_mut().expect("the desk's own fields");
    desk.alike = vec![view::AlikeView {
        id: QuestionId::from_u128(77),
        text: "La biblioteca di via Verdi, quando riapre?".to_owned(),
        score: 0.78,
        same: false,
        here: std::iter::once(35..42).collect(),
        there: std::iter::once(21..26).collect(),
    }];
    desk.similar = desk.alike.iter().map(|alike| alike.id).collect();
    desk.campaign = Some(view::CampaignView { id: QuestionId::from_u128(77), people: 5 });
}

/// Findings for the author of a text that holds nothing but symbols, under a name that will not do.
fn blocked() -> Vec<Blocked> {
    let mut findings =
        screen("!!!", &Knobs { min_chars: 8, max_chars: 400, ..Knobs::default() }).findings;
    findings.iter_mut().for_each(|finding| finding.spans = std::iter::once(0..3).collect());
    findings.push(Finding {
        code: "WORD_LIST_BLOCK".to_owned(),
        verdict: Verdict::Block,
        spans: std::iter::once(0..6).collect(),
        evidence: None,
        count: None,
        in_name: true,
    });
    findings.iter().map(|finding| Blocked::of(finding, Language::Italian)).collect()
}

fn update(evening: &Evening, changes: &crate::qa::Changes, audience: Audience) -> Frame {
    let told: Vec<Change> = evening.told(changes, audience);
    message::update(evening.cursor(audience), evening.now(), &told)
}

/// What does not depend on the evening.
fn replies() -> Vec<(&'static str, Frame)> {
    let refused =
        |refusal: &Refusal, language| message::refused(Some(id(1)), refusal, language, None);
    let findings =
        screen("Perché?", &Knobs { min_chars: 8, max_chars: 400, ..Knobs::default() }).findings;
    let unreadable = crate::wire::decode(b"{", As::Citizen, &crate::qa::Sieve::default());
    let unreadable = unreadable.expect_err("no JSON");
    let screens = [
        Screen { kind: ScreenKind::Stage, on_air: Some(question(1)), seen_ms_ago: 840 },
        Screen { kind: ScreenKind::Overlay, on_air: None, seen_ms_ago: 2_400 },
    ];
    vec![
        ("done", message::done(id(1), None)),
        ("done-ask", message::done(id(1), Some(receipt(question(1))))),
        ("refused", refused(&Refusal::Content(findings), Language::Italian)),
        (
            "refused-too-fast",
            refused(&Refusal::TooFast { retry_after_ms: 12_000 }, Language::English),
        ),
        (
            "refused-not-ready",
            refused(
                &Refusal::NotReady { missing: vec!["contact", "legal_url"] },
                Language::Italian,
            ),
        ),
        (
            "refused-malformed",
            message::refused(unreadable.id, &unreadable.refusal, Language::English, None),
        ),
        ("screens", message::screens(&screens)),
        ("goodbye", message::goodbye(Close::Drain, Language::Italian, 3_700)),
        ("goodbye-revoked", message::goodbye(Close::Revoked, Language::English, 0)),
    ]
}

#[test]
fn a_clone_of_a_frame_shares_its_bytes() {
    let frame = message::hush(question(1));
    let bytes = bytes::Bytes::from(frame.clone());
    assert_eq!(bytes.as_ptr(), frame.as_str().as_ptr());
    let twin = frame.clone();
    assert_eq!(twin.on_socket().as_ptr(), frame.on_socket().as_ptr());
    assert_eq!(twin.on_socket()[2..].as_ptr(), frame.as_str().as_ptr());
    assert_eq!(BEGIN.0, 1_795_300_000_000);
}
