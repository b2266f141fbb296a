//! Settings for the hub and its cache.

use std::path::PathBuf;
use std::time::Duration;

/// Where to look for models and where to download them from.
///
/// Create the options with [`HubOptions::from_env`], then change any field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HubOptions {
    /// Branch, tag or commit. Default `main`.
    pub revision: String,
    /// The folder that contains the `models--…` folders. Default: `HF_HUB_CACHE`, else the folder `hub` in `HF_HOME`, else
    /// `huggingface/hub` in `XDG_CACHE_HOME`, else `~/.cache/huggingface/hub`.
    pub cache: PathBuf,
    /// The URL of the hub. Default: `HF_ENDPOINT`, else `https://huggingface.co`.
    pub endpoint: String,
    /// Access token. It is sent only to the hub, never to a host to which the hub redirects. Default: `HF_TOKEN`.
    pub token: Option<String>,
    /// Whether to use only the cache. Default: `HF_HUB_OFFLINE`.
    pub offline: bool,
    /// The time to wait before the second attempt. It doubles before each further attempt. Default: half a second.
    pub retry_wait: Duration,
}

impl HubOptions {
    /// Reads the options from environment variables. If `revision` is `None`, it is `main`.
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_environment_sets_the_options() {
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
