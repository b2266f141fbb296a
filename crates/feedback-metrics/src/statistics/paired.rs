//! The difference between two models on the same rows, with a bootstrap interval.

use serde::{Deserialize, Serialize};

use super::bootstrap::{
    BootstrapOptions, Draws, number, percentile_interval, rows_by_group, standard_deviation,
};
use super::interval::Interval;
use super::score::Score;
use crate::confusion::ConfusionMatrix;
use crate::error::Result;

/// The difference between the scores of two models, with its bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedBootstrap {
    /// The score of the first model.
    pub a: f64,
    /// The score of the second model.
    pub b: f64,
    /// `a − b`: above 0 if the first model is better.
    pub difference: f64,
    /// The percentile interval of the difference.
    pub interval: Interval,
    /// The standard deviation of the difference over the resamples; 0 if there is only one resample.
    pub standard_error: f64,
    /// The two-sided p-value, at most 1. It is twice the smaller of two shares: the share of resamples with a
    /// difference of at most 0, and the share with a difference of at least 0. The original rows count as one more
    /// resample in both shares, so the p-value is at least 2 / (resamples + 1). It is also at least 2^(1 − d), the
    /// smallest p-value that a permutation test can reach, where d is the number of groups in which the models
    /// differ.
    pub p_value: f64,
    /// The number of distinct groups.
    pub n_groups: usize,
}

/// Compares two models in `score` by a bootstrap over whole groups of rows.
///
/// Each resample scores both models on the same rows, so that rows that are hard for both models cancel out. `groups`
/// has the same meaning as in [`super::bootstrap_interval`].
///
/// # Errors
///
/// The same as for [`super::bootstrap_interval`].
///
/// # Examples
///
/// ```
/// use feedback_metrics::statistics::{BootstrapOptions, Score, paired_bootstrap};
///
/// let labels = [0, 1, 0, 1, 0, 1, 0, 1];
/// let good = [0, 1, 0, 1, 0, 1, 0, 0];
/// let poor = [1, 1, 1, 1, 1, 1, 0, 0];
/// let groups: Vec<usize> = (0..8).collect();
/// let options = BootstrapOptions::default();
/// let found = paired_bootstrap(&groups, &labels, &good, &poor, 2, Score::Accuracy, options)?;
/// assert_eq!((found.a, found.b, found.difference), (0.875, 0.5, 0.375));
/// assert!(found.interval.low >= 0.0); // the first model is never worse on any row
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
pub fn paired_bootstrap(
    groups: &[usize],
    labels: &[usize],
    a: &[usize],
    b: &[usize],
    n_classes: usize,
    score: Score,
    options: BootstrapOptions,
) -> Result<PairedBootstrap> {
    options.check()?;
    let whole_a = ConfusionMatrix::new(labels, a, n_classes)?;
    let whole_b = ConfusionMatrix::new(labels, b, n_classes)?;
    let rows = rows_by_group(groups, labels.len())?;
    let original_rows = || "the original rows".to_owned();
    let score_a = number(score.value(&whole_a), original_rows)?;
    let score_b = number(score.value(&whole_b), original_rows)?;

    let mut differences = Vec::with_capacity(options.resamples);
    let mut draws = Draws::new(rows.len(), options.seed);
    for resample in 0..options.resamples {
        let mut matrix_a = ConfusionMatrix::empty(n_classes)?;
        let mut matrix_b = ConfusionMatrix::empty(n_classes)?;
        draws.resample(|group| {
            for &row in &rows[group] {
                matrix_a.count_checked(labels[row], a[row]);
                matrix_b.count_checked(labels[row], b[row]);
            }
        });
        let difference = score.value(&matrix_a) - score.value(&matrix_b);
        differences.push(number(difference, || format!("resample {resample}"))?);
    }
    Ok(PairedBootstrap {
        a: score_a,
        b: score_b,
        difference: score_a - score_b,
        standard_error: standard_deviation(&differences),
        p_value: paired_p_value(&differences, differing_groups(&rows, a, b)),
        interval: percentile_interval(differences, options.confidence),
        n_groups: rows.len(),
    })
}

/// The number of groups in which the models differ.
fn differing_groups(rows: &[Vec<usize>], a: &[usize], b: &[usize]) -> usize {
    let differ = |group: &&Vec<usize>| group.iter().any(|&row| a[row] != b[row]);
    rows.iter().filter(differ).count()
}

/// The two-sided p-value of [`PairedBootstrap::p_value`], from the differences in the resamples and the number of groups in which the
/// models differ.
///
/// The smallest possible p-value of a permutation test that swaps the models group by group is 2 / 2^d, where d is this number.
pub fn paired_p_value(differences: &[f64], n_differing: usize) -> f64 {
    let d = i32::try_from(n_differing).unwrap_or(i32::MAX);
    p_value(differences).max(0.5f64.powi(d - 1).min(1.0))
}

/// The two-sided p-value of [`PairedBootstrap::p_value`], before the lower limit 2^(1 − d) is applied.
fn p_value(differences: &[f64]) -> f64 {
    let n_below = differences
        .iter()
        .filter(|difference| **difference <= 0.0)
        .count();
    let n_above = differences
        .iter()
        .filter(|difference| **difference >= 0.0)
        .count();
    let share = (n_below.min(n_above) + 1) as f64 / (differences.len() + 1) as f64;
    (2.0 * share).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_cannot_give_a_small_p_value() {
        let p_value = |n: usize| {
            let (right, wrong) = (vec![0; n], vec![1; n]);
            let groups: Vec<usize> = (0..n).collect();
            let options = BootstrapOptions::default();
            let found = paired_bootstrap(&groups, &right, &right, &wrong, 2, Score::WeightedF1, options);
            found.expect("valid").p_value
        };
        assert_eq!([p_value(2), p_value(5)], [0.5, 0.0625]);
        assert!(p_value(6) < 0.05 && p_value(200) < 0.002);
    }

    #[test]
    fn the_p_value_by_hand() {
        assert_eq!(p_value(&[1.0, 2.0, -1.0]), 2.0 * 2.0 / 4.0);
        assert_eq!(p_value(&[1.0; 99]), 2.0 / 100.0);
        assert_eq!(p_value(&[0.0; 99]), 1.0);
    }

    #[test]
    fn swapping_the_models_reverses_the_sign() {
        let labels: Vec<usize> = (0..60).map(|row| row % 3).collect();
        let a: Vec<usize> = (0..60)
            .map(|row| if row % 5 == 0 { 0 } else { row % 3 })
            .collect();
        let b: Vec<usize> = (0..60)
            .map(|row| if row % 4 == 0 { 1 } else { row % 3 })
            .collect();
        let groups: Vec<usize> = (0..60).collect();
        let statistic = Score::WeightedF1;
        let options = BootstrapOptions::default().with_resamples(201);
        let run = |a, b| paired_bootstrap(&groups, &labels, a, b, 3, statistic, options);
        let (one, other) = (run(&a, &b).expect("valid"), run(&b, &a).expect("valid"));
        assert_eq!(one.difference, -other.difference);
        assert!((one.interval.low + other.interval.high).abs() < 1e-15);
        assert_eq!(one.p_value, other.p_value);
    }

    #[test]
    fn a_model_does_not_differ_from_itself() {
        let labels = [0, 1, 2, 0, 1, 2];
        let same = [0, 1, 1, 0, 2, 2];
        let groups = [0, 1, 2, 3, 4, 5];
        let statistic = Score::MacroF1;
        let options = BootstrapOptions::default();
        let found = paired_bootstrap(&groups, &labels, &same, &same, 3, statistic, options);
        let found = found.expect("valid");
        assert_eq!(
            (found.difference, found.standard_error, found.p_value),
            (0.0, 0.0, 1.0)
        );
        assert_eq!((found.interval.low, found.interval.high), (0.0, 0.0));
    }
}
