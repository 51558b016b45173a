//! Why a connection ends, as programs read it.

use crate::qa::Language;

/// A close code. Clients decide by range: 4000–4499 come back, 4500–4999 stay away; 1008 and 1009
/// are for what is no WebSocket of ours any more, and come without a `goodbye`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Close {
    /// This server is about to stop; others, or its successor, are there.
    Drain,
    /// A command's outcome is not known: come back and send it again.
    OutcomeUnknown,
    /// The connection could not take what was sent.
    TooSlow,
    /// Too many frames.
    TooMuch,
    /// The right to be here has ended.
    Revoked,
    /// The session is not there any more.
    SessionGone,
    /// Broken WebSocket.
    Broken,
    /// A message of more than [`MAX_BYTES`](super::MAX_BYTES).
    TooLarge,
}

impl Close {
    /// Every one of them.
    pub const ALL: [Self; 8] = [
        Self::Drain,
        Self::OutcomeUnknown,
        Self::TooSlow,
        Self::TooMuch,
        Self::Revoked,
        Self::SessionGone,
        Self::Broken,
        Self::TooLarge,
    ];

    /// The code on the socket.
    pub const fn code(self) -> u16 {
        match self {
            Self::Drain => 4000,
            Self::OutcomeUnknown => 4001,
            Self::TooSlow => 4002,
            Self::TooMuch => 4003,
            Self::Revoked => 4500,
            Self::SessionGone => 4501,
            Self::Broken => 1008,
            Self::TooLarge => 1009,
        }
    }

    /// The reason, in less than the 123 bytes that a close frame has for it.
    pub fn reason(self, language: Language) -> &'static str {
        let (italian, english) = match self {
            Self::Drain => ("Il server si riavvia.", "The server restarts."),
            Self::OutcomeUnknown => {
                ("Esito non ancora noto: ricollegati.", "The outcome is not known: reconnect.")
            }
            Self::TooSlow => ("La connessione è troppo lenta.", "The connection is too slow."),
            Self::TooMuch => ("Troppi messaggi.", "Too many messages."),
            Self::Revoked => ("Il tuo accesso è finito.", "Your access has ended."),
            Self::SessionGone => ("La seduta non c'è più.", "The session is gone."),
            Self::Broken => ("Connessione non valida.", "Broken connection."),
            Self::TooLarge => ("Messaggio troppo grande.", "Message too large."),
        };
        language.choose(italian, english)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_fits_into_a_close_frame_and_each_code_is_one_only() {
        let codes: std::collections::BTreeSet<_> = Close::ALL.iter().map(|c| c.code()).collect();
        assert_eq!(codes.len(), Close::ALL.len());
        for close in Close::ALL {
            for language in [Language::Italian, Language::English] {
                assert!(close.reason(language).len() <= 123);
            }
        }
    }
}
