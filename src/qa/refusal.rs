//! The rules said no: why, in words a person understands, and what to do.
//!
//! One table: each refusal has a stable [`Code`] for programs, and a title and a detail in Italian
//! and English for people. A refusal costs nothing and is not recorded.

use serde::{Deserialize, Serialize};

use super::id::QuestionId;
use super::language::Language;
use super::malformed::Malformed;
use crate::screening::{self, Finding};

/// Why the rules said no. Expected, shown to the person, never logged as an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is a code of `protocol.md`")]
pub enum Refusal {
    #[error("the next question is possible in {retry_after_ms} ms")]
    TooFast { retry_after_ms: u64 },
    #[error("{most} are the most ({scope:?})")]
    TooMany { most: u32, scope: Scope },
    #[error("content: {}", .0.first().map_or("", |finding| &finding.code))]
    Content(Vec<Finding>),
    #[error("the name is longer than {} characters", screening::MAX_NAME)]
    NameTooLong,
    #[error("{what} is longer than {most} characters")]
    TooLong { what: &'static str, most: usize },
    #[error("{what} is empty")]
    Empty { what: &'static str },
    #[error("the session does not take this now")]
    Closed,
    #[error("it has moved since")]
    Stale { question: Option<QuestionId> },
    #[error("not possible in its present state")]
    WrongState { question: Option<QuestionId> },
    #[error("who you are is not known")]
    Unauthenticated,
    #[error("your role may not do this")]
    NotAllowed,
    #[error("there is no such {what}")]
    NotFound { what: &'static str },
    #[error("it is your own question")]
    OwnQuestion,
    #[error("the asker is muted")]
    Muted,
    #[error("this {what} is taken")]
    IdTaken { what: &'static str },
    #[error("a reason is missing: {missing}")]
    ReasonMissing { missing: &'static str },
    #[error("malformed: {0}")]
    Malformed(Malformed),
    #[error("not ready: {} missing", .missing.join(", "))]
    NotReady { missing: Vec<&'static str> },
    #[error("this version does not know how")]
    NotYet,
    #[error("busy")]
    Busy { retry_after_ms: u64 },
}

/// Over what a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Questions that wait to be read.
    Waiting,
    /// Questions in the whole session.
    Session,
    /// Commands without a reply.
    UnderWay,
}

/// What a program reads. Fixed by `protocol.md`; adding is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the codes of `protocol.md`")]
pub enum Code {
    TooFast,
    TooMany,
    TooLong,
    TooShort,
    Empty,
    NotText,
    Closed,
    Stale,
    WrongState,
    Unauthenticated,
    NotAllowed,
    NotFound,
    OwnQuestion,
    Muted,
    IdTaken,
    BlockedWords,
    Link,
    DuplicateOwn,
    ReasonMissing,
    Malformed,
    NotReady,
    Busy,
    UnknownOutcome,
    NotYet,
}

impl Code {
    /// Every code there is.
    pub const ALL: [Self; 24] = [
        Self::TooFast,
        Self::TooMany,
        Self::TooLong,
        Self::TooShort,
        Self::Empty,
        Self::NotText,
        Self::Closed,
        Self::Stale,
        Self::WrongState,
        Self::Unauthenticated,
        Self::NotAllowed,
        Self::NotFound,
        Self::OwnQuestion,
        Self::Muted,
        Self::IdTaken,
        Self::BlockedWords,
        Self::Link,
        Self::DuplicateOwn,
        Self::ReasonMissing,
        Self::Malformed,
        Self::NotReady,
        Self::Busy,
        Self::UnknownOutcome,
        Self::NotYet,
    ];

    /// As it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooFast => "too_fast",
            Self::TooMany => "too_many",
            Self::TooLong => "too_long",
            Self::TooShort => "too_short",
            Self::Empty => "empty",
            Self::NotText => "not_text",
            Self::Closed => "closed",
            Self::Stale => "stale",
            Self::WrongState => "wrong_state",
            Self::Unauthenticated => "unauthenticated",
            Self::NotAllowed => "not_allowed",
            Self::NotFound => "not_found",
            Self::OwnQuestion => "own_question",
            Self::Muted => "muted",
            Self::IdTaken => "id_taken",
            Self::BlockedWords => "blocked_words",
            Self::Link => "link",
            Self::DuplicateOwn => "duplicate_own",
            Self::ReasonMissing => "reason_missing",
            Self::Malformed => "malformed",
            Self::NotReady => "not_ready",
            Self::Busy => "busy",
            Self::UnknownOutcome => "unknown_outcome",
            Self::NotYet => "not_yet",
        }
    }

    /// A short sentence that is true for every refusal with this code.
    pub fn title(self, language: Language) -> &'static str {
        let (italian, english) = match self {
            Self::TooFast => ("Troppo in fretta.", "Too fast."),
            Self::TooMany => ("Hai raggiunto il massimo.", "You have reached the most."),
            Self::TooLong => ("Il testo è troppo lungo.", "The text is too long."),
            Self::TooShort => ("Il testo è troppo breve.", "The text is too short."),
            Self::Empty => ("Manca il testo.", "There is no text."),
            Self::NotText => ("Questo testo non si legge.", "This text cannot be read."),
            Self::Closed => ("Ora non si può.", "Not at this time."),
            Self::Stale => ("Nel frattempo è cambiato.", "It has changed meanwhile."),
            Self::WrongState => ("Nello stato attuale non si può.", "Not possible as it is now."),
            Self::Unauthenticated => ("Non sappiamo chi sei.", "We do not know who you are."),
            Self::NotAllowed => ("Il tuo ruolo non lo permette.", "Your role does not allow this."),
            Self::NotFound => ("Non trovata.", "Not found."),
            Self::OwnQuestion => ("La domanda è tua.", "It is your own question."),
            Self::Muted => ("Per ora non puoi fare domande.", "You cannot ask for now."),
            Self::IdTaken => ("Il nome è già preso.", "The name is taken."),
            Self::BlockedWords => ("Contiene una parola non ammessa.", "A word is not allowed."),
            Self::Link => ("Contiene un collegamento.", "It contains a link."),
            Self::DuplicateOwn => ("L'hai già chiesto.", "You have asked this already."),
            Self::ReasonMissing => ("Manca il motivo.", "The reason is missing."),
            Self::Malformed => ("Richiesta non comprensibile.", "The request makes no sense."),
            Self::NotReady => ("Manca ancora qualcosa.", "Something is still missing."),
            Self::Busy => ("In questo momento non ci riusciamo.", "We cannot do it right now."),
            Self::UnknownOutcome => ("Esito non ancora noto.", "The outcome is not known yet."),
            Self::NotYet => ("Questa versione non lo sa fare.", "This version cannot do it."),
        };
        language.choose(italian, english)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Refusal {
    /// The code that programs read.
    pub fn code(&self) -> Code {
        match self {
            Self::TooFast { .. } => Code::TooFast,
            Self::TooMany { .. } => Code::TooMany,
            Self::Content(findings) => findings.first().map_or(Code::NotText, code_of),
            Self::NameTooLong | Self::TooLong { .. } => Code::TooLong,
            Self::Empty { .. } => Code::Empty,
            Self::Closed => Code::Closed,
            Self::Stale { .. } => Code::Stale,
            Self::WrongState { .. } => Code::WrongState,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::NotAllowed => Code::NotAllowed,
            Self::NotFound { .. } => Code::NotFound,
            Self::OwnQuestion => Code::OwnQuestion,
            Self::Muted => Code::Muted,
            Self::IdTaken { .. } => Code::IdTaken,
            Self::ReasonMissing { .. } => Code::ReasonMissing,
            Self::Malformed(_) => Code::Malformed,
            Self::NotReady { .. } => Code::NotReady,
            Self::NotYet => Code::NotYet,
            Self::Busy { .. } => Code::Busy,
        }
    }

    /// When it is worth trying again, in milliseconds.
    pub const fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::TooFast { retry_after_ms } | Self::Busy { retry_after_ms } => {
                Some(*retry_after_ms)
            }
            _ => None,
        }
    }

    /// The question that comes with it, as it is now.
    pub const fn question(&self) -> Option<QuestionId> {
        match self {
            Self::Stale { question } | Self::WrongState { question } => *question,
            _ => None,
        }
    }

    /// What was wrong here, and what to do.
    pub fn detail(&self, language: Language) -> String {
        let say = |italian: String, english: String| language.choose(italian, english);
        match self {
            Self::TooFast { retry_after_ms } => {
                let (italian, english) = wait(*retry_after_ms);
                say(
                    format!("Aspetta {italian}. Il testo è salvo."),
                    format!("Wait {english}. Your text is safe."),
                )
            }
            Self::TooMany { most, scope: Scope::Waiting } => say(
                format!(
                    "Hai già {most} domande in attesa: quando una viene letta puoi farne un'altra."
                ),
                format!(
                    "{most} of your questions are waiting: when one has been read you can ask again."
                ),
            ),
            Self::TooMany { most, scope: Scope::Session } => say(
                format!("Hai già inviato {most} domande: è il massimo per questa seduta."),
                format!("You have sent {most} questions, the most for this session."),
            ),
            Self::TooMany { most, scope: Scope::UnderWay } => say(
                format!("Ci sono già {most} invii senza risposta: aspetta un momento."),
                format!("{most} of your commands have no reply yet: wait a moment."),
            ),
            Self::Content(findings) => {
                findings.first().map_or_else(String::new, |finding| sentence(finding, language))
            }
            Self::NameTooLong => {
                let most = screening::MAX_NAME;
                say(
                    format!("Il nome può avere al massimo {most} caratteri."),
                    format!("A name has at most {most} characters."),
                )
            }
            Self::TooLong { what, most } => say(
                format!("Al massimo {most} caratteri per «{what}»: accorcia il testo."),
                format!("At most {most} characters for \"{what}\": shorten the text."),
            ),
            Self::Empty { what } => say(
                format!("Scrivi qualcosa in «{what}»."),
                format!("Write something in \"{what}\"."),
            ),
            Self::Closed => say(
                "La seduta non lo accetta in questo momento.".to_owned(),
                "The session does not take this now.".to_owned(),
            ),
            Self::Stale { .. } => say(
                "Guarda com'è adesso e decidi di nuovo.".to_owned(),
                "Look at it as it is now and decide again.".to_owned(),
            ),
            Self::WrongState { .. } => say(
                "Guarda in che stato è adesso.".to_owned(),
                "Look at the state it is in now.".to_owned(),
            ),
            Self::Unauthenticated => say(
                "Ricarica la pagina, o apri di nuovo il tuo invito.".to_owned(),
                "Reload the page, or open your invitation again.".to_owned(),
            ),
            Self::NotAllowed => say(
                "Chiedi all'ufficio stampa un invito per questo ruolo.".to_owned(),
                "Ask the press office for an invitation to this role.".to_owned(),
            ),
            Self::NotFound { what } => {
                let italian = named(what);
                say(
                    format!("Qui non c'è {italian}: controlla l'indirizzo."),
                    format!("There is no such {what} here: check the address."),
                )
            }
            Self::OwnQuestion => say(
                "Le altre persone possono sostenerla; tu l'hai già fatto chiedendo.".to_owned(),
                "Others can support it; you have done so by asking.".to_owned(),
            ),
            Self::Muted => say(
                "La redazione ha sospeso le tue domande. Puoi votare quelle degli altri."
                    .to_owned(),
                "The desk has paused your questions. You can vote for those of others.".to_owned(),
            ),
            Self::IdTaken { what } => {
                let italian = named(what);
                say(
                    format!("C'è già {italian} con questo nome: scegline un altro."),
                    format!("There is such a {what} already: choose another."),
                )
            }
            Self::ReasonMissing { missing } => say(
                format!("Aggiungi «{missing}»: la persona legge il perché."),
                format!("Add \"{missing}\": the person will read why."),
            ),
            Self::Malformed(what) => what.says(language).to_owned(),
            Self::NotReady { missing } => {
                let list = missing.join(", ");
                say(
                    format!("Prima di aprire completa i dati della città: {list}."),
                    format!("Before you open, complete what the city says of itself: {list}."),
                )
            }
            Self::Busy { .. } => say(
                "Non è stato registrato nulla. Riprova fra poco.".to_owned(),
                "Nothing was recorded. Try again in a moment.".to_owned(),
            ),
            Self::NotYet => say(
                "Arriverà con una versione successiva.".to_owned(),
                "It comes with a later version.".to_owned(),
            ),
        }
    }
}

/// How long, as one says it: nobody counts 600 seconds. Never less than it is.
fn wait(ms: u64) -> (String, String) {
    match ms.div_ceil(1000) {
        0 | 1 => ("un secondo".to_owned(), "one second".to_owned()),
        seconds @ 2..=120 => (format!("{seconds} secondi"), format!("{seconds} seconds")),
        seconds => {
            let minutes = seconds.div_ceil(60);
            (format!("{minutes} minuti"), format!("{minutes} minutes"))
        }
    }
}

/// What a refusal is about, in Italian.
fn named(what: &str) -> &'static str {
    match what {
        "session" => "questa seduta",
        "invitation" => "questo invito",
        "person" => "questa persona",
        "receipt" => "questa ricevuta",
        "page" => "questa pagina",
        "slug" => "un indirizzo",
        "id" => "un invio",
        "question" => "questa domanda",
        _ => "questa pagina",
    }
}

/// The word for a blocking finding, as `protocol.md` maps them.
fn code_of(finding: &Finding) -> Code {
    match finding.code.as_str() {
        "LEN_EMPTY" => Code::Empty,
        "LEN_TOO_SHORT" => Code::TooShort,
        "LEN_TOO_LONG" => Code::TooLong,
        "FLOOD_RATE" => Code::TooFast,
        "FLOOD_QUOTA" => Code::TooMany,
        "WORD_LIST_BLOCK" => Code::BlockedWords,
        "DUP_OWN" => Code::DuplicateOwn,
        "SESSION_CLOSED" => Code::Closed,
        code if code.starts_with("LINK_") => Code::Link,
        _ => Code::NotText,
    }
}

/// A finding as a sentence for the asker.
pub fn sentence(finding: &Finding, language: Language) -> String {
    let n = finding.count.unwrap_or_default();
    let say = |italian: &str, english: &str| (italian.to_owned(), english.to_owned());
    let (italian, english) = match finding.code.as_str() {
        "LEN_EMPTY" => say("Scrivi la tua domanda.", "Write your question."),
        "LEN_TOO_SHORT" => {
            (format!("Scrivi almeno {n} caratteri."), format!("Write at least {n} characters."))
        }
        "LEN_TOO_LONG" => (
            format!("La domanda supera {n} caratteri: accorciala."),
            format!("The question is over {n} characters: shorten it."),
        ),
        "FMT_NO_TEXT" => say(
            "Ci sono solo simboli o emoji: scrivi la domanda con parole.",
            "There are only symbols or emoji: write the question in words.",
        ),
        "FMT_BAD_CHARS" => say(
            "Contiene caratteri che non si possono mostrare: riscrivi quella parte.",
            "It contains characters that cannot be shown: write that part again.",
        ),
        "WORD_LIST_BLOCK" if finding.in_name => say(
            "Il nome contiene una parola che qui non è ammessa: cambialo, o chiedi che lo legga una persona.",
            "The name contains a word that is not allowed here: change it, or ask that a person reads it.",
        ),
        "WORD_LIST_BLOCK" => say(
            "Contiene una parola che qui non è ammessa: cambiala, o chiedi che la domanda la legga una persona.",
            "It contains a word that is not allowed here: change it, or ask that a person reads the question.",
        ),
        "LINK_SCHEME" => say(
            "Questo tipo di collegamento non è ammesso: toglilo.",
            "This kind of link is not allowed: take it out.",
        ),
        code if code.starts_with("LINK_") && finding.in_name => say(
            "Il nome non può contenere un collegamento: toglilo.",
            "A name cannot contain a link: take it out.",
        ),
        code if code.starts_with("LINK_") => say(
            "I collegamenti qui non sono ammessi: togli l'indirizzo, o chiedi che la domanda la legga una persona.",
            "Links are not allowed here: take the address out, or ask that a person reads the question.",
        ),
        "DUP_OWN" => say(
            "Hai già inviato questa domanda: la trovi fra le tue. Cambiala, se vuoi chiedere altro.",
            "You have already sent this question: it is among yours. Change it to ask something else.",
        ),
        // A block by a release that knows more than this one.
        _ => say(
            "Così non può essere accettata: riscrivila, o chiedi che la legga una persona.",
            "It cannot be accepted as it is: write it anew, or ask that a person reads it.",
        ),
    };
    language.choose(italian, english)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::Verdict;

    #[test]
    fn what_is_not_here_is_named_in_italian_too() {
        let italian = |what| Refusal::NotFound { what }.detail(Language::Italian);
        for (what, named) in [
            ("session", "questa seduta"),
            ("invitation", "questo invito"),
            ("person", "questa persona"),
            ("receipt", "questa ricevuta"),
            ("question", "questa domanda"),
            ("page", "questa pagina"),
        ] {
            assert!(italian(what).contains(named), "{what}: {}", italian(what));
        }
        for (what, named) in [("slug", "un indirizzo"), ("id", "un invio")] {
            let taken = Refusal::IdTaken { what }.detail(Language::Italian);
            assert!(taken.contains(named), "{what}: {taken}");
        }
    }

    #[test]
    fn how_long_to_wait_is_said_as_people_say_it() {
        for (retry_after_ms, italian, english) in [
            (1, "un secondo", "one second"),
            (24_001, "25 secondi", "25 seconds"),
            (120_000, "120 secondi", "120 seconds"),
            (120_001, "3 minuti", "3 minutes"),
            (600_000, "10 minuti", "10 minutes"),
        ] {
            let refusal = Refusal::TooFast { retry_after_ms };
            for (language, said) in [(Language::Italian, italian), (Language::English, english)] {
                let detail = refusal.detail(language);
                assert!(detail.contains(&format!(" {said}. ")), "{detail}");
            }
        }
    }

    #[test]
    fn a_blocking_finding_gives_its_word() {
        // As `docs/protocol.md` maps them.
        for (finding, code) in [
            ("LEN_EMPTY", Code::Empty),
            ("LEN_TOO_SHORT", Code::TooShort),
            ("LEN_TOO_LONG", Code::TooLong),
            ("FMT_NO_TEXT", Code::NotText),
            ("FLOOD_RATE", Code::TooFast),
            ("FLOOD_QUOTA", Code::TooMany),
            ("WORD_LIST_BLOCK", Code::BlockedWords),
            ("LINK_URL", Code::Link),
            ("LINK_SCHEME", Code::Link),
            ("DUP_OWN", Code::DuplicateOwn),
            ("SESSION_CLOSED", Code::Closed),
        ] {
            let found = Finding {
                code: finding.to_owned(),
                verdict: Verdict::Block,
                spans: Vec::new(),
                evidence: None,
                count: None,
                in_name: false,
            };
            assert_eq!(code_of(&found), code, "{finding}");
        }
    }
}
