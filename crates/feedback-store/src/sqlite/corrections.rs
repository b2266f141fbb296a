//! Corrections: the newest that stands is the one that counts, and none is ever forgotten.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::store::{Correction, NewCorrection};
use crate::{Error, Result};

const COLUMNS: &str = "corrections.id, prediction_id, text, previous, corrections.label, corrections.at";
const FROM: &str = "corrections JOIN predictions ON predictions.id = prediction_id";

pub(super) fn correct(connection: &Connection, new: &NewCorrection, now: i64) -> Result<Correction> {
    if let Some(key) = &new.idempotency_key
        && let Some(made) = made_before(connection, key)?
    {
        if made.prediction_id == new.prediction_id && made.label == new.label {
            return Ok(made);
        }
        return Err(Error::Conflict(
            "the idempotency key was used for another correction".into(),
        ));
    }
    let previous: Option<String> = connection
        .query_row(
            "SELECT coalesce(corrected, label) FROM predictions WHERE id = ?1",
            [new.prediction_id],
            |row| row.get(0),
        )
        .optional()?;
    let previous = previous.ok_or_else(|| Error::NotFound {
        what: "prediction",
        id: new.prediction_id.to_string(),
    })?;
    connection.execute(
        "INSERT INTO corrections (prediction_id, previous, label, at, idempotency_key) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![new.prediction_id, previous, new.label, now, new.idempotency_key],
    )?;
    let id = connection.last_insert_rowid();
    connection.execute(
        "UPDATE corrections SET superseded_by = ?1 WHERE prediction_id = ?2 AND id < ?1 AND superseded_by IS NULL \
         AND undone_at IS NULL",
        [id, new.prediction_id],
    )?;
    set_corrected(connection, new.prediction_id, Some(&new.label))?;
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE corrections.id = ?1");
    Ok(connection.query_row(&sql, [id], correction)?)
}

pub(super) fn undo(connection: &Connection, prediction_id: i64, now: i64) -> Result<bool> {
    let standing: Option<i64> = connection
        .query_row(
            "SELECT id FROM corrections WHERE prediction_id = ?1 AND undone_at IS NULL AND superseded_by IS NULL",
            [prediction_id],
            |row| row.get(0),
        )
        .optional()?;
    let Some(id) = standing else {
        return Ok(false);
    };
    connection.execute("UPDATE corrections SET undone_at = ?2 WHERE id = ?1", [id, now])?;
    connection.execute(
        "UPDATE corrections SET superseded_by = NULL WHERE superseded_by = ?1",
        [id],
    )?;
    let before: Option<String> = connection
        .query_row(
            "SELECT label FROM corrections WHERE prediction_id = ?1 AND undone_at IS NULL AND superseded_by IS NULL",
            [prediction_id],
            |row| row.get(0),
        )
        .optional()?;
    set_corrected(connection, prediction_id, before.as_deref())?;
    Ok(true)
}

pub(super) fn list(connection: &Connection, after: i64, limit: usize) -> Result<Vec<Correction>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE corrections.id > ?1 AND superseded_by IS NULL AND undone_at IS NULL \
         ORDER BY corrections.id LIMIT {limit}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([after], correction)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn made_before(connection: &Connection, key: &str) -> Result<Option<Correction>> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE idempotency_key = ?1");
    Ok(connection.query_row(&sql, [key], correction).optional()?)
}

fn set_corrected(connection: &Connection, prediction_id: i64, label: Option<&str>) -> Result<()> {
    connection.execute(
        "UPDATE predictions SET corrected = ?2 WHERE id = ?1",
        params![prediction_id, label],
    )?;
    Ok(())
}

fn correction(row: &Row<'_>) -> rusqlite::Result<Correction> {
    Ok(Correction {
        id: row.get(0)?,
        prediction_id: row.get(1)?,
        text: row.get(2)?,
        previous: row.get(3)?,
        label: row.get(4)?,
        at: row.get(5)?,
    })
}
