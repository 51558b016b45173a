//! Tokens that a session gives out: invitations, and the key of its overlays.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::gate::secret::{INVITATION_PREFIX, Secret, new_token, random};
use crate::journal::SessionKeys;
use crate::qa::SessionId;

/// What an overlay's key starts with.
const OVERLAY_PREFIX: &str = "fdo_";

/// A new invitation's token: 128 random bits, then the session, which is no secret. So its session
/// is found without an index of all tokens, on every node.
pub(super) fn invitation(session: SessionId) -> Secret {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&random::<16>());
    bytes[16..].copy_from_slice(&session.to_bytes());
    new_token(INVITATION_PREFIX, bytes)
}

/// The session that an invitation's token names.
pub(super) fn session_of(token: &str) -> Option<SessionId> {
    let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(INVITATION_PREFIX)?).ok()?;
    let bytes: [u8; 32] = bytes.try_into().ok()?;
    let session = bytes.last_chunk::<16>()?;
    Some(SessionId::from_u128(u128::from_be_bytes(*session)))
}

/// What an overlay shows so that its reports are believed: the same for all of a session's, on
/// every node, and gone with the session's secret.
pub(super) fn overlay_key(keys: &SessionKeys) -> Secret {
    new_token(OVERLAY_PREFIX, keys.overlay())
}

/// Whether a text may be an overlay's key. Whose, the session says.
pub(super) fn is_overlay_key(token: &str) -> bool {
    token.starts_with(OVERLAY_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_names_its_session_and_is_new_each_time() {
        let session = SessionId::from_u128(7 << 64 | 9);
        let (one, two) = (invitation(session), invitation(session));
        assert_ne!(one.expose(), two.expose());
        assert_eq!(session_of(one.expose()), Some(session));
        for wrong in ["", "fdi_", "fdi_AAAA", &one.expose()[1..], &one.expose()[..40]] {
            assert_eq!(session_of(wrong), None, "{wrong}");
        }
    }
}
