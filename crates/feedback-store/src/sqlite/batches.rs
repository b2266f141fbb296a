//! Batches and their rows.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::predictions;
use crate::store::{BadRowEntry, Batch, BatchState, Chunk, NewBatch, StoredPrediction};
use crate::{Error, Result};

pub(super) fn create(connection: &Connection, new: &NewBatch, now: i64) -> Result<i64> {
    let state = if new.text_field.is_some() {
        BatchState::Queued
    } else {
        BatchState::Staged
    };
    connection.execute(
        "INSERT INTO batches (name, format, file, bytes, total_rows, text_field, state, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            new.name,
            new.format,
            new.file,
            new.bytes,
            new.total_rows,
            new.text_field,
            state.name(),
            now
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn get(connection: &Connection, id: i64) -> Result<Option<Batch>> {
    Ok(connection
        .query_row("SELECT * FROM batches WHERE id = ?1", [id], batch)
        .optional()?)
}

pub(super) fn newest(connection: &Connection, limit: usize) -> Result<Vec<Batch>> {
    let mut statement = connection.prepare_cached("SELECT * FROM batches ORDER BY id DESC LIMIT ?1")?;
    let rows = statement.query_map([limit as i64], batch)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn unfinished(connection: &Connection) -> Result<Vec<Batch>> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM batches WHERE state IN ('queued', 'running') ORDER BY id")?;
    let rows = statement.query_map([], batch)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn queue(connection: &Connection, id: i64, text_field: &str) -> Result<()> {
    let changed = connection.execute(
        "UPDATE batches SET text_field = ?2, state = 'queued' WHERE id = ?1 AND state = 'staged'",
        params![id, text_field],
    )?;
    refuse_unchanged(changed, id, "is not waiting for a column to be chosen")
}

pub(super) fn set_state(
    connection: &Connection,
    id: i64,
    state: BatchState,
    message: Option<&str>,
    now: i64,
) -> Result<bool> {
    let changed = connection.execute(
        "UPDATE batches SET state = ?2, message = ?3, \
         started_at = CASE WHEN ?2 = 'running' THEN coalesce(started_at, ?4) ELSE started_at END, \
         ended_at = CASE WHEN ?5 THEN ?4 ELSE NULL END \
         WHERE id = ?1 AND state NOT IN ('done', 'cancelled', 'failed')",
        params![id, state.name(), message, now, state.has_ended()],
    )?;
    Ok(changed == 1)
}

pub(super) fn add_chunk(connection: &Connection, id: i64, chunk: &Chunk) -> Result<()> {
    let changed = connection.execute(
        "UPDATE batches SET position = ?3, classified = classified + ?4, bad = bad + ?5, \
         total_rows = max(total_rows, ?3) WHERE id = ?1 AND position = ?2 AND state = 'running'",
        params![
            id,
            chunk.from,
            chunk.to,
            chunk.predictions.len() as i64,
            chunk.bad.len() as i64
        ],
    )?;
    refuse_unchanged(changed, id, "is not running, or stands at another row")?;
    for prediction in &chunk.predictions {
        predictions::add(connection, prediction)?;
    }
    let mut statement = connection
        .prepare_cached("INSERT INTO bad_rows (batch_id, row, line, reason) VALUES (?1, ?2, ?3, ?4)")?;
    for bad in &chunk.bad {
        statement.execute(params![id, bad.row, bad.line, bad.reason])?;
    }
    Ok(())
}

pub(super) fn rows(
    connection: &Connection,
    id: i64,
    from: i64,
    limit: usize,
) -> Result<Vec<StoredPrediction>> {
    predictions::of_batch(connection, id, from, limit)
}

pub(super) fn bad_rows(connection: &Connection, id: i64, limit: usize) -> Result<Vec<BadRowEntry>> {
    let mut statement = connection
        .prepare_cached("SELECT row, line, reason FROM bad_rows WHERE batch_id = ?1 ORDER BY row LIMIT ?2")?;
    let rows = statement.query_map([id, limit as i64], |row| {
        Ok(BadRowEntry {
            row: row.get(0)?,
            line: row.get(1)?,
            reason: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn delete(connection: &Connection, id: i64) -> Result<()> {
    connection.execute(
        "DELETE FROM bad_rows WHERE batch_id = ?1 AND batch_id IN (SELECT id FROM batches WHERE state NOT IN ('queued', 'running'))",
        [id],
    )?;
    let changed = connection.execute(
        "DELETE FROM batches WHERE id = ?1 AND state NOT IN ('queued', 'running')",
        [id],
    )?;
    refuse_unchanged(changed, id, "is not there, or has not ended yet")
}

fn refuse_unchanged(changed: usize, id: i64, why: &str) -> Result<()> {
    if changed == 1 {
        return Ok(());
    }
    Err(Error::Conflict(format!("batch {id} {why}")))
}

fn batch(row: &Row<'_>) -> rusqlite::Result<Batch> {
    let state: String = row.get("state")?;
    Ok(Batch {
        id: row.get("id")?,
        upload: NewBatch {
            name: row.get("name")?,
            format: row.get("format")?,
            file: row.get("file")?,
            bytes: row.get("bytes")?,
            total_rows: row.get("total_rows")?,
            text_field: row.get("text_field")?,
        },
        state: BatchState::from_name(&state).unwrap_or(BatchState::Failed),
        position: row.get("position")?,
        classified: row.get("classified")?,
        bad: row.get("bad")?,
        message: row.get("message")?,
        created_at: row.get("created_at")?,
        started_at: row.get("started_at")?,
        ended_at: row.get("ended_at")?,
    })
}
