//! `filodiretto similar`: which questions of a file ask the same.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::ops::Range;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Lines, Tally, kind, object, text};
use crate::screening::similar::Index;

/// Questions to search in, in the order of their file.
#[derive(Debug, Default)]
pub struct Corpus {
    questions: Vec<Question>,
    index: Index<usize>,
    /// Where each id stands.
    of: BTreeMap<String, usize>,
}

#[derive(Debug)]
struct Question {
    /// A text or a number, as it came.
    id: Value,
    text: String,
}

/// The answer to one question.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    id: Value,
    /// Best first.
    similar: Vec<Similar<'a>>,
}

#[derive(Debug, Serialize)]
struct Similar<'a> {
    id: &'a Value,
    /// From 0 to 1.
    score: f32,
    /// Nothing was found in which they differ.
    same: bool,
    differences: Differences,
}

/// The words that one has and the other has not.
#[derive(Debug, Serialize)]
struct Differences {
    /// Of the question that was asked about.
    here: Vec<Word>,
    /// Of the one that was found.
    there: Vec<Word>,
}

/// A word and where it stands, in bytes of its question.
#[derive(Debug, Serialize)]
struct Word {
    word: String,
    start: usize,
    end: usize,
}

impl Corpus {
    /// Reads `{"id", "text"}` from each line. A line that is wrong would be missing from every
    /// answer, so it ends here.
    ///
    /// # Errors
    /// The first line that is wrong, and why; or `input` broke.
    pub fn read(input: impl Read) -> Result<Self, String> {
        let mut corpus = Self::default();
        let mut lines = Lines::new(input);
        while let Some((number, line)) = lines.next().map_err(|error| error.to_string())? {
            if line.as_ref().is_ok_and(|line| line.trim_ascii().is_empty()) {
                continue;
            }
            let question = line.and_then(object).and_then(question);
            let added = question.and_then(|question| corpus.add(question));
            added.map_err(|wrong| format!("line {number}: {wrong}"))?;
        }
        Ok(corpus)
    }

    fn add(&mut self, question: Question) -> Result<(), String> {
        let n = self.questions.len();
        if self.of.insert(question.id.to_string(), n).is_some() {
            return Err(format!("`id`: {} stands in an earlier line, too", question.id));
        }
        self.index.insert(n, &question.text);
        self.questions.push(question);
        Ok(())
    }

    /// How many questions there are.
    pub fn len(&self) -> usize {
        self.questions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    /// Searches for each line of `input`, `{"id", "text"}`; where it is empty, for each question of
    /// the corpus itself. The question of the same id is no answer.
    ///
    /// # Errors
    /// `out` or `input` broke.
    pub fn search(
        &self,
        most: usize,
        mut input: impl Read,
        mut out: impl Write,
        complaints: &mut impl Write,
    ) -> io::Result<Tally> {
        let mut first = [0];
        if input.read(&mut first)? > 0 {
            let input = first.as_slice().chain(input);
            return super::answer(input, out, complaints, |object| {
                question(object).map(|asked| self.answer(asked, most))
            });
        }
        for question in &self.questions {
            let asked = Question { id: question.id.clone(), text: question.text.clone() };
            serde_json::to_writer(&mut out, &self.answer(asked, most))?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        Ok(Tally { answered: self.questions.len() as u64, wrong: 0 })
    }

    fn answer(&self, asked: Question, most: usize) -> Answer<'_> {
        let own = self.of.get(&asked.id.to_string());
        let found = self.index.similar(&asked.text, own, most);
        let similar = found.into_iter().map(|found| {
            let other = &self.questions[found.id];
            let differences = Differences {
                here: words(&asked.text, found.here),
                there: words(&other.text, found.there),
            };
            Similar { id: &other.id, score: found.score, same: found.same, differences }
        });
        Answer { similar: similar.collect(), id: asked.id }
    }
}

fn words(text: &str, spans: Vec<Range<usize>>) -> Vec<Word> {
    let word = |span: Range<usize>| Word {
        word: text.get(span.clone()).unwrap_or_default().to_owned(),
        start: span.start,
        end: span.end,
    };
    spans.into_iter().map(word).collect()
}

fn question(mut object: Map<String, Value>) -> Result<Question, String> {
    let id = match object.remove("id") {
        Some(id @ (Value::String(_) | Value::Number(_))) => id,
        Some(other) => {
            return Err(format!("`id`: a text or a number is expected, not {}", kind(&other)));
        }
        None => return Err("`id` is missing: a text or a number is expected".to_owned()),
    };
    Ok(Question { id, text: text(&mut object, "text")? })
}
