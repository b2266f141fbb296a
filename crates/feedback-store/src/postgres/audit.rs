//! Who did what.

use postgres::types::Type;

use super::row;
use super::session::Session;
use super::text::encode;
use crate::Result;
use crate::store::AuditEntry;

pub(super) fn add(session: &mut Session, action: &str, subject: &str, detail: &str, now: i64) -> Result<()> {
    session.execute(
        "INSERT INTO audit (at, action, subject, detail) VALUES ($1, $2, $3, $4)",
        &[
            (&now, Type::INT8),
            (&encode(action), Type::TEXT),
            (&encode(subject), Type::TEXT),
            (&encode(detail), Type::TEXT),
        ],
    )?;
    Ok(())
}

pub(super) fn newest(session: &mut Session, limit: usize) -> Result<Vec<AuditEntry>> {
    let rows = session.rows(
        "SELECT * FROM audit ORDER BY id DESC LIMIT $1",
        &[(&row::bounded(limit), Type::INT8)],
    )?;
    let entry = |row| {
        Ok(AuditEntry {
            id: row::value(row, "id")?,
            at: row::value(row, "at")?,
            action: row::text(row, "action")?,
            subject: row::text(row, "subject")?,
            detail: row::text(row, "detail")?,
        })
    };
    rows.iter().map(entry).collect()
}
