//! Labels that people gave.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::{ApiQuery, Id, limit};
use crate::dto::{CorrectionDto, CorrectionRequest, PageDto};
use crate::events::Event;
use crate::http::body::JsonBody;
use crate::problem::{Answer, Problem};
use crate::state::{Inner, Shared};
use feedback_store::{Correction, NewCorrection};

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
    let items = state
        .store
        .run(move |store| store.corrections(query.after, limit))
        .await?;
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
    let made = make(&state, request.prediction_id, request.label, key).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

pub(super) async fn undo(State(state): State<Shared>, Id(id): Id) -> Answer<StatusCode> {
    if take_back(&state, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("correction of prediction", id))
    }
}

/// Corrects a label to one that the serving model knows.
pub(crate) async fn make(
    state: &Inner,
    prediction_id: i64,
    label: String,
    idempotency_key: Option<String>,
) -> Answer<Correction> {
    let served = state.models.engine().current();
    if !served.model.labels().contains(&label) {
        return Err(Problem::invalid("`label` is none of the model's labels"));
    }
    let new = NewCorrection {
        prediction_id,
        label,
        idempotency_key,
    };
    let made = state.store.run(move |store| store.correct(new)).await?;
    state.events.send(Event::Corrected { prediction_id });
    Ok(made)
}

/// Takes the latest correction of a prediction back; false where there is none.
pub(crate) async fn take_back(state: &Inner, prediction_id: i64) -> Answer<bool> {
    let undone = state
        .store
        .run(move |store| store.undo_correction(prediction_id))
        .await?;
    if undone {
        state.events.send(Event::Corrected { prediction_id });
    }
    Ok(undone)
}
