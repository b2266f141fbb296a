//! What the columns in memory are filled from, and what has changed since.

use super::database::{Database, Row, Value, value};
use super::labels;
use super::predictions::{answers, fields};
use crate::error::Result;
use crate::fields::Fields;
use crate::signature::Signature;

/// What the columns need of a prediction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowColumns {
    pub(crate) id: i64,
    pub(crate) at: i64,
    pub(crate) undated: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) corrected: Option<Vec<String>>,
    pub(crate) source: String,
    pub(crate) model: String,
    pub(crate) confidence: f64,
    pub(crate) abstained: Option<bool>,
    pub(crate) unfamiliarity: Option<f64>,
    pub(crate) fields: Fields,
    /// Questions, and the labels that answer them.
    pub(crate) answers: Vec<(String, String)>,
    pub(crate) fingerprint: i64,
    pub(crate) signature: Signature,
}

const SELECT: &str = "SELECT id, at, undated, label, labels, corrected, corrected_labels, source, model, confidence, abstained, \
                      unfamiliarity, fields, answers, fingerprint, text FROM predictions";
/// Changes before the newest of this number are forgotten. A store that has not taken them over reads all rows again.
const KEPT_CHANGES: i64 = 200_000;

/// Notes that a prediction changed or was removed.
pub(crate) fn note_change(database: &mut dyn Database, prediction: i64) -> Result<()> {
    database.execute(
        "INSERT INTO prediction_changes (prediction_id) VALUES ($1)",
        &[prediction.into()],
    )?;
    Ok(())
}

/// Removes old changes.
pub(crate) fn forget_changes(database: &mut dyn Database) -> Result<()> {
    let before = last_change(database)? - KEPT_CHANGES;
    database.execute(
        "DELETE FROM prediction_changes WHERE number <= $1",
        &[before.into()],
    )?;
    Ok(())
}

/// The number of the newest change; 0 if there is none.
pub(crate) fn last_change(database: &mut dyn Database) -> Result<i64> {
    Ok(end(database, "max")?.unwrap_or(0))
}

/// The number of the oldest change that is kept.
pub(crate) fn first_change(database: &mut dyn Database) -> Result<Option<i64>> {
    end(database, "min")
}

fn end(database: &mut dyn Database, which: &str) -> Result<Option<i64>> {
    let sql = format!("SELECT {which}(number) AS number FROM prediction_changes");
    let found: Option<Option<i64>> = database.row(&sql, &[], |row| value(row, "number"))?;
    Ok(found.flatten())
}

/// The changes after a number: their numbers, and the ids of the predictions.
pub(crate) fn changes(database: &mut dyn Database, after: i64) -> Result<Vec<(i64, i64)>> {
    let sql = "SELECT number, prediction_id FROM prediction_changes WHERE number > $1 ORDER BY number";
    database.rows(sql, &[after.into()], |row| {
        Ok((value(row, "number")?, value(row, "prediction_id")?))
    })
}

/// The ids of predictions after an id.
pub(crate) fn ids_after(database: &mut dyn Database, id: i64) -> Result<Vec<i64>> {
    let sql = "SELECT id FROM predictions WHERE id > $1 ORDER BY id";
    database.rows(sql, &[id.into()], |row| value(row, "id"))
}

/// Up to `limit` rows after an id, in ascending order.
pub(crate) fn rows_after(database: &mut dyn Database, id: i64, limit: usize) -> Result<Vec<RowColumns>> {
    let sql = format!("{SELECT} WHERE id > $1 ORDER BY id LIMIT $2");
    database.rows(&sql, &[id.into(), limit.into()], row_columns)
}

/// The rows with these ids that exist.
pub(crate) fn rows_of(database: &mut dyn Database, ids: &[i64]) -> Result<Vec<RowColumns>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // A list of numbers always serialises.
    let list = serde_json::to_string(ids).unwrap_or_default();
    let sql = format!(
        "{SELECT} WHERE id {} ORDER BY id",
        database.dialect().number_in.replace('?', "$1")
    );
    database.rows(&sql, &[Value::ReadJson(list)], row_columns)
}

fn row_columns(row: &dyn Row) -> Result<RowColumns> {
    Ok(RowColumns {
        id: value(row, "id")?,
        at: value(row, "at")?,
        undated: value(row, "undated")?,
        labels: labels::read(row, "label", "labels")?,
        corrected: labels::read_optional(row, "corrected", "corrected_labels")?,
        source: value(row, "source")?,
        model: value(row, "model")?,
        confidence: value(row, "confidence")?,
        abstained: value(row, "abstained")?,
        unfamiliarity: value(row, "unfamiliarity")?,
        fields: fields(row)?,
        answers: answers(row)?
            .into_iter()
            .map(|answer| (answer.question, answer.label))
            .collect(),
        fingerprint: value(row, "fingerprint")?,
        signature: Signature::of(&value::<String>(row, "text")?),
    })
}
