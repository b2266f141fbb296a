//! What was classified.

use axum::Json;
use axum::extract::State;

use crate::dto::{HistoryItem, PageDto};
use crate::http::extract::{ApiQuery, Id};
use crate::openapi::{Checked, Failing, Guarded, NotFound, Stored};
use crate::problem::Answer;
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
    let items = history::list(&state, filter, cursor).await?;
    let next = items
        .last()
        .map(|item| item.id)
        .filter(|_| items.len() == cursor.limit);
    Ok(Json(PageDto {
        items: items.into_iter().map(Into::into).collect(),
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
