//! Erasures.

use std::collections::HashSet;

use feedback_files::sha256_hex;

use super::columns::note_change;
use super::database::{Database, Dialect, Row, Value, value};
use super::filter::field_condition;
use super::predictions::{fields, json_of};
use super::{audit, cases};
use crate::erasures::{Erase, Erased, Erasure};
use crate::error::{Conflict, Result};

/// Maximum number of predictions in memory at a time.
const PAGE: u64 = 1000;

/// Returns the SQL condition that selects what to erase, and the values of its parameters, which are numbered from `$1`.
fn condition<'a>(what: &'a Erase, dialect: &Dialect) -> (String, Vec<Value<'a>>) {
    let (condition, value) = match what {
        Erase::Prediction(id) => ("id = $1", (*id).into()),
        Erase::Text(text) => ("text = $1", text.into()),
        Erase::Source(source) => ("source = $1", source.into()),
        Erase::Batch(id) => ("batch_id = $1", (*id).into()),
        Erase::Field(field) => {
            let mut values = Vec::new();
            return (
                field_condition(&field.clone().into(), dialect, &mut values),
                values,
            );
        }
        // Predictions of an unfinished batch are erased by age only after the batch has ended.
        Erase::Before(at) => (
            "at < $1 AND (batch_id IS NULL OR batch_id NOT IN \
             (SELECT busy.id FROM batches AS busy WHERE busy.state IN ('queued', 'running')))",
            (*at).into(),
        ),
    };
    (condition.to_owned(), vec![value])
}

pub(crate) fn erase(database: &mut dyn Database, what: &Erase, actor: &str, now: i64) -> Result<Erasure> {
    if let Some(batch) = busy_batch(database, what)? {
        return Err(Conflict::BatchNotEnded(batch).into());
    }
    let mut erasure = Erasure {
        id: 0,
        at: now,
        actor: actor.to_owned(),
        kind: what.kind().to_owned(),
        reference: what.reference(),
        predictions: 0,
        corrections: 0,
    };
    erasure.id = insert(database, &erasure)?;
    let mut gone = HashSet::new();
    if let Erase::Text(text) = what {
        // Also if no prediction has this text: it may be in files or in a backup.
        let (prediction, hash) = (0, sha256_hex(text));
        gone.insert(hash.clone());
        let erased = Erased {
            erasure: erasure.id,
            prediction,
            hash,
        };
        record(database, &erased)?;
    }
    remove_all(database, what, &mut erasure, &mut gone)?;
    clear_fields(database, &gone)?;
    database.execute(
        "UPDATE erasures SET predictions = $2, corrections = $3 WHERE id = $1",
        &[
            erasure.id.into(),
            erasure.predictions.into(),
            erasure.corrections.into(),
        ],
    )?;
    Ok(erasure)
}

/// Removes the predictions, and adds the hashes of their texts.
fn remove_all(
    database: &mut dyn Database,
    what: &Erase,
    erasure: &mut Erasure,
    gone: &mut HashSet<String>,
) -> Result<()> {
    let (condition, values) = condition(what, database.dialect());
    let n = values.len();
    let sql = format!(
        "SELECT id, text FROM predictions WHERE {condition} AND id > ${} ORDER BY id LIMIT ${}",
        n + 1,
        n + 2
    );
    let mut last = 0;
    loop {
        let mut values = values.clone();
        values.extend([last.into(), PAGE.into()]);
        let page = database.rows(&sql, &values, numbered_hash)?;
        let Some((newest, _)) = page.last() else { break };
        last = *newest;
        for (prediction, hash) in page {
            erasure.corrections += remove(database, prediction)?;
            erasure.predictions += 1;
            gone.insert(hash.clone());
            record(
                database,
                &Erased {
                    erasure: erasure.id,
                    prediction,
                    hash,
                },
            )?;
        }
    }
    Ok(())
}

/// Returns a batch that has not ended and has at least one of the predictions, if there is one.
fn busy_batch(database: &mut dyn Database, what: &Erase) -> Result<Option<i64>> {
    let (condition, with) = condition(what, database.dialect());
    let sql = format!(
        "SELECT id FROM batches WHERE state IN ('queued', 'running') \
         AND id IN (SELECT batch_id FROM predictions WHERE {condition}) LIMIT 1"
    );
    database.row(&sql, &with, |row| value(row, "id"))
}

pub(crate) fn batches_with(database: &mut dyn Database, what: &Erase) -> Result<Vec<i64>> {
    let (condition, with) = condition(what, database.dialect());
    let sql = format!(
        "SELECT DISTINCT batch_id AS id FROM predictions WHERE {condition} AND batch_id IS NOT NULL ORDER BY batch_id"
    );
    database.rows(&sql, &with, |row| value(row, "id"))
}

pub(crate) fn all(database: &mut dyn Database) -> Result<Vec<Erasure>> {
    database.rows("SELECT * FROM erasures ORDER BY id", &[], |row| {
        Ok(Erasure {
            id: value(row, "id")?,
            at: value(row, "at")?,
            actor: value(row, "actor")?,
            kind: value(row, "kind")?,
            reference: value(row, "reference")?,
            predictions: value(row, "predictions")?,
            corrections: value(row, "corrections")?,
        })
    })
}

pub(crate) fn erased(database: &mut dyn Database, after: i64) -> Result<Vec<Erased>> {
    database.rows(
        "SELECT erasure, prediction, hash FROM erased WHERE erasure > $1 ORDER BY erasure, prediction",
        &[after.into()],
        |row| {
            Ok(Erased {
                erasure: value(row, "erasure")?,
                prediction: value(row, "prediction")?,
                hash: value(row, "hash")?,
            })
        },
    )
}

pub(crate) fn repeat(database: &mut dyn Database, erasures: &[Erasure], erased: &[Erased]) -> Result<u64> {
    let by_text: HashSet<i64> = erasures
        .iter()
        .filter(|erasure| erasure.kind == "text")
        .map(|erasure| erasure.id)
        .collect();
    let texts: HashSet<&str> = erased
        .iter()
        .filter(|one| by_text.contains(&one.erasure))
        .map(|one| one.hash.as_str())
        .collect();
    let exact: HashSet<(i64, &str)> = erased
        .iter()
        .map(|one| (one.prediction, one.hash.as_str()))
        .collect();
    let (mut last, mut count) = (0, 0);
    loop {
        let page = database.rows(
            "SELECT id, text FROM predictions WHERE id > $1 ORDER BY id LIMIT $2",
            &[last.into(), PAGE.into()],
            numbered_hash,
        )?;
        let Some((newest, _)) = page.last() else { break };
        last = *newest;
        for (prediction, hash) in &page {
            if texts.contains(hash.as_str()) || exact.contains(&(*prediction, hash.as_str())) {
                remove(database, *prediction)?;
                count += 1;
            }
        }
    }
    clear_fields(database, &erased.iter().map(|one| one.hash.clone()).collect())?;
    let known: HashSet<(i64, i64)> = all(database)?.iter().map(|one| (one.id, one.at)).collect();
    for erasure in erasures.iter().filter(|one| !known.contains(&(one.id, one.at))) {
        let id = insert(database, erasure)?;
        for one in erased.iter().filter(|one| one.erasure == erasure.id) {
            record(
                database,
                &Erased {
                    erasure: id,
                    ..one.clone()
                },
            )?;
        }
    }
    Ok(count)
}

/// Removes texts with these hashes from notes, from the audit trail, and from the names and values of the fields of all records. If a table has no header, the texts of
/// its first row are field names; and a column may repeat a text.
fn clear_fields(database: &mut dyn Database, hashes: &HashSet<String>) -> Result<()> {
    if hashes.is_empty() {
        return Ok(());
    }
    cases::clear_notes(database, hashes)?;
    audit::clear(database, hashes)?;
    let is_erased = |text: &str| hashes.contains(&sha256_hex(text));
    let mut last = 0;
    loop {
        let page = database.rows(
            "SELECT id, fields FROM predictions WHERE fields IS NOT NULL AND id > $1 ORDER BY id LIMIT $2",
            &[last.into(), PAGE.into()],
            |row| Ok((value::<i64>(row, "id")?, fields(row)?)),
        )?;
        let Some((newest, _)) = page.last() else {
            return Ok(());
        };
        last = *newest;
        for (id, fields) in page {
            let Some(clean) = fields.without(&is_erased) else {
                continue;
            };
            let json = Value::ReadJson(json_of(&clean));
            database.execute(
                "UPDATE predictions SET fields = $2 WHERE id = $1",
                &[id.into(), json],
            )?;
            note_change(database, id)?;
        }
    }
}

fn insert(database: &mut dyn Database, erasure: &Erasure) -> Result<i64> {
    let id = database.row(
        "INSERT INTO erasures (at, actor, kind, reference, predictions, corrections) \
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        &[
            erasure.at.into(),
            (&erasure.actor).into(),
            (&erasure.kind).into(),
            (&erasure.reference).into(),
            erasure.predictions.into(),
            erasure.corrections.into(),
        ],
        |row| value(row, "id"),
    )?;
    Ok(id.unwrap_or_default())
}

fn record(database: &mut dyn Database, erased: &Erased) -> Result<()> {
    database.execute(
        "INSERT INTO erased (erasure, prediction, hash) VALUES ($1, $2, $3)",
        &[
            erased.erasure.into(),
            erased.prediction.into(),
            (&erased.hash).into(),
        ],
    )?;
    Ok(())
}

/// Removes a prediction, its case and its corrections. Returns the number of corrections.
fn remove(database: &mut dyn Database, prediction: i64) -> Result<u64> {
    cases::remove(database, prediction)?;
    let corrections = database.execute(
        "DELETE FROM corrections WHERE prediction_id = $1",
        &[prediction.into()],
    )?;
    database.execute("DELETE FROM predictions WHERE id = $1", &[prediction.into()])?;
    note_change(database, prediction)?;
    Ok(corrections)
}

/// Returns the id of a prediction and the hash of its text.
fn numbered_hash(row: &dyn Row) -> Result<(i64, String)> {
    let text: String = value(row, "text")?;
    Ok((value(row, "id")?, sha256_hex(text)))
}
