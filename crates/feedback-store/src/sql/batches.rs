//! Batches and their rows.

use super::corrections::correct;
use super::database::{Database, Row, value};
use crate::batches::{BadRowEntry, Batch, BatchState, Chunk, ColumnChoice, NewBatch};
use crate::corrections::NewCorrection;
use crate::error::{Conflict, Result};

pub(crate) fn create(database: &mut dyn Database, new: &NewBatch, now: i64) -> Result<i64> {
    let state = if new.text_field.is_some() {
        BatchState::Queued
    } else {
        BatchState::Staged
    };
    // A list of strings always serialises.
    let list = |names: &Vec<String>| serde_json::to_string(names).ok();
    let columns = new.columns.as_ref().and_then(list);
    let notes = Some(&new.notes).filter(|notes| !notes.is_empty()).and_then(list);
    let id = database.row(
        "INSERT INTO batches (name, format, file, bytes, total_rows, text_field, columns, notes, state, created_at, \
         sha256) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
        &[
            (&new.name).into(),
            (&new.format).into(),
            (&new.file).into(),
            new.bytes.into(),
            new.total_rows.into(),
            new.text_field.as_deref().into(),
            columns.as_deref().into(),
            notes.as_deref().into(),
            state.name().into(),
            now.into(),
            new.sha256.as_deref().into(),
        ],
        |row| value(row, "id"),
    )?;
    Ok(id.unwrap_or_default())
}

pub(crate) fn get(database: &mut dyn Database, id: i64) -> Result<Option<Batch>> {
    database.row("SELECT * FROM batches WHERE id = $1", &[id.into()], batch)
}

pub(crate) fn newest(database: &mut dyn Database, limit: usize) -> Result<Vec<Batch>> {
    database.rows(
        "SELECT * FROM batches ORDER BY id DESC LIMIT $1",
        &[limit.into()],
        batch,
    )
}

pub(crate) fn unfinished(database: &mut dyn Database) -> Result<Vec<Batch>> {
    database.rows(
        "SELECT * FROM batches WHERE state IN ('queued', 'running') ORDER BY id",
        &[],
        batch,
    )
}

pub(crate) fn queue(
    database: &mut dyn Database,
    id: i64,
    text_field: &str,
    choice: Option<&ColumnChoice>,
) -> Result<()> {
    // Optional texts always serialise. The column of the table has its name from the time when only dates could be chosen.
    let choice = choice.map(|choice| serde_json::to_string(choice).unwrap_or_default());
    let changed = database.execute(
        "UPDATE batches SET text_field = $2, dates = $3, state = 'queued' WHERE id = $1 AND state = 'staged'",
        &[id.into(), text_field.into(), choice.as_deref().into()],
    )?;
    changed_one(changed, Conflict::BatchNotStaged(id))
}

pub(crate) fn set_state(
    database: &mut dyn Database,
    id: i64,
    state: BatchState,
    message: Option<&str>,
    now: i64,
) -> Result<bool> {
    let changed = database.execute(
        "UPDATE batches SET state = $2, message = $3, \
         started_at = CASE WHEN $2 = 'running' THEN coalesce(started_at, $4) ELSE started_at END, \
         ended_at = CASE WHEN $5 THEN $4 END \
         WHERE id = $1 AND state NOT IN ('done', 'cancelled', 'failed')",
        &[
            id.into(),
            state.name().into(),
            message.into(),
            now.into(),
            state.has_ended().into(),
        ],
    )?;
    Ok(changed == 1)
}

pub(crate) fn count_attempt(database: &mut dyn Database, id: i64) -> Result<()> {
    database.execute(
        "UPDATE batches SET attempts = attempts + 1 WHERE id = $1",
        &[id.into()],
    )?;
    Ok(())
}

pub(crate) fn add_chunk(database: &mut dyn Database, id: i64, chunk: &Chunk, now: i64) -> Result<()> {
    let changed = database.execute(
        "UPDATE batches SET position = $3, classified = classified + $4, bad = bad + $5, attempts = 0, \
         total_rows = CASE WHEN total_rows < $3 THEN $3 ELSE total_rows END \
         WHERE id = $1 AND position = $2 AND state = 'running'",
        &[
            id.into(),
            chunk.from.into(),
            chunk.to.into(),
            chunk.predictions.len().into(),
            chunk.bad.len().into(),
        ],
    )?;
    changed_one(changed, Conflict::BatchAtAnotherRow(id))?;
    let ids = database.insert_predictions(&chunk.predictions)?;
    for given in &chunk.given {
        let Some(&prediction_id) = ids.get(given.place) else {
            continue;
        };
        let new = NewCorrection {
            prediction_id,
            labels: given.labels.clone(),
            actor: given.actor.clone(),
            settles: false,
            idempotency_key: None,
        };
        correct(database, &new, now)?;
    }
    database.insert_bad_rows(id, &chunk.bad)
}

pub(crate) fn bad_rows(database: &mut dyn Database, id: i64, limit: usize) -> Result<Vec<BadRowEntry>> {
    database.rows(
        "SELECT row, line, reason FROM bad_rows WHERE batch_id = $1 ORDER BY row LIMIT $2",
        &[id.into(), limit.into()],
        |row| {
            Ok(BadRowEntry {
                row: value(row, "row")?,
                line: value(row, "line")?,
                reason: value(row, "reason")?,
            })
        },
    )
}

pub(crate) fn delete(database: &mut dyn Database, id: i64) -> Result<()> {
    database.execute(
        "DELETE FROM bad_rows WHERE batch_id = $1 \
         AND batch_id IN (SELECT id FROM batches WHERE state NOT IN ('queued', 'running'))",
        &[id.into()],
    )?;
    let changed = database.execute(
        "DELETE FROM batches WHERE id = $1 AND state NOT IN ('queued', 'running')",
        &[id.into()],
    )?;
    changed_one(changed, Conflict::BatchNotEnded(id))
}

pub(crate) fn rename(database: &mut dyn Database, id: i64, name: &str) -> Result<()> {
    let sql = "UPDATE batches SET name = $2 WHERE id = $1";
    database.execute(sql, &[id.into(), name.into()]).map(drop)
}

pub(crate) fn forget_names(database: &mut dyn Database, id: i64, text_field: Option<&str>) -> Result<()> {
    let sql = "UPDATE bad_rows SET reason = 'set aside; the reason was erased' WHERE batch_id = $1";
    database.execute(sql, &[id.into()])?;
    let sql = "UPDATE batches SET columns = NULL, notes = NULL, dates = NULL, message = NULL WHERE id = $1";
    database.execute(sql, &[id.into()])?;
    if let Some(text_field) = text_field {
        let sql = "UPDATE batches SET text_field = $2 WHERE id = $1";
        database.execute(sql, &[id.into(), text_field.into()])?;
    }
    Ok(())
}

fn changed_one(changed: u64, otherwise: Conflict) -> Result<()> {
    if changed == 1 {
        return Ok(());
    }
    Err(otherwise.into())
}

fn batch(row: &dyn Row) -> Result<Batch> {
    let state: String = value(row, "state")?;
    let list = |name: &str| -> Result<Option<Vec<String>>> {
        let stored: Option<String> = value(row, name)?;
        Ok(stored.and_then(|names| serde_json::from_str(&names).ok()))
    };
    Ok(Batch {
        id: value(row, "id")?,
        upload: NewBatch {
            name: value(row, "name")?,
            format: value(row, "format")?,
            file: value(row, "file")?,
            bytes: value(row, "bytes")?,
            sha256: value(row, "sha256")?,
            total_rows: value(row, "total_rows")?,
            text_field: value(row, "text_field")?,
            columns: list("columns")?,
            notes: list("notes")?.unwrap_or_default(),
        },
        choice: value::<Option<String>>(row, "dates")?.and_then(|choice| serde_json::from_str(&choice).ok()),
        state: BatchState::from_name(&state).unwrap_or(BatchState::Failed),
        position: value(row, "position")?,
        classified: value(row, "classified")?,
        bad: value(row, "bad")?,
        attempts: value(row, "attempts")?,
        message: value(row, "message")?,
        created_at: value(row, "created_at")?,
        started_at: value(row, "started_at")?,
        ended_at: value(row, "ended_at")?,
    })
}
