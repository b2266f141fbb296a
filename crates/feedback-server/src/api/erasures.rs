//! Erasing many texts at once, and the receipts of erasures.

use axum::Json;
use axum::extract::State;
use feedback_store::{Erase, FieldValue};

use crate::dto::{EraseField, EraseRequest, ErasureDto};
use crate::http::body::JsonBody;
use crate::http::extract::Actor;
use crate::openapi::{Changing, Conflict, Failing, Guarded, NotFound, Stored, WithBody};
use crate::problem::{Problem, ServiceResult};
use crate::services::erasures;
use crate::state::Shared;

/// The receipts of all erasures, newest first.
///
/// A receipt contains no texts; the server keeps only hashes of them.
#[utoipa::path(
    get,
    path = "/api/v1/erasures",
    operation_id = "listErasures",
    tag = "history",
    responses(
        (status = 200, description = "The receipts.", body = Vec<ErasureDto>),
        Guarded, Failing, Stored,
    ),
)]
pub(super) async fn list(State(state): State<Shared>) -> ServiceResult<Json<Vec<ErasureDto>>> {
    let all = erasures::list(&state).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// Permanently erase all predictions of a text, a source, a batch or a value of a field, with their texts and corrections.
///
/// With `batch_id`, the batch and its file are removed too. The texts of a batch that was removed before can still be erased. With `field`, such as `{"name": "customer", "value": "c9"}`, the texts of one person can be erased.
#[utoipa::path(
    post,
    path = "/api/v1/erasures",
    operation_id = "erase",
    tag = "history",
    request_body(content = EraseRequest, example = json!({"source": "survey-2024"})),
    responses(
        (status = 200, description = "The receipt.", body = ErasureDto),
        Guarded, WithBody, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn erase(
    State(state): State<Shared>,
    Actor(actor): Actor,
    JsonBody(request): JsonBody<EraseRequest>,
) -> ServiceResult<Json<ErasureDto>> {
    let what = match (request.text, request.source, request.batch_id, request.field) {
        (Some(text), None, None, None) if !text.is_empty() => Erase::Text(text),
        (None, Some(source), None, None) if !source.is_empty() => Erase::Source(source),
        (None, None, Some(id), None) => Erase::Batch(id),
        // An empty value would select all texts without the field.
        (None, None, None, Some(EraseField { name, value })) if !name.is_empty() && !value.is_empty() => {
            Erase::Field(FieldValue { name, value })
        }
        _ => {
            return Err(Problem::invalid(
                "expected exactly one of `text`, `source`, `batch_id` and `field`, not empty",
            ));
        }
    };
    let erasure = erasures::erase(&state, what, &actor).await?;
    Ok(Json(erasure.into()))
}
