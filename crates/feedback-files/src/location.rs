//! Location and names of temporary files and folders.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// End of the name of a file or folder that is still being written.
pub(crate) const UNFINISHED: &str = ".part";
/// End of the name of a folder that is being removed.
pub(crate) const REMOVED: &str = ".old";

/// Returns the folder that contains the path.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Returns the path `.NAME<ending>` in the folder of `path`.
pub(crate) fn hidden_beside(path: &Path, name: &OsStr, ending: &str) -> PathBuf {
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(ending);
    parent_of(path).join(hidden)
}

/// True for the name of a temporary file or folder of this crate. If a process is killed, its temporary files and folders remain.
///
/// ```
/// assert!(feedback_files::is_leftover(".report.json-a1B2c3.part"));
/// assert!(!feedback_files::is_leftover("report.json"));
/// ```
#[must_use]
pub fn is_leftover(name: &str) -> bool {
    name.starts_with('.') && (name.ends_with(UNFINISHED) || name.ends_with(REMOVED))
}
