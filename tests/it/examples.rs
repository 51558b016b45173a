//! The examples that we ship make sense and show what they are meant to show.

use filodiretto::qa::session::{SessionState, State};

use crate::check::told;

#[test]
fn the_evening_comes_to_its_end_with_answers_and_one_question_not_reached() {
    let story = told(include_str!("../../examples/evening.filo"));
    let session = story.session();
    assert_eq!(session.state(), SessionState::Ended);
    let mut states: Vec<_> = session.questions().map(|question| question.state).collect();
    states.sort_unstable();
    let [answered, approved, dismissed] = [State::Answered, State::Approved, State::Dismissed];
    assert_eq!(states, [approved, answered, answered, answered, answered, dismissed]);
}
