//! What an operator should know about settings that are possible, but perhaps not meant.

use std::os::unix::fs::PermissionsExt as _;

use ipnet::IpNet;

use super::Settings;
use super::given::{Everything, Given, Source};
use super::keys::{KEYS, Kind};
use crate::gate::origin::Scheme;

/// Shorter prefixes than these (IPv4, IPv6) are whole providers, not somebody's own.
const BROAD: (u8, u8) = (8, 16);

/// What `check-config` and the start report beside the settings.
pub(super) fn warnings(settings: &Settings, given: &Everything) -> Vec<String> {
    let mut found = Vec::new();
    public_url(settings, &mut found);
    proxies(settings, &mut found);
    open_networks(settings, &mut found);
    if let Some(listen) = settings.metrics_listen.filter(|listen| !listen.ip().is_loopback()) {
        found.push(format!(
            "`metrics_listen` {listen}: others can read the metrics there, without a token."
        ));
    }
    lifted_limits(given, &mut found);
    if settings.shed.is_none() {
        found.push(
            "`shed` is off: with too much to do everything becomes slow at once, for the desk, too."
                .to_owned(),
        );
    }
    retention(settings, &mut found);
    placeholders(given, &mut found);
    secrets_in_the_open(given, &mut found);
    key_in_the_open(settings, &mut found);
    found
}

fn public_url(settings: &Settings, found: &mut Vec<String>) {
    let listen = settings.listen;
    let reachable = !listen.ip().is_loopback();
    match &settings.public_url {
        None if reachable => found.push(format!(
            "`public_url` is missing, and `listen` {listen} can be reached from elsewhere: no page \
             may write, and no link can be made. Set it to the address people type."
        )),
        None => found.push(
            "`public_url` is missing: pages and links work on this machine only. \
             Set it to the address people type."
                .to_owned(),
        ),
        Some(origin) if origin.scheme() == Scheme::Http && settings.tls.is_some() => {
            found.push(format!(
                "`public_url` {origin} is not encrypted, but with `tls_cert` this server speaks \
                 https alone: no page may write, and links lead nowhere. Use https."
            ));
        }
        Some(origin) if origin.scheme() == Scheme::Http && !origin.is_loopback() => {
            found.push(format!(
                "`public_url` {origin} is not encrypted: whoever shares a network with somebody \
                 reads along and takes over who they are. Put a proxy with TLS in front, or \
                 set `tls_cert`; use https."
            ));
        }
        Some(origin)
            if origin.scheme() == Scheme::Https
                && listen.ip().is_unspecified()
                && settings.tls.is_none() =>
        {
            found.push(format!(
                "`listen` {listen}: people can go around the proxy that encrypts. Listen on an \
                 address that only the proxy can reach."
            ));
        }
        Some(_) => {}
    }
}

fn proxies(settings: &Settings, found: &mut Vec<String>) {
    let https = settings.public_url.as_ref().is_some_and(|url| url.scheme() == Scheme::Https);
    if https && settings.tls.is_none() && settings.trusted_proxy.is_empty() {
        found.push(
            "`public_url` is https, so a proxy stands in front, but `trusted_proxy` is empty: \
             everybody counts as one network, the proxy's. Name the network it connects from."
                .to_owned(),
        );
    }
    for network in &settings.trusted_proxy {
        if network.prefix_len() == 0 {
            found.push(format!(
                "`trusted_proxy` {network} is everybody: anybody can claim any address, and limits \
                 by network are worth nothing. Name your proxy's own network."
            ));
        } else if is_broad(network) {
            found.push(format!(
                "`trusted_proxy` {network} is very wide: everybody in it can claim any address."
            ));
        }
    }
}

fn is_broad(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() < BROAD.0,
        IpNet::V6(network) => network.prefix_len() < BROAD.1 && !network.addr().is_unique_local(),
    }
}

fn open_networks(settings: &Settings, found: &mut Vec<String>) {
    for network in &settings.open_network {
        let proxy = settings.trusted_proxy.iter().find(|proxy| network.contains(&proxy.addr()));
        if network.prefix_len() == 0 {
            found.push(format!("`open_network` {network} is everybody: no network has limits."));
        } else if is_broad(network) {
            found.push(format!(
                "`open_network` {network} is very wide: no network in it has limits."
            ));
        } else if let Some(proxy) = proxy {
            found.push(format!(
                "`open_network` {network} holds your proxies {proxy}: a visitor whose address they \
                 do not forward has no limits by network."
            ));
        }
    }
}

fn lifted_limits(given: &Everything, found: &mut Vec<String>) {
    let limits = KEYS.iter().filter(|key| key.name.starts_with("limit_"));
    let off = limits.filter(|key| given.of(key).texts == ["off"]);
    let off: Vec<&str> = off.map(|key| key.name).collect();
    if !off.is_empty() {
        found.push(format!("these limits are lifted: {}.", off.join(", ")));
    }
}

fn retention(settings: &Settings, found: &mut Vec<String>) {
    match settings.keep_days {
        None => found.push(
            "`keep_days` is off: names and unpublished questions of new sessions stay until somebody \
             forgets them by hand, and the privacy notice cannot say for how long."
                .to_owned(),
        ),
        Some(days) if days > 366 => found.push(format!(
            "`keep_days` {days}: names and unpublished questions of new sessions stay for more than \
             a year; be ready to say what for."
        )),
        Some(_) => {}
    }
}

/// Values copied from an example, or marked as `publiccode.yml` marks what is still to be said.
fn placeholders(given: &Everything, found: &mut Vec<String>) {
    const MARKS: [&str; 4] = ["placeholder", "changeme", "change-me", "example."];
    let is_one = |text: &String| {
        let text = text.to_ascii_lowercase();
        text.ends_with(".example") || MARKS.iter().any(|mark| text.contains(mark))
    };
    for key in KEYS.iter().filter(|key| given.of(key).texts.iter().any(is_one)) {
        let source = &given.of(key).source;
        found.push(format!("`{}` from {source} looks like a placeholder.", key.name));
    }
}

/// What `publiccode.yml` does not say yet, by its lines. It is the city's to say: an invented
/// contact would be worse than none.
pub fn unsaid(publiccode: &str) -> Vec<String> {
    let lines = (1..).zip(publiccode.lines());
    let marked = lines
        .filter(|(_, line)| !line.trim_start().starts_with('#') && line.contains("PLACEHOLDER"));
    marked
        .map(|(n, line)| {
            let key = line.split(':').next().unwrap_or_default();
            let key = key.trim().trim_start_matches("- ");
            format!("`publiccode.yml` does not say `{key}` yet (line {n}).")
        })
        .collect()
}

/// A group may have it: that is how a machine's services share one.
fn key_in_the_open(settings: &Settings, found: &mut Vec<String>) {
    if let Some(tls) = &settings.tls
        && std::fs::metadata(&tls.key).is_ok_and(|file| file.permissions().mode() & 0o007 != 0)
    {
        let shown = tls.key.display();
        found.push(format!(
            "`tls_key` {shown} can be read by every user of this machine: `chmod 640` it."
        ));
    }
}

fn secrets_in_the_open(given: &Everything, found: &mut Vec<String>) {
    for key in KEYS.iter().filter(|key| key.kind == Kind::Secret) {
        if let Given { source: Source::File(path) | Source::SecretFile(path), .. } = given.of(key)
            && std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
        {
            let shown = path.display();
            found.push(format!(
                "`{}` stands in {shown}, which others can read: `chmod 600` it.",
                key.name
            ));
        }
    }
}
