//! The files that a model consists of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub(crate) const CONFIG: &str = "config.json";
pub(crate) const TOKENIZER: &str = "tokenizer.json";
pub(crate) const VOCABULARY: &str = "vocab.txt";

/// The files that can contain a model's weights, in the order in which the Transformers library looks for them.
pub(crate) const WEIGHTS: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// Returns the file in a folder that contains the weights, or the index that lists the files with the weights.
fn weights_file(folder: &Path) -> Option<PathBuf> {
    WEIGHTS
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.is_file())
}

/// An index: maps each tensor to the shard that contains it.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// Returns the shards that an index lists, or `None` if the file is not an index.
///
/// Names that contain a folder are ignored, because they could lead outside the model's folder. Names of JSON files are ignored
/// too.
pub(crate) fn shards(path: &Path) -> Option<BTreeSet<String>> {
    if path.extension()? != "json" {
        return None;
    }
    // A damaged index is reported when the model is loaded. Other JSON files, such as `config.json`, are not an index.
    let text = fs_err::read_to_string(path).ok()?;
    let index: Index = serde_json::from_str(&text).ok()?;
    let is_shard =
        |name: &String| Path::new(name).file_name() == Some(name.as_ref()) && !name.ends_with(".json");
    Some(index.weight_map.into_values().filter(is_shard).collect())
}

/// True if a folder has all files that a model needs. After an interrupted download, some are missing.
pub(crate) fn is_complete(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).is_file();
    let weights = weights_file(folder);
    let shards = weights.as_deref().and_then(shards);
    has(CONFIG)
        && (has(TOKENIZER) || has(VOCABULARY))
        && weights.is_some()
        && shards.is_none_or(|shards| shards.iter().all(|shard| has(shard)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in files {
            fs_err::write(folder.path().join(name), "{}").unwrap();
        }
        folder
    }

    #[test]
    fn configuration_weights_and_tokenizer_are_needed() {
        let all = ["config.json", "pytorch_model.bin", "vocab.txt"];
        assert!(is_complete(folder(&all).path()));
        for missing in all {
            let some: Vec<&str> = all.into_iter().filter(|name| *name != missing).collect();
            assert!(!is_complete(folder(&some).path()), "without {missing}");
        }
    }

    #[test]
    fn every_shard_of_an_index_is_needed() {
        let folder = folder(&["config.json", "tokenizer.json"]);
        let index = folder.path().join("model.safetensors.index.json");
        let weight_map = r#"{"weight_map": {"a": "1.safetensors", "b": "2.safetensors", "c": "../secret"}}"#;
        fs_err::write(&index, weight_map).unwrap();
        assert_eq!(
            shards(&index).unwrap().into_iter().collect::<Vec<_>>(),
            ["1.safetensors", "2.safetensors"],
            "no shard outside the folder"
        );
        fs_err::write(folder.path().join("1.safetensors"), "").unwrap();
        assert!(!is_complete(folder.path()));
        fs_err::write(folder.path().join("2.safetensors"), "").unwrap();
        assert!(is_complete(folder.path()));
        assert!(shards(&folder.path().join("config.json")).is_none());
    }
}
