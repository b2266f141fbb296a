//! The schema, and the migrations from older versions of it.

use std::path::Path;

use rusqlite::Connection;

use crate::error::{Error, Result};

/// Step `n` migrates from version `n` to `n + 1`. Steps are only appended, never changed.
const STEPS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("deliveries.sql"),
    include_str!("alerts.sql"),
    include_str!("attempts.sql"),
    include_str!("sessions.sql"),
    include_str!("erasures.sql"),
    include_str!("notes.sql"),
    include_str!("fields.sql"),
    include_str!("labels.sql"),
    include_str!("documents.sql"),
    include_str!("cases.sql"),
    include_str!("unfamiliarity.sql"),
    include_str!("people.sql"),
];

/// Migrates a database to the current version; each step is a transaction. Returns true if the database had an earlier
/// version, false if it was new or up to date.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<bool> {
    migrate_to(connection, path, STEPS.len() as i64)
}

/// Like [`migrate`], but migrates only up to `version`.
pub(crate) fn migrate_to(connection: &mut Connection, path: &Path, version: i64) -> Result<bool> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = STEPS.len() as i64;
    if found.max(version) > known {
        return Err(Error::NewerDatabase {
            database: path.display().to_string(),
            found: found.max(version),
            known,
        });
    }
    let steps = STEPS
        .iter()
        .enumerate()
        .take(usize::try_from(version).unwrap_or(0));
    for (index, step) in steps.skip(usize::try_from(found).unwrap_or(0)) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", index as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(0 < found && found < version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predictions::{Cursor, Filter};
    use crate::sql::upgrades::{LEFT_EMPTY, are_unchanged, value_of};
    use crate::{AuditStore, BatchStore, CorrectionStore, ModelStore, PredictionStore, SqliteStore, Store};

    #[test]
    fn data_of_an_older_version_is_kept() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(STEPS[0]).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        let add = "INSERT INTO audit (at, action, subject, detail) VALUES (1, 'a', 'b', 'c')";
        connection.execute(add, []).unwrap();
        assert!(migrate(&mut connection, Path::new("db")).unwrap());
        let count = |table: &str| -> i64 {
            let sql = format!("SELECT count(*) FROM {table}");
            connection.query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!((count("audit"), count("deliveries"), count("alerts")), (1, 0, 0));
    }

    #[test]
    fn no_step_has_changed() {
        let expected = [
            "00a5d925a3943a9e",
            "7161d8524c5a683e",
            "f9db4c1b52f1c934",
            "465e440a2b0bc4c6",
            "6faaeba83f1da57b",
            "cf6d72e939329756",
            "6d6b6fb5a8a7f136",
            "16fb63803d85d385",
            "7cb6b0efbb565ac8",
            "37f6892d065f4a1a",
            "25b69052cf90652a",
            "dec864fb97f72108",
            "74853282e8e4284a",
        ];
        are_unchanged(STEPS, &expected);
    }

    /// Adds a row to each table; returns the statements that read these rows.
    fn fill(connection: &Connection) -> Vec<String> {
        let list = |sql: &str| -> Vec<(String, String)> {
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap();
            rows.collect::<rusqlite::Result<_>>().unwrap()
        };
        let tables = list(
            "SELECT name, type FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
        );
        let mut reads = Vec::new();
        for (table, _) in tables
            .iter()
            .filter(|(table, _)| !LEFT_EMPTY.contains(&table.as_str()))
        {
            let columns = list(&format!("SELECT name, type FROM pragma_table_info('{table}')"));
            let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            let values: Vec<&str> = columns
                .iter()
                .map(|(name, kind)| value_of(table, name, kind).trim_matches(' '))
                .collect();
            let names = names.join(", ");
            let insert = format!("INSERT INTO {table} ({names}) VALUES ({})", values.join(", "));
            connection
                .execute(&insert, [])
                .unwrap_or_else(|error| panic!("{insert}: {error}"));
            reads.push(format!("SELECT {names} FROM {table}"));
        }
        reads
    }

    fn rows(connection: &Connection, sql: &str) -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let n = statement.column_count();
        let shown = |row: &rusqlite::Row<'_>| {
            (0..n)
                .map(|place| row.get::<_, rusqlite::types::Value>(place))
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        let found = statement.query_map([], shown).unwrap();
        found.map(|row| format!("{:?}", row.unwrap())).collect()
    }

    #[test]
    fn rows_of_every_earlier_version_stay_and_can_be_read() {
        for version in 1..STEPS.len() as i64 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("db");
            let mut connection = Connection::open(&path).unwrap();
            migrate_to(&mut connection, &path, version).unwrap();
            let reads = fill(&connection);
            let read = |connection: &Connection| -> Vec<Vec<String>> {
                reads.iter().map(|sql| rows(connection, sql)).collect()
            };
            let before = read(&connection);
            assert!(before.iter().all(|rows| rows.len() == 1), "{before:?}");
            drop(connection);
            let store = SqliteStore::open(&path).unwrap();
            store.check().unwrap();
            assert_eq!(
                store.history(&Filter::default(), Cursor::newest(9)).unwrap()[0].corrected,
                Some(vec!["praise".to_owned()])
            );
            assert_eq!(
                (
                    store.corrections(0, 9).unwrap().len(),
                    store.batches(9).unwrap().len()
                ),
                (1, 1)
            );
            assert_eq!(
                (store.models().unwrap().len(), store.audit(9).unwrap().len()),
                (1, 1)
            );
            store
                .add_predictions(
                    store
                        .history(&Filter::default(), Cursor::newest(9))
                        .unwrap()
                        .into_iter()
                        .map(|row| row.prediction)
                        .collect(),
                )
                .unwrap();
            drop(store);
            let connection = Connection::open(&path).unwrap();
            connection
                .execute("DELETE FROM predictions WHERE id > 1", [])
                .unwrap();
            assert_eq!(read(&connection), before, "from version {version}");
        }
    }

    #[test]
    fn migrating_twice_changes_nothing_and_a_newer_version_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert!(!migrate(&mut connection, Path::new("db")).unwrap());
        assert!(!migrate(&mut connection, Path::new("db")).unwrap());
        connection.pragma_update(None, "user_version", 99).unwrap();
        let error = migrate(&mut connection, Path::new("db")).unwrap_err();
        assert!(matches!(error, Error::NewerDatabase { found: 99, .. }), "{error}");
    }
}
