//! The JSON form of a report: the figures of the evaluation and the other parts of the report in one object.

use serde::{Serialize, Serializer};

use super::curves::LearningCurves;
use super::evaluation::{Abstaining, EvaluationReport};
use super::slices::SliceTable;
use super::worst_errors::WorstError;
use crate::calibration::RiskCoverage;
use crate::classification_report::ClassificationReport;
use crate::document::Fact;
use crate::evaluation::{CalibrationFigures, RankingScores};
use crate::statistics::{Estimate, Interval, Score};

/// The fields of `report.json`. Files and programs depend on these names. Some of them differ from the names in
/// [`crate::evaluation::Evaluation`], so the evaluation cannot simply be flattened into the report.
#[derive(Serialize)]
struct ReportJson<'a> {
    model: &'a str,
    verdict: Option<&'a str>,
    n: u64,
    accuracy: Estimate,
    weighted_f1: Estimate,
    macro_f1: Estimate,
    balanced_accuracy: f64,
    matthews_corrcoef: Option<f64>,
    cohen_kappa: Option<f64>,
    roc_auc: RankingScores,
    average_precision: RankingScores,
    absent_labels: Vec<&'a str>,
    classification_report: &'a ClassificationReport,
    recall_intervals: &'a [Option<Interval>],
    confusion_matrix: &'a [Vec<u64>],
    calibration: &'a CalibrationFigures,
    risk_coverage: &'a RiskCoverage,
    abstaining: Option<Abstaining>,
    #[serde(skip_serializing_if = "LearningCurves::is_empty")]
    learning_curves: &'a LearningCurves,
    slices: &'a [SliceTable],
    worst_errors: &'a [WorstError],
    leakage: &'a [Fact],
    data: &'a [Fact],
}

impl Serialize for EvaluationReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let evaluation = &self.evaluation;
        let json = ReportJson {
            model: &self.model,
            verdict: self.verdict.as_deref(),
            n: evaluation.n,
            accuracy: evaluation.estimate(Score::Accuracy),
            weighted_f1: evaluation.estimate(Score::WeightedF1),
            macro_f1: evaluation.estimate(Score::MacroF1),
            balanced_accuracy: evaluation.balanced_accuracy,
            matthews_corrcoef: evaluation.matthews_corrcoef,
            cohen_kappa: evaluation.cohen_kappa,
            roc_auc: evaluation.roc_auc,
            average_precision: evaluation.average_precision,
            absent_labels: evaluation.absent_labels(),
            classification_report: &self.classification_report,
            recall_intervals: &evaluation.recall_intervals,
            confusion_matrix: &evaluation.confusion_matrix,
            calibration: &evaluation.calibration,
            risk_coverage: &self.risk_coverage,
            abstaining: self.abstaining,
            learning_curves: &self.learning_curves,
            slices: &self.slices,
            worst_errors: &self.worst_errors,
            leakage: &self.leakage,
            data: &self.data,
        };
        json.serialize(serializer)
    }
}
