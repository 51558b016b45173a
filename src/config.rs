//! The settings of the house: default < file < environment < flag.
//!
//! [`keys::KEYS`] is the one table of them; flags, variables, file, `--help` and what is shown at
//! the start come from it. Settings are read once and checked whole: every problem names its key,
//! where the value came from, the value, and what is possible. Rooms receive the few values they
//! need, never all of [`Settings`].

mod args;
mod check;
mod given;
pub mod keys;
mod read;
mod value;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

pub use args::ServeArgs;
pub use check::unsaid;
pub use given::{Source, environment};
pub use value::{Journal, LogFormat};

use crate::gate::Identities;
use crate::gate::address::{Addresses, ProxyHeader};
use crate::gate::identity::Tokens;
use crate::gate::keys::{KeyError, admin_token, identities};
use crate::gate::limits::Rates;
use crate::gate::origin::{Origin, Origins};
use crate::gate::seats::{Doors, SeatLimits};
use crate::gate::secret::Secret;
use crate::gate::tls::TlsFiles;
use given::{Everything, show};
use keys::{KEYS, find};

/// Every setting, checked.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each is documented in the table of keys, where operators read it")]
pub struct Settings {
    pub listen: SocketAddr,
    pub public_url: Option<Origin>,
    pub tls: Option<TlsFiles>,
    pub data: PathBuf,
    pub journal: Journal,
    pub trusted_proxy: Vec<IpNet>,
    pub proxy_header: ProxyHeader,
    pub open_network: Vec<IpNet>,
    pub metrics_listen: Option<SocketAddr>,
    pub admin_token: Option<Secret>,
    pub identity_key: Option<Identities>,
    pub connections: usize,
    pub seats: SeatLimits,
    pub rates: Rates,
    pub limit_keys: usize,
    pub keep_days: Option<u32>,
    pub ring: usize,
    pub shed: Option<Shedding>,
    pub drain: Duration,
    pub log: String,
    pub log_format: LogFormat,
}

/// From where on there is too much to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is documented in the table of keys, where operators read it")]
pub struct Shedding {
    pub lag: Duration,
    pub wait: Duration,
    /// Bytes; `None`: what there is.
    pub memory: Option<u64>,
}

/// Descriptors that are no connection: database, logs, listeners, and some to spare.
pub(crate) const OWN_DESCRIPTORS: usize = 64;

impl Settings {
    /// Reads all of them, from what was typed, from the variables (see [`environment`]), and from
    /// the file that either of them names.
    pub fn read(
        args: &ServeArgs,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Effective, Problems> {
        let mut problems = Vec::new();
        let variables = variables.into_iter().collect();
        let (given, strangers) = Everything::collect(args, variables, &mut problems);
        let settings = read::settings(&given, &mut problems);
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        let mut warnings = check::warnings(&settings, &given);
        warnings.extend(strangers.into_iter().map(|name| {
            format!("the variable {name} is none of ours and is ignored; a slip of the pen?")
        }));
        Ok(Effective { settings, warnings, given })
    }

    /// Which pages are ours.
    pub fn origins(&self) -> Origins {
        let origins = Origins::new(self.public_url.clone(), self.listen.ip().is_loopback());
        if self.tls.is_some() { origins.encrypted() } else { origins }
    }

    /// Which forwarded addresses are believed.
    pub fn addresses(&self) -> Addresses {
        Addresses::new(self.trusted_proxy.clone(), self.proxy_header, self.open_network.clone())
    }

    /// The keys: those that were set, else those in the data folder, which the first start makes.
    pub fn tokens(&self) -> Result<Tokens, KeyError> {
        let identities = match &self.identity_key {
            Some(identities) => identities.clone(),
            None => identities(&self.data)?,
        };
        let administrator = admin_token(self.admin_token.as_ref(), &self.data)?.hash();
        Ok(Tokens { identities, administrator })
    }

    /// How many connections to accept, given the descriptors this process may have
    /// ([`crate::gate::seats::descriptors`]); the last of them for staff.
    pub fn doors(&self, descriptors: Option<usize>) -> Doors {
        let free = descriptors.map_or(usize::MAX, |all| all.saturating_sub(OWN_DESCRIPTORS));
        let most = self.connections.min(free).max(1);
        Doors::new(most, self.seats.staff.min(most / 4))
    }
}

/// The settings in force.
#[derive(Debug, Clone)]
pub struct Effective {
    /// All of them.
    pub settings: Settings,
    /// What an operator should know, although it is no error.
    pub warnings: Vec<String>,
    given: Everything,
}

impl Effective {
    /// Where a setting's value came from; `None` where there is no such setting.
    pub fn source(&self, name: &str) -> Option<&Source> {
        find(name).map(|key| &self.given.of(key).source)
    }
}

/// The table that `check-config` prints and `serve` shows at its start: every setting, its value
/// and where that came from, secrets hidden; then the warnings.
impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in KEYS {
            let given = self.given.of(key);
            let shown = show(key, &given.texts);
            writeln!(f, "{:<34} {shown:<24} {}", key.name, given.source)?;
        }
        self.warnings.iter().try_for_each(|warning| writeln!(f, "\nwarning: {warning}"))
    }
}

/// What is wrong with one setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The value is none of those that are possible.
    #[error("`{key}` from {place}: {shown} does not do; {possible}")]
    Value {
        /// Which setting.
        key: &'static str,
        /// Where the value came from.
        place: Source,
        /// The value; hidden where it is a secret.
        shown: String,
        /// What would do.
        possible: String,
    },
    /// There is no such setting.
    #[error(
        "`{name}` in {}: there is no such setting; there are {}",
        path.display(),
        KEYS.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")
    )]
    NoSuchKey {
        /// What stands there.
        name: String,
        /// In which file.
        path: PathBuf,
    },
    /// A file could not be read.
    #[error("{what} {} cannot be read: {why}", path.display())]
    File {
        /// Which one.
        what: &'static str,
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Two places give a secret.
    #[error("both {key} and {key}_FILE are set; one is expected")]
    Twice {
        /// The variable.
        key: String,
    },
}

/// Everything that is wrong with the settings, at once.
#[derive(Debug)]
pub struct Problems(pub Vec<ConfigError>);

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the settings do not do:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

#[cfg(test)]
mod tests;
