//! `POST /api/v1/classify`.

use axum::extract::State;
use axum::{Extension, Json};

use crate::dto::{ClassifyRequest, ClassifyResponse};
use crate::http::body::JsonBody;
use crate::http::client::Client;
use crate::openapi::{Changing, Classifying, Failing, Guarded, Stored, WithBody};
use crate::problem::{Problem, ServiceResult};
use crate::services::classify::{self, Ask, source};
use crate::state::Shared;

/// Classify one text or many.
///
/// Give either `text` or `texts` (at most 256). The texts are stored in the history unless `store` is false.
/// If more texts are waiting than the model can classify in time, the response is 429 with `Retry-After`.
#[utoipa::path(
    post,
    path = "/api/v1/classify",
    operation_id = "classify",
    tag = "classify",
    request_body(
        content = ClassifyRequest,
        example = json!({"texts": ["The export button does nothing", "Love the new look!"], "top_k": 3, "store": false}),
    ),
    responses(
        (status = 200, description = "A prediction for each text, in order.", body = ClassifyResponse),
        Guarded, WithBody, Changing, Classifying, Failing, Stored,
    ),
)]
pub(super) async fn classify(
    State(state): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(request): JsonBody<ClassifyRequest>,
) -> ServiceResult<Json<ClassifyResponse>> {
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
        client,
        texts,
        source,
        fields: request.fields,
        store: request.store,
        refuse_truncated: false,
        explain: request.explain,
        explain_label: request.explain_label,
    };
    let (model, remembered) = classify::classify(&state, ask).await?;
    let predictions = remembered
        .into_iter()
        .map(|one| one.into_dto(request.top_k))
        .collect();
    Ok(Json(ClassifyResponse { model, predictions }))
}
