//! Publishes a trained model: its folder and its card.

use std::collections::BTreeMap;

use burn::tensor::Device;
use feedback_bert::ModelFolder;
use feedback_bert::config::Pooling;
use feedback_bert::folder::FeedbackManifest;
use feedback_inference::MultiLabelClassifier;
use feedback_pipeline::train::{TrainOptions, note_base};

use super::card::card;
use crate::data::MultiLabelData;
use crate::decisions::fit_decisions;
use crate::error::Result;
use crate::evaluate::{MultiLabelEvaluation, evaluate};

/// Builds the manifest of the model folder, with temperatures and thresholds that are fitted on the logits of the validation texts, but
/// without test metrics.
pub(super) fn manifest(
    options: &TrainOptions,
    data: &MultiLabelData,
    logits: &[f32],
    pooling: Pooling,
) -> Result<FeedbackManifest> {
    let (model, n_labels) = (&options.model, data.labels.len());
    let seed = options.arguments.seed;
    let mut manifest = FeedbackManifest::new(model.max_length, pooling, &model.base.name(), seed);
    manifest.multi_label = Some(fit_decisions(logits, &data.validation.table(n_labels), n_labels)?);
    manifest.data = data.description.clone();
    manifest.cleaning = options.data.cleaning;
    manifest.fingerprints = BTreeMap::from([
        ("train".to_owned(), data.train.fingerprints()),
        ("validation".to_owned(), data.validation.fingerprints()),
    ]);
    note_base(&mut manifest, &options.model.base)?;
    manifest.versions = BTreeMap::from([(
        "feedback-multilabel".to_owned(),
        env!("CARGO_PKG_VERSION").to_owned(),
    )]);
    Ok(manifest)
}

/// Measures the test texts, if there are any, and writes the model folder.
pub(super) fn publish(
    options: &TrainOptions,
    data: &MultiLabelData,
    mut folder: ModelFolder,
    device: &Device,
) -> Result<Option<MultiLabelEvaluation>> {
    let test = data.test.as_ref().filter(|test| !test.is_empty());
    let test = test.map(|test| evaluate(&MultiLabelClassifier::new(folder.clone(), device)?, test));
    let test = test.transpose()?;
    folder.manifest.metrics = serde_json::to_value(&test).unwrap_or_default(); // plain numbers and strings
    let output = &options.output.model;
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    folder.save_with_card(output, &card(&name, &folder, data, test.as_ref()))?;
    Ok(test)
}
