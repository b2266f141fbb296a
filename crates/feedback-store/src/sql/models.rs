//! Records of models.

use super::database::{Database, Row, Value, value};
use crate::error::{Conflict, Error, Result};
use crate::models::{ModelRecord, ModelState};

pub(crate) fn put(database: &mut dyn Database, model: &ModelRecord) -> Result<()> {
    // A list of strings always serialises.
    let labels = serde_json::to_string(&model.labels).unwrap_or_default();
    database.execute(
        "INSERT INTO models (id, origin, state, labels, manifest, added_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (id) DO UPDATE SET origin = $2, labels = $4, manifest = $5, \
         state = CASE WHEN models.state = 'discarded' THEN $3 ELSE models.state END",
        &[
            (&model.id).into(),
            (&model.origin).into(),
            model.state.name().into(),
            Value::Json(Some(labels.into())),
            Value::Json(Some(model.manifest.to_string().into())),
            model.added_at.into(),
        ],
    )?;
    Ok(())
}

pub(crate) fn get(database: &mut dyn Database, id: &str) -> Result<Option<ModelRecord>> {
    database.row("SELECT * FROM models WHERE id = $1", &[id.into()], model)
}

pub(crate) fn all(database: &mut dyn Database) -> Result<Vec<ModelRecord>> {
    database.rows("SELECT * FROM models ORDER BY added_at DESC, id", &[], model)
}

pub(crate) fn set_serving(database: &mut dyn Database, id: &str, now: i64) -> Result<()> {
    database.execute(
        "UPDATE models SET state = 'retired' WHERE state = 'serving' AND id <> $1",
        &[id.into()],
    )?;
    let changed = database.execute(
        "UPDATE models SET state = 'serving', served_at = $2 WHERE id = $1",
        &[id.into(), now.into()],
    )?;
    if changed == 1 {
        return Ok(());
    }
    Err(Error::NotFound {
        what: "model",
        id: id.to_owned(),
    })
}

pub(crate) fn discard(database: &mut dyn Database, id: &str) -> Result<()> {
    let changed = database.execute(
        "UPDATE models SET state = 'discarded' WHERE id = $1 AND state <> 'serving'",
        &[id.into()],
    )?;
    if changed == 1 {
        return Ok(());
    }
    Err(Conflict::ModelServing(id.to_owned()).into())
}

fn model(row: &dyn Row) -> Result<ModelRecord> {
    let state: String = value(row, "state")?;
    let labels: String = value(row, "labels")?;
    let manifest: String = value(row, "manifest")?;
    Ok(ModelRecord {
        id: value(row, "id")?,
        origin: value(row, "origin")?,
        state: ModelState::from_name(&state).unwrap_or(ModelState::Candidate),
        // One record that cannot be parsed should not hide all others.
        labels: serde_json::from_str(&labels).unwrap_or_default(),
        manifest: serde_json::from_str(&manifest).unwrap_or_default(),
        added_at: value(row, "added_at")?,
        served_at: value(row, "served_at")?,
    })
}
