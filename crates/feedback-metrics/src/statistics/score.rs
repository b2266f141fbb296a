//! The scores by which models are compared, and their intervals.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::bootstrap::{BootstrapOptions, bootstrap_interval};
use super::interval::{Interval, wilson_interval};
use crate::averages::{Average, ZeroDivision};
use crate::check;
use crate::confusion::ConfusionMatrix;
use crate::error::Result;

/// A score by which models are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// The share of rows predicted correctly.
    Accuracy,
    /// F1 averaged over all classes, weighted by support; undefined F1 counts as 0.
    WeightedF1,
    /// F1 averaged over all classes; undefined F1 counts as 0.
    MacroF1,
}

impl Score {
    /// The score of a confusion matrix; NaN for the accuracy of a matrix without rows.
    pub fn value(self, matrix: &ConfusionMatrix) -> f64 {
        match self {
            Score::Accuracy => matrix.accuracy(),
            Score::WeightedF1 => matrix.average(Average::Weighted, ZeroDivision::Zero).f1,
            Score::MacroF1 => matrix.average(Average::Macro, ZeroDivision::Zero).f1,
        }
    }

    /// The name of the score, for use in a sentence: "accuracy", "weighted F1", "macro F1".
    pub fn name(self) -> &'static str {
        match self {
            Score::Accuracy => "accuracy",
            Score::WeightedF1 => "weighted F1",
            Score::MacroF1 => "macro F1",
        }
    }
}

/// The interval of a score, from resampling whole groups of rows; `None` if all rows belong to one group, which
/// cannot be resampled.
///
/// The result is the interval of [`bootstrap_interval`], unless all rows are right or all rows are wrong. In these two
/// cases, all resamples have the same accuracy, so the bootstrap would suggest certainty even for very few rows.
/// The result is then the Wilson interval of the share of groups that are right. If all are right, the interval is
/// multiplied by the score, because macro F1 stays below 1 if a class has no rows.
///
/// # Errors
///
/// The same as for [`bootstrap_interval`], except that one group is not an error.
///
/// # Examples
///
/// ```
/// use feedback_metrics::statistics::{BootstrapOptions, Score, score_interval, wilson_interval};
///
/// let labels = [0, 0, 1, 1, 1];
/// let groups = [0, 1, 2, 3, 3]; // the last two rows are the same text
/// let found = score_interval(&groups, &labels, &labels, 2, Score::MacroF1, BootstrapOptions::default())?;
/// assert_eq!(found, Some(wilson_interval(4, 4, 0.95)?));
/// assert!(found.unwrap().low < 0.6);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
pub fn score_interval(
    groups: &[usize],
    labels: &[usize],
    predictions: &[usize],
    n_classes: usize,
    score: Score,
    options: BootstrapOptions,
) -> Result<Option<Interval>> {
    let matrix = ConfusionMatrix::new(labels, predictions, n_classes)?;
    check::same_length("groups", groups.len(), "labels", labels.len())?;
    let n_groups = groups.iter().collect::<BTreeSet<_>>().len() as u64;
    if n_groups < 2 {
        return Ok(None);
    }
    let scaled = |n_right: u64, scale: f64| {
        let share = wilson_interval(n_right, n_groups, options.confidence)?;
        Ok(Some(Interval {
            low: share.low * scale,
            high: share.high * scale,
            ..share
        }))
    };
    match matrix.n_correct() {
        0 => scaled(0, 1.0),
        n_correct if n_correct == matrix.n() => scaled(n_groups, score.value(&matrix)),
        _ => {
            let statistic = |matrix: &ConfusionMatrix| score.value(matrix);
            let found = bootstrap_interval(groups, labels, predictions, n_classes, statistic, options)?;
            Ok(Some(found.interval))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(predictions: &[usize], n_classes: usize, score: Score) -> Option<Interval> {
        let groups: Vec<usize> = (0..LABELS.len()).collect();
        let options = BootstrapOptions::default();
        score_interval(&groups, &LABELS, predictions, n_classes, score, options).expect("valid")
    }

    const LABELS: [usize; 6] = [0, 1, 0, 1, 0, 1];

    #[test]
    fn a_class_without_rows_lowers_the_interval_of_macro_f1() {
        let wilson = wilson_interval(6, 6, 0.95).expect("valid");
        let weighted = interval(&LABELS, 3, Score::WeightedF1).expect("several groups");
        let macro_f1 = interval(&LABELS, 3, Score::MacroF1).expect("several groups");
        assert_eq!((weighted.low, weighted.high), (wilson.low, 1.0));
        assert!((macro_f1.low - wilson.low * 2.0 / 3.0).abs() < 1e-15);
        assert!((macro_f1.high - 2.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn mixed_rows_are_resampled() {
        let predictions = [0, 1, 0, 1, 0, 0];
        let groups: Vec<usize> = (0..6).collect();
        let options = BootstrapOptions::default();
        let found = interval(&predictions, 2, Score::Accuracy);
        let statistic = |matrix: &ConfusionMatrix| matrix.accuracy();
        let expected = bootstrap_interval(&groups, &LABELS, &predictions, 2, statistic, options);
        assert_eq!(found, Some(expected.expect("valid").interval));
    }

    #[test]
    fn one_group_has_no_interval() {
        let options = BootstrapOptions::default();
        let found = score_interval(&[7; 6], &LABELS, &LABELS, 2, Score::Accuracy, options);
        assert_eq!(found, Ok(None));
        assert!(score_interval(&[7], &LABELS, &LABELS, 2, Score::Accuracy, options).is_err());
    }
}
