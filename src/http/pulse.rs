//! What a connection is doing, and how long it may take for it.
//!
//! A request's head must be complete five seconds after its first byte, however slowly the bytes
//! trickle; between two requests a connection may rest for longer, because a proxy that keeps its
//! connections loses a request when we close one just as it is used. Whoever takes none of our
//! bytes is given up, too.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// From the first byte of a request's head to its last; also from the connection to that byte.
const HEAD: Duration = Duration::from_secs(5);
/// Between two requests: longer than the 60 s for which common proxies keep a connection, so that
/// it is they who close it.
const IDLE: Duration = Duration::from_secs(75);
/// Without a byte taken by the other side.
const STALLED: Duration = Duration::from_secs(15);

/// What a connection is doing. All clones are one.
#[derive(Debug, Clone)]
pub(super) struct Pulse(Arc<Mutex<Doing>>);

#[derive(Debug, Clone, Copy)]
enum Doing {
    /// Nothing of a request has come yet.
    Rests(Instant),
    /// A head is on its way.
    Head(Instant),
    /// A request is being answered.
    Busy,
}

impl Pulse {
    /// Of a connection that has just been accepted.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Doing::Rests(Instant::now() + HEAD))))
    }

    /// Waits until the connection has taken longer than it may. Never ends while a request is being
    /// answered: reading a body and taking an answer have limits of their own.
    pub(super) async fn late(&self) {
        loop {
            let now = Instant::now();
            let next = match *self.doing() {
                Doing::Rests(until) | Doing::Head(until) if until <= now => return,
                Doing::Rests(until) | Doing::Head(until) => until,
                // Looked at again when the next head could be late at the soonest.
                Doing::Busy => now + HEAD,
            };
            tokio::time::sleep_until(next).await;
        }
    }

    /// The head of a request is complete. The body of its answer tells when it is over.
    pub(super) fn begins(&self) -> Answering {
        *self.doing() = Doing::Busy;
        Answering(self.clone())
    }

    fn has_read(&self) {
        let mut doing = self.doing();
        if let Doing::Rests(_) = *doing {
            *doing = Doing::Head(Instant::now() + HEAD);
        }
    }

    fn doing(&self) -> std::sync::MutexGuard<'_, Doing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request is being answered until this is dropped.
#[derive(Debug)]
pub(super) struct Answering(Pulse);

impl Answering {
    /// Until this body is through.
    pub(super) fn with(self, body: Body) -> Body {
        Body::new(Answer { body, _until: self })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        *self.0.doing() = Doing::Rests(Instant::now() + IDLE);
    }
}

struct Answer {
    body: Body,
    _until: Answering,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection whose pulse is felt.
#[derive(Debug)]
pub(super) struct Felt<S> {
    stream: S,
    pulse: Pulse,
    /// Runs while the other side takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Felt<S> {
    pub(super) const fn new(stream: S, pulse: Pulse) -> Self {
        Self { stream, pulse, stalled: None }
    }

    /// The connection as it was.
    pub(super) fn into_inner(self) -> S {
        self.stream
    }

    /// What a write that made no progress comes to.
    fn written<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(STALLED)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Felt<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.pulse.has_read();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Felt<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.written(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.written(context, shut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::timeout;

    async fn late_after(pulse: &Pulse) -> Duration {
        let start = Instant::now();
        pulse.late().await;
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_or_trickles_has_five_seconds() {
        let pulse = Pulse::new();
        assert_eq!(late_after(&pulse).await, HEAD);
        let pulse = Pulse::new();
        let (mut client, server) = tokio::io::duplex(64);
        let mut felt = Felt::new(server, pulse.clone());
        tokio::time::sleep(Duration::from_secs(3)).await;
        client.write_all(b"G").await.expect("open");
        felt.read_u8().await.expect("a byte");
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                client.write_all(b"E").await.expect("open");
                felt.read_u8().await.expect("a byte");
            }
        });
        assert_eq!(late_after(&pulse).await, HEAD);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_may_take_long_and_afterwards_it_may_rest() {
        let pulse = Pulse::new();
        let answering = pulse.begins();
        let never = timeout(Duration::from_secs(3600), pulse.late()).await;
        never.expect_err("it is busy");
        drop(answering);
        assert_eq!(late_after(&pulse).await, IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_no_bytes_is_given_up() {
        let (_client, server) = tokio::io::duplex(4);
        let mut felt = Felt::new(server, Pulse::new());
        let start = Instant::now();
        let stalled = felt.write_all(b"more than four").await.expect_err("nobody reads");
        assert_eq!((stalled.kind(), start.elapsed()), (io::ErrorKind::TimedOut, STALLED));
    }
}
