//! Checks the database for damage.

use super::session::Session;
use crate::error::{Error, Result};
use crate::sql::database::value;

/// Data that is stored twice must agree. Each query finds the first contradiction. A batch may have fewer results than it
/// counts, because some may have been erased.
const CONTRADICTIONS: &[&str] = &[
    "SELECT 'batch ' || id || ' counts ' || classified || ' results but has ' || stored AS problem FROM \
     (SELECT id, classified, (SELECT count(*) FROM predictions WHERE batch_id = batches.id) AS stored FROM batches) AS counts \
     WHERE classified < stored ORDER BY id LIMIT 1",
    "SELECT 'batch ' || id || ' counts ' || bad || ' bad rows but has ' || stored AS problem FROM \
     (SELECT id, bad, (SELECT count(*) FROM bad_rows WHERE batch_id = batches.id) AS stored FROM batches) AS counts \
     WHERE bad <> stored ORDER BY id LIMIT 1",
    "SELECT 'prediction ' || predictions.id || ' and its correction have different labels' AS problem \
     FROM predictions LEFT JOIN corrections \
     ON prediction_id = predictions.id AND superseded_by IS NULL AND undone_at IS NULL \
     WHERE corrected IS DISTINCT FROM corrections.label OR corrected_labels IS DISTINCT FROM corrections.labels \
     ORDER BY predictions.id LIMIT 1",
];

/// Returns the first problem, if any.
pub(super) fn first_problem(session: &mut Session) -> Result<Option<String>> {
    if let Some(problem) = unreadable(session)? {
        return Ok(Some(problem));
    }
    for query in CONTRADICTIONS {
        if let Some(row) = session.row(query, &[])? {
            return value(&row, "problem").map(Some);
        }
    }
    Ok(None)
}

/// Reads every value of every table, so that Postgres notices damaged pages. Returns the first problem, if any.
fn unreadable(session: &mut Session) -> Result<Option<String>> {
    let tables = session.rows(
        "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename",
        &[],
    )?;
    for table in tables {
        let table: String = value(&table, "name")?;
        match session.row(&format!("SELECT count(whole::text) FROM {table} AS whole"), &[]) {
            Ok(_) => {}
            // `data_corrupted` and `index_corrupted`
            Err(Error::Postgres { code, reason }) if code == "XX001" || code == "XX002" => {
                return Ok(Some(format!("table {table}: {reason}")));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
