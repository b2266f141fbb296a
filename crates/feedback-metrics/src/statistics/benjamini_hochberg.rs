//! Benjamini and Hochberg's control of the false discovery rate.

use super::holm::ascending;
use crate::error::Result;

/// Benjamini and Hochberg's adjusted p-values, in the order given.
///
/// If the comparisons whose adjusted value is at most 0.05 are reported, at most 5 % of the reported ones are expected to be
/// false. This is a weaker promise than [`super::holm`]'s, and finds more. Each p-value is multiplied by m / rank, where m
/// is the number of p-values and the smallest has rank 1. An adjusted value is at most the adjusted value of the next larger
/// p-value, and at most 1. The promise holds for independent and for positively dependent comparisons. An empty list gives
/// an empty list.
///
/// # Errors
///
/// If a p-value is not between 0 and 1.
///
/// # Examples
///
/// ```
/// use feedback_metrics::statistics::benjamini_hochberg;
///
/// assert_eq!(benjamini_hochberg(&[0.25, 0.03125, 0.0625])?, [0.25, 0.09375, 0.09375]);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// Benjamini and Hochberg 1995, "Controlling the false discovery rate: a practical and powerful approach to multiple
/// testing".
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>> {
    let order = ascending(p_values)?;
    let n = p_values.len() as f64;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut last = 1.0f64;
    for (place, &index) in order.iter().enumerate().rev() {
        last = last.min(p_values[index] * n / (place + 1) as f64);
        adjusted[index] = last;
    }
    Ok(adjusted)
}

#[cfg(test)]
mod tests {
    use super::benjamini_hochberg;

    /// Expected values from SciPy 1.17.1, `scipy.stats.false_discovery_control`.
    #[test]
    fn known_values() {
        let p_values = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262,
        ];
        let expected = [
            0.0011,
            0.0022,
            0.006966666666666666,
            0.026125,
            0.04422,
            0.04682857142857143,
            0.04682857142857143,
            0.0473,
            0.05610000000000001,
            0.35640000000000005,
            0.4262,
        ];
        let found = benjamini_hochberg(&p_values).expect("valid");
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{found}, expected {expected}");
        }
        assert_eq!(benjamini_hochberg(&[0.9, 0.2]), Ok(vec![0.9, 0.4]));
        assert_eq!(benjamini_hochberg(&[]), Ok(vec![]));
        assert!(benjamini_hochberg(&[-0.1]).is_err());
    }
}
