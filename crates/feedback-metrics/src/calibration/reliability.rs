//! Confidence and accuracy in bins of confidence.

use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::Result;
use crate::probabilities::Probabilities;
use crate::sum::mean;

/// How confidences are divided into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binning {
    /// Bins of equal width: bin i of B has the confidences in (i/B, (i+1)/B]; the first bin also has 0. This is the
    /// usual reliability diagram; for confident models, most bins are empty.
    EqualWidth,
    /// Bins with equal numbers of rows, by rank of confidence. Rows of the same confidence stay in one bin,
    /// so that the order of rows does not matter; if there are many ties, there are fewer bins than requested.
    EqualMass,
}

/// One bin of a reliability table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// The lower edge; with [`Binning::EqualMass`], the lowest confidence in the bin.
    pub low: f64,
    /// The upper edge; with [`Binning::EqualMass`], the highest confidence in the bin.
    pub high: f64,
    /// The number of rows in the bin.
    pub count: u64,
    /// The mean confidence of the rows; NaN in an empty bin.
    pub mean_confidence: f64,
    /// The share of the rows predicted correctly; NaN in an empty bin.
    pub accuracy: f64,
}

impl ReliabilityBin {
    /// Mean confidence minus accuracy: above 0 if the model is overconfident in this bin; NaN in an empty bin.
    pub fn calibration_gap(&self) -> f64 {
        self.mean_confidence - self.accuracy
    }

    fn new(low: f64, high: f64, outcomes: &[(f64, bool)]) -> Self {
        let n = outcomes.len() as f64;
        let confidence: f64 = outcomes.iter().map(|outcome| outcome.0).sum();
        let n_right = outcomes.iter().filter(|outcome| outcome.1).count();
        Self {
            low,
            high,
            count: outcomes.len() as u64,
            mean_confidence: confidence / n,
            accuracy: n_right as f64 / n,
        }
    }
}

/// Computes mean confidence (the probability of the predicted class) and accuracy in bins of confidence.
///
/// The bins are sorted by confidence, lowest first. With [`Binning::EqualWidth`] there are `n_bins` bins, some of which
/// may be empty; with [`Binning::EqualMass`] no bin is empty. Of equally probable classes, the one with the lowest id
/// is the prediction.
///
/// # Errors
///
/// If there is not one label for each row, a label is not below the number of classes, or `n_bins` is not
/// 1 to 10,000.
pub fn reliability_table(
    probabilities: &Probabilities,
    labels: &[usize],
    binning: Binning,
    n_bins: usize,
) -> Result<Vec<ReliabilityBin>> {
    let holds = (1..=10_000).contains(&n_bins);
    check::parameter("n_bins", n_bins as f64, holds, "a number from 1 to 10,000")?;
    let mut outcomes = probabilities.outcomes(labels)?;
    // Rows of equal confidence are also sorted by outcome, so that the result does not depend on the order of rows.
    outcomes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    Ok(match binning {
        Binning::EqualWidth => equal_width(&outcomes, n_bins),
        Binning::EqualMass => equal_mass(&outcomes, n_bins),
    })
}

/// The mean confidence minus the accuracy, −1 to 1: above 0 if the model is overconfident, below 0 if it is
/// underconfident, 0 if confidence and accuracy agree on average.
///
/// Unlike the expected calibration error, the gap has a sign, and gaps of different bins can cancel out.
///
/// # Errors
///
/// If there is not one label for each row, or a label is not below the number of classes.
///
/// # Examples
///
/// ```
/// use feedback_metrics::{Probabilities, calibration::calibration_gap};
///
/// // Always 90 % confident, and right in one row of two.
/// let probabilities = Probabilities::new(vec![0.9, 0.1, 0.9, 0.1], 2)?;
/// assert!((calibration_gap(&probabilities, &[0, 1])? - 0.4).abs() < 1e-12);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
pub fn calibration_gap(probabilities: &Probabilities, labels: &[usize]) -> Result<f64> {
    let outcomes = probabilities.outcomes(labels)?;
    let confidences: Vec<f64> = outcomes.iter().map(|outcome| outcome.0).collect();
    let n_right = outcomes.iter().filter(|outcome| outcome.1).count();
    Ok(mean(&confidences) - n_right as f64 / outcomes.len() as f64)
}

/// The expected calibration error: Σ over bins of count/n · |mean confidence − accuracy|, 0 to 1.
///
/// Only the probability of the predicted class counts. The error depends on the binning. In small samples, it is above
/// 0 even for a perfectly calibrated model. So compare only errors with the same bins and sample size.
///
/// # Errors
///
/// The same as for [`reliability_table`].
///
/// # References
///
/// Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3 (with 15 bins of equal
/// width); Nixon et al. 2019, "Measuring Calibration in Deep Learning" (equal mass).
pub fn expected_calibration_error(
    probabilities: &Probabilities,
    labels: &[usize],
    binning: Binning,
    n_bins: usize,
) -> Result<f64> {
    let bins = reliability_table(probabilities, labels, binning, n_bins)?;
    let weighted_gap = |bin: &ReliabilityBin| bin.count as f64 * bin.calibration_gap().abs();
    let filled = bins.iter().filter(|bin| bin.count > 0);
    Ok(filled.map(weighted_gap).sum::<f64>() / labels.len() as f64)
}

/// The maximum calibration error: the largest |mean confidence − accuracy| of a bin, 0 to 1.
///
/// # Errors
///
/// The same as for [`reliability_table`].
///
/// # References
///
/// Guo et al. 2017, equation 5.
pub fn maximum_calibration_error(
    probabilities: &Probabilities,
    labels: &[usize],
    binning: Binning,
    n_bins: usize,
) -> Result<f64> {
    let bins = reliability_table(probabilities, labels, binning, n_bins)?;
    let filled = bins.iter().filter(|bin| bin.count > 0);
    Ok(filled.map(|bin| bin.calibration_gap().abs()).fold(0.0, f64::max))
}

/// Divides `outcomes` into bins. They must be sorted by confidence.
fn equal_width(outcomes: &[(f64, bool)], n_bins: usize) -> Vec<ReliabilityBin> {
    let edge = |i: usize| i as f64 / n_bins as f64;
    let mut rest = outcomes;
    let mut bins = Vec::with_capacity(n_bins);
    for bin in 0..n_bins {
        let end = rest.partition_point(|outcome| outcome.0 <= edge(bin + 1));
        let (inside, after) = rest.split_at(end);
        bins.push(ReliabilityBin::new(edge(bin), edge(bin + 1), inside));
        rest = after;
    }
    bins
}

/// Divides `outcomes` into bins. They must be sorted by confidence.
fn equal_mass(outcomes: &[(f64, bool)], n_bins: usize) -> Vec<ReliabilityBin> {
    let n = outcomes.len();
    let mut bins = Vec::new();
    let mut start = 0;
    for bin in 1..=n_bins {
        let target = (bin as u128 * n as u128 / n_bins as u128) as usize;
        if target <= start {
            continue;
        }
        let highest = outcomes[target - 1].0;
        let end = outcomes.partition_point(|outcome| outcome.0 <= highest);
        bins.push(ReliabilityBin::new(
            outcomes[start].0,
            highest,
            &outcomes[start..end],
        ));
        start = end;
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Confidences 0.6 (wrong), 0.8 (right), 0.8 (wrong), 1.0 (right).
    fn table() -> (Probabilities, Vec<usize>) {
        let values = vec![0.6, 0.4, 0.8, 0.2, 0.2, 0.8, 1.0, 0.0];
        (Probabilities::new(values, 2).expect("valid"), vec![1, 0, 0, 0])
    }

    #[test]
    fn equal_width_by_hand() {
        let (probabilities, labels) = table();
        let bins = reliability_table(&probabilities, &labels, Binning::EqualWidth, 5);
        let bins = bins.expect("valid");
        let counts: Vec<u64> = bins.iter().map(|bin| bin.count).collect();
        // Upper edges belong to their bin: 0.6 is in (0.4, 0.6], 0.8 in (0.6, 0.8].
        assert_eq!(counts, [0, 0, 1, 2, 1]);
        assert_eq!((bins[3].mean_confidence, bins[3].accuracy), (0.8, 0.5));
        assert!(bins[0].accuracy.is_nan());
        let error = expected_calibration_error(&probabilities, &labels, Binning::EqualWidth, 5);
        assert!((error.expect("valid") - (0.6 + 2.0 * 0.3 + 0.0) / 4.0).abs() < 1e-15);
        let worst = maximum_calibration_error(&probabilities, &labels, Binning::EqualWidth, 5);
        assert_eq!(worst, Ok(0.6));
    }

    #[test]
    fn the_gap_is_positive_for_an_overconfident_model() {
        let (probabilities, labels) = table();
        // Mean confidence 0.8; two of four rows are right.
        let gap = calibration_gap(&probabilities, &labels).expect("valid");
        assert!((gap - 0.3).abs() < 1e-15);
        let underconfident = Probabilities::new(vec![0.6, 0.4], 2).expect("valid");
        assert_eq!(calibration_gap(&underconfident, &[0]), Ok(-0.4));
        let bins = reliability_table(&probabilities, &labels, Binning::EqualWidth, 5).expect("valid");
        assert!((bins[3].calibration_gap() - 0.3).abs() < 1e-15);
    }

    #[test]
    fn equal_mass_keeps_ties_together() {
        let (probabilities, labels) = table();
        let counts = |n_bins| {
            let bins = reliability_table(&probabilities, &labels, Binning::EqualMass, n_bins);
            let bins = bins.expect("valid");
            bins.iter().map(|bin| bin.count).collect::<Vec<u64>>()
        };
        assert_eq!(counts(1), [4]);
        assert_eq!(counts(2), [3, 1]);
        assert_eq!(counts(4), [1, 2, 1]);
        assert_eq!(counts(100), [1, 2, 1]);
    }

    #[test]
    fn the_number_of_bins_is_checked() {
        let (probabilities, labels) = table();
        let error = reliability_table(&probabilities, &labels, Binning::EqualWidth, 0);
        let message = error.expect_err("an error").to_string();
        assert_eq!(message, "`n_bins`: expected a number from 1 to 10,000, found 0");
    }
}
