//! What goes wrong, over HTTP: the only place that knows status codes.
//!
//! Handlers return a [`No`]. Its words are chosen at the very end, when the language of the request
//! is known, so that no handler has to carry it.

use std::time::Duration;

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, UPGRADE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::headers::{Spoken, Told};
use super::pages;
use crate::gate::limits::TooFast;
use crate::gate::origin::Foreign;
use crate::gate::presented::Unreadable;
use crate::gate::seats::NoSeat;
use crate::hub::{BUSY_MS, Reply};
use crate::journal::JournalError;
use crate::qa::refusal::Scope;
use crate::qa::view::QuestionView;
use crate::qa::{Code, CommandId, Language, Malformed, Refusal};
use crate::telemetry::METRICS;
use crate::wire::{Problem, Refused};

/// After how many seconds to look again where a limit does not say by itself: until one of one's
/// own questions has been read, or a connection has ended.
const TOO_MANY_S: u64 = 30;

/// Why a request is refused.
#[derive(Debug, Clone)]
pub(super) struct No(Box<Why>);

#[derive(Debug, Clone)]
struct Why {
    status: StatusCode,
    /// `None`: whether the command counts cannot be known in time.
    refusal: Option<Refusal>,
    /// The command's, where there is one.
    id: Option<CommandId>,
    question: Option<QuestionView>,
    /// Said in place of the refusal's own sentence: in Italian, in English.
    says: Option<[&'static str; 2]>,
}

/// The status of a refusal.
fn status(code: Code) -> StatusCode {
    match code {
        Code::Malformed => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::NotAllowed | Code::OwnQuestion | Code::Muted => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Closed | Code::Stale | Code::WrongState | Code::IdTaken | Code::NotReady => {
            StatusCode::CONFLICT
        }
        Code::TooLong
        | Code::TooShort
        | Code::Empty
        | Code::NotText
        | Code::BlockedWords
        | Code::Link
        | Code::DuplicateOwn
        | Code::ReasonMissing => StatusCode::UNPROCESSABLE_ENTITY,
        Code::TooFast | Code::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Code::NotYet => StatusCode::NOT_IMPLEMENTED,
        Code::Busy | Code::UnknownOutcome => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl No {
    fn new(status: StatusCode, refusal: Refusal) -> Self {
        let refusal = Some(refusal);
        Self(Box::new(Why { status, refusal, id: None, question: None, says: None }))
    }

    fn says(mut self, italian: &'static str, english: &'static str) -> Self {
        self.0.says = Some([italian, english]);
        self
    }

    /// About this command.
    pub(super) fn of(mut self, id: Option<CommandId>) -> Self {
        self.0.id = id;
        self
    }

    /// What became of a command that did not get its `done`.
    pub(super) fn reply(id: CommandId, reply: Reply) -> Result<Option<crate::wire::Receipt>, Self> {
        match reply {
            Reply::Done { receipt } => Ok(receipt),
            Reply::Checked(_) => Ok(None),
            Reply::Refused(refused) => {
                let mut no = Self::from(refused.refusal).of(Some(id));
                no.0.question = refused.question;
                Err(no)
            }
            Reply::Unknown => {
                let (status, id) = (status(Code::UnknownOutcome), Some(id));
                Err(Self(Box::new(Why { status, refusal: None, id, question: None, says: None })))
            }
        }
    }

    /// There is nothing at this address, or nothing for this caller.
    pub(super) fn not_found(what: &'static str) -> Self {
        Refusal::NotFound { what }.into()
    }

    /// An invitation that opens nothing.
    pub(super) fn dead_invitation() -> Self {
        Self::not_found("invitation").says(
            "Questo invito non è più valido, o l'indirizzo è stato copiato a metà: chiedi a chi te \
             l'ha mandato di mandartene un altro.",
            "This invitation is not valid any more, or its address was copied in part: ask whoever \
             sent it for another one.",
        )
    }

    /// A receipt that led to a question, until everything personal of its session was forgotten.
    pub(super) fn spent_receipt() -> Self {
        Self::not_found("receipt").says(
            "Quello a cui portava questa ricevuta è stato dimenticato, come annunciato: dopo i giorni \
             previsti dalla fine della seduta non teniamo più né nomi né domande non pubblicate. Ciò \
             che era pubblico resta nel verbale della seduta.",
            "What this receipt led to has been forgotten, as announced: some days after the end of a \
             session we keep neither names nor questions that were not published. What was public \
             stays in the record of the session.",
        )
    }

    /// A socket's address was asked for without an upgrade.
    pub(super) fn upgrade_required() -> Self {
        let malformed = Malformed::new(
            "Questo indirizzo parla WebSocket, versione 13.",
            "This address speaks WebSocket, version 13.",
        );
        Self::new(StatusCode::UPGRADE_REQUIRED, Refusal::Malformed(malformed))
    }

    /// The address is there, and does not take this method.
    pub(super) fn wrong_method() -> Self {
        let malformed = Malformed::new(
            "Questo indirizzo non accetta questo metodo.",
            "This address does not take this method.",
        );
        Self::new(StatusCode::METHOD_NOT_ALLOWED, Refusal::Malformed(malformed))
    }

    /// The body was more than may be.
    pub(super) fn too_large(most: usize) -> Self {
        let malformed = Malformed::new(
            format!("Il corpo della richiesta supera {most} byte."),
            format!("The body of the request is larger than {most} bytes."),
        );
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Refusal::Malformed(malformed))
    }

    /// The body did not come in time.
    pub(super) fn too_slow() -> Self {
        let malformed = Malformed::new(
            "Il corpo della richiesta non è arrivato in tempo.",
            "The body of the request did not arrive in time.",
        );
        Self::new(StatusCode::REQUEST_TIMEOUT, Refusal::Malformed(malformed))
    }

    /// A part of the address or of its query makes no sense.
    pub(super) fn malformed(italian: impl Into<String>, english: impl Into<String>) -> Self {
        Refusal::Malformed(Malformed::new(italian, english)).into()
    }

    /// Nothing can be done right now.
    pub(super) fn busy() -> Self {
        Refusal::Busy { retry_after_ms: BUSY_MS }.into()
    }

    /// No seat for who comes now.
    pub(super) fn too_much(again: Duration) -> Self {
        Self::from(Refusal::Busy { retry_after_ms: millis(again) }).says(
            "In questo momento c'è troppo da fare per un altro collegamento: la pagina si aggiorna \
             anche senza.",
            "Too much is going on right now for one more connection: the board works without one.",
        )
    }

    fn problem(self, language: Language) -> Problem {
        let Why { status, refusal, id, question, says } = *self.0;
        let Some(refusal) = refusal else {
            return Problem::unknown_outcome(language, id, status.as_u16(), BUSY_MS);
        };
        let mut refused = Refused::of(&refusal, language, id, question);
        if let Some([italian, english]) = says {
            refused.detail = language.choose(italian, english).to_owned();
        }
        Problem::with(refused, status.as_u16())
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::new(status(refusal.code()), refusal)
    }
}

impl From<Unreadable> for No {
    fn from(_: Unreadable) -> Self {
        Refusal::Unauthenticated.into()
    }
}

impl From<Foreign> for No {
    fn from(_: Foreign) -> Self {
        Self::from(Refusal::NotAllowed).says(
            "Si può fare solo da una pagina di questo server.",
            "This may only be done from a page of this server.",
        )
    }
}

impl From<TooFast> for No {
    fn from(TooFast { retry_after }: TooFast) -> Self {
        Refusal::TooFast { retry_after_ms: millis(jittered(retry_after)).max(1) }.into()
    }
}

impl From<NoSeat> for No {
    fn from(none: NoSeat) -> Self {
        match none {
            NoSeat::Full(again) => Self::from(Refusal::Busy { retry_after_ms: millis(again) })
                .says(
                    "Qui ogni posto è occupato: la pagina si aggiorna anche senza collegamento.",
                    "Every seat is taken here: the board works without a connection.",
                ),
            NoSeat::Person | NoSeat::Network => {
                let (most, scope) = (0, Scope::UnderWay);
                Self::from(Refusal::TooMany { most, scope }).says(
                    "Ci sono già troppi collegamenti: chiudine uno.",
                    "There are too many connections already: close one.",
                )
            }
        }
    }
}

impl From<JournalError> for No {
    fn from(fault: JournalError) -> Self {
        tracing::error!(error = %fault, "the journal does not answer a request");
        Self::busy()
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A crowd that was refused together must not come back together.
fn jittered(retry_after: Duration) -> Duration {
    let [random] = crate::gate::secret::random::<1>();
    retry_after + retry_after.mul_f64(f64::from(random) / 255.0)
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl No {
    /// The answer that says so, in the form that `shown` gives it.
    pub(super) fn told(
        self,
        language: Language,
        shown: impl FnOnce(&Problem) -> Response,
    ) -> Response {
        let status = self.0.status;
        let problem = self.problem(language);
        METRICS.refusals_total.add(problem.refused.code.as_str());
        let mut said = shown(&problem);
        *said.status_mut() = status;
        let headers = said.headers_mut();
        let seconds = match problem.refused.retry_after_ms {
            Some(ms) => Some(ms.div_ceil(1000)),
            None if status == StatusCode::TOO_MANY_REQUESTS => Some(TOO_MANY_S),
            None => None,
        };
        if let Some(seconds) = seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::UPGRADE_REQUIRED {
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert("sec-websocket-version", HeaderValue::from_static("13"));
        }
        said
    }
}

/// Gives an error its words. An error that is none of ours (the framework's) gets the words of its
/// status, so that every error is a problem with a code.
pub(super) fn speak(response: &mut Response, spoken: impl FnOnce() -> Spoken, told: Told<'_>) {
    let status = response.status();
    let mut no = match response.extensions_mut().remove::<No>() {
        Some(no) => no,
        None if is_bare_error(response) => match status {
            StatusCode::NOT_FOUND => No::not_found("page"),
            StatusCode::METHOD_NOT_ALLOWED => No::wrong_method(),
            _ if status.is_server_error() => No::busy(),
            _ => No::malformed("La richiesta non è comprensibile.", "The request makes no sense."),
        },
        None => return,
    };
    no.0.status = status;
    let spoken = spoken();
    let mut said = no.told(spoken.language, |problem| match told {
        Told::Person(front) => pages::problem(front, spoken, problem),
        Told::Picture(front) => pages::no_picture(front, spoken),
        Told::Program => {
            let kind = HeaderValue::from_static(Problem::MEDIA_TYPE);
            ([(CONTENT_TYPE, kind)], problem.body()).into_response()
        }
    });
    // What the framework has set stays: which methods are allowed, that the connection closes.
    for (name, value) in response.headers() {
        if !matches!(*name, CONTENT_TYPE | CONTENT_LENGTH) {
            said.headers_mut().append(name, value.clone());
        }
    }
    *response = said;
}

fn is_bare_error(response: &Response) -> bool {
    let error = response.status().is_client_error() || response.status().is_server_error();
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    error && !kind.is_some_and(|kind| kind.starts_with(b"text/html"))
}
