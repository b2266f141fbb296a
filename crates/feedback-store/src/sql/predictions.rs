//! The table of predictions.

use std::collections::HashSet;

use super::database::{Database, Row, Value, value};
use super::filter::condition;
use super::labels;
use crate::error::Result;
use crate::fields::Fields;
use crate::predictions::{Cursor, Filter, ModelAnswer, NewPrediction, Score, StoredPrediction};

const COLUMNS: &str = "id, at, text, source, label, confidence, abstained, truncated, scores, model, batch_id, batch_row, \
                       corrected, fields, undated, margin, labels, corrected_labels, answers, unfamiliarity";

pub(crate) fn get(database: &mut dyn Database, id: i64) -> Result<Option<StoredPrediction>> {
    Ok(select(database, "WHERE id = $1", &[id.into()])?.pop())
}

pub(crate) fn history(
    database: &mut dyn Database,
    filter: &Filter,
    cursor: Cursor,
) -> Result<Vec<StoredPrediction>> {
    let (condition, mut values) = condition(filter, database.dialect());
    values.extend([cursor.before.into(), cursor.limit.into()]);
    let (before, limit) = (values.len() - 1, values.len());
    let rest = format!("{condition} AND id < ${before} ORDER BY id DESC LIMIT ${limit}");
    select(database, &rest, &values)
}

/// Returns the predictions after an id, in ascending order.
pub(crate) fn after(database: &mut dyn Database, id: i64, limit: usize) -> Result<Vec<StoredPrediction>> {
    select(
        database,
        "WHERE id > $1 ORDER BY id LIMIT $2",
        &[id.into(), limit.into()],
    )
}

pub(crate) fn ids(database: &mut dyn Database, filter: &Filter, limit: usize) -> Result<Vec<i64>> {
    let (condition, mut values) = condition(filter, database.dialect());
    values.push(limit.into());
    let sql = format!(
        "SELECT id FROM predictions {condition} ORDER BY id DESC LIMIT ${}",
        values.len()
    );
    database.rows(&sql, &values, |row| value(row, "id"))
}

pub(crate) fn texts(database: &mut dyn Database, after: i64, limit: usize) -> Result<Vec<(i64, String)>> {
    let sql = "SELECT id, text FROM predictions WHERE id > $1 ORDER BY id LIMIT $2";
    database.rows(sql, &[after.into(), limit.into()], |row| {
        Ok((value(row, "id")?, value(row, "text")?))
    })
}

pub(crate) fn count(database: &mut dyn Database, filter: &Filter) -> Result<u64> {
    let (condition, values) = condition(filter, database.dialect());
    let sql = format!("SELECT count(*) AS count FROM predictions {condition}");
    let found = database.row(&sql, &values, |row| value(row, "count"))?;
    Ok(found.unwrap_or_default())
}

/// Returns the fields of the newest predictions that pass the filter.
pub(crate) fn newest_fields(
    database: &mut dyn Database,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Fields>> {
    let (condition, mut values) = condition(filter, database.dialect());
    values.push(limit.into());
    let sql = format!(
        "SELECT fields FROM predictions {condition} ORDER BY id DESC LIMIT ${}",
        values.len()
    );
    database.rows(&sql, &values, fields)
}

/// Returns the different sources. They are sorted here, because databases sort in different ways.
pub(crate) fn sources(database: &mut dyn Database) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT source FROM predictions";
    let mut found: Vec<String> = database.rows(sql, &[], |row| value(row, "source"))?;
    found.sort_unstable();
    Ok(found)
}

/// Returns uncorrected predictions, least certain first, and duplicates only once. Reads only `4 * limit` rows, so it may
/// return fewer than `limit` predictions if there are many duplicates.
pub(crate) fn review(
    database: &mut dyn Database,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<StoredPrediction>> {
    let (condition, mut values) = condition(filter, database.dialect());
    values.push(limit.saturating_mul(4).into());
    let rest = format!(
        "AS one {condition} AND corrected IS NULL \
         AND NOT EXISTS (SELECT 1 FROM predictions AS other \
                         WHERE other.fingerprint = one.fingerprint AND other.corrected IS NOT NULL) \
         ORDER BY margin, id LIMIT ${}",
        values.len()
    );
    let mut rows = select(database, &rest, &values)?;
    let mut seen = HashSet::new();
    rows.retain(|row| seen.insert(row.prediction.fingerprint()));
    rows.truncate(limit);
    Ok(rows)
}

/// Returns the predictions of one batch in the order of its rows, starting at row `from`.
pub(crate) fn of_batch(
    database: &mut dyn Database,
    batch: i64,
    from: i64,
    limit: usize,
) -> Result<Vec<StoredPrediction>> {
    select(
        database,
        "WHERE batch_id = $1 AND batch_row >= $2 ORDER BY batch_row LIMIT $3",
        &[batch.into(), from.into(), limit.into()],
    )
}

/// Returns the scores as JSON, as they are stored in the column `scores`.
pub(crate) fn scores_json(scores: &[Score]) -> String {
    let scores: Vec<(&str, f64)> = scores
        .iter()
        .map(|score| (score.label.as_str(), score.score))
        .collect();
    // Pairs of a string and a number always serialise.
    serde_json::to_string(&scores).unwrap_or_default()
}

/// Returns the answers as JSON, as they are stored in the column `answers`; `None` if there are none.
pub(crate) fn answers_json(answers: &[ModelAnswer]) -> Option<String> {
    // Texts and numbers always serialise.
    (!answers.is_empty()).then(|| serde_json::to_string(answers).unwrap_or_default())
}

pub(crate) fn answers(row: &dyn Row) -> Result<Vec<ModelAnswer>> {
    let json: Option<String> = value(row, "answers")?;
    // Answers that cannot be parsed should not hide the prediction.
    Ok(json
        .and_then(|json| serde_json::from_str(&json).ok())
        .unwrap_or_default())
}

/// Returns the fields as JSON, as they are stored in the column `fields`; `None` if there are none.
pub(crate) fn fields_json(new: &NewPrediction) -> Option<String> {
    (!new.fields.is_empty()).then(|| json_of(&new.fields))
}

pub(crate) fn json_of(fields: &Fields) -> String {
    // JSON that was parsed always serialises.
    serde_json::to_string(fields).unwrap_or_default()
}

pub(crate) fn fields(row: &dyn Row) -> Result<Fields> {
    let json: Option<String> = value(row, "fields")?;
    // Fields that cannot be parsed should not hide the prediction.
    Ok(json
        .and_then(|json| serde_json::from_str(&json).ok())
        .unwrap_or_default())
}

fn select(database: &mut dyn Database, rest: &str, values: &[Value<'_>]) -> Result<Vec<StoredPrediction>> {
    database.rows(
        &format!("SELECT {COLUMNS} FROM predictions {rest}"),
        values,
        stored,
    )
}

fn stored(row: &dyn Row) -> Result<StoredPrediction> {
    let scores: String = value(row, "scores")?;
    // Scores that cannot be parsed should not hide the prediction.
    let scores: Vec<(String, f64)> = serde_json::from_str(&scores).unwrap_or_default();
    let batch: Option<i64> = value(row, "batch_id")?;
    let batch_row: Option<i64> = value(row, "batch_row")?;
    Ok(StoredPrediction {
        id: value(row, "id")?,
        prediction: NewPrediction {
            at: value(row, "at")?,
            undated: value(row, "undated")?,
            text: value(row, "text")?,
            source: value(row, "source")?,
            labels: labels::read(row, "label", "labels")?,
            confidence: value(row, "confidence")?,
            margin: value(row, "margin")?,
            abstained: value(row, "abstained")?,
            truncated: value(row, "truncated")?,
            unfamiliarity: value(row, "unfamiliarity")?,
            scores: scores
                .into_iter()
                .map(|(label, score)| Score { label, score })
                .collect(),
            answers: answers(row)?,
            model: value(row, "model")?,
            batch: batch.zip(batch_row),
            fields: fields(row)?,
        },
        corrected: labels::read_optional(row, "corrected", "corrected_labels")?,
    })
}
