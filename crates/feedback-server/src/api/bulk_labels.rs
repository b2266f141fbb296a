//! Labels that many texts are given at once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::dto::{BulkLabelDto, LabelRequest};
use crate::http::body::JsonBody;
use crate::http::extract::{Actor, Id};
use crate::openapi::{Changing, Checked, Conflict, Failing, Guarded, NotFound, Stored, WithBody};
use crate::problem::{Problem, ServiceResult};
use crate::services::bulk_labels;
use crate::services::history::HistoryQuery;
use crate::state::Shared;

/// The newest labels that many texts were given at once, and that can be undone.
#[utoipa::path(
    get,
    path = "/api/v1/labels/bulk",
    operation_id = "listBulkLabels",
    tag = "corrections",
    responses(
        (status = 200, description = "The changes, newest first.", body = Vec<BulkLabelDto>),
        Guarded, Failing, Stored,
    ),
)]
pub(super) async fn list(State(state): State<Shared>) -> ServiceResult<Json<Vec<BulkLabelDto>>> {
    let all = bulk_labels::list(&state).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// Give all texts of a filter a label.
///
/// The query parameters are those of the history; at least one filter is needed, and `limit`, `before` and `group` are refused. Texts that a person labelled keep their labels. The
/// response is 409 if the filter selects more than 500 other texts. Undo it with `DELETE`.
#[utoipa::path(
    post,
    path = "/api/v1/labels/bulk",
    operation_id = "giveBulkLabel",
    tag = "corrections",
    params(HistoryQuery),
    request_body(content = LabelRequest, example = json!({"label": "bug"})),
    responses(
        (status = 201, description = "The change.", body = BulkLabelDto),
        Guarded, Checked, WithBody, Changing, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn give(
    State(state): State<Shared>,
    Actor(actor): Actor,
    query: HistoryQuery,
    JsonBody(request): JsonBody<LabelRequest>,
) -> ServiceResult<(StatusCode, Json<BulkLabelDto>)> {
    if query.limit.is_some() || !query.before.is_empty() || !query.group.is_empty() {
        let detail = "`limit`, `before` and `group` do not choose texts: narrow the filter instead";
        return Err(Problem::invalid(detail));
    }
    let made = bulk_labels::label(&state, query.filter()?, request.label, &actor).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Undo a label that many texts were given at once.
///
/// Texts whose label somebody changed since keep it.
#[utoipa::path(
    delete,
    path = "/api/v1/labels/bulk/{id}",
    operation_id = "undoBulkLabel",
    tag = "corrections",
    params(("id" = u64, Path, description = "The id of the change.")),
    responses(
        (status = 204, description = "The texts have their earlier labels again."),
        Guarded, Changing, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn undo(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Id(id): Id,
) -> ServiceResult<StatusCode> {
    let change = u64::try_from(id).map_err(|_| Problem::not_found("label of many texts", id))?;
    bulk_labels::undo(&state, change, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
