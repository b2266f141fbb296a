//! Metrics for rows with any number of labels.

use crate::averages::{
    self, Average, AverageScores, ClassScores, LabelCounts, ZeroDivision, average_scores, supports,
};
use crate::check;
use crate::confusion::check_distinct;
use crate::error::{Error, Result};

/// True and predicted label sets, as two indicator tables with one row for each example.
///
/// # Examples
///
/// ```
/// use feedback_metrics::{Average, MultiLabel, ZeroDivision};
///
/// // Two rows, three labels: the first row is a bug and a complaint, the second is praise.
/// let labels = [true, true, false, /* row 2 */ false, false, true];
/// let predictions = [true, false, false, /* row 2 */ false, false, true];
/// let data = MultiLabel::new(&labels, &predictions, 3)?;
///
/// assert_eq!(data.hamming_loss(), 1.0 / 6.0);
/// assert_eq!(data.subset_accuracy(), 1.0 / 2.0);
/// assert_eq!(data.jaccard(Average::Micro, ZeroDivision::Zero), 2.0 / 3.0);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultiLabel {
    labels: Vec<bool>,      // row-major, [n, n_labels]
    predictions: Vec<bool>, // row-major, [n, n_labels]
    n_labels: usize,
}

impl MultiLabel {
    /// Takes two row-major tables: entry `row * n_labels + label` is true if the row has (or is predicted to have)
    /// the label.
    ///
    /// # Errors
    ///
    /// If the tables are empty, differ in length or end within a row, or `n_labels` is 0 or over 10,000.
    pub fn new(labels: &[bool], predictions: &[bool], n_labels: usize) -> Result<Self> {
        check::class_count(n_labels, 1)?;
        check::same_length("predictions", predictions.len(), "labels", labels.len())?;
        check::not_empty("labels", labels.len())?;
        if !labels.len().is_multiple_of(n_labels) {
            return Err(Error::TableShape {
                what: "labels",
                found: labels.len(),
                n_columns: n_labels,
            });
        }
        Ok(Self {
            labels: labels.to_vec(),
            predictions: predictions.to_vec(),
            n_labels,
        })
    }

    /// The number of rows.
    pub fn n(&self) -> usize {
        self.labels.len() / self.n_labels
    }

    /// The number of labels.
    pub fn n_labels(&self) -> usize {
        self.n_labels
    }

    /// The counts of each label, in order.
    pub fn label_counts(&self) -> Vec<LabelCounts> {
        let mut counts = vec![LabelCounts::default(); self.n_labels];
        for (labels, predictions) in self.rows() {
            for (counts, (&label, &prediction)) in counts.iter_mut().zip(labels.iter().zip(predictions)) {
                count(counts, label, prediction);
            }
        }
        counts
    }

    /// Precision, recall, F1 and support of each label, in order.
    pub fn per_label(&self, zero_division: ZeroDivision) -> Vec<ClassScores> {
        let counts = self.label_counts();
        counts.iter().map(|label| label.scores(zero_division)).collect()
    }

    /// Precision, recall and F1, averaged over all labels.
    pub fn average(&self, average: Average, zero_division: ZeroDivision) -> AverageScores {
        average_scores(&self.label_counts(), average, zero_division)
    }

    /// Precision, recall and F1 of each row's label set, averaged over rows (`average="samples"`).
    ///
    /// Recall is undefined for a row without true labels, precision for a row without predicted labels; with
    /// [`ZeroDivision::Nan`] these rows are left out.
    pub fn samples_average(&self, zero_division: ZeroDivision) -> AverageScores {
        average_scores(&self.row_counts(), Average::Macro, zero_division)
    }

    /// F-beta, averaged over all labels.
    ///
    /// # Errors
    ///
    /// If `beta` is negative or NaN.
    pub fn f_beta(&self, beta: f64, average: Average, zero_division: ZeroDivision) -> Result<f64> {
        averages::f_beta(&self.label_counts(), beta, average, zero_division)
    }

    /// The share of all (row, label) entries that are wrong, 0 (best) to 1.
    pub fn hamming_loss(&self) -> f64 {
        let pairs = self.labels.iter().zip(&self.predictions);
        let wrong = pairs.filter(|(label, prediction)| label != prediction).count();
        wrong as f64 / self.labels.len() as f64
    }

    /// The share of rows whose entire label set is right, 0 to 1.
    pub fn subset_accuracy(&self) -> f64 {
        let n_right = self
            .rows()
            .filter(|(labels, predictions)| labels == predictions)
            .count();
        n_right as f64 / self.n() as f64
    }

    /// The Jaccard score, TP / (TP + FP + FN), averaged over all labels, 0 to 1.
    ///
    /// Undefined scores take the value of `zero_division`; with [`ZeroDivision::Nan`], which scikit-learn does not
    /// offer for this score, they are left out of the average.
    pub fn jaccard(&self, average: Average, zero_division: ZeroDivision) -> f64 {
        let counts = self.label_counts();
        let scores = jaccard_scores(&counts, zero_division);
        match average {
            Average::Micro => averages::pooled(&counts).jaccard(zero_division),
            Average::Macro => averages::mean_of_numbers(&scores),
            Average::Weighted => averages::weighted_mean_of_numbers(&scores, &supports(&counts)),
        }
    }

    /// The Jaccard score of each row's label set, averaged over rows.
    pub fn samples_jaccard(&self, zero_division: ZeroDivision) -> f64 {
        averages::mean_of_numbers(&jaccard_scores(&self.row_counts(), zero_division))
    }

    /// Checks `labels` and returns the same rows with only these labels, in the given order.
    pub(crate) fn only(&self, labels: &[usize]) -> Result<Self> {
        check::not_empty("labels", labels.len())?;
        check::class_ids("labels", labels, self.n_labels)?;
        check_distinct(labels, self.n_labels)?;
        let pick = |table: &[bool]| {
            let rows = table.chunks_exact(self.n_labels);
            rows.flat_map(|row| labels.iter().map(|&label| row[label]))
                .collect()
        };
        Ok(Self {
            labels: pick(&self.labels),
            predictions: pick(&self.predictions),
            n_labels: labels.len(),
        })
    }

    /// For each row, the counts over its labels.
    fn row_counts(&self) -> Vec<LabelCounts> {
        let of_row = |(labels, predictions): (&[bool], &[bool])| {
            let mut counts = LabelCounts::default();
            for (&label, &prediction) in labels.iter().zip(predictions) {
                count(&mut counts, label, prediction);
            }
            counts
        };
        self.rows().map(of_row).collect()
    }

    /// The true and the predicted indicators of each row.
    fn rows(&self) -> impl Iterator<Item = (&[bool], &[bool])> {
        let labels = self.labels.chunks_exact(self.n_labels);
        labels.zip(self.predictions.chunks_exact(self.n_labels))
    }
}

fn count(counts: &mut LabelCounts, label: bool, prediction: bool) {
    counts.true_positives += u64::from(label && prediction);
    counts.predicted += u64::from(prediction);
    counts.support += u64::from(label);
}

fn jaccard_scores(counts: &[LabelCounts], zero_division: ZeroDivision) -> Vec<f64> {
    counts
        .iter()
        .map(|counts| counts.jaccard(zero_division))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClassificationReport, ReportOptions};

    fn data() -> MultiLabel {
        let labels = [1, 1, 0, /**/ 0, 0, 1, /**/ 0, 0, 0].map(|bit| bit == 1);
        let predictions = [1, 0, 1, /**/ 0, 0, 1, /**/ 0, 0, 0].map(|bit| bit == 1);
        MultiLabel::new(&labels, &predictions, 3).expect("valid")
    }

    #[test]
    fn by_hand() {
        let data = data();
        assert_eq!((data.n(), data.n_labels()), (3, 3));
        assert_eq!(data.hamming_loss(), 2.0 / 9.0);
        assert_eq!(data.subset_accuracy(), 2.0 / 3.0);
        let labels = data.per_label(ZeroDivision::Zero);
        assert_eq!(
            (labels[2].precision, labels[2].recall, labels[2].support),
            (0.5, 1.0, 1)
        );
        assert_eq!(labels[1].recall, 0.0);
        let rows = data.samples_average(ZeroDivision::One);
        assert_eq!(rows.precision, (0.5 + 1.0 + 1.0) / 3.0);
        let rows = data.samples_average(ZeroDivision::Nan);
        assert_eq!(rows.recall, (0.5 + 1.0) / 2.0);
        assert_eq!(data.jaccard(Average::Micro, ZeroDivision::Zero), 2.0 / 4.0);
        assert_eq!(data.jaccard(Average::Macro, ZeroDivision::Zero), 0.5);
        let per_row = data.samples_jaccard(ZeroDivision::Nan);
        assert_eq!(per_row, (1.0 / 3.0 + 1.0) / 2.0);
    }

    #[test]
    fn the_report_has_a_samples_line() {
        let report = ClassificationReport::from_multilabel(&data(), &ReportOptions::default());
        let text = report.expect("valid").to_string();
        assert!(
            text.ends_with(" samples avg       0.50      0.50      0.50         3\n"),
            "{text}"
        );
        assert!(text.contains("   micro avg       0.67      0.67      0.67         3\n"));
        assert!(!text.contains("accuracy"));
    }

    #[test]
    fn bad_tables_are_named() {
        let error = MultiLabel::new(&[true; 5], &[true; 5], 2).expect_err("an error");
        assert!(
            error
                .to_string()
                .starts_with("`labels` has 5 values, expected a multiple of 2")
        );
        assert!(MultiLabel::new(&[], &[], 2).is_err());
        assert!(MultiLabel::new(&[true], &[], 1).is_err());
        assert!(MultiLabel::new(&[true], &[true], 0).is_err());
    }
}
