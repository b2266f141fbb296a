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
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        session.batch(step)?;
    }
    session.batch("DELETE FROM feedback_layout")?;
    session.change("INSERT INTO feedback_layout VALUES ($1)", &[(&known, Type::INT8)])?;
    session.batch("COMMIT")
}
