//! An encoder that computes vectors.

use std::path::Path;

use burn::tensor::Device;
use feedback_bert::ModelFolder;
use feedback_bert::config::Pooling;
use feedback_bert::folder::{FeedbackManifest, load_for_fine_tuning};
use feedback_inference::Classifier;

const MAX_LENGTH: usize = 128;
/// Draws the head, which vectors do not need.
const SEED: u64 = 42;

/// Loads the encoder in a folder.
pub(crate) fn load(folder: &Path) -> anyhow::Result<Classifier> {
    let (device, labels) = (Device::flex(), ["a".to_owned(), "b".to_owned()]);
    let start = load_for_fine_tuning(folder, &labels, Pooling::Mean, MAX_LENGTH, SEED, &device)?;
    let manifest = FeedbackManifest::new(MAX_LENGTH, Pooling::Mean, "themes", SEED);
    let folder = ModelFolder::new(start.config, start.tokenizer, start.model, manifest);
    Ok(Classifier::new(folder, &device)?)
}
