//! The results of a comparison, in the form that `--format json` prints.

use std::path::PathBuf;

use feedback_inference::UnreadTexts;
use feedback_metrics::statistics::{Interval, Outcome};
use serde::Serialize;

use crate::gate::GateResult;
use feedback_pipeline::evaluate::FileEvaluation;

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// One model or baseline on the test rows.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Contender {
    /// The model folder, or the baseline's name.
    pub name: String,
    /// `model` or `baseline`.
    pub kind: &'static str,
    /// The metrics on the test rows.
    pub evaluation: FileEvaluation,
    /// Seconds to fit the baseline; 0 for models and the untrained head.
    pub fit_seconds: f64,
    /// Seconds to predict the test rows.
    pub predict_seconds: f64,
    /// The parts of the test rows that the model cannot read. It is empty for a baseline.
    #[serde(skip)]
    pub unread: UnreadTexts,
}

/// The comparison of one pair, in numbers and words.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// The name of the best model by weighted F1, or of the best baseline if there are no models.
    pub a: String,
    /// The name of the other contender.
    pub b: String,
    /// Weighted F1 of `a` minus weighted F1 of `b`.
    pub difference: f64,
    /// The 95 % interval of the difference.
    pub interval: Interval,
    /// The p-value of the difference, corrected for the number of pairs (Holm 1979).
    pub p_value: f64,
    /// The p-value of an exact McNemar test of accuracy, not corrected.
    pub mcnemar_p_value: f64,
    /// Which contender is better, if any.
    pub outcome: Outcome,
    /// The result in one sentence, with the numbers.
    pub sentence: String,
}

/// The result of `compare`, in the form that `--format json` prints.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ComparisonReport {
    /// Number of test rows.
    pub n: usize,
    /// Number of test rows whose text also occurs in the training file; 0 if the leaked training rows were dropped.
    pub leaked: usize,
    /// Number of training rows that were dropped because their text occurs in the test file.
    pub dropped: usize,
    /// Number of rows in both files whose texts the options for cleaning changed. All models and baselines get the cleaned texts.
    #[serde(skip_serializing_if = "is_zero")]
    pub cleaned: usize,
    /// Number of unusable rows in both files.
    pub set_aside: usize,
    /// The models and baselines, highest weighted F1 first.
    pub contenders: Vec<Contender>,
    /// The best model against each other contender.
    pub verdicts: Vec<Verdict>,
    /// The folder of the frozen encoder.
    pub encoder: Option<PathBuf>,
    /// The results of the gates, in the given order.
    pub gates: Vec<GateResult>,
}
