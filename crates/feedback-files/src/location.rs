//! Where unfinished files and folders stand, and how they are called.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Ending of what is still being written.
pub(crate) const UNFINISHED: &str = ".part";
/// Ending of what is being removed.
pub(crate) const REMOVED: &str = ".old";

/// The folder that a path lies in.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// `.NAME<ending>` beside `path`.
pub(crate) fn hidden_beside(path: &Path, name: &OsStr, ending: &str) -> PathBuf {
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(ending);
    parent_of(path).join(hidden)
}

/// True for the name of a temporary file or folder of this crate, which a process that was killed leaves behind.
///
/// ```
/// assert!(feedback_files::is_leftover(".report.json-a1B2c3.part"));
/// assert!(!feedback_files::is_leftover("report.json"));
/// ```
#[must_use]
pub fn is_leftover(name: &str) -> bool {
    name.starts_with('.') && (name.ends_with(UNFINISHED) || name.ends_with(REMOVED))
}
