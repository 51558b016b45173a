//! Viewers that cost less than the server they watch: bare sockets in one thread, read in large
//! batches, and a publisher beside them.
//!
//! A process of its own, told by lines on its standard input what to do, since its CPU time must
//! stand apart from everybody else's. An *update* is one change that the publisher asked for; a
//! *delivery* is one update that has reached one viewer, in whatever frame.

use std::io::{BufRead as _, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::OwnedFd;
use socket2::{Domain, Socket, Type};

use super::floor::CONTROL;
use super::frames::{frame, request, said};
use super::log::Log;
use super::process;
use super::wish::{Plan, Run, Wish};

/// Bytes read at once; a viewer's whole backlog fits.
const READ: usize = 256 * 1024;
/// Events taken from the kernel at once.
const AT_ONCE: usize = 4096;
/// Who come to the door at the same moment.
const AT_THE_DOOR: usize = 128;
/// Without an update heard by anybody for this long, the run has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Who takes nothing for ten seconds is given up by the server; with time to look.
const GIVEN_UP: Duration = Duration::from_secs(12);
/// Bytes of a segment that every network carries: a server keeps buffers by it.
const SEGMENT: u32 = 536;
/// Bytes that wait in the socket of a viewer whose network is narrow.
const NARROW: usize = 4 * 1024;
/// The publisher's sockets: each may send some sixty commands a second.
const PUBLISHERS: usize = 32;
/// Events of publishers have this beside their number.
const PUBLISHER: u64 = 1 << 32;

/// Does what the lines say until they end.
///
/// # Errors
/// When the server does not let somebody in, or updates do not arrive.
#[expect(clippy::print_stdout, reason = "whoever started it reads what came of it")]
pub fn serve() -> anyhow::Result<()> {
    let mut lines = std::io::stdin().lock().lines();
    let plan = lines.next().context("a plan is expected")??;
    let mut crowd = Crowd::new(serde_json::from_str(&plan)?)?;
    for line in lines {
        let run = match serde_json::from_str(&line?)? {
            Wish::Join { viewers, narrow } => {
                crowd.join(viewers, narrow)?;
                None
            }
            Wish::Stop { viewers } => {
                crowd.stop(viewers)?;
                None
            }
            Wish::Dropped => {
                crowd.dropped()?;
                None
            }
            Wish::Window { updates, seconds, longer } => {
                crowd.longer = longer;
                Some(crowd.run(Publish::Window(updates), Duration::from_secs_f64(seconds))?)
            }
            Wish::Pace { per_second, seconds } => {
                crowd.longer = 0;
                let every = Duration::from_secs_f64(1.0 / per_second);
                Some(crowd.run(Publish::Every(every), Duration::from_secs_f64(seconds))?)
            }
        };
        println!("{}", serde_json::to_string(&run)?);
        std::io::stdout().flush()?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Publish {
    Window(u64),
    Every(Duration),
}

struct Crowd {
    plan: Plan,
    epoll: OwnedFd,
    viewers: Vec<Viewer>,
    publishers: Vec<TcpStream>,
    log: Log,
    published: u64,
    /// Viewers that have their first picture.
    seated: usize,
    buffer: Vec<u8>,
    received: u64,
    /// Characters that an update is longer than usual.
    longer: usize,
    /// Viewers who read nothing any more.
    stopped: Vec<Viewer>,
    /// Updates that were there before this run.
    measured_from: u64,
    heard_at: Instant,
}

struct Viewer {
    stream: TcpStream,
    /// The beginning of a frame whose end has not come yet.
    partial: Vec<u8>,
    /// Frames of the log that it has.
    at: usize,
}

impl Crowd {
    fn new(plan: Plan) -> anyhow::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut crowd = Self {
            plan,
            epoll,
            viewers: Vec::new(),
            publishers: Vec::new(),
            log: Log::default(),
            published: 0,
            seated: 0,
            buffer: vec![0; READ],
            received: 0,
            longer: 0,
            stopped: Vec::new(),
            measured_from: 0,
            heard_at: now(),
        };
        let publishers = if crowd.plan.session.is_some() { PUBLISHERS } else { 1 };
        for number in 0..publishers {
            let (path, token) = match &crowd.plan.session {
                Some(session) => {
                    let path = format!("/ws/v1/sessions/{}?as=desk", session.slug);
                    let turn = number % session.moderators.len();
                    (path, Some(session.moderators[turn].clone()))
                }
                None => (CONTROL.to_owned(), None),
            };
            let stream = crowd.asks(&path, token.as_deref(), false)?;
            let (publisher, _) = entered(stream)?;
            publisher.set_nonblocking(true)?;
            let name = EventData::new_u64(PUBLISHER | number as u64);
            epoll::add(&crowd.epoll, &publisher, name, EventFlags::IN | EventFlags::ET)?;
            crowd.publishers.push(publisher);
        }
        Ok(crowd)
    }

    /// Connects, and asks for a socket.
    fn asks(&self, path: &str, token: Option<&str>, narrow: bool) -> anyhow::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM.cloexec(), None)?;
        if narrow {
            socket.set_tcp_mss(SEGMENT)?;
            socket.set_recv_buffer_size(NARROW)?;
        }
        socket.connect(&self.plan.address.into()).context("nobody answers")?;
        let mut stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        stream.write_all(&request(path, token, false))?;
        Ok(stream)
    }

    fn join(&mut self, viewers: usize, narrow: bool) -> anyhow::Result<()> {
        let all = self.viewers.len() + viewers;
        while self.viewers.len() < all {
            let from = self.viewers.len();
            let door: Vec<_> = (from..all.min(from + AT_THE_DOOR))
                .map(|number| match &self.plan.session {
                    Some(session) => {
                        let token = session.tokens.get(number).context("too few tokens")?;
                        let path = format!("/ws/v1/sessions/{}?as=citizen", session.slug);
                        self.asks(&path, Some(token), narrow)
                    }
                    None => self.asks("/", None, narrow),
                })
                .collect::<anyhow::Result<_>>()?;
            for stream in door {
                let (stream, early) = entered(stream)?;
                stream.set_nonblocking(true)?;
                let name = EventData::new_u64(self.viewers.len() as u64);
                epoll::add(&self.epoll, &stream, name, EventFlags::IN | EventFlags::ET)?;
                self.viewers.push(Viewer { stream, partial: early, at: self.log.end() });
                self.read(self.viewers.len() - 1)?;
            }
        }
        self.log.come(viewers);
        if self.plan.session.is_none() {
            // The floor has no first picture.
            self.seated = all;
        }
        self.heard_at = now();
        while self.seated < all {
            self.wait(Some(Duration::from_millis(10)))?;
        }
        self.log.take();
        Ok(())
    }

    /// The last ones who came read nothing any more, and are waited for by nobody.
    fn stop(&mut self, viewers: usize) -> anyhow::Result<()> {
        let first = self.viewers.len().checked_sub(viewers).context("so many are not there")?;
        for viewer in self.viewers.drain(first..) {
            epoll::delete(&self.epoll, &viewer.stream)?;
            self.stopped.push(viewer);
        }
        self.seated -= viewers;
        self.log.go(viewers);
        Ok(())
    }

    /// Waits until the server has given up all who have stopped. That they have been is seen by who
    /// reads on in the end: after all that is on its way to them nothing comes any more.
    fn dropped(&mut self) -> anyhow::Result<()> {
        let start = now();
        while start.elapsed() < GIVEN_UP {
            self.heard_at = now();
            self.wait(Some(Duration::from_millis(100)))?;
        }
        let mut stopped = std::mem::take(&mut self.stopped);
        while !stopped.is_empty() {
            stopped.retain_mut(|viewer| {
                viewer
                    .stream
                    .read(&mut self.buffer)
                    .map_or_else(|error| error.kind() == ErrorKind::WouldBlock, |read| read > 0)
            });
            self.heard_at = now();
            self.wait(Some(Duration::from_millis(10)))?;
            if start.elapsed() > GIVEN_UP + PATIENCE {
                bail!("{} who have stopped reading still have a seat", stopped.len());
            }
        }
        Ok(())
    }

    fn run(&mut self, publish: Publish, length: Duration) -> anyhow::Result<Run> {
        // Whatever came since the last run, and one update more, so that everything is warm.
        self.publish()?;
        self.heard_at = now();
        while self.log.everywhere() < self.published {
            self.wait(Some(Duration::from_millis(10)))?;
        }
        self.log.take();
        self.log.measure();
        self.received = 0;
        let before = self.published;
        self.measured_from = before;
        let cpu = (process::cpu(self.plan.server)?, process::cpu(std::process::id())?);
        let start = now();
        let end = start + length;
        let mut next = start;
        loop {
            let moment = now();
            let goes_on = moment < end;
            let mut pause = Duration::from_millis(10);
            match publish {
                Publish::Window(window) if goes_on => {
                    let under_way = self.published - self.log.everywhere();
                    for _ in under_way..window {
                        self.publish()?;
                    }
                }
                Publish::Every(every) if goes_on => {
                    while next <= moment {
                        self.log.wants(next);
                        self.publish()?;
                        next += every;
                    }
                    pause = next - moment;
                }
                _ if self.log.everywhere() >= self.published => break,
                _ => {}
            }
            self.wait(Some(pause))?;
        }
        let wall = start.elapsed().as_secs_f64();
        let after = (process::cpu(self.plan.server)?, process::cpu(std::process::id())?);
        let counted = self.log.take();
        let delays = self.log.delays();
        let ms = |part| delays.at(part).as_secs_f64() * 1e3;
        let run = Run {
            updates: self.published - before,
            deliveries: counted.delivered,
            frames: counted.frames,
            wrong: counted.wrong,
            wall,
            server: (after.0 - cpu.0).as_secs_f64(),
            crowd: (after.1 - cpu.1).as_secs_f64(),
            bytes: self.received as f64 / counted.frames.max(1) as f64,
            p50_ms: ms(0.5),
            p99_ms: ms(0.99),
            p999_ms: ms(0.999),
        };
        self.log.measure();
        Ok(run)
    }

    /// Asks for one more update.
    fn publish(&mut self) -> anyhow::Result<()> {
        let number = self.published;
        self.published += 1;
        let turn = usize::try_from(number)? % self.publishers.len();
        if self.plan.session.is_none() {
            return Ok(self.publishers[turn].write_all(b"!")?);
        }
        let id = ulid::Ulid::generate();
        let more = ", e ancora".chars().cycle().take(self.longer).collect::<String>();
        let text = format!("Aggiornamento numero {number:08}, di lunghezza sempre uguale{more}");
        let ask = serde_json::json!({"type": "ask", "id": id.to_string(), "text": text, "channel": "hall"});
        Ok(self.publishers[turn].write_all(&said(&ask.to_string()))?)
    }

    /// Reads what a publisher was told: it must not be a refusal, and what is left unread the server
    /// waits for before it takes another command.
    fn hears(&mut self, turn: usize) -> anyhow::Result<()> {
        let publisher = &mut self.publishers[turn];
        loop {
            match publisher.read(&mut self.buffer) {
                Ok(0) => bail!("the server closed the publisher's socket"),
                Ok(read) => {
                    let heard = String::from_utf8_lossy(&self.buffer[..read]);
                    if let Some(at) = heard.find("\"type\":\"refused\"") {
                        bail!("an update was refused: {}", &heard[at..]);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads whatever has come, waiting for something for so long.
    fn wait(&mut self, pause: Option<Duration>) -> anyhow::Result<()> {
        if self.heard_at.elapsed() > PATIENCE {
            bail!(
                "nothing was heard for {} s: {} of {} updates have reached everybody, {} viewers \
                 of {} are seated",
                PATIENCE.as_secs(),
                self.log.everywhere(),
                self.published,
                self.seated,
                self.viewers.len()
            );
        }
        let pause = pause.map(Timespec::try_from).transpose().context("a short time")?;
        let mut events = Vec::with_capacity(AT_ONCE);
        epoll::wait(&self.epoll, spare_capacity(&mut events), pause.as_ref())?;
        for event in events {
            let name = event.data.u64();
            match name & PUBLISHER {
                0 => self.read(usize::try_from(name)?)?,
                _ => self.hears(usize::try_from(name & !PUBLISHER)?)?,
            }
        }
        Ok(())
    }

    fn read(&mut self, number: usize) -> anyhow::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let viewer = &mut self.viewers[number];
        let mut held = viewer.partial.len();
        buffer[..held].copy_from_slice(&viewer.partial);
        viewer.partial = Vec::new();
        loop {
            let (read, is_all) = match self.viewers[number].stream.read(&mut buffer[held..]) {
                Ok(0) => bail!("the server closed viewer {number}"),
                // The kernel gave less than there was room for, so there is no more.
                Ok(read) => (read, held + read < READ),
                Err(error) if error.kind() == ErrorKind::WouldBlock => (0, true),
                Err(error) => return Err(error).context(format!("viewer {number}")),
            };
            held += read;
            let (mut from, now) = (0, now());
            while let Some((kind, payload, all)) = frame(&buffer[from..held])? {
                if kind == 8 {
                    bail!("the server closed viewer {number}");
                }
                if payload.starts_with(b"{\"type\":\"snapshot") {
                    self.seated += 1;
                }
                let since = self.measured_from;
                let viewer = &mut self.viewers[number];
                self.log.heard(&mut viewer.at, payload, since, now)?;
                if payload.starts_with(b"{\"type\":\"update") {
                    self.received += all as u64;
                    self.heard_at = now;
                }
                from += all;
            }
            buffer.copy_within(from..held, 0);
            held -= from;
            if is_all {
                break;
            }
        }
        self.viewers[number].partial = buffer[..held].to_vec();
        self.buffer = buffer;
        Ok(())
    }
}

/// Reads the answer to the request for a socket; what came behind it belongs to the socket.
fn entered(mut stream: TcpStream) -> anyhow::Result<(TcpStream, Vec<u8>)> {
    let (mut head, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut buffer)?;
        head.extend_from_slice(&buffer[..read]);
        if let Some(end) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            if !head.starts_with(b"HTTP/1.1 101") {
                bail!("a viewer was not let in: {}", String::from_utf8_lossy(&head));
            }
            let early = head.split_off(end + 4);
            return Ok((stream, early));
        }
        anyhow::ensure!(read > 0, "the server hung up on a viewer");
    }
}

#[expect(clippy::disallowed_methods, reason = "measuring is what this is for")]
fn now() -> Instant {
    Instant::now()
}
