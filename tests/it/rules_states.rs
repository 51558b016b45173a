//! The protocol's table "What each command does", tried whole: every command, on a question in
//! every state, in a session in every state. The table stands here once more, written down from the
//! protocol and not from the code.
//!
//! Not tried: a `merged` question, since nothing merges yet, and one on air after the end, since
//! the end takes it off.

use filodiretto::qa::refusal::Code;
use filodiretto::qa::session::State::{
    self, Answered, Approved, Dismissed, OnAir, Pending, Queued, Withdrawn,
};
use filodiretto::qa::session::{Session, SessionState};
use filodiretto::qa::{As, Kind};

use crate::kinds;
use crate::scene::Setting::{self, BeforeStart, Closed, Draft, Ended, Open, Scheduled};
use crate::scene::scene;

/// What the protocol says of one command.
struct Row {
    who: Who,
    /// In which sessions it is taken at all.
    takes: &'static [Setting],
    does: Does,
}

/// Who sends it here.
enum Who {
    /// The citizen who asked the question.
    Asker,
    /// Another citizen.
    Citizen,
    /// An administrator, who may do all.
    Staff,
}

enum Does {
    /// From these states the question comes into this one.
    Moves(&'static [State], State),
    /// From these states something changes, but not the state.
    Stays(&'static [State]),
    /// The question on air becomes this, any other stays.
    Clears(State),
    /// A new question in this state.
    Makes(State),
    /// The session comes from these states into this one.
    Turns(&'static [SessionState], SessionState),
    /// It is the head of the queue, else stale.
    TakesHead,
    /// Nothing about the question.
    Other,
    /// What it needs to have been published.
    TakesBack,
    /// Waiting questions of the person go.
    Forgets,
    /// This version does not know how.
    NotYet,
}

const STAFF: &[Setting] = &[Draft, Scheduled, BeforeStart, Open, Closed];
const STAFF_AND_ENDED: &[Setting] = &[Draft, Scheduled, BeforeStart, Open, Closed, Ended];
const NOT_IN_DRAFT: &[Setting] = &[Scheduled, BeforeStart, Open, Closed];
const CITIZENS: &[Setting] = &[BeforeStart, Open];
const CITIZENS_AND_CLOSED: &[Setting] = &[BeforeStart, Open, Closed];
const CITIZENS_AND_ENDED: &[Setting] = &[BeforeStart, Open, Closed, Ended];

/// The table. A new command does not compile without a row.
fn row(kind: Kind) -> Row {
    let citizen = |takes, does| Row { who: Who::Citizen, takes, does };
    let asker = |takes, does| Row { who: Who::Asker, takes, does };
    let staff = |does| Row { who: Who::Staff, takes: STAFF, does };
    let also_ended = |does| Row { who: Who::Staff, takes: STAFF_AND_ENDED, does };
    let not_in_draft = |does| Row { who: Who::Staff, takes: NOT_IN_DRAFT, does };
    match kind {
        Kind::Ask => citizen(CITIZENS, Does::Makes(Pending)),
        Kind::Enter => staff(Does::Makes(Approved)),
        Kind::Edit => asker(CITIZENS, Does::Stays(&[Pending])),
        Kind::Withdraw => {
            asker(CITIZENS_AND_ENDED, Does::Moves(&[Pending, Approved, Queued], Withdrawn))
        }
        Kind::Vote => citizen(CITIZENS_AND_CLOSED, Does::Stays(&[Approved, Queued, OnAir])),
        Kind::Approve => staff(Does::Moves(&[Pending], Approved)),
        Kind::Dismiss => also_ended(Does::Moves(&[Pending, Approved, Queued], Dismissed)),
        Kind::Restore => staff(Does::Moves(&[Dismissed], Pending)),
        Kind::Revise => staff(Does::Stays(&[Pending, Approved, Queued])),
        Kind::Queue => staff(Does::Moves(&[Approved, Queued], Queued)),
        Kind::Unqueue => staff(Does::Moves(&[Queued], Approved)),
        Kind::Later => staff(Does::Moves(&[Queued, OnAir], Approved)),
        Kind::OnAir => not_in_draft(Does::Moves(&[Approved, Queued, State::Answered], OnAir)),
        Kind::Next => not_in_draft(Does::TakesHead),
        Kind::OffAir => also_ended(Does::Clears(Approved)),
        Kind::Answered => staff(Does::Moves(&[Approved, Queued, OnAir], Answered)),
        Kind::Answer => {
            also_ended(Does::Moves(&[Approved, Queued, OnAir, State::Answered], Answered))
        }
        Kind::Open => also_ended(Does::Turns(
            &[SessionState::Draft, SessionState::Scheduled, SessionState::Closed],
            SessionState::Open,
        )),
        Kind::Close => also_ended(Does::Turns(&[SessionState::Open], SessionState::Closed)),
        Kind::End => also_ended(Does::Turns(&[SessionState::Closed], SessionState::Ended)),
        Kind::Reopen => also_ended(Does::Turns(&[SessionState::Ended], SessionState::Closed)),
        Kind::TakeBack => also_ended(Does::TakesBack),
        Kind::Forget => also_ended(Does::Forgets),
        Kind::Policy | Kind::Rescreen | Kind::Overlay => staff(Does::Other),
        // Of the HTTP half of the protocol, which says nothing of states: what the house took care
        // of before, ends with the session; a door can be shut at any time.
        Kind::Describe | Kind::Invite => staff(Does::Other),
        Kind::Uninvite => also_ended(Does::Other),
        Kind::Join => citizen(STAFF, Does::Other),
        Kind::Check => citizen(CITIZENS, Does::Other),
        Kind::Report => citizen(CITIZENS_AND_CLOSED, Does::NotYet),
        Kind::Label | Kind::Note | Kind::Assign => also_ended(Does::NotYet),
        Kind::Claim
        | Kind::Release
        | Kind::Merge
        | Kind::Unmerge
        | Kind::Seen
        | Kind::Mute
        | Kind::Unmute
        | Kind::Undo
        | Kind::Delay
        | Kind::Mark => staff(Does::NotYet),
    }
}

/// What must come of it: the states of question and session, or a refusal.
fn expected(kind: Kind, state: State, setting: Setting) -> Result<(State, SessionState), Code> {
    let Row { who, takes, does } = row(kind);
    let session = session_state(setting);
    let citizen = !matches!(who, Who::Staff);
    if !takes.contains(&setting) {
        let gone = citizen && (setting == Draft || kind == Kind::Join);
        return Err(if gone { Code::NotFound } else { Code::Closed });
    }
    let public = matches!(state, Approved | Queued | OnAir | State::Answered);
    let hidden = matches!(who, Who::Citizen) && !public;
    match does {
        Does::Moves(..) | Does::Stays(_) if hidden => Err(Code::NotFound),
        Does::Moves(from, to) if from.contains(&state) => Ok((to, session)),
        Does::Stays(from) if from.contains(&state) => Ok((state, session)),
        Does::Moves(..) | Does::Stays(_) => Err(Code::WrongState),
        Does::Clears(to) => Ok((if state == OnAir { to } else { state }, session)),
        Does::Makes(_) | Does::Other => Ok((state, session)),
        Does::Turns(from, to) if from.contains(&session) => {
            let ends = to == SessionState::Ended && state == OnAir;
            Ok((if ends { Answered } else { state }, to))
        }
        Does::Turns(..) => Err(Code::WrongState),
        Does::TakesHead if state == Queued => Ok((OnAir, session)),
        Does::TakesHead => Err(Code::Stale),
        Does::TakesBack if public => {
            Ok((if state == State::Answered { state } else { Approved }, session))
        }
        Does::TakesBack => Err(Code::WrongState),
        Does::Forgets => Ok((if state == Pending { Withdrawn } else { state }, session)),
        Does::NotYet => Err(Code::NotYet),
    }
}

const fn session_state(setting: Setting) -> SessionState {
    match setting {
        Draft => SessionState::Draft,
        Scheduled | BeforeStart => SessionState::Scheduled,
        Open => SessionState::Open,
        Closed => SessionState::Closed,
        Ended => SessionState::Ended,
    }
}

#[test]
fn every_command_does_from_every_state_what_the_table_says() {
    let mut tried = 0;
    for (kind, state, setting) in cases() {
        let Some(mut scene) = scene(state, setting, "ana") else {
            continue;
        };
        let before = scene.session.clone();
        let (name, acts) = match row(kind).who {
            Who::Asker => ("ana", As::Citizen),
            Who::Citizen => ("bob", As::Citizen),
            Who::Staff => ("capo", As::Staff),
        };
        let command = scene.command(kind);
        let came = scene.send(name, acts, command);
        let after = &scene.session;
        let question = after.question(scene.question).expect("nothing makes it vanish");
        let case = format!("{kind:?} on a question {state:?} in a session {setting:?}");
        let states = came.map(|()| (question.state, after.state()));
        assert_eq!(
            states.map_err(|refusal| refusal.code()),
            expected(kind, state, setting),
            "{case}"
        );
        match expected(kind, state, setting) {
            Ok(_) => moves_what_it_should(kind, &before, after, &case),
            Err(_) => assert_eq!(before, *after, "{case}"),
        }
        tried += 1;
    }
    // 45 commands, 7 of 8 states in 6 settings, but for one on air after the end.
    assert_eq!(tried, 45 * (7 * 6 - 1));
}

/// Revisions, queue and stage move with what they stand for, and with nothing else.
fn moves_what_it_should(kind: Kind, before: &Session, after: &Session, case: &str) {
    for question in before.questions() {
        let now = after.question(question.id).expect("nothing makes it vanish");
        let said = now.versions.len() != question.versions.len()
            || now.name != question.name
            || now.published != question.published
            || now.answer != question.answer;
        let moved = said || now.state != question.state;
        assert_eq!(now.rev != question.rev, moved, "the question's revision: {case}");
        assert!(now.rev >= question.rev, "{case}");
    }
    let aired = before.stage().on_air != after.stage().on_air;
    assert_eq!(before.stage().rev != after.stage().rev, aired, "the stage's revision: {case}");
    let turned = before.state() != after.state() || before.about() != after.about();
    assert_eq!(before.rev() != after.rev(), turned, "the session's revision: {case}");
    let policy = before.policy().version != after.policy().version;
    assert_eq!(policy, kind == Kind::Policy, "the policy's version: {case}");
    let queued: Vec<_> =
        after.questions().filter(|q| q.state == Queued).map(|question| question.id).collect();
    assert_eq!(after.queue(), queued, "the queue: {case}");
    let made = after.questions().len() - before.questions().len();
    let new = after.questions().find(|q| before.question(q.id).is_none());
    let wanted = match row(kind).does {
        Does::Makes(state) => Some(state),
        _ => None,
    };
    assert_eq!((made, new.map(|q| q.state)), (usize::from(wanted.is_some()), wanted), "{case}");
}

fn cases() -> impl Iterator<Item = (Kind, State, Setting)> {
    kinds::all().into_iter().flat_map(|kind| {
        State::ALL
            .into_iter()
            .flat_map(move |state| Setting::ALL.map(|setting| (kind, state, setting)))
    })
}
