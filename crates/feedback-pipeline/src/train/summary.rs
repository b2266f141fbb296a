//! The result of a training.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::evaluate::FileEvaluation;
use feedback_corrections::CorrectionsSummary;

/// The result of `train`, in the form that `--format json` prints.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct TrainSummary {
    /// The model folder.
    pub model: PathBuf,
    /// The run folder.
    pub run: PathBuf,
    /// Wall time of the whole recipe.
    pub seconds: f64,
    /// Epochs done.
    pub epochs: f64,
    /// Why training ended: `completed`, or what ended it.
    pub stopped_by: String,
    /// The update with the best evaluation.
    pub best_step: Option<usize>,
    /// The update after which the model that was kept stood: the best one, or with `load_best_model_at_end` off the last.
    pub model_step: usize,
    /// SHA-256 of its weights, `model.safetensors`.
    pub model_sha256: String,
    /// Its metrics on validation.
    pub validation: BTreeMap<String, f64>,
    /// Number of parameters while training, adapters included.
    pub parameters: usize,
    /// How many of them training changed, or could have: those that were not frozen before the first step.
    pub trainable_parameters: usize,
    /// The folder with the adapter, where one was trained. The model folder has it merged into its weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<PathBuf>,
    /// Rows that could not be used and were left out.
    pub set_aside: usize,
    /// What people corrected while it trained, where they were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrections: Option<CorrectionsSummary>,
    /// Its figures on the test set, where there is one.
    pub test: Option<FileEvaluation>,
}
