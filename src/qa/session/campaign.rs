//! One text from many people: from some number of them on, each is read by a person first.

use crate::qa::command::{Campaign, Decision};
use crate::qa::event::{Event, Screened};
use crate::qa::guarded::Personal;
use crate::screening::{Finding, Verdict};

/// Holds the text that this decision would record.
pub(super) fn hold(decision: &mut Decision, campaign: Campaign) {
    let Decision::Record { events, .. } = decision else { return };
    for event in events {
        match event {
            Event::QuestionAsked { screened, shown, held_until, .. } => {
                add(screened, campaign);
                (*shown, *held_until) = (None, None);
            }
            Event::QuestionEdited { screened, held_until, .. } => {
                add(screened, campaign);
                *held_until = None;
            }
            _ => {}
        }
    }
}

fn add(screened: &mut Screened, campaign: Campaign) {
    let mut findings = screened.findings.get().cloned().unwrap_or_default();
    findings.push(Finding {
        code: "FLOOD_CAMPAIGN".to_owned(),
        verdict: Verdict::Hold,
        spans: Vec::new(),
        evidence: Some(campaign.first.to_string()),
        count: Some(campaign.people),
        in_name: false,
    });
    screened.findings = Personal::new(findings);
    screened.verdict = screened.verdict.max(Verdict::Hold);
}
