//! From a model's name to its folder.

use std::path::{Path, PathBuf};

use crate::cache;
use crate::error::{Error, HubProblem, Result};
use crate::options::HubOptions;
use crate::progress::DownloadProgress;

/// The folder of a model.
///
/// A path that exists is returned as it is. A name on the hub (`bert-base-uncased`,
/// `microsoft/MiniLM-L12-H384-uncased`) becomes its snapshot in the cache; if the cache does not have it, the model is
/// downloaded, where the feature `download` is on and `offline` is not set. `progress` is called as bytes arrive.
///
/// # Errors
///
/// [`Error::Hub`] with the [`HubProblem`]; [`Error::NoSuchFolder`] if the name cannot be one on the hub; [`Error::Io`] if
/// the cache cannot be written.
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

/// Whether the hub allows this name: `name` or `owner/name`, of letters, digits, `-`, `_` and `.`.
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

/// Whether this can be a revision. A branch such as `refs/pr/3` may contain folders, but must stay inside the cache.
fn is_revision(revision: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '?', '#', '%']);
    revision.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_the_hub_are_told_from_paths() {
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
