//! `POST /api/v1/classify`.

use axum::Json;
use axum::extract::State;

use crate::classify::{Ask, classify as ask};
use crate::dto::{ClassifyRequest, ClassifyResponse, PredictionDto};
use crate::http::body::JsonBody;
use crate::problem::{Answer, Problem};
use crate::state::Shared;

/// The longest name of a source, in bytes.
const MAX_SOURCE: usize = 64;

pub(super) async fn classify(
    State(state): State<Shared>,
    JsonBody(request): JsonBody<ClassifyRequest>,
) -> Answer<Json<ClassifyResponse>> {
    if request.top_k == Some(0) {
        return Err(Problem::invalid("`top_k` must be 1 or more"));
    }
    let texts = match (request.text, request.texts) {
        (Some(text), None) => vec![text],
        (None, Some(texts)) => texts,
        _ => return Err(Problem::invalid("expected either `text` or `texts`")),
    };
    let source = source(request.source.as_deref(), "api")?;
    let ask_for = Ask {
        texts,
        source,
        store: request.store,
        explain: request.explain,
    };
    let (model, remembered) = ask(&state, ask_for).await?;
    let predictions = remembered
        .into_iter()
        .map(|one| PredictionDto::new(one, request.top_k))
        .collect();
    Ok(Json(ClassifyResponse { model, predictions }))
}

/// The name of a source, where it is one.
pub(super) fn source<'a>(given: Option<&'a str>, otherwise: &'a str) -> Answer<&'a str> {
    let source = given.unwrap_or(otherwise);
    if source.is_empty() || source.len() > MAX_SOURCE {
        return Err(Problem::invalid(format!(
            "`source` must have 1 to {MAX_SOURCE} bytes"
        )));
    }
    Ok(source)
}
