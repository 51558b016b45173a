//! From texts to settings, checked whole.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::given::{Everything, Source, show};
use super::keys::{Key, Kind, find};
use super::value::{Value, days, number, switch};
use super::{ConfigError, Settings, Shedding};
use crate::gate::limits::Rates;
use crate::gate::seats::SeatLimits;
use crate::gate::tls::TlsFiles;

/// Bound: no count of anything is more than this.
const MANY: usize = 10_000_000;

/// Reads every setting; what does not do is a problem, and then the settings are of no use.
pub(super) fn settings(given: &Everything, problems: &mut Vec<ConfigError>) -> Settings {
    let mut reader = Reader { given, problems };
    let seats = reader.seats();
    Settings {
        listen: reader.one("listen", Value::read),
        public_url: reader.maybe("public_url"),
        tls: reader.tls(),
        data: reader.one("data", Value::read),
        journal: reader.one("journal", Value::read),
        trusted_proxy: reader.each("trusted_proxy", Value::read),
        proxy_header: reader.one("proxy_header", Value::read),
        open_network: reader.each("open_network", Value::read),
        metrics_listen: reader.maybe("metrics_listen"),
        admin_token: reader.maybe("admin_token"),
        identity_key: reader.maybe("identity_key"),
        connections: reader.number("connections", 16..=MANY),
        seats,
        rates: reader.rates(),
        limit_keys: reader.number("limit_keys", 1_000..=MANY),
        keep_days: reader.one("keep_days", days),
        ring: reader.number("ring", 16..=1_000_000),
        shed: reader.shed(),
        drain: Duration::from_secs(reader.number("drain", 1..=9) as u64),
        log: reader.one("log", Value::read),
        log_format: reader.one("log_format", Value::read),
    }
}

struct Reader<'a> {
    given: &'a Everything,
    problems: &'a mut Vec<ConfigError>,
}

impl Reader<'_> {
    fn key(name: &str) -> &'static Key {
        find(name).expect("every setting that is read stands in the table")
    }

    fn wrong(&mut self, key: &Key, place: &Source, texts: &[String], possible: String) {
        let shown = match show(key, texts) {
            shown if key.kind == Kind::Secret || texts.is_empty() => shown,
            shown => format!("`{shown}`"),
        };
        self.problems.push(ConfigError::Value {
            key: key.name,
            place: place.clone(),
            shown,
            possible,
        });
    }

    /// All values of a setting; those that do not do are problems.
    fn each<T>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let key = Self::key(name);
        let given = self.given.of(key);
        if key.kind != Kind::List && given.texts.len() > 1 {
            self.wrong(key, &given.source, &given.texts, "one value is expected".to_owned());
            return Vec::new();
        }
        let mut values = Vec::with_capacity(given.texts.len());
        for text in &given.texts {
            match read(text) {
                Ok(value) => values.push(value),
                Err(possible) => {
                    self.wrong(key, &given.source, std::slice::from_ref(text), possible);
                }
            }
        }
        values
    }

    fn maybe<T: Value>(&mut self, name: &str) -> Option<T> {
        self.each(name, T::read).pop()
    }

    /// A setting that has a value. Until its problem is reported, the default stands in.
    fn one<T>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, String>) -> T {
        let key = Self::key(name);
        let given = self.given.of(key);
        if given.texts.is_empty() {
            self.wrong(key, &given.source, &[], format!("{} is expected", key.unit));
        }
        let value = self.each(name, &read).pop();
        value.unwrap_or_else(|| read(key.default).expect("a test reads every default"))
    }

    /// Both files, or neither.
    fn tls(&mut self) -> Option<TlsFiles> {
        let names = ["tls_cert", "tls_key"];
        match names.map(|name| self.maybe(name)) {
            [Some(certificate), Some(key)] => Some(TlsFiles { certificate, key }),
            [None, None] => None,
            [found, _] => {
                let (there, lacks) = if found.is_some() { (0, 1) } else { (1, 0) };
                let key = Self::key(names[lacks]);
                let possible = format!("a file is expected beside `{}`", names[there]);
                self.wrong(key, &self.given.of(key).source, &[], possible);
                None
            }
        }
    }

    fn number(&mut self, name: &str, possible: RangeInclusive<usize>) -> usize {
        self.one(name, |text| number(text, &possible))
    }

    fn seats(&mut self) -> SeatLimits {
        let seats = SeatLimits {
            total: self.number("seats", 1..=MANY),
            staff: self.number("staff_seats", 0..=MANY),
            per_person: self.number("seats_per_person", 1..=MANY),
            per_staff: self.number("seats_per_staff", 1..=MANY),
            per_network: self.number("seats_per_network", 1..=MANY),
        };
        if seats.staff >= seats.total {
            let key = Self::key("staff_seats");
            let given = self.given.of(key);
            let possible = format!("fewer than `seats` ({}) are expected", seats.total);
            self.wrong(key, &given.source, &given.texts, possible);
        }
        seats
    }

    fn shed(&mut self) -> Option<Shedding> {
        let milliseconds = |number: usize| Duration::from_millis(number as u64);
        let shedding = Shedding {
            lag: milliseconds(self.number("shed_lag", 10..=10_000)),
            wait: milliseconds(self.number("shed_wait", 50..=20_000)),
            memory: self
                .each("memory_budget", |text| number(text, &(16..=MANY)))
                .pop()
                .map(|mib| (mib as u64) << 20),
        };
        self.one("shed", switch).then_some(shedding)
    }

    fn rates(&mut self) -> Rates {
        let mut rate = |name: &str| self.one(&format!("limit_{name}"), Value::read);
        Rates {
            joins_per_person: rate("joins_per_person"),
            joins_per_staff: rate("joins_per_staff"),
            joins_per_network: rate("joins_per_network"),
            requests_per_person: rate("requests_per_person"),
            requests_per_staff: rate("requests_per_staff"),
            requests_per_network: rate("requests_per_network"),
            messages_per_person: rate("messages_per_person"),
            messages_per_staff: rate("messages_per_staff"),
            messages_per_network: rate("messages_per_network"),
            new_persons_per_network: rate("new_persons_per_network"),
            failed_sign_ins_per_network: rate("failed_sign_ins_per_network"),
            failed_sign_ins_per_prefix: rate("failed_sign_ins_per_prefix"),
            failed_receipts_per_network: rate("failed_receipts_per_network"),
        }
    }
}
