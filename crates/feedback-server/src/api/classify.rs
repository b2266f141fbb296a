//! `POST /api/v1/classify`.

use axum::Json;
use axum::extract::State;

use crate::dto::{ClassifyRequest, ClassifyResponse};
use crate::http::body::JsonBody;
use crate::problem::{Answer, Problem};
use crate::services::classify::{self, Ask, source};
use crate::state::Shared;

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
    let ask = Ask {
        texts,
        source,
        store: request.store,
        explain: request.explain,
    };
    let (model, remembered) = classify::classify(&state, ask).await?;
    let predictions = remembered
        .into_iter()
        .map(|one| one.into_dto(request.top_k))
        .collect();
    Ok(Json(ClassifyResponse { model, predictions }))
}
