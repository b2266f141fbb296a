//! The models, and who serves.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::{ApiQuery, limit};
use crate::dto::{AuditDto, ModelDto};
use crate::problem::{Answer, Problem};
use crate::state::Shared;

pub(super) async fn list(State(state): State<Shared>) -> Answer<Json<Vec<ModelDto>>> {
    let models = state.store.run(|store| store.models()).await?;
    Ok(Json(models.into_iter().map(Into::into).collect()))
}

pub(super) async fn one(State(state): State<Shared>, Path(id): Path<String>) -> Answer<Json<ModelDto>> {
    let wanted = id.clone();
    let model = state.store.run(move |store| store.model(&wanted)).await?;
    let model = model.ok_or_else(|| Problem::not_found("model", id))?;
    Ok(Json(model.into()))
}

pub(super) async fn promote(State(state): State<Shared>, Path(id): Path<String>) -> Answer<Json<ModelDto>> {
    state.models.promote(&id).await?;
    Ok(Json(state.models.serving().await?.into()))
}

pub(super) async fn roll_back(State(state): State<Shared>) -> Answer<Json<ModelDto>> {
    state.models.roll_back().await?;
    Ok(Json(state.models.serving().await?.into()))
}

#[derive(Debug, Deserialize)]
pub(super) struct AuditQuery {
    limit: Option<usize>,
}

pub(super) async fn audit(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<AuditQuery>,
) -> Answer<Json<Vec<AuditDto>>> {
    let limit = limit(query.limit)?;
    let entries = state.store.run(move |store| store.audit(limit)).await?;
    Ok(Json(entries.into_iter().map(Into::into).collect()))
}
