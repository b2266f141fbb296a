//! Import of an SQLite file, as a backup writes it: all tables, into a database without rows.

use std::borrow::Cow;
use std::path::Path;

use postgres::types::Type;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::backup::{IDENTITY, names, tables};
use super::row::{JSON, READ_JSON};
use super::session::Session;
use super::text::{encode, encode_json};
use crate::error::{Error, Result};
use crate::sql::database::value;

/// How many bytes are sent at a time, about.
const CHUNK: usize = 1 << 20;

/// Copies all rows as one transaction; returns their number. `database` is the name for messages.
pub(super) fn import(session: &mut Session, file: &Path, database: &str) -> Result<u64> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(file, flags)?;
    // One snapshot of all tables.
    source.execute_batch("BEGIN")?;
    session.batch("BEGIN; LOCK TABLE feedback_layout IN EXCLUSIVE MODE")?;
    let copied = copy_all(session, &source, database);
    session.batch(if copied.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    copied
}

fn copy_all(session: &mut Session, source: &Connection, database: &str) -> Result<u64> {
    let tables = tables(source)?;
    for table in &tables {
        let found = session.row(&format!("SELECT 1 AS found FROM {table} LIMIT 1"), &[])?;
        if found.is_some() {
            return Err(Error::NotEmpty {
                database: database.to_owned(),
                table: table.clone(),
            });
        }
    }
    let mut rows = 0;
    // In the order in which they were created, so that rows come after those they refer to.
    for table in &tables {
        rows += copy(session, source, table)?;
        next_number(session, source, table)?;
    }
    session.batch("ANALYZE")?;
    Ok(rows)
}

fn copy(session: &mut Session, source: &Connection, table: &str) -> Result<u64> {
    let columns = names(source, table)?;
    let list = columns.join(", ");
    let mut statement = source.prepare(&format!("SELECT {list} FROM {table}"))?;
    let mut rows = statement.query([])?;
    let mut n = 0;
    session.copy_in(
        &format!("COPY {table} ({list}) FROM STDIN WITH (FORMAT csv)"),
        |target| {
            let mut chunk = Vec::with_capacity(2 * CHUNK);
            while let Some(row) = rows.next()? {
                for (place, column) in columns.iter().enumerate() {
                    if place > 0 {
                        chunk.push(b',');
                    }
                    put(&mut chunk, column, row.get_ref(place)?)?;
                }
                chunk.push(b'\n');
                n += 1;
                if chunk.len() >= CHUNK {
                    target.write_all(&chunk)?;
                    chunk.clear();
                }
            }
            Ok(target.write_all(&chunk)?)
        },
    )?;
    Ok(n)
}

/// Appends a value to a CSV row: each value in quotes, nothing for a missing one.
fn put(row: &mut Vec<u8>, column: &str, value: ValueRef<'_>) -> Result<()> {
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(value) => row.extend_from_slice(value.to_string().as_bytes()),
        // The shortest digits that give the same number.
        ValueRef::Real(value) => row.extend_from_slice(format!("{value:?}").as_bytes()),
        ValueRef::Text(bytes) => {
            let text = std::str::from_utf8(bytes).map_err(|_| not_text(column))?;
            let text = match column {
                column if JSON.contains(&column) => Cow::Borrowed(text),
                column if READ_JSON.contains(&column) => encode_json(text),
                _ => encode(text),
            };
            row.push(b'"');
            row.extend_from_slice(text.replace('"', "\"\"").as_bytes());
            row.push(b'"');
        }
        ValueRef::Blob(_) => return Err(not_text(column)),
    }
    Ok(())
}

fn not_text(column: &str) -> Error {
    Error::UnexpectedValue {
        column: column.to_owned(),
        expected: "text",
    }
}

/// Makes new rows get the numbers that they would have got in the file, so that no number of an erased row is given again.
fn next_number(session: &mut Session, source: &Connection, table: &str) -> Result<()> {
    let Some(identity) = session.row(IDENTITY, &[(&table, Type::TEXT)])? else {
        return Ok(());
    };
    let sequence: String = value(&identity, "sequence")?;
    let mut statement = source.prepare("SELECT seq FROM sqlite_sequence WHERE name = ?1")?;
    let mut found = statement.query([table])?;
    if let Some(row) = found.next()? {
        let last: i64 = row.get(0)?;
        if last > 0 {
            let params: [super::session::Param<'_>; 2] = [(&sequence, Type::TEXT), (&last, Type::INT8)];
            session.row("SELECT setval($1::regclass, $2) AS value", &params)?;
        }
    }
    Ok(())
}
