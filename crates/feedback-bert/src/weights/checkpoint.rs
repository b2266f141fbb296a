//! Lists the tensors of a checkpoint in any of its file formats; their values are read later.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn_store::burn_pack::Tensor;
use serde::Deserialize;

use super::{compact, pytorch, safe_tensors};
use crate::error::{Error, Problem, Result};

/// The files that may contain a model's weights, in the order in which Transformers looks for them.
const WEIGHT_FILES: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// Returns the file in a folder that contains the weights, or that lists the files with the weights.
pub(crate) fn weights_file(folder: &Path) -> Option<PathBuf> {
    let files = WEIGHT_FILES.iter().map(|name| folder.join(name));
    files.into_iter().find(|path| path.is_file())
}

/// Returns the tensors of a checkpoint by their names in its files. The values of a tensor are read when they
/// are used.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Json`] for an invalid index, [`Error::Weights`] for a file that is damaged or tries to run code.
pub(crate) fn open(path: &Path) -> Result<BTreeMap<String, Tensor>> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => open_shards(path),
        Some("bin" | "pt" | "pth") => open_pytorch(path),
        _ => open_safetensors(path),
    }
}

/// Maps each tensor to the shard that contains it.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
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
        let tensor =
            tensor.ok_or_else(|| Error::weights(path, format!("`{shard}` does not contain `{name}`")))?;
        all.insert(name.clone(), tensor);
    }
    Ok(all)
}

/// Returns the path of a shard, which must be in the folder of its index.
fn shard_path(index: &Path, shard: &str) -> Result<PathBuf> {
    if Path::new(shard).file_name() != Some(shard.as_ref()) || shard.ends_with(".json") {
        return Err(Error::weights(
            index,
            format!("`{shard}` is not the name of a weights file in the same folder"),
        ));
    }
    Ok(index.with_file_name(shard))
}

fn open_safetensors(path: &Path) -> Result<BTreeMap<String, Tensor>> {
    fs_err::metadata(path)?; // for an error that names the path
    let tensors = safe_tensors::open(path).and_then(compact::expand);
    tensors.map_err(|reason| Error::weights(path, format!("not a complete SafeTensors file: {reason}")))
}

fn open_pytorch(path: &Path) -> Result<BTreeMap<String, Tensor>> {
    fs_err::metadata(path)?;
    let tensors = pytorch::open(path);
    tensors.map_err(|problem| {
        let reason = format!("not a readable PyTorch file: {}", problem.reason);
        Error::weights(path, Problem { reason, ..problem })
    })
}
