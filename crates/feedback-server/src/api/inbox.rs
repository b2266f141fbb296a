//! The inbox: texts that need an answer.

use axum::Json;
use axum::extract::State;

use crate::dto::{EntryDto, EntryRequest, InboxDto, InboxQuery};
use crate::http::body::JsonBody;
use crate::http::extract::{Actor, ApiQuery, Id, limit};
use crate::openapi::{Changing, Checked, Conflict, Failing, Guarded, NotFound, Stored, WithBody};
use crate::problem::{Problem, ServiceResult};
use crate::services::inbox;
use crate::state::Shared;

/// The inbox: texts that need an answer, the most urgent first.
///
/// A text enters the inbox within a moment if it is urgent, if a rule takes it, or if it is in a language that the model does not know.
#[utoipa::path(
    get,
    path = "/api/v1/inbox",
    operation_id = "listInbox",
    tag = "inbox",
    params(InboxQuery),
    responses(
        (status = 200, description = "The entries.", body = InboxDto),
        Guarded, Checked, Failing,
    ),
)]
pub(super) async fn list(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<InboxQuery>,
) -> ServiceResult<Json<InboxDto>> {
    let limit = limit(query.limit)?;
    let found = inbox::list(&state, &query.wanted()?, query.skip, limit).await?;
    Ok(Json(found.into()))
}

/// One entry of the inbox.
#[utoipa::path(
    get,
    path = "/api/v1/inbox/{id}",
    operation_id = "getInboxEntry",
    tag = "inbox",
    params(("id" = i64, Path, description = "The entry's id.")),
    responses(
        (status = 200, description = "The entry.", body = EntryDto),
        Guarded, NotFound, Failing,
    ),
)]
pub(super) async fn one(State(state): State<Shared>, Id(id): Id) -> ServiceResult<Json<EntryDto>> {
    Ok(Json(inbox::one(&state, id).await?.into()))
}

/// Change the state, the owner, the team, the priority, the due time or the tags of an entry, or add a note.
///
/// Each change is in the audit log, without the words of notes.
#[utoipa::path(
    patch,
    path = "/api/v1/inbox/{id}",
    operation_id = "changeInboxEntry",
    tag = "inbox",
    params(("id" = i64, Path, description = "The entry's id.")),
    request_body(content = EntryRequest, example = json!({"state": "waiting", "owner": "Ann", "note": "Asked for the invoice"})),
    responses(
        (status = 200, description = "The entry as it is now.", body = EntryDto),
        Guarded, WithBody, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn change(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Id(id): Id,
    JsonBody(request): JsonBody<EntryRequest>,
) -> ServiceResult<Json<EntryDto>> {
    if request == EntryRequest::default() {
        return Err(Problem::invalid("the request changes nothing"));
    }
    let change = request.change()?;
    Ok(Json(
        inbox::change(&state, id, change, request.note, &actor)
            .await?
            .into(),
    ))
}
