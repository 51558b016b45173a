//! Copies of journal and keys, taken beside a server that goes on writing.
//!
//! Nothing here holds a look at a file for longer than some milliseconds. A look that lasts keeps
//! the write-ahead log from being emptied, and a server that starts, or that erases a key, waits
//! for exactly that. So the journal, to which entries are only ever added, is copied in short
//! looks up to a cut that was made at the beginning; and the keys, which are small and change in
//! place, are taken into memory in one.
//!
//! What is copied is what the file says it holds: every table, under the schema that stands in it.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Transaction, params_from_iter};

use super::OpenError;
use super::folder::{Database, is_damage, private};

/// Bound: what one look at the journal takes into memory.
const LOOK_ENTRIES: usize = 2_000;
const LOOK_BYTES: usize = 4 << 20;

/// The table that is copied in several looks: rows are added to it and never changed.
const ENTRIES: &str = "entries";

/// Why there is no copy.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CopyError {
    /// There is nothing to copy, or it cannot be read.
    #[error(transparent)]
    Source(#[from] OpenError),
    /// Reading it failed in the middle.
    #[error("failed to read {name} in the middle of the copy")]
    Read {
        /// Which file.
        name: String,
        /// What SQLite said.
        source: std::sync::Arc<rusqlite::Error>,
    },
    /// The copy cannot be written.
    #[error("failed to write the copy of {name}")]
    Write {
        /// Which file.
        name: String,
        /// What SQLite or the system said.
        source: super::Cause,
    },
    /// The copy is not what it must be.
    #[error("{name} is damaged: {why}")]
    NotSound {
        /// Which file.
        name: String,
        /// What SQLite found.
        why: String,
    },
}

/// Copies the journal of `data` into the folder `to`, as it stands at one moment. Blocks.
///
/// # Errors
/// See [`CopyError`]; what was written until then is the caller's to remove.
pub fn journal(data: &Path, to: &Path) -> Result<(), CopyError> {
    copy(data, to, "journal")
}

/// Copies the keys of `data` into the folder `to`. Taken after the journal, they open everything in
/// it that is not forgotten: a key is durable before the first entry that uses it. Blocks.
///
/// Bound: all keys are in memory for a moment, some 200 bytes each.
///
/// # Errors
/// See [`CopyError`]; what was written until then is the caller's to remove.
pub fn keys(data: &Path, to: &Path) -> Result<(), CopyError> {
    copy(data, to, "keys")
}

/// Looks at every page and every index of `dir/name.db`. Blocks, for a second for some 200 MB.
///
/// # Errors
/// It cannot be read, or it is not sound.
pub fn check(dir: &Path, name: &str) -> Result<(), CopyError> {
    let connection = Database::open_read_only(dir, name)?.connect_read_only()?;
    let found = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    let file = format!("{name}.db");
    match found {
        Ok(said) if said == "ok" => Ok(()),
        Ok(why) => Err(CopyError::NotSound { name: file, why }),
        Err(error) if is_damage(&error) => {
            Err(CopyError::NotSound { name: file, why: error.to_string() })
        }
        Err(error) => Err(Copying { name: file }.reading(error)),
    }
}

fn copy(data: &Path, to: &Path, name: &str) -> Result<(), CopyError> {
    let copying = Copying { name: format!("{name}.db") };
    let mut source = Database::open_read_only(data, name)?.connect_read_only()?;
    let (tables, cut) = source
        .transaction()
        .and_then(|look| Ok((tables(&look)?, cut(&look)?)))
        .map_err(|error| copying.reading(error))?;
    let path = to.join(&copying.name);
    let mut target = copying.begin(&path)?;
    let filling = target.transaction().map_err(|error| copying.writing(error))?;
    for table in tables {
        filling.execute_batch(&table.made_by).map_err(|error| copying.writing(error))?;
        copying.insert(&filling, &table.name, &table.rows)?;
    }
    if let Some(last) = cut {
        copying.entries(&mut source, &filling, last)?;
    }
    let indices = indices(&source).map_err(|error| copying.reading(error))?;
    for index in indices {
        filling.execute_batch(&index).map_err(|error| copying.writing(error))?;
    }
    for pragma in ["application_id", "user_version"] {
        let value: i64 = source
            .query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
            .map_err(|error| copying.reading(error))?;
        let set = filling.execute_batch(&format!("PRAGMA {pragma} = {value}"));
        set.map_err(|error| copying.writing(error))?;
    }
    filling.commit().map_err(|error| copying.writing(error))?;
    target.close().map_err(|(_, error)| copying.writing(error))?;
    private(&path).and_then(|file| file.sync_all()).map_err(|error| copying.failing(error))
}

/// A table, and what stands in it.
struct Table {
    name: String,
    made_by: String,
    rows: Vec<Vec<Value>>,
}

/// Every table; of the entries the name alone, since they are too many for one look.
fn tables(look: &Transaction<'_>) -> rusqlite::Result<Vec<Table>> {
    let mut schema = look.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )?;
    let named = schema.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let named: Vec<(String, String)> = named.collect::<rusqlite::Result<_>>()?;
    let mut tables = Vec::new();
    for (name, made_by) in named {
        let mut rows = Vec::new();
        if name != ENTRIES {
            // In the order in which they came to be: of two keys for one subject the last counts.
            let mut all = look.prepare(&format!("SELECT * FROM \"{name}\""))?;
            let columns = all.column_count();
            let mut found = all.query([])?;
            while let Some(row) = found.next()? {
                rows.push((0..columns).map(|at| row.get(at)).collect::<rusqlite::Result<_>>()?);
            }
        }
        tables.push(Table { name, made_by, rows });
    }
    Ok(tables)
}

/// The last entry there is, where there are entries.
fn cut(look: &Transaction<'_>) -> rusqlite::Result<Option<i64>> {
    if !look.table_exists(None, ENTRIES)? {
        return Ok(None);
    }
    look.query_row("SELECT max(rowid) FROM entries", [], |row| row.get(0))
}

fn indices(source: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut made_by =
        source.prepare("SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")?;
    made_by.query_map([], |row| row.get(0))?.collect()
}

/// One file on its way.
struct Copying {
    name: String,
}

impl Copying {
    /// A new file, without a journal of its own: it counts only once it is whole, named and synced.
    fn begin(&self, path: &Path) -> Result<Connection, CopyError> {
        drop(private(path).map_err(|error| self.failing(error))?);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let target = Connection::open_with_flags(path, flags).and_then(|target| {
            target.execute_batch("PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;")?;
            target.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
            Ok(target)
        });
        target.map_err(|error| self.writing(error))
    }

    fn entries(
        &self,
        source: &mut Connection,
        filling: &Transaction<'_>,
        last: i64,
    ) -> Result<(), CopyError> {
        let mut after = 0;
        while after < last {
            let (rows, up_to) = some(source, after, last).map_err(|error| self.reading(error))?;
            if rows.is_empty() {
                break;
            }
            self.insert(filling, ENTRIES, &rows)?;
            after = up_to;
        }
        Ok(())
    }

    fn insert(
        &self,
        filling: &Transaction<'_>,
        table: &str,
        rows: &[Vec<Value>],
    ) -> Result<(), CopyError> {
        let Some(first) = rows.first() else { return Ok(()) };
        let places = vec!["?"; first.len()].join(", ");
        let insert = || {
            let mut insert =
                filling.prepare_cached(&format!("INSERT INTO \"{table}\" VALUES ({places})"))?;
            rows.iter().try_for_each(|row| insert.execute(params_from_iter(row)).map(|_| ()))
        };
        insert().map_err(|error| self.writing(error))
    }

    fn reading(&self, error: rusqlite::Error) -> CopyError {
        if is_damage(&error) {
            return CopyError::NotSound { name: self.name.clone(), why: error.to_string() };
        }
        CopyError::Read { name: self.name.clone(), source: error.into() }
    }

    fn writing(&self, error: rusqlite::Error) -> CopyError {
        CopyError::Write { name: self.name.clone(), source: std::sync::Arc::new(error) }
    }

    fn failing(&self, error: std::io::Error) -> CopyError {
        CopyError::Write { name: self.name.clone(), source: std::sync::Arc::new(error) }
    }
}

/// The next entries, in one short look.
fn some(source: &Connection, after: i64, last: i64) -> rusqlite::Result<(Vec<Vec<Value>>, i64)> {
    let mut next = source.prepare_cached(
        "SELECT rowid, * FROM entries WHERE rowid > ?1 AND rowid <= ?2 ORDER BY rowid",
    )?;
    let columns = next.column_count();
    let mut found = next.query([after, last])?;
    let (mut rows, mut bytes, mut up_to) = (Vec::new(), 0, after);
    while rows.len() < LOOK_ENTRIES && bytes < LOOK_BYTES {
        let Some(row) = found.next()? else { break };
        up_to = row.get(0)?;
        let row: Vec<Value> =
            (1..columns).map(|at| row.get(at)).collect::<rusqlite::Result<_>>()?;
        bytes += row.iter().map(size).sum::<usize>();
        rows.push(row);
    }
    Ok((rows, up_to))
}

const fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Integer(_) | Value::Real(_) => 8,
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
    }
}
