//! Filo Diretto, the direct line between citizens and their officials: the map of the house.
//!
//! | room | what lives there |
//! | --- | --- |
//! | [`screening`] | a text in, findings and a verdict out; pure, stands alone |
//! | [`qa`] | the rules: command, event, session, house, view, refusal; pure |
//! | [`gate`] | who may come in, as whom, how fast: identities, origins, addresses, limits, seats |
//! | [`config`] | default < file < environment < flag; every key with its unit and reason |
//!
//! Imports run one way, from below to above in this table; `tests/it/tidy.rs` keeps it so.

pub mod config;
pub mod gate;
pub mod qa;
pub mod screening;
