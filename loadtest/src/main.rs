//! Crowd.
fn main() {}
