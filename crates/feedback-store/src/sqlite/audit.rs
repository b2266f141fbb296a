//! Who did what.

use rusqlite::{Connection, params};

use crate::Result;
use crate::store::AuditEntry;

pub(super) fn add(
    connection: &Connection,
    action: &str,
    subject: &str,
    detail: &str,
    now: i64,
) -> Result<()> {
    connection.execute(
        "INSERT INTO audit (at, action, subject, detail) VALUES (?1, ?2, ?3, ?4)",
        params![now, action, subject, detail],
    )?;
    Ok(())
}

pub(super) fn newest(connection: &Connection, limit: usize) -> Result<Vec<AuditEntry>> {
    let mut statement = connection
        .prepare_cached("SELECT id, at, action, subject, detail FROM audit ORDER BY id DESC LIMIT ?1")?;
    let rows = statement.query_map([limit as i64], |row| {
        Ok(AuditEntry {
            id: row.get(0)?,
            at: row.get(1)?,
            action: row.get(2)?,
            subject: row.get(3)?,
            detail: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
