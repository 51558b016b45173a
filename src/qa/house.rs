//! The house: which sessions there are, who administers them, what the city says of itself.
//!
//! A journal like any other, with a `decide` and an `apply` of its own. First come, first served:
//! a slug belongs to the command that stands first in the journal's order.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::colour::{Colour, LEGIBLE};
use super::command::Decision;
use super::event::{Actor, Entry, Erases, Facts, On, Recorded};
use super::guarded::Guard;
use super::id::{CommandId, PersonId, Rev, SessionId, Slug, Timestamp};
use super::malformed::Malformed;
use super::refusal::Refusal;
use super::session::Outcome;
use crate::screening;

/// What every public page shows of the city.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
pub struct City {
    /// Its name, such as "Comune di …".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub name: Option<String>,
    /// How to reach it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub contact: Option<String>,
    /// Its privacy notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub privacy_url: Option<String>,
    /// Its accessibility statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub accessibility_url: Option<String>,
    /// Its legal notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub legal_url: Option<String>,
    /// Its colour, `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub colour: Option<String>,
    /// Its coat of arms: an image of this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub coat_of_arms: Option<String>,
}

/// Bound: characters of what the city says of itself; bytes of an address.
const TEXT_MAX: usize = 200;
const LINK_BYTES: usize = 500;
/// Bound: bytes of a coat of arms, as a data address.
const ARMS_BYTES: usize = 64 * 1024;

impl City {
    /// What must be there before a session other than a rehearsal may open.
    pub fn missing(&self) -> Vec<&'static str> {
        let fields = [
            ("name", &self.name),
            ("contact", &self.contact),
            ("privacy_url", &self.privacy_url),
            ("accessibility_url", &self.accessibility_url),
            ("legal_url", &self.legal_url),
        ];
        fields.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect()
    }

    /// This, with what `change` names; an empty text takes a field away.
    fn with(&self, change: &Self) -> Result<Self, Refusal> {
        let mut city = self.clone();
        set(&mut city.name, change.name.as_deref(), |text| line(text, "name"))?;
        set(&mut city.contact, change.contact.as_deref(), |text| line(text, "contact"))?;
        set(&mut city.privacy_url, change.privacy_url.as_deref(), |text| {
            link(text, "privacy_url")
        })?;
        set(&mut city.accessibility_url, change.accessibility_url.as_deref(), |text| {
            link(text, "accessibility_url")
        })?;
        set(&mut city.legal_url, change.legal_url.as_deref(), |text| link(text, "legal_url"))?;
        set(&mut city.colour, change.colour.as_deref(), colour)?;
        set(&mut city.coat_of_arms, change.coat_of_arms.as_deref(), arms)?;
        Ok(city)
    }
}

fn set(
    field: &mut Option<String>,
    change: Option<&str>,
    check: impl Fn(&str) -> Result<String, Refusal>,
) -> Result<(), Refusal> {
    match change {
        None => {}
        Some("") => *field = None,
        Some(text) => *field = Some(check(text)?),
    }
    Ok(())
}

fn line(text: &str, what: &'static str) -> Result<String, Refusal> {
    let text = screening::clean(text);
    match screening::length(&text) {
        0 => Err(Refusal::Empty { what }),
        length if length > TEXT_MAX => Err(Refusal::TooLong { what, most: TEXT_MAX }),
        _ => Ok(text),
    }
}

fn link(text: &str, what: &'static str) -> Result<String, Refusal> {
    let web = text.starts_with("https://") || text.starts_with("http://");
    if web && text.len() <= LINK_BYTES && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    {
        Ok(text.to_owned())
    } else {
        Err(Refusal::Malformed(Malformed::new(
            format!("`{what}` è un indirizzo che comincia con https://."),
            format!("`{what}` is an address that starts with https://."),
        )))
    }
}

/// White text stands on it, and it stands as text on white.
fn colour(text: &str) -> Result<String, Refusal> {
    let colour: Colour = text.parse().map_err(|_| {
        Refusal::Malformed(Malformed::new(
            "`colour` è un # con sei cifre esadecimali.",
            "`colour` is six hexadecimal digits after a #.",
        ))
    })?;
    let contrast = colour.contrast_with_white();
    if contrast >= LEGIBLE {
        return Ok(colour.to_string());
    }
    // Cut, not rounded: 4.48 is not 4.5.
    let contrast = (contrast * 10.0).floor() / 10.0;
    let darker = colour.legible();
    Err(Refusal::Malformed(Malformed::new(
        format!(
            "`colour`: il contrasto con il bianco è {}:1, e per leggere bene serve almeno {}:1. \
             Il più vicino che va bene è {darker}.",
            contrast.to_string().replace('.', ","),
            LEGIBLE.to_string().replace('.', ","),
        ),
        format!(
            "`colour`: its contrast with white is {contrast}:1, and to be legible it must be at \
             least {LEGIBLE}:1. The nearest that passes is {darker}."
        ),
    )))
}

fn arms(text: &str) -> Result<String, Refusal> {
    let image = text.starts_with("data:image/png;base64,") || text.starts_with("data:image/webp;");
    if image && text.len() <= ARMS_BYTES {
        Ok(text.to_owned())
    } else {
        Err(Refusal::Malformed(Malformed::new(
            format!(
                "`coat_of_arms` è un'immagine PNG o WebP come indirizzo data: di al massimo {ARMS_BYTES} byte."
            ),
            format!(
                "`coat_of_arms` is a PNG or WebP image as a data: address of at most {ARMS_BYTES} bytes."
            ),
        )))
    }
}

/// A wish about the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HouseCommand {
    /// A new session, under a slug that nobody has.
    CreateSession {
        /// Its id.
        session: SessionId,
        /// Its name in addresses.
        slug: Slug,
    },
    /// What the city says of itself: only what changes.
    DescribeCity {
        /// The change; an empty text takes a field away.
        change: City,
    },
    /// Somebody may administer the house.
    NameAdministrator {
        /// Who.
        person: PersonId,
        /// As the record calls them.
        name: String,
    },
    /// Somebody may not any more.
    RemoveAdministrator {
        /// Who.
        person: PersonId,
    },
}

/// A fact about the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum HouseEvent {
    /// A session was listed under a slug.
    SessionListed {
        /// Its id.
        session: SessionId,
        /// Its name in addresses, for ever.
        slug: Slug,
    },
    /// What the city says of itself; holds all of it.
    CityDescribed {
        /// From now on.
        city: City,
    },
    /// Somebody may administer the house.
    AdministratorNamed {
        /// Who.
        person: PersonId,
        /// As the record calls them.
        name: String,
    },
    /// Somebody may not any more.
    AdministratorRemoved {
        /// Who.
        person: PersonId,
    },
}

impl Facts for HouseEvent {
    fn guard<G: Guard>(&mut self, _id: CommandId, _by: Actor, _guard: &mut G) {}

    fn erases(&self) -> Option<Erases> {
        None
    }
}

/// The house, as far as its journal has been applied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct House {
    sessions: BTreeMap<Slug, SessionId>,
    city: City,
    city_rev: Rev,
    administrators: BTreeMap<PersonId, String>,
    administrators_rev: Rev,
    commands: BTreeSet<(Option<PersonId>, CommandId)>,
    last_at: Timestamp,
}

impl House {
    /// The sessions there are, by slug.
    pub const fn sessions(&self) -> &BTreeMap<Slug, SessionId> {
        &self.sessions
    }

    /// What the city says of itself.
    pub const fn city(&self) -> &City {
        &self.city
    }

    /// Who administers the house, and as whom the record calls them.
    pub const fn administrators(&self) -> &BTreeMap<PersonId, String> {
        &self.administrators
    }

    /// When the last command was decided.
    pub const fn last_at(&self) -> Timestamp {
        self.last_at
    }

    /// Decides a wish of somebody, or of the operator (`by` is `None`), who needs no right.
    pub fn decide(
        &self,
        by: Option<PersonId>,
        id: CommandId,
        command: &HouseCommand,
    ) -> Result<Decision<HouseEvent>, Refusal> {
        if by.is_some_and(|person| !self.administrators.contains_key(&person)) {
            return Err(Refusal::NotAllowed);
        }
        if self.commands.contains(&(by, id)) {
            return Ok(Decision::Done);
        }
        let (mut on, event) = match command {
            HouseCommand::CreateSession { session, slug } => {
                if self.sessions.contains_key(slug) {
                    return Err(Refusal::IdTaken { what: "slug" });
                }
                let event = HouseEvent::SessionListed { session: *session, slug: slug.clone() };
                (vec![On::SlugFree(slug.clone())], event)
            }
            HouseCommand::DescribeCity { change } => {
                let city = self.city.with(change)?;
                (vec![On::City(self.city_rev)], HouseEvent::CityDescribed { city })
            }
            HouseCommand::NameAdministrator { person, name } => {
                let name = line(name, "name")?;
                (vec![], HouseEvent::AdministratorNamed { person: *person, name })
            }
            HouseCommand::RemoveAdministrator { person } => {
                if !self.administrators.contains_key(person) {
                    return Err(Refusal::NotFound { what: "person" });
                }
                (vec![], HouseEvent::AdministratorRemoved { person: *person })
            }
        };
        if by.is_some() {
            on.push(On::Administrators(self.administrators_rev));
        }
        Ok(Decision::Record { on, events: vec![event] })
    }

    /// Takes one entry of the house's journal. Cannot fail.
    pub fn apply(&mut self, entry: &Entry<HouseEvent>) -> Vec<Outcome> {
        entry.commands.iter().map(|command| self.command(command)).collect()
    }

    fn command(&mut self, command: &Recorded<HouseEvent>) -> Outcome {
        let by = match command.by {
            Actor::Staff(person) | Actor::Citizen(person) => Some(person),
            Actor::House | Actor::Clock | Actor::Crowd => None,
        };
        if self.commands.contains(&(by, command.id)) {
            return Outcome::Repeated;
        }
        if !command.on.iter().all(|on| self.still(on)) {
            return Outcome::Moved;
        }
        self.commands.insert((by, command.id));
        self.last_at = self.last_at.max(command.at);
        for event in &command.events {
            self.event(event);
        }
        Outcome::Counted
    }

    fn still(&self, on: &On) -> bool {
        match on {
            On::SlugFree(slug) => !self.sessions.contains_key(slug),
            On::City(rev) => self.city_rev == *rev,
            On::Administrators(rev) => self.administrators_rev == *rev,
            // A session's: nothing in the house's journal rests on them.
            On::Question(..)
            | On::Stage(_)
            | On::Head(_)
            | On::Session(_)
            | On::Policy(_)
            | On::Grant(_)
            | On::Invitation(_) => false,
        }
    }

    fn event(&mut self, event: &HouseEvent) {
        match event {
            HouseEvent::SessionListed { session, slug } => {
                self.sessions.entry(slug.clone()).or_insert(*session);
            }
            HouseEvent::CityDescribed { city } => {
                self.city = city.clone();
                self.city_rev = self.city_rev.next();
            }
            HouseEvent::AdministratorNamed { person, name } => {
                self.administrators.insert(*person, name.clone());
                self.administrators_rev = self.administrators_rev.next();
            }
            HouseEvent::AdministratorRemoved { person } => {
                self.administrators.remove(person);
                self.administrators_rev = self.administrators_rev.next();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(n: u128, slug: &str) -> HouseCommand {
        let slug = slug.parse().expect("a slug");
        HouseCommand::CreateSession { session: SessionId::from_u128(n), slug }
    }

    fn record(n: u128, decision: Decision<HouseEvent>) -> Entry<HouseEvent> {
        let Decision::Record { on, events } = decision else { panic!("nothing to record") };
        let id = CommandId::from_u128(n);
        let at = Timestamp(0);
        let command = Recorded { id, by: Actor::House, at, on, head: None, events };
        Entry { v: 1, id: super::super::id::EntryId::from_u128(n), commands: vec![command] }
    }

    #[test]
    fn of_two_who_want_a_slug_the_first_in_the_journal_has_it() {
        let mut house = House::default();
        let ids = [1, 2].map(CommandId::from_u128);
        let [one, two] = [(1, ids[0]), (2, ids[1])]
            .map(|(n, id)| record(n, house.decide(None, id, &create(n, "civica")).expect("free")));
        assert_eq!(house.apply(&one), [Outcome::Counted]);
        assert_eq!(house.apply(&two), [Outcome::Moved]);
        assert_eq!(house.apply(&one), [Outcome::Repeated]);
        assert_eq!(house.sessions().len(), 1);
        let again = house.decide(None, ids[1], &create(2, "civica"));
        assert_eq!(again, Err(Refusal::IdTaken { what: "slug" }));
        assert_eq!(house.decide(None, ids[0], &create(1, "civica")), Ok(Decision::Done));
    }

    #[test]
    fn only_administrators_say_what_the_city_is() {
        let house = House::default();
        let change = City { name: Some("Comune".to_owned()), ..City::default() };
        let wish = HouseCommand::DescribeCity { change };
        let anybody = PersonId::from_u128(7);
        let id = CommandId::from_u128(1);
        assert_eq!(house.decide(Some(anybody), id, &wish), Err(Refusal::NotAllowed));
        assert_eq!(house.city().missing().len(), 5);
    }

    #[test]
    fn an_address_that_is_none_is_refused_by_its_name() {
        let house = House::default();
        let change =
            City { privacy_url: Some("javascript:alert(1)".to_owned()), ..City::default() };
        let wish = HouseCommand::DescribeCity { change };
        let refusal = house.decide(None, CommandId::from_u128(1), &wish).expect_err("no address");
        assert!(refusal.detail(crate::qa::Language::English).contains("privacy_url"));
    }
    #[test]
    fn a_colour_on_which_white_is_not_legible_is_refused_with_one_on_which_it_is() {
        let house = House::default();
        let wish = |colour: &str| HouseCommand::DescribeCity {
            change: City { colour: Some(colour.to_owned()), ..City::default() },
        };
        let id = CommandId::from_u128(1);
        let refusal = house.decide(None, id, &wish("#FFCC00")).expect_err("too light");
        let italian = refusal.detail(crate::qa::Language::Italian);
        let english = refusal.detail(crate::qa::Language::English);
        assert!(italian.contains("1,5:1") && italian.contains("4,5:1"), "{italian}");
        assert!(english.contains("1.5:1") && english.contains("4.5:1"), "{english}");
        let at = english.rfind('#').expect("a colour");
        let proposed = &english[at..at + 7];
        assert!(italian.contains(proposed), "{italian}");
        house.decide(None, id, &wish(proposed)).expect("the one proposed");
        let malformed = house.decide(None, id, &wish("red")).expect_err("no colour");
        assert!(malformed.detail(crate::qa::Language::English).contains("six hexadecimal"));
    }
}
