//! What was classified.

use axum::Json;
use axum::extract::State;

use feedback_store::Erase;

use crate::dto::{ErasureDto, HistoryItem, PageDto};
use crate::http::extract::{Actor, ApiQuery, Id};
use crate::openapi::{Changing, Checked, Conflict, Failing, Guarded, NotFound, Stored};
use crate::problem::Answer;
use crate::services::erasures;
use crate::services::history::{self, HistoryQuery};
use crate::state::Shared;

/// What was classified, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/history",
    operation_id = "listHistory",
    tag = "history",
    params(HistoryQuery),
    responses(
        (status = 200, description = "A page of predictions.", body = PageDto<HistoryItem>),
        Guarded, Checked, Failing, Stored,
    ),
)]
pub(super) async fn list(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<HistoryQuery>,
) -> Answer<Json<PageDto<HistoryItem>>> {
    let (filter, cursor) = (query.filter()?, query.cursor()?);
    let page = history::list(&state, filter, cursor).await?;
    let next = page.next();
    Ok(Json(PageDto {
        items: page.items.into_iter().map(Into::into).collect(),
        next,
    }))
}

/// One prediction.
#[utoipa::path(
    get,
    path = "/api/v1/history/{id}",
    operation_id = "getPrediction",
    tag = "history",
    params(("id" = i64, Path, description = "The number.", minimum = 1)),
    responses(
        (status = 200, description = "The prediction.", body = HistoryItem),
        Guarded, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn one(State(state): State<Shared>, Id(id): Id) -> Answer<Json<HistoryItem>> {
    Ok(Json(history::find(&state, id).await?.into()))
}

/// Erase a prediction with its text and its corrections, for good.
///
/// The text disappears from the database, the uploaded file and the files of trainings, and from backups when they are
/// restored. A model that learnt from it stays as it is.
#[utoipa::path(
    delete,
    path = "/api/v1/history/{id}",
    operation_id = "erasePrediction",
    tag = "history",
    params(("id" = i64, Path, description = "The number.", minimum = 1)),
    responses(
        (status = 200, description = "The receipt.", body = ErasureDto),
        Guarded, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn erase(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Id(id): Id,
) -> Answer<Json<ErasureDto>> {
    history::find(&state, id).await?;
    let erasure = erasures::erase(&state, Erase::Prediction(id), &actor).await?;
    Ok(Json(erasure.into()))
}
