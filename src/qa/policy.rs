//! What a city has decided about an evening, and the change of it.

mod change;
mod check;
mod entries;
mod preset;
mod told;

use serde::{Deserialize, Serialize};

pub use change::PolicyChange;
pub(crate) use check::is_language;
pub use preset::Preset;
pub use told::PolicyView;

use crate::screening::{Knobs, Lists, Verdict, Words};

/// The rules of one session that its moderators can turn. Names, meanings and defaults are the
/// protocol's; `None` in a limit means that it is lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Hosts that may be linked to, each with everything under it.
    pub link_hosts: Vec<String>,
    /// What becomes of a text with personal data in it, beside the masking.
    pub personal_data: PersonalData,
    /// Kinds of words that are noted for the desk, and do not hold a text.
    pub words_noted: Vec<Words>,
    /// The organiser's words that are not accepted: whole words, `prefix*`, short phrases.
    pub words_block: Vec<String>,
    /// The organiser's words at which a person looks first.
    pub words_hold: Vec<String>,
    /// Words that are nothing to look at here, whatever another list says of them.
    pub words_allow: Vec<String>,
    /// What the city itself publishes, which is nobody's personal data: addresses, numbers.
    pub contacts: Vec<String>,
    /// What becomes of a text in a language that is not expected.
    pub other_languages: OtherLanguages,
    /// From how many dismissed questions on a person's next ones are held.
    pub history: Option<u32>,
    /// From how many people on the same text is a campaign, whose next ones are held.
    pub campaign_people: Option<u32>,
    /// Within how many minutes.
    pub campaign_minutes: u32,
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

/// What becomes of a text with personal data in it. It is masked in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PersonalData {
    /// Goes on, masked.
    Mask,
    /// A person looks, too.
    Hold,
}

/// What becomes of a text in a language that is not expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum OtherLanguages {
    /// The desk is told.
    Note,
    /// A person looks.
    Hold,
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
            link_hosts: vec!["gov.it".to_owned()],
            personal_data: PersonalData::Mask,
            words_noted: Vec::new(),
            words_block: Vec::new(),
            words_hold: Vec::new(),
            words_allow: Vec::new(),
            contacts: Vec::new(),
            other_languages: OtherLanguages::Note,
            history: Some(3),
            campaign_people: Some(5),
            campaign_minutes: 5,
        }
    }
}

impl Policy {
    /// What screening needs of it. Makes the lists ready, so it is asked once for each version.
    pub fn knobs(&self) -> Knobs {
        let links = match self.links {
            Links::Block => Verdict::Block,
            Links::Hold => Verdict::Hold,
            Links::Allow => Verdict::Pass,
        };
        let personal = match self.personal_data {
            PersonalData::Mask => Verdict::Mask,
            PersonalData::Hold => Verdict::Hold,
        };
        Knobs {
            min_chars: self.min_chars,
            max_chars: self.max_chars,
            links,
            link_hosts: self.link_hosts.clone(),
            personal,
            noted: self.words_noted.clone(),
            contacts: self.contacts.clone(),
            lists: Lists::new(&self.words_block, &self.words_hold, &self.words_allow),
            languages: self.languages.clone(),
            other_languages: match self.other_languages {
                OtherLanguages::Note => Verdict::Pass,
                OtherLanguages::Hold => Verdict::Hold,
            },
            // A session's, not a policy's.
            officials: Vec::new(),
        }
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

    #[test]
    fn lists_are_made_tidy() {
        let list = |entries: &[&str]| Some(entries.iter().map(|e| (*e).to_owned()).collect());
        let change = PolicyChange {
            words_block: list(&["  brutta\t parola ", "Brutta Parola", "brutta*"]),
            link_hosts: list(&["Comune.Example.IT.", "comune.example.it"]),
            words_noted: Some(vec![Words::Vulgar, Words::Insult, Words::Vulgar]),
            ..PolicyChange::default()
        };
        let next = Policy::default().changed(&change).expect("it fits");
        assert_eq!(next.words_block, ["brutta parola", "brutta*"]);
        assert_eq!(next.link_hosts, ["comune.example.it"]);
        assert_eq!(next.words_noted, [Words::Insult, Words::Vulgar]);
    }

    #[test]
    fn an_entry_is_named_by_its_place_and_never_by_what_it_says() {
        let change = PolicyChange {
            words_hold: Some(vec!["una".to_owned(), "parol*accia".to_owned()]),
            ..PolicyChange::default()
        };
        let wrong = Policy::default().changed(&change).expect_err("a star inside");
        assert_eq!(
            wrong.to_string(),
            "`policy.words_hold[1]`: a word, a short phrase, or the beginning of a word, two letters \
             at least, with `*` at its end is expected."
        );
    }

    #[test]
    fn a_policy_from_before_the_lists_reads_and_has_the_default() {
        let old = r#"{"version":4,"links":"allow","keep_days":30}"#;
        let old = serde_json::from_str::<Policy>(old).expect("an old policy");
        let now = Policy { version: 4, links: Links::Allow, ..Policy::default() };
        assert_eq!(old, now);
    }

    #[test]
    fn only_the_desk_is_told_of_lists_and_thresholds() {
        let told = |whole| serde_json::to_value(PolicyView::of(&Policy::default(), whole));
        let [all, some] = [true, false].map(|whole| told(whole).expect("JSON"));
        let keys = |value: &serde_json::Value| -> Vec<String> {
            value.as_object().expect("an object").keys().cloned().collect()
        };
        assert_eq!(all, serde_json::to_value(Policy::default()).expect("JSON"));
        let quiet: Vec<_> = keys(&all).into_iter().filter(|key| some.get(key).is_none()).collect();
        assert_eq!(
            quiet,
            [
                "campaign_minutes",
                "campaign_people",
                "contacts",
                "history",
                "words_allow",
                "words_block",
                "words_hold",
            ]
        );
    }
}
