//! Filo Diretto, the direct line between citizens and their officials: the map of the house.
//!
//! Imports run one way, from the bottom of this list to its top; `tests/it/tidy.rs` keeps it so.

pub mod screening; // A text in, findings and a verdict out. Pure; stands alone.
pub mod qa; // The rules: command, event, session, house, view, refusal. Pure.
pub mod journal; // What happened: the durable, ordered, sealed record.
pub mod hub; // Live sessions: one task a session, many cheap handles.
pub mod archive; // What is left after the night: the record, its export and its proof.
pub mod story; // The language of scripts and tests: people, what they do, what they see.
