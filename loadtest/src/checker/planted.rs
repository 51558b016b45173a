//! The checker's own tests: an honest evening is clean, each kind of violation is planted and
//! found as that kind, and what only looks like one is let pass.

mod counted;
mod honest;
mod replies;
mod resting;
mod secret;
mod shown;
