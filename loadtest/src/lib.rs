//! Crowds on demand, measured, and the checker that judges every run.
//!
//! [`history`] is what the clients of a run sent and received; [`checker`] reads it beside the
//! journal and says what is wrong. Both know the protocol and nothing of the server's code: a
//! second opinion must not repeat the first one's mistakes.

pub mod bench;
pub mod checker;
pub mod history;
pub mod writers;
