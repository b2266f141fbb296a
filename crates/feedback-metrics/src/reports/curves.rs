//! Learning curves of a training run.

use std::collections::BTreeMap;

use serde::Serialize;

/// The value of a metric at one point of training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The number of epochs done, including the fraction of the current epoch.
    pub epoch: f64,
    /// The value of the metric.
    pub value: f64,
}

/// The training loss and the validation metrics of a run over its epochs.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct LearningCurves {
    /// The training loss.
    pub train_loss: Vec<CurvePoint>,
    /// Metrics on the validation rows by name: `loss`, `accuracy`, `weighted_f1` and so on.
    pub validation: BTreeMap<String, Vec<CurvePoint>>,
    /// The epoch, including its fraction, at which the kept model was saved.
    pub best_epoch: Option<f64>,
}

impl LearningCurves {
    /// Returns whether there are no curves.
    pub fn is_empty(&self) -> bool {
        self.train_loss.is_empty() && self.validation.is_empty()
    }
}
