//! What people see, as lines. Made of what `view` gives for each audience and nothing else.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::cast::Cast;
use crate::qa::event::Reason;
use crate::qa::session::Own;
use crate::qa::view::{self, Change, DismissalView, Mine, QuestionView, SessionView};
use crate::qa::{Audience, Changes, PersonId, QuestionId, Session, Timestamp};

/// One thing that somebody saw: `ana <- pending q1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// A person by their name, or the audiences that see the same: `everyone`, `desk`, `stage`,
    /// `overlay`, with commas between.
    pub who: String,
    /// What they saw. One message is one line.
    pub what: String,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <- {}", self.who, self.what)
    }
}

/// How an audience is called.
const fn audience_name(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "everyone",
        Audience::Desk => "desk",
        Audience::Stage => "stage",
        Audience::Overlay => "overlay",
    }
}

/// What everybody has on their screens, so that a line tells only what is new to its reader.
#[derive(Debug, Default)]
pub(super) struct Screens {
    audiences: [Screen; Audience::ALL.len()],
    people: BTreeMap<PersonId, Screen>,
}

#[derive(Debug, Default)]
struct Screen {
    questions: BTreeMap<QuestionId, QuestionView>,
    session: Option<SessionView>,
}

/// What it takes to put a view into words.
pub(super) struct Teller<'a> {
    pub(super) session: &'a Session,
    pub(super) cast: &'a Cast,
    /// Moments are told from here.
    pub(super) start: Timestamp,
}

impl Screens {
    /// Everything that people see of one applied entry.
    pub(super) fn update(&mut self, teller: &Teller<'_>, changes: &Changes) -> Vec<Seen> {
        let mut seen = Vec::new();
        let session = teller.session;
        let mut own: BTreeMap<PersonId, Vec<Own>> = BTreeMap::new();
        for (person, changed) in &changes.own {
            own.entry(*person).or_default().push(*changed);
        }
        for (person, changed) in own {
            let screen = self.people.entry(person).or_default();
            let told = teller.mine(screen, &view::mine_of(session, person, changed));
            seen.extend(told.map(|what| Seen { who: teller.cast.name_of(person), what }));
        }
        let mut updates = Vec::new();
        for audience in Audience::ALL {
            let screen = &mut self.audiences[audience as usize];
            let update = view::update(session, changes, audience);
            let told: Vec<_> =
                update.iter().filter_map(|change| teller.change(screen, change)).collect();
            if !told.is_empty() {
                updates.push(Seen::by(audience, told.join(", ")));
            }
        }
        seen.extend(together(updates));
        // The desk sees every count; it is told apart only where the public is not told the same.
        let public = teller.tally(changes, Audience::Public);
        let desk =
            teller.tally(changes, Audience::Desk).filter(|desk| Some(desk) != public.as_ref());
        seen.extend(public.map(|tally| Seen::by(Audience::Public, tally)));
        seen.extend(desk.map(|tally| Seen::by(Audience::Desk, tally)));
        seen
    }
}

impl Seen {
    fn by(audience: Audience, what: String) -> Self {
        Self { who: audience_name(audience).to_owned(), what }
    }
}

/// Audiences that see the same share a line.
fn together(updates: Vec<Seen>) -> Vec<Seen> {
    let mut shared: Vec<Seen> = Vec::new();
    for seen in updates {
        match shared.iter_mut().find(|other| other.what == seen.what) {
            Some(other) => other.who = format!("{}, {}", other.who, seen.who),
            None => shared.push(seen),
        }
    }
    shared
}

impl Teller<'_> {
    fn tally(&self, changes: &Changes, audience: Audience) -> Option<String> {
        let counts = changes
            .tallies
            .iter()
            .filter_map(|id| view::question(self.session, audience, *id))
            .filter_map(|q| Some(format!("{} has {}", self.thing(q.id), count(q.votes?))))
            .collect::<Vec<_>>();
        (!counts.is_empty()).then(|| counts.join(", "))
    }

    fn mine(&self, screen: &mut Screen, mine: &Mine) -> Option<String> {
        let mut told = Vec::new();
        for question in &mine.questions {
            // What they have typed is before their eyes already.
            let typed = !screen.questions.contains_key(&question.id);
            let before = typed.then(|| QuestionView {
                number: None,
                answer: None,
                removed: None,
                reason: None,
                ..question.clone()
            });
            let before = before.or_else(|| screen.questions.get(&question.id).cloned());
            told.push(self.question(before.as_ref(), question));
            screen.questions.insert(question.id, question.clone());
        }
        for (id, on) in &mine.votes {
            let on = if *on { "supports" } else { "does not support" };
            told.push(format!("{on} {}", self.thing(*id)));
        }
        (!told.is_empty()).then(|| told.join(", "))
    }

    fn change(&self, screen: &mut Screen, change: &Change) -> Option<String> {
        match change {
            Change::Question(question) => {
                let before = screen.questions.insert(question.id, (**question).clone());
                Some(self.question(before.as_ref(), question))
            }
            Change::Gone(id) => {
                screen.questions.remove(id);
                Some(format!("gone {}", self.thing(*id)))
            }
            Change::OnAir(on_air) => Some(match on_air.id {
                Some(id) => format!("on air {}", self.thing(id)),
                None => "nothing on air".to_owned(),
            }),
            Change::Queue(queue) => {
                let names: Vec<_> = queue.iter().map(|id| self.thing(*id)).collect();
                let names = if names.is_empty() { "empty".to_owned() } else { names.join(" ") };
                Some(format!("queue {names}"))
            }
            Change::Session(session) => {
                let before = screen.session.replace((**session).clone());
                self.session(before.as_ref(), session)
            }
        }
    }

    /// Its state, and what of it is not on this screen yet.
    fn question(&self, before: Option<&QuestionView>, now: &QuestionView) -> String {
        let mut told = format!("{} {}", now.state.as_str(), self.thing(now.id));
        let mut tell = |part: String| {
            told.push(' ');
            told.push_str(&part);
        };
        fn was<'a, T>(
            before: Option<&'a QuestionView>,
            field: impl Fn(&'a QuestionView) -> T,
        ) -> Option<T> {
            before.map(field)
        }
        if was(before, |b| &b.text) != Some(&now.text) {
            tell(now.text.as_deref().map_or("without its text".to_owned(), quoted));
        }
        if was(before, |b| &b.name) != Some(&now.name) {
            match (&now.name, before) {
                (Some(name), _) => tell(format!("by {name}")),
                (None, Some(_)) => tell("without a name".to_owned()),
                (None, None) => {}
            }
        }
        if was(before, |b| b.number).flatten() != now.number {
            tell(now.number.map_or_else(String::new, |number| format!("#{number}")));
        }
        if now.edited && was(before, |b| b.edited) != Some(true) {
            tell("edited".to_owned());
        }
        if was(before, |b| b.labels.clone()).unwrap_or_default() != now.labels {
            tell(format!("labels {}", texts(&now.labels)));
        }
        if before.is_some_and(|b| b.votes.is_some() != now.votes.is_some()) {
            tell(now.votes.map_or("votes hidden".to_owned(), count));
        }
        let new = |b: bool| b.then_some(());
        if let Some(answer) = &now.answer
            && new(was(before, |b| &b.answer) != Some(&now.answer)).is_some()
        {
            tell(format!("answer {}", quoted(&answer.text)));
            answer.links.iter().for_each(|link| tell(format!("link {link}")));
            if !answer.by.is_empty() {
                tell(format!("signed {}", answer.by));
            }
        }
        if let Some(removed) = &now.removed
            && new(was(before, |b| &b.removed) != Some(&now.removed)).is_some()
        {
            tell(format!("removed {}", quoted(&removed.reason)));
        }
        if let Some(original) = &now.original
            && new(was(before, |b| &b.original) != Some(&now.original)).is_some()
        {
            tell(format!("was {}", quoted(original)));
        }
        if let Some(reason) = &now.reason
            && new(was(before, |b| &b.reason) != Some(&now.reason)).is_some()
        {
            tell(self.reason(reason));
        }
        self.desk(before, now, &mut tell);
        told
    }

    fn desk(
        &self,
        before: Option<&QuestionView>,
        now: &QuestionView,
        tell: &mut impl FnMut(String),
    ) {
        let known = before.and_then(|b| b.notes.as_ref()).map_or(0, Vec::len);
        for note in now.notes.iter().flatten().skip(known) {
            let text = note.text.as_deref().map_or("forgotten".to_owned(), quoted);
            tell(format!("note {text} by {}", note.by));
        }
        let Some(desk) = &now.desk else { return };
        let was = before.and_then(|b| b.desk.as_ref());
        if was.map(|was| was.verdict).unwrap_or_default() != desk.verdict {
            tell(word(&desk.verdict));
        }
        if was.is_none_or(|was| was.findings != desk.findings) {
            desk.findings.iter().for_each(|finding| tell(finding.code.clone()));
        }
        if let (None, Some(channel)) = (was, desk.channel) {
            tell(format!("from {}", word(&channel)));
        }
        if let Some(until) = desk.held_until
            && was.is_none_or(|was| was.held_until != desk.held_until)
        {
            tell(format!("held until {}", self.moment(until)));
        }
        if let Some(at) = desk.taken_off_at
            && was.is_none_or(|was| was.taken_off_at != desk.taken_off_at)
        {
            tell(format!("taken off air at {}", self.moment(at)));
        }
    }

    fn reason(&self, reason: &DismissalView) -> String {
        let mut told = word::<Reason>(&reason.code);
        if let Some(of) = reason.of {
            let _ = write!(told, " of {}", self.thing(of));
        }
        if let Some(note) = &reason.note {
            let _ = write!(told, " note {}", quoted(note));
        }
        told
    }

    fn session(&self, before: Option<&SessionView>, now: &SessionView) -> Option<String> {
        let mut told = Vec::new();
        let differs = |field: fn(&SessionView) -> String| {
            before.map(field).is_none_or(|before| before != field(now))
        };
        if differs(|s| s.title.clone()) {
            told.push(quoted(&now.title));
        }
        if differs(|s| word(&s.state)) {
            told.push(word(&now.state));
        }
        if before.is_some() && differs(|s| s.language.clone()) {
            told.push(format!("in {}", now.language));
        }
        if differs(|s| format!("{:?}", s.starts_at))
            && (before.is_some() || now.starts_at.is_some())
        {
            let never = "no start".to_owned();
            told.push(now.starts_at.map_or(never, |at| format!("starts {}", self.moment(at))));
        }
        if before.map(|b| b.officials.as_slice()).unwrap_or_default() != now.officials {
            let officials = now.officials.iter().map(|o| format!("{}, {}", o.name, o.office));
            told.push(format!("with {}", texts(&officials.collect::<Vec<_>>())));
        }
        if before.map(|b| b.labels.as_slice()).unwrap_or_default() != now.labels {
            told.push(format!("labels {}", texts(&now.labels)));
        }
        if before.and_then(|b| b.stream.as_ref()) != now.stream.as_ref() {
            let none = "no stream".to_owned();
            told.push(now.stream.as_ref().map_or(none, |s| format!("{} {}", s.kind, s.url)));
        }
        if let Some(before) = before {
            told.extend(policy_changes(before, now));
        }
        (!told.is_empty()).then(|| format!("session {}", told.join(" ")))
    }

    fn thing(&self, id: QuestionId) -> String {
        self.cast.thing_name(id.to_bytes())
    }

    /// Minutes, seconds and what is left since the story began.
    fn moment(&self, at: Timestamp) -> String {
        let ms = at.ms_since(self.start);
        let (minutes, seconds, ms) = (ms / 60_000, ms / 1000 % 60, ms % 1000);
        let rest = if ms == 0 { String::new() } else { format!(".{ms:03}") };
        format!("{minutes}:{seconds:02}{rest}")
    }
}

/// Every knob that has another value than before, but not the version, which counts them.
fn policy_changes(before: &SessionView, now: &SessionView) -> Vec<String> {
    let knobs = |session: &SessionView| match serde_json::to_value(&session.policy) {
        Ok(serde_json::Value::Object(knobs)) => knobs,
        _ => serde_json::Map::new(),
    };
    let was = knobs(before);
    let moved = |(key, value): &(String, serde_json::Value)| {
        key != "version" && was.get(key) != Some(value)
    };
    let value = |value: serde_json::Value| match value {
        serde_json::Value::Null => "none".to_owned(),
        serde_json::Value::String(text) => text,
        serde_json::Value::Array(list) => {
            list.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    };
    knobs(now).into_iter().filter(moved).map(|(key, v)| format!("{key}={}", value(v))).collect()
}

/// A word of the protocol.
fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// A text on one line.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\n', " / "))
}

fn texts(all: &[String]) -> String {
    let all: Vec<_> = all.iter().map(|text| quoted(text)).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(" ") }
}

fn count(votes: u32) -> String {
    if votes == 1 { "1 vote".to_owned() } else { format!("{votes} votes") }
}
