//! The labels of the model beside those of people.

use std::collections::{BTreeSet, HashMap};

use super::database::{Database, Value, value};
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

/// Returns the rows in the order of their ids. The labels that people gave to equal texts are looked up in a second query: a join of both
/// reads the whole table in Postgres.
pub(crate) fn judged(database: &mut dyn Database, filter: &Filter) -> Result<Vec<Judged>> {
    let (condition, values) = condition(filter, database.dialect());
    let sql = format!(
        "SELECT id, fingerprint, label, labels, model, corrected, corrected_labels FROM predictions {condition} ORDER BY id"
    );
    let mut rows = database.rows(&sql, &values, |row| {
        let given = labels::read_optional(row, "corrected", "corrected_labels")?;
        Ok(Judged {
            id: value(row, "id")?,
            fingerprint: value(row, "fingerprint")?,
            predicted: labels::read(row, "label", "labels")?,
            given,
            model: value(row, "model")?,
        })
    })?;
    let open: BTreeSet<i64> = rows
        .iter()
        .filter(|row| row.given.is_none())
        .map(|row| row.fingerprint)
        .collect();
    let of_equal = given_to(database, &open)?;
    for row in rows.iter_mut().filter(|row| row.given.is_none()) {
        row.given = of_equal.get(&row.fingerprint).cloned();
    }
    Ok(rows)
}

/// Returns the labels that people gave to the texts with these fingerprints; of several such texts, to the one with the lowest id.
fn given_to(database: &mut dyn Database, fingerprints: &BTreeSet<i64>) -> Result<HashMap<i64, Vec<String>>> {
    if fingerprints.is_empty() {
        return Ok(HashMap::new());
    }
    // A list of numbers always serialises.
    let list = serde_json::to_string(fingerprints).unwrap_or_default();
    let is_one = database.dialect().number_in.replace('?', "$1");
    let sql = format!(
        "SELECT fingerprint, corrected, corrected_labels FROM predictions \
         WHERE corrected IS NOT NULL AND fingerprint {is_one} ORDER BY id"
    );
    let found = database.rows(&sql, &[Value::ReadJson(list)], |row| {
        Ok((
            value(row, "fingerprint")?,
            labels::read(row, "corrected", "corrected_labels")?,
        ))
    })?;
    let mut first = HashMap::new();
    for (fingerprint, labels) in found {
        first.entry(fingerprint).or_insert(labels);
    }
    Ok(first)
}
