//! Corrections. All of them are kept; the newest one that was not undone is current.

use super::columns::note_change;
use super::database::{Database, Row, Value, value};
use super::labels::{self, SHOWN, SHOWN_LIST};
use crate::corrections::{Correction, NewCorrection, Opinion};
use crate::error::{Conflict, Error, Result};

const SELECT: &str = "SELECT corrections.id AS id, prediction_id, text, previous, previous_labels, corrections.label AS label, \
                      corrections.labels AS labels, \
                      corrections.at AS at, corrections.actor AS actor FROM corrections JOIN predictions ON predictions.id = prediction_id";
const IS_CURRENT: &str = "superseded_by IS NULL AND undone_at IS NULL";

pub(crate) fn correct(database: &mut dyn Database, new: &NewCorrection, now: i64) -> Result<Correction> {
    if let Some(key) = &new.idempotency_key
        && let Some(made) = find(database, "idempotency_key = $1", key.into())?
    {
        if made.prediction_id == new.prediction_id && made.labels == new.labels {
            return Ok(made);
        }
        return Err(Conflict::IdempotencyKeyReused.into());
    }
    let unknown = || Error::NotFound {
        what: "prediction",
        id: new.prediction_id.to_string(),
    };
    let list = labels::list(&new.labels);
    let id: i64 = database
        .row(
            &format!(
                "INSERT INTO corrections (prediction_id, previous, previous_labels, label, labels, at, idempotency_key, actor, \
                 settles) SELECT id, {SHOWN}, {SHOWN_LIST}, $2, $3, $4, $5, $6, $7 FROM predictions WHERE id = $1 RETURNING id"
            ),
            &[
                new.prediction_id.into(),
                labels::first(&new.labels).into(),
                Value::Json(list.map(Into::into)),
                now.into(),
                new.idempotency_key.as_deref().into(),
                (&new.actor).into(),
                new.settles.into(),
            ],
            |row| value(row, "id"),
        )?
        .ok_or_else(unknown)?;
    database.execute(
        &format!(
            "UPDATE corrections SET superseded_by = $1 WHERE prediction_id = $2 AND id < $1 AND {IS_CURRENT}"
        ),
        &[id.into(), new.prediction_id.into()],
    )?;
    set_corrected(database, new.prediction_id)?;
    find(database, "corrections.id = $1", id.into())?.ok_or_else(unknown)
}

pub(crate) fn undo(database: &mut dyn Database, prediction_id: i64, now: i64) -> Result<bool> {
    let undone: Option<i64> = database.row(
        &format!(
            "UPDATE corrections SET undone_at = $2 WHERE prediction_id = $1 AND {IS_CURRENT} RETURNING id"
        ),
        &[prediction_id.into(), now.into()],
        |row| value(row, "id"),
    )?;
    let Some(id) = undone else {
        return Ok(false);
    };
    database.execute(
        "UPDATE corrections SET superseded_by = NULL WHERE superseded_by = $1",
        &[id.into()],
    )?;
    set_corrected(database, prediction_id)?;
    Ok(true)
}

pub(crate) fn undo_by_id(database: &mut dyn Database, id: i64, now: i64) -> Result<Option<i64>> {
    let found: Option<(i64, bool)> = database.row(
        "SELECT prediction_id, \
         CAST(CASE WHEN superseded_by IS NULL AND undone_at IS NULL THEN 1 ELSE 0 END AS BIGINT) AS is_current \
         FROM corrections WHERE id = $1",
        &[id.into()],
        |row| Ok((value(row, "prediction_id")?, value(row, "is_current")?)),
    )?;
    match found {
        None => Ok(None),
        Some((_, false)) => Err(Conflict::CorrectionNotCurrent(id).into()),
        Some((prediction_id, true)) => {
            undo(database, prediction_id, now)?;
            Ok(Some(prediction_id))
        }
    }
}

pub(crate) fn retract(database: &mut dyn Database, ids: &[i64], now: i64) -> Result<Vec<i64>> {
    let mut changed = Vec::new();
    for &id in ids {
        let retracted: Option<(i64, Option<i64>)> = database.row(
            "UPDATE corrections SET undone_at = $2 WHERE id = $1 AND undone_at IS NULL RETURNING prediction_id, superseded_by",
            &[id.into(), now.into()],
            |row| Ok((value(row, "prediction_id")?, value(row, "superseded_by")?)),
        )?;
        let Some((prediction_id, newer)) = retracted else {
            continue;
        };
        // What this one superseded is superseded by the newer one, or current again.
        database.execute(
            "UPDATE corrections SET superseded_by = $2 WHERE superseded_by = $1",
            &[id.into(), newer.map_or(Value::NoInteger, Value::Integer)],
        )?;
        if newer.is_none() {
            set_corrected(database, prediction_id)?;
            changed.push(prediction_id);
        }
    }
    Ok(changed)
}

pub(crate) fn list(database: &mut dyn Database, after: i64, limit: usize) -> Result<Vec<Correction>> {
    database.rows(
        &format!("{SELECT} WHERE corrections.id > $1 AND {IS_CURRENT} ORDER BY corrections.id LIMIT $2"),
        &[after.into(), limit.into()],
        correction,
    )
}

/// Sets the corrected labels of a prediction to the labels of its current correction, if any.
fn set_corrected(database: &mut dyn Database, prediction_id: i64) -> Result<()> {
    database.execute(
        &format!(
            "UPDATE predictions SET \
             corrected = (SELECT label FROM corrections WHERE prediction_id = $1 AND {IS_CURRENT}), \
             corrected_labels = (SELECT labels FROM corrections WHERE prediction_id = $1 AND {IS_CURRENT}) WHERE id = $1"
        ),
        &[prediction_id.into()],
    )?;
    note_change(database, prediction_id)
}

fn find(database: &mut dyn Database, condition: &str, with: Value<'_>) -> Result<Option<Correction>> {
    database.row(&format!("{SELECT} WHERE {condition}"), &[with], correction)
}

fn correction(row: &dyn Row) -> Result<Correction> {
    Ok(Correction {
        id: value(row, "id")?,
        prediction_id: value(row, "prediction_id")?,
        text: value(row, "text")?,
        previous: labels::read(row, "previous", "previous_labels")?,
        labels: labels::read(row, "label", "labels")?,
        at: value(row, "at")?,
        actor: value(row, "actor")?,
    })
}

pub(crate) fn opinions(database: &mut dyn Database, limit: usize) -> Result<Vec<Opinion>> {
    let sql = "SELECT id, prediction_id, actor, label, labels, settles FROM corrections \
               WHERE undone_at IS NULL AND prediction_id IN ( \
               SELECT prediction_id FROM corrections WHERE undone_at IS NULL \
               GROUP BY prediction_id HAVING count(DISTINCT actor) > 1 ORDER BY prediction_id DESC LIMIT $1) ORDER BY id";
    database.rows(sql, &[limit.into()], |row| {
        Ok(Opinion {
            correction_id: value(row, "id")?,
            prediction_id: value(row, "prediction_id")?,
            actor: value(row, "actor")?,
            labels: labels::read(row, "label", "labels")?,
            settles: value(row, "settles")?,
        })
    })
}

pub(crate) fn labelled_by_others(database: &mut dyn Database, actor: &str, limit: usize) -> Result<Vec<i64>> {
    let sql = format!(
        "SELECT prediction_id AS id FROM corrections AS one WHERE {IS_CURRENT} AND actor <> $1 \
         AND NOT EXISTS (SELECT 1 FROM corrections AS other WHERE other.prediction_id = one.prediction_id \
                         AND other.undone_at IS NULL AND other.actor = $1) \
         ORDER BY prediction_id DESC LIMIT $2"
    );
    database.rows(&sql, &[actor.into(), limit.into()], |row| value(row, "id"))
}
