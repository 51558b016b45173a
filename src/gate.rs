//! The gate: who may come in, as whom, and how fast.
//!
//! | file | what it answers |
//! | --- | --- |
//! | [`identity`] | who is this? One signed token says only that, never what they may do |
//! | [`secret`] | how do we keep what must not be seen: redacted, compared by hash |
//! | [`presented`] | what did the request show: a cookie, a bearer token, a subprotocol |
//! | [`keys`] | the identity key, the administrator's token, and their files |
//! | [`origin`] | which page is asking, and is it ours |
//! | [`address`] | where does it come from, and which forwarded address do we believe |
//! | [`network`] | which addresses count as one network |
//! | [`limits`] | how fast may persons and networks go |
//! | [`seats`] | how many connections may stay open, with room kept for staff |
//! | [`tls`] | with which certificate, where no proxy encrypts |
//! | [`budget`] | how much may one seat send |
//!
//! The gate knows no journal, so it knows no grants: the `http` room combines what stands here with
//! what a session says. Rules of the evening (quotas, slow mode, mutes) are not here but in
//! [`crate::qa`]: the gate limits traffic, and is forgotten at every restart.

pub mod address;
pub mod budget;
pub mod identity;
pub mod keys;
pub mod limits;
pub mod network;
pub mod origin;
pub mod presented;
pub mod seats;
pub mod secret;
pub mod tls;

pub use address::Client;
pub use identity::{Identities, Identity};

/// Who does something, as far as traffic is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    /// Where they come from.
    pub client: Client,
    /// Who they are; a visitor who only looks is nobody.
    pub person: Option<Identity>,
    /// Whether they hold a grant here. Staff are outside the limits by network.
    pub staff: bool,
}
