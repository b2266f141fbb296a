//! The models, and who serves.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;

use crate::dto::{AuditDto, ModelDto};
use crate::http::extract::{ApiQuery, limit};
use crate::problem::Answer;
use crate::services::models;
use crate::state::Shared;

pub(super) async fn list(State(state): State<Shared>) -> Answer<Json<Vec<ModelDto>>> {
    let models = models::list(&state).await?;
    Ok(Json(models.into_iter().map(Into::into).collect()))
}

pub(super) async fn one(State(state): State<Shared>, Path(id): Path<String>) -> Answer<Json<ModelDto>> {
    Ok(Json(models::find(&state, id).await?.into()))
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
    let entries = models::audit(&state, limit(query.limit)?).await?;
    Ok(Json(entries.into_iter().map(Into::into).collect()))
}
