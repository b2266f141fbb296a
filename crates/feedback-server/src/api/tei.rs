//! `POST /predict`, compatible with text-embeddings-inference, so that clients of that server work unchanged.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use crate::dto::ScoreDto;
use crate::http::body::JsonBody;
use crate::http::client::Client;
use crate::openapi::{Foreign, one_of};
use crate::problem::{Code, Problem, ProblemDto};
use crate::services::classify::{Ask, classify};
use crate::state::Shared;
use feedback_store::Fields;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TeiRequest)]
pub(super) struct Request {
    #[schema(inline)]
    inputs: Inputs,
    /// Whether a text that is longer than the model reads is cut; if false, it is refused.
    #[serde(default)]
    #[schema(default = true, value_type = bool)]
    truncate: Option<bool>,
    #[serde(default, rename = "truncation_direction")]
    #[schema(value_type = String)]
    _truncation_direction: IgnoredAny,
    #[serde(default)]
    #[schema(default = false)]
    raw_scores: bool,
}

/// One text, one text in a list, or a list of such lists.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Inputs {
    One(String),
    List(Vec<String>),
    Batch(Vec<Vec<String>>),
}

/// The labels and scores of one text, or a list with the labels and scores of each text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeiAnswer)]
#[serde(untagged)]
pub(super) enum Answer {
    One(Vec<ScoreDto>),
    Batch(Vec<Vec<ScoreDto>>),
}

/// An error in the format of text-embeddings-inference.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TeiError {
    error: String,
    #[schema(schema_with = error_types)]
    error_type: &'static str,
}

fn error_types() -> Object {
    one_of(&["Validation", "Overloaded", "Backend"])
}

/// Classify texts; compatible with text-embeddings-inference.
///
/// `inputs` is one text, a list with one text, or a list of such lists. Long texts are
/// cut unless `truncate` is false. `raw_scores` is not supported.
#[utoipa::path(
    post,
    path = "/predict",
    operation_id = "predict",
    tag = "classify",
    request_body(
        content = Request,
        example = json!({"inputs": [["The export button does nothing"], ["Love it!"]]}),
    ),
    responses(
        (
            status = 200,
            description = "Labels and scores, highest score first; for a list of lists, one such list per text.",
            body = Answer,
        ),
        (status = 408, description = "The body took too long to arrive.", body = TeiError),
        (status = 413, description = "Too large, too many texts, or a text would be cut and `truncate` is false.", body = TeiError),
        (status = 415, description = "The content type of the body is not JSON.", body = TeiError),
        (status = 422, description = "The request is not valid, or a text is empty.", body = TeiError),
        (status = 424, description = "The model failed on a text.", body = TeiError),
        (status = 504, description = "The deadline has passed.", body = TeiError),
        (
            status = 429,
            description = "Too many requests or texts at once; `Retry-After` says when to try again.",
            content((TeiError = "application/json"), (ProblemDto = "application/problem+json")),
        ),
        (
            status = 500,
            description = "The server failed.",
            content((TeiError = "application/json"), (ProblemDto = "application/problem+json")),
        ),
        (
            status = 503,
            description = "The server is shutting down, or its database cannot be reached.",
            content((TeiError = "application/json"), (ProblemDto = "application/problem+json")),
        ),
        (
            status = 507,
            description = "The disk is full.",
            content((TeiError = "application/json"), (ProblemDto = "application/problem+json")),
        ),
        Foreign,
    ),
)]
pub(super) async fn predict(
    State(state): State<Shared>,
    Extension(client): Extension<Client>,
    body: Result<JsonBody<Request>, Problem>,
) -> Response {
    match answer(&state, client, body).await {
        Ok(answer) => Json(answer).into_response(),
        Err(problem) => refusal(&problem),
    }
}

async fn answer(
    state: &Shared,
    client: Client,
    body: Result<JsonBody<Request>, Problem>,
) -> Result<Answer, Problem> {
    let JsonBody(request) = body?;
    if request.raw_scores {
        return Err(Problem::invalid(
            "`raw_scores` is not supported: scores are calibrated probabilities",
        ));
    }
    let (texts, is_batch) = match request.inputs {
        Inputs::One(text) => (vec![text], false),
        Inputs::List(parts) => (vec![single(parts)?], false),
        Inputs::Batch(rows) => (rows.into_iter().map(single).collect::<Result<_, _>>()?, true),
    };
    let ask = Ask {
        client,
        texts,
        source: "api",
        fields: Fields::default(),
        store: true,
        refuse_truncated: request.truncate == Some(false),
        explain: false,
        explain_label: None,
    };
    let (_, remembered) = classify(state, ask).await?;
    let mut rows = remembered
        .into_iter()
        .map(|one| -> Vec<ScoreDto> { one.prediction.scores.into_iter().map(Into::into).collect() });
    Ok(if is_batch {
        Answer::Batch(rows.collect())
    } else {
        Answer::One(rows.next().unwrap_or_default())
    })
}

/// Returns the only text of a list. Two texts would be a text pair, which this classifier was not trained on.
fn single(mut parts: Vec<String>) -> Result<String, Problem> {
    match (parts.pop(), parts.is_empty()) {
        (Some(text), true) => Ok(text),
        _ => Err(Problem::invalid(
            "each input must be one text; text pairs are not supported",
        )),
    }
}

/// Returns an error response in the format of text-embeddings-inference.
fn refusal(problem: &Problem) -> Response {
    let (status, error_type) = match problem.code {
        Code::TooLarge | Code::TooManyTexts => (StatusCode::PAYLOAD_TOO_LARGE, "Validation"),
        Code::Overloaded | Code::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "Overloaded"),
        Code::EmptyText | Code::InvalidRequest | Code::InvalidJson => {
            (StatusCode::UNPROCESSABLE_ENTITY, "Validation")
        }
        Code::ModelFailed => (StatusCode::FAILED_DEPENDENCY, "Backend"),
        other => (other.status(), "Backend"),
    };
    let body = TeiError {
        error: problem.detail.clone(),
        error_type,
    };
    problem.with_headers((status, Json(body)).into_response())
}
