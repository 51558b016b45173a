//! Lists of questions, a page at a time.

use std::collections::BTreeSet;

use super::{QuestionView, question};
use crate::qa::policy::Votes;
use crate::qa::session::catalogue::{By, Spot};
use crate::qa::session::{Audience, Session, State};

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// Those with the most votes first.
    Top,
    /// Those asked last first.
    New,
    /// Those answered last first, and no others.
    Answered,
}

/// Which questions.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// In which order.
    pub order: Order,
    /// `None`: in every state.
    pub states: Option<BTreeSet<State>>,
    /// Behind this one; votes that come between two pages may show a question twice, or not at all.
    pub after: Option<Spot>,
    /// At most so many.
    pub most: usize,
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its questions.
    pub questions: Vec<QuestionView>,
    /// Where the next one begins; `None`: this is the last.
    pub next: Option<Spot>,
}

/// A page of them, as an audience sees them.
pub fn page(session: &Session, audience: Audience, wanted: &Wanted) -> Listed {
    let Wanted { order, states, after, most } = wanted;
    // Where the public must not see how many support what, it must not see the order either.
    let hidden = audience != Audience::Desk && session.policy().votes == Votes::Hidden;
    let by = match order {
        Order::Top if !hidden => By::Votes,
        Order::Top | Order::New => By::Asked,
        Order::Answered => By::Answered,
    };
    let wanted = |state: &State| states.as_ref().is_none_or(|states| states.contains(state));
    let seen = State::ALL.into_iter().filter(|state| audience.sees(*state) && wanted(state));
    let mut spots = session.catalogue().first(by, seen, *after, most.saturating_add(1));
    let more = spots.len() > *most;
    spots.truncate(*most);
    let next = spots.last().filter(|_| more).copied();
    let questions = spots.iter().filter_map(|(_, id)| question(session, audience, *id));
    Listed { questions: questions.collect(), next }
}
