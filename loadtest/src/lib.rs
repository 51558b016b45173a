//! Crowds on demand, measured, and the checker that judges every run.
//!
//! [`visitor`] is a client as a real page is one, and [`host`] the press office; [`history`] is what the clients of a run sent and received; [`checker`] reads it beside the
//! journal and says what is wrong. Both know the protocol and nothing of the server's code: a
//! second opinion must not repeat the first one's mistakes.

pub mod bench;
pub mod chance;
pub mod checker;
pub mod dump;
pub mod evening;
pub mod fanout;
pub mod history;
pub mod host;
pub mod http;
pub mod percentiles;
pub mod replay;
pub mod screening;
mod size;
pub mod upgrade;
pub mod visitor;
pub mod writers;
