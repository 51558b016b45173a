//! The gate: who may come in, as whom, and how fast.
//!
//! | file | what it answers |
//! | --- | --- |
//! | [`identity`] | who is this? One signed token says only that, never what they may do |
//! | [`secret`] | how do we keep what must not be seen: redacted, compared by hash |
//! | [`presented`] | what did the request show: a cookie, a bearer token, a subprotocol |
//! | [`keys`] | the identity key, the administrator's token, and their files |
//! | [`origin`] | which page is asking, and is it ours |
//!
//! The gate knows no journal, so it knows no grants: the `http` room combines what stands here with
//! what a session says. Rules of the evening (quotas, slow mode, mutes) are not here but in
//! [`crate::qa`]: the gate limits traffic, and is forgotten at every restart.

pub mod identity;
pub mod keys;
pub mod origin;
pub mod presented;
pub mod secret;

pub use identity::{Identities, Identity};
