//! Trainings, and the questions that they ask.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};

use crate::dto::{AnswerRequest, QuestionsDto, TrainingDto, TrainingRequest};
use crate::http::body::JsonBody;
use crate::problem::Answer;
use crate::services::trainings::{self, CORRECTED_BY, available};
use crate::state::Shared;

pub(super) async fn list(State(state): State<Shared>) -> Answer<Json<Vec<TrainingDto>>> {
    let all = available(&state)?.list()?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// A training that was accepted, and where to ask about it.
type Accepted = (StatusCode, [(HeaderName, String); 1], Json<TrainingDto>);

pub(super) async fn start(
    State(state): State<Shared>,
    JsonBody(request): JsonBody<TrainingRequest>,
) -> Answer<Accepted> {
    let id = trainings::start(&state, request).await?;
    let training = available(&state)?.get(&id)?;
    let location = [(header::LOCATION, format!("/api/v1/trainings/{id}"))];
    Ok((StatusCode::ACCEPTED, location, Json(training.into())))
}

pub(super) async fn one(State(state): State<Shared>, Path(id): Path<String>) -> Answer<Json<TrainingDto>> {
    Ok(Json(available(&state)?.get(&id)?.into()))
}

pub(super) async fn questions(
    State(state): State<Shared>,
    Path(id): Path<String>,
) -> Answer<Json<QuestionsDto>> {
    let all = available(&state)?;
    Ok(Json(all.questions(&all.get(&id)?)?.into()))
}

pub(super) async fn answer(
    State(state): State<Shared>,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<AnswerRequest>,
) -> Answer<StatusCode> {
    let all = available(&state)?;
    let training = all.get(&id)?;
    all.answer(&training, &request.into_answer(CORRECTED_BY)?)?;
    Ok(StatusCode::NO_CONTENT)
}
