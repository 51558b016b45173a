//! Is this machine fit for an evening? What a person with little time looks at before one.
//!
//! [`here`] looks at the machine and the data folder; [`outside`] comes from where citizens come,
//! through the proxy. Each look is a [`Line`]: green, yellow (it works, but), red (it will not do),
//! with what was found and what to do about it, in both languages.
//!
//! Nothing here touches the record. The one thing that is written is a small file of its own in
//! the data folder, to time the disk.

mod capacity;
mod disk;
mod folder;
mod machine;
pub mod outside;

use std::fmt;
use std::path::{Path, PathBuf};

pub(crate) use machine::memory_bytes;
use serde::Serialize;

use crate::config::Settings;
use crate::gate::keys::ADMIN_TOKEN;
use crate::qa::Language;

/// How it stands with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Green,
    /// It works, but; or nobody can say.
    Yellow,
    /// It will not do.
    Red,
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// In Italian.
    pub it: String,
    /// In English.
    pub en: String,
}

impl Said {
    fn new(it: impl Into<String>, en: impl Into<String>) -> Self {
        Self { it: it.into(), en: en.into() }
    }

    /// In this language.
    pub fn spoken(&self, language: Language) -> &str {
        match language {
            Language::Italian => &self.it,
            Language::English => &self.en,
        }
    }
}

/// What one look has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What was looked at: a word that stays.
    pub check: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub says: Said,
    /// What to do, where something is to be done.
    pub todo: Option<Said>,
}

impl Line {
    const fn green(check: &'static str, says: Said) -> Self {
        Self { check, state: State::Green, says, todo: None }
    }

    const fn yellow(check: &'static str, says: Said, todo: Said) -> Self {
        Self { check, state: State::Yellow, says, todo: Some(todo) }
    }

    const fn red(check: &'static str, says: Said, todo: Said) -> Self {
        Self { check, state: State::Red, says, todo: Some(todo) }
    }
}

/// What is looked at.
#[derive(Debug, Clone)]
pub struct Case {
    /// The data folder.
    pub data: PathBuf,
    /// Connections that the settings allow (`connections`).
    pub connections: usize,
    /// Seats that the settings allow (`seats`).
    pub seats: usize,
    /// Whether everybody comes through a proxy of ours (`trusted_proxy`).
    pub behind_proxy: bool,
    /// Whether this process is the server itself; else its server is looked for.
    pub serves: bool,
}

impl From<&Settings> for Case {
    fn from(settings: &Settings) -> Self {
        Self {
            data: settings.data.clone(),
            connections: settings.connections,
            seats: settings.seats.total,
            behind_proxy: !settings.trusted_proxy.is_empty(),
            serves: false,
        }
    }
}

/// The administrator's token: as it was set, else as it stands in the data folder, if this user may
/// read it.
pub fn token(settings: &Settings) -> Option<String> {
    if let Some(token) = &settings.admin_token {
        return Some(token.expose().to_owned());
    }
    kernel(settings.data.join(ADMIN_TOKEN)).map(|text| text.trim().to_owned())
}

/// Looks at the machine and the data folder. Blocks for as long as the disk takes for some tens of
/// small writes: half a second on one that is fit, some seconds on one that is not.
pub fn here(case: &Case) -> Vec<Line> {
    let process = machine::Process::of(case);
    let mut lines = vec![folder::permissions(&case.data), folder::pair(&case.data)];
    lines.extend([disk::free(&case.data), disk::sync(&case.data)]);
    lines.push(machine::descriptors(&process, case));
    lines.extend([machine::clock(&case.data), machine::memory(case)]);
    lines.extend(machine::backlog());
    lines.push(capacity::viewers(&process, case));
    lines
}

/// What `check-config` would warn of.
pub fn settings(warnings: &[String]) -> Line {
    if warnings.is_empty() {
        return Line::green("settings", Said::new("Nessun avviso.", "No warnings."));
    }
    let count = warnings.len();
    Line::yellow(
        "settings",
        Said::new(
            format!("Avvisi sulle impostazioni: {count}."),
            format!("Warnings about the settings: {count}. {}", warnings.join(" ")),
        ),
        Said::new(
            "`filodiretto check-config` li elenca tutti.",
            "`filodiretto check-config` lists them with each setting.",
        ),
    )
}

/// Lines for programs: one object, with both languages.
pub fn json(lines: &[Line]) -> serde_json::Value {
    let said = |line: &Line, language| {
        let todo = line.todo.as_ref().map(|todo| todo.spoken(language));
        serde_json::json!({"says": line.says.spoken(language), "todo": todo})
    };
    let line = |line: &Line| {
        serde_json::json!({
            "check": line.check, "state": line.state,
            "it": said(line, Language::Italian), "en": said(line, Language::English),
        })
    };
    serde_json::json!({"lines": lines.iter().map(line).collect::<Vec<_>>()})
}

/// Lines as they are printed, worst last, so that it stands where one looks.
pub struct Printed<'a>(pub &'a [Line], pub Language);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<&Line> = self.0.iter().collect();
        lines.sort_by_key(|line| line.state);
        for line in &lines {
            let word = match line.state {
                State::Green => "green ",
                State::Yellow => "YELLOW",
                State::Red => "RED   ",
            };
            writeln!(f, "{word} {:<12} {}", line.check, line.says.spoken(self.1))?;
            if let Some(todo) = &line.todo {
                writeln!(f, "{:20}-> {}", "", todo.spoken(self.1))?;
            }
        }
        let count = |state| lines.iter().filter(|line| line.state == state).count();
        let (green, yellow, red) = (count(State::Green), count(State::Yellow), count(State::Red));
        write!(f, "{green} green, {yellow} yellow, {red} red")
    }
}

/// A file of /proc or /sys, without its last line break.
fn kernel(path: impl AsRef<Path>) -> Option<String> {
    Some(std::fs::read_to_string(path).ok()?.trim_end().to_owned())
}

#[cfg(test)]
mod tests;
