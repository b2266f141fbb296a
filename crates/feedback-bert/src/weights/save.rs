//! Writes weights.

use std::path::Path;

use burn::tensor::DType;
use burn_store::{BurnToPyTorchAdapter, FloatCastAdapter, ModuleAdapter};
use feedback_files::{make_readable, sync_file};
use safetensors::{SafeTensorError, tensor::TensorView};

use crate::config::BertConfig;
use crate::error::{Error, Result};
use crate::head::Head;
use crate::names::Names;

/// Writes a model as a SafeTensors file with Hugging Face's names for this architecture.
///
/// # Errors
///
/// [`Error::Weights`] if the file cannot be written.
pub(crate) fn save<M: Head>(model: &M, config: &BertConfig, path: &Path) -> Result<()> {
    save_part(model, config, path, |_| true)
}

/// Writes the encoder of a model, without the head.
pub(crate) fn save_encoder<M: Head>(model: &M, config: &BertConfig, path: &Path) -> Result<()> {
    save_part(model, config, path, |ours| ours.starts_with("bert."))
}

/// Writes the parameters whose paths `is_wanted` accepts.
fn save_part<M: Head>(
    model: &M,
    config: &BertConfig,
    path: &Path,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<()> {
    let names = Names::new(config.model_type, M::TASK);
    let adapter = BurnToPyTorchAdapter.chain(FloatCastAdapter::to(DType::F32));
    let mut tensors = Vec::new();
    let all = model.collect(None, Some(Box::new(adapter)), false).into_iter();
    for tensor in all.filter(|tensor| is_wanted(&tensor.name)) {
        let bytes = tensor
            .to_bytes()
            .map_err(|error| Error::weights(path, error.to_string()))?;
        tensors.push((names.to_hf(&tensor.name), tensor.shape, bytes));
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(safetensors::Dtype::F32, shape.to_vec(), bytes)?;
        Ok((name.as_str(), view))
    });
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    let written = views
        .collect::<std::result::Result<Vec<_>, SafeTensorError>>()
        .and_then(|views| safetensors::serialize_to_file(views, Some(metadata), path));
    written.map_err(|error| Error::weights(path, error.to_string()))?;
    make_readable(path)?; // the safetensors crate writes a private temporary file and renames it
    Ok(sync_file(path)?)
}
