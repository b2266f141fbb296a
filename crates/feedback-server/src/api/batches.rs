//! Files that are classified in the background.

use std::path::Path as FilePath;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use feedback_dataset::read::Format;
use feedback_files::move_into_place;
use serde::Deserialize;
use tokio::io::AsyncWriteExt;

use super::{ApiQuery, Id, limit};
use crate::auth::Visitor;
use crate::batch::{ExportFormat, Inspection, export, inspect};
use crate::dto::{BadRowDto, BatchDto, StartRequest};
use crate::events::Event;
use crate::http::body::{JsonBody, stale_form};
use crate::problem::{Answer, Code, Problem};
use crate::state::{Inner, Shared};
use feedback_store::{Batch, BatchState, NewBatch};

/// The longest name of a file that is kept, in characters.
const MAX_NAME: usize = 120;
/// The longest text field of a form, in bytes.
const MAX_FIELD: usize = 1000;

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    limit: Option<usize>,
}

pub(super) async fn list(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Answer<Json<Vec<BatchDto>>> {
    let limit = limit(query.limit)?;
    let batches = state.store.run(move |store| store.batches(limit)).await?;
    Ok(Json(batches.into_iter().map(Into::into).collect()))
}

pub(super) async fn one(State(state): State<Shared>, Id(id): Id) -> Answer<Json<BatchDto>> {
    Ok(Json(find(&state, id).await?.into()))
}

/// The batch of this number.
pub(crate) async fn find(state: &Inner, id: i64) -> Answer<Batch> {
    let batch = state.store.run(move |store| store.batch(id)).await?;
    batch.ok_or_else(|| Problem::not_found("batch", id))
}

pub(super) async fn create(
    State(state): State<Shared>,
    request: Request,
) -> Answer<(StatusCode, Json<BatchDto>)> {
    let (id, _) = receive(&state, request, false).await?;
    Ok((StatusCode::CREATED, Json(find(&state, id).await?.into())))
}

/// Takes an upload, as `multipart/form-data` with a part `file` and, optionally, a part `text_field` before it. Returns
/// the batch's number, and what the file holds. A form of a page has to carry its token before the file.
pub(crate) async fn receive(state: &Shared, request: Request, from_page: bool) -> Answer<(i64, Inspection)> {
    let visitor = request.extensions().get::<Visitor>().cloned();
    let multipart = Multipart::from_request(request, state).await;
    let mut multipart = multipart.map_err(|_| {
        Problem::new(
            Code::UnsupportedMediaType,
            "expected `multipart/form-data` with a part `file`",
        )
    })?;
    let file = tempfile::Builder::new()
        .prefix(".upload-")
        .tempfile_in(state.batches.uploads())
        .map_err(crate::Error::from)?;
    let read = read_parts(
        state,
        &mut multipart,
        file.path(),
        visitor.filter(|_| from_page),
        from_page,
    );
    let parts = match tokio::time::timeout(state.config.upload_deadline, read).await {
        Ok(parts) => parts?,
        Err(_) => return Err(Problem::new(Code::RequestTimeout, "the upload took too long")),
    };
    let format = format_of(&parts.name)?;
    let (config, uploads) = (state.config.clone(), state.batches.uploads().to_owned());
    let made = state
        .store
        .run(move |store| -> crate::Result<_> {
            let inspection = inspect(file.path(), format, config.max_upload_rows, config.max_row_bytes)?;
            if let Some(field) = &parts.text_field
                && !inspection.columns.contains(field)
            {
                return Err(crate::Error::Invalid(
                    "the file has no column of the name in `text_field`".into(),
                ));
            }
            // The name on disk is ours: nothing of the client's name becomes part of a path.
            let stored = file
                .path()
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .trim_start_matches(".upload-")
                .to_owned();
            move_into_place(file.path(), uploads.join(&stored))?;
            let id = store.create_batch(NewBatch {
                name: parts.name,
                format: format.name().to_owned(),
                file: stored,
                bytes: parts.bytes,
                total_rows: inspection.rows,
                text_field: parts.text_field,
            })?;
            Ok((id, inspection))
        })
        .await;
    let (id, inspection) = made.map_err(|error| match error {
        // What is wrong with the client's file is for the client to know; the path is ours.
        crate::Error::Data(cause) => Problem::invalid(data_reason(&cause)),
        other => other.into(),
    })?;
    tracing::info!(batch = id, rows = inspection.rows, "a file was uploaded");
    state.batches.wake();
    state.events.send(Event::Batch { id });
    Ok((id, inspection))
}

struct Parts {
    name: String,
    text_field: Option<String>,
    bytes: u64,
}

async fn read_parts(
    state: &Shared,
    multipart: &mut Multipart,
    path: &FilePath,
    visitor: Option<Visitor>,
    from_page: bool,
) -> Answer<Parts> {
    let broken = |_| Problem::invalid("the multipart body is broken or too large");
    let (mut text_field, mut token) = (None, String::new());
    while let Some(mut field) = multipart.next_field().await.map_err(broken)? {
        match field.name() {
            Some("file") => {
                let genuine = visitor
                    .as_ref()
                    .is_some_and(|visitor| visitor.sent(&token, &state.secret));
                if from_page && !genuine {
                    return Err(stale_form());
                }
                let name = clean_name(field.file_name().unwrap_or_default());
                let mut out = tokio::fs::File::create(path).await.map_err(crate::Error::from)?;
                let mut bytes = 0;
                while let Some(chunk) = field.chunk().await.map_err(broken)? {
                    bytes += chunk.len() as u64;
                    if bytes > state.config.max_upload_bytes {
                        let detail =
                            format!("the file is larger than {} bytes", state.config.max_upload_bytes);
                        return Err(Problem::new(Code::TooLarge, detail));
                    }
                    out.write_all(&chunk).await.map_err(crate::Error::from)?;
                }
                out.flush().await.map_err(crate::Error::from)?;
                return Ok(Parts {
                    name,
                    text_field,
                    bytes,
                });
            }
            Some(name @ ("text_field" | "csrf")) => {
                let is_token = name == "csrf";
                let mut value = Vec::new();
                while let Some(chunk) = field.chunk().await.map_err(broken)? {
                    value.extend_from_slice(&chunk);
                    if value.len() > MAX_FIELD {
                        return Err(Problem::new(Code::TooLarge, "a field of the form is too long"));
                    }
                }
                let value =
                    String::from_utf8(value).map_err(|_| Problem::invalid("the form is not UTF-8"))?;
                if is_token {
                    token = value;
                } else {
                    text_field = Some(value).filter(|value| !value.is_empty());
                }
            }
            _ => return Err(Problem::invalid("unknown part; expected `text_field` and `file`")),
        }
    }
    Err(Problem::invalid("there is no part `file`"))
}

/// A name to show: no folders, no control characters, not too long.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last
        .chars()
        .filter(|character| !character.is_control())
        .take(MAX_NAME)
        .collect();
    if shown.is_empty() { "upload".into() } else { shown }
}

fn format_of(name: &str) -> Answer<Format> {
    Format::from_path(FilePath::new(name)).ok_or_else(|| {
        Problem::new(
            Code::UnsupportedMediaType,
            "the name of the file must end in .csv, .tsv, .jsonl or .txt",
        )
    })
}

fn data_reason(error: &feedback_dataset::Error) -> String {
    use feedback_dataset::Error::Read;
    use feedback_dataset::error::ReadError as E;
    match error {
        Read(E::NoRows { .. }) => "the file has no rows".into(),
        Read(E::JsonArray { .. }) => "the file is one JSON array; expected one JSON object a line".into(),
        Read(E::UnclosedQuote { line, column, .. }) => {
            format!("the quote that opens in line {line}, column {column} is never closed")
        }
        _ => "the file cannot be read as what its name says".into(),
    }
}

pub(super) async fn start(
    State(state): State<Shared>,
    Id(id): Id,
    JsonBody(request): JsonBody<StartRequest>,
) -> Answer<Json<BatchDto>> {
    begin(&state, id, request.text_field).await?;
    Ok(Json(find(&state, id).await?.into()))
}

/// Queues a staged batch with its column.
pub(crate) async fn begin(state: &Inner, id: i64, text_field: String) -> Answer<()> {
    let batch = find(state, id).await?;
    let columns = inspected(state, &batch).await?.columns;
    if !columns.contains(&text_field) {
        return Err(Problem::invalid("the file has no column of this name"));
    }
    state
        .store
        .run(move |store| store.queue_batch(id, &text_field))
        .await?;
    state.batches.wake();
    state.events.send(Event::Batch { id });
    Ok(())
}

/// The columns of an uploaded file.
pub(crate) async fn inspected(state: &Inner, batch: &Batch) -> Answer<Inspection> {
    let path = state.batches.uploads().join(&batch.upload.file);
    let (max_rows, max_row_bytes) = (state.config.max_upload_rows, state.config.max_row_bytes);
    let format = batch.upload.format.clone();
    let inspection = state
        .store
        .run(move |_| {
            let format: Format =
                format
                    .parse()
                    .map_err(|error: feedback_dataset::read::UnknownFormatName| {
                        crate::Error::Invalid(error.to_string())
                    })?;
            inspect(&path, format, max_rows, max_row_bytes)
        })
        .await?;
    Ok(inspection)
}

pub(super) async fn cancel(State(state): State<Shared>, Id(id): Id) -> Answer<Json<BatchDto>> {
    stop(&state, id).await?;
    Ok(Json(find(&state, id).await?.into()))
}

/// Cancels a batch; what is classified stays.
pub(crate) async fn stop(state: &Inner, id: i64) -> Answer<()> {
    find(state, id).await?;
    let changed = state
        .store
        .run(move |store| store.set_batch_state(id, BatchState::Cancelled, None))
        .await?;
    if !changed {
        return Err(Problem::new(
            Code::Conflict,
            format!("batch {id} has ended already"),
        ));
    }
    state.events.send(Event::Batch { id });
    Ok(())
}

pub(super) async fn remove(State(state): State<Shared>, Id(id): Id) -> Answer<StatusCode> {
    delete(&state, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a batch and its file; its predictions stay in the history.
pub(crate) async fn delete(state: &Inner, id: i64) -> Answer<()> {
    let batch = find(state, id).await?;
    let path = state.batches.uploads().join(&batch.upload.file);
    state
        .store
        .run(move |store| -> crate::Result<_> {
            store.delete_batch(id)?;
            store.add_audit("batch.delete", &id.to_string(), "")?;
            match fs_err::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            }
        })
        .await?;
    state.events.send(Event::Batch { id });
    Ok(())
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
    let batch = find(&state, id).await?;
    if batch.upload.text_field.is_none() {
        return Err(Problem::new(Code::Conflict, "the batch was not started yet"));
    }
    let (uploads, max_row_bytes) = (state.batches.uploads().to_owned(), state.config.max_row_bytes);
    let file = state
        .store
        .run(move |store| -> crate::Result<_> {
            // Beside the uploads, so that a full disk shows before the first byte is sent.
            let mut file = tempfile::tempfile_in(&uploads)?;
            let mut writer = std::io::BufWriter::new(&mut file);
            export(store, &batch, &uploads, max_row_bytes, format, &mut writer)?;
            std::io::Write::flush(&mut writer)?;
            drop(writer);
            std::io::Seek::rewind(&mut file)?;
            Ok(file)
        })
        .await?;
    Ok(download(
        file,
        &format!("batch-{id}.{}", format.name()),
        format.content_type(),
    ))
}

/// A file as an attachment.
pub(crate) fn download(file: std::fs::File, name: &str, kind: &'static str) -> Response {
    let stream = futures_util::stream::unfold(tokio::fs::File::from_std(file), |mut file| async {
        let mut buffer = vec![0; 1 << 16];
        match tokio::io::AsyncReadExt::read(&mut file, &mut buffer).await {
            Ok(0) => None,
            Ok(n) => {
                buffer.truncate(n);
                Some((Ok(buffer), file))
            }
            Err(error) => Some((Err(error), file)),
        }
    });
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, Body::from_stream(stream)).into_response()
}

pub(super) async fn bad_rows(
    State(state): State<Shared>,
    Id(id): Id,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Answer<Json<Vec<BadRowDto>>> {
    let limit = limit(query.limit)?;
    find(&state, id).await?;
    let rows = state.store.run(move |store| store.bad_rows(id, limit)).await?;
    Ok(Json(rows.into_iter().map(Into::into).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_lose_their_folders() {
        assert_eq!(clean_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_name("C:\\temp\\a.csv"), "a.csv");
        assert_eq!(clean_name("a\u{0}\n.csv"), "a.csv");
        assert_eq!(clean_name("../"), "upload");
        assert_eq!(clean_name(&"x".repeat(999)).len(), MAX_NAME);
    }
}
