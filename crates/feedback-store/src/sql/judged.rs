//! The labels of the model beside those of people.

use super::database::{Database, value};
use super::filter::condition;
use super::labels;
use crate::error::Result;
use crate::predictions::{Filter, Judged, PredictedCount};

pub(crate) fn predicted(database: &mut dyn Database, filter: &Filter) -> Result<Vec<PredictedCount>> {
    let (condition, values) = condition(filter, database.dialect());
    let sql = format!(
        "SELECT label, labels, count(*) AS count FROM predictions {condition} \
         GROUP BY label, labels ORDER BY label, labels NULLS FIRST"
    );
    database.rows(&sql, &values, |row| {
        Ok(PredictedCount {
            labels: labels::read(row, "label", "labels")?,
            count: value(row, "count")?,
        })
    })
}

pub(crate) fn judged(database: &mut dyn Database, filter: &Filter) -> Result<Vec<Judged>> {
    let (condition, values) = condition(filter, database.dialect());
    // The chosen rows are found first: the condition names columns that a join would make ambiguous.
    let sql = format!(
        "SELECT one.id AS id, one.fingerprint AS fingerprint, one.label AS label, one.labels AS labels, \
         one.model AS model, CAST(CASE WHEN one.corrected IS NULL THEN 0 ELSE 1 END AS BIGINT) AS is_own, \
         source.corrected AS given, source.corrected_labels AS given_labels \
         FROM (SELECT id, fingerprint, label, labels, model, corrected FROM predictions {condition}) AS one \
         LEFT JOIN predictions AS source ON source.id = CASE WHEN one.corrected IS NOT NULL THEN one.id ELSE \
         (SELECT min(id) FROM predictions AS other \
          WHERE other.fingerprint = one.fingerprint AND other.corrected IS NOT NULL) END \
         ORDER BY one.id"
    );
    database.rows(&sql, &values, |row| {
        Ok(Judged {
            id: value(row, "id")?,
            fingerprint: value(row, "fingerprint")?,
            predicted: labels::read(row, "label", "labels")?,
            given: labels::read_optional(row, "given", "given_labels")?,
            is_own: value(row, "is_own")?,
            model: value(row, "model")?,
        })
    })
}
