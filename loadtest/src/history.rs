//! What every client of a run sent and received, in the order in which it happened to them.
//!
//! One record a line, as JSON, so that a person can read a run that went wrong. A command is
//! recorded before it is sent and a message after it was received; hence in one file a record that
//! stands earlier was not caused by one that stands later, and the checker needs no clock.
//!
//! Frames are kept as the bytes that came, and equal ones once: a frame that went to five thousand
//! phones costs the memory, the parsing and the searching of one.

mod message;
mod recorder;

use std::collections::HashSet;
use std::io::BufRead;
use std::sync::Arc;

use anyhow::Context as _;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

pub use message::Message;
pub use recorder::{Log, Recorder};

/// What happened to one client.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Line")]
pub struct Record {
    /// One connection after another of one program, such as `ana-1`.
    pub client: Arc<str>,
    /// The person as this session calls them, once the client knows.
    pub person: Option<Arc<str>>,
    /// In which capacity the client is connected.
    pub seat: Seat,
    /// The session's slug.
    pub session: Arc<str>,
    /// When, in milliseconds since 1970 by the recorder's clock.
    pub t: u64,
    /// What.
    pub event: Event,
}

/// In which capacity a client is connected: the protocol's `as`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    /// One of the public.
    Citizen,
    /// A moderator or the press office.
    Desk,
    /// The official's screen.
    Stage,
    /// The stream's picture.
    Overlay,
}

impl Seat {
    /// Whether it may see only what everybody may see.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Citizen | Self::Overlay)
    }
}

/// What can happen to a client.
#[derive(Debug, Clone)]
pub enum Event {
    /// It sent a command, whole, with `type` and `id`.
    Sent(Message),
    /// It received one message of the protocol, by socket, server-sent events or HTTP.
    Received(Message),
    /// It received anything else: a page, a body, a header, an error.
    Bytes(Arc<str>),
    /// A command's outcome stayed unknown: a time-out, or the connection went before the reply.
    Unknown(Arc<str>),
    /// It connected, with the cursor it held.
    Connected(Option<Arc<str>>),
    /// The connection ended, with its code if there was one.
    Closed(Option<u16>),
}

/// A record as it stands in the file.
#[derive(Deserialize)]
struct Line {
    client: Arc<str>,
    #[serde(default)]
    person: Option<Arc<str>>,
    #[serde(rename = "as")]
    seat: Seat,
    session: Arc<str>,
    t: u64,
    event: Word,
    #[serde(default)]
    command: Option<Box<RawValue>>,
    #[serde(default)]
    message: Option<Box<RawValue>>,
    #[serde(default)]
    text: Option<Arc<str>>,
    #[serde(default)]
    id: Option<Arc<str>>,
    #[serde(default)]
    after: Option<Arc<str>>,
    #[serde(default)]
    code: Option<u16>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Sent,
    Received,
    Bytes,
    Unknown,
    Connected,
    Closed,
}

impl TryFrom<Line> for Record {
    type Error = String;

    fn try_from(line: Line) -> Result<Self, String> {
        let lacks = |field| format!("a record lacks its `{field}`");
        let event = match line.event {
            Word::Sent => Event::Sent(Message::new(line.command.ok_or_else(|| lacks("command"))?)),
            Word::Received => {
                Event::Received(Message::new(line.message.ok_or_else(|| lacks("message"))?))
            }
            Word::Bytes => Event::Bytes(line.text.ok_or_else(|| lacks("text"))?),
            Word::Unknown => Event::Unknown(line.id.ok_or_else(|| lacks("id"))?),
            Word::Connected => Event::Connected(line.after),
            Word::Closed => Event::Closed(line.code),
        };
        let Line { client, person, seat, session, t, .. } = line;
        Ok(Self { client, person, seat, session, t, event })
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_struct("Record", 7)?;
        line.serialize_field("client", &self.client)?;
        line.serialize_field("person", &self.person)?;
        line.serialize_field("as", &self.seat)?;
        line.serialize_field("session", &self.session)?;
        line.serialize_field("t", &self.t)?;
        let word = match self.event {
            Event::Sent(_) => Word::Sent,
            Event::Received(_) => Word::Received,
            Event::Bytes(_) => Word::Bytes,
            Event::Unknown(_) => Word::Unknown,
            Event::Connected(_) => Word::Connected,
            Event::Closed(_) => Word::Closed,
        };
        line.serialize_field("event", &word)?;
        match &self.event {
            Event::Sent(command) => line.serialize_field("command", command.raw())?,
            Event::Received(message) => line.serialize_field("message", message.raw())?,
            Event::Bytes(text) => line.serialize_field("text", text)?,
            Event::Unknown(id) => line.serialize_field("id", id)?,
            Event::Connected(after) => line.serialize_field("after", after)?,
            Event::Closed(code) => line.serialize_field("code", code)?,
        }
        line.end()
    }
}

/// All records of a run, in order.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The order is part of what it says.
    pub records: Vec<Record>,
}

impl History {
    /// Reads JSON lines; empty lines are skipped.
    ///
    /// # Errors
    /// When a line cannot be read, naming it.
    pub fn read(mut lines: impl BufRead) -> anyhow::Result<Self> {
        let (mut records, mut known) = (Vec::new(), Interner::default());
        let mut line = String::new();
        for number in 1_u64.. {
            line.clear();
            let length = lines
                .read_line(&mut line)
                .with_context(|| format!("failed to read line {number} of the history"))?;
            if length == 0 {
                break;
            }
            if !line.trim().is_empty() {
                let record = serde_json::from_str(&line)
                    .with_context(|| format!("line {number} of the history is no record"))?;
                records.push(known.intern(record));
            }
        }
        Ok(Self { records })
    }

    /// Histories of several programs on one machine, put in order by time.
    #[must_use]
    pub fn merged(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut records: Vec<Record> = parts.into_iter().flat_map(|part| part.records).collect();
        records.sort_by_key(|record| record.t);
        Self { records }
    }
}

/// Keeps equal texts once.
#[derive(Debug, Default)]
struct Interner {
    messages: HashSet<Message>,
    words: HashSet<Arc<str>>,
}

impl Interner {
    fn intern(&mut self, mut record: Record) -> Record {
        match &mut record.event {
            Event::Received(message) => match self.messages.get(message.text()) {
                Some(known) => *message = known.clone(),
                None => _ = self.messages.insert(message.clone()),
            },
            Event::Bytes(text) => self.word(text),
            Event::Sent(_) | Event::Unknown(_) | Event::Connected(_) | Event::Closed(_) => {}
        }
        self.word(&mut record.client);
        self.word(&mut record.session);
        if let Some(person) = &mut record.person {
            self.word(person);
        }
        record
    }

    fn word(&mut self, text: &mut Arc<str>) {
        match self.words.get(&**text) {
            Some(known) => *text = known.clone(),
            None => _ = self.words.insert(text.clone()),
        }
    }
}
