//! The history: stored predictions.

use axum::Json;
use axum::extract::State;

use feedback_store::Erase;

use crate::dto::{ErasureDto, HistoryItem, PageDto};
use crate::http::extract::{Actor, Id};
use crate::openapi::{Changing, Checked, Conflict, Failing, Guarded, NotFound, Stored};
use crate::problem::ServiceResult;
use crate::services::erasures;
use crate::services::history::{self, HistoryQuery};
use crate::services::similar;
use crate::state::Shared;

/// Stored predictions, newest first.
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
    query: HistoryQuery,
) -> ServiceResult<Json<PageDto<HistoryItem>>> {
    let (filter, cursor) = (query.filter()?, query.cursor()?);
    let page = history::list(&state, filter, cursor).await?;
    let next = page.next();
    let mut items: Vec<HistoryItem> = page.items.into_iter().map(Into::into).collect();
    if query.groups_similar()? {
        let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
        for (item, same) in items.iter_mut().zip(similar::same_as(&state, &ids).await?) {
            item.same_as = same;
        }
    }
    Ok(Json(PageDto { items, next }))
}

/// One prediction.
#[utoipa::path(
    get,
    path = "/api/v1/history/{id}",
    operation_id = "getPrediction",
    tag = "history",
    params(("id" = i64, Path, description = "The prediction's id.", minimum = 1)),
    responses(
        (status = 200, description = "The prediction.", body = HistoryItem),
        Guarded, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn one(State(state): State<Shared>, Id(id): Id) -> ServiceResult<Json<HistoryItem>> {
    Ok(Json(history::find(&state, id).await?.into()))
}

/// Permanently erase a prediction, with its text and its corrections.
///
/// The text is removed from the database, the uploaded file and the files of trainings, and from a backup when the backup is
/// restored. A model that was trained on the text does not change.
#[utoipa::path(
    delete,
    path = "/api/v1/history/{id}",
    operation_id = "erasePrediction",
    tag = "history",
    params(("id" = i64, Path, description = "The prediction's id.", minimum = 1)),
    responses(
        (status = 200, description = "The receipt.", body = ErasureDto),
        Guarded, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn erase(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Id(id): Id,
) -> ServiceResult<Json<ErasureDto>> {
    history::find(&state, id).await?;
    let erasure = erasures::erase(&state, Erase::Prediction(id), &actor).await?;
    Ok(Json(erasure.into()))
}
