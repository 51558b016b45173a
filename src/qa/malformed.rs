//! What is wrong with a request, as a sentence in each language of the interface.

use std::fmt;

use super::language::Language;

/// Which field is wrong, and what is expected there. Names keys and bounds, never what was sent:
/// a refusal may be shown, counted and logged where a citizen's text may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(Box<[String; 2]>);

impl Malformed {
    /// The same sentence twice: for who reads Italian, and for who reads English.
    pub fn new(italian: impl Into<String>, english: impl Into<String>) -> Self {
        Self(Box::new([italian.into(), english.into()]))
    }

    /// The sentence in one of the languages.
    pub fn says(&self, language: Language) -> &str {
        let [italian, english] = &*self.0;
        language.choose(italian, english)
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.says(Language::English))
    }
}
