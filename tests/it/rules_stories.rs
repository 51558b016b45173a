//! Each rule of the protocol as a story: what was said, and what everybody saw of it.

use expect_test::expect;

use crate::check::check;

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
fn an_evening() {
    check(
        "ana asks q1 'Quando riapre la biblioteca?' as 'Anna'
         ben asks q2 'Ci sarà una pista ciclabile?'
         mod approves q1 while mod approves q2
         bob votes q1; bob votes q2; ana votes q2; bob unvotes q2
         mod queues q1; mod queues q2 before q1
         dora next q2
         mod airs q1
         pia off air
         ",
        expect![[r#"
            ana <- pending q1
            desk <- pending q1 'Quando riapre la biblioteca?' by Anna
            ben <- pending q2
            desk <- pending q2 'Ci sarà una pista ciclabile?'
            ana <- approved q1 #1
            ben <- approved q2 #2
            everyone <- approved q1 'Quando riapre la biblioteca?' by Anna #1, approved q2 'Ci sarà una pista ciclabile?' #2
            desk <- approved q1 #1, approved q2 #2
            bob <- supports q1
            everyone <- q1 has 1 vote
            bob <- supports q2
            everyone <- q2 has 1 vote
            ana <- supports q2
            everyone <- q2 has 2 votes
            bob <- does not support q2
            everyone <- q2 has 1 vote
            ana <- queued q1
            everyone <- queued q1
            desk <- queued q1, queue q1
            stage <- queued q1 'Quando riapre la biblioteca?' by Anna #1, queue q1
            ben <- queued q2
            everyone <- queued q2
            desk <- queued q2, queue q2 q1
            stage <- queued q2 'Ci sarà una pista ciclabile?' #2, queue q2 q1
            ben <- on_air q2
            everyone <- on_air q2, on air q2
            desk, stage <- on_air q2, on air q2, queue q1
            overlay <- on_air q2 'Ci sarà una pista ciclabile?' #2, on air q2
            ana <- on_air q1
            ben <- queued q2
            everyone <- on_air q1, queued q2, on air q1
            desk, stage <- on_air q1, queued q2, on air q1, queue q2
            overlay <- on_air q1 'Quando riapre la biblioteca?' by Anna #1, on air q1, gone q2
            ana <- approved q1
            everyone <- approved q1, nothing on air
            desk <- approved q1 taken off air at 0:00, nothing on air
            stage, overlay <- nothing on air, gone q1
        "#]],
    );
}
