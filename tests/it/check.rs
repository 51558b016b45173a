//! One way to tell a story and to say what people saw.

use expect_test::Expect;
use filodiretto::qa::SessionId;
use filodiretto::story::{Seen, Story};

/// An open session with its people, before the story begins. No slow mode, so that stories need no
/// waiting; the other knobs have their defaults.
pub(crate) const EVENING: &str = "
    session prova 'Una sera di prova' rehearsal policy slow_s=none
    mod is moderator 'Mo'; dora is official 'Dora'; pia is producer 'Pia'; capo is admin 'Capo'
    mod opens";

/// A story that has come to the end of a script, without what was seen.
pub(crate) fn told(script: &str) -> Story {
    let mut story = Story::new(SessionId::from_u128(1));
    play(&mut story, script);
    story
}

/// Plays a script; panics where it makes no sense.
pub(crate) fn play(story: &mut Story, script: &str) -> Vec<Seen> {
    story.play(script).unwrap_or_else(|error| panic!("{error}\nin the script:\n{script}"))
}

/// An open evening, then the script; every line that anybody saw of the script.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "`expect![…]` reads best without a `&`")]
pub(crate) fn check(script: &str, expect: Expect) {
    let mut story = told(EVENING);
    expect.assert_eq(&lines(&play(&mut story, script)));
}

/// The same without an evening: the script begins with nothing.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "`expect![…]` reads best without a `&`")]
pub(crate) fn check_from_nothing(script: &str, expect: Expect) {
    let mut story = Story::new(SessionId::from_u128(1));
    expect.assert_eq(&lines(&play(&mut story, script)));
}

/// The same for some eyes only: people and audiences by name.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "`expect![…]` reads best without a `&`")]
pub(crate) fn check_for(eyes: &[&str], script: &str, expect: Expect) {
    let mut story = told(EVENING);
    let mut seen = play(&mut story, script);
    seen.retain(|seen| seen.who.split(", ").any(|who| eyes.contains(&who)));
    expect.assert_eq(&lines(&seen));
}

fn lines(seen: &[Seen]) -> String {
    seen.iter().map(|seen| format!("{seen}\n")).collect()
}
