//! One text from many people: from some number of them on, each is read by a person first.

use super::judge::found;
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
    let (first, people) = (campaign.first.to_string(), campaign.people);
    let finding = found("FLOOD_CAMPAIGN", Verdict::Hold);
    findings.push(Finding { evidence: Some(first), count: Some(people), ..finding });
    screened.findings = Personal::new(findings);
    screened.verdict = screened.verdict.max(Verdict::Hold);
}
