//! Reading one value of each kind. An error says what is possible.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use ipnet::IpNet;

use crate::gate::address::ProxyHeader;
use crate::gate::limits::Rate;
use crate::gate::origin::Origin;
use crate::gate::secret::Secret;
use crate::gate::{Identities, keys};

/// Where the record is kept.
#[derive(Debug, Clone)]
pub enum Journal {
    /// One SQLite file in the data folder.
    Sqlite,
    /// NATS JetStream. The address may hold a password.
    Nats(Secret),
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For collectors.
    Json,
}

/// A value in one of the settings' forms.
pub(super) trait Value: Sized {
    /// The value, or what is possible.
    fn read(text: &str) -> Result<Self, String>;
}

impl Value for SocketAddr {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            "an IP address and a port are expected, such as 127.0.0.1:8080 or [::]:8080".to_owned()
        })
    }
}

impl Value for Origin {
    fn read(text: &str) -> Result<Self, String> {
        // People copy addresses with the slash that browsers show.
        text.strip_suffix('/').unwrap_or(text).parse().map_err(|error| format!("{error}"))
    }
}

impl Value for PathBuf {
    fn read(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
}

impl Value for String {
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Value for Journal {
    fn read(text: &str) -> Result<Self, String> {
        if text == "sqlite" {
            Ok(Self::Sqlite)
        } else if text.strip_prefix("nats://").is_some_and(|host| !host.is_empty()) {
            Ok(Self::Nats(Secret::new(text.to_owned())))
        } else {
            Err("`sqlite` or an address that starts with nats:// is expected".to_owned())
        }
    }
}

impl Value for IpNet {
    fn read(text: &str) -> Result<Self, String> {
        let single = || text.parse::<IpAddr>().ok().map(Self::from);
        text.parse().ok().or_else(single).ok_or_else(|| {
            "a network such as 10.0.0.0/8 or 2001:db8::/32, or one address, is expected".to_owned()
        })
    }
}

impl Value for ProxyHeader {
    fn read(text: &str) -> Result<Self, String> {
        let all = [Self::XForwardedFor, Self::Forwarded];
        let found = all.into_iter().find(|header| header.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| "`x-forwarded-for` or `forwarded` is expected".to_owned())
    }
}

impl Value for LogFormat {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("`text` or `json` is expected".to_owned()),
        }
    }
}

/// A limit; `off` lifts it.
impl Value for Option<Rate> {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(None),
            rate => rate.parse().map(Some).map_err(|error| format!("{error}, or `off`")),
        }
    }
}

/// The administrator's token.
impl Value for Secret {
    fn read(text: &str) -> Result<Self, String> {
        match keys::check_admin_token(text) {
            Ok(()) => Ok(Self::new(text.to_owned())),
            Err(weak) => Err(format!("it {weak}")),
        }
    }
}

impl Value for Identities {
    fn read(text: &str) -> Result<Self, String> {
        keys::parse_keys(text)
            .map_err(|line| format!("line {line} is no key: 64 hexadecimal digits are expected"))
    }
}

/// A whole number within bounds, as people write them: `50_000`, too.
pub(super) fn number(text: &str, possible: &RangeInclusive<usize>) -> Result<usize, String> {
    let number = text.replace('_', "").parse().ok();
    number.filter(|number| possible.contains(number)).ok_or_else(|| {
        format!("a whole number from {} to {} is expected", possible.start(), possible.end())
    })
}

/// `on` or `off`.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("`on` or `off` is expected".to_owned()),
    }
}

/// How many days things are kept; `off`: until somebody forgets them by hand.
pub(super) fn days(text: &str) -> Result<Option<u32>, String> {
    if text == "off" {
        return Ok(None);
    }
    let days = number(text, &(1..=3_650)).map_err(|possible| format!("{possible}, or `off`"))?;
    Ok(u32::try_from(days).ok())
}
