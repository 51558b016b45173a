//! What a crowd in a process of its own is told, and what it says of it, one JSON object a line.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// How a crowd is started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Where the server is.
    pub address: SocketAddr,
    /// The server's process.
    pub server: u32,
    /// The session, with tokens of its viewers and the one of a moderator. None: the floor.
    pub session: Option<Session>,
}

/// A session to watch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Session {
    /// Its name.
    pub slug: String,
    /// The moderators' tokens: several, since one person's commands wait for each other.
    pub moderators: Vec<String>,
    /// The viewers' tokens.
    pub tokens: Vec<String>,
}

/// What a crowd is told, one on each line.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wish {
    /// So many more viewers come.
    Join {
        /// How many.
        viewers: usize,
        /// Whether their networks take little at once, as a phone's does. On loopback the kernel
        /// would hold megabytes for each of them, and a server would not notice for minutes that
        /// they have stopped reading.
        narrow: bool,
    },
    /// The last ones who came read nothing any more.
    Stop {
        /// How many.
        viewers: usize,
    },
    /// Waits until the server has given up all who have stopped.
    Dropped,
    /// Updates, so many under way at any time.
    Window {
        /// How many.
        updates: u64,
        /// For how long.
        seconds: f64,
        /// Characters that each is longer than usual.
        longer: usize,
    },
    /// Updates at a steady pace, whatever becomes of them.
    Pace {
        /// How many a second.
        per_second: f64,
        /// For how long.
        seconds: f64,
    },
}

/// What came of it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Run {
    /// Updates that were published.
    pub updates: u64,
    /// Updates that reached a viewer.
    pub deliveries: u64,
    /// Frames that brought them.
    pub frames: u64,
    /// Updates that a viewer missed, heard twice, or heard differently.
    pub wrong: u64,
    /// How long it took, in seconds.
    pub wall: f64,
    /// CPU time of the server meanwhile, in seconds.
    pub server: f64,
    /// And of the crowd.
    pub crowd: f64,
    /// Bytes of an update's frame, on average.
    pub bytes: f64,
    /// Half of the deliveries were faster than this; only at a pace.
    pub p50_ms: f64,
    /// All but one of a hundred.
    pub p99_ms: f64,
    /// All but one of a thousand.
    pub p999_ms: f64,
}
