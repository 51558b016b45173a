//! Halls, floods, and people who hold many addresses.

use std::time::Instant;

use governor::clock::FakeRelativeClock;
use proptest::prelude::*;

use super::*;
use crate::gate::network::Network;

const KEYS: usize = 50_000;

fn who(person: u128, address: &str, staff: bool) -> Who {
    let network = Network::of(address.parse().expect("an address"));
    let client = Client { network, open: false };
    Who { client, person: Some(Identity::from_bytes(person.to_le_bytes())), staff }
}

fn traffic(clock: &FakeRelativeClock) -> Traffic<FakeRelativeClock> {
    Traffic::with_clock(&Rates::default(), KEYS, clock)
}

/// What a phone does in its first minutes: the page and its parts, becoming somebody, a socket, a
/// question, votes. Counts how often it was refused.
fn arrives(traffic: &Traffic<FakeRelativeClock>, phone: &Who) -> u32 {
    let nobody = Who { person: None, ..*phone };
    let mut refused = 0;
    let mut ask = |act, who: &Who| refused += u32::from(traffic.check(act, who).is_err());
    (0..6).for_each(|_| ask(Act::Request, &nobody));
    ask(Act::NewPerson, &nobody);
    (0..6).for_each(|_| ask(Act::Request, phone));
    ask(Act::Join, phone);
    ask(Act::Message, phone);
    (0..10).for_each(|_| ask(Act::Message, phone));
    refused
}

const HALL: &str = "192.0.2.1";

/// 5,000 phones behind one address, spread over `over`; beside them three moderators and one
/// abusive person, all behind the same address.
fn five_thousand_phones(over: Duration) {
    const PHONES: u128 = 5_000;
    let clock = FakeRelativeClock::default();
    let traffic = traffic(&clock);
    let abuser = who(u128::MAX, HALL, false);
    let (mut refused, mut staff_refused, mut abuse_passed, mut abuse) = (0, 0, 0, 0);
    for phone in 0..PHONES {
        refused += arrives(&traffic, &who(phone << 64 | phone, HALL, false));
        for _ in 0..20 {
            abuse += 1;
            abuse_passed += u32::from(traffic.check(Act::Message, &abuser).is_ok());
        }
        if phone % 50 == 0 {
            for moderator in 0..3 {
                let moderator = who(u128::MAX - 1 - moderator, HALL, true);
                for act in [Act::Request, Act::Message, Act::Message] {
                    staff_refused += u32::from(traffic.check(act, &moderator).is_err());
                }
            }
        }
        clock.advance(over / u32::try_from(PHONES).expect("fits"));
    }
    println!(
        "{PHONES} phones behind one address within {over:?}: {refused} refusals; three moderators: \
         {staff_refused}; one abusive person: {abuse_passed} of {abuse} passed"
    );
    assert_eq!((refused, staff_refused), (0, 0));
    let most = 120 + 20 * u32::try_from(over.as_secs()).expect("fits") + 1;
    assert!(abuse_passed <= most, "{abuse_passed} > {most}");
}

#[test]
fn five_thousand_phones_behind_one_address_all_come_in_within_five_minutes() {
    five_thousand_phones(Duration::from_secs(300));
}

#[test]
fn five_thousand_phones_behind_one_address_may_also_come_all_at_once() {
    five_thousand_phones(Duration::from_secs(1));
}

#[test]
fn after_a_restart_the_hall_is_let_in_again_at_once() {
    let clock = FakeRelativeClock::default();
    let traffic = traffic(&clock);
    let join = |phone: u128| traffic.check(Act::Join, &who(phone << 64 | phone, HALL, false));
    assert!((0..5_000).all(|phone| join(phone).is_ok()));
    clock.advance(Duration::from_secs(2));
    assert!((0..5_000).all(|phone| join(phone).is_ok()));
}

#[test]
fn the_price_of_many_identities_behind_one_address() {
    let clock = FakeRelativeClock::default();
    let traffic = traffic(&clock);
    let bot = Who { person: None, ..who(1, HALL, false) };
    let mut identities = 0;
    for _ in 0..600 {
        while traffic.check(Act::NewPerson, &bot).is_ok() {
            identities += 1;
        }
        clock.advance(Duration::from_secs(1));
    }
    println!("identities, hence voices, that one address can collect in ten minutes: {identities}");
    assert!(identities <= 9_001);
}

#[test]
fn one_who_is_too_fast_is_told_when_and_takes_nothing_from_the_others() {
    let clock = FakeRelativeClock::default();
    let rates = Rates {
        messages_per_person: Some("60/min burst 5".parse().expect("a rate")),
        messages_per_network: Some("60/min burst 20".parse().expect("a rate")),
        ..Rates::default()
    };
    let traffic = Traffic::with_clock(&rates, KEYS, &clock);
    let [loud, quiet] = [1 << 64, 2].map(|person: u128| who(person, HALL, false));
    let passed = (0..1000).filter(|_| traffic.check(Act::Message, &loud).is_ok()).count();
    assert_eq!(passed, 5);
    let told = traffic.check(Act::Message, &loud).expect_err("too fast");
    assert_eq!(told.retry_after, Duration::from_secs(1));
    assert!((0..5).all(|_| traffic.check(Act::Message, &quiet).is_ok()), "15 are left for others");
    clock.advance(told.retry_after);
    assert_eq!(traffic.check(Act::Message, &loud), Ok(()));
}

#[test]
fn staff_are_outside_the_limits_by_network_but_not_beyond_all_measure() {
    let clock = FakeRelativeClock::default();
    let traffic = traffic(&clock);
    let flood = Who { person: None, ..who(0, HALL, false) };
    while traffic.check(Act::Request, &flood).is_ok() {}
    let moderator = who(7, HALL, true);
    assert_eq!(traffic.check(Act::Request, &moderator), Ok(()));
    let passed = (0..10_000).filter(|_| traffic.check(Act::Message, &moderator).is_ok()).count();
    assert_eq!(passed, 600);
    let other = who(8 << 64 | 8, HALL, true);
    assert_eq!(traffic.check(Act::Message, &other), Ok(()));
}

#[test]
fn in_an_open_network_only_persons_count() {
    let traffic = traffic(&FakeRelativeClock::default());
    let mut nobody = Who { person: None, ..who(0, HALL, false) };
    nobody.client.open = true;
    assert!((0..200_000).all(|_| traffic.check(Act::Request, &nobody).is_ok()));
    let mut person = who(5, HALL, false);
    person.client.open = true;
    assert_eq!((0..1000).filter(|_| traffic.check(Act::Message, &person).is_ok()).count(), 120);
}

#[test]
fn a_limit_that_is_lifted_counts_nobody() {
    let rates = Rates { messages_per_person: None, messages_per_network: None, ..Rates::default() };
    let traffic = Traffic::with_clock(&rates, KEYS, &FakeRelativeClock::default());
    let crowd = who(1, HALL, false);
    assert!((0..100_000).all(|_| traffic.check(Act::Message, &crowd).is_ok()));
    assert_eq!(traffic.size().keys, 0);
}

#[test]
fn wrong_receipts_count_by_network() {
    let clock = FakeRelativeClock::default();
    let traffic = traffic(&clock);
    let client = who(1, HALL, false).client;
    let wrong = (0..1000).filter(|_| traffic.failed_receipt(&client).is_ok()).count();
    assert_eq!(wrong, 60);
    let told = traffic.failed_receipt(&client).expect_err("too many");
    assert_eq!(told.retry_after, Duration::from_secs(2));
    assert!(traffic.failed_receipt(&who(1, "192.0.2.2", false).client).is_ok());
    clock.advance(Duration::from_millis(1999));
    assert!(traffic.failed_receipt(&client).is_err());
    clock.advance(Duration::from_millis(1));
    assert!(traffic.failed_receipt(&client).is_ok());
}

#[test]
fn failed_sign_ins_count_by_network_and_by_what_a_token_starts_with() {
    let traffic = traffic(&FakeRelativeClock::default());
    let client = |n: u32| who(1, &format!("198.51.{}.{}", n / 256, n % 256), false).client;
    let guesses = (0..1000)
        .filter(|n| traffic.failed_sign_in(&client(*n), &format!("fda_abcd{n:08}")).is_ok())
        .count();
    assert_eq!(guesses, 20, "one beginning, a thousand networks");
    let guesses = (0..1000)
        .filter(|n| traffic.failed_sign_in(&client(2000), &format!("{n:08}")).is_ok())
        .count();
    assert_eq!(guesses, 300, "one network, a thousand beginnings");
}

/// How many of `tries` requests pass that come from these addresses, at one moment.
fn passed(addresses: impl Iterator<Item = String>) -> usize {
    let rates = Rates {
        requests_per_network: Some("60/min burst 10".parse().expect("a rate")),
        ..Rates::default()
    };
    let traffic = Traffic::with_clock(&rates, KEYS, &FakeRelativeClock::default());
    let ask = |address: String| {
        traffic.check(Act::Request, &Who { person: None, ..who(0, &address, false) }).is_ok()
    };
    addresses.filter(|address| ask(address.clone())).count()
}

#[test]
fn whoever_holds_many_ipv6_addresses_gains_little() {
    let in_64 = passed((0..2000).map(|n| format!("2001:db8:0:1::{n:x}")));
    let in_56 = passed((0..2000).map(|n| format!("2001:db8:0:{:x}::{n:x}", n % 256)));
    let in_48 = passed((0..2000).map(|n| format!("2001:db8:0:{n:x}::1")));
    let one = passed((0..2000).map(|_| "192.0.2.1".to_owned()));
    let mapped =
        passed((0..2000).map(|n| {
            if n % 2 == 0 { "192.0.2.1".to_owned() } else { "::ffff:192.0.2.1".to_owned() }
        }));
    println!("of 2,000 requests, 10 allowed: /64 {in_64}, /56 {in_56}, /48 {in_48}, IPv4 {one}");
    assert_eq!((in_64, in_56, in_48, one, mapped), (10, 80, 80, 10, 10));
}

#[test]
fn when_the_table_is_full_the_wider_network_counts_and_nobody_new_is_refused_for_it() {
    let clock = FakeRelativeClock::default();
    let rates = Rates {
        requests_per_network: Some("60/min burst 10".parse().expect("a rate")),
        ..Rates::default()
    };
    let traffic = Traffic::with_clock(&rates, 16, &clock);
    let ask = |address: String| {
        traffic.check(Act::Request, &Who { person: None, ..who(0, &address, false) })
    };
    // 16 networks with their own place, 4 wider ones, 1 widest.
    assert!((0..16).all(|n| ask(format!("198.51.{n}.1")).is_ok()));
    let newcomers = (0..80).filter(|n| ask(format!("203.0.113.{n}")).is_ok()).count();
    assert_eq!(newcomers, 80, "eight budgets for the /24");
    assert!(ask("203.0.113.200".to_owned()).is_err(), "the /24 has used them up");
    assert!(ask("203.0.114.1".to_owned()).is_ok(), "another /24 has not");
    assert!(ask("198.51.3.1".to_owned()).is_ok(), "who has a place keeps it");
    let strangers = (0..2000).filter(|n| ask(format!("100.{}.{}.1", n / 250, n % 250)).is_ok());
    assert_eq!(strangers.count(), 2 + 640, "two more /24s, then all of IPv4 together");
    let v6 = (0..20_000).filter(|n| ask(format!("2001:{n:x}::1")).is_ok()).count();
    assert_eq!(v6, 5_120, "no rung has a place: all others together");
    assert!(traffic.size().keys <= 16 + 4 + 1 + 1);
    clock.advance(Duration::from_secs(3600));
    traffic.sweep();
    assert_eq!(traffic.size().keys, 0, "a pause, and everybody has a place again");
}

#[test]
fn a_flood_of_keys_costs_a_bounded_amount_of_memory_and_all_of_it_comes_back() {
    flood_of_keys(1_000_000);
}

#[test]
#[ignore = "long: five million people from five million networks take half a minute"]
fn a_flood_of_five_million_keys_costs_no_more() {
    flood_of_keys(5_000_000);
}

fn flood_of_keys(flood: u64) {
    const MOST: usize = 200_000;
    let clock = FakeRelativeClock::default();
    let traffic = Traffic::with_clock(&Rates::default(), MOST, &clock);
    let before = resident_kib();
    #[expect(clippy::disallowed_methods, reason = "a test measures how long the work takes")]
    let started = Instant::now();
    let mut refused = 0;
    for n in 0..flood {
        // As many networks and as many people as there are requests.
        let address = Ipv6Scatter(n).address();
        let network = Network::of(address);
        let person = Identity::from_bytes((u128::from(n) << 64 | u128::from(n)).to_le_bytes());
        let somebody =
            Who { client: Client { network, open: false }, person: Some(person), staff: false };
        refused += u32::from(traffic.check(Act::Request, &somebody).is_err());
    }
    let took = started.elapsed();
    let (full, resident) = (traffic.size(), resident_kib().saturating_sub(before));
    let rungs = MOST + MOST / 4 + MOST / 16 + 1;
    assert!(full.keys <= MOST + rungs, "{full:?}");
    assert_eq!(refused, 0);

    clock.advance(Duration::from_secs(3600));
    #[expect(clippy::disallowed_methods, reason = "a test measures how long the work takes")]
    let sweeping = Instant::now();
    traffic.sweep();
    let swept = sweeping.elapsed();
    let left = traffic.size();
    println!(
        "{flood} keys by person and by network: {} kept, {:.1} MiB, {:.1} bytes a key \
         ({:.1} MiB resident), {:.0} ns a check; swept in {swept:?}: {} kept, {} bytes",
        full.keys,
        mebibytes(full.bytes),
        full.bytes as f64 / full.keys as f64,
        mebibytes(usize::try_from(resident).expect("fits") * 1024),
        took.as_nanos() as f64 / flood as f64,
        left.keys,
        left.bytes,
    );
    assert!(full.bytes < 32 << 20, "{full:?}");
    assert_eq!(left, Size { keys: 0, bytes: 0 });
    // And the house goes on as if nothing had been.
    assert_eq!(traffic.check(Act::Request, &who(1, HALL, false)), Ok(()));
}

/// Scatters numbers over the whole of IPv6, so that no two share a network of any size.
struct Ipv6Scatter(u64);

impl Ipv6Scatter {
    fn address(&self) -> std::net::IpAddr {
        let bits = self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 3 | 0x2000_0000_0000_0000;
        std::net::Ipv6Addr::from_bits(u128::from(bits) << 64).into()
    }
}

fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// What the system counts for this process. Other tests run beside this one, so it only informs.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[test]
fn a_sweep_forgets_only_whose_allowance_is_full() {
    let clock = FakeRelativeClock::default();
    let traffic = traffic(&clock);
    let loud = who(1, HALL, false);
    while traffic.check(Act::Message, &loud).is_ok() {}
    clock.advance(Duration::from_millis(30));
    traffic.sweep();
    assert!(traffic.check(Act::Message, &loud).is_err(), "a sweep is no amnesty");
    clock.advance(Duration::from_secs(60));
    traffic.sweep();
    assert_eq!(traffic.size(), Size { keys: 0, bytes: 0 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Over any stretch of time, whatever addresses of one /48 are used and whenever one sweeps, no
    /// more passes than eight networks' burst and refill; of one /64, one's.
    #[test]
    fn no_choice_of_addresses_beats_the_budget(
        steps in proptest::collection::vec((0_u16..200, any::<u64>(), 0_u64..20, 0..20_u8), 1..600),
        one_network in any::<bool>(),
    ) {
        let clock = FakeRelativeClock::default();
        let rates = Rates {
            requests_per_network: Some("60/min burst 5".parse().expect("a rate")),
            ..Rates::default()
        };
        let traffic = Traffic::with_clock(&rates, 100, &clock);
        let (mut elapsed, mut passed) = (0, 0_u64);
        for (network, host, pause, sweep) in steps {
            let network = if one_network { 7 } else { network };
            let bits = 0x2001_0db8_0000 << 80 | u128::from(network) << 64 | u128::from(host);
            let network = Network::of(std::net::Ipv6Addr::from_bits(bits).into());
            let nobody = Who { client: Client { network, open: false }, person: None, staff: false };
            passed += u64::from(traffic.check(Act::Request, &nobody).is_ok());
            if sweep == 0 {
                traffic.sweep();
            }
            let budgets = if one_network { 1 } else { 8 };
            prop_assert!(passed <= budgets * (5 + elapsed * 60 / 60_000 + 1));
            clock.advance(Duration::from_millis(pause));
            elapsed += pause;
        }
    }
}
