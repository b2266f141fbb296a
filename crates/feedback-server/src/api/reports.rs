//! Reports on stored texts.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::dto::{ReportDto, ReportRequest};
use crate::http::body::JsonBody;
use crate::http::extract::Actor;
use crate::openapi::{Changing, Checked, Conflict, Failing, Guarded, NotFound, Stored, WithBody};
use crate::problem::ServiceResult;
use crate::services::history::HistoryQuery;
use crate::services::reports::{self, available};
use crate::state::Shared;

/// A report is a self-contained page: its styles are part of it, and it loads and runs nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// All reports, newest first; the newest 30 are kept, and none survives an erasure.
///
/// The response is 404 if this server offers no reports.
#[utoipa::path(
    get,
    path = "/api/v1/reports",
    operation_id = "listReports",
    tag = "reports",
    responses(
        (status = 200, description = "The reports.", body = Vec<ReportDto>),
        Guarded, NotFound, Failing,
    ),
)]
pub(super) async fn list(State(state): State<Shared>) -> ServiceResult<Json<Vec<ReportDto>>> {
    let all = available(&state)?.list()?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// The response to an accepted report: status, address and description.
type Accepted = (StatusCode, [(HeaderName, String); 1], Json<ReportDto>);

/// Start a report: themes, categories and ratings of two periods, by segment, with intervals.
///
/// The report is about the stored texts that match the filter, at most the newest 50,000. It is made in the background. The response is
/// 409 if another report is being made, or if no text matches.
#[utoipa::path(
    post,
    path = "/api/v1/reports",
    operation_id = "startReport",
    tag = "reports",
    params(HistoryQuery),
    request_body(content = ReportRequest, example = json!({"period": "month"})),
    responses(
        (
            status = 202,
            description = "The report has been started.",
            body = ReportDto,
            headers(("Location" = String, description = "The address of the report.")),
        ),
        Guarded, WithBody, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn start(
    State(state): State<Shared>,
    Actor(actor): Actor,
    query: HistoryQuery,
    JsonBody(request): JsonBody<ReportRequest>,
) -> ServiceResult<Accepted> {
    let id = reports::start(&state, &query, request, &actor).await?;
    let report = available(&state)?.get(&id)?;
    let location = [(header::LOCATION, format!("/api/v1/reports/{id}"))];
    Ok((StatusCode::ACCEPTED, location, Json(report.into())))
}

/// One report.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{id}",
    operation_id = "getReport",
    tag = "reports",
    params(("id" = String, Path, description = "The report's id.")),
    responses(
        (status = 200, description = "The report.", body = ReportDto),
        Guarded, NotFound, Failing,
    ),
)]
pub(super) async fn one(
    State(state): State<Shared>,
    Path(id): Path<String>,
) -> ServiceResult<Json<ReportDto>> {
    Ok(Json(available(&state)?.get(&id)?.into()))
}

/// A file of a report: `insight.html`, `insight.md`, `insight.json` or `insight.xlsx`.
///
/// The numbers of the texts are the ids of their predictions.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{id}/{file}",
    operation_id = "getReportFile",
    tag = "reports",
    params(
        ("id" = String, Path, description = "The report's id."),
        ("file" = String, Path, description = "The name of the file.", pattern = "^insight\\.(html|md|json|xlsx)$"),
    ),
    responses(
        (status = 200, description = "The file.", body = String, content_type = "text/html"),
        Guarded, Checked, NotFound, Failing,
    ),
)]
pub(crate) async fn file(
    State(state): State<Shared>,
    Path((id, name)): Path<(String, String)>,
) -> ServiceResult<Response> {
    let content = available(&state)?.file(&id, &name)?;
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/json",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    Ok((headers, content).into_response())
}
