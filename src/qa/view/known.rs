//! What a room knows of its questions beside the record, and the desk is told: which are alike, and
//! which one text from many people.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::QuestionView;
use crate::qa::id::QuestionId;
use crate::qa::policy::Duplicates;
use crate::qa::session::Session;

/// Bound: questions like one that the desk is told of.
pub const MOST_ALIKE: usize = 3;

/// A question like another, as the desk sees it: suggested, with the words in which they differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Alike"))]
pub struct AlikeView {
    /// Which one.
    pub id: QuestionId,
    /// What it says.
    pub text: String,
    /// How like, from 0 to 1, in hundredths.
    pub score: f64,
    /// They seem to ask the same.
    pub same: bool,
    /// Words of this question that the other has not, as byte ranges of this text.
    pub here: Vec<Range<usize>>,
    /// Words of the other that this one has not, as byte ranges of the other's text.
    pub there: Vec<Range<usize>>,
}

/// One text from many people, with small changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Campaign"))]
pub struct CampaignView {
    /// The first question of it, by which its questions are known.
    pub id: QuestionId,
    /// From how many people it came.
    pub people: u32,
}

/// That a question is like another.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "as in `AlikeView`")]
pub struct Alike {
    pub id: QuestionId,
    pub score: f32,
    pub same: bool,
    pub here: Vec<Range<usize>>,
    pub there: Vec<Range<usize>>,
}

/// What a room knows beside the record. Holds no text.
#[derive(Debug, Default)]
pub struct Known {
    /// For each question those like it, best first, at most [`MOST_ALIKE`].
    pub alike: BTreeMap<QuestionId, Vec<Alike>>,
    /// For each question of a campaign, its first.
    pub campaigns: BTreeMap<QuestionId, QuestionId>,
    /// For the first of each campaign, from how many people it came.
    pub people: BTreeMap<QuestionId, u32>,
}

impl Known {
    /// Adds to the desk's view of a question what is known of it.
    pub fn tell(&self, session: &Session, question: &mut QuestionView) {
        let Some(desk) = &mut question.desk else { return };
        if session.policy().duplicates != Duplicates::Off {
            let alike = self.alike.get(&question.id).into_iter().flatten();
            desk.alike = alike.filter_map(|alike| seen(session, alike)).collect();
            desk.similar = desk.alike.iter().map(|alike| alike.id).collect();
        }
        let first = self.campaigns.get(&question.id).copied();
        let people = first.and_then(|first| self.people.get(&first)).copied();
        desk.campaign = first.zip(people).map(|(id, people)| CampaignView { id, people });
        if desk.campaign.is_some() {
            // The clock does not publish it: somebody has to look.
            desk.held_until = None;
        }
    }
}

fn seen(session: &Session, alike: &Alike) -> Option<AlikeView> {
    let text = session.question(alike.id)?.desk_text()?.clone();
    Some(AlikeView {
        id: alike.id,
        text,
        score: f64::from((alike.score * 100.0).round()) / 100.0,
        same: alike.same,
        here: alike.here.clone(),
        there: alike.there.clone(),
    })
}
