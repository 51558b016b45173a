//! What travels, held to files that other languages read too.

mod api;
mod documents;
mod evening;
mod fixtures;
mod hostile;
mod json_schema;
mod protocol;
mod schema;
mod typescript;
mod wishes;
