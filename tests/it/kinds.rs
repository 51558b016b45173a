//! Every kind of command, once, in the order of the protocol's tables.

use filodiretto::qa::Kind;

/// All of them. A new one does not compile until it has its place here, and then each table that
/// is tried whole wants a row for it.
pub(crate) fn all() -> Vec<Kind> {
    std::iter::successors(Some(Kind::Ask), |kind| after(*kind)).collect()
}

const fn after(kind: Kind) -> Option<Kind> {
    Some(match kind {
        Kind::Ask => Kind::Enter,
        Kind::Enter => Kind::Check,
        Kind::Check => Kind::Edit,
        Kind::Edit => Kind::Withdraw,
        Kind::Withdraw => Kind::Vote,
        Kind::Vote => Kind::Report,
        Kind::Report => Kind::Claim,
        Kind::Claim => Kind::Release,
        Kind::Release => Kind::Approve,
        Kind::Approve => Kind::Dismiss,
        Kind::Dismiss => Kind::Restore,
        Kind::Restore => Kind::Revise,
        Kind::Revise => Kind::Merge,
        Kind::Merge => Kind::Unmerge,
        Kind::Unmerge => Kind::Label,
        Kind::Label => Kind::Note,
        Kind::Note => Kind::Assign,
        Kind::Assign => Kind::Queue,
        Kind::Queue => Kind::Unqueue,
        Kind::Unqueue => Kind::Later,
        Kind::Later => Kind::OnAir,
        Kind::OnAir => Kind::Next,
        Kind::Next => Kind::OffAir,
        Kind::OffAir => Kind::Answered,
        Kind::Answered => Kind::Answer,
        Kind::Answer => Kind::Seen,
        Kind::Seen => Kind::Mute,
        Kind::Mute => Kind::Unmute,
        Kind::Unmute => Kind::Policy,
        Kind::Policy => Kind::Rescreen,
        Kind::Rescreen => Kind::Open,
        Kind::Open => Kind::Close,
        Kind::Close => Kind::End,
        Kind::End => Kind::Reopen,
        Kind::Reopen => Kind::Undo,
        Kind::Undo => Kind::Overlay,
        Kind::Overlay => Kind::Delay,
        Kind::Delay => Kind::Mark,
        Kind::Mark => Kind::TakeBack,
        Kind::TakeBack => Kind::Forget,
        Kind::Forget => Kind::Describe,
        Kind::Describe => Kind::Invite,
        Kind::Invite => Kind::Uninvite,
        Kind::Uninvite => Kind::Join,
        Kind::Join => return None,
    })
}
