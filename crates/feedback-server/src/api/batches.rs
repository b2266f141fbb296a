//! Files that are classified in the background.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::batch::ExportFormat;
use crate::dto::{BadRowDto, BatchDto, StartRequest};
use crate::http::body::JsonBody;
use crate::http::download::download;
use crate::http::extract::{ApiQuery, Id, limit};
use crate::http::upload::{Sender, receive};
use crate::problem::{Answer, Problem};
use crate::services::batches;
use crate::state::Shared;

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    limit: Option<usize>,
}

pub(super) async fn list(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Answer<Json<Vec<BatchDto>>> {
    let batches = batches::list(&state, limit(query.limit)?).await?;
    Ok(Json(batches.into_iter().map(Into::into).collect()))
}

pub(super) async fn one(State(state): State<Shared>, Id(id): Id) -> Answer<Json<BatchDto>> {
    Ok(Json(batches::find(&state, id).await?.into()))
}

pub(super) async fn create(
    State(state): State<Shared>,
    request: Request,
) -> Answer<(StatusCode, Json<BatchDto>)> {
    let upload = receive(&state, request, Sender::Program).await?;
    let id = batches::add(&state, upload).await?;
    Ok((StatusCode::CREATED, Json(batches::find(&state, id).await?.into())))
}

pub(super) async fn start(
    State(state): State<Shared>,
    Id(id): Id,
    JsonBody(request): JsonBody<StartRequest>,
) -> Answer<Json<BatchDto>> {
    batches::start(&state, id, request.text_field).await?;
    Ok(Json(batches::find(&state, id).await?.into()))
}

pub(super) async fn cancel(State(state): State<Shared>, Id(id): Id) -> Answer<Json<BatchDto>> {
    batches::cancel(&state, id).await?;
    Ok(Json(batches::find(&state, id).await?.into()))
}

pub(super) async fn remove(State(state): State<Shared>, Id(id): Id) -> Answer<StatusCode> {
    batches::remove(&state, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
pub(crate) struct ResultsQuery {
    #[serde(default)]
    format: String,
}

pub(crate) async fn results(
    State(state): State<Shared>,
    Id(id): Id,
    ApiQuery(query): ApiQuery<ResultsQuery>,
) -> Answer<Response> {
    let format = match query.format.as_str() {
        "" => ExportFormat::Jsonl,
        name => ExportFormat::from_name(name)
            .ok_or_else(|| Problem::invalid("`format` must be `csv`, `jsonl` or `parquet`"))?,
    };
    let file = batches::results(&state, id, format).await?;
    let name = format!("batch-{id}.{}", format.name());
    Ok(download(file, &name, format.content_type()))
}

pub(super) async fn bad_rows(
    State(state): State<Shared>,
    Id(id): Id,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Answer<Json<Vec<BadRowDto>>> {
    let rows = batches::bad_rows(&state, id, limit(query.limit)?).await?;
    Ok(Json(rows.into_iter().map(Into::into).collect()))
}
