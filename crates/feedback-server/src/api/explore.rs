//! Shares of categories by the values of a field.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::{BreakdownDto, FieldDto};
use crate::http::extract::ApiQuery;
use crate::openapi::{Checked, Failing, Guarded, Stored};
use crate::problem::ServiceResult;
use crate::services::breakdown::{self, By};
use crate::services::explore;
use crate::services::history::HistoryQuery;
use crate::state::Shared;

/// The fields that are offered for filtering and counting.
///
/// These are fields with at most 30 different values in the newest 2,000 texts, such as plan, country or stars; at most 10 fields. A filter
/// can also name any other field.
#[utoipa::path(
    get,
    path = "/api/v1/fields",
    operation_id = "listFields",
    tag = "history",
    responses(
        (status = 200, description = "The fields, in the order of the records.", body = Vec<FieldDto>),
        Guarded, Failing, Stored,
    ),
)]
pub(super) async fn fields(State(state): State<Shared>) -> ServiceResult<Json<Vec<FieldDto>>> {
    let choices = explore::choices(&state).await?;
    Ok(Json(choices.into_iter().map(Into::into).collect()))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ByQuery {
    /// A field, `source`, `theme`, or `answer[QUESTION]` for a further question of the model. A field with such a name is written as
    /// `field[NAME]`.
    #[serde(default)]
    #[param(min_length = 1)]
    by: String,
}

/// The number and share of each label by the values of a field, such as complaints by plan, or by source, theme or sentiment.
///
/// The shares count the model's labels or, where people corrected them, the corrected labels. The intervals show random variation; they do
/// not account for the model's mistakes.
#[utoipa::path(
    get,
    path = "/api/v1/breakdown",
    operation_id = "breakdown",
    tag = "history",
    params(ByQuery, HistoryQuery),
    responses(
        (status = 200, description = "The 30 values with the most texts.", body = BreakdownDto),
        Guarded, Checked, Failing, Stored,
    ),
)]
pub(super) async fn breakdown(
    State(state): State<Shared>,
    ApiQuery(ByQuery { by }): ApiQuery<ByQuery>,
    query: HistoryQuery,
) -> ServiceResult<Json<BreakdownDto>> {
    let found = breakdown::breakdown(&state, query.filter()?, By::read(&by)).await?;
    Ok(Json(BreakdownDto::new(by, found)))
}
