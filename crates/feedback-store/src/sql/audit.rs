//! The audit trail.

use std::collections::HashSet;

use feedback_files::sha256_hex;

use super::database::{Database, value};
use crate::audit::AuditEntry;
use crate::error::Result;
use crate::fields::ERASED;

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

/// Replaces each subject and detail that is an erased text, by its hash, also in a detail such as "TEXT: 3 texts". Addresses with
/// filters, which earlier versions wrote, lose the filters.
pub(crate) fn clear(database: &mut dyn Database, hashes: &HashSet<String>) -> Result<()> {
    let is_erased = |text: &str| !text.is_empty() && hashes.contains(&sha256_hex(text));
    for entry in newest(database, usize::MAX)? {
        let [subject, detail] = [&entry.subject, &entry.detail].map(|text| {
            let name = text.rsplit_once(": ").map_or(text.as_str(), |(name, _)| name);
            match text.split_once('?') {
                _ if is_erased(text) || is_erased(name) => ERASED.to_owned(),
                Some((page, _)) if entry.action == "view.save" => page.to_owned(),
                _ => text.clone(),
            }
        });
        if (&subject, &detail) != (&entry.subject, &entry.detail) {
            database.execute(
                "UPDATE audit SET subject = $2, detail = $3 WHERE id = $1",
                &[entry.id.into(), (&subject).into(), (&detail).into()],
            )?;
        }
    }
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
