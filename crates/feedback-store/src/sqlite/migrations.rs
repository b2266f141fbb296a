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
    fn migrating_twice_changes_nothing_and_a_newer_version_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert!(!migrate(&mut connection, Path::new("db")).unwrap());
        assert!(!migrate(&mut connection, Path::new("db")).unwrap());
        connection.pragma_update(None, "user_version", 99).unwrap();
        let error = migrate(&mut connection, Path::new("db")).unwrap_err();
        assert!(matches!(error, Error::NewerDatabase { found: 99, .. }), "{error}");
    }
}
