//! The location of the correction files of a run.

use std::path::{Path, PathBuf};

/// Returns the folder of the corrections in a run folder.
pub(crate) fn corrections_folder(run: &Path) -> PathBuf {
    run.join("corrections")
}
