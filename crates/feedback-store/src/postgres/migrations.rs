//! The layout of the tables, and the steps by which an older one becomes the newest.

use postgres::types::Type;

use super::row;
use super::session::Session;
use crate::{Error, Result};

/// Step `n` leads from layout `n` to `n + 1`. Steps are only ever appended.
const STEPS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("deliveries.sql"),
    include_str!("alerts.sql"),
];

/// `feedback_layout` holds the layout's number, and is what writers lock. Two servers that start at the same time take
/// turns by the advisory lock, whose number is that of nothing else.
const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(7308336471201509476); \
                     CREATE TABLE IF NOT EXISTS feedback_layout (version BIGINT NOT NULL); \
                     LOCK TABLE feedback_layout IN EXCLUSIVE MODE";

/// Brings the tables to the newest layout, all steps or none.
pub(super) fn migrate(session: &mut Session, database: &str) -> Result<()> {
    session.batch(BEGIN)?;
    let stored = session.row("SELECT version FROM feedback_layout", &[])?;
    let found = stored.map_or(Ok(0), |row| row::value(&row, "version"))?;
    let known = row::bounded(STEPS.len());
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
    session.execute("INSERT INTO feedback_layout VALUES ($1)", &[(&known, Type::INT8)])?;
    session.batch("COMMIT")
}
