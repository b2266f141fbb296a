//! Where the model folder is written.

use std::path::PathBuf;

/// Returns the folders to try, in this order; the last one is the folder for temporary files.
pub(crate) fn candidates() -> Vec<PathBuf> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let cache = variable("XDG_CACHE_HOME")
        .or_else(|| Some(variable("HOME")?.join(".cache")))
        .or_else(|| variable("LOCALAPPDATA"));
    let places = cache.into_iter().chain([std::env::temp_dir()]);
    places.map(|place| place.join("feedback")).collect()
}
