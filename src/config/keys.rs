//! The one table of settings.

/// One setting, as operators know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// In the file; with `-` for `_` the flag; in capitals behind `FILODIRETTO_` the variable.
    pub name: &'static str,
    /// What a value looks like, and its unit.
    pub unit: &'static str,
    /// Without any configuration; empty: none.
    pub default: &'static str,
    /// How it is given and shown.
    pub kind: Kind,
    /// What it does, and why the default is what it is.
    pub help: &'static str,
}

/// How a setting is given and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One value.
    One,
    /// Several, with commas between them or given again and again.
    List,
    /// Hidden wherever it is shown. No flag: a command line is visible to every user of a machine.
    /// `FILODIRETTO_…_FILE` names a file that holds it.
    Secret,
}

impl Key {
    /// `public-url`, behind two dashes.
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// `FILODIRETTO_PUBLIC_URL`.
    pub fn variable(&self) -> String {
        format!("{VARIABLES}{}", self.name.to_ascii_uppercase())
    }

    /// `FILODIRETTO_ADMIN_TOKEN_FILE`, for secrets.
    pub fn file_variable(&self) -> Option<String> {
        (self.kind == Kind::Secret).then(|| format!("{}_FILE", self.variable()))
    }
}

/// What our variables start with.
pub const VARIABLES: &str = "FILODIRETTO_";

/// The setting with this name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

const fn key(
    name: &'static str,
    unit: &'static str,
    default: &'static str,
    kind: Kind,
    help: &'static str,
) -> Key {
    Key { name, unit, default, kind, help }
}

use Kind::{List, One, Secret};

/// Every setting.
#[rustfmt::skip] // One row a setting.
pub const KEYS: &[Key] = &[
    key("config", "FILE", "", One,
        "A TOML file with any of these settings, under their names with _ for -."),
    key("listen", "ADDR:PORT", "127.0.0.1:8080", One,
        "Where to listen. The default can be reached from this machine only, so that nothing is public by accident."),
    key("public_url", "URL", "", One,
        "The address people type, such as https://domande.comune.example. Links start with it, and only its pages may write. \
         Without it both work on this machine only, because a Host header is whatever a stranger says."),
    key("tls_cert", "FILE", "", One,
        "The certificate in PEM, ours first, then those that vouch for it: with it this server speaks https by itself, without a proxy. \
         Looked at every minute and on SIGHUP: a renewed one is taken in, and nobody's connection ends."),
    key("tls_key", "FILE", "", One,
        "The private key of `tls_cert`, in PEM without a password. Only the user this runs as should be able to read it."),
    key("data", "DIR", "data", One,
        "The folder with the record, the keys and the administrator's token. Made if it is not there."),
    key("journal", "sqlite|nats://HOST", "sqlite", One,
        "Where the record is kept: in one SQLite file in the data folder, or in NATS JetStream for several nodes."),
    key("trusted_proxy", "CIDR", "", List,
        "Networks of your own proxies. A forwarded address is believed from them alone; from everybody else it is ignored and reported."),
    key("proxy_header", "x-forwarded-for|forwarded", "x-forwarded-for", One,
        "The header that your proxy writes. Only one is believed: a proxy passes the other on as its visitor wrote it."),
    key("open_network", "CIDR", "", List,
        "Networks without limits by network, such as the hall's own. Persons are limited there as everywhere."),
    key("metrics_listen", "ADDR:PORT", "", One,
        "A listener of its own for /metrics, without a token. Without it /metrics asks for the administrator's token."),
    key("admin_token", "TOKEN", "", Secret,
        "The first administrator's token: 32 characters or more of A-Z a-z 0-9 - _. Without it one is written to DATA/admin-token."),
    key("identity_key", "HEX", "", Secret,
        "The key that signs who people are: 64 hexadecimal digits; older keys on lines below still verify. Several nodes need the same. \
         Without it one is written to DATA/identity-key."),
    key("connections", "NUMBER", "60000", One,
        "Connections at once, of any kind; fewer if the system gives fewer descriptors. The last ones are for staff."),
    key("seats", "NUMBER", "50000", One,
        "Sockets and event streams at once. A citizen who comes after that is told why, gets the public board, which costs less, \
         and a seat when one is free. Of the citizens' seats one in twenty is for those whose line broke and who come back."),
    key("staff_seats", "NUMBER", "200", One,
        "Of these, kept for staff, so that a crowd cannot lock the moderators out."),
    key("seats_per_person", "NUMBER", "16", One,
        "Of one citizen, over all tabs and devices."),
    key("seats_per_staff", "NUMBER", "64", One,
        "Of one member of staff: desks, docks, stages, overlays."),
    key("seats_per_network", "NUMBER", "12000", One,
        "Of one IPv4 address or IPv6 /64 (of a /48, eight times that). 5,000 phones of a theatre or a mobile operator stand behind one address, some with two tabs."),
    key("limit_joins_per_person", "RATE|off", "30/min burst 30", One,
        "New sockets of one citizen. A phone in a pocket reconnects at every wake."),
    key("limit_joins_per_staff", "RATE|off", "120/min burst 60", One,
        "New sockets of one member of staff."),
    key("limit_joins_per_network", "RATE|off", "6000/min burst 10000", One,
        "New sockets from one network. After a restart a hall of 5,000 comes back at once, perhaps twice."),
    key("limit_requests_per_person", "RATE|off", "600/min burst 200", One,
        "HTTP requests of one citizen. A page is about ten."),
    key("limit_requests_per_staff", "RATE|off", "3000/min burst 1000", One,
        "HTTP requests of one member of staff."),
    key("limit_requests_per_network", "RATE|off", "60000/min burst 120000", One,
        "HTTP requests from one network: 5,000 phones open two pages each at once."),
    key("limit_messages_per_person", "RATE|off", "1200/min burst 120", One,
        "Commands of one citizen over all connections: twice what one socket may send at once."),
    key("limit_messages_per_staff", "RATE|off", "3600/min burst 600", One,
        "Commands of one member of staff. Taking a question off air is never limited."),
    key("limit_messages_per_network", "RATE|off", "60000/min burst 75000", One,
        "Commands of citizens from one network: fifteen at once from each of 5,000 phones."),
    key("limit_new_persons_per_network", "RATE|off", "300/min burst 6000", One,
        "New identities from one network: what many voices behind one address cost. Lower it where no hall stands behind one."),
    key("limit_failed_sign_ins_per_network", "RATE|off", "60/min burst 300", One,
        "Unknown tokens from one network. A good token is never refused for others' failures."),
    key("limit_failed_sign_ins_per_prefix", "RATE|off", "10/min burst 20", One,
        "Unknown tokens with the same first 8 characters, wherever they come from."),
    key("limit_failed_receipts_per_network", "RATE|off", "30/min burst 60", One,
        "Wrong receipt codes from one network. Codes are read aloud and mistyped."),
    key("limit_keys", "NUMBER", "200000", One,
        "Keys that each table of limits remembers, at some 22 bytes each. When one is full the next wider network counts; nobody is refused for it."),
    key("keep_days", "DAYS|off", "30", One,
        "Days after the end of a session until everything personal of it is forgotten, for sessions created from now on; each can say \
         otherwise (1 to 3650). What the public read stays. 30: a citizen may wait a month for an answer about their data. off: until somebody does it by hand."),
    key("ring", "FRAMES", "1024", One,
        "How far a seat may fall behind before it gets the whole picture anew; 4 MiB of them at most."),
    key("shed", "on|off", "on", One,
        "Whether things are left out while there is too much to do, one after the other: how many are present, every second count, seats for \
         citizens who come now, votes, questions; never what staff does. off: everything becomes slow at once, for the desk, too."),
    key("shed_lag", "MILLISECONDS", "100", One,
        "How late the server may be at its own work before it is too much (10 to 10,000). 100: nobody feels it yet, and idle it is late by one or two."),
    key("shed_wait", "MILLISECONDS", "1000", One,
        "How long what citizens send may wait for its turn, or for the disk, before it is too much (50 to 20,000). 1,000: then a reply takes two seconds, and a page says that it is on its way."),
    key("memory_budget", "MIB", "", One,
        "Memory that the server may take. From 80 % on citizens who come now get no seat, from 95 % on all of the list is left out. \
         Without it: what the machine has, or what its control group (MemoryMax of the unit, a container) allows."),
    key("drain", "SECONDS", "8", One,
        "Time to send everybody away in order after SIGTERM. The process ends within ten."),
    key("log", "FILTER", "info", One,
        "What to log: a level, or a filter such as info,filodiretto::gate=debug."),
    key("log_format", "text|json", "text", One,
        "A line for people, or a JSON object for collectors."),
];
