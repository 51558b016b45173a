//! Lists of questions, a page at a time.

use std::collections::BTreeSet;

use super::{QuestionView, question};
use crate::qa::id::QuestionId;
use crate::qa::policy::Votes;
use crate::qa::session::{Audience, Question, Session, State};

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

/// A question's place in an order, the first the greatest. It is also where a page goes on; votes
/// that come between two pages may show a question twice, or not at all.
pub type Spot = (u64, QuestionId);

/// Which questions.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// In which order.
    pub order: Order,
    /// `None`: in every state.
    pub states: Option<BTreeSet<State>>,
    /// Behind this place.
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
    let place = |question: &Question| {
        let first = match order {
            Order::Top if !hidden => u64::from(question.voters.len()),
            Order::Top | Order::New => question.asked_at.0.unsigned_abs(),
            Order::Answered => question.answered_at.unwrap_or_default().0.unsigned_abs(),
        };
        (first, question.id)
    };
    let seen = session.questions().filter(|question| session.sees(audience, question));
    let wanted = seen
        .filter(|question| states.as_ref().is_none_or(|states| states.contains(&question.state)));
    let places = wanted.map(place).filter(|place| after.is_none_or(|after| *place < after));
    let mut places: Vec<Spot> = places.collect();
    let more = places.len() > *most;
    if more {
        places.select_nth_unstable_by(*most, |a, b| b.cmp(a));
        places.truncate(*most);
    }
    places.sort_unstable_by(|a, b| b.cmp(a));
    let next = places.last().filter(|_| more).copied();
    let questions = places.iter().filter_map(|(_, id)| question(session, audience, *id));
    Listed { questions: questions.collect(), next }
}
