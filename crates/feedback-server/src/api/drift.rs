//! Drift: whether new texts still resemble those that the model was trained on.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::dto::DriftDto;
use crate::http::extract::Actor;
use crate::openapi::{Changing, Conflict, Failing, Guarded, NotFound, Stored};
use crate::problem::ServiceResult;
use crate::services::drift::{self, available};
use crate::state::Shared;

/// The newest check for drift: labels, confidence, lengths, unknown tokens, meaning, and which words and labels moved.
///
/// An alarm says that the newest texts differ from those of the reference, not that the model has become worse.
#[utoipa::path(
    get,
    path = "/api/v1/drift",
    operation_id = "getDrift",
    tag = "models",
    responses(
        (status = 200, description = "The newest check.", body = DriftDto),
        Guarded, NotFound, Failing,
    ),
)]
pub(super) async fn latest(State(state): State<Shared>) -> ServiceResult<Json<DriftDto>> {
    Ok(Json(DriftDto::from(&**available(&state)?)))
}

/// Start a check for drift of the newest 1,000 texts.
///
/// They are compared with texts of the model's training that it was not trained on; if the model has none, with the texts before
/// them. The response is 409 if another check is running, or if there are too few texts.
#[utoipa::path(
    post,
    path = "/api/v1/drift",
    operation_id = "checkDrift",
    tag = "models",
    responses(
        (status = 202, description = "The check has been started.", body = DriftDto),
        Guarded, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn start(
    State(state): State<Shared>,
    Actor(actor): Actor,
) -> ServiceResult<(StatusCode, Json<DriftDto>)> {
    drift::start(&state, &actor).await?;
    Ok((StatusCode::ACCEPTED, Json(DriftDto::from(&**available(&state)?))))
}
