//! What was classified.

use axum::Json;
use axum::extract::State;

use crate::dto::{HistoryItem, PageDto};
use crate::http::extract::{ApiQuery, Id};
use crate::problem::Answer;
use crate::services::history::{self, HistoryQuery};
use crate::state::Shared;

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

pub(super) async fn one(State(state): State<Shared>, Id(id): Id) -> Answer<Json<HistoryItem>> {
    Ok(Json(history::find(&state, id).await?.into()))
}
