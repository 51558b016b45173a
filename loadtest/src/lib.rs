//! Crowds on demand, measured.
//!
//! [`history`] is what the clients of a run sent and received.

pub mod history;
