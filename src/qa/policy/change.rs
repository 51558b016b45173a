//! The change of a policy.

use serde::{Deserialize, Deserializer, Serialize};

use super::{Duplicates, Links, Moderation, Order, OtherLanguages, PersonalData, Policy, Votes};
use crate::qa::malformed::Malformed;
use crate::screening::Words;

/// A change of the policy: only what changes. For limits, `null` lifts them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the one of `Policy`")]
pub struct PolicyChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub moderation: Option<Moderation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub hold_s: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub min_chars: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub max_chars: Option<u32>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub open_questions: Option<Option<u32>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub questions: Option<Option<u32>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub slow_s: Option<Option<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub anonymous: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub votes: Option<Votes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub order: Option<Order>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub links: Option<Links>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub languages: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub duplicates: Option<Duplicates>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub before_start: Option<bool>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub keep_days: Option<Option<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub link_hosts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub personal_data: Option<PersonalData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub words_noted: Option<Vec<Words>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub words_block: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub words_hold: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub words_allow: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub contacts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub other_languages: Option<OtherLanguages>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub history: Option<Option<u32>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub campaign_people: Option<Option<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub campaign_minutes: Option<u32>,
}

impl PolicyChange {
    /// Whether it says how long things are kept and nothing else: the one knob that can be turned
    /// after the end.
    pub fn only_keeps(&self) -> bool {
        let rest = Self { keep_days: None, ..self.clone() };
        self.keep_days.is_some() && rest == Self::default()
    }
}

impl Policy {
    /// This policy with a change, in its next version; or what is wrong with the change.
    pub fn changed(&self, change: &PolicyChange) -> Result<Self, Malformed> {
        let mut next = self.clone();
        let c = change;
        set(&mut next.moderation, c.moderation);
        set(&mut next.hold_s, c.hold_s);
        set(&mut next.min_chars, c.min_chars);
        set(&mut next.max_chars, c.max_chars);
        set(&mut next.open_questions, c.open_questions);
        set(&mut next.questions, c.questions);
        set(&mut next.slow_s, c.slow_s);
        set(&mut next.anonymous, c.anonymous);
        set(&mut next.votes, c.votes);
        set(&mut next.order, c.order);
        set(&mut next.links, c.links);
        set(&mut next.languages, c.languages.clone());
        set(&mut next.duplicates, c.duplicates);
        set(&mut next.before_start, c.before_start);
        set(&mut next.keep_days, c.keep_days);
        set(&mut next.link_hosts, c.link_hosts.clone());
        set(&mut next.personal_data, c.personal_data);
        set(&mut next.words_noted, c.words_noted.clone());
        set(&mut next.words_block, c.words_block.clone());
        set(&mut next.words_hold, c.words_hold.clone());
        set(&mut next.words_allow, c.words_allow.clone());
        set(&mut next.contacts, c.contacts.clone());
        set(&mut next.other_languages, c.other_languages);
        set(&mut next.history, c.history);
        set(&mut next.campaign_people, c.campaign_people);
        set(&mut next.campaign_minutes, c.campaign_minutes);
        next.tidy();
        next.check()?;
        next.version = self.version.saturating_add(1);
        Ok(next)
    }
}

/// Tells a field that is `null` from one that is absent.
pub(super) fn present<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::<u32>::deserialize(d).map(Some)
}

fn set<T>(field: &mut T, change: Option<T>) {
    if let Some(value) = change {
        *field = value;
    }
}
