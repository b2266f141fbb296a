//! The models that the server keeps.

use postgres::Row;
use postgres::types::Type;

use super::row;
use super::session::Session;
use super::text::encode;
use crate::store::{ModelRecord, ModelState};
use crate::{Error, Result};

pub(super) fn put(session: &mut Session, model: &ModelRecord) -> Result<()> {
    session.execute(
        "INSERT INTO models (id, origin, state, labels, manifest, added_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (id) DO UPDATE SET origin = $2, labels = $4, manifest = $5, \
         state = CASE WHEN models.state = 'discarded' THEN $3 ELSE models.state END",
        &[
            (&encode(&model.id), Type::TEXT),
            (&encode(&model.origin), Type::TEXT),
            (&model.state.name(), Type::TEXT),
            (
                &serde_json::to_string(&model.labels).unwrap_or_default(),
                Type::TEXT,
            ),
            (&model.manifest.to_string(), Type::TEXT),
            (&model.added_at, Type::INT8),
        ],
    )?;
    Ok(())
}

pub(super) fn get(session: &mut Session, id: &str) -> Result<Option<ModelRecord>> {
    session
        .row("SELECT * FROM models WHERE id = $1", &[(&encode(id), Type::TEXT)])?
        .as_ref()
        .map(model)
        .transpose()
}

pub(super) fn all(session: &mut Session) -> Result<Vec<ModelRecord>> {
    let rows = session.rows("SELECT * FROM models ORDER BY added_at DESC, id", &[])?;
    rows.iter().map(model).collect()
}

pub(super) fn set_serving(session: &mut Session, id: &str, now: i64) -> Result<()> {
    let kept = encode(id);
    session.execute(
        "UPDATE models SET state = 'retired' WHERE state = 'serving' AND id <> $1",
        &[(&kept, Type::TEXT)],
    )?;
    let changed = session.execute(
        "UPDATE models SET state = 'serving', served_at = $2 WHERE id = $1",
        &[(&kept, Type::TEXT), (&now, Type::INT8)],
    )?;
    if changed == 1 {
        return Ok(());
    }
    Err(Error::NotFound {
        what: "model",
        id: id.to_owned(),
    })
}

pub(super) fn discard(session: &mut Session, id: &str) -> Result<()> {
    let changed = session.execute(
        "UPDATE models SET state = 'discarded' WHERE id = $1 AND state <> 'serving'",
        &[(&encode(id), Type::TEXT)],
    )?;
    if changed == 1 {
        return Ok(());
    }
    Err(Error::Conflict(format!("model `{id}` is not there, or serves")))
}

fn model(row: &Row) -> Result<ModelRecord> {
    Ok(ModelRecord {
        id: row::text(row, "id")?,
        origin: row::text(row, "origin")?,
        state: ModelState::from_name(row::value(row, "state")?).unwrap_or(ModelState::Candidate),
        labels: serde_json::from_str(row::value(row, "labels")?).unwrap_or_default(),
        manifest: serde_json::from_str(row::value(row, "manifest")?).unwrap_or_default(),
        added_at: row::value(row, "added_at")?,
        served_at: row::value(row, "served_at")?,
    })
}
