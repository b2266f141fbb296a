//! Tests of the public API.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed unwrap is a failed test, even in a helper; a skipped test prints the reason"
)]

mod cases;
mod corpus;
mod fold_properties;
mod further_corpora;
mod fuzz_corpus;
mod golden_multi_label;
mod golden_splits;
mod language;
mod near_planted;
mod odd_shapes;
mod prodigy;
mod read_bad_input;
mod read_good_input;
mod read_json_rows;
mod reader_checks;
mod split_properties;
mod split_values;
mod write_split;

use std::path::PathBuf;

/// Creates a file with this content in a temporary folder, which is deleted when the returned guard is dropped.
pub(crate) fn file(name: &str, content: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs_err::write(&path, content).unwrap();
    (folder, path)
}

/// Returns the path of a file below `fixtures/`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures")).join(name)
}

/// Returns the path of a data file in the shared folder next to the project, or `None` if it is missing; the test is then
/// skipped.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let folder = match std::env::var_os("FEEDBACK_SHARED_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
    };
    let path = folder.join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: there is no `{}`", path.display());
    assert!(
        std::env::var_os("FEEDBACK_STRICT").is_none(),
        "{} is missing",
        path.display()
    );
    None
}
