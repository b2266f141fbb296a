//! The recipe behind `evaluate`: a model on labelled rows, with everything needed to trust the figures.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use feedback_dataset::{DuplicateKind, duplicate_groups};
use feedback_inference::Classifier;
use feedback_metrics::calibration::{
    Binning, ReliabilityBin, brier_score, expected_calibration_error, log_loss, reliability_table,
};
use feedback_metrics::statistics::{BootstrapOptions, Interval, bootstrap_interval, wilson_interval};
use feedback_metrics::{
    Average, AverageScores, ClassScores, ClassificationReport, ConfusionMatrix, Logits, Probabilities,
    ReportLabels, ReportOptions, ZeroDivision,
};
use serde::{Deserialize, Serialize};

use crate::data::{Examples, fingerprint_hex};
use crate::error::{Error, Result};

/// Bins of the calibration table; the number is Guo et al.'s (2017).
const BINS: usize = 15;

/// A model's figures on one file, in the form that `--format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Rows.
    pub n: u64,
    /// Share of rows predicted right.
    pub accuracy: f64,
    /// Its 95 % Wilson interval.
    pub accuracy_interval: Interval,
    /// Precision, recall and F1 averaged over the labels.
    #[serde(rename = "macro")]
    pub macro_average: AverageScores,
    /// The same, weighted by support.
    pub weighted: AverageScores,
    /// The 95 % bootstrap interval of weighted F1, duplicates drawn together; absent where all rows are one text. Where
    /// all rows are right, or all wrong, it is Wilson's for the share of texts that are right.
    pub weighted_f1_interval: Option<Interval>,
    /// The same of macro F1, in which labels without a row count as 0.
    pub macro_f1_interval: Option<Interval>,
    /// Precision, recall, F1 and support of each label.
    pub labels: BTreeMap<String, ClassScores>,
    /// Label names in class id order: the order of the matrix.
    pub label_order: Vec<String>,
    /// Counts, rows true, columns predicted.
    pub confusion_matrix: Vec<Vec<u64>>,
    /// How far confidence can be believed.
    pub calibration: Calibration,
    /// How much of the file the model has seen in training.
    pub leakage: Leakage,
}

/// How far confidence can be believed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// The temperature that was applied.
    pub temperature: f64,
    /// Expected calibration error over 15 bins of equal width.
    pub ece: f64,
    /// Mean squared distance of the probabilities from the truth.
    pub brier_score: f64,
    /// Mean negative log probability of the true label.
    pub log_loss: f64,
    /// Mean confidence and accuracy by confidence; empty bins are left out.
    pub reliability: Vec<ReliabilityBin>,
}

/// How many rows of a file stand, after normalising, in the data a model was trained with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leakage {
    /// False where the model folder has no fingerprints, so that nothing is known.
    pub known: bool,
    /// Rows that stand in the training data.
    pub in_train: usize,
    /// Rows that stand in the validation data.
    pub in_validation: usize,
}

/// Predictions on one file beside the truth.
#[derive(Debug, Clone)]
pub struct Scored {
    /// Probabilities by row and class id.
    pub probabilities: Probabilities,
    /// The most likely class of each row.
    pub predictions: Vec<usize>,
}

impl Scored {
    pub(crate) fn new(probabilities: Probabilities) -> Self {
        Self {
            predictions: probabilities.predictions(),
            probabilities,
        }
    }
}

/// Predicts every row with a classifier.
///
/// # Errors
///
/// A failure of the device or a model without labels.
pub fn score(classifier: &Classifier, examples: &Examples) -> Result<Scored> {
    let logits = classifier.logits(&examples.texts)?;
    let logits = Logits::from_f32(&logits, classifier.labels().len())?;
    Ok(Scored::new(logits.softmax(classifier.manifest().temperature)?))
}

/// Measures predictions against the truth.
///
/// # Errors
///
/// [`Error::Metrics`] where there is no row.
pub fn evaluate(
    scored: &Scored,
    examples: &Examples,
    labels: &[String],
    temperature: f64,
    leakage: Leakage,
) -> Result<Evaluation> {
    let truth = &examples.labels;
    let matrix = ConfusionMatrix::new(truth, &scored.predictions, labels.len())?;
    let per_class = matrix.per_class(ZeroDivision::Zero);
    Ok(Evaluation {
        n: matrix.n(),
        accuracy: matrix.accuracy(),
        accuracy_interval: wilson_interval(matrix.n_correct(), matrix.n(), 0.95)?,
        macro_average: matrix.average(Average::Macro, ZeroDivision::Zero),
        weighted: matrix.average(Average::Weighted, ZeroDivision::Zero),
        weighted_f1_interval: f1_interval(scored, examples, labels.len(), Average::Weighted)?,
        macro_f1_interval: f1_interval(scored, examples, labels.len(), Average::Macro)?,
        labels: labels.iter().cloned().zip(per_class).collect(),
        label_order: labels.to_vec(),
        confusion_matrix: matrix.counts(),
        calibration: Calibration {
            temperature,
            ece: expected_calibration_error(&scored.probabilities, truth, Binning::EqualWidth, BINS)?,
            brier_score: brier_score(&scored.probabilities, truth)?,
            log_loss: log_loss(&scored.probabilities, truth)?,
            reliability: reliability_table(&scored.probabilities, truth, Binning::EqualWidth, BINS)?
                .into_iter()
                .filter(|bin| bin.count > 0)
                .collect(),
        },
        leakage,
    })
}

/// The rows' duplicate groups, for resampling.
pub(crate) fn resampling_groups(examples: &Examples) -> Vec<usize> {
    duplicate_groups(examples.texts(), DuplicateKind::Normalised)
}

fn f1_interval(
    scored: &Scored,
    examples: &Examples,
    n_classes: usize,
    average: Average,
) -> Result<Option<Interval>> {
    let groups = resampling_groups(examples);
    if groups.iter().all(|group| *group == groups[0]) {
        return Ok(None); // one text only: there is nothing to resample
    }
    let f1 = |matrix: &ConfusionMatrix| matrix.average(average, ZeroDivision::Zero).f1;
    let options = BootstrapOptions::default();
    let found = bootstrap_interval(
        &groups,
        &examples.labels,
        &scored.predictions,
        n_classes,
        f1,
        options,
    )?;
    Ok(Some(match share_right(&scored.predictions, &examples.labels) {
        1.0 => of_all_or_none(found.n_groups, found.n_groups, found.estimate)?,
        0.0 => of_all_or_none(0, found.n_groups, 1.0)?,
        _ => found.interval,
    }))
}

fn share_right(predictions: &[usize], labels: &[usize]) -> f64 {
    let right = predictions.iter().zip(labels).filter(|(a, b)| a == b).count();
    right as f64 / labels.len() as f64
}

/// Where all rows are right, or all wrong, every resample says the same, however few they are. The share of texts that
/// are right has an interval that knows about that, and F1 is that share, but for labels without a row (`scale`).
fn of_all_or_none(n_correct: usize, n_groups: usize, scale: f64) -> Result<Interval> {
    let share = wilson_interval(n_correct as u64, n_groups as u64, 0.95)?;
    Ok(Interval {
        low: share.low * scale,
        high: share.high * scale,
        ..share
    })
}

/// Looks every text up among the fingerprints of a model.
pub fn leakage(classifier: &Classifier, examples: &Examples) -> Leakage {
    let fingerprints = &classifier.manifest().fingerprints;
    let set = |name: &str| -> HashSet<&str> {
        fingerprints
            .get(name)
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect()
    };
    let (train, validation) = (set("train"), set("validation"));
    let hashes: Vec<String> = examples.texts.iter().map(|text| fingerprint_hex(text)).collect();
    let count = |seen: &HashSet<&str>| hashes.iter().filter(|hash| seen.contains(hash.as_str())).count();
    Leakage {
        known: !fingerprints.is_empty(),
        in_train: count(&train),
        in_validation: count(&validation),
    }
}

/// Class ids of a file's labels as a model has them.
///
/// # Errors
///
/// [`Error::LabelUnknownToModel`] naming the line, or a row without a label.
pub fn examples_for(
    classifier: &Classifier,
    model: &Path,
    dataset: &feedback_dataset::Dataset,
) -> Result<Examples> {
    let labels = feedback_dataset::LabelSet::new(classifier.labels().to_vec())?;
    let unknown = dataset.rows.iter().find_map(|row| {
        let label = row.record.label()?;
        labels.id(label).is_none().then(|| (row.line, label.to_owned()))
    });
    match unknown {
        Some((line, label)) => Err(Error::LabelUnknownToModel {
            data: dataset.path.clone(),
            line,
            label,
            model: model.to_owned(),
            known: classifier.labels().to_vec(),
        }),
        None => Examples::new(dataset, &labels),
    }
}

impl Evaluation {
    /// scikit-learn's `classification_report`.
    ///
    /// # Errors
    ///
    /// [`Error::Metrics`], which a matrix from [`evaluate`] does not give.
    pub fn classification_report(&self) -> Result<ClassificationReport> {
        let matrix = ConfusionMatrix::from_counts(&self.confusion_matrix)?;
        let options = ReportOptions {
            target_names: Some(self.label_order.clone()),
            labels: ReportLabels::All,
            ..ReportOptions::default()
        };
        Ok(ClassificationReport::new(&matrix, &options)?)
    }
}
