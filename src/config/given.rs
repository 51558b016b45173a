//! Where values come from, and which one counts: texts only, not yet read.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::keys::{KEYS, Key, Kind, VARIABLES, find};
use super::{ConfigError, ServeArgs};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// The file of `config`.
    File(PathBuf),
    /// A variable.
    Variable(String),
    /// A file that a variable ending in `_FILE` names.
    SecretFile(PathBuf),
    /// The command line.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) | Self::SecretFile(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(flag) => write!(f, "--{flag}"),
        }
    }
}

/// One setting's texts, and where they came from.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) texts: Vec<String>,
    pub(super) source: Source,
}

/// Not the texts: some are secrets.
impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.texts.len(), self.source)
    }
}

/// Every setting's texts. Invariant: each key of the table is there.
#[derive(Debug, Clone)]
pub(super) struct Everything {
    by_name: BTreeMap<&'static str, Given>,
}

/// The variables of this process that are ours. What is no Unicode is changed so that it shows.
pub fn environment() -> Vec<(String, String)> {
    let texts = std::env::vars_os().map(|(name, value)| {
        (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
    });
    texts.filter(|(name, _)| name.starts_with(VARIABLES)).collect()
}

impl Everything {
    /// Collects them. Returns also the variables that look like ours and are not.
    pub(super) fn collect(
        args: &ServeArgs,
        variables: BTreeMap<String, String>,
        problems: &mut Vec<ConfigError>,
    ) -> (Self, Vec<String>) {
        let default = |key: &'static Key| {
            (key.name, Given { texts: split(key, key.default), source: Source::Default })
        };
        let mut all = Self { by_name: KEYS.iter().map(default).collect() };
        let typed = args.typed.get("config").and_then(|typed| typed.last());
        let file = typed.or_else(|| variables.get("FILODIRETTO_CONFIG"));
        if let Some(path) = file.filter(|path| !path.is_empty()) {
            all.take_file(Path::new(path), problems);
        }
        let strangers = all.take_variables(variables, problems);
        for (name, typed) in &args.typed {
            if let Some(key) = find(name) {
                all.take(key, typed, Source::Flag(key.flag()));
            }
        }
        (all, strangers)
    }

    /// What was given for a key.
    pub(super) fn of(&self, key: &Key) -> &Given {
        self.by_name.get(key.name).expect("every key of the table is there")
    }

    fn take(&mut self, key: &'static Key, texts: &[String], source: Source) {
        let texts = texts.iter().flat_map(|text| split(key, text)).collect();
        self.by_name.insert(key.name, Given { texts, source });
    }

    fn take_file(&mut self, path: &Path, problems: &mut Vec<ConfigError>) {
        let broken = |why| ConfigError::File { what: "the settings' file", path: path.into(), why };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return problems.push(broken(error.to_string())),
        };
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            // Not the error's whole text: that quotes the line, which may hold a secret.
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
                return problems.push(broken(format!("line {line} is no TOML")));
            }
        };
        for (name, value) in table {
            let source = Source::File(path.to_owned());
            match (find(&name), plain(&value)) {
                (None, _) => problems.push(ConfigError::NoSuchKey { name, path: path.into() }),
                (Some(key), Some(texts)) => self.take(key, &texts, source),
                (Some(key), None) => problems.push(ConfigError::Value {
                    key: key.name,
                    place: source,
                    shown: format!("a {}", value.type_str()),
                    possible: format!("{} is expected", key.unit),
                }),
            }
        }
    }

    fn take_variables(
        &mut self,
        mut variables: BTreeMap<String, String>,
        problems: &mut Vec<ConfigError>,
    ) -> Vec<String> {
        for key in KEYS {
            let said = variables.remove(&key.variable());
            let file = key.file_variable().and_then(|name| variables.remove(&name));
            match (said, file.map(PathBuf::from)) {
                (None, None) => {}
                (Some(_), Some(_)) => problems.push(ConfigError::Twice { key: key.variable() }),
                (Some(text), None) => self.take(key, &[text], Source::Variable(key.variable())),
                (None, Some(path)) => match fs::read_to_string(&path) {
                    Ok(text) => self.take(key, &[text], Source::SecretFile(path)),
                    Err(error) => {
                        let (what, why) = ("a secret's file", error.to_string());
                        problems.push(ConfigError::File { what, path, why });
                    }
                },
            }
        }
        variables.into_keys().filter(|name| name.starts_with(VARIABLES)).collect()
    }
}

/// A text as the values it holds. An empty one holds none.
fn split(key: &Key, text: &str) -> Vec<String> {
    let separator = if key.kind == Kind::List { Some(',') } else { None };
    let parts = text.split(|c| Some(c) == separator);
    parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A TOML value as texts; `None` for what no setting is.
fn plain(value: &toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::String(text) => Some(vec![text.clone()]),
        toml::Value::Integer(number) => Some(vec![number.to_string()]),
        toml::Value::Array(values) => {
            let texts: Option<Vec<Vec<String>>> = values.iter().map(plain).collect();
            texts.map(|texts| texts.concat())
        }
        toml::Value::Boolean(_)
        | toml::Value::Float(_)
        | toml::Value::Datetime(_)
        | toml::Value::Table(_) => None,
    }
}

/// A value as it may be shown.
pub(super) fn show(key: &Key, texts: &[String]) -> String {
    match (key.kind, texts) {
        (_, []) => "none".to_owned(),
        (Kind::Secret, _) => "(hidden)".to_owned(),
        (Kind::One | Kind::List, texts) => {
            texts.iter().map(|text| without_password(text)).collect::<Vec<_>>().join(", ")
        }
    }
}

/// `nats://user:password@host` and the like, without what stands before the last `@`.
fn without_password(text: &str) -> String {
    match text.rsplit_once('@') {
        None => text.to_owned(),
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
            format!("{scheme}://(hidden)@{host}")
        }
    }
}
