//! The metrics of one training of a study.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use feedback_pipeline::evaluate::FileEvaluation;
use feedback_pipeline::train::TrainSummary;

/// The metrics of one training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Number of epochs done.
    pub epochs: f64,
    /// Why training ended.
    pub stopped_by: String,
    /// Wall time in seconds.
    pub seconds: f64,
    /// The metrics of the best model on validation.
    pub validation: BTreeMap<String, f64>,
    /// The metrics of the best model on test, or on the held-out rows of a fold: `accuracy`, `macro_f1`, `weighted_f1`,
    /// `ece` and `log_loss`.
    pub test: BTreeMap<String, f64>,
}

impl Figures {
    pub(crate) fn new(summary: &TrainSummary) -> Self {
        Self {
            epochs: summary.epochs,
            stopped_by: summary.stopped_by.clone(),
            seconds: summary.seconds,
            validation: summary.validation.clone(),
            test: summary.test.as_ref().map(headline).unwrap_or_default(),
        }
    }
}

/// Returns the metrics of an evaluation that are averaged over trainings.
fn headline(evaluation: &FileEvaluation) -> BTreeMap<String, f64> {
    let evaluation = &evaluation.figures;
    let figures = [
        ("accuracy", evaluation.accuracy),
        ("macro_f1", evaluation.macro_average.f1),
        ("weighted_f1", evaluation.weighted.f1),
        ("ece", evaluation.calibration.ece),
        ("log_loss", evaluation.calibration.log_loss),
    ];
    figures.map(|(name, value)| (name.to_owned(), value)).into()
}
