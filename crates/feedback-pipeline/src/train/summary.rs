//! The result of a training run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::evaluate::FileEvaluation;
use feedback_corrections::CorrectionsSummary;

/// The result of `train`, as printed in JSON format.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct TrainSummary {
    /// The model folder.
    pub model: PathBuf,
    /// The run folder.
    pub run: PathBuf,
    /// Wall time of the complete recipe.
    pub seconds: f64,
    /// Epochs done.
    pub epochs: f64,
    /// Why training ended: `completed`, `loss_not_finite`, or the name of a callback.
    pub stopped_by: String,
    /// The number of updates at the best evaluation.
    pub best_step: Option<usize>,
    /// The number of updates of the returned model: the best one, or the last one with `load_best_model_at_end`
    /// off.
    pub model_step: usize,
    /// SHA-256 of the model's weights, `model.safetensors`.
    pub model_sha256: String,
    /// The model's metrics on the validation set.
    pub validation: BTreeMap<String, f64>,
    /// Number of parameters while training, adapters included.
    pub parameters: usize,
    /// How many of them were trainable: not frozen before the first step.
    pub trainable_parameters: usize,
    /// The folder of the adapter, if one was trained. In the model folder it is merged into the weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<PathBuf>,
    /// Number of unusable rows that were left out.
    pub set_aside: usize,
    /// Summary of the corrections that people made during training, if people were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrections: Option<CorrectionsSummary>,
    /// The model's metrics on the test set, if there is one.
    pub test: Option<FileEvaluation>,
}
