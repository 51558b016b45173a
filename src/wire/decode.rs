//! Client → server: a command, or what is wrong with it.

use serde::Deserialize;

use super::MAX_BYTES;
use super::client::NoteFor;
use super::field::{At, Expected, Field, Fields, printable};
use super::json::{self, Json};
use super::words;
use crate::qa::event::Answer;
use crate::qa::{As, Command, CommandId, Kind, Malformed, QuestionId, Refusal, Sieve};

/// What a client sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// A wish, which gets a reply.
    Command {
        /// Made by the client.
        id: CommandId,
        /// What it wishes.
        command: Command,
    },
    /// A stage or an overlay says what it shows; gets no reply.
    Shown {
        /// Which question, if any.
        on_air: Option<QuestionId>,
    },
}

/// What is no message of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecodable {
    /// The command's id, where one could be read.
    pub id: Option<CommandId>,
    /// Always `malformed`, with a sentence that says which field is wrong and what is expected.
    pub refusal: Refusal,
}

/// The word of each command, and the row it has in the tables of rights and states. From the
/// staff, `ask` is [`Kind::Enter`]. What only HTTP has (sessions, invitations) is not here.
pub const COMMANDS: [(&str, Kind); 40] = [
    ("ask", Kind::Ask),
    ("check", Kind::Check),
    ("edit", Kind::Edit),
    ("withdraw", Kind::Withdraw),
    ("vote", Kind::Vote),
    ("report", Kind::Report),
    ("claim", Kind::Claim),
    ("release", Kind::Release),
    ("approve", Kind::Approve),
    ("dismiss", Kind::Dismiss),
    ("restore", Kind::Restore),
    ("revise", Kind::Revise),
    ("merge", Kind::Merge),
    ("unmerge", Kind::Unmerge),
    ("label", Kind::Label),
    ("note", Kind::Note),
    ("assign", Kind::Assign),
    ("queue", Kind::Queue),
    ("unqueue", Kind::Unqueue),
    ("later", Kind::Later),
    ("on_air", Kind::OnAir),
    ("next", Kind::Next),
    ("off_air", Kind::OffAir),
    ("answered", Kind::Answered),
    ("answer", Kind::Answer),
    ("seen", Kind::Seen),
    ("mute", Kind::Mute),
    ("unmute", Kind::Unmute),
    ("policy", Kind::Policy),
    ("rescreen", Kind::Rescreen),
    ("open", Kind::Open),
    ("close", Kind::Close),
    ("end", Kind::End),
    ("reopen", Kind::Reopen),
    ("undo", Kind::Undo),
    ("overlay", Kind::Overlay),
    ("delay", Kind::Delay),
    ("mark", Kind::Mark),
    ("take_back", Kind::TakeBack),
    ("forget", Kind::Forget),
];

/// Reads one message of a client: a socket's frame, or the body of a command over HTTP. Fields
/// that nobody asked for are ignored, so that a newer client can talk to an older server; a field
/// that is asked for and holds something else is refused. Screens the texts of citizens.
pub fn decode(bytes: &[u8], acts: As, sieve: &Sieve) -> Result<Incoming, Undecodable> {
    let malformed =
        |id, what: Malformed| Err(Undecodable { id, refusal: Refusal::Malformed(what) });
    if bytes.len() > MAX_BYTES {
        return malformed(None, too_large(MAX_BYTES));
    }
    let (json, fault) = match json::read(bytes) {
        Ok(read) => read,
        Err(what) => return malformed(None, what),
    };
    let decoded = fault.map_or_else(|| incoming(&json, acts, sieve), Err);
    decoded.or_else(|what| malformed(id_of(&json), what))
}

/// The id of a command, and nothing else of it: for who is told no more than that it was not taken.
pub fn id(bytes: &[u8]) -> Option<CommandId> {
    let (json, _) = json::read(bytes).ok().filter(|_| bytes.len() <= MAX_BYTES)?;
    id_of(&json)
}

/// Which command this is, and nothing else of it: for who has no time to read it. `None`: it is none,
/// or it cannot be read that far.
pub fn named(bytes: &[u8]) -> Option<(CommandId, Kind)> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let (json, _) = json::read(bytes).ok()?;
    let fields = Fields::of(&json, At::Root).ok()?;
    let word: String = fields.get("type").ok()?;
    let (_, kind) = COMMANDS.iter().find(|(known, _)| *known == word)?;
    Some((fields.get("id").ok()?, *kind))
}

/// A vote, read the short way. `None`: it is something else, or not as our own pages send it, and
/// [`decode`] says what.
pub fn vote(text: &str) -> Option<(CommandId, Command)> {
    /// As our pages send it: no field twice, none of another type.
    #[derive(Deserialize)]
    struct Vote<'a> {
        r#type: &'a str,
        id: CommandId,
        question: QuestionId,
        on: bool,
    }
    let short = (text.len() <= VOTE_BYTES).then_some(text)?;
    let Vote { r#type, id, question, on } = serde_json::from_str(short).ok()?;
    (r#type == "vote").then_some((id, Command::Vote { question, on }))
}

/// Bound: bytes of a vote that is read the short way; twice one of our pages.
const VOTE_BYTES: usize = 256;

pub(crate) fn too_large(most: usize) -> Malformed {
    Malformed::new(
        format!("Il messaggio supera {most} byte."),
        format!("The message is larger than {most} bytes."),
    )
}

fn id_of(json: &Json) -> Option<CommandId> {
    let Json::Object(object) = json else { return None };
    object.get("id").and_then(|id| CommandId::read(id, At::Root).ok())
}

fn incoming(json: &Json, acts: As, sieve: &Sieve) -> Result<Incoming, Malformed> {
    let fields = Fields::of(json, At::Root)?;
    let word: String = fields.get("type")?;
    if word == "shown" {
        return Ok(Incoming::Shown { on_air: fields.get("on_air")? });
    }
    let row = COMMANDS.iter().find(|(known, _)| *known == word);
    let Some((_, kind)) = row else {
        let word = printable(&word);
        return Err(Malformed::new(
            format!("`type`: {word} non è un comando di questa versione."),
            format!("`type`: {word} is no command of this version."),
        ));
    };
    let id = fields.get("id")?;
    let command = command(*kind, &fields, acts, sieve)?;
    Ok(Incoming::Command { id, command })
}

fn command(kind: Kind, f: &Fields<'_>, acts: As, sieve: &Sieve) -> Result<Command, Malformed> {
    let question = || f.get("question");
    let rev = || f.get("rev");
    Ok(match kind {
        Kind::Ask | Kind::Enter if acts == As::Staff => Command::Enter {
            text: f.get("text")?,
            name: f.maybe("name")?,
            labels: f.maybe("labels")?.unwrap_or_default(),
            channel: f.get("channel")?,
        },
        Kind::Ask | Kind::Enter => {
            let (text, name) = (f.get::<String>("text")?, f.maybe::<String>("name")?);
            Command::Ask {
                text: sieve.look(&text, name.as_deref()),
                name,
                labels: f.maybe("labels")?.unwrap_or_default(),
                review: f.maybe("review")?.unwrap_or(false),
            }
        }
        Kind::Check => {
            let (text, name) = (f.get::<String>("text")?, f.maybe::<String>("name")?);
            let looked = sieve.look(&text, name.as_deref());
            Command::Check { masks: looked.masks(&text), text: looked }
        }
        Kind::Edit => {
            let (question, text) = (question()?, f.get::<String>("text")?);
            Command::Edit { question, text: sieve.look(&text, None) }
        }
        Kind::Withdraw => Command::Withdraw { question: question()? },
        Kind::Vote => Command::Vote { question: question()?, on: f.get("on")? },
        Kind::Report => Command::Report { question: question()?, reason: f.get("reason")? },
        Kind::Claim => Command::Claim { question: question()?, rev: rev()? },
        Kind::Release => Command::Release { question: question()?, rev: rev()? },
        Kind::Approve => Command::Approve {
            question: question()?,
            rev: rev()?,
            name: f.maybe("name")?.unwrap_or(true),
        },
        Kind::Dismiss => Command::Dismiss {
            question: question()?,
            rev: rev()?,
            reason: f.get("reason")?,
            of: f.maybe("of")?,
            note: f.maybe("note")?,
        },
        Kind::Restore => Command::Restore { question: question()?, rev: rev()? },
        Kind::Revise => {
            Command::Revise { question: question()?, rev: rev()?, text: f.get("text")? }
        }
        Kind::Merge => Command::Merge { question: question()?, rev: rev()?, into: f.get("into")? },
        Kind::Unmerge => Command::Unmerge { question: question()?, rev: rev()? },
        Kind::Label => {
            Command::Label { question: question()?, rev: rev()?, labels: f.get("labels")? }
        }
        Kind::Note => Command::Note {
            question: question()?,
            rev: rev()?,
            text: f.get("text")?,
            to_stage: f.maybe("to")? == Some(NoteFor::Stage),
        },
        Kind::Assign => Command::Assign { question: question()?, rev: rev()?, to: f.get("to")? },
        Kind::Queue => {
            Command::Queue { question: question()?, rev: rev()?, before: f.maybe("before")? }
        }
        Kind::Unqueue => Command::Unqueue { question: question()?, rev: rev()? },
        Kind::Later => {
            Command::Later { question: question()?, rev: rev()?, note: f.maybe("note")? }
        }
        Kind::OnAir => {
            Command::OnAir { question: question()?, rev: rev()?, stage: f.get("stage")? }
        }
        Kind::Next => Command::Next { question: question()? },
        Kind::OffAir => Command::OffAir,
        Kind::Answered => Command::Answered { question: question()?, rev: rev()? },
        Kind::Answer => Command::Answer {
            question: question()?,
            rev: rev()?,
            answer: Answer { text: f.get("text")?, links: f.maybe("links")?.unwrap_or_default() },
        },
        Kind::Seen => Command::Seen { question: question()? },
        Kind::Mute => Command::Mute {
            person: f.get("person")?,
            minutes: f.maybe("minutes")?,
            reason: f.get("reason")?,
        },
        Kind::Unmute => Command::Unmute { person: f.get("person")? },
        Kind::Policy => Command::Policy { change: Box::new(f.get("policy")?) },
        Kind::Rescreen => Command::rescreen(),
        Kind::Open => Command::Open,
        Kind::Close => Command::Close,
        Kind::End => Command::End,
        Kind::Reopen => Command::Reopen,
        Kind::Undo => Command::Undo { command: f.get("command")? },
        Kind::Overlay => Command::Overlay { show: f.get("show")? },
        Kind::Delay => Command::Delay { channel: f.get("channel")?, seconds: f.get("seconds")? },
        Kind::Mark => Command::Mark { text: f.maybe("text")? },
        Kind::TakeBack => Command::TakeBack { question: question()?, reason: f.get("reason")? },
        Kind::Forget => Command::Forget { person: f.get("person")?, reason: f.get("reason")? },
        // No word of `COMMANDS` stands for these: they come over HTTP only.
        Kind::Describe | Kind::Invite | Kind::Uninvite | Kind::Join => {
            return Err(Malformed::new(
                "Questo comando arriva solo via HTTP.",
                "This command comes over HTTP only.",
            ));
        }
    })
}

impl Field for NoteFor {
    const EXPECTED: Expected = Expected::OneOf(words::all::<Self>);

    fn read(json: &Json, at: At<'_>) -> Result<Self, Malformed> {
        let value = if let Json::Text(word) = json { words::of(word) } else { None };
        value.ok_or_else(|| at.expects(Self::EXPECTED, json))
    }
}
