//! Each rule of the protocol as a story: what was said, and what everybody saw of it.

use expect_test::expect;

use crate::check::{check, check_for, check_from_nothing};

#[test]
fn to_the_audience_a_dismissed_question_never_existed() {
    check(
        "ana asks q1 'Quando si mangia?'
         mod dismisses q1 off_topic
         bob votes q1",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando si mangia?'
            ana <- dismissed q1 off_topic
            desk <- dismissed q1 off_topic
            bob <- refused: not_found
        "#]],
    );
}

#[test]
fn a_question_is_seen_by_its_asker_and_the_desk_until_it_is_approved() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?' as 'Anna'
         mod approves q1",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?' by Anna
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' by Anna #1
            desk <- approved q1 #1
        "#]],
    );
}

#[test]
fn an_approval_may_leave_the_name_out() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?' as 'Anna'
         mod approves q1 without name
         mod queues q1; dora next q1",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?' by Anna
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            ana <- queued q1
            everyone <- queued q1
            desk <- queued q1, queue q1
            stage <- queued q1 'Quando riapre la biblioteca?' #1, queue q1
            ana <- on_air q1
            everyone <- on_air q1, on air q1
            desk, stage <- on_air q1, on air q1, queue empty
            overlay <- on_air q1 'Quando riapre la biblioteca?' #1, on air q1
        "#]],
    );
}

/// Whoever edits first wins; the desk never publishes what it has not read.
#[test]
fn an_approval_is_of_the_text_that_was_read() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?'
         ana edits q1 'Quando riapre la piscina?' while mod approves q1
         mod approves q1
         ana edits q1 'Anzi, il teatro?'",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ana <- pending q1 'Quando riapre la piscina?' was 'Quando riapre la biblioteca?'
            desk <- pending q1 'Quando riapre la piscina?' was 'Quando riapre la biblioteca?'
            mod <- refused: stale q1
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la piscina?' #1
            desk <- approved q1 #1
            ana <- refused: wrong_state q1
        "#]],
    );
}

#[test]
fn of_two_moderators_the_first_in_the_record_wins_and_the_other_is_told() {
    check(
        "lea is moderator
         ana asks q1 'Quando riapre la biblioteca?'
         mod approves q1 while lea dismisses q1 off_topic
         lea dismisses q1 off_topic at rev 1
         lea dismisses q1 off_topic",
        expect![[r#"
            lea <- welcome as moderator
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            lea <- refused: stale q1
            lea <- refused: stale q1
            ana <- dismissed q1 off_topic
            everyone <- gone q1
            desk <- dismissed q1 off_topic
        "#]],
    );
}

#[test]
fn two_moderators_on_different_questions_never_meet() {
    check(
        "lea is moderator
         ana asks q1 'Quando riapre la biblioteca?'; ben asks q2 'Ci sarà una fontanella?'
         mod approves q1 while lea dismisses q2 advertising",
        expect![[r#"
            lea <- welcome as moderator
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ben <- pending q2
            desk <- pending q2 'Ci sarà una fontanella?'
            ana <- approved q1 #1
            ben <- dismissed q2 advertising
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1, dismissed q2 advertising
        "#]],
    );
}

#[test]
fn an_asker_edits_only_what_is_theirs_and_waits() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?'
         bob edits q1 'Altro, altro testo'
         ana edits q1 'Breve'
         ana edits q1 'Quando riapre la biblioteca comunale?'
         mod approves q1
         ana edits q1 'Quando riapre il teatro?'
         bob edits q1 'Quando riapre il cinema?'
         ana edits q9 'Quando riapre il cinema?'",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            bob <- refused: not_found
            ana <- refused: too_short
            ana <- pending q1 'Quando riapre la biblioteca comunale?' was 'Quando riapre la biblioteca?'
            desk <- pending q1 'Quando riapre la biblioteca comunale?' was 'Quando riapre la biblioteca?'
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca comunale?' #1
            desk <- approved q1 #1
            ana <- refused: wrong_state q1
            bob <- refused: not_allowed
            ana <- refused: not_found
        "#]],
    );
}

#[test]
fn a_withdrawn_question_is_gone_for_good() {
    check(
        "ana asks q1 'La prima domanda'; ana asks q2 'La seconda domanda'; ben asks q3 'La terza domanda'
         ana withdraws q1
         bob withdraws q2
         mod approves q2; mod queues q2; mod approves q3
         bob withdraws q2
         ana withdraws q2
         ben withdraws q3
         ana withdraws q2
         mod approves q1; mod restores q1; mod queues q3",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'La prima domanda'
            ana <- pending q2
            desk <- pending q2 'La seconda domanda'
            ben <- pending q3
            desk <- pending q3 'La terza domanda'
            ana <- withdrawn q1
            desk <- withdrawn q1
            bob <- refused: not_found
            ana <- approved q2 #1
            everyone <- approved q2 'La seconda domanda' #1
            desk <- approved q2 #1
            ana <- queued q2
            everyone <- queued q2
            desk <- queued q2, queue q2
            stage <- queued q2 'La seconda domanda' #1, queue q2
            ben <- approved q3 #2
            everyone <- approved q3 'La terza domanda' #2
            desk <- approved q3 #2
            bob <- refused: not_allowed
            ana <- withdrawn q2
            everyone <- gone q2
            desk <- withdrawn q2, queue empty
            stage <- queue empty, gone q2
            ben <- withdrawn q3
            everyone <- gone q3
            desk <- withdrawn q3
            ana <- refused: wrong_state q2
            mod <- refused: wrong_state q1
            mod <- refused: wrong_state q1
            mod <- refused: wrong_state q3
        "#]],
    );
}

#[test]
fn what_is_on_air_or_answered_cannot_be_withdrawn() {
    check_for(
        &["ana"],
        "ana asks q1 'Quando riapre la biblioteca?'; mod approves q1; mod airs q1
         ana withdraws q1
         mod answered q1
         ana withdraws q1",
        expect![[r#"
            ana <- pending q1
            ana <- approved q1 #1
            ana <- on_air q1
            ana <- refused: wrong_state q1
            ana <- answered q1
            ana <- refused: wrong_state q1
        "#]],
    );
}

/// To the asker the question that theirs duplicates is named only where they may see it.
#[test]
fn a_dismissal_says_why_and_is_not_complete_without() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?'; ben asks q2 'Riapre la biblioteca?'
         mod dismisses q1 duplicate
         mod dismisses q1 duplicate of q1
         mod dismisses q1 duplicate of q9
         mod dismisses q1 not_our_office
         mod dismisses q1 other note '  '
         mod dismisses q1 not_our_office note 'Chieda alla Provincia'
         mod dismisses q2 duplicate of q1",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ben <- pending q2
            desk <- pending q2 'Riapre la biblioteca?'
            mod <- refused: reason_missing
            mod <- refused: not_found
            mod <- refused: not_found
            mod <- refused: reason_missing
            mod <- refused: reason_missing
            ana <- dismissed q1 not_our_office note 'Chieda alla Provincia'
            desk <- dismissed q1 not_our_office note 'Chieda alla Provincia'
            ben <- dismissed q2 duplicate
            desk <- dismissed q2 duplicate of q1
        "#]],
    );
}

#[test]
fn a_duplicate_of_a_public_question_is_named_to_its_asker() {
    check_for(
        &["ben"],
        "ana asks q1 'Quando riapre la biblioteca?'; ben asks q2 'Riapre la biblioteca?'
         mod approves q1
         mod dismisses q2 duplicate of q1",
        expect![[r#"
            ben <- pending q2
            ben <- dismissed q2 duplicate of q1
        "#]],
    );
}

#[test]
fn a_dismissal_takes_a_public_question_off_the_queue_but_not_off_air() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?'; mod approves q1; mod queues q1
         mod dismisses q1 unverified
         mod restores q1; mod approves q1; mod airs q1
         mod dismisses q1 unverified
         pia off air
         mod dismisses q1 unverified
         mod answers q1 'A marzo.'",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            ana <- queued q1
            everyone <- queued q1
            desk <- queued q1, queue q1
            stage <- queued q1 'Quando riapre la biblioteca?' #1, queue q1
            ana <- dismissed q1 unverified
            everyone <- gone q1
            desk <- dismissed q1 unverified, queue empty
            stage <- queue empty, gone q1
            ana <- pending q1
            desk <- pending q1
            ana <- approved q1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1
            ana <- on_air q1
            everyone, desk <- on_air q1, on air q1
            stage, overlay <- on_air q1 'Quando riapre la biblioteca?' #1, on air q1
            mod <- refused: wrong_state q1
            ana <- approved q1
            everyone <- approved q1, nothing on air
            desk <- approved q1 taken off air at 0:00, nothing on air
            stage, overlay <- nothing on air, gone q1
            ana <- dismissed q1 unverified
            everyone <- gone q1
            desk <- dismissed q1 unverified
            mod <- refused: wrong_state q1
        "#]],
    );
}

#[test]
fn a_restored_question_waits_again_and_keeps_its_number() {
    check(
        "ana asks q1 'La prima domanda'; ben asks q2 'La seconda domanda'
         mod restores q1
         mod approves q1; mod dismisses q1 off_topic; mod approves q2
         mod restores q1
         mod approves q1",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'La prima domanda'
            ben <- pending q2
            desk <- pending q2 'La seconda domanda'
            mod <- refused: wrong_state q1
            ana <- approved q1 #1
            everyone <- approved q1 'La prima domanda' #1
            desk <- approved q1 #1
            ana <- dismissed q1 off_topic
            everyone <- gone q1
            desk <- dismissed q1 off_topic
            ben <- approved q2 #2
            everyone <- approved q2 'La seconda domanda' #2
            desk <- approved q2 #2
            ana <- pending q1
            desk <- pending q1
            ana <- approved q1
            everyone <- approved q1 'La prima domanda' #1
            desk <- approved q1
        "#]],
    );
}

#[test]
fn the_desk_revises_and_the_asker_sees_both_texts() {
    check(
        "ana asks q1 'quando riapre la bibblioteca???' as 'Anna'
         mod revises q1 'Quando riapre la biblioteca?'
         mod approves q1
         mod queues q1
         mod revises q1 'Quando riapre la biblioteca comunale?'
         mod revises q1 '   '
         mod airs q1
         mod revises q1 'Quando riapre il teatro?'",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'quando riapre la bibblioteca???' by Anna
            ana <- pending q1 'Quando riapre la biblioteca?' was 'quando riapre la bibblioteca???'
            desk <- pending q1 'Quando riapre la biblioteca?' was 'quando riapre la bibblioteca???'
            ana <- approved q1 #1 edited
            everyone <- approved q1 'Quando riapre la biblioteca?' by Anna #1 edited
            desk <- approved q1 #1 edited
            ana <- queued q1
            everyone <- queued q1
            desk <- queued q1, queue q1
            stage <- queued q1 'Quando riapre la biblioteca?' by Anna #1 edited, queue q1
            ana <- queued q1 'Quando riapre la biblioteca comunale?'
            everyone, desk, stage <- queued q1 'Quando riapre la biblioteca comunale?'
            mod <- refused: empty
            ana <- on_air q1
            everyone <- on_air q1, on air q1
            desk, stage <- on_air q1, on air q1, queue empty
            overlay <- on_air q1 'Quando riapre la biblioteca comunale?' by Anna #1 edited, on air q1
            mod <- refused: wrong_state q1
        "#]],
    );
}

#[test]
fn what_the_desk_revises_before_an_edit_of_the_asker_does_not_mark_it() {
    check(
        "ana asks q1 'quando riapre la bibblioteca???'
         mod revises q1 'Quando riapre la biblioteca?'
         ana edits q1 'Quando riapre il teatro comunale?'
         mod approves q1",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'quando riapre la bibblioteca???'
            ana <- pending q1 'Quando riapre la biblioteca?' was 'quando riapre la bibblioteca???'
            desk <- pending q1 'Quando riapre la biblioteca?' was 'quando riapre la bibblioteca???'
            ana <- pending q1 'Quando riapre il teatro comunale?'
            desk <- pending q1 'Quando riapre il teatro comunale?'
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre il teatro comunale?' #1
            desk <- approved q1 #1
        "#]],
    );
}

#[test]
fn the_queue_is_in_the_order_the_desk_gives_it() {
    check_for(
        &["mod", "desk"],
        "mod enters q1 'La prima domanda' from hall; mod enters q2 'La seconda domanda' from phone
         mod enters q3 'La terza domanda' from paper
         mod queues q1; mod queues q2; mod queues q3 before q1
         mod queues q1 before q3
         mod queues q1
         mod queues q2 before q2
         mod unqueues q3
         mod queues q2 before q3
         mod queues q2 before q9
         mod queues q3 before q2 at rev 1",
        expect![[r#"
            desk <- approved q1 'La prima domanda' #1 from hall
            desk <- approved q2 'La seconda domanda' #2 from phone
            desk <- approved q3 'La terza domanda' #3 from paper
            desk <- queued q1, queue q1
            desk <- queued q2, queue q1 q2
            desk <- queued q3, queue q3 q1 q2
            desk, stage <- queue q1 q3 q2
            desk, stage <- queue q3 q2 q1
            mod <- refused: malformed
            desk <- approved q3, queue q2 q1
            mod <- refused: wrong_state q3
            mod <- refused: not_found
            mod <- refused: stale q3
        "#]],
    );
}

/// A place in the queue is no revision.
#[test]
fn moving_within_the_queue_outdates_nobody() {
    check_for(
        &["mod", "dora", "desk", "stage"],
        "mod enters q1 'La prima domanda' from hall; mod enters q2 'La seconda domanda' from mail
         mod queues q1; mod queues q2
         mod queues q2 before q1 while dora puts back q2 note 'fra poco'
         mod queues q2
         mod queues q2 before q1 while mod revises q2 'La seconda domanda, meglio'
         mod revises q2 'La seconda domanda, bene' while mod queues q1 before q2",
        expect![[r#"
            desk <- approved q1 'La prima domanda' #1 from hall
            desk <- approved q2 'La seconda domanda' #2 from mail
            desk <- queued q1, queue q1
            stage <- queued q1 'La prima domanda' #1, queue q1
            desk <- queued q2, queue q1 q2
            stage <- queued q2 'La seconda domanda' #2, queue q1 q2
            desk <- approved q2 note 'fra poco' by Dora, queue q1
            stage <- queue q1, gone q2
            desk <- queued q2, queue q1 q2
            stage <- queued q2 'La seconda domanda' #2, queue q1 q2
            desk <- queued q2 'La seconda domanda, meglio' edited was 'La seconda domanda', queue q2 q1
            stage <- queued q2 'La seconda domanda, meglio' edited, queue q2 q1
            everyone, desk, stage <- queued q2 'La seconda domanda, bene'
            desk, stage <- queue q1 q2
        "#]],
    );
}

#[test]
fn put_back_the_note_is_for_the_desk_alone() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?'; mod approves q1
         dora puts back q1 note 'non ora'
         mod queues q1
         dora puts back q1 note 'manca il dato'
         mod airs q1
         dora puts back q1 note 'lo cerco'
         mod queues q1; mod unqueues q1; mod unqueues q1",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            dora <- refused: wrong_state q1
            ana <- queued q1
            everyone <- queued q1
            desk <- queued q1, queue q1
            stage <- queued q1 'Quando riapre la biblioteca?' #1, queue q1
            ana <- approved q1
            everyone <- approved q1
            desk <- approved q1 note 'manca il dato' by Dora, queue empty
            stage <- queue empty, gone q1
            ana <- on_air q1
            everyone, desk <- on_air q1, on air q1
            stage, overlay <- on_air q1 'Quando riapre la biblioteca?' #1, on air q1
            ana <- approved q1
            everyone <- approved q1, nothing on air
            desk <- approved q1 note 'lo cerco' by Dora, nothing on air
            stage, overlay <- nothing on air, gone q1
            ana <- queued q1
            everyone <- queued q1
            desk <- queued q1, queue q1
            stage <- queued q1 'Quando riapre la biblioteca?' #1, queue q1
            ana <- approved q1
            everyone <- approved q1
            desk <- approved q1, queue empty
            stage <- queue empty, gone q1
            mod <- refused: wrong_state q1
        "#]],
    );
}

#[test]
fn airing_sends_the_one_before_to_the_head_of_the_queue() {
    check_for(
        &["mod", "desk"],
        "mod enters q1 'La prima domanda' from hall; mod enters q2 'La seconda domanda' from social
         mod enters q3 'La terza domanda' from hall
         mod queues q3; mod airs q1
         mod airs q2
         mod airs q2
         mod airs q3 at stage 1
         mod airs q3",
        expect![[r#"
            desk <- approved q1 'La prima domanda' #1 from hall
            desk <- approved q2 'La seconda domanda' #2 from social
            desk <- approved q3 'La terza domanda' #3 from hall
            desk <- queued q3, queue q3
            everyone, desk <- on_air q1, on air q1
            desk <- queued q1, on_air q2, on air q2, queue q1 q3
            mod <- refused: wrong_state q2
            mod <- refused: stale q2
            desk, stage <- queued q2, on_air q3, on air q3, queue q2 q1
        "#]],
    );
}

#[test]
fn an_answered_question_can_come_back_on_air() {
    check_for(
        &["everyone", "mod", "dora"],
        "mod enters q1 'La prima domanda' from hall
         mod answers q1 'Sì.'
         dora airs q1
         pia off air
         mod airs q1; dora answered q1",
        expect![[r#"
            everyone <- approved q1 'La prima domanda' #1
            everyone, desk <- answered q1 answer 'Sì.' signed Mo
            everyone, desk <- on_air q1, on air q1
            everyone <- approved q1, nothing on air
            everyone, desk <- on_air q1, on air q1
            everyone, desk <- answered q1, nothing on air
        "#]],
    );
}

#[test]
fn next_is_the_head_of_the_queue_and_answers_the_one_before() {
    check_for(
        &["mod", "dora", "everyone", "desk"],
        "mod enters q1 'La prima domanda' from hall; mod enters q2 'La seconda domanda' from hall
         dora next q1
         mod queues q1; mod queues q2
         dora next q2
         dora next q1
         dora next q2
         dora next q2",
        expect![[r#"
            everyone <- approved q1 'La prima domanda' #1
            desk <- approved q1 'La prima domanda' #1 from hall
            everyone <- approved q2 'La seconda domanda' #2
            desk <- approved q2 'La seconda domanda' #2 from hall
            dora <- refused: stale
            everyone <- queued q1
            desk <- queued q1, queue q1
            everyone <- queued q2
            desk <- queued q2, queue q1 q2
            dora <- refused: stale q1
            everyone <- on_air q1, on air q1
            desk, stage <- on_air q1, on air q1, queue q2
            everyone <- answered q1, on_air q2, on air q2
            desk <- answered q1, on_air q2, on air q2, queue empty
            dora <- refused: stale
        "#]],
    );
}

#[test]
fn next_is_stale_when_the_head_has_moved_and_else_decided_again() {
    check_for(
        &["mod", "dora", "desk"],
        "mod enters q1 'La prima domanda' from hall; mod enters q2 'La seconda domanda' from hall
         mod queues q1; mod queues q2
         mod queues q2 before q1 while dora next q1
         mod airs q1 while dora next q2",
        expect![[r#"
            desk <- approved q1 'La prima domanda' #1 from hall
            desk <- approved q2 'La seconda domanda' #2 from hall
            desk <- queued q1, queue q1
            desk <- queued q2, queue q1 q2
            desk, stage <- queue q2 q1
            dora <- refused: stale q2
            desk, stage <- on_air q1, on air q1, queue q2
            desk <- answered q1, on_air q2, on air q2, queue empty
        "#]],
    );
}

#[test]
fn two_who_air_at_once_the_first_wins() {
    check_for(
        &["mod", "dora", "desk"],
        "mod enters q1 'La prima domanda' from hall; mod enters q2 'La seconda domanda' from hall
         mod airs q1 while dora airs q2",
        expect![[r#"
            desk <- approved q1 'La prima domanda' #1 from hall
            desk <- approved q2 'La seconda domanda' #2 from hall
            everyone, desk <- on_air q1, on air q1
            dora <- refused: stale q1
        "#]],
    );
}

/// Guards who takes it off air on a node that has not heard yet that something is on.
#[test]
fn off_air_works_before_the_news_of_what_is_on_air_has_come() {
    check_for(
        &["mod", "pia", "overlay"],
        "mod enters q1 'La prima domanda' from hall
         mod airs q1 while pia off air",
        expect![[r#"
            stage, overlay <- nothing on air
        "#]],
    );
}

#[test]
fn off_air_is_never_stale_and_harmless_twice() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?'; mod approves q1; mod queues q1
         mod off air
         dora next q1
         pia off air while capo off air
         dora off air
         ana off air
         mod airs q1",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            ana <- queued q1
            everyone <- queued q1
            desk <- queued q1, queue q1
            stage <- queued q1 'Quando riapre la biblioteca?' #1, queue q1
            mod <- done
            ana <- on_air q1
            everyone <- on_air q1, on air q1
            desk, stage <- on_air q1, on air q1, queue empty
            overlay <- on_air q1 'Quando riapre la biblioteca?' #1, on air q1
            ana <- approved q1
            everyone <- approved q1, nothing on air
            desk <- approved q1 taken off air at 0:00, nothing on air
            stage, overlay <- nothing on air, gone q1
            dora <- done
            ana <- refused: not_allowed
            ana <- on_air q1
            everyone, desk <- on_air q1, on air q1
            stage, overlay <- on_air q1 'Quando riapre la biblioteca?' #1, on air q1
        "#]],
    );
}

#[test]
fn an_answer_ends_it_and_a_second_answer_replaces_the_first() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?'
         mod answered q1; mod answers q1 'Presto.'
         mod approves q1; mod queues q1
         mod answers q1 'Presto.'
         mod answered q1
         dora answers q1 'A marzo.' link https://biblioteca.example/orari
         mod answers q1 'A marzo.' link javascript:alert(1)
         mod answers q1 ' '",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            mod <- refused: wrong_state q1
            mod <- refused: wrong_state q1
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            ana <- queued q1
            everyone <- queued q1
            desk <- queued q1, queue q1
            stage <- queued q1 'Quando riapre la biblioteca?' #1, queue q1
            ana <- answered q1 answer 'Presto.' signed Mo
            everyone <- answered q1 answer 'Presto.' signed Mo
            desk <- answered q1 answer 'Presto.' signed Mo, queue empty
            stage <- queue empty, gone q1
            mod <- refused: wrong_state q1
            ana <- answered q1 answer 'A marzo.' link https://biblioteca.example/orari signed Dora
            everyone, desk <- answered q1 answer 'A marzo.' link https://biblioteca.example/orari signed Dora
            mod <- refused: malformed
            mod <- refused: empty
        "#]],
    );
}

#[test]
fn answered_takes_it_off_air() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?'; mod approves q1; mod airs q1
         dora answered q1",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            ana <- on_air q1
            everyone, desk <- on_air q1, on air q1
            stage, overlay <- on_air q1 'Quando riapre la biblioteca?' #1, on air q1
            ana <- answered q1
            everyone, desk <- answered q1, nothing on air
            stage, overlay <- nothing on air, gone q1
        "#]],
    );
}

/// Guards the signature of somebody with two roles.
#[test]
fn a_signature_is_the_name_on_the_grant_that_was_used() {
    check_for(
        &["desk"],
        "mod is official 'La sindaca'
         mod enters q1 'La prima domanda' from hall
         mod answers q1 'Sì.'
         mod queues q1; mod enters q2 'La seconda domanda' from hall; mod queues q2; mod airs q2
         mod puts back q2 note 'dopo'",
        expect![[r#"
            desk <- approved q1 'La prima domanda' #1 from hall
            everyone, desk <- answered q1 answer 'Sì.' signed Mo
            desk <- approved q2 'La seconda domanda' #2 from hall
            desk <- queued q2, queue q2
            desk, stage <- on_air q2, on air q2, queue empty
            desk <- approved q2 note 'dopo' by Mo, nothing on air
        "#]],
    );
}

#[test]
fn a_vote_is_set_never_counted_twice() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?'; mod approves q1
         bob votes q1; bob votes q1; again; cleo votes q1
         bob unvotes q1; bob unvotes q1
         ana votes q1
         mod votes q1; mod as staff votes q1",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            bob <- supports q1
            everyone <- q1 has 1 vote
            bob <- supports q1
            bob <- done
            cleo <- supports q1
            everyone <- q1 has 2 votes
            bob <- does not support q1
            everyone <- q1 has 1 vote
            bob <- does not support q1
            ana <- refused: own_question
            mod <- supports q1
            everyone <- q1 has 2 votes
            mod <- refused: not_allowed
        "#]],
    );
}

/// Guards who changes their mind before the first vote has arrived.
#[test]
fn the_last_vote_in_the_record_stands() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?'; mod approves q1
         bob votes q1 while bob unvotes q1
         bob votes q1 while cleo votes q1",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            bob <- does not support q1
            everyone <- q1 has 0 votes
            cleo <- supports q1
            bob <- supports q1
            everyone <- q1 has 2 votes
        "#]],
    );
}

#[test]
fn votes_are_for_what_is_public_and_not_answered() {
    check_for(
        &["bob", "cleo", "dina"],
        "ana asks q1 'Quando riapre la biblioteca?'
         bob votes q1; bob votes q9
         mod approves q1; mod queues q1; bob votes q1
         mod airs q1; cleo votes q1
         mod answered q1; dina votes q1; bob unvotes q1",
        expect![[r#"
            bob <- refused: not_found
            bob <- refused: not_found
            bob <- supports q1
            cleo <- supports q1
            dina <- refused: wrong_state q1
            bob <- refused: wrong_state q1
        "#]],
    );
}

/// Guards the stage and the overlay, which kept the count they had.
#[test]
fn hidden_votes_are_seen_by_the_desk_alone() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?'; mod approves q1; bob votes q1; mod airs q1
         mod policy votes=hidden
         cleo votes q1
         mod policy votes=shown",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            bob <- supports q1
            everyone <- q1 has 1 vote
            ana <- on_air q1
            everyone, desk <- on_air q1, on air q1
            stage, overlay <- on_air q1 'Quando riapre la biblioteca?' #1, on air q1
            everyone, stage, overlay <- session votes=hidden, on_air q1 votes hidden
            desk <- session votes=hidden
            cleo <- supports q1
            desk <- q1 has 2 votes
            everyone, stage, overlay <- session votes=shown, on_air q1 2 votes
            desk <- session votes=shown
        "#]],
    );
}

#[test]
fn the_desk_enters_what_comes_from_the_hall() {
    check(
        "mod enters q1 'Vogliamo   una fontanella!' as 'Nonna Pia' from hall
         mod enters q2 '   ' from phone
         mod revises q1 'Avremo una fontanella?'
         mod dismisses q1 other note 'detto due volte'
         mod restores q1
         mod revises q1 'Avremo una fontanella in piazza?'
         mod approves q1
         ana enters q3 'Vogliamo una panchina' from hall",
        expect![[r#"
            everyone <- approved q1 'Vogliamo   una fontanella!' by Nonna Pia #1
            desk <- approved q1 'Vogliamo   una fontanella!' by Nonna Pia #1 from hall
            mod <- refused: empty
            everyone <- approved q1 'Avremo una fontanella?' edited
            desk <- approved q1 'Avremo una fontanella?' edited was 'Vogliamo   una fontanella!'
            everyone <- gone q1
            desk <- dismissed q1 other note 'detto due volte'
            desk <- pending q1
            desk <- pending q1 'Avremo una fontanella in piazza?'
            everyone <- approved q1 'Avremo una fontanella in piazza?' by Nonna Pia #1 edited
            desk <- approved q1
            ana <- refused: not_allowed
        "#]],
    );
}

#[test]
fn limits_keep_one_person_from_filling_the_desk() {
    check_for(
        &["ana"],
        "mod policy slow_s=30 questions=4
         ana asks q1 'La prima domanda'
         ana asks q2 'La seconda domanda'
         wait 29999ms; ana asks q2 'La seconda domanda'
         wait 1ms; ana asks q2 'La seconda domanda'
         wait 30s; ana asks q3 'La terza domanda'
         wait 30s; ana asks q4 'La quarta domanda'
         mod approves q1; ana asks q4 'La quarta domanda'
         wait 30s; mod approves q2; ana asks q5 'La quinta domanda'
         mod policy questions=none open_questions=none slow_s=none
         ana asks q5 'La quinta domanda'; ana asks q6 'La sesta domanda'",
        expect![[r#"
            ana <- pending q1
            ana <- refused: too_fast, again in 30000 ms
            ana <- refused: too_fast, again in 1 ms
            ana <- pending q2
            ana <- pending q3
            ana <- refused: too_many
            ana <- approved q1 #1
            ana <- pending q4
            ana <- approved q2 #2
            ana <- refused: too_many
            ana <- pending q5
            ana <- pending q6
        "#]],
    );
}

#[test]
fn what_is_no_question_is_refused_and_says_why() {
    check(
        "mod policy max_chars=20 anonymous=false
         ana asks q1 '' as 'Anna'
         ana asks q1 'Perché?' as 'Anna'
         ana asks q1 'Quando riapre la biblioteca?' as 'Anna'
         ana asks q1 '🚲🚲🚲🚲🚲🚲🚲🚲🚲🚲' as 'Anna'
         ana asks q1 'Quando riapre?'
         ana asks q1 'Quando riapre?' as '  '
         ana asks q1 'Quando riapre?' as 'Anna Maria Luisa Francesca della Montagna Alta'
         ana asks q1 'Quando riapre?' as 'Anna' labels 'Ponti'
         ana asks q1 '  Quando riapre?  ' as ' Anna  Maria '",
        expect![[r#"
            everyone, desk, stage, overlay <- session anonymous=false max_chars=20
            ana <- refused: empty
            ana <- refused: too_short
            ana <- refused: too_long
            ana <- refused: not_text
            ana <- refused: empty
            ana <- refused: empty
            ana <- refused: too_long
            ana <- refused: malformed
            ana <- pending q1
            desk <- pending q1 'Quando riapre?' by Anna Maria
        "#]],
    );
}

#[test]
fn labels_come_from_the_sessions_list() {
    check(
        "capo describes labels 'Verde' 'Strade'
         ana asks q1 'Quando riapre la biblioteca?' labels 'Verde' 'Strade' 'Verde'
         mod approves q1
         mod enters q2 'Una domanda dalla sala' labels 'Nuoto' from hall",
        expect![[r#"
            everyone, desk, stage, overlay <- session labels 'Verde' 'Strade'
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?' labels 'Strade' 'Verde'
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1 labels 'Strade' 'Verde'
            desk <- approved q1 #1
            mod <- refused: malformed
        "#]],
    );
}

#[test]
fn with_moderation_afterwards_a_question_is_public_at_once() {
    check(
        "mod policy moderation=post
         ana asks q1 'Quando riapre la biblioteca?' as 'Anna'
         mod dismisses q1 off_topic",
        expect![[r#"
            everyone, desk, stage, overlay <- session moderation=post
            ana <- approved q1 #1
            everyone, desk <- approved q1 'Quando riapre la biblioteca?' by Anna #1
            ana <- dismissed q1 off_topic
            everyone <- gone q1
            desk <- dismissed q1 off_topic
        "#]],
    );
}

#[test]
fn a_raid_switch_works_on_what_was_asked_a_moment_before() {
    check_for(
        &["ana", "ben", "cleo", "everyone", "mod"],
        "mod policy moderation=post
         mod policy moderation=pre while ana asks q1 'Quando riapre la biblioteca?'
         mod policy moderation=post
         ben asks q2 'La seconda domanda' while mod policy moderation=pre
         mod policy min_chars=5 while cleo asks q3 'La terza domanda'",
        expect![[r#"
            everyone, desk, stage, overlay <- session moderation=post
            ana <- pending q1
            everyone, stage, overlay <- session moderation=pre
            everyone, desk, stage, overlay <- session moderation=post
            ben <- approved q2 #1
            everyone, desk <- session moderation=pre, approved q2 'La seconda domanda' #1
            cleo <- pending q3
            everyone, stage, overlay <- session min_chars=5
        "#]],
    );
}

#[test]
fn a_held_question_is_published_by_the_clock() {
    check(
        "mod policy moderation=post hold_s=30
         ana asks q1 'Quando riapre la biblioteca?' as 'Anna'
         wait 29s
         wait 1s
         wait 1h",
        expect![[r#"
            everyone, desk, stage, overlay <- session hold_s=30 moderation=post
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?' by Anna held until 0:30
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' by Anna #1
            desk <- approved q1 #1
        "#]],
    );
}

#[test]
fn the_desk_acts_before_the_clock_does() {
    check_for(
        &["everyone", "desk"],
        "mod policy moderation=post hold_s=30
         ana asks q1 'La prima domanda'; ben asks q2 'La seconda domanda'; cleo asks q3 'La terza domanda'
         wait 10s
         mod approves q1; mod dismisses q2 off_topic; mod revises q3 'La terza domanda?'
         wait 1m
         mod restores q2
         wait 1m",
        expect![[r#"
            everyone, desk, stage, overlay <- session hold_s=30 moderation=post
            desk <- pending q1 'La prima domanda' held until 0:30
            desk <- pending q2 'La seconda domanda' held until 0:30
            desk <- pending q3 'La terza domanda' held until 0:30
            everyone <- approved q1 'La prima domanda' #1
            desk <- approved q1 #1
            desk <- dismissed q2 off_topic
            desk <- pending q3 'La terza domanda?' was 'La terza domanda'
            everyone <- approved q3 'La terza domanda?' #2 edited
            desk <- approved q3 #2 edited
            desk <- pending q2
        "#]],
    );
}

/// Guards the desk's time to read: an edit in the last moment went public unread.
#[test]
fn an_edit_begins_the_hold_anew() {
    check(
        "mod policy moderation=post hold_s=30
         ana asks q1 'Quando riapre la biblioteca?'
         wait 29s
         ana edits q1 'Quando riapre il teatro?'
         wait 29s
         wait 1s",
        expect![[r#"
            everyone, desk, stage, overlay <- session hold_s=30 moderation=post
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?' held until 0:30
            ana <- pending q1 'Quando riapre il teatro?' was 'Quando riapre la biblioteca?'
            desk <- pending q1 'Quando riapre il teatro?' was 'Quando riapre la biblioteca?' held until 0:59
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre il teatro?' #1
            desk <- approved q1 #1
        "#]],
    );
}

/// Guards what was asked in a raid: it came out as soon as the switch was turned back.
#[test]
fn a_raid_switch_turned_back_publishes_nothing_by_itself() {
    check_for(
        &["everyone", "desk"],
        "mod policy moderation=post hold_s=30
         ana asks q1 'Quando riapre la biblioteca?'
         wait 10s
         mod policy moderation=pre
         wait 10s
         mod policy moderation=post
         wait 1m
         ana edits q1 'Quando riapre la biblioteca comunale?'
         wait 1m
         mod approves q1",
        expect![[r#"
            everyone, desk, stage, overlay <- session hold_s=30 moderation=post
            desk <- pending q1 'Quando riapre la biblioteca?' held until 0:30
            everyone, stage, overlay <- session moderation=pre
            desk <- session moderation=pre, pending q1
            everyone, stage, overlay <- session moderation=post
            desk <- session moderation=post, pending q1
            desk <- pending q1 'Quando riapre la biblioteca comunale?' was 'Quando riapre la biblioteca?'
            everyone <- approved q1 'Quando riapre la biblioteca comunale?' #1
            desk <- approved q1 #1
        "#]],
    );
}

#[test]
fn the_clock_publishes_nothing_after_the_end() {
    check_for(
        &["everyone", "desk"],
        "mod policy moderation=post hold_s=30
         ana asks q1 'Quando riapre la biblioteca?'
         mod closes; mod ends
         wait 1m
         mod reopens",
        expect![[r#"
            everyone, desk, stage, overlay <- session hold_s=30 moderation=post
            desk <- pending q1 'Quando riapre la biblioteca?' held until 0:30
            everyone, desk, stage, overlay <- session closed
            everyone, stage, overlay <- session ended
            desk <- session ended, pending q1
            everyone, desk, stage, overlay <- session closed
        "#]],
    );
}

#[test]
fn to_citizens_a_draft_does_not_exist() {
    check_from_nothing(
        "session prova 'Una sera' rehearsal
         capo is admin; mod is moderator
         ana asks q1 'Quando riapre la biblioteca?'
         mod enters q1 'Una domanda dalla sala' from hall
         mod queues q1; mod airs q1; capo next q1
         capo describes starts 1h
         ana asks q2 'Quando riapre la biblioteca?'; ana votes q1
         mod policy before_start=true
         ana asks q2 'Quando riapre la biblioteca?'; ana votes q1
         capo describes starts never
         ana asks q3 'Quando riapre la piscina?'",
        expect![[r#"
            everyone, desk, stage, overlay <- session 'Una sera' draft
            capo <- welcome as admin
            mod <- welcome as moderator
            ana <- refused: not_found
            everyone <- approved q1 'Una domanda dalla sala' #1
            desk <- approved q1 'Una domanda dalla sala' #1 from hall
            everyone <- queued q1
            desk <- queued q1, queue q1
            stage <- queued q1 'Una domanda dalla sala' #1, queue q1
            mod <- refused: closed
            capo <- refused: closed
            everyone, desk, stage, overlay <- session scheduled starts 60:00
            ana <- refused: closed
            ana <- refused: closed
            everyone, desk, stage, overlay <- session before_start=true
            ana <- pending q2
            desk <- pending q2 'Quando riapre la biblioteca?'
            ana <- supports q1
            everyone <- q1 has 1 vote
            everyone, desk, stage, overlay <- session draft no start
            ana <- refused: not_found
        "#]],
    );
}

#[test]
fn at_its_hour_the_clock_opens_a_session_that_is_ready() {
    check_from_nothing(
        "session prova 'Una sera'
         capo is admin
         the city lacks contact privacy_url
         capo opens
         capo describes starts 1h
         wait 2h
         capo opens
         the city lacks nothing
         wait 1s
         capo closes; capo opens",
        expect![[r#"
            everyone, desk, stage, overlay <- session 'Una sera' draft
            capo <- welcome as admin
            capo <- refused: not_ready
            everyone, desk, stage, overlay <- session scheduled starts 60:00
            capo <- refused: not_ready
            everyone, desk, stage, overlay <- session open
            everyone, desk, stage, overlay <- session closed
            everyone, desk, stage, overlay <- session open
        "#]],
    );
}

#[test]
fn a_rehearsal_opens_in_a_city_that_has_said_nothing() {
    check_from_nothing(
        "session prova 'Una prova' rehearsal
         capo is admin
         the city lacks name contact privacy_url accessibility_url legal_url
         capo describes starts 10m
         wait 20m
         capo closes; capo opens",
        expect![[r#"
            everyone, desk, stage, overlay <- session 'Una prova' draft
            capo <- welcome as admin
            everyone, desk, stage, overlay <- session scheduled starts 10:00
            everyone, desk, stage, overlay <- session open
            everyone, desk, stage, overlay <- session closed
            everyone, desk, stage, overlay <- session open
        "#]],
    );
}

#[test]
fn a_session_opens_closes_ends_and_reopens() {
    check_for(
        &["everyone", "mod"],
        "mod opens; mod ends; mod reopens
         mod closes; mod closes; mod reopens
         mod opens; mod closes
         mod enters q1 'Una domanda dalla sala' from hall; mod airs q1
         mod ends
         mod ends; mod opens; mod closes
         mod reopens
         mod opens",
        expect![[r#"
            mod <- refused: wrong_state
            mod <- refused: wrong_state
            mod <- refused: wrong_state
            everyone, desk, stage, overlay <- session closed
            mod <- refused: wrong_state
            mod <- refused: wrong_state
            everyone, desk, stage, overlay <- session open
            everyone, desk, stage, overlay <- session closed
            everyone <- approved q1 'Una domanda dalla sala' #1
            everyone, desk <- on_air q1, on air q1
            everyone, desk <- session ended, answered q1, nothing on air
            mod <- refused: wrong_state
            mod <- refused: wrong_state
            mod <- refused: wrong_state
            everyone, desk, stage, overlay <- session closed
            everyone, desk, stage, overlay <- session open
        "#]],
    );
}

#[test]
fn a_closed_session_takes_votes_and_withdrawals() {
    check_for(
        &["ana", "bob", "dora"],
        "ana asks q1 'La prima domanda'; ana asks q2 'La seconda domanda'; mod approves q1
         mod closes
         ana asks q3 'La terza domanda'; ana edits q2 'La seconda domanda?'
         bob votes q1; ana withdraws q2
         mod queues q1; dora next q1
         mod ends
         bob unvotes q1
         ana withdraws q1",
        expect![[r#"
            ana <- pending q1
            ana <- pending q2
            ana <- approved q1 #1
            ana <- refused: closed
            ana <- refused: closed
            bob <- supports q1
            ana <- withdrawn q2
            ana <- queued q1
            ana <- on_air q1
            ana <- answered q1
            bob <- refused: closed
            ana <- refused: wrong_state q1
        "#]],
    );
}

#[test]
fn an_ended_session_takes_answers_and_corrections_only() {
    check_for(
        &["mod", "dora", "capo", "pia", "ana"],
        "ana asks q1 'La prima domanda'; ana asks q2 'La seconda domanda'; ana asks q3 'La terza domanda'
         mod approves q1; mod approves q2
         mod closes; mod ends
         mod approves q3; mod queues q1; mod airs q1; mod revises q1 'Altro'; mod restores q1
         mod policy slow_s=5; capo describes title 'Altro'; mod enters q4 'Una domanda' from hall
         dora next q1; dora answered q1; pia hides overlay; mod puts back q1
         dora off air
         dora answers q1 'Sì.'
         mod dismisses q2 off_topic
         ana withdraws q3
         capo takes back q1 'errore'
         capo forgets ana 'richiesta'",
        expect![[r#"
            ana <- pending q1
            ana <- pending q2
            ana <- pending q3
            ana <- approved q1 #1
            ana <- approved q2 #2
            mod <- refused: closed
            mod <- refused: closed
            mod <- refused: closed
            mod <- refused: closed
            mod <- refused: closed
            mod <- refused: closed
            capo <- refused: closed
            mod <- refused: closed
            dora <- refused: closed
            dora <- refused: closed
            pia <- refused: closed
            mod <- refused: closed
            dora <- done
            ana <- answered q1 answer 'Sì.' signed Dora
            ana <- dismissed q2 off_topic
            ana <- withdrawn q3
            ana <- answered q1 without its text removed 'errore'
            ana <- answered q1, dismissed q2 without its text, withdrawn q3 without its text
        "#]],
    );
}

#[test]
fn a_command_sent_again_has_no_second_effect() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?'
         again
         mod approves q1
         again; ana again
         mod dismisses q1 off_topic
         again
         bob votes q1; again",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            ana <- done
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            mod <- done
            ana <- done
            ana <- dismissed q1 off_topic
            everyone <- gone q1
            desk <- dismissed q1 off_topic
            mod <- done
            bob <- refused: not_found
            bob <- refused: not_found
        "#]],
    );
}

#[test]
fn an_invitation_gives_a_role_until_it_is_revoked() {
    check(
        "gina joins i1
         capo invites i1 moderator 'Gina'
         ana asks q1 'Quando riapre la biblioteca?'
         gina joins i1; again; gina joins i1
         gina approves q1
         capo uninvites i1
         gina queues q1; gina joins i1; capo uninvites i1
         gina as citizen votes q1",
        expect![[r#"
            gina <- refused: not_found
            capo <- done
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            gina <- welcome as moderator
            gina <- done
            gina <- done
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            gina <- goodbye
            gina <- refused: not_allowed
            gina <- refused: not_found
            capo <- refused: not_found
            gina <- supports q1
            everyone <- q1 has 1 vote
        "#]],
    );
}

/// Guards the promise that a recorded command gets `done` again: a revoked right answered `not_allowed`.
#[test]
fn what_got_done_gets_it_again_after_the_right_has_ended() {
    check_for(
        &["gina"],
        "capo invites i1 moderator 'Gina'; gina joins i1
         ana asks q1 'Quando riapre la biblioteca?'
         gina approves q1
         capo uninvites i1
         gina again
         gina queues q1",
        expect![[r#"
            gina <- welcome as moderator
            gina <- goodbye
            gina <- done
            gina <- refused: not_allowed
        "#]],
    );
}

#[test]
fn a_right_that_ends_voids_what_was_decided_by_it() {
    check_for(
        &["gina", "everyone"],
        "capo invites i1 moderator 'Gina'; gina joins i1
         ana asks q1 'Quando riapre la biblioteca?'
         capo uninvites i1 while gina approves q1
         capo invites i2 moderator 'Gina'
         capo uninvites i2 while gina joins i2",
        expect![[r#"
            gina <- welcome as moderator
            gina <- goodbye
            gina <- refused: not_allowed
            gina <- refused: not_found
        "#]],
    );
}

#[test]
fn an_invitation_serves_all_who_were_sent_it() {
    check_for(
        &["gina", "lino", "pia", "capo"],
        "capo invites i1 moderator 'Redazione'
         gina joins i1; lino joins i1; pia joins i1
         mod enters q1 'La prima domanda' from hall
         lino queues q1; pia unqueues q1
         capo uninvites i1
         lino queues q1; pia hides overlay",
        expect![[r#"
            capo <- done
            gina <- welcome as moderator
            lino <- welcome as moderator
            pia <- welcome as moderator
            pia <- goodbye
            gina <- goodbye
            lino <- goodbye
            lino <- refused: not_allowed
        "#]],
    );
}

#[test]
fn no_invitation_opens_a_door_after_the_end() {
    check_for(
        &["gina", "capo"],
        "capo invites i1 moderator 'Gina'
         mod closes; mod ends
         gina joins i1
         capo uninvites i1",
        expect![[r#"
            capo <- done
            gina <- refused: not_found
            capo <- done
        "#]],
    );
}

#[test]
fn the_overlay_is_hidden_and_shown_by_the_producer() {
    check_for(
        &["overlay", "pia", "mod"],
        "ana asks q1 'La prima domanda'; mod approves q1; mod airs q1
         pia hides overlay
         pia hides overlay
         mod answered q1
         mod enters q2 'La seconda domanda' from hall; mod airs q2
         pia shows overlay
         mod hides overlay",
        expect![[r#"
            stage, overlay <- on_air q1 'La prima domanda' #1, on air q1
            overlay <- nothing on air, gone q1
            overlay <- nothing on air
            overlay <- nothing on air
            overlay <- on_air q2 'La seconda domanda' #2, on air q2
            mod <- refused: not_allowed
        "#]],
    );
}

#[test]
fn a_text_that_is_taken_back_goes_everywhere_and_its_reason_stays() {
    check(
        "ana asks q1 'Il dottor Rossi sbaglia?' as 'Anna' labels; mod approves q1; mod queues q1; dora next q1
         mod takes back q1 'nome di una persona'
         capo takes back q1 ' '
         capo takes back q1 'nome di una persona'
         capo takes back q1 'ancora'
         bob votes q1; mod queues q1; mod airs q1; mod revises q1 'Altro testo'
         mod dismisses q1 personal_data; mod restores q1",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Il dottor Rossi sbaglia?' by Anna
            ana <- approved q1 #1
            everyone <- approved q1 'Il dottor Rossi sbaglia?' by Anna #1
            desk <- approved q1 #1
            ana <- queued q1
            everyone <- queued q1
            desk <- queued q1, queue q1
            stage <- queued q1 'Il dottor Rossi sbaglia?' by Anna #1, queue q1
            ana <- on_air q1
            everyone <- on_air q1, on air q1
            desk, stage <- on_air q1, on air q1, queue empty
            overlay <- on_air q1 'Il dottor Rossi sbaglia?' by Anna #1, on air q1
            mod <- refused: not_allowed
            capo <- refused: reason_missing
            ana <- approved q1 without its text without a name removed 'nome di una persona'
            everyone, desk <- approved q1 without its text without a name removed 'nome di una persona', nothing on air
            stage, overlay <- nothing on air, gone q1
            capo <- refused: wrong_state q1
            bob <- refused: wrong_state q1
            mod <- refused: wrong_state q1
            mod <- refused: wrong_state q1
            mod <- refused: wrong_state q1
            ana <- dismissed q1 personal_data
            everyone <- gone q1
            desk <- dismissed q1 personal_data
            mod <- refused: wrong_state q1
        "#]],
    );
}

#[test]
fn only_what_was_published_can_be_taken_back() {
    check_for(
        &["ana", "capo", "everyone", "desk"],
        "ana asks q1 'Quando riapre la biblioteca?'
         capo takes back q1 'prova'; capo takes back q9 'prova'
         mod approves q1; mod queues q1; mod dismisses q1 off_topic
         capo takes back q1 'prova'",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?'
            capo <- refused: wrong_state q1
            capo <- refused: not_found
            ana <- approved q1 #1
            everyone <- approved q1 'Quando riapre la biblioteca?' #1
            desk <- approved q1 #1
            ana <- queued q1
            everyone <- queued q1
            desk <- queued q1, queue q1
            ana <- dismissed q1 off_topic
            everyone <- gone q1
            desk <- dismissed q1 off_topic, queue empty
            ana <- dismissed q1 without its text removed 'prova'
            desk <- dismissed q1 without its text removed 'prova'
        "#]],
    );
}

#[test]
fn who_is_forgotten_leaves_no_name_and_nothing_unpublished() {
    check(
        "ana asks q1 'La prima domanda' as 'Anna'; ana asks q2 'La seconda domanda' as 'Anna'
         ana asks q3 'La terza domanda' as 'Anna'
         mod approves q1; mod revises q1 'La prima domanda?'; mod dismisses q3 not_our_office note 'Provincia'
         bob votes q1
         mod forgets ana 'richiesta'; capo forgets zoe 'richiesta'; capo forgets ana ' '
         capo forgets ana 'richiesta'
         mod restores q3
         mod queues q1; dora next q1
         capo forgets bob 'richiesta'",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'La prima domanda' by Anna
            ana <- pending q2
            desk <- pending q2 'La seconda domanda' by Anna
            ana <- pending q3
            desk <- pending q3 'La terza domanda' by Anna
            ana <- approved q1 #1
            everyone <- approved q1 'La prima domanda' by Anna #1
            desk <- approved q1 #1
            ana <- approved q1 'La prima domanda?' edited was 'La prima domanda'
            everyone <- approved q1 'La prima domanda?' edited
            desk <- approved q1 'La prima domanda?' edited was 'La prima domanda'
            ana <- dismissed q3 not_our_office note 'Provincia'
            desk <- dismissed q3 not_our_office note 'Provincia'
            bob <- supports q1
            everyone <- q1 has 1 vote
            mod <- refused: not_allowed
            capo <- refused: not_found
            capo <- refused: reason_missing
            ana <- approved q1 without a name, withdrawn q2 without its text without a name, dismissed q3 without its text without a name not_our_office
            everyone <- approved q1 without a name
            desk <- approved q1 without a name, withdrawn q2 without its text without a name, dismissed q3 without its text without a name not_our_office
            mod <- refused: wrong_state q3
            ana <- queued q1
            everyone <- queued q1
            desk <- queued q1, queue q1
            stage <- queued q1 'La prima domanda?' #1 edited, queue q1
            ana <- on_air q1
            everyone <- on_air q1, on air q1
            desk, stage <- on_air q1, on air q1, queue empty
            overlay <- on_air q1 'La prima domanda?' #1 edited, on air q1
            capo <- done
        "#]],
    );
}

#[test]
fn a_session_says_of_itself_what_the_press_office_wrote_last() {
    check_for(
        &["everyone", "capo", "mod"],
        "capo describes title 'Una sera migliore' officials 'Sara Neri, Sindaca' stream hls 'https://video.example/live.m3u8'
         capo describes title 'Stantio' at rev 1
         capo describes title 'Prima' while capo describes title 'Seconda'
         capo describes title ' '
         capo describes language e
         capo describes officials 'Sara Neri, '
         capo describes labels 'A' 'A'
         capo describes stream tivu 'https://video.example'
         capo describes stream hls 'ftp://video.example'
         capo describes language de labels 'A' stream none
         mod describes title 'No'",
        expect![[r#"
            everyone, desk, stage, overlay <- session 'Una sera migliore' with 'Sara Neri, Sindaca' hls https://video.example/live.m3u8
            capo <- refused: stale
            everyone, desk, stage, overlay <- session 'Prima'
            capo <- refused: stale
            capo <- refused: empty
            capo <- refused: malformed
            capo <- refused: malformed
            capo <- refused: malformed
            capo <- refused: malformed
            capo <- refused: malformed
            everyone, desk, stage, overlay <- session in de labels 'A' no stream
            mod <- refused: not_allowed
        "#]],
    );
}

#[test]
fn a_policy_that_does_not_fit_changes_nothing() {
    check_for(
        &["everyone", "mod"],
        "mod policy hold_s=301
         mod policy min_chars=500
         mod policy max_chars=1001
         mod policy questions=0
         mod policy slow_s=86401
         mod policy languages=it,x
         mod policy slow_s=5 while mod policy max_chars=300
         mod policy moderation=post hold_s=5 votes=hidden order=fair links=allow duplicates=off languages=it,de questions=none",
        expect![[r#"
            mod <- refused: malformed
            mod <- refused: malformed
            mod <- refused: malformed
            mod <- refused: malformed
            mod <- refused: malformed
            mod <- refused: malformed
            everyone, desk, stage, overlay <- session slow_s=5
            everyone, desk, stage, overlay <- session max_chars=300
            everyone, desk, stage, overlay <- session duplicates=off hold_s=5 languages=it,de links=allow moderation=post order=fair questions=none votes=hidden
        "#]],
    );
}

#[test]
fn what_this_version_does_not_know_it_says_so_to_those_who_may_ask() {
    check_for(
        &["ana", "mod", "dora", "pia"],
        "ana asks q1 'Quando riapre la biblioteca?'; mod approves q1
         ana checks 'Quando riapre?'; ana reports q1 advertising
         mod claims q1; mod releases q1; mod merges q1 into q1; mod unmerges q1; mod labels q1
         mod notes q1 'ecco' to stage; mod assigns q1 to 'Scuola'; mod assigns q1 to nobody
         mod mutes ana advertising for 10m; mod unmutes ana; mod rescreens; mod undoes
         dora saw q1; pia delays youtube by 20s; pia marks 'bello'; pia marks
         ana claims q1; pia saw q1; dora delays youtube by 20s; mod marks; dora undoes",
        expect![[r#"
            ana <- pending q1
            ana <- approved q1 #1
            ana <- checked
            ana <- refused: not_yet
            mod <- refused: not_yet
            mod <- refused: not_yet
            mod <- refused: not_yet
            mod <- refused: not_yet
            mod <- refused: not_yet
            mod <- refused: not_yet
            mod <- refused: not_yet
            mod <- refused: not_yet
            mod <- refused: not_yet
            mod <- refused: not_yet
            mod <- done
            mod <- refused: not_yet
            dora <- refused: not_yet
            pia <- refused: not_yet
            pia <- refused: not_yet
            pia <- refused: not_yet
            ana <- refused: not_allowed
            pia <- refused: not_allowed
            dora <- refused: not_allowed
            mod <- refused: not_allowed
            dora <- refused: not_allowed
        "#]],
    );
}

#[test]
fn who_acts_as_a_citizen_has_a_citizens_rights_only() {
    check_for(
        &["mod", "capo"],
        "ana asks q1 'Quando riapre la biblioteca?'
         mod as citizen approves q1; capo as citizen off air
         mod as citizen asks q2 'Una mia domanda'
         mod as staff withdraws q2; capo as staff joins i1",
        expect![[r#"
            mod <- refused: not_allowed
            capo <- refused: not_allowed
            mod <- pending q2
            mod <- refused: not_allowed
            capo <- refused: not_allowed
        "#]],
    );
}
