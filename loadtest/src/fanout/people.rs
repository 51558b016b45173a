//! Many people on bare sockets in one thread: who comes, says and hears what. What it leads to is
//! the measure's.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::net::sockopt::set_socket_linger;

use super::frames::frame;

/// Bytes read at once, at least.
const READ: usize = 256 * 1024;
/// Events taken from the kernel at once.
const AT_ONCE: usize = 1024;
/// Between two looks at what has come. Nobody sleeps on a socket: waking them would be the server's work,
/// which it has not with people who are elsewhere, and would count as its own.
pub(super) const LOOK: Duration = Duration::from_micros(200);

/// What somebody hears.
#[derive(Debug, Clone, Copy)]
pub(super) enum Heard<'a> {
    /// The door is open: what follows is said on the socket.
    In,
    /// A message, and whether it is packed.
    Message(&'a [u8], bool),
    /// The whole answer to a request, from its first line on.
    Answer(&'a [u8]),
}

/// Everybody who is connected; named by the place they have as long as they stay.
#[derive(Debug)]
pub(super) struct People {
    address: SocketAddr,
    epoll: OwnedFd,
    seats: Vec<Option<Person>>,
    free: Vec<usize>,
    buffer: Vec<u8>,
    /// Bytes that everybody has heard.
    pub(super) received: u64,
}

#[derive(Debug)]
struct Person {
    stream: TcpStream,
    speaks: Speaks,
    /// The beginning of something whose end has not come yet.
    partial: Vec<u8>,
}

/// What is spoken on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaks {
    /// Requests and answers, to the end.
    Http,
    /// HTTP until the door is open.
    Still,
    /// Messages.
    Socket,
}

impl People {
    /// Nobody yet.
    pub(super) fn at(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self {
            address,
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            seats: Vec::new(),
            free: Vec::new(),
            buffer: vec![0; READ],
            received: 0,
        })
    }

    /// Somebody connects and asks for a socket; they hear when they are in.
    pub(super) fn come(&mut self, request: &[u8]) -> anyhow::Result<usize> {
        let who = self.connects(Speaks::Still)?;
        self.say(who, request)?;
        Ok(who)
    }

    /// Somebody connects, to send requests.
    pub(super) fn call(&mut self) -> anyhow::Result<usize> {
        self.connects(Speaks::Http)
    }

    /// On loopback a connection stands before anybody accepts it, so this waits for nobody.
    fn connects(&mut self, speaks: Speaks) -> anyhow::Result<usize> {
        let stream = TcpStream::connect(self.address).context("nobody answers")?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let who = self.free.pop().unwrap_or_else(|| {
            self.seats.push(None);
            self.seats.len() - 1
        });
        let wanted = EventFlags::IN | EventFlags::ET;
        epoll::add(&self.epoll, &stream, EventData::new_u64(who as u64), wanted)?;
        self.seats[who] = Some(Person { stream, speaks, partial: Vec::new() });
        Ok(who)
    }

    /// Somebody goes, without a farewell: the port is free again at once.
    pub(super) fn leave(&mut self, who: usize) -> anyhow::Result<()> {
        let person = self.seats[who].take().context("somebody who is there")?;
        set_socket_linger(&person.stream, Some(Duration::ZERO))?;
        self.free.push(who);
        Ok(())
    }

    /// The same for all who are there.
    pub(super) fn everybody_leaves(&mut self) -> anyhow::Result<()> {
        for who in 0..self.seats.len() {
            if self.seats[who].is_some() {
                self.leave(who)?;
            }
        }
        Ok(())
    }

    /// Somebody says something, which is short: the socket takes it whole.
    pub(super) fn say(&mut self, who: usize, bytes: &[u8]) -> anyhow::Result<()> {
        let person = self.seats[who].as_mut().context("somebody who is there")?;
        person.stream.write_all(bytes).context("the server does not listen any more")
    }

    /// Hears whatever has come, waiting for something for so long.
    pub(super) fn hear(
        &mut self,
        pause: Duration,
        mut heard: impl FnMut(usize, Heard<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut events = Vec::with_capacity(AT_ONCE);
        let mut left = pause;
        loop {
            epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&Timespec::default()))?;
            if !events.is_empty() || left.is_zero() {
                break;
            }
            std::thread::sleep(LOOK.min(left));
            left = left.saturating_sub(LOOK);
        }
        for event in events {
            let who = usize::try_from(event.data.u64())?;
            if let Some(person) = self.seats[who].as_mut() {
                let read = person.reads(&mut self.buffer, |what| heard(who, what));
                self.received += read.with_context(|| format!("number {who}"))?;
            }
        }
        Ok(())
    }
}

impl Person {
    /// Reads all there is, and returns how many bytes that were.
    fn reads(
        &mut self,
        buffer: &mut Vec<u8>,
        mut heard: impl FnMut(Heard<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<u64> {
        let mut held = self.partial.len();
        if buffer.len() < held + READ {
            buffer.resize(held + READ, 0);
        }
        buffer[..held].copy_from_slice(&self.partial);
        self.partial.clear();
        let mut all = 0;
        loop {
            let room = buffer.len() - held;
            let read = match self.stream.read(&mut buffer[held..]) {
                Ok(0) => bail!("the server hung up on somebody"),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
                Err(error) => return Err(error).context("the server hung up on somebody"),
            };
            (held, all) = (held + read, all + read as u64);
            let from = self.takes(&buffer[..held], &mut heard)?;
            buffer.copy_within(from..held, 0);
            held -= from;
            // The kernel gave less than there was room for, so there is no more.
            if read < room {
                break;
            }
            // A message may be longer than everything before it.
            if held == buffer.len() {
                buffer.resize(held + READ, 0);
            }
        }
        self.partial.extend_from_slice(&buffer[..held]);
        Ok(all)
    }

    /// Takes what is whole, and returns how many bytes that are.
    fn takes(
        &mut self,
        bytes: &[u8],
        heard: &mut impl FnMut(Heard<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        let mut from = 0;
        if self.speaks == Speaks::Http {
            while let Some(all) = answer(&bytes[from..])? {
                heard(Heard::Answer(&bytes[from..from + all]))?;
                from += all;
            }
            return Ok(from);
        }
        if self.speaks == Speaks::Still {
            let Some(end) = head(bytes) else { return Ok(0) };
            if !bytes.starts_with(b"HTTP/1.1 101") {
                bail!("somebody was not let in: {}", String::from_utf8_lossy(bytes));
            }
            self.speaks = Speaks::Socket;
            from = end;
            heard(Heard::In)?;
        }
        while let Some((kind, payload, all)) = frame(&bytes[from..])? {
            if kind == 8 {
                bail!("the server closed a socket: {payload:?}");
            }
            heard(Heard::Message(payload, kind == 2))?;
            from += all;
        }
        Ok(from)
    }
}

/// Where a head ends.
fn head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// How long the first answer is, if it is whole.
fn answer(bytes: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(end) = head(bytes) else { return Ok(None) };
    let lines = str::from_utf8(&bytes[..end]).context("a head is text")?.lines();
    let mut fields = lines.filter_map(|line| line.split_once(':'));
    let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.context("an answer says how long it is")?.1.trim().parse()?;
    Ok((bytes.len() >= end + length).then_some(end + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_it_is_whole() {
        let one = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nciao";
        for part in 0..one.len() {
            assert_eq!(answer(&one[..part]).expect("so far"), None, "{part}");
        }
        let two = [&one[..], &one[..10]].concat();
        assert_eq!(answer(&two).expect("whole"), Some(one.len()));
        assert!(answer(b"HTTP/1.1 200 OK\r\n\r\n").is_err(), "no length");
    }
}
