//! Backup to an SQLite file: a snapshot of all tables, which `SqliteStore` can open.

use std::path::Path;

use feedback_files::move_into_place;
use postgres::types::Type;
use postgres::{Column, Row};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::session::Session;
use crate::error::Result;
use crate::sql::database::{Cell, Row as _, value};
use crate::sqlite::SqliteStore;

/// The sequence that numbers the rows of a table, and its last number; no row if the table has none.
pub(super) const IDENTITY: &str = "SELECT sequence, pg_sequence_last_value(sequence::regclass) AS last FROM \
    (SELECT pg_get_serial_sequence(quote_ident(table_name), column_name) AS sequence FROM information_schema.columns \
     WHERE table_schema = current_schema() AND table_name = $1 AND is_identity = 'YES') AS identity";

/// Maximum number of rows in memory at a time.
const ROWS: u32 = 1000;

/// Writes the copy to a temporary folder next to `path`, then moves it to `path`.
pub(super) fn backup(session: &mut Session, path: &Path) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let copy = tempfile::Builder::new().prefix(".backup-").tempdir_in(folder)?;
    let file = copy.path().join("feedback.sqlite");
    drop(SqliteStore::open(&file)?); // creates the tables
    session.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    let copied = copy_all(session, &file);
    session.batch(if copied.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    copied?;
    move_into_place(file, path).map_err(std::io::Error::from)?;
    Ok(())
}

fn copy_all(session: &mut Session, file: &Path) -> Result<()> {
    let mut target = Connection::open(file)?;
    target.pragma_update(None, "foreign_keys", false)?;
    let tables = tables(&target)?;
    let transaction = target.transaction()?;
    for table in tables {
        copy(session, &transaction, &table)?;
        next_number(session, &transaction, &table)?;
    }
    transaction.commit()?;
    target.close().map_err(|(_, error)| error.into())
}

/// The tables of a store in an SQLite file, in the order in which they were created.
pub(super) fn tables(file: &Connection) -> Result<Vec<String>> {
    let mut statement = file.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
    )?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// The columns of a table.
pub(super) fn names(file: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = file.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// Makes new rows get the numbers that they would have got in Postgres, so that no number of an erased row is given again.
fn next_number(session: &mut Session, target: &Connection, table: &str) -> Result<()> {
    let Some(identity) = session.row(IDENTITY, &[(&table, Type::TEXT)])? else {
        return Ok(());
    };
    if let Some(last) = value::<Option<i64>>(&identity, "last")? {
        target.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [table])?;
        target.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
            params![table, last],
        )?;
    }
    Ok(())
}

fn copy(session: &mut Session, target: &Connection, table: &str) -> Result<()> {
    let columns = names(target, table)?;
    let names = columns.join(", ");
    let places = vec!["?"; columns.len()].join(", ");
    let mut insert = target.prepare(&format!("INSERT INTO {table} ({names}) VALUES ({places})"))?;
    session.batch(&format!(
        "DECLARE everything NO SCROLL CURSOR FOR SELECT {names} FROM {table}"
    ))?;
    loop {
        let rows = session.rows(&format!("FETCH FORWARD {ROWS} FROM everything"), &[])?;
        for row in &rows {
            insert.execute(params_from_iter(values(row)?))?;
        }
        if rows.is_empty() {
            return session.batch("CLOSE everything");
        }
    }
}

fn values(row: &Row) -> Result<Vec<Value>> {
    let value = |column: &Column| {
        Ok(match row.cell(column.name())? {
            Cell::Null => Value::Null,
            Cell::Integer(value) => Value::Integer(value),
            Cell::Real(value) => value.into(),
            Cell::Text(value) => Value::Text(value),
        })
    };
    row.columns().iter().map(value).collect()
}
