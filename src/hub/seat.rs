//! One connection of a person: it pulls what waits for its audience, and sends what its owner
//! wishes.
//!
//! A seat has a place in its audience's ring, one small private queue and nothing else. It wakes,
//! takes everything that waits, and flushes once. Order: the audience's frames, then the private
//! ones, then replies, so that `done` comes after everything that shows its effect.
//!
//! On tokio-tungstenite with small buffers. Whatever replaces this file needs [`Seat::sit`] only.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as SocketError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::fanout::SeatId;
use super::handle::{Handle, Reply};
use super::live::{Private, Visitor};
use super::pull::{Pull, Woken};
use crate::gate::budget::{Budget, Verdict};
use crate::gate::limits::TooFast;
use crate::qa::{As, Audience, Caller, Command, CommandId, Envelope, Kind, Language, Refusal};
use crate::wire::{self, Close, Frame, Incoming, MAX_BYTES, message};

/// Bytes read at once. Each connection holds this much while it is idle, so it is small: a question
/// of 400 characters fits.
const READ_BUFFER: usize = 1024;

/// Bytes that are gathered before they are written: some tens of updates in one write.
const WRITE_AT: usize = 16 * 1024;

/// Bound: bytes that may wait in the socket's buffer. A desk's snapshot is the largest frame: 400
/// questions of 1,000 characters, in four bytes each, with their originals.
const WRITE_MOST: usize = 8 << 20;

/// Without a byte taken for this long, a connection is given up.
const STALLED: Duration = Duration::from_secs(10);

/// A message that was begun is finished in this time.
const UNFINISHED: Duration = Duration::from_secs(5);

/// How often unfinished messages are looked for.
const LOOK: Duration = Duration::from_secs(1);

/// Bound: commands of one seat of the staff without a reply. Citizens have the room's own bound.
const UNDER_WAY: usize = 64;

/// Somebody who comes back from a drain does so at a moment in this time.
const COME_BACK_MS: u64 = 5_000;

/// What a seat needs to know of its owner.
pub struct Seat {
    /// The room.
    pub room: Handle,
    /// Who sits here; the private queue is made by [`sit`](Self::sit).
    pub caller: Option<Caller>,
    /// Which view.
    pub audience: Audience,
    /// The permission by which the seat is taken.
    pub grant: Option<crate::qa::GrantId>,
    /// Whether what it says it shows is believed, and as what.
    pub screen: Option<wire::ScreenKind>,
    /// Where it was, if it comes back.
    pub after: Option<wire::Cursor>,
    /// Whether it takes snapshots deflated, as binary frames.
    pub deflates: bool,
    /// The language of its refusals.
    pub language: Language,
    /// What it may send.
    pub budget: Budget,
    /// What its owner may send over all their seats. Asked for each command but "take it off air".
    pub allowance: Allowance,
    /// The first frame.
    pub welcome: Frame,
}

/// Whether one more command may pass.
pub type Allowance = Box<dyn Fn() -> Result<(), TooFast> + Send + Sync>;

/// What woke the seat.
enum Happened {
    Woken(Woken),
    Reply(CommandId, Reply),
    Message(Option<Result<Message, SocketError>>),
    Look,
}

/// Whether it goes on.
type Flow = Result<(), Over>;

/// Why it does not.
enum Over {
    /// With a goodbye.
    Close(Close),
    /// The other side has gone, or takes nothing any more.
    Gone,
}

impl Seat {
    /// Sits until the connection ends. `stream` is what the upgrade left: a bare connection.
    pub async fn sit<S: AsyncRead + AsyncWrite + Unpin + Send>(self, stream: S) {
        let metered = Metered {
            stream,
            budget: self.budget.clone(),
            start: Instant::now(),
            begun: None,
            unread: 0,
        };
        let config = Some(socket_settings());
        let socket = WebSocketStream::from_raw_socket(metered, Role::Server, config).await;
        let visitor = |private| Visitor {
            audience: self.audience,
            person: self.caller.map(|caller| caller.person),
            grant: self.grant,
            is_citizen: self.caller.is_some_and(|caller| caller.acts == As::Citizen),
            screen: self.screen,
            after: self.after,
            private,
        };
        let Some((pull, past)) = Pull::join(self.room.clone(), visitor).await else { return };
        let (replies, look) = (FuturesUnordered::new(), Instant::now() + LOOK);
        let seated = Seated { pull, owner: self, socket, replies, look };
        seated.run(past).await;
    }
}

/// How every seat reads and writes its socket. Public for `examples/echo.rs`, so that an
/// independent test of WebSocket (`tests/autobahn`) meets the settings that serve.
pub fn socket_settings() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_AT)
        .max_write_buffer_size(WRITE_MOST)
        .max_message_size(Some(MAX_BYTES))
        .max_frame_size(Some(MAX_BYTES))
}

struct Seated<S> {
    pull: Pull,
    owner: Seat,
    socket: WebSocketStream<Metered<S>>,
    replies: FuturesUnordered<BoxFuture<'static, (CommandId, Reply)>>,
    /// A deadline, not a pause: on a busy evening something happens all the time.
    look: Instant,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Seated<S> {
    async fn run(mut self, first: Vec<Frame>) {
        let close = match self.sit(first).await {
            Err(Over::Close(close)) => close,
            Ok(()) | Err(Over::Gone) => return,
        };
        self.goodbye(close).await;
    }

    async fn sit(&mut self, first: Vec<Frame>) -> Flow {
        let welcome = self.owner.welcome.clone();
        self.write(std::iter::once(welcome).chain(first)).await?;
        loop {
            let happened = self.happens().await;
            self.handle(happened).await?;
        }
    }

    /// Cancel-safe: every arm only names what happened.
    async fn happens(&mut self) -> Happened {
        let room = self.replies.len() < UNDER_WAY;
        tokio::select! {
            biased;
            woken = self.pull.woken() => Happened::Woken(woken),
            Some((id, reply)) = self.replies.next(), if !self.replies.is_empty() => {
                Happened::Reply(id, reply)
            }
            message = self.socket.next(), if room => Happened::Message(message),
            () = tokio::time::sleep_until(self.look) => Happened::Look,
        }
    }

    async fn handle(&mut self, happened: Happened) -> Flow {
        match happened {
            Happened::Woken(Woken::Word(None)) => Err(Over::Close(Close::TooSlow)),
            Happened::Woken(Woken::Word(word)) => self.tell(word, Vec::new()).await,
            Happened::Woken(Woken::Live) => self.tell(None, Vec::new()).await,
            Happened::Reply(id, reply) => {
                let mut frames = vec![self.reply(id, reply)?];
                while let Some(Some((id, reply))) = self.replies.next().now_or_never() {
                    frames.push(self.reply(id, reply)?);
                }
                self.tell(None, frames).await
            }
            Happened::Message(Some(Ok(message))) => self.take(message).await,
            Happened::Message(Some(Err(error))) => Err(over(&error)),
            Happened::Message(None) => Err(Over::Gone),
            Happened::Look => {
                self.look = Instant::now() + LOOK;
                match self.socket.get_ref().begun {
                    Some(begun) if begun.elapsed() > UNFINISHED => Err(Over::Close(Close::Broken)),
                    _ => Ok(()),
                }
            }
        }
    }

    /// Writes everything that waits, then these.
    async fn tell(&mut self, word: Option<Private>, mut replies: Vec<Frame>) -> Flow {
        let waiting = self.pull.take(word).await.map_err(Over::Close)?;
        if waiting.close.is_some() {
            // What was decided before the end is still said.
            while let Some(Some((id, reply))) = self.replies.next().now_or_never() {
                replies.push(self.reply(id, reply)?);
            }
        }
        self.write(waiting.frames.into_iter().chain(replies)).await?;
        waiting.close.map_or(Ok(()), |why| Err(Over::Close(why)))
    }

    fn reply(&self, id: CommandId, reply: Reply) -> Result<Frame, Over> {
        let language = self.owner.language;
        match reply {
            Reply::Done { receipt } => Ok(message::done(id, receipt)),
            Reply::Checked(checked) => Ok(checked.frame(id, language)),
            Reply::Refused(refused) => {
                Ok(message::refused(Some(id), &refused.refusal, language, refused.question))
            }
            Reply::Unknown => Err(Over::Close(Close::OutcomeUnknown)),
        }
    }

    async fn take(&mut self, message: Message) -> Flow {
        let metered = self.socket.get_mut();
        let now = metered.start.elapsed();
        let text: Utf8Bytes = match message {
            Message::Text(text) => text,
            // We never ask, so a pong is as idle as a ping.
            Message::Ping(payload) | Message::Pong(payload) => {
                metered.was_control(payload.len());
                return match self.owner.budget.ping(now) {
                    Verdict::Close => Err(Over::Close(Close::TooMuch)),
                    Verdict::Fine | Verdict::TooFast { .. } => Ok(()),
                };
            }
            Message::Close(_) => return Err(Over::Gone),
            // Binary is no command; said so like any other that makes no sense.
            Message::Binary(_) | Message::Frame(_) => Utf8Bytes::default(),
        };
        metered.was_whole();
        let verdict = self.owner.budget.frame(now);
        let acts = self.owner.caller.map_or(As::Citizen, |caller| caller.acts);
        let sieve = &self.owner.room.sign().sieve;
        let incoming = wire::decode(text.as_bytes(), acts, sieve);
        let is_off_air =
            matches!(&incoming, Ok(Incoming::Command { command: Command::OffAir, .. }));
        match verdict {
            Verdict::Close if !is_off_air => return Err(Over::Close(Close::TooMuch)),
            Verdict::TooFast { retry_after } if !is_off_air => {
                let id = match incoming {
                    Ok(Incoming::Command { id, .. }) => Some(id),
                    Ok(Incoming::Shown { .. }) => None,
                    Err(wrong) => wrong.id,
                };
                return self.refuse(id, &too_fast(retry_after)).await;
            }
            _ => {}
        }
        match incoming {
            Ok(Incoming::Command { id, command }) => match (self.owner.allowance)() {
                Err(TooFast { retry_after }) if !is_off_air => {
                    self.refuse(Some(id), &too_fast(retry_after)).await
                }
                _ => self.send(id, command).await,
            },
            Ok(Incoming::Shown { on_air }) => {
                self.pull.shows(on_air).await;
                Ok(())
            }
            Err(wrong) => self.refuse(wrong.id, &wrong.refusal).await,
        }
    }

    async fn send(&mut self, id: CommandId, command: Command) -> Flow {
        let Some(caller) = self.owner.caller else {
            return self.refuse(Some(id), &Refusal::Unauthenticated).await;
        };
        // Joining is the gate's: an invitation is shown there, with its token.
        if command.kind() == Kind::Join {
            return self.refuse(Some(id), &Refusal::NotAllowed).await;
        }
        let room = self.owner.room.clone();
        let envelope = Envelope { id, caller, command };
        self.replies.push(Box::pin(async move { (id, room.send(envelope).await) }));
        Ok(())
    }

    async fn refuse(&mut self, id: Option<CommandId>, refusal: &Refusal) -> Flow {
        let frame = message::refused(id, refusal, self.owner.language, None);
        self.tell(None, vec![frame]).await?;
        // A flood is refused one by one, with everybody else's turn between.
        tokio::task::yield_now().await;
        Ok(())
    }

    /// Writes frames, some at a time, and flushes once at the end. Who takes no byte is given up.
    async fn write(&mut self, frames: impl IntoIterator<Item = Frame>) -> Flow {
        let mut wrote = false;
        for frame in frames {
            wrote = true;
            let deflated = if self.owner.deflates { frame.deflated() } else { None };
            let message = deflated.map_or_else(|| Message::Text(frame.into()), Message::Binary);
            let fed = timeout(STALLED, self.socket.feed(message)).await;
            fed.map_err(|_| Over::Gone)?.map_err(|error| over(&error))?;
        }
        if wrote {
            let flushed = timeout(STALLED, self.socket.flush()).await;
            flushed.map_err(|_| Over::Gone)?.map_err(|error| over(&error))?;
        }
        Ok(())
    }

    async fn goodbye(mut self, close: Close) {
        let language = self.owner.language;
        let retry_after_ms = come_back(close, self.pull.seat());
        if !matches!(close, Close::Broken | Close::TooLarge) {
            let frame = message::goodbye(close, language, retry_after_ms);
            if self.write([frame]).await.is_err() {
                return;
            }
        }
        let reason = close.reason(language).into();
        let frame = CloseFrame { code: CloseCode::from(close.code()), reason };
        // The other side may have gone; it is closed all the same.
        let _ = timeout(STALLED, self.socket.close(Some(frame))).await;
        // Its own close frame, so that a connection with unread bytes is not torn down by a reset
        // before ours has been read.
        let _ = timeout(LOOK, async { while let Some(Ok(_)) = self.socket.next().await {} }).await;
    }
}

fn too_fast(retry_after: Duration) -> Refusal {
    let ms = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
    Refusal::TooFast { retry_after_ms: ms.max(1) }
}

/// After how long whoever is sent away comes back. From a drain at a moment for each seat, spread
/// evenly: the golden ratio does it without randomness.
pub(super) fn come_back(close: Close, seat: SeatId) -> u64 {
    match close {
        Close::Drain => seat.number().wrapping_mul(0x9e37_79b9_7f4a_7c15) % COME_BACK_MS,
        _ => 0,
    }
}

fn over(error: &SocketError) -> Over {
    match error {
        SocketError::Capacity(CapacityError::MessageTooLong { .. }) => Over::Close(Close::TooLarge),
        SocketError::Io(error) if error.kind() == io::ErrorKind::QuotaExceeded => {
            Over::Close(Close::TooMuch)
        }
        SocketError::Protocol(_) | SocketError::Utf8(_) | SocketError::Capacity(_) => {
            Over::Close(Close::Broken)
        }
        _ => Over::Gone,
    }
}

/// Counts what comes in before the frames are put together: empty fragments are no messages, and
/// would not be counted as such.
struct Metered<S> {
    stream: S,
    budget: Budget,
    start: Instant,
    /// Since when a message has been under way.
    begun: Option<Instant>,
    /// Bytes that came since then and belong to no control frame.
    unread: usize,
}

/// Bytes around the payload of a control frame from a client: two, and the mask.
const CONTROL_HEAD: usize = 6;

impl<S> Metered<S> {
    /// A message is complete. What arrived together with it and is part of the next one is less
    /// than one [`READ_BUFFER`], and is counted when more of it comes.
    fn was_whole(&mut self) {
        (self.begun, self.unread) = (None, 0);
    }

    /// A control frame came, perhaps between the pieces of a message, which stays under way: a ping
    /// now and then must not hold it open for ever.
    fn was_control(&mut self, payload: usize) {
        self.unread = self.unread.saturating_sub(CONTROL_HEAD + payload);
        if self.unread == 0 {
            self.begun = None;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let count = buffer.filled().len() - before;
        if count > 0 {
            let now = Instant::now();
            self.begun.get_or_insert(now);
            self.unread += count;
            let since = now - self.start;
            if self.budget.bytes(since, count) == Verdict::Close {
                return Poll::Ready(Err(io::ErrorKind::QuotaExceeded.into()));
            }
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
