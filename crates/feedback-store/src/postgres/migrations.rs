//! The schema, and the migrations from older versions of it.

use postgres::types::Type;

use super::session::Session;
use crate::error::{Error, Result};
use crate::sql::database::value;

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

/// The table `feedback_layout` contains the version; writers lock this table. The advisory lock makes servers that start at
/// the same time take turns; its number is used for nothing else.
const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(7308336471201509476); \
                     CREATE TABLE IF NOT EXISTS feedback_layout (version BIGINT NOT NULL); \
                     LOCK TABLE feedback_layout IN EXCLUSIVE MODE";

/// Migrates the tables to the current version, all steps or none.
pub(super) fn migrate(session: &mut Session, database: &str) -> Result<()> {
    migrate_to(session, database, STEPS.len())
}

/// Like [`migrate`], but migrates only up to `version`.
fn migrate_to(session: &mut Session, database: &str, version: usize) -> Result<()> {
    session.batch(BEGIN)?;
    let stored = session.row("SELECT version FROM feedback_layout", &[])?;
    let found = stored.map_or(Ok(0), |row| value(&row, "version"))?;
    let known = STEPS.len() as i64;
    if found > known {
        return Err(Error::NewerDatabase {
            database: database.to_owned(),
            found,
            known,
        });
    }
    for step in STEPS
        .iter()
        .take(version)
        .skip(usize::try_from(found).unwrap_or(0))
    {
        session.batch(step)?;
    }
    session.batch("DELETE FROM feedback_layout")?;
    let reached = found.max(version as i64);
    session.change(
        "INSERT INTO feedback_layout VALUES ($1)",
        &[(&reached, Type::INT8)],
    )?;
    session.batch("COMMIT")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::predictions::{Cursor, Filter};
    use crate::sql::upgrades::{LEFT_EMPTY, are_unchanged, value_of};
    use crate::{BatchStore, CorrectionStore, ModelStore, PostgresStore, PredictionStore, Store};

    #[test]
    fn no_step_has_changed() {
        let expected = [
            "5e5da7feeaeb23fe",
            "05ec8fd45d4765ba",
            "37f33aff7850d42f",
            "3fc919626f2b9a79",
            "0f93e6b52bfc3391",
            "a78d7a2b4db7b219",
            "15b6238b7fabe0b3",
            "8be42d3e436fd9e0",
            "b8a7e3ef78b380d3",
            "dcd01102a9c86806",
            "40ae55187734dff2",
            "a6e52c4e35dbbfd9",
            "7ba39cbbb905c0e1",
        ];
        are_unchanged(STEPS, &expected);
    }

    /// Adds a row to each table; returns the statements that read these rows.
    fn fill(session: &mut Session) -> Vec<String> {
        let tables = session
            .rows("SELECT c.relname::text AS name FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace ORDER BY c.oid", &[])
            .unwrap();
        let mut reads = Vec::new();
        for table in tables {
            let table: String = value(&table, "name").unwrap();
            if LEFT_EMPTY.contains(&table.as_str()) {
                continue;
            }
            let columns = session
                .rows(
                    "SELECT column_name::text AS name, data_type::text AS source FROM information_schema.columns \
                     WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
                    &[(&table, Type::TEXT)],
                )
                .unwrap();
            let (mut names, mut values) = (Vec::new(), Vec::new());
            for column in &columns {
                let (name, kind): (String, String) =
                    (value(column, "name").unwrap(), value(column, "source").unwrap());
                values.push(value_of(&table, &name, &kind));
                names.push(name);
            }
            let names = names.join(", ");
            session
                .batch(&format!(
                    "INSERT INTO {table} ({names}) VALUES ({})",
                    values.join(", ")
                ))
                .unwrap();
            reads.push(format!(
                "SELECT row_to_json(one)::text AS json FROM (SELECT {names} FROM {table}) AS one"
            ));
        }
        reads
    }

    #[test]
    fn rows_of_every_earlier_version_stay_and_can_be_read() {
        let Ok(base) = std::env::var("FEEDBACK_POSTGRES_URL") else {
            eprintln!("skipped: FEEDBACK_POSTGRES_URL names no database");
            return;
        };
        for version in 1..STEPS.len() {
            let schema = format!("feedback_test_upgrade_{version}_{}", std::process::id());
            let url = format!("{base}?options=-csearch_path%3D{schema}");
            let mut session = Session::new(Arc::new(super::super::target::Target::parse(&url).unwrap()));
            session.connect().unwrap();
            session.batch(&format!("CREATE SCHEMA {schema}")).unwrap();
            migrate_to(&mut session, "test", version).unwrap();
            let reads = fill(&mut session);
            let read = |session: &mut Session| -> Vec<String> {
                let one = |sql: &String| {
                    session
                        .row(sql, &[])
                        .unwrap()
                        .map(|row| value(&row, "json").unwrap())
                };
                reads.iter().filter_map(one).collect()
            };
            let before = read(&mut session);
            assert_eq!(before.len(), reads.len());
            let store = PostgresStore::open(&url).unwrap();
            store.check().unwrap();
            let history = store.history(&Filter::default(), Cursor::newest(9)).unwrap();
            assert_eq!(history[0].corrected, Some(vec!["praise".to_owned()]));
            assert_eq!(
                (
                    store.corrections(0, 9).unwrap().len(),
                    store.batches(9).unwrap().len()
                ),
                (1, 1)
            );
            assert_eq!(store.models().unwrap().len(), 1);
            drop(store);
            assert_eq!(read(&mut session), before, "from version {version}");
            session.batch(&format!("DROP SCHEMA {schema} CASCADE")).unwrap();
        }
    }
}
