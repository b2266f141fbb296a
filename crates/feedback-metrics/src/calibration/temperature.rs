//! Temperature scaling: one parameter that corrects overconfidence or underconfidence.

use std::ops::RangeInclusive;

use crate::check;
use crate::error::Result;
use crate::probabilities::{Logits, softmax};

/// The range that [`fit_temperature`] searches: 0.05 to 20.
///
/// Real models need about 0.5 to 5. If the best temperature is outside the range, the result is an end of the
/// range. For example, if all predictions are right, a lower temperature always gives a lower loss.
pub const TEMPERATURE_RANGE: RangeInclusive<f64> = 0.05..=20.0;

/// Returns the temperature T for which softmax(logits / T) has the lowest log loss on these rows.
///
/// The result lies within [`TEMPERATURE_RANGE`] and has a relative precision of 1e-12. It is 1 if no temperature
/// changes the loss (all logits of every row are equal, or the probability of every true class rounds to 1).
/// Fit the temperature on validation rows, on which the model was not trained. It changes only the confidences, not
/// the predictions.
///
/// The log loss is convex in β = 1/T, and its derivative, the mean of Σ p·z − z(true), increases with β.
/// The root is found by bisection, which needs no step size and cannot diverge.
///
/// # Errors
///
/// If there is not one label for each row, or a label is not below the number of classes.
///
/// # Examples
///
/// ```
/// use feedback_metrics::{Logits, calibration::fit_temperature};
///
/// // Ten rows, each with odds of e⁴ to 1. Three of the ten predictions are wrong.
/// let logits = Logits::new([4.0, 0.0].repeat(10), 2)?;
/// let labels = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1];
/// let temperature = fit_temperature(&logits, &labels)?;
/// let confidence = logits.softmax(temperature)?.confidences()[0];
/// assert!((confidence - 0.7).abs() < 1e-9);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2.
pub fn fit_temperature(logits: &Logits, labels: &[usize]) -> Result<f64> {
    check::labels_of_table(labels, logits.n(), logits.n_classes())?;
    let (low, high) = TEMPERATURE_RANGE.into_inner();
    // The bisection is over ln β, so that the precision is relative.
    let (mut soft, mut sharp) = (-high.ln(), -low.ln());
    let slope = |ln_beta: f64| slope(logits, labels, ln_beta.exp());
    let (at_soft, at_sharp) = (slope(soft), slope(sharp));
    if at_soft == 0.0 && at_sharp == 0.0 {
        return Ok(1.0);
    }
    if at_soft >= 0.0 {
        return Ok(high);
    }
    if at_sharp <= 0.0 {
        return Ok(low);
    }
    while sharp - soft > 1e-12 {
        let middle = 0.5 * (soft + sharp);
        if slope(middle) > 0.0 {
            sharp = middle;
        } else {
            soft = middle;
        }
    }
    Ok((-0.5 * (soft + sharp)).exp())
}

/// The derivative of the summed log loss with respect to β: Σ over rows of (Σ p·z − z(true)).
fn slope(logits: &Logits, labels: &[usize], beta: f64) -> f64 {
    let of_row = |(row, &label): (&[f64], &usize)| {
        let probabilities = softmax(row, 1.0 / beta);
        // The logit of the true class is subtracted, so that a common offset of the logits causes no cancellation.
        // Probabilities of 0 are skipped, because 0 times an infinite difference would be NaN.
        let terms = probabilities.iter().zip(row).filter(|(p, _)| **p > 0.0);
        terms.map(|(p, z)| p * (z - row[label])).sum::<f64>()
    };
    logits.rows().zip(labels).map(of_row).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_range_and_the_flat_case() {
        let right = Logits::new(vec![3.0, 0.0, 0.0, 3.0], 2).expect("valid");
        assert_eq!(fit_temperature(&right, &[0, 1]), Ok(*TEMPERATURE_RANGE.start()));
        assert_eq!(fit_temperature(&right, &[1, 0]), Ok(*TEMPERATURE_RANGE.end()));
        let flat = Logits::new(vec![2.0, 2.0, -1.0, -1.0], 2).expect("valid");
        assert_eq!(fit_temperature(&flat, &[0, 1]), Ok(1.0));
    }

    #[test]
    fn the_temperature_ignores_offsets_and_scales_with_the_logits() {
        let rows = [1.5, 0.0, -0.5, 0.2, 0.9, 0.1, 0.4, 0.0, 1.1, 2.0, 0.3, 0.0];
        let labels = [0, 2, 2, 0];
        let fit = |values: Vec<f64>| {
            let logits = Logits::new(values, 3).expect("valid");
            fit_temperature(&logits, &labels).expect("valid")
        };
        let plain = fit(rows.to_vec());
        assert!(
            *TEMPERATURE_RANGE.start() < plain && plain < *TEMPERATURE_RANGE.end(),
            "{plain}"
        );
        let offset = fit(rows.iter().map(|z| z + 64.0).collect());
        let doubled = fit(rows.iter().map(|z| z * 2.0).collect());
        assert!((offset - plain).abs() < 1e-9);
        assert!((doubled - 2.0 * plain).abs() < 1e-9);
    }

    #[test]
    fn huge_logits_give_a_temperature() {
        let huge = Logits::new(vec![1e308, -1e308, -1e308, 1e308], 2).expect("valid");
        assert_eq!(fit_temperature(&huge, &[0, 1]), Ok(1.0));
        assert_eq!(fit_temperature(&huge, &[0, 0]), Ok(*TEMPERATURE_RANGE.end()));
        assert!(fit_temperature(&huge, &[0]).is_err());
    }
}
