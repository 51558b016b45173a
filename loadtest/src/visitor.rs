//! A client as a real page is one: it keeps its place, sends again what was not answered, comes
//! back by itself, and stays away when it is told to.
//!
//! Everything it sends and receives goes into a [`Recorder`]. Its task owns the line; tests and
//! scenarios hold the [`Visitor`], send wishes, and look at the [`Board`]. Dropping it closes the
//! page.

mod board;
mod line;
mod page;

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

pub use board::Board;
pub use line::{Ticket, Way};

use crate::chance::Chance;
use crate::history::{Recorder, Seat};
use crate::http::Server;
use line::Place;

/// How long a test waits for what must happen.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// How a visitor behaves.
#[derive(Debug, Clone)]
pub struct Manner {
    /// By which way they come.
    pub way: Way,
    /// The first pause before they come back; doubled each time, and drawn from.
    pub pause: Duration,
    /// The longest such pause.
    pub longest: Duration,
    /// Whether what was refused as too fast, too many or busy is sent again when told.
    pub patient: bool,
    /// The least time between two commands, for people who are sped up beyond what one may send.
    pub pace: Duration,
    /// From which all their choices follow.
    pub seed: u64,
}

impl Default for Manner {
    /// As the pages do it.
    fn default() -> Self {
        let (pause, longest) = (Duration::from_millis(500), Duration::from_secs(30));
        let (patient, pace) = (false, Duration::ZERO);
        Self { way: Way::Socket, pause, longest, patient, pace, seed: 1 }
    }
}

impl Manner {
    /// For servers that are killed all the time: comes back within a second.
    pub fn hurried(seed: u64) -> Self {
        let (pause, longest) = (Duration::from_millis(20), Duration::from_millis(700));
        Self { pause, longest, patient: true, seed, ..Self::default() }
    }
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It counts; of a question, with its receipt.
    Done(Option<String>),
    /// The reply to `check`.
    Checked(Value),
    /// It was not recorded: the whole refusal.
    Refused(Value),
    /// The page went before there was a reply.
    Unknown,
}

impl Outcome {
    /// The code of a refusal.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(refused) => refused["code"].as_str(),
            Self::Done(_) | Self::Checked(_) | Self::Unknown => None,
        }
    }

    /// Whether it counts.
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// A command under way.
#[derive(Debug)]
pub struct Sent {
    /// The command's id; of an `ask`, the question's.
    pub id: String,
    reply: oneshot::Receiver<(Outcome, Instant)>,
}

impl Sent {
    /// What becomes of it, and when that was known.
    pub async fn outcome(self) -> (Outcome, Instant) {
        self.reply.await.unwrap_or_else(|_| (Outcome::Unknown, Instant::now()))
    }
}

/// A wish on its way to the page.
struct Wish {
    id: String,
    command: Value,
    reply: oneshot::Sender<(Outcome, Instant)>,
}

/// Somebody with a page open.
#[derive(Debug)]
pub struct Visitor {
    /// As the history calls them.
    pub name: String,
    wishes: mpsc::UnboundedSender<Wish>,
    board: watch::Receiver<Board>,
    page: JoinHandle<()>,
    ids: std::sync::Mutex<Chance>,
}

/// What a visitor needs to know to come.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Where.
    pub server: Server,
    /// The session's slug.
    pub session: String,
    /// Into what.
    pub recorder: Recorder,
}

impl Invitation {
    /// Opens a page; it connects by itself.
    pub fn visitor(&self, name: &str, seat: Seat, ticket: Ticket, manner: &Manner) -> Visitor {
        let (wishes, inbox) = mpsc::unbounded_channel();
        let (shown, board) = watch::channel(Board::default());
        let place = Place {
            server: self.server.clone(),
            session: self.session.clone(),
            seat,
            ticket,
            way: manner.way,
        };
        let log = self.recorder.client(name, seat, &self.session);
        let posts = self.recorder.client(&format!("{name}-post"), seat, &self.session);
        let page = page::Page::new(place, manner.clone(), name, (log, posts), inbox, shown);
        let page = tokio::spawn(page.run());
        let ids = Chance::of(manner.seed, &format!("ids of {name}")).into();
        Visitor { name: name.to_owned(), wishes, board, page, ids }
    }
}

impl Visitor {
    /// Sends a command; without an `id` it gets one.
    pub fn sends(&self, mut command: Value) -> Sent {
        let id = match command["id"].as_str() {
            Some(id) => id.to_owned(),
            None => {
                let mut ids = self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                ids.id()
            }
        };
        command["id"] = id.clone().into();
        let (sender, reply) = oneshot::channel();
        // A page that has gone answers nothing, which is `Unknown`.
        let _ = self.wishes.send(Wish { id: id.clone(), command, reply: sender });
        Sent { id, reply }
    }

    /// Sends a command and waits for what becomes of it.
    pub async fn does(&self, command: Value) -> Outcome {
        let outcome = timeout(DEADLINE * 2, self.sends(command).outcome()).await;
        outcome.map_or(Outcome::Unknown, |(outcome, _)| outcome)
    }

    /// Sends a command that must count.
    ///
    /// # Errors
    /// When it does not, with the refusal.
    pub async fn must(&self, command: Value) -> anyhow::Result<String> {
        let sent = self.sends(command.clone());
        let id = sent.id.clone();
        match timeout(DEADLINE * 2, sent.outcome()).await {
            Ok((Outcome::Done(_), _)) => Ok(id),
            outcome => bail!("{}: {command} came to {outcome:?}", self.name),
        }
    }

    /// Asks, and returns the question's id.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn asks(&self, text: &str) -> anyhow::Result<String> {
        self.must(json!({"type": "ask", "text": text})).await
    }

    /// Decides on a question in the revision that is before their eyes.
    ///
    /// # Errors
    /// When it is refused, or the question never appears.
    pub async fn judges(&self, kind: &str, question: &str, more: Value) -> anyhow::Result<String> {
        let rev = self.sees(|board| board.questions.contains_key(question)).await?.rev(question);
        self.must(about(kind, question, rev, more)).await
    }

    /// What is before their eyes.
    pub fn board(&self) -> Board {
        self.board.borrow().clone()
    }

    /// Looks without taking anything along.
    pub fn look<T>(&self, look: impl FnOnce(&Board) -> T) -> T {
        look(&self.board.borrow())
    }

    /// Waits until something is so.
    ///
    /// # Errors
    /// When it is not in time.
    pub async fn sees(&self, what: impl FnMut(&Board) -> bool) -> anyhow::Result<Board> {
        let mut board = self.board.clone();
        let seen = timeout(DEADLINE, board.wait_for(what)).await;
        let seen =
            seen.with_context(|| format!("{} never saw it: {:?}", self.name, self.board()))?;
        Ok(seen.with_context(|| format!("the page of {} has gone", self.name))?.clone())
    }

    /// Waits until the page stands.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn ready(self) -> anyhow::Result<Self> {
        self.sees(|board| board.ready).await?;
        Ok(self)
    }

    /// Closes the page and waits until it is closed.
    pub async fn leaves(self) {
        drop(self.wishes);
        // A page that broke has said so already.
        let _ = timeout(DEADLINE, self.page).await;
    }
}

/// A command about a question, with whatever else it needs.
pub fn about(kind: &str, question: &str, rev: u64, more: Value) -> Value {
    let mut command = json!({"type": kind, "question": question, "rev": rev});
    if let (Some(command), Value::Object(more)) = (command.as_object_mut(), more) {
        command.extend(more);
    }
    command
}
