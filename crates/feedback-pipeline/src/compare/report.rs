//! The results of a comparison, in the form that `--format json` prints.

use std::path::PathBuf;

use feedback_metrics::statistics::{Interval, Outcome};
use serde::Serialize;

use crate::compare::gate::GateResult;
use crate::evaluate::FileEvaluation;

/// One model or baseline on the test rows.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Contender {
    /// The model folder, or the baseline's name.
    pub name: String,
    /// `model` or `baseline`.
    pub kind: &'static str,
    /// Its figures.
    pub evaluation: FileEvaluation,
    /// Seconds to fit it, for baselines that learn.
    pub fit_seconds: f64,
    /// Seconds to predict the test rows.
    pub predict_seconds: f64,
}

/// The comparison of one pair, in numbers and words.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// The first, which is the best model by weighted F1.
    pub a: String,
    /// The second.
    pub b: String,
    /// Weighted F1 of the first minus that of the second.
    pub difference: f64,
    /// Its 95 % interval.
    pub interval: Interval,
    /// Corrected for the number of pairs (Holm 1979).
    pub p_value: f64,
    /// Exact McNemar test of accuracy, not corrected.
    pub mcnemar_p_value: f64,
    /// Which is better.
    pub outcome: Outcome,
    /// One sentence with the numbers in it.
    pub sentence: String,
}

/// The result of `compare`, in the form that `--format json` prints.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ComparisonReport {
    /// Test rows.
    pub n: usize,
    /// Test rows whose text also occurs in the training file.
    pub leaked: usize,
    /// Training rows that were dropped for that reason.
    pub dropped: usize,
    /// Unusable rows of both files.
    pub set_aside: usize,
    /// Best first by weighted F1.
    pub contenders: Vec<Contender>,
    /// The best model against each other contender.
    pub verdicts: Vec<Verdict>,
    /// The folder of the frozen encoder.
    pub encoder: Option<PathBuf>,
    /// The results of the gates, in the given order.
    pub gates: Vec<GateResult>,
}
