//! What is classified: a file, or standard input.

use std::path::{Path, PathBuf};

use feedback_dataset::read::{ReadOptions, Reader};
use feedback_formats::{Limits, from_reader};
use feedback_inference::RESULT_FIELDS;
use tempfile::TempDir;

use super::formats::is_standard_input;
use crate::{notices, output};

/// Stores standard input in a file, so that its format, encoding and fields can be found as in a file; `None` for another input. The
/// folder is removed when it is dropped.
pub(super) fn stored_input(input: Option<&Path>) -> anyhow::Result<Option<(TempDir, PathBuf)>> {
    if !input.is_some_and(is_standard_input) {
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(notices::STANDARD_INPUT);
    std::io::copy(&mut std::io::stdin().lock(), &mut fs_err::File::create(&path)?)?;
    Ok(Some((folder, path)))
}

/// Opens the input; also returns the options with which it is read.
pub(super) fn open(input: &Path, options: ReadOptions) -> anyhow::Result<(Reader<'static>, ReadOptions)> {
    let limits = Limits::default();
    if is_standard_input(input) {
        let source = from_reader(std::io::stdin(), "standard input", &options, &limits)?;
        let notes = source.contents.notes();
        notes.iter().for_each(output::message);
        return Ok((source.reader, options));
    }
    let found = notices::look(input, &options)?;
    replaced(&found.fields);
    let options = found.options;
    Ok((feedback_formats::open(input, &options, &limits)?.reader, options))
}

/// Says which fields of the input are replaced by those of the predictions.
fn replaced(fields: &[String]) {
    let is_result = |field: &&String| RESULT_FIELDS.contains(&field.as_str());
    let replaced: Vec<String> = fields
        .iter()
        .filter(is_result)
        .map(|field| format!("`{field}`"))
        .collect();
    if !replaced.is_empty() {
        output::message(format_args!(
            "the fields {} of the input are replaced by those of the predictions; rename them to keep them",
            replaced.join(", ")
        ));
    }
}
