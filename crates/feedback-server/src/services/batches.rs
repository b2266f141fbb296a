//! Files that are classified in the background.

use std::io::Write;
use std::path::Path;

use feedback_dataset::read::Format;
use feedback_files::move_into_place;

use crate::batch::{ExportFormat, Inspection, data_reason, export, inspect};
use crate::error::{Error, Result};
use crate::events::Event;
use crate::http::upload::Upload;
use crate::limits::end_page;
use crate::problem::{Answer, Code, Problem};
use crate::state::Inner;
use crate::state_folder::UNFINISHED;
use feedback_store::{BadRowEntry, Batch, BatchState, NewBatch, Store, StoredPrediction};

/// The newest batches.
pub(crate) async fn list(state: &Inner, limit: usize) -> Answer<Vec<Batch>> {
    Ok(state.store.run(move |store| store.batches(limit)).await?)
}

/// The batch with this number.
pub(crate) async fn find(state: &Inner, id: i64) -> Answer<Batch> {
    let batch = state.store.run(move |store| store.batch(id)).await?;
    batch.ok_or_else(|| Problem::not_found("batch", id))
}

/// The first rows of a batch that could not be used.
pub(crate) async fn bad_rows(state: &Inner, id: i64, limit: usize) -> Answer<Vec<BadRowEntry>> {
    find(state, id).await?;
    Ok(state.store.run(move |store| store.bad_rows(id, limit)).await?)
}

/// The first rows of a batch: those that were classified, and those that could not be used.
pub(crate) async fn first_rows(
    state: &Inner,
    id: i64,
    limit: usize,
) -> Answer<(Vec<StoredPrediction>, Vec<BadRowEntry>)> {
    let _turn = state.lists.acquire().await;
    let (mut rows, bad) = state
        .store
        .run(move |store| -> Result<_> { Ok((store.batch_rows(id, 0, limit)?, store.bad_rows(id, limit)?)) })
        .await?;
    end_page(&mut rows, limit, |row| &row.prediction.text);
    Ok((rows, bad))
}

/// Checks and keeps an uploaded file. Returns the batch's number.
pub(crate) async fn add(state: &Inner, upload: Upload) -> Answer<i64> {
    let format = format_of(&upload.name)?;
    let limits = Limits::new(state);
    let uploads = state.batches.uploads().to_owned();
    let _turn = state.inspections.acquire().await;
    // A file that came while texts are erased would not be searched.
    let _not_erasing = state.erasing.read().await;
    let added = state
        .store
        .run(move |store| keep(store, upload, format, limits, &uploads))
        .await;
    let (id, rows) = added.map_err(|error| match error {
        // What is wrong with the sender's file may be told; the path is ours.
        Error::Data(cause) => Problem::invalid(data_reason(&cause)),
        other => other.into(),
    })?;
    tracing::info!(batch = id, rows, "a file was uploaded");
    state.batches.wake();
    state.events.send(Event::Batch { id });
    Ok(id)
}

/// What a file may hold.
#[derive(Debug, Clone, Copy)]
struct Limits {
    max_rows: u64,
    max_row_bytes: usize,
}

impl Limits {
    fn new(state: &Inner) -> Self {
        Self {
            max_rows: state.config.max_upload_rows,
            max_row_bytes: state.config.max_row_bytes,
        }
    }

    fn inspect(self, path: &Path, format: Format, text_field: Option<&str>) -> Result<Inspection> {
        inspect(path, format, text_field, self.max_rows, self.max_row_bytes)
    }
}

/// Returns the batch's number and rows.
fn keep(
    store: &dyn Store,
    upload: Upload,
    format: Format,
    limits: Limits,
    uploads: &Path,
) -> Result<(i64, u64)> {
    let path = upload.file.path();
    let inspection = limits.inspect(path, format, upload.text_field.as_deref())?;
    let rows = inspection.rows;
    if let Some(field) = &upload.text_field
        && !inspection.columns.contains(field)
    {
        return Err(Error::Invalid(
            "the file has no column of the name in `text_field`".into(),
        ));
    }
    // The name on disk is ours: nothing of the sender's name becomes part of a path.
    let stored = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .trim_start_matches(UNFINISHED)
        .to_owned();
    move_into_place(path, uploads.join(&stored))?;
    let kept = uploads.join(&stored);
    let created = store.create_batch(NewBatch {
        name: upload.name,
        format: format.name().to_owned(),
        file: stored,
        bytes: upload.bytes,
        total_rows: rows,
        text_field: upload.text_field,
        columns: Some(inspection.columns),
    });
    match created {
        Ok(id) => Ok((id, rows)),
        Err(error) => {
            // Nobody would know of it.
            fs_err::remove_file(kept)?;
            Err(error.into())
        }
    }
}

fn format_of(name: &str) -> Answer<Format> {
    Format::from_path(Path::new(name)).ok_or_else(|| {
        Problem::new(
            Code::UnsupportedMediaType,
            "the name of the file must end in .csv, .tsv, .jsonl or .txt",
        )
    })
}

/// Queues a staged batch with its column.
pub(crate) async fn start(state: &Inner, id: i64, text_field: String) -> Answer<()> {
    let batch = find(state, id).await?;
    let columns = inspected(state, &batch).await?.columns;
    if !columns.contains(&text_field) {
        return Err(Problem::invalid("the file has no column of this name"));
    }
    check_readable(state, &batch, &text_field).await?;
    // An erasure looks for texts in files that nobody works on.
    let _not_erasing = state.erasing.read().await;
    state
        .store
        .run(move |store| store.queue_batch(id, &text_field))
        .await?;
    state.batches.wake();
    state.events.send(Event::Batch { id });
    Ok(())
}

/// The delimiter of a table follows from its columns, so a file may be readable with one column and not with another.
async fn check_readable(state: &Inner, batch: &Batch, text_field: &str) -> Answer<()> {
    let _turn = state.inspections.acquire().await;
    let limits = Limits::new(state);
    let path = state.batches.uploads().join(&batch.upload.file);
    let (format, field) = (batch.upload.format.clone(), text_field.to_owned());
    let checked = state
        .store
        .run(move |_| limits.inspect(&path, parsed(&format)?, Some(&field)))
        .await;
    match checked {
        Ok(_) => Ok(()),
        Err(Error::Data(cause)) => Err(Problem::invalid(data_reason(&cause))),
        Err(other) => Err(other.into()),
    }
}

fn parsed(format: &str) -> Result<Format> {
    format
        .parse()
        .map_err(|error: feedback_dataset::read::UnknownFormatName| Error::Invalid(error.to_string()))
}

/// The content of an uploaded file, as it was found at the upload.
pub(crate) async fn inspected(state: &Inner, batch: &Batch) -> Answer<Inspection> {
    if let Some(columns) = &batch.upload.columns {
        return Ok(Inspection::of_columns(columns.clone(), batch.upload.total_rows)?);
    }
    // An earlier version stored no columns.
    let path = state.batches.uploads().join(&batch.upload.file);
    let limits = Limits::new(state);
    let format = batch.upload.format.clone();
    let _turn = state.inspections.acquire().await;
    let inspection = state
        .store
        .run(move |_| limits.inspect(&path, parsed(&format)?, None))
        .await?;
    Ok(inspection)
}

/// Cancels a batch; what is classified stays.
pub(crate) async fn cancel(state: &Inner, id: i64) -> Answer<()> {
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

/// Removes a batch and its file; its predictions stay in the history.
pub(crate) async fn remove(state: &Inner, id: i64, actor: &str) -> Answer<()> {
    let actor = actor.to_owned();
    let batch = find(state, id).await?;
    let path = state.batches.uploads().join(&batch.upload.file);
    state
        .store
        .run(move |store| -> Result<_> {
            store.delete_batch(id)?;
            store.add_audit(&actor, "batch.delete", &id.to_string(), "")?;
            match fs_err::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            }
        })
        .await?;
    state.events.send(Event::Batch { id });
    Ok(())
}

/// A batch that has results, or will have.
pub(crate) async fn with_results(state: &Inner, id: i64) -> Answer<Batch> {
    let batch = find(state, id).await?;
    if batch.upload.text_field.is_none() {
        return Err(Problem::new(Code::Conflict, "the batch was not started yet"));
    }
    if !state.batches.uploads().join(&batch.upload.file).is_file() {
        let reason = "the file of the batch is gone; its classified rows are in the history";
        return Err(Problem::new(Code::Conflict, reason));
    }
    Ok(batch)
}

/// Writes the results of a batch; blocks.
pub(crate) fn write_results(
    state: &Inner,
    batch: &Batch,
    format: ExportFormat,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let (uploads, max_row_bytes) = (state.batches.uploads(), state.config.max_row_bytes);
    export(
        state.store.blocking(),
        batch,
        uploads,
        max_row_bytes,
        format,
        output,
    )
}
