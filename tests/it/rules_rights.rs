//! Who may do what: every role, every command, in a session in every state. The table stands here
//! once more, written down from the protocol's list "Client → server" and not from the code.

use filodiretto::qa::refusal::Code;
use filodiretto::qa::session::State;
use filodiretto::qa::{As, Kind};

use crate::kinds;
use crate::scene::{Setting, scene};

/// Somebody, in a capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Citizen,
    /// Somebody with a right, on a page for citizens.
    ModeratorAsCitizen,
    AdminAsCitizen,
    /// Somebody without any right who says otherwise.
    Impostor,
    Moderator,
    Official,
    Producer,
    Admin,
}

const EVERYBODY: [Who; 8] = [
    Who::Citizen,
    Who::ModeratorAsCitizen,
    Who::AdminAsCitizen,
    Who::Impostor,
    Who::Moderator,
    Who::Official,
    Who::Producer,
    Who::Admin,
];
const CITIZENS: &[Who] = &[Who::Citizen, Who::ModeratorAsCitizen, Who::AdminAsCitizen];
const DESK: &[Who] = &[Who::Moderator, Who::Admin];
const DESK_AND_STAGE: &[Who] = &[Who::Moderator, Who::Official, Who::Admin];
const STAGE: &[Who] = &[Who::Official, Who::Admin];
const PRODUCER: &[Who] = &[Who::Producer, Who::Admin];
const ALL_STAFF: &[Who] = &[Who::Moderator, Who::Official, Who::Producer, Who::Admin];
const ADMIN: &[Who] = &[Who::Admin];

/// The table. A new command does not compile without a row.
pub(crate) const fn may(kind: Kind) -> &'static [Who] {
    match kind {
        Kind::Ask
        | Kind::Check
        | Kind::Edit
        | Kind::Withdraw
        | Kind::Vote
        | Kind::Report
        | Kind::Join => CITIZENS,
        Kind::Enter
        | Kind::Claim
        | Kind::Release
        | Kind::Approve
        | Kind::Dismiss
        | Kind::Restore
        | Kind::Revise
        | Kind::Merge
        | Kind::Unmerge
        | Kind::Label
        | Kind::Note
        | Kind::Assign
        | Kind::Queue
        | Kind::Unqueue
        | Kind::Mute
        | Kind::Unmute
        | Kind::Policy
        | Kind::Rescreen
        | Kind::Open
        | Kind::Close
        | Kind::End
        | Kind::Reopen
        | Kind::Undo => DESK,
        Kind::Later | Kind::OnAir | Kind::Answered | Kind::Answer => DESK_AND_STAGE,
        Kind::Next | Kind::Seen => STAGE,
        Kind::OffAir => ALL_STAFF,
        Kind::Overlay | Kind::Delay | Kind::Mark => PRODUCER,
        Kind::TakeBack | Kind::Forget | Kind::Describe | Kind::Invite | Kind::Uninvite => ADMIN,
    }
}

/// What the first version does not know yet, as the issue lists it.
const NOT_YET: [Kind; 14] = [
    Kind::Claim,
    Kind::Release,
    Kind::Merge,
    Kind::Unmerge,
    Kind::Undo,
    Kind::Assign,
    Kind::Mute,
    Kind::Unmute,
    Kind::Label,
    Kind::Note,
    Kind::Report,
    Kind::Seen,
    Kind::Delay,
    Kind::Mark,
];

const fn caller(who: Who) -> (&'static str, As) {
    match who {
        Who::Citizen => ("ana", As::Citizen),
        Who::ModeratorAsCitizen => ("mod", As::Citizen),
        Who::AdminAsCitizen => ("capo", As::Citizen),
        Who::Impostor => ("ana", As::Staff),
        Who::Moderator => ("mod", As::Staff),
        Who::Official => ("dora", As::Staff),
        Who::Producer => ("pia", As::Staff),
        Who::Admin => ("capo", As::Staff),
    }
}

#[test]
fn every_role_may_do_in_every_state_what_the_table_says_and_nothing_else() {
    for kind in kinds::all() {
        for who in EVERYBODY {
            for setting in Setting::ALL {
                let (name, acts) = caller(who);
                // The question is the sender's own, so that nothing but the right is in the way.
                let mut scene = scene(State::Pending, setting, name).expect("it can wait anywhere");
                let before = scene.session.clone();
                let command = scene.command(kind);
                let code = scene.send(name, acts, command).err().map(|refusal| refusal.code());
                let case = format!("{kind:?} by {who:?} in {setting:?}");
                let refused = code == Some(Code::NotAllowed);
                assert_eq!(refused, !may(kind).contains(&who), "{case}: {code:?}");
                if refused {
                    assert_eq!(before, scene.session, "{case}");
                }
                let shut = [Some(Code::Closed), Some(Code::NotFound)].contains(&code);
                if may(kind).contains(&who) && !shut {
                    let not_yet = code == Some(Code::NotYet);
                    assert_eq!(not_yet, NOT_YET.contains(&kind), "{case}: {code:?}");
                }
            }
        }
    }
}
