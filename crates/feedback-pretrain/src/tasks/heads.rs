//! The heads of tasks as files beside an encoder.

use std::path::Path;

use burn::nn::Linear;
use burn::tensor::Tensor;
use feedback_files::{JsonLayout, write_json};
use safetensors::{Dtype, tensor::TensorView};
use serde_json::json;

use super::reading::Task;
use crate::error::{Error, Result};

/// Writes the heads to keep: `heads.json` with the name, the kind and the labels of each task, and `heads.safetensors` with the
/// tensors `NAME.weight`, `[labels, hidden]`, and `NAME.bias`, `[labels]`.
///
/// # Errors
///
/// A file cannot be written, or the device fails.
pub(crate) fn save_heads(tasks: &[Task], heads: &[Linear], folder: &Path) -> Result<()> {
    let kept: Vec<(&Task, &Linear)> = tasks
        .iter()
        .zip(heads)
        .filter(|(task, _)| task.keep_head)
        .collect();
    let described = kept.iter().map(|(task, _)| {
        json!({ "name": task.name, "multi_label": task.multi_label, "labels": task.labels.names() })
    });
    let described: Vec<_> = described.collect();
    write_json(
        folder.join("heads.json"),
        &described,
        JsonLayout::PrettyWithNewline,
    )?;
    let mut tensors = Vec::new();
    for (task, head) in kept {
        let weight = head.weight.val().transpose();
        let [labels, width] = weight.dims();
        tensors.push((
            format!("{}.weight", task.name),
            vec![labels, width],
            bytes(weight)?,
        ));
        if let Some(bias) = &head.bias {
            tensors.push((format!("{}.bias", task.name), vec![labels], bytes(bias.val())?));
        }
    }
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)));
    let path = folder.join("heads.safetensors");
    let written = views
        .collect::<std::result::Result<Vec<_>, _>>()
        .and_then(|views| safetensors::serialize_to_file(views, None, &path));
    written.map_err(|error| Error::Heads {
        path,
        reason: error.to_string(),
    })
}

fn bytes<const D: usize>(tensor: Tensor<D>) -> Result<Vec<u8>> {
    let data = tensor.try_into_data().map_err(std::io::Error::other)?;
    let values = data.convert::<f32>().try_to_vec::<f32>();
    let values = values.map_err(|error| std::io::Error::other(format!("{error:?}")))?;
    Ok(values.into_iter().flat_map(f32::to_le_bytes).collect())
}
