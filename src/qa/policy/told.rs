//! What each audience is told of a policy.

use serde::{Deserialize, Serialize};

use super::change::present;
use super::{Duplicates, Links, Moderation, Order, OtherLanguages, PersonalData, Policy, Votes};
use crate::screening::Words;

/// A policy as one audience is told it. The organiser's lists, the city's contacts and what makes
/// a person or a text conspicuous are told to the desk alone: whoever knows them plays them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Policy"))]
pub struct PolicyView {
    /// 1, 2, 3 …: moves with every change.
    pub version: u32,
    /// Whether a person reads first.
    pub moderation: Moderation,
    /// With `post`: seconds that a question waits, seen by the desk alone (0 to 300).
    pub hold_s: u32,
    /// Least characters of a question.
    pub min_chars: u32,
    /// Most characters of a question (up to 1,000).
    pub max_chars: u32,
    /// Questions of one person that may wait at the same time.
    pub open_questions: Option<u32>,
    /// Questions of one person in the session.
    pub questions: Option<u32>,
    /// Seconds between two questions of one person.
    pub slow_s: Option<u32>,
    /// Whether one may ask without a name.
    pub anonymous: bool,
    /// Whether counts are public.
    pub votes: Votes,
    /// The order the public list starts with.
    pub order: Order,
    /// What becomes of a text with a link.
    pub links: Links,
    /// Languages expected (BCP 47).
    pub languages: Vec<String>,
    /// Who is told of similar questions.
    pub duplicates: Duplicates,
    /// Whether questions are taken before the start.
    pub before_start: bool,
    /// Days after the end until everything personal is forgotten (1 to 3,650); null: never by
    /// itself.
    pub keep_days: Option<u32>,
    /// Hosts that may be linked to, each with everything under it.
    pub link_hosts: Vec<String>,
    /// What becomes of a text with personal data in it, beside the masking.
    pub personal_data: PersonalData,
    /// Kinds of words that are noted for the desk, and do not hold a text.
    pub words_noted: Vec<Words>,
    /// What becomes of a text in a language that is not expected.
    pub other_languages: OtherLanguages,
    /// Desk: the organiser's words that are not accepted: whole words, `prefix*`, short phrases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub words_block: Option<Vec<String>>,
    /// Desk: the organiser's words at which a person looks first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub words_hold: Option<Vec<String>>,
    /// Desk: words that are nothing to look at here, whatever another list says of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub words_allow: Option<Vec<String>>,
    /// Desk: what the city itself publishes, which is nobody's personal data: addresses, numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub contacts: Option<Vec<String>>,
    /// Desk: from how many dismissed questions on a person's next ones are held.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub history: Option<Option<u32>>,
    /// Desk: from how many people on the same text is a campaign, whose next ones are held.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub campaign_people: Option<Option<u32>>,
    /// Desk: within how many minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub campaign_minutes: Option<u32>,
}

impl PolicyView {
    /// `whole`: for the desk. A knob without a place here does not compile.
    pub fn of(policy: &Policy, whole: bool) -> Self {
        let Policy {
            version,
            moderation,
            hold_s,
            min_chars,
            max_chars,
            open_questions,
            questions,
            slow_s,
            anonymous,
            votes,
            order,
            links,
            languages,
            duplicates,
            before_start,
            keep_days,
            link_hosts,
            personal_data,
            words_noted,
            other_languages,
            words_block,
            words_hold,
            words_allow,
            contacts,
            history,
            campaign_people,
            campaign_minutes,
        } = policy.clone();
        Self {
            version,
            moderation,
            hold_s,
            min_chars,
            max_chars,
            open_questions,
            questions,
            slow_s,
            anonymous,
            votes,
            order,
            links,
            languages,
            duplicates,
            before_start,
            keep_days,
            link_hosts,
            personal_data,
            words_noted,
            other_languages,
            words_block: whole.then_some(words_block),
            words_hold: whole.then_some(words_hold),
            words_allow: whole.then_some(words_allow),
            contacts: whole.then_some(contacts),
            history: whole.then_some(history),
            campaign_people: whole.then_some(campaign_people),
            campaign_minutes: whole.then_some(campaign_minutes),
        }
    }
}
