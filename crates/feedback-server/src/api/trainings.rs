//! Trainings, and what they ask people.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::dto::TrainingDto;
use crate::http::body::JsonBody;
use crate::pages::train::trainings;
use crate::problem::Answer;
use crate::state::Shared;
use crate::training::{Questions, Reply};

pub(super) async fn list(State(state): State<Shared>) -> Answer<Json<Vec<TrainingDto>>> {
    let all = trainings(&state)?.list()?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

pub(super) async fn one(State(state): State<Shared>, Path(id): Path<String>) -> Answer<Json<TrainingDto>> {
    Ok(Json(trainings(&state)?.get(&id)?.into()))
}

pub(super) async fn questions(
    State(state): State<Shared>,
    Path(id): Path<String>,
) -> Answer<Json<Questions>> {
    let all = trainings(&state)?;
    Ok(Json(all.questions(&all.get(&id)?)?))
}

pub(super) async fn answer(
    State(state): State<Shared>,
    Path(id): Path<String>,
    JsonBody(reply): JsonBody<Reply>,
) -> Answer<StatusCode> {
    let all = trainings(&state)?;
    all.answer(&all.get(&id)?, &reply)?;
    Ok(StatusCode::NO_CONTENT)
}
