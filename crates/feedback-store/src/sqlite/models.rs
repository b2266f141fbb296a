//! The models that the server keeps.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::store::{ModelRecord, ModelState};
use crate::{Error, Result};

pub(super) fn put(connection: &Connection, model: &ModelRecord) -> Result<()> {
    connection.execute(
        "INSERT INTO models (id, origin, state, labels, manifest, added_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (id) DO UPDATE SET origin = ?2, labels = ?4, manifest = ?5, \
         state = CASE WHEN state = 'discarded' THEN ?3 ELSE state END",
        params![
            model.id,
            model.origin,
            model.state.name(),
            serde_json::to_string(&model.labels).unwrap_or_default(),
            model.manifest.to_string(),
            model.added_at,
        ],
    )?;
    Ok(())
}

pub(super) fn get(connection: &Connection, id: &str) -> Result<Option<ModelRecord>> {
    Ok(connection
        .query_row("SELECT * FROM models WHERE id = ?1", [id], model)
        .optional()?)
}

pub(super) fn all(connection: &Connection) -> Result<Vec<ModelRecord>> {
    let mut statement = connection.prepare_cached("SELECT * FROM models ORDER BY added_at DESC, id")?;
    let rows = statement.query_map([], model)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn set_serving(connection: &Connection, id: &str, now: i64) -> Result<()> {
    connection.execute(
        "UPDATE models SET state = 'retired' WHERE state = 'serving' AND id <> ?1",
        [id],
    )?;
    let changed = connection.execute(
        "UPDATE models SET state = 'serving', served_at = ?2 WHERE id = ?1",
        params![id, now],
    )?;
    if changed == 1 {
        return Ok(());
    }
    Err(Error::NotFound {
        what: "model",
        id: id.to_owned(),
    })
}

pub(super) fn discard(connection: &Connection, id: &str) -> Result<()> {
    let changed = connection.execute(
        "UPDATE models SET state = 'discarded' WHERE id = ?1 AND state <> 'serving'",
        [id],
    )?;
    if changed == 1 {
        return Ok(());
    }
    Err(Error::Conflict(format!("model `{id}` is not there, or serves")))
}

fn model(row: &Row<'_>) -> rusqlite::Result<ModelRecord> {
    let state: String = row.get("state")?;
    let labels: String = row.get("labels")?;
    let manifest: String = row.get("manifest")?;
    Ok(ModelRecord {
        id: row.get("id")?,
        origin: row.get("origin")?,
        state: ModelState::from_name(&state).unwrap_or(ModelState::Candidate),
        labels: serde_json::from_str(&labels).unwrap_or_default(),
        manifest: serde_json::from_str(&manifest).unwrap_or_default(),
        added_at: row.get("added_at")?,
        served_at: row.get("served_at")?,
    })
}
