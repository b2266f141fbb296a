//! Hugging Face's cache: `models--owner--name/` with `refs/REVISION` → a commit, `snapshots/COMMIT/` → the files.

use std::path::{Path, PathBuf};

use crate::HubOptions;
use crate::checkpoint;
use crate::tokenizer_files::{TOKENIZER, VOCABULARY};

/// The folder of a model in the cache.
pub(crate) fn model_folder(name: &str, options: &HubOptions) -> PathBuf {
    options.cache.join(format!("models--{}", name.replace('/', "--")))
}

/// The snapshot of the revision, if it is whole.
pub(crate) fn find(name: &str, options: &HubOptions) -> Option<PathBuf> {
    let folder = model_folder(name, options);
    let reference = folder.join("refs").join(&options.revision);
    let commit = match fs_err::read_to_string(reference) {
        Ok(commit) => commit.trim().to_owned(),
        Err(_) => options.revision.clone(), // no branch or tag of this name: it may be a commit
    };
    let snapshot = folder.join("snapshots").join(commit);
    is_whole(&snapshot).then_some(snapshot)
}

/// Whether everything is there that a model needs; a snapshot of an interrupted download lacks something.
fn is_whole(snapshot: &Path) -> bool {
    let has = |name: &str| snapshot.join(name).is_file();
    let weights = checkpoint::weights_file(snapshot);
    let shards = weights.as_deref().and_then(checkpoint::shards);
    has("config.json")
        && (has(TOKENIZER) || has(VOCABULARY))
        && weights.is_some()
        && shards.is_none_or(|shards| shards.iter().all(|shard| has(shard)))
}
