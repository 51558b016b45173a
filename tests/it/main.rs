//! Black-box tests: stories, properties and the tidiness of the house.

mod check;
mod crowd;
mod examples;
mod http_evening;
mod kinds;
mod plug;
mod rules_ids;
mod rules_properties;
mod rules_rights;
mod rules_states;
mod rules_stories;
mod scene;
mod support;
mod tidy;
mod wire_disk;
mod wire_evening;
mod wire_ground;
mod wire_hall;
mod wire_hostile;
mod wire_kill;
mod wire_replay;
