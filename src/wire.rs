//! What travels: the only place that knows messages.
//!
//! [`decode`] makes a command of what a client sent, or says which field is wrong; the functions of
//! [`message`] make frames of what the rules let an audience see; [`body`] does both for the HTTP
//! API. Names and shapes are those of `docs/protocol.md`, and tests hold document, fixtures and
//! TypeScript types to them. Imports `qa` and `screening` only, and does no I/O.

pub mod body;
pub mod client;
pub mod close;
pub mod cursor;
mod decode;
pub mod event;
mod field;
pub mod frame;
mod json;
pub mod message;
pub mod problem;
pub mod receipt;
#[cfg(test)]
mod tests;
mod words;

pub use close::Close;
pub use cursor::Cursor;
pub use decode::{COMMANDS, Incoming, Undecodable, decode, id, named, vote};
pub use frame::Frame;
pub use message::{Screen, ScreenKind, SeatRole, ServerMessage};
pub use problem::{Blocked, Problem, Refused};
pub use receipt::Receipt;

/// Bound: bytes of one message from a client (`protocol.md`); the socket closes with 1009 on more.
pub const MAX_BYTES: usize = 16 * 1024;

/// Everything that travels, as a JSON Schema (draft 2020-12) that programs read: written from the
/// documents beside it, and held to what the code sends by the tests of this room.
pub const SCHEMA: &str = include_str!("../docs/schema.json");
