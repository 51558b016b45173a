//! The page's own task: one line after another, and an outbox that outlives them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::board::Board;
use super::line::{Heard, Line, NoLine, Place, Way};
use super::{Manner, Outcome, Wish};
use crate::chance::Chance;
use crate::history::{Log, Seat};
use crate::http;

/// Commands under way at once: a citizen may have 16 over all tabs.
const CITIZENS_WINDOW: usize = 12;
const STAFFS_WINDOW: usize = 60;

/// How often stage and overlay say what they show.
const SHOWN_EVERY: Duration = Duration::from_secs(10);

/// A command without its reply.
struct Waiting {
    wish: Wish,
    /// It has left on the line that stands.
    left: bool,
    /// Not before, since the server said so.
    not_before: Option<Instant>,
}

/// What came of a POST.
struct Posted {
    id: String,
    answer: Option<String>,
}

pub(super) struct Page {
    place: Place,
    manner: Manner,
    chance: Chance,
    log: Log,
    posts: Log,
    inbox: mpsc::UnboundedReceiver<Wish>,
    shown: watch::Sender<Board>,
    outbox: VecDeque<Waiting>,
    posted: (mpsc::UnboundedSender<Posted>, mpsc::UnboundedReceiver<Posted>),
    lines: Arc<Mutex<Vec<http::Line>>>,
    /// When the server wants us back, if it said so.
    told: Option<Duration>,
    drawn: Option<String>,
    sent_at: Instant,
}

/// What happened to a page.
enum Happened {
    Wish(Option<Wish>),
    Heard(Heard),
    Posted(Option<Posted>),
    Silence,
    Tick,
}

/// Why a line ended.
#[derive(PartialEq, Eq)]
enum End {
    Left,
    Lost,
}

impl Page {
    pub(super) fn new(
        place: Place,
        manner: Manner,
        name: &str,
        (log, posts): (Log, Log),
        inbox: mpsc::UnboundedReceiver<Wish>,
        shown: watch::Sender<Board>,
    ) -> Self {
        let chance = Chance::of(manner.seed, name);
        let posted = mpsc::unbounded_channel();
        let (outbox, lines) = Default::default();
        let (told, drawn) = (None, None);
        Self {
            place,
            manner,
            chance,
            log,
            posts,
            inbox,
            shown,
            outbox,
            posted,
            lines,
            told,
            drawn,
            sent_at: Instant::now(),
        }
    }

    pub(super) async fn run(mut self) {
        let mut attempt = 0;
        loop {
            let after = self.shown.borrow().cursor.clone();
            match self.place.open(after.as_deref()).await {
                Ok(line) => {
                    attempt = 0;
                    self.log.connected(after.as_deref());
                    self.shown.send_modify(|board| board.lines += 1);
                    if self.sit(line).await == End::Left {
                        return;
                    }
                }
                Err(NoLine::Refused { status, said, retry_after }) => {
                    self.log.bytes(&said);
                    self.told = retry_after;
                    if matches!(status, 401 | 403 | 404) {
                        self.shown.send_modify(|board| board.away = Some(status));
                    }
                }
                Err(NoLine::Nobody) => {}
            }
            let away = self.shown.borrow().away.is_some();
            let pause = match self.told.take() {
                // Everybody was told something; who was told the same must not come at once.
                Some(told) => told + self.chance.part_of(self.manner.pause),
                None => {
                    let most = self.manner.pause.saturating_mul(1 << attempt.min(16));
                    self.chance.part_of(most.min(self.manner.longest))
                }
            };
            attempt += 1;
            if !self.rests((!away).then(|| Instant::now() + pause)).await {
                return;
            }
        }
    }

    /// Waits without a line; `false` when the page is closed meanwhile.
    async fn rests(&mut self, until: Option<Instant>) -> bool {
        loop {
            tokio::select! {
                wish = self.inbox.recv() => match wish {
                    Some(wish) => self.queue(wish),
                    None => return false,
                },
                () = async { match until {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                } } => return true,
            }
        }
    }

    async fn sit(&mut self, mut line: Line) -> End {
        // Server-sent events take commands over lines of their own, which may still be under way.
        if self.place.way == Way::Socket {
            self.outbox.iter_mut().for_each(|waiting| waiting.left = false);
        }
        let silence = match self.place.seat {
            Seat::Stage | Seat::Overlay => Duration::from_secs(8),
            Seat::Citizen | Seat::Desk => Duration::from_secs(35),
        };
        let mut heard_at = Instant::now();
        let mut shown_at = Instant::now();
        loop {
            if !self.flush(&mut line).await {
                return self.ended(None);
            }
            let wake = self.outbox.iter().filter(|waiting| !waiting.left);
            let wake = wake.map(|waiting| waiting.not_before.unwrap_or(self.next_pace())).min();
            let wake = wake.filter(|_| self.has_room()).unwrap_or(shown_at + SHOWN_EVERY);
            let tick = wake.max(self.next_pace()).min(shown_at + SHOWN_EVERY);
            let happened = tokio::select! {
                heard = line.next() => Happened::Heard(heard),
                wish = self.inbox.recv() => Happened::Wish(wish),
                posted = self.posted.1.recv() => Happened::Posted(posted),
                () = sleep_until(heard_at + silence) => Happened::Silence,
                () = sleep_until(tick) => Happened::Tick,
            };
            match happened {
                Happened::Wish(Some(wish)) => self.queue(wish),
                Happened::Wish(None) => {
                    line.close().await;
                    self.log.closed(None);
                    return End::Left;
                }
                Happened::Heard(Heard::Text(text)) => {
                    heard_at = Instant::now();
                    self.hears(&text);
                }
                Happened::Heard(Heard::Beat) => heard_at = Instant::now(),
                Happened::Heard(Heard::Closed(code)) => return self.ended(code),
                Happened::Posted(posted) => posted.into_iter().for_each(|one| self.answered(one)),
                Happened::Silence => return self.ended(None),
                Happened::Tick => {}
            }
            let drawn = self.shown.borrow().drawn().map(str::to_owned);
            let is_screen = matches!(self.place.seat, Seat::Stage | Seat::Overlay);
            if is_screen && (drawn != self.drawn || shown_at.elapsed() >= SHOWN_EVERY) {
                shown_at = Instant::now();
                let says = json!({"type": "shown", "on_air": drawn});
                self.drawn = drawn;
                if line.say(&says.to_string()).await.is_err() {
                    return self.ended(None);
                }
            } else if shown_at.elapsed() >= SHOWN_EVERY {
                shown_at = Instant::now();
            }
        }
    }

    fn ended(&mut self, code: Option<u16>) -> End {
        self.log.closed(code);
        self.shown.send_modify(|board| {
            board.ready = false;
            board.closed = code.or(board.closed);
            if let Some(code) = code.filter(|code| (4500..5000).contains(code)) {
                board.away = Some(code);
            }
        });
        End::Lost
    }

    fn queue(&mut self, wish: Wish) {
        self.outbox.push_back(Waiting { wish, left: false, not_before: None });
    }

    /// When the next command may leave.
    fn next_pace(&self) -> Instant {
        self.sent_at + self.manner.pace
    }

    const fn window(&self) -> usize {
        match self.place.seat {
            Seat::Citizen => CITIZENS_WINDOW,
            Seat::Desk | Seat::Stage | Seat::Overlay => STAFFS_WINDOW,
        }
    }

    fn has_room(&self) -> bool {
        self.outbox.iter().filter(|waiting| waiting.left).count() < self.window()
    }

    /// Sends what has not left yet, as much as may be under way.
    async fn flush(&mut self, line: &mut Line) -> bool {
        let window = self.window();
        let mut under_way = self.outbox.iter().filter(|waiting| waiting.left).count();
        let now = Instant::now();
        for waiting in &mut self.outbox {
            if under_way >= window || self.sent_at + self.manner.pace > now {
                break;
            }
            if waiting.left || waiting.not_before.is_some_and(|moment| moment > now) {
                continue;
            }
            (waiting.left, waiting.not_before) = (true, None);
            under_way += 1;
            self.sent_at = now;
            let command = &waiting.wish.command;
            match self.place.way {
                Way::Socket => {
                    self.log.sent(command);
                    if line.say(&command.to_string()).await.is_err() {
                        return false;
                    }
                }
                Way::Events => {
                    let lines = (self.place.server.clone(), Arc::clone(&self.lines));
                    let done = self.posted.0.clone();
                    let (id, request) = (waiting.wish.id.clone(), self.place.post(command));
                    self.posts.sent(command);
                    tokio::spawn(async move { done.send(post(lines, id, request).await) });
                }
            }
        }
        true
    }

    fn hears(&mut self, text: &str) {
        self.log.received(text);
        let Ok(message) = serde_json::from_str::<Value>(text) else { return };
        match message["type"].as_str() {
            Some("done" | "checked" | "refused") => self.reply(&message),
            Some("goodbye") => {
                self.told = message["retry_after_ms"].as_u64().map(Duration::from_millis);
            }
            _ => {
                if let Some(person) = message["person"].as_str() {
                    self.posts.is(person);
                }
                self.shown.send_modify(|board| board.fold(&message));
            }
        }
    }

    /// What came of a command over HTTP.
    fn answered(&mut self, posted: Posted) {
        let Posted { id, answer } = posted;
        let reply = answer.as_deref().map(|answer| {
            self.posts.received(answer);
            serde_json::from_str::<Value>(answer).unwrap_or_default()
        });
        match reply {
            Some(reply) if reply["id"] == *id && reply["code"] != "unknown_outcome" => {
                self.reply(&reply);
            }
            _ => {
                self.posts.unknown(&id);
                let pause = self.chance.part_of(self.manner.longest.min(self.manner.pause * 4));
                self.again(&id, pause);
            }
        }
    }

    fn again(&mut self, id: &str, pause: Duration) {
        let found = self.outbox.iter_mut().find(|waiting| waiting.wish.id == id);
        if let Some(waiting) = found {
            (waiting.left, waiting.not_before) = (false, Some(Instant::now() + pause));
        }
    }

    fn reply(&mut self, message: &Value) {
        let Some(id) = message["id"].as_str() else { return };
        let outcome = match message["type"].as_str() {
            Some("done") => Outcome::Done(message["receipt"].as_str().map(str::to_owned)),
            Some("checked") => Outcome::Checked(message.clone()),
            _ => Outcome::Refused(message.clone()),
        };
        let later = matches!(outcome.code(), Some("too_fast" | "too_many" | "busy"));
        if later && self.manner.patient {
            let told = Duration::from_millis(message["retry_after_ms"].as_u64().unwrap_or(100));
            let pause = told + self.chance.part_of(Duration::from_millis(100));
            return self.again(id, pause);
        }
        let found = self.outbox.iter().position(|waiting| waiting.wish.id == id);
        if let Some(waiting) = found.and_then(|at| self.outbox.remove(at)) {
            // Who asked may not wait for the answer.
            let _ = waiting.wish.reply.send((outcome, Instant::now()));
        }
    }
}

async fn post(
    (server, lines): (http::Server, Arc<Mutex<Vec<http::Line>>>),
    id: String,
    request: http::Request,
) -> Posted {
    let kept = lines.lock().await.pop();
    let mut line = kept.unwrap_or_else(|| http::Line::to(&server));
    let answer = match line.ask(&request).await {
        Ok(answer) => {
            lines.lock().await.push(line);
            Some(answer.body)
        }
        // Whoever is away for a moment is not asked a thousand times in it.
        Err(_) => {
            sleep(Duration::from_millis(10)).await;
            None
        }
    };
    Posted { id, answer }
}
