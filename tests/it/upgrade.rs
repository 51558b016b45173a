//! An upgrade in the middle of an evening. Here with some people and a short journal; with 1,000
//! seats and 100,000 entries it is a command: `docs/operations.md`, "Upgrade".

use std::path::PathBuf;

use loadtest::upgrade::{Plan, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_comes_back_to_the_server_that_takes_the_place() {
    let data = tempfile::tempdir().expect("a folder");
    let server = PathBuf::from(env!("CARGO_BIN_EXE_filodiretto"));
    let plan = Plan {
        before: server.clone(),
        after: server,
        data: data.path().to_owned(),
        seats: 60,
        entries: 2_500,
        without_snapshot: true,
        seed: 1,
    };
    let upgraded = run(&plan).await.expect("everybody is back, and everything had its reply");
    println!("{upgraded}");
    assert!(upgraded.report.is_clean(), "{upgraded}");
    assert_eq!(upgraded.back.count, plan.seats as u64);
    // What nobody missed, nobody is sent again.
    assert_eq!(upgraded.anew, 0, "{upgraded}");
}
