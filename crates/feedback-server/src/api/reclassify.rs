//! The classification of stored texts with the serving model.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::dto::ReclassificationDto;
use crate::http::extract::Actor;
use crate::openapi::{Changing, Conflict, Failing, Guarded, Stored};
use crate::problem::ServiceResult;
use crate::services::reclassify;
use crate::state::Shared;

/// How many stored texts another model has classified, and how far their classification with the serving model is.
#[utoipa::path(
    get,
    path = "/api/v1/models/reclassification",
    operation_id = "getReclassification",
    tag = "models",
    responses(
        (status = 200, description = "The state.", body = ReclassificationDto),
        Guarded, Failing, Stored,
    ),
)]
pub(super) async fn state(State(state): State<Shared>) -> ServiceResult<Json<ReclassificationDto>> {
    Ok(Json(reclassify::find(&state).await?.into()))
}

/// Classify all stored texts again that another model has classified.
///
/// After a promotion, all texts then have labels, confidences and answers of one model. Labels from people stay. It is done in the
/// background, after the texts of requests, and continues after a restart. The response is 409 if it is running, or if there is no such text.
#[utoipa::path(
    post,
    path = "/api/v1/models/reclassification",
    operation_id = "startReclassification",
    tag = "models",
    responses(
        (status = 202, description = "It has been started.", body = ReclassificationDto),
        Guarded, Changing, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn start(
    State(state): State<Shared>,
    Actor(actor): Actor,
) -> ServiceResult<(StatusCode, Json<ReclassificationDto>)> {
    let begun = reclassify::start(&state, &actor).await?;
    Ok((StatusCode::ACCEPTED, Json(begun.into())))
}

/// End the classification of stored texts; what is done stays.
///
/// The response is 409 if it is not running.
#[utoipa::path(
    delete,
    path = "/api/v1/models/reclassification",
    operation_id = "endReclassification",
    tag = "models",
    responses(
        (status = 202, description = "It ends after the texts that it is at.", body = ReclassificationDto),
        Guarded, Changing, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn end(
    State(state): State<Shared>,
    Actor(actor): Actor,
) -> ServiceResult<(StatusCode, Json<ReclassificationDto>)> {
    reclassify::cancel(&state, &actor).await?;
    Ok((StatusCode::ACCEPTED, Json(reclassify::find(&state).await?.into())))
}
