//! Black-box tests: stories, properties, faults, and the tidiness of the house.

mod check;
mod crowd;
mod examples;
mod faults;
mod fixtures;
mod forgetting;
mod http_api;
mod http_evening;
mod http_gate;
mod http_lines;
mod kinds;
mod plug;
mod powercut;
mod rules_ids;
mod rules_properties;
mod rules_rights;
mod rules_states;
mod rules_stories;
mod scene;
mod storytelling;
mod support;
mod tidy;
