//! Files that the server writes itself: the sample, and texts that somebody pasted.

use std::io::Write;

use feedback_store::Store;

use crate::auth::Who;
use crate::dto::StartRequest;
use crate::error::Result;
use crate::http::upload::Upload;
use crate::problem::{Code, Problem, ServiceResult};
use crate::services::{batch_start, batches};
use crate::state::Inner;
use crate::state_folder::UNFINISHED;

/// The field with a pasted text.
const TEXT: &str = "text";
/// The name of a batch of pasted texts.
const PASTED: &str = "pasted texts.jsonl";

/// Adds the sample, and starts to classify it. Returns the id of its batch.
///
/// # Errors
///
/// `not_found` if the server has no sample.
pub(crate) async fn add_sample(state: &Inner, who: &Who) -> ServiceResult<i64> {
    let Some(sample) = state.config.sample else {
        return Err(Problem::new(Code::NotFound, "this server has no sample"));
    };
    classify(
        state,
        sample.file,
        sample.content.to_vec(),
        StartRequest::default(),
        who,
    )
    .await
}

/// Classifies pasted texts, one in each line. Returns the id of their batch.
///
/// # Errors
///
/// `invalid_request` if no line has a text.
pub(crate) async fn add_pasted(state: &Inner, texts: &str, who: &Who) -> ServiceResult<i64> {
    let lines = texts.lines().map(str::trim).filter(|line| !line.is_empty());
    // As JSON, because lines with tabs would be a table, whose first line has names.
    let rows: String = lines
        .map(|text| format!("{}\n", serde_json::json!({ TEXT: text })))
        .collect();
    if rows.is_empty() {
        return Err(Problem::invalid("there is no text; write one in each line"));
    }
    let request = StartRequest {
        text_field: Some(TEXT.to_owned()),
        ..StartRequest::default()
    };
    classify(state, PASTED, rows.into_bytes(), request, who).await
}

async fn classify(
    state: &Inner,
    name: &str,
    content: Vec<u8>,
    request: StartRequest,
    who: &Who,
) -> ServiceResult<i64> {
    let folder = state.batches.uploads().to_owned();
    let n = content.len() as u64;
    let written = move |_: &dyn Store| -> Result<_> {
        let file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
        file.as_file().write_all(&content)?;
        Ok(file)
    };
    let file = state.store.run(written).await?;
    let id = batches::add(state, Upload::own(file, name, n)).await?;
    batch_start::start(state, id, request, who).await?;
    Ok(id)
}
