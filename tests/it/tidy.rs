//! The house stays tidy: the rules are pure, imports run one way, and every room says what it is.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, and what each may use of the others. A new room does not pass without a line here.
const ROOMS: &[(&str, &[&str])] = &[
    ("screening", &[]),
    ("qa", &["screening"]),
    ("journal", &["qa", "screening"]),
    ("wire", &["qa", "screening"]),
    ("hub", &["gate", "journal", "qa", "screening", "wire"]),
    ("backup", &["archive", "gate", "hub", "journal", "qa"]),
    ("archive", &["journal", "qa", "screening", "wire"]),
    ("story", &["qa", "screening"]),
    ("lines", &["qa", "screening", "wire"]),
    ("config", &["gate"]),
    ("doctor", &["config", "gate", "qa"]),
    ("telemetry", &["qa"]),
    ("gate", &["qa"]),
    ("notify", &["qa"]),
    (
        "http",
        &[
            "archive",
            "backup",
            "config",
            "doctor",
            "gate",
            "hub",
            "journal",
            "qa",
            "screening",
            "telemetry",
            "wire",
        ],
    ),
    ("play", &["archive", "config", "hub", "journal", "qa", "screening", "story", "wire"]),
    // The map and the wiring.
    ("lib", &[]),
    ("main", &[]),
];

/// What the rules must not know: plumbing, clocks, chance, files, networks, order by chance.
const IMPURE: &[&str] = &[
    "tokio",
    "axum",
    "hyper",
    "rusqlite",
    "std::time",
    "rand::",
    "getrandom",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "HashMap",
    "HashSet",
    "Instant",
    "SystemTime",
    "thread_rng",
    "println!",
    "tracing",
];

struct Source {
    path: PathBuf,
    room: String,
    /// Without comments.
    code: Vec<(usize, String)>,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &mut found);
    assert!(found.len() > 15, "the sources were not found in {}", root.display());
    found.sort();
    found.iter().map(|path| read(&root, path)).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources can be read") {
        let path = entry.expect("the sources can be read").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn read(root: &Path, path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("the sources can be read");
    let inside = path.strip_prefix(root).expect("it was found there");
    let first = inside.components().next().expect("a file has a name");
    let room = Path::new(&first).file_stem().expect("a name").to_string_lossy().into_owned();
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned());
    let code = (1..).zip(code).collect();
    Source { path: inside.to_owned(), room, code, text }
}

#[test]
fn the_rules_do_no_io_read_no_clock_and_draw_no_random_number() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| ["qa", "screening"].contains(&&*source.room)) {
        for (line, code) in &source.code {
            for word in IMPURE.iter().filter(|word| code.contains(**word)) {
                found.push(format!("{}:{line}: {word}", source.path.display()));
            }
        }
    }
    assert_eq!(found, [""; 0], "the rules know something that they must not");
}

#[test]
fn imports_run_one_way() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !["lib", "main"].contains(&&*source.room)) {
        let room = ROOMS.iter().find(|(room, _)| *room == source.room);
        let Some((_, allowed)) = room else {
            wrong.push(format!("the room `{}` has no line in this test", source.room));
            continue;
        };
        for (line, code) in &source.code {
            for used in used_rooms(code) {
                if used != source.room && !allowed.contains(&used.as_str()) {
                    let path = source.path.display();
                    wrong.push(format!("{path}:{line}: {} uses {used}", source.room));
                }
            }
        }
    }
    assert_eq!(wrong, [""; 0], "imports run one way");
}

/// The rooms that a line names as `crate::room` or in `use crate::{room, …}`.
fn used_rooms(code: &str) -> Vec<String> {
    let name = |text: &str| {
        text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>()
    };
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => used.extend(list.split(',').map(|part| name(part.trim()))),
            None => used.push(name(rest)),
        }
    }
    // What is no room is an item of the crate's root, which has none but rooms.
    used.retain(|room| !room.is_empty());
    used
}

#[test]
fn every_file_says_what_lives_there() {
    let silent: Vec<_> = sources()
        .iter()
        .filter(|source| !source.text.starts_with("//!"))
        .map(|source| source.path.display().to_string())
        .collect();
    assert_eq!(silent, [""; 0], "these begin without `//!`");
}

#[test]
fn rooms_that_a_line_names_are_found() {
    assert_eq!(used_rooms("use crate::qa::Entry;"), ["qa"]);
    assert_eq!(used_rooms("use crate::{hub, journal::Seq};"), ["hub", "journal"]);
    assert_eq!(used_rooms("let a = crate::screening::length(b);"), ["screening"]);
}
