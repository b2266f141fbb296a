//! Labels that people gave.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::dto::{CorrectionDto, CorrectionRequest, PageDto};
use crate::http::body::JsonBody;
use crate::http::extract::{ApiQuery, Id, limit};
use crate::problem::{Answer, Problem};
use crate::services::corrections;
use crate::state::Shared;

/// The longest idempotency key, in bytes.
const MAX_KEY: usize = 200;

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    after: i64,
    limit: Option<usize>,
}

pub(super) async fn list(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Answer<Json<PageDto<CorrectionDto>>> {
    let limit = limit(query.limit)?;
    let items = corrections::list(&state, query.after, limit).await?;
    let next = items.last().map(|item| item.id).filter(|_| items.len() == limit);
    Ok(Json(PageDto {
        items: items.into_iter().map(Into::into).collect(),
        next,
    }))
}

pub(super) async fn correct(
    State(state): State<Shared>,
    headers: HeaderMap,
    JsonBody(request): JsonBody<CorrectionRequest>,
) -> Answer<(StatusCode, Json<CorrectionDto>)> {
    let key = match headers.get("idempotency-key").map(|key| key.to_str()) {
        None => None,
        Some(Ok(key)) if (1..=MAX_KEY).contains(&key.len()) => Some(key.to_owned()),
        Some(_) => {
            return Err(Problem::invalid(format!(
                "`Idempotency-Key` must have 1 to {MAX_KEY} characters"
            )));
        }
    };
    let made = corrections::correct(&state, request.prediction_id, request.label, key).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

pub(super) async fn undo(State(state): State<Shared>, Id(id): Id) -> Answer<StatusCode> {
    if corrections::undo(&state, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("correction of prediction", id))
    }
}
