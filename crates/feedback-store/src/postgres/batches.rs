//! Batches and their rows.

use postgres::Row;
use postgres::types::Type;

use super::session::Session;
use super::text::encode;
use super::{predictions, row};
use crate::store::{BadRowEntry, Batch, BatchState, Chunk, NewBatch};
use crate::{Error, Result};

pub(super) fn create(session: &mut Session, new: &NewBatch, now: i64) -> Result<i64> {
    let state = if new.text_field.is_some() {
        BatchState::Queued
    } else {
        BatchState::Staged
    };
    let rows = session.rows(
        "INSERT INTO batches (name, format, file, bytes, total_rows, text_field, state, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        &[
            (&encode(&new.name), Type::TEXT),
            (&encode(&new.format), Type::TEXT),
            (&encode(&new.file), Type::TEXT),
            (&row::bounded(new.bytes), Type::INT8),
            (&row::bounded(new.total_rows), Type::INT8),
            (&new.text_field.as_deref().map(encode), Type::TEXT),
            (&state.name(), Type::TEXT),
            (&now, Type::INT8),
        ],
    )?;
    rows.first().map_or(Ok(0), |row| row::value(row, "id"))
}

pub(super) fn get(session: &mut Session, id: i64) -> Result<Option<Batch>> {
    session
        .row("SELECT * FROM batches WHERE id = $1", &[(&id, Type::INT8)])?
        .as_ref()
        .map(batch)
        .transpose()
}

pub(super) fn newest(session: &mut Session, limit: usize) -> Result<Vec<Batch>> {
    let rows = session.rows(
        "SELECT * FROM batches ORDER BY id DESC LIMIT $1",
        &[(&row::bounded(limit), Type::INT8)],
    )?;
    rows.iter().map(batch).collect()
}

pub(super) fn unfinished(session: &mut Session) -> Result<Vec<Batch>> {
    let rows = session.rows(
        "SELECT * FROM batches WHERE state IN ('queued', 'running') ORDER BY id",
        &[],
    )?;
    rows.iter().map(batch).collect()
}

pub(super) fn queue(session: &mut Session, id: i64, text_field: &str) -> Result<()> {
    let changed = session.execute(
        "UPDATE batches SET text_field = $2, state = 'queued' WHERE id = $1 AND state = 'staged'",
        &[(&id, Type::INT8), (&encode(text_field), Type::TEXT)],
    )?;
    refuse_unchanged(changed, id, "is not waiting for a column to be chosen")
}

pub(super) fn set_state(
    session: &mut Session,
    id: i64,
    state: BatchState,
    message: Option<&str>,
    now: i64,
) -> Result<bool> {
    let changed = session.execute(
        "UPDATE batches SET state = $2, message = $3, \
         started_at = CASE WHEN $2 = 'running' THEN coalesce(started_at, $4) ELSE started_at END, \
         ended_at = CASE WHEN $5 THEN $4 END \
         WHERE id = $1 AND state NOT IN ('done', 'cancelled', 'failed')",
        &[
            (&id, Type::INT8),
            (&state.name(), Type::TEXT),
            (&message.map(encode), Type::TEXT),
            (&now, Type::INT8),
            (&state.has_ended(), Type::BOOL),
        ],
    )?;
    Ok(changed == 1)
}

pub(super) fn add_chunk(session: &mut Session, id: i64, chunk: &Chunk) -> Result<()> {
    let changed = session.execute(
        "UPDATE batches SET position = $3, classified = classified + $4, bad = bad + $5, \
         total_rows = greatest(total_rows, $3) WHERE id = $1 AND position = $2 AND state = 'running'",
        &[
            (&id, Type::INT8),
            (&row::bounded(chunk.from), Type::INT8),
            (&row::bounded(chunk.to), Type::INT8),
            (&row::bounded(chunk.predictions.len()), Type::INT8),
            (&row::bounded(chunk.bad.len()), Type::INT8),
        ],
    )?;
    refuse_unchanged(changed, id, "is not running, or stands at another row")?;
    predictions::add(session, &chunk.predictions)?;
    if chunk.bad.is_empty() {
        return Ok(());
    }
    let rows: Vec<i64> = chunk.bad.iter().map(|bad| bad.row).collect();
    let lines: Vec<i64> = chunk.bad.iter().map(|bad| row::bounded(bad.line)).collect();
    let reasons: Vec<_> = chunk.bad.iter().map(|bad| encode(&bad.reason)).collect();
    session.execute(
        "INSERT INTO bad_rows (batch_id, row, line, reason) \
         SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::text[])",
        &[
            (&id, Type::INT8),
            (&rows, Type::INT8_ARRAY),
            (&lines, Type::INT8_ARRAY),
            (&reasons, Type::TEXT_ARRAY),
        ],
    )?;
    Ok(())
}

pub(super) fn bad_rows(session: &mut Session, id: i64, limit: usize) -> Result<Vec<BadRowEntry>> {
    let rows = session.rows(
        "SELECT row, line, reason FROM bad_rows WHERE batch_id = $1 ORDER BY row LIMIT $2",
        &[(&id, Type::INT8), (&row::bounded(limit), Type::INT8)],
    )?;
    let bad_row = |row| {
        Ok(BadRowEntry {
            row: row::value(row, "row")?,
            line: row::count(row, "line")?,
            reason: row::text(row, "reason")?,
        })
    };
    rows.iter().map(bad_row).collect()
}

pub(super) fn delete(session: &mut Session, id: i64) -> Result<()> {
    session.execute(
        "DELETE FROM bad_rows WHERE batch_id = $1 \
         AND batch_id IN (SELECT id FROM batches WHERE state NOT IN ('queued', 'running'))",
        &[(&id, Type::INT8)],
    )?;
    let changed = session.execute(
        "DELETE FROM batches WHERE id = $1 AND state NOT IN ('queued', 'running')",
        &[(&id, Type::INT8)],
    )?;
    refuse_unchanged(changed, id, "is not there, or has not ended yet")
}

fn refuse_unchanged(changed: u64, id: i64, why: &str) -> Result<()> {
    if changed == 1 {
        return Ok(());
    }
    Err(Error::Conflict(format!("batch {id} {why}")))
}

fn batch(row: &Row) -> Result<Batch> {
    Ok(Batch {
        id: row::value(row, "id")?,
        upload: NewBatch {
            name: row::text(row, "name")?,
            format: row::text(row, "format")?,
            file: row::text(row, "file")?,
            bytes: row::count(row, "bytes")?,
            total_rows: row::count(row, "total_rows")?,
            text_field: row::optional_text(row, "text_field")?,
        },
        state: BatchState::from_name(row::value(row, "state")?).unwrap_or(BatchState::Failed),
        position: row::count(row, "position")?,
        classified: row::count(row, "classified")?,
        bad: row::count(row, "bad")?,
        message: row::optional_text(row, "message")?,
        created_at: row::value(row, "created_at")?,
        started_at: row::value(row, "started_at")?,
        ended_at: row::value(row, "ended_at")?,
    })
}
