//! How a training run went.

use std::collections::BTreeMap;

use serde::Serialize;

/// A figure at a time of training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Epochs done, with the part of the present one.
    pub epoch: f64,
    /// The figure then.
    pub value: f64,
}

/// The figures of a training run over its epochs.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct LearningCurves {
    /// The loss on the training rows as they were trained on.
    pub train_loss: Vec<CurvePoint>,
    /// Figures on the validation rows, by name: `loss`, `accuracy`, `weighted_f1` and so on.
    pub validation: BTreeMap<String, Vec<CurvePoint>>,
    /// The epoch whose model was kept.
    pub best_epoch: Option<f64>,
}

impl LearningCurves {
    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.train_loss.is_empty() && self.validation.is_empty()
    }
}
