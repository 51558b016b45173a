//! Black-box tests: stories, properties, faults, the wire, and the tidiness of the house.

mod check;
mod crowd;
mod examples;
mod faults;
mod fixtures;
mod forgetting;
mod http_evening;
mod kinds;
mod plug;
mod powercut;
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
mod support;
mod tidy;
mod views;
mod written;
