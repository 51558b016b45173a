//! One connection of a person, on its way to a shard.
//!
//! A bare TCP socket is taken out of the HTTP server and given to a shard, which reads and writes it
//! from there on. Whatever is not bare (encrypted in process, a pipe of a test) is joined to a seat by
//! a pair of sockets, so that there is one kind of seat.

use std::any::Any;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::net::sockopt::set_socket_send_buffer_size;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::fanout::{Joined, SeatId};
use super::handle::Handle;
use super::live::{Ear, Visitor};
use super::shard::{Answers, Newcomer, Owner};
use crate::gate::budget::Budget;
use crate::gate::limits::TooFast;
use crate::qa::{As, Audience, Caller, Language};
use crate::wire::{self, Close, Frame, MAX_BYTES};

/// Bytes that the system takes for a connection beyond what it may send at once. Who stops reading holds
/// so much of it, and some megabytes without a bound.
const UNSENT: u32 = 32 * 1024;

/// Bytes that are carried at once between a seat and a connection that is not bare.
const CARRIED: usize = 4 * 1024;

/// Bytes that the pair of sockets between them may hold on the way out, more or less.
const BETWEEN: usize = 16 * 1024;

/// Without a byte taken for this long, a connection that is not bare is given up.
const STALLED: Duration = Duration::from_secs(10);

/// Somebody who comes back from a drain does so at a moment in this time.
pub(super) const COME_BACK_MS: u64 = 5_000;

/// Who is sent away for another reason comes back in this time: a disk that hangs sends a whole hall away
/// at once, and it shall not come back as one.
pub(super) const AGAIN_MS: u64 = 2_000;

/// What a seat needs to know of its owner.
pub struct Seat {
    /// The room.
    pub room: Handle,
    /// Who sits here.
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
    /// Let go when the seat is free again.
    pub held: Box<dyn Any + Send>,
}

/// Whether one more command may pass.
pub type Allowance = Box<dyn Fn() -> Result<(), TooFast> + Send + Sync>;

impl Seat {
    /// Takes a seat on a bare connection; `early` is what it has sent already. Returns when the shard
    /// has it.
    ///
    /// # Errors
    /// Where the machine gives no descriptor.
    pub async fn sit(self, stream: TcpStream, early: Vec<u8>) -> io::Result<()> {
        // Where the system does not know it, its own bound holds.
        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT);
        self.on(stream.into_std()?.into(), early).await
    }

    /// Takes a seat on any other connection, and carries what is said until either side ends.
    ///
    /// # Errors
    /// What ended it, where it was not one of the two.
    pub async fn sit_beside<S: AsyncRead + AsyncWrite + Send>(self, stream: S) -> io::Result<()> {
        let (ours, theirs) = UnixStream::pair()?;
        set_socket_send_buffer_size(&theirs, BETWEEN)?;
        self.on(theirs.into_std()?.into(), Vec::new()).await?;
        carry(stream, ours).await
    }

    async fn on(self, socket: OwnedFd, early: Vec<u8>) -> io::Result<()> {
        let letterbox = self.room.shards.letterbox()?;
        let (room, audience) = (self.room, self.audience);
        let visitor = Visitor {
            audience,
            person: self.caller.map(|caller| caller.person),
            grant: self.grant,
            is_citizen: self.caller.is_some_and(|caller| caller.acts == As::Citizen),
            screen: self.screen,
            after: self.after,
            private: Ear::Socket(letterbox),
        };
        let owner = Owner {
            caller: self.caller,
            deflates: self.deflates,
            language: self.language,
            budget: self.budget,
            most: MAX_BYTES,
            answers: Answers::Room,
            allowance: self.allowance,
        };
        let (welcome, held) = (Some(self.welcome), self.held);
        let newcomer =
            Newcomer { socket, early, room: room.clone(), audience, owner, held, welcome };
        room.seat(visitor, newcomer).await;
        Ok(())
    }
}

/// Takes a seat that sends back whatever it hears, up to this length, and is told nothing. For the cases
/// of the standard, which try a server that does so.
///
/// # Errors
/// Where the machine gives no descriptor.
pub fn echo(room: &Handle, stream: TcpStream, early: Vec<u8>, most: usize) -> io::Result<()> {
    let letterbox = room.shards.letterbox()?;
    let address = letterbox.address();
    let owner = Owner {
        caller: None,
        deflates: false,
        language: Language::English,
        budget: Budget::unlimited(),
        most,
        answers: Answers::Echo,
        allowance: Box::new(|| Ok(())),
    };
    let socket = stream.into_std()?.into();
    let audience = Audience::Overlay;
    // Behind everything that a ring will ever hold.
    let joined = Joined { seat: SeatId::NOBODY, frames: Vec::new(), next: u64::MAX };
    let newcomer = Newcomer {
        socket,
        early,
        room: room.clone(),
        audience,
        owner,
        held: Box::new(letterbox),
        welcome: None,
    };
    address.sit(Box::new(newcomer), joined);
    room.shards.ring();
    Ok(())
}

/// Carries bytes both ways until one side ends.
async fn carry<S: AsyncRead + AsyncWrite>(stream: S, seat: UnixStream) -> io::Result<()> {
    let (mut from, mut to) = tokio::io::split(stream);
    let (mut said, mut heard) = seat.into_split();
    let out = async {
        let mut buffer = vec![0; CARRIED];
        loop {
            let read = said.read(&mut buffer).await?;
            if read == 0 {
                return timeout(STALLED, to.shutdown()).await?;
            }
            timeout(STALLED, async {
                to.write_all(&buffer[..read]).await?;
                to.flush().await
            })
            .await??;
        }
    };
    let back = async {
        let mut buffer = vec![0; CARRIED];
        loop {
            let read = from.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            heard.write_all(&buffer[..read]).await?;
        }
    };
    tokio::select! {
        over = out => over,
        over = back => over,
    }
}

/// After how long whoever is sent away comes back: at a moment for each seat, spread evenly; the golden
/// ratio does it without randomness.
pub(super) fn come_back(close: Close, seat: SeatId) -> u64 {
    let spread = if close == Close::Drain { COME_BACK_MS } else { AGAIN_MS };
    seat.number().wrapping_mul(0x9e37_79b9_7f4a_7c15) % spread
}

#[cfg(test)]
mod tests;
