//! The labels that people can give.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::{LabelDto, LabelRequest};
use crate::http::body::JsonBody;
use crate::http::extract::{Actor, ApiQuery};
use crate::openapi::{Changing, Checked, Conflict, Failing, Guarded, NotFound, Stored, WithBody};
use crate::problem::ServiceResult;
use crate::services::labels;
use crate::state::Shared;

/// The labels that people can give a text.
#[utoipa::path(
    get,
    path = "/api/v1/labels",
    operation_id = "listLabels",
    tag = "corrections",
    responses(
        (status = 200, description = "The labels; those of the serving model come first.", body = Vec<LabelDto>),
        Guarded, Failing, Stored,
    ),
)]
pub(super) async fn list(State(state): State<Shared>) -> ServiceResult<Json<Vec<LabelDto>>> {
    let all = labels::all(&state).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// Add a label.
///
/// People can give it from now on. The model predicts it after a training with texts that have it.
#[utoipa::path(
    post,
    path = "/api/v1/labels",
    operation_id = "addLabel",
    tag = "corrections",
    request_body(content = LabelRequest, example = json!({"label": "pricing"})),
    responses(
        (status = 201, description = "The label.", body = LabelDto),
        Guarded, WithBody, Changing, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn add(
    State(state): State<Shared>,
    Actor(actor): Actor,
    JsonBody(request): JsonBody<LabelRequest>,
) -> ServiceResult<(StatusCode, Json<LabelDto>)> {
    let label = labels::add(&state, &request.label, &actor).await?;
    Ok((StatusCode::CREATED, Json((label, labels::Origin::Person).into())))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LabelQuery {
    /// The label.
    #[serde(default)]
    #[param(min_length = 1)]
    label: String,
}

/// Remove a label that a person added.
///
/// The response is 409 if texts have the label.
#[utoipa::path(
    delete,
    path = "/api/v1/labels",
    operation_id = "removeLabel",
    tag = "corrections",
    params(LabelQuery),
    responses(
        (status = 204, description = "The label is removed."),
        Guarded, Checked, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn remove(
    State(state): State<Shared>,
    Actor(actor): Actor,
    ApiQuery(query): ApiQuery<LabelQuery>,
) -> ServiceResult<StatusCode> {
    labels::remove(&state, &query.label, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
