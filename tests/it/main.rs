//! Black-box tests: stories, properties and the tidiness of the house.

mod check;
mod examples;
mod http_evening;
mod plug;
mod rules_stories;
mod support;
