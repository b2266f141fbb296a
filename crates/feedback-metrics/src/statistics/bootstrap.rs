//! Bootstrap intervals: whole groups of rows are resampled.

use std::collections::BTreeMap;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::interval::Interval;
use crate::check;
use crate::confusion::ConfusionMatrix;
use crate::error::{Error, Result};

/// Options of a bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct BootstrapOptions {
    /// The number of resamples, 1 to 1,000,000; 2,000 by default. With 2,000 resamples, the ends of a 95 % interval
    /// differ between seeds by a few percent of the width of the interval.
    pub resamples: usize,
    /// The confidence of the interval, between 0 and 1; 0.95 by default.
    pub confidence: f64,
    /// The seed of the random number generator (`ChaCha8Rng`), 42 by default. The same seed gives the same interval
    /// on every machine.
    pub seed: u64,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self {
            resamples: 2_000,
            confidence: 0.95,
            seed: 42,
        }
    }
}

impl BootstrapOptions {
    /// Returns these options with this number of resamples.
    #[must_use]
    pub fn with_resamples(self, resamples: usize) -> Self {
        Self { resamples, ..self }
    }

    /// Returns these options with this confidence.
    #[must_use]
    pub fn with_confidence(self, confidence: f64) -> Self {
        Self { confidence, ..self }
    }

    /// Returns these options with this seed.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Checks the options.
    ///
    /// # Errors
    ///
    /// If the number of resamples or the confidence is out of range.
    pub fn check(&self) -> Result<()> {
        let holds = (1..=1_000_000).contains(&self.resamples);
        let expected = "a number from 1 to 1,000,000";
        check::parameter("resamples", self.resamples as f64, holds, expected)?;
        check::confidence(self.confidence)
    }
}

/// A statistic with its bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BootstrapInterval {
    /// The statistic of the original rows.
    pub estimate: f64,
    /// The percentile interval.
    pub interval: Interval,
    /// The standard deviation of the statistic over the resamples; 0 if there is only one resample.
    pub standard_error: f64,
    /// The number of distinct groups.
    pub n_groups: usize,
}

/// The percentile bootstrap interval of any statistic of the confusion matrix.
///
/// `groups` has the group number of each row. Duplicates share a group and are drawn together, because
/// they are not independent evidence. If there are no duplicates, give each row a different number, which gives the
/// ordinary bootstrap. Each resample draws as many groups as there are, with replacement, so the number of
/// rows varies between resamples. The ends of the interval are the quantiles (1 − confidence)/2 and
/// (1 + confidence)/2 of the statistic over the resamples, interpolated linearly.
///
/// # Errors
///
/// If there are no rows, lengths differ, an id is not below `n_classes`, there is only one group, an option
/// is out of range, or the statistic is NaN on the rows or on a resample.
///
/// # Examples
///
/// ```
/// use feedback_metrics::statistics::{BootstrapOptions, bootstrap_interval};
/// use feedback_metrics::{Average, ZeroDivision};
///
/// let labels = [0, 0, 0, 0, 1, 1, 1, 1];
/// let predictions = [0, 0, 0, 1, 1, 1, 0, 1];
/// let groups = [0, 0, 1, 2, 3, 4, 5, 6]; // the first two rows are the same text
/// let found = bootstrap_interval(&groups, &labels, &predictions, 2, |matrix| {
///     matrix.average(Average::Weighted, ZeroDivision::Zero).f1
/// }, BootstrapOptions::default())?;
/// assert_eq!(found.estimate, 0.75);
/// assert_eq!(found.n_groups, 7);
/// assert!(found.interval.contains(0.75));
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13; Field and Welsh 2007,
/// "Bootstrapping clustered data", for drawing whole groups.
pub fn bootstrap_interval(
    groups: &[usize],
    labels: &[usize],
    predictions: &[usize],
    n_classes: usize,
    statistic: impl Fn(&ConfusionMatrix) -> f64,
    options: BootstrapOptions,
) -> Result<BootstrapInterval> {
    options.check()?;
    let matrix = ConfusionMatrix::new(labels, predictions, n_classes)?;
    let rows = rows_by_group(groups, labels.len())?;
    let estimate = number(statistic(&matrix), || "the original rows".to_owned())?;
    let mut values = Vec::with_capacity(options.resamples);
    let mut draws = Draws::new(rows.len(), options.seed);
    for resample in 0..options.resamples {
        let mut matrix = ConfusionMatrix::empty(n_classes)?;
        draws.resample(|group| {
            for &row in &rows[group] {
                matrix.count_checked(labels[row], predictions[row]);
            }
        });
        values.push(number(statistic(&matrix), || format!("resample {resample}"))?);
    }
    let standard_error = standard_deviation(&values);
    Ok(BootstrapInterval {
        estimate,
        interval: percentile_interval(values, options.confidence),
        standard_error,
        n_groups: rows.len(),
    })
}

/// Returns the rows of each group, groups in the order of their numbers; an error if there are fewer than two groups.
pub(crate) fn rows_by_group(groups: &[usize], n: usize) -> Result<Vec<Vec<usize>>> {
    check::same_length("groups", groups.len(), "labels", n)?;
    let mut rows: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, &group) in groups.iter().enumerate() {
        rows.entry(group).or_default().push(row);
    }
    if rows.len() < 2 {
        return Err(Error::TooFewGroups { found: rows.len() });
    }
    Ok(rows.into_values().collect())
}

/// Draws for resamples, from `ChaCha8Rng`.
#[derive(Debug)]
pub struct Draws {
    generator: ChaCha8Rng,
    n_groups: u64,
}

impl Draws {
    /// Creates the draws from `n_groups` groups for a seed.
    pub fn new(n_groups: usize, seed: u64) -> Self {
        Self {
            generator: ChaCha8Rng::seed_from_u64(seed),
            n_groups: n_groups as u64,
        }
    }

    /// Draws as many groups as there are, with replacement, and calls `take` with each.
    pub fn resample(&mut self, mut take: impl FnMut(usize)) {
        (0..self.n_groups).for_each(|_| take(self.draw()));
    }

    /// Draws a group; all groups are equally likely.
    fn draw(&mut self) -> usize {
        self.below(self.n_groups)
    }

    /// Draws a number below `bound`; all are equally likely. If `bound` is 0, the result is 0. The result is the high half of a
    /// 128-bit product; products that would favour some numbers are rejected (Lemire 2019, "Fast Random Integer
    /// Generation in an Interval").
    ///
    /// This is not taken from a library, because a new version of the library could change the drawn groups and thus
    /// the intervals of old reports.
    #[inline]
    pub fn below(&mut self, bound: u64) -> usize {
        loop {
            let product = u128::from(self.generator.next_u64()) * u128::from(bound);
            // Low halves of `bound` and more are always fair, which spares most draws the slow remainder.
            let low = product as u64;
            if low >= bound || low >= bound.wrapping_neg().checked_rem(bound).unwrap_or(0) {
                return (product >> 64) as usize;
            }
        }
    }

    /// Draws a number from 0 to below 1, a multiple of 2⁻⁵³.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.generator.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Returns `value`, or an error that says where it was NaN.
pub(super) fn number(value: f64, place: impl Fn() -> String) -> Result<f64> {
    if value.is_nan() {
        return Err(Error::UndefinedStatistic { place: place() });
    }
    Ok(value)
}

/// The interval between the quantiles (1 − confidence)/2 and (1 + confidence)/2 of `values`, interpolated linearly; NaN if there are no values.
pub fn percentile_interval(mut values: Vec<f64>, confidence: f64) -> Interval {
    if values.is_empty() {
        values.push(f64::NAN);
    }
    values.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Interval {
        low: quantile(&values, tail),
        high: quantile(&values, 1.0 - tail),
        confidence,
    }
}

/// The quantile of sorted values, interpolated linearly between neighbours (NumPy's default).
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    below + (above - below) * place.fract()
}

/// The standard deviation of a sample, with n − 1 in the denominator; 0 for fewer than two values.
pub fn standard_deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accuracy_interval(groups: &[usize], seed: u64) -> Result<BootstrapInterval> {
        let labels = vec![0; groups.len()];
        // Every second pair of rows is wrong.
        let predictions: Vec<usize> = (0..groups.len()).map(|row| (row / 2) % 2).collect();
        let options = BootstrapOptions {
            seed,
            ..BootstrapOptions::default()
        };
        bootstrap_interval(
            groups,
            &labels,
            &predictions,
            2,
            ConfusionMatrix::accuracy,
            options,
        )
    }

    #[test]
    fn the_standard_error_matches_the_binomial_distribution() {
        let groups: Vec<usize> = (0..400).collect();
        let found = accuracy_interval(&groups, 1).expect("valid");
        assert_eq!(found.estimate, 0.5);
        // The exact standard error is √(0.5 · 0.5 / 400) = 0.025. Its estimate from 2,000 resamples has a relative error
        // of about 1/√(2·2000) = 1.6 %; four times that is allowed.
        assert!((found.standard_error / 0.025 - 1.0).abs() < 0.064, "{found:?}");
        assert!(
            (found.interval.width() / (2.0 * 1.96 * 0.025) - 1.0).abs() < 0.12,
            "{found:?}"
        );
    }

    #[test]
    fn duplicates_widen_the_interval() {
        let single: Vec<usize> = (0..400).collect();
        let pairs: Vec<usize> = (0..400).map(|row| row / 2).collect();
        let single = accuracy_interval(&single, 1).expect("valid");
        let pairs = accuracy_interval(&pairs, 1).expect("valid");
        assert_eq!(pairs.n_groups, 200);
        // Both rows of a pair are right or wrong together, so there are half as many independent rows: the standard
        // error grows by √2.
        let ratio = pairs.standard_error / single.standard_error;
        assert!((ratio - 2.0f64.sqrt()).abs() < 0.13, "{ratio}");
    }

    #[test]
    fn the_seed_determines_the_interval() {
        let groups: Vec<usize> = (0..40).collect();
        assert_eq!(accuracy_interval(&groups, 7), accuracy_interval(&groups, 7));
        assert_ne!(accuracy_interval(&groups, 7), accuracy_interval(&groups, 8));
        // The numbers of the groups do not matter, only which rows share a group.
        let renamed: Vec<usize> = (0..40).map(|row| row * 1000 + 3).collect();
        assert_eq!(accuracy_interval(&groups, 7), accuracy_interval(&renamed, 7));
    }

    #[test]
    fn every_group_is_drawn_equally_often() {
        let mut counts = [0; 5];
        let mut draws = Draws::new(5, 3);
        for _ in 0..4_000 {
            draws.resample(|group| counts[group] += 1);
        }
        // 20,000 draws: 4,000 of each group are expected, with a standard deviation of 57.
        assert!(
            counts.iter().all(|&count: &i32| (count - 4_000).abs() < 250),
            "{counts:?}"
        );
    }

    #[test]
    fn quantiles_are_interpolated() {
        let sorted = [1.0, 2.0, 4.0];
        assert_eq!(quantile(&sorted, 0.0), 1.0);
        assert_eq!(quantile(&sorted, 0.75), 3.0);
        assert_eq!(quantile(&sorted, 1.0), 4.0);
        assert_eq!(quantile(&[5.0], 0.3), 5.0);
        assert_eq!(standard_deviation(&[1.0, 3.0]), 2.0f64.sqrt());
    }

    #[test]
    fn invalid_input_is_an_error() {
        assert!(matches!(
            accuracy_interval(&[4, 4], 1),
            Err(Error::TooFewGroups { found: 1 })
        ));
        let nan = |_: &ConfusionMatrix| f64::NAN;
        let options = BootstrapOptions::default();
        let error = bootstrap_interval(&[0, 1], &[0, 1], &[0, 1], 2, nan, options);
        assert!(matches!(error, Err(Error::UndefinedStatistic { .. })));
        let none = options.with_resamples(0);
        let error = bootstrap_interval(&[0, 1], &[0, 1], &[0, 1], 2, |m| m.accuracy(), none);
        assert!(matches!(
            error,
            Err(Error::Parameter {
                what: "resamples",
                ..
            })
        ));
        let error = bootstrap_interval(&[0], &[0, 1], &[0, 1], 2, |m| m.accuracy(), options);
        assert!(matches!(error, Err(Error::LengthMismatch { what: "groups", .. })));
    }
}
