//! A script played against a journal on disk: an evening from the command line.
//!
//! What is printed is what the people of the script see, each line after the entry behind it is
//! durable. Pull the plug and play the same script again: what stands in the journal counts once,
//! and the evening goes on where it was.

use std::io::Write;

use futures_util::TryStreamExt as _;
use sha2::{Digest as _, Sha256};

use crate::hub::{HouseDesk, Reply};
use crate::journal::{Chain, Journal, JournalError, Read, Seq};
use crate::qa::{CommandId, Entry, EntryId, Event, HouseCommand, SessionId, Slug};
use crate::story::{ParseError, Step, Story};

/// Why a script could not be played to its end. What was printed before has happened.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The script makes no sense here.
    #[error(transparent)]
    Script(#[from] ParseError),
    /// The script does not begin with its session.
    #[error("a script begins with `session SLUG 'title'`")]
    NoSession,
    /// The folder holds something else under this slug.
    #[error("the folder holds another evening under `{slug}`: choose another folder with --data")]
    AnotherEvening {
        /// The slug.
        slug: Slug,
    },
    /// The journal could not be written or read.
    #[error("failed to keep the record")]
    Journal(#[from] JournalError),
    /// What is seen could not be printed.
    #[error("failed to print what is seen")]
    Print(#[from] std::io::Error),
}

/// Plays a script and prints what its people see.
///
/// # Errors
/// See [`PlayError`].
pub async fn play(
    journal: &Journal,
    script: &str,
    out: &mut (impl Write + Send),
) -> Result<(), PlayError> {
    let slug = slug(script)?;
    let id = session_id(&slug);
    list(journal, id, &slug).await?;
    let keys = journal.keys(id).await?;
    let mut story = Story::new(id).with_people(move |name| keys.pseudonym(name.as_bytes()));
    let mut kept = Kept { chain: Chain::new(id), id, slug };
    for line in script.lines() {
        story.read(line)?;
        while let Some(step) = story.step() {
            match step {
                Step::Saw(seen) => writeln!(out, "{seen}")?,
                Step::Append(entry) => {
                    let entry = kept.append(journal, entry).await?;
                    story.set_head(kept.chain.head());
                    for seen in story.applied(&entry) {
                        writeln!(out, "{seen}")?;
                    }
                }
            }
        }
        out.flush()?;
    }
    Ok(())
}

/// How far the journal has been followed.
struct Kept {
    chain: Chain,
    id: SessionId,
    slug: Slug,
}

impl Kept {
    /// The entry as it stands in the journal: from before, or appended now.
    async fn append(&mut self, journal: &Journal, mut entry: Entry) -> Result<Entry, PlayError> {
        let before = self.chain.head().n;
        // By what it says and where, so that another script is told apart before it is recorded.
        entry.id = EntryId::from_u128(bits(&format!("{before} {:?}", entry.commands)));
        let read = match self.next(journal).await? {
            Some(read) => Some(read),
            None => {
                while let Err(fault) = journal.append(self.id, &mut entry).await {
                    if !matches!(fault, JournalError::Unknown { .. }) {
                        return Err(fault.into());
                    }
                }
                self.next(journal).await?
            }
        };
        let another = PlayError::AnotherEvening { slug: self.slug.clone() };
        let read = read.filter(|read| read.entry.id == entry.id).ok_or(another)?;
        self.chain.advance(&read.digest);
        Ok(read.entry)
    }

    async fn next(&self, journal: &Journal) -> Result<Option<Read<Event>>, JournalError> {
        journal.read(self.id, Seq(self.chain.head().n)).try_next().await
    }
}

/// The session that a script is about: what its first entry creates.
fn slug(script: &str) -> Result<Slug, PlayError> {
    let mut story = Story::new(SessionId::from_u128(0));
    for line in script.lines() {
        story.read(line)?;
        match story.step() {
            None => {}
            Some(Step::Append(entry)) => return created(&entry).ok_or(PlayError::NoSession),
            Some(Step::Saw(_)) => break,
        }
    }
    Err(PlayError::NoSession)
}

fn created(entry: &Entry) -> Option<Slug> {
    let mut events = entry.commands.iter().flat_map(|command| &command.events);
    events.find_map(|event| match event {
        Event::SessionCreated { slug, .. } => Some(slug.clone()),
        _ => None,
    })
}

/// A script's session has the same id wherever it is played.
fn session_id(slug: &Slug) -> SessionId {
    SessionId::from_u128(bits(&format!("filodiretto/play/{slug}")))
}

fn bits(text: &str) -> u128 {
    Sha256::digest(text).iter().take(16).fold(0, |id, byte| id << 8 | u128::from(*byte))
}

/// Lists the session in the house, so that it is found by its slug.
async fn list(journal: &Journal, id: SessionId, slug: &Slug) -> Result<(), PlayError> {
    let house = HouseDesk::open(journal.clone(), || Story::START).await?;
    let wish = HouseCommand::CreateSession { session: id, slug: slug.clone() };
    match house.send(None, CommandId(id.0), &wish).await {
        Reply::Done { .. } | Reply::Checked(_) => Ok(()),
        Reply::Refused(_) => Err(PlayError::AnotherEvening { slug: slug.clone() }),
        Reply::Unknown => Err(PlayError::Journal(JournalError::Stopped)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::journal::{Keys, Memory};

    const EVENING: &str = "
        session sera 'Una sera' rehearsal
        mod is moderator; mod opens
        ana asks q1 'Quando riapre la biblioteca?'
        mod approves q1
        bob votes q1";

    async fn played(journal: &Journal, script: &str) -> Result<String, PlayError> {
        let mut out = Vec::new();
        play(journal, script, &mut out).await?;
        Ok(String::from_utf8(out).expect("lines are text"))
    }

    fn journal() -> Journal {
        Journal::new(Arc::new(Memory::new()), Arc::new(Keys::in_memory()))
    }

    #[tokio::test]
    async fn playing_it_again_shows_the_same_and_records_nothing_twice() {
        let journal = journal();
        let first = played(&journal, EVENING).await.expect("an evening");
        let head = journal.head(session_id(&"sera".parse().expect("a slug"))).await;
        assert!(first.contains("q1"), "{first}");
        assert_eq!(played(&journal, EVENING).await.expect("the same"), first);
        let again = journal.head(session_id(&"sera".parse().expect("a slug"))).await;
        assert_eq!(again.ok(), head.ok());
    }

    #[tokio::test]
    async fn an_evening_goes_on_where_it_was_cut_off() {
        let journal = journal();
        let cut = EVENING.lines().take(4).collect::<Vec<_>>().join("\n");
        played(&journal, &cut).await.expect("half an evening");
        let whole = played(&journal, EVENING).await.expect("the whole");
        let elsewhere = played(&self::journal(), EVENING).await.expect("the whole");
        assert_eq!(whole, elsewhere);
    }

    #[tokio::test]
    async fn another_script_under_the_same_slug_is_told_so() {
        let journal = journal();
        played(&journal, EVENING).await.expect("an evening");
        let other = EVENING.replace("mod opens", "mod closes; mod opens");
        let other = other.replace("'Una sera'", "'Un'altra sera'");
        let refused = played(&journal, &other).await.expect_err("another evening");
        assert!(matches!(refused, PlayError::AnotherEvening { .. }), "{refused}");
        let nothing = played(&journal, "wait 3s").await.expect_err("no session");
        assert!(matches!(nothing, PlayError::NoSession), "{nothing}");
    }
}
