//! `filodiretto screen`: what a session with a policy would say of texts.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Tally, kind, text};
use crate::qa::Policy;
use crate::screening::{self, Finding, Knobs, MAX_NAME, Verdict};
use crate::wire::body;

/// What is said of one text and its name.
#[derive(Debug, Serialize)]
struct Screened {
    /// The strictest of the findings.
    verdict: Verdict,
    /// The text as it would go on.
    masked: String,
    /// Those of the text, in bytes of the text as it came; then those of the name, marked so.
    findings: Vec<Finding>,
}

/// Screens texts, one in each line: `{"text", "name"?}`; other fields are not looked at.
///
/// # Errors
/// `out` or `input` broke.
pub fn screen(
    policy: &Policy,
    input: impl Read,
    out: impl Write,
    complaints: &mut impl Write,
) -> io::Result<Tally> {
    let knobs = policy.knobs();
    super::answer(input, out, complaints, |object| screened(object, &knobs))
}

fn screened(mut object: Map<String, Value>, knobs: &Knobs) -> Result<Screened, String> {
    let asked = text(&mut object, "text")?;
    let name = match object.remove("name") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(other) => return Err(format!("`name`: a text is expected, not {}", kind(&other))),
    };
    let mut said = screening::screen(&asked, knobs);
    if let Some(name) = name {
        said.findings.extend(match screening::name(&name) {
            Ok(_) => screening::screen_name(&name, knobs).findings,
            Err(_) => vec![too_long()],
        });
    }
    Ok(Screened { verdict: said.verdict(), masked: said.text, findings: said.findings })
}

/// A session does not take such a name.
fn too_long() -> Finding {
    Finding {
        code: "LEN_TOO_LONG".to_owned(),
        verdict: Verdict::Block,
        spans: Vec::new(),
        evidence: None,
        count: u32::try_from(MAX_NAME).ok(),
        in_name: true,
    }
}

/// Reads a policy: whole, as a session shows it, or only what differs from the default.
///
/// # Errors
/// Which key is wrong, and what is expected there.
pub fn policy(bytes: &[u8]) -> Result<Policy, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    body::policy(bytes).map_err(|wrong| wrong.to_string())
}
