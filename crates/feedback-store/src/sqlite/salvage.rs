//! Copies the readable rows of a damaged file.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use super::migrations;
use crate::error::{Error, Result};

/// The result of salvaging a damaged database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvaged {
    /// What is wrong with the damaged file.
    pub problem: String,
    /// Each table with the number of rows that were saved.
    pub rows: Vec<(String, u64)>,
    /// Ranges of ids in which no row of a table could be read: table, first and last id. Some of these ids may not have been
    /// in use.
    pub lost: Vec<(String, i64, i64)>,
}

/// Returns the first problem of a file, or `None` if its structure is intact. A file that does not exist or is empty counts
/// as intact.
pub(super) fn quick_check(path: &Path) -> Result<Option<String>> {
    if fs_err::metadata(path).map_or(0, |found| found.len()) == 0 {
        return Ok(None);
    }
    let found = read_only(path)
        .and_then(|file| Ok(file.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))?));
    match found {
        Ok(found) if found == "ok" => Ok(None),
        // The result can have several lines; the first one names only the database.
        Ok(found) => Ok(Some(found.lines().last().unwrap_or_default().to_owned())),
        Err(Error::Damaged { problem, .. }) => Ok(Some(problem)),
        Err(error) => Err(error),
    }
}

fn read_only(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

/// Copies the readable rows of `from` to the new database `to`. `from` is not changed.
pub(super) fn salvage(from: &Path, to: &Path, problem: String) -> Result<Salvaged> {
    let source = read_only(from)?;
    let version: i64 = source.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let mut target = Connection::open(to)?;
    target.pragma_update(None, "journal_mode", "OFF")?;
    migrations::migrate_to(&mut target, from, version)?;
    let mut saved = Salvaged {
        problem,
        rows: Vec::new(),
        lost: Vec::new(),
    };
    target.execute_batch("BEGIN")?;
    for table in tables(&target)? {
        if table == "sqlite_sequence" {
            // The table now has the highest copied ids. Replace them by the original ones, which include lost rows.
            target.execute("DELETE FROM sqlite_sequence", [])?;
        }
        let copy = Copy::new(&source, &target, &table)?;
        let (rows, lost) = match &copy.key {
            Key::RowId => copy.by_id()?,
            Key::Columns(columns) => (copy.between_both_ends(columns)?, Vec::new()),
        };
        let lost = lost.into_iter().map(|(first, last)| (table.clone(), first, last));
        saved.lost.extend(lost);
        saved.rows.push((table, rows));
    }
    target.execute_batch("COMMIT")?;
    Ok(saved)
}

/// Returns the tables of the schema. The last one is `sqlite_sequence`: SQLite stores the highest ids in it, so that no id is
/// assigned twice.
fn tables(target: &Connection) -> Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name = 'sqlite_sequence', rowid";
    let mut statement = target.prepare(sql)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

enum Key {
    RowId,
    Columns(String),
}

/// Copies one table.
struct Copy<'a> {
    source: &'a Connection,
    target: &'a Connection,
    table: &'a str,
    columns: String,
    n_columns: usize,
    key: Key,
}

impl<'a> Copy<'a> {
    fn new(source: &'a Connection, target: &'a Connection, table: &'a str) -> Result<Self> {
        let mut statement = target.prepare("SELECT name, pk FROM pragma_table_info(?1)")?;
        let found: Vec<(String, i64)> = statement
            .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        let has_row_id = target
            .prepare(&format!("SELECT rowid FROM {table} LIMIT 0"))
            .is_ok();
        let mut keys: Vec<&(String, i64)> = found.iter().filter(|(_, place)| *place > 0).collect();
        keys.sort_by_key(|(_, place)| *place);
        let keys: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
        Ok(Self {
            source,
            target,
            table,
            n_columns: names.len(),
            columns: names.join(", "),
            key: if has_row_id {
                Key::RowId
            } else {
                Key::Columns(keys.join(", "))
            },
        })
    }

    /// Copies the rows that a query finds before the first damaged page. Returns the number of rows, the last id, and whether
    /// the query reached its end.
    fn rows(&self, condition: &str, order: &str, values: &[i64]) -> Result<(u64, Option<i64>, bool)> {
        let id = if matches!(self.key, Key::RowId) {
            "rowid"
        } else {
            "0"
        };
        let (table, columns) = (self.table, &self.columns);
        let sql = format!("SELECT {columns}, {id} FROM {table} WHERE {condition} ORDER BY {order}");
        let places = vec!["?"; self.n_columns].join(", ");
        let mut insert = self.target.prepare_cached(&format!(
            "INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})"
        ))?;
        let mut statement = match self.source.prepare(&sql) {
            Ok(statement) => statement,
            Err(error) => return damaged(error.into()).map(|()| (0, None, false)),
        };
        let (mut n, mut last) = (0, None);
        let mut rows = statement.query(params_from_iter(values))?;
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok((n, last, true)),
                Err(error) => return damaged(error.into()).map(|()| (n, last, false)),
            };
            let cells: rusqlite::Result<Vec<Value>> =
                (0..self.n_columns).map(|column| row.get(column)).collect();
            last = Some(row.get(self.n_columns)?);
            // Rows with values that the schema forbids are damaged, too; skip them.
            if let Ok(cells) = cells
                && let Ok(inserted) = insert.execute(params_from_iter(cells))
            {
                n += inserted as u64;
            }
        }
    }

    /// Copies a table without row ids, from both ends up to a damaged page. Returns the number of rows.
    fn between_both_ends(&self, keys: &str) -> Result<u64> {
        let (forward, _, ended) = self.rows("true", keys, &[])?;
        if ended {
            return Ok(forward);
        }
        let backward = keys.replace(", ", " DESC, ") + " DESC";
        Ok(forward + self.rows("true", &backward, &[])?.0)
    }

    /// Copies a table with row ids and skips damaged pages. Returns the number of rows, and the ranges of ids in which nothing
    /// could be read.
    fn by_id(&self) -> Result<(u64, Vec<(i64, i64)>)> {
        let (mut n, mut lost, mut done) = (0, Vec::new(), 0);
        loop {
            let (copied, last, ended) = self.rows("rowid > ?1", "rowid", &[done])?;
            n += copied;
            done = last.unwrap_or(done);
            if ended {
                return Ok((n, lost));
            }
            let Some(next) = self.next_readable(done) else {
                let (copied, first, _) = self.rows("rowid > ?1", "rowid DESC", &[done])?;
                lost.push((done + 1, first.map_or(i64::MAX, |first| first - 1)));
                return Ok((n + copied, lost));
            };
            let (copied, first, _) = self.rows("rowid > ?1 AND rowid < ?2", "rowid DESC", &[done, next])?;
            n += copied;
            lost.push((done + 1, first.unwrap_or(next) - 1));
            done = next - 1;
        }
    }

    /// Returns the id of a readable row after `done`, found by trying ever larger steps.
    fn next_readable(&self, done: i64) -> Option<i64> {
        let sql = format!(
            "SELECT rowid FROM {} WHERE rowid > ?1 ORDER BY rowid LIMIT 1",
            self.table
        );
        let leaps = (0..62).map(|power| done.saturating_add(1 << power));
        let readable = leaps.map(|from| self.source.query_row(&sql, [from], |row| row.get(0)));
        let mut readable =
            readable.take_while(|found| !matches!(found, Err(rusqlite::Error::QueryReturnedNoRows)));
        readable.find_map(rusqlite::Result::ok)
    }
}

/// Returns `Ok` if the error reports damaged data, otherwise the error.
fn damaged(error: Error) -> Result<()> {
    match error {
        Error::Damaged { .. } => Ok(()),
        other => Err(other),
    }
}
