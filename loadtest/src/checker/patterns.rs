//! What must not be seen, and a way to look for all of it at once.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::Value;

use super::ground::Ground;
use super::ledger::Wish;
use super::model::text;

/// Bound: bytes from which on a text is looked for inside of others. Shorter ones (`no`, `Ana`)
/// stand in half of all sentences; they are found where they are a whole value.
const LONG: usize = 12;

/// What a secret is, and for a name how long it is to be looked for inside of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Text,
    Name,
    Note,
    Person,
    Canary,
}

impl What {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Name => "a name",
            Self::Note => "a note of the desk",
            Self::Person => "somebody else's pseudonym",
            Self::Canary => "a canary word",
        }
    }
}

/// One thing that not everybody may see, or not yet.
pub(super) struct Secret<'a> {
    pub(super) what: What,
    pub(super) text: &'a str,
    /// The question or command it came with.
    pub(super) subject: &'a str,
    /// Persons, or clients of whom nothing better is known, whose own it is.
    pub(super) owners: Vec<&'a str>,
    /// From this record on everybody may see it.
    pub(super) public_from: Option<usize>,
}

/// All secrets of a session.
pub(super) struct Patterns<'a> {
    pub(super) secrets: Vec<Secret<'a>>,
    automaton: AhoCorasick,
}

impl<'a> Patterns<'a> {
    pub(super) fn read(ground: &Ground<'a>) -> Self {
        let mut found = Found::default();
        found.collect(ground);
        let secrets = found.secrets;
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(secrets.iter().map(|secret| secret.text))
            .expect("the texts of an evening fit into an automaton");
        let mut patterns = Self { secrets, automaton };
        patterns.shared_with_owners();
        patterns.published(ground);
        patterns
    }

    /// Calls with each secret that stands in a value, by the rules for short and long ones.
    pub(super) fn find(&self, value: &str, mut found: impl FnMut(usize)) {
        for hit in self.automaton.find_overlapping_iter(value) {
            let index = hit.pattern().as_usize();
            let secret = &self.secrets[index];
            let (before, after) = (&value[..hit.start()], &value[hit.end()..]);
            let anywhere = match secret.what {
                What::Canary | What::Person => true,
                What::Text | What::Note => secret.text.len() >= LONG && stands(before, after),
                What::Name => secret.text.contains(' ') && stands(before, after),
            };
            if anywhere || before.trim().is_empty() && after.trim().is_empty() {
                found(index);
            }
        }
    }

    /// Who wrote a text may see whatever stands in it.
    fn shared_with_owners(&mut self) {
        for outer in 0..self.secrets.len() {
            let inner: Vec<_> =
                self.automaton.find_overlapping_iter(self.secrets[outer].text).collect();
            for hit in inner {
                let index = hit.pattern().as_usize();
                if index != outer {
                    let owners = self.secrets[outer].owners.clone();
                    self.secrets[index].owners.extend(owners);
                }
            }
        }
    }

    /// Whatever stands in something public is public.
    fn published(&mut self, ground: &Ground<'a>) {
        let rules = &ground.case.rules;
        let said = rules.public_words.iter().map(|word| (0, &**word));
        let model = &ground.model;
        let words = model.public_words.iter().map(|&(at, word)| (ground.earliest(at), word));
        let mut public: Vec<(usize, &str)> = said.chain(words).collect();
        public.push((0, model.slug));
        for (id, question) in &model.questions {
            for step in &question.steps {
                let Some(shown) = step.shown else { continue };
                let from = ground.earliest(step.command);
                public.extend(shown.text.map(|text| (from, text)));
                public.extend(shown.name.map(|name| (from, name)));
                if shown.text.is_none() && !shown.taken_back {
                    // Its key is gone since: any text the question had may have been this one.
                    let texts = ground.ledger.wishes.iter().filter(|wish| is_about(wish, id));
                    public.extend(texts.flat_map(words_of).map(|(_, text)| (from, text)));
                }
            }
        }
        for (from, text) in public {
            for hit in self.automaton.find_overlapping_iter(text) {
                let secret = &mut self.secrets[hit.pattern().as_usize()];
                secret.public_from = Some(secret.public_from.map_or(from, |known| known.min(from)));
            }
        }
    }
}

/// Whether a command gave or changed a question's text.
pub(super) fn is_about(wish: &Wish, question: &str) -> bool {
    match wish.kind() {
        "ask" => wish.id == question,
        "edit" | "revise" => wish.question() == Some(question),
        _ => false,
    }
}

/// Whether what was found is a word of its own and not a part of one.
fn stands(before: &str, after: &str) -> bool {
    let part = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    !part(before.chars().next_back()) && !part(after.chars().next())
}

/// What a command carries that is not everybody's.
pub(super) fn words_of<'a>(wish: &Wish<'a>) -> Vec<(What, &'a str)> {
    let fields: &[(What, &str)] = match wish.kind() {
        "ask" => &[(What::Text, "text"), (What::Name, "name")],
        "check" => &[(What::Text, "text"), (What::Name, "name")],
        "edit" | "revise" => &[(What::Text, "text")],
        "note" => &[(What::Note, "text")],
        "dismiss" | "later" => &[(What::Note, "note")],
        _ => &[],
    };
    let words = fields.iter().filter_map(|&(what, field)| Some((what, text(wish.command, field)?)));
    words.collect()
}

/// Secrets while they are collected: each text once.
#[derive(Default)]
struct Found<'a> {
    secrets: Vec<Secret<'a>>,
    known: HashMap<&'a str, usize>,
}

impl<'a> Found<'a> {
    fn collect(&mut self, ground: &Ground<'a>) {
        for word in &ground.case.rules.canaries {
            self.add(What::Canary, word, "", None);
        }
        for &person in &ground.model.persons {
            self.add(What::Person, person, person, Some(person));
        }
        for (&id, question) in &ground.model.questions {
            for text in question.versions.iter().flatten() {
                self.add(What::Text, text, id, question.asker);
            }
            if let Some(name) = question.name {
                self.add(What::Name, name, id, question.asker);
            }
        }
        for wish in &ground.ledger.wishes {
            let asker = wish.question().and_then(|id| ground.model.questions.get(id)?.asker);
            for (what, text) in words_of(wish) {
                let subject = wish.question().unwrap_or(wish.id);
                self.add(what, text, subject, Some(ground.people.who(wish.client)));
                self.add(what, text, subject, Some(wish.client));
                // What the desk says about somebody's question is said to them, too.
                if wish.kind() != "note" && wish.kind() != "later" {
                    self.add(what, text, subject, asker);
                }
            }
        }
    }

    fn add(&mut self, what: What, text: &'a str, subject: &'a str, owner: Option<&'a str>) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let next = self.secrets.len();
        let index = *self.known.entry(text).or_insert(next);
        if index == next {
            let owners = Vec::new();
            self.secrets.push(Secret { what, text, subject, owners, public_from: None });
        }
        let owners = &mut self.secrets[index].owners;
        owners.extend(owner.filter(|owner| !owners.contains(owner)));
    }
}

/// Calls with every text of a JSON value: its strings, and keys that are long enough to be data.
pub(super) fn each_text<'v>(value: &'v Value, look: &mut impl FnMut(&'v str)) {
    match value {
        Value::String(text) => look(text),
        Value::Array(values) => values.iter().for_each(|value| each_text(value, look)),
        Value::Object(fields) => {
            for (key, value) in fields {
                if key.len() >= LONG {
                    look(key);
                }
                each_text(value, look);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
