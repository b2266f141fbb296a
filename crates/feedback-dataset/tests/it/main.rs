//! Tests of the crate as its users see it.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, also in a helper"
)]

mod golden_confident;
mod golden_splits;
mod near_planted;
mod read_bad_input;
mod read_good_input;
mod split_properties;
mod split_values;
mod write_split;

use std::path::PathBuf;

/// A file with this content in a folder that lives as long as the returned guard.
pub(crate) fn file(name: &str, content: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs_err::write(&path, content).unwrap();
    (folder, path)
}
