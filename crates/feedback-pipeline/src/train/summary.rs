//! The result of a training run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use feedback_bert::folder::ModelKind;
use feedback_files::sha256_of_file;
use serde::Serialize;

use crate::error::Result;
use crate::evaluate::FileEvaluation;
use crate::run_folder::RunFolder;
use crate::train::alike::AlikeTexts;
use feedback_corrections::CorrectionsSummary;

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// The result of `train`, as printed in JSON format; `E` are the metrics on the test set.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct TrainSummary<E = FileEvaluation> {
    /// The model folder.
    pub model: PathBuf,
    /// How the model was made.
    pub kind: ModelKind,
    /// The run folder.
    pub run: PathBuf,
    /// Wall time of the complete recipe, in seconds.
    pub seconds: f64,
    /// Number of epochs done.
    pub epochs: f64,
    /// Why training ended: `completed`, `loss_not_finite`, or the name of a callback.
    pub stopped_by: String,
    /// Number of updates before the best evaluation.
    pub best_step: Option<usize>,
    /// Number of updates of the returned model: the best model, or the last model if `load_best_model_at_end` is off.
    pub model_step: usize,
    /// SHA-256 of the model's weights, `model.safetensors`.
    pub model_sha256: String,
    /// The model's metrics on the validation set.
    pub validation: BTreeMap<String, f64>,
    /// The metrics on the validation set of the linear classifier that was fitted first; `None` if the base model is a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<BTreeMap<String, f64>>,
    /// Validation and test texts that say what a training text says; `None` if the base model has no encoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alike: Option<AlikeTexts>,
    /// Number of parameters during training, adapters included.
    pub parameters: usize,
    /// Number of parameters that were not frozen before the first step.
    pub trainable_parameters: usize,
    /// The folder of the adapter, if one was trained. In the model folder, the adapter is merged into the weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<PathBuf>,
    /// Number of unusable rows that were left out.
    pub set_aside: usize,
    /// Number of rows whose text was cleaned.
    #[serde(skip_serializing_if = "is_zero")]
    pub cleaned: usize,
    /// Summary of the corrections that people made during training, if people were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrections: Option<CorrectionsSummary>,
    /// A warning if the model is worse on the test set than a simple baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// The model's metrics on the test set, if there is one.
    pub test: Option<E>,
}

impl<E> TrainSummary<E> {
    /// Describes the folder of a linear classifier that has been written: nothing was trained step by step.
    ///
    /// # Errors
    ///
    /// The weights cannot be read.
    pub fn of_model(model: PathBuf, run: &RunFolder, start: Instant, test: Option<E>) -> Result<Self> {
        Ok(Self {
            model_sha256: sha256_of_file(model.join("model.safetensors"))?,
            model,
            kind: ModelKind::Head,
            run: run.path().to_owned(),
            seconds: start.elapsed().as_secs_f64(),
            epochs: 0.0,
            stopped_by: "completed".into(),
            best_step: None,
            model_step: 0,
            validation: BTreeMap::new(),
            head: None,
            alike: None,
            parameters: 0,
            trainable_parameters: 0,
            adapter: None,
            set_aside: 0,
            cleaned: 0,
            corrections: None,
            warning: None,
            test,
        })
    }
}
