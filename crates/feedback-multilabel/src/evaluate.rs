//! The metrics of a model that gives each text any number of labels.

use std::collections::BTreeMap;

use feedback_inference::{MultiLabelClassifier, UnreadTexts, probabilities};
use feedback_metrics::calibration::{Binning, expected_calibration_error};
use feedback_metrics::statistics::{BootstrapOptions, Draws, Interval, percentile_interval, wilson_interval};
use feedback_metrics::{
    ClassificationReport, LabelCounts, MultiLabel, Probabilities, ReportOptions, ZeroDivision,
};
use feedback_pipeline::evaluate::{Leakage, leakage_of};
use serde::Serialize;

use crate::error::Result;
use crate::examples::MultiLabelExamples;

/// Number of bins of the expected calibration error.
const N_BINS: usize = 15;

/// The metrics of a model on texts with known labels. Serialised as the JSON output of `evaluate`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MultiLabelEvaluation {
    /// Number of texts.
    pub n: usize,
    /// Precision, recall, F1 and support of each label, and their micro, macro, weighted and samples averages.
    #[serde(flatten)]
    pub report: ClassificationReport,
    /// The 95 % interval of the micro-averaged F1, from a bootstrap over distinct texts; `None` if there are fewer than two.
    pub micro_f1_interval: Option<Interval>,
    /// The 95 % interval of the macro-averaged F1, as for `micro_f1_interval`.
    pub macro_f1_interval: Option<Interval>,
    /// Share of the texts for which all labels are right.
    pub subset_accuracy: f64,
    /// Its 95 % interval (Wilson).
    pub subset_accuracy_interval: Interval,
    /// Share of all pairs of text and label that are wrong.
    pub hamming_loss: f64,
    /// How each label is decided and how well its probability is calibrated, in the order of the class ids.
    pub decisions: Vec<LabelCalibration>,
    /// How many of the texts the model saw in training.
    pub leakage: Leakage,
    /// What of the texts the model cannot read; a text of which it knows no token gets no label.
    #[serde(skip)]
    pub unread: UnreadTexts,
}

/// How a label is decided, and how well its probability is calibrated.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LabelCalibration {
    /// The label.
    pub label: String,
    /// The temperature of its logit.
    pub temperature: f64,
    /// The probability from which a text gets the label.
    pub threshold: f64,
    /// The expected calibration error of its probability, with 15 bins of equal width.
    pub expected_calibration_error: f64,
    /// The same before calibration, that is, with a temperature of 1.
    pub uncalibrated_error: f64,
}

/// Predicts texts with known labels and measures the predictions.
///
/// # Errors
///
/// There are no texts, a logit is not finite, or the device fails.
pub fn evaluate(
    classifier: &MultiLabelClassifier,
    examples: &MultiLabelExamples,
) -> Result<MultiLabelEvaluation> {
    measure(classifier, examples).map(|measured| measured.evaluation)
}

/// The metrics of a model, and the predictions that they are from.
pub(crate) struct Measured {
    pub(crate) evaluation: MultiLabelEvaluation,
    /// Whether each text was given each label, one text after another, in the order of the class ids.
    pub(crate) given: Vec<bool>,
}

/// Like [`evaluate`], but also returns the predictions.
pub(crate) fn measure(classifier: &MultiLabelClassifier, examples: &MultiLabelExamples) -> Result<Measured> {
    let labels = classifier.labels();
    let (logits, unread) = classifier.logits_and_unread(&examples.texts)?;
    if let Some(place) = logits.iter().position(|logit| !logit.is_finite()) {
        return Err(feedback_inference::Error::NotFinite {
            position: place / labels.len().max(1) + 1,
            count: examples.len(),
        }
        .into());
    }
    let decisions = classifier.decisions();
    let with = |temperatures: &[f64]| -> Vec<f64> {
        let rows = logits.chunks_exact(labels.len().max(1));
        rows.flat_map(|row| probabilities(row, temperatures)).collect()
    };
    let scores = with(&decisions.temperatures);
    let uncalibrated = with(&vec![1.0; labels.len()]);
    let thresholds = decisions.thresholds.iter().cycle();
    let mut given: Vec<bool> = scores
        .iter()
        .zip(thresholds)
        .map(|(score, threshold)| score >= threshold)
        .collect();
    for &row in &unread.unknown {
        given[row * labels.len()..][..labels.len()].fill(false); // as in predictions
    }
    let table = examples.table(labels.len());
    let measured = MultiLabel::new(&table, &given, labels.len())?;
    let options = ReportOptions::default().with_target_names(labels.to_vec());
    let intervals = intervals(&table, &given, labels.len(), &examples.groups());
    let right = (measured.subset_accuracy() * measured.n() as f64).round() as u64;
    let calibration = |(label, name): (usize, &String)| {
        Ok(LabelCalibration {
            label: name.clone(),
            temperature: decisions.temperatures[label],
            threshold: decisions.thresholds[label],
            expected_calibration_error: calibration_error(&scores, &table, label, labels.len())?,
            uncalibrated_error: calibration_error(&uncalibrated, &table, label, labels.len())?,
        })
    };
    let evaluation = MultiLabelEvaluation {
        n: measured.n(),
        report: ClassificationReport::from_multilabel(&measured, &options)?,
        micro_f1_interval: intervals.map(|(micro, _)| micro),
        macro_f1_interval: intervals.map(|(_, macro_f1)| macro_f1),
        subset_accuracy: measured.subset_accuracy(),
        subset_accuracy_interval: wilson_interval(right, measured.n() as u64, 0.95)?,
        hamming_loss: measured.hamming_loss(),
        decisions: labels
            .iter()
            .enumerate()
            .map(calibration)
            .collect::<Result<_>>()?,
        leakage: leakage_of(classifier.manifest(), &examples.texts),
        unread,
    };
    Ok(Measured { evaluation, given })
}

impl MultiLabelEvaluation {
    /// Returns `micro_f1`, `macro_f1`, `weighted_f1`, `samples_f1`, `subset_accuracy` and `hamming_loss`.
    pub fn metrics(&self) -> BTreeMap<String, f64> {
        let f1 =
            |scores: Option<feedback_metrics::AverageScores>| scores.map_or(f64::NAN, |scores| scores.f1);
        let values = [
            ("micro_f1", f1(self.report.micro())),
            ("macro_f1", self.report.macro_average().f1),
            ("weighted_f1", self.report.weighted().f1),
            ("samples_f1", f1(self.report.samples())),
            ("subset_accuracy", self.subset_accuracy),
            ("hamming_loss", self.hamming_loss),
        ];
        values.map(|(name, value)| (name.to_owned(), value)).into()
    }
}

fn calibration_error(scores: &[f64], table: &[bool], label: usize, n_labels: usize) -> Result<f64> {
    let column = scores.iter().skip(label).step_by(n_labels);
    let pairs = column.flat_map(|&score| [1.0 - score, score]).collect();
    let has = table.iter().skip(label).step_by(n_labels);
    let has: Vec<usize> = has.map(|&has| usize::from(has)).collect();
    let probabilities = Probabilities::new(pairs, 2)?;
    Ok(expected_calibration_error(
        &probabilities,
        &has,
        Binning::EqualWidth,
        N_BINS,
    )?)
}

/// Returns the bootstrap intervals of micro and macro F1; `None` if there are fewer than two groups. Groups are drawn whole, since
/// duplicates are not independent.
fn intervals(
    table: &[bool],
    given: &[bool],
    n_labels: usize,
    groups: &[usize],
) -> Option<(Interval, Interval)> {
    let mut counts: BTreeMap<usize, Vec<LabelCounts>> = BTreeMap::new();
    let rows = table.chunks_exact(n_labels).zip(given.chunks_exact(n_labels));
    for (&group, (has, given)) in groups.iter().zip(rows) {
        let counts = counts
            .entry(group)
            .or_insert_with(|| vec![LabelCounts::default(); n_labels]);
        for (counts, (&has, &given)) in counts.iter_mut().zip(has.iter().zip(given)) {
            counts.true_positives += u64::from(has && given);
            counts.predicted += u64::from(given);
            counts.support += u64::from(has);
        }
    }
    let counts: Vec<Vec<LabelCounts>> = counts.into_values().collect();
    if counts.len() < 2 {
        return None;
    }
    let options = BootstrapOptions::default();
    let mut draws = Draws::new(counts.len(), options.seed);
    let (mut micro, mut macro_f1) = (Vec::new(), Vec::new());
    for _ in 0..options.resamples {
        let mut sums = vec![LabelCounts::default(); n_labels];
        draws.resample(|group| {
            for (sum, counts) in sums.iter_mut().zip(&counts[group]) {
                add(sum, counts);
            }
        });
        let mut all = LabelCounts::default();
        sums.iter().for_each(|counts| add(&mut all, counts));
        micro.push(all.f1(ZeroDivision::Zero));
        macro_f1.push(
            sums.iter()
                .map(|counts| counts.f1(ZeroDivision::Zero))
                .sum::<f64>()
                / n_labels as f64,
        );
    }
    Some((
        percentile_interval(micro, options.confidence),
        percentile_interval(macro_f1, options.confidence),
    ))
}

pub(crate) fn add(sum: &mut LabelCounts, counts: &LabelCounts) {
    sum.true_positives += counts.true_positives;
    sum.predicted += counts.predicted;
    sum.support += counts.support;
}

#[cfg(test)]
mod tests {
    use feedback_metrics::Average;

    use super::*;

    #[test]
    fn intervals_contain_the_scores_and_draw_duplicates_together() {
        let table: Vec<bool> = (0..200).map(|entry| entry % 3 == 0).collect();
        let given: Vec<bool> = table
            .iter()
            .enumerate()
            .map(|(entry, has)| has ^ (entry % 11 == 0))
            .collect();
        let measured = MultiLabel::new(&table, &given, 2).unwrap();
        let single: Vec<usize> = (0..100).collect();
        let (micro, macro_f1) = intervals(&table, &given, 2, &single).unwrap();
        assert!(micro.contains(measured.average(Average::Micro, ZeroDivision::Zero).f1));
        assert!(macro_f1.contains(measured.average(Average::Macro, ZeroDivision::Zero).f1));
        let pairs: Vec<usize> = (0..100).map(|row| row / 10).collect();
        assert!(intervals(&table, &given, 2, &pairs).unwrap().0.width() != micro.width());
        assert_eq!(intervals(&table, &given, 2, &[0; 100]), None);
    }
}
