//! Seats are counted exactly, and always come back.

use super::*;
use crate::gate::{Client, Identity};
use proptest::prelude::*;

const LIMITS: SeatLimits =
    SeatLimits { total: 100, staff: 10, per_person: 3, per_staff: 5, per_network: 20 };

impl Seats {
    fn anew(&self, who: &Who) -> Result<Seat, NoSeat> {
        self.take(who, Comes::Anew)
    }
}

fn who(person: Option<u8>, address: &str, staff: bool) -> Who {
    let network = Network::of(address.parse().expect("an address"));
    let person = person.map(|byte| Identity::from_bytes([byte; 16]));
    Who { client: Client { network, open: false }, person, staff }
}

#[test]
fn a_person_has_so_many_seats_and_a_closed_one_is_free_again() {
    let seats = Seats::new(LIMITS);
    let ana = who(Some(1), "192.0.2.1", false);
    let mut held: Vec<Seat> = (0..3).map(|_| seats.anew(&ana).expect("a seat")).collect();
    assert_eq!(seats.anew(&ana).err(), Some(NoSeat::Person));
    assert!(seats.anew(&who(Some(2), "192.0.2.1", false)).is_ok());
    held.pop();
    assert!(seats.anew(&ana).is_ok());
    drop(held);
    assert_eq!(seats.taken(), 0);
    assert!(seats.0.persons.is_empty() && seats.0.networks.is_empty());
}

#[test]
fn a_network_has_so_many_seats_but_staff_and_open_networks_do_not_count() {
    let seats = Seats::new(LIMITS);
    let visitor = who(None, "192.0.2.1", false);
    let _crowd: Vec<Seat> = (0..20).map(|_| seats.anew(&visitor).expect("a seat")).collect();
    assert_eq!(seats.anew(&visitor).err(), Some(NoSeat::Network));
    let moderator = who(Some(9), "192.0.2.1", true);
    let _staff: Vec<Seat> = (0..5).map(|_| seats.anew(&moderator).expect("a seat")).collect();
    assert_eq!(seats.anew(&moderator).err(), Some(NoSeat::Person));
    let mut open = visitor;
    open.client.open = true;
    let _open = seats.anew(&open).expect("limits are lifted there");
    assert_eq!(seats.taken(), 26, "refused ones took nothing");
}

#[test]
fn one_subscriber_with_a_48_is_not_sixty_five_thousand_networks() {
    let seats = Seats::new(SeatLimits { total: 10_000, per_network: 2, ..LIMITS });
    let take = |n: u32| seats.anew(&who(None, &format!("2001:db8:0:{n:x}::1"), false));
    let held: Vec<Seat> = (0..1000).filter_map(|n| take(n).ok()).collect();
    assert_eq!(held.len(), 16, "eight networks' worth, not a thousand");
    assert!(seats.anew(&who(None, "2001:db8:1::1", false)).is_ok(), "the neighbour is let in");
}

#[test]
fn the_last_seats_are_for_staff() {
    let seats = Seats::new(SeatLimits { per_network: 1000, ..LIMITS });
    let visitor = who(None, "192.0.2.1", false);
    let back = || seats.take(&visitor, Comes::Back);
    let _crowd: Vec<Seat> = (0..90).map(|_| back().expect("a seat")).collect();
    assert!(matches!(seats.anew(&visitor), Err(NoSeat::Full(_))));
    let _staff: Vec<Seat> = (0..10)
        .map(|n| seats.anew(&who(Some(n), "192.0.2.1", true)).expect("kept for staff"))
        .collect();
    assert!(matches!(seats.anew(&who(Some(99), "192.0.2.1", true)), Err(NoSeat::Full(_))));
    assert!(
        matches!(seats.take(&visitor, Comes::Back), Err(NoSeat::Full(_))),
        "also who comes back"
    );
}

#[test]
fn who_comes_back_finds_a_seat_where_a_newcomer_does_not() {
    let seats = Seats::new(SeatLimits { per_network: 1000, ..LIMITS });
    let visitor = who(None, "192.0.2.1", false);
    // Of the ninety for citizens four are for those who come back.
    let mut crowd: Vec<Seat> = (0..86).map(|_| seats.anew(&visitor).expect("a seat")).collect();
    assert!(matches!(seats.anew(&visitor), Err(NoSeat::Full(_))));
    assert!(seats.must_have_one(Comes::Anew).is_err() && seats.must_have_one(Comes::Back).is_ok());
    let back = || seats.take(&visitor, Comes::Back);
    crowd.extend((0..4).map(|_| back().expect("kept for who comes back")));
    assert!(back().is_err() && seats.must_have_one(Comes::Back).is_err());
    // As many must go as came back before the next newcomer sits.
    crowd.truncate(86);
    assert!(seats.anew(&visitor).is_err());
    crowd.truncate(85);
    assert!(seats.must_have_one(Comes::Anew).is_ok() && seats.anew(&visitor).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_crowd_that_found_no_seat_asks_again_one_by_one() {
    let seats = Seats::new(LIMITS);
    let (most, now) = ((MOST.as_millis() / BETWEEN.as_millis()) as usize, Instant::now());
    let told: Vec<Duration> = (0..most).map(|_| seats.ask_again(now)).collect();
    assert_eq!(told[0], LEAST, "who is alone");
    let apart = told.windows(2).map(|two| two[1] - two[0]);
    assert!(apart.take(10_000).all(|apart| apart == BETWEEN), "no two at the same moment");
    assert_eq!(told.last(), Some(&MOST), "and nobody never");
    tokio::time::advance(MOST * 2).await;
    assert_eq!(seats.ask_again(Instant::now()), LEAST, "once nobody waits any more");
}

#[test]
fn the_last_descriptors_are_for_staff() {
    let doors = Doors::new(4, 1);
    let open: Vec<Admitted> = (0..5).map(|_| doors.admit()).collect();
    let words: Vec<&str> = open
        .iter()
        .map(|admitted| match admitted {
            Admitted::Anybody(_) => "anybody",
            Admitted::StaffOnly(_) => "staff",
            Admitted::Nobody => "nobody",
        })
        .collect();
    assert_eq!(words, ["anybody", "anybody", "anybody", "staff", "nobody"]);
    drop(open);
    assert_eq!(doors.taken(), 0);
    assert!(descriptors().is_some_and(|most| most > 2));
}

#[test]
fn under_many_threads_the_count_stays_exact() {
    let seats = Seats::new(LIMITS);
    let most = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8_u8 {
            let (seats, most) = (seats.clone(), &most);
            scope.spawn(move || {
                for round in 0..2000_usize {
                    let one = seats.anew(&who(Some(thread % 3), "192.0.2.1", false));
                    let two = seats.anew(&who(None, "2001:db8::1", round % 7 == 0));
                    most.fetch_max(seats.taken(), Ordering::Relaxed);
                    drop((two, one));
                }
            });
        }
    });
    assert_eq!(seats.taken(), 0);
    assert!(most.load(Ordering::Relaxed) <= LIMITS.total);
    assert!(seats.0.persons.is_empty() && seats.0.networks.is_empty() && seats.0.wider.is_empty());
}

proptest! {
    #[test]
    fn no_limit_is_ever_passed_and_everything_comes_back(
        steps in proptest::collection::vec((0..6_u8, 0..4_u8, any::<bool>(), any::<bool>()), 1..300),
    ) {
        let limits = SeatLimits { total: 20, staff: 4, per_person: 3, per_staff: 5, per_network: 6 };
        let seats = Seats::new(limits);
        let mut held: Vec<(u8, u8, bool, Seat)> = Vec::new();
        for (person, network, staff, leave) in steps {
            if leave && !held.is_empty() {
                drop(held.swap_remove(usize::from(person) % held.len()));
            } else {
                let somebody = who(Some(person), &format!("192.0.2.{network}"), staff);
                if let Ok(seat) = seats.anew(&somebody) {
                    held.push((person, network, staff, seat));
                }
            }
            prop_assert_eq!(seats.taken(), held.len());
            prop_assert!(held.len() <= limits.total);
            for n in 0..6 {
                prop_assert!(held.iter().filter(|seat| seat.0 == n).count() <= limits.per_staff);
                let behind = held.iter().filter(|seat| seat.1 == n && !seat.2).count();
                prop_assert!(behind <= limits.per_network);
            }
        }
        held.clear();
        prop_assert_eq!(seats.taken(), 0);
        prop_assert!(seats.0.persons.is_empty() && seats.0.networks.is_empty());
    }
}
