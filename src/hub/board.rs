//! The public board, for those who hold no seat.
//!
//! However many ask, the room is asked once a second at most: what it has said hangs beside its
//! rings, where everybody reads it without a word to the room's task. Tag and packed form are made
//! once for each board, by the first who needs them. What must not be seen any more the room itself
//! takes down, before it tells anybody of it.

use std::io::Write as _;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::fanout::SNAPSHOT_AGE;
use super::handle::{Handle, ToRoom};
use crate::wire::Frame;

/// While somebody asks the room for a new one, others still get one of this age.
const BEARABLE: Duration = Duration::from_secs(2);

/// For how long somebody waits for it; a crowd that waits longer for a room that is stuck only grows.
const PATIENCE: Duration = Duration::from_secs(5);

/// A public snapshot as it goes over HTTP.
#[derive(Debug)]
pub struct Board {
    frame: Frame,
    text: Bytes,
    tags: OnceLock<Tags>,
    packed: OnceLock<Bytes>,
}

/// What two boards that say the same have in common, and no others; quoted, as HTTP writes it.
#[derive(Debug)]
pub struct Tags {
    /// Of the text.
    pub text: Bytes,
    /// Of its packed form.
    pub packed: Bytes,
}

impl Board {
    pub(super) fn new(frame: Frame) -> Self {
        let text = frame.clone().into();
        Self { frame, text, tags: OnceLock::new(), packed: OnceLock::new() }
    }

    /// JSON.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// The same in gzip: a quarter of it.
    pub fn packed(&self) -> &Bytes {
        self.packed.get_or_init(|| {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            let packed = gzip.write_all(&self.text).and_then(|()| gzip.finish());
            packed.expect("memory takes every byte").into()
        })
    }

    /// Its tags.
    pub fn tags(&self) -> &Tags {
        self.tags.get_or_init(|| {
            let mut tag = format!("{:x}", Sha256::digest(&self.text));
            // Half of it tells them apart as well.
            tag.truncate(32);
            Tags { text: format!("\"{tag}\"").into(), packed: format!("\"{tag}-gzip\"").into() }
        })
    }

    /// Whether this is that very snapshot.
    fn is_of(&self, frame: &Frame) -> bool {
        self.frame.on_socket().as_ptr() == frame.on_socket().as_ptr()
    }
}

/// Where a room's board hangs.
#[derive(Debug, Default)]
pub(super) struct Hook {
    hangs: RwLock<Option<Hanging>>,
    /// Held by who asks the room for a new one.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Hanging {
    board: Arc<Board>,
    /// When the room last said that this is how it stands.
    at: Instant,
}

impl Hook {
    /// Hangs up how it stands now. The same snapshot stays the same board, with what was made of it.
    pub(super) fn hang(&self, frame: Frame, at: Instant) -> Arc<Board> {
        let mut hangs = self.hangs.write().unwrap_or_else(PoisonError::into_inner);
        let before = hangs.take().map(|hanging| hanging.board).filter(|board| board.is_of(&frame));
        let board = before.unwrap_or_else(|| Arc::new(Board::new(frame)));
        *hangs = Some(Hanging { board: Arc::clone(&board), at });
        board
    }

    /// Something on it must not be seen any more.
    pub(super) fn take_down(&self) {
        *self.hangs.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The board, if it is younger than this.
    fn younger(&self, age: Duration) -> Option<Arc<Board>> {
        let hangs = self.hangs.read().unwrap_or_else(PoisonError::into_inner);
        let young = hangs.as_ref().filter(|hanging| hanging.at.elapsed() < age);
        young.map(|hanging| Arc::clone(&hanging.board))
    }
}

impl Handle {
    /// The public board, as it stood within the last second; two, while somebody is asking how it
    /// stands now. `None`: the room is over, or has not answered for five seconds.
    pub async fn board(&self) -> Option<Arc<Board>> {
        match self.live().board.younger(SNAPSHOT_AGE) {
            Some(board) => Some(board),
            None => timeout(PATIENCE, self.board_now()).await.ok().flatten(),
        }
    }

    async fn board_now(&self) -> Option<Arc<Board>> {
        let hook = &self.live().board;
        let _turn = match hook.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => {
                if let Some(board) = hook.younger(BEARABLE) {
                    return Some(board);
                }
                let turn = hook.turn.lock().await;
                if let Some(board) = hook.younger(SNAPSHOT_AGE) {
                    return Some(board);
                }
                turn
            }
        };
        let (reply, board) = oneshot::channel();
        self.says(ToRoom::Board(reply)).await?;
        board.await.ok()
    }
}

#[cfg(test)]
#[path = "board_tests.rs"]
mod crowd;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_board_hangs_until_it_is_old_or_taken_down() {
        let hook = Hook::default();
        assert!(hook.younger(SNAPSHOT_AGE).is_none());
        let frame = Frame::from("{}");
        let first = hook.hang(frame.clone(), Instant::now());
        tokio::time::advance(SNAPSHOT_AGE).await;
        assert!(hook.younger(SNAPSHOT_AGE).is_none(), "it may have moved since");
        let again = hook.hang(frame, Instant::now());
        assert!(Arc::ptr_eq(&first, &again), "what was made of it stays");
        assert!(hook.younger(SNAPSHOT_AGE).is_some());
        let other = hook.hang(Frame::from("{ }"), Instant::now());
        assert_ne!(first.tags().text, other.tags().text);
        hook.take_down();
        assert!(hook.younger(BEARABLE).is_none());
    }
}
