//! The inbox: texts that need an answer.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::{EntryDto, EntryRequest, InboxDto};
use crate::http::body::JsonBody;
use crate::http::extract::{Actor, ApiQuery, Id, limit};
use crate::openapi::{Changing, Checked, Conflict, Failing, Guarded, NotFound, Stored, WithBody};
use crate::problem::{Answer, Problem};
use crate::services::inbox::{self, Wanted, When};
use crate::state::Shared;
use feedback_store::CaseState;

/// The query parameters of the inbox.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InboxQuery {
    /// `open`, `waiting`, `done` or `all`. Default: all that are not done.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) state: String,
    /// Only the entries of this team; `-` for those without a team.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) team: String,
    /// Only the entries of this owner; `-` for those without an owner.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) owner: String,
    /// `today` for those that are urgent now or due before the end of the day (UTC); `overdue` for those that were due before now.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) when: String,
    /// Number of entries to skip.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) skip: u64,
    /// Maximum number of entries, 1 to 500; default 50.
    #[param(required = false, minimum = 1, maximum = 500)]
    pub(crate) limit: Option<usize>,
}

impl InboxQuery {
    pub(crate) fn wanted(&self) -> Answer<Wanted> {
        let states = match self.state.as_str() {
            "" => Vec::new(),
            "all" => CaseState::ALL.to_vec(),
            name => vec![
                CaseState::from_name(name)
                    .ok_or_else(|| Problem::invalid("`state` must be `open`, `waiting`, `done` or `all`"))?,
            ],
        };
        let name = |name: &str| match name {
            "" => None,
            "-" => Some(String::new()),
            name => Some(name.to_owned()),
        };
        Ok(Wanted {
            states,
            team: name(&self.team),
            owner: name(&self.owner),
            when: When::from_name(&self.when)
                .ok_or_else(|| Problem::invalid("`when` must be `today` or `overdue`"))?,
        })
    }
}

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
) -> Answer<Json<InboxDto>> {
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
pub(super) async fn one(State(state): State<Shared>, Id(id): Id) -> Answer<Json<EntryDto>> {
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
) -> Answer<Json<EntryDto>> {
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
