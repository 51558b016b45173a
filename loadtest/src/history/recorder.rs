//! Writes a history while a run goes on.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::{Event, History, Interner, Message, Record, Seat};

/// Takes the records of all clients of a run, into memory, a file, or both. Cheap to clone; all
/// clones write into one order.
#[derive(Debug, Clone)]
pub struct Recorder(Arc<Mutex<Book>>);

#[derive(Debug)]
struct Book {
    memory: Option<(Vec<Record>, Interner)>,
    file: Option<BufWriter<File>>,
    /// The first thing that went wrong with the file: a history with a hole proves nothing.
    broken: Option<io::Error>,
}

impl Recorder {
    /// Keeps everything in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::with(Some((Vec::new(), Interner::default())), None)
    }

    /// Writes a new file and keeps nothing.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn to_file(path: &Path) -> io::Result<Self> {
        Ok(Self::with(None, Some(BufWriter::new(File::create(path)?))))
    }

    /// Keeps everything in memory and writes a new file as well.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn in_memory_and_file(path: &Path) -> io::Result<Self> {
        let file = BufWriter::new(File::create(path)?);
        Ok(Self::with(Some((Vec::new(), Interner::default())), Some(file)))
    }

    fn with(memory: Option<(Vec<Record>, Interner)>, file: Option<BufWriter<File>>) -> Self {
        Self(Arc::new(Mutex::new(Book { memory, file, broken: None })))
    }

    /// The log of one client. A client that comes back under the same name goes on with the same
    /// history; a second tab is another client of the same person.
    #[must_use]
    pub fn client(&self, name: &str, seat: Seat, session: &str) -> Log {
        Log {
            recorder: self.clone(),
            client: name.into(),
            person: None,
            seat,
            session: session.into(),
        }
    }

    /// What was kept in memory so far (empty for a recorder that writes a file alone). Also puts
    /// the file's last lines on disk.
    ///
    /// # Errors
    /// The first error there was with the file.
    pub fn history(&self) -> io::Result<History> {
        let mut book = self.book();
        if let Some(error) = book.broken.take() {
            return Err(error);
        }
        if let Some(file) = &mut book.file {
            file.flush()?;
        }
        let records = book.memory.as_ref().map(|(records, _)| records.clone()).unwrap_or_default();
        Ok(History { records })
    }

    /// Appends one record.
    pub fn record(&self, record: Record) {
        let line = self.book().file.is_some().then(|| serde_json::to_string(&record));
        self.book().append(record, line);
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn append(&mut self, record: Record, line: Option<serde_json::Result<String>>) {
        if let (Some(file), Some(line)) = (&mut self.file, line) {
            let written = line.map_err(io::Error::from).and_then(|line| writeln!(file, "{line}"));
            if let Err(error) = written {
                self.broken.get_or_insert(error);
            }
        }
        if let Some((records, known)) = &mut self.memory {
            records.push(known.intern(record));
        }
    }
}

/// One client's pen.
#[derive(Debug, Clone)]
pub struct Log {
    recorder: Recorder,
    client: Arc<str>,
    person: Option<Arc<str>>,
    seat: Seat,
    session: Arc<str>,
}

impl Log {
    /// From now on the client knows who it is; a `welcome` that is received says so by itself.
    pub fn is(&mut self, person: &str) {
        self.person = Some(person.into());
    }

    /// Call before the command leaves.
    pub fn sent(&self, command: &Value) {
        self.write(Event::Sent(command.clone().into()));
    }

    /// Call after a text frame came, or the data of an event, or the reply to a command sent over
    /// HTTP (under a client of its own: what comes over two lines has no order). Everything else
    /// that HTTP brings is [`bytes`](Self::bytes); so is what is not JSON.
    pub fn received(&mut self, text: &str) {
        let Some(message) = Message::parse(text) else {
            return self.bytes(text);
        };
        // Thousands of phones record the same counts: only what may name a person is looked into.
        if text.contains("\"welcome\"")
            && message.value()["type"] == "welcome"
            && let Some(person) = message.value()["person"].as_str()
        {
            self.person = Some(person.into());
        }
        self.write(Event::Received(message));
    }

    /// Call after anything else came: a page, a header, an error.
    pub fn bytes(&self, text: &str) {
        self.write(Event::Bytes(text.into()));
    }

    /// The command got no reply in time, or its connection went first.
    pub fn unknown(&self, id: &str) {
        self.write(Event::Unknown(id.into()));
    }

    /// A connection stands, asked for with this cursor.
    pub fn connected(&self, after: Option<&str>) {
        self.write(Event::Connected(after.map(Into::into)));
    }

    /// The connection ended.
    pub fn closed(&self, code: Option<u16>) {
        self.write(Event::Closed(code));
    }

    fn write(&self, event: Event) {
        self.recorder.record(Record {
            client: self.client.clone(),
            person: self.person.clone(),
            seat: self.seat,
            session: self.session.clone(),
            t: now(),
            event,
        });
    }
}

#[allow(clippy::disallowed_methods, reason = "a recorder tells when something really happened")]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
