//! Somebody who only listens: a seat without a socket, for event streams.

use super::Handle;
use super::live::Visitor;
use super::pull::{Pull, Woken};
use super::seat::come_back;
use crate::qa::{Audience, Caller, GrantId, Language};
use crate::wire::{Close, Cursor, Frame, message};

/// Who listens.
pub struct Visit {
    /// Who; `None` for whoever reads without being anybody.
    pub caller: Option<Caller>,
    /// Which view.
    pub audience: Audience,
    /// The permission by which the seat is taken.
    pub grant: Option<GrantId>,
    /// Where it was, if it comes back.
    pub after: Option<Cursor>,
    /// The language of its goodbye.
    pub language: Language,
    /// The first frame.
    pub welcome: Frame,
}

/// A seat that is pulled from. Dropping it frees the seat.
pub struct Listener {
    /// `None` once it is over.
    pull: Option<Pull>,
    first: Option<Vec<Frame>>,
    language: Language,
}

impl Listener {
    /// Takes a seat. `None`: the room is over.
    pub async fn join(room: Handle, visit: Visit) -> Option<Self> {
        let Visit { caller, audience, grant, after, language, welcome } = visit;
        let visitor = |private| Visitor {
            audience,
            person: caller.map(|caller| caller.person),
            grant,
            is_citizen: caller.is_some_and(|caller| caller.acts == crate::qa::As::Citizen),
            screen: None,
            after,
            private,
        };
        let (pull, past) = Pull::join(room, visitor).await?;
        let first = std::iter::once(welcome).chain(past).collect();
        Some(Self { pull: Some(pull), first: Some(first), language })
    }

    /// Everything that waits, as soon as something does; at the end a goodbye, then `None`.
    pub async fn next(&mut self) -> Option<Vec<Frame>> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let pull = self.pull.as_mut()?;
        let word = match pull.woken().await {
            Woken::Word(None) => return Some(self.goodbye(Vec::new(), Close::TooSlow)),
            Woken::Word(word) => word,
            Woken::Live => None,
        };
        match pull.take(word).await {
            Ok(waiting) => Some(match waiting.close {
                None => waiting.frames,
                Some(close) => self.goodbye(waiting.frames, close),
            }),
            Err(close) => Some(self.goodbye(Vec::new(), close)),
        }
    }

    fn goodbye(&mut self, mut frames: Vec<Frame>, close: Close) -> Vec<Frame> {
        if let Some(pull) = self.pull.take() {
            let retry_after_ms = come_back(close, pull.seat());
            frames.push(message::goodbye(close, self.language, retry_after_ms));
        }
        frames
    }
}
