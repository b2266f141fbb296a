//! Batches: uploaded files that are classified in the background.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};
use feedback_formats::write::OutputFormat;
use feedback_store::{Batch, Erase};
use serde::Deserialize;
use utoipa::openapi::schema::Object;
use utoipa::{IntoParams, ToSchema};

use crate::auth::Visitor;
use crate::batch::{SetAside, content_type};
use crate::dto::{BadRowDto, BatchDto, PreviewDto, StartRequest};
use crate::http::body::JsonBody;
use crate::http::client::Client;
use crate::http::download::{FileKind, download};
use crate::http::extract::{Actor, ApiQuery, Id, limit};
use crate::http::upload::{Sender, receive};
use crate::openapi::{Changing, Checked, Conflict, Failing, Guarded, NotFound, Stored, WithBody, one_of};
use crate::problem::{Problem, ServiceResult};
use crate::services::batch_start::{self, Columns, has_file, will_be_set_aside};
use crate::services::{batches, erasures};
use crate::state::Shared;

// This type exists only for the OpenAPI document.
/// The bytes of a file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only described")]
pub(crate) struct Binary(Vec<u8>);

// This type exists only for the OpenAPI document; uploads are received part by part.
/// A file to upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(super) struct UploadForm {
    /// The column with the texts.
    #[schema(value_type = String, required = false)]
    text_field: Option<String>,
    /// The sheet of a spreadsheet; without it, the one with the most cells.
    #[schema(value_type = String, required = false)]
    sheet: Option<String>,
    /// The file in a zip archive that has several.
    #[schema(value_type = String, required = false)]
    member: Option<String>,
    /// Number of rows above the header of a table, at most 1000; without it, titles above the header are found.
    #[schema(value_type = usize, required = false, maximum = 1000)]
    skip_rows: Option<usize>,
    /// Number of rows that name the columns of a table, at most 1000; 1 without it.
    #[schema(value_type = usize, required = false, maximum = 1000)]
    header_rows: Option<usize>,
    /// The delimiter of a table, such as `;` or `tab`; without it, it is found.
    #[schema(value_type = String, required = false)]
    delimiter: Option<String>,
    /// The encoding, such as `windows-1252`; without it, it is found.
    #[schema(value_type = String, required = false)]
    encoding: Option<String>,
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Maximum number of items.
    #[param(value_type = usize, required = false, minimum = 1, maximum = 500, default = 50)]
    limit: Option<usize>,
}

/// Batches, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/batches",
    operation_id = "listBatches",
    tag = "batches",
    params(ListQuery),
    responses(
        (status = 200, description = "The batches.", body = Vec<BatchDto>),
        Guarded, Checked, Failing, Stored,
    ),
)]
pub(super) async fn list(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ServiceResult<Json<Vec<BatchDto>>> {
    let batches = batches::list(&state, limit(query.limit)?).await?;
    Ok(Json(batches.into_iter().map(Into::into).collect()))
}

/// One batch and its progress.
#[utoipa::path(
    get,
    path = "/api/v1/batches/{id}",
    operation_id = "getBatch",
    tag = "batches",
    params(("id" = i64, Path, description = "The batch's id.", minimum = 1)),
    responses(
        (status = 200, description = "The batch.", body = BatchDto),
        Guarded, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn one(State(state): State<Shared>, Id(id): Id) -> ServiceResult<Json<BatchDto>> {
    Ok(Json(batches::find(&state, id).await?.into()))
}

/// What an uploaded file seems to contain: its fields, what they are taken for, and the first rows.
#[utoipa::path(
    get,
    path = "/api/v1/batches/{id}/preview",
    operation_id = "previewBatch",
    tag = "batches",
    params(("id" = i64, Path, description = "The batch's id.", minimum = 1)),
    responses(
        (status = 200, description = "What `start` does with an empty body, the field that seems to have labels (it uses them only if the last file with the same columns did), and the first rows.", body = PreviewDto),
        Guarded, Checked, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn preview(State(state): State<Shared>, Id(id): Id) -> ServiceResult<Json<PreviewDto>> {
    let batch = batches::find(&state, id).await?;
    let (found, like) = batches::inspected(&state, &batch).await?;
    let columns = Columns::guessed(&found, like.as_ref());
    let aside = match has_file(&state, &batch) {
        true => will_be_set_aside(&state, &batch, &columns).await?,
        false => SetAside::default(),
    };
    Ok(Json(PreviewDto::new(
        found,
        (columns.text, columns.choice),
        like,
        aside,
    )))
}

/// Upload a file.
///
/// The format is found from the content: text formats, spreadsheets and Parquet, also compressed. All other parts must come
/// before `file`.
#[utoipa::path(
    post,
    path = "/api/v1/batches",
    operation_id = "createBatch",
    tag = "batches",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (
            status = 201,
            description = "The batch: queued if `text_field` was given, otherwise staged.",
            body = BatchDto,
        ),
        Guarded, WithBody, Changing, Failing, Stored,
    ),
)]
pub(super) async fn create(
    State(state): State<Shared>,
    request: Request,
) -> ServiceResult<(StatusCode, Json<BatchDto>)> {
    let upload = receive(&state, request, Sender::Program).await?;
    let id = batches::add(&state, upload).await?;
    Ok((StatusCode::CREATED, Json(batches::find(&state, id).await?.into())))
}

/// Choose the columns of a staged batch and queue the batch.
#[utoipa::path(
    post,
    path = "/api/v1/batches/{id}/start",
    operation_id = "startBatch",
    tag = "batches",
    params(("id" = i64, Path, description = "The batch's id.", minimum = 1)),
    request_body(content = StartRequest, example = json!({"text_field": "text"})),
    responses(
        (status = 200, description = "The batch.", body = BatchDto),
        Guarded, WithBody, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn start(
    State(state): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    Id(id): Id,
    JsonBody(request): JsonBody<StartRequest>,
) -> ServiceResult<Json<BatchDto>> {
    batch_start::start(&state, id, request, &visitor.who).await?;
    Ok(Json(batches::find(&state, id).await?.into()))
}

/// Cancel a batch. Rows that are already classified stay in the history.
#[utoipa::path(
    post,
    path = "/api/v1/batches/{id}/cancel",
    operation_id = "cancelBatch",
    tag = "batches",
    params(("id" = i64, Path, description = "The batch's id.", minimum = 1)),
    responses(
        (status = 200, description = "The batch.", body = BatchDto),
        Guarded, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn cancel(State(state): State<Shared>, Id(id): Id) -> ServiceResult<Json<BatchDto>> {
    batches::cancel(&state, id).await?;
    Ok(Json(batches::find(&state, id).await?.into()))
}

fn text_choices() -> Object {
    one_of(&["", "keep", "erase"])
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RemoveQuery {
    /// `keep` (the default): the texts of the batch stay in the history. `erase`: they are erased as by `POST /api/v1/erasures`.
    #[serde(default)]
    #[param(schema_with = text_choices, required = false)]
    texts: String,
}

/// Delete a batch that is not running, and its file; its texts are kept or erased.
#[utoipa::path(
    delete,
    path = "/api/v1/batches/{id}",
    operation_id = "deleteBatch",
    tag = "batches",
    params(("id" = i64, Path, description = "The batch's id.", minimum = 1), RemoveQuery),
    responses(
        (
            status = 204,
            description = "The batch is deleted. Its predictions stay in the history, unless `texts` is `erase`.",
        ),
        Guarded, Checked, Changing, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(super) async fn remove(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Id(id): Id,
    ApiQuery(query): ApiQuery<RemoveQuery>,
) -> ServiceResult<StatusCode> {
    match query.texts.as_str() {
        "" | "keep" => batches::remove(&state, id, &actor).await?,
        "erase" => drop(erasures::erase(&state, Erase::Batch(id), &actor).await?),
        _ => return Err(Problem::invalid("`texts` must be `keep` or `erase`")),
    }
    Ok(StatusCode::NO_CONTENT)
}

fn result_formats() -> Object {
    one_of(&["", "csv", "json", "jsonl", "xlsx", "parquet"])
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResultsQuery {
    /// `jsonl` (the default), `csv`, `xlsx` or `parquet`.
    #[serde(default)]
    #[param(schema_with = result_formats, required = false)]
    format: String,
}

/// The classified rows of a batch, with all their fields and their predictions.
#[utoipa::path(
    get,
    path = "/api/v1/batches/{id}/results",
    operation_id = "getResults",
    tag = "batches",
    params(("id" = i64, Path, description = "The batch's id.", minimum = 1), ResultsQuery),
    responses(
        (
            status = 200,
            description = "JSON lines, a CSV table with escaped formulas and the delimiter of the uploaded table, a spreadsheet, or a Parquet file.",
            content(
                (String = "application/x-ndjson"),
                (String = "application/json"),
                (String = "text/csv"),
                (Binary = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                (Binary = "application/vnd.apache.parquet"),
            ),
        ),
        Guarded, Checked, NotFound, Conflict, Failing, Stored,
    ),
)]
pub(crate) async fn results(
    State(state): State<Shared>,
    Extension(client): Extension<Client>,
    Id(id): Id,
    ApiQuery(query): ApiQuery<ResultsQuery>,
) -> ServiceResult<Response> {
    let format = match query.format.as_str() {
        "" => OutputFormat::Jsonl,
        name => name
            .parse()
            .map_err(|_| Problem::invalid("`format` must be `csv`, `json`, `jsonl`, `xlsx` or `parquet`"))?,
    };
    let batch = batches::with_results(&state, id).await?;
    let permit = state.admission.exports.admit(client.address, 1)?;
    let kind = FileKind {
        name: format!("{}-classified.{format}", file_stem(&batch)),
        content_type: content_type(format),
    };
    download(kind, permit, move |output| {
        batches::write_results(&state, &batch, format, output)
    })
    .await
}

/// Returns the name of the uploaded file without its extension, as far as every system allows it in a file name.
fn file_stem(batch: &Batch) -> String {
    const LONGEST: usize = 80;
    let name = batch.upload.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() || "-_ ()".contains(c) {
            c
        } else {
            '_'
        }
    };
    let stem: String = stem.chars().map(allowed).take(LONGEST).collect();
    if stem.trim().is_empty() {
        return format!("batch-{}", batch.id);
    }
    stem
}

/// The bad rows of a batch: rows that could not be read or classified.
#[utoipa::path(
    get,
    path = "/api/v1/batches/{id}/bad-rows",
    operation_id = "getBadRows",
    tag = "batches",
    params(("id" = i64, Path, description = "The batch's id.", minimum = 1), ListQuery),
    responses(
        (status = 200, description = "The rows, in the order of the file.", body = Vec<BadRowDto>),
        Guarded, Checked, NotFound, Failing, Stored,
    ),
)]
pub(super) async fn bad_rows(
    State(state): State<Shared>,
    Id(id): Id,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ServiceResult<Json<Vec<BadRowDto>>> {
    let rows = batches::bad_rows(&state, id, limit(query.limit)?).await?;
    Ok(Json(rows.into_iter().map(Into::into).collect()))
}
