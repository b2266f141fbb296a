//! The confusion matrix: integer counts; rows are true classes, columns are predicted classes.

use serde::{Deserialize, Serialize};

use crate::averages::{self, Average, AverageScores, ClassScores, LabelCounts, ZeroDivision};
use crate::check;
use crate::error::{Error, Result};

/// The maximum total of a matrix. Integers up to this value are exact as `f64`.
const MAX_TOTAL: u64 = 1 << 53;

/// The divisor of the counts in [`ConfusionMatrix::normalized`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalization {
    /// The row sum: each cell is a share of the rows of its true class. The diagonal is recall.
    True,
    /// The column sum: each cell is a share of the rows predicted as its class. The diagonal is precision.
    Predicted,
    /// The number of all rows. The diagonal sums to accuracy.
    All,
}

/// How often each class was predicted for each true class.
///
/// `counts()[t][p]` is the number of rows whose true class is `t` and whose predicted class is `p`,
/// as in scikit-learn. Counts are integers; scores are computed from them in `f64`. Averages of
/// precision, recall and F-beta include all `n_classes` classes, even absent ones, like scikit-learn with
/// `labels=range(n_classes)`.
///
/// # Examples
///
/// ```
/// use feedback_metrics::{Average, ConfusionMatrix, ZeroDivision};
///
/// let labels = [0, 0, 0, 1, 1, 2];
/// let predictions = [0, 0, 1, 1, 0, 1];
/// let matrix = ConfusionMatrix::new(&labels, &predictions, 3)?;
///
/// assert_eq!(matrix.count(0, 1), 1); // one row of class 0 was predicted as class 1
/// assert_eq!(matrix.accuracy(), 3.0 / 6.0);
/// let classes = matrix.per_class(ZeroDivision::Zero);
/// assert_eq!(classes[1].precision, 1.0 / 3.0);
/// assert_eq!(classes[1].recall, 1.0 / 2.0);
/// let weighted = matrix.average(Average::Weighted, ZeroDivision::Zero);
/// assert_eq!(weighted.recall, matrix.accuracy());
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix {
    counts: Vec<u64>, // row-major, [n_classes, n_classes]
    n_classes: usize,
}

impl ConfusionMatrix {
    /// Counts the rows: `labels` has the true class of each row, `predictions` the predicted class.
    ///
    /// # Errors
    ///
    /// If there are no rows, the lengths differ, an id is not below `n_classes`, or `n_classes` is 0 or over
    /// 10,000.
    pub fn new(labels: &[usize], predictions: &[usize], n_classes: usize) -> Result<Self> {
        check::same_length("predictions", predictions.len(), "labels", labels.len())?;
        check::not_empty("labels", labels.len())?;
        let mut matrix = Self::empty(n_classes)?;
        check::class_ids("labels", labels, n_classes)?;
        check::class_ids("predictions", predictions, n_classes)?;
        for (&label, &prediction) in labels.iter().zip(predictions) {
            matrix.count_checked(label, prediction);
        }
        Ok(matrix)
    }

    /// Creates a matrix without rows; [`Self::add`] adds them.
    ///
    /// # Errors
    ///
    /// If `n_classes` is 0 or over 10,000.
    pub fn empty(n_classes: usize) -> Result<Self> {
        check::class_count(n_classes, 1)?;
        Ok(Self {
            counts: vec![0; n_classes * n_classes],
            n_classes,
        })
    }

    /// Creates a matrix from its counts: `rows[t][p]` is the number of rows of class `t` predicted as `p`.
    ///
    /// # Errors
    ///
    /// If the table is empty, not square or of more than 10,000 classes, or its total is over 2^53.
    pub fn from_counts(rows: &[Vec<u64>]) -> Result<Self> {
        let n_classes = rows.len();
        check::class_count(n_classes, 1)?;
        if let Some((index, row)) = rows.iter().enumerate().find(|(_, r)| r.len() != n_classes) {
            return Err(Error::Counts {
                expected: format!("{n_classes} columns in each of {n_classes} rows"),
                found: format!("{} columns in row {index}", row.len()),
            });
        }
        let counts = rows.concat();
        check_total(&counts)?;
        Ok(Self { counts, n_classes })
    }

    /// Counts one more row.
    ///
    /// # Errors
    ///
    /// If one of the ids is not below the number of classes; the matrix is then unchanged.
    pub fn add(&mut self, label: usize, prediction: usize) -> Result<()> {
        check::class_ids("label", &[label], self.n_classes)?;
        check::class_ids("prediction", &[prediction], self.n_classes)?;
        self.count_checked(label, prediction);
        Ok(())
    }

    /// Counts one more row. The caller has checked both ids.
    pub(crate) fn count_checked(&mut self, label: usize, prediction: usize) {
        self.counts[label * self.n_classes + prediction] += 1;
    }

    /// Adds the counts of another matrix over the same classes.
    ///
    /// # Errors
    ///
    /// If the number of classes differs, or the total would exceed 2^53; the matrix is then unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if other.n_classes != self.n_classes {
            return Err(Error::ClassCountMismatch {
                found: other.n_classes,
                expected: self.n_classes,
            });
        }
        check_total(&[self.n(), other.n()])?;
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        Ok(())
    }

    /// The counts, one vector for each true class.
    pub fn counts(&self) -> Vec<Vec<u64>> {
        self.rows().map(<[u64]>::to_vec).collect()
    }

    /// The number of rows of class `label` that were predicted as `prediction`; 0 for an unknown id.
    pub fn count(&self, label: usize, prediction: usize) -> u64 {
        if label >= self.n_classes || prediction >= self.n_classes {
            return 0;
        }
        self.counts[label * self.n_classes + prediction]
    }

    /// The number of classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The number of rows counted.
    pub fn n(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The number of rows predicted correctly.
    pub fn n_correct(&self) -> u64 {
        self.counts.iter().step_by(self.n_classes + 1).sum()
    }

    /// The number of rows of class `class` (the row sum); 0 for an unknown id.
    pub fn support(&self, class: usize) -> u64 {
        self.rows().nth(class).map_or(0, |row| row.iter().sum())
    }

    /// The number of rows predicted as `class` (the column sum); 0 for an unknown id.
    pub fn predicted(&self, class: usize) -> u64 {
        self.rows().filter_map(|row| row.get(class)).sum()
    }

    /// The share of rows predicted correctly, 0 to 1; NaN without rows.
    pub fn accuracy(&self) -> f64 {
        ZeroDivision::Nan.divide(self.n_correct(), self.n())
    }

    /// The three counts of each class, in class order.
    pub fn label_counts(&self) -> Vec<LabelCounts> {
        let mut classes = vec![LabelCounts::default(); self.n_classes];
        for (label, row) in self.rows().enumerate() {
            classes[label].true_positives = row[label];
            classes[label].support = row.iter().sum();
            for (class, count) in classes.iter_mut().zip(row) {
                class.predicted += count;
            }
        }
        classes
    }

    /// Precision, recall, F1 and support of each class, in class order.
    pub fn per_class(&self, zero_division: ZeroDivision) -> Vec<ClassScores> {
        let counts = self.label_counts();
        counts.iter().map(|class| class.scores(zero_division)).collect()
    }

    /// Precision, recall and F1, averaged over all classes.
    ///
    /// With [`Average::Micro`], all three equal the accuracy. For a matrix without rows, all fractions are undefined
    /// and take the value of `zero_division`.
    pub fn average(&self, average: Average, zero_division: ZeroDivision) -> AverageScores {
        averages::average_scores(&self.label_counts(), average, zero_division)
    }

    /// Precision, recall and F1, averaged over `classes` only, like scikit-learn with `labels=…`.
    ///
    /// All rows still count: a row of another class that was predicted as one of `classes` is a false positive,
    /// so the micro average is not the accuracy.
    ///
    /// # Errors
    ///
    /// If `classes` is empty, names a class twice, or has an id that is not below the number of classes.
    pub fn average_over(
        &self,
        classes: &[usize],
        average: Average,
        zero_division: ZeroDivision,
    ) -> Result<AverageScores> {
        let counts = self.label_counts_of(classes)?;
        Ok(averages::average_scores(&counts, average, zero_division))
    }

    /// The F-beta score of each class: (1 + β²) TP / (β² (TP + FN) + TP + FP).
    ///
    /// β above 1 gives recall more weight, β below 1 precision. β = 0 gives precision, β = infinity gives recall.
    ///
    /// # Errors
    ///
    /// If `beta` is negative or NaN.
    pub fn f_beta_per_class(&self, beta: f64, zero_division: ZeroDivision) -> Result<Vec<f64>> {
        averages::f_beta_per_class(&self.label_counts(), beta, zero_division)
    }

    /// The F-beta score, averaged over all classes.
    ///
    /// # Errors
    ///
    /// If `beta` is negative or NaN.
    pub fn f_beta(&self, beta: f64, average: Average, zero_division: ZeroDivision) -> Result<f64> {
        averages::f_beta(&self.label_counts(), beta, average, zero_division)
    }

    /// The counts divided by their row sum, column sum or total; 0 if the divisor is 0, as in scikit-learn.
    pub fn normalized(&self, normalization: Normalization) -> Vec<Vec<f64>> {
        let counts = self.label_counts();
        let n = self.n();
        let divisor = |label: usize, prediction: usize| match normalization {
            Normalization::True => counts[label].support,
            Normalization::Predicted => counts[prediction].predicted,
            Normalization::All => n,
        };
        let share = |label, prediction, count| ZeroDivision::Zero.divide(count, divisor(label, prediction));
        self.rows()
            .enumerate()
            .map(|(label, row)| {
                let cells = row.iter().enumerate();
                cells
                    .map(|(prediction, &count)| share(label, prediction, count))
                    .collect()
            })
            .collect()
    }

    /// The classes that occur as a label or as a prediction, in order.
    pub fn present_classes(&self) -> Vec<usize> {
        let counts = self.label_counts();
        let present = |&class: &usize| counts[class].support + counts[class].predicted > 0;
        (0..self.n_classes).filter(present).collect()
    }

    /// Checks `classes` and returns the counts of these classes in the given order.
    pub(crate) fn label_counts_of(&self, classes: &[usize]) -> Result<Vec<LabelCounts>> {
        check::not_empty("labels", classes.len())?;
        check::class_ids("labels", classes, self.n_classes)?;
        check_distinct(classes, self.n_classes)?;
        let counts = self.label_counts();
        Ok(classes.iter().map(|&class| counts[class]).collect())
    }

    fn rows(&self) -> impl Iterator<Item = &[u64]> {
        self.counts.chunks_exact(self.n_classes)
    }
}

pub(crate) fn check_distinct(classes: &[usize], n_classes: usize) -> Result<()> {
    let mut seen = vec![None; n_classes];
    for (second, &class) in classes.iter().enumerate() {
        if let Some(first) = seen[class].replace(second) {
            return Err(Error::DuplicateClass { class, first, second });
        }
    }
    Ok(())
}

fn check_total(counts: &[u64]) -> Result<()> {
    let total = counts.iter().try_fold(0u64, |sum, &count| sum.checked_add(count));
    match total {
        Some(total) if total <= MAX_TOTAL => Ok(()),
        _ => Err(Error::Counts {
            expected: "a total of at most 2^53".to_owned(),
            found: total.map_or("more than 2^64".to_owned(), |total| total.to_string()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An asymmetric matrix of three classes: swapping rows and columns changes the scores.
    fn matrix() -> ConfusionMatrix {
        ConfusionMatrix::from_counts(&[vec![5, 2, 0], vec![1, 3, 4], vec![0, 0, 0]]).expect("a square table")
    }

    #[test]
    fn rows_are_true_and_columns_predicted() {
        let matrix = ConfusionMatrix::new(&[0, 0, 1], &[1, 1, 1], 2).expect("valid");
        assert_eq!(matrix.counts(), [[0, 2], [0, 1]]);
        assert_eq!(matrix.count(0, 1), 2);
        assert_eq!(matrix.count(1, 0), 0);
        assert_eq!(matrix.support(0), 2);
        assert_eq!(matrix.predicted(0), 0);
        assert_eq!(matrix.predicted(1), 3);
    }

    #[test]
    fn scores_by_hand() {
        let matrix = matrix();
        assert_eq!((matrix.n(), matrix.n_correct(), matrix.n_classes()), (15, 8, 3));
        assert_eq!(matrix.accuracy(), 8.0 / 15.0);
        let classes = matrix.per_class(ZeroDivision::Zero);
        assert_eq!(classes[0].precision, 5.0 / 6.0);
        assert_eq!(classes[0].recall, 5.0 / 7.0);
        assert_eq!(classes[0].f1, 10.0 / 13.0);
        assert_eq!(classes[1].precision, 3.0 / 5.0);
        assert_eq!(classes[1].recall, 3.0 / 8.0);
        assert_eq!(classes[1].f1, 6.0 / 13.0);
        assert_eq!(
            (classes[2].precision, classes[2].recall, classes[2].f1),
            (0.0, 0.0, 0.0)
        );
        assert_eq!(matrix.per_class(ZeroDivision::One)[2].recall, 1.0);
        assert_eq!(matrix.per_class(ZeroDivision::One)[2].precision, 0.0);

        let weighted = matrix.average(Average::Weighted, ZeroDivision::Zero);
        assert!((weighted.precision - (7.0 * 5.0 / 6.0 + 8.0 * 0.6) / 15.0).abs() < 1e-15);
        assert!((weighted.recall - 8.0 / 15.0).abs() < 1e-15);
        let micro = matrix.average(Average::Micro, ZeroDivision::Zero);
        assert_eq!(
            (micro.precision, micro.recall, micro.f1),
            (8.0 / 15.0, 8.0 / 15.0, 8.0 / 15.0)
        );
        let macro_average = matrix.average(Average::Macro, ZeroDivision::Zero);
        assert!((macro_average.f1 - 16.0 / 39.0).abs() < 1e-15);
        assert!(
            (matrix
                .f_beta(2.0, Average::Micro, ZeroDivision::Zero)
                .expect("valid")
                - 8.0 / 15.0)
                .abs()
                < 1e-15
        );
    }

    #[test]
    fn a_subset_of_classes_still_counts_every_row() {
        let subset = matrix()
            .average_over(&[1], Average::Micro, ZeroDivision::Zero)
            .expect("a valid subset");
        assert_eq!(subset.precision, 3.0 / 5.0);
        assert_eq!(subset.recall, 3.0 / 8.0);
    }

    #[test]
    fn normalised_three_ways() {
        let matrix = matrix();
        let by = |normalization| matrix.normalized(normalization);
        assert_eq!(by(Normalization::True)[1], [1.0 / 8.0, 3.0 / 8.0, 4.0 / 8.0]);
        assert_eq!(by(Normalization::True)[2], [0.0, 0.0, 0.0]);
        assert_eq!(by(Normalization::Predicted)[1], [1.0 / 6.0, 3.0 / 5.0, 1.0]);
        assert_eq!(by(Normalization::All)[0], [5.0 / 15.0, 2.0 / 15.0, 0.0]);
    }

    #[test]
    fn adding_rows_and_matrices_equals_counting_at_once() {
        let (labels, predictions) = ([0, 1, 2, 2, 1], [0, 2, 2, 0, 1]);
        let whole = ConfusionMatrix::new(&labels, &predictions, 3).expect("valid");
        let mut grown = ConfusionMatrix::empty(3).expect("valid");
        grown.add(0, 0).expect("valid");
        grown.add(1, 2).expect("valid");
        let rest = ConfusionMatrix::new(&labels[2..], &predictions[2..], 3).expect("valid");
        grown.merge(&rest).expect("same classes");
        assert_eq!(grown, whole);
        assert!(grown.merge(&ConfusionMatrix::empty(4).expect("valid")).is_err());
    }

    #[test]
    fn without_rows_accuracy_is_undefined() {
        let matrix = ConfusionMatrix::empty(2).expect("valid");
        assert!(matrix.accuracy().is_nan());
        assert_eq!(matrix.average(Average::Macro, ZeroDivision::Zero).f1, 0.0);
        assert_eq!(matrix.normalized(Normalization::All), [[0.0, 0.0], [0.0, 0.0]]);
        assert!(matrix.present_classes().is_empty());
    }

    #[test]
    fn bad_input_is_named() {
        let message = |result: Result<ConfusionMatrix>| result.expect_err("an error").to_string();
        let found = message(ConfusionMatrix::new(&[0, 1], &[0], 2));
        assert!(found.starts_with("`predictions` has 1 rows, expected 2, as many as `labels`"));
        let found = message(ConfusionMatrix::new(&[0, 1], &[0, 2], 2));
        assert!(found.starts_with("`predictions` at row 1: class id 2, expected one below 2"));
        let found = message(ConfusionMatrix::new(&[], &[], 2));
        assert!(found.starts_with("`labels` is empty"));
        assert!(message(ConfusionMatrix::empty(0)).contains("found 0"));
        assert!(message(ConfusionMatrix::empty(usize::MAX)).contains("expected 1 to 10000"));
        let found = message(ConfusionMatrix::from_counts(&[vec![1, 2], vec![3]]));
        assert!(found.ends_with("found 1 columns in row 1"));
        let found = message(ConfusionMatrix::from_counts(&[vec![u64::MAX, 1], vec![0, 0]]));
        assert!(found.ends_with("found more than 2^64"));
        let duplicate = matrix().average_over(&[1, 0, 1], Average::Macro, ZeroDivision::Zero);
        assert_eq!(
            duplicate.expect_err("an error").to_string(),
            "`labels` names class 1 twice (at positions 0 and 2)"
        );
    }
}
