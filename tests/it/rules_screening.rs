//! What the rules make of what screening finds, as stories: own repeats, history, names, a wish for
//! a person, the look before sending, and the queue screened again.

use expect_test::expect;
use filodiretto::qa::session::State;
use filodiretto::screening::{Finding, Verdict};
use filodiretto::story::Story;

use crate::check::{EVENING, check_for, play, told};

const ALL: &[&str] = &["ana", "bob", "desk", "mod"];

fn evening(policy: &str) -> Story {
    let mut story = told(EVENING);
    play(&mut story, &format!("mod policy open_questions=none questions=none {policy}"));
    story
}

/// What the desk knows of the last question: its verdict, and what was found.
fn found(story: &Story) -> (Verdict, Vec<Finding>) {
    let question = story.session().questions().last().expect("a question");
    let findings = question.findings.as_ref().and_then(|findings| findings.get());
    (question.verdict, findings.cloned().unwrap_or_default())
}

fn codes(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn what_one_has_asked_already_is_refused_however_it_is_written() {
    check_for(
        ALL,
        "ana asks q1 'Quando riapre la scuola di via Po?'
         ana asks q2 'QUANDO   riapre la scuòla, di via Po???'
         ana asks q3 'Qu4ndo r1apre la 5cuola di via Po'
         bob asks q4 'Quando riapre la scuola di via Po?'
         ana asks q5 'Quando riapre la scuola di via Po 2?'
         ana edits q5 'Quando riapre la scuola di via Po?'
         ana edits q1 'Quando riapre la scuola di via Po!'
         ana withdraws q1
         ana asks q6 'Quando riapre la scuola di via Po?'
         mod approves q6
         ana asks q7 'Quando riapre la scuola di via Po?'",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la scuola di via Po?'
            ana <- refused: duplicate_own
            ana <- refused: duplicate_own
            bob <- pending q4
            desk <- pending q4 'Quando riapre la scuola di via Po?'
            ana <- pending q5
            desk <- pending q5 'Quando riapre la scuola di via Po 2?'
            ana <- refused: duplicate_own
            ana <- pending q1 'Quando riapre la scuola di via Po!' was 'Quando riapre la scuola di via Po?'
            desk <- pending q1 'Quando riapre la scuola di via Po!' was 'Quando riapre la scuola di via Po?'
            ana <- withdrawn q1
            desk <- withdrawn q1
            ana <- pending q6
            desk <- pending q6 'Quando riapre la scuola di via Po?'
            ana <- approved q6 #1
            desk <- approved q6 #1
            ana <- refused: duplicate_own
        "#]],
    );
}

#[test]
fn what_was_dismissed_may_be_asked_once_more_and_a_person_looks() {
    let mut story = evening("moderation=post history=none");
    play(
        &mut story,
        "ana asks q1 'Quando riapre la biblioteca?'; mod policy moderation=pre
         ana asks q2 'Quando riapre la palestra?'; mod dismisses q2 off_topic
         mod policy moderation=post
         ana asks q3 'Quando riapre la palestra?'",
    );
    let (verdict, findings) = found(&story);
    assert_eq!((verdict, codes(&findings)), (Verdict::Hold, vec!["DUP_OWN"]));
    let question = story.session().questions().last().expect("the third");
    assert_eq!(question.state, State::Pending, "it is not public by itself");
    let second = story.session().questions().nth(1).expect("the second");
    assert_eq!(findings[0].evidence, Some(second.id.to_string()));
    let seen =
        play(&mut story, "mod dismisses q3 off_topic; ana asks q4 'Quando riapre la palestra?'");
    assert!(seen.iter().any(|seen| seen.what.contains("duplicate_own")), "{seen:?}");
}

#[test]
fn who_was_dismissed_often_is_read_first() {
    let mut story = evening("moderation=pre history=2");
    play(
        &mut story,
        "ana asks q1 'Quando riapre la biblioteca?'; mod dismisses q1 off_topic
         ana asks q2 'Quando riapre la palestra?'; mod dismisses q2 off_topic
         mod policy moderation=post
         bob asks q3 'Quando riapre il teatro?'
         ana asks q4 'Quando riapre la piscina?'",
    );
    let (verdict, findings) = found(&story);
    assert_eq!((verdict, codes(&findings)), (Verdict::Hold, vec!["AUTHOR_HISTORY"]));
    assert_eq!(findings[0].count, Some(2));
    // Restored: one was enough to be trusted again.
    play(&mut story, "mod restores q1; ana asks q5 'Quando riapre il museo?'");
    assert_eq!(found(&story).0, Verdict::Pass);
    play(&mut story, "mod dismisses q1 off_topic; mod policy history=none");
    play(&mut story, "ana asks q6 'Quando riapre il mercato?'");
    assert_eq!(found(&story).0, Verdict::Pass);
}

#[test]
fn a_name_is_looked_at_and_holds_the_question_also_when_the_text_is_changed() {
    let mut story = evening("moderation=post words_hold=pippobaudi");
    play(&mut story, "capo describes officials 'Sara Neri, Sindaca'");
    play(&mut story, "ana asks q1 'Quando riapre la biblioteca?' as 'Pippobaudi'");
    let (verdict, findings) = found(&story);
    assert_eq!((verdict, codes(&findings)), (Verdict::Hold, vec!["WORD_LIST_HOLD"]));
    assert!(findings[0].in_name);
    play(&mut story, "ana edits q1 'Quando riapre la biblioteca in centro?'");
    let (verdict, findings) = found(&story);
    assert_eq!((verdict, codes(&findings)), (Verdict::Hold, vec!["WORD_LIST_HOLD"]));
    play(&mut story, "bob asks q2 'Quando riapre la palestra?' as 'Sara Neri'");
    let (verdict, findings) = found(&story);
    assert_eq!((verdict, codes(&findings)), (Verdict::Hold, vec!["NAME_OFFICIAL"]));
    play(&mut story, "bob asks q3 'Quando riapre il teatro?' as 'Sara'");
    assert_eq!(found(&story).0, Verdict::Pass);
}

#[test]
fn a_person_is_asked_for_where_the_block_is_about_what_is_said() {
    check_for(
        ALL,
        "mod policy links=block words_block=bruttaparola min_chars=12 open_questions=none
         ana asks q1 'Guardate qui: https://altrove.example/a'
         ana asks q1 'Guardate qui: https://altrove.example/a' for review
         ana asks q2 'Siete una bruttaparola tutti quanti'
         ana asks q2 'Siete una bruttaparola tutti quanti' for review
         ana asks q3 'Perché?' for review
         ana asks q3 '!!!!!!!!!!!!!!!' for review
         ana asks q3 'Siete una bruttaparola, tutti quanti' for review
         bob asks q4 'Quando riapre la biblioteca?' as 'Bruttaparola'
         bob asks q4 'Quando riapre la biblioteca?' as 'Bruttaparola' for review",
        expect![[r#"
            desk <- session links=block min_chars=12 open_questions=none words_block=bruttaparola
            ana <- refused: link
            ana <- pending q1
            desk <- pending q1 'Guardate qui: https://altrove.example/a' hold LINK_URL REVIEW_ASKED
            ana <- refused: blocked_words
            ana <- pending q2
            desk <- pending q2 'Siete una bruttaparola tutti quanti' hold WORD_LIST_BLOCK REVIEW_ASKED
            ana <- refused: too_short
            ana <- refused: not_text
            ana <- refused: duplicate_own
            bob <- refused: blocked_words
            bob <- pending q4
            desk <- pending q4 'Quando riapre la biblioteca?' by Bruttaparola hold WORD_LIST_BLOCK REVIEW_ASKED
        "#]],
    );
    let mut story = evening("moderation=post words_block=bruttaparola");
    play(&mut story, "ana asks q1 'Siete una bruttaparola tutti quanti' for review");
    let (verdict, findings) = found(&story);
    assert_eq!(verdict, Verdict::Hold);
    assert_eq!(codes(&findings), ["WORD_LIST_BLOCK", "REVIEW_ASKED"]);
    play(&mut story, "bob asks q2 'Quando riapre la biblioteca?' for review");
    assert_eq!(found(&story), (Verdict::Pass, vec![]), "nothing was in its way");
}

#[test]
fn a_check_tells_what_is_masked_and_blocked_and_never_what_is_held() {
    check_for(
        ALL,
        "mod policy words_block=bruttaparola words_hold=parolasospesa personal_data=hold
         ana checks 'Quando riapre la biblioteca?'
         ana checks 'Chiamatemi al 340 1234567, quando riapre?'
         ana checks 'Siete una bruttaparola e una parolasospesa' as 'Anna'
         ana checks 'Quando riapre la biblioteca?' as 'Bruttaparola'
         ana checks 'Quando riapre la biblioteca?' as 'Parolasospesa'
         ana checks 'Siete degli stronzi, e la parolasospesa?'
         ana checks 'Perché?'
         ana asks q1 'Quando riapre la biblioteca?'
         ana checks 'quando riapre la BIBLIOTECA'
         bob checks 'quando riapre la BIBLIOTECA'
         mod closes; bob checks 'Quando riapre la palestra?'",
        expect![[r#"
            desk <- session personal_data=hold words_block=bruttaparola words_hold=parolasospesa
            ana <- checked
            ana <- checked masked 'Chiamatemi al [telefono], quando riapre?'
            ana <- checked blocked WORD_LIST_BLOCK
            ana <- checked blocked WORD_LIST_BLOCK
            ana <- checked
            ana <- checked
            ana <- checked blocked LEN_TOO_SHORT
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ana <- checked blocked DUP_OWN
            bob <- checked
            everyone, desk, stage, overlay <- session closed
            bob <- refused: closed
        "#]],
    );
}

#[test]
fn what_waits_is_screened_again_and_what_a_person_decided_stays() {
    let mut story = evening("moderation=post hold_s=60");
    play(
        &mut story,
        "ana asks q1 'Quando riapre la nuovaparola?'
         bob asks q2 'Quando riapre la biblioteca?'
         cleo asks q3 'La nuovaparola è aperta?'; mod approves q3
         dino asks q4 'La nuovaparola, quando?'; mod revises q4 'La nuovaparola quando chiude?'
         emma asks q5 'Scrivo come?' as 'Nuovaparola'",
    );
    let verdicts = |story: &Story| -> Vec<_> {
        let one = |q: &filodiretto::qa::session::Question| {
            (q.verdict, q.held_until.is_some(), story.session().is_held(q), q.rev.0)
        };
        story.session().questions().map(one).collect()
    };
    let before = verdicts(&story);
    play(&mut story, "mod rescreens");
    assert_eq!(verdicts(&story), before, "the same policy finds the same");
    play(&mut story, "mod policy words_hold=nuovaparola; mod rescreens");
    let after = verdicts(&story);
    let held: Vec<_> = after.iter().map(|(verdict, ..)| *verdict == Verdict::Hold).collect();
    assert_eq!(held, [true, false, false, false, true]);
    assert_eq!(after[0], (Verdict::Hold, false, false, before[0].3 + 1), "its time is over");
    for n in 2..4 {
        let ((now, ends, _, rev), (was, ended, _, before)) = (after[n], before[n]);
        assert_eq!((now, ends, rev), (was, ended, before), "a person has decided");
    }
    let seen = play(&mut story, "wait 5m");
    let public =
        |story: &Story| story.session().questions().filter(|q| q.state.is_public()).count();
    assert_eq!(public(&story), 1, "screening publishes nothing: {seen:?}");
    // Twice does nothing more; the other way round works, too.
    let done = play(&mut story, "mod rescreens");
    assert!(done.iter().all(|seen| !seen.what.contains("q1")), "{done:?}");
    play(&mut story, "mod policy words_hold=none; mod rescreens");
    assert!(verdicts(&story).iter().all(|(verdict, ..)| *verdict == Verdict::Pass));
    assert_eq!(public(&story), 1);
}

#[test]
fn what_is_masked_from_now_on_is_masked_in_what_waits() {
    let mut story = evening("contacts=340-1234567");
    play(&mut story, "ana asks q1 'Chiamatemi al 340 1234567, quando riapre?'");
    let text = |story: &Story| {
        let question = story.session().questions().last().expect("one");
        (question.text().cloned(), question.versions.len())
    };
    let first = "Chiamatemi al 340 1234567, quando riapre?".to_owned();
    assert_eq!(text(&story), (Some(first), 1));
    play(&mut story, "mod policy contacts=urp; mod rescreens");
    let masked = "Chiamatemi al [telefono], quando riapre?".to_owned();
    assert_eq!(text(&story), (Some(masked), 2));
    let question = story.session().questions().last().expect("one");
    assert!(!question.is_edited(), "nobody of the desk wrote it");
}
