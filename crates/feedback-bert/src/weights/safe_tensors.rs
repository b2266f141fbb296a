//! `model.safetensors`: a JSON header, then the values of all tensors.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use burn::tensor::{BoolStore, DType};
use burn_store::burn_pack::Tensor;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use super::file_bytes::FileBytes;

/// Maximum length of a header in bytes, the limit of the format's own library.
const MAX_HEADER: u64 = 100_000_000;

/// Returns the tensors of a file by name. The values of a tensor are read when they are used.
///
/// # Errors
///
/// A message with the reason.
pub(super) fn open(path: &Path) -> Result<BTreeMap<String, Tensor>, String> {
    let mut file = fs_err::File::open(path).map_err(|error| error.to_string())?;
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    let mut size = [0; 8];
    file.read_exact(&mut size)
        .map_err(|_| "it has no header".to_owned())?;
    let size = u64::from_le_bytes(size);
    if size > MAX_HEADER || size > length.saturating_sub(8) {
        return Err(format!(
            "its header of {size} bytes exceeds the file or the limit of {MAX_HEADER} bytes"
        ));
    }
    let mut header = vec![0; size as usize];
    file.read_exact(&mut header).map_err(|error| error.to_string())?;
    // Also checks that the tensors follow each other and that their shapes fit their sizes.
    let header: Metadata =
        serde_json::from_slice(&header).map_err(|error| format!("its header is not valid: {error}"))?;
    let described = header
        .tensors()
        .values()
        .map(|info| info.data_offsets.1 as u64)
        .max();
    let start = 8 + size;
    if described.unwrap_or(0).checked_add(start) != Some(length) {
        return Err(format!(
            "it has {length} bytes, not the number that its header describes"
        ));
    }
    let mut tensors = BTreeMap::new();
    for (name, info) in header.tensors() {
        let tensor = tensor(path, &name, start, info)?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

fn tensor(path: &Path, name: &str, start: u64, info: &TensorInfo) -> Result<Tensor, String> {
    let dtype = dtype(info.dtype).ok_or_else(|| format!("`{name}` has the type {:?}", info.dtype))?;
    let (from, to) = info.data_offsets;
    let bytes = FileBytes {
        path: PathBuf::from(path),
        start: start + from as u64,
        length: to - from,
    };
    Ok(bytes.tensor(name, dtype, info.shape.clone().into()))
}

/// Returns Burn's name of a type; `None` for types that Burn does not have.
fn dtype(dtype: Dtype) -> Option<DType> {
    Some(match dtype {
        Dtype::F64 => DType::F64,
        Dtype::F32 => DType::F32,
        Dtype::F16 => DType::F16,
        Dtype::BF16 => DType::BF16,
        Dtype::I64 => DType::I64,
        Dtype::I32 => DType::I32,
        Dtype::I16 => DType::I16,
        Dtype::I8 => DType::I8,
        Dtype::U64 => DType::U64,
        Dtype::U32 => DType::U32,
        Dtype::U8 => DType::U8,
        Dtype::BOOL => DType::Bool(BoolStore::Native),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(header: &str, values: usize) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.resize(file.len() + values, 0);
        fs_err::write(&path, file).unwrap();
        open(&path).unwrap_err()
    }

    #[test]
    fn sizes_beyond_the_file_are_refused() {
        // Each size is possible, but the end of the last tensor exceeds 64 bits once the header is added.
        let most = (1_u64 << 61) - 1;
        let tensors: Vec<String> = (0..8)
            .map(|index| {
                let (from, to) = (index * most, (index + 1) * most);
                format!(r#""t{index}":{{"dtype":"U8","shape":[{most}],"data_offsets":[{from},{to}]}}"#)
            })
            .collect();
        let problem = refused(&format!("{{{}}}", tensors.join(",")), 16);
        assert!(problem.contains("header describes"), "{problem}");
        let one = r#"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
        assert!(refused(one, 7).contains("header describes"));
        assert!(refused(one, 9).contains("header describes"));
        assert!(refused("{", 0).contains("not valid"));
    }
}
