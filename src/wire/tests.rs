//! What travels, held to files that other languages read too.

mod api;
mod evening;
mod fixtures;
mod hostile;
mod typescript;
mod wishes;
