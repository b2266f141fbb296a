//! Resolves a model's name to its folder.

use std::path::{Path, PathBuf};

use crate::cache;
use crate::error::{Error, HubProblem, Result};
use crate::options::HubOptions;
use crate::progress::DownloadProgress;

/// Returns the folder of a model.
///
/// A path that exists is returned unchanged. A name on the hub (`bert-base-uncased`, `microsoft/MiniLM-L12-H384-uncased`) is
/// resolved to the folder of its snapshot in the cache. If the cache does not have the model, it is downloaded, provided that the
/// Cargo feature `download` is enabled and `offline` is false. `progress` is called whenever bytes arrive.
///
/// # Errors
///
/// [`Error::Hub`] with the [`HubProblem`]; [`Error::NoSuchFolder`] if the name is neither a path that exists nor a valid name on
/// the hub; [`Error::Io`] or [`Error::File`] if a file of the cache cannot be read or written.
pub fn resolve_model(
    name: &str,
    options: &HubOptions,
    progress: &mut dyn FnMut(DownloadProgress<'_>),
) -> Result<PathBuf> {
    if Path::new(name).exists() {
        return Ok(PathBuf::from(name));
    }
    if !is_hub_id(name) {
        return Err(Error::NoSuchFolder {
            name: name.to_owned(),
        });
    }
    let fail = |problem| Error::Hub {
        id: name.to_owned(),
        problem: Box::new(problem),
    };
    if !is_revision(&options.revision) {
        return Err(fail(HubProblem::NotFound {
            what: format!("the revision `{}`", options.revision),
        }));
    }
    if let Some(folder) = cache::find(name, options) {
        return Ok(folder);
    }
    let (revision, cache) = (options.revision.clone(), options.cache.clone());
    if options.offline {
        return Err(fail(HubProblem::Offline { revision, cache }));
    }
    #[cfg(feature = "download")]
    return crate::download::download(name, options, progress);
    #[cfg(not(feature = "download"))]
    {
        let _ = progress; // nothing is downloaded
        Err(fail(HubProblem::NotCached { revision, cache }))
    }
}

/// True if the hub allows this name: `name` or `owner/name`, each made of letters, digits, `-`, `_` and `.`.
fn is_hub_id(name: &str) -> bool {
    let part = |part: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !part.is_empty() && part.chars().all(allowed) && !part.starts_with('.') && !part.contains("..")
    };
    match name.split_once('/') {
        None => part(name),
        Some((owner, model)) => part(owner) && part(model),
    }
}

/// True if this can be a revision. A revision such as `refs/pr/3` may contain slashes, but its path must stay inside the cache.
fn is_revision(revision: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '?', '#', '%']);
    revision.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_the_hub_are_distinguished_from_paths() {
        for name in [
            "bert-base-uncased",
            "sentence-transformers/all-MiniLM-L6-v2",
            "a/b.c_d",
        ] {
            assert!(is_hub_id(name), "{name}");
        }
        for name in [
            "",
            "./model",
            "../x",
            "/abs",
            "a/b/c",
            "a/",
            "models/x y",
            "a..b",
            "C:\\x",
        ] {
            assert!(!is_hub_id(name), "{name}");
        }
        assert!(is_revision("main") && is_revision("refs/pr/3") && !is_revision("../..") && !is_revision(""));
    }
}
