//! The models, promoting and rolling back, and the audit trail.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::{AuditDto, ModelChange, ModelDto};
use crate::http::body::JsonBody;
use crate::http::extract::{Actor, ApiQuery, limit};
use crate::openapi::{Changing, Checked, Conflict, Failing, Guarded, NotFound, Stored, WithBody};
use crate::problem::ServiceResult;
use crate::services::{model_names, models};
use crate::state::Shared;

/// The models that the server keeps, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/models",
    operation_id = "listModels",
    tag = "models",
    responses(
        (status = 200, description = "The models.", body = Vec<ModelDto>),
        Guarded, Failing, Stored,
    ),
)]
pub(super) async fn list(State(state): State<Shared>) -> ServiceResult<Json<Vec<ModelDto>>> {
    let models = models::list(&state).await?;
    let names = model_names::all(&state).await?;
    let dto = |model| ModelDto::new(model, &names);
    Ok(Json(models.into_iter().map(dto).collect()))
}

/// One model.
#[utoipa::path(
    get,
    path = "/api/v1/models/{id}",
    operation_id = "getModel",
    tag = "models",
    params(("id" = String, Path, description = "The model's id.")),
    responses(
        (status = 200, description = "The model.", body = ModelDto),
        Guarded, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn one(
    State(state): State<Shared>,
    Path(id): Path<String>,
) -> ServiceResult<Json<ModelDto>> {
    let model = models::find(&state, id).await?;
    Ok(Json(ModelDto::new(model, &model_names::all(&state).await?)))
}

/// Give a model a name or a note.
#[utoipa::path(
    patch,
    path = "/api/v1/models/{id}",
    operation_id = "changeModel",
    tag = "models",
    params(("id" = String, Path, description = "The model's id.")),
    request_body(content = ModelChange, example = json!({"name": "spring 2026"})),
    responses(
        (status = 200, description = "The model.", body = ModelDto),
        Guarded, WithBody, Changing, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn change(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Path(id): Path<String>,
    JsonBody(change): JsonBody<ModelChange>,
) -> ServiceResult<Json<ModelDto>> {
    let (name, note) = (change.name.as_deref(), change.note.as_deref());
    model_names::change(&state, id.clone(), name, note, &actor).await?;
    one(State(state), Path(id)).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PromoteQuery {
    /// Promote the model even if it scored lower on its test rows than a simple baseline, or is not surely better than the serving model
    /// on the same rows, or was not compared with it. By default, promoting such a model fails with a conflict, and the message gives
    /// both scores.
    #[param(value_type = bool, required = false, default = false)]
    accept_worse: Option<bool>,
}

/// Promote a model to the serving model. No request is dropped.
#[utoipa::path(
    post,
    path = "/api/v1/models/{id}/promote",
    operation_id = "promoteModel",
    tag = "models",
    params(("id" = String, Path, description = "The model's id."), PromoteQuery),
    responses(
        (status = 200, description = "The new serving model.", body = ModelDto),
        Guarded, Changing, NotFound, Conflict, Checked, Failing, Stored,
    ),
)]
pub(super) async fn promote(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Path(id): Path<String>,
    ApiQuery(query): ApiQuery<PromoteQuery>,
) -> ServiceResult<Json<ModelDto>> {
    models::promote(&state, id, query.accept_worse.unwrap_or(false), &actor).await?;
    let serving = state.models.serving().await?;
    Ok(Json(ModelDto::new(serving, &model_names::all(&state).await?)))
}

/// Roll back to the model that served before.
#[utoipa::path(
    post,
    path = "/api/v1/models/roll-back",
    operation_id = "rollBack",
    tag = "models",
    responses(
        (status = 200, description = "The new serving model.", body = ModelDto),
        Guarded, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn roll_back(
    State(state): State<Shared>,
    Actor(actor): Actor,
) -> ServiceResult<Json<ModelDto>> {
    state.models.roll_back(&actor).await?;
    let serving = state.models.serving().await?;
    Ok(Json(ModelDto::new(serving, &model_names::all(&state).await?)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditQuery {
    /// Maximum number of items.
    #[param(value_type = usize, required = false, minimum = 1, maximum = 500, default = 50)]
    limit: Option<usize>,
}

/// The audit trail: who changed what, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    operation_id = "listAudit",
    tag = "models",
    params(AuditQuery),
    responses(
        (status = 200, description = "The entries.", body = Vec<AuditDto>),
        Guarded, Checked, Failing, Stored,
    ),
)]
pub(super) async fn audit(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<AuditQuery>,
) -> ServiceResult<Json<Vec<AuditDto>>> {
    let entries = models::audit(&state, limit(query.limit)?).await?;
    Ok(Json(entries.into_iter().map(Into::into).collect()))
}
