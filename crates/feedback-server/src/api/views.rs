//! Saved views.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::{ViewDto, ViewRequest};
use crate::http::body::JsonBody;
use crate::http::extract::{Actor, ApiQuery};
use crate::openapi::{Changing, Checked, Conflict, Failing, Guarded, NotFound, Stored, WithBody};
use crate::problem::ServiceResult;
use crate::services::views;
use crate::state::Shared;

/// Saved views: pages with their filters, by name.
#[utoipa::path(
    get,
    path = "/api/v1/views",
    operation_id = "listViews",
    tag = "history",
    responses(
        (status = 200, description = "The views, sorted by name.", body = Vec<ViewDto>),
        Guarded, Failing, Stored,
    ),
)]
pub(super) async fn list(State(state): State<Shared>) -> ServiceResult<Json<Vec<ViewDto>>> {
    let all = views::all(&state).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// Save a view.
#[utoipa::path(
    post,
    path = "/api/v1/views",
    operation_id = "saveView",
    tag = "history",
    request_body(content = ViewRequest, example = json!({"name": "Bugs of paying customers", "address": "/explore?label=bug&field[plan]=pro"})),
    responses(
        (status = 201, description = "The view.", body = ViewDto),
        Guarded, WithBody, Changing, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn save(
    State(state): State<Shared>,
    Actor(actor): Actor,
    JsonBody(request): JsonBody<ViewRequest>,
) -> ServiceResult<(StatusCode, Json<ViewDto>)> {
    let view = views::save(&state, &request.name, &request.address, &actor).await?;
    Ok((StatusCode::CREATED, Json(view.into())))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ViewQuery {
    /// The name of the view, ignoring case.
    #[serde(default)]
    #[param(min_length = 1)]
    name: String,
}

/// Remove a view.
#[utoipa::path(
    delete,
    path = "/api/v1/views",
    operation_id = "removeView",
    tag = "history",
    params(ViewQuery),
    responses(
        (status = 204, description = "The view is removed."),
        Guarded, Checked, Changing, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn remove(
    State(state): State<Shared>,
    Actor(actor): Actor,
    ApiQuery(query): ApiQuery<ViewQuery>,
) -> ServiceResult<StatusCode> {
    views::remove(&state, &query.name, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
