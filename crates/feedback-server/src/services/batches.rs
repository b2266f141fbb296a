//! Batches: uploaded files that are classified in the background.

use std::io::Write;
use std::path::Path;

use feedback_clean::Masking;
use feedback_dataset::read::Format;
use feedback_files::move_into_place;
use feedback_formats::FormatError;
use feedback_formats::write::OutputFormat;

use crate::batch::{
    Inspection, LabelFields, RESULT_FIELDS, Unpacked, data_reason, export, inspect, lines_beside, look_at,
    remove_upload, unpack,
};
use crate::error::{Error, Result};
use crate::events::Event;
use crate::http::upload::Upload;
use crate::limits::end_page;
use crate::problem::{Code, Problem, ServiceResult};
use crate::state::Inner;
use crate::state_folder::UNFINISHED;
use feedback_store::{BadRowEntry, Batch, BatchState, NewBatch, Store, StoredPrediction};

/// Returns the newest batches, at most `limit`.
pub(crate) async fn list(state: &Inner, limit: usize) -> ServiceResult<Vec<Batch>> {
    Ok(state.store.run(move |store| store.batches(limit)).await?)
}

/// Returns the batch with this id.
///
/// # Errors
///
/// `not_found` if there is no such batch.
pub(crate) async fn find(state: &Inner, id: i64) -> ServiceResult<Batch> {
    let batch = state.store.run(move |store| store.batch(id)).await?;
    batch.ok_or_else(|| Problem::not_found("batch", id))
}

/// Returns the first rows of a batch that were set aside.
pub(crate) async fn bad_rows(state: &Inner, id: i64, limit: usize) -> ServiceResult<Vec<BadRowEntry>> {
    find(state, id).await?;
    Ok(state.store.run(move |store| store.bad_rows(id, limit)).await?)
}

/// Returns the first classified rows of a batch and the first rows that were set aside.
pub(crate) async fn first_rows(
    state: &Inner,
    id: i64,
    limit: usize,
) -> ServiceResult<(Vec<StoredPrediction>, Vec<BadRowEntry>)> {
    let _turn = state.lists.acquire().await;
    let (mut rows, bad) = state
        .store
        .run(move |store| -> Result<_> { Ok((store.batch_rows(id, 0, limit)?, store.bad_rows(id, limit)?)) })
        .await?;
    end_page(&mut rows, limit, |row| {
        row.prediction.text.len() + row.prediction.fields.n_bytes()
    });
    Ok((rows, bad))
}

/// Checks and stores an uploaded file. Returns the id of the new batch.
pub(crate) async fn add(state: &Inner, upload: Upload) -> ServiceResult<i64> {
    let limits = Limits::new(state);
    let uploads = state.batches.uploads().to_owned();
    let _turn = state.inspections.acquire().await;
    // A file that is added during an erasure would not be searched.
    let _not_erasing = state.erasing.read().await;
    let masking = state.config.masking.clone();
    let added = state
        .store
        .run(move |store| keep(store, upload, limits, &uploads, masking.as_ref()))
        .await;
    let (id, rows) = added.map_err(|error| match error {
        // The client learns what is wrong with the file, but not the path of the file on the server.
        Error::Data(cause) if is_foreign(&cause) => {
            Problem::new(Code::UnsupportedMediaType, data_reason(&cause))
        }
        Error::Data(cause) => Problem::invalid(data_reason(&cause)),
        other => other.into(),
    })?;
    tracing::info!(batch = id, rows, "a file was uploaded");
    state.batches.wake();
    state.events.send(Event::Batch { id });
    Ok(id)
}

/// The limits on the rows of a file.
#[derive(Debug, Clone, Copy)]
struct Limits {
    max_rows: u64,
    max_row_bytes: usize,
    /// To how many bytes a compressed file may expand.
    max_expanded_bytes: u64,
}

/// Maximum ratio of the size of the unpacked rows to `max_upload_bytes`.
const MAX_EXPANSION: u64 = 8;

impl Limits {
    fn new(state: &Inner) -> Self {
        Self {
            max_rows: state.config.max_upload_rows,
            max_row_bytes: state.config.max_row_bytes,
            max_expanded_bytes: state.config.max_upload_bytes.saturating_mul(MAX_EXPANSION),
        }
    }

    fn inspect(self, path: &Path, format: Format, text_field: Option<&str>) -> Result<Inspection> {
        inspect(path, format, text_field, self.max_rows, self.max_row_bytes)
    }
}

/// Checks the file, moves it into the folder of uploads and adds a batch. Returns the batch id and the number of rows.
fn keep(
    store: &dyn Store,
    upload: Upload,
    limits: Limits,
    uploads: &Path,
    masking: Option<&Masking>,
) -> Result<(i64, u64)> {
    let sha256 = feedback_files::sha256_of_file(upload.file.path()).map_err(std::io::Error::from)?;
    let Unpacked {
        file,
        format,
        mut notes,
    } = unpack(
        upload.file,
        (&upload.name, &upload.reading),
        uploads,
        limits.max_expanded_bytes,
        limits.max_row_bytes,
        masking,
    )?;
    let path = file.path();
    let inspection = limits.inspect(path, format, upload.text_field.as_deref())?;
    let rows = inspection.rows;
    notes.extend(replaced(&inspection.columns));
    if let Some(field) = &upload.text_field
        && !inspection.columns.contains(field)
    {
        return Err(Error::Invalid("`text_field` is not a column of the file".into()));
    }
    let stored = move_to_uploads(path, uploads)?;
    let kept = uploads.join(&stored);
    let created = store.create_batch(NewBatch {
        name: upload.name,
        format: format.name().to_owned(),
        file: stored,
        bytes: upload.bytes,
        sha256: Some(sha256),
        total_rows: rows,
        text_field: upload.text_field,
        columns: Some(inspection.columns),
        notes,
    });
    match created {
        Ok(id) => Ok((id, rows)),
        Err(error) => {
            // No batch refers to the file.
            remove_upload(&kept)?;
            Err(error.into())
        }
    }
}

/// Moves a file to the uploads, with its lines. Returns its name there: no part of the name that the client sent is in it.
fn move_to_uploads(path: &Path, uploads: &Path) -> Result<String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stored = name.trim_start_matches(UNFINISHED).to_owned();
    let to = uploads.join(&stored);
    move_into_place(path, &to)?;
    if lines_beside(path).is_file() {
        move_into_place(lines_beside(path), lines_beside(&to))?;
    }
    Ok(stored)
}

/// Returns a note if results have fields of the same names as the file.
fn replaced(columns: &[String]) -> Option<String> {
    let is_result = |column: &&String| RESULT_FIELDS.contains(&column.as_str());
    let replaced: Vec<String> = columns
        .iter()
        .filter(is_result)
        .map(|name| format!("`{name}`"))
        .collect();
    (!replaced.is_empty()).then(|| {
        format!(
            "in the results, {} of the file are replaced by those of the prediction",
            replaced.join(", ")
        )
    })
}

/// Whether a file is of a kind that is not read, such as a PDF.
fn is_foreign(error: &feedback_dataset::Error) -> bool {
    let feedback_dataset::Error::Read(error) = error else {
        return false;
    };
    matches!(
        FormatError::of(error),
        Some(FormatError::Foreign(_) | FormatError::NotBuilt { .. })
    )
}

pub(super) fn parsed(format: &str) -> Result<Format> {
    format
        .parse()
        .map_err(|error: feedback_dataset::read::UnknownFormatName| Error::Invalid(error.to_string()))
}

/// Looks at the first rows of an uploaded file. An earlier file with the same columns says what they are for.
pub(crate) async fn inspected(state: &Inner, batch: &Batch) -> ServiceResult<(Inspection, Option<Batch>)> {
    let path = state.batches.uploads().join(&batch.upload.file);
    let limits = Limits::new(state);
    let (format, rows) = (batch.upload.format.clone(), batch.upload.total_rows);
    if !path.is_file() {
        // After the restore of a backup without uploads.
        let columns = batch.upload.columns.clone().unwrap_or_default();
        return Ok((Inspection::without_file(columns, rows), None));
    }
    let _turn = state.inspections.acquire().await;
    let inspection = state
        .store
        .run(move |_| look_at(&path, parsed(&format)?, rows, limits.max_row_bytes))
        .await?;
    Ok((inspection, like(state, batch).await?))
}

/// Returns the newest earlier batch with the same columns whose columns somebody chose.
async fn like(state: &Inner, batch: &Batch) -> ServiceResult<Option<Batch>> {
    let (id, columns) = (batch.id, batch.upload.columns.clone());
    let all = state.store.run(|store| store.batches(usize::MAX)).await?;
    let is_like = |other: &Batch| {
        other.id < id
            && columns.is_some()
            && other.upload.columns == columns
            && other.upload.text_field.is_some()
            && other.state == BatchState::Done
            && other.choice.as_ref().is_some_and(|choice| choice.is_chosen)
    };
    Ok(all.into_iter().find(is_like))
}

/// Cancels a batch. Rows that are already classified are kept.
pub(crate) async fn cancel(state: &Inner, id: i64) -> ServiceResult<()> {
    find(state, id).await?;
    let changed = state
        .store
        .run(move |store| store.set_batch_state(id, BatchState::Cancelled, None))
        .await?;
    if !changed {
        return Err(Problem::new(
            Code::Conflict,
            format!("batch {id} has already ended"),
        ));
    }
    state.events.send(Event::Batch { id });
    Ok(())
}

/// Returns an earlier batch with the same file, if there is one.
pub(crate) async fn same_file(state: &Inner, batch: &Batch) -> ServiceResult<Option<Batch>> {
    let Some(hash) = batch.upload.sha256.clone() else {
        return Ok(None);
    };
    let id = batch.id;
    let all = state.store.run(|store| store.batches(usize::MAX)).await?;
    Ok(all
        .into_iter()
        .find(|other| other.id < id && other.upload.sha256.as_ref() == Some(&hash)))
}

/// Removes a batch and its file. The predictions stay in the history.
pub(crate) async fn remove(state: &Inner, id: i64, actor: &str) -> ServiceResult<()> {
    let actor = actor.to_owned();
    let batch = find(state, id).await?;
    let path = state.batches.uploads().join(&batch.upload.file);
    state
        .store
        .run(move |store| -> Result<_> {
            store.delete_batch(id)?;
            store.add_audit(&actor, "batch.delete", &id.to_string(), "")?;
            Ok(remove_upload(&path)?)
        })
        .await?;
    state.events.send(Event::Batch { id });
    Ok(())
}

/// Returns a batch that has results or will have results.
///
/// # Errors
///
/// `conflict` if the batch has not been started or the file is missing.
pub(crate) async fn with_results(state: &Inner, id: i64) -> ServiceResult<Batch> {
    let batch = find(state, id).await?;
    if batch.upload.text_field.is_none() {
        return Err(Problem::new(Code::Conflict, "the batch has not been started yet"));
    }
    if !state.batches.uploads().join(&batch.upload.file).is_file() {
        let reason = "the file of the batch is gone; its classified rows are in the history";
        return Err(Problem::new(Code::Conflict, reason));
    }
    Ok(batch)
}

/// Writes the results of a batch. Blocks the current thread.
pub(crate) fn write_results(
    state: &Inner,
    batch: &Batch,
    format: OutputFormat,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let (uploads, max_row_bytes) = (state.batches.uploads(), state.config.max_row_bytes);
    let store = state.store.blocking();
    let labels = label_fields(store, batch)?;
    export(store, batch, uploads, max_row_bytes, (format, labels), output)
}

/// Returns the fields for the labels of the model that classified the first row of a batch.
fn label_fields(store: &dyn Store, batch: &Batch) -> Result<LabelFields> {
    let Some(first) = store.batch_rows(batch.id, 0, 1)?.pop() else {
        return Ok(LabelFields::One);
    };
    let model = store.model(&first.prediction.model)?;
    let is_multi_label = model.is_some_and(|model| model.manifest["multi_label"].is_object());
    // A model folder from elsewhere has no manifest.
    Ok(match is_multi_label || first.prediction.labels.len() != 1 {
        true => LabelFields::Several,
        false => LabelFields::One,
    })
}
