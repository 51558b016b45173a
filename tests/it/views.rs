//! The shapes that travel: every field of every view, as the protocol names them.

use expect_test::{Expect, expect};
use filodiretto::qa::session::Own;
use filodiretto::qa::view;
use filodiretto::qa::{Audience, CommandId};
use filodiretto::story::Story;

use crate::check::{EVENING, play, told};

const SCRIPT: &str = "
    capo describes title 'Una sera intera' officials 'Sara Neri, Sindaca' labels 'Verde' stream hls 'https://video.example/a'
    ana asks q1 'Quanti alberi pianteremo?' as 'Anna' labels 'Verde'; wait 1s
    mod revises q1 'Quanti alberi pianteremo in piazza?'; wait 1s
    mod approves q1; mod queues q1; dora next q1; wait 1s
    dora puts back q1 note 'manca il numero'; wait 1s
    mod airs q1; bob votes q1; wait 1s
    pia off air; mod answers q1 'Dodici.' link https://verde.example; mod airs q1; wait 1s
    pia off air";

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "`expect![…]` reads best without a `&`")]
fn shape(value: &impl serde::Serialize, expect: Expect) {
    let text = serde_json::to_string_pretty(value).expect("what is shown can be written");
    expect.assert_eq(&text);
}

fn evening() -> Story {
    let mut story = told(EVENING);
    play(&mut story, SCRIPT);
    story
}

#[test]
fn a_question_as_the_public_sees_it() {
    let story = evening();
    shape(
        &view::snapshot(story.session(), Audience::Public),
        expect![[r#"
            {
              "session": {
                "slug": "prova",
                "title": "Una sera intera",
                "language": "it",
                "state": "open",
                "rehearsal": true,
                "rev": 3,
                "starts_at": null,
                "officials": [
                  {
                    "name": "Sara Neri",
                    "office": "Sindaca"
                  }
                ],
                "labels": [
                  "Verde"
                ],
                "stream": {
                  "url": "https://video.example/a",
                  "kind": "hls",
                  "delays": {}
                },
                "policy": {
                  "version": 1,
                  "moderation": "pre",
                  "hold_s": 0,
                  "min_chars": 8,
                  "max_chars": 400,
                  "open_questions": 3,
                  "questions": 10,
                  "slow_s": null,
                  "anonymous": true,
                  "votes": "shown",
                  "order": "top",
                  "links": "hold",
                  "languages": [
                    "it",
                    "en"
                  ],
                  "duplicates": "both",
                  "before_start": false,
                  "keep_days": 30,
                  "link_hosts": [
                    "gov.it"
                  ],
                  "personal_data": "mask",
                  "words_noted": [],
                  "other_languages": "note"
                }
              },
              "on_air": {
                "id": null,
                "since": null,
                "rev": 6
              },
              "queue": [],
              "questions": [
                {
                  "id": "01KG00000881A6H3C76ABVDXJ1",
                  "number": 1,
                  "text": "Quanti alberi pianteremo in piazza?",
                  "edited": true,
                  "name": "Anna",
                  "labels": [
                    "Verde"
                  ],
                  "language": "it",
                  "votes": 1,
                  "asked_at": 1768935600000,
                  "state": "approved",
                  "on_air_at": 1768935605000,
                  "answered_at": null,
                  "answer": {
                    "text": "Dodici.",
                    "links": [
                      "https://verde.example"
                    ],
                    "at": 1768935605000,
                    "by": "Mo"
                  },
                  "merged": []
                }
              ],
              "total": {
                "approved": 1
              }
            }"#]],
    );
}

#[test]
fn a_question_as_the_desk_sees_it() {
    let story = evening();
    shape(
        &view::snapshot(story.session(), Audience::Desk).questions,
        expect![[r#"
        [
          {
            "id": "01KG00000881A6H3C76ABVDXJ1",
            "number": 1,
            "text": "Quanti alberi pianteremo in piazza?",
            "edited": true,
            "name": "Anna",
            "labels": [
              "Verde"
            ],
            "language": "it",
            "votes": 1,
            "asked_at": 1768935600000,
            "state": "approved",
            "on_air_at": 1768935605000,
            "answered_at": null,
            "answer": {
              "text": "Dodici.",
              "links": [
                "https://verde.example"
              ],
              "at": 1768935605000,
              "by": "Mo"
            },
            "merged": [],
            "rev": 11,
            "notes": [
              {
                "text": "manca il numero",
                "by": "Dora",
                "at": 1768935603000
              }
            ],
            "verdict": "pass",
            "findings": [],
            "person": "1HGTKS05587MPSBBKT7VSV9H56",
            "channel": null,
            "claimed_by": null,
            "similar": [],
            "alike": [],
            "taken_off_at": 1768935606000,
            "held_until": null,
            "original": "Quanti alberi pianteremo?"
          }
        ]"#]],
    );
}

#[test]
fn a_question_as_the_stage_and_the_overlay_see_it() {
    let mut story = evening();
    play(
        &mut story,
        "mod airs q1; mod enters q2 'E i cespugli?' as 'Ugo' from phone; mod queues q2",
    );
    let stage = view::snapshot(story.session(), Audience::Stage);
    shape(
        &(stage.on_air, stage.queue, stage.questions, stage.total),
        expect![[r#"
        [
          {
            "id": "01KG00000881A6H3C76ABVDXJ1",
            "since": 1768935606000,
            "rev": 7
          },
          [
            "01KG00000NEGTMEMH80ZAPM103"
          ],
          [
            {
              "id": "01KG00000881A6H3C76ABVDXJ1",
              "number": 1,
              "text": "Quanti alberi pianteremo in piazza?",
              "edited": true,
              "name": "Anna",
              "labels": [
                "Verde"
              ],
              "language": "it",
              "votes": 1,
              "asked_at": 1768935600000,
              "state": "on_air",
              "on_air_at": 1768935606000,
              "answered_at": null,
              "answer": {
                "text": "Dodici.",
                "links": [
                  "https://verde.example"
                ],
                "at": 1768935605000,
                "by": "Mo"
              },
              "merged": [],
              "rev": 12,
              "notes": []
            },
            {
              "id": "01KG00000NEGTMEMH80ZAPM103",
              "number": 2,
              "text": "E i cespugli?",
              "edited": false,
              "name": "Ugo",
              "labels": [],
              "language": "it",
              "votes": 0,
              "asked_at": 1768935606000,
              "state": "queued",
              "on_air_at": null,
              "answered_at": null,
              "answer": null,
              "merged": [],
              "rev": 2,
              "notes": []
            }
          ],
          {
            "queued": 1,
            "on_air": 1
          }
        ]"#]],
    );
    let overlay = view::snapshot(story.session(), Audience::Overlay);
    shape(
        &(overlay.on_air, overlay.queue, overlay.questions, overlay.total),
        expect![[r#"
        [
          {
            "id": "01KG00000881A6H3C76ABVDXJ1",
            "since": 1768935606000,
            "rev": 7
          },
          [],
          [
            {
              "id": "01KG00000881A6H3C76ABVDXJ1",
              "number": 1,
              "text": "Quanti alberi pianteremo in piazza?",
              "edited": true,
              "name": "Anna",
              "labels": [
                "Verde"
              ],
              "language": "it",
              "votes": 1,
              "asked_at": 1768935600000,
              "state": "on_air",
              "on_air_at": 1768935606000,
              "answered_at": null,
              "answer": {
                "text": "Dodici.",
                "links": [
                  "https://verde.example"
                ],
                "at": 1768935605000,
                "by": "Mo"
              },
              "merged": []
            }
          ],
          {
            "on_air": 1
          }
        ]"#]],
    );
    play(&mut story, "pia hides overlay");
    let overlay = view::snapshot(story.session(), Audience::Overlay);
    shape(
        &(overlay.on_air, overlay.queue, overlay.questions, overlay.total),
        expect![[r#"
        [
          {
            "id": null,
            "since": null,
            "rev": 7
          },
          [],
          [],
          {}
        ]"#]],
    );
}

#[test]
fn a_question_as_its_asker_sees_it() {
    let mut story = evening();
    let (ana, bob) = (story.person("ana"), story.person("bob"));
    shape(
        &view::mine(story.session(), ana),
        expect![[r#"
        {
          "questions": [
            {
              "id": "01KG00000881A6H3C76ABVDXJ1",
              "number": 1,
              "text": "Quanti alberi pianteremo in piazza?",
              "edited": true,
              "name": "Anna",
              "labels": [
                "Verde"
              ],
              "language": "it",
              "votes": 1,
              "asked_at": 1768935600000,
              "state": "approved",
              "on_air_at": 1768935605000,
              "answered_at": null,
              "answer": {
                "text": "Dodici.",
                "links": [
                  "https://verde.example"
                ],
                "at": 1768935605000,
                "by": "Mo"
              },
              "merged": [],
              "original": "Quanti alberi pianteremo?"
            }
          ],
          "votes": {}
        }"#]],
    );
    shape(
        &view::mine(story.session(), bob),
        expect![[r#"
        {
          "questions": [],
          "votes": {
            "01KG00000881A6H3C76ABVDXJ1": true
          }
        }"#]],
    );
    play(&mut story, "mod dismisses q1 not_our_office note 'Chieda alla Provincia'");
    let id = story.session().questions().next().expect("it was asked").id;
    shape(
        &view::mine_of(story.session(), ana, [Own::Question(id)]),
        expect![[r#"
        {
          "questions": [
            {
              "id": "01KG00000881A6H3C76ABVDXJ1",
              "number": 1,
              "text": "Quanti alberi pianteremo in piazza?",
              "edited": true,
              "name": "Anna",
              "labels": [
                "Verde"
              ],
              "language": "it",
              "votes": 1,
              "asked_at": 1768935600000,
              "state": "dismissed",
              "on_air_at": 1768935605000,
              "answered_at": null,
              "answer": {
                "text": "Dodici.",
                "links": [
                  "https://verde.example"
                ],
                "at": 1768935605000,
                "by": "Mo"
              },
              "merged": [],
              "original": "Quanti alberi pianteremo?",
              "reason": {
                "code": "not_our_office",
                "of": null,
                "note": "Chieda alla Provincia"
              }
            }
          ],
          "votes": {}
        }"#]],
    );
    shape(
        &view::mine_of(story.session(), bob, [Own::Question(id), Own::Vote(id, true)]),
        expect![[r#"
        {
          "questions": [],
          "votes": {
            "01KG00000881A6H3C76ABVDXJ1": true
          }
        }"#]],
    );
    let stranger = story.person("zoe");
    shape(
        &view::mine(story.session(), stranger),
        expect![[r#"
        {
          "questions": [],
          "votes": {}
        }"#]],
    );
}

#[test]
fn what_is_taken_back_says_when_and_why() {
    let mut story = evening();
    play(&mut story, "capo takes back q1 'un nome'");
    let public = view::snapshot(story.session(), Audience::Public).questions;
    shape(
        &(&public[0].text, &public[0].name, &public[0].removed),
        expect![[r#"
        [
          null,
          null,
          {
            "at": 1768935606000,
            "reason": "un nome"
          }
        ]"#]],
    );
}

#[test]
fn a_hash_of_a_command_is_the_first_eight_bytes_of_its_sha_256() {
    // printf '\0…\0\1' (16 bytes) | sha256sum
    let hash = filodiretto::qa::session::hash8(CommandId::from_u128(1));
    expect!["7c3ccd10bb7ec37b"].assert_eq(&format!("{hash:?}"));
}

#[test]
fn what_the_state_says_of_itself() {
    let mut story = evening();
    let capo = story.person("capo");
    let session = story.session();
    expect![[r#"SessionId(00000000000000000000000001) Some(Slug("prova")) true None {Admin} 2 4"#]]
        .assert_eq(&format!(
            "{:?} {:?} {} {:?} {:?} {} {}",
            session.id(),
            session.slug(),
            session.is_rehearsal(),
            session.next_due(),
            session.roles(capo),
            session.people().len(),
            session.grants().len(),
        ));
    let earnest = told("session altra 'Una sera vera'");
    assert!(!earnest.session().is_rehearsal());
}
