//! The only door from state to what anybody sees.
//!
//! "Nobody sees an unapproved question" is a property of this file: every frame, snapshot, page and
//! list for an audience comes from here, and what a role must not see is left out here, before
//! anything is encoded. The shapes are the protocol's; messages around them are `wire`'s.

mod known;
mod pages;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::event::{Channel, Official, Reason, Stream};
use super::id::{PersonId, QuestionId, Rev, Slug, Timestamp};
use super::policy::{Policy, PolicyView, Votes};
use super::session::catalogue::By;
use super::session::question::{Question, State};
use super::session::{Audience, Changes, Own, Session, SessionState, Touch};
use crate::screening::{Finding, Verdict};

pub use super::session::catalogue::Spot;
pub use known::{Alike, AlikeView, CampaignView, Known, MOST_ALIKE};
pub use pages::{Listed, Order, Wanted, page};

/// Bound: questions of the public snapshot, by what they are in it for (`protocol.md`).
const MOST_VOTED: usize = 40;
const NEWEST: usize = 20;
const LAST_ANSWERED: usize = 10;
/// Bound: pending questions of the desk's snapshot.
const NEXT_TO_JUDGE: usize = 300;

/// A question as one audience sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Question"))]
pub struct QuestionView {
    /// Its id.
    pub id: QuestionId,
    /// 1, 2, 3 …, given at its first approval.
    pub number: Option<u32>,
    /// What it says; null once taken back.
    pub text: Option<String>,
    /// Whether the press office changed it.
    pub edited: bool,
    /// The asker's name, where it is shown.
    pub name: Option<String>,
    /// From the session's list.
    pub labels: Vec<String>,
    /// BCP 47.
    pub language: String,
    /// How many support it; null while the policy hides it.
    pub votes: Option<u32>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// When it was last on air.
    pub on_air_at: Option<Timestamp>,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// The written answer.
    pub answer: Option<AnswerView>,
    /// Ids joined into it.
    pub merged: Vec<QuestionId>,
    /// Its text was removed: when and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub removed: Option<RemovedView>,
    /// Desk and stage: its revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub rev: Option<Rev>,
    /// Desk: its notes; stage: those for the stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub notes: Option<Vec<NoteView>>,
    /// What only the desk sees.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(skip))]
    pub desk: Option<DeskView>,
    /// What only its asker and the desk see: the text as first asked, where it has changed since
    /// and a key still opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub original: Option<String>,
    /// What only its asker and the desk see: why it was not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub reason: Option<DismissalView>,
}

/// What only the desk sees of a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "DeskFields"))]
pub struct DeskView {
    /// What screening made of it.
    pub verdict: Verdict,
    /// What screening found.
    pub findings: Vec<Finding>,
    /// Its asker's pseudonym.
    pub person: Option<PersonId>,
    /// Where the desk had it from.
    pub channel: Option<Channel>,
    /// Who is reading it.
    pub claimed_by: Option<String>,
    /// Questions like it: the ids of `alike`.
    pub similar: Vec<QuestionId>,
    /// Questions like it, best first, with the words in which they differ.
    #[serde(default)]
    pub alike: Vec<AlikeView>,
    /// The same text came from many people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub campaign: Option<CampaignView>,
    /// When it was taken off air, if it has not been on since.
    pub taken_off_at: Option<Timestamp>,
    /// When the clock will publish it, unless the desk acts first.
    pub held_until: Option<Timestamp>,
}

/// A written answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Answer"))]
pub struct AnswerView {
    /// What it says.
    pub text: String,
    /// Where to read more.
    pub links: Vec<String>,
    /// When.
    pub at: Timestamp,
    /// Who signed it.
    pub by: String,
}

/// A removal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Removed"))]
pub struct RemovedView {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A note of the desk; its text is null when no key opens it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Note"))]
pub struct NoteView {
    /// What it says.
    pub text: Option<String>,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Why a question was not published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Dismissal"))]
pub struct DismissalView {
    /// Why.
    pub code: Reason,
    /// For `duplicate`: of which, where the reader may see that.
    pub of: Option<QuestionId>,
    /// What the desk added.
    pub note: Option<String>,
}

/// What is on air, as one audience sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "OnAir"))]
pub struct OnAirView {
    /// Which question.
    pub id: Option<QuestionId>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// The stage's revision.
    pub rev: Rev,
    /// Desk and stage, after an unclean stop: what is on air by the record and on no stage and no
    /// overlay until `on_air` confirms it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub unconfirmed: Option<QuestionId>,
    /// Desk and stage: the producer has hidden the overlay's picture, which is clear for that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub hidden: bool,
}

/// A session, as one audience sees it: all the same but for the policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Session"))]
pub struct SessionView {
    /// Its name in addresses.
    #[cfg_attr(test, ts(as = "Slug"))]
    pub slug: Option<Slug>,
    /// Its title.
    pub title: String,
    /// BCP 47.
    pub language: String,
    /// Where it stands.
    pub state: SessionState,
    /// Whether it is a rehearsal.
    pub rehearsal: bool,
    /// Its revision.
    pub rev: Rev,
    /// When it starts.
    pub starts_at: Option<Timestamp>,
    /// Who answers.
    pub officials: Vec<Official>,
    /// Topics a question may carry.
    pub labels: Vec<String>,
    /// The live picture.
    pub stream: Option<Stream>,
    /// Its policy.
    pub policy: PolicyView,
}

/// Everything an audience holds, at one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Snapshot {
    /// The session.
    pub session: SessionView,
    /// What is on air.
    pub on_air: OnAirView,
    /// The running order, for those who see it.
    pub queue: Vec<QuestionId>,
    /// The questions this audience starts with.
    pub questions: Vec<QuestionView>,
    /// How many there are by state, of the states this audience may see.
    pub total: BTreeMap<State, u32>,
}

/// One change of an audience's view. Applying one twice is harmless.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// In place of the one with its id.
    Question(Box<QuestionView>),
    /// You may no longer see it.
    Gone(QuestionId),
    /// What is on air.
    OnAir(OnAirView),
    /// The running order.
    Queue(Vec<QuestionId>),
    /// The session.
    Session(Box<SessionView>),
}

/// Own questions in every state, and what one supports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Mine {
    /// Own questions.
    pub questions: Vec<QuestionView>,
    /// Votes: on or off.
    pub votes: BTreeMap<QuestionId, bool>,
}

/// The session as an audience sees it.
pub fn session(session: &Session, audience: Audience) -> SessionView {
    let about = session.about();
    SessionView {
        slug: session.slug().cloned(),
        title: about.title.clone(),
        language: about.language.clone(),
        state: session.state(),
        rehearsal: session.is_rehearsal(),
        rev: session.rev(),
        starts_at: about.starts_at,
        officials: about.officials.clone(),
        labels: about.labels.clone(),
        stream: about.stream.clone(),
        policy: policy(session.policy(), audience),
    }
}

/// The policy as an audience is told it: the organiser's lists and thresholds are the desk's.
pub fn policy(policy: &Policy, audience: Audience) -> PolicyView {
    PolicyView::of(policy, audience == Audience::Desk)
}

/// A question as an audience sees it; `None`: it does not exist for them.
pub fn question(session: &Session, audience: Audience, id: QuestionId) -> Option<QuestionView> {
    let question = session.question(id)?;
    session.sees(audience, question).then(|| match audience {
        Audience::Desk => for_desk(session, question),
        Audience::Stage => QuestionView {
            rev: Some(question.rev),
            notes: Some(vec![]),
            ..public(session, question)
        },
        Audience::Public | Audience::Overlay => public(session, question),
    })
}

/// What is on air, as an audience sees it.
pub fn on_air(session: &Session, audience: Audience) -> OnAirView {
    let stage = session.stage();
    let drawn = audience != Audience::Overlay || session.is_overlay_shown();
    OnAirView {
        id: stage.on_air.filter(|_| drawn),
        since: stage.since.filter(|_| drawn),
        rev: stage.rev,
        unconfirmed: None,
        hidden: matches!(audience, Audience::Desk | Audience::Stage) && !session.is_overlay_shown(),
    }
}

/// The running order, for those who see it.
pub fn queue(session: &Session, audience: Audience) -> Vec<QuestionId> {
    match audience {
        Audience::Desk | Audience::Stage => session.queue().to_vec(),
        Audience::Public | Audience::Overlay => Vec::new(),
    }
}

/// Everything an audience starts with.
pub fn snapshot(session: &Session, audience: Audience) -> Snapshot {
    let ids = first_ids(session, audience).into_iter();
    Snapshot {
        session: self::session(session, audience),
        on_air: on_air(session, audience),
        queue: queue(session, audience),
        questions: ids.filter_map(|id| question(session, audience, id)).collect(),
        total: total(session, audience),
    }
}

/// How many questions an audience may see, by state.
fn total(session: &Session, audience: Audience) -> BTreeMap<State, u32> {
    let count = |state: State| match audience {
        // Of what is on air only what the overlay draws.
        Audience::Overlay => {
            usize::from(state == State::OnAir && on_air(session, audience).id.is_some())
        }
        _ => session.catalogue().count(state),
    };
    let seen = State::ALL.into_iter().filter(|state| audience.sees(*state));
    let counted = seen.map(|state| (state, u32::try_from(count(state)).unwrap_or(u32::MAX)));
    counted.filter(|(_, count)| *count > 0).collect()
}

/// The questions an audience starts with; some of them it may not see.
pub fn first_ids(session: &Session, audience: Audience) -> BTreeSet<QuestionId> {
    let mut ids: BTreeSet<QuestionId> = session.stage().on_air.into_iter().collect();
    match audience {
        Audience::Overlay => {}
        Audience::Stage => ids.extend(session.queue()),
        Audience::Public => ids.extend(first_for_public(session)),
        Audience::Desk => {
            ids.extend(first_for_public(session));
            ids.extend(session.queue());
            let waiting = session.catalogue().waiting(None).take(NEXT_TO_JUDGE);
            ids.extend(waiting.map(|question| question.id));
        }
    }
    ids
}

/// The most voted, the newest and the last answered.
fn first_for_public(session: &Session) -> impl Iterator<Item = QuestionId> {
    const OPEN: [State; 3] = [State::Approved, State::Queued, State::OnAir];
    let first = |by, states: &[State], most| {
        session.catalogue().first(by, states.iter().copied(), None, most).into_iter()
    };
    let shown = session.policy().votes == Votes::Shown;
    let voted = first(By::Votes, &OPEN, if shown { MOST_VOTED } else { 0 });
    let newest = first(By::Number, &OPEN, NEWEST);
    let answered = first(By::Answered, &[State::Answered], LAST_ANSWERED);
    voted.chain(newest).chain(answered).map(|(_, id)| id)
}

/// What an audience must be told of a change, in order.
pub fn update(session: &Session, changes: &Changes, audience: Audience) -> Vec<Change> {
    let told = |touch: &Touch| match *touch {
        Touch::Session => Some(Change::Session(Box::new(self::session(session, audience)))),
        Touch::Question(id) => question(session, audience, id).map(Box::new).map(Change::Question),
        Touch::OnAir => Some(Change::OnAir(on_air(session, audience))),
        Touch::Queue => Some(Change::Queue(queue(session, audience))),
        Touch::Gone(id) => Some(Change::Gone(id)),
    };
    changes.touched(audience).iter().filter_map(told).collect()
}

/// A person's own questions in every state, and what they support.
pub fn mine(session: &Session, person: PersonId) -> Mine {
    let Some(known) = session.people().get(person) else {
        return Mine::default();
    };
    let own = known.asked().map(|asked| asked.questions.as_slice()).unwrap_or_default();
    Mine {
        questions: own.iter().filter_map(|id| own_question(session, person, *id)).collect(),
        votes: session.supported_by(person).map(|question| (question, true)).collect(),
    }
}

/// What changed of a person's own.
pub fn mine_of(
    session: &Session,
    person: PersonId,
    changed: impl IntoIterator<Item = Own>,
) -> Mine {
    let mut mine = Mine::default();
    for own in changed {
        match own {
            Own::Question(id) => mine.questions.extend(own_question(session, person, id)),
            Own::Vote(id, on) => _ = mine.votes.insert(id, on),
        }
    }
    mine
}

/// One of a person's own questions, in whatever state.
pub fn own_question(session: &Session, person: PersonId, id: QuestionId) -> Option<QuestionView> {
    let question = session.question(id).filter(|question| question.asker == Some(person))?;
    let text = question.public_text().or_else(|| question.text()).cloned();
    let name = question.name.as_ref().and_then(|name| name.get()).cloned();
    let visible = |of: &QuestionId| session.question(*of).is_some_and(|q| q.state.is_public());
    let reason =
        reason(question).map(|reason| DismissalView { of: reason.of.filter(visible), ..reason });
    let original = original(question);
    Some(QuestionView { text, name, original, reason, ..public(session, question) })
}

/// The fields the public sees. Asked for only where the caller may see the question.
fn public(session: &Session, question: &Question) -> QuestionView {
    let published = question.public();
    let name = question.name.as_ref().filter(|_| published.is_some_and(|p| p.with_name));
    let shown = session.policy().votes == Votes::Shown;
    QuestionView {
        id: question.id,
        number: question.number,
        text: question.public_text().cloned(),
        edited: question.is_edited(),
        name: name.and_then(|name| name.get()).cloned(),
        labels: question.labels.clone(),
        language: session.about().language.clone(),
        votes: shown.then(|| question.voters.len()),
        asked_at: question.asked_at,
        state: question.state,
        on_air_at: question.on_air_at,
        answered_at: question.answered_at,
        answer: question.answer.as_ref().map(|signed| AnswerView {
            text: signed.answer.text.clone(),
            links: signed.answer.links.clone(),
            at: signed.at,
            by: signed.by.clone(),
        }),
        merged: Vec::new(),
        removed: question
            .taken_back
            .as_ref()
            .map(|removed| RemovedView { at: removed.at, reason: removed.reason.clone() }),
        rev: None,
        notes: None,
        desk: None,
        original: None,
        reason: None,
    }
}

fn for_desk(session: &Session, question: &Question) -> QuestionView {
    let notes = question.notes.iter().map(|note| NoteView {
        text: note.text.get().cloned(),
        by: note.by.clone(),
        at: note.at,
    });
    let findings = question.findings.as_ref().and_then(|findings| findings.get());
    QuestionView {
        text: question.desk_text().cloned(),
        name: question.name.as_ref().and_then(|name| name.get()).cloned(),
        votes: Some(question.voters.len()),
        rev: Some(question.rev),
        notes: Some(notes.collect()),
        original: original(question),
        reason: reason(question),
        desk: Some(DeskView {
            verdict: question.verdict,
            findings: findings.cloned().unwrap_or_default(),
            person: question.asker,
            channel: question.channel,
            claimed_by: None,
            similar: Vec::new(),
            alike: Vec::new(),
            campaign: None,
            taken_off_at: question.taken_off_at,
            held_until: question.held_until.filter(|_| session.is_held(question)),
        }),
        ..public(session, question)
    }
}

/// The text as first asked, where it is not the last.
fn original(question: &Question) -> Option<String> {
    let first = question.versions.first().filter(|_| question.versions.len() > 1);
    first.and_then(|version| version.text.get()).cloned()
}

fn reason(question: &Question) -> Option<DismissalView> {
    let dismissal = question.dismissal.as_ref().filter(|_| question.state == State::Dismissed)?;
    Some(DismissalView {
        code: dismissal.reason,
        of: dismissal.of,
        note: dismissal.note.as_ref().and_then(|note| note.get()).cloned(),
    })
}
