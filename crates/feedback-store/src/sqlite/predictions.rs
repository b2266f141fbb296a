//! The table of predictions.

use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter, types::Value};

use super::filter::condition;
use crate::Result;
use crate::store::{Cursor, Filter, NewPrediction, StoredPrediction};

const COLUMNS: &str = "id, at, text, source, label, confidence, abstained, truncated, scores, model, batch_id, batch_row, \
                       corrected";

pub(super) fn add(connection: &Connection, new: &NewPrediction) -> Result<i64> {
    let margin = match new.scores.as_slice() {
        [first, second, ..] => first.score - second.score,
        _ => 1.0,
    };
    let scores: Vec<(&str, f64)> = new
        .scores
        .iter()
        .map(|score| (score.label.as_str(), score.score))
        .collect();
    let scores = serde_json::to_string(&scores).unwrap_or_default();
    let mut statement = connection.prepare_cached(
        "INSERT INTO predictions (at, text, fingerprint, source, label, confidence, margin, abstained, truncated, scores, \
         model, batch_id, batch_row) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    Ok(statement.insert(params![
        new.at,
        new.text,
        feedback_dataset::fingerprint(&new.text).cast_signed(),
        new.source,
        new.label,
        new.confidence,
        margin,
        new.abstained,
        new.truncated,
        scores,
        new.model,
        new.batch.map(|(batch, _)| batch),
        new.batch.map(|(_, row)| row),
    ])?)
}

pub(super) fn get(connection: &Connection, id: i64) -> Result<Option<StoredPrediction>> {
    let sql = format!("SELECT {COLUMNS} FROM predictions WHERE id = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], stored)
        .optional()?)
}

pub(super) fn history(
    connection: &Connection,
    filter: &Filter,
    cursor: Cursor,
) -> Result<Vec<StoredPrediction>> {
    let (condition, mut values) = condition(filter);
    values.push(Value::Integer(cursor.before));
    let before = values.len();
    let sql = format!(
        "SELECT {COLUMNS} FROM predictions {condition} AND id < ?{before} ORDER BY id DESC LIMIT {}",
        cursor.limit
    );
    select(connection, &sql, values)
}

pub(super) fn count(connection: &Connection, filter: &Filter) -> Result<u64> {
    let (condition, values) = condition(filter);
    let sql = format!("SELECT count(*) FROM predictions {condition}");
    Ok(connection.query_row(&sql, params_from_iter(values), |row| row.get(0))?)
}

/// Looks at the closest calls only, and shows a text once, however often it stands.
pub(super) fn review(connection: &Connection, limit: usize) -> Result<Vec<StoredPrediction>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM predictions AS one WHERE corrected IS NULL \
         AND NOT EXISTS (SELECT 1 FROM predictions AS other \
                         WHERE other.fingerprint = one.fingerprint AND other.corrected IS NOT NULL) \
         ORDER BY margin, id LIMIT {}",
        limit.saturating_mul(4)
    );
    let mut seen = std::collections::HashSet::new();
    let mut rows = select(connection, &sql, Vec::new())?;
    rows.retain(|row| seen.insert(feedback_dataset::fingerprint(&row.prediction.text)));
    rows.truncate(limit);
    Ok(rows)
}

/// Runs a query that selects [`COLUMNS`].
pub(super) fn select(
    connection: &Connection,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<StoredPrediction>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params_from_iter(values), stored)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The rows of one batch from a row number on.
pub(super) fn of_batch(
    connection: &Connection,
    batch: i64,
    from: i64,
    limit: usize,
) -> Result<Vec<StoredPrediction>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM predictions WHERE batch_id = ?1 AND batch_row >= ?2 ORDER BY batch_row LIMIT {limit}"
    );
    select(
        connection,
        &sql,
        vec![Value::Integer(batch), Value::Integer(from)],
    )
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredPrediction> {
    let scores: String = row.get("scores")?;
    let scores: Vec<(String, f64)> = serde_json::from_str(&scores).unwrap_or_default();
    let batch: Option<i64> = row.get("batch_id")?;
    let batch_row: Option<i64> = row.get("batch_row")?;
    Ok(StoredPrediction {
        id: row.get("id")?,
        prediction: NewPrediction {
            at: row.get("at")?,
            text: row.get("text")?,
            source: row.get("source")?,
            label: row.get("label")?,
            confidence: row.get("confidence")?,
            abstained: row.get("abstained")?,
            truncated: row.get("truncated")?,
            scores: scores
                .into_iter()
                .map(|(label, score)| feedback_inference::Score { label, score })
                .collect(),
            model: row.get("model")?,
            batch: batch.zip(batch_row),
        },
        corrected: row.get("corrected")?,
    })
}
