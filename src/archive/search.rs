//! The words of the evenings that are over: what the public asked there, and what it was answered.
//!
//! An index of SQLite's FTS5, in memory alone. It holds nothing that the public may not read, and it
//! is a cache: made anew at every start from the sessions themselves, and of one session whenever
//! what the public sees of it has moved ([`Index::is_current`]). Not being on a disk it leaves no
//! byte there that would have to be forgotten; what a session loses is overwritten at once
//! (`secure_delete`, for FTS5 as well).
//!
//! Bound: the public questions of ended sessions. About a kilobyte for each, so 100 MB for 100,000,
//! is an estimate that nobody has measured.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, params};

use crate::qa::session::{Audience, Place, SessionState};
use crate::qa::view::{self, SessionView};
use crate::qa::{QuestionId, Session, SessionId};
use crate::screening;

/// Bound: words of one search; the others are not looked for.
const WORDS: usize = 8;
/// Bound: characters of what is looked for.
pub const LONGEST: usize = 100;
/// Bound: hits of one page.
pub const PAGE: usize = 20;
/// Bound: hits that can be paged through; who finds more adds a word.
const MOST: usize = 200;

const SCHEMA: &str = "
    PRAGMA secure_delete = ON;
    CREATE VIRTUAL TABLE found USING fts5(
        text, answer, labels,
        session UNINDEXED, question UNINDEXED, answered UNINDEXED,
        tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3'
    );
    INSERT INTO found(found, rank) VALUES ('secure-delete', 1);
    -- Words in a question weigh more than words in its answer.
    INSERT INTO found(found, rank) VALUES ('rank', 'bm25(4.0, 1.0, 2.0)');
";

/// The index. Shared; one search or change at a time, each of some milliseconds, so whoever calls
/// does so on a thread that may block.
#[derive(Debug)]
pub struct Index {
    connection: Mutex<Connection>,
    /// What is in it of each session, and where that stood.
    held: Mutex<HashMap<SessionId, (Place, SessionView)>>,
}

/// What the public may find of a session.
#[derive(Debug, Clone)]
pub struct Pages {
    id: SessionId,
    place: Place,
    view: SessionView,
    questions: Vec<Page>,
}

#[derive(Debug, Clone)]
struct Page {
    id: QuestionId,
    text: String,
    answer: Option<String>,
    labels: String,
    answered: bool,
}

/// One question that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Where it was asked.
    pub session: SessionView,
    /// Its id.
    pub question: QuestionId,
    /// What it says.
    pub text: String,
    /// The written answer.
    pub answer: Option<String>,
    /// Whether it was answered, on the stage or in writing.
    pub answered: bool,
}

/// Why a search found nothing that could be shown.
#[derive(Debug, thiserror::Error)]
#[error("failed to search")]
pub struct Fault(#[from] rusqlite::Error);

impl Pages {
    /// What is public of a session that is over; `None` while it is not.
    pub fn of(session: &Session) -> Option<Self> {
        let view = view::session(session, Audience::Public);
        if view.state != SessionState::Ended {
            return None;
        }
        let seen = session.questions().filter_map(|question| {
            let seen = view::question(session, Audience::Public, question.id)?;
            Some(Page {
                id: seen.id,
                text: seen.text?,
                answer: seen.answer.map(|answer| answer.text),
                labels: seen.labels.join(" "),
                answered: seen.answered_at.is_some(),
            })
        });
        let (id, place) = (session.id(), session.place(Audience::Public));
        Some(Self { id, place, questions: seen.collect(), view })
    }
}

impl Index {
    /// An index of nothing.
    ///
    /// # Errors
    /// SQLite was built without FTS5, or there is no memory left.
    pub fn new() -> Result<Self, Fault> {
        Self::over(Connection::open_in_memory()?)
    }

    fn over(connection: Connection) -> Result<Self, Fault> {
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection: Mutex::new(connection), held: Mutex::default() })
    }

    /// Whether it holds of this session what the public sees now: nothing where it is not over.
    pub fn is_current(&self, session: SessionId, ended: Option<Place>) -> bool {
        self.held().get(&session).map(|(place, _)| *place) == ended
    }

    /// The sessions it holds anything of.
    pub fn sessions(&self) -> Vec<SessionId> {
        self.held().keys().copied().collect()
    }

    /// Whether it holds no session.
    pub fn is_empty(&self) -> bool {
        self.held().is_empty()
    }

    /// Replaces what it holds of a session, by nothing where it is not over any more.
    ///
    /// # Errors
    /// There is no memory left. The session then counts as not indexed.
    pub fn put(&self, session: SessionId, pages: Option<Pages>) -> Result<(), Fault> {
        let mut connection = self.connection();
        self.held().remove(&session);
        let change = connection.transaction()?;
        change.execute("DELETE FROM found WHERE session = ?1", [session.to_string()])?;
        if let Some(pages) = &pages {
            let mut insert = change.prepare_cached(
                "INSERT INTO found (text, answer, labels, session, question, answered)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for page in &pages.questions {
                let (session, question) = (pages.id.to_string(), page.id.to_string());
                let Page { text, answer, labels, answered, .. } = page;
                insert.execute(params![text, answer, labels, session, question, answered])?;
            }
        }
        change.commit()?;
        if let Some(Pages { place, view, .. }) = pages {
            self.held().insert(session, (place, view));
        }
        Ok(())
    }

    /// The best hits for what somebody typed, the best first, from the `after`th on; and whether
    /// there are more. Every word must be there, each may go on: `bibliot` finds the library.
    /// Accents and case do not matter. What is no word finds nothing.
    ///
    /// # Errors
    /// There is no memory left.
    pub fn search(&self, typed: &str, after: usize) -> Result<(Vec<Hit>, bool), Fault> {
        let Some(wanted) = wanted(typed) else { return Ok((Vec::new(), false)) };
        let connection = self.connection();
        let most = PAGE.min(MOST.saturating_sub(after));
        let mut select = connection.prepare_cached(
            "SELECT session, question, text, answer, answered FROM found
             WHERE found MATCH ?1 ORDER BY rank, question DESC LIMIT ?2 OFFSET ?3",
        )?;
        let held = self.held();
        let hit = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Option<Hit>> {
            let id = |at: usize| row.get::<_, String>(at);
            let session = id(0)?.parse().ok().and_then(|id: SessionId| held.get(&id));
            let question = id(1)?.parse().ok();
            let (text, answer, answered) = (row.get(2)?, row.get(3)?, row.get(4)?);
            Ok(session.zip(question).map(|((_, view), question)| Hit {
                session: view.clone(),
                question,
                text,
                answer,
                answered,
            }))
        };
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let rows = select.query_map(params![wanted, number(most + 1), number(after)], hit)?;
        let mut hits = rows.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
        let more = hits.len() > most && after + most < MOST;
        hits.truncate(most);
        Ok((hits, more))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<SessionId, (Place, SessionView)>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What somebody typed, in FTS5's language: each word a string of its own, so that nothing typed is
/// taken for an operator. One letter alone is looked for as it is, since too many words begin with
/// it.
fn wanted(typed: &str) -> Option<String> {
    let typed = screening::clean(&typed.chars().take(LONGEST).collect::<String>());
    let words = typed.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let term = |word: &str| match word.chars().nth(1) {
        Some(_) => format!("\"{word}\" *"),
        None => format!("\"{word}\""),
    };
    let terms: Vec<_> = words.take(WORDS).map(term).collect();
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(count: u64) -> Place {
        Place { count, hash: count }
    }

    fn pages(n: u128, count: u64, texts: &[(&str, Option<&str>)]) -> Pages {
        let mut view = view::session(&Session::new(SessionId::from_u128(n)), Audience::Public);
        view.slug = Some(format!("sera-{n}").parse().expect("a slug"));
        let page = |(at, (text, answer)): (u128, &(&str, Option<&str>))| Page {
            id: QuestionId::from_u128(n * 1000 + at),
            text: (*text).to_owned(),
            answer: answer.map(str::to_owned),
            labels: String::new(),
            answered: answer.is_some(),
        };
        let questions = (0..).zip(texts).map(page).collect();
        Pages { id: SessionId::from_u128(n), place: place(count), view, questions }
    }

    fn index() -> Index {
        filled(Index::new().expect("FTS5"))
    }

    fn filled(index: Index) -> Index {
        let pages = pages(
            1,
            3,
            &[
                ("Quando riapre la biblioteca di via Zara?", Some("A marzo, con più libri.")),
                ("Perché la pista ciclabile si interrompe?", Some("Passa dalla biblioteca.")),
                ("Gli autobus notturni di città", None),
            ],
        );
        index.put(SessionId::from_u128(1), Some(pages)).expect("indexed");
        index
    }

    fn found(index: &Index, typed: &str) -> Vec<String> {
        let (hits, more) = index.search(typed, 0).expect("searched");
        assert!(!more);
        hits.into_iter().map(|hit| hit.text.chars().take(10).collect()).collect()
    }

    #[test]
    fn words_are_found_without_accents_begun_and_in_answers() {
        let index = index();
        assert_eq!(found(&index, "BIBLIOT"), ["Quando ria", "Perché la "], "the question first");
        assert_eq!(found(&index, "perche"), ["Perché la "]);
        assert_eq!(found(&index, "citta autob"), ["Gli autobu"]);
        assert_eq!(found(&index, "piu"), ["Quando ria"]);
        assert_eq!(found(&index, "biblioteca notturni"), [""; 0], "every word must be there");
    }

    #[test]
    fn nothing_that_is_typed_is_taken_for_an_operator() {
        let index = index();
        for typed in [
            "",
            "   ",
            "\"",
            "*",
            "\"*",
            "text:",
            "NOT biblioteca",
            "a OR b\"",
            "(",
            ")",
            "^",
            "biblioteca NOT zara",
            "NEAR(a b)",
            "{text}: zara x",
            "';DROP TABLE found;--",
            "-",
            "\0",
            "🌳",
            "\u{202e}",
        ] {
            let hits = index.search(typed, 0).expect("it is only words").0;
            assert!(hits.is_empty(), "{typed:?}: {hits:?}");
        }
        assert_eq!(found(&index, "\"zara\")("), ["Quando ria"]);
        let long = "zara ".repeat(10_000);
        assert_eq!(found(&index, &long), ["Quando ria"]);
    }

    #[test]
    fn a_session_that_lost_something_is_found_without_it() {
        // In a file here, to see every byte of it.
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("index");
        let connection = Connection::open(&file).expect("a file");
        connection.pragma_update(None, "journal_mode", "memory").expect("no second file");
        let index = filled(Index::over(connection).expect("FTS5"));
        let id = SessionId::from_u128(1);
        assert!(index.is_current(id, Some(place(3))) && !index.is_current(id, Some(place(4))));
        let less = pages(1, 4, &[("Gli autobus notturni di città", None)]);
        index.put(id, Some(less)).expect("indexed");
        assert!(index.is_current(id, Some(place(4))));
        assert_eq!(found(&index, "biblioteca"), [""; 0]);
        assert_eq!(found(&index, "autobus"), ["Gli autobu"]);
        // Nothing of what it lost stands in its memory either.
        let bytes = std::fs::read(&file).expect("its bytes");
        for word in ["biblioteca", "bibliot", "Zara", "ciclabile"] {
            assert!(!bytes.windows(word.len()).any(|w| w == word.as_bytes()), "{word}");
        }
        assert!(bytes.windows(7).any(|w| w == b"autobus"), "there is something to search");
        index.put(id, None).expect("gone");
        assert!(index.is_current(id, None) && index.is_empty());
        assert_eq!(found(&index, "autobus"), [""; 0]);
    }

    #[test]
    fn hits_come_in_pages_up_to_a_bound() {
        let index = Index::new().expect("FTS5");
        let texts: Vec<_> = (0..250).map(|_| ("Una domanda sul verde", None)).collect();
        index.put(SessionId::from_u128(1), Some(pages(1, 1, &texts))).expect("indexed");
        let mut seen = 0;
        loop {
            let (hits, more) = index.search("verde", seen).expect("searched");
            assert_eq!(hits.len(), PAGE);
            seen += hits.len();
            if !more {
                break;
            }
        }
        assert_eq!(seen, MOST);
        assert_eq!(index.search("verde", MOST).expect("searched").0, []);
    }
}
