//! The heads of tasks as questions of a model.

use burn::nn::Linear;
use burn::tensor::Tensor;
use feedback_bert::questions::Question;

use super::reading::Task;
use crate::error::Result;

/// Returns the heads of the tasks to keep, with the temperature 1.
///
/// # Errors
///
/// The device fails.
pub(crate) fn questions(tasks: &[Task], heads: &[Linear]) -> Result<Vec<Question>> {
    let kept = tasks.iter().zip(heads).filter(|(task, _)| task.keep_head);
    kept.map(|(task, head)| {
        let bias = head.bias.as_ref().map(|bias| values(bias.val())).transpose()?;
        Ok(Question {
            name: task.name.clone(),
            multi_label: task.multi_label,
            labels: task.labels.names().to_vec(),
            temperature: 1.0,
            threshold: 0.5,
            weights: values(head.weight.val().transpose())?, // [labels, width]
            bias: bias.unwrap_or_else(|| vec![0.0; task.labels.len()]),
        })
    })
    .collect()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor.try_into_data().map_err(std::io::Error::other)?;
    let values = data.convert::<f32>().try_to_vec::<f32>();
    Ok(values.map_err(|error| std::io::Error::other(format!("{error:?}")))?)
}
