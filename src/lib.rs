//! Filo Diretto, the direct line between citizens and their officials: the map of the house.
//!
//! Imports run one way, from the bottom of this list to its top; `tests/it/tidy.rs` keeps it so.

pub mod qa;
pub mod screening; // A text in, findings and a verdict out. Pure; stands alone. // The rules: command, event, session, house, view, refusal. Pure.
