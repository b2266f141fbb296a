//! Compares two shares of independent rows.

use super::interval::{Interval, wilson_interval};
use super::normal::normal_tail;
use crate::check;
use crate::error::Result;

/// Newcombe's interval of the difference of two shares, `now` minus `before`. Each is a pair of successes and trials.
///
/// # Errors
///
/// If a pair has more successes than trials, or no trials, or `confidence` is not between 0 and 1.
///
/// # Examples
///
/// ```
/// use feedback_metrics::statistics::newcombe_interval;
///
/// // The first example of the paper.
/// let interval = newcombe_interval((48, 80), (56, 70), 0.95)?;
/// assert!((interval.low - 0.0524).abs() < 5e-5);
/// assert!((interval.high - 0.3339).abs() < 5e-5);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// Newcombe 1998, "Interval estimation for the difference between independent proportions", method 10.
pub fn newcombe_interval(before: (u64, u64), now: (u64, u64), confidence: f64) -> Result<Interval> {
    let (p, q) = (share(before)?, share(now)?);
    let a = wilson_interval(before.0, before.1, confidence)?;
    let b = wilson_interval(now.0, now.1, confidence)?;
    Ok(Interval {
        low: q - p - ((q - b.low).powi(2) + (a.high - p).powi(2)).sqrt(),
        high: q - p + ((b.high - q).powi(2) + (p - a.low).powi(2)).sqrt(),
        confidence,
    })
}

/// The two-sided p-value of the difference of two shares, pairs of successes and trials: Pearson's chi-squared test of the 2×2 table without
/// continuity correction. It is 1 if both shares are 0 or both are 1.
///
/// # Errors
///
/// If a pair has more successes than trials, or no trials.
///
/// # Examples
///
/// ```
/// use feedback_metrics::statistics::two_shares_p_value;
///
/// // Pooled share 0.5, standard error 0.1: the difference of 0.2 is 2 standard errors.
/// assert!((two_shares_p_value((20, 50), (30, 50))? - 0.0455).abs() < 1e-4);
/// assert_eq!(two_shares_p_value((0, 50), (0, 50))?, 1.0);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
pub fn two_shares_p_value(before: (u64, u64), now: (u64, u64)) -> Result<f64> {
    let difference = share(now)? - share(before)?;
    let (n_before, n_now) = (before.1 as f64, now.1 as f64);
    let pooled = (before.0 + now.0) as f64 / (n_before + n_now);
    let variance = pooled * (1.0 - pooled) * (1.0 / n_before + 1.0 / n_now);
    if variance <= 0.0 {
        return Ok(1.0);
    }
    Ok((2.0 * normal_tail(difference.abs() / variance.sqrt())).min(1.0))
}

fn share((successes, trials): (u64, u64)) -> Result<f64> {
    let holds = trials > 0 && successes <= trials;
    let expected = "at most the number of trials, which is at least 1";
    check::parameter("successes", successes as f64, holds, expected)?;
    Ok(successes as f64 / trials as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values from SciPy 1.17.1, `scipy.stats.chi2_contingency(…, correction=False)`.
    #[test]
    fn known_p_values() {
        for (before, now, expected) in [
            ((12, 200), (31, 240), 0.014_980_739_688_376_793),
            ((5, 40), (5, 41), 0.966_735_912_704_532_7),
            ((0, 30), (9, 30), 0.001_138_095_584_674_93),
        ] {
            let found = two_shares_p_value(before, now).unwrap();
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    #[test]
    fn impossible_counts_are_refused() {
        assert!(two_shares_p_value((1, 0), (1, 2)).is_err());
        assert!(newcombe_interval((3, 2), (1, 2), 0.95).is_err());
    }
}
