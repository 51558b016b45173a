//! The recorded evening, with the verdicts that people gave, against a count that knows nothing of
//! ours.

use std::path::PathBuf;

use loadtest::replay::{Plan, Recording, count, replay};

use crate::support::Server;
use crate::wire_ground::host;

/// Which recording is played, and what its files must say, so that nobody plays an empty one.
struct Data {
    what: String,
    statements: PathBuf,
    votes: PathBuf,
    /// Votes on one's own, and on refused statements.
    refused: (usize, usize),
    speed: f64,
}

/// `DATA` names a folder with recordings; without it our own small one is played.
fn data() -> Data {
    let recording = |folder: PathBuf, name: &str| {
        let file = |end: &str| folder.join(format!("{name}.{end}"));
        (file("comments.jsonl"), file("votes.csv"))
    };
    match std::env::var_os("DATA") {
        Some(given) => {
            let name = "bg2050-volunteers.en";
            let folders = [PathBuf::from(&given).join("polis"), PathBuf::from(&given)];
            let has = |folder: &&PathBuf| folder.join(format!("{name}.votes.csv")).exists();
            let folder = folders.iter().find(has);
            let folder = folder.unwrap_or_else(|| panic!("DATA={given:?} has no {name}.votes.csv"));
            let (statements, votes) = recording(folder.clone(), name);
            let what = "THE RECORDED EVENING bg2050-volunteers of Polis (CC BY 4.0)".to_owned();
            Data { what, statements, votes, refused: (371, 606), speed: 50_000.0 }
        }
        None => {
            let folder =
                PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/polis-like");
            let (statements, votes) = recording(folder, "piazza.it");
            let what = "OUR OWN SMALL RECORDING, since DATA names no folder".to_owned();
            Data { what, statements, votes, refused: (6, 4), speed: 60.0 }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorded_evening_comes_to_the_same_tallies() {
    let data = data();
    println!("replayed: {}", data.what);
    let must = count(&data.statements, &data.votes).expect("the files");
    assert_eq!((must.own, must.on_refused), data.refused, "the files are not what they were");
    let recording = Recording::read(&data.statements, &data.votes).expect("the files");
    let (people, statements) = (recording.people().len(), recording.statements.len());
    let server = Server::start().await;
    let folder = server.data();
    let plan = Plan { slug: "replay", speed: data.speed, seed: 1, data: &folder };
    let replayed = replay(&host(&server), recording, &plan).await.expect("it plays to its end");
    assert_eq!(replayed.surprises, [""; 0]);
    let differ = must.tallies.iter().filter(|(id, votes)| replayed.tallies.get(*id) != Some(votes));
    assert_eq!(differ.count(), 0, "tallies differ from the files");
    assert!(replayed.is(&must), "{replayed:?}\n{must:?}");
    assert!(replayed.report.is_clean(), "{}", replayed.report);
    println!(
        "{people} people, {statements} statements, {} votes: {} done, {} own and {} on refused \
         statements refused; every tally is the one in the files",
        must.rows, replayed.done, replayed.own, replayed.on_refused
    );
}
