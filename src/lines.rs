//! Screening and the search for similar questions on the command line: JSON lines in, JSON lines
//! out. Nothing is kept, and nothing leaves the machine.

pub mod screen;
pub mod similar;

use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};

use serde::Serialize;
use serde_json::{Map, Value};

/// Bound: bytes of a line. The longest text that is looked at has 16 KiB, and six times that where
/// each of its bytes is an escape; a longer line is read over and told.
const LINE_BYTES: usize = 1024 * 1024;

/// How it went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines that were answered.
    pub answered: u64,
    /// Lines that could not be read. Each was told, and has no answer.
    pub wrong: u64,
}

/// What stands in one line; or what is wrong with it, as a sentence.
type Line<'a> = Result<&'a [u8], String>;

/// Answers line by line. What is wrong goes to `complaints` with the number of its line, and the
/// next one is read. Answers are held back only while more lines are already there, so whoever
/// sends one and waits gets its answer.
fn answer<A: Serialize>(
    input: impl Read,
    out: impl Write,
    complaints: &mut impl Write,
    mut answer: impl FnMut(Map<String, Value>) -> Result<A, String>,
) -> io::Result<Tally> {
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    let mut tally = Tally::default();
    let mut lines = Lines::new(input);
    loop {
        if !lines.has_one() {
            out.flush()?;
        }
        let Some((number, line)) = lines.next()? else { break };
        if line.as_ref().is_ok_and(|line| line.trim_ascii().is_empty()) {
            continue;
        }
        match line.and_then(object).and_then(&mut answer) {
            Ok(answer) => {
                serde_json::to_writer(&mut out, &answer)?;
                out.write_all(b"\n")?;
                tally.answered += 1;
            }
            Err(wrong) => {
                // Whoever does not listen to complaints learns of them by how it ends.
                let _ = writeln!(complaints, "line {number}: {wrong}");
                tally.wrong += 1;
            }
        }
    }
    out.flush()?;
    Ok(tally)
}

fn object(line: &[u8]) -> Result<Map<String, Value>, String> {
    let line =
        std::str::from_utf8(line.trim_ascii_end()).map_err(|_| "it is not UTF-8".to_owned())?;
    match serde_json::from_str(line) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(format!("an object is expected, not {}", kind(&other))),
        Err(error) => Err(no_json(&error)),
    }
}

/// Of one line, so that its number in it says nothing.
fn no_json(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = error.to_string();
    format!("it is no JSON: {}, at column {}", what.trim_end_matches(&place), error.column())
}

/// A field that holds a text.
fn text(object: &mut Map<String, Value>, key: &str) -> Result<String, String> {
    match object.remove(key) {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(format!("`{key}`: a text is expected, not {}", kind(&other))),
        None => Err(format!("`{key}` is missing: a text is expected")),
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Lines with their numbers, from 1.
struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    number: u64,
}

impl<R: Read> Lines<R> {
    fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(64 * 1024, input), line: Vec::new(), number: 0 }
    }

    /// Whether there is a whole line without waiting for one.
    fn has_one(&self) -> bool {
        self.input.buffer().contains(&b'\n')
    }

    fn next(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        self.line.clear();
        let most = LINE_BYTES as u64 + 1;
        if self.input.by_ref().take(most).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let is_whole = self.line.ends_with(b"\n") || self.line.len() <= LINE_BYTES;
        if !is_whole {
            self.input.skip_until(b'\n')?;
            return Ok(Some((self.number, Err(format!("it has more than {LINE_BYTES} bytes")))));
        }
        // As Windows writes it, at the very beginning of a file.
        let line = self.line.as_slice();
        let line = if self.number == 1 {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
        } else {
            line
        };
        Ok(Some((self.number, Ok(line))))
    }
}

#[cfg(test)]
mod tests;
