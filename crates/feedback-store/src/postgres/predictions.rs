//! The table of predictions.

use postgres::Row;
use postgres::types::Type;

use super::filter::Condition;
use super::row;
use super::session::{Param, Session};
use super::text::encode;
use crate::Result;
use crate::store::{Cursor, Filter, NewPrediction, StoredPrediction};

const COLUMNS: &str = "id, at, text, source, label, confidence, abstained, truncated, scores, model, batch_id, batch_row, \
                       corrected";

/// Adds them all with one statement, column by column.
pub(super) fn add(session: &mut Session, new: &[NewPrediction]) -> Result<Vec<i64>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let rows = session.rows(
        "INSERT INTO predictions (at, text, fingerprint, source, label, confidence, margin, abstained, truncated, scores, \
         model, batch_id, batch_row) \
         SELECT at, text, fingerprint, source, label, confidence, margin, abstained, truncated, scores, model, batch_id, \
         batch_row \
         FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::float8[], $7::float8[], \
         $8::boolean[], $9::boolean[], $10::text[], $11::text[], $12::bigint[], $13::bigint[]) \
         WITH ORDINALITY AS new (at, text, fingerprint, source, label, confidence, margin, abstained, truncated, scores, \
         model, batch_id, batch_row, place) \
         ORDER BY place RETURNING id",
        &[
            (&column(new, |one| one.at), Type::INT8_ARRAY),
            (&column(new, |one| encode(&one.text)), Type::TEXT_ARRAY),
            (&column(new, fingerprint), Type::INT8_ARRAY),
            (&column(new, |one| encode(&one.source)), Type::TEXT_ARRAY),
            (&column(new, |one| encode(&one.label)), Type::TEXT_ARRAY),
            (&column(new, |one| one.confidence), Type::FLOAT8_ARRAY),
            (&column(new, margin), Type::FLOAT8_ARRAY),
            (&column(new, |one| one.abstained), Type::BOOL_ARRAY),
            (&column(new, |one| one.truncated), Type::BOOL_ARRAY),
            (&column(new, scores), Type::TEXT_ARRAY),
            (&column(new, |one| encode(&one.model)), Type::TEXT_ARRAY),
            (&column(new, |one| one.batch.map(|(batch, _)| batch)), Type::INT8_ARRAY),
            (&column(new, |one| one.batch.map(|(_, row)| row)), Type::INT8_ARRAY),
        ],
    )?;
    let mut ids: Vec<i64> = rows
        .iter()
        .map(|row| row::value(row, "id"))
        .collect::<Result<_>>()?;
    ids.sort_unstable(); // numbers were drawn in the order of the texts, and rows may be told in any
    Ok(ids)
}

pub(super) fn get(session: &mut Session, id: i64) -> Result<Option<StoredPrediction>> {
    session
        .row(
            &format!("SELECT {COLUMNS} FROM predictions WHERE id = $1"),
            &[(&id, Type::INT8)],
        )?
        .as_ref()
        .map(stored)
        .transpose()
}

pub(super) fn history(
    session: &mut Session,
    filter: &Filter,
    cursor: Cursor,
) -> Result<Vec<StoredPrediction>> {
    let condition = Condition::new(filter);
    let limit = row::bounded(cursor.limit);
    let mut params = condition.params();
    params.push((&cursor.before, Type::INT8));
    params.push((&limit, Type::INT8));
    let sql = format!(
        "SELECT {COLUMNS} FROM predictions {} AND id < ${} ORDER BY id DESC LIMIT ${}",
        condition.sql,
        params.len() - 1,
        params.len()
    );
    select(session, &sql, &params)
}

pub(super) fn count(session: &mut Session, filter: &Filter) -> Result<u64> {
    let condition = Condition::new(filter);
    let sql = format!("SELECT count(*) AS count FROM predictions {}", condition.sql);
    let found = session.row(&sql, &condition.params())?;
    found.map_or(Ok(0), |row| row::count(&row, "count"))
}

/// Looks at the closest calls only, and shows a text once, however often it stands.
pub(super) fn review(session: &mut Session, limit: usize) -> Result<Vec<StoredPrediction>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM predictions AS one WHERE corrected IS NULL \
         AND NOT EXISTS (SELECT 1 FROM predictions AS other \
                         WHERE other.fingerprint = one.fingerprint AND other.corrected IS NOT NULL) \
         ORDER BY margin, id LIMIT $1"
    );
    let mut seen = std::collections::HashSet::new();
    let mut rows = select(
        session,
        &sql,
        &[(&row::bounded(limit.saturating_mul(4)), Type::INT8)],
    )?;
    rows.retain(|row| seen.insert(feedback_dataset::fingerprint(&row.prediction.text)));
    rows.truncate(limit);
    Ok(rows)
}

/// The rows of one batch from a row number on.
pub(super) fn of_batch(
    session: &mut Session,
    batch: i64,
    from: i64,
    limit: usize,
) -> Result<Vec<StoredPrediction>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM predictions WHERE batch_id = $1 AND batch_row >= $2 ORDER BY batch_row LIMIT $3"
    );
    let limit = row::bounded(limit);
    select(
        session,
        &sql,
        &[(&batch, Type::INT8), (&from, Type::INT8), (&limit, Type::INT8)],
    )
}

/// Runs a query that selects [`COLUMNS`].
fn select(session: &mut Session, sql: &str, params: &[Param<'_>]) -> Result<Vec<StoredPrediction>> {
    session.rows(sql, params)?.iter().map(stored).collect()
}

fn column<'a, T>(new: &'a [NewPrediction], value: impl Fn(&'a NewPrediction) -> T) -> Vec<T> {
    new.iter().map(value).collect()
}

fn fingerprint(new: &NewPrediction) -> i64 {
    feedback_dataset::fingerprint(&new.text).cast_signed()
}

fn margin(new: &NewPrediction) -> f64 {
    match new.scores.as_slice() {
        [first, second, ..] => first.score - second.score,
        _ => 1.0,
    }
}

fn scores(new: &NewPrediction) -> String {
    let scores: Vec<(&str, f64)> = new
        .scores
        .iter()
        .map(|score| (score.label.as_str(), score.score))
        .collect();
    serde_json::to_string(&scores).unwrap_or_default()
}

fn stored(row: &Row) -> Result<StoredPrediction> {
    let scores: Vec<(String, f64)> = serde_json::from_str(row::value(row, "scores")?).unwrap_or_default();
    let batch: Option<i64> = row::value(row, "batch_id")?;
    let batch_row: Option<i64> = row::value(row, "batch_row")?;
    Ok(StoredPrediction {
        id: row::value(row, "id")?,
        prediction: NewPrediction {
            at: row::value(row, "at")?,
            text: row::text(row, "text")?,
            source: row::text(row, "source")?,
            label: row::text(row, "label")?,
            confidence: row::value(row, "confidence")?,
            abstained: row::value(row, "abstained")?,
            truncated: row::value(row, "truncated")?,
            scores: scores
                .into_iter()
                .map(|(label, score)| feedback_inference::Score { label, score })
                .collect(),
            model: row::text(row, "model")?,
            batch: batch.zip(batch_row),
        },
        corrected: row::optional_text(row, "corrected")?,
    })
}
