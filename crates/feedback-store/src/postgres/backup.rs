//! Backup to an SQLite file: a snapshot of all tables, which `SqliteStore` can open.

use std::path::Path;

use feedback_files::move_into_place;
use postgres::{Column, Row};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::session::Session;
use crate::error::Result;
use crate::sql::database::{Cell, Row as _};
use crate::sqlite::SqliteStore;

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
    let tables: Vec<String> = {
        let mut statement = target.prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )?;
        let names = statement.query_map([], |row| row.get(0))?;
        names.collect::<rusqlite::Result<_>>()?
    };
    let transaction = target.transaction()?;
    for table in tables {
        copy(session, &transaction, &table)?;
    }
    transaction.commit()?;
    target.close().map_err(|(_, error)| error.into())
}

fn copy(session: &mut Session, target: &Connection, table: &str) -> Result<()> {
    let columns: Vec<String> = {
        let mut statement = target.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let names = statement.query_map([table], |row| row.get(0))?;
        names.collect::<rusqlite::Result<_>>()?
    };
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
