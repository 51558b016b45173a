//! Which value counts, what is refused and how, what is shown and what never.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use clap::{Args as _, Command, FromArgMatches as _};

use super::*;
use crate::gate::Client;

fn typed(words: &[&str]) -> ServeArgs {
    let command = ServeArgs::augment_args(Command::new("serve"));
    let words = ["serve"].iter().chain(words);
    let matches = command.try_get_matches_from(words).expect("flags that exist");
    ServeArgs::from_arg_matches(&matches).expect("any text")
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn read(words: &[&str], pairs: &[(&str, &str)]) -> Result<Effective, Problems> {
    Settings::read(&typed(words), variables(pairs))
}

fn problems(words: &[&str], pairs: &[(&str, &str)]) -> String {
    read(words, pairs).expect_err("settings that do not do").to_string()
}

/// A file in a folder that lasts as long as the test.
fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("filo.toml");
    fs::write(&path, text).expect("written");
    let path = path.to_str().expect("text").to_owned();
    (folder, path)
}

const TOKEN: &str = "canary-canary-canary-canary-canary";

#[test]
fn without_any_configuration_it_runs_on_this_machine() {
    let found = read(&[], &[]).expect("no configuration at all runs");
    let settings = &found.settings;
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert!(matches!(settings.journal, Journal::Sqlite));
    assert_eq!(settings.rates, Rates::default(), "the table and the code say the same");
    assert_eq!(found.warnings.len(), 1, "{:?}", found.warnings);
    assert!(found.warnings[0].contains("public_url"));
    for key in KEYS {
        assert_eq!(found.source(key.name), Some(&Source::Default), "{}", key.name);
    }
}

#[test]
fn a_flag_counts_before_a_variable_and_a_variable_before_the_file() {
    let (_folder, path) = file("ring = 100\nseats = 1_000\nstaff_seats = 7\n");
    let variable = [("FILODIRETTO_RING", "200"), ("FILODIRETTO_SEATS", "2000")];
    let found = read(&["--config", &path, "--ring", "300"], &variable).expect("fine");
    let settings = &found.settings;
    assert_eq!((settings.ring, settings.seats.total, settings.seats.staff), (300, 2000, 7));
    let sources = ["ring", "seats", "staff_seats", "drain"];
    let sources = sources.map(|name| found.source(name).expect("a key").to_string());
    assert_eq!(sources, ["--ring", "FILODIRETTO_SEATS", path.as_str(), "default"]);
    // The file may also be named by a variable.
    let found = read(&[], &[("FILODIRETTO_CONFIG", &path)]).expect("fine");
    assert_eq!(found.settings.ring, 100);
}

#[test]
fn shedding_has_its_bounds_or_is_off() {
    let usual = read(&[], &[]).expect("fine").settings.shed.expect("on");
    assert_eq!((usual.lag.as_millis(), usual.wait.as_millis(), usual.memory), (100, 1_000, None));
    let given = read(&["--shed-lag", "250", "--memory-budget", "2_048"], &[]).expect("fine");
    let given = given.settings.shed.expect("on");
    assert_eq!((given.lag.as_millis(), given.memory), (250, Some(2 << 30)));
    let off = read(&["--shed", "off"], &[]).expect("fine");
    assert_eq!(off.settings.shed, None);
    assert!(off.warnings.iter().any(|warning| warning.contains("`shed` is off")));
}

#[test]
fn lists_are_given_in_three_ways() {
    let (_folder, path) = file("trusted_proxy = ['10.0.0.0/8', 'fd00::/8']");
    let expected = "[10.0.0.0/8, fd00::/8]";
    for (words, pairs) in [
        (&["--config", &path][..], &[][..]),
        (&["--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "fd00::/8"], &[]),
        (&[], &[("FILODIRETTO_TRUSTED_PROXY", "10.0.0.0/8, fd00::/8")]),
    ] {
        let found = read(words, pairs).expect("fine");
        assert_eq!(format!("{:?}", found.settings.trusted_proxy), expected);
    }
    let single = read(&["--open-network", "192.0.2.7"], &[]).expect("fine");
    assert_eq!(format!("{:?}", single.settings.open_network), "[192.0.2.7/32]");
}

#[test]
fn a_problem_names_key_source_value_and_what_is_possible() {
    type Row<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);
    let table: &[Row<'_>] = &[
        (
            &["--listen", "8080"],
            &[],
            "`listen` from --listen: `8080` does not do; an IP address and a port are expected, such as 127.0.0.1:8080 or [::]:8080",
        ),
        (
            &[],
            &[("FILODIRETTO_RING", "many")],
            "`ring` from FILODIRETTO_RING: `many` does not do; a whole number from 16 to 1000000 is expected",
        ),
        (
            &["--drain", "60"],
            &[],
            "`drain` from --drain: `60` does not do; a whole number from 1 to 9 is expected",
        ),
        (
            &["--shed", "maybe"],
            &[],
            "`shed` from --shed: `maybe` does not do; `on` or `off` is expected",
        ),
        (
            &["--memory-budget", "2GB"],
            &[],
            "`memory_budget` from --memory-budget: `2GB` does not do; a whole number from 16 to 10000000 is expected",
        ),
        (
            &["--journal", "postgres://x"],
            &[],
            "`journal` from --journal: `postgres://x` does not do; `sqlite` or an address that starts with nats:// is expected",
        ),
        (
            &["--trusted-proxy", "10.0.0.0/99"],
            &[],
            "`trusted_proxy` from --trusted-proxy: `10.0.0.0/99` does not do; a network such as 10.0.0.0/8 or 2001:db8::/32, or one address, is expected",
        ),
        (
            &["--limit-joins-per-person", "fast"],
            &[],
            "`limit_joins_per_person` from --limit-joins-per-person: `fast` does not do; a rate such as `600/min burst 120` is expected, or `off`",
        ),
        (
            &["--keep-days", "0"],
            &[],
            "`keep_days` from --keep-days: `0` does not do; a whole number from 1 to 3650 is expected, or `off`",
        ),
        (
            &["--seats", "100"],
            &[],
            "`staff_seats` from default: `200` does not do; fewer than `seats` (100) are expected",
        ),
        (
            &["--ring", "100", "--ring", "200"],
            &[],
            "`ring` from --ring: `100, 200` does not do; one value is expected",
        ),
        (
            &["--log-format", ""],
            &[],
            "`log_format` from --log-format: none does not do; text|json is expected",
        ),
        (
            &["--proxy-header", "x-real-ip"],
            &[],
            "`proxy_header` from --proxy-header: `x-real-ip` does not do; `x-forwarded-for` or `forwarded` is expected",
        ),
        (
            &[],
            &[("FILODIRETTO_ADMIN_TOKEN", "short")],
            "`admin_token` from FILODIRETTO_ADMIN_TOKEN: (hidden) does not do; it has 5 characters; 32 or more are needed (`openssl rand -hex 32` makes one)",
        ),
    ];
    for (words, pairs, expected) in table {
        let found = problems(words, pairs);
        assert_eq!(found, format!("the settings do not do:\n  {expected}"));
    }
}

#[test]
fn only_an_origin_can_be_the_public_address() {
    for wrong in ["comune.example", "ftp://x", "https://x/path", "https://x?q", "https://"] {
        let found = problems(&["--public-url", wrong], &[]);
        assert!(found.contains(wrong) && found.contains("nothing behind it"), "{found}");
    }
    let found = read(&["--public-url", "https://Domande.comune.it/"], &[]).expect("fine");
    let url = found.settings.public_url.map(|url| url.to_string());
    assert_eq!(url.as_deref(), Some("https://domande.comune.it"));
}

#[test]
fn all_problems_are_reported_at_once() {
    let (_folder, path) = file("rnig = 5\nseats = true\nring = 3\n");
    let found = problems(&["--config", &path, "--drain", "x"], &[("FILODIRETTO_LOG_FORMAT", "y")]);
    for part in ["`rnig`", "there are config, listen", "a boolean", "`3`", "`x`", "`y`"] {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert_eq!(found.lines().count(), 6, "{found}");
}

#[test]
fn a_file_that_is_missing_or_broken_is_named_and_never_quoted() {
    let found = problems(&["--config", "/nowhere/filo.toml"], &[]);
    assert!(found.contains("/nowhere/filo.toml cannot be read"), "{found}");
    let (_folder, path) = file(&format!("ring = 100\nadmin_token = \"{TOKEN}\nseats = 5\n"));
    let found = problems(&["--config", &path], &[]);
    assert!(found.contains("line 2 is no TOML"), "{found}");
    assert!(!found.contains("canary"), "{found}");
    let gone = problems(&[], &[("FILODIRETTO_ADMIN_TOKEN_FILE", "/nowhere/token")]);
    assert!(gone.contains("a secret's file /nowhere/token cannot be read"), "{gone}");
}

#[test]
fn no_secret_is_ever_shown() {
    let (_folder, path) = file(&format!("admin_token = '{TOKEN}'"));
    let key = "ca".repeat(32);
    let journal = "nats://me:canary@canary@host:4222";
    let found =
        read(&["--config", &path, "--journal", journal], &[("FILODIRETTO_IDENTITY_KEY", &key)])
            .expect("fine");
    let args = typed(&["--journal", journal]);
    for shown in [format!("{found}"), format!("{found:?}"), format!("{args:?}")] {
        assert!(!shown.contains("canary") && !shown.contains(&key), "{shown}");
    }
    let shown = found.to_string();
    assert!(shown.contains("nats://(hidden)@host:4222"), "{shown}");
    for weak in ["canary", &"canary ".repeat(10)] {
        let refused = problems(&[], &[("FILODIRETTO_ADMIN_TOKEN", weak)]);
        assert!(!refused.contains("canary"), "{refused}");
    }
    let help = ServeArgs::augment_args(Command::new("serve")).render_long_help().to_string();
    assert!(!help.contains("--admin-token") && help.contains("FILODIRETTO_ADMIN_TOKEN_FILE"));
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let (folder, _) = file("");
    let path = folder.path().join("token");
    fs::write(&path, format!("{TOKEN}\n")).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("opened");
    let name = path.to_str().expect("text");
    let found = read(&[], &[("FILODIRETTO_ADMIN_TOKEN_FILE", name)]).expect("fine");
    let token = found.settings.admin_token.as_ref().expect("set");
    assert_eq!(token.expose(), TOKEN);
    let warned = |found: &Effective| found.warnings.iter().any(|text| text.contains("chmod 600"));
    assert!(warned(&found));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("closed");
    assert!(!warned(&read(&[], &[("FILODIRETTO_ADMIN_TOKEN_FILE", name)]).expect("fine")));
    let both = [("FILODIRETTO_ADMIN_TOKEN", TOKEN), ("FILODIRETTO_ADMIN_TOKEN_FILE", name)];
    assert!(problems(&[], &both).contains("one is expected"));
}

#[test]
fn every_setting_is_documented_in_the_help_and_has_a_default_that_does() {
    let help = ServeArgs::augment_args(Command::new("serve")).render_long_help().to_string();
    for key in KEYS {
        assert!(help.contains(&key.variable()), "{}", key.name);
        assert!(key.kind == keys::Kind::Secret || help.contains(&format!("--{}", key.flag())));
        assert!(key.help.ends_with('.') && key.help.len() > 20, "{}: what and why", key.name);
        assert_eq!(KEYS.iter().filter(|other| other.name == key.name).count(), 1);
    }
}

/// What is warned of, by a word of the warning.
#[test]
fn what_is_possible_but_perhaps_not_meant_is_a_warning() {
    const URL: &str = "https://domande.comune.it";
    let table: &[(&[&str], &[&str])] = &[
        (&["--public-url", URL, "--trusted-proxy", "127.0.0.1"], &[]),
        (&["--public-url", "http://127.0.0.1:8080"], &[]),
        (&["--public-url", "http://127.0.0.1:8080", "--keep-days", "366"], &[]),
        (
            &["--public-url", "http://127.0.0.1:8080", "--keep-days", "off"],
            &["until somebody forgets them by hand"],
        ),
        (&["--public-url", "http://127.0.0.1:8080", "--keep-days", "367"], &["more than a year"]),
        (&["--listen", "0.0.0.0:8080"], &["no page may write"]),
        (&["--public-url", URL], &["`trusted_proxy` is empty"]),
        (&["--public-url", "http://domande.comune.it"], &["not encrypted"]),
        (
            &["--public-url", URL, "--listen", "[::]:443", "--tls-cert", "/c", "--tls-key", "/k"],
            &[],
        ),
        (
            &["--public-url", "http://127.0.0.1:8080", "--tls-cert", "/c", "--tls-key", "/k"],
            &["speaks https alone"],
        ),
        (
            &["--public-url", URL, "--trusted-proxy", "10.0.0.1", "--listen", "0.0.0.0:80"],
            &["go around the proxy"],
        ),
        (&["--public-url", URL, "--trusted-proxy", "0.0.0.0/0"], &["is everybody"]),
        (&["--public-url", URL, "--trusted-proxy", "::/0"], &["is everybody"]),
        (&["--public-url", URL, "--trusted-proxy", "80.0.0.0/4"], &["very wide"]),
        (
            &["--public-url", URL, "--trusted-proxy", "10.0.0.1", "--open-network", "::/0"],
            &["no network has limits"],
        ),
        (
            &["--public-url", URL, "--trusted-proxy", "10.0.0.1", "--open-network", "10.0.0.0/8"],
            &["holds your proxies"],
        ),
        (
            &["--public-url", "https://domande.comune.example", "--trusted-proxy", "10.0.0.1"],
            &["looks like a placeholder"],
        ),
        (&["--public-url", "http://127.0.0.1:8080", "--metrics-listen", "0.0.0.0:9"], &["metrics"]),
        (
            &["--public-url", "http://localhost", "--limit-messages-per-person", "off"],
            &["lifted: limit_messages_per_person."],
        ),
    ];
    for (words, expected) in table {
        let warnings = read(words, &[]).expect("possible").warnings;
        assert_eq!(warnings.len(), expected.len(), "{words:?}: {warnings:?}");
        for (warning, part) in warnings.iter().zip(*expected) {
            assert!(warning.contains(part), "{words:?}: {warning}");
        }
    }
    let slip = read(&[], &[("FILODIRETTO_LISTEM", "x"), ("HOME", "/x")]).expect("possible");
    assert!(slip.warnings.iter().any(|warning| warning.contains("FILODIRETTO_LISTEM")));
    assert!(!slip.to_string().contains("HOME"));
}

#[test]
fn the_gate_is_built_from_the_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("text");
    let words =
        ["--data", data, "--trusted-proxy", "10.0.0.0/8", "--public-url", "https://domande.it"];
    let settings = read(&words, &[]).expect("fine").settings;
    let mut headers = http::HeaderMap::new();
    headers.insert("x-forwarded-for", "192.0.2.1".parse().expect("a value"));
    let proxy = "10.0.0.1".parse().expect("an address");
    let client: Client = settings.addresses().client(proxy, &headers);
    assert_eq!(client.network.address().to_string(), "192.0.2.1");
    assert_eq!(settings.origins().cookies().name(), "__Host-filodiretto");
    let tokens = settings.tokens().expect("made");
    let again = settings.tokens().expect("read");
    let token = tokens.identities.issue([1; 16]);
    assert!(again.identities.verify(token.expose()).is_some());
    assert!(matches!(settings.doors(Some(1024)).admit(), crate::gate::seats::Admitted::Anybody(_)));
    let mut args = typed(&["--ring", "99"]);
    args.or("ring", "50").or("data", "elsewhere");
    let settings = Settings::read(&args, []).expect("fine").settings;
    assert_eq!((settings.ring, settings.data.to_str()), (99, Some("elsewhere")));
}

#[test]
fn the_table_reads_well() {
    let shown = read(&["--ring", "99"], &[("FILODIRETTO_ADMIN_TOKEN", TOKEN)]).expect("fine");
    let shown = shown.to_string();
    let lines: Vec<&str> = shown.lines().collect();
    let line = |name: &str| lines.iter().find(|line| line.starts_with(name)).copied();
    let words = |name: &str| line(name).map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(words("ring "), Some(vec!["ring", "99", "--ring"]));
    assert_eq!(
        words("admin_token"),
        Some(vec!["admin_token", "(hidden)", "FILODIRETTO_ADMIN_TOKEN"])
    );
    assert_eq!(words("public_url"), Some(vec!["public_url", "none", "default"]));
    assert!(lines.last().is_some_and(|line| line.starts_with("warning: ")));
}

#[test]
fn what_the_catalogue_does_not_say_yet_is_named_by_its_line() {
    let said =
        "# PLACEHOLDER marks it\nname: Filo\n  - name: PLACEHOLDER\nurl: \"https://x/PLACEHOLDER\"";
    let unsaid = super::unsaid(said);
    assert_eq!(
        unsaid,
        [
            "`publiccode.yml` does not say `name` yet (line 3).",
            "`publiccode.yml` does not say `url` yet (line 4).",
        ]
    );
}
