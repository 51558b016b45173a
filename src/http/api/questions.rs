//! `…/questions`: all of them, a page at a time, as the caller may see them.

use std::collections::BTreeSet;

use axum::extract::Path;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Call, json};
use crate::http::error::No;
use crate::qa::policy::Votes;
use crate::qa::session::{Question, State};
use crate::qa::{Audience, QuestionId, Session, view};
use crate::wire::body::QuestionsBody;

/// Bound: questions of one page (`protocol.md`).
const PAGE: usize = 100;

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::http) enum Order {
    Top,
    New,
    /// The last answered first.
    Answered,
}

/// A question's place in an order, the first the greatest. It is also where a page goes on; votes
/// that come between two pages may show a question twice, or not at all.
pub(in crate::http) type Place = (u64, QuestionId);

/// Which questions.
#[derive(Debug, Clone)]
pub(in crate::http) struct Wanted {
    pub(in crate::http) order: Order,
    /// `None`: in every state.
    pub(in crate::http) states: Option<BTreeSet<State>>,
    /// Behind this place.
    pub(in crate::http) after: Option<Place>,
    /// At most so many.
    pub(in crate::http) most: usize,
}

/// One page.
pub(in crate::http) async fn page(Path(slug): Path<String>, call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    let here = call.here(&asker, &slug).await?;
    let order = match call.fields.get("order").map(String::as_str) {
        None | Some("top") => Order::Top,
        Some("new") => Order::New,
        Some(_) => {
            return Err(No::malformed(
                "`order`: è possibile top, new.",
                "`order`: top, new are possible.",
            ));
        }
    };
    let states = call.fields.get("state").map(|states| states_of(states)).transpose()?;
    let after = call.fields.get("after").map(|after| place_of(after)).transpose()?;
    let audience = here.audience();
    let wanted = Wanted { order, states, after, most: PAGE };
    let page = here.room.look_with(move |session, _, known| {
        let mut page = listed(session, audience, &wanted);
        page.questions.iter_mut().for_each(|question| known.tell(session, question));
        page
    });
    Ok(json(&page.await.ok_or_else(No::busy)?))
}

/// A page of them, as an audience sees them.
pub(in crate::http) fn listed(
    session: &Session,
    audience: Audience,
    wanted: &Wanted,
) -> QuestionsBody {
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
    let mut places: Vec<Place> = places.collect();
    let more = places.len() > *most;
    if more {
        places.select_nth_unstable_by(*most, |a, b| b.cmp(a));
        places.truncate(*most);
    }
    places.sort_unstable_by(|a, b| b.cmp(a));
    let next = places.last().filter(|_| more).copied().map(text_of);
    let questions = places.iter().filter_map(|(_, id)| view::question(session, audience, *id));
    QuestionsBody { questions: questions.collect(), next }
}

fn states_of(text: &str) -> Result<BTreeSet<State>, No> {
    let state = |word: &str| {
        serde_json::from_value(serde_json::Value::from(word.trim())).map_err(|_| {
            No::malformed(
                "`state`: sono possibili pending, approved, queued, on_air, answered, dismissed, \
                 withdrawn, merged, separati da virgole.",
                "`state`: pending, approved, queued, on_air, answered, dismissed, withdrawn, \
                 merged are possible, with commas between them.",
            )
        })
    };
    text.split(',').map(state).collect()
}

fn text_of((first, id): Place) -> String {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&first.to_be_bytes());
    bytes[8..].copy_from_slice(&id.to_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(in crate::http) fn place_of(text: &str) -> Result<Place, No> {
    let no = || {
        No::malformed(
            "`after`: non è il `next` di una pagina.",
            "`after`: it is not the `next` of a page.",
        )
    };
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| no())?;
    let bytes: [u8; 24] = bytes.try_into().map_err(|_| no())?;
    let (first, id) = bytes.split_first_chunk::<8>().ok_or_else(no)?;
    let id: [u8; 16] = id.try_into().map_err(|_| no())?;
    Ok((u64::from_be_bytes(*first), QuestionId::from_u128(u128::from_be_bytes(id))))
}
