//! A refusal as it travels: over the socket as `refused`, over HTTP as `problem+json` (RFC 9457).

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::qa::refusal::sentence;
use crate::qa::session::is_content;
use crate::qa::view::QuestionView;
use crate::qa::{Code, CommandId, Language, Refusal};
use crate::screening::{Finding, Verdict};

/// Why a command was not recorded, in the language of the connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Refused {
    /// The command's; null where none could be read.
    pub id: Option<CommandId>,
    /// For programs.
    pub code: Code,
    /// A short sentence, the same for every refusal with this code.
    pub title: Cow<'static, str>,
    /// What was wrong here, and what to do.
    pub detail: String,
    /// When it is worth trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub retry_after_ms: Option<u64>,
    /// What screening blocked in the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<_>"))]
    pub findings: Vec<Blocked>,
    /// The question as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub question: Option<Box<QuestionView>>,
    /// With `not_ready`: the fields of the city that are still to be filled in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<_>"))]
    pub missing: Vec<Cow<'static, str>>,
}

/// One thing screening found, as its author may know it: evidence is for the desk alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Blocked {
    /// Stable, such as `LEN_TOO_SHORT`.
    pub code: String,
    /// What this finding alone asks for.
    pub verdict: Verdict,
    /// Byte ranges in the text as sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<_>"))]
    pub spans: Vec<Range<usize>>,
    /// The number its sentence names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub count: Option<u32>,
    /// It is about the name, and its spans are the name's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub in_name: bool,
    /// What to change.
    pub detail: String,
}

impl Blocked {
    /// A finding for the author of the text.
    pub fn of(finding: &Finding, language: Language) -> Self {
        Self {
            code: finding.code.clone(),
            verdict: finding.verdict,
            spans: finding.spans.clone(),
            count: finding.count,
            in_name: finding.in_name,
            detail: sentence(finding, language),
        }
    }
}

impl Refused {
    /// A refusal of this command; `question` is the one it names, as the caller's audience sees it.
    pub fn of(
        refusal: &Refusal,
        language: Language,
        id: Option<CommandId>,
        question: Option<QuestionView>,
    ) -> Self {
        let findings = match refusal {
            Refusal::Content(findings) => findings.as_slice(),
            _ => &[],
        };
        let missing = match refusal {
            Refusal::NotReady { missing } => missing.as_slice(),
            _ => &[],
        };
        let code = refusal.code();
        Self {
            id,
            code,
            title: code.title(language).into(),
            detail: refusal.detail(language),
            retry_after_ms: refusal.retry_after_ms(),
            findings: findings.iter().map(|finding| Blocked::of(finding, language)).collect(),
            question: question.map(Box::new),
            missing: missing.iter().map(|field| Cow::Borrowed(*field)).collect(),
        }
    }
}

impl Refused {
    /// Whether a person can overrule all of it: `review` of an `ask` asks for one.
    pub fn may_be_reviewed(&self) -> bool {
        !self.findings.is_empty() && self.findings.iter().all(|finding| is_content(&finding.code))
    }
}

/// The body of an answer that is an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "Refused & { type: string, status: number }"))]
pub struct Problem {
    /// `urn:filodiretto:` and the code: to be compared, not to be fetched.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status of the answer, once more.
    pub status: u16,
    /// The same fields as over the socket.
    #[serde(flatten)]
    pub refused: Refused,
}

impl Problem {
    /// The media type of [`body`](Self::body).
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// A refusal over HTTP. Which status it has is decided at the edge.
    pub fn of(refusal: &Refusal, language: Language, id: Option<CommandId>, status: u16) -> Self {
        Self::with(Refused::of(refusal, language, id, None), status)
    }

    /// The same, with what the caller added, such as the question.
    pub fn with(refused: Refused, status: u16) -> Self {
        Self { kind: format!("urn:filodiretto:{}", refused.code), status, refused }
    }

    /// Whether the command counts cannot be known in time; over a socket this is a close.
    pub fn unknown_outcome(
        language: Language,
        id: Option<CommandId>,
        status: u16,
        retry_after_ms: u64,
    ) -> Self {
        let code = Code::UnknownOutcome;
        let detail = language.choose(
            "Invia di nuovo lo stesso comando, con lo stesso id: conta una volta sola.",
            "Send the same command again, with the same id: it counts once.",
        );
        let refused = Refused {
            id,
            code,
            title: code.title(language).into(),
            detail: detail.to_owned(),
            retry_after_ms: Some(retry_after_ms),
            findings: Vec::new(),
            question: None,
            missing: Vec::new(),
        };
        Self::with(refused, status)
    }

    /// The body.
    pub fn body(&self) -> bytes::Bytes {
        super::Frame::of(self).into()
    }
}
