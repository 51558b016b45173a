//! Black-box tests: stories, properties and the tidiness of the house.

mod check;
mod examples;
mod http_api;
mod http_evening;
mod http_gate;
mod http_lines;
mod plug;
mod rules_stories;
mod support;
