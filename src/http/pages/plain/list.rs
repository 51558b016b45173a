//! The lists of the plain page, and the first page of each, which everybody shares.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::archive::record::hex;
use crate::gate::origin::Origin;
use crate::http::api::questions::body_of;
use crate::http::error::No;
use crate::http::fresh;
use crate::http::headers::Spoken;
use crate::http::here::Here;
use crate::http::pages::layout::{Reader, Written};
use crate::qa::policy::{Order as Start, Votes};
use crate::qa::session::{SessionState, State};
use crate::qa::view::{self, Order, QuestionView, Spot, Wanted};
use crate::qa::{Audience, CommandId, Policy, Session, SessionId, Timestamp};
use crate::wire::body::QuestionsBody;

/// Bound: questions of one page; an old phone draws them without a pause.
const PAGE: usize = 25;

/// How long a list is handed on: within the two seconds that the board has, too.
const KEPT: Duration = Duration::from_secs(1);

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Tab {
    Top,
    New,
    Answered,
}

impl Tab {
    /// Those that there are: where counts are hidden, their order is, too.
    pub(super) const fn all(votes: Votes) -> &'static [Self] {
        match votes {
            Votes::Shown => &[Self::Top, Self::New, Self::Answered],
            Votes::Hidden => &[Self::New, Self::Answered],
        }
    }

    /// The one that an address asks for, else the one that the policy begins with.
    pub(super) fn asked(fields: &BTreeMap<String, String>, policy: &Policy) -> Self {
        let asked = fields.get("order").map(String::as_str);
        let known = Self::all(policy.votes).iter().find(|tab| Some(tab.word()) == asked);
        known.copied().unwrap_or(match (policy.votes, policy.order) {
            (Votes::Hidden, _) | (_, Start::New) => Self::New,
            (Votes::Shown, Start::Top | Start::Fair) => Self::Top,
        })
    }

    /// As it stands in addresses.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::New => "new",
            Self::Answered => "answered",
        }
    }

    /// A page of it, behind a place.
    pub(super) fn listed(self, session: &Session, after: Option<Spot>) -> QuestionsBody {
        let (order, states) = match self {
            Self::Top => (Order::Top, [State::Approved, State::Queued].as_slice()),
            Self::New => (Order::New, [State::Approved, State::Queued].as_slice()),
            Self::Answered => (Order::Answered, [State::Answered].as_slice()),
        };
        let states = Some(states.iter().copied().collect::<BTreeSet<_>>());
        let wanted = Wanted { order, states, after, most: PAGE };
        body_of(view::page(session, Audience::Public, &wanted))
    }
}

/// What everybody sees who opens a list.
pub(super) struct First {
    pub(super) on_air: Option<QuestionView>,
    pub(super) since: Option<Timestamp>,
    pub(super) list: QuestionsBody,
    /// Of one that is over: the chain of its record.
    pub(super) chain: Option<String>,
    /// When it was like this.
    pub(super) at: Timestamp,
    /// Of the forms on it.
    pub(super) form: CommandId,
    /// The page around it, as it was written for who is nobody.
    pub(super) pages: Pages,
}

/// Bound: pages that are kept of one list: two languages, chosen or not, at a few addresses of ours.
const PAGES: usize = 8;

/// Pages that are the same for everybody who reads them alike.
#[derive(Default)]
pub(super) struct Pages(Mutex<Vec<(Spoken, Option<Origin>, Arc<Written>)>>);

impl Pages {
    /// As it was written for somebody else, or as it is written now.
    pub(super) fn of(&self, reader: &Reader, write: impl FnOnce() -> Written) -> Arc<Written> {
        let (spoken, ours) = reader.alike();
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = pages.iter().find(|page| page.0 == spoken && page.1.as_ref() == ours);
        if let Some((_, _, page)) = same {
            return Arc::clone(page);
        }
        let page = Arc::new(write());
        if pages.len() < PAGES {
            pages.push((spoken, ours.cloned(), Arc::clone(&page)));
        }
        page
    }
}

/// The first page of each list, at most a second old.
///
/// Bound: three lists of 25 questions for each session whose plain page somebody has opened.
#[derive(Default)]
pub(in crate::http) struct Listings(Mutex<HashMap<(SessionId, Tab), Kept>>);

struct Kept {
    /// When somebody last went to look.
    looked: Instant,
    first: Arc<First>,
}

impl Listings {
    /// The first page of a list. Who finds it old looks at the room; everybody else who comes
    /// meanwhile gets it as it was.
    pub(super) async fn first(
        &self,
        here: &Here,
        tab: Tab,
        at: Timestamp,
    ) -> Result<Arc<First>, No> {
        let (key, now) = ((here.id, tab), Instant::now());
        if let Some(kept) = self.lock().get_mut(&key) {
            if now.duration_since(kept.looked) < KEPT {
                return Ok(Arc::clone(&kept.first));
            }
            kept.looked = now;
        }
        let form = fresh();
        let look = here.room.look(move |session, chain| {
            let on_air = view::on_air(session, Audience::Public);
            let ended = session.state() == SessionState::Ended;
            First {
                chain: ended.then(|| hex(&chain.head().chain)),
                on_air: on_air.id.and_then(|id| view::question(session, Audience::Public, id)),
                since: on_air.since,
                list: tab.listed(session, None),
                at,
                form,
                pages: Pages::default(),
            }
        });
        let first = Arc::new(look.await.ok_or_else(No::busy)?);
        self.lock().insert(key, Kept { looked: now, first: Arc::clone(&first) });
        Ok(first)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(SessionId, Tab), Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
