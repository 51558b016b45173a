//! What a policy may hold, and the sentence where it holds something else.

use super::{KEEP_DAYS_MAX, Policy, entries};
use crate::qa::malformed::Malformed;

/// Bound: languages that are expected.
const LANGUAGES: usize = 24;

/// The two-letter codes of ISO 639-1, and `sh`, which is still met.
const CODES: &str = "\
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da \
    de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz \
    ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln \
    lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi \
    pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th \
    ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

impl Policy {
    /// Says what does not fit together, naming the key and its bounds.
    pub fn check(&self) -> Result<(), Malformed> {
        within("hold_s", self.hold_s, 0, 300)?;
        within("max_chars", self.max_chars, 1, 1000)?;
        within("min_chars", self.min_chars, 1, self.max_chars)?;
        for (key, value) in [("open_questions", self.open_questions), ("questions", self.questions)]
        {
            within(key, value.unwrap_or(1), 1, 1_000_000)?;
        }
        within("slow_s", self.slow_s.unwrap_or(0), 0, 86_400)?;
        within("keep_days", self.keep_days.unwrap_or(1), 1, KEEP_DAYS_MAX)?;
        within("history", self.history.unwrap_or(1), 1, 1000)?;
        // One person who asks the same thing again is no campaign.
        within("campaign_people", self.campaign_people.unwrap_or(2), 2, 10_000)?;
        within("campaign_minutes", self.campaign_minutes, 1, 1440)?;
        languages(&self.languages)?;
        entries::hosts("link_hosts", &self.link_hosts)?;
        for (key, words) in [
            ("words_block", &self.words_block),
            ("words_hold", &self.words_hold),
            ("words_allow", &self.words_allow),
        ] {
            entries::words(key, words)?;
        }
        entries::contacts("contacts", &self.contacts)
    }
}

fn within(key: &str, value: u32, least: u32, most: u32) -> Result<(), Malformed> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(Malformed::new(
            format!("`policy.{key}` è {value}; può andare da {least} a {most}."),
            format!("`policy.{key}` is {value}; {least} to {most} is possible."),
        ))
    }
}

fn languages(tags: &[String]) -> Result<(), Malformed> {
    if tags.len() > LANGUAGES || !tags.iter().all(|tag| is_language(tag)) {
        return Err(Malformed::new(
            format!("`policy.languages` contiene al massimo {LANGUAGES} codici come \"it\"."),
            format!("`policy.languages` holds at most {LANGUAGES} tags such as \"it\"."),
        ));
    }
    let unknown = |tag: &String| {
        let code = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        code.len() == 2 && !CODES.split_ascii_whitespace().any(|known| known == code)
    };
    match tags.iter().position(unknown) {
        None => Ok(()),
        Some(at) => Err(Malformed::new(
            format!(
                "`policy.languages[{at}]` non è una lingua: serve un codice ISO 639 come \"it\"."
            ),
            format!(
                "`policy.languages[{at}]` is no language: an ISO 639 code such as \"it\" is expected."
            ),
        )),
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
