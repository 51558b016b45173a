//! Three ways to hold an evening: one place for the pages, the tools and the documents.

use super::{Duplicates, Links, Moderation, OtherLanguages, PersonalData, Policy, PolicyChange};
use crate::screening::Words;

/// A policy to begin with. What a preset does not name stays as it is: the organiser's own lists,
/// what votes and names are worth, how long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(test, derive(serde::Serialize, ts_rs::TS))]
#[cfg_attr(test, serde(rename_all = "snake_case"))]
pub enum Preset {
    /// For a council, minors, a campaign.
    Prudent,
    /// The default.
    Balanced,
    /// For an evening among colleagues.
    Open,
}

impl Preset {
    /// All of them, the strictest first.
    pub const ALL: [Self; 3] = [Self::Prudent, Self::Balanced, Self::Open];

    /// What it changes.
    pub fn change(self) -> PolicyChange {
        match self {
            Self::Balanced => Self::named(&Policy::default()),
            Self::Prudent => Self::named(&Policy {
                min_chars: 10,
                max_chars: 280,
                open_questions: Some(2),
                questions: Some(3),
                slow_s: Some(60),
                links: Links::Block,
                personal_data: PersonalData::Hold,
                other_languages: OtherLanguages::Hold,
                history: Some(2),
                campaign_people: Some(3),
                ..Policy::default()
            }),
            Self::Open => Self::named(&Policy {
                moderation: Moderation::Post,
                hold_s: 5,
                min_chars: 3,
                max_chars: 1000,
                open_questions: None,
                questions: Some(50),
                slow_s: Some(5),
                words_noted: vec![Words::Insult, Words::Vulgar, Words::Sexual, Words::Blasphemy],
                languages: Vec::new(),
                duplicates: Duplicates::Desk,
                history: None,
                campaign_people: None,
                ..Policy::default()
            }),
        }
    }

    /// The knobs that every preset sets.
    fn named(policy: &Policy) -> PolicyChange {
        PolicyChange {
            moderation: Some(policy.moderation),
            hold_s: Some(policy.hold_s),
            min_chars: Some(policy.min_chars),
            max_chars: Some(policy.max_chars),
            open_questions: Some(policy.open_questions),
            questions: Some(policy.questions),
            slow_s: Some(policy.slow_s),
            links: Some(policy.links),
            personal_data: Some(policy.personal_data),
            words_noted: Some(policy.words_noted.clone()),
            languages: Some(policy.languages.clone()),
            other_languages: Some(policy.other_languages),
            duplicates: Some(policy.duplicates),
            history: Some(policy.history),
            campaign_people: Some(policy.campaign_people),
            campaign_minutes: Some(policy.campaign_minutes),
            ..PolicyChange::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_fits_and_the_balanced_one_is_the_default() {
        for preset in Preset::ALL {
            let next = Policy::default().changed(&preset.change()).expect("it fits");
            assert_eq!(next.moderation == Moderation::Post, preset == Preset::Open);
            let back = next.changed(&Preset::Balanced.change()).expect("it fits");
            assert_eq!(Policy { version: 1, ..back }, Policy::default());
        }
    }

    #[test]
    fn a_preset_leaves_what_the_organiser_wrote() {
        let own = vec!["comune.example.it".to_owned()];
        let mine = Policy { link_hosts: own.clone(), words_hold: own.clone(), ..Policy::default() };
        for preset in Preset::ALL {
            let next = mine.changed(&preset.change()).expect("it fits");
            assert_eq!((next.link_hosts, next.words_hold), (own.clone(), own.clone()));
        }
    }
}
