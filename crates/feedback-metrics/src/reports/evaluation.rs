//! All figures of one model on one file.

use serde::Serialize;

use super::worst_errors::{WorstError, worst_errors};
use super::{Estimate, LearningCurves, SliceKeys};
use crate::averages::{Average, ZeroDivision};
use crate::calibration::{
    Binning, ReliabilityBin, RiskCoverage, RiskCoveragePoint, brier_score, expected_calibration_error,
    log_loss, maximum_calibration_error, reliability_table, risk_coverage,
};
use crate::check;
use crate::confusion::ConfusionMatrix;
use crate::document::Fact;
use crate::error::{Error, Result};
use crate::probabilities::Probabilities;
use crate::classification_report::{ClassificationReport, ReportOptions};
use crate::slices::{Slice, slice_by};
use crate::statistics::{
    BootstrapOptions, Comparison, Interval, PairedStatistic, bootstrap_interval, mcnemar_exact,
    paired_bootstrap, verdict, wilson_interval,
};

/// Bins of the reliability diagram; the number is Guo et al.'s (2017).
const BINS: usize = 15;
/// The most points of a risk-coverage curve that are kept.
const MAX_POINTS: usize = 200;
const CONFIDENCE: f64 = 0.95;

/// What a report is made of. [`ReportInput::new`] takes what must be given; the rest may be empty.
#[derive(Debug, Clone)]
pub struct ReportInput<'a> {
    /// The model's name.
    pub model: &'a str,
    /// The labels' names, in class id order.
    pub names: &'a [String],
    /// The true class id of each row.
    pub labels: &'a [usize],
    /// The probabilities of each row, calibrated where the model has a temperature.
    pub probabilities: &'a Probabilities,
    /// The duplicate group of each row: rows of one group are drawn together. Where empty, each row is its own.
    pub groups: &'a [usize],
    /// The text of each row, for the worst errors.
    pub texts: &'a [String],
    /// The line of each row in its file.
    pub lines: &'a [u64],
    /// What to slice the rows by, besides their label.
    pub slices: &'a [SliceKeys],
    /// The temperature that was applied; 1 for none.
    pub temperature: f64,
    /// The confidence below which the model abstains, if it does.
    pub abstain_below: Option<f64>,
    /// How training went, where that is known.
    pub learning_curves: LearningCurves,
    /// What to say of leakage between this file and what the model was trained on.
    pub leakage: Vec<Fact>,
    /// What to say of the data and the model.
    pub data: Vec<Fact>,
}

impl<'a> ReportInput<'a> {
    /// Labels and probabilities, and nothing else.
    pub fn new(
        model: &'a str,
        names: &'a [String],
        labels: &'a [usize],
        probabilities: &'a Probabilities,
    ) -> Self {
        Self {
            model,
            names,
            labels,
            probabilities,
            groups: &[],
            texts: &[],
            lines: &[],
            slices: &[],
            temperature: 1.0,
            abstain_below: None,
            learning_curves: LearningCurves::default(),
            leakage: Vec::new(),
            data: Vec::new(),
        }
    }

    fn check(&self) -> Result<()> {
        if self.names.len() != self.probabilities.n_classes() {
            return Err(Error::NameCount {
                found: self.names.len(),
                expected: self.probabilities.n_classes(),
            });
        }
        let optional = [
            ("groups", self.groups.len()),
            ("texts", self.texts.len()),
            ("lines", self.lines.len()),
        ];
        for (what, found) in optional.into_iter().filter(|(_, found)| *found > 0) {
            check::same_length(what, found, "labels", self.labels.len())?;
        }
        for slices in self.slices {
            check::same_length("slices", slices.keys.len(), "labels", self.labels.len())?;
        }
        Ok(())
    }
}

/// Everything there is to say of predictions on labelled rows; serialised it is the report's JSON form.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EvaluationReport {
    /// The model's name.
    pub model: String,
    /// The model against always giving the most frequent label of these rows, in one sentence; absent where
    /// all rows are one text.
    pub verdict: Option<String>,
    /// Rows.
    pub n: u64,
    /// Share of rows predicted right, with its Wilson interval.
    pub accuracy: Estimate,
    /// F1 averaged by support, with its bootstrap interval, duplicates drawn together.
    pub weighted_f1: Estimate,
    /// F1 averaged over all labels, with its bootstrap interval.
    pub macro_f1: Estimate,
    /// Labels without a row here; macro F1 counts their F1 as 0.
    pub absent_labels: Vec<String>,
    /// Precision, recall, F1 and support by label.
    pub classification_report: ClassificationReport,
    /// The 95 % Wilson interval of each label's recall, in label order; absent without rows.
    pub recall_intervals: Vec<Option<Interval>>,
    /// Counts, rows true, columns predicted, in label order.
    pub confusion_matrix: Vec<Vec<u64>>,
    /// How far confidence can be believed.
    pub calibration: CalibrationFigures,
    /// What is gained by leaving rows to a person.
    pub risk_coverage: RiskCoverage,
    /// What the model's own threshold does here, if it has one.
    pub abstaining: Option<Abstaining>,
    /// How training went.
    #[serde(skip_serializing_if = "LearningCurves::is_empty")]
    pub learning_curves: LearningCurves,
    /// The same figures by parts of the rows.
    pub slices: Vec<SliceTable>,
    /// The wrong predictions of highest confidence.
    pub worst_errors: Vec<WorstError>,
    /// What is known of leakage.
    pub leakage: Vec<Fact>,
    /// What is known of data and model.
    pub data: Vec<Fact>,
}

/// How far confidence can be believed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationFigures {
    /// The temperature that was applied.
    pub temperature: f64,
    /// Expected calibration error over 15 bins of equal width.
    pub ece: f64,
    /// The same over 15 bins of equally many rows.
    pub ece_equal_mass: f64,
    /// The largest gap of a bin of equal width.
    pub maximum_calibration_error: f64,
    /// Mean squared distance of the probabilities from the truth.
    pub brier_score: f64,
    /// Mean negative log probability of the true label.
    pub log_loss: f64,
    /// The bins of equal width that hold rows.
    pub reliability: Vec<ReliabilityBin>,
}

/// What a threshold does on these rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Abstaining {
    /// Rows of lower confidence are left to a person.
    pub abstain_below: f64,
    /// The share of rows answered.
    pub coverage: f64,
    /// The share of answered rows that is wrong; absent where none is answered.
    pub risk: Option<f64>,
}

/// The rows divided in one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SliceTable {
    /// What they are divided by.
    pub name: String,
    /// The parts.
    pub slices: Vec<Slice<String>>,
}

impl EvaluationReport {
    /// Computes every figure. Intervals are of 95 %; the bootstrap draws 2,000 times with the default seed.
    ///
    /// # Errors
    ///
    /// Where there is no row, lengths differ, there is not one name for each class, or a label is no class id.
    pub fn measure(input: &ReportInput<'_>) -> Result<Self> {
        input.check()?;
        let predictions = input.probabilities.predictions();
        let matrix = ConfusionMatrix::new(input.labels, &predictions, input.names.len())?;
        let own_groups: Vec<usize>;
        let groups = match input.groups {
            [] => {
                own_groups = (0..input.labels.len()).collect();
                &own_groups
            }
            given => given,
        };
        let options = ReportOptions {
            target_names: Some(input.names.to_vec()),
            ..ReportOptions::default()
        };
        let supports = (0..matrix.n_classes()).map(|class| matrix.support(class));
        let absent = input
            .names
            .iter()
            .zip(supports)
            .filter(|(_, support)| *support == 0);
        Ok(Self {
            model: input.model.to_owned(),
            verdict: verdict_on_majority(input, groups, &predictions, &matrix)?,
            n: matrix.n(),
            accuracy: Estimate {
                value: matrix.accuracy(),
                interval: Some(wilson_interval(matrix.n_correct(), matrix.n(), CONFIDENCE)?),
            },
            weighted_f1: f1_estimate(input, groups, &predictions, &matrix, Average::Weighted)?,
            macro_f1: f1_estimate(input, groups, &predictions, &matrix, Average::Macro)?,
            absent_labels: absent.map(|(name, _)| name.clone()).collect(),
            classification_report: ClassificationReport::new(&matrix, &options)?,
            recall_intervals: recall_intervals(&matrix)?,
            confusion_matrix: matrix.counts(),
            calibration: calibration(input)?,
            abstaining: abstaining(input, &predictions),
            risk_coverage: thinned(risk_coverage(input.probabilities, input.labels)?),
            learning_curves: input.learning_curves.clone(),
            slices: slices(input, &predictions)?,
            worst_errors: worst_errors(input, &predictions),
            leakage: input.leakage.clone(),
            data: input.data.clone(),
        })
    }
}

fn single_group(groups: &[usize]) -> bool {
    groups.iter().all(|group| *group == groups[0])
}

fn f1_estimate(
    input: &ReportInput<'_>,
    groups: &[usize],
    predictions: &[usize],
    matrix: &ConfusionMatrix,
    average: Average,
) -> Result<Estimate> {
    let f1 = |matrix: &ConfusionMatrix| matrix.average(average, ZeroDivision::Zero).f1;
    let n_classes = matrix.n_classes();
    let draw = || {
        bootstrap_interval(
            groups,
            input.labels,
            predictions,
            n_classes,
            f1,
            BootstrapOptions::default(),
        )
    };
    let interval = if single_group(groups) {
        None
    } else {
        Some(draw()?.interval)
    };
    Ok(Estimate {
        value: f1(matrix),
        interval,
    })
}

/// The model against always giving the most frequent label: what any model must beat.
fn verdict_on_majority(
    input: &ReportInput<'_>,
    groups: &[usize],
    predictions: &[usize],
    matrix: &ConfusionMatrix,
) -> Result<Option<String>> {
    if single_group(groups) {
        return Ok(None);
    }
    let n_classes = matrix.n_classes();
    let most = (0..n_classes)
        .rev()
        .max_by_key(|&class| matrix.support(class))
        .unwrap_or(0);
    let always = vec![most; input.labels.len()];
    let statistic = PairedStatistic::Accuracy;
    let options = BootstrapOptions::default();
    Ok(Some(verdict(&Comparison {
        name_a: input.model.to_owned(),
        name_b: format!("always {}", input.names[most]),
        n: input.labels.len(),
        statistic,
        bootstrap: paired_bootstrap(
            groups,
            input.labels,
            predictions,
            &always,
            n_classes,
            statistic,
            options,
        )?,
        mcnemar: mcnemar_exact(input.labels, predictions, &always)?,
        corrected: None,
    })))
}

fn recall_intervals(matrix: &ConfusionMatrix) -> Result<Vec<Option<Interval>>> {
    let interval = |class: usize| match matrix.support(class) {
        0 => Ok(None),
        support => wilson_interval(matrix.count(class, class), support, CONFIDENCE).map(Some),
    };
    (0..matrix.n_classes()).map(interval).collect()
}

fn calibration(input: &ReportInput<'_>) -> Result<CalibrationFigures> {
    let (probabilities, labels) = (input.probabilities, input.labels);
    let mut reliability = reliability_table(probabilities, labels, Binning::EqualWidth, BINS)?;
    reliability.retain(|bin| bin.count > 0);
    Ok(CalibrationFigures {
        temperature: input.temperature,
        ece: expected_calibration_error(probabilities, labels, Binning::EqualWidth, BINS)?,
        ece_equal_mass: expected_calibration_error(probabilities, labels, Binning::EqualMass, BINS)?,
        maximum_calibration_error: maximum_calibration_error(
            probabilities,
            labels,
            Binning::EqualWidth,
            BINS,
        )?,
        brier_score: brier_score(probabilities, labels)?,
        log_loss: log_loss(probabilities, labels)?,
        reliability,
    })
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

/// A curve of at most [`MAX_POINTS`] points, spread evenly over coverage; the area stays that of all.
fn thinned(curve: RiskCoverage) -> RiskCoverage {
    if curve.points.len() <= MAX_POINTS {
        return curve;
    }
    let mut points: Vec<RiskCoveragePoint> = Vec::with_capacity(MAX_POINTS);
    let last = curve.points.len() - 1;
    for (index, point) in curve.points.iter().enumerate() {
        let wanted = points.len() as f64 / (MAX_POINTS - 1) as f64;
        let room = points.len() < MAX_POINTS - 1;
        if index == last || (room && point.coverage >= wanted) {
            points.push(*point);
        }
    }
    RiskCoverage {
        points,
        area: curve.area,
    }
}

/// By label, then by whatever the caller asks for and divides the rows.
fn slices(input: &ReportInput<'_>, predictions: &[usize]) -> Result<Vec<SliceTable>> {
    let by_label = SliceKeys {
        name: "label".to_owned(),
        keys: input
            .labels
            .iter()
            .map(|&label| (label, input.names[label].clone()))
            .collect(),
    };
    let kinds = std::iter::once(&by_label)
        .chain(input.slices)
        .filter(|kind| kind.divides());
    let table = |kind: &SliceKeys| {
        let found = slice_by(
            &kind.limited(),
            input.labels,
            predictions,
            input.names.len(),
            CONFIDENCE,
        )?;
        let named = found.into_iter().map(|slice| Slice {
            key: slice.key.1,
            n: slice.n,
            accuracy: slice.accuracy,
            interval: slice.interval,
            macro_average: slice.macro_average,
            weighted: slice.weighted,
        });
        Ok(SliceTable {
            name: kind.name.clone(),
            slices: named.collect(),
        })
    };
    kinds.map(table).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["bug", "praise", "absent"].map(String::from).to_vec()
    }

    /// Eight rows, six right; confidence tells the wrong ones apart.
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

    #[test]
    fn figures_by_hand() {
        let (names, probabilities) = (names(), probabilities());
        let texts: Vec<String> = (0..8).map(|row| format!("text {row}")).collect();
        let mut input = ReportInput::new("m", &names, &LABELS, &probabilities);
        input.texts = &texts;
        input.lines = &[1, 2, 3, 4, 5, 6, 7, 8];
        input.abstain_below = Some(0.65);
        let report = EvaluationReport::measure(&input).expect("valid");
        assert_eq!((report.n, report.accuracy.value), (8, 0.75));
        assert_eq!(report.confusion_matrix, [[3, 1, 0], [1, 3, 0], [0, 0, 0]]);
        assert_eq!(report.absent_labels, ["absent"]);
        assert_eq!(report.macro_f1.value, 0.5, "the absent label counts as 0");
        let interval = report.weighted_f1.interval.expect("several groups");
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
                .expect("a verdict")
                .contains("`m` and `always bug` cannot be told apart")
        );
        assert_eq!(
            report
                .recall_intervals
                .iter()
                .map(Option::is_some)
                .collect::<Vec<_>>(),
            [true, true, false]
        );
        assert_eq!(report.slices.len(), 1, "by label only");
    }

    #[test]
    fn slices_that_divide_nothing_are_left_out() {
        let (names, probabilities) = (names(), probabilities());
        let slices = [
            SliceKeys::by_name("source", vec!["web".into(); 8]),
            SliceKeys::by_name(
                "month",
                (0..8).map(|row| format!("2026-0{}", 1 + row % 2)).collect(),
            ),
        ];
        let mut input = ReportInput::new("m", &names, &LABELS, &probabilities);
        input.slices = &slices;
        let report = EvaluationReport::measure(&input).expect("valid");
        let found: Vec<(&str, u64)> = report
            .slices
            .iter()
            .map(|table| (table.name.as_str(), table.slices[0].n))
            .collect();
        assert_eq!(found, [("label", 4), ("month", 4)]);
    }

    #[test]
    fn one_text_has_no_intervals_by_resampling() {
        let (names, probabilities) = (names(), probabilities());
        let mut input = ReportInput::new("m", &names, &LABELS, &probabilities);
        input.groups = &[7; 8];
        let report = EvaluationReport::measure(&input).expect("valid");
        assert_eq!((report.weighted_f1.interval, report.verdict), (None, None));
    }

    #[test]
    fn bad_input_is_named() {
        let (names, probabilities) = (names(), probabilities());
        let mut input = ReportInput::new("m", &names, &LABELS, &probabilities);
        input.lines = &[1];
        let message = EvaluationReport::measure(&input)
            .expect_err("an error")
            .to_string();
        assert!(message.starts_with("`lines` has 1 rows, expected 8"), "{message}");
        let input = ReportInput::new("m", &names[..2], &LABELS, &probabilities);
        let message = EvaluationReport::measure(&input)
            .expect_err("an error")
            .to_string();
        assert!(
            message.starts_with("`target_names` has 2 names, expected 3"),
            "{message}"
        );
    }

    #[test]
    fn long_curves_are_thinned_and_keep_their_ends() {
        let n = 5_000;
        let values = (0..n).flat_map(|row| {
            let p = 0.5 + 0.4 * row as f64 / n as f64;
            [p, 1.0 - p]
        });
        let probabilities = Probabilities::new(values.collect(), 2).expect("valid");
        let labels: Vec<usize> = (0..n).map(|row| row % 2).collect();
        let whole = risk_coverage(&probabilities, &labels).expect("valid");
        let few = thinned(whole.clone());
        assert!(
            few.points.len() <= MAX_POINTS && few.points.len() > MAX_POINTS - 10,
            "{}",
            few.points.len()
        );
        assert_eq!(
            (few.points.first(), few.points.last()),
            (whole.points.first(), whole.points.last())
        );
        assert!(
            few.points
                .windows(2)
                .all(|pair| pair[1].coverage - pair[0].coverage < 0.006)
        );
    }
}
