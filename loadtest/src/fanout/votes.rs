//! Many people vote at the same time, each over a socket of their own, one vote after the other.

use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};
use ulid::Ulid;

use super::frames::{request, said};
use super::ours::{self, Ours};
use super::people::People;
use super::talk::{Subject, Talk, Talked};
use super::turns::{middle, some, spread};
use super::{CROWDS, Scale, process};
use crate::bench::{Bar, Row};

/// Questions that the session has.
const QUESTIONS: usize = 1_000;
/// Of so many who watch, how many vote: all others would have nothing but the counts to hear.
const VOTE: (usize, usize) = (4, 5);
/// One of so many votes is sent a second time, as a page does that heard no answer.
const AGAIN_ONE_OF: u64 = 16;

/// Measures.
pub(super) async fn run(rows: &mut Vec<Row>, scale: Scale, folder: &Path) -> anyhow::Result<()> {
    let ours = Ours::start(folder)?;
    let evening = ours.evening("voti", json!({})).await?;
    let questions = ours::enter(&evening, QUESTIONS).await?;
    let voters = scale.viewers * VOTE.0 / VOTE.1;
    let persons = ours.persons(voters).await?;
    let path = "/ws/v1/sessions/voti?as=citizen";
    let requests: Vec<_> = persons.iter().map(|one| request(path, Some(one), true)).collect();
    let (length, server) = (scale.talk(), ours.server.id());
    let mut cast = Votes::new(questions);
    let runs = process::on(CROWDS, || {
        let mut talk = Talk::new(People::at(ours.address)?, &requests, &[])?;
        some(scale.turns, || talk.go(server, length, &mut cast))
    })??;
    let wrong = cast.wrong(&evening.desk().await?)?;
    let one = middle(&runs, Talked::per_second);
    rows.push(Row::with_bar(
        "votes per second, durable, each once, told",
        one.per_second(),
        "votes/s",
        format!(
            "{voters} people, one vote under way of each, {QUESTIONS} questions, ± {:.0} %; {}",
            spread(&runs, Talked::per_second) * 100.0,
            one.in_words()
        ),
        Bar::AtLeast(50_000.0),
    ));
    rows.push(Row::with_bar(
        "votes lost or counted twice",
        wrong as f64,
        "votes",
        format!("of {}; one in {AGAIN_ONE_OF} was sent twice", cast.all),
        Bar::AtMost(0.0),
    ));
    Ok(())
}

/// Who voted for what.
#[derive(Debug)]
pub(super) struct Votes {
    questions: Vec<String>,
    /// Votes by question.
    cast: Vec<u64>,
    all: u64,
}

impl Votes {
    pub(super) fn new(questions: Vec<String>) -> Self {
        Self { cast: vec![0; questions.len()], questions, all: 0 }
    }

    /// The command of somebody who votes for a question they have not voted for yet.
    pub(super) fn vote(&mut self, person: usize, nth: usize) -> anyhow::Result<String> {
        anyhow::ensure!(nth < self.questions.len(), "there is nothing left to vote for");
        let question = (person * 31 + nth) % self.questions.len();
        self.cast[question] += 1;
        self.all += 1;
        Ok(format!(
            "{{\"type\":\"vote\",\"id\":\"{}\",\"question\":\"{}\",\"on\":true}}",
            Ulid::generate(),
            self.questions[question]
        ))
    }

    /// How many votes are missing or too many on the desk, over all questions.
    pub(super) fn wrong(&self, desk: &Value) -> anyhow::Result<u64> {
        let listed = desk["questions"].as_array().context("questions are expected")?;
        let mut wrong = 0;
        for (id, cast) in self.questions.iter().zip(&self.cast) {
            let question = listed.iter().find(|question| question["id"] == **id);
            let votes = question.and_then(|question| question["votes"].as_u64());
            wrong += votes.context("every question is on the desk")?.abs_diff(*cast);
        }
        Ok(wrong)
    }
}

impl Subject for Votes {
    fn says(&mut self, person: usize, nth: usize) -> anyhow::Result<(Vec<u8>, u32)> {
        let times = 1 + u32::from(self.all.is_multiple_of(AGAIN_ONE_OF));
        Ok((said(&self.vote(person, nth)?), times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vote_that_is_missing_and_one_too_many_are_both_wrong() {
        let mut votes = Votes::new(vec!["a".to_owned(), "b".to_owned()]);
        for (person, nth) in [(0, 0), (0, 1), (2, 0)] {
            votes.vote(person, nth).expect("a question is left");
        }
        assert!(votes.vote(0, 2).is_err(), "nobody votes twice for the same");
        let desk = |a: u64, b: u64| json!({"questions": [{"id": "b", "votes": b}, {"id": "a", "votes": a}]});
        assert_eq!(votes.wrong(&desk(2, 1)).expect("listed"), 0);
        assert_eq!(votes.wrong(&desk(1, 2)).expect("listed"), 2);
        assert!(votes.wrong(&json!({"questions": [{"id": "a", "votes": 2}]})).is_err());
    }
}
