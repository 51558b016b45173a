//! The languages of the interface.

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Italiano.
    #[default]
    Italian,
    /// English.
    English,
}

impl Language {
    /// The one of the two that is said in this language.
    pub fn choose<T>(self, italian: T, english: T) -> T {
        match self {
            Self::Italian => italian,
            Self::English => english,
        }
    }
}
