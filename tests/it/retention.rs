//! How long things are kept: what time forgets, what keeps it from doing so, and what stays.

use expect_test::expect;
use filodiretto::qa::session::SessionState;
use filodiretto::qa::{
    Actor, CommandId, Entry, EntryId, Event, On, Outcome, Recorded, Session, Timestamp,
};

use crate::check::{check_for, play, told};

const EVENING: &str = "
    session sera 'Una sera' rehearsal policy slow_s=none keep_days=2
    mod is moderator 'Marta'; capo is admin 'Capo'
    mod opens
    ana asks q1 'La prima domanda' as 'Anna'; ana asks q2 'La seconda domanda' as 'Anna'
    bob asks q3 'La terza domanda' as 'Bruno'; mod approves q1; mod approves q3; bob withdraws q3
    mod dismisses q2 other note 'Ne parliamo'; bob votes q1
    mod closes; mod ends";

/// One command of the clock about this state, and what comes of it on that one.
fn clock(on: Vec<On>, at: Timestamp, session: &mut Session) -> Outcome {
    let (id, by, events) =
        (CommandId::from_u128(900), Actor::Clock, vec![Event::SessionForgotten {}]);
    let commands = vec![Recorded { id, by, at, on, head: None, events }];
    session.apply(&Entry { v: 1, id: EntryId::from_u128(900), commands }).outcomes[0]
}

fn days(after: Timestamp, days: i64) -> Timestamp {
    Timestamp(after.0 + days * 24 * 60 * 60 * 1_000)
}

#[test]
fn when_its_days_are_over_a_session_keeps_what_the_public_reads_and_no_name() {
    check_for(
        &["everyone", "ana", "mod", "capo"],
        "mod policy keep_days=2
         ana asks q1 'Quando riapre la piscina?' as 'Anna'; ana asks q2 'Quando riapre il teatro?'
         mod approves q1; mod dismisses q2 other note 'Ne parliamo domani'
         bob votes q1
         mod closes; mod ends
         wait 47h; wait 2h
         mod answers q1 'Riapre a maggio.'
         mod reopens; mod policy keep_days=5; mod dismisses q1 off_topic; capo forgets ana 'richiesta'
         capo takes back q1 'un errore'",
        expect![[r#"
            everyone, desk, stage, overlay <- session keep_days=2
            ana <- pending q1
            ana <- pending q2
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la piscina?' by Anna #1
            ana <- dismissed q2 other note 'Ne parliamo domani'
            everyone <- q1 has 1 vote
            everyone, desk, stage, overlay <- session closed
            everyone, desk, stage, overlay <- session ended
            ana <- approved q1 without a name, dismissed q2 without its text other
            everyone <- approved q1 without a name
            ana <- answered q1 answer 'Riapre a maggio.' signed Mo
            everyone, desk <- answered q1 answer 'Riapre a maggio.' signed Mo
            mod <- refused: wrong_state
            mod <- refused: closed
            mod <- refused: closed
            capo <- refused: closed
            ana <- answered q1 without its text removed 'un errore'
            everyone, desk <- answered q1 without its text removed 'un errore'
        "#]],
    );
}

#[test]
fn of_what_is_forgotten_nothing_is_left_in_the_state() {
    let mut story = told(EVENING);
    let texts = |session: &Session| format!("{session:?}");
    for word in ["La prima", "La seconda", "La terza", "Anna", "Bruno", "Ne parliamo"] {
        assert!(texts(story.session()).contains(word), "{word} was never there");
    }
    let before: Vec<_> = story.session().questions().map(|q| q.voters.len()).collect();
    play(&mut story, "wait 49h");
    let after = texts(story.session());
    assert!(after.contains("La prima"), "what is public stays");
    for word in ["La seconda", "La terza", "Anna", "Bruno", "Ne parliamo"] {
        assert!(!after.contains(word), "{word} is still there");
    }
    let tallies: Vec<_> = story.session().questions().map(|q| q.voters.len()).collect();
    assert_eq!(tallies, before);
}

#[test]
fn a_reopening_and_a_longer_time_make_a_forgetting_void() {
    for meanwhile in ["mod reopens", "mod policy keep_days=9", "mod policy keep_days=none"] {
        let mut story = told(EVENING);
        let ended = story.session().last_at();
        let at = days(ended, 2);
        assert_eq!(story.session().forgets_at(), Some(at));
        assert_eq!(story.session().forgetting(Timestamp(at.0 - 1)), None);
        let due = story.session().forgetting(at).expect("it is time");
        play(&mut story, meanwhile);
        let mut session = story.session().clone();
        let before = session.clone();
        assert_eq!(clock(due.on, at, &mut session), Outcome::Moved, "after {meanwhile}");
        assert_eq!(session, before);
        assert_eq!(session.forgetting(at), None, "after {meanwhile}");
    }
    let mut story = told(EVENING);
    play(&mut story, "mod policy slow_s=3; mod policy keep_days=9 hold_s=1; wait 49h");
    assert!(story.session().forgotten_at().is_some(), "no other knob turns after the end");
}

#[test]
fn who_ends_it_again_has_all_its_days_again() {
    let mut story = told(EVENING);
    play(&mut story, "wait 40h; mod reopens; mod ends; wait 40h");
    assert_eq!(story.session().forgotten_at(), None);
    play(&mut story, "wait 9h");
    assert!(story.session().forgotten_at().is_some());
    assert_eq!(story.session().state(), SessionState::Ended);
}
