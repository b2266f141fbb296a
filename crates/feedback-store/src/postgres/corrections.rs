//! Corrections: the newest that stands is the one that counts, and none is ever forgotten.

use postgres::Row;
use postgres::types::{ToSql, Type};

use super::row;
use super::session::Session;
use super::text::encode;
use crate::store::{Correction, NewCorrection};
use crate::{Error, Result};

const SELECT: &str = "SELECT corrections.id, prediction_id, text, previous, corrections.label, corrections.at \
                      FROM corrections JOIN predictions ON predictions.id = prediction_id";
const STANDS: &str = "superseded_by IS NULL AND undone_at IS NULL";

pub(super) fn correct(session: &mut Session, new: &NewCorrection, now: i64) -> Result<Correction> {
    if let Some(key) = &new.idempotency_key
        && let Some(made) = one(session, "idempotency_key = $1", &encode(key), Type::TEXT)?
    {
        if made.prediction_id == new.prediction_id && made.label == new.label {
            return Ok(made);
        }
        return Err(Error::Conflict(
            "the idempotency key was used for another correction".into(),
        ));
    }
    let (prediction, label) = (new.prediction_id, encode(&new.label));
    let inserted = session.row(
        "INSERT INTO corrections (prediction_id, previous, label, at, idempotency_key) \
         SELECT id, coalesce(corrected, label), $2, $3, $4 FROM predictions WHERE id = $1 RETURNING id",
        &[
            (&prediction, Type::INT8),
            (&label, Type::TEXT),
            (&now, Type::INT8),
            (&new.idempotency_key.as_deref().map(encode), Type::TEXT),
        ],
    )?;
    let Some(inserted) = inserted else {
        return Err(unknown(prediction));
    };
    let id: i64 = row::value(&inserted, "id")?;
    session.execute(
        &format!(
            "UPDATE corrections SET superseded_by = $1 WHERE prediction_id = $2 AND id < $1 AND {STANDS}"
        ),
        &[(&id, Type::INT8), (&prediction, Type::INT8)],
    )?;
    set_corrected(session, prediction)?;
    one(session, "corrections.id = $1", &id, Type::INT8)?.ok_or_else(|| unknown(prediction))
}

pub(super) fn undo(session: &mut Session, prediction_id: i64, now: i64) -> Result<bool> {
    let undone = session.row(
        &format!("UPDATE corrections SET undone_at = $2 WHERE prediction_id = $1 AND {STANDS} RETURNING id"),
        &[(&prediction_id, Type::INT8), (&now, Type::INT8)],
    )?;
    let Some(undone) = undone else {
        return Ok(false);
    };
    let id: i64 = row::value(&undone, "id")?;
    session.execute(
        "UPDATE corrections SET superseded_by = NULL WHERE superseded_by = $1",
        &[(&id, Type::INT8)],
    )?;
    set_corrected(session, prediction_id)?;
    Ok(true)
}

pub(super) fn list(session: &mut Session, after: i64, limit: usize) -> Result<Vec<Correction>> {
    session
        .rows(
            &format!("{SELECT} WHERE corrections.id > $1 AND {STANDS} ORDER BY corrections.id LIMIT $2"),
            &[(&after, Type::INT8), (&row::bounded(limit), Type::INT8)],
        )?
        .iter()
        .map(correction)
        .collect()
}

/// The one that stands is the prediction's label from now on.
fn set_corrected(session: &mut Session, prediction_id: i64) -> Result<()> {
    session.execute(
        &format!(
            "UPDATE predictions SET corrected = \
             (SELECT label FROM corrections WHERE prediction_id = $1 AND {STANDS}) WHERE id = $1"
        ),
        &[(&prediction_id, Type::INT8)],
    )?;
    Ok(())
}

fn one(
    session: &mut Session,
    condition: &str,
    value: &(dyn ToSql + Sync),
    kind: Type,
) -> Result<Option<Correction>> {
    session
        .row(&format!("{SELECT} WHERE {condition}"), &[(value, kind)])?
        .as_ref()
        .map(correction)
        .transpose()
}

fn unknown(prediction_id: i64) -> Error {
    Error::NotFound {
        what: "prediction",
        id: prediction_id.to_string(),
    }
}

fn correction(row: &Row) -> Result<Correction> {
    Ok(Correction {
        id: row::value(row, "id")?,
        prediction_id: row::value(row, "prediction_id")?,
        text: row::text(row, "text")?,
        previous: row::text(row, "previous")?,
        label: row::text(row, "label")?,
        at: row::value(row, "at")?,
    })
}
