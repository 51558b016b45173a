//! The floor: what no server can do with less, unless it writes less often.
//!
//! One thread, one epoll, and for each update one write of a frame that is encoded already, to each
//! viewer in turn. No identity, no record, no rules.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use anyhow::Context as _;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};

/// Events taken from the kernel at once.
const AT_ONCE: usize = 1024;

/// What the crowd asks for when it wants to be the one that publishes: every byte it sends is an
/// update.
pub(super) const CONTROL: &str = "/control";

/// Where the number of an update stands in the frame's text.
const NUMBER: &str = "00000000";

/// Serves until it is killed. `length` is how many bytes an update has.
///
/// # Errors
/// What kept it from listening.
#[expect(clippy::print_stdout, reason = "whoever started it waits for the address")]
pub fn serve(length: usize) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, EventData::new_u64(0), EventFlags::IN)?;
    println!("listening on http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let mut floor =
        Floor { peers: Vec::new(), frame: frame(length), told: 0, buffer: vec![0; 4096] };
    let mut events = Vec::with_capacity(AT_ONCE);
    loop {
        events.clear();
        epoll::wait(&epoll, spare_capacity(&mut events), None)?;
        for event in &events {
            let Some(peer) = event.data.u64().checked_sub(1) else {
                while let Ok((stream, _)) = listener.accept() {
                    stream.set_nonblocking(true)?;
                    stream.set_nodelay(true)?;
                    let name = EventData::new_u64(floor.peers.len() as u64 + 1);
                    let wanted = EventFlags::IN | EventFlags::OUT | EventFlags::ET;
                    epoll::add(&epoll, &stream, name, wanted)?;
                    floor.peers.push(Some(Peer {
                        stream,
                        head: Vec::new(),
                        is: Is::New,
                        left: Vec::new(),
                    }));
                }
                continue;
            };
            floor.woken(usize::try_from(peer)?)?;
        }
    }
}

struct Floor {
    peers: Vec<Option<Peer>>,
    frame: Vec<u8>,
    told: u32,
    buffer: Vec<u8>,
}

struct Peer {
    stream: TcpStream,
    head: Vec<u8>,
    is: Is,
    /// What its socket did not take.
    left: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    New,
    Viewer,
    Publisher,
}

impl Floor {
    fn woken(&mut self, index: usize) -> anyhow::Result<()> {
        let Some(peer) = self.peers.get_mut(index).and_then(Option::as_mut) else { return Ok(()) };
        let mut updates = 0;
        loop {
            match peer.stream.read(&mut self.buffer) {
                Ok(0) => {
                    self.peers[index] = None;
                    break;
                }
                Ok(read) if peer.is == Is::Publisher => updates += read,
                Ok(read) => peer.says(&self.buffer[..read])?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let left = std::mem::take(&mut peer.left);
                    if !left.is_empty() {
                        peer.write(&left)?;
                    }
                    break;
                }
                Err(_) => {
                    self.peers[index] = None;
                    break;
                }
            }
        }
        for _ in 0..updates {
            self.tell()?;
        }
        Ok(())
    }

    fn tell(&mut self) -> anyhow::Result<()> {
        self.told += 1;
        let number = format!("{:0width$}", self.told, width = NUMBER.len());
        let at =
            self.frame.windows(7).position(|bytes| bytes == b"number ").context("a place")? + 7;
        self.frame[at..at + number.len()].copy_from_slice(number.as_bytes());
        for peer in self.peers.iter_mut().flatten() {
            if peer.is == Is::Viewer {
                peer.write(&self.frame)?;
            }
        }
        Ok(())
    }
}

impl Peer {
    fn says(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        if self.is == Is::Viewer {
            return Ok(());
        }
        self.head.extend_from_slice(bytes);
        if self.head.ends_with(b"\r\n\r\n") {
            let control = format!("GET {CONTROL} ");
            self.is =
                if self.head.starts_with(control.as_bytes()) { Is::Publisher } else { Is::Viewer };
            self.head = Vec::new();
            self.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")?;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        if !self.left.is_empty() {
            self.left.extend_from_slice(bytes);
            return Ok(());
        }
        match self.stream.write(bytes) {
            Ok(wrote) => self.left.extend_from_slice(&bytes[wrote..]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.left.extend_from_slice(bytes);
            }
            // It has gone; its end is read in time.
            Err(_) => {}
        }
        Ok(())
    }
}

/// An update of so many bytes as a frame of the socket, as a server of ours would say it.
fn frame(length: usize) -> Vec<u8> {
    let open =
        format!("{{\"type\":\"update\",\"changes\":[{{\"question\":{{\"text\":\"number {NUMBER}");
    let close = "\"}}]}";
    let fill = length.saturating_sub(open.len() + close.len());
    let text = format!("{open}{}{close}", " ".repeat(fill));
    let mut frame = vec![0x81];
    match u16::try_from(text.len()) {
        Ok(length @ 0..126) => frame.push(length as u8),
        Ok(length) => {
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => {
            frame.push(127);
            frame.extend((text.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(text.as_bytes());
    frame
}
