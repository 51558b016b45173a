//! Black-box tests: stories, properties and the tidiness of the house.

mod check;
mod crowd;
mod examples;
mod kinds;
mod plug;
mod record;
mod rules_bounds;
mod rules_house;
mod rules_ids;
mod rules_properties;
mod rules_rights;
mod rules_states;
mod rules_stories;
mod scene;
mod storytelling;
mod tidy;
mod views;
