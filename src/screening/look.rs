//! Every check in its turn. All of what they find is kept.

use std::ops::Range;

use unicode_script::{Script, UnicodeScript as _};

use super::aimed::{Aim, Told, aimed, is_quoted};
use super::cues::cues;
use super::fold::{Dress, Folded, Kind};
use super::form;
use super::lexicon::{LEXICON, Tier};
use super::links::{self, links};
use super::lists::{List, leave_out};
use super::names;
use super::personal::{Seen, is_public_body, personal};
use super::tokens::{Token, tokens};
use super::words;
use super::{Finding, Knobs, Verdict, Words};

/// What was found, and what of the text is to be masked: in order, none over another.
pub(super) struct Looked {
    pub findings: Vec<Finding>,
    pub masks: Vec<(Range<usize>, &'static str)>,
}

/// Looks at a text.
pub(super) fn look(text: &str, knobs: &Knobs) -> Looked {
    let folded = Folded::of(text);
    let seen = personal(text, &folded, &knobs.contacts);
    let mut findings = said(text, &folded, &seen, knobs, words::Of::Text);
    for found in &seen {
        let span = folded.original(&found.at);
        let verdict = Verdict::Mask.max(knobs.personal);
        findings.push(Finding::about(found.datum.code(), verdict, span, None));
    }
    for cue in cues(text, &folded) {
        findings.push(Finding::about(cue.code, Verdict::Hold, cue.span, None));
    }
    if form::is_shouted(text) {
        findings.push(Finding::whole("FMT_SHOUTING", Verdict::Pass, None));
    }
    if form::is_gibberish(text, &folded) {
        findings.push(Finding::whole("FMT_GIBBERISH", Verdict::Hold, None));
    }
    Looked { findings, masks: masks(&folded, &seen) }
}

/// Looks at a name. Nothing is masked in one: what would be is held.
pub(super) fn look_at_name(name: &str, knobs: &Knobs) -> Vec<Finding> {
    let folded = Folded::of(name);
    let seen = personal(name, &folded, &knobs.contacts);
    let mut findings = said(name, &folded, &seen, knobs, words::Of::Name);
    for found in &seen {
        let span = folded.original(&found.at);
        findings.push(Finding::about(found.datum.code(), Verdict::Hold, span, None));
    }
    if names::is_one_of(name, &knobs.officials) {
        findings.push(Finding::about("NAME_OFFICIAL", Verdict::Hold, 0..name.len(), None));
    }
    findings
}

/// What is found in texts and names alike: words, threats, costumes, links.
fn said(text: &str, folded: &Folded, seen: &[Seen], knobs: &Knobs, of: words::Of) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut read = tokens(folded, &LEXICON.hidden);
    costumes(text, folded, &mut findings);
    let (entries, allowed) = knobs.lists.find(folded);
    leave_out(&mut read, &allowed);
    for listed in entries {
        let (code, verdict) = match listed.list {
            List::Block => ("WORD_LIST_BLOCK", Verdict::Block),
            List::Hold | List::Allow => ("WORD_LIST_HOLD", Verdict::Hold),
        };
        let span = folded.span(&listed.glyphs);
        let entry = Some(listed.entry.to_owned());
        findings.push(Finding::about(code, verdict, span.clone(), entry.clone()));
        if listed.is_disguised {
            findings.push(Finding::about("EVADE_DISGUISED", Verdict::Hold, span, entry));
        }
    }
    listed(text, folded, &read, of, knobs, &mut findings);
    if folded.is_overridden {
        turned(text, &mut findings);
    }
    for aimed in aimed(text, &read, |token| folded.span(&token.glyphs)) {
        let code = match aimed.aim {
            Aim::Threat => "WORD_THREAT",
            Aim::Contempt => "WORD_CONTEMPT",
        };
        let span = over(folded, &read[aimed.tokens]);
        findings.push(Finding::about(code, Verdict::Hold, span, None));
    }
    linked(text, folded, &read, seen, knobs, &mut findings);
    findings
}

fn over(folded: &Folded, tokens: &[Token]) -> Range<usize> {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => folded.span(&(first.glyphs.start..last.glyphs.end)),
        _ => 0..0,
    }
}

// --- words ----------------------------------------------------------------------------------------

fn listed(
    text: &str,
    folded: &Folded,
    read: &[Token],
    of: words::Of,
    knobs: &Knobs,
    findings: &mut Vec<Finding>,
) {
    let mut told = None;
    for hit in words::hits(text, folded, read, of) {
        let tokens = &read[hit.tokens.clone()];
        let span = over(folded, tokens);
        let word = tokens.iter().map(|token| token.word.as_str()).collect::<Vec<_>>().join(" ");
        let (code, verdict) = tier(hit.tier, knobs);
        // "He called me a …": whoever tells of an insult is not the one who insults.
        let told = told.get_or_insert_with(|| Told::of(read));
        let is_told = told.is_told(read, hit.tokens.start, is_quoted(text, span.start));
        let verdict = if is_told { Verdict::Pass } else { verdict };
        findings.push(Finding::about(code, verdict, span.clone(), Some(word.clone())));
        if hit.is_disguised {
            findings.push(Finding::about("EVADE_DISGUISED", verdict, span, Some(word)));
        }
    }
}

fn tier(tier: Tier, knobs: &Knobs) -> (&'static str, Verdict) {
    match tier {
        Tier::Insult => ("WORD_INSULT", knobs.of(Words::Insult)),
        Tier::Vulgar => ("WORD_VULGAR", knobs.of(Words::Vulgar)),
        Tier::Sexual => ("WORD_SEXUAL", knobs.of(Words::Sexual)),
        Tier::Blasphemy => ("WORD_BLASPHEMY", knobs.of(Words::Blasphemy)),
        Tier::Slur => ("WORD_SLUR", Verdict::Hold),
    }
}

/// What stands behind a mark that turns the direction by force is read from its end.
fn turned(text: &str, findings: &mut Vec<Finding>) {
    let mut at = 0;
    while let Some(mark) = text[at..].find(['\u{202e}', '\u{202d}'])
        && findings.len() < super::MOST
    {
        let start = at + mark + '\u{202e}'.len_utf8();
        let end = text[start..].find(['\u{202c}', '\n']).map_or(text.len(), |n| start + n);
        let read: String = text[start..end].chars().rev().collect();
        let folded = Folded::of(&read);
        for hit in words::hits(&read, &folded, &tokens(&folded, &LEXICON.hidden), words::Of::Text) {
            let (code, verdict) = tier(hit.tier, &Knobs::default());
            findings.push(Finding::about(code, verdict, start..end, Some(read.clone())));
            findings.push(Finding::about(
                "EVADE_DISGUISED",
                verdict,
                start..end,
                Some(read.clone()),
            ));
        }
        at = end;
    }
}

/// Letters of two alphabets in one word, and what is invisible inside of one.
fn costumes(text: &str, folded: &Folded, findings: &mut Vec<Finding>) {
    let is_letter = |kind: Kind| kind == Kind::Letter;
    let mut at = 0;
    for word in folded.glyphs.chunk_by(|a, b| is_letter(a.kind) == is_letter(b.kind)) {
        let range = at..at + word.len();
        at = range.end;
        if !is_letter(word[0].kind) {
            continue;
        }
        if word.iter().any(|glyph| glyph.hides && glyph.c.is_ascii()) {
            let span = folded.span(&range);
            findings.push(Finding::about("EVADE_INVISIBLE", Verdict::Hold, span, None));
        }
        if word.iter().any(|glyph| glyph.dress == Dress::Alien) {
            let span = folded.span(&range);
            let scripts = |script: Script| text[span.clone()].chars().any(|c| c.script() == script);
            if scripts(Script::Latin) {
                let read = word.iter().map(|glyph| glyph.c).collect();
                findings.push(Finding::about(
                    "EVADE_MIXED_SCRIPT",
                    Verdict::Hold,
                    span,
                    Some(read),
                ));
            }
        }
    }
}

// --- links and personal data ----------------------------------------------------------------------

fn linked(
    text: &str,
    folded: &Folded,
    read: &[Token],
    seen: &[Seen],
    knobs: &Knobs,
    findings: &mut Vec<Finding>,
) {
    for link in links(text, folded, read) {
        // An address of somebody is masked, and is no link.
        if seen.iter().any(|found| link.at.start < found.at.end && found.at.start < link.at.end) {
            continue;
        }
        let is_allowed = link.kind == links::Kind::Url
            && (is_public_body(&link.host)
                || knobs.link_hosts.iter().any(|host| {
                    link.host == *host
                        || link
                            .host
                            .strip_suffix(host.as_str())
                            .is_some_and(|sub| sub.ends_with('.'))
                }));
        let verdict = match link.kind {
            links::Kind::Scheme => Verdict::Block,
            _ if is_allowed => Verdict::Pass,
            links::Kind::Url => knobs.links,
            _ => knobs.links.max(Verdict::Hold),
        };
        let evidence = (!link.host.is_empty()).then_some(link.host);
        findings.push(Finding::about(
            link.kind.code(),
            verdict,
            folded.original(&link.at),
            evidence,
        ));
    }
}

/// Personal data with what stands in its place.
fn masks(folded: &Folded, seen: &[Seen]) -> Vec<(Range<usize>, &'static str)> {
    let mut masks: Vec<(Range<usize>, &'static str)> = Vec::with_capacity(seen.len());
    for found in seen {
        let span = folded.original(&found.at);
        if masks.last().is_none_or(|(last, _)| last.end <= span.start) {
            masks.push((span, found.datum.mask()));
        }
    }
    masks
}
