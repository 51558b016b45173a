//! A text that was taken back: once a client has been told, it never sees it again.

use std::collections::{HashMap, HashSet};

use aho_corasick::AhoCorasick;
use serde_json::Value;

use super::ground::Ground;
use super::model::text;
use super::patterns::{What, each_text, is_about, words_of};
use super::report::{Kind, Report};
use crate::history::{Event, Record};

/// Milliseconds after a take-back's `done` in which a node may still greet newcomers with the
/// old picture: the second in which every screen must know.
const SETTLE_MS: u64 = 1000;

/// Shorter texts stand in too many others.
const LEAST: usize = 4;

/// The texts that were taken back, and whom that has reached.
pub(super) struct Taken<'a> {
    /// Each question that was taken back: from which record on, and when its `done` came.
    questions: HashMap<&'a str, (usize, Option<u64>)>,
    /// The question of each pattern.
    texts: Vec<&'a str>,
    automaton: Option<AhoCorasick>,
    told: HashSet<(&'a str, &'a str)>,
    searched: HashMap<usize, Box<[usize]>>,
}

impl<'a> Taken<'a> {
    pub(super) fn read(ground: &Ground<'a>) -> Self {
        let model = &ground.model;
        let mut questions = HashMap::new();
        for (&question, &command) in &model.taken_back {
            let id = &model.commands[command].recorded.id;
            let done = ground.ledger.with_id(id).find_map(|wish| wish.done());
            let done = done.map(|done| ground.case.history.records[done.index].t);
            questions.insert(question, (ground.earliest(command), done));
        }
        let mut texts: Vec<(&str, &str)> = Vec::new();
        for (&question, &(from, _)) in &questions {
            let versions = &model.questions[question].versions;
            texts.extend(versions.iter().flatten().map(|text| (*text, question)));
            for wish in ground.ledger.wishes.iter().filter(|wish| is_about(wish, question)) {
                let words = words_of(wish).into_iter().filter(|(what, _)| *what == What::Text);
                texts.extend(words.map(|(_, text)| (text, question)));
            }
            texts.extend(received(ground, question, from).into_iter().map(|text| (text, question)));
        }
        // Who asked the same in other words' place has not been taken back.
        texts.retain(|(text, question)| {
            let others = model.questions.iter().filter(|(id, _)| *id != question);
            let stands = |other: &Option<&str>| other.is_some_and(|other| other.contains(text));
            text.len() >= LEAST && !others.flat_map(|(_, other)| &other.versions).any(stands)
        });
        texts.sort_unstable();
        texts.dedup();
        let automaton = (!texts.is_empty()).then(|| {
            AhoCorasick::new(texts.iter().map(|(text, _)| text)).expect("a few texts always fit")
        });
        let texts = texts.into_iter().map(|(_, question)| question).collect();
        Self { questions, texts, automaton, told: HashSet::new(), searched: HashMap::new() }
    }

    /// Looks at one record, after the client's picture has been moved by it.
    pub(super) fn look(&mut self, index: usize, record: &'a Record, report: &mut Report) {
        if self.questions.is_empty() {
            return;
        }
        let client = &*record.client;
        match &record.event {
            Event::Connected(_) => {
                let settled = |done: &Option<u64>| done.is_some_and(|t| t + SETTLE_MS <= record.t);
                let told = self.questions.iter().filter(|(_, (_, done))| settled(done));
                self.told.extend(told.map(|(&question, _)| (client, question)));
            }
            Event::Received(message) => {
                let holds = self.search(message.address(), message.value());
                for question in tells_about(message.value()) {
                    let known = self.questions.get_key_value(question);
                    if let Some((&question, _)) = known.filter(|(q, _)| !holds.contains(q))
                        && index > self.questions[question].0
                    {
                        self.told.insert((client, question));
                    }
                }
                for question in holds {
                    if self.told.contains(&(client, question)) {
                        let what = "its text was taken back, and here it is again".to_owned();
                        report.at(Kind::TakenBack, index, client, Some(question), what);
                    }
                }
            }
            Event::Bytes(bytes) => {
                let value = Value::String(bytes.to_string());
                for question in self.search(bytes.as_ptr().addr(), &value) {
                    if self.told.contains(&(client, question)) {
                        let what = "its text was taken back, and stands in bytes".to_owned();
                        report.at(Kind::TakenBack, index, client, Some(question), what);
                    }
                }
            }
            _ => {}
        }
    }

    /// The questions whose taken-back texts a message holds.
    fn search(&mut self, address: usize, value: &Value) -> Vec<&'a str> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let hits = self.searched.entry(address).or_insert_with(|| {
            let mut hits = Vec::new();
            each_text(value, &mut |text| {
                hits.extend(automaton.find_iter(text).map(|hit| hit.pattern().as_usize()));
            });
            hits.into()
        });
        hits.iter().map(|&hit| self.texts[hit]).collect()
    }
}

/// The questions that a message shows, or says to be gone.
fn tells_about(message: &Value) -> Vec<&str> {
    let changes = message["changes"].as_array().into_iter().flatten();
    let changed =
        changes.filter_map(|change| text(&change["question"], "id").or(text(change, "gone")));
    let whole = message["questions"].as_array().into_iter().flatten();
    changed.chain(whole.filter_map(|question| text(question, "id"))).collect()
}

/// What clients were shown as this question's text before it was taken back.
fn received<'a>(ground: &Ground<'a>, question: &str, before: usize) -> Vec<&'a str> {
    let mut texts = HashSet::new();
    let mut seen = HashSet::new();
    for (_, record) in ground.records().take_while(|(index, _)| *index < before) {
        let Event::Received(message) = &record.event else {
            continue;
        };
        if !message.text().contains(question) || !seen.insert(message.address()) {
            continue;
        }
        let message = message.value();
        let changes = message["changes"].as_array().into_iter().flatten();
        let whole = message["questions"].as_array().into_iter().flatten();
        for shown in changes.map(|change| &change["question"]).chain(whole) {
            if shown["id"] == question {
                texts.extend(text(shown, "text"));
            }
        }
    }
    texts.into_iter().collect()
}
