//! `GET /api/v1/digest`: the last weeks as Markdown.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::http::extract::ApiQuery;
use crate::problem::Answer;
use crate::services::digest::last_weeks;
use crate::state::Shared;

#[derive(Debug, Deserialize)]
pub(super) struct DigestQuery {
    weeks: Option<i64>,
}

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
