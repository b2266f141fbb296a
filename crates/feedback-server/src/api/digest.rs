//! `GET /api/v1/digest`: a summary of the last weeks in Markdown.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::extract::ApiQuery;
use crate::openapi::{Checked, Failing, Guarded};
use crate::problem::ServiceResult;
use crate::services::digest::last_weeks;
use crate::state::Shared;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DigestQuery {
    /// Number of weeks.
    #[param(value_type = i64, required = false, minimum = 1, maximum = 52, default = 1)]
    weeks: Option<i64>,
}

/// A digest of the last weeks in Markdown, compared with the same number of weeks before.
///
/// The digest has totals, the numbers of doubtful and corrected predictions, categories with their shares and
/// changes, and spikes. Days are in UTC, and today is not included. The digest contains no feedback text.
#[utoipa::path(
    get,
    path = "/api/v1/digest",
    operation_id = "digest",
    tag = "history",
    params(DigestQuery),
    responses(
        (status = 200, description = "The digest.", body = String, content_type = "text/markdown"),
        Guarded, Checked, Failing,
    ),
)]
pub(super) async fn digest(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<DigestQuery>,
) -> ServiceResult<Response> {
    let digest = last_weeks(&state, query.weeks.unwrap_or(1)).await?;
    let name = format!("inline; filename=\"feedback-digest-{}.md\"", digest.last_day);
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/markdown; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("inline")),
        ),
    ];
    Ok((headers, digest.markdown).into_response())
}
