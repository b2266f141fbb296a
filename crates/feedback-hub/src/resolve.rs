//! Models by their name on the Hugging Face Hub.
//!
//! A name is looked for in the cache that Hugging Face's own libraries fill, and only then, with the Cargo feature
//! `hub`, downloaded into that cache in their layout, so that they find it too.

mod cache;
#[cfg(feature = "hub")]
mod download;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{Error, Result};

/// Why a model of the hub could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubProblem {
    /// It is not in the cache, and this build does not download.
    #[error(
        "revision `{revision}` is not in the cache `{}`, and this build does not download\n\
         hint: name a folder with --model, or download the model with `hf download`, or build with the feature `hub`",
        cache.display()
    )]
    NotCached {
        /// Branch, tag or commit.
        revision: String,
        /// The cache that was looked into.
        cache: PathBuf,
    },
    /// It is not in the cache, and `HF_HUB_OFFLINE` forbids to ask.
    #[error(
        "revision `{revision}` is not in the cache `{}`, and HF_HUB_OFFLINE is set\n\
         hint: unset it for the first use",
        cache.display()
    )]
    Offline {
        /// Branch, tag or commit.
        revision: String,
        /// The cache that was looked into.
        cache: PathBuf,
    },
    /// The hub wants to know who asks.
    #[error(
        "the hub answered {status} for {what}\n\
         hint: it may not exist, or be private or gated: set HF_TOKEN to a token that may read it"
    )]
    Unauthorized {
        /// 401 or 403.
        status: u16,
        /// What was asked for.
        what: String,
    },
    /// The hub does not have it.
    #[error("the hub does not have {what}\nhint: check the name and the revision")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The hub failed, again and again.
    #[error(
        "the hub answered {status} for {what}, {attempts} times\nhint: try again later, what was received is kept; or name a folder (`--model`)"
    )]
    Server {
        /// The last status.
        status: u16,
        /// What was asked for.
        what: String,
        /// How often it was tried.
        attempts: usize,
    },
    /// The hub could not be reached, or the connection broke, again and again.
    #[error(
        "{what}: {reason}, {attempts} times\nhint: try again later, what was received is kept; or name a folder (`--model`)"
    )]
    Network {
        /// What was asked for.
        what: String,
        /// What the connection said.
        reason: String,
        /// How often it was tried.
        attempts: usize,
    },
    /// A file has another size than the hub says.
    #[error("`{file}` should have {expected} bytes, {found} were received")]
    WrongSize {
        /// The file.
        file: String,
        /// Bytes that the hub announced.
        expected: u64,
        /// Bytes that came.
        found: u64,
    },
    /// A file has another hash than the hub says.
    #[error("`{file}` should have the sha256 {expected}, it has {found}; it was thrown away")]
    WrongHash {
        /// The file.
        file: String,
        /// The hash that the hub announced.
        expected: String,
        /// The hash of what came.
        found: String,
    },
    /// An answer was not what the hub's interface promises.
    #[error("{what}: {reason}")]
    BadAnswer {
        /// What was asked for.
        what: String,
        /// What is wrong with the answer.
        reason: String,
    },
}

/// Where models come from and go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubOptions {
    /// Branch, tag or commit. Default `main`.
    pub revision: String,
    /// The folder that holds `models--…`. Default `HF_HUB_CACHE`, else `hub` below `HF_HOME`, else below
    /// `~/.cache/huggingface`.
    pub cache: PathBuf,
    /// The hub's address. Default `HF_ENDPOINT`, else `https://huggingface.co`.
    pub endpoint: String,
    /// Sent to the hub alone, never to where it redirects to. Default `HF_TOKEN`.
    pub token: Option<String>,
    /// Whether only the cache may be asked. Default `HF_HUB_OFFLINE`.
    pub offline: bool,
    /// The wait before a second try; doubled for each further one. Default half a second.
    pub retry_wait: Duration,
}

impl HubOptions {
    /// What the environment says, with this revision.
    pub fn from_env(revision: Option<&str>) -> Self {
        Self::from_variables(revision, |name| {
            std::env::var(name).ok().filter(|value| !value.is_empty())
        })
    }

    fn from_variables(revision: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let below_home = || {
            let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
            let cache = cache.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")));
            cache.unwrap_or_else(|| ".cache".into()).join("huggingface")
        };
        let home = || variable("HF_HOME").map_or_else(below_home, PathBuf::from);
        let offline = variable("HF_HUB_OFFLINE").unwrap_or_default().to_uppercase();
        Self {
            revision: revision.unwrap_or("main").to_owned(),
            cache: variable("HF_HUB_CACHE").map_or_else(|| home().join("hub"), PathBuf::from),
            endpoint: variable("HF_ENDPOINT")
                .unwrap_or_else(|| "https://huggingface.co".into())
                .trim_end_matches('/')
                .to_owned(),
            token: variable("HF_TOKEN"),
            offline: ["1", "ON", "YES", "TRUE"].contains(&offline.as_str()),
            retry_wait: Duration::from_millis(500),
        }
    }
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadProgress<'a> {
    /// The file that is being received.
    pub file: &'a str,
    /// Bytes of it that are there.
    pub received: u64,
    /// All of its bytes, where the hub says how many.
    pub total: Option<u64>,
}

/// The folder of a model: `name` itself where it is a folder; else, where it looks like a name on the hub
/// (`bert-base-uncased`, `microsoft/MiniLM-L12-H384-uncased`), the snapshot in the cache; else a fresh download.
///
/// # Errors
///
/// [`Error::Hub`] with the [`HubProblem`]; [`Error::NotAModelFolder`] if the name is neither.
pub fn resolve_model(
    name: &str,
    options: &HubOptions,
    progress: &mut dyn FnMut(DownloadProgress<'_>),
) -> Result<PathBuf> {
    if Path::new(name).exists() {
        return Ok(PathBuf::from(name));
    }
    if !is_hub_id(name) {
        return Err(Error::NotAModelFolder {
            path: PathBuf::from(name),
            reason: "there is no such folder".into(),
            hint: "give a folder, or a name on the Hugging Face Hub such as `bert-base-uncased`".into(),
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
    #[cfg(feature = "hub")]
    return download::download(name, options, progress);
    #[cfg(not(feature = "hub"))]
    {
        let _ = progress; // nothing is downloaded
        Err(fail(HubProblem::NotCached { revision, cache }))
    }
}

/// `name` or `owner/name`, of letters, digits, `-`, `_` and `.`, as the hub allows them.
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

/// A branch such as `refs/pr/3` may have folders, but lead nowhere else.
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

    #[test]
    fn the_environment_names_the_cache() {
        let options = |variables: &[(&str, &str)]| {
            let variables: Vec<(String, String)> = variables
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect();
            HubOptions::from_variables(None, move |name| {
                variables
                    .iter()
                    .find(|(other, _)| other == name)
                    .map(|(_, value)| value.clone())
            })
        };
        let home = ("HOME", "/home/ann");
        assert_eq!(
            options(&[home]).cache,
            Path::new("/home/ann/.cache/huggingface/hub")
        );
        assert_eq!(options(&[home, ("HF_HOME", "/hf")]).cache, Path::new("/hf/hub"));
        let given = options(&[
            home,
            ("HF_HOME", "/hf"),
            ("HF_HUB_CACHE", "/c"),
            ("HF_HUB_OFFLINE", "true"),
        ]);
        assert_eq!((given.cache.as_path(), given.offline), (Path::new("/c"), true));
        assert_eq!(
            options(&[("HF_ENDPOINT", "http://localhost:1/")]).endpoint,
            "http://localhost:1"
        );
    }
}
