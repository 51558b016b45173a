//! The language: what a statement says, before anybody looks at the state.
//!
//! Every command of the protocol has its verb here; [`Said::command`](super::wish) turns it into a
//! command. An error names what was expected and what was found.

use super::tokens::{Token, statements};
use crate::qa::command::AboutChange;
use crate::qa::event::{Channel, Official, Reason, Stream};
use crate::qa::policy::PolicyChange;
use crate::qa::{As, Kind, Rev, Role, Slug};

/// One statement of a script.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Statement {
    /// `session SLUG 'title' …`
    Session(Box<Founding>),
    /// `NAME is ROLE`
    Is { person: String, role: Role, name: Option<String> },
    /// `the city lacks contact`
    Lacks(Vec<&'static str>),
    /// `wait 30s`
    Wait { ms: i64 },
    /// `again`, or `NAME again`
    Again(Option<String>),
    /// A command, or several that are decided before any of them is recorded (`while`).
    Say(Vec<Said>),
}

/// How a session begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Founding {
    pub(super) slug: Slug,
    pub(super) title: String,
    pub(super) rehearsal: bool,
    pub(super) about: About,
    pub(super) policy: PolicyChange,
}

/// What a session says of itself, with times as the script tells them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct About {
    pub(super) change: AboutChange,
    /// Milliseconds from the moment it is said; `Some(None)`: never.
    pub(super) starts_in: Option<Option<i64>>,
}

/// One wish of one person, in the script's names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub(super) person: String,
    pub(super) acts: As,
    pub(super) kind: Kind,
    pub(super) with: With,
}

/// Everything that a verb may take along.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct With {
    /// A question, an invitation or a person.
    pub(super) object: String,
    /// The other question: `of`, `before`, `into`.
    pub(super) other: Option<String>,
    pub(super) text: String,
    pub(super) name: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) links: Vec<String>,
    pub(super) note: Option<String>,
    pub(super) reason: Option<Reason>,
    pub(super) channel: Option<Channel>,
    pub(super) role: Option<Role>,
    pub(super) rev: Option<Rev>,
    pub(super) stage: Option<Rev>,
    pub(super) amount: Option<u32>,
    pub(super) about: About,
    pub(super) policy: PolicyChange,
    /// Votes, `without name`, `for review`, `to stage`, `shows overlay`.
    pub(super) flag: bool,
}

/// Where a script makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: expected {expected}, found {found}")]
pub struct ParseError {
    /// Counted from 1.
    pub line: usize,
    /// What could have stood here.
    pub expected: String,
    /// What stands here.
    pub found: String,
}

/// Understands one line.
pub(super) fn parse(text: &str, line: usize) -> Result<Vec<Statement>, ParseError> {
    let all = statements(text).map_err(|open| ParseError {
        line,
        expected: "the quote that ends this text, with a space or nothing after it".to_owned(),
        found: open.0,
    })?;
    all.into_iter().map(|tokens| Reader { tokens, at: 0, line }.statement()).collect()
}

const STATEMENT: &str = "`session`, `wait`, `again`, `the city lacks`, or a person's name";
const QUESTION: &str = "a question's name, such as q1";
const INVITATION: &str = "an invitation's name, such as i1";
const VERB: &str = "a verb, such as asks, votes, approves, queues, next, answers, ends";
/// Knobs that hold several words.
const LISTS: [&str; 7] = [
    "languages",
    "link_hosts",
    "words_noted",
    "words_block",
    "words_hold",
    "words_allow",
    "contacts",
];
const DURATION: &str = "a time, such as 30s, 250ms, 5m or 2h";

/// Reads the tokens of one statement from left to right.
struct Reader {
    tokens: Vec<Token>,
    at: usize,
    line: usize,
}

impl Reader {
    fn statement(mut self) -> Result<Statement, ParseError> {
        let first = self.word(STATEMENT)?;
        let statement = match first.as_str() {
            "session" => Statement::Session(Box::new(self.founding()?)),
            "wait" => Statement::Wait { ms: self.duration()? },
            "again" => Statement::Again(None),
            "the" => {
                self.must("city")?;
                self.must("lacks")?;
                Statement::Lacks(self.lacks()?)
            }
            _ if self.takes("is") => {
                let role = self.role()?;
                Statement::Is { person: first, role, name: self.maybe_text() }
            }
            _ if self.takes("again") => Statement::Again(Some(first)),
            _ => {
                let mut all = vec![self.said(first)?];
                while self.takes("while") {
                    let person = self.word("a person's name")?;
                    all.push(self.said(person)?);
                }
                Statement::Say(all)
            }
        };
        match self.tokens.get(self.at) {
            None => Ok(statement),
            Some(_) => Err(self.expected("nothing more")),
        }
    }

    fn founding(&mut self) -> Result<Founding, ParseError> {
        let expected = "a slug: 3 to 60 of a-z, 0-9 and -";
        let slug = self.one(expected, |word| word.parse().ok())?;
        let title = self.text("a title in quotes")?;
        let rehearsal = self.takes("rehearsal");
        let about = self.about()?;
        let policy = if self.takes("policy") { self.policy()? } else { PolicyChange::default() };
        Ok(Founding { slug, title, rehearsal, about, policy })
    }

    fn lacks(&mut self) -> Result<Vec<&'static str>, ParseError> {
        const FIELDS: [&str; 5] =
            ["name", "contact", "privacy_url", "accessibility_url", "legal_url"];
        let expected = format!("`nothing`, or some of {}", FIELDS.join(", "));
        if self.takes("nothing") {
            return Ok(Vec::new());
        }
        let mut lacks = Vec::new();
        while lacks.is_empty() || self.at < self.tokens.len() {
            lacks.push(self.one(&expected, |word| FIELDS.into_iter().find(|f| *f == word))?);
        }
        Ok(lacks)
    }

    fn said(&mut self, person: String) -> Result<Said, ParseError> {
        let acts = match self.takes("as") {
            true => Some(self.one("citizen or staff", |word| match word {
                "citizen" => Some(As::Citizen),
                "staff" => Some(As::Staff),
                _ => None,
            })?),
            false => None,
        };
        let mut with = With::default();
        let kind = self.verb(&mut with)?;
        if self.has("at", "rev") {
            with.rev = Some(self.rev()?);
        }
        let own = if kind.allowed().citizen { As::Citizen } else { As::Staff };
        Ok(Said { person, acts: acts.unwrap_or(own), kind, with })
    }

    fn verb(&mut self, with: &mut With) -> Result<Kind, ParseError> {
        let verb = self.word(VERB)?;
        let kind = match verb.as_str() {
            "asks" => {
                self.question(with)?;
                with.text = self.text("the question in quotes")?;
                self.name_and_labels(with)?;
                with.flag = self.has("for", "review");
                Kind::Ask
            }
            "enters" => {
                self.question(with)?;
                with.text = self.text("the question in quotes")?;
                self.name_and_labels(with)?;
                self.must("from")?;
                let expected = "hall, phone, mail, social or paper";
                with.channel = Some(self.one(expected, from_json)?);
                Kind::Enter
            }
            "checks" => {
                with.text = self.text("a text in quotes")?;
                self.name_and_labels(with)?;
                Kind::Check
            }
            "edits" => {
                self.question(with)?;
                with.text = self.text("the new text in quotes")?;
                Kind::Edit
            }
            "withdraws" => self.on_question(with, Kind::Withdraw)?,
            "votes" | "unvotes" => {
                with.flag = verb == "votes";
                self.on_question(with, Kind::Vote)?
            }
            "reports" => {
                self.question(with)?;
                with.reason = Some(self.reason()?);
                Kind::Report
            }
            "claims" => self.on_question(with, Kind::Claim)?,
            "releases" => self.on_question(with, Kind::Release)?,
            "approves" => {
                self.question(with)?;
                with.flag = self.has("without", "name");
                Kind::Approve
            }
            "dismisses" => {
                self.question(with)?;
                with.reason = Some(self.reason()?);
                with.other = self.other("of")?;
                self.note(with)?;
                Kind::Dismiss
            }
            "restores" => self.on_question(with, Kind::Restore)?,
            "revises" => {
                self.question(with)?;
                with.text = self.text("the new text in quotes")?;
                Kind::Revise
            }
            "merges" => {
                self.question(with)?;
                with.other = self.other("into")?;
                if with.other.is_none() {
                    return Err(self.expected("`into` and a question's name"));
                }
                Kind::Merge
            }
            "unmerges" => self.on_question(with, Kind::Unmerge)?,
            "labels" => {
                self.question(with)?;
                with.labels = self.texts();
                Kind::Label
            }
            "notes" => {
                self.question(with)?;
                with.text = self.text("a note in quotes")?;
                with.flag = self.has("to", "stage");
                Kind::Note
            }
            "assigns" => {
                self.question(with)?;
                self.must("to")?;
                if !self.takes("nobody") {
                    with.note = Some(self.text("`nobody`, or a name in quotes")?);
                }
                Kind::Assign
            }
            "queues" => {
                self.question(with)?;
                with.other = self.other("before")?;
                Kind::Queue
            }
            "unqueues" => self.on_question(with, Kind::Unqueue)?,
            "puts" => {
                self.must("back")?;
                self.question(with)?;
                self.note(with)?;
                Kind::Later
            }
            "airs" => {
                self.question(with)?;
                if self.has("at", "stage") {
                    with.stage = Some(self.rev()?);
                }
                Kind::OnAir
            }
            "next" => self.on_question(with, Kind::Next)?,
            "off" => {
                self.must("air")?;
                Kind::OffAir
            }
            "answered" => self.on_question(with, Kind::Answered)?,
            "answers" => {
                self.question(with)?;
                with.text = self.text("the answer in quotes")?;
                while self.takes("link") {
                    with.links.push(self.word("an address that starts with https://")?);
                }
                Kind::Answer
            }
            "saw" => self.on_question(with, Kind::Seen)?,
            "mutes" => {
                with.object = self.word("a person's name")?;
                with.reason = Some(self.reason()?);
                if self.takes("for") {
                    with.amount = u32::try_from(self.duration()? / 60_000).ok();
                }
                Kind::Mute
            }
            "unmutes" => {
                with.object = self.word("a person's name")?;
                Kind::Unmute
            }
            "policy" => {
                with.policy = self.policy()?;
                Kind::Policy
            }
            "rescreens" => Kind::Rescreen,
            "opens" => Kind::Open,
            "closes" => Kind::Close,
            "ends" => Kind::End,
            "reopens" => Kind::Reopen,
            "undoes" => Kind::Undo,
            "shows" | "hides" => {
                self.must("overlay")?;
                with.flag = verb == "shows";
                Kind::Overlay
            }
            "delays" => {
                with.text = self.word("a way of watching, such as youtube")?;
                self.must("by")?;
                with.amount = u32::try_from(self.duration()? / 1000).ok();
                Kind::Delay
            }
            "marks" => {
                with.note = self.maybe_text();
                Kind::Mark
            }
            "takes" => {
                self.must("back")?;
                self.question(with)?;
                with.text = self.text("the reason in quotes")?;
                Kind::TakeBack
            }
            "forgets" => {
                with.object = self.word("a person's name")?;
                with.text = self.text("the reason in quotes")?;
                Kind::Forget
            }
            "describes" => {
                with.about = self.about()?;
                Kind::Describe
            }
            "invites" => {
                with.object = self.word(INVITATION)?;
                with.role = Some(self.role()?);
                with.text = self.text("a name in quotes")?;
                Kind::Invite
            }
            "uninvites" => {
                with.object = self.word(INVITATION)?;
                Kind::Uninvite
            }
            "joins" => {
                with.object = self.word(INVITATION)?;
                Kind::Join
            }
            _ => {
                self.at -= 1;
                return Err(self.expected(VERB));
            }
        };
        Ok(kind)
    }

    // What verbs take along.

    fn question(&mut self, with: &mut With) -> Result<(), ParseError> {
        with.object = self.word(QUESTION)?;
        Ok(())
    }

    fn on_question(&mut self, with: &mut With, kind: Kind) -> Result<Kind, ParseError> {
        self.question(with)?;
        Ok(kind)
    }

    fn other(&mut self, after: &str) -> Result<Option<String>, ParseError> {
        if self.takes(after) { self.word(QUESTION).map(Some) } else { Ok(None) }
    }

    fn note(&mut self, with: &mut With) -> Result<(), ParseError> {
        if self.takes("note") {
            with.note = Some(self.text("a note in quotes")?);
        }
        Ok(())
    }

    fn name_and_labels(&mut self, with: &mut With) -> Result<(), ParseError> {
        if self.takes("as") {
            with.name = Some(self.text("a name in quotes")?);
        }
        if self.takes("labels") {
            with.labels = self.texts();
        }
        Ok(())
    }

    fn reason(&mut self) -> Result<Reason, ParseError> {
        let expected = "a reason: off_topic, duplicate, not_a_question, not_our_office, \
                        personal_attack, personal_data, advertising, unverified or other";
        self.one(expected, from_json)
    }

    fn role(&mut self) -> Result<Role, ParseError> {
        self.one("moderator, official, producer or admin", from_json)
    }

    fn rev(&mut self) -> Result<Rev, ParseError> {
        self.one("a revision, such as 2", |word| word.parse().ok().map(Rev))
    }

    fn about(&mut self) -> Result<About, ParseError> {
        let mut about = About::default();
        loop {
            let change = &mut about.change;
            if self.takes("title") {
                change.title = Some(self.text("a title in quotes")?);
            } else if self.takes("language") {
                change.language = Some(self.word("a language, such as it")?);
            } else if self.takes("labels") {
                change.labels = Some(self.texts());
            } else if self.takes("officials") {
                change.officials = Some(self.officials()?);
            } else if self.takes("stream") {
                change.stream = Some(self.stream()?);
            } else if self.takes("starts") {
                let never = self.takes("never");
                about.starts_in = Some(if never { None } else { Some(self.duration()?) });
            } else {
                return Ok(about);
            }
        }
    }

    fn officials(&mut self) -> Result<Vec<Official>, ParseError> {
        let mut officials = Vec::new();
        while let Some(text) = self.maybe_text() {
            let Some((name, office)) = text.split_once(", ") else {
                self.at -= 1;
                return Err(self.expected("a name and an office, such as 'Sara Neri, Sindaca'"));
            };
            officials.push(Official { name: name.to_owned(), office: office.to_owned() });
        }
        Ok(officials)
    }

    fn stream(&mut self) -> Result<Option<Stream>, ParseError> {
        let kind = self.word("`none`, hls, youtube, facebook or vimeo")?;
        if kind == "none" {
            return Ok(None);
        }
        let url = self.text("an address in quotes")?;
        Ok(Some(Stream { url, kind, delays: std::collections::BTreeMap::new() }))
    }

    /// `key=value …`: numbers, `none` for a limit that is lifted and a list that is empty, lists
    /// with commas.
    fn policy(&mut self) -> Result<PolicyChange, ParseError> {
        let mut change = serde_json::Map::new();
        while let Some((key, value)) = self.peek().and_then(|word| word.split_once('=')) {
            let value = match value {
                "none" if LISTS.contains(&key) => serde_json::Value::Array(Vec::new()),
                "none" => serde_json::Value::Null,
                _ if LISTS.contains(&key) => value.split(',').collect(),
                _ => serde_json::from_str(value).unwrap_or_else(|_| value.into()),
            };
            let mut one = serde_json::Map::new();
            one.insert(key.to_owned(), value);
            if serde_json::from_value::<PolicyChange>(one.clone().into()).is_err() {
                return Err(self.expected("a knob of the policy and its value"));
            }
            change.append(&mut one);
            self.at += 1;
        }
        match serde_json::from_value(change.into()) {
            Ok(change) if change != PolicyChange::default() => Ok(change),
            _ => Err(self.expected("a knob of the policy and its value, such as slow_s=0")),
        }
    }

    fn duration(&mut self) -> Result<i64, ParseError> {
        self.one(DURATION, |word| {
            let digits = word.find(|c: char| !c.is_ascii_digit())?;
            let n: i64 = word[..digits].parse().ok()?;
            let unit = match &word[digits..] {
                "ms" => 1,
                "s" => 1000,
                "m" => 60_000,
                "h" => 3_600_000,
                _ => return None,
            };
            n.checked_mul(unit)
        })
    }

    // One token.

    fn peek(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => Some(word),
            Some(Token::Text(_)) | None => None,
        }
    }

    fn takes(&mut self, word: &str) -> bool {
        let here = self.peek() == Some(word);
        self.at += usize::from(here);
        here
    }

    /// Two words that belong together.
    fn has(&mut self, first: &str, second: &str) -> bool {
        let follows = matches!(self.tokens.get(self.at + 1), Some(Token::Word(w)) if w == second);
        let here = follows && self.peek() == Some(first);
        self.at += 2 * usize::from(here);
        here
    }

    fn must(&mut self, word: &str) -> Result<(), ParseError> {
        if self.takes(word) { Ok(()) } else { Err(self.expected(&format!("`{word}`"))) }
    }

    fn word(&mut self, expected: &str) -> Result<String, ParseError> {
        self.one(expected, |word| Some(word.to_owned()))
    }

    fn one<T>(
        &mut self,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ParseError> {
        let value = self.peek().and_then(read).ok_or_else(|| self.expected(expected))?;
        self.at += 1;
        Ok(value)
    }

    fn text(&mut self, expected: &str) -> Result<String, ParseError> {
        self.maybe_text().ok_or_else(|| self.expected(expected))
    }

    fn maybe_text(&mut self) -> Option<String> {
        match self.tokens.get(self.at) {
            Some(Token::Text(text)) => {
                self.at += 1;
                Some(text.clone())
            }
            Some(Token::Word(_)) | None => None,
        }
    }

    fn texts(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.maybe_text()).collect()
    }

    fn expected(&self, expected: &str) -> ParseError {
        let found = self.tokens.get(self.at).map_or("the end of it".to_owned(), Token::shown);
        ParseError { line: self.line, expected: expected.to_owned(), found }
    }
}

/// A word that the protocol knows.
fn from_json<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(word.into()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line for every command. A new one does not compile until it can be told.
    const fn line(kind: Kind) -> (&'static str, Option<Kind>) {
        match kind {
            Kind::Ask => ("ana asks q1 'a' as 'Anna' labels 'A' 'B' for review", Some(Kind::Enter)),
            Kind::Enter => ("mod enters q1 'a' as 'Anna' labels 'A' from hall", Some(Kind::Check)),
            Kind::Check => ("ana checks 'a' as 'Anna'", Some(Kind::Edit)),
            Kind::Edit => ("ana edits q1 'b'", Some(Kind::Withdraw)),
            Kind::Withdraw => ("ana withdraws q1", Some(Kind::Vote)),
            Kind::Vote => ("ana unvotes q1", Some(Kind::Report)),
            Kind::Report => ("ana reports q1 advertising", Some(Kind::Claim)),
            Kind::Claim => ("mod claims q1 at rev 2", Some(Kind::Release)),
            Kind::Release => ("mod releases q1", Some(Kind::Approve)),
            Kind::Approve => ("mod approves q1 without name at rev 3", Some(Kind::Dismiss)),
            Kind::Dismiss => {
                ("mod dismisses q1 duplicate of q2 note 'a' at rev 1", Some(Kind::Restore))
            }
            Kind::Restore => ("mod restores q1", Some(Kind::Revise)),
            Kind::Revise => ("mod revises q1 'a'", Some(Kind::Merge)),
            Kind::Merge => ("mod merges q1 into q2", Some(Kind::Unmerge)),
            Kind::Unmerge => ("mod unmerges q1", Some(Kind::Label)),
            Kind::Label => ("mod labels q1 'A' 'B'", Some(Kind::Note)),
            Kind::Note => ("mod notes q1 'a' to stage", Some(Kind::Assign)),
            Kind::Assign => ("mod assigns q1 to 'Scuola'", Some(Kind::Queue)),
            Kind::Queue => ("mod queues q1 before q2", Some(Kind::Unqueue)),
            Kind::Unqueue => ("mod unqueues q1", Some(Kind::Later)),
            Kind::Later => ("dora puts back q1 note 'a'", Some(Kind::OnAir)),
            Kind::OnAir => ("mod airs q1 at stage 3 at rev 2", Some(Kind::Next)),
            Kind::Next => ("dora next q1", Some(Kind::OffAir)),
            Kind::OffAir => ("pia off air", Some(Kind::Answered)),
            Kind::Answered => ("dora answered q1", Some(Kind::Answer)),
            Kind::Answer => ("dora answers q1 'a' link https://a link https://b", Some(Kind::Seen)),
            Kind::Seen => ("dora saw q1", Some(Kind::Mute)),
            Kind::Mute => ("mod mutes ana advertising for 10m", Some(Kind::Unmute)),
            Kind::Unmute => ("mod unmutes ana", Some(Kind::Policy)),
            Kind::Policy => ("mod policy slow_s=none languages=it,de", Some(Kind::Rescreen)),
            Kind::Rescreen => ("mod rescreens", Some(Kind::Open)),
            Kind::Open => ("mod opens", Some(Kind::Close)),
            Kind::Close => ("mod closes", Some(Kind::End)),
            Kind::End => ("mod ends", Some(Kind::Reopen)),
            Kind::Reopen => ("mod reopens", Some(Kind::Undo)),
            Kind::Undo => ("mod undoes", Some(Kind::Overlay)),
            Kind::Overlay => ("pia hides overlay", Some(Kind::Delay)),
            Kind::Delay => ("pia delays youtube by 20s", Some(Kind::Mark)),
            Kind::Mark => ("pia marks 'a'", Some(Kind::TakeBack)),
            Kind::TakeBack => ("capo takes back q1 'a'", Some(Kind::Forget)),
            Kind::Forget => ("capo forgets ana 'a'", Some(Kind::Describe)),
            Kind::Describe => (
                "capo describes title 'a' language de labels 'A' officials 'A, b' \
                 stream hls 'https://a' starts 5m at rev 2",
                Some(Kind::Invite),
            ),
            Kind::Invite => ("capo invites i1 moderator 'Gina'", Some(Kind::Uninvite)),
            Kind::Uninvite => ("capo uninvites i1", Some(Kind::Join)),
            Kind::Join => ("gina joins i1", None),
        }
    }

    #[test]
    fn every_command_can_be_told() {
        let kinds = std::iter::successors(Some(Kind::Ask), |kind| line(*kind).1);
        let mut told = 0;
        for kind in kinds {
            let (text, _) = line(kind);
            let said = match parse(text, 1).as_deref() {
                Ok([Statement::Say(said)]) => said.clone(),
                other => panic!("{text}: {other:?}"),
            };
            assert_eq!(said.iter().map(|said| said.kind).collect::<Vec<_>>(), [kind], "{text}");
            let acts = if kind.allowed().citizen { As::Citizen } else { As::Staff };
            assert_eq!(said[0].acts, acts);
            told += 1;
        }
        assert_eq!(told, 45);
    }

    #[test]
    fn an_error_names_line_expectation_and_finding() {
        let errors = [
            ("ana aks q1 'a'", format!("line 7: expected {VERB}, found `aks`")),
            ("ana asks q1", "line 7: expected the question in quotes, found the end of it".into()),
            ("ana asks 'a'", format!("line 7: expected {QUESTION}, found the text 'a'")),
            ("ana votes q1 now", "line 7: expected nothing more, found `now`".into()),
            ("wait 5", format!("line 7: expected {DURATION}, found `5`")),
            ("wait 99999999999999999h", {
                format!("line 7: expected {DURATION}, found `99999999999999999h`")
            }),
            ("'a'", format!("line 7: expected {STATEMENT}, found the text 'a'")),
            ("mod is mayor", {
                "line 7: expected moderator, official, producer or admin, found `mayor`".into()
            }),
            ("mod policy slow_s=never", {
                "line 7: expected a knob of the policy and its value, found `slow_s=never`".into()
            }),
            ("mod policy", {
                "line 7: expected a knob of the policy and its value, such as slow_s=0, \
                 found the end of it"
                    .into()
            }),
            ("mod merges q1", {
                "line 7: expected `into` and a question's name, found the end of it".into()
            }),
            (
                "session Ö 'a'",
                "line 7: expected a slug: 3 to 60 of a-z, 0-9 and -, found `Ö`".into(),
            ),
            ("ana asks q1 'a", {
                "line 7: expected the quote that ends this text, with a space or nothing after \
                 it, found 'a"
                    .into()
            }),
            ("the city lacks money", {
                "line 7: expected `nothing`, or some of name, contact, privacy_url, \
                 accessibility_url, legal_url, found `money`"
                    .into()
            }),
            ("capo describes officials 'Sara'", {
                "line 7: expected a name and an office, such as 'Sara Neri, Sindaca', \
                 found the text 'Sara'"
                    .into()
            }),
            ("ana as boss asks q1 'a'", "line 7: expected citizen or staff, found `boss`".into()),
        ];
        for (text, error) in errors {
            assert_eq!(parse(text, 7).expect_err(text).to_string(), error);
        }
    }
}
