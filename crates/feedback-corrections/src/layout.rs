//! Where the files of a run's corrections are.

use std::path::{Path, PathBuf};

/// The folder in the folder of a run.
pub(crate) fn corrections_folder(run: &Path) -> PathBuf {
    run.join("corrections")
}
