//! Fifty writers at one session: what the plug is pulled on.
//!
//! Each writer asks and votes, sends every command again until it is answered, and prints a line
//! for each answer. Ids follow from the seed: a writer that is started again after a crash goes on
//! with what had no answer yet, as a phone does with its outbox; what counted before counts once.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use filodiretto::hub::{Handle, Hub, NewSession, RING_FRAMES, Reply};
use filodiretto::journal::{Durability, Journal, Keys, Snapshots, Sqlite};
use filodiretto::qa::command::Asked;
use filodiretto::qa::event::{About, Actor};
use filodiretto::qa::policy::PolicyChange;
use filodiretto::qa::{
    As, Caller, Command, CommandId, Entry, Envelope, Event, PersonId, Policy, QuestionId, Role,
    Timestamp,
};

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Who write at the same time.
    pub writers: u32,
    /// Questions of each.
    pub asks: u32,
    /// Votes of each.
    pub votes: u32,
    /// From which all ids follow.
    pub seed: u64,
}

/// Bits of an id that follow from the seed: what, whose, which.
pub fn id(seed: u64, what: u8, whose: u32, which: u32) -> u128 {
    let seed = u128::from(seed & 0xffff_ffff);
    seed << 80 | u128::from(what) << 72 | u128::from(whose) << 36 | u128::from(which)
}

/// The person of a writer.
pub fn person(plan: Plan, writer: u32) -> PersonId {
    PersonId::from_u128(id(plan.seed, b'p', writer, 0))
}

/// The time of this machine; the one clock of a process that decides.
pub fn wall() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is where time comes in")]
    let now = std::time::SystemTime::now();
    let ms = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// A hub over a SQLite journal in this folder.
///
/// # Errors
/// What kept the folder from being opened.
pub async fn hub(data: &Path) -> anyhow::Result<Hub> {
    let keys = Keys::open(data).context("failed to open the keys")?;
    let store = Sqlite::open(data, Durability::Full).context("failed to open the journal")?;
    let journal = Journal::new(Arc::new(store), Arc::new(keys));
    let caches = Some(Snapshots::new(data));
    Hub::open(journal, wall, caches, RING_FRAMES).await.context("failed to read the house")
}

/// An open rehearsal without limits per person, made once.
///
/// # Errors
/// What kept it from being made.
pub async fn session(hub: &Hub, plan: Plan) -> anyhow::Result<Handle> {
    let session = CommandId::from_u128(id(plan.seed, b's', 0, 1));
    let policy = Policy::default()
        .changed(&PolicyChange {
            open_questions: Some(None),
            questions: Some(None),
            slow_s: Some(None),
            ..PolicyChange::default()
        })
        .map_err(|wrong| anyhow::anyhow!(wrong))?;
    let about = About {
        title: "Una sera di prova".to_owned(),
        language: "it".to_owned(),
        starts_at: None,
        officials: vec![],
        labels: vec![],
        stream: None,
    };
    let slug = format!("prova-{}", plan.seed).parse()?;
    let new = NewSession { slug, about, rehearsal: true, policy };
    let reply = hub.create(None, session, new).await?;
    anyhow::ensure!(reply == Reply::done(), "the session was not created: {reply:?}");
    let room = hub.session(filodiretto::qa::SessionId(session.0)).await?;
    let moderator = person(plan, u32::MAX);
    let grant = Event::RoleGranted {
        person: moderator,
        role: Role::Moderator,
        name: "mod".to_owned(),
        invitation: None,
    };
    room.record(CommandId::from_u128(id(plan.seed, b's', 0, 2)), vec![grant]).await;
    let open = CommandId::from_u128(id(plan.seed, b's', 0, 3));
    let caller = Caller { person: moderator, acts: As::Staff };
    room.send(Envelope { id: open, caller, command: Command::Open }).await;
    Ok(room)
}

/// The first question of each writer, put in by the desk: what the others vote on.
pub fn target(plan: Plan, writer: u32) -> QuestionId {
    QuestionId::from_u128(id(plan.seed, b'q', writer, 0))
}

/// Everything a writer sends, in order.
pub fn commands(plan: Plan, writer: u32) -> Vec<Envelope> {
    let policy = Policy { version: 2, ..Policy::default() };
    let caller = Caller { person: person(plan, writer), acts: As::Citizen };
    let asks = (1..=plan.asks).map(|n| {
        let text =
            Asked::screened(&format!("Quando riapre la biblioteca? ({writer}.{n})"), &policy);
        let command = Command::Ask { text, name: None, labels: vec![], review: false };
        (id(plan.seed, b'q', writer, n), command)
    });
    let votes = (1..=plan.votes).map(|n| {
        // Every other time the same question again, and off: the last one counts.
        let question = target(plan, n / 2 % plan.writers);
        (id(plan.seed, b'v', writer, n), Command::Vote { question, on: n % 3 != 0 })
    });
    let mut all: Vec<_> = asks.chain(votes).collect();
    // Questions among the votes, not before them.
    all.sort_by_key(|(id, _)| id & 0xff);
    all.into_iter()
        .map(|(id, command)| Envelope { id: CommandId::from_u128(id), caller, command })
        .collect()
}

/// Runs the writers against a folder until all but what was `answered` in an earlier life is; prints
/// `done WRITER ID` for each.
///
/// # Errors
/// A refusal that no rule explains, or a journal that cannot be opened.
pub async fn run(
    data: &Path,
    plan: Plan,
    answered: &std::collections::BTreeSet<CommandId>,
) -> anyhow::Result<()> {
    let hub = hub(data).await?;
    let room = session(&hub, plan).await?;
    for writer in 0..plan.writers {
        let enter = Command::Enter {
            text: format!("Domanda dalla sala, numero {writer}"),
            name: None,
            labels: vec![],
            channel: filodiretto::qa::event::Channel::Hall,
        };
        let caller = Caller { person: person(plan, u32::MAX), acts: As::Staff };
        let id = CommandId::from(target(plan, writer));
        let reply = room.send(Envelope { id, caller, command: enter }).await;
        anyhow::ensure!(matches!(reply, Reply::Done { .. }), "not entered: {reply:?}");
    }
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..plan.writers {
        let room = room.clone();
        let mut outbox = commands(plan, writer);
        outbox.retain(|envelope| !answered.contains(&envelope.id));
        tasks.spawn(async move {
            for envelope in outbox {
                send(&room, writer, envelope).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(writer) = tasks.join_next().await {
        writer??;
    }
    say("finished");
    hub.stop().await;
    hub.journal().close().await;
    Ok(())
}

async fn send(room: &Handle, writer: u32, envelope: Envelope) -> anyhow::Result<()> {
    loop {
        match room.send(envelope.clone()).await {
            Reply::Done { .. } | Reply::Checked(_) => {
                say(&format!("done {writer} {}", envelope.id));
                return Ok(());
            }
            Reply::Unknown => {}
            Reply::Refused(refused) => match refused.refusal.retry_after_ms() {
                Some(ms) => tokio::time::sleep(std::time::Duration::from_millis(ms)).await,
                None => bail!("{} was refused: {}", envelope.id, refused.refusal),
            },
        }
    }
}

/// One line, at once: what has been said must be out before the plug is pulled.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // A reader that has gone has heard enough.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// What became of everything, from the journal alone and without the rules: each command id that
/// counts, and for each person and question the last vote.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Questions, with how often each was asked by a command that is not a repeat.
    pub asked: std::collections::BTreeMap<QuestionId, u32>,
    /// Hashes of votes, with how often each stands.
    pub votes: std::collections::BTreeMap<(PersonId, u64), u32>,
    /// The last vote of each person on each question, in the journal's order, repeats left out.
    pub last: std::collections::BTreeMap<(PersonId, QuestionId), bool>,
}

impl Counted {
    /// Takes one entry.
    pub fn take(&mut self, entry: &Entry) {
        for command in &entry.commands {
            for event in &command.events {
                match event {
                    Event::QuestionAsked { .. } if matches!(command.by, Actor::Citizen(_)) => {
                        *self.asked.entry(command.id.into()).or_default() += 1;
                    }
                    Event::VotesCast { rows } => {
                        for row in rows {
                            let seen = self.votes.entry((row.0, row.3.0)).or_default();
                            *seen += 1;
                            if *seen == 1 {
                                self.last.insert((row.0, row.1), row.2);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}
