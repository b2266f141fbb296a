//! Holm's correction for several comparisons.

use crate::error::{Error, Result};

/// Holm's adjusted p-values, in the order given.
///
/// Of twenty comparisons of equally good models, about one looks significant at 0.05 by chance alone. If the
/// adjusted values are compared with 0.05, the probability of any false claim is at most 0.05. The smallest of m
/// p-values is multiplied by m, the next by m − 1, and so on. Each adjusted value is at least as large as the
/// previous one, and at most 1. The comparisons need not be independent. An empty list gives an empty list.
///
/// # Errors
///
/// If a p-value is not between 0 and 1.
///
/// # Examples
///
/// ```
/// use feedback_metrics::statistics::holm;
///
/// assert_eq!(holm(&[0.25, 0.03125, 0.0625])?, [0.25, 0.09375, 0.125]);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// Holm 1979, "A simple sequentially rejective multiple test procedure".
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut last = 0.0f64;
    for (place, &index) in order.iter().enumerate() {
        let n_left = (p_values.len() - place) as f64;
        last = last.max((n_left * p_values[index]).min(1.0));
        adjusted[index] = last;
    }
    Ok(adjusted)
}

/// The positions of the p-values, the smallest first; an error if one is not between 0 and 1.
pub(super) fn ascending(p_values: &[f64]) -> Result<Vec<usize>> {
    if let Some(row) = p_values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(Error::Value {
            what: "p_values",
            row,
            column: 0,
            expected: "a number from 0 to 1",
            found: p_values[row],
        });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, then made monotone.
        let adjusted = holm(&[0.04, 0.01, 0.03, 0.02]).expect("valid");
        for (found, expected) in adjusted.iter().zip([0.06, 0.04, 0.06, 0.06]) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert_eq!(holm(&[0.5, 0.9]), Ok(vec![1.0, 1.0]));
        assert_eq!(holm(&[0.3]), Ok(vec![0.3]));
        assert_eq!(holm(&[]), Ok(vec![]));
        assert!(holm(&[0.1, 1.5]).is_err());
        assert!(holm(&[f64::NAN]).is_err());
    }
}
