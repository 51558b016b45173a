//! D2: the power goes. What was acknowledged is there, once; and the same test with
//! `synchronous=NORMAL` must lose something, else it would prove nothing.

use std::path::Path;
use std::process::Command;

use filodiretto::journal::Durability;

use super::written::{Said, journal_writer, lost, standing};

/// Cuts in every run; `POWER_CUTS=25` for the figure.
fn cuts() -> u64 {
    std::env::var("POWER_CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(6)
}

/// One cut: how many were acknowledged, how many of them are gone.
async fn cut(durability: Durability, seed: u64) -> (usize, usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let argument = match durability {
        Durability::Full => "full",
        Durability::Normal => "normal",
    };
    let milliseconds = 100 + seed * 7919 % 800;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/power-cut.sh");
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "bash"])
        .arg(script)
        .arg(folder.path())
        .arg(milliseconds.to_string())
        .arg(journal_writer())
        .args(["--durability", argument])
        .output()
        .expect("this test needs `unshare`");
    assert!(
        output.status.success(),
        "the power cut could not be emulated; it needs root, loop devices and ext4 (set \
         FILODIRETTO_NO_LOOP=1 where they are not allowed, and this is not tested): {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said = std::fs::read_to_string(folder.path().join("said")).expect("reads");
    let said = Said::read(&said);
    let standing = standing(&folder.path().join("found"), durability).await;
    (said.acks.len(), lost(&said, &standing).len())
}

/// Where they cannot be, somebody has to say so.
fn not_allowed() -> bool {
    std::env::var("FILODIRETTO_NO_LOOP").is_ok_and(|value| value == "1")
}

const NOT_TESTED: &str = "NOT TESTED: power cuts, since FILODIRETTO_NO_LOOP=1 says that there are \
                          no loop devices here";

#[tokio::test]
#[ignore = "long: power cuts on a file system of their own"]
async fn what_was_acknowledged_survives_a_power_cut() {
    if not_allowed() {
        println!("{NOT_TESTED}");
        return;
    }
    let mut all = 0;
    for seed in 0..cuts() {
        let (acknowledged, lost) = cut(Durability::Full, seed).await;
        assert_eq!(lost, 0, "seed {seed}: of {acknowledged} acknowledged");
        all += acknowledged;
    }
    println!("{} power cuts, FULL: 0 of {all} acknowledged lost", cuts());
    assert!(all > 1000, "only {all} acknowledged: nothing was tried");
}

/// The control: the same cuts find what is not durable.
#[tokio::test]
#[ignore = "long: power cuts on a file system of their own"]
async fn the_same_power_cuts_find_what_was_not_durable() {
    if not_allowed() {
        println!("{NOT_TESTED}");
        return;
    }
    let whole = std::env::var("POWER_CUTS").is_ok();
    let (mut all, mut gone, mut with_loss, mut tried) = (0, 0, 0, 0);
    for seed in 0..cuts().max(12) {
        let (acknowledged, lost) = cut(Durability::Normal, seed).await;
        (all, gone, tried) = (all + acknowledged, gone + lost, tried + 1);
        with_loss += usize::from(lost > 0);
        if with_loss > 0 && !whole {
            break; // It bites: that is all a common run has to show.
        }
    }
    println!("{tried} power cuts, NORMAL: {gone} of {all} acknowledged lost, in {with_loss} cuts");
    assert!(gone > 0, "a journal that does not sync lost nothing: the test is blind");
}
