//! Filo Diretto, the direct line between citizens and their officials: the map of the house.
//!
//! | room | what lives there |
//! | --- | --- |
//! | [`telemetry`] | logs, and every metric in one table; stands alone |
//! | [`screening`] | a text in, findings and a verdict out; pure, stands alone |
//! | [`qa`] | the rules: command, event, session, house, view, refusal; pure |
//! | [`wire`] | what travels: the only place that knows messages |
//! | [`story`] | an evening as a script: what people do, and what each of them sees |
//! | [`lines`] | screening and the search for similar questions on the command line: JSON lines in and out |
//! | [`journal`] | the durable, ordered, sealed record of what happened |
//! | [`gate`] | who may come in, as whom, how fast: identities, origins, addresses, limits, seats |
//! | [`config`] | default < file < environment < flag; every key with its unit and reason |
//! | [`doctor`] | whether this machine is fit for an evening, seen from within and from outside |
//! | [`hub`] | live sessions: one task a session, many cheap handles |
//! | [`archive`] | what is left after the night: the record, the proof of it, the words of past ones |
//! | [`backup`] | copies of the record that are kept elsewhere, and the way back |
//! | [`play`] | a script played against a journal on disk |
//! | [`http`] | the front of the house: connections, API, socket, pages; wires everything |
//!
//! Imports run one way, from below to above in this table; `tests/it/tidy.rs` keeps it so.

pub mod archive;
pub mod backup;
pub mod config;
pub mod doctor;
pub mod gate;
pub mod http;
pub mod hub;
pub mod journal;
pub mod lines;
pub mod play;
pub mod qa;
pub mod screening;
pub mod story;
pub mod telemetry;
pub mod wire;
