//! The house's own journal: sessions and slugs, who administers, what the city says of itself.

use filodiretto::qa::event::ENTRY_VERSION;
use filodiretto::qa::house::City;
use filodiretto::qa::refusal::Code;
use filodiretto::qa::{
    Actor, CommandId, Decision, Entry, EntryId, House, HouseCommand, HouseEvent, On, Outcome,
    PersonId, Recorded, Rev, SessionId, Timestamp,
};

/// A house with its journal, decided and applied by one node.
#[derive(Default)]
struct Node {
    house: House,
    sent: u128,
}

const ANNA: PersonId = PersonId::from_u128(1);
const BEA: PersonId = PersonId::from_u128(2);

impl Node {
    fn decide(&self, by: Option<PersonId>, id: u128, command: &HouseCommand) -> Told {
        let decision = self.house.decide(by, CommandId::from_u128(id), command);
        decision.map_err(|refusal| refusal.code())
    }

    fn record(
        &mut self,
        by: Option<PersonId>,
        id: u128,
        decision: Decision<HouseEvent>,
    ) -> Outcome {
        let Decision::Record { on, events } = decision else { panic!("nothing to record") };
        let id = CommandId::from_u128(id);
        let by = by.map_or(Actor::House, Actor::Staff);
        let at = Timestamp(i64::try_from(self.sent).expect("few"));
        let commands = vec![Recorded { id, by, at, on, head: None, events }];
        let entry = Entry { v: ENTRY_VERSION, id: EntryId::from_u128(self.sent), commands };
        self.house.apply(&entry)[0]
    }

    fn send(&mut self, by: Option<PersonId>, command: &HouseCommand) -> Result<(), Code> {
        self.sent += 1;
        let id = self.sent;
        let decision = self.decide(by, id, command)?;
        assert_eq!(self.record(by, id, decision), Outcome::Counted);
        assert_eq!(self.decide(by, id, command), Ok(Decision::Done), "sent again");
        assert_eq!(self.house.last_at(), Timestamp(i64::try_from(id).expect("few")));
        Ok(())
    }
}

type Told = Result<Decision<HouseEvent>, Code>;

fn name(person: PersonId, name: &str) -> HouseCommand {
    HouseCommand::NameAdministrator { person, name: name.to_owned() }
}

fn create(n: u128, slug: &str) -> HouseCommand {
    let slug = slug.parse().expect("a slug");
    HouseCommand::CreateSession { session: SessionId::from_u128(n), slug }
}

fn describe(set: impl FnOnce(&mut City)) -> HouseCommand {
    let mut change = City::default();
    set(&mut change);
    HouseCommand::DescribeCity { change }
}

#[test]
fn administrators_name_and_remove_each_other() {
    let mut node = Node::default();
    let remove = |person| HouseCommand::RemoveAdministrator { person };
    assert_eq!(node.send(Some(ANNA), &name(BEA, "Bea")), Err(Code::NotAllowed));
    assert_eq!(node.send(None, &name(ANNA, "  Anna  ")), Ok(()));
    assert_eq!(node.send(Some(ANNA), &name(BEA, " ")), Err(Code::Empty));
    assert_eq!(node.send(Some(ANNA), &name(BEA, &"b".repeat(200))), Ok(()));
    assert_eq!(node.send(Some(ANNA), &name(BEA, &"b".repeat(201))), Err(Code::TooLong));
    assert_eq!(node.house.administrators().get(&ANNA).map(String::as_str), Some("Anna"));
    assert_eq!(node.send(Some(BEA), &remove(PersonId::from_u128(9))), Err(Code::NotFound));
    assert_eq!(node.send(Some(BEA), &remove(ANNA)), Ok(()));
    assert_eq!(node.send(Some(ANNA), &create(1, "civica")), Err(Code::NotAllowed));
    assert_eq!(node.send(Some(BEA), &create(1, "civica")), Ok(()));
    assert_eq!(node.house.administrators().len(), 1);
}

#[test]
fn what_somebody_decided_who_is_no_administrator_any_more_is_void() {
    let mut node = Node::default();
    node.send(None, &name(ANNA, "Anna")).expect("the operator may");
    node.send(None, &name(BEA, "Bea")).expect("the operator may");
    let late = node.decide(Some(ANNA), 90, &create(1, "civica")).expect("she may");
    let remove = HouseCommand::RemoveAdministrator { person: ANNA };
    node.send(Some(BEA), &remove).expect("she may");
    assert_eq!(node.record(Some(ANNA), 90, late), Outcome::Moved);
    // Naming somebody moves the administrators, too.
    let late = node.decide(Some(BEA), 91, &create(1, "civica")).expect("she may");
    node.send(None, &name(ANNA, "Anna")).expect("the operator may");
    assert_eq!(node.record(Some(BEA), 91, late), Outcome::Moved);
    assert!(node.house.sessions().is_empty());
}

#[test]
fn of_two_who_describe_the_city_at_once_the_first_wins() {
    let mut node = Node::default();
    let one = describe(|city| city.name = Some("Comune uno".to_owned()));
    let two = describe(|city| city.name = Some("Comune due".to_owned()));
    let late = node.decide(None, 90, &two).expect("the operator may");
    node.send(None, &one).expect("the operator may");
    assert_eq!(node.record(None, 90, late), Outcome::Moved);
    assert_eq!(node.house.city().name.as_deref(), Some("Comune uno"));
}

#[test]
fn the_city_says_what_it_must_before_a_session_may_open() {
    let mut node = Node::default();
    let url = "https://comune.example".to_owned();
    let all = ["name", "contact", "privacy_url", "accessibility_url", "legal_url"];
    assert_eq!(node.house.city().missing(), all);
    let steps: [fn(&mut City, String); 5] = [
        |city, _| city.name = Some("Comune di Roccalieve".to_owned()),
        |city, _| city.contact = Some("urp@comune.example".to_owned()),
        |city, url| city.privacy_url = Some(url),
        |city, url| city.accessibility_url = Some(url),
        |city, url| city.legal_url = Some(url),
    ];
    for (n, step) in steps.into_iter().enumerate() {
        let command = describe(|city| step(city, url.clone()));
        assert_eq!(node.send(None, &command), Ok(()));
        assert_eq!(node.house.city().missing(), all[n + 1..]);
    }
    // An empty text takes a field away; the others stay.
    assert_eq!(node.send(None, &describe(|city| city.contact = Some(String::new()))), Ok(()));
    assert_eq!(node.house.city().missing(), ["contact"]);
}

#[test]
fn what_the_city_says_has_its_bounds() {
    let mut node = Node::default();
    let mut says = |set: &dyn Fn(&mut City)| node.send(None, &describe(set)).err();
    let long = |n: usize| Some("a".repeat(n));
    let link = |n: usize| Some(format!("https://{}", "a".repeat(n - 8)));
    assert_eq!(says(&|city| city.name = long(200)), None);
    assert_eq!(says(&|city| city.name = long(201)), Some(Code::TooLong));
    assert_eq!(says(&|city| city.name = Some(" \n ".to_owned())), Some(Code::Empty));
    assert_eq!(says(&|city| city.contact = long(201)), Some(Code::TooLong));
    assert_eq!(says(&|city| city.legal_url = link(500)), None);
    assert_eq!(says(&|city| city.legal_url = link(501)), Some(Code::Malformed));
    assert_eq!(says(&|city| city.legal_url = Some("http://a.example".to_owned())), None);
    for wrong in ["ftp://a", "https://a b", "https://a\u{7}", "javascript:alert(1)"] {
        let wrong = || Some(wrong.to_owned());
        assert_eq!(says(&|city| city.privacy_url = wrong()), Some(Code::Malformed));
        assert_eq!(says(&|city| city.accessibility_url = wrong()), Some(Code::Malformed));
    }
    assert_eq!(says(&|city| city.colour = Some("#00775A".to_owned())), None);
    for wrong in ["00AA7f", "#00AA7", "#00775A0", "#00AA7g", "red"] {
        let wrong = || Some(wrong.to_owned());
        assert_eq!(says(&|city| city.colour = wrong()), Some(Code::Malformed));
    }
    let arms = |start: &str, n: usize| Some(start.to_owned() + &"A".repeat(n - start.len()));
    let png = "data:image/png;base64,";
    assert_eq!(says(&|city| city.coat_of_arms = arms(png, 65_536)), None);
    assert_eq!(says(&|city| city.coat_of_arms = arms(png, 65_537)), Some(Code::Malformed));
    assert_eq!(says(&|city| city.coat_of_arms = arms("data:image/webp;base64,", 99)), None);
    let svg = "data:image/svg+xml;base64,";
    assert_eq!(says(&|city| city.coat_of_arms = arms(svg, 99)), Some(Code::Malformed));
    assert_eq!(node.house.city().colour.as_deref(), Some("#00775a"));
}

#[test]
fn nothing_in_the_houses_journal_rests_on_what_is_a_sessions() {
    let mut node = Node::default();
    for on in [On::Stage(Rev(0)), On::Head(None), On::Session(Rev(0)), On::Policy(1)] {
        let events = vec![HouseEvent::AdministratorRemoved { person: ANNA }];
        let decision = Decision::Record { on: vec![on], events };
        node.sent += 1;
        assert_eq!(node.record(None, node.sent, decision), Outcome::Moved);
    }
}
