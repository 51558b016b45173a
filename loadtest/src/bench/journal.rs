//! What commands cost through a room and its journal, and a journal that is read again.

use std::path::Path;
use std::sync::Arc;

use filodiretto::hub::{Handle, Hub, RING_FRAMES};
use filodiretto::journal::{Chain, Durability, Journal, Keys, Seq, Snapshots, Sqlite};
use filodiretto::qa::event::Channel;
use filodiretto::qa::{As, Caller, Command, Envelope, Event, Session, SessionId};
use futures_util::TryStreamExt as _;
use tokio::task::JoinSet;

use super::rules::{asked, entry};
use super::{Folder, Row, now};
use crate::writers::{self, Plan};

/// Commands a second through room and journal, every answer after an fsync.
pub(super) async fn room(rows: &mut Vec<Row>, scale: usize) -> anyhow::Result<()> {
    for (writers, measure_asks, measure_votes) in [
        (1, "questions, 1 asker, durable", "votes, 1 voter, durable"),
        (50, "questions, 50 askers, durable", "votes, 50 voters, durable"),
        (1000, "questions, 1,000 askers, durable", "votes, 1,000 voters, durable"),
    ] {
        for (asks, measure) in [(true, measure_asks), (false, measure_votes)] {
            let folder = Folder::new()?;
            let each = (20_000 / writers / u32::try_from(scale)?).clamp(4, 2_000);
            let plan = Plan {
                writers,
                asks: if asks { each } else { 0 },
                votes: if asks { 0 } else { each },
                seed: 2,
            };
            let hub = writers::hub(&folder.0).await?;
            let session = writers::session(&hub, plan).await?;
            enter(&session, plan).await;
            let all: Vec<_> = (0..writers).map(|writer| writers::commands(plan, writer)).collect();
            let count: usize = all.iter().map(Vec::len).sum();
            let start = now();
            let mut tasks = JoinSet::new();
            for commands in all {
                let session = session.clone();
                tasks.spawn(async move {
                    for envelope in commands {
                        session.send(envelope).await;
                    }
                });
            }
            while let Some(done) = tasks.join_next().await {
                done?;
            }
            let took = start.elapsed();
            let entries = session.look(|_, chain| chain.head().n).await.unwrap_or_default();
            rows.push(Row::new(measure, count as f64 / took.as_secs_f64(), "commands/s", format!("{count} commands, {entries} entries in all, each sent after the answer to the one before")));
            hub.stop().await;
            hub.journal().close().await;
        }
    }
    Ok(())
}

/// Entries a second from the file into the state.
pub(super) async fn replay(rows: &mut Vec<Row>, entries: usize) -> anyhow::Result<()> {
    let folder = Folder::new()?;
    let id = SessionId::from_u128(77);
    let journal = open(&folder.0)?;
    let mut tasks = JoinSet::new();
    for worker in 0..64_usize {
        let journal = journal.clone();
        tasks.spawn(async move {
            for n in (worker..entries).step_by(64) {
                let mut entry = entry(n as u128 + 1, vec![asked(n as u128 + 1)]);
                journal.append(id, &mut entry).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(worker) = tasks.join_next().await {
        worker??;
    }
    journal.close().await;
    let start = now();
    let journal = open(&folder.0)?;
    let mut session = Session::new(id);
    let mut chain = Chain::new(id);
    let mut past = journal.read::<Event>(id, Seq::START);
    while let Some(read) = past.try_next().await? {
        chain.advance(&read.digest);
        session.apply(&read.entry);
    }
    drop(past);
    let took = start.elapsed();
    anyhow::ensure!(session.questions().len() == entries, "the replay lost questions");
    rows.push(Row::new(
        "replay from the file, opened and unsealed",
        entries as f64 / took.as_secs_f64(),
        "entries/s",
        format!("{entries} questions of as many people"),
    ));
    journal.close().await;
    for (measure, cached) in
        [("serving again, from the journal alone", false), ("the same, from a snapshot", true)]
    {
        let start = now();
        let journal = open(&folder.0)?;
        let caches = cached.then(|| Snapshots::new(&folder.0));
        let hub = Hub::open(journal, writers::wall, caches, RING_FRAMES).await?;
        let room = hub.session(id).await?;
        let there = room.look(|session, _| session.questions().len()).await;
        let took = start.elapsed();
        anyhow::ensure!(there == Some(entries), "the restart lost questions");
        if cached || caches_after(&hub, &folder.0, id).await? {
            rows.push(Row::new(
                measure,
                took.as_secs_f64() * 1e3,
                "ms",
                format!("{entries} entries: folder opened, room loaded, first look"),
            ));
        }
        hub.stop().await;
        hub.journal().close().await;
    }
    Ok(())
}

/// Leaves a snapshot for the next start, as a room that ends does.
async fn caches_after(hub: &Hub, folder: &Path, id: SessionId) -> anyhow::Result<bool> {
    let caches = Some(Snapshots::new(folder));
    let other = Hub::open(hub.journal().clone(), writers::wall, caches, RING_FRAMES).await?;
    other.session(id).await?;
    other.stop().await;
    Ok(true)
}

async fn enter(session: &Handle, plan: Plan) {
    for writer in 0..plan.writers {
        let command = Command::Enter {
            text: format!("Domanda dalla sala, numero {writer}"),
            name: None,
            labels: vec![],
            channel: Channel::Hall,
        };
        let caller = Caller { person: writers::person(plan, u32::MAX), acts: As::Staff };
        session.send(Envelope { id: writers::target(plan, writer).into(), caller, command }).await;
    }
}

fn open(folder: &Path) -> anyhow::Result<Journal> {
    let keys = Keys::open(folder)?;
    let store = Sqlite::open(folder, Durability::Full)?;
    Ok(Journal::new(Arc::new(store), Arc::new(keys)))
}
