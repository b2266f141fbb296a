//! Trainings, and their questions to people.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};

use crate::dto::{AnswerRequest, QuestionsDto, TrainingDto, TrainingRequest};
use crate::http::body::JsonBody;
use crate::http::extract::Actor;
use crate::openapi::{Changing, Conflict, Failing, Guarded, NotFound, Stored, WithBody};
use crate::problem::ServiceResult;
use crate::services::trainings::{self, CORRECTED_BY, available};
use crate::state::Shared;

/// All trainings, newest first.
///
/// The response is 404 if this server offers no training.
#[utoipa::path(
    get,
    path = "/api/v1/trainings",
    operation_id = "listTrainings",
    tag = "trainings",
    responses(
        (status = 200, description = "The trainings.", body = Vec<TrainingDto>),
        Guarded, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn list(State(state): State<Shared>) -> ServiceResult<Json<Vec<TrainingDto>>> {
    let all = available(&state)?.list()?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// The response to an accepted training: status, address and description.
type Accepted = (StatusCode, [(HeaderName, String); 1], Json<TrainingDto>);

/// Start a training.
///
/// The labelled file is split into training, validation and test rows. Corrections are added to the training
/// rows. A correction is left out if its text is a validation or test row, or if its label is neither in the data nor was added in the app.
/// The training runs in the background. The response is 409 if another training is running, or if this server
/// offers no training.
#[utoipa::path(
    post,
    path = "/api/v1/trainings",
    operation_id = "startTraining",
    tag = "trainings",
    request_body(
        content = TrainingRequest,
        example = json!({"data": "feedback.jsonl", "base": "serving", "num_train_epochs": 3}),
    ),
    responses(
        (
            status = 202,
            description = "The training has started.",
            body = TrainingDto,
            headers(("Location" = String, description = "The address of the training.")),
        ),
        Guarded, WithBody, Changing, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn start(
    State(state): State<Shared>,
    Actor(actor): Actor,
    JsonBody(request): JsonBody<TrainingRequest>,
) -> ServiceResult<Accepted> {
    let id = trainings::start(&state, request, &actor).await?;
    let training = available(&state)?.get(&id)?;
    let location = [(header::LOCATION, format!("/api/v1/trainings/{id}"))];
    Ok((StatusCode::ACCEPTED, location, Json(training.into())))
}

/// One training.
#[utoipa::path(
    get,
    path = "/api/v1/trainings/{id}",
    operation_id = "getTraining",
    tag = "trainings",
    params(("id" = String, Path, description = "The training's id.")),
    responses(
        (status = 200, description = "The training.", body = TrainingDto),
        Guarded, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn one(
    State(state): State<Shared>,
    Path(id): Path<String>,
) -> ServiceResult<Json<TrainingDto>> {
    Ok(Json(available(&state)?.get(&id)?.into()))
}

/// The questions of a training: training and validation rows that its model gets wrong.
///
/// A training with `ask_people` asks new questions after each evaluation. Answered rows are left out.
#[utoipa::path(
    get,
    path = "/api/v1/trainings/{id}/questions",
    operation_id = "getQuestions",
    tag = "trainings",
    params(("id" = String, Path, description = "The training's id.")),
    responses(
        (status = 200, description = "The rows, most important first.", body = QuestionsDto),
        Guarded, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn questions(
    State(state): State<Shared>,
    Path(id): Path<String>,
) -> ServiceResult<Json<QuestionsDto>> {
    let all = available(&state)?;
    Ok(Json(all.questions(&all.get(&id)?)?.into()))
}

/// Answer a question of a training.
///
/// The answer takes effect in the next epoch. A text that is also a validation or test row is never trained on.
/// A corrected validation row is excluded from the metrics and does not become a training row.
#[utoipa::path(
    post,
    path = "/api/v1/trainings/{id}/answers",
    operation_id = "answerQuestion",
    tag = "trainings",
    params(("id" = String, Path, description = "The training's id.")),
    request_body(content = AnswerRequest, example = json!({"row": "train:12", "label": "bug"})),
    responses(
        (status = 204, description = "The answer is stored."),
        Guarded, WithBody, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn answer(
    State(state): State<Shared>,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<AnswerRequest>,
) -> ServiceResult<StatusCode> {
    let all = available(&state)?;
    let training = all.get(&id)?;
    all.answer(&training, &request.into_answer(CORRECTED_BY)?)?;
    Ok(StatusCode::NO_CONTENT)
}
