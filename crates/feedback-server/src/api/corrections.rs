//! Corrections: labels that people gave.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::{CorrectionDto, CorrectionRequest, PageDto};
use crate::http::body::JsonBody;
use crate::http::extract::{Actor, ApiQuery, Id, limit};
use crate::openapi::{Changing, Checked, Conflict, Failing, Guarded, NotFound, Stored, WithBody};
use crate::problem::{Problem, ServiceResult};
use crate::services::corrections;
use crate::state::Shared;
use feedback_store::NewCorrection;

/// Maximum length of an idempotency key, in bytes.
const MAX_KEY: usize = 200;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// The `next` value of the previous page.
    #[serde(default)]
    #[param(default = 0)]
    after: i64,
    /// Maximum number of items.
    #[param(value_type = usize, required = false, minimum = 1, maximum = 500, default = 50)]
    limit: Option<usize>,
}

/// Corrections in effect, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/corrections",
    operation_id = "listCorrections",
    tag = "corrections",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of corrections.", body = PageDto<CorrectionDto>),
        Guarded, Checked, Failing, Stored,
    ),
)]
pub(super) async fn list(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ServiceResult<Json<PageDto<CorrectionDto>>> {
    let limit = limit(query.limit)?;
    let (items, has_more) = corrections::list(&state, query.after, limit).await?;
    let next = items.last().map(|item| item.id).filter(|_| has_more);
    Ok(Json(PageDto {
        items: items.into_iter().map(Into::into).collect(),
        next,
    }))
}

/// The headers of a correction. This type exists only for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only described")]
pub(super) struct KeyHeader {
    /// A unique key that the client chooses for this request, at most 200 characters.
    #[param(
        rename = "Idempotency-Key",
        value_type = String,
        required = false,
        min_length = 1,
        max_length = 200,
        pattern = "^[!-~]+$"
    )]
    idempotency_key: Option<String>,
}

/// Correct the label of a prediction.
///
/// The correction replaces an earlier one of the same prediction. If a request is repeated with the same
/// `Idempotency-Key`, the response is the correction that the first request created.
#[utoipa::path(
    post,
    path = "/api/v1/corrections",
    operation_id = "correct",
    tag = "corrections",
    params(KeyHeader),
    request_body(content = CorrectionRequest, example = json!({"prediction_id": 1, "label": "bug"})),
    responses(
        (status = 201, description = "The correction. It is stored.", body = CorrectionDto),
        Guarded, WithBody, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn correct(
    State(state): State<Shared>,
    Actor(actor): Actor,
    headers: HeaderMap,
    JsonBody(request): JsonBody<CorrectionRequest>,
) -> ServiceResult<(StatusCode, Json<CorrectionDto>)> {
    let key = match headers.get("idempotency-key").map(|key| key.to_str()) {
        None => None,
        Some(Ok(key)) if (1..=MAX_KEY).contains(&key.len()) => Some(key.to_owned()),
        Some(_) => {
            return Err(Problem::invalid(format!(
                "`Idempotency-Key` must have 1 to {MAX_KEY} characters"
            )));
        }
    };
    let labels = match (request.label, request.labels) {
        (Some(label), None) => vec![label],
        (None, Some(labels)) => labels,
        _ => return Err(Problem::invalid("expected either `label` or `labels`")),
    };
    let new = NewCorrection {
        prediction_id: request.prediction_id,
        labels,
        actor,
        settles: request.settles,
        idempotency_key: key,
    };
    let made = corrections::correct(&state, new).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Undo a correction.
#[utoipa::path(
    delete,
    path = "/api/v1/corrections/{id}",
    operation_id = "undoCorrection",
    tag = "corrections",
    params(("id" = i64, Path, description = "The correction's id.", minimum = 1)),
    responses(
        (status = 204, description = "The correction is undone. The previous one, if any, is in effect again."),
        Guarded, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn undo(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Id(id): Id,
) -> ServiceResult<StatusCode> {
    if corrections::undo_by_id(&state, id, &actor).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("correction", id))
    }
}
