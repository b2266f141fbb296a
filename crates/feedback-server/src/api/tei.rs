//! `POST /predict` as text-embeddings-inference has it, so that its clients work unchanged.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use crate::dto::ScoreDto;
use crate::http::body::JsonBody;
use crate::problem::{Code, Problem};
use crate::services::classify::{Ask, classify};
use crate::state::Shared;

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    inputs: Inputs,
    #[serde(default)]
    raw_scores: bool,
}

/// One text, one text in a list, or a list of such lists.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Inputs {
    One(String),
    List(Vec<String>),
    Batch(Vec<Vec<String>>),
}

pub(super) async fn predict(
    State(state): State<Shared>,
    body: Result<JsonBody<Request>, Problem>,
) -> Response {
    match answer(&state, body).await {
        Ok(response) => response,
        Err(problem) => refusal(&problem),
    }
}

async fn answer(state: &Shared, body: Result<JsonBody<Request>, Problem>) -> Result<Response, Problem> {
    let JsonBody(request) = body?;
    if request.raw_scores {
        return Err(Problem::invalid(
            "`raw_scores` are not offered: scores are calibrated probabilities",
        ));
    }
    let (texts, is_batch) = match request.inputs {
        Inputs::One(text) => (vec![text], false),
        Inputs::List(parts) => (vec![single(parts)?], false),
        Inputs::Batch(rows) => (rows.into_iter().map(single).collect::<Result<_, _>>()?, true),
    };
    let ask = Ask {
        texts,
        source: "api",
        store: true,
        explain: false,
    };
    let (_, remembered) = classify(state, ask).await?;
    let mut rows = remembered
        .into_iter()
        .map(|one| -> Vec<ScoreDto> { one.prediction.scores.into_iter().map(Into::into).collect() });
    Ok(if is_batch {
        Json(rows.collect::<Vec<_>>()).into_response()
    } else {
        Json(rows.next().unwrap_or_default()).into_response()
    })
}

/// A list of two would be a pair of texts, which this classifier was not trained on.
fn single(mut parts: Vec<String>) -> Result<String, Problem> {
    match (parts.pop(), parts.is_empty()) {
        (Some(text), true) => Ok(text),
        _ => Err(Problem::invalid(
            "each input must be one text; pairs are not classified here",
        )),
    }
}

/// Errors in the shape that those clients know.
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
    let body = json!({ "error": problem.detail, "error_type": error_type });
    problem.with_headers((status, Json(body)).into_response())
}
