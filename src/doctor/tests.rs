//! Looks at folders in order and out of it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn case(data: &Path) -> Case {
    Case { data: data.to_owned(), connections: 100, seats: 50, behind_proxy: false, serves: false }
}

fn line<'a>(lines: &'a [Line], check: &str) -> &'a Line {
    lines.iter().find(|line| line.check == check).expect("it is looked at")
}

/// A folder as a server leaves it. On a disk: what is in memory is not fit, and says so.
fn folder() -> tempfile::TempDir {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let dir = tempfile::tempdir_in(target).expect("a folder");
    fs::set_permissions(dir.path(), Permissions::from_mode(0o700)).expect("ours");
    for name in ["journal.db", "keys.db"] {
        fs::write(dir.path().join(name), b"").expect("writes");
    }
    dir
}

#[test]
fn a_folder_in_order_is_green_and_nothing_is_left_in_it() {
    let dir = folder();
    let lines = here(&case(dir.path()));
    for check in ["permissions", "record", "descriptors"] {
        assert_eq!(line(&lines, check).state, State::Green, "{lines:#?}");
    }
    let left: Vec<_> = fs::read_dir(dir.path()).expect("reads").collect();
    assert_eq!(left.len(), 2, "{left:?}");
    for found in &lines {
        assert_eq!(found.todo.is_none(), found.state == State::Green, "{found:?}");
        let Said { it, en } = &found.says;
        assert!(it != en && it.ends_with('.') && en.ends_with('.'), "{found:?}");
    }
}

#[test]
fn what_is_wrong_is_red_and_says_what_to_do() {
    let dir = folder();
    fs::remove_file(dir.path().join("keys.db")).expect("removes");
    let lines = here(&case(dir.path()));
    assert_eq!(line(&lines, "record").state, State::Red);
    fs::write(dir.path().join("keys.db"), b"").expect("writes");
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("ours");
    fs::set_permissions(dir.path().join("keys.db"), Permissions::from_mode(0o644)).expect("ours");
    let lines = here(&case(dir.path()));
    let found = line(&lines, "permissions");
    assert_eq!(found.state, State::Red);
    assert!(found.says.en.contains("keys.db"), "{found:?}");
    assert!(found.todo.as_ref().is_some_and(|todo| todo.en.contains("chmod 700")), "{found:?}");
    let printed = Printed(&lines, Language::English).to_string();
    assert!(printed.contains("RED    permissions") && printed.contains(" red"), "{printed}");

    let lines = here(&Case { connections: 50_000_000, seats: 50_000_000, ..case(dir.path()) });
    for check in ["descriptors", "memory"] {
        assert_eq!(line(&lines, check).state, State::Yellow, "{lines:#?}");
    }
}

#[test]
fn a_folder_that_is_not_there_or_only_in_memory_is_red() {
    let lines = here(&case(Path::new("/nowhere/at/all")));
    assert_eq!(line(&lines, "disk").state, State::Red);
    assert_eq!(line(&lines, "fsync").state, State::Red);
    let lines = here(&case(Path::new("/dev/shm")));
    assert!(line(&lines, "fsync").says.en.contains("tmpfs"), "{lines:#?}");
}

#[test]
fn a_clock_that_is_behind_the_record_is_red() {
    let dir = folder();
    let journal = fs::File::options().write(true).open(dir.path().join("journal.db"));
    #[expect(clippy::disallowed_methods, reason = "it is about the clock")]
    let tomorrow = std::time::SystemTime::now() + std::time::Duration::from_secs(86_400);
    journal.expect("opens").set_modified(tomorrow).expect("ours");
    assert_eq!(line(&here(&case(dir.path())), "clock").state, State::Red);
}

#[test]
fn a_limit_of_every_group_around_counts() {
    let groups = |named| {
        machine::groups(named).iter().map(|at| at.display().to_string()).collect::<Vec<_>>()
    };
    let top = "/sys/fs/cgroup";
    let unit = groups("0::/system.slice/filodiretto.service");
    let names = ["/system.slice/filodiretto.service", "/system.slice", "/"];
    assert_eq!(unit, names.map(|name| format!("{top}{name}")));
    assert_eq!(groups("0::/"), [format!("{top}/")], "in a container");
    assert_eq!(groups(""), [format!("{top}/")], "nobody says");
}
