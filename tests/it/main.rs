//! Black-box tests: stories, properties and the tidiness of the house.

mod check;
mod examples;
mod plug;
mod rules_stories;
