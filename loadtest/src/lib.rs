//! Crowds on demand, measured, and the checker that judges every run.

pub mod bench;
pub mod writers;
