//! The tensors of a checkpoint, whatever files it is made of, without reading their values yet.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use burn_store::burn_pack::Tensor;
use burn_store::{ModuleStore, SafetensorsStore};
use serde::Deserialize;

use crate::{Error, Result, pytorch};

/// The files that may hold a model's weights, in the order in which Transformers looks for them.
pub(crate) const WEIGHT_FILES: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// The file of a folder that holds the weights, or lists the files that do.
pub(crate) fn weights_file(folder: &Path) -> Option<PathBuf> {
    let files = WEIGHT_FILES.iter().map(|name| folder.join(name));
    files.into_iter().find(|path| path.is_file())
}

/// The tensors of a checkpoint by the names in its files. Values are read when a tensor is.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Json`] for an index that is none, [`Error::Weights`] for a file that is damaged, or that
/// wants to run code.
pub(crate) fn open(path: &Path) -> Result<BTreeMap<String, Tensor>> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => open_shards(path),
        Some("bin" | "pt" | "pth") => open_pytorch(path),
        _ => open_safetensors(path),
    }
}

/// The file that lists which shard holds which tensor.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// The files that an index lists, if the file is an index that can be used.
pub(crate) fn shards(path: &Path) -> Option<BTreeSet<String>> {
    if path.extension()? != "json" {
        return None;
    }
    let text = fs_err::read_to_string(path).ok()?; // opening it will say what is wrong
    let index: Index = serde_json::from_str(&text).ok()?; // `config.json` and others are no index
    let shards = index.weight_map.into_values();
    Some(shards.filter(|shard| is_shard(shard)).collect())
}

fn open_shards(path: &Path) -> Result<BTreeMap<String, Tensor>> {
    let text = fs_err::read_to_string(path)?;
    let index: Index = serde_json::from_str(&text).map_err(|source| Error::Json {
        path: path.to_owned(),
        source,
    })?;
    let mut shards: BTreeMap<&str, BTreeMap<String, Tensor>> = BTreeMap::new();
    for shard in index.weight_map.values() {
        if !shards.contains_key(shard.as_str()) {
            let file = shard_path(path, shard)?;
            shards.insert(shard, open(&file)?);
        }
    }
    let mut all = BTreeMap::new();
    for (name, shard) in &index.weight_map {
        let tensor = shards
            .get_mut(shard.as_str())
            .and_then(|tensors| tensors.remove(name));
        let tensor = tensor.ok_or_else(|| damaged(path, format!("`{shard}` does not hold `{name}`")))?;
        all.insert(name.clone(), tensor);
    }
    Ok(all)
}

/// A shard stands beside its index; a name with a folder in it would lead elsewhere.
fn shard_path(index: &Path, shard: &str) -> Result<PathBuf> {
    if !is_shard(shard) {
        return Err(damaged(
            index,
            format!("`{shard}` is not the name of a weights file beside it"),
        ));
    }
    Ok(index.with_file_name(shard))
}

fn is_shard(name: &str) -> bool {
    Path::new(name).file_name() == Some(name.as_ref()) && !name.ends_with(".json")
}

fn open_safetensors(path: &Path) -> Result<BTreeMap<String, Tensor>> {
    fs_err::metadata(path)?; // for an error that names the path
    let mut store = SafetensorsStore::from_file(path);
    let tensors = store.get_all_tensors();
    let tensors = tensors.map_err(|error| damaged(path, format!("not a whole SafeTensors file: {error}")))?;
    Ok(tensors.clone())
}

fn open_pytorch(path: &Path) -> Result<BTreeMap<String, Tensor>> {
    fs_err::metadata(path)?;
    let tensors = pytorch::open(path);
    tensors.map_err(|reason| damaged(path, format!("not a PyTorch file that can be read: {reason}")))
}

fn damaged(path: &Path, reason: String) -> Error {
    Error::Weights {
        path: path.to_owned(),
        reason,
    }
}
