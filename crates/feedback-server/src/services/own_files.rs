//! Files that the server writes itself: the sample, and texts that somebody pasted.

use std::io::Write;

use feedback_store::Store;

use crate::dto::StartRequest;
use crate::error::Result;
use crate::http::upload::Upload;
use crate::problem::{Code, Problem, ServiceResult};
use crate::services::{batch_start, batches};
use crate::state::Inner;
use crate::state_folder::UNFINISHED;

/// The name of a batch of pasted texts.
const PASTED: &str = "pasted texts.txt";

/// Adds the sample, and starts to classify it. Returns the id of its batch.
///
/// # Errors
///
/// `not_found` if the server has no sample.
pub(crate) async fn add_sample(state: &Inner, actor: &str) -> ServiceResult<i64> {
    let Some(sample) = state.config.sample else {
        return Err(Problem::new(Code::NotFound, "this server has no sample"));
    };
    classify(state, sample.file, sample.content.to_vec(), actor).await
}

/// Classifies pasted texts, one in each line. Returns the id of their batch.
///
/// # Errors
///
/// `invalid_request` if no line has a text.
pub(crate) async fn add_pasted(state: &Inner, texts: &str, actor: &str) -> ServiceResult<i64> {
    let lines: Vec<&str> = texts
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    if lines.is_empty() {
        return Err(Problem::invalid("there is no text; write one in each line"));
    }
    classify(state, PASTED, lines.join("\n").into_bytes(), actor).await
}

async fn classify(state: &Inner, name: &str, content: Vec<u8>, actor: &str) -> ServiceResult<i64> {
    let folder = state.batches.uploads().to_owned();
    let n = content.len() as u64;
    let written = move |_: &dyn Store| -> Result<_> {
        let file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
        file.as_file().write_all(&content)?;
        Ok(file)
    };
    let file = state.store.run(written).await?;
    let id = batches::add(state, Upload::own(file, name, n)).await?;
    batch_start::start(state, id, StartRequest::default(), actor).await?;
    Ok(id)
}
