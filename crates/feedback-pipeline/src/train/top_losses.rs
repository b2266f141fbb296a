//! Lists the training rows with the highest loss, which are often mislabelled.

use std::path::Path;

use burn::tensor::Device;
use feedback_trainer::callbacks::TopLosses;
use serde::Serialize;

use crate::error::Result;
use crate::objectives::{EncodedExamples, logits};
use crate::train::fit::Fitted;
use crate::train::settings::TrainOptions;

/// The name of the file in the run folder.
const FILE: &str = "top_losses.jsonl";

/// A line of the file.
#[derive(Debug, Serialize)]
struct HardRow<'a> {
    /// The file that contains `line`, in `data/` of the run folder: `train` or `unlabelled`.
    set: &'static str,
    line: u64,
    label: &'a str,
    predicted_label: &'a str,
    /// The probability of the predicted label, before calibration.
    confidence: f64,
    /// −log of the probability of `label`, before calibration.
    loss: f64,
    text: &'a str,
}

/// Writes the training rows with the highest loss, highest first, into the run folder.
pub(crate) fn write_top_losses(
    run: &Path,
    options: &TrainOptions,
    fitted: &Fitted,
    device: &Device,
) -> Result<()> {
    let data = &fitted.data;
    let (train, labels) = (&data.train, data.labels.names());
    let encoded = match &fitted.train_set {
        Some(encoded) => encoded.clone(),
        None => EncodedExamples::new(train, &fitted.tokenizer)?,
    };
    let batch_size = options.arguments.per_device_eval_batch_size;
    let model = &fitted.trained.model.model;
    let scores = logits(model, &encoded, labels.len(), batch_size, device).map_err(|source| {
        feedback_trainer::Error::Data {
            global_step: 0,
            source,
        }
    })?;
    let scores = scores.softmax(1.0)?;
    let rows: Vec<&[f64]> = scores.rows().collect();
    let mut hardest = TopLosses::new(options.output.top_losses);
    for (row, (scores, &label)) in rows.iter().zip(&train.labels).enumerate() {
        hardest.observe(row, -scores[label].ln());
    }
    let mut lines = String::new();
    for (row, loss) in hardest.rows() {
        let likeliest = rows[row].iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let (predicted, &confidence) = likeliest.unwrap_or((0, &f64::NAN)); // there are at least two classes
        let line = HardRow {
            set: if row < train.len() - data.entered {
                "train"
            } else {
                "unlabelled"
            },
            line: train.lines[row],
            label: &labels[train.labels[row]],
            predicted_label: &labels[predicted],
            confidence,
            loss,
            text: &train.texts[row],
        };
        lines += &serde_json::to_string(&line).map_err(std::io::Error::from)?;
        lines.push('\n');
    }
    Ok(feedback_files::write_bytes(run.join(FILE), lines)?)
}
