//! `GET /api/v1/digest`: the last weeks as Markdown.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::extract::ApiQuery;
use crate::openapi::{Checked, Failing, Guarded};
use crate::problem::Answer;
use crate::services::digest::last_weeks;
use crate::state::Shared;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DigestQuery {
    /// How many.
    #[param(value_type = i64, required = false, minimum = 1, maximum = 52, default = 1)]
    weeks: Option<i64>,
}

/// The last whole weeks as a page of Markdown, beside as many before.
///
/// Totals, categories with their shares and changes, doubtful and corrected ones, and spikes; days are those
/// of UTC, and today is not among them. No text of the feedback is in it.
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
) -> Answer<Response> {
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
