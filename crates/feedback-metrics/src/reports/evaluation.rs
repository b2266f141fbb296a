//! The report of one model on one file.

use super::curves::LearningCurves;
use super::input::ReportInput;
use super::risk_coverage::thin_out;
use super::slices::{SliceTable, slice_tables};
use super::worst_errors::{WorstError, worst_errors};
use crate::calibration::{RiskCoverage, risk_coverage};
use crate::classification_report::ClassificationReport;
use crate::document::Fact;
use crate::error::Result;
use crate::evaluation::Evaluation;
use crate::statistics::{BootstrapOptions, Comparison, Score, mcnemar_exact, paired_bootstrap, verdict};

/// An evaluation with the other parts of a report. Its serialised form is `report.json`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EvaluationReport {
    /// The model's name.
    pub model: String,
    /// One sentence that compares the model with always predicting the most frequent label of these rows; `None` if
    /// all rows belong to one group.
    pub verdict: Option<String>,
    /// The figures.
    pub evaluation: Evaluation,
    /// Precision, recall, F1 and support by label.
    pub classification_report: ClassificationReport,
    /// The risk-coverage curve: the effect of leaving the least confident rows to a person.
    pub risk_coverage: RiskCoverage,
    /// The effect of the model's own threshold on these rows, if it has one.
    pub abstaining: Option<Abstaining>,
    /// The learning curves of the training run.
    pub learning_curves: LearningCurves,
    /// Figures for parts of the rows.
    pub slices: Vec<SliceTable>,
    /// The wrong predictions with the highest confidence.
    pub worst_errors: Vec<WorstError>,
    /// What is known about leakage between the training data and these rows.
    pub leakage: Vec<Fact>,
    /// What is known about the data and the model.
    pub data: Vec<Fact>,
}

/// The effect of the model's threshold on these rows.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Abstaining {
    /// The threshold: rows of lower confidence are left to a person.
    pub abstain_below: f64,
    /// The share of rows answered.
    pub coverage: f64,
    /// The share of answers that are wrong; `None` if no row is answered.
    pub risk: Option<f64>,
}

impl EvaluationReport {
    /// Creates the report of an evaluation. `input` must describe the rows on which `evaluation` was computed.
    ///
    /// # Errors
    ///
    /// If lengths differ or a label is not a class id.
    pub fn new(evaluation: Evaluation, input: &ReportInput<'_>) -> Result<Self> {
        input.check(&evaluation)?;
        let predictions = input.probabilities.predictions();
        let names = &evaluation.label_order;
        let confidence = evaluation.accuracy_interval.confidence;
        Ok(Self {
            model: input.model.to_owned(),
            verdict: verdict_on_majority(&evaluation, input, &predictions)?,
            classification_report: evaluation.classification_report()?,
            risk_coverage: thin_out(risk_coverage(input.probabilities, input.labels)?),
            abstaining: abstaining(input, &predictions),
            learning_curves: input.learning_curves.clone(),
            slices: slice_tables(input, names, &predictions, confidence)?,
            worst_errors: worst_errors(input, names, &predictions),
            leakage: input.leakage.clone(),
            data: input.data.clone(),
            evaluation,
        })
    }
}

/// Compares the model with always predicting the most frequent label, a baseline that any useful model must beat.
/// Returns the result in one sentence; `None` if all rows belong to one group.
fn verdict_on_majority(
    evaluation: &Evaluation,
    input: &ReportInput<'_>,
    predictions: &[usize],
) -> Result<Option<String>> {
    let n = input.labels.len();
    let groups = match input.groups {
        [] => (0..n).collect(),
        given => given.to_vec(),
    };
    if groups.iter().all(|group| *group == groups[0]) {
        return Ok(None);
    }
    let supports = evaluation.confusion_matrix.iter().map(|row| row.iter().sum());
    let supports: Vec<u64> = supports.collect();
    let most_frequent = (0..supports.len()).rev().max_by_key(|&class| supports[class]);
    let most_frequent = most_frequent.unwrap_or(0);
    let majority = vec![most_frequent; n];
    let score = Score::Accuracy;
    Ok(Some(verdict(&Comparison {
        name_a: input.model.to_owned(),
        name_b: format!("always {}", evaluation.label_order[most_frequent]),
        n,
        score,
        bootstrap: paired_bootstrap(
            &groups,
            input.labels,
            predictions,
            &majority,
            supports.len(),
            score,
            BootstrapOptions::default(),
        )?,
        mcnemar: mcnemar_exact(input.labels, predictions, &majority)?,
        correction: None,
    })))
}

fn abstaining(input: &ReportInput<'_>, predictions: &[usize]) -> Option<Abstaining> {
    let abstain_below = input.abstain_below?;
    let confidences = input.probabilities.confidences();
    let answered: Vec<usize> = (0..predictions.len())
        .filter(|&row| confidences[row] >= abstain_below)
        .collect();
    let wrong = answered
        .iter()
        .filter(|&&row| predictions[row] != input.labels[row])
        .count();
    Some(Abstaining {
        abstain_below,
        coverage: answered.len() as f64 / predictions.len() as f64,
        risk: (!answered.is_empty()).then(|| wrong as f64 / answered.len() as f64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::EvaluationInput;
    use crate::probabilities::Probabilities;
    use crate::reports::slice_keys::SliceKeys;

    fn names() -> Vec<String> {
        ["bug", "praise", "absent"].map(String::from).to_vec()
    }

    /// Eight rows, of which six are predicted correctly; the two wrong ones have the lowest confidence.
    fn probabilities() -> Probabilities {
        let rows = [
            [0.9, 0.1],
            [0.8, 0.2],
            [0.7, 0.3],
            [0.45, 0.55],
            [0.1, 0.9],
            [0.2, 0.8],
            [0.3, 0.7],
            [0.6, 0.4],
        ];
        Probabilities::new(rows.iter().flat_map(|row| [row[0], row[1], 0.0]).collect(), 3).expect("valid")
    }

    const LABELS: [usize; 8] = [0, 0, 0, 0, 1, 1, 1, 1];

    fn report(names: &[String], input: &ReportInput<'_>) -> Result<EvaluationReport> {
        let mut measured = EvaluationInput::new(names, input.labels, input.probabilities);
        measured.groups = input.groups;
        EvaluationReport::new(Evaluation::measure(&measured)?, input)
    }

    #[test]
    fn figures_by_hand() {
        let (names, probabilities) = (names(), probabilities());
        let texts: Vec<String> = (0..8).map(|row| format!("text {row}")).collect();
        let mut input = ReportInput::new("m", &LABELS, &probabilities);
        input.texts = &texts;
        input.lines = &[1, 2, 3, 4, 5, 6, 7, 8];
        input.abstain_below = Some(0.65);
        let report = report(&names, &input).expect("valid");
        let evaluation = &report.evaluation;
        assert_eq!((evaluation.n, evaluation.accuracy), (8, 0.75));
        assert_eq!(evaluation.confusion_matrix, [[3, 1, 0], [1, 3, 0], [0, 0, 0]]);
        assert_eq!(evaluation.absent_labels(), ["absent"]);
        assert_eq!(evaluation.macro_average.f1, 0.5, "the absent label counts as 0");
        let interval = evaluation.weighted_f1_interval.expect("several groups");
        assert!(interval.low < 0.75 && 0.75 < interval.high);
        let worst: Vec<(&str, Option<u64>, f64)> = report
            .worst_errors
            .iter()
            .map(|error| (error.text.as_str(), error.line, error.label_probability))
            .collect();
        assert_eq!(worst, [("text 7", Some(8), 0.4), ("text 3", Some(4), 0.45)]);
        let abstaining = report.abstaining.expect("a threshold");
        assert_eq!((abstaining.coverage, abstaining.risk), (0.75, Some(0.0)));
        assert!(
            report
                .verdict
                .as_deref()
                .expect("a verdict")
                .contains("`m` and `always bug` cannot be told apart")
        );
        assert_eq!(
            evaluation
                .recall_intervals
                .iter()
                .map(Option::is_some)
                .collect::<Vec<_>>(),
            [true, true, false]
        );
        assert_eq!(report.slices.len(), 1, "by label only");
    }

    #[test]
    fn kinds_of_slices_with_only_one_slice_are_left_out() {
        let (names, probabilities) = (names(), probabilities());
        let slices = [
            SliceKeys::by_name("source", vec!["web".into(); 8]),
            SliceKeys::by_name(
                "month",
                (0..8).map(|row| format!("2026-0{}", 1 + row % 2)).collect(),
            ),
        ];
        let mut input = ReportInput::new("m", &LABELS, &probabilities);
        input.slices = &slices;
        let report = report(&names, &input).expect("valid");
        let found: Vec<(&str, u64)> = report
            .slices
            .iter()
            .map(|table| (table.name.as_str(), table.slices[0].n))
            .collect();
        assert_eq!(found, [("label", 4), ("month", 4)]);
    }

    #[test]
    fn a_single_group_has_no_bootstrap_interval_and_no_verdict() {
        let (names, probabilities) = (names(), probabilities());
        let mut input = ReportInput::new("m", &LABELS, &probabilities);
        input.groups = &[7; 8];
        let report = report(&names, &input).expect("valid");
        assert_eq!(
            (report.evaluation.weighted_f1_interval, report.verdict),
            (None, None)
        );
    }

    #[test]
    fn bad_input_is_named() {
        let (names, probabilities) = (names(), probabilities());
        let mut input = ReportInput::new("m", &LABELS, &probabilities);
        input.lines = &[1];
        let message = report(&names, &input).expect_err("an error").to_string();
        assert!(message.starts_with("`lines` has 1 rows, expected 8"), "{message}");
        let evaluation = Evaluation::measure(&EvaluationInput::new(&names, &LABELS, &probabilities));
        let input = ReportInput::new("m", &LABELS[..2], &probabilities);
        let message = EvaluationReport::new(evaluation.expect("valid"), &input)
            .expect_err("an error")
            .to_string();
        assert!(
            message.starts_with("`labels` has 2 rows, expected 8"),
            "{message}"
        );
    }
}
