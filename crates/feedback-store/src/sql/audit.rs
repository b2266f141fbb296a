//! The audit trail.

use super::database::{Database, value};
use crate::audit::AuditEntry;
use crate::error::Result;

pub(crate) fn add(
    database: &mut dyn Database,
    [actor, action, subject, detail]: [&str; 4],
    now: i64,
) -> Result<()> {
    database.execute(
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5)",
        &[
            now.into(),
            actor.into(),
            action.into(),
            subject.into(),
            detail.into(),
        ],
    )?;
    Ok(())
}

pub(crate) fn newest(database: &mut dyn Database, limit: usize) -> Result<Vec<AuditEntry>> {
    database.rows(
        "SELECT id, at, actor, action, subject, detail FROM audit ORDER BY id DESC LIMIT $1",
        &[limit.into()],
        |row| {
            Ok(AuditEntry {
                id: value(row, "id")?,
                at: value(row, "at")?,
                actor: value(row, "actor")?,
                action: value(row, "action")?,
                subject: value(row, "subject")?,
                detail: value(row, "detail")?,
            })
        },
    )
}
