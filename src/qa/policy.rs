//! What a city has decided about an evening, and the change of it.

use serde::{Deserialize, Deserializer, Serialize};

use super::malformed::Malformed;
use crate::screening::{Knobs, Verdict};

/// The rules of one session that its moderators can turn. Names, meanings and defaults are the
/// protocol's; `None` in a limit means that it is lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
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
    /// Days after the end until everything personal is forgotten (1 to 3,650); `None`: never by
    /// itself. A policy that was recorded before there was this knob has none, so that an upgrade
    /// forgets nothing that nobody decided to forget.
    #[serde(default)]
    pub keep_days: Option<u32>,
}

/// Days that everything personal is kept after the end where nobody says otherwise: as long as a
/// citizen may wait for an answer to a request about their data (a month, GDPR art. 12(3)), and
/// long enough to ask why a question was not published.
pub const KEEP_DAYS: u32 = 30;

/// Bound: ten years of days.
pub const KEEP_DAYS_MAX: u32 = 3_650;

/// Whether a person reads a question before the public does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Moderation {
    /// A person reads first.
    Pre,
    /// Public at once, or after `hold_s`, when screening passes it.
    Post,
}

/// Whether vote counts are public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Votes {
    /// Counts are public.
    Shown,
    /// The public sees no counts, nor an order by them.
    Hidden,
}

/// The order of the public list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Most votes first.
    Top,
    /// Newest first.
    New,
    /// First questions of each person first.
    Fair,
}

/// What becomes of a text with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Links {
    /// Not accepted.
    Block,
    /// A person looks.
    Hold,
    /// Let through.
    Allow,
}

/// Who is told that a question is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// Asker and desk.
    Both,
    /// The desk alone.
    Desk,
    /// Nobody.
    Off,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: 1,
            moderation: Moderation::Pre,
            hold_s: 0,
            min_chars: 8,
            max_chars: 400,
            open_questions: Some(3),
            questions: Some(10),
            slow_s: Some(30),
            anonymous: true,
            votes: Votes::Shown,
            order: Order::Top,
            links: Links::Hold,
            languages: vec!["it".to_owned(), "en".to_owned()],
            duplicates: Duplicates::Both,
            before_start: false,
            keep_days: Some(KEEP_DAYS),
        }
    }
}

impl Policy {
    /// What screening needs of it.
    pub fn knobs(&self) -> Knobs {
        let links = match self.links {
            Links::Block => Verdict::Block,
            Links::Hold => Verdict::Hold,
            Links::Allow => Verdict::Pass,
        };
        Knobs { min_chars: self.min_chars, max_chars: self.max_chars, links, ..Knobs::default() }
    }

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
        next.check()?;
        next.version = self.version.saturating_add(1);
        Ok(next)
    }

    /// Says what does not fit together, naming the key and its bounds.
    pub fn check(&self) -> Result<(), Malformed> {
        let within = |key: &str, value: u32, least: u32, most: u32| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(Malformed::new(
                    format!("`policy.{key}` è {value}; può andare da {least} a {most}."),
                    format!("`policy.{key}` is {value}; {least} to {most} is possible."),
                ))
            }
        };
        within("hold_s", self.hold_s, 0, 300)?;
        within("max_chars", self.max_chars, 1, 1000)?;
        within("min_chars", self.min_chars, 1, self.max_chars)?;
        for (key, value) in [("open_questions", self.open_questions), ("questions", self.questions)]
        {
            within(key, value.unwrap_or(1), 1, 1_000_000)?;
        }
        within("slow_s", self.slow_s.unwrap_or(0), 0, 86_400)?;
        within("keep_days", self.keep_days.unwrap_or(1), 1, KEEP_DAYS_MAX)?;
        if self.languages.len() > 24 || !self.languages.iter().all(|tag| is_language(tag)) {
            return Err(Malformed::new(
                "`policy.languages` contiene al massimo 24 codici come \"it\".",
                "`policy.languages` holds at most 24 tags such as \"it\".",
            ));
        }
        Ok(())
    }
}

/// Whether a text looks like a BCP 47 tag.
pub(crate) fn is_language(tag: &str) -> bool {
    (2..=35).contains(&tag.len())
        && tag.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
        && tag.bytes().take(2).all(|b| b.is_ascii_alphabetic())
}

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
}

impl PolicyChange {
    /// Whether it says how long things are kept and nothing else: the one knob that can be turned
    /// after the end.
    pub fn only_keeps(&self) -> bool {
        let rest = Self { keep_days: None, ..self.clone() };
        self.keep_days.is_some() && rest == Self::default()
    }
}

/// Tells a field that is `null` from one that is absent.
fn present<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::<u32>::deserialize(d).map(Some)
}

fn set<T>(field: &mut T, change: Option<T>) {
    if let Some(value) = change {
        *field = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_lifts_a_limit_and_absence_leaves_it() {
        let change: PolicyChange =
            serde_json::from_str(r#"{"questions": null, "slow_s": 5}"#).expect("a change");
        let next = Policy::default().changed(&change).expect("it fits");
        assert_eq!((next.version, next.questions, next.slow_s), (2, None, Some(5)));
        assert_eq!(next.open_questions, Some(3));
    }

    #[test]
    fn a_policy_from_before_the_knob_forgets_nothing_by_itself() {
        let old = serde_json::from_str::<Policy>(r#"{"version": 4}"#).expect("an old policy");
        assert_eq!((old.version, old.keep_days), (4, None));
        assert_eq!(Policy::default().keep_days, Some(KEEP_DAYS));
        let lifted = PolicyChange { keep_days: Some(None), ..PolicyChange::default() };
        assert!(lifted.only_keeps() && !PolicyChange::default().only_keeps());
        assert!(!PolicyChange { hold_s: Some(1), ..lifted }.only_keeps());
        let change = PolicyChange { keep_days: Some(Some(0)), ..PolicyChange::default() };
        let wrong = Policy::default().changed(&change).expect_err("a day at least");
        assert_eq!(wrong.to_string(), "`policy.keep_days` is 0; 1 to 3650 is possible.");
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_bounds() {
        let change = PolicyChange { min_chars: Some(500), ..PolicyChange::default() };
        let wrong = Policy::default().changed(&change).expect_err("more than max_chars");
        assert_eq!(wrong.to_string(), "`policy.min_chars` is 500; 1 to 400 is possible.");
        serde_json::from_str::<PolicyChange>(r#"{"moderatoin": "pre"}"#).expect_err("a typo");
    }
}
