//! What the guides name is there: files of the tree, and places that a link leads to.

use std::fs;
use std::path::{Path, PathBuf};

/// Those that send a reader through the code.
const GUIDES: [&str; 4] = ["docs/extend.md", "README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"];
/// Files that only a walk through an example makes.
const MADE: [&str; 2] = ["web/src/numbers/main.ts", "src/PAGE/main.ts"];
/// What a name of a file ends in.
const KINDS: [&str; 9] = ["rs", "md", "ts", "mjs", "svelte", "yaml", "json", "toml", "py"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What stands in single backquotes, outside of blocks of code.
fn quoted(text: &str) -> Vec<String> {
    let prose: Vec<&str> = text.split("```").step_by(2).collect();
    let prose = prose.concat();
    prose.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether it is the whole path of a file of the tree.
fn is_path(name: &str) -> bool {
    let plain = !name.contains([' ', '*', '{', '<', '(', ':', '$']) && !name.starts_with('/');
    let kind = name.rsplit_once('.').map_or("", |(_, kind)| kind);
    plain && name.contains('/') && KINDS.contains(&kind)
}

#[test]
fn every_file_that_a_guide_names_is_there() {
    let mut found = 0;
    let mut missing = Vec::new();
    for guide in GUIDES {
        let text = fs::read_to_string(root().join(guide)).expect(guide);
        for name in quoted(&text).into_iter().filter(|name| is_path(name)) {
            found += 1;
            let here = root().join(&name).exists() || MADE.contains(&name.as_str());
            // What `make` writes is not there before.
            if !here && !name.starts_with("target/") && !name.starts_with("web/dist") {
                missing.push(format!("{guide}: {name}"));
            }
        }
    }
    assert!(found > 40, "{found} names only: are they still in backquotes?");
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_link_between_our_documents_leads_somewhere() {
    let mut missing = Vec::new();
    let docs = fs::read_dir(root().join("docs")).expect("the documents");
    let docs = docs.map(|entry| entry.expect("a file").path());
    let pages = docs.filter(|path| path.extension().is_some_and(|kind| kind == "md"));
    for page in pages.chain(GUIDES.map(|guide| root().join(guide))) {
        let text = fs::read_to_string(&page).expect("a page");
        let folder = page.parent().expect("a folder");
        for part in text.split("](").skip(1) {
            let to = part.split(')').next().unwrap_or_default();
            let (file, place) = to.split_once('#').unwrap_or((to, ""));
            let there = if file.is_empty() { page.clone() } else { folder.join(file) };
            if !to.contains("://") && !is_there(&there, place) {
                missing.push(format!("{}: {to}", page.display()));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}

/// Whether there is such a file, with such a heading in it.
fn is_there(file: &Path, place: &str) -> bool {
    let named = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect::<String>() == place
    };
    file.exists()
        && (place.is_empty()
            || fs::read_to_string(file)
                .is_ok_and(|text| text.lines().any(|line| line.starts_with('#') && named(line))))
}
