//! Where the model folder is written.

use std::path::PathBuf;

/// Returns the folder for the project's part of the user's cache, if the environment names one.
pub(crate) fn cache() -> Option<PathBuf> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let cache = variable("XDG_CACHE_HOME")
        .or_else(|| Some(variable("HOME")?.join(".cache")))
        .or_else(|| variable("LOCALAPPDATA"));
    cache.map(|cache| cache.join("feedback"))
}

/// Returns the folder for temporary files.
pub(crate) fn temporary() -> PathBuf {
    std::env::temp_dir().join("feedback")
}
