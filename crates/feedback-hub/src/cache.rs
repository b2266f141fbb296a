//! Hugging Face's cache: `models--owner--name/` with `refs/REVISION` → a commit, `snapshots/COMMIT/` → the files.

use std::path::PathBuf;

use crate::model_files::is_complete;
use crate::options::HubOptions;

/// Returns the folder of a model in the cache.
pub(crate) fn model_folder(name: &str, options: &HubOptions) -> PathBuf {
    options.cache.join(format!("models--{}", name.replace('/', "--")))
}

/// Returns the folder of the revision's snapshot, if the snapshot is complete.
pub(crate) fn find(name: &str, options: &HubOptions) -> Option<PathBuf> {
    let folder = model_folder(name, options);
    let reference = folder.join("refs").join(&options.revision);
    let commit = match fs_err::read_to_string(reference) {
        Ok(commit) => commit.trim().to_owned(),
        Err(_) => options.revision.clone(), // not a known branch or tag; it can be a commit
    };
    let snapshot = folder.join("snapshots").join(commit);
    is_complete(&snapshot).then_some(snapshot)
}
