//! Moves estimates towards the model's shares, if they differ by hardly more than chance.

use super::shares::RawEstimate;

/// Returns estimates that are moved towards the model's shares, the less precise they are and the less they differ from them; their
/// intervals stay.
///
/// The differences d from the model's shares are multiplied by 1 − (Σ v − 2 max v) / Σ d², at least 0. Here v are the variances of the
/// estimates, at `z` standard deviations to the ends of their intervals. With at least three classes of similar variance this lowers the
/// expected squared error for any true shares, above all if the model makes few mistakes; with two classes, nothing is moved.
///
/// # References
///
/// James and Stein 1961, "Estimation with quadratic loss"; Bock 1975, "Minimax estimators of the mean of a multivariate normal
/// distribution", for unequal and correlated variances. The largest variance stands for the largest eigenvalue.
pub(super) fn shrink(counted: &[f64], estimates: &mut [RawEstimate], of_rows: &[RawEstimate], z: f64) {
    let variances = || of_rows.iter().map(|estimate| estimate.variance(z));
    let (total, largest) = (variances().sum::<f64>(), variances().fold(0.0, f64::max));
    let differences = counted
        .iter()
        .zip(&*estimates)
        .map(|(counted, estimate)| estimate.value - counted);
    let distance: f64 = differences.map(|difference| difference.powi(2)).sum();
    if distance == 0.0 {
        return;
    }
    let kept = (1.0 - (total - 2.0 * largest).max(0.0) / distance).max(0.0);
    for (estimate, counted) in estimates.iter_mut().zip(counted) {
        let moved = (1.0 - kept) * (estimate.value - counted);
        // The ends of the interval stay where they are.
        estimate.value -= moved;
        estimate.below -= moved;
        estimate.above += moved;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimates(values: &[f64], distance: f64) -> Vec<RawEstimate> {
        let estimate = |&value: &f64| RawEstimate {
            value,
            below: distance,
            above: distance,
        };
        values.iter().map(estimate).collect()
    }

    fn shrunk(values: &[f64], counted: &[f64], distance: f64) -> Vec<RawEstimate> {
        let mut found = estimates(values, distance);
        shrink(counted, &mut found, &estimates(values, distance), 2.0);
        found
    }

    #[test]
    fn small_differences_shrink_and_intervals_stay() {
        // Four classes with a standard error of 0.01 and Σ d² = 4 · 0.02² = 0.0016: 1 − (0.0004 − 0.0002) / 0.0016 = 0.875.
        let found = shrunk(&[0.27, 0.23, 0.27, 0.23], &[0.25; 4], 0.02);
        assert!((found[0].value - 0.2675).abs() < 1e-12, "{found:?}");
        assert!((found[0].value - found[0].below - 0.25).abs() < 1e-12);
        assert!((found[0].value + found[0].above - 0.29).abs() < 1e-12);
    }

    #[test]
    fn large_differences_and_two_classes_stay() {
        let far = shrunk(&[0.5, 0.1, 0.2, 0.2], &[0.1, 0.5, 0.2, 0.2], 0.0002);
        assert!((far[0].value - 0.5).abs() < 1e-6);
        assert_eq!(shrunk(&[0.6, 0.4], &[0.5, 0.5], 0.5), estimates(&[0.6, 0.4], 0.5));
        assert_eq!(shrunk(&[0.2; 5], &[0.2; 5], 0.1), estimates(&[0.2; 5], 0.1));
        let lost = shrunk(&[0.21, 0.19, 0.2, 0.2, 0.2], &[0.2; 5], 1.0);
        assert!(
            lost.iter().all(|one| (one.value - 0.2).abs() < 1e-12),
            "noise: {lost:?}"
        );
    }
}
